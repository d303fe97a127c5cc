"""One value, one finding: where matches of different detectors overlap, the strongest stays.

Stronger is the stronger tier, then the longer value, then the higher severity, then the earlier detector.
Detectors that share their values neither win nor lose against others, nor do the matches of one that overlaps
itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from classifier.detect.confirm import Plan
from classifier.detect.spans import Span, Spans

_FEW = 32  # matches up to which plain Python beats numpy


def resolve(
    plans: Sequence[Plan], matches: Mapping[int, Sequence[Span]]
) -> tuple[dict[int, set[int]], list[tuple[int, int, int]]]:
    """Return which matches lose, and to whom. `matches` are those of each plan, by the plan's index.

    The first answer maps a plan's index to the positions of its losers; the second has for each loser the
    winner's plan index, its own and its position.
    """
    losers: dict[int, set[int]] = {}
    pairs: list[tuple[int, int, int]] = []
    for cluster in _clusters(matches):
        kept: list[tuple[int, int, int]] = []
        cluster.sort(
            key=lambda item: (plans[item[2]].rank, item[0] - item[1], plans[item[2]].weight, item[2], item[0])
        )
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


def doubled(matches: Mapping[int, Spans]) -> dict[int, NDArray[np.int64]]:
    """Return for each match of each plan, the strongest plan first, which stronger one has the same value.

    -1 where none has.
    """
    if not matches:
        return {}
    sizes = [len(spans) for spans in matches.values()]
    firsts = np.concatenate([spans.firsts for spans in matches.values()])
    lasts = np.concatenate([spans.lasts for spans in matches.values()])
    places = np.repeat(np.arange(len(sizes)), sizes)
    order = np.lexsort((places, lasts, firsts))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = (firsts[order][1:] != firsts[order][:-1]) | (lasts[order][1:] != lasts[order][:-1])
    leader = places[order][np.maximum.accumulate(np.where(fresh, np.arange(len(order)), 0))]
    stronger = np.full(len(order), -1, dtype=np.int64)
    names = np.fromiter(matches, dtype=np.int64, count=len(sizes))
    stronger[order[~fresh]] = names[leader[~fresh]]
    return dict(zip(matches, np.split(stronger, np.cumsum(sizes)[:-1]), strict=True))


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
