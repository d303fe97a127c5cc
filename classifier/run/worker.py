"""What happens to a shard inside a worker: read, extract, detect, and send back nothing raw.

A worker builds its connection and its compiled detectors once, from a `WorkerSpec` that is small and
picklable, and keeps them for every later shard of the same run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Self, cast

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
    Chunk,
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
from classifier.run import attributes
from classifier.run.detectors import chosen, foreign_of, in_names, load
from classifier.run.lists import NONE, ListsSpec, opened
from classifier.run.partly import Partly
from classifier.run.plan import Shard
from classifier.run.twins import Content, Twins
from classifier.run.verification import KeyVerification, KeyVerifier

_TURN = 0.0002  # seconds
_MISMATCHES = 100  # of an object that are told
_MOST_LOCATED = 4_096  # matches of a detector that are placed in the blocks of an object read in part
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

    def __init__(self, spec: WorkerSpec, classifier: Classifier | None = None) -> None:
        """Make it ready; with another `classifier` than that which the settings ask for."""
        self._spec = spec
        self._classifier = classifier or classifier_of(spec)
        self._recognizers = foreign_of(spec.settings)
        self._limits = limits(spec.settings)
        self._readers: dict[tuple[str, str | None], crawl.ObjectReader] = {}
        self._depth = crawl.DEPTHS[spec.settings.depth]
        self._rules = crawl.Filter(spec.settings.include, spec.settings.exclude)
        self._asks = self._rules.asks
        self._twins = Twins(lambda key: _TEST_FOLDER.search(key) is not None)
        self._tags: dict[tuple[str, str | None], Mapping[str, str]] = {}

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
        left = shard.left or (None,) * len(shard.objects)
        unread = [why or crawl.skip_reason(obj) for obj, why in zip(shard.objects, left, strict=True)]
        reader = None if shard.target.is_local else self._reader(shard)
        if reader is not None and (self._asks or self._spec.settings.tags):
            unread = [self._asked(reader, obj, why) for obj, why in zip(shard.objects, unread, strict=True)]
        telling = set[int]()
        if self._spec.settings.attributes:
            telling = attributes.telling(self._classifier, shard.objects)
        contents = [
            self._twins.content(obj) if why is None and self._spec.settings.twins else None
            for obj, why in zip(shard.objects, unread, strict=True)
        ]
        first = _first(contents, self._twins)
        readable = [obj for n, obj in enumerate(shard.objects) if unread[n] is None and first[n]]
        opened = self._open(shard, reader, readable)
        for n, obj in enumerate(shard.objects):
            content, told = contents[n], 0
            why, named = unread[n], n in telling
            twin = None
            if content is not None and not first[n] and not named:
                twin = self._twins.of(content, obj)
            if why is not None:
                yield self._named_only(obj, why) if named else _skipped(obj, why)
            elif twin is not None:
                yield twin
            else:
                source = next(opened if first[n] else self._open(shard, reader, [obj]))[1]
                followed = source if isinstance(source, ReadFailure) else _Told(source, progress)
                result = self._classify(obj, followed, reader, named=named)
                told = followed.told if isinstance(followed, _Told) else 0
                usage = crawl.Usage() if reader is None else reader.usage(obj)
                result = replace(result, requests=usage.requests, bytes_read=usage.bytes if reader else told)
                if content is not None:
                    self._twins.add(content, result)
                yield result
            self._tags.pop((obj.key, obj.version_id), None)
            if progress is not None:
                progress(1, obj.size - told)

    def _asked(self, reader: crawl.ObjectReader, obj: S3Object, why: Problem | None) -> Problem | None:
        """Return why an object is not read, once its tags and content type are known where these count."""
        if why is not None:
            return why
        settings = self._spec.settings
        try:
            answer = reader.asked(
                obj, tags=settings.tags or "tag" in self._asks, content_type="type" in self._asks
            )
        except ReadFailure as failure:
            return Problem(None, failure.reason, failure.detail)
        if settings.tags and answer.tags:
            self._tags[obj.key, obj.version_id] = answer.tags
        if self._rules.asked(answer):
            return None
        return Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "excluded by tag or content type")

    def _named_only(self, obj: S3Object, why: Problem) -> ObjectResult:
        """Search the key of an object that is not read."""
        scan = self._classifier.object()
        scan.feed(attributes.key_chunk(obj.key))
        tallies = [tally for tally in scan.result() if tally.count >= tally.detector.info().least]
        return replace(
            _skipped(obj, why), findings=tuple(_finding(obj, tally, None, whole=False) for tally in tallies)
        )

    def _reader(self, shard: Shard) -> crawl.ObjectReader:
        assert self._spec.handover is not None
        handover = self._spec.handover.within(shard.role_arn)
        key = (shard.target.bucket, shard.region)
        if key not in self._readers:
            if len(self._readers) >= _READERS:
                self._readers.pop(next(iter(self._readers))).close()
            self._readers[key] = crawl.ObjectReader(
                handover, shard.target.bucket, shard.region, self._spec.settings
            )
        self._readers[key].allow(shard.allowance)
        return self._readers[key]

    def _open(
        self, shard: Shard, reader: crawl.ObjectReader | None, objects: list[S3Object]
    ) -> Iterator[tuple[S3Object, ByteSource | ReadFailure]]:
        if reader is None:
            return crawl.open_local(shard.target, objects)
        return crawl.prefetch(reader, objects, self._spec.settings.read_ahead)

    def _beside(self, obj: S3Object, reader: crawl.ObjectReader | None, named: bool) -> Iterator[Chunk]:
        """Yield what stands beside an object's content."""
        if named:
            yield attributes.key_chunk(obj.key)
        tags = self._tags.get((obj.key, obj.version_id), {})
        yield from attributes.named_chunks("tag", tags, self._classifier)
        if reader is not None:
            yield from attributes.named_chunks("metadata", reader.metadata(obj), self._classifier)

    def _classify(
        self,
        obj: S3Object,
        opened: _Told | ReadFailure,
        reader_of: crawl.ObjectReader | None = None,
        *,
        named: bool = False,
    ) -> ObjectResult:
        if isinstance(opened, ReadFailure):
            why = Problem(None, opened.reason, opened.detail)
            return self._named_only(obj, why) if named else _skipped(obj, why)
        part = None if self._depth.full or opened.size <= self._depth.whole else Partly()
        scan, foreign = self._classifier.object(_MOST_LOCATED if part else None), self._recognizers
        if foreign is not None:
            foreign.begin()
        reader, traits = HealthReader(), TraitReader(obj.key)
        problems: list[Problem] = []
        mismatches: list[Mismatch] = []
        searched = 0
        try:
            bounds, source = self._limits, cast(ByteSource, opened)
            if part is not None:
                source, bounds = part.open(source, obj, self._depth, self._spec.settings.seed, bounds)
            elif bounds.object_bytes:
                opened.bound(bounds.object_bytes)
            for item in extract.extract(obj.key, source, bounds):
                if isinstance(item, Problem | Mismatch):
                    traits.tell(item)
                if isinstance(item, Problem):
                    if part is not None and part.expected(item):
                        continue
                    problems.append(replace(item, part=self._named(item.part)))
                elif isinstance(item, Mismatch):
                    if len(mismatches) < _MISMATCHES:
                        mismatches.append(replace(item, part=self._named(item.part)))
                else:
                    if part is not None:
                        item = part.placed(item)
                    if foreign is not None:
                        foreign.enter(item)
                    reader.feed(item)
                    traits.feed(item)
                    scan.feed(item)
                    searched += item.core_end - item.core_start
        except ReadFailure as failure:
            if part is None or failure.detail != crawl.PART:  # else that is said below
                problems.append(Problem(None, failure.reason, failure.detail, lost=not searched))
        except UsageError:  # a pipeline that is not there is no object's fault
            raise
        except Exception as error:  # noqa: BLE001 - one object's fault stays with it; its text may be content
            kind = type(error).__name__
            problems.append(Problem(None, Reason.UNABLE_TO_PARSE_FILE, kind, lost=not searched))
        if foreign is not None:
            problems += foreign.problems()
        if part is not None:
            problems.append(Problem(None, Reason.FILE_EXCEEDS_SIZE_LIMIT, crawl.PART, lost=not searched))
        for item in self._beside(obj, reader_of, named):
            scan.feed(item)
        tallies = [tally for tally in scan.result() if tally.count >= tally.detector.info().least]
        sample = None if part is None else part.sample(tallies)
        tallies = [tally.at_most(self._spec.settings.max_occurrences) for tally in tallies]
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
            sample,
        )

    def _named(self, part: str | None) -> str | None:
        return None if part is None else self._classifier.redact(part)


def _first(contents: Sequence[Content | None], known: Twins) -> list[bool]:
    """Tell which of a shard's objects must be read: those that no other has the content of."""
    seen: set[Content] = set()
    first = []
    for content in contents:
        first.append(content is None or (content not in seen and content not in known))
        if content is not None:
            seen.add(content)
    return first


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

    def bound(self, size: int) -> None:
        """Let no more than the first `size` bytes be asked for by `blocks`."""
        if isinstance(self._source, crawl.ResumedSource):
            self._source.most = size

    def stretch(self, start: int, end: int) -> Iterator[bytes]:
        for block in crawl.stretch(self._source, start, end):
            yield block
            self._tell(len(block))

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


def classifier_of(spec: WorkerSpec, kind: type[Classifier] = Classifier) -> Classifier:
    """Return the classifier that the settings ask for, of that kind where no key is verified."""
    settings = spec.settings
    detectors, names = chosen(settings), in_names(settings.packs)
    lists = opened(spec.lists, settings, spec.handover)
    prose = names_of(settings)
    if spec.verification is None:
        return kind(
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


_TEST_FOLDER = re.compile(r"(?i)(?:^|/)(?:tests?|testing|__tests__|specs?)/")
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
