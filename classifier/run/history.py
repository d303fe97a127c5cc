"""What a run keeps in the store as it goes, and what it knows from earlier runs.

Everything is kept in transactions of a few objects, so that a run which is killed has lost no more than was
under way. A store that fails while a run goes on ends its history, not the run: `failed` says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from classifier import store as kept
from classifier.alerts import Before
from classifier.config import Settings
from classifier.errors import StoreError, UsageError
from classifier.model import (
    JSON,
    Alert,
    BucketResult,
    ObjectResult,
    S3Object,
    Status,
    Target,
)
from classifier.store import Identity, Rated, RunRecord, ScoreRecord, TargetRecord, Wanted, identity

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from classifier.store import Store

NONE = "none"
NOT_KEPT = "This run is not kept: {}"
BATCH = 256  # objects of a transaction
_SECONDS = 1.0  # that what was found waits for its transaction
State = Literal["ended", "complete"]


@dataclass(frozen=True, slots=True)
class Ending:
    """A target at its end: `whole` says that all of it was listed and looked at; `covers` what would be."""

    result: BucketResult
    whole: bool
    alerts: Sequence[Alert]
    covers: Callable[[S3Object], bool]


def open_history(settings: Settings, needed: str = "") -> History:
    """Return the history that the settings name; `needed` is the option that there must be one for.

    Raises UsageError, and StoreError for a store that was named, or is needed, and cannot be used. Without
    the default one there is no history, which a note says.
    """
    needed = needed or ("--incremental" if settings.incremental else "")
    if needed and settings.store == NONE:
        raise UsageError(f"{needed} needs a store: leave out --store none")
    if settings.store == NONE:
        return History(None, settings)
    try:
        return History(kept.open_store(settings.store or str(kept.default_path())), settings)
    except StoreError as error:
        if settings.store is not None or needed:
            raise
        return History(None, settings, [NOT_KEPT.format(error)])


class History:
    """The history of a run. It does nothing where there is no store."""

    def __init__(self, store: Store | None, settings: Settings, notes: Sequence[str] = ()) -> None:
        self.notes = notes
        self._store = store
        self._opened = store
        self._endpoint = settings.endpoint_url or ""
        self._run = RunRecord("", "", "", "")
        self._looked_for: Collection[str] = ()
        self._wanted: Wanted | None = None
        self._places: dict[Target, int] = {}
        self._empty: set[Target] = set()  # of which nothing is known yet
        self._firsts: Mapping[str, kept.First] = {}
        self._held: set[tuple[Target, Identity]] = set()
        self._read: list[tuple[ObjectResult, list[Rated]]] = []
        self._same: list[tuple[ObjectResult, list[Rated]]] = []
        self._target: Target | None = None
        self._since = 0.0
        self._lock = threading.Lock()
        self.failed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened is not None:
            self._opened.close()

    @property
    def is_kept(self) -> bool:
        """Whether there is a store that works."""
        return self._store is not None

    @property
    def carries(self) -> bool:
        """Whether results of earlier readings may stand for new ones."""
        return self._wanted is not None and self._store is not None

    @property
    def files(self) -> list[Path]:
        """The files of a store on this machine, which are in no target."""
        if self._opened is None or "://" in self._opened.name:
            return []
        return [Path(self._opened.name + suffix) for suffix in ("", "-wal", "-shm", "-journal")]

    def find(self, run_id: str) -> RunRecord:
        """Return a run to be resumed. Raises UsageError for one that cannot be, StoreError."""
        if self._store is None:
            raise UsageError("--resume needs the store that the run was kept in; name it with --store")
        with self._store.reading() as db:
            if run_id == "last":
                found = next(kept.list_runs(db, 1, kind="scan"), None)
            else:
                found = kept.find_run(db, run_id)
        if found is None or found.kind != "scan":
            raise UsageError(f"--resume: there is no scan {run_id!r} in the store; `runs` lists them")
        if found.state == "complete":
            raise UsageError(f"--resume: the run {found.run_id} is complete; there is nothing left to do")
        return found

    # ---- at the beginning

    def begin(
        self,
        run: RunRecord,
        targets: Iterable[Target],
        looked_for: Collection[str],
        *,
        incremental: bool,
        anew: Collection[str] = (),
    ) -> None:
        """Begin the run, or go on with it where it has a number already.

        `looked_for` are the ids of its detectors. An `incremental` run takes what earlier runs read, but for
        findings of the detectors `anew`; a resumed one what it has read itself. Raises StoreError.
        """
        self._run, self._looked_for = run, looked_for
        if self._store is None:
            return
        with self._store.writing() as db:
            resumed = bool(run.number)
            if resumed:
                kept.resume_run(db, run.number)
            else:
                self._run = run = replace(run, number=kept.begin_run(db, run))
            for target in targets:
                place = kept.place_number(db, _place(target, self._endpoint))
                self._places[target] = place
                if not kept.is_known(db, place):
                    self._empty.add(target)
        if resumed or incremental:
            since = 0 if incremental else run.number
            self._wanted = Wanted(run.recipe, run.number, since, frozenset(anew))

    # ---- while objects are read

    def recognised(self, target: Target, objects: Sequence[S3Object]) -> dict[Identity, bool]:
        """Return those objects that need not be read, and whether this run itself has read them before."""
        if self._wanted is None or target in self._empty:
            return {}
        with self._reading() as db:
            if db is not None:
                runs = kept.known_runs(db, self._places[target], objects, self._wanted)
                return {name: run == self._wanted.run for name, run in runs.items()}
        return {}

    def known(self, target: Target, objects: Sequence[S3Object]) -> dict[Identity, ObjectResult]:
        """Return the results of objects that need not be read."""
        if self._wanted is None:
            return {}
        with self._reading() as db:
            if db is not None:
                found = kept.known_results(db, self._places[target], objects, self._wanted)
                self._held |= {(target, name) for name in found}
                return found
        return {}

    def look_up(self, target: Target, objects: Sequence[S3Object]) -> None:
        """Get to know when what may be found in these objects was found first."""
        self._firsts = {}
        if target in self._empty:
            return
        with self._reading() as db:
            if db is not None:
                keys = {obj.key for obj in objects}
                self._firsts = kept.firsts(db, self._places[target], keys)

    def first(self, finding_id: str) -> tuple[str, str]:
        """Return a finding's `first_seen` and its status."""
        if self._store is None:
            return self._run.started, "open"
        known = self._firsts.get(finding_id)
        if known is None:
            return self._run.started, "new"
        new = known.status == "open" and known.run == self._run.number
        return known.first_seen, "new" if new else known.status

    def add(self, target: Target, result: ObjectResult, rated: list[Rated]) -> None:
        """Keep an object's result and its findings, in a while."""
        if self._store is None:
            return
        if target != self._target:
            self.flush()
            self._target = target
        if not self._read and not self._same:
            self._since = time.monotonic()
        name = target, identity(result.obj)
        if name in self._held:
            self._held.discard(name)
            self._same.append((result, rated))
        else:
            if result.status is Status.SKIPPED and result.reason in kept.PASSING:
                # What is known of its content stays: its name alone was looked at.
                rated = [item for item in rated if item.finding_id not in self._firsts]
            self._read.append((result, rated))
        late = time.monotonic() - self._since > _SECONDS
        if late or len(self._read) + len(self._same) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Keep what waits."""
        read, same = self._read, self._same
        self._read, self._same = [], []
        if self._target is None or not (read or same):
            return
        place, run = self._places[self._target], self._run
        with self._writing() as db:
            if db is None:
                return
            kept.put_objects(db, place, run.number, run.recipe, [result for result, _ in read])
            kept.put_findings(db, place, run.number, run.started, read, self._looked_for)
            kept.mark_seen(db, place, run.number, [identity(result.obj) for result, _ in same])
            kept.rate_again(db, place, [item for _, rated in same for item in rated])

    # ---- at the end

    def before(self, target: Target) -> Before | None:
        """Return a target as the last run found it, None where there is none."""
        if self._store is None or target.is_local:
            return None
        with self._reading() as db:
            if db is not None:
                return before_of(db, self._run.number, self._places[target], target.prefix)
        return None

    def regions(self) -> dict[str, frozenset[str]]:
        """Return the regions in which earlier runs found buckets, by account."""
        found: dict[str, set[str]] = {}
        with self._reading() as db:
            if db is not None:
                places = {number for number, place in kept.list_places(db) if self._is_here(place)}
                for place, record in kept.latest_records(db, self._run.number):
                    if place in places and record.get("account") and record.get("region"):
                        found.setdefault(record["account"], set()).add(record["region"])
        return {account: frozenset(regions) for account, regions in found.items()}

    def _is_here(self, place: kept.Place) -> bool:
        return bool(place.bucket) and place.endpoint == self._endpoint

    def settle(
        self, endings: Sequence[Ending], scores: Iterable[ScoreRecord], accounts: Collection[str]
    ) -> dict[str, kept.AlertVersion]:
        """Keep what the run found of its targets, and close what is gone; return its alerts by id.

        Of `accounts` all buckets were to be scanned: what others they had are gone.
        """
        self.flush()
        versions: list[kept.AlertVersion] = []
        with self._writing() as db:
            if db is None:
                return {}
            run = self._run.number
            looked_at = []
            for ending in endings:
                target = ending.result.target
                place = self._places[target]
                kept.put_target(db, _target_record(run, place, ending))
                if ending.whole:
                    kept.close_gone(db, place, run, target.prefix, ending.covers)
                    looked_at.append(str(target))
            if accounts:
                looked_at += self._vanished(db, accounts)
            kept.put_scores(db, run, scores)
            raised = [(str(e.result.target), alert) for e in endings for alert in e.alerts]
            versions = kept.put_alerts(db, run, self._run.started, raised, looked_at)
        return {version.alert.alert_id: version for version in versions}

    def _vanished(self, db: Connection, accounts: Collection[str]) -> Iterator[str]:
        """Close what was in buckets that the accounts had and have no more; yield their targets."""
        places = {n: p for n, p in kept.list_places(db) if self._is_here(p)}
        for number, record in list(kept.latest_records(db, self._run.number)):
            if number in self._places.values() or number not in places:
                continue
            if record.get("account") not in accounts:
                continue
            kept.close_gone(db, number, self._run.number)
            yield from {str(item.record.get("target")) for item in kept.target_history(db, number)}

    def end(self, ended: str, state: State, exit_code: int, summary: Mapping[str, JSON]) -> None:
        """Note that the run has come to its end."""
        with self._writing() as db:
            if db is not None:
                kept.end_run(
                    db,
                    self._run.number,
                    ended=ended,
                    state=state,
                    exit_code=exit_code,
                    summary=dict(summary),
                )

    # ---- the store, as long as it works

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        with self._using(lambda store: store.reading()) as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[Connection | None]:
        with self._using(lambda store: store.writing()) as db:
            yield db

    @contextmanager
    def _using(self, how: Callable[[Store], Any]) -> Iterator[Connection | None]:
        store = self._store
        if store is None:
            yield None
            return
        try:
            with how(store) as db:
                yield db
        except StoreError as error:
            with self._lock:
                self._store = None
                self.failed = self.failed or str(error)


def before_of(db: Connection, run: int, place: int, prefix: str) -> Before | None:
    """Return a target as the last run before `run` (its number) found it, None where there is none.

    What was in its objects is that of the last run which looked at all of them; None where none did.
    """
    found = kept.target_before(db, run, place, prefix)
    if found is None or found.snapshot is None:
        return None
    looked = found if found.whole else kept.target_before(db, run, place, prefix, whole=True)
    if looked is None:
        return Before(found.snapshot, found.verdict, None, None)
    detectors, traits = (dict(looked.record.get(name) or {}) for name in ("detectors", "traits"))
    return Before(found.snapshot, found.verdict, detectors, traits)


def _place(target: Target, endpoint: str) -> kept.Place:
    return kept.Place("", target.path) if target.is_local else kept.Place(target.bucket, "", endpoint)


def _target_record(run: int, place: int, ending: Ending) -> TargetRecord:
    result = ending.result
    posture, verdict, error = result.posture, result.verdict, result.error
    record: dict[str, JSON] = {
        "target": str(result.target),
        "account": posture.account if posture else None,
        "region": posture.region if posture else None,
        "risk": result.risk.to_json(),
        "coverage": result.coverage.to_json(),
        "detectors": dict(result.detectors),
        "traits": dict(result.traits),
        "sensitive_objects": result.sensitive_objects,
        "alerts": len(ending.alerts),
        "error": None if error is None else f"{error.reason}: {error.detail}",
    }
    return TargetRecord(
        run,
        place,
        result.target.prefix,
        None if posture is None else posture.to_json(),
        None if verdict is None else verdict.to_json(),
        ending.whole,
        record,
    )
