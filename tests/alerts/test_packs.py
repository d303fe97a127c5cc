"""Packs of the user's: rules added, changed, in Sigma's form; errors with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.alerts import load_rules
from classifier.errors import PackError
from classifier.model import AlertCategory

PACK = """version: "1"
rules:
  - id: mine
    index: cloudtrail
    category: Ransomware
    severity: 5
    title: "About {eventName}."
    remediation: do
    detection:
      selection:
        eventName|startswith: Put
        userAgent|re: kali
      condition: selection
"""
CHANGES = """version: "1"
changes:
  - {rule: versioning-off, enabled: false, reason: elsewhere}
  - {rule: cloudfront-access, severity: 2}
  - {rule: unmasked-cards, severity: {internal: 8.5}}
"""
SIGMA = """title: Bucket deleted (by someone)
id: 11111111-2222-3333-4444-555555555555
status: test
description: "{odd} text"
logsource: {product: aws, service: cloudtrail}
detection:
    selection:
        eventSource: s3.amazonaws.com
        eventName: DeleteBucket
    condition: selection
level: high
tags: [attack.impact, attack.t1485]
"""


def written(tmp_path: Path, text: str, name: str = "mine.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_a_pack_adds_rules_of_kind_custom(tmp_path: Path) -> None:
    path = written(tmp_path, PACK)
    rules = load_rules(extra=[path])
    (mine,) = (rule for rule in rules.language if rule.id == "mine")
    assert (mine.shape.kind, mine.line, rules.versions["mine.yaml"]) == ("custom", 3, "1")
    assert len(rules.rules) == len(load_rules().rules)


def test_a_pack_changes_rules(tmp_path: Path) -> None:
    loaded = load_rules(extra=[written(tmp_path, CHANGES)])
    rules = {rule.id: rule for rule in loaded.rules}
    before = {rule.id: rule for rule in load_rules().rules}
    assert not loaded.checks.by_id()["versioning"].enabled
    assert load_rules().checks.by_id()["versioning"].enabled
    assert set(rules["cloudfront-access"].severity.values()) == {2}
    cards = before["unmasked-cards"].severity
    assert rules["unmasked-cards"].severity == cards | {"internal": 8.5}
    assert rules["public-write"] == before["public-write"]


def test_a_pack_changes_rules_of_the_language(tmp_path: Path) -> None:
    change = "changes:\n  - {rule: mine, severity: 9, enabled: false}\n"
    packs = [written(tmp_path, PACK), written(tmp_path, 'version: "1"\n' + change, "b.yaml")]
    (mine,) = (rule for rule in load_rules(extra=packs).language if rule.id == "mine")
    assert (mine.severity, mine.shape.enabled) == (9, False)


def test_sigma(tmp_path: Path) -> None:
    (rule,) = (
        rule
        for rule in load_rules(extra=[written(tmp_path, SIGMA, "x.yml")]).language
        if rule.id.startswith("sigma-")
    )
    assert rule.id == "sigma-bucket-deleted-by-someone"
    assert (rule.category, rule.severity) == (AlertCategory.SERVICE_DISRUPTION, 7.5)
    assert rule.shape.attack == ("T1485",)


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    written(tmp_path, SIGMA, "x.yml")
    (tmp_path / "deep").mkdir()
    written(tmp_path / "deep", PACK)
    written(tmp_path, "no rule", "README.md")
    shipped = {rule.id for rule in load_rules().language}
    found = {rule.id for rule in load_rules(extra=[tmp_path]).language} - shipped
    assert found == {"mine", "sigma-bucket-deleted-by-someone"}


@pytest.mark.parametrize(
    "text, old, new, line, says",
    [
        pytest.param(PACK, "|re", "|reg", 12, "no such modifier", id="modifier"),
        pytest.param(PACK, "kali", "'(?=k)'", 12, "linear time", id="expression"),
        pytest.param(
            PACK, "condition: selection", "condition: selections", 13, "no selection", id="condition"
        ),
        pytest.param(PACK, "Ransomware", "Ransom", 5, "category", id="category"),
        pytest.param(PACK, "severity: 5", "severity: 50", 6, "severity", id="severity"),
        pytest.param(PACK, "{eventName}", "{event name}", 3, "written twice", id="brace"),
        pytest.param(PACK, "id: mine", "id: public-write", 3, "more than one rule", id="id"),
        pytest.param(PACK, "    detection:", "    if:", 9, "if", id="no-detection"),
        pytest.param(CHANGES, "versioning-off", "nothing", 3, "there is no rule nothing", id="change"),
        pytest.param(CHANGES, "internal:", "inside:", 5, "no severity for inside", id="degree"),
        pytest.param(SIGMA, "service: cloudtrail", "service: vpc", 5, "service: cloudtrail", id="service"),
        pytest.param(SIGMA, "level: high", "level: awful", 11, "level is one of", id="level"),
    ],
)
def test_an_error_has_its_line(tmp_path: Path, text: str, old: str, new: str, line: int, says: str) -> None:
    assert text.count(old) == 1
    path = written(tmp_path, text.replace(old, new))
    with pytest.raises(PackError, match=says) as caught:
        load_rules(extra=[path])
    assert str(caught.value).startswith(f"{path}:{line}: ")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="YAML files"):
        load_rules(extra=[tmp_path])
