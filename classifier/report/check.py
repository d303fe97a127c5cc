"""What a change of a bucket would expose: the record of `check` and how it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from classifier.model import JSON, Severity, Verdict
from classifier.report import access

# opened: reached by outsiders then, not now · open: both · unknown: perhaps then · closed: now, not then
State: TypeAlias = Literal["opened", "open", "unknown", "closed"]
STATES: tuple[State, ...] = ("opened", "open", "unknown", "closed")

_PARTS = {
    "Policy": "the bucket policy",
    "Acl": "the bucket's ACL",
    "PublicAccessBlock": "Block Public Access of the bucket",
    "ObjectOwnership": "object ownership",
}
_HEADINGS: Mapping[State, str] = {
    "opened": "Would become reachable by outsiders",
    "open": "Reachable by outsiders already, and still",
    "unknown": "Perhaps reachable: it cannot be told",
    "closed": "Reachable by outsiders now, and no longer then",
}


@dataclass(frozen=True, slots=True)
class Reach:
    """One way to an object: who, for which actions, through what. `deputy`: a service on anybody's behalf."""

    principal: str
    actions: tuple[str, ...]
    decision: str
    because: Mapping[str, JSON]
    deputy: bool = False

    def to_json(self) -> dict[str, JSON]:
        return {
            "principal": self.principal,
            "actions": list(self.actions),
            "decision": self.decision,
            "because": dict(self.because),
            "confused_deputy": self.deputy,
        }


@dataclass(frozen=True, slots=True)
class Exposed:
    """An object with findings that outsiders reach, now or then. `reached_by` are the ways then, or, where it
    is closed, the ways now. Risks are 0 to 100.
    """

    key: str
    state: State
    severity: Severity
    detectors: Mapping[str, int]
    risk_present: float
    risk_proposed: float
    reached_by: tuple[Reach, ...]

    def to_json(self) -> dict[str, JSON]:
        return {
            "key": self.key,
            "state": self.state,
            "severity": self.severity,
            "detectors": dict(sorted(self.detectors.items())),
            "risk": {"present": self.risk_present, "proposed": self.risk_proposed},
            "reached_by": [way.to_json() for way in self.reached_by],
        }


