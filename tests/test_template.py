"""Scan templates: found by name or path, over the settings file and under all else; errors name the line."""

import json
from pathlib import Path

import pytest

from classifier.config import load
from classifier.errors import ConfigError
from classifier.run import scan
from classifier.template import load_template

TEMPLATE = """\
template: nightly
version: 3
targets: [data]
settings: {depth: quick, workers: 1, max_occurrences: 7, include: ["*.txt"]}
attributes: {team: payments}
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "own"))


def put(path: Path, text: str = TEMPLATE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_template_stands_between_file_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "templates" / "nightly.yaml")
    (tmp_path / "s3-classifier.toml").write_text('depth = "deep"\nread_ahead = 5\n')
    monkeypatch.setenv("S3_CLASSIFIER_WORKERS", "2")
    settings = load({"template": "nightly", "max_occurrences": 3})
    assert (settings.depth, settings.read_ahead) == ("quick", 5)
    assert (settings.workers, settings.max_occurrences) == (2, 3)
    assert settings.targets == ("data",)
    assert dict(settings.finding_attributes) == {"team": "payments"}


@pytest.mark.parametrize("where", ["templates/nightly.yaml", "templates/nightly.yml"])
def test_a_name_is_looked_for_here_then_among_the_users_own(tmp_path: Path, where: str) -> None:
    own = put(tmp_path / "own" / "s3-classifier" / where, TEMPLATE.replace("3", "2"))
    assert load_template("nightly").version == "2"
    put(tmp_path / where)
    assert load_template("nightly").version == "3"
    assert load_template(str(own)).version == "2"


def test_another_file_has_another_hash(tmp_path: Path) -> None:
    first = load_template(str(put(tmp_path / "a.yaml")))
    second = load_template(str(put(tmp_path / "b.yaml", TEMPLATE + "description: new\n")))
    assert str(first).startswith("nightly, version 3, sha256:")
    assert str(first) != str(second)
    assert str(first) == str(load_template(str(put(tmp_path / "c.yaml"))))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("template: nightly\nsetings: {}\n", ":2: setings"),
        ("template: 'a b'\n", ":1: template"),
        ("version: 2\n", "template: Field required"),
        ("template: a\nsettings:\n  targets: [x]\n", ":3: settings.targets: stands beside"),
        ("template: a\nattributes:\n  n: 3\n", ":3: attributes.n"),
        ("template: a\nsettings: [1]\n", ":2: settings"),
        ("template: &a b\nversion: *a\n", "aliases"),
        ("- 1\n", "the file"),
        ("", "empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = put(tmp_path / "t.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load_template(str(path))
    assert says in str(caught.value)
    assert "t.yaml" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"), [("weekly", "no weekly.yaml in"), ("none.yaml", "none.yaml:1: cannot be read")]
)
def test_a_missing_template_is_an_error(name: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        load({"template": name})


def test_an_unknown_setting_of_a_template_is_an_error(tmp_path: Path) -> None:
    put(tmp_path / "t.yaml", "template: t\nsettings: {dept: quick}\n")
    with pytest.raises(ConfigError, match="dept"):
        load({"template": "t.yaml"})


def test_a_scan_takes_targets_and_stamps_findings(tmp_path: Path) -> None:
    put(tmp_path / "templates" / "nightly.yaml")
    put(tmp_path / "data" / "a.txt", "write to mira.doe@contoso-mail.com\n")
    put(tmp_path / "data" / "a.md", "write to jo.rao@contoso-mail.com\n")
    summary = scan([], load({"template": "nightly", "output": "out"}), quiet=True)
    assert summary.settings["template"] == str(load_template("nightly"))
    lines = [json.loads(line) for line in (tmp_path / "out" / "findings.jsonl").read_text().splitlines()]
    assert [line["key"] for line in lines] == ["a.txt"]
    assert all(line["attributes"] == {"team": "payments"} for line in lines)
    named = scan(["data/a.txt"], load({"output": "two"}), quiet=True)
    assert named.findings == 1
    assert "attributes" not in (tmp_path / "two" / "findings.jsonl").read_text()
