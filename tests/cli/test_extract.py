"""`extract`: a line a stretch of text and one a file, the same reasons as a scan's, and nothing left open."""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from classifier import config, crawl, run
from classifier.cli import app
from classifier.errors import OutputError

NOTHING = {"status": "SKIPPED", "reason": "UNSUPPORTED_FILE_TYPE_EXCEPTION"}


def noted(method: Callable[..., None], seen: list[int]) -> Callable[..., None]:
    """The method, which notes each object it is called on."""

    def call(self: object, *args: Any, **options: Any) -> None:
        seen.append(id(self))
        method(self, *args, **options)

    return call


def extracted(target: str, **settings: Any) -> tuple[int, list[dict[str, Any]]]:
    out = io.StringIO()
    code = run.extract_lines([target], config.load(settings), out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    (tmp_path / "b.txt").touch()
    (tmp_path / "c.txt").write_text("two\n")
    os.symlink("a.txt", tmp_path / "d.txt")
    code, lines = extracted(str(tmp_path))
    assert code == 0
    assert [line["text"] for line in lines if "text" in line] == ["one\n", "two\n"]
    assert [line for line in lines if "text" not in line] == [
        {"path": "a.txt", "status": "COMPLETE", "reason": None},
        {"path": "b.txt", **NOTHING},
        {"path": "c.txt", "status": "COMPLETE", "reason": None},
        {"path": "d.txt", **NOTHING},
    ]


def test_a_bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    s3 = boto3.client("s3", endpoint_url=moto, region_name="us-east-1")
    s3.create_bucket(Bucket="extract-lines")
    s3.put_object(Bucket="extract-lines", Key="a.txt", Body=b"one\n")
    s3.put_object(Bucket="extract-lines", Key="b/")
    s3.put_object(Bucket="extract-lines", Key="c.txt", Body=b"old\n", StorageClass="GLACIER")
    s3.put_object(Bucket="extract-lines", Key="d.txt", Body=b"two\n")
    calls: dict[str, list[int]] = {"__init__": [], "close": []}
    for name, seen in calls.items():
        monkeypatch.setattr(crawl.Connection, name, noted(getattr(crawl.Connection, name), seen))
    code, lines = extracted("s3://extract-lines", endpoint_url=moto, region="us-east-1")
    assert code == 3  # an archived object
    assert [line["text"] for line in lines if "text" in line] == ["one\n", "two\n"]
    assert [line for line in lines if "text" not in line] == [
        {"path": "s3://extract-lines/a.txt", "status": "COMPLETE", "reason": None},
        {"path": "s3://extract-lines/b/", **NOTHING},
        {"path": "s3://extract-lines/c.txt", "status": "SKIPPED", "reason": "INVALID_OBJECT_STATE"},
        {"path": "s3://extract-lines/d.txt", "status": "COMPLETE", "reason": None},
    ]
    assert calls["__init__"]
    assert sorted(calls["close"]) == sorted(calls["__init__"])


def test_what_it_writes_is_in_no_target(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    out = tmp_path / "m.jsonl"
    for _ in range(2):
        done = CliRunner().invoke(app, ["extract", str(tmp_path), "--output", str(out)])
        assert done.exit_code == 0, done.output
        assert {json.loads(line)["path"] for line in out.read_text().splitlines()} == {"a.txt"}


def test_a_file_that_is_there_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    out = tmp_path / "m.jsonl"
    out.touch(0o644)
    out.chmod(0o644)
    assert CliRunner().invoke(app, ["extract", str(tmp_path / "a.txt"), "-o", str(out)]).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600


def test_no_link_is_written_through(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\n")
    os.symlink("a.txt", tmp_path / "m.jsonl")
    with pytest.raises(OutputError), run.text_output(str(tmp_path / "m.jsonl")):
        pass
    assert (tmp_path / "a.txt").read_text() == "one\n"


def test_a_device_keeps_its_mode() -> None:
    before = os.stat(os.devnull).st_mode
    with run.text_output(os.devnull) as out:
        out.write("x")
    assert os.stat(os.devnull).st_mode == before
