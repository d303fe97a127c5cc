"""What happens to a shard inside a worker: read, extract, detect, and send back nothing raw.

A worker builds its connection and its compiled detectors once, from a `WorkerSpec` that is small and
picklable, and keeps them for every later shard of the same run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self

from classifier import crawl, extract
from classifier.config import Settings
from classifier.detect import (
    TOKEN,
    Classifier,
    HealthReader,
    KeyPairClassifier,
    Names,
    Tally,
    TraitReader,
    letters_of,
    rules,
)
from classifier.errors import ReadFailure, UsageError
from classifier.model import (
    ByteSource,
    Category,
    DetectorInfo,
    Finding,
    Health,
    Mismatch,
    ObjectResult,
    Problem,
    Reason,
    S3Object,
    Severity,
    Status,
    Tier,
)
from classifier.run.detectors import chosen, foreign_of, in_names, load
from classifier.run.lists import NONE, ListsSpec, opened
from classifier.run.plan import Shard
from classifier.run.verification import KeyVerification, KeyVerifier

_TURN = 0.0002  # seconds
_MISMATCHES = 100  # of an object that are told
_READERS = 8  # buckets that a worker keeps connections to
Progress = Callable[[int, int], None]  # objects done, stored bytes read


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """All that a worker needs to know, the same for every shard of a run. `run_id` names the run."""

    run_id: str
    settings: Settings = field(repr=False)
    handover: crawl.Handover | None = field(repr=False)  # None: local targets only
    fingerprint_key: bytes = field(repr=False)
    verification: KeyVerification | None = None  # None: nothing that is found is tried anywhere
    lists: ListsSpec = NONE

    def __hash__(self) -> int:
        return hash(self.run_id)


class Worker:
    """One process's share of a run."""

    def __init__(self, spec: WorkerSpec) -> None:
        self._spec = spec
        self._classifier = _classifier(spec)
        self._recognizers = foreign_of(spec.settings)
        self._limits = limits(spec.settings)
        self._readers: dict[tuple[str, str | None], crawl.ObjectReader] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the readers' threads and connections, and forget the credentials."""
        for reader in self._readers.values():
            reader.close()
        self._readers.clear()
        extract.close()
        if self._spec.handover is not None:
            self._spec.handover.forget()

    def scan(self, shard: Shard, progress: Progress | None = None) -> Iterator[ObjectResult]:
        """Yield a result for each object of the shard, in its order; tell `progress` as it is read."""
        with _quick_turns():
            yield from self._scan(shard, progress)

    def _scan(self, shard: Shard, progress: Progress | None) -> Iterator[ObjectResult]:
        unreadable = [crawl.skip_reason(obj) for obj in shard.objects]
        readable = [obj for obj, problem in zip(shard.objects, unreadable, strict=True) if problem is None]
        opened = self._open(shard, readable)
        for obj, problem in zip(shard.objects, unreadable, strict=True):
            if problem is not None:
                yield _skipped(obj, problem)
                told = 0
            else:
                source = next(opened)[1]
                followed = source if isinstance(source, ReadFailure) else _Told(source, progress)
                yield self._classify(obj, followed)
                told = followed.told if isinstance(followed, _Told) else 0
            if progress is not None:
                progress(1, obj.size - told)

    def _open(
        self, shard: Shard, objects: list[S3Object]
    ) -> Iterator[tuple[S3Object, ByteSource | ReadFailure]]:
        if shard.target.is_local:
            return crawl.open_local(shard.target, objects)
        assert self._spec.handover is not None
        key = (shard.target.bucket, shard.region)
        if key not in self._readers:
            if len(self._readers) >= _READERS:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[key] = crawl.ObjectReader(
                self._spec.handover, shard.target.bucket, shard.region, self._spec.settings
            )
        return crawl.prefetch(self._readers[key], objects, self._spec.settings.read_ahead)

    def _classify(self, obj: S3Object, opened: ByteSource | ReadFailure) -> ObjectResult:
        if isinstance(opened, ReadFailure):
            return _skipped(obj, Problem(None, opened.reason, opened.detail))
        scan, foreign = self._classifier.object(), self._recognizers
        if foreign is not None:
            foreign.begin()
        reader, traits = HealthReader(), TraitReader(obj.key)
        problems: list[Problem] = []
        mismatches: list[Mismatch] = []
        searched = 0
        try:
            for item in extract.extract(obj.key, opened, self._limits):
                if isinstance(item, Problem | Mismatch):
                    traits.tell(item)
                if isinstance(item, Problem):
                    problems.append(replace(item, part=self._named(item.part)))
                elif isinstance(item, Mismatch):
                    if len(mismatches) < _MISMATCHES:
                        mismatches.append(replace(item, part=self._named(item.part)))
                else:
                    if foreign is not None:
                        foreign.enter(item)
                    reader.feed(item)
                    traits.feed(item)
                    scan.feed(item)
                    searched += item.core_end - item.core_start
        except ReadFailure as failure:
            problems.append(Problem(None, failure.reason, failure.detail, lost=not searched))
        except UsageError:  # a pipeline that is not there is no object's fault
            raise
        except Exception as error:  # noqa: BLE001 - one object's fault stays with it; its text may be content
            kind = type(error).__name__
            problems.append(Problem(None, Reason.UNABLE_TO_PARSE_FILE, kind, lost=not searched))
        if foreign is not None:
            problems += foreign.problems()
        tallies = [tally for tally in scan.result() if tally.count >= tally.detector.info().least]
        health = reader.verdict({tally.detector.id: tally.confidence for tally in tallies})
        findings = tuple(_finding(obj, tally, health, whole=not problems) for tally in tallies)
        columns = scan.columns()
        allowed = dict(sorted(scan.allowed.items()))
        disguised = tuple(mismatches)
        if not problems:
            return ObjectResult(
                obj,
                Status.COMPLETE,
                None,
                "",
                searched,
                (),
                findings,
                allowed,
                columns,
                health,
                scan.prose,
                disguised,
                traits.result(),
            )
        status = Status.PARTIAL if searched or any(p.part is not None for p in problems) else Status.SKIPPED
        first = problems[0]
        return ObjectResult(
            obj,
            status,
            first.reason,
            first.detail,
            searched,
            tuple(problems),
            findings,
            allowed,
            columns,
            health,
            scan.prose,
            disguised,
            traits.result(),
        )

    def _named(self, part: str | None) -> str | None:
        return None if part is None else self._classifier.redact(part)


