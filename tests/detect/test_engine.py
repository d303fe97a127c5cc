"""The engine against its law: what `re` over the whole text says, however the text is cut."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.detect import Classifier, Detector, load_packs, select, shipped_packs
from classifier.detect.context import KeywordMatcher
from classifier.detect.engine import ObjectScan
from classifier.detect.prefilter import HyperscanPrefilter, RePrefilter
from classifier.errors import ReadFailure
from classifier.model import Chunk, Field, Location, Tier

Load = Callable[..., tuple[Detector, ...]]
Whole = Callable[[dict[str, Any]], dict[str, Any]]

KEY = bytes(range(16))
LEFT, RIGHT = 1 << 10, 1 << 14

DETECTORS: tuple[dict[str, Any], ...] = (
    {
        "id": "TOKEN",
        "coarse": r"tok_[a-z]{6}",
        "exact": r"(?<!\w)tok_[a-z]{6}(?!\w)",
        "deny": ["xxx"],
        "keep": [4, 4],
    },
    {
        "id": "CARD",
        "tier": "verified",
        "coarse": r"\d{4}[ -]?\d{4}[ -]?\d{4}",
        "exact": r"(?<![\d-])\d{4}([ -]?)\d{4}\1\d{4}(?![\d-])",
        "confidence": {"bare": 0.6, "keyword": 0.95},
        "keywords": {"words": ["card", "card number"], "before": 30, "after": 10},
        "validator": "luhn",
        "documentation": ["000000000000"],
        "normalize": "digits",
    },
    {
        "id": "PIN",
        "tier": "context",
        "coarse": r"\b\d{4}\b",
        "exact": r"(?<![\w-])\d{4}(?![\w-])",
        "confidence": {"keyword": 0.8},
        "keywords": {"words": ["pin", "secret code"], "before": 20, "after": 8},
        "deny": ["0000"],
    },
    {
        "id": "NUMBER",
        "tier": "context",
        "coarse": r"\b\d{4,12}\b",
        "exact": r"\b\d{4,12}\b",
        "confidence": {"keyword": 0.7},
        "keywords": {"words": ["number"], "before": 12, "after": 0},
    },
    {
        "id": "BLOCK",
        "coarse": "<<BEGIN>>",
        "exact": r"<<BEGIN>>(?P<value>[\w \n=.,:-]{0,5000}?)<<END>>",
        "max_length": 5100,
    },
    {
        "id": "PARTNER",
        "tier": "context",
        "coarse": r"[A-F]{5}\b",
        "exact": r"\b[A-F]{5}\b",
        "confidence": {"keyword": 0.9},
        "keywords": {"words": ["partner"]},
        "near": {"detector": "TOKEN", "within": 40},
    },
    {
        "id": "PAIR",
        "tier": "pattern",
        "composite": {"of": ["TOKEN", "CARD"], "within": 60},
        "confidence": {"bare": 0.99},
    },
    {
        "id": "SETTING",
        "tier": "generic",
        "flags": "i",
        "coarse": r"pass=",
        "exact": r"pass=(?P<value>\S{4,40})",
        "max_length": 45,
        "entropy": 1.0,
    },
)


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory, whole: Whole) -> tuple[Detector, ...]:
    path: Path = tmp_path_factory.mktemp("engine") / "pack.yaml"
    path.write_text(json.dumps({"pack": "engine", "detectors": [whole(d) for d in DETECTORS]}))
    return load_packs([path])


@dataclass(frozen=True)
class Plain:
    """Locates in plain text whose chunk begins at `origin`."""

    origin: int

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=self.origin + start, byte_end=self.origin + end)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None


@dataclass(frozen=True)
class Cells:
    """Locates in rows of comma-separated cells without quotes; `-1` before `begin`."""

    data: bytes
    names: tuple[str, ...]

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end, column_name=self.names[self._column(start)])

    def _column(self, offset: int) -> int:
        row = self.data.rfind(b"\n", 0, offset) + 1
        return self.data.count(b",", row, offset)

    def enclosing(self, start: int, end: int) -> Field | None:
        low = max(self.data.rfind(b"\n", 0, start), self.data.rfind(b",", 0, start)) + 1
        stops = [stop for mark in (b"\n", b",") if (stop := self.data.find(mark, end)) >= 0]
        return Field((self.names[self._column(start)],), low, min(stops, default=len(self.data)))

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return np.array([self._column(offset) for offset in offsets.tolist()], dtype=np.int64)


@dataclass(frozen=True)
class Named(Plain):
    """Locates in text whose lines are values with a path of names before a colon."""

    data: bytes

    def enclosing(self, start: int, end: int) -> Field | None:
        low = self.data.rfind(b"\n", 0, start) + 1
        colon = self.data.find(b":", low, start)
        stop = self.data.find(b"\n", end)
        names = tuple(self.data[low:colon].decode().split("/"))
        return Field(names, colon + 1, len(self.data) if stop < 0 else stop)


def text_chunk(data: bytes) -> Chunk:
    return Chunk(None, "text", data, 0, len(data), Plain(0))


def table_chunk(names: tuple[str, ...], *rows: str) -> Chunk:
    data = "".join(f"{row}\n" for row in rows).encode()
    return Chunk(None, "csv", data, 0, len(data), Cells(data, names), names)


def cut(data: bytes, borders: Sequence[int], left: int = LEFT, right: int = RIGHT) -> Iterator[Chunk]:
    edges = [0, *sorted(set(borders) - {0, len(data)}), len(data)]
    for start, stop in pairwise(edges):
        low, high = max(0, start - left), min(len(data), stop + right)
        yield Chunk(None, "text", data[low:high], start - low, stop - low, Plain(low))


def scanned(classifier: Classifier, chunks: Sequence[Chunk] | Iterator[Chunk]) -> ObjectScan:
    scan = classifier.object()
    for chunk in chunks:
        scan.feed(chunk)
    return scan


Found = tuple[str, int, int, float]


def found(classifier: Classifier, data: bytes) -> set[Found]:
    return {
        (m.detector, m.location.byte_start or 0, m.location.byte_end or 0, m.confidence)
        for m in classifier.classify(data)
    }


def naive(detectors: Sequence[Detector], data: bytes) -> set[Found]:
    """What the definitions say, each taken word for word, over the whole text."""
    accepted: dict[str, list[tuple[int, int, float]]] = {}
    telling: dict[tuple[str, int, int], tuple[bool, int, int]] = {}
    for d in detectors:
        if d.composite is not None:
            continue
        matches = []
        for match in re.finditer((d.exact or "").encode(), data, re.IGNORECASE if d.caseless else 0):
            start, end = match.span("value" if "value" in match.re.groupindex else 0)
            value = data[start:end]
            if start == end or value in d.documentation or any(re.search(x.encode(), value) for x in d.deny):
                continue
            if d.validator is not None and not d.validator(value):
                continue
            if d.entropy and _bits(value) < d.entropy:
                continue
            helped = d.keywords is not None and KeywordMatcher(d.keywords).around(
                data, start, end, 0, len(data)
            )
            if d.near is not None:
                helped |= any(
                    _gap(start, end, s, e) <= d.near.within for s, e, _ in accepted[d.near.detector]
                )
            if helped or d.bare:
                matches.append((start, end, d.keyword if helped else d.bare))
                telling[d.id, start, end] = _telling(detectors, d, data, start, end)
        accepted[d.id] = matches
    order = list(Tier)
    ranked = sorted(
        (
            (order.index(d.tier), s - e, telling[d.id, s, e], -d.severity[0].rank, n, s, e, c)
            for n, d in enumerate(detectors)
            for s, e, c in accepted.get(d.id, ())
        ),
    )
    kept: list[tuple[int, int, int, float]] = []
    for *_, number, start, end, confidence in ranked:
        if not any(s < end and start < e for _, s, e, _ in kept):
            kept.append((number, start, end, confidence))
    winners = {(detectors[n].id, s, e, c) for n, s, e, c in kept}
    for d in detectors:
        if d.composite is not None:
            first, last = d.composite.of
            winners |= {
                (d.id, s, e, d.bare)
                for name, s, e, _ in set(winners)
                if name == last
                and any(o == first and _gap(s, e, a, b) <= d.composite.within for o, a, b, _ in winners)
            }
    return winners


def _telling(
    detectors: Sequence[Detector], own: Detector, data: bytes, start: int, end: int
) -> tuple[bool, int, int]:
    """Return whether the best keyword is many detectors', how far it is, and how short."""
    words = (
        [] if own.keywords is None else KeywordMatcher(own.keywords).helping(data, start, end, 0, len(data))
    )
    plain = [(gap, len(word), re.sub(r"[ _.-]", "", word.decode()).casefold()) for gap, word in words]
    everybody = [
        {re.sub(r"[ _.-]", "", word).casefold() for word in d.keywords.words}
        for d in detectors
        if d.keywords is not None
    ]
    shared = [(sum(word in all_ for all_ in everybody) > 3, gap, -size) for gap, size, word in plain]
    return min(shared, default=(True, len(data), 0))


