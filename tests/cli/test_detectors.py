"""The pack that patterns/README.md shows is one: it passes its own examples and finds something."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from classifier.cli import app
from classifier.errors import UsageError

PATTERNS = Path(__file__).resolve().parents[2] / "patterns"
PAGE = (PATTERNS / "README.md").read_text("utf-8")
DETECTOR = "LARKFIELD_STAFF_NUMBER"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    file = tmp_path / "own.yaml"
    file.write_text(block)
    return file


def test_the_example_passes(pack: Path) -> None:
    done = CliRunner().invoke(app, ["detectors", "test", "--pack", str(pack), "--detectors", DETECTOR])
    assert done.exit_code == 0, done.output
    assert "1 of 1 detectors pass" in done.output


def test_a_wrong_example_is_told(pack: Path) -> None:
    pack.write_text(pack.read_text().replace("'XLRK-204817'", "'LRK-204817'"))
    done = CliRunner().invoke(app, ["detectors", "test", "--pack", str(pack), "--detectors", DETECTOR])
    assert done.exit_code == 1
    assert f"{DETECTOR}: negative example 1 is found" in done.output


def test_the_example_has_no_faults(pack: Path) -> None:
    done = CliRunner().invoke(app, ["detectors", "lint", "--pack", str(pack)])
    assert (done.exit_code, done.output) == (0, "1 detectors: 0 errors, 0 smells\n")


def test_lint_tells_all_packs_faults(pack: Path, tmp_path: Path) -> None:
    broken, empty = tmp_path / "broken.yaml", tmp_path / "empty.yaml"
    broken.write_text(pack.read_text().replace("tier: pattern", "tier: sure").replace("LARK", "BARK"))
    empty.write_text("")
    pack.write_text(pack.read_text().replace("'XLRK-204817'", "'LRK-204817'"))
    packs = [word for path in (pack, broken, empty) for word in ("--pack", str(path))]
    done = CliRunner().invoke(app, ["detectors", "lint", *packs])
    assert done.exit_code == 1
    lines = done.output.splitlines()
    assert any(line.startswith(f"{broken}:6: error: tier: ") for line in lines)
    assert any(line.startswith(f"{empty}:1: error: ") for line in lines)
    assert f"{pack}:13: error: {DETECTOR}: negative example 1 is found" in lines
    assert lines[-1] == "1 detectors: 3 errors, 0 smells"


def test_the_example_finds_something(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_CLASSIFIER_FINGERPRINT_KEY", "5a" * 32)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "staff.csv").write_text("name,employee\nAda,LRK-204817\nBob,LRK-118240\n")
    out = tmp_path / "run"
    scan = ["scan", str(tmp_path / "data"), "--pack", str(pack), "--output", str(out), "--quiet"]
    assert CliRunner().invoke(app, scan).exit_code == 0
    found = [json.loads(line) for line in (out / "findings.jsonl").read_text().splitlines()]
    assert [f["count"] for f in found if f["detector"] == DETECTOR] == [2]


def test_the_example_is_of_the_schema(pack: Path) -> None:
    schema = json.loads((PATTERNS / "pack.schema.json").read_text("utf-8"))
    jsonschema.validate(yaml.safe_load(pack.read_text()), schema)


def test_every_field_is_on_the_page() -> None:
    schema = json.loads((PATTERNS / "pack.schema.json").read_text("utf-8"))
    without_defaults = schema["then"]["properties"]["detectors"]["items"]["required"]
    rows = {
        name: "yes" in row.split("|")[2]
        for row in PAGE.split("## Fields")[1].splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert set(rows) == set(schema["$defs"]["DetectorEntry"]["properties"])
    assert {name for name, needed in rows.items() if needed} == set(without_defaults)


MEMBERS = "\ufeffmember;name\n4829-1570-33;Ada\n;nobody\n7301 6492 86;Ben\n"


@pytest.mark.parametrize("column", ["member", "Member ", "1"])
def test_a_column_becomes_a_list_of_hashes(tmp_path: Path, column: str) -> None:
    source, out = tmp_path / "members.csv", tmp_path / "members.hashes"
    source.write_text(MEMBERS, "utf-8")
    arguments = [
        "detectors",
        "hash-list",
        str(source),
        "--column",
        column,
        "--normalize",
        "digits",
        "-o",
        str(out),
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    header, *hashes = out.read_text().splitlines()
    assert json.loads(header)["count"] == len(hashes) == 2
    assert out.stat().st_mode & 0o777 == 0o600
    assert not re.search("4829|Ada", out.read_text().partition('"bytes"')[2].partition("}")[0])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--column", "nobody"), "there is no column 'nobody'"),
        (("--column", "3"), "there is no column '3'"),
        (("--column", "name"), "value 1: has fewer than 4"),
        (("--column", "member", "--normalize", "upper"), "--normalize upper: there are none, digits"),
    ],
)
def test_a_column_that_cannot_be_hashed_is_told(
    tmp_path: Path, arguments: tuple[str, ...], text: str
) -> None:
    source = tmp_path / "members.csv"
    source.write_text(MEMBERS, "utf-8")
    done = CliRunner().invoke(app, ["detectors", "hash-list", str(source), *arguments])
    assert isinstance(done.exception, UsageError)
    assert text in str(done.exception)


def test_a_custom_identifier_is_called_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "identifiers.json"
    file.write_text(json.dumps({"name": "Staff (all) ID", "regex": "[FP]-[0-9]{8}"}))
    for wanted in ("staff (all) id", "STAFF_ALL_ID", "staff_all_id"):
        done = CliRunner().invoke(app, ["detectors", "list", "--pack", str(file), "--detectors", wanted])
        assert done.output.splitlines()[1].split()[0] == "STAFF_ALL_ID", done.output
        assert len(done.output.splitlines()) == 2
        shown = CliRunner().invoke(app, ["detectors", "show", wanted, "--pack", str(file)])
        assert "# identifiers.json:1, pack Amazon Macie" in shown.output