class _Told:
    """A source that tells how many bytes are read of it; `told` are those it told of, never over its size."""

    def __init__(self, source: ByteSource, progress: Progress | None) -> None:
        self._source = source
        self._progress = progress
        self.size = source.size
        self.told = 0

    def blocks(self) -> Iterator[bytes]:
        for block in self._source.blocks():
            yield block
            self._tell(len(block))

    def read(self, start: int, length: int) -> bytes:
        data = self._source.read(start, length)
        self._tell(len(data))
        return data

    def _tell(self, count: int) -> None:
        more = min(count, self.size - self.told)
        if self._progress is not None and more:
            self._progress(0, more)
            self.told += more


@contextmanager
def _quick_turns() -> Iterator[None]:
    """Let threads take turns more often than Python's 5 ms while this one searches and others read.

    Every search hands the interpreter to the readers and waits for it again: with 16 readers and objects of
    4 KiB a scan took a third longer with the default than with this.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _skipped(obj: S3Object, problem: Problem) -> ObjectResult:
    return ObjectResult(obj, Status.SKIPPED, problem.reason, problem.detail, 0, (problem,), ())


def _classifier(spec: WorkerSpec) -> Classifier:
    settings = spec.settings
    detectors, names = chosen(settings), in_names(settings.packs)
    lists = opened(spec.lists, settings, spec.handover)
    prose = names_of(settings)
    if spec.verification is None:
        return Classifier(
            detectors,
            spec.fingerprint_key,
            settings.max_occurrences,
            in_names=names,
            lists=lists,
            names=prose,
        )
    return KeyPairClassifier(
        detectors,
        spec.fingerprint_key,
        settings.max_occurrences,
        in_names=names,
        lists=lists,
        names=prose,
        token=load((), TOKEN)[0],
        ask=KeyVerifier(spec.verification, spec.fingerprint_key),
    )


def names_of(settings: Settings) -> Names | None:
    """How prose is read for names, as the settings ask; None: not at all."""
    if not settings.names:
        return None
    pipelines = dict(item.split("=", 1) for item in settings.names_pipelines)
    return Names(settings.names_bytes, settings.names_values, pipelines)


def _finding(obj: S3Object, tally: Tally, health: Health | None, *, whole: bool) -> Finding:
    info = tally.detector.info()
    live = any(o.verification is not None and o.verification.status == "live" for o in tally.occurrences)
    return Finding(
        obj=obj,
        detector=info.id,
        category=_category(info, tally.confidence, health),
        severity=Severity.CRITICAL if live else _severity(obj.key, tally),
        confidence=1.0 if live else tally.confidence,
        tier=Tier.VERIFIED if live else tally.tier,
        count=tally.count,
        count_is_exact=tally.count_is_exact and whole,
        occurrences=tally.occurrences,
        occurrences_truncated=tally.truncated,
    )


def _category(info: DetectorInfo, confidence: float, health: Health | None) -> Category:
    """Return the category of what was found: what identifies a person in an object about health is PHI.

    What opens something stays a credential, and what the user defined stays that.
    """
    own = info.category in (Category.PERSONAL_INFORMATION, Category.FINANCIAL_INFORMATION)
    if health is None or not health.phi or not own or confidence < rules().confidence:
        return info.category
    return Category.PERSONAL_HEALTH_INFORMATION if letters_of(info.id) else info.category


def _severity(key: str, tally: Tally) -> Severity:
    """Return the severity of what was found; Low for what only its name tells in the code of tests."""
    severity = tally.detector.info().severity_at(tally.count)
    paths = [f"{key}/{o.location.part or ''}" for o in tally.occurrences]
    made_up = tally.tier is Tier.GENERIC and paths and all(map(_TEST_CODE.search, paths))
    return Severity.LOW if made_up else severity


_TEST_CODE = re.compile(
    r"(?i)(?:^|/)(?:tests?|testing|__tests__|specs?)/.*"
    r"\.(?:py|pyi|js|jsx|ts|tsx|mjs|java|kt|go|rb|rs|php|cs|scala|swift|c|cc|cpp|h|hpp|m|pl|ex|exs)/?$"
)


def limits(settings: Settings) -> extract.Limits:
    """The extraction limits that the settings ask for."""
    return extract.Limits(
        chunk_bytes=settings.chunk_bytes,
        object_bytes=settings.max_object_bytes,
        expanded_bytes=settings.max_expanded_bytes,
        archive_depth=settings.max_archive_depth,
        archive_members=settings.max_archive_members,
        json_depth=settings.max_json_depth,
        expansion_ratio=settings.max_expansion_ratio,
        seconds=settings.max_object_seconds,
        stall_seconds=settings.max_stall_seconds,
        worker_bytes=settings.extraction_memory,
        pixels=settings.max_pixels,
        pages=settings.max_pages,
    )


@lru_cache(maxsize=1)
def _worker(spec: WorkerSpec) -> Worker:
    return Worker(spec)


def scan_shard(spec: WorkerSpec, shard: Shard) -> list[ObjectResult]:
    """Scan a shard in a process of a pool; whatever goes wrong with one object stays with that object."""
    return list(_worker(spec).scan(shard))
