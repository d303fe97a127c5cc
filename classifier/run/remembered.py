"""What the store remembers: runs, a bucket's configuration through time, the life of alerts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from classifier import store as kept
from classifier.alerts import Rules
from classifier.alerts.diff import diff
from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import JSON, Alert, AlertCategory, Severity, Target
from classifier.run.history import NONE
from classifier.store import RunRecord
from classifier.visible import visible

if TYPE_CHECKING:
    from classifier.store import Store

STATUSES = ("new", "open", "reopened", "suppressed", "fixed")


def opened(settings: Settings) -> Store:
    """Open the store that the settings name, or the user's own, to look into it.

    Raises UsageError where there is none, StoreError where it cannot be used.
    """
    if settings.store == NONE:
        raise UsageError("--store none: there is nothing to look into")
    where = settings.store or str(kept.default_path())
    if "://" not in where and not Path(where).exists():
        raise UsageError(f"{where}: there is no store yet; a scan makes it, or name another with --store")
    return kept.open_store(where)


def the_run(store: Store, run_id: str) -> RunRecord:
    """Return a run by its id, the beginning of it, or `last`. Raises UsageError, StoreError."""
    with store.reading() as db:
        found = kept.find_run(db, run_id)
    if found is None:
        raise UsageError(f"there is no run {run_id!r} in the store; `s3-classifier runs` lists them")
    return found


def run_list(store: Store) -> list[RunRecord]:
    """Return the runs, the last first. Raises StoreError."""
    with store.reading() as db:
        return list(kept.list_runs(db))


def run_json(run: RunRecord) -> dict[str, JSON]:
    """Return what a line of `runs --format json` holds."""
    return {
        "run_id": run.run_id,
        "kind": run.kind,
        "state": run.state,
        "started": run.started,
        "ended": run.ended,
        "exit_code": run.exit_code,
        "version": run.program,
        "targets": list(run.targets),
        "folder": run.folder,
        "totals": (run.summary or {}).get("totals") or {},
    }


def run_details(store: Store, run_id: str) -> dict[str, JSON]:
    """Return what `runs show` tells of a run. Raises UsageError, StoreError."""
    run = the_run(store, run_id)
    with store.reading() as db:
        found = [
            {
                "target": str(target.record.get("target")),
                "account": target.record.get("account"),
                "region": target.record.get("region"),
                "whole": target.whole,
                "snapshot_hash": target.snapshot_hash,
                "risk": (target.record.get("risk") or {}).get("score"),
                "objects": (target.record.get("coverage") or {}).get("objects"),
                "sensitive_objects": target.record.get("sensitive_objects"),
                "alerts": target.record.get("alerts"),
                "error": target.record.get("error"),
            }
            for target in kept.targets_of(db, run.number)
        ]
    return run_json(run) | {"settings": dict(run.settings), "found": found}


def timeline(store: Store, bucket: str) -> Iterator[dict[str, JSON]]:
    """Yield a bucket's configuration items, the first first: one for each state that differs from the last.

    Each has what AWS Config's items have: `captureTime`, `configStateId` (the run), the hash of the
    `configuration`, its `relationships` and what `changed` since the one before. Raises UsageError.
    """
    with store.reading() as db:
        numbers = {number for number, place in kept.list_places(db) if place.bucket == bucket}
        if not numbers:
            raise UsageError(f"no run in the store has looked at the bucket {bucket!r}")
        runs = {run.number: run for run in kept.list_runs(db)}
        last: JSON = None
        for number in sorted(numbers):
            for target in kept.target_history(db, number):
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


def timeline_text(item: Mapping[str, JSON]) -> str:
    """Return an item of `timeline` for people."""
    lines = [f"{item['captureTime']}  {item['configStateId']}  {item['configurationItemHash'][:12]}"]
    for edit in item["changed"]:
        path = ".".join(map(str, edit["path"]))
        told = [json.dumps(edit[side]) if side in edit else "nothing" for side in ("before", "after")]
        lines.append(visible(f"  {path}: {' → '.join(told)}"))
    if not item["changed"]:
        lines += [
            visible(f"  {one['relationshipName']} {one['resourceId']}") for one in item["relationships"]
        ]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class AlertLife:
    """An alert with where it stands in its life; `scope` is the target that it is of."""

    status: str
    alert: Alert
    first_seen: str
    scope: str

    def to_json(self) -> dict[str, JSON]:
        return self.alert.to_json() | {
            "status": self.status,
            "first_seen": self.first_seen,
            "target": self.scope,
        }


def alert_lives(store: Store, rules: Rules, today: date) -> list[AlertLife]:
    """Return the alerts of the store, the severest first; fixed ones last.

    `new` is what the last run over its target was the first to raise, `fixed` what that run raised no more,
    `suppressed` what a pack of the user's says is to be quiet. Raises StoreError.
    """
    with store.reading() as db:
        standing, fixed = list(kept.alerts_at(db)), list(kept.fixed_alerts(db))
        began = kept.alert_beginnings(db)
        places = dict(kept.list_places(db))
        last: dict[str, int] = {}
        for number, prefix, run in kept.last_looks(db):
            scope = str(Target(places[number].bucket, prefix, places[number].path))
            last[scope] = max(run, last.get(scope, 0))
    lives = []
    for version in standing:
        status = version.status
        if rules.suppressed(version.alert, today):
            status = "suppressed"
        elif status == "open" and began[version.alert.alert_id] == last.get(version.scope):
            status = "new"
        lives.append(AlertLife(status, version.alert, version.first_seen, version.scope))
    lives += [
        AlertLife("fixed", one.alert, one.first_seen, one.scope)
        for one in fixed
        if one.until_run == last.get(one.scope, one.until_run)
    ]
    return sorted(lives, key=_urgency)


def _urgency(life: AlertLife) -> tuple[bool, float, str, str, str]:
    alert = life.alert
    return life.status == "fixed", -alert.severity, alert.bucket, alert.category, alert.rule


def chosen_lives(
    lives: list[AlertLife], status: str | None, severity: str | None, category: str | None
) -> list[AlertLife]:
    """Return those of a status, at or over a severity, of a category. Raises UsageError for no such one."""
    if status is not None and status not in STATUSES:
        raise UsageError(f"--status {status}: there are {', '.join(STATUSES)}")
    bands = [band.lower() for band in Severity]
    if severity is not None and severity.lower() not in bands:
        raise UsageError(f"--severity {severity}: there are {', '.join(bands)}")
    names = [name.value for name in AlertCategory]
    if category is not None and category.lower() not in [name.lower() for name in names]:
        raise UsageError(f"--category {category}: there are {', '.join(names)}")
    least = 0 if severity is None else Severity(severity.capitalize()).rank
    return [
        life
        for life in lives
        if status in (None, life.status)
        and life.alert.band.rank >= least
        and (category is None or life.alert.category.lower() == category.lower())
    ]
