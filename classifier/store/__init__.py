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
"""

from classifier.store.alerts import (
    AlertVersion,
    alert_beginnings,
    alert_history,
    alerts_at,
    fixed_alerts,
    put_alerts,
)
from classifier.store.engine import Store, default_path, open_store
from classifier.store.findings import (
    FindingVersion,
    First,
    Rated,
    finding_history,
    findings_at,
    firsts,
    put_findings,
    rate_again,
)
from classifier.store.notes import drop_notes, keep_notes, kept_notes
from classifier.store.objects import (
    PASSING,
    Identity,
    Wanted,
    close_gone,
    identity,
    is_known,
    known_results,
    known_runs,
    known_under,
    mark_seen,
    put_objects,
)
from classifier.store.runs import (
    Place,
    RunRecord,
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
    ScoreRecord,
    TargetRecord,
    last_looks,
    latest_records,
    put_scores,
    put_target,
    scores_of,
    stable_hash,
    target_before,
    target_history,
    targets_of,
)

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