def _gap(start: int, end: int, other_start: int, other_end: int) -> float:
    if other_end <= start:
        return start - other_end
    return other_start - end if other_start >= end else float("inf")


def _bits(value: bytes) -> float:
    shares = [value.count(byte) / len(value) for byte in set(value)]
    return -sum(share * float(np.log2(share)) for share in shares)


PIECES = [
    *("tok_abcdef", "tok_abcxxx", "xtok_abcdef", "tok_abcdefg", "4242 4242 4242", "424242424242"),
    *("4242-4242-4242", "0000 0000 0000", "000000000000", "424242424241", "1234", "0000", "20241231", "card"),
    *(
        "Card-Number",
        "pin",
        "PIN:",
        "secret_code",
        "number",
        "phoneNumber",
        "monopin",
        "<<BEGIN>>",
        "<<END>>",
    ),
    *("ABCDE", "FACED", "partner", "pass=hunter2", "PASS=4242 4242 4242", "pass=aaaa", " ", " ", " ", "  "),
    *("\n", "-", "_", ",", ":", "é", "lorem ipsum dolor sit", "=" * 12),
]
TEXT = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def long_text(seed: int, size: int) -> bytes:
    """Return text of `size` bytes with matches close and far from each other, and blocks up to 5 KB."""
    rng = random.Random(seed)
    parts = [
        "tok_abcdef 4242 4242 4242 partner FACED pass=hunter2 pin 1234; number 20241231; <<BEGIN>>x<<END>> "
    ]
    while size > 0:
        kind = rng.random()
        if kind < 0.55:
            part = rng.choice(PIECES)
        elif kind < 0.95:
            part = " ".join(rng.choices(("plain", "words", "of", "no", "use"), k=rng.randrange(1, 12))) + " "
        else:
            part = "<<BEGIN>>" + "".join(rng.choices(PIECES[:30], k=rng.randrange(400))) + "<<END>>"
        parts.append(part)
        size -= len(part)
    return "".join(parts).encode()


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_equals_naive_re(detectors: tuple[Detector, ...], text: str) -> None:
    data = text.encode()
    assert found(Classifier(detectors, KEY, depth=0), data) == naive(detectors, data)


