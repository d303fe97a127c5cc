"""One value, one finding: where matches of different detectors overlap, the strongest stays.

Stronger is the stronger tier, then the longer value, then the higher severity, then the earlier detector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from classifier.detect.confirm import Plan, Span

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
            winner = next((other for begin, stop, other in kept if begin < end and start < stop), None)
            if winner is None:
                kept.append((start, end, index))
            else:
                losers.setdefault(index, set()).add(position)
                pairs.append((winner, index, position))
    return losers, pairs


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
    flat = (offset for spans in matches.values() for span in spans for offset in span[1:])
    values = np.fromiter(flat, dtype=np.int64, count=2 * sum(sizes)).reshape(-1, 2)
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
