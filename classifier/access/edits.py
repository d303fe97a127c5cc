"""Changes to the statements of a policy as it stands in the snapshot: narrowed, without somebody, or gone.

A narrowing is proposed only where the statement itself shows what was meant; whether it closes anything is
for the evaluator to say. Documents are never changed in place.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from classifier.access import conditions, patterns, status
from classifier.model import JSON

_FAMILIES = ("stringlike", "stringequals", "arnlike", "arnequals")
# A key about the bucket (which is always true here) → the key about the caller that was meant.
_MISTAKEN = {
    "aws:resourceaccount": "aws:PrincipalAccount",
    "s3:resourceaccount": "aws:PrincipalAccount",
    "aws:resourceorgid": "aws:PrincipalOrgID",
}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose bucket it is; texts are "" where they are not known."""

    account: str
    organization: str
    partition: str

    @property
    def root(self) -> str:
        return f"arn:{self.partition}:iam::{self.account}:root"


@dataclass(slots=True)
class Draft:
    """A policy document under change: each of its statements by its index, with what it has become."""

    document: Mapping[str, JSON]
    slots: list[list[Mapping[str, JSON]]]
    told: dict[int, str] = field(default_factory=dict)  # index → what was done, in words

    @classmethod
    def of(cls, document: JSON) -> Draft | None:
        """Return the draft of a policy (an object, or its text); None where it is none."""
        if isinstance(document, str):
            try:
                document = json.loads(document)
            except (ValueError, RecursionError):
                return None
        if not isinstance(document, Mapping):
            return None
        listed = element(document, "Statement")
        listed = [listed] if isinstance(listed, Mapping) else listed
        if not isinstance(listed, list):
            return None
        return cls(document, [[item] if isinstance(item, Mapping) else [] for item in listed])

    def copy(self) -> Draft:
        return Draft(self.document, [list(slot) for slot in self.slots], dict(self.told))

    def put(self, index: int, statements: list[Mapping[str, JSON]], told: str) -> None:
        """Replace the statement `index`."""
        self.slots[index] = statements
        self.told[index] = told

    def index(self, position: int) -> int:
        """Return the index that the statement now at `position` had in the document."""
        for index, slot in enumerate(self.slots):
            position -= len(slot)
            if position < 0:
                return index
        raise IndexError(position)

    def now(self) -> JSON:
        """Return the document as it is now, None when no statement is left (S3 keeps no such policy)."""
        statements = [copy.deepcopy(dict(item)) for slot in self.slots for item in slot]
        if not statements:
            return None
        return {
            name: statements if str(name).lower() == "statement" else copy.deepcopy(value)
            for name, value in self.document.items()
        }


def element(document: Mapping[str, JSON], name: str) -> JSON:
    """Return an element of a document or statement, however its name's case is."""
    return next((value for key, value in document.items() if str(key).lower() == name.lower()), None)


def narrowings(statement: Mapping[str, JSON], owner: Owner) -> Iterator[tuple[list[Mapping[str, JSON]], str]]:
    """Yield what an Allow to everybody may have been meant to be, with the change in words."""
    held = _condition(statement)
    if held is not None:
        yield from _by_conditions(statement, held, owner)
    principal = _principal(statement, owner)
    if principal is not None:
        told = f"its wildcard principal replaced by the bucket's own account {owner.account}"
        yield [principal], told


