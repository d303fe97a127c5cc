"""Prefilters and the cache of their compiled databases."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from classifier.detect import Classifier, Detector, cache, prefilter
from classifier.detect.prefilter import (
    HyperscanPrefilter,
    Prefilter,
    RePrefilter,
    default_prefilter,
    uncompilable,
)

Load = Callable[..., tuple[Detector, ...]]
ROOT = Path(__file__).resolve().parents[2]
TEXT = b"pin a1b2 " * 3 + b"k12 "


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache folder, and nothing remembered in the process."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    prefilter._database.cache_clear()
    yield tmp_path / "cache" / "s3-classifier"
    prefilter._database.cache_clear()


@pytest.fixture
def detectors(load: Load) -> tuple[Detector, ...]:
    keyed = {"confidence": {"keyword": 0.9}, "keywords": {"words": ["pin", "code", "pin code"]}}
    return load(
        {"id": "FREE", "exact": r"a\d"},
        *({"id": f"KEYED_{n}", "exact": rf"[a-b]{n}"} | keyed for n in range(10)),
        {"id": "OTHER", "exact": r"k\d\d", "confidence": {"keyword": 0.9}, "keywords": {"words": ["absent"]}},
        {"id": "SHARED", "exact": r"k\d\d"} | keyed,
    )


def test_mentioned_names_the_detectors_with_a_keyword(detectors: tuple[Detector, ...]) -> None:
    expected = frozenset([*range(1, 11), 12])
    assert HyperscanPrefilter(detectors).mentioned(TEXT) == expected
    assert RePrefilter(detectors).mentioned(TEXT) == expected
    assert HyperscanPrefilter(detectors).mentioned(b"nothing") == frozenset()


@pytest.mark.parametrize("wanted", [{0}, {1, 2}, {11}, {11, 12}, set(range(1, 13)), set(range(13))])
def test_hits_are_those_of_the_wanted(detectors: tuple[Detector, ...], wanted: set[int]) -> None:
    """A few expressions run alone, many together; the answer is one."""
    ends = {0: [6, 15, 24], 1 + 1: [6, 15, 24], 1 + 2: [8, 17, 26], 11: [30], 12: [30]}
    hits = HyperscanPrefilter(detectors).hits(TEXT, frozenset(wanted))
    assert {index: sorted(found or ()) for index, found in hits.items()} == {
        i: e for i, e in ends.items() if i in wanted
    }
    assert RePrefilter(detectors).hits(TEXT, frozenset(wanted)) == dict.fromkeys(wanted)


@pytest.mark.parametrize("make", [HyperscanPrefilter, RePrefilter])
@pytest.mark.parametrize("wanted", [frozenset(), frozenset({0}), frozenset(range(20))])
def test_hits_and_keywords_together_are_those_apart(
    load: Load, make: Callable[[tuple[Detector, ...]], Prefilter], wanted: frozenset[int]
) -> None:
    keyed = {"confidence": {"keyword": 0.9}, "keywords": {"words": ["pin", "code"]}}
    detectors = load(
        *({"id": f"FREE_{n}", "exact": f"q{n}z", "category": "CREDENTIALS"} for n in range(20)),
        *({"id": f"KEYED_{n}", "exact": f"[a-b]{n}"} | keyed for n in range(2)),
    )
    text = b"pin q7z a1 Code q11z pins"
    both = make(detectors)
    for _ in range(2):  # nothing is left of the first
        mentioned, places, search = both.opening(text, wanted, located=True)
        assert mentioned == make(detectors).words(text)[0] == {20, 21}
        assert search(wanted | {20}) == make(detectors).hits(text, wanted | {20})
        assert {index: ends.tolist() for index, ends in (places or {}).items()} == {
            index: ends.tolist() for index, ends in make(detectors).keywords(text).items()
        }


def test_alternatives_are_looked_for_by_themselves(load: Load) -> None:
    first, other = load({"id": "EITHER", "exact": "ab|cd(?:e|f)"}, {"id": "ONE", "exact": "ab"})
    hits = HyperscanPrefilter((first, other)).hits(b"ab cde cdf ab", frozenset({0, 1}))
    assert {index: sorted(ends or ()) for index, ends in hits.items()} == {0: [2, 6, 10, 13], 1: [2, 13]}


def test_hundreds_of_expressions_have_the_hits_that_each_has(load: Load) -> None:
    """There is one more literal in their database, of which nobody hears."""
    detectors = load(*({"id": f"D_{n}", "exact": f"q{n}z"} for n in range(150)))
    text = prefilter._SHORT.decode("unicode_escape").encode("latin-1") + b" q7z q149z"
    hits = HyperscanPrefilter(detectors).hits(text, frozenset(range(150)))
    assert hits == {7: [6], 149: [12]}


def test_databases_are_kept_for_the_next_process(
    detectors: tuple[Detector, ...], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = HyperscanPrefilter(detectors).mentioned(TEXT)
    assert len(list(folder.iterdir())) == 3
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    prefilter._database.cache_clear()
    monkeypatch.setattr(prefilter, "_compile", None)
    assert HyperscanPrefilter(detectors).mentioned(TEXT) == first


SEARCH = """
import sys
from pathlib import Path
from classifier.detect import Classifier, load_packs
Classifier(load_packs([Path(sys.argv[1])]), bytes(32)).classify(b"pin and code, PIN Code: a1b2 k12 ")
"""


def test_the_next_process_finds_all_that_one_has_kept(
    detectors: tuple[Detector, ...], tmp_path: Path
) -> None:
    """Nothing that is compiled depends on the order of a set, which is another one in each process."""
    kept = []
    for seed in ("1", "2"):
        environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", SEARCH, str(detectors[0].file)]
        subprocess.run(command, env=environment, cwd=ROOT, check=True)
        kept.append(sorted(path.name for path in (tmp_path / "cache" / "s3-classifier").iterdir()))
    assert kept[0] == kept[1] != []


@pytest.mark.parametrize("content", [b"", b"x" * 5000, None])
def test_a_broken_cache_is_made_again(
    detectors: tuple[Detector, ...], folder: Path, content: bytes | None
) -> None:
    HyperscanPrefilter(detectors)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"\xff" if content is None else content)
    prefilter._database.cache_clear()
    assert HyperscanPrefilter(detectors).hits(TEXT, frozenset({0}))
    assert all(len(path.read_bytes()) > 100 for path in folder.iterdir())


def test_a_whole_file_that_is_no_database_is_made_again(
    folder: Path, detectors: tuple[Detector, ...]
) -> None:
    HyperscanPrefilter(detectors)
    for path in folder.iterdir():
        cache.store(path.name, b"signed, but no database")
    prefilter._database.cache_clear()
    assert HyperscanPrefilter(detectors).hits(TEXT, frozenset({0}))


def test_no_cache_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detectors: tuple[Detector, ...]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    prefilter._database.cache_clear()
    assert HyperscanPrefilter(detectors).hits(TEXT, frozenset({0}))
    assert cache.load("anything") is None


def test_without_hyperscan_re_does_the_work(
    detectors: tuple[Detector, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = Classifier(detectors, b"k").classify(TEXT)
    monkeypatch.setattr(prefilter, "hyperscan", None)
    assert default_prefilter() is RePrefilter
    assert uncompilable([(b"(?<=a)b", False)]) is None
    assert Classifier(detectors, b"k").classify(TEXT) == expected != []


def test_uncompilable_names_the_first() -> None:
    assert uncompilable([(b"a", False), (b"b", True)]) is None
    wrong = uncompilable([(b"a", False), (b"(?<=a)b", False), (b"a*", False)])
    assert wrong is not None
    assert wrong[0] == 1
