"""Our detectors as Presidio's recognizers."""

from __future__ import annotations

import subprocess
import sys

import pytest

from classifier import presidio
from classifier.detect import shipped_packs
from classifier.errors import UsageError
from classifier.presidio.recognizer import names

SSN = "-".join(("536", "22", "8145"))
TEXT = f"Zoë's MRN: 00482917, SSN {SSN}"


def test_an_analyzer_in_three_lines() -> None:
    found = presidio.analyzer().analyze(TEXT, language="en")
    assert {(one.entity_type, TEXT[one.start : one.end]) for one in found} == {
        ("MEDICAL_RECORD_NUMBER", "00482917"),
        ("PERSON", "Zoë"),
        ("US_SSN", SSN),
    }


def test_only_what_is_asked_for() -> None:
    found = presidio.analyzer().analyze(TEXT, language="en", entities=["US_SSN"])
    assert [one.entity_type for one in found] == ["US_SSN"]


def test_ids_of_our_own() -> None:
    (recognizer,) = presidio.recognizers(presidio_names=False)
    kinds = {one.entity_type for one in recognizer.analyze(TEXT, [])}
    assert kinds == {"MEDICAL_RECORD_NUMBER", "USA_SOCIAL_SECURITY_NUMBER"}


def test_a_redacted_copy() -> None:
    assert presidio.redacted(TEXT) == "<PERSON>'s MRN: <MEDICAL_RECORD_NUMBER>, SSN <US_SSN>"


def test_the_names_are_those_of_detectors() -> None:
    assert set(names()) - {"CREDIT_CARD_NUMBER_(NO_KEYWORD)"} <= {one.id for one in shipped_packs()}


def test_nothing_of_presidio_is_imported_with_the_module() -> None:
    code = (
        "import sys, classifier.presidio, classifier.run; "
        "sys.exit('presidio_analyzer' in sys.modules or 'spacy' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presidio, "missing", lambda: True)
    with pytest.raises(UsageError, match="pip install"):
        presidio.analyzer()
