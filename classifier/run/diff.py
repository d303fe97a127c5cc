"""Two runs side by side: what became public, what lost its controls, what appeared, moved or was fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from classifier.alerts import Before, BucketEvidence, BucketFacts, Rules
from classifier.alerts.diff import Edit, diff
from classifier.alerts.drift import change_facts
from classifier.errors import UsageError
from classifier.model import JSON, Coverage, Grant, Posture, RiskScore, Severity, Target, Verdict
from classifier.store import (
    AlertVersion,
    RunRecord,
    Store,
    TargetRecord,
    alerts_at,
    find_run,
    findings_at,
    list_places,
    list_runs,
    target_before,
    target_history,
    targets_of,
)
from classifier.visible import visible

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
        run = find_run(db, run_id)
        if run is None:
            raise UsageError(f"there is no run {run_id!r} in the store; `s3-classifier runs` lists them")
        places = dict(list_places(db))
        targets = {
            str(target.record.get("target", target.place)): target for target in targets_of(db, run.number)
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
            for version in findings_at(db, run=run.number)
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
            for version in alerts_at(db, run.number)
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


def run_rows(store: Store) -> list[tuple[str, str, str, str, str]]:
    """Return the runs, the last first: id, time, state, targets, exit code. Raises StoreError."""
    with store.reading() as db:
        return [_row(run) for run in list_runs(db)]


def _row(run: RunRecord) -> tuple[str, str, str, str, str]:
    code = "" if run.exit_code is None else str(run.exit_code)
    return run.run_id, run.started, run.state, ", ".join(run.targets), code


def timeline(store: Store, bucket: str) -> Iterator[dict[str, JSON]]:
    """Yield a bucket's configuration items, the first first: one for each state that differs from the last.

    Each has what AWS Config's items have: `captureTime`, `configStateId` (the run), the hash of the
    `configuration`, its `relationships` and what `changed` since the one before. Raises UsageError.
    """
    with store.reading() as db:
        numbers = {number for number, place in list_places(db) if place.bucket == bucket}
        if not numbers:
            raise UsageError(f"no run in the store has looked at the bucket {bucket!r}")
        runs = {run.number: run for run in list_runs(db)}
        last: JSON = None
        for number in sorted(numbers):
            for target in target_history(db, number):
                if target.snapshot is None or target.snapshot == last:
                    continue
                run = runs[target.run]
                yield {
                    "version": "1.0",
                    "resourceType": "AWS::S3::Bucket",
                    "resourceId": bucket,
                    "accountId": target.record.get("account"),
                    "awsRegion": target.record.get("region"),
                    "captureTime": run.started,
                    "configStateId": run.run_id,
                    "configurationItemHash": target.snapshot_hash,
                    "relationships": relationships(target.snapshot),
                    "changed": []
                    if last is None
                    else [edit.to_json() for edit in diff(last, target.snapshot)],
                    "configuration": target.snapshot,
                }
                last = target.snapshot


def relationships(snapshot: Mapping[str, JSON]) -> list[dict[str, str]]:
    """Return what a bucket's configuration points at: its key, its log, where copies and news of it go."""
    found: list[dict[str, str]] = []

    def add(kind: str, name: JSON, relation: str) -> None:
        if isinstance(name, str) and name:
            found.append({"resourceType": kind, "resourceId": name, "relationshipName": relation})

    for rule in (snapshot.get("Encryption") or {}).get("Rules") or []:
        default = rule.get("ApplyServerSideEncryptionByDefault") or {}
        add("AWS::KMS::Key", default.get("KMSMasterKeyID"), "Is encrypted by")
    add("AWS::S3::Bucket", (snapshot.get("Logging") or {}).get("TargetBucket"), "Logs to")
    for rule in (snapshot.get("Replication") or {}).get("Rules") or []:
        add("AWS::S3::Bucket", (rule.get("Destination") or {}).get("Bucket"), "Is replicated to")
    notification = snapshot.get("Notification") or {}
    for kind, name, arn in (
        ("AWS::SNS::Topic", "TopicConfigurations", "TopicArn"),
        ("AWS::SQS::Queue", "QueueConfigurations", "QueueArn"),
        ("AWS::Lambda::Function", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
    ):
        for item in notification.get(name) or []:
            add(kind, item.get(arn), "Notifies")
    for item in snapshot.get("Inventory") or []:
        destination = (item.get("Destination") or {}).get("S3BucketDestination") or {}
        add("AWS::S3::Bucket", destination.get("Bucket"), "Is listed in")
    return found


def before_of(store: Store, run: int, place: int, prefix: str) -> Before | None:
    """Return a target as the last run before `run` (its number) found it, None where there is none."""
    with store.reading() as db:
        found = target_before(db, run, place, prefix)
    if found is None or found.snapshot is None:
        return None
    record = found.record
    return Before(
        found.snapshot, found.verdict, dict(record.get("detectors") or {}), dict(record.get("traits") or {})
    )


def alert_rows(store: Store, rules: Rules, today: date) -> list[tuple[str, str, str, str, str, str]]:
    """Return the alerts of the store: status, severity, category, bucket, first seen, text; fixed ones last.

    `new` is what the last run raised first, `suppressed` what a pack of the user's says is to be quiet.
    """
    with store.reading() as db:
        last = find_run(db, "last")
        standing = list(alerts_at(db))
        earlier = [] if last is None else list(alerts_at(db, last.number - 1))
    there = {version.alert.alert_id for version in standing}
    rows = []
    for version in standing:
        new = last is not None and version.from_run == last.number and version.first_seen == last.started
        quiet = rules.suppressed(version.alert, today)
        status = "suppressed" if quiet else "new" if new and version.status == "open" else version.status
        rows.append(_alert_row(status, version))
    rows += [_alert_row("fixed", one) for one in earlier if one.alert.alert_id not in there]
    return sorted(rows, key=lambda row: (row[0] == "fixed", -float(row[1]), row[3], row[5]))


def _alert_row(status: str, version: AlertVersion) -> tuple[str, str, str, str, str, str]:
    alert = version.alert
    text = alert.narrative
    return status, f"{alert.severity:g}", str(alert.category), alert.bucket, version.first_seen, text


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
