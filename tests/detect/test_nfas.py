"""The automaton of many tokens: what is kept of it is what was made."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.detect import cache, nfas
from classifier.detect.nfas import Candidate, joined

CANDIDATES: list[Candidate] = [
    *((n, rf"(?<![A-Za-z0-9])\d{{{n}}}(?:-|[A-F])?(?![0-9é])", bool(n % 2)) for n in range(5, 60)),
    (99, r"no token", False),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "s3-classifier"


def test_what_is_kept_is_what_was_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = joined(CANDIDATES)
    assert set(made[1]) == set(range(5, 60))
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(nfas, "add", None)
    assert joined(CANDIDATES) == made


def test_another_expression_is_another_automaton(folder: Path) -> None:
    assert joined(CANDIDATES) != joined([(99, r"(?<!\w)\d{3}(?!\d)", False), *CANDIDATES[:-1]])
    assert len(list(folder.iterdir())) == 2


def test_few_are_not_kept(folder: Path) -> None:
    assert set(joined(CANDIDATES[:3])[1]) == {5, 6, 7}
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"{}", b"\x78\x9c", None])
def test_what_does_not_fit_is_made_anew(folder: Path, content: bytes | None) -> None:
    made = joined(CANDIDATES)
    (path,) = folder.iterdir()
    if content is None:
        path.write_bytes(b"not ours")
    else:
        cache.store(path.name, content)
    assert joined(CANDIDATES) == made
