"""A bucket's findings as alerts need them: counts, and the few most telling ones; memory is bounded."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from classifier.model import Category, FindingSummary, Severity
from classifier.risk import ContentReach, Exposure
from classifier.risk.formula import SAMPLE_CONFIDENCE

KEPT = 20  # findings that an alert names


@dataclass(slots=True)
class Group:
    """Findings of one detector whose content the same people reach; `top` are the most telling."""

    detector: str
    category: Category
    live: bool
    reach: ContentReach
    anyone: bool  # needs no AWS account; only where `reach` is public
    findings: int = 0
    occurrences: int = 0
    worst: Severity = Severity.INFORMATIONAL
    top: list[FindingSummary] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of a bucket's findings, over all detectors. `types` maps detectors to occurrences, most first."""

    findings: int
    occurrences: int
    worst: Severity
    types: dict[str, int]
    top: tuple[FindingSummary, ...]


class BucketEvidence:
    """Takes a bucket's findings one by one, in any order."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, bool, ContentReach, bool], Group] = {}

    def add(self, finding: FindingSummary, exposure: Exposure, *, live: bool) -> None:
        """Add a finding; `exposure` is its object's, `live` whether its detector finds live credentials."""
        live = live and finding.confidence > SAMPLE_CONFIDENCE
        anyone = exposure.reach == "public" and exposure.because.get("principal") != "any_aws"
        key = (finding.detector, live, exposure.reach, anyone)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(
                finding.detector, finding.category, live, exposure.reach, anyone
            )
        group.findings += 1
        group.occurrences += finding.count
        group.worst = max(group.worst, finding.severity, key=lambda severity: severity.rank)
        insort(group.top, finding, key=_telling)
        del group.top[KEPT:]

    @property
    def categories(self) -> set[Category]:
        """The categories that were found."""
        return {group.category for group in self._groups.values()}

    def select(
        self,
        *,
        reach: Collection[ContentReach] | None = None,
        categories: Collection[Category] | None = None,
        detectors: Collection[str] | None = None,
        live: bool | None = None,
        anyone: bool | None = None,
    ) -> Selection | None:
        """Return the findings that meet all that is given; None when there are none.

        `detectors` are ids or shell-style patterns of ids; `anyone` parts public reach into people without
        (True) and with (False) an AWS account.
        """
        return _joined(
            group
            for group in self._groups.values()
            if (reach is None or group.reach in reach)
            and (categories is None or group.category in categories)
            and (detectors is None or any(fnmatchcase(group.detector, name) for name in detectors))
            and (live is None or group.live is live)
            and (anyone is None or group.anyone is anyone)
        )


def _joined(groups: Iterable[Group]) -> Selection | None:
    members = list(groups)
    if not members:
        return None
    types: dict[str, int] = {}
    for group in members:
        types[group.detector] = types.get(group.detector, 0) + group.occurrences
    ranked = sorted(types.items(), key=lambda item: (-item[1], item[0]))
    return Selection(
        findings=sum(group.findings for group in members),
        occurrences=sum(group.occurrences for group in members),
        worst=max((group.worst for group in members), key=lambda severity: severity.rank),
        types=dict(ranked),
        top=tuple(sorted((finding for group in members for finding in group.top), key=_telling)[:KEPT]),
    )


def _telling(finding: FindingSummary) -> tuple[float, int, int, str, str, str]:
    """Sort key: riskiest first, then severest, then most; the rest only makes the order total."""
    return (
        -finding.risk,
        -finding.severity.rank,
        -finding.count,
        finding.key,
        finding.detector,
        finding.finding_id,
    )
