"""A bucket's score while its objects stream by: memory by detectors and exposures, not by objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from classifier.model import RiskScore
from classifier.risk.exposure import Exposure
from classifier.risk.formula import Content, Evidence, Unread, joined, score_contents
from classifier.risk.weights import Weights


class BucketRisk:
    """Totals of a bucket per exposure and detector; the order of additions does not matter."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._groups: dict[tuple[str, str, str, str], _Group] = {}

    def add(self, exposure: Exposure, evidence: Sequence[Evidence]) -> None:
        """Add one object's evidence; nothing happens when there is none."""
        if not evidence:
            return
        key = (exposure.level, exposure.at_most, exposure.reach, exposure.reach_at_most)
        group = self._groups.setdefault(key, _Group(exposure))
        group.objects += 1
        for item in evidence:
            seen = group.totals.get(item.detector)
            group.totals[item.detector] = item if seen is None else joined(seen, item)

    @property
    def sensitive_objects(self) -> int:
        """Objects with evidence so far."""
        return sum(group.objects for group in self._groups.values())

    def score(
        self,
        exposure: Exposure,
        *,
        unread: Unread,
        controls: Mapping[str, bool | None] | None = None,
        behaviour: Sequence[float] = (),
    ) -> RiskScore:
        """Return the bucket's score; `exposure` is that of the bucket as a whole (key None).

        `behaviour` are the severities of the alerts about what somebody did there.
        """
        contents = [
            Content(
                group.exposure,
                tuple(group.totals[detector] for detector in sorted(group.totals)),
                group.objects,
            )
            for _, group in sorted(self._groups.items())
        ]
        return score_contents(
            contents, exposure, self._weights, unread=unread, controls=controls, behaviour=behaviour
        )


class _Group:
    __slots__ = ("exposure", "objects", "totals")

    def __init__(self, exposure: Exposure) -> None:
        self.exposure = exposure
        self.totals: dict[str, Evidence] = {}
        self.objects = 0
