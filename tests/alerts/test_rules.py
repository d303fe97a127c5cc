"""The rules file: what it must hold, and how an error in it reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.alerts import load_rules
from classifier.errors import PackError

RULE = """
version: "1"
major: {severity: High, occurrences: 50}
rules:
  - id: some-rule
    category: Open permissions
    if: {when: latent}
    severity: {bare: 3.5, sensitive: 6.0}
    title: "About {bucket}."
    narrative: "{grants}. In it: {data}."
    remediation: do --bucket {bucket}
    attack: [T1530]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "alerts.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_loads(tmp_path: Path) -> None:
    rules = load_rules(written(tmp_path, RULE))
    assert [rule.id for rule in rules.rules] == ["some-rule"]


@pytest.mark.parametrize(
    "old, new, says",
    [
        pytest.param("some-rule", "Some rule", r"rules\.0\.id", id="id"),
        pytest.param("Open permissions", "Open doors", r"rules\.0\.category", id="category"),
        pytest.param("when: latent", "when: never", r"rules\.0\.if", id="condition"),
        pytest.param("when: latent", "when: latent, why: 1", "why", id="condition-data"),
        pytest.param("sensitive: 6.0", "sensitive: 11", r"severity\.sensitive", id="over-10"),
        pytest.param(
            "{bare: 3.5, sensitive: 6.0}", "{bare: 3.5}", "severity must be given", id="degree-missing"
        ),
        pytest.param("{bare: 3.5,", "{public: 1, bare: 3.5,", "severity must be given", id="degree-unknown"),
        pytest.param("{grants}. In", "{secret}. In", "no such name as {secret}", id="name"),
        pytest.param("{bucket}.", "{bucket.posture}.", "no such name", id="attribute"),
        pytest.param("{bucket}.", "{bucket!r}.", "no such name", id="conversion"),
        pytest.param("[T1530]", "[Txxx]", r"attack\.0", id="technique"),
        pytest.param("attack:", "attacks:", "attack", id="field"),
        pytest.param("severity: High", "severity: Highest", r"major\.severity", id="major"),
    ],
)
def test_a_wrong_rule_is_an_error_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert RULE.count(old) == 1
    path = written(tmp_path, RULE.replace(old, new))
    with pytest.raises(PackError, match=says) as caught:
        load_rules(path)
    file, line, _ = str(caught.value).split(":", 2)
    assert (file, int(line) > 1) == (str(path), True)


def test_an_id_stands_once(tmp_path: Path) -> None:
    twice = RULE + RULE[RULE.index("  - id") :]
    with pytest.raises(PackError, match="more than one rule has the id some-rule"):
        load_rules(written(tmp_path, twice))


def test_every_shipped_rule_can_be_acted_on() -> None:
    for rule in load_rules().rules:
        assert "{bucket}" in rule.title, rule.id
        assert rule.remediation.strip(), rule.id
        assert rule.attack or rule.id == "config-not-evaluated"
