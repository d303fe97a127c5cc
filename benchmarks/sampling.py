"""Sampling: does what is stated hold, and how many bytes does it save.

200 generated buckets with known shares of sensitive objects and blocks: folders of exports, logs, uploads and
staff files of very different numbers and sizes. Of each is asked

- how often a type that is in as many objects (or blocks) as the report names was seen (stated: 95 %);
- how often the interval of a type that was found holds its true share (stated: 95 %);
- how many bytes it takes to see a type of a kind with the same rate as this program's choice, for one that
  reads objects chosen uniformly at random, whole, as Amazon Macie's jobs do.

The choice is the program's own (kinds, places, segments); only reading and detection are left out, since what
an object holds is known. A picture of the rates by bytes goes to `benchmarks/sampling.svg` where `--svg` is
given.
"""

from __future__ import annotations

import random
import statistics
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from classifier.crawl.excerpt import middle, plan, read_of
from classifier.crawl.sampling import DEPTHS, Sampler
from classifier.model import S3Object
from classifier.run.statistics import CONFIDENCE, Stratum, least_seen, share

BUCKETS = 200
DEPTH = "quick"
_EXTENSIONS = ("log", "json", "csv", "txt", "xml", "parquet", "pdf", "docx")


@dataclass
class Bucket:
    """Objects, and which kind (folder) each is of."""

    objects: list[S3Object]
    kind: dict[str, int]


def generated(rng: random.Random) -> Bucket:
    """A bucket of 4 to 14 folders, of 3 to 1,000 objects each, of 200 bytes to 60 MB."""
    objects: list[S3Object] = []
    kind: dict[str, int] = {}
    for number in range(rng.randrange(4, 15)):
        count = int(3 * (1_000 / 3) ** rng.random())
        typical = 200 * (300_000 ** rng.random())
        extension = rng.choice(_EXTENSIONS)
        folder = "".join(rng.choices("abcdefghijklmnop", k=8))
        for index in range(count):
            size = max(1, int(typical * rng.lognormvariate(0, 0.4)))
            when = datetime(rng.choice((2024, 2025, 2026)), 5, 4, tzinfo=UTC)
            key = f"{folder}/{index:06}.{extension}"
            objects.append(S3Object("b", key, min(size, 60_000_000), f"{rng.getrandbits(128):032x}", when))
            kind[key] = number
    objects.sort(key=lambda obj: obj.key)
    return Bucket(objects, kind)


@dataclass
class Choice:
    """What was chosen of a bucket, with its strata."""

    chosen: dict[str, bool]
    stratum: dict[str, int]
    bytes: int

    def strata(self, hits: set[str], objects: list[S3Object]) -> list[Stratum]:
        size: dict[int, list[int]] = {}
        for obj in objects:
            row = size.setdefault(self.stratum[obj.key], [0, 0, 0])
            row[0] += 1
            row[1] += self.chosen[obj.key]
            row[2] += self.chosen[obj.key] and obj.key in hits
        return [Stratum(*row) for row in size.values()]


def choose(bucket: Bucket, seed: str) -> Choice:
    depth = DEPTHS[DEPTH]
    sampler = Sampler(depth, None, seed)
    for obj in bucket.objects:
        sampler.add(obj)
    sampler.settle()
    chosen = {obj.key: sampler.chosen(obj) for obj in bucket.objects}
    stratum = {obj.key: sampler.stratum(obj) for obj in bucket.objects}
    size = sum(
        read_of(obj.size, depth, text=True)[1] if obj.size > depth.whole else obj.size
        for obj in bucket.objects
        if chosen[obj.key]
    )
    return Choice(chosen, stratum, size)


def hidden(rng: random.Random, bucket: Bucket, wanted: int, clustered: bool) -> set[str]:
    """Put a type into so many objects: anywhere, or as far as they go into one folder."""
    objects = list(bucket.objects)
    rng.shuffle(objects)
    if clustered:
        home = bucket.kind[objects[0].key]
        objects.sort(key=lambda obj: bucket.kind[obj.key] != home)
    return {obj.key for obj in objects[:wanted]}


