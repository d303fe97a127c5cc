"""A policy document → statements, and what IAM would refuse in it.

A statement with something IAM refuses is kept with `uncertain` set and read at its widest, so that whoever
evaluates it can tell "cannot matter" from "unknown". Source: IAM User Guide, "Grammar of the IAM JSON policy
language" and the reference pages of its elements; the limits are S3's (a bucket policy has at most 20 KB).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from typing import Literal

from classifier.access import conditions, patterns
from classifier.access.callers import Caller
from classifier.access.conditions import Condition, Context
from classifier.model import JSON

MAX_CHARACTERS = 100_000  # five times what S3 stores: what other servers may allow, and a bound on the work
MAX_TEXT = 2048  # of one value: a key has at most 1,024 bytes, an ARN at most 2,048 characters

_ELEMENTS = {
    name.lower(): name
    for name in (
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    )
}
_PRINCIPAL_TYPES = {
    name.lower(): name for name in ("AWS", "Service", "Federated", "CanonicalUser", "Everyone")
}
_CALLERS = 4096  # callers and actions whose statements a policy remembers
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_PRINCIPAL_ARN = re.compile(
    r"arn:aws[a-z-]*:(iam|sts):[^:]*:([^:]*):"
    r"(root|user/.+|role/.+|assumed-role/[^/]+/.+|federated-user/.+)",
    re.DOTALL,
)
_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}", re.ASCII)


class Hit(IntEnum):
    """How an element names a caller, weakest first."""

    NO = 0
    MAYBE = 1
    ACCOUNT = 2  # through its account: the account's own policies must allow as well
    DIRECT = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of a Principal element. `account` is "" where the value names none."""

    type: str  # AWS, Service, Federated, CanonicalUser or Everyone
    value: str
    account: str = ""
    whole_account: bool = False

    @property
    def everyone(self) -> bool:
        return self.type == "Everyone"

    def names(self, caller: Caller) -> Hit:
        if self.type == "Everyone":
            return Hit.DIRECT
        if self.type == "Service":
            named = caller.kind == "service" and patterns.fits(self.value.lower(), caller.name.lower())
            return Hit.DIRECT if named else Hit.NO
        if caller.kind != "aws":
            return Hit.NO
        if self.type == "CanonicalUser":
            return Hit.DIRECT if caller.canonical == self.value else Hit.NO
        if self.type == "Federated":
            return Hit.MAYBE if self.account in ("", caller.account) else Hit.NO
        if self.whole_account:
            if self.account != caller.account and not patterns.fits(self.account, caller.account):
                return Hit.NO
            return Hit.DIRECT if caller.root else Hit.ACCOUNT
        if self.value in caller.arns or (caller.session and _without_path(self.value) in caller.arns):
            return Hit.DIRECT
        wild = "*" in self.value or "?" in self.value
        return Hit.MAYBE if wild and patterns.fits(self.account or "*", caller.account) else Hit.NO