@pytest.mark.parametrize("seed", range(6))
def test_equals_naive_re_on_long_text(detectors: tuple[Detector, ...], seed: int) -> None:
    data = long_text(seed, 30_000)
    expected = naive(detectors, data)
    assert {name for name, *_ in expected} == {d.id for d in detectors}
    assert found(Classifier(detectors, KEY), data) == expected


@pytest.mark.parametrize("seed", range(3))
def test_both_prefilters_give_the_same(detectors: tuple[Detector, ...], seed: int) -> None:
    data = long_text(seed, 20_000)
    one = Classifier(detectors, KEY, prefilter=HyperscanPrefilter).classify(data)
    other = Classifier(detectors, KEY, prefilter=RePrefilter).classify(data)
    assert one == other
    assert one


def test_each_detector_alone_gives_the_same_with_both(detectors: tuple[Detector, ...]) -> None:
    data = long_text(11, 20_000)
    for detector in detectors:
        one = Classifier([detector], KEY, prefilter=HyperscanPrefilter).classify(data)
        other = Classifier([detector], KEY, prefilter=RePrefilter).classify(data)
        assert one == other
        assert {match.detector for match in one} == {detector.id}


@pytest.mark.parametrize("limit", [0, 3])
@pytest.mark.parametrize("seed", range(8))
def test_any_cut_gives_the_same(detectors: tuple[Detector, ...], seed: int, limit: int) -> None:
    rng = random.Random(seed)
    data = long_text(seed, 40_000)
    classifier = Classifier(detectors, KEY, max_occurrences=limit)
    whole = scanned(classifier, [text_chunk(data)])
    for pieces in (2, 7, 40):
        parts = scanned(classifier, cut(data, [rng.randrange(len(data)) for _ in range(pieces)]))
        assert parts.result() == whole.result()
        assert parts.superseded == whole.superseded


