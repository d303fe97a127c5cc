"""What a sample says of what was not read: bounds for types that were not found, intervals for those that
were.

The sample is stratified: of each stratum with `size` units `read` were read, chosen at random without
replacement. Units are objects, or blocks of objects. Nothing is assumed of how the units with a type of data
are spread over the strata.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, exp, floor, inf, lgamma, log, sqrt
from statistics import NormalDist

CONFIDENCE = 0.95
MORE = 0.99
_STEPS = 60  # of a bisection


@dataclass(frozen=True, slots=True)
class Stratum:
    """Units that were sampled alike: how many there are, were read, and had the type; `times` such strata."""

    size: int
    read: int
    found: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Absence:
    """What can be said of a type that was not found.

    With `confidence` it would have been seen if it were in `least` or more of the `size` units (`share` of
    them); None where even all of the units could have been missed. `more` further units, spread over the
    strata as those that were read, make it the confidence MORE for the same `least`.
    """

    size: int
    read: int
    confidence: float
    least: int | None
    more: int

    @property
    def share(self) -> float | None:
        """`least` as a share of the units, 0 to 1."""
        return None if self.least is None else self.least / self.size if self.size else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """The share of units with a type, 0 to 1, with the bounds of its interval at CONFIDENCE."""

    found: int  # among those read
    share: float
    low: float
    high: float


def absence(strata: Iterable[Stratum], confidence: float = CONFIDENCE) -> Absence:
    """Return what a sample without a single hit says."""
    merged = _merged(strata)
    size = sum(stratum.size * stratum.times for stratum in merged)
    read = sum(stratum.read * stratum.times for stratum in merged)
    least = least_seen(merged, confidence)
    return Absence(size, read, confidence, least, _more(merged, least, read))


def least_seen(strata: Sequence[Stratum], confidence: float) -> int | None:
    """Return the smallest number of units with a type that is seen with `confidence` wherever they are.

    1 where every unit was read. None where units that were not read can hold them all (nothing was read).

    The chance to miss K units in a stratum of N with n read is hypergeometric: C(N-K, n) / C(N, n). The
    worst place for K units is found greedily, since the logarithm of that chance is concave in K: one more
    unit costs the factor (N-n-K)/(N-K), which only shrinks.
    """
    size = sum(stratum.size * stratum.times for stratum in strata)
    if all(stratum.read >= stratum.size for stratum in strata):
        return 1 if size else None
    if not any(stratum.read for stratum in strata):
        return None
    wanted = log(1 - confidence) + 1e-9
    low, high = 0.0, 1.0  # factor down to which units are placed
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _missed(strata, middle) <= wanted:
            low = middle
        else:
            high = middle
    placed = sum(_place(stratum, high) * stratum.times for stratum in strata)
    chance = _missed(strata, high)
    # What is left to place goes in steps of the same factor, `high`, as far as the chance allows.
    step = log(high) if high > 0 else -inf
    left = ceil((wanted - chance) / step - 1e-6) if -inf < step < 0 else 1
    least = placed + max(left, 1)
    return least if least <= size else None


def _place(stratum: Stratum, factor: float) -> int:
    """How many units a stratum takes while one more costs no less than `factor`."""
    size, read = stratum.size, stratum.read
    if not read:
        return size
    if factor >= 1 or read >= size:
        return 0
    return max(0, min(floor(size - read / (1 - factor) + 1e-9) + 1, size - read))


def _missed(strata: Sequence[Stratum], factor: float) -> float:
    """Logarithm of the chance to miss all of the units placed down to `factor`."""
    return sum(_log_missed(s.size, s.read, _place(s, factor)) * s.times for s in strata)


def _log_missed(size: int, read: int, hidden: int) -> float:
    if not hidden or not read:
        return 0.0
    if hidden > size - read:
        return -inf
    return (
        lgamma(size - hidden + 1)
        - lgamma(size - hidden - read + 1)
        - lgamma(size + 1)
        + lgamma(size - read + 1)
    )


def _more(strata: Sequence[Stratum], least: int | None, read: int) -> int:
    """Return how many further units make the confidence MORE for the same number; all, where need be."""
    size = sum(stratum.size * stratum.times for stratum in strata)
    if least is None or read >= size:
        return size - read
    low, high = 1.0, 2.0
    while not _suffices(_scaled(strata, high), least):
        low, high = high, high * 2
        if high > size + 1:
            return size - read
    for _ in range(20):
        middle = (low + high) / 2
        if _suffices(_scaled(strata, middle), least):
            high = middle
        else:
            low = middle
    return sum(stratum.read * stratum.times for stratum in _scaled(strata, high)) - read


def _suffices(strata: Sequence[Stratum], least: int) -> bool:
    found = least_seen(strata, MORE)
    return found is not None and found <= least


def _scaled(strata: Sequence[Stratum], factor: float) -> list[Stratum]:
    return [Stratum(s.size, min(s.size, ceil(s.read * factor)), 0, s.times) for s in strata]


def share(strata: Iterable[Stratum], confidence: float = CONFIDENCE) -> Share:
    """Return the share of units with a type, with Wilson's interval at the effective size of the sample.

    Wilson, E. B. (1927), JASA 22:209-212; the effective size is Kish's (Survey Sampling, 1965), with the
    correction for finite populations, and less where the strata differ. Strata of which nothing was read
    can hold any number: they widen the interval.
    """
    merged = _merged(strata)
    size = sum(s.size * s.times for s in merged)
    seen = [s for s in merged if s.read]
    reached = sum(s.size * s.times for s in seen)
    found = sum(s.found * s.times for s in seen)
    clean = sum((s.read - s.found) * s.times for s in seen)
    if not size or not reached:
        return Share(found, 0.0, 0.0, 1.0)
    weights = [s.size / reached for s in seen]
    estimate = sum(w * s.found / s.read * s.times for w, s in zip(weights, seen, strict=True))
    pooled = least = 0.0
    for weight, s in zip(weights, seen, strict=True):
        left = (1 - s.read / s.size) * weight * weight * s.times
        pooled += left / s.read
        own = s.found / s.read
        spread = own * (1 - own) / (s.read - 1) if s.read > 1 else estimate * (1 - estimate) / s.read
        least += left * spread
    variance = max(estimate * (1 - estimate) * pooled, least)
    if pooled <= 0:
        low = high = estimate
    else:
        effective = 1 / pooled
        if variance > 0 and estimate * (1 - estimate) > 0:
            effective = min(effective, estimate * (1 - estimate) / variance)
        low, high = wilson(estimate, max(effective, 1.0), confidence, corrected=True)
    part = reached / size
    bounds = max(low * part, found / size), min(high * part + (1 - part), 1 - clean / size)
    middle = min(max(estimate * part, bounds[0]), bounds[1])
    return Share(found, middle, bounds[0], bounds[1])


def wilson(
    share: float, size: float, confidence: float = CONFIDENCE, *, corrected: bool = False
) -> tuple[float, float]:
    """Return the bounds of Wilson's score interval for a share of a sample of (effective) size `size`.

    `corrected` is for continuity (Newcombe 1998, Statistics in Medicine 17:857-872, method 4): small samples
    of a rare type would else be told too narrow.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    square, other = z * z, 1 - share
    if not corrected:
        scale = 1 + square / size
        middle = (share + square / (2 * size)) / scale
        reach = z / scale * sqrt(max(share * other, 0) / size + square / (4 * size * size))
        return max(0.0, middle - reach), min(1.0, middle + reach)
    below = max(square - 2 - 1 / size + 4 * share * (size * other + 1), 0)
    above = max(square + 2 - 1 / size + 4 * share * (size * other - 1), 0)
    scale = 2 * (size + square)
    low = (2 * size * share + square - 1 - z * sqrt(below)) / scale
    high = (2 * size * share + square + 1 + z * sqrt(above)) / scale
    return (max(0.0, low) if share > 0 else 0.0), (min(1.0, high) if share < 1 else 1.0)


def missed(strata: Iterable[Stratum], hidden: Sequence[int]) -> float:
    """Return the chance that a sample misses `hidden[i]` units in stratum i, all of them (each stratum
    once).
    """
    return exp(sum(_log_missed(s.size, s.read, k) for s, k in zip(strata, hidden, strict=True)))


def _merged(strata: Iterable[Stratum]) -> list[Stratum]:
    """Return the strata without empty ones, equal ones as one."""
    times: dict[tuple[int, int, int], int] = {}
    for s in strata:
        if s.size > 0:
            key = (s.size, s.read, s.found)
            times[key] = times.get(key, 0) + s.times
    return [Stratum(*key, times=count) for key, count in sorted(times.items())]
