"""runs, runs show, diff, timeline and alerts list, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from classifier.cli import app
from classifier.errors import UsageError
from classifier.store import open_store
from tests.run.test_diff import BAD, GOOD, night

Call = Callable[..., Result]


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Three nights: well, open to all, and well again but for a new object."""
    where = str(tmp_path / "store.db")
    with open_store(where) as opened:
        night(opened, 1, GOOD, "a")
        night(opened, 2, BAD, "a", "b")
        night(opened, 3, replace(GOOD), "b", "c")
    return where


@pytest.fixture
def call(store: str) -> Call:
    def run(*args: str, code: int = 0, **more: str) -> Result:
        result = CliRunner().invoke(app, [*args, "--store", more.get("store", store)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_runs(call: Call) -> None:
    assert [line["run_id"] for line in lines(call("runs", "--format", "json"))] == ["run-3", "run-2", "run-1"]
    text = call("runs").stdout.splitlines()
    assert text[0].split() == ["run", "started", "state", "exit", "findings", "targets"]
    assert text[1].split() == ["run-3", "2026-01-03T00:00:00Z", "complete", "0", "s3://b/"]


def test_a_run_is_shown(call: Call) -> None:
    told = json.loads(call("runs", "show", "run-2", "--format", "json").stdout)
    assert (told["run_id"], told["state"]) == ("run-2", "complete")
    assert [row["target"] for row in told["found"]] == ["s3://b/"]
    assert "run-2" in call("runs", "show", "last~1").stdout


def test_diff_says_what_differs_and_exits_with_1(call: Call) -> None:
    told = json.loads(call("diff", "run-1", "run-2", "--format", "json", code=1).stdout)
    assert "s3://b/ became public" in told["buckets"]
    assert told["appeared"] == ["EMAIL_ADDRESS (1) in s3://b/b"]
    text = call("diff", "run-1", "run-2", code=1).stdout
    assert text.startswith("run-1 → run-2\n")
    assert "Sensitive data that appeared:\n  EMAIL_ADDRESS (1) in s3://b/b" in text
    assert call("diff", "last").stdout == "run-3 → run-3\nNothing differs.\n"


def test_a_timeline(call: Call) -> None:
    items = lines(call("timeline", "b", "--format", "json"))
    assert [item["configStateId"] for item in items] == ["run-1", "run-2", "run-3"]
    text = call("timeline", "s3://b/").stdout
    assert "2026-01-02T00:00:00Z  run-2" in text
    assert "PublicAccessBlock.Bucket:" in text


def test_alerts_by_status_severity_and_category(call: Call) -> None:
    everything = lines(call("alerts", "list", "--format", "json"))
    assert {line["status"] for line in everything} == {"fixed"}
    assert lines(call("alerts", "list", "--format", "json", "--status", "open")) == []
    high = lines(call("alerts", "list", "--format", "json", "--severity", "high"))
    assert 0 < len(high) < len(everything)
    assert {line["band"] for line in high} <= {"High", "Critical"}
    some = lines(call("alerts", "list", "--format", "json", "--category", "open permissions"))
    assert {line["category"] for line in some} == {"Open permissions"}
    assert "fixed" in call("alerts", "list").stdout


@pytest.mark.parametrize(
    "args, said",
    [
        (("runs", "--format", "xml"), "there are text and json"),
        (("runs", "show", "run"), "there is no run 'run'"),
        (("diff", "run-9"), "there is no run 'run-9'"),
        (("timeline", "other"), "no run in the store has looked at"),
        (("alerts", "list", "--status", "odd"), "there are new, open"),
        (("alerts", "list", "--severity", "odd"), "there are informational"),
        (("alerts", "list", "--category", "odd"), "there are Anonymized access"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_not_there_is_told(call: Call, args: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        call(*args)


def test_where_there_is_no_store_none_is_made(call: Call, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no store yet"):
        call("runs", store=str(tmp_path / "none.db"))
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(UsageError, match="nothing to look into"):
        call("runs", store="none")