def blocks_of(obj: S3Object, seed: str) -> tuple[list[Stratum], list[tuple[int, int]]]:
    """The strata of a large object's middle, and of each segment its bounds and the block that is read."""
    depth = DEPTHS[DEPTH]
    segments = plan(obj.size, depth, seed)
    units = middle(obj.size, depth)
    first = 0
    bounds = []
    for segment in segments:
        bounds.append((first, (segment.start - depth.head) // depth.block))
        first += segment.units
    assert first == units
    return [Stratum(segment.units, 1) for segment in segments], bounds


def measured(rounds: int = BUCKETS) -> dict[str, float]:
    rng = random.Random(20_26)
    seen_objects, held_objects, seen_blocks, held_blocks, ratios = [], [], [], [], []
    for number in range(rounds):
        bucket = generated(rng)
        choice = choose(bucket, str(number))
        bound = least_seen(choice.strata(set(), bucket.objects), CONFIDENCE)
        if bound is not None and not all(choice.chosen.values()):
            for clustered in (False, True):
                keys = hidden(rng, bucket, bound, clustered)
                seen_objects.append(any(choice.chosen[key] for key in keys))
        wanted = max(1, int(len(bucket.objects) * rng.choice((0.02, 0.05, 0.1, 0.3, 0.6))))
        for clustered in (False, True):
            keys = hidden(rng, bucket, wanted, clustered)
            if not any(choice.chosen[key] for key in keys):
                continue  # a type that was not found has no interval
            found = share(choice.strata(keys, bucket.objects))
            held_objects.append(found.low - 1e-9 <= len(keys) / len(bucket.objects) <= found.high + 1e-9)
        for trial in range(5):
            name = f"large/{number}-{trial}.csv"
            large = S3Object("b", name, rng.randrange(2 << 20, 400 << 20), f"{number:032x}")
            strata, bounds = blocks_of(large, name)
            size = sum(stratum.size for stratum in strata)
            least = least_seen(strata, CONFIDENCE)
            if least is not None:
                hits = set(rng.sample(range(size), least))
                seen_blocks.append(any(block in hits for _, block in bounds))
            hits = set(rng.sample(range(size), max(1, int(size * rng.choice((0.1, 0.3, 0.6))))))
            rows = [
                Stratum(s.size, 1, int(block in hits)) for s, (_, block) in zip(strata, bounds, strict=True)
            ]
            if any(row.found for row in rows):
                interval = share(rows)
                held_blocks.append(interval.low - 1e-9 <= len(hits) / size <= interval.high + 1e-9)
        ratios.append(compared(rng, bucket, number))
    return {
        "objects: seen where stated": statistics.mean(seen_objects),
        "objects: share in the interval": statistics.mean(held_objects),
        "blocks: seen where stated": statistics.mean(seen_blocks),
        "blocks: share in the interval": statistics.mean(held_blocks),
        "bytes of uniform objects / ours": statistics.median(ratios),
        "the same, first quartile": statistics.quantiles(ratios, n=4)[0],
    }


def compared(rng: random.Random, bucket: Bucket, number: int) -> float:
    """Bytes that uniform choice needs for our rate of seeing a type that a tenth of one folder's objects
    hold.
    """
    total = sum(obj.size for obj in bucket.objects)
    cases, ours, spent = [], 0, 0
    for trial in range(3):
        home = rng.randrange(max(bucket.kind.values()) + 1)
        keys = [key for key, kind in bucket.kind.items() if kind == home]
        hits = set(rng.sample(keys, max(1, len(keys) // 10)))
        choice = choose(bucket, f"{number}-{trial}")
        ours += any(choice.chosen[key] for key in hits)
        spent += choice.bytes
        cases.append(len(hits))
    rate, spent = ours / len(cases), spent / len(cases)
    count = len(bucket.objects)
    low, high = 0, count
    while low < high:  # objects that uniform choice must read for the same rate
        read = (low + high) // 2
        seen = statistics.mean(1 - _missed(count, hits, read) for hits in cases)
        if seen >= rate - 1e-9:
            high = read
        else:
            low = read + 1
    return total * low / count / spent


def _missed(count: int, hits: int, read: int) -> float:
    chance = 1.0
    for n in range(hits):
        chance *= max(0.0, (count - read - n) / (count - n))
    return chance


def curve(rounds: int = 30) -> list[tuple[float, float, float]]:
    """Detection rate by share of the bytes read: points of (share of bytes, ours, uniform)."""
    points = []
    for percent in (1, 2, 5, 10, 20, 50):
        rng = random.Random(7)
        ours, uniform, spent = [], [], []
        for number in range(rounds):
            bucket = generated(rng)
            total = sum(obj.size for obj in bucket.objects)
            home = rng.randrange(max(bucket.kind.values()) + 1)
            keys = [key for key, kind in bucket.kind.items() if kind == home]
            hits = set(rng.sample(keys, max(1, len(keys) // 10)))
            sampler = Sampler(DEPTHS[DEPTH], percent, str(number))
            for obj in bucket.objects:
                sampler.add(obj)
            sampler.settle()
            picked = [obj for obj in bucket.objects if sampler.chosen(obj)]
            whole = DEPTHS[DEPTH].whole
            size = sum(
                obj.size if obj.size <= whole else read_of(obj.size, DEPTHS[DEPTH], text=True)[1]
                for obj in picked
            )
            ours.append(any(obj.key in hits for obj in picked))
            spent.append(size / total)
            uniform.append(
                1 - _missed(len(bucket.objects), len(hits), int(len(bucket.objects) * size / total))
            )
        points.append((statistics.mean(spent), statistics.mean(ours), statistics.mean(uniform)))
    return points


def drawn(points: list[tuple[float, float, float]], path: Path) -> None:
    """Draw the rates by the share of bytes."""
    width, height = 480, 300
    most = max(part for part, _, _ in points)

    def line(index: int, colour: str) -> str:
        where = " ".join(
            f"{40 + point[0] / most * (width - 60):.1f},{height - 40 - point[index] * (height - 60):.1f}"
            for point in points
        )
        return f'<polyline points="{where}" fill="none" stroke="{colour}" stroke-width="2"/>'

    below = f"share of bytes read, to {most:.1%}; upwards: rate of seeing the type"
    lines = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"',
        ' font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>',
        line(1, "#1f77b4"),
        line(2, "#d62728"),
        '<text x="50" y="20" fill="#1f77b4">by kind (this program)</text>',
        '<text x="220" y="20" fill="#d62728">objects uniformly at random</text>',
        f'<text x="40" y="{height - 10}">{below}</text></svg>\n',
    )
    path.write_text("".join(lines), "utf-8")


def main() -> None:
    found = measured()
    for name, value in found.items():
        print(f"{name}: {value:.3f}")
    for size, ours, uniform in curve():
        print(f"at {size:6.2%} of the bytes: seen {ours:.2f} by kind, {uniform:.2f} by uniform choice")
    if "--svg" in sys.argv:
        drawn(curve(), Path("benchmarks/sampling.svg"))
    confident = min(value for name, value in found.items() if name.startswith(("objects", "blocks")))
    ratio = found["bytes of uniform objects / ours"]
    print(f"{BUCKETS} buckets: stated 95 % holds in {confident:.1%} or more of the cases (at least 94 %)")
    print(f"uniform choice of objects reads {ratio:.1f} times the bytes (at least 2)")
    sys.exit(0 if confident >= 0.94 and ratio >= 2 else 1)


if __name__ == "__main__":
    main()