@pytest.mark.parametrize("step", [1, 17, 100])
def test_a_border_anywhere_gives_the_same(detectors: tuple[Detector, ...], step: int) -> None:
    data = (
        b"pin 1234 card 4242 4242 4242 tok_abcdef ABCDE <<BEGIN>>424242424242 tok_abcdef<<END>> pass=hunter2 "
        * 3
    )
    classifier = Classifier(detectors, KEY, max_occurrences=0)
    whole = scanned(classifier, [text_chunk(data)])
    assert scanned(classifier, cut(data, range(0, len(data), step))).result() == whole.result()
    assert len(whole.result()) > 4


def test_a_block_longer_than_the_left_margin_still_hides_what_is_in_it(load: Load) -> None:
    inner = {"id": "INNER", "exact": r"tok_[a-z]{6}", "tier": "generic"}
    outer = {"id": "OUTER", "coarse": "<<", "exact": r"<<[\w ]{0,5000}>>", "max_length": 5010}
    data = b"tok_aaaaaa <<" + b"x " * 1200 + b"tok_bbbbbb" + b" y" * 800 + b">> tok_cccccc"
    classifier = Classifier(load(inner, outer), KEY)
    for borders in ([], [2000], [1500, 1600, 2450, 3000]):
        scan = scanned(classifier, cut(data, borders))
        assert [(tally.detector.id, tally.count) for tally in scan.result()] == [("INNER", 2), ("OUTER", 1)]
        assert scan.superseded == {("OUTER", "INNER"): 1}


def test_overlaps_go_to_tier_then_length_then_severity(load: Load) -> None:
    detectors = load(
        {"id": "LONG", "exact": r"ab\d{6}"},
        {"id": "SHORT", "exact": r"\d{6}"},
        {"id": "SURE", "exact": r"9\d{5}", "tier": "verified"},
        {"id": "WORSE", "exact": r"cd\d{4}", "severity": ["High", "High", "High"]},
        {"id": "MILD", "exact": r"cd[0-9]{4}"},
    )
    scan = scanned(Classifier(detectors, KEY), [text_chunk(b"ab123456 912345 ab912345 cd1234")])
    assert {t.detector.id: t.count for t in scan.result()} == {"LONG": 1, "SURE": 2, "WORSE": 1}
    assert scan.superseded == {
        ("LONG", "SHORT"): 1,
        ("SURE", "SHORT"): 2,
        ("SURE", "LONG"): 1,
        ("WORSE", "MILD"): 1,
    }


def test_first_occurrences_are_kept_and_the_others_counted(load: Load) -> None:
    data = b"".join(b"tok%04d " % number for number in range(500))
    detectors = load({"id": "T", "exact": r"tok\d{4}"})
    for borders in ([], [100, 2000], list(range(0, 4000, 7))):
        (tally,) = scanned(Classifier(detectors, KEY, max_occurrences=5), cut(data, borders)).result()
        assert (tally.count, tally.count_is_exact, tally.truncated) == (500, True, True)
        assert [o.location.byte_start for o in tally.occurrences] == [0, 8, 16, 24, 32]
    (tally,) = scanned(Classifier(detectors, KEY, max_occurrences=0), [text_chunk(data)]).result()
    assert (len(tally.occurrences), tally.truncated) == (500, False)


def test_confidence_is_the_highest_wherever_it_stands(detectors: tuple[Detector, ...]) -> None:
    card = [d for d in detectors if d.id == "CARD"]
    data = b"4242 4242 4242" + b"\n" * 100
    with_keyword = data * 9 + b"card 4242 4242 4242"
    for content, confidence in ((data * 9, 0.6), (with_keyword, 0.95)):
        for borders in ([], [500], list(range(0, 1000, 50))):
            (tally,) = scanned(Classifier(card, KEY, max_occurrences=2), cut(content, borders)).result()
            assert tally.confidence == confidence
            assert [o.confidence for o in tally.occurrences] == [0.6, 0.6]


