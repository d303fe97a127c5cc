"""Two runs side by side: what became public, what lost its controls, what appeared, moved or was fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from classifier import store as kept
from classifier.alerts import Before, BucketEvidence, BucketFacts
from classifier.alerts.diff import Edit, diff
from classifier.alerts.drift import change_facts
from classifier.errors import UsageError
from classifier.model import JSON, Coverage, Grant, Posture, RiskScore, Severity, Target, Verdict
from classifier.store import TargetRecord
from classifier.visible import visible

if TYPE_CHECKING:
    from classifier.store import Store

_NO_RISK = RiskScore(0, 0, 0, Severity.INFORMATIONAL, {}, "")
_FACTS = {
    "BecamePublic": "became public",
    "BecameShared": "is shared with outsiders",
    "NewOutsiders": "lets in somebody new from outside",
    "LostBlock": "lost Block Public Access",
    "LostEncryption": "lost its default encryption",
    "WeakerEncryption": "is no longer encrypted with a key of AWS KMS",
    "LostLogging": "lost its access log",
    "Lost": "lost controls",
    "NewWebsite": "became a website",
    "NewDetectors": "holds new kinds of sensitive data",
}


@dataclass(frozen=True, slots=True)
class State:
    """What a run found, by stable names: targets by their text, findings and alerts by their ids."""

    run_id: str
    targets: Mapping[str, Mapping[str, JSON]]
    findings: Mapping[str, Mapping[str, JSON]]
    alerts: Mapping[str, Mapping[str, JSON]]

    def to_json(self) -> dict[str, JSON]:
        return {"targets": self.targets, "findings": self.findings, "alerts": self.alerts}


@dataclass(frozen=True, slots=True)
class Drift:
    """What is different in a later run. Each is a list of short texts; `edits` are all differences."""

    before: str
    after: str
    buckets: tuple[str, ...] = ()
    appeared: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    alerts_new: tuple[str, ...] = ()
    alerts_fixed: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = field(default=(), repr=False)

    def to_json(self) -> dict[str, JSON]:
        told = {name: list(getattr(self, name)) for name in _SECTIONS}
        return {
            "before": self.before,
            "after": self.after,
            **told,
            "edits": [e.to_json() for e in self.edits],
        }


_SECTIONS = ("buckets", "appeared", "moved", "fixed", "alerts_new", "alerts_fixed")


def state_of(store: Store, run_id: str) -> State:
    """Return what a run found; `run_id` may be a beginning of it, or `last`. Raises UsageError."""
    with store.reading() as db:
        run = kept.find_run(db, run_id)
        if run is None:
            raise UsageError(f"there is no run {run_id!r} in the store; `s3-classifier runs` lists them")
        places = dict(kept.list_places(db))
        targets = {
            str(target.record.get("target", target.place)): target
            for target in kept.targets_of(db, run.number)
        }
        looked = {target.place for target in targets.values()}
        findings = {
            version.rated.finding_id: {
                "bucket": places[version.place].bucket,
                "key": version.rated.finding.obj.key,
                "detector": version.rated.finding.detector,
                "severity": str(version.rated.finding.severity),
                "count": version.rated.finding.count,
                "fingerprints": sorted({o.fingerprint for o in version.rated.finding.occurrences}),
            }
            for version in kept.findings_at(db, run=run.number)
            if version.place in looked
        }
        alerts = {
            version.alert.alert_id: {
                "category": str(version.alert.category),
                "rule": version.alert.rule,
                "bucket": version.alert.bucket,
                "severity": version.alert.severity,
                "narrative": version.alert.narrative,
            }
            for version in kept.alerts_at(db, run.number)
            if version.scope in targets
        }
    told = {name: _told(target) for name, target in targets.items()}
    return State(run.run_id, told, findings, alerts)


def _told(target: TargetRecord) -> dict[str, JSON]:
    record = target.record
    return {
        "snapshot": target.snapshot,
        "verdict": target.verdict,
        "risk": (record.get("risk") or {}).get("score"),
        "detectors": dict(record.get("detectors") or {}),
    }


def drift(before: State, after: State) -> Drift:
    """Return what differs in `after`."""
    gone = before.findings.keys() - after.findings.keys()
    new = after.findings.keys() - before.findings.keys()
    moved = dict(_moved(before, after, gone, new))
    return Drift(
        before=before.run_id,
        after=after.run_id,
        buckets=tuple(_bucket_changes(before, after)),
        appeared=tuple(sorted(_named(after.findings[one]) for one in new - set(moved.values()))),
        moved=tuple(
            sorted(
                f"{_named(before.findings[one])} → {after.findings[two]['key']}" for one, two in moved.items()
            )
        ),
        fixed=tuple(sorted(_named(before.findings[one]) for one in gone - moved.keys())),
        alerts_new=tuple(_alerts(after, before)),
        alerts_fixed=tuple(_alerts(before, after)),
        edits=tuple(diff(before.to_json(), after.to_json())),
    )


def _bucket_changes(before: State, after: State) -> Iterator[str]:
    for name in sorted(before.targets.keys() | after.targets.keys()):
        if name not in before.targets:
            yield f"{name} is new"
        elif name not in after.targets:
            yield f"{name} was not looked at"
        else:
            yield from _changes(name, before.targets[name], after.targets[name])


def _changes(name: str, one: Mapping[str, JSON], other: Mapping[str, JSON]) -> Iterator[str]:
    if one["snapshot"] is None or other["snapshot"] is None:
        return
    facts = change_facts(_facts(name, one, other))
    for fact, words in _FACTS.items():
        value = facts[0].get(fact)
        if value and f"Change.{fact}" not in facts[1]:
            yield f"{name} {words}" + (f": {', '.join(value)}" if isinstance(value, list) else "")


def _facts(name: str, one: Mapping[str, JSON], other: Mapping[str, JSON]) -> BucketFacts:
    snapshot = other["snapshot"]
    errors = dict(snapshot.get("UnreadableErrors") or {})
    posture = Posture(
        str(snapshot["Bucket"]), snapshot.get("AccountId"), snapshot.get("Region"), snapshot, errors
    )
    evidence = BucketEvidence()
    return BucketFacts(
        Target(posture.bucket),
        posture,
        _verdict(posture.bucket, other["verdict"]),
        Coverage(),
        _NO_RISK,
        evidence,
        before=Before(one["snapshot"], one["verdict"], one["detectors"]),
    )


def _verdict(bucket: str, told: JSON) -> Verdict | None:
    """Return as much of a verdict as change is told by."""
    if told is None:
        return None
    grants = (
        Grant(
            item["principal"], tuple(item["actions"]), item["prefix"], item["decision"], item["because"], {}
        )
        for item in told["Grants"]
    )
    return Verdict(bucket, None, told["Public"], told["Shared"], tuple(grants))


def _moved(before: State, after: State, gone: set[str], new: set[str]) -> Iterator[tuple[str, str]]:
    """Yield findings that stand elsewhere now: the same detector and values in another object."""
    there: dict[tuple[str, ...], list[str]] = {}
    for name in sorted(new):
        finding = after.findings[name]
        if finding["fingerprints"]:
            there.setdefault((finding["detector"], *finding["fingerprints"]), []).append(name)
    for name in sorted(gone):
        finding = before.findings[name]
        found = there.get((finding["detector"], *finding["fingerprints"]))
        if found and finding["fingerprints"]:
            yield name, found.pop(0)


def _named(finding: Mapping[str, JSON]) -> str:
    place = f"s3://{finding['bucket']}/{finding['key']}" if finding["bucket"] else str(finding["key"])
    return f"{finding['detector']} ({finding['count']:,}) in {place}"


def _alerts(one: State, other: State) -> Iterator[str]:
    for name in sorted(one.alerts.keys() - other.alerts.keys()):
        alert = one.alerts[name]
        yield f"{alert['severity']:g} {alert['category']}: {alert['narrative']}"


_TITLES = {
    "buckets": "Buckets",
    "appeared": "Sensitive data that appeared",
    "moved": "Sensitive data that moved",
    "fixed": "Sensitive data that is gone",
    "alerts_new": "New alerts",
    "alerts_fixed": "Alerts that are fixed",
}


def diff_text(found: Drift) -> str:
    """Return what differs, for people."""
    lines = [f"{found.before} → {found.after}"]
    for name in _SECTIONS:
        items = getattr(found, name)
        if items:
            lines += ["", f"{_TITLES[name]}:", *(f"  {visible(item)}" for item in items)]
    if len(lines) == 1:
        lines.append("Nothing differs." if not found.edits else "Only scores and small settings differ.")
    return "\n".join(lines)
