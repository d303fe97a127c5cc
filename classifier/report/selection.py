"""Which findings and alerts of a run a report holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TypeVar

from classifier.errors import UsageError
from classifier.model import JSON, AlertCategory, Category, Severity
from classifier.report.past import PastRun

STATUSES = ("new", "open", "reopened", "fixed", "suppressed")
OPEN = "open"  # of what has no status of its own: an alert, a line of an older version
_ARE_OPEN = frozenset({"new", OPEN, "reopened"})  # what `open` asks for
_Record = TypeVar("_Record", bound=Mapping[str, JSON])


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters; an empty one lets everything through, several values are alternatives.

    `severities` are those of findings and the bands of alerts; `categories` those of the data and those of
    alerts; `types` are detectors and alert rules. In `buckets` and `types`, `*` and `?` stand for any text
    and character. An alert has the status `open`; who asks for `open` gets what is new or reopened too.
    """

    severities: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    buckets: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    statuses: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        severities: Sequence[str] = (),
        categories: Sequence[str] = (),
        buckets: Sequence[str] = (),
        types: Sequence[str] = (),
        statuses: Sequence[str] = (),
    ) -> Selection:
        """Return the filters that a user wrote, in any case. Raises UsageError naming what there is."""
        return cls(
            severities=_known("--severity", severities, [*Severity]),
            categories=_known("--category", categories, [*Category, *AlertCategory]),
            buckets=tuple(buckets),
            types=tuple(types),
            statuses=_known("--status", statuses, STATUSES),
        )

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.severities or self.categories or self.buckets or self.types or self.statuses)

    def findings(self, run: PastRun) -> Iterator[dict[str, JSON]]:
        """Yield the findings that pass."""
        return self.passed(run.findings())

    def alerts(self, run: PastRun) -> Iterator[dict[str, JSON]]:
        """Yield the alerts that pass."""
        return self.passed(run.alerts())

    def in_buckets(self, records: Iterable[_Record]) -> Iterator[_Record]:
        """Yield the records (buckets, objects) whose bucket passes."""
        return (record for record in records if self._bucket(record))

    def passed(self, records: Iterable[_Record]) -> Iterator[_Record]:
        """Yield the lines of findings or alerts that pass: the one place where that is decided."""
        if not self:
            yield from records
            return
        for record in records:
            level = record.get("band") or record.get("severity")
            if (
                (not self.severities or level in self.severities)
                and (not self.categories or record.get("category") in self.categories)
                and (not self.statuses or self._status(str(record.get("status", OPEN))))
                and (
                    not self.types or _fits(str(record.get("detector") or record.get("rule", "")), self.types)
                )
                and self._bucket(record)
            ):
                yield record

    def _status(self, status: str) -> bool:
        return status in self.statuses or (OPEN in self.statuses and status in _ARE_OPEN)

    def _bucket(self, record: Mapping[str, JSON]) -> bool:
        return not self.buckets or _fits(str(record.get("bucket", "")), self.buckets)

    def to_json(self) -> dict[str, JSON]:
        """Return what is asked for, without what is not; a report says so where it holds a part only."""
        asked = {
            "severity": sorted(self.severities),
            "category": sorted(self.categories),
            "bucket": list(self.buckets),
            "type": list(self.types),
            "status": sorted(self.statuses),
        }
        return {name: values for name, values in asked.items() if values}


EVERYTHING = Selection()


def _fits(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _known(option: str, given: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    spelled = {name.lower(): str(name) for name in names}
    wrong = [name for name in given if name.lower() not in spelled]
    if wrong:
        raise UsageError(f"{option} {', '.join(wrong)}: there are {', '.join(names)}")
    return frozenset(spelled[name.lower()] for name in given)