def test_a_detector_that_matches_too_much_is_switched_off(load: Load) -> None:
    detectors = load(
        {"id": "MANY", "exact": r"tok\d{4}", "tier": "verified"},
        {"id": "LESS", "exact": r"tok\d{3}", "tier": "generic"},
        {"id": "BOTH", "composite": {"of": ["LESS", "MANY"], "within": 50}},
    )
    data = b"".join(b"tok%04d " % number for number in range(60))
    for borders in ([], [100, 320], list(range(0, 480, 11))):
        scan = scanned(Classifier(detectors, KEY, max_occurrences=1, max_matches=40), cut(data, borders))
        tallies = {t.detector.id: (t.count, t.count_is_exact) for t in scan.result()}
        assert tallies["MANY"] == (40, False)
        assert tallies.keys() == {"MANY"}  # LESS would take parts of what MANY counts no more
        assert scan.superseded == {("MANY", "LESS"): 40}
    (only,) = scanned(Classifier(detectors[:1], KEY, max_matches=61), [text_chunk(data)]).result()
    assert (only.count, only.count_is_exact) == (60, True)


def numbers(load: Load) -> tuple[Detector, ...]:
    """Detectors whose matches are read by their shapes where they are many, some of them overlapping."""

    def number(name: str, expression: str, **more: object) -> dict[str, object]:
        exact = rf"(?<![\w-]){expression}(?![\w-])"
        return {
            "id": name,
            "exact": exact,
            "coarse": expression.replace("?P<value>", "").replace(r"\1", "[ -]"),
            **more,
        }

    return load(
        number("LONG", r"[2-6]\d{3}([ -])\d{4}\1\d{4}", validator="luhn"),
        number("PAIR", r"\d{4}[ -]\d{4}", deny=["^0"], tier="generic"),
        number("CODE", r"[A-F]\d{2}-(?P<value>\d{3})", documentation=["000"]),
        number("SAME", r"[A-F]\d{2}-(?P<value>\d{3})", tier="generic"),
        number(
            "KEYED",
            r"\d{6}",
            confidence={"keyword": 0.8},
            keywords={"words": ["pin"], "before": 12, "after": 0},
        ),
    )


def many_numbers(count: int) -> bytes:
    rng = random.Random(count)
    makers = (
        lambda: f"{rng.randrange(10**4):04}-{rng.randrange(10**4):04}-{rng.randrange(10**4):04}",
        lambda: f"4242 4242 {rng.randrange(10**4):04}",
        lambda: f"{rng.randrange(10**4):04} {rng.randrange(10**4):04}",
        lambda: f"{rng.choice('ABCDEFG')}{rng.randrange(100):02}-{rng.choice((0, rng.randrange(1000))):03}",
        lambda: f"{rng.choice(('pin', 'pinned', 'no'))} {rng.randrange(10**6):06}",
    )
    return ";".join(rng.choice(makers)() for _ in range(count)).encode()


def test_many_numbers_equal_naive_re(load: Load) -> None:
    detectors, data = numbers(load), many_numbers(3_000)
    expected = naive(detectors, data)
    assert {name for name, *_ in expected} == {"LONG", "PAIR", "CODE", "SAME", "KEYED"}
    assert found(Classifier(detectors, KEY, depth=0), data) == expected


