"""The rules that docs/alerts.md shows are taken as they stand, and do what it says."""

import re
from pathlib import Path

import pytest

from classifier.alerts import load_data_policy, load_rules
from classifier.risk import load_overrides
from classifier.run.rules import rule_rows, try_rules

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "alerts.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(version: .*?)^```$", PAGE, re.M | re.S)


def block(word: str, tmp_path: Path) -> Path:
    (text,) = (text for text in BLOCKS if re.search(rf"^{word}:", text, re.M))
    path = tmp_path / f"{word}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_rule_of_the_page_passes_its_own_tests(tmp_path: Path) -> None:
    pack = block("rules", tmp_path)
    assert try_rules([pack], "cards-in-exports") == ([], 2, 1)
    (row,) = rule_rows([pack], "cards-in-exports")
    assert (row.category, row.looks_at, row.enabled) == ("Data compliance", "findings", "yes")


@pytest.mark.parametrize("word", ["changes", "suppressions"])
def test_packs_of_the_page_load(word: str, tmp_path: Path) -> None:
    before, after = load_rules(), load_rules(extra=[block(word, tmp_path)])
    assert after != before


def test_the_data_policy_of_the_page(tmp_path: Path) -> None:
    policy = load_data_policy(block("policies", tmp_path))
    told = policy.judge("shop-website", "a", {}, "eu-west-1", "NAME", "PERSONAL_INFORMATION", 1.0)
    assert told == {"name": "website", "allowed": False}


def test_the_overrides_of_the_page(tmp_path: Path) -> None:
    assert len(load_overrides(block("overrides", tmp_path)).overrides) == 1