def for_services(statement: Mapping[str, JSON], owner: Owner) -> tuple[list[Mapping[str, JSON]], str] | None:
    """Return the statement with its services bound to the bucket's own account; None where it cannot.

    Other principals, which have no such source, keep a statement of their own. Source: IAM User Guide, "The
    confused deputy problem"; CloudFront Developer Guide, "Restrict access to an Amazon S3 origin".
    """
    principal = element(statement, "Principal")
    if not owner.account or not isinstance(principal, Mapping):
        return None
    services = next((value for key, value in principal.items() if str(key).lower() == "service"), None)
    given = services if isinstance(services, list) else [services]
    named = [item for item in given if isinstance(item, str)]
    if not named or len(named) != len(given):
        return None
    others = {key: value for key, value in principal.items() if str(key).lower() != "service"}
    found: list[Mapping[str, JSON]] = []
    for cloudfront in (False, True):
        chosen = [item for item in named if item.lower().startswith("cloudfront.") is cloudfront]
        if not chosen:
            continue
        arn = f"arn:{owner.partition}:cloudfront::{owner.account}:distribution/*"
        test = ("ArnLike", "aws:SourceArn", arn) if cloudfront else ("StringEquals", _SOURCE, owner.account)
        bound = _with_test(statement, *test)
        if bound is None:
            return None
        found.append(_replaced(bound, "Principal", {"Service": chosen[0] if len(chosen) == 1 else chosen}))
    if others:
        found.append(_replaced(statement, "Principal", others))
    return found, f"the service bound to work for account {owner.account} only ({_SOURCE} or aws:SourceArn)"


_SOURCE = "aws:SourceAccount"


def without(statement: Mapping[str, JSON], account: str) -> Mapping[str, JSON] | None:
    """Return the statement without an account's principals; None where nothing or nobody else is named."""
    principal = element(statement, "Principal")
    if not isinstance(principal, Mapping):
        return None
    kept: dict[str, JSON] = {}
    dropped = False
    for kind, values in principal.items():
        listed = values if isinstance(values, list) else [values]
        rest = [item for item in listed if not _of_account(item, account)]
        dropped = dropped or len(rest) != len(listed)
        if rest:
            kept[kind] = rest[0] if len(rest) == 1 else rest
    return _replaced(statement, "Principal", kept) if dropped and kept else None


def _of_account(item: JSON, account: str) -> bool:
    if not isinstance(item, str):
        return False
    return item == account or item.split(":", 5)[4:5] == [account]


def _condition(statement: Mapping[str, JSON]) -> dict[str, dict[str, JSON]] | None:
    """Return the Condition element as a copy; None where there is none or it is no such thing."""
    held = element(statement, "Condition")
    if not isinstance(held, Mapping) or not all(isinstance(keys, Mapping) for keys in held.values()):
        return None
    return {str(operator): dict(keys) for operator, keys in held.items()}


def _by_conditions(
    statement: Mapping[str, JSON], held: dict[str, dict[str, JSON]], owner: Owner
) -> Iterator[tuple[list[Mapping[str, JSON]], str]]:
    optional = [name for name in held if name.lower().endswith("ifexists")]
    if optional:
        tests = [
            (name[: -len("IfExists")] if name in optional else name, key, value)
            for name, keys in held.items()
            for key, value in keys.items()
        ]
        keys = _listed(key for name in optional for key in held[name])
        yield from _if_built(
            statement,
            tests,
            f"the condition on {keys} made to hold always (IfExists lets requests without it in)",
        )
    for_all = [name for name in held if name.lower().startswith("forallvalues:")]
    if for_all:
        tests = [(name, key, value) for name, keys in held.items() for key, value in keys.items()]
        asked = [key for name in for_all for key in held[name]]
        yield from _if_built(
            statement,
            [*tests, *(("Null", key, "false") for key in asked)],
            f"{_listed(asked)} asked for (ForAllValues lets requests without it in)",
        )
    yield from _addresses(statement, held)
    for key in (key for keys in held.values() for key in keys):
        meant = _MISTAKEN.get(key.lower())
        value = owner.account if meant == "aws:PrincipalAccount" else owner.organization
        if meant and value:
            bound = _with_test(statement, "StringEquals", meant, value)
            if bound is not None:
                yield [bound], f"{meant} {value} asked for ({key} says whose the bucket is, not who calls)"
    yield from _organization(statement, held, owner)


