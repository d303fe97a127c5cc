"""Plain words for grants, data and lists. Names in them come from outside: they are cut and made visible."""

from __future__ import annotations

from collections.abc import Sequence

from classifier.alerts.evidence import Selection
from classifier.model import JSON, Coverage, Grant, Problem, Reason
from classifier.visible import visible

_LONGEST = 160

REACH = {
    "public": "anyone can reach it",
    "any_aws": "anyone with an AWS account can reach it",
    "external": "people outside the known accounts can reach it",
    "unknown": "whether outsiders can reach it could not be determined",
    "internal": "nobody outside is known to reach it",
}
_WHO = {
    "anonymous": "anyone on the internet",
    "any_aws": "anyone with an AWS account",
    "account": "AWS account {0}",
    "org": "everybody in organization {0}",
    "service": "the AWS service {0}",
    "cloudfront": "CloudFront ({0})",
    "federated": "whoever logs in at {0} and assumes a role",
    "restricted": "anyone who comes from {0}",
}
_DOES = {
    "list": "list the keys",
    "list_versions": "list the versions",
    "read": "read objects",
    "read_version": "read old versions",
    "write": "write objects",
    "delete": "delete objects",
    "read_acp": "read the access control list",
    "write_acp": "change the access control list",
    "config": "change the bucket's configuration",
    "policy": "read or change the bucket policy",
    "other": "do other things",
}
_THROUGH = {
    "acl": "the bucket ACL",
    "object_acl": "the object's ACL",
    "access_point": "an access point",
    "observed": "a request without credentials that was answered",
}


def plain(text: str) -> str:
    """Return `text` on one line, hidden characters as escapes, cut after 160 characters."""
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…"


def series(items: Sequence[str], *, most: int = 5, joint: str = ", ") -> str:
    """Return the first `most` items joined, and how many more there are."""
    shown = joint.join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most:,} more"


def grant(item: Grant) -> str:
    """Return who can do what where, through what."""
    kind, _, name = item.principal.partition(":")
    who = _WHO.get(kind, "{0}").format(plain(name) if kind in _WHO else plain(item.principal))
    does = series([_DOES.get(action, plain(action)) for action in item.actions], most=len(_DOES))
    return f"{who} can {does} {_place(item)} through {_through(item)}"


def statement(index: JSON, sid: JSON) -> str:
    """Return a policy statement's name: its Sid, else its number in the policy, from 1."""
    if sid:
        return f'statement "{plain(str(sid))}"'
    return f"statement {index + 1}" if isinstance(index, int) else "a statement"


def data(selection: Selection | None, coverage: Coverage, error: Problem | None) -> str:
    """Return which findings there are, most frequent detectors first, or how much was read without any.

    `error` is why the target was not scanned to its end.
    """
    if selection is not None:
        return f"{findings(selection)}, first of all in {plain(selection.top[0].key)}"
    if coverage.objects:
        read = coverage.complete + coverage.partial
        nothing = (
            f"nothing sensitive was found in the {read:,} of {coverage.objects:,} objects that were read"
        )
        return nothing if error is None else f"{nothing}, but the scan did not come to its end"
    if error is None:
        return "there are no objects"
    if error.reason is Reason.TIME_CUT_OFF_REACHED:
        return "its objects were not listed in time"
    return "its objects could not be listed"


def findings(selection: Selection, fewer: int = 0) -> str:
    """Return the number of findings and their detectors with occurrences.

    `fewer` is the number of those left out, which fewer people reach.
    """
    types = series([f"{name} ({count:,})" for name, count in selection.types.items()])
    also = f" (and {fewer:,} more that fewer are known to reach)" if fewer else ""
    return f"{selection.findings:,} finding{'' if selection.findings == 1 else 's'}{also}: {types}"


def _place(item: Grant) -> str:
    if item.exact_key:
        return f"(only {plain(item.prefix)})"
    return f"under {plain(item.prefix)}" if item.prefix else "in the whole bucket"


def _through(item: Grant) -> str:
    because = item.because
    kind = str(because.get("kind", ""))
    if kind == "policy":
        return f"policy {statement(because.get('statement'), because.get('sid'))}"
    return _THROUGH.get(kind, plain(kind) or "an unnamed grant")
