"""How a target's objects were chosen, and what that says of those that were not read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from classifier import crawl
from classifier.config import Settings
from classifier.model import JSON, ObjectResult, Problem, Reason, S3Object, Status
from classifier.run.statistics import MORE, Absence, Share, Stratum, absence, share

# Nothing of such an object was withheld by a limit or a permission: there is no text in it, or it is gone.
NOT_A_GAP = frozenset({Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE})
_UNREAD = -2  # the stratum of what could not be read


def is_gap(problem: Problem) -> bool:
    """Whether a limit or a permission withheld something; what the user chose not to read is none."""
    return problem.reason not in NOT_A_GAP and problem.detail not in (crawl.NOT_SAMPLED, crawl.PART)


class Design:
    """What was read of a target, stratum by stratum, while its objects stream by."""

    def __init__(self, settings: Settings, sampler: crawl.Sampler | None) -> None:
        self._settings = settings
        self._whole = crawl.DEPTHS[settings.depth].whole
        self._sampler = sampler if sampler is not None and sampler.chooses else None
        self._size: Counter[int] = Counter()
        self._read: Counter[int] = Counter()
        self._found: dict[str, Counter[int]] = {}
        self._large = self._large_read = 0
        self._edges = 0
        self._segments: Counter[int] = Counter()  # of each number of blocks
        self._hits: dict[str, Counter[int]] = {}
        self._uncounted: set[str] = set()  # had too many matches in an object to tell their blocks
        self.requests = 0
        self.bytes = 0
        self.excluded = 0
        self.excluded_bytes = 0

    @property
    def chosen(self) -> bool:
        """Whether not everything was to be read."""
        return self._sampler is not None or bool(self._whole)

    def add(self, result: ObjectResult) -> None:
        """Count an object."""
        if not result.earlier:
            self.requests += result.requests
            self.bytes += result.bytes_read
        if (
            not result.problems
            or all(problem.reason not in NOT_A_GAP for problem in result.problems)
            or result.status is not Status.SKIPPED
        ):
            self._count(result)

    def _count(self, result: ObjectResult) -> None:
        found = {finding.detector for finding in result.findings}
        if self._whole and result.obj.size > self._whole:
            self._add_large(result, found)
            return
        stratum = self._stratum(result.obj)
        unread = [problem for problem in result.problems if problem.reason not in NOT_A_GAP]
        if any(is_gap(problem) for problem in unread):
            stratum = _UNREAD
        elif not unread:
            self._read[stratum] += 1
            for detector in found:
                self._found.setdefault(detector, Counter())[stratum] += 1
        self._size[stratum] += 1

    def _add_large(self, result: ObjectResult, found: set[str]) -> None:
        self._large += 1
        if result.status is Status.SKIPPED:
            return
        self._large_read += 1
        for detector in found:
            self._found.setdefault(detector, Counter())
        sample = result.sample
        if sample is None:
            return
        self._edges += sample.edges
        for units, times in sample.segments:
            self._segments[units] += times
        for detector in found:
            if detector not in sample.hits:
                self._uncounted.add(detector)
                continue
            counts = self._hits.setdefault(detector, Counter())
            for units, number in sample.hits[detector]:
                counts[units] += number

    def _stratum(self, obj: S3Object) -> int:
        return 0 if self._sampler is None else self._sampler.stratum(obj)

    def _objects(self, detector: str | None) -> list[Stratum]:
        found = self._found.get(detector, Counter[int]()) if detector else Counter[int]()
        return [Stratum(size, self._read[n], found[n]) for n, size in sorted(self._size.items())]

    def _blocks(self, detector: str | None) -> list[Stratum]:
        """The blocks of the objects that were read in part."""
        hits = self._hits.get(detector, Counter[int]()) if detector else Counter[int]()
        strata = [Stratum(self._edges, self._edges, min(hits[0], self._edges))]
        for units, times in sorted(self._segments.items()):
            hit = min(hits[units], times)
            strata += [Stratum(units, 1, 1, hit), Stratum(units, 1, 0, times - hit)]
        return [stratum for stratum in strata if stratum.times]

    def to_json(self, detectors: Iterable[str]) -> dict[str, JSON]:
        """Return the statistics, given the detectors that were looked for."""
        settings = self._settings
        absent = sorted(set(detectors) - self._found.keys())
        return {
            "depth": settings.depth,
            "sample_objects": settings.sample_objects,
            "seed": settings.seed,
            "requests": self.requests,
            "bytes_read": self.bytes,
            "excluded": {"objects": self.excluded, "bytes": self.excluded_bytes},
            "kinds": len(self._size),
            "large": {"objects": self._large, "read": self._large_read},
            "not_found": {
                "types": absent,
                "objects": _absence(absence(self._objects(None))),
                "blocks": _absence(absence(self._blocks(None))) if self._edges else None,
            },
            "found": {
                detector: {
                    "objects": _share(share(self._objects(detector))),
                    "blocks": _share(share(self._blocks(detector)))
                    if self._edges and detector not in self._uncounted
                    else None,
                }
                for detector in sorted(self._found)
            },
        }

    def sentence(self, target: str) -> str:
        """Return what the sample says, for a person."""
        found = absence(self._objects(None))
        if found.read == found.size and not self._large:
            return ""
        words = f"{target}: {found.read:,} of {found.size:,} objects read"
        if self._large:
            words += f", {self._large_read:,} of {self._large:,} large ones in part"
        if found.share is not None:
            words += (
                f"; a type that was not found would have been seen with {found.confidence:.0%} confidence "
                f"if in {_percent(found.share)} of the objects or more"
                f" ({found.more:,} more objects make it {MORE:.0%})"
            )
        if self._edges:
            blocks = absence(self._blocks(None))
            if blocks.share is not None:
                words += f"; of the blocks of large ones, {_percent(blocks.share)}"
        return words


def _percent(value: float) -> str:
    return f"{value:.1%}" if value >= 0.001 else f"{value:.3%}"


def _absence(found: Absence) -> dict[str, JSON]:
    return {
        "size": found.size,
        "read": found.read,
        "confidence": found.confidence,
        "least": found.least,
        "share": None if found.share is None else round(found.share, 6),
        "more_for_99": found.more,
    }


def _share(found: Share) -> dict[str, JSON]:
    return {
        "found": found.found,
        "share": round(found.share, 6),
        "low": round(found.low, 6),
        "high": round(found.high, 6),
    }