def _organization(
    statement: Mapping[str, JSON], held: dict[str, dict[str, JSON]], owner: Owner
) -> Iterator[tuple[list[Mapping[str, JSON]], str]]:
    """Where a wildcard stands for the organization, the owner's own is meant."""
    for operator, keys in held.items():
        for key, value in keys.items():
            named = key.lower() == "aws:principalorgid" and operator.lower().startswith(_FAMILIES)
            if named and owner.organization and not _fixed(value):
                rest = {name: {k: v for k, v in inner.items() if k != key} for name, inner in held.items()}
                tests = [(name, k, v) for name, inner in rest.items() for k, v in inner.items()]
                told = f"{key} bound to {owner.organization} instead of a pattern"
                yield from _if_built(
                    statement, [*tests, ("StringEquals", "aws:PrincipalOrgID", owner.organization)], told
                )


def _addresses(
    statement: Mapping[str, JSON], held: dict[str, dict[str, JSON]]
) -> Iterator[tuple[list[Mapping[str, JSON]], str]]:
    """Beside narrow ranges of addresses, one as wide as the Internet is left out."""
    for operator, keys in held.items():
        for key, value in keys.items():
            if operator.lower() != "ipaddress" or key.lower() != "aws:sourceip":
                continue
            listed = value if isinstance(value, list) else [value]
            narrow = [item for item in listed if _narrow(item)]
            if narrow and len(narrow) < len(listed):
                changed = held | {operator: keys | {key: narrow}}
                yield (
                    [_replaced(statement, "Condition", changed)],
                    f"only the narrow ranges left in {key}: {_listed(narrow)}",
                )


def _narrow(value: JSON) -> bool:
    block = conditions.network(value) if isinstance(value, str) else None
    return block is not None and not status.broad(block)


def _fixed(value: JSON) -> bool:
    listed = value if isinstance(value, list) else [value]
    return all(isinstance(item, str) and patterns.fixed(item) for item in listed)


def _listed(items: Iterator[str] | list[str]) -> str:
    return ", ".join(dict.fromkeys(items))


def _if_built(
    statement: Mapping[str, JSON], tests: list[tuple[str, str, JSON]], told: str
) -> Iterator[tuple[list[Mapping[str, JSON]], str]]:
    """Yield the statement with exactly these tests, unless two of them are for the same operator and key."""
    built: dict[str, dict[str, JSON]] = {}
    for operator, key, value in tests:
        keys = built.setdefault(next((o for o in built if o.lower() == operator.lower()), operator), {})
        if any(known.lower() == key.lower() for known in keys):
            return
        keys[key] = value
    yield [_replaced(statement, "Condition", built)], told


def _with_test(
    statement: Mapping[str, JSON], operator: str, key: str, value: str
) -> Mapping[str, JSON] | None:
    """Return the statement with one more test; None where it has one of that operator and key."""
    held = _condition(statement)
    if held is None and element(statement, "Condition") is not None:
        return None
    tests = [(name, k, v) for name, keys in (held or {}).items() for k, v in keys.items()]
    built = next(_if_built(statement, [*tests, (operator, key, value)], ""), None)
    return built[0][0] if built else None


def _principal(statement: Mapping[str, JSON], owner: Owner) -> Mapping[str, JSON] | None:
    """Return the statement with the owner's account in the place of everybody, if that is named."""
    principal = element(statement, "Principal")
    if not owner.account or principal is None:
        return None
    if principal == "*":
        return _replaced(statement, "Principal", {"AWS": owner.root})
    if not isinstance(principal, Mapping):
        return None
    kept: dict[str, JSON] = {}
    for kind, values in principal.items():
        listed = values if isinstance(values, list) else [values]
        if str(kind).lower() == "aws":
            listed = list(dict.fromkeys(owner.root if item == "*" else str(item) for item in listed))
        kept[kind] = listed[0] if len(listed) == 1 else listed
    return _replaced(statement, "Principal", kept) if kept != dict(principal) else None


def _replaced(statement: Mapping[str, JSON], name: str, value: JSON) -> Mapping[str, JSON]:
    """Return the statement with an element in the place where it was, or at the end."""
    changed = {key: (value if str(key).lower() == name.lower() else item) for key, item in statement.items()}
    return changed if element(statement, name) is not None else changed | {name: value}
