"""What else follows from a bucket's configuration: who gets at its data other than by a request to it.

Sources: S3 User Guide, "Website endpoints" and "Hosting a static website", "Replication configuration file
elements" and "Changing the replica owner", "Amazon S3 Inventory", "Logging requests with server access
logging", "Using Requester Pays general purpose buckets"; CloudFront Developer Guide, "Restrict access to an
Amazon S3 origin".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from classifier.access import request
from classifier.access.snapshot import State
from classifier.model import JSON, Grant

# Regions whose website endpoints have a dash; the others have a dot (AWS General Reference, "Amazon S3").
_DASHED = frozenset(
    {
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    }
)


def notes(snapshot: Mapping[str, JSON], state: State, grants: Sequence[Grant]) -> Iterator[dict[str, JSON]]:
    """Yield {"kind", …facts} for each thing that the configuration or the grants make follow."""
    yield from _website(snapshot.get("Website"), state, grants)
    for rule in _items(_mapping(snapshot.get("Replication")).get("Rules")):
        if rule.get("Status") == "Enabled":
            yield _replication(rule, state)
    for grant in grants:
        if grant.principal.startswith("cloudfront:"):
            yield {
                "kind": "cloudfront",
                "principal": grant.principal,
                "actions": list(grant.actions),
                "prefix": grant.prefix,
                "public": None,  # what the distribution passes on, and to whom, is not to be seen here
            }
    if state.requester_pays:
        yield {"kind": "requester_pays", "anonymous": False}
    for item in _items(snapshot.get("Inventory")):
        target = _mapping(_mapping(item.get("Destination")).get("S3BucketDestination"))
        if item.get("IsEnabled") is not False and target:
            account = _text(target.get("AccountId"))
            yield {
                "kind": "inventory",
                "id": _text(item.get("Id")),
                "bucket": _bucket(target.get("Bucket")),
                "prefix": _text(target.get("Prefix")) or "",
                "account": account,
                "external": _external(state, account),
            }
    logging = _mapping(snapshot.get("Logging"))
    if logging.get("TargetBucket"):
        # S3 delivers logs to a bucket of the same account and region only.
        yield {
            "kind": "logging",
            "bucket": _bucket(logging["TargetBucket"]),
            "prefix": _text(logging.get("TargetPrefix")) or "",
            "account": state.account or None,
            "external": False,
        }


def _website(website: JSON, state: State, grants: Sequence[Grant]) -> Iterator[dict[str, JSON]]:
    """The endpoint speaks plain HTTP and serves what anybody may read; a Requester Pays bucket has none."""
    configured = _mapping(website)
    if not configured or state.requester_pays:
        return
    reading = [g for g in grants if g.principal == "anonymous" and "read" in g.actions]
    decisions = {_plainly(state, grant) for grant in reading}
    public = True if "allowed" in decisions else None if "unknown" in decisions else False
    served = [g for g in reading if _plainly(state, g) != "refused"]
    redirect = _mapping(configured.get("RedirectAllRequestsTo"))
    yield {
        "kind": "website",
        "endpoint": _endpoint(state),
        "public": public,
        "index_document": _text(_mapping(configured.get("IndexDocument")).get("Suffix")),
        "error_document": _text(_mapping(configured.get("ErrorDocument")).get("Key")),
        "redirects_to": _text(redirect.get("HostName")),
        "objects": [grant.pattern or (grant.prefix + ("" if grant.exact_key else "*")) for grant in served],
    }


def _plainly(state: State, grant: Grant) -> str:
    """Return what is decided on the grant's request without TLS: allowed, unknown or refused."""
    witness = dict(grant.witness)
    witness["Context"] = dict(grant.witness.get("Context") or {}) | {"aws:SecureTransport": "false"}
    decision, _ = request.decide(state, witness)
    if decision == "allowed":
        return grant.decision
    return "unknown" if decision == "unknown" else "refused"


def _endpoint(state: State) -> str | None:
    if not state.region:
        return None
    domain = "amazonaws.com.cn" if state.region.startswith("cn-") else "amazonaws.com"
    mark = "-" if state.region in _DASHED else "."
    return f"http://{state.bucket}.s3-website{mark}{state.region}.{domain}"


def _replication(rule: Mapping[str, JSON], state: State) -> dict[str, JSON]:
    """`Account` stands in a rule only where it is needed; without it the destination's owner is unknown."""
    target = _mapping(rule.get("Destination"))
    account = _text(target.get("Account"))
    override = _mapping(target.get("AccessControlTranslation")).get("Owner") == "Destination"
    return {
        "kind": "replication",
        "rule": _text(rule.get("ID")),
        "bucket": _bucket(target.get("Bucket")),
        "prefix": _prefix(rule),
        "account": account,
        "external": _external(state, account),
        "owner_override": override,
    }


def _prefix(rule: Mapping[str, JSON]) -> str:
    chosen = _mapping(rule.get("Filter"))
    inner = _mapping(chosen.get("And"))
    return _text(chosen.get("Prefix")) or _text(inner.get("Prefix")) or _text(rule.get("Prefix")) or ""


def _external(state: State, account: str | None) -> bool | None:
    """Whether the account is neither the bucket's nor of its organization; None when that is unknown."""
    if account is None or not state.account:
        return None
    return not (state.is_own(account) or account in state.members)


def _bucket(value: JSON) -> str | None:
    return value.rpartition(":::")[2] if isinstance(value, str) else None


def _mapping(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, Mapping) else {}


def _items(value: JSON) -> Iterable[Mapping[str, JSON]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _text(value: JSON) -> str | None:
    return value if isinstance(value, str) and value else None
