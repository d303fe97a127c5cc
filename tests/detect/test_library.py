"""Detectors from the cache are those from the files, and a cache that is not ours counts for nothing."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from classifier.detect import Detector, cache, load_packs, pack, shipped_paths
from classifier.errors import PackError

Entry = Callable[[dict[str, Any]], dict[str, Any]]
Pack = Callable[..., Path]

BADGE = {"id": "BADGE", "exact": r"B\d{4}", "validator": "luhn", "documentation": ["B1234", "Bé"]}
DOOR = {
    "id": "DOOR",
    "exact": r"D\d{4}",
    "confidence": {"keyword": 0.9},
    "near": {"detector": "BADGE", "within": 9},
}
BOTH = {"id": "BOTH", "composite": {"of": ["BADGE", "DOOR"], "within": 50}}
KEY = {
    "id": "KEY",
    "label": {"words": ["acme"], "roles": ["key"], "value": "[a-f0-9]{8}"},
    "keywords": {"words": ["vault", "safe"], "before": 30},
    "confidence": {"bare": 0.5, "keyword": 0.9},
    "examples": {"positive": ["acme key=a1b2c3d4"], "negative": ["é"]},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "s3-classifier"


@pytest.fixture
def write(tmp_path: Path, whole: Entry) -> Pack:
    """Write a pack of detectors given as mappings."""

    def written(name: str, *detectors: dict[str, Any]) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"pack": "test", "detectors": [whole(d) for d in detectors]}))
        return path

    return written


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[list[str]]]:
    """The names of the files that are built, a list for each time."""
    built: list[list[str]] = []
    real = pack.build_packs

    def noted(paths: Any, known: Any) -> tuple[Detector, ...]:
        files = list(paths)
        built.append([path.name for path in files])
        return real(files, known)

    monkeypatch.setattr(pack, "build_packs", noted)
    return built


def test_what_is_kept_is_what_was_built(folder: Path, write: Pack, builds: list[list[str]]) -> None:
    path = write("own.yaml", BADGE, DOOR, BOTH, KEY)
    first, again = load_packs([path]), load_packs([path])
    assert builds == [["own.yaml"]]
    assert first == again
    assert [d.needs for d in first] == [d.needs for d in again]
    assert first[0].validator is again[0].validator is not None


def test_shipped_packs_are_kept_whole(folder: Path, builds: list[list[str]]) -> None:
    paths = shipped_paths()
    first = load_packs(paths)
    assert len(list(folder.iterdir())) >= len(paths)
    assert load_packs(paths) == first
    assert builds == [[path.name for path in paths]]


def test_only_the_file_that_changed_is_built(folder: Path, write: Pack, builds: list[list[str]]) -> None:
    first, second = write("a.yaml", BADGE), write("b.yaml", DOOR)
    load_packs([second, first])
    write("b.yaml", DOOR | {"title": "Another"})
    found = load_packs([second, first])
    assert builds == [["b.yaml", "a.yaml"], ["b.yaml"]]
    assert [(d.id, d.title) for d in found] == [("DOOR", "Another"), ("BADGE", "A test")]
    assert [d.id for d in found[0].needs] == ["BADGE"]


def test_a_copy_has_its_own_place(folder: Path, write: Pack, builds: list[list[str]]) -> None:
    load_packs([write("a.yaml", BADGE)])
    (copied,) = load_packs([write("b.yaml", BADGE)])
    assert builds == [["a.yaml"]]
    assert copied.file.name == "b.yaml"


@pytest.mark.parametrize("known", [False, True], ids=["new", "kept"])
def test_what_does_not_fit_together_is_told(folder: Path, write: Pack, known: bool) -> None:
    badge, door, other = write("a.yaml", BADGE), write("b.yaml", DOOR), write("c.yaml", KEY, BADGE)
    if known:
        load_packs([badge, door])
        load_packs([other])
    with pytest.raises(PackError, match=r"b\.yaml:1: there is no detector BADGE"):
        load_packs([door])
    with pytest.raises(PackError, match=r"c\.yaml:1: BADGE is defined before, in .*a\.yaml:1"):
        load_packs([badge, other])
    changed = write("c.yaml", KEY, BADGE)
    changed.write_text(changed.read_text() + "\n")
    with pytest.raises(PackError, match=r"c\.yaml:1: BADGE is defined before, in .*a\.yaml:1"):
        load_packs([badge, changed])


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _plain(path: Path) -> None:
    cache.store(path.name, b"signed, but not compressed")


def _for_all(path: Path) -> None:
    path.chmod(0o666)


def _linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _keep(change: Callable[[list[dict[str, Any]]], object]) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        content = json.loads(zlib.decompress(path.read_bytes()[32:]))
        cache.store(path.name, zlib.compress(json.dumps(change(content)).encode()))

    return changed


@pytest.mark.parametrize(
    "spoil",
    [
        _cut,
        _plain,
        _for_all,
        _linked,
        _keep(lambda records: "text"),
        _keep(lambda records: [[1]]),
        _keep(lambda records: [records[0] | {"tier": "sure"}]),
        _keep(lambda records: [records[0] | {"validator_name": "absent"}]),
        _keep(lambda records: [{key: records[0][key] for key in ("id", "title")}]),
        _keep(lambda records: [records[0] | {"more": 1}]),
    ],
    ids=["cut", "plain", "for all", "link", "text", "list", "tier", "validator", "less", "more"],
)
def test_what_is_not_ours_is_built_again(
    folder: Path, write: Pack, builds: list[list[str]], spoil: Callable[[Path], None]
) -> None:
    path = write("own.yaml", BADGE)
    expected = load_packs([path])
    for file in list(folder.iterdir()):
        if file.stat().st_size > 32:
            spoil(file)
    assert load_packs([path]) == expected
    assert load_packs([path]) == expected
    assert len(builds) == 2


def test_a_file_of_another_user_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store("0" * 64, b"content")
    assert cache.load("0" * 64) == b"content"
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert cache.load("0" * 64) is None


def test_what_nobody_uses_is_forgotten(folder: Path) -> None:
    for name, age in (("0" * 64, 90), ("1" * 64, 30), ("peers", 90)):
        cache.store(name, b"content")
        used = (folder / name).stat().st_mtime - age * 86_400
        os.utime(folder / name, (used, used))
    assert cache.load("1" * 64) == b"content"
    cache.store("2" * 64, b"content")
    assert {path.name for path in folder.iterdir()} == {"1" * 64, "2" * 64, "peers"}
