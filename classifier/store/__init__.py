"""Store: runs, the state of objects, findings, snapshots, scores and alerts, from run to run.

    with open_store("state.db") as store, store.writing() as db:
        run = begin_run(db, RunRecord(run_id, started, program, recipe, detectors))
        place = place_number(db, Place("bucket"))
        put_objects(db, place, run, recipe, results)

A store is one SQLite file, or a PostgreSQL database. All that is read or written goes through functions that
take a connection (`db`) of a transaction; several may share one. Runs and places are told by their numbers:
a run with a greater number began later, whatever the clocks say.

Findings and alerts are kept as versions, each with the runs between which it stood, so that `findings_at` and
`alerts_at` give any run's again and a night in which nothing changes adds nothing. Everything in it is masked
or keyed (fingerprints); keys of objects stand as they are, as in reports. A room that needs a table of its
own adds it to `schema` with a migration (docs/architecture.md, Store); what fits a name and a JSON value goes
to `keep_notes`.

All but the nouns is imported on first use: SQLAlchemy takes longer than a scan of a few files.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from classifier.store.nouns import (
    PASSING,
    AlertVersion,
    FindingVersion,
    First,
    Identity,
    Place,
    Rated,
    RunRecord,
    ScoreRecord,
    TargetRecord,
    Wanted,
    identity,
    stable_hash,
)

if TYPE_CHECKING:
    from classifier.store.alerts import alert_beginnings, alert_history, alerts_at, fixed_alerts, put_alerts
    from classifier.store.engine import Store, default_path, open_store
    from classifier.store.findings import finding_history, findings_at, firsts, put_findings, rate_again
    from classifier.store.notes import drop_notes, keep_notes, kept_notes
    from classifier.store.objects import (
        close_gone,
        is_known,
        known_results,
        known_runs,
        known_under,
        mark_seen,
        put_objects,
    )
    from classifier.store.runs import (
        begin_run,
        count_runs,
        end_run,
        find_place,
        find_run,
        list_places,
        list_runs,
        place_number,
        resume_run,
    )
    from classifier.store.targets import (
        last_looks,
        latest_records,
        put_scores,
        put_target,
        scores_of,
        target_before,
        target_history,
        targets_of,
    )

_LATER = {
    "Store": "engine",
    "alert_beginnings": "alerts",
    "alert_history": "alerts",
    "alerts_at": "alerts",
    "begin_run": "runs",
    "close_gone": "objects",
    "count_runs": "runs",
    "default_path": "engine",
    "drop_notes": "notes",
    "end_run": "runs",
    "find_place": "runs",
    "find_run": "runs",
    "finding_history": "findings",
    "findings_at": "findings",
    "firsts": "findings",
    "fixed_alerts": "alerts",
    "is_known": "objects",
    "keep_notes": "notes",
    "kept_notes": "notes",
    "known_results": "objects",
    "known_runs": "objects",
    "known_under": "objects",
    "last_looks": "targets",
    "latest_records": "targets",
    "list_places": "runs",
    "list_runs": "runs",
    "mark_seen": "objects",
    "open_store": "engine",
    "place_number": "runs",
    "put_alerts": "alerts",
    "put_findings": "findings",
    "put_objects": "objects",
    "put_scores": "targets",
    "put_target": "targets",
    "rate_again": "findings",
    "resume_run": "runs",
    "scores_of": "targets",
    "target_before": "targets",
    "target_history": "targets",
    "targets_of": "targets",
}

__all__ = [
    "PASSING",
    "AlertVersion",
    "FindingVersion",
    "First",
    "Identity",
    "Place",
    "Rated",
    "RunRecord",
    "ScoreRecord",
    "Store",
    "TargetRecord",
    "Wanted",
    "alert_beginnings",
    "alert_history",
    "alerts_at",
    "begin_run",
    "close_gone",
    "count_runs",
    "default_path",
    "drop_notes",
    "end_run",
    "find_place",
    "find_run",
    "finding_history",
    "findings_at",
    "firsts",
    "fixed_alerts",
    "identity",
    "is_known",
    "keep_notes",
    "kept_notes",
    "known_results",
    "known_runs",
    "known_under",
    "last_looks",
    "latest_records",
    "list_places",
    "list_runs",
    "mark_seen",
    "open_store",
    "place_number",
    "put_alerts",
    "put_findings",
    "put_objects",
    "put_scores",
    "put_target",
    "rate_again",
    "resume_run",
    "scores_of",
    "stable_hash",
    "target_before",
    "target_history",
    "targets_of",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