def test_many_numbers_are_counted_the_same_however_cut(load: Load) -> None:
    detectors, data = numbers(load), many_numbers(2_000)
    answers, lost = [], []
    for borders in ([], [len(data) // 2 + 3], list(range(0, len(data), 700)), list(range(0, len(data), 61))):
        scan = scanned(
            Classifier(detectors, KEY, max_occurrences=3, max_matches=4, depth=0), cut(data, borders)
        )
        answers.append(
            [
                (
                    t.detector.id,
                    t.count,
                    t.count_is_exact,
                    t.confidence,
                    [o.fingerprint for o in t.occurrences],
                )
                for t in scan.result()
            ]
        )
        lost.append(scan.superseded)
    assert all(answer == answers[0] for answer in answers[1:])
    assert all(counts == lost[0] for counts in lost[1:])
    assert lost[0]["CODE", "SAME"] > 100
    assert ("CODE", 400, False) not in {answer[:3] for answer in answers[0]}
    assert {answer[1] for answer in answers[0]} & {400}  # what is switched off has as many as it may


def test_needed_detectors_work_unselected_and_unreported(detectors: tuple[Detector, ...]) -> None:
    by_id = {d.id: d for d in detectors}
    data = b"tok_abcdef 4242 4242 4242 FACED"
    assert {name for name, *_ in found(Classifier([by_id["PAIR"]], KEY), data)} == {"PAIR"}
    assert {name for name, *_ in found(Classifier([by_id["PARTNER"]], KEY), data)} == {"PARTNER"}


def test_the_same_value_correlates_in_a_category(load: Load) -> None:
    keys = {"exact": r"\d{4}-\d{4}", "normalize": "digits"}
    plain = {"exact": r"\d{8}", "normalize": "digits"}
    detectors = load(
        {"id": "A"} | keys,
        {"id": "B"} | plain,
        {"id": "C", "category": "CREDENTIALS", "exact": r"=\d{4}-\d{4}"} | {"normalize": "digits"},
    )
    prints = {
        m.detector: m.fingerprint
        for m in Classifier(detectors, bytes(32)).classify(b"1234-5678 12345678 =1234-5678")
    }
    assert prints["A"] == prints["B"] != prints["C"]


PIN_AND_NUMBER = ("PIN", "NUMBER")
NAMES = ("id", "pin_code", "note")


def in_tables(
    detectors: tuple[Detector, ...], *rows: str, names: tuple[str, ...] = NAMES
) -> list[tuple[str, int]]:
    chosen = [d for d in detectors if d.id in PIN_AND_NUMBER]
    results = []
    for prefilter in (HyperscanPrefilter, RePrefilter):
        scan = scanned(Classifier(chosen, KEY, 0, prefilter=prefilter), [table_chunk(names, *rows)])
        results.append([(t.detector.id, t.count) for t in scan.result()])
    assert results[0] == results[1]
    return results[0]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param(["7,1234,5678"], [("PIN", 1)], id="the column's name counts for its column only"),
        pytest.param(["7,x,pin 5678"], [("PIN", 1)], id="the cell's own words count"),
        pytest.param(["pin,x,5678"], [], id="another cell's words do not"),
        pytest.param(["number,x,56781"], [], id="another cell's words do not, whatever the name"),
        pytest.param(["id,pin_code,note", "1,2222,4444"], [("PIN", 1)], id="the header row is no neighbour"),
        pytest.param([f"{n},{n + 1000},{n + 2000}" for n in range(600)], [("PIN", 600)], id="many"),
        pytest.param(
            [f"{n},{n + 1000},pin {n + 2000}" for n in range(600)],
            [("PIN", 1200)],
            id="many with words in cells",
        ),
        pytest.param([f"pin,x,{n + 2000}" for n in range(600)], [], id="many with words in other cells"),
        pytest.param(["1,0000,x"], [], id="deny holds in a table too"),
    ],
)
def test_keywords_in_tables(
    detectors: tuple[Detector, ...], rows: list[str], expected: list[tuple[str, int]]
) -> None:
    assert in_tables(detectors, *rows) == expected


def test_no_column_with_a_keyword(detectors: tuple[Detector, ...]) -> None:
    assert in_tables(detectors, "7,1234,5678", names=("a", "b", "c")) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("user/pin: 1234", 1, id="name"),
        pytest.param("a/secretCode: 1234", 1, id="any element"),
        pytest.param("secret/code: 1234", 0, id="not over two elements"),
        pytest.param("a/b: pin 1234", 1, id="same value"),
        pytest.param("a/pin: x\na/b: 1234", 0, id="another value's name"),
        pytest.param("user/pin:" + "x " * 400 + "1234", 1, id="however far in the value"),
    ],
)
def test_keywords_in_named_values(detectors: tuple[Detector, ...], text: str, expected: int) -> None:
    data = text.encode()
    pin = [d for d in detectors if d.id == "PIN"]
    chunk = Chunk(None, "json", data, 0, len(data), Named(0, data), nested=True)
    assert sum(t.count for t in scanned(Classifier(pin, KEY), [chunk]).result()) == expected


def test_a_name_seen_in_an_earlier_chunk_holds_on_in_its_part(detectors: tuple[Detector, ...]) -> None:
    """A JSON array's name may be far before its values: known to the locator, and not in the text."""
    pin = [d for d in detectors if d.id == "PIN"]

    @dataclass(frozen=True)
    class Below(Plain):
        def enclosing(self, start: int, end: int) -> Field | None:
            return Field(("pins", "pin"), start, end)

    first, second = b'{"pin": [' + b"1111, " * 9, b"2222, " * 9
    chunks = [Chunk("a", "json", data, 0, len(data), Below(0), nested=True) for data in (first, second)]
    assert [t.count for t in scanned(Classifier(pin, KEY), chunks).result()] == [18]


