"""One value, one finding: where matches of different detectors overlap, the strongest stays.

Stronger is the stronger tier, then the longer value, then the country that is named beside it and the more
telling keyword (`nearness`), then the higher severity, then the earlier detector. Detectors that share their
values neither win nor lose against others, nor do the matches of one that overlaps itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Plan
from classifier.detect.spans import Span, Spans

_FEW = 32  # matches up to which plain Python beats numpy
_Strength: TypeAlias = tuple[int, int, int, int, int, int]


def resolve(
    plans: Sequence[Plan],
    matches: Mapping[int, Sequence[Span]],
    keyword: Callable[[int, Span], int] = lambda index, span: 0,
) -> tuple[dict[int, set[int]], list[tuple[int, int, int]]]:
    """Return which matches lose, and to whom. `matches` are those of each plan, by the plan's index.

    `keyword` says of a plan's match how telling its keyword is, the less the more; it is asked where that
    decides. The first answer maps a plan's index to the positions of its losers; the second has for each
    loser the winner's plan index, its own and its position.
    """
    losers: dict[int, set[int]] = {}
    pairs: list[tuple[int, int, int]] = []
    for cluster in _clusters(matches):
        kept: list[tuple[int, int, int]] = []
        alike = Counter((plans[index].rank, end - start) for start, end, index, _ in cluster)

        def strength(item: tuple[int, int, int, int], alike: Counter[tuple[int, int]] = alike) -> _Strength:
            start, end, index, position = item
            rank, weight, size = plans[index].rank, plans[index].weight, end - start
            told = keyword(index, matches[index][position]) if alike[rank, size] > 1 else 0
            return rank, -size, told, weight, index, start

        cluster.sort(key=strength)
        for start, end, index, position in cluster:
            winner = next(
                (
                    other
                    for begin, stop, other in kept
                    if begin < end and start < stop and not shared(plans, index, other)
                ),
                None,
            )
            if winner is None:
                kept.append((start, end, index))
            else:
                losers.setdefault(index, set()).add(position)
                pairs.append((winner, index, position))
    return losers, pairs


def shared(plans: Sequence[Plan], one: int, other: int) -> bool:
    """Return whether both plans' detectors may report one value; of one plan, whether its own may overlap."""
    if one == other:
        return plans[one].detector.overlaps
    return plans[one].detector.shares or plans[other].detector.shares


def doubled(
    plans: Sequence[Plan],
    matches: Mapping[int, Spans],
    keyword: Callable[[int, Spans], NDArray[np.int64]] = lambda index, spans: np.zeros(len(spans), np.int64),
) -> dict[int, NDArray[np.int64]]:
    """Return for each match of each plan which plan's stronger match has the same value; -1 where none has.

    `keyword` is as in `resolve`, of many matches.
    """
    if not matches:
        return {}
    ranked = sorted(matches, key=lambda index: (plans[index].rank, plans[index].weight, index))
    sizes = [len(matches[index]) for index in ranked]
    firsts = np.concatenate([matches[index].firsts for index in ranked])
    lasts = np.concatenate([matches[index].lasts for index in ranked])
    places = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((places, lasts, firsts))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (firsts[order][1:] != firsts[order][:-1]) | (lasts[order][1:] != lasts[order][:-1])
    ranks = np.repeat([plans[index].rank for index in ranked], sizes)
    equal = ~fresh
    equal[1:] &= ranks[order][1:] == ranks[order][:-1]
    if equal.any():
        asked = np.zeros(len(order), dtype=np.bool_)
        asked[order[equal]] = asked[order[np.flatnonzero(equal) - 1]] = True
        told = np.zeros(len(order), dtype=np.int64)
        for index, low, high in zip(ranked, np.cumsum([0, *sizes]), np.cumsum(sizes), strict=False):
            if (own := asked[low:high]).any():
                told[low:high][own] = keyword(index, matches[index].where(own))
        order = np.lexsort((places, told, ranks, lasts, firsts))
    leader = places[order][np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    stronger = np.full(len(order), -1, dtype=np.int64)
    stronger[order[~fresh]] = np.array(ranked, dtype=np.int64)[leader[~fresh]]
    return dict(zip(ranked, np.split(stronger, np.cumsum(sizes)[:-1]), strict=True))


def overlapping_nothing(
    matches: Mapping[int, Sequence[Span]], taken: Sequence[tuple[int, int]]
) -> dict[int, NDArray[np.bool_]]:
    """Return for each match of each plan whether no other value overlaps its own, and no `taken` stretch."""
    ends = [_values(spans) for spans in matches.values()]
    ends.append(np.array(taken, dtype=np.int64).reshape(-1, 2))
    values = np.concatenate(ends)
    order = np.argsort(values[:, 0], kind="stable")
    starts, stops = values[order, 0], values[order, 1]
    alone = np.ones(len(values), dtype=np.bool_)
    alone[order[1:]] &= starts[1:] >= np.maximum.accumulate(stops)[:-1]
    alone[order[:-1]] &= starts[1:] >= stops[:-1]
    borders = np.cumsum([len(spans) for spans in matches.values()])
    return dict(zip(matches, np.split(alone, borders)[:-1], strict=True))


def _values(spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return where the values begin and end, a row each."""
    if isinstance(spans, Spans):
        return np.column_stack((spans.firsts, spans.lasts))
    flat = (offset for span in spans for offset in span[1:])
    return np.fromiter(flat, dtype=np.int64, count=2 * len(spans)).reshape(-1, 2)


def _clusters(matches: Mapping[int, Sequence[Span]]) -> Iterator[list[tuple[int, int, int, int]]]:
    """Yield the sets of values (start, end, plan, position) that overlap in a chain."""
    if sum(map(len, matches.values())) > _FEW:
        yield from _many(matches)
        return
    cluster: list[tuple[int, int, int, int]] = []
    reach = 0
    for item in sorted((s[1], s[2], i, p) for i, spans in matches.items() for p, s in enumerate(spans)):
        if item[0] >= reach:
            if len(cluster) > 1:
                yield cluster
            cluster = []
        cluster.append(item)
        reach = max(reach, item[1])
    if len(cluster) > 1:
        yield cluster


def _many(matches: Mapping[int, Sequence[Span]]) -> Iterator[list[tuple[int, int, int, int]]]:
    sizes = [len(spans) for spans in matches.values()]
    values = np.concatenate([_values(spans) for spans in matches.values()])
    owners = np.repeat(np.fromiter(matches, dtype=np.int64), sizes)
    positions = np.concatenate([np.arange(size) for size in sizes])
    order = np.argsort(values[:, 0], kind="stable")
    starts, ends = values[order, 0], values[order, 1]
    joined = starts[1:] < np.maximum.accumulate(ends)[:-1]
    first = np.flatnonzero(np.concatenate((joined, [False])) & ~np.concatenate(([False], joined)))
    final = np.flatnonzero(~np.concatenate((joined, [False])) & np.concatenate(([False], joined)))
    rows = np.column_stack((starts, ends, owners[order], positions[order]))
    for begin, stop in zip(first.tolist(), (final + 1).tolist(), strict=True):
        yield [(row[0], row[1], row[2], row[3]) for row in rows[begin:stop].tolist()]
