"""Identifiers of health care, and objects that are PHI.

    python -m benchmarks health [--count 2000] [--show 10]

Made-up texts (`health_texts`) with medical record numbers, numbers of health plans and NPIs, beside numbers
of all other kinds. A value is right where its span and kind are. Bars: MRN recall and precision 0.90; health
plan 0.80 and 0.95; NPI 0.90 and 0.95. Beside ours are Presidio's recognizers of these, where
presidio-analyzer is installed. Then whole objects, scanned with the command's own worker: at most 10% of
clinical texts without an identifier may be called PHI. Exit code 1: a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.health_texts import Labelled, labelled, objects
from classifier import crawl
from classifier.config import Settings
from classifier.model import ObjectResult
from classifier.run.plan import Shard
from classifier.run.worker import Worker, WorkerSpec

KINDS = {
    "MEDICAL_RECORD_NUMBER": "mrn",
    "HEALTH_PLAN_BENEFICIARY_NUMBER": "plan",
    "USA_NATIONAL_PROVIDER_IDENTIFIER": "npi",
}
PRESIDIO = {"US_HEALTH_INSURANCE_MEMBER_ID": "plan", "US_NPI": "npi"}
BARS = {"mrn": (0.90, 0.90), "plan": (0.80, 0.95), "npi": (0.90, 0.95)}  # recall, precision
MOST_CLINICAL = 0.10
Span = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Score:
    """How many values there are, were reported, and were reported rightly."""

    there: int
    reported: int
    right: int

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0

    @property
    def precision(self) -> float:
        return self.right / self.reported if self.reported else 0.0


def scanned(texts: Iterable[str]) -> Iterator[ObjectResult]:
    """Scan the texts as a folder of files, and yield their results in order."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(texts):
            Path(folder, f"{number:06}{_suffix(text)}").write_bytes(text.encode())
        target = crawl.parse_target(folder)
        shard = Shard(0, target, None, tuple(crawl.list_local(target)))
        spec = WorkerSpec("health", Settings(max_occurrences=0), None, b"k" * 16)
        yield from Worker(spec).scan(shard)


def _suffix(text: str) -> str:
    if text.startswith("{"):
        return ".json"
    return ".csv" if "," in text.partition("\n")[0] and text.endswith("\n") else ".txt"


def ours(texts: list[Labelled]) -> list[set[Span]]:
    """Return what a scan finds in each of the texts, in characters."""
    found: list[set[Span]] = []
    for text, result in zip(texts, scanned(text.text for text in texts), strict=True):
        data = text.text.encode()
        found.append(
            {
                (
                    KINDS[finding.detector],
                    len(data[: one.location.byte_start or 0].decode()),
                    len(data[: one.location.byte_end or 0].decode()),
                )
                for finding in result.findings
                if finding.detector in KINDS
                for one in finding.occurrences
            }
        )
    return found


def presidios(texts: list[Labelled]) -> list[set[Span]] | None:
    """Return the same of Presidio's own recognizers, from a score of 0.4; None where it is missing."""
    try:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer import predefined_recognizers as predefined

        from classifier.presidio import nlp_engine
    except ImportError:
        return None
    recognizers = [predefined.UsHealthInsuranceMemberIdRecognizer(), predefined.UsNpiRecognizer()]
    registry = RecognizerRegistry(recognizers=recognizers)
    engine = AnalyzerEngine(registry=registry, nlp_engine=nlp_engine(), default_score_threshold=0.4)
    return [
        {(PRESIDIO[r.entity_type], r.start, r.end) for r in engine.analyze(text.text, language="en")}
        for text in texts
    ]


def scores(texts: list[Labelled], found: list[set[Span]]) -> dict[str, Score]:
    """Return the score of each kind."""
    there, reported, right = Counter[str](), Counter[str](), Counter[str]()
    for text, own in zip(texts, found, strict=True):
        there.update(kind for kind, _, _ in text.spans)
        reported.update(kind for kind, _, _ in own)
        right.update(kind for kind, _, _ in own & set(text.spans))
    return {kind: Score(there[kind], reported[kind], right[kind]) for kind in BARS}


def misses(texts: list[Labelled], found: list[set[Span]], count: int) -> Iterator[str]:
    """Yield what was missed and what was found wrongly, once a beginning of a text."""
    seen: set[str] = set()
    for text, own in zip(texts, found, strict=True):
        for kind, start, end in sorted(own ^ set(text.spans)):
            what = "missed" if (kind, start, end) in text.spans else "wrong"
            around = text.text[max(0, start - 40) : end + 20].replace("\n", "|")
            key = f"{what} {kind} {text.text[:12]}"
            if key not in seen and len(seen) < count:
                seen.add(key)
                yield f"  {what} {kind}: {around}"


def flagged(count: int) -> dict[str, tuple[int, int]]:
    """Return for each kind of object how many there are and how many of them are called PHI."""
    made = list(objects(count))
    totals: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (kind, _), result in zip(made, scanned(text for _, text in made), strict=True):
        totals[kind][0] += 1
        totals[kind][1] += result.health is not None and result.health.phi
    return {kind: (there, called) for kind, (there, called) in totals.items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks health", description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args(arguments)
    texts = list(labelled(given.count))
    found = ours(texts)
    missed = 0
    print(f"{len(texts)} texts")
    print("| | there | recall | precision | bar |\n|---|---|---|---|---|")
    for kind, score in scores(texts, found).items():
        recall, precision = BARS[kind]
        missed += score.recall < recall or score.precision < precision
        bar = f"{recall:.2f} / {precision:.2f}"
        print(f"| {kind} | {score.there} | {score.recall:.3f} | {score.precision:.3f} | {bar} |")
    if (theirs := presidios(texts)) is not None:
        for kind, score in scores(texts, theirs).items():
            print(f"| {kind}, Presidio | {score.there} | {score.recall:.3f} | {score.precision:.3f} | |")
    for line in misses(texts, found, given.show):
        print(line)
    print("\n| objects | | called PHI |\n|---|---|---|")
    for kind, (there, called) in flagged(given.count // 10).items():
        missed += kind == "clinical" and called > MOST_CLINICAL * there
        print(f"| {kind} | {there} | {called / there:.3f} |")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
