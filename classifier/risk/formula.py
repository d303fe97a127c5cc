"""The score: content × volume × exposure × behaviour, with floors, and the interval of what is not known.

Three views of the same facts are scored: `low` takes what is unknown at its best, `high` at its worst, and
the score itself in between for exposure and as seen for content. The numbers are those of patterns/risk.yaml.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from classifier.model import Coverage, DetectorInfo, Finding, RiskScore
from classifier.risk.exposure import Exposure
from classifier.risk.weights import Weights, band_of

View: TypeAlias = Literal["low", "mid", "high"]
_DIGITS = 6  # of a term; the score is made of the rounded terms, so that they reproduce it

SAMPLE_CONFIDENCE = 0.2  # of what only shows what a value looks like: it gives access to nothing


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a detector found: `weight` is its sensitivity and `confidence` its best match's, both 0 to 1."""

    detector: str
    weight: float
    confidence: float
    count: int
    live_credential: bool


@dataclass(frozen=True, slots=True)
class Unread:
    """What was not read: the share of all there is (0 to 1) and the number of objects."""

    share: float = 0.0
    objects: int = 0


ALL_READ = Unread()


@dataclass(frozen=True, slots=True)
class Content:
    """Evidence that shares an exposure: one item a detector, and the number of objects it was found in."""

    exposure: Exposure
    evidence: tuple[Evidence, ...]
    objects: int


def evidence_of(finding: Finding, info: DetectorInfo) -> Evidence:
    """Return what a finding weighs, given its detector."""
    live = info.live_credential and finding.confidence > SAMPLE_CONFIDENCE
    return Evidence(finding.detector, info.sensitivity, finding.confidence, finding.count, live)


def unread_of(coverage: Coverage, weights: Weights, *, failed: bool = False) -> Unread:
    """Return what `coverage` left unread; `failed`: the bucket could not be listed to its end."""
    if failed:
        return Unread(1.0, coverage.skipped + coverage.partial + 1)
    missed = coverage.skipped + weights.unread.partial * coverage.partial
    shares = [
        lost / total
        for lost, total in (
            (missed, coverage.objects),
            (coverage.bytes_total - coverage.bytes_read, coverage.bytes_total),
        )
        if total > 0
    ]
    return Unread(min(1.0, max(shares, default=0.0)), coverage.skipped + coverage.partial)


def score(
    evidence: Iterable[Evidence],
    exposure: Exposure,
    weights: Weights,
    *,
    objects: int = 1,
    unread: Unread = ALL_READ,
    controls: Mapping[str, bool | None] | None = None,
) -> RiskScore:
    """Return the score of a finding, an object or a place where one exposure holds for everything.

    `objects` is the number of objects with evidence; `controls` maps those of patterns/risk.yaml to in place,
    not in place or unknown (None); one that is missing is unknown.
    """
    known = tuple((controls or {}).items())
    return _score(merged(evidence), exposure, _Same(weights), objects, unread, known)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Weights as part of a key: the very same, since to compare all numbers takes longer than a score."""

    weights: Weights

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.weights is other.weights

    def __hash__(self) -> int:
        return id(self.weights)


@lru_cache(maxsize=1024)
def _score(
    evidence: tuple[Evidence, ...],
    exposure: Exposure,
    same: _Same,
    objects: int,
    unread: Unread,
    controls: tuple[tuple[str, bool | None], ...],
) -> RiskScore:
    """Return `score`; a bucket's findings are alike, and one takes longer to score than to find here."""
    content = Content(exposure, evidence, objects)
    return score_contents([content], exposure, same.weights, unread=unread, controls=dict(controls))


def score_contents(
    contents: Sequence[Content],
    exposure: Exposure,
    weights: Weights,
    *,
    unread: Unread,
    controls: Mapping[str, bool | None] | None,
    behaviour: Sequence[float] = (),
) -> RiskScore:
    """Return the score of a place whose contents differ in exposure; `exposure` is the place's widest.

    `behaviour` are the severities (0.1 to 10) of the alerts about what somebody did there.
    """
    known = controls or {}
    groups = [*contents, Content(exposure, (), 0)]
    acts = tuple(sorted(behaviour))
    terms = _score_view("mid", groups, exposure, weights, unread, known, acts)
    main = round(terms["score"], 1)
    low = high = main
    hidden = unread.share > 0 or unread.objects > 0
    if hidden or any(known.get(name) is None for name in weights.hardening.controls) or _doubt(groups):
        lower = _score_view("low", groups, exposure, weights, unread, known, acts)
        upper = _score_view("high", groups, exposure, weights, unread, known, acts)
        low, high = round(lower["score"], 1), round(upper["score"], 1)
        terms |= {f"low.{name}": value for name, value in lower.items() if low != main}
        terms |= {f"high.{name}": value for name, value in upper.items() if high != main}
    return RiskScore(main, low, high, band_of(main, weights.bands), terms, weights.version)


