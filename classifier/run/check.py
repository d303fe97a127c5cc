"""Before a bucket is opened: what a change of its access would expose of its content."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.text import Text

from classifier import access, crawl, detect, report, risk
from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import JSON, Grant, Posture, Target, Verdict
from classifier.report.check import State
from classifier.run.content import EarlierRun, Fact, Sample, Seen, earlier_run
from classifier.run.detectors import everything
from classifier.visible import visible

CLEAN, EXPOSED, PARTIAL = 0, 1, 3
SAMPLE = 200  # objects
MOST = 20  # objects listed
REMOVED = "none"
# Who has one of these gets at the content, changes it, or can give themselves what is missing.
TELLING = frozenset({"read", "read_version", "write", "delete", "write_acp", "config", "policy"})
_OUTSIDERS = frozenset({"anonymous", "any_aws", "unknown_account", "unknown_org"})
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Request:
    """What to check. Files are paths; `none` removes the part; None leaves it as it is.

    `findings` names a run; `fresh` reads a sample of `sample` objects whatever runs there are. At most `most`
    objects are listed.
    """

    target: str
    policy: str | None = None
    acl: str | None = None
    public_access_block: str | None = None
    ownership: str | None = None
    findings: str | None = None
    fresh: bool = False
    sample: int = SAMPLE
    most: int = MOST


def check(
    request: Request,
    settings: Settings,
    *,
    console: Console,
    quiet: bool = False,
    prompt: Callable[[str], str] | None = None,
) -> report.CheckReport:
    """Evaluate the bucket as proposed, join it with its content, and say what outsiders would reach.

    Nothing is changed. `console` (standard error) shows the progress of a sample. Raises UsageError for what
    is no request or what S3 would refuse, AccessFailure where the bucket cannot be asked about.
    """
    target = crawl.parse_target(request.target)
    if target.is_local:
        raise UsageError(f"{target}: check looks at buckets; give s3://bucket")
    if request.findings is not None and request.fresh:
        raise UsageError("--findings and --fresh: give one of them")
    proposal = access.Proposal(dict(_parts(request)))
    with crawl.Connection(settings, prompt=prompt) as connection:
        connection.check()
        region = connection.bucket_region(target.bucket)
        posture = crawl.read_posture(connection, target.bucket)
        present = _Side.of(posture, posture.to_json(), settings)
        proposed = present
        if proposal.parts:
            proposed = _Side.of(posture, access.proposed(posture.to_json(), proposal), settings)
        join = _Join(present, proposed, settings, request.most)
        content = _content(request, settings, target, region, connection, join, console, quiet)
    return _report(target, proposal, join, content)


def check_text(found: report.CheckReport, console: Console) -> None:
    """Print a check for a person."""
    for line in report.check_lines(found):
        console.print(Text(visible(line)), soft_wrap=True)


def check_json(found: report.CheckReport) -> str:
    """Return a check as one line of JSON (reports/schema/check.schema.json)."""
    return json.dumps(found.to_json(), ensure_ascii=True) + "\n"


# ---- the proposal


def _parts(request: Request) -> Iterator[tuple[str, JSON]]:
    if request.policy is not None:
        yield "Policy", None if request.policy == REMOVED else _text("--policy", request.policy)
    if request.acl is not None:
        yield "Acl", request.acl
    if request.public_access_block is not None:
        removed = request.public_access_block == REMOVED
        yield "PublicAccessBlock", None if removed else _json(request.public_access_block)
    if request.ownership is not None:
        yield "ObjectOwnership", None if request.ownership == REMOVED else request.ownership


def _text(option: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError as error:
        raise UsageError(f"{option} {path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{option} {path}: is not UTF-8 text") from None


def _json(path: str) -> JSON:
    text = _text("--public-access-block", path)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise UsageError(f"--public-access-block {path}: is not JSON ({place})") from None
    except RecursionError:
        raise UsageError(f"--public-access-block {path}: is not JSON") from None


# ---- who gets in


@dataclass(frozen=True, slots=True)
class _Door:
    """A grant through which outsiders get at content."""

    grant: Grant
    deputy: bool = False

    def way(self) -> report.Reach:
        grant = self.grant
        telling = tuple(action for action in grant.actions if action in TELLING)
        return report.Reach(grant.principal, telling, grant.decision, grant.because, self.deputy)


@dataclass(frozen=True, slots=True)
class _Side:
    """The bucket as it is, or as proposed."""

    snapshot: Mapping[str, JSON]
    verdict: Verdict
    posture: Posture
    doors: tuple[_Door, ...]
    lists: tuple[Grant, ...]  # grants by which outsiders list keys

    @classmethod
    def of(cls, posture: Posture, snapshot: Mapping[str, JSON], settings: Settings) -> _Side:
        verdict = access.evaluate(snapshot)
        errors = snapshot.get("UnreadableErrors")
        changed = replace(
            posture, snapshot=snapshot, unreadable=errors if isinstance(errors, Mapping) else {}
        )
        outside = [grant for grant in verdict.grants if _outsider(grant.principal, posture, settings)]
        return cls(
            snapshot,
            verdict,
            changed,
            (*(_Door(grant) for grant in outside if TELLING & set(grant.actions)), *_others(verdict)),
            tuple(grant for grant in outside if "list" in grant.actions and grant.decision == "allowed"),
        )

    def ways(self, key: str) -> list[report.Reach]:
        return [door.way() for door in self.doors if door.grant.covers(key)]

    @property
    def undecided(self) -> bool:
        return "unknown" in (self.verdict.public, self.verdict.shared)


def _outsider(principal: str, posture: Posture, settings: Settings) -> bool:
    found = risk.principal_kind(
        principal, settings.known_accounts, posture.account, posture.snapshot.get("Organization")
    )
    return found in _OUTSIDERS


def _others(verdict: Verdict) -> Iterator[_Door]:
    """Yield the services that act for anybody, and who else may get in where the verdict is open."""
    for item in verdict.confused_deputy:
        granted = tuple(item.get("actions") or ())
        because = {
            "kind": "policy",
            "statement": item.get("statement"),
            "sid": item.get("sid"),
            "grant": None,
        }
        if TELLING & set(granted):
            grant = Grant(
                str(item["principal"]), granted, str(item.get("prefix") or ""), "allowed", because, {}
            )
            yield _Door(grant, deputy=True)
    if "unknown" in (verdict.public, verdict.shared) and verdict.public != "public":
        yield _Door(Grant(_UNKNOWN, ("read",), "", "unknown", {"kind": _UNKNOWN}, {}))


# ---- the join with content


@dataclass(slots=True)
class _Join:
    """Takes the objects with findings and keeps those that outsiders reach, now or then."""

    present: _Side
    proposed: _Side
    settings: Settings
    most: int
    worst: list[report.Exposed] = field(default_factory=list)
    counts: Counter[State] = field(default_factory=Counter)
    listed: int = 0
    unread: int = 0
    strange: set[str] = field(default_factory=set)  # detectors that no pack has
    _weights: risk.Weights = field(default_factory=risk.load_weights)
    _infos: detect.Infos = field(default_factory=lambda: detect.Infos(()))

    @property
    def needed(self) -> bool:
        """Whether any outsider gets at anything, so that the content matters."""
        return bool(self.present.doors or self.proposed.doors or self.proposed.lists)

    def add(self, seen: Seen) -> None:
        then = self.proposed.ways(seen.key)
        if seen.unread:
            self.unread += bool(then)
        if not seen.facts:
            return
        now = self.present.ways(seen.key)
        state = _state(now, then)
        if state is None:
            self.listed += any(grant.covers(seen.key) for grant in self.proposed.lists)
            return
        self.counts[state] += 1
        ways = tuple(now if state == "closed" else then)
        self.worst.append(self._exposed(seen, state, ways))
        if len(self.worst) > 10 * self.most + 1_000:
            self.worst = list(report.worst_first(self.worst))[: self.most]

    def _exposed(self, seen: Seen, state: State, ways: tuple[report.Reach, ...]) -> report.Exposed:
        return report.Exposed(
            key=seen.key,
            state=state,
            severity=max((fact.severity for fact in seen.facts), key=lambda severity: severity.rank),
            detectors={fact.detector: fact.count for fact in seen.facts},
            risk_present=self._risk(seen, self.present),
            risk_proposed=self._risk(seen, self.proposed),
            reached_by=ways,
        )

    def _risk(self, seen: Seen, side: _Side) -> float:
        exposure = risk.exposure_of(
            side.verdict,
            seen.key,
            self.settings.known_accounts,
            self._weights,
            owner=side.posture.account,
            organization=side.snapshot.get("Organization"),
        )
        controls = risk.controls_of(side.posture)
        return risk.score(list(self._evidence(seen.facts)), exposure, self._weights, controls=controls).score

    def _evidence(self, facts: Iterable[Fact]) -> Iterator[risk.Evidence]:
        if not self._infos:
            self._infos = detect.Infos(everything(self.settings))
        for fact in facts:
            try:
                info = self._infos[fact.detector]
            except KeyError:
                self.strange.add(fact.detector)
                continue
            yield risk.Evidence(
                fact.detector, info.sensitivity, fact.confidence, fact.count, info.live_credential
            )

    def covers_all(self, run: EarlierRun, prefix: str) -> bool:
        """Whether the run has listed everything under `prefix` that outsiders would reach."""
        return all(
            any(place.startswith(listed) for listed in run.prefixes)
            for place, _ in scopes(self.proposed.doors, prefix)
        )


def _state(now: Sequence[report.Reach], then: Sequence[report.Reach]) -> State | None:
    sure_now = any(way.decision == "allowed" for way in now)
    if any(way.decision == "allowed" for way in then):
        return "open" if sure_now else "opened"
    if then:
        return "unknown"
    return "closed" if sure_now else None


def scopes(doors: Iterable[_Door], prefix: str) -> list[tuple[str, bool]]:
    """Return the prefixes (or keys: True) under `prefix` that the doors lead to, none within another."""
    found: set[tuple[str, bool]] = set()
    for grant in (door.grant for door in doors):
        if grant.prefix.startswith(prefix):
            found.add((grant.prefix, grant.exact_key))
        elif prefix.startswith(grant.prefix) and not grant.exact_key:
            found.add((prefix, False))
    return sorted(
        (place, exact)
        for place, exact in found
        if not any(
            place.startswith(other) and (other, within) != (place, exact)
            for other, within in found
            if not within
        )
    )


def _content(
    request: Request,
    settings: Settings,
    target: Target,
    region: str | None,
    connection: crawl.Connection,
    join: _Join,
    console: Console,
    quiet: bool,
) -> report.Content:
    if not join.needed and request.findings is None:
        return report.Content("none", target=str(target))
    run = None if request.fresh else earlier_run(target.bucket, settings.endpoint_url, request.findings)
    if run is not None:
        for seen in run.seen(target.bucket, target.prefix):
            join.add(seen)
        content = replace(run.content(datetime.now(UTC)), whole=join.covers_all(run, target.prefix))
        if not content.whole:
            note = "that run did not list all that outsiders would reach; --fresh reads a sample of it"
            content = replace(content, notes=(note,))
        return replace(content, unread=join.unread)
    doors = (*join.present.doors, *join.proposed.doors, *(_Door(grant) for grant in join.proposed.lists))
    sample = Sample(
        connection,
        settings,
        target,
        region,
        scopes(doors, target.prefix),
        lambda key: any(door.grant.covers(key) for door in doors),
        request.sample,
    )
    for seen in sample.seen(console, quiet):
        join.add(seen)
    return replace(sample.content(), unread=join.unread)


# ---- the report


def _report(
    target: Target, proposal: access.Proposal, join: _Join, content: report.Content
) -> report.CheckReport:
    side = join.proposed
    unknown = list(_unknown(join, content))
    exposed = join.counts["opened"] + join.counts["open"]
    fixes = access.remedies(side.snapshot, side.verdict)
    return report.CheckReport(
        bucket=target.bucket,
        prefix=target.prefix,
        time=report.timestamp(datetime.now(UTC)),
        change=tuple(proposal.parts),
        present=join.present.verdict,
        proposed=side.verdict,
        content=content,
        exposed=report.worst_first(join.worst)[: join.most],
        counts=join.counts,
        listed=join.listed,
        unknown=tuple(unknown),
        unreadable=side.posture.unreadable,
        fixes=tuple(fix.title for fix in fixes if fix.closes or fix.deputies),
        exit_code=EXPOSED if exposed else PARTIAL if unknown else CLEAN,
    )


def _unknown(join: _Join, content: report.Content) -> Iterator[str]:
    """Yield what keeps the answer from being sure."""
    side = join.proposed
    if side.undecided:
        yield from report.unread_lines(side.posture.unreadable)
        yield from side.verdict.problems or ("who would have access cannot be told",)
    perhaps = join.counts["unknown"]
    if perhaps:
        yield f"whether outsiders would reach {_objects(perhaps)} with sensitive data"
    if not side.doors:
        return  # nothing of what is unread would be reached
    if content.unread:
        yield f"what is in {_objects(content.unread)} that outsiders would reach, not read whole"
    if not content.whole:
        yield "what is in the rest of what outsiders would reach: not all of it was looked at"
    for detector in sorted(join.strange):
        yield f"the risk of {detector}: no pack has the detector (--pack)"


def _objects(number: int) -> str:
    return f"{number:,} object{'' if number == 1 else 's'}"
