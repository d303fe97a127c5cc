"""Local folders, read as buckets are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl import list_local, open_local, parse_target, skip_reason
from classifier.crawl.local import FileSource
from classifier.crawl.sources import BLOCK
from classifier.errors import ReadFailure
from classifier.model import ByteSource, Reason, S3Object, Target


def tree(root: Path, files: dict[str, bytes]) -> Target:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return parse_target(str(root))


def opened(target: Target, obj: S3Object) -> ByteSource:
    [(same, source)] = open_local(target, [obj])
    assert same is obj
    assert not isinstance(source, ReadFailure), source
    return source


def failure(target: Target, obj: S3Object) -> tuple[Reason, str]:
    [(_, source)] = open_local(target, [obj])
    assert isinstance(source, ReadFailure)
    return source.reason, source.detail


def test_keys_in_the_order_of_a_bucket(tmp_path: Path) -> None:
    names = ["a.txt", "a/b", "a/c/d", "a0", "é", "sp ace", ".hidden", "a-b/x", "Z"]
    target = tree(tmp_path, {name: name.encode() for name in names})
    objects = list(list_local(target))
    assert [obj.key for obj in objects] == sorted(names, key=str.encode)
    assert all(skip_reason(obj) is None for obj in objects)
    for obj, source in open_local(target, objects):
        assert not isinstance(source, ReadFailure)
        assert (source.size, source.read(0, 99)) == (obj.size, obj.key.encode())
        assert (obj.bucket, obj.etag) == ("", "")
        assert obj.last_modified is not None
        assert obj.last_modified.tzinfo is not None


def test_own_files_are_not_listed(tmp_path: Path) -> None:
    target = tree(tmp_path, {"a": b"1", "run/findings.csv": b"2", "run/mine.csv": b"3"})
    os.symlink(tmp_path, tmp_path.parent / f"{tmp_path.name}-link")
    for root in (tmp_path, tmp_path.parent / f"{tmp_path.name}-link"):
        own = [root / "run/findings.csv", root / "run/summary.json", Path("/elsewhere/a")]
        assert [obj.key for obj in list_local(target, own)] == ["a", "run/mine.csv"]


def test_one_file(tmp_path: Path) -> None:
    tree(tmp_path, {"d/one.csv": b"1,2", "d/other": b""})
    target = parse_target(str(tmp_path / "d/one.csv"))
    [obj] = list_local(target)
    assert (obj.key, obj.size) == ("one.csv", 3)
    assert opened(target, obj).read(0, 9) == b"1,2"


@given(st.integers(0, 3 * BLOCK), st.integers(0, 3 * BLOCK))
def test_ranges(tmp_path_factory: pytest.TempPathFactory, start: int, length: int) -> None:
    path = tmp_path_factory.getbasetemp() / "ranges.bin"
    data = bytes(range(251)) * 9000
    if not path.exists():
        path.write_bytes(data)
    target = parse_target(str(path))
    [obj] = list_local(target)
    assert opened(target, obj).read(start, length) == data[start : start + length]


def test_blocks(tmp_path: Path) -> None:
    data = os.urandom(2 * BLOCK + 7)
    target = tree(tmp_path, {"f": data})
    [obj] = list_local(target)
    blocks = list(opened(target, obj).blocks())
    assert [len(block) for block in blocks] == [BLOCK, BLOCK, 7]
    assert b"".join(blocks) == data


def test_links_and_special_files_are_listed_and_not_read(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    tree(outside, {"secret": b"x"})
    target = tree(tmp_path / "in", {"f": b"x"})
    root = tmp_path / "in"
    os.symlink(outside / "secret", root / "to-file")
    os.symlink(outside, root / "to-folder")
    os.symlink(root, root / "to-itself")
    os.symlink("nowhere", root / "to-nothing")
    os.mkfifo(root / "pipe")
    found = {obj.key: skip_reason(obj) for obj in list_local(target)}
    details = {key: problem.detail if problem else None for key, problem in found.items()}
    link = "symbolic link, not followed"
    assert details == {
        "f": None,
        "pipe": "device, socket or pipe",
        "to-file": link,
        "to-folder": link,
        "to-itself": link,
        "to-nothing": link,
    }
    for obj, source in open_local(target, list_local(target)):
        assert isinstance(source, ReadFailure) == (obj.key != "f")


def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9")).write_bytes(b"x")
    [obj] = list_local(parse_target(str(tmp_path)))
    assert obj.key == "caf\\xe9"
    problem = skip_reason(obj)
    assert problem is not None
    assert problem.reason == Reason.UNABLE_TO_PARSE_FILE


@pytest.mark.parametrize(
    "error, reason",
    [
        (PermissionError(13, "no"), Reason.PERMISSION_DENIED),
        (FileNotFoundError(2, "no"), Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE),
        (OSError(5, "no"), Reason.UNABLE_TO_PARSE_FILE),
    ],
)
def test_a_folder_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, reason: Reason
) -> None:
    target = tree(tmp_path, {"a/x": b"1", "closed/y": b"2", "z": b"3"})
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "closed":
            raise error
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    found = {obj.key: skip_reason(obj) for obj in list_local(target)}
    assert list(found) == ["a/x", "closed/", "z"]
    problem = found["closed/"]
    assert problem is not None
    assert problem.reason == reason


def test_changed_and_deleted_after_listing(tmp_path: Path) -> None:
    target = tree(tmp_path, {"gone": b"x", "grown": b"x", "touched": b"x", "linked": b"x"})
    objects = {obj.key: obj for obj in list_local(target)}
    (tmp_path / "gone").unlink()
    (tmp_path / "grown").write_bytes(b"xx")
    os.utime(tmp_path / "touched", (1, 1))
    (tmp_path / "linked").unlink()
    os.symlink("/etc/passwd", tmp_path / "linked")
    assert failure(target, objects["gone"]) == (Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "ENOENT")
    for key in ("grown", "touched"):
        assert failure(target, objects[key]) == (Reason.OBJECT_VERSION_MISMATCH, "FileChanged")
    assert failure(target, objects["linked"]) == (Reason.OBJECT_VERSION_MISMATCH, "ELOOP")


def test_truncated_while_it_is_read(tmp_path: Path) -> None:
    target = tree(tmp_path, {"f": bytes(3 * BLOCK)})
    [obj] = list_local(target)
    blocks = opened(target, obj).blocks()
    next(blocks)
    os.truncate(tmp_path / "f", 10)
    with pytest.raises(ReadFailure) as caught:
        list(blocks)
    assert caught.value.reason == Reason.OBJECT_VERSION_MISMATCH


@pytest.mark.parametrize("key", ["../outside", "/etc/passwd", "a/../../outside", "link/secret", "a\0b"])
def test_no_key_leads_out_of_the_target(tmp_path: Path, key: str) -> None:
    tree(tmp_path / "elsewhere", {"secret": b"x"})
    (tmp_path / "outside").write_bytes(b"x")
    target = tree(tmp_path / "in", {"a/f": b"x"})
    os.symlink(tmp_path / "elsewhere", tmp_path / "in/link")
    with pytest.raises(ReadFailure) as caught:
        FileSource(Path(target.path), S3Object("", key, 1))
    assert caught.value.reason == Reason.PERMISSION_DENIED


def test_the_report_of_an_earlier_run_is_listed_and_not_read(tmp_path: Path) -> None:
    target = tree(tmp_path, {"a.txt": b"1", "run/a.txt": b"2", "run/mine.txt": b"3", "run/sub/a.txt": b"4"})
    os.symlink("mine.txt", tmp_path / "run" / "link.txt")

    def reports(folder: Path) -> list[str]:
        return ["a.txt", "link.txt", "sub", "none.txt"] if folder.name == "run" else []

    problems = {obj.key: skip_reason(obj) for obj in list_local(target, (), reports)}
    assert {key: problem and problem.detail for key, problem in problems.items()} == {
        "a.txt": None,
        "run/a.txt": "report of an earlier run",
        "run/link.txt": "symbolic link, not followed",
        "run/mine.txt": None,
        "run/sub/a.txt": None,
    }