def merged(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return one item a detector, by id: counts added, the highest confidence and weight kept."""
    totals: dict[str, Evidence] = {}
    for item in evidence:
        seen = totals.get(item.detector)
        totals[item.detector] = item if seen is None else joined(seen, item)
    return tuple(totals[detector] for detector in sorted(totals))


def joined(one: Evidence, other: Evidence) -> Evidence:
    """Return what two findings of one detector amount to."""
    return Evidence(
        one.detector,
        max(one.weight, other.weight),
        max(one.confidence, other.confidence),
        one.count + other.count,
        one.live_credential or other.live_credential,
    )


def _doubt(groups: Iterable[Content]) -> bool:
    return any(
        group.exposure.high > group.exposure.low or group.exposure.reach != group.exposure.reach_at_most
        for group in groups
    )


def _score_view(
    view: View,
    groups: Sequence[Content],
    exposure: Exposure,
    weights: Weights,
    unread: Unread,
    controls: Mapping[str, bool | None],
    behaviour: tuple[float, ...],
) -> dict[str, float]:
    """Return the terms of one view, `score` among them.

    For every exposure E that occurs, what is reachable by at least E makes a raw score; the highest counts.
    """
    hidden = unread if view == "high" else ALL_READ
    best: dict[str, float] = {}
    for width in sorted({_width(group.exposure, view, weights) for group in groups}, reverse=True):
        within = [group for group in groups if _width(group.exposure, view, weights) >= width]
        hardening = _hardening(width, view, controls, weights)
        terms = _raw_terms(within, width, hidden, hardening, weights, behaviour)
        if not best or terms["raw"] > best["raw"]:
            best = terms
    floors = _floors(view, groups, exposure, hidden, weights)
    if behaviour:
        evidence = merged(item for group in groups for item in group.evidence)
        content = _content(_parts(evidence, hidden, weights).values())
        floors["floor.behaviour"] = round(10 * behaviour[-1] * (0.5 + 0.5 * content), _DIGITS)
    return best | floors | {"score": max(best["raw"], *floors.values(), 0.0)}


def _width(exposure: Exposure, view: View, weights: Weights) -> float:
    if view == "mid":
        return round(exposure.low + weights.exposure.lean * (exposure.high - exposure.low), _DIGITS)
    return exposure.low if view == "low" else exposure.high


def _raw_terms(
    groups: Sequence[Content],
    width: float,
    hidden: Unread,
    hardening: float,
    weights: Weights,
    behaviour: tuple[float, ...],
) -> dict[str, float]:
    """Return the terms, and `raw`, 100 times the product of the factors.

    Behaviour widens the exposure: what somebody is at work on is no longer shut off by who may reach it.
    """
    evidence = merged(item for group in groups for item in group.evidence)
    parts = _parts(evidence, hidden, weights)
    objects = sum(group.objects for group in groups) + hidden.objects
    amount = max([objects, *(_expected(item.count, hidden) for item in evidence)])
    terms = {
        "content": _content(parts.values()),
        "volume": round(min(1.0, math.log10(1 + amount) / weights.volume.decades), _DIGITS),
        "exposure": width,
        "hardening": hardening,
    }
    base, floor = weights.volume.base, weights.exposure.base
    terms["volume_factor"] = round(base + (1 - base) * terms["volume"], _DIGITS)
    reached = width * hardening
    if behaviour:
        scale = weights.behaviour
        terms["behaviour"] = round(1 - math.prod(1 - scale.each * one / 10 for one in behaviour), _DIGITS)
        reached = 1 - (1 - reached) * (1 - scale.share * terms["behaviour"])
    terms["exposure_factor"] = round(floor + (1 - floor) * reached, _DIGITS)
    terms["raw"] = 100 * terms["content"] * terms["volume_factor"] * terms["exposure_factor"]
    return parts | terms


def _parts(evidence: Iterable[Evidence], hidden: Unread, weights: Weights) -> dict[str, float]:
    """Return what each detector (and what was not read) adds to the content, 0 to 1."""
    parts = {}
    for item in evidence:
        grown = 1.0 if item.live_credential else _growth(_expected(item.count, hidden), weights)
        parts[f"content.{item.detector}"] = round(item.weight * item.confidence * grown, _DIGITS)
    if hidden.share:
        parts["content.unread"] = round(hidden.share * weights.unread.sensitivity, _DIGITS)
    return parts


def _expected(count: int, hidden: Unread) -> float:
    """Return the matches there would be if what is hidden were like what was seen."""
    return count / (1 - hidden.share) if hidden.share < 1 else math.inf


def _growth(count: float, weights: Weights) -> float:
    floor = weights.count.floor
    return floor + (1 - floor) * min(1.0, math.log10(1 + count) / weights.count.decades)


def _content(parts: Iterable[float]) -> float:
    return round(1 - math.prod(1 - part for part in parts), _DIGITS)


def _hardening(width: float, view: View, controls: Mapping[str, bool | None], weights: Weights) -> float:
    """Return the factor of the controls in place; an unknown one counts as in place only for the low view."""
    if width >= weights.hardening.below:
        return 1.0
    states = (controls.get(name) for name in weights.hardening.controls)
    in_place = sum(1 for state in states if state or (state is None and view == "low"))
    return round(1 - weights.hardening.each * in_place, _DIGITS)


def _floors(
    view: View, groups: Sequence[Content], exposure: Exposure, hidden: Unread, weights: Weights
) -> dict[str, float]:
    """Return the floors that apply, by name."""
    floors = weights.floors
    open_to_all = [group for group in groups if _reaches_all(group.exposure, view)]
    found: dict[str, float] = {}
    if any(item.live_credential for group in groups for item in group.evidence):
        found["floor.live_credential"] = floors.live_credential
    if exposure.public or (view == "high" and exposure.public is None):
        found["floor.public"] = floors.public
    if any(item.live_credential for group in open_to_all for item in group.evidence):
        found["floor.public_live_credential"] = floors.public_live_credential
    evidence = merged(item for group in open_to_all for item in group.evidence)
    parts = _parts(evidence, hidden if open_to_all else ALL_READ, weights)
    if _content(parts.values()) >= floors.public_sensitive_content:
        found["floor.public_sensitive"] = floors.public_sensitive
    return found


def _reaches_all(exposure: Exposure, view: View) -> bool:
    return (exposure.reach_at_most if view == "high" else exposure.reach) == "public"