@dataclass(frozen=True, slots=True)
class Content:
    """Where the content findings come from: an earlier run, a sample read now, or nowhere (not needed).

    `objects` are those in scope that are known, `unread` those of them that could not be read whole and that
    outsiders would reach. `whole` says whether all that outsiders would reach is in them.
    """

    source: Literal["run", "sample", "none"]
    run_id: str = ""
    folder: str = ""
    finished: str = ""
    age_seconds: int = 0
    target: str = ""
    objects: int = 0
    read: int = 0
    sensitive: int = 0
    unread: int = 0
    whole: bool = True
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, JSON]:
        return {
            "source": self.source,
            "run_id": self.run_id or None,
            "folder": self.folder or None,
            "finished": self.finished or None,
            "age_seconds": self.age_seconds,
            "target": self.target,
            "objects": self.objects,
            "read": self.read,
            "sensitive_objects": self.sensitive,
            "unread_reachable": self.unread,
            "whole": self.whole,
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A check as a whole. `exposed` has the worst objects, worst first, of those that `counts` counts by
    state; `change` the parts of the proposal.
    """

    bucket: str
    prefix: str
    time: str
    change: tuple[str, ...]
    present: Verdict
    proposed: Verdict
    content: Content
    exposed: tuple[Exposed, ...]
    counts: Mapping[State, int]
    listed: int  # sensitive objects of which outsiders would see the key only
    unknown: tuple[str, ...]  # what could not be decided or read, in words
    unreadable: Mapping[str, str]
    fixes: tuple[str, ...]  # titles of the steps that would close what the proposal leaves open
    exit_code: int

    @property
    def omitted(self) -> int:
        """How many objects are counted and not listed."""
        return sum(self.counts.values()) - len(self.exposed)

    def to_json(self) -> dict[str, JSON]:
        return {
            "bucket": self.bucket,
            "prefix": self.prefix,
            "time": self.time,
            "exit_code": self.exit_code,
            "change": list(self.change),
            "access": {"present": self.present.to_json(), "proposed": self.proposed.to_json()},
            "content": self.content.to_json(),
            "totals": {state: self.counts.get(state, 0) for state in STATES} | {"listed": self.listed},
            "objects": [item.to_json() for item in self.exposed],
            "objects_omitted": self.omitted,
            "unknown": list(self.unknown),
            "remedies": list(self.fixes),
        }


def check_lines(check: CheckReport) -> Iterator[str]:
    """Yield the check in lines of text; print them through `visible`."""
    changed = access.series([_PARTS.get(name, name) for name in check.change])
    what = f"as it would be with {changed} changed" if check.change else "as it is"
    where = f"s3://{check.bucket}/{check.prefix}"
    yield f"{where}: {_headline(check)} ({what}; nothing was changed)"
    yield from _access(check)
    yield from _content(check.content)
    for state in STATES:
        if check.counts.get(state):
            yield f"  {_HEADINGS[state]}: {_count(check.counts[state], 'object')} with sensitive data"
            for item in check.exposed:
                if item.state == state:
                    yield from _object(item)
    if check.omitted:
        yield f"  and {check.omitted:,} more, less severe (--most lists more)"
    if check.listed:
        objects = _count(check.listed, "sensitive object")
        yield f"  Outsiders could list the keys of {objects}, but not read them"
    if check.unknown:
        yield "  Not known:"
        yield from (f"    {line}" for line in check.unknown)
    if check.fixes and check.exit_code:
        yield "  What would close it:"
        yield from (f"    - {title}" for title in check.fixes)


def _headline(check: CheckReport) -> str:
    bad = check.counts.get("opened", 0) + check.counts.get("open", 0)
    if bad:
        return f"EXPOSES {_count(bad, 'object')} with sensitive data"
    if check.exit_code:
        return "CANNOT TELL whether sensitive data is exposed"
    return "no sensitive data is exposed"


def _access(check: CheckReport) -> Iterator[str]:
    now, then = check.present, check.proposed
    yield f"  Access now: {_words(now.public, now.shared)}"
    if check.change:
        yield f"  Access then: {_words(then.public, then.shared)}"


def _words(public: str, shared: str) -> str:
    return f"{public.replace('_', ' ')}, {shared.replace('_', ' ')}"


def _content(content: Content) -> Iterator[str]:
    if content.source == "run":
        yield (
            f"  Content: from run {content.run_id} of {content.finished} ({_age(content.age_seconds)} old),"
            f" which read {content.read:,} of {_count(content.objects, 'object')} under {content.target}"
        )
    elif content.source == "sample":
        objects = _count(content.objects, "object")
        yield f"  Content: read now, {content.read:,} of {objects} that can be reached"
    else:
        yield "  Content: not looked at, since no outsider reaches any"
    yield from (f"    {note}" for note in content.notes)


def _object(item: Exposed) -> Iterator[str]:
    found = ", ".join(
        f"{name} {count:,}"
        for name, count in sorted(item.detectors.items(), key=lambda pair: (-pair[1], pair))
    )
    change = f"risk {item.risk_present:g} → {item.risk_proposed:g}"
    yield f"    {item.severity}  {_cut(item.key)}  {found}  ({change})"
    anybody = [way.because for way in item.reached_by if way.principal == "anonymous"]
    for way in item.reached_by:
        if way.principal == "any_aws" and way.because in anybody:
            continue
        can = "can" if way.decision == "allowed" else "may be able to"
        if item.state == "closed":
            can = "could"
        whom = access.who(way.principal) + (" on behalf of anybody" if way.deputy else "")
        yield (
            f"      {whom} {can} {access.series([_DOES.get(action, action) for action in way.actions])}"
            f" through {access.through(way.because)}"
        )


_DOES = {
    "read": "read it",
    "read_version": "read its versions",
    "write": "write it",
    "delete": "delete it",
    "write_acp": "change its ACL",
    "config": "change the bucket's configuration",
    "policy": "change the bucket policy",
}


def _age(seconds: int) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return _count(seconds // size, name)
    return _count(seconds, "second")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _cut(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def worst_first(items: Sequence[Exposed]) -> tuple[Exposed, ...]:
    """Return the objects, those that outsiders reach first, then by severity, risk and matches."""
    return tuple(
        sorted(
            items,
            key=lambda item: (
                STATES.index(item.state),
                -item.severity.rank,
                -item.risk_proposed,
                -sum(item.detectors.values()),
                item.key,
            ),
        )
    )