def test_parts_are_searched_apart(detectors: tuple[Detector, ...]) -> None:
    classifier = Classifier(detectors, KEY)
    scan = classifier.object()
    for part in ("a", "b"):
        data = b"pin 1234"
        scan.feed(replace(text_chunk(data), part=part))
    assert [(t.detector.id, t.count) for t in scan.result()] == [("PIN", 2)]


def test_a_validator_that_fails_tells_nothing_of_the_value(load: Load) -> None:
    def broken(value: bytes) -> bool:
        raise ValueError(f"bad {value!r}")

    (detector,) = load({"id": "T", "exact": r"tok\d{4}", "validator": "luhn"})
    classifier = Classifier([replace(detector, validator=broken)], KEY)
    with pytest.raises(ReadFailure) as error:
        classifier.classify(b"tok1234")
    assert "tok1234" not in repr(error.value) + str(error.value)
    assert "luhn raised ValueError" in str(error.value)
    assert error.value.__suppress_context__


def test_no_repr_has_a_value_or_the_key(detectors: tuple[Detector, ...]) -> None:
    classifier = Classifier(detectors, KEY)
    scan = scanned(classifier, [text_chunk(b"tok_abcdef")])
    shown = repr(classifier) + repr(scan) + repr(scan.result())
    assert "tok_abcdef" not in shown
    assert repr(KEY) not in shown


def test_empty_and_binary_text(detectors: tuple[Detector, ...]) -> None:
    classifier = Classifier(detectors, KEY)
    assert classifier.classify(b"") == []
    assert classifier.classify(bytes(range(256)) * 50) == []
    assert Classifier([], KEY).classify(b"tok_abcdef") == []


def test_a_classifier_serves_one_object_after_the_other(detectors: tuple[Detector, ...]) -> None:
    classifier = Classifier(detectors, KEY)
    data = long_text(3, 5000)
    first = scanned(classifier, [text_chunk(data)]).result()
    assert classifier.object().result() == []
    assert scanned(classifier, [text_chunk(data)]).result() == first


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("exact", [r"\b\d{6}\b", r"\b\d{3}[,]?\d{3}\b"], ids=["in a cell", "over cells"])
def test_many_values_in_few_talking_columns(load: Load, seed: int, exact: str) -> None:
    """Row by row, where each value is looked at alone, and all at once, the same is found."""
    (detector,) = load(
        {
            "id": "BADGE",
            "coarse": r"\d{3}\b",
            "exact": exact,
            "max_length": 8,
            "confidence": {"keyword": 0.9},
            "keywords": {"words": ["badge"], "before": 9, "after": 9},
        }
    )
    generator = random.Random(seed)
    names = ("id", generator.choice(("badge", "note")), "text", "other")
    words = ("", "badge ", "badger ", "embadge", "x ", " badge", "123,")
    rows = [
        ",".join(
            generator.choice(words[:6] if column == 2 else words[2:5])
            + str(generator.randrange(100_000, 10**6))
            for column in range(4)
        )
        for _ in range(600)
    ]
    classifier = Classifier([detector], KEY, max_occurrences=0)
    together = scanned(classifier, [table_chunk(names, *rows)]).result()
    alone = [scanned(classifier, [table_chunk(names, row)]).result() for row in rows]
    assert [t.count for t in together] == [sum(t.count for tallies in alone for t in tallies)]
    assert [o.fingerprint for t in together for o in t.occurrences] == [
        o.fingerprint for tallies in alone for t in tallies for o in t.occurrences
    ]


def test_many_values_that_need_a_keyword_have_theirs_looked_for() -> None:
    detectors = select(shipped_packs(), "GERMANY_BANK_ACCOUNT_NUMBER")
    lines = [b"account number: 3704%04d 05320130%02d, paid\n" % (n, n % 100) for n in range(200)]
    assert len(Classifier(detectors, bytes(32)).classify(b"".join(lines))) == 200
    others = [line.replace(b"account number", b"parcel") for line in lines]
    assert Classifier(detectors, bytes(32)).classify(b"".join(others)) == []
