"""The lister: walks the targets in a thread of its own, ahead of the workers, and feeds them shards."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path

from classifier import access, crawl, report
from classifier.config import Settings
from classifier.errors import AccessFailure, CapReached, TargetError
from classifier.model import Posture, Problem, Reason, S3Object, Target, Verdict
from classifier.run.budget import Budget, Spent
from classifier.run.plan import SHARD_OBJECTS, Pick, Shard, cut
from classifier.run.prices import load_prices
from classifier.store import Identity, identity
from classifier.visible import visible

# Given a target and objects of it: those whose results are known, and whether this run read them itself.
Recognised = Callable[[Target, list[S3Object]], Mapping[Identity, bool]]
AHEAD = 500  # shards: a quarter of a million objects at the most
_CAP = re.compile(r"(?:bucket_)?max_(?:cost|bytes|requests|time)")
_SLICE = 0.5  # seconds
_LAST_REQUEST = 1.0  # seconds that a run which ends early waits for the listing's answer


@dataclass(slots=True)
class Scope:
    """One target as the lister found it; settled before the first shard of the next target comes out.

    `message` says in words what `error` is about; `shards` is their number once all are listed.
    """

    target: Target
    region: str | None = None
    posture: Posture | None = None
    verdict: Verdict | None = None
    error: Problem | None = None
    message: str = ""
    shards: int | None = None
    sampler: crawl.Sampler | None = None
    excluded: int = 0  # objects that the rules left out
    excluded_bytes: int = 0
    uploads: tuple[int, str] = (0, "")  # multipart uploads that wait to be completed, and since when

    notes: list[str] = field(default_factory=list)
    dated: bool = False  # it was listed as an inventory says, which may have changed since

    @property
    def whole(self) -> bool:
        """Whether all that is there now was listed; also where there is no such bucket any more."""
        if self.error is not None:
            return self.error.reason is Reason.NO_SUCH_BUCKET_AVAILABLE
        return not self.dated

    @property
    def capped(self) -> bool:
        """Whether a budget ended the listing."""
        return self.error is not None and _CAP.fullmatch(self.error.detail) is not None

    def fail(self, error: AccessFailure) -> None:
        """Note that the target could not be listed, or not to its end."""
        if isinstance(error, TargetError):
            self.error = Problem(None, error.reason, error.code or str(error))
            self.message = str(error)
        elif isinstance(error, CapReached):
            self.error = Problem(None, Reason.TIME_CUT_OFF_REACHED, error.cap)
            self.message = f"{self.target}: {error}"
        else:
            self.error = Problem(None, Reason.PERMISSION_DENIED, type(error).__name__)
            self.message = f"{self.target}: {error}"


class Lister:
    """Iterates over the shards of all targets, in order, listing ahead while they are scanned.

    A target that cannot be listed, or not to its end, is an `error` in its scope and never an exception; any
    other failure of the thread is raised by the iteration. The `own` files of the run are in no target.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        connection: crawl.Connection | None,
        settings: Settings,
        found: Callable[[int, int], None],
        listed: Callable[[], None],
        own: Collection[Path] = (),
        budget: Budget | None = None,
        recognised: Recognised | None = None,
        connections: Mapping[str, crawl.Connection] | None = None,
    ) -> None:
        """`connections` are those to buckets of other accounts, by bucket."""
        self._budget = budget or Budget(settings, load_prices(settings.prices))
        self._rules = crawl.Filter(settings.include, settings.exclude)
        self._depth = crawl.DEPTHS[settings.depth]
        self.control_of: dict[int, Spent] = {}  # what listing a target took, by the id of its scope
        self._cap = ""  # that ended the reading of the run, or of the bucket
        self.scopes = [Scope(target, verdict=_undecided(target)) for target in targets]
        self._own_connection = connection
        self._connections = connections or {}
        self._settings = settings
        self._found = found
        self._listed = listed
        self._own = own
        self._recognised = recognised
        self._queue: queue.Queue[Shard | None] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="lister", daemon=True)

    def __enter__(self) -> Lister:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_LAST_REQUEST)

    def __iter__(self) -> Iterator[Shard]:
        while True:
            try:
                shard = self._queue.get(timeout=_SLICE)
            except queue.Empty:
                continue  # asleep for good, it could miss a Ctrl-C that came just before
            if shard is None:
                if self._failure is not None:
                    raise self._failure
                return
            yield shard

    def _run(self) -> None:
        try:
            before = Spent()  # what the connection took counts for the first
            for index, scope in enumerate(self.scopes):
                count = 0
                self._budget.begin()
                if self._cap.startswith("bucket_"):
                    self._cap = ""
                for shard in self._walk(index, scope):
                    if not self._put(shard):
                        return
                    count += 1
                scope.shards = count
                after = self._budget.control
                self.control_of[id(scope)] = Spent(
                    after.requests - before.requests, 0, after.cost - before.cost
                )
                before = replace(after)
            self._listed()
        except BaseException as failure:  # noqa: BLE001 - handed to the thread that iterates
            self._failure = failure
        finally:
            self._put(None)

    def _put(self, shard: Shard | None) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(shard, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _walk(self, index: int, scope: Scope) -> Iterator[Shard]:
        try:
            objects = self._local(scope) if scope.target.is_local else self._bucket(scope)
        except AccessFailure as error:
            scope.fail(error)
            return
        picks = self._picks(scope, self._counted(scope, objects))
        role = None if scope.target.is_local else self._connection(scope.target.bucket).settings.role_arn
        for shard in cut(index, scope.target, scope.region, picks, self._budget.allowance):
            yield replace(shard, role_arn=role)

    def _connection(self, bucket: str) -> crawl.Connection:
        connection = self._connections.get(bucket, self._own_connection)
        assert connection is not None
        return connection

    def _picks(self, scope: Scope, objects: Iterator[S3Object]) -> Iterator[Pick]:
        """Decide what is read: at once where all is, else after the whole listing was seen."""
        settings = self._settings
        scope.sampler = sampler = crawl.Sampler(self._depth, settings.sample_objects, settings.seed)
        if not sampler.chooses:
            yield from self._paged(scope, objects, None)
            return
        spool = crawl.Spool()
        for obj in spool.passed(objects):
            if crawl.skip_reason(obj) is None:
                sampler.add(obj)
        sampler.settle()
        yield from self._paged(scope, iter(spool), sampler)

    def _paged(
        self, scope: Scope, objects: Iterator[S3Object], sampler: crawl.Sampler | None
    ) -> Iterator[Pick]:
        """Yield the picks; where results may be known, these are looked up for many objects at a time."""
        if self._recognised is None:
            for obj in objects:
                yield self._pick(obj, sampler)
            return
        while page := list(islice(objects, SHARD_OBJECTS)):
            known = self._recognised(scope.target, page)
            for obj in page:
                yield self._pick(obj, sampler, known.get(identity(obj)))

    def _pick(self, obj: S3Object, sampler: crawl.Sampler | None, own: bool | None = None) -> Pick:
        """Decide of one object. `own` says whether this run read it before, None: its result is not known.

        What another run read takes nothing of the budget. What this run read has taken its part.
        """
        if crawl.skip_reason(obj) is not None:
            return Pick(obj)
        if sampler is not None and not sampler.chosen(obj):
            return Pick(obj, crawl.unsampled())
        if own is False or (own and not obj.bucket):
            return Pick(obj, carried=True)
        if not obj.bucket:
            return Pick(obj)
        need = crawl.need(obj, self._depth, self._settings, self._rules)
        if not self._cap:
            self._cap = self._budget.reserve(obj, need)
        if self._cap:
            return Pick(obj, Problem(None, Reason.TIME_CUT_OFF_REACHED, self._cap))
        return Pick(obj, carried=True) if own else Pick(obj, need=need)

    def _local(self, scope: Scope) -> Iterator[S3Object]:
        return crawl.list_local(scope.target, self._own, report.names_in)

    def _bucket(self, scope: Scope) -> Iterator[S3Object]:
        bucket = scope.target.bucket
        connection = self._connection(bucket)
        scope.region = connection.bucket_region(bucket)
        scope.posture = crawl.read_posture(connection, bucket)
        scope.verdict = access.evaluate(scope.posture.to_json())
        where = (connection, bucket, scope.region)
        scope.uploads = crawl.unfinished_uploads(*where, scope.target.prefix)
        if self._settings.inventory and (listed := self._inventory(scope)) is not None:
            return listed
        if self._settings.noncurrent_versions:
            return crawl.list_versions(*where, scope.target.prefix)
        # With a cap the pages are listed one after the other: it must leave out the same ones each time.
        threads = 1 if self._budget.counted else self._settings.listers
        return chain.from_iterable(
            crawl.list_objects(*where, prefix, threads) for prefix in self._prefixes(scope.target.prefix)
        )

    def _inventory(self, scope: Scope) -> Iterator[S3Object] | None:
        """Return the objects of the bucket's inventory; None where it must be listed, and a note why."""
        from classifier.crawl import inventory

        bucket, address = scope.target.bucket, self._settings.inventory or ""
        wanted = self._settings.noncurrent_versions
        connection = self._connection(bucket)
        try:
            if address == inventory.AUTO:
                address = inventory.find(connection, bucket, scope.region)
            now = datetime.now(UTC)
            manifest = inventory.read_manifest(connection, address, self._settings.inventory_max_age, now)
            if manifest.source != bucket:
                raise inventory.InventoryUnusable(f"it is that of the bucket {visible(manifest.source)}")
            if wanted and not manifest.versioned:
                raise inventory.InventoryUnusable("it has no noncurrent versions")
        except inventory.InventoryUnusable as error:
            scope.notes.append(f"{scope.target}: listed, since its inventory cannot be used: {error}")
            return None
        scope.dated = True
        made = report.timestamp(manifest.made)
        scope.notes.append(f"{scope.target}: as its inventory of {made} says; what came later is not in it")
        return inventory.list_inventory(connection, manifest, scope.target.prefix, noncurrent=wanted)

    def _prefixes(self, own: str) -> Iterator[str]:
        """Yield the prefixes to list: the target's, or those of the include rules that lie under it."""
        named = self._rules.prefixes
        if not named:
            yield own
            return
        for prefix in named:
            if prefix.startswith(own):
                yield prefix
            elif own.startswith(prefix):
                yield own

    def _counted(self, scope: Scope, objects: Iterator[S3Object]) -> Iterator[S3Object]:
        """Yield the objects up to where the listing ends, or fails."""
        count = size = 0
        try:
            for obj in objects:
                if not self._rules.listed(obj):
                    scope.excluded += 1
                    scope.excluded_bytes += obj.size
                    continue
                count += 1
                size += obj.size
                if count == SHARD_OBJECTS:
                    self._found(count, size)
                    count = size = 0
                yield obj
        except AccessFailure as error:
            scope.fail(error)
        self._found(count, size)


def _undecided(target: Target) -> Verdict | None:
    """The verdict on a bucket until its posture is read: unknown, not "no"."""
    return None if target.is_local else Verdict(target.bucket, None, "unknown", "unknown")