def _without_path(arn: str) -> str:
    """Return a role's ARN as a session knows it: without the path."""
    head, role, path = arn.partition(":role/")
    return head + role + path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Actions are lower-case; an element that is negated (NotAction, …) has its flag set."""

    index: int
    sid: str | None
    allow: bool
    principals: tuple[Entry, ...]
    not_principal: bool
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[str, ...]
    not_resource: bool
    tests: tuple[Condition, ...]
    variables: bool
    uncertain: bool
    _by_account: Mapping[str, tuple[Entry, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        found: dict[str, list[Entry]] = {"": []}
        for entry in self.principals:
            found.setdefault(entry.account if patterns.fixed(entry.account) else "", []).append(entry)
        object.__setattr__(self, "_by_account", {account: tuple(some) for account, some in found.items()})

    def names(self, caller: Caller) -> Hit:
        """Return how the Principal (or NotPrincipal) element covers the caller."""
        best = Hit.NO
        own = self._by_account.get(caller.account, ()) if caller.account else ()
        for entry in (*self._by_account[""], *own):
            hit = entry.names(caller)
            if hit is Hit.DIRECT:
                best = hit
                break
            if hit > best:
                best = hit
        if not self.not_principal:
            return best
        return Hit.DIRECT if best is Hit.NO else Hit.MAYBE if best is Hit.MAYBE else Hit.NO

    def covers_action(self, action: str) -> bool:
        """Whether the Action (or NotAction) element covers the lower-case action."""
        return _fits_any(self.actions, action) != self.not_action

    def covers_resource(self, resource: str, context: Context) -> bool:
        """Whether the Resource (or NotResource) element covers the ARN."""
        if not self.variables or not self._variable:
            return _fits_any(self.resources, resource) != self.not_resource
        return any(self._fits(pattern, resource, context) for pattern in self.resources) != self.not_resource

    @property
    def _variable(self) -> bool:
        return _has_variables(self.resources)

    def _fits(self, pattern: str, resource: str, context: Context) -> bool:
        if not self.variables or "${" not in pattern:
            return patterns.fits(pattern, resource)
        parts = patterns.tokens(pattern, conditions.single(context))
        return parts is not None and patterns.matches(parts, resource)

    def resource_reads(self) -> frozenset[str]:
        """The context keys that decide what the Resource element covers."""
        if not self.variables:
            return frozenset()
        return frozenset(name.lower() for text in self.resources for name in patterns.variables(text))

    def because(self, kind: str) -> dict[str, JSON]:
        """Return the statement as the reason of a grant."""
        return {"kind": kind, "statement": self.index, "sid": self.sid, "grant": None}


@lru_cache(maxsize=65_536)
def _fits_any(wanted: tuple[str, ...], value: str) -> bool:
    return any(patterns.fits(pattern, value) for pattern in wanted)


@lru_cache(maxsize=4096)
def _has_variables(resources: tuple[str, ...]) -> bool:
    return any("${" in resource for resource in resources)


@dataclass(frozen=True, slots=True)
class Policy:
    """A parsed policy; `readable` is False when it is no policy at all and could say anything."""

    statements: tuple[Statement, ...] = ()
    problems: tuple[str, ...] = ()
    readable: bool = True
    _about: dict[str, tuple[Statement, ...]] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )
    _named: dict[tuple[int, str], tuple[Caller, tuple[tuple[Statement, Hit], ...]]] = field(
        init=False, compare=False, repr=False, default_factory=dict
    )

    @property
    def allows(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if s.allow)

    @property
    def denies(self) -> tuple[Statement, ...]:
        return tuple(s for s in self.statements if not s.allow)

    def about(self, caller: Caller, action: str) -> tuple[tuple[Statement, Hit], ...]:
        """Return the statements that cover the lower-case action and name the caller, and how they do."""
        if not self.statements:
            return ()
        of_action = self._about.get(action)
        if of_action is None:
            of_action = self._about[action] = tuple(s for s in self.statements if s.covers_action(action))
        known = self._named.get((id(caller), action))
        if known is None:
            named = ((statement, statement.names(caller)) for statement in of_action)
            found = tuple((statement, hit) for statement, hit in named if hit is not Hit.NO)
            if len(self._named) >= _CALLERS:
                self._named.clear()
            known = self._named[id(caller), action] = (caller, found)  # which keeps the id the caller's
        return known[1]


NOTHING = Policy()


def parse(document: JSON, name: str, *, identity: bool = False) -> Policy:
    """Return the policy that `document` is (an object, or the text of one).

    `name` begins every problem ("policy", "access point x"). An `identity` policy has no Principal: its
    statements speak of whoever carries it.
    """
    if isinstance(document, str):
        if len(document) > MAX_CHARACTERS:
            return Policy(problems=(f"{name}: longer than any S3 policy, not read",), readable=False)
        try:
            document = json.loads(document)
        except (ValueError, RecursionError):
            return Policy(problems=(f"{name}: not JSON",), readable=False)
    if not isinstance(document, Mapping):
        return Policy(problems=(f"{name}: not an object",), readable=False)
    reader = _Reader(name, identity)
    return reader.policy(document)


def show(value: JSON) -> str:
    """Return a short, quoted form of a value of the policy for a message."""
    text = value if isinstance(value, str) else type(value).__name__
    return ascii(text[:60] + ("…" if len(text) > 60 else ""))


@dataclass(slots=True)
class _Reader:
    name: str
    identity: bool
    problems: list[str] = field(default_factory=list)
    place: str = ""
    refused: bool = False  # something in the present statement is refused by IAM
    size: int = 0

    def note(self, field_name: str, what: str) -> None:
        self.problems.append(f"{self.name} {self.place}: {field_name}: {what}")

    def refuse(self, field_name: str, what: str) -> None:
        self.refused = True
        self.note(field_name, what)

    def policy(self, document: Mapping[str, JSON]) -> Policy:
        elements = {str(key).lower(): value for key, value in document.items()}
        version = elements.get("version")
        self.place = "document"
        if len(elements) != len(document):
            self.refuse("keys", "the same element twice")
        for key in elements.keys() - {"version", "id", "statement"}:
            self.refuse(show(key), "no element of a policy")
        if version not in (None, "2012-10-17", "2008-10-17"):
            self.refuse("Version", f"{show(version)} is no version of the policy language")
        everywhere = self.refused
        statements = elements.get("statement")
        if isinstance(statements, Mapping):
            statements = [statements]
        if not isinstance(statements, list):
            return Policy(problems=(*self.problems, f"{self.name}: no Statement"), readable=False)
        parsed: list[Statement] = []
        for index, statement in enumerate(statements):
            self.place, self.refused = f"statement {index}", everywhere
            if not isinstance(statement, Mapping):
                self.refuse("Statement", "not an object")
                statement = {}
            parsed.extend(self.statement(index, statement, version == "2012-10-17"))
            if self.size > MAX_CHARACTERS:
                problems = (*self.problems, f"{self.name}: longer than any S3 policy, not read")
                return Policy(problems=problems, readable=False)
        return Policy(tuple(parsed), tuple(self.problems))

    def statement(self, index: int, statement: Mapping[str, JSON], variables: bool) -> Iterator[Statement]:
        elements: dict[str, JSON] = {}
        for key, value in statement.items():
            element = _ELEMENTS.get(str(key).lower())
            if element is None:
                self.refuse(show(key), "no element of a statement")
            elif element in elements:
                self.refuse(element, "given twice")
            else:
                elements[element] = value
        sid = elements.get("Sid")
        principals, not_principal = self.principal(elements)
        actions, not_action = self.texts(elements, "Action", "*")
        resources, not_resource = self.texts(elements, "Resource", "*")
        for action in actions:
            if action != "*" and ":" not in action:
                self.refuse("Action", f"{show(action)} names no service")
        checked = []
        for resource in resources:
            if resource != "*" and not resource.startswith("arn:"):
                self.refuse("Resource", f"{show(resource)} is no ARN")
                resource = "*"
            checked.append(resource)
        tests = tuple(self.tests(elements.get("Condition"), variables))
        for effect in self.effects(elements.get("Effect")):
            yield Statement(
                index=index,
                sid=sid if isinstance(sid, str) else None,
                allow=effect == "Allow",
                principals=principals,
                not_principal=not_principal,
                actions=tuple(action.lower() for action in actions),
                not_action=not_action,
                resources=tuple(checked),
                not_resource=not_resource,
                tests=tests,
                variables=variables,
                uncertain=self.refused,
            )

    def effects(self, effect: JSON) -> tuple[Literal["Allow", "Deny"], ...]:
        if effect == "Allow":
            return ("Allow",)
        if effect == "Deny":
            return ("Deny",)
        self.refuse("Effect", f"{show(effect)} is neither Allow nor Deny")
        return ("Allow", "Deny")

    def texts(self, elements: Mapping[str, JSON], name: str, widest: str) -> tuple[list[str], bool]:
        negative = f"Not{name}"
        if name in elements and negative in elements:
            self.refuse(name, f"stands beside {negative}")
            return [widest], False
        negated = negative in elements
        if not negated and name not in elements:
            if self.identity and name == "Resource":
                return [widest], False
            self.refuse(name, "missing")
            return [widest], False
        found = list(self.values(elements[negative if negated else name], negative if negated else name))
        return (found, negated) if found or not self.refused else ([widest], False)

    def values(self, value: JSON, name: str) -> Iterator[str]:
        items = value if isinstance(value, list) else [value]
        if not items:
            self.note(name, "empty: matches nothing")
        for item in items:
            if isinstance(item, bool):
                text = "true" if item else "false"
            elif isinstance(item, str):
                text = item
            elif isinstance(item, (int, float)) and abs(item) < 1e18:
                text = str(item)
            else:
                self.refuse(name, f"{show(item)} is no text, number or boolean")
                continue
            self.size += len(text)
            if len(text) > MAX_TEXT:
                self.refuse(name, f"{show(text)} is longer than any name it could stand for")
                text = "*"
            yield text

    def principal(self, elements: Mapping[str, JSON]) -> tuple[tuple[Entry, ...], bool]:
        everyone = (Entry("Everyone", "*"),)
        if self.identity:
            return everyone, False
        given = [name for name in ("Principal", "NotPrincipal") if name in elements]
        if len(given) != 1:
            self.refuse("Principal", "missing" if not given else "stands beside NotPrincipal")
            return everyone, False
        name = given[0]
        value = elements[name]
        if value == "*":
            return everyone, name == "NotPrincipal"
        if isinstance(value, str):
            self.refuse(name, f'{show(value)} is neither "*" nor an object')
            value = {"AWS": value}
        if not isinstance(value, Mapping):
            self.refuse(name, "not an object")
            return everyone, False
        entries: list[Entry] = []
        for key, items in value.items():
            kind = _PRINCIPAL_TYPES.get(str(key).lower())
            if kind in (None, "Everyone"):
                self.refuse(name, f"{show(key)} is no type of principal")
                return everyone, False
            entries.extend(self.entry(str(kind), text, name) for text in self.values(items, name))
        return tuple(entries), name == "NotPrincipal"

    def entry(self, kind: str, value: str, name: str) -> Entry:
        if kind == "AWS":
            if value == "*":
                return Entry("Everyone", "*")
            if _ACCOUNT.fullmatch(value):
                return Entry("AWS", value, value, True)
            found = _PRINCIPAL_ARN.fullmatch(value)
            if found and not patterns.fixed(value):
                self.refuse(name, f"{show(value)} has a wildcard within an ARN")
            if found:
                service_account = found[2] in ("", "cloudfront") or not found[2].isdigit()
                if not service_account and not _ACCOUNT.fullmatch(found[2]):
                    self.refuse(name, f"{show(value)} has no account id of 12 digits")
                return Entry("AWS", value, found[2], found[3] == "root")
            if not _UNIQUE_ID.fullmatch(value):
                self.refuse(name, f"{show(value)} is no principal")
            parts = value.split(":")
            return Entry("AWS", value, parts[4] if len(parts) > 4 else "")
        if kind == "Federated":
            self.note(name, f"{show(value)}: who can log in there cannot be seen")
            parts = value.split(":")
            return Entry(kind, value, parts[4] if len(parts) > 4 else "")
        return Entry(kind, value)

    def tests(self, block: JSON, variables: bool) -> Iterator[Condition]:
        if block is None:
            return
        if not isinstance(block, Mapping):
            self.refuse("Condition", "not an object")
            return
        for name, keys in block.items():
            operator = conditions.operator(str(name))
            if operator is None:
                self.refuse("Condition", f"{show(name)} is no condition operator")
                continue
            if not isinstance(keys, Mapping):
                self.refuse("Condition", f"{show(name)} is not an object")
                continue
            for key, value in keys.items():
                values = tuple(self.values(value, f"Condition {show(key)}"))
                self.check(operator, str(key), values)
                yield Condition(operator, str(key).lower(), str(key), values, variables)

    def check(self, operator: conditions.Operator, key: str, values: Iterable[str]) -> None:
        if operator.base == "ipaddress":
            for value in values:
                if patterns.fixed(value) and conditions.network(value) is None:
                    self.note(f"Condition {show(key)}", f"{show(value)} is no CIDR block: matches nothing")
