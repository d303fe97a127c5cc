"""Our detectors for users of Microsoft Presidio: recognizers, an NLP engine, a registry with both.

    from classifier import presidio
    analyzer = presidio.analyzer()
    analyzer.analyze("MRN: 00482917", language="en")

Nothing of Presidio is imported with this module. Whatever needs it raises UsageError where it is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from classifier.errors import UsageError
from classifier.recognizers.sources import INSTALL, missing

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngine

__all__ = ["analyzer", "nlp_engine", "recognizers", "redacted", "registry"]


def recognizers(
    detectors: str = "recommended", *, languages: Sequence[str] = ("en",), presidio_names: bool = True
) -> list[EntityRecognizer]:
    """Return our detectors as Presidio recognizers, one a language.

    `detectors` selects as --detectors does. With `presidio_names` a type has Presidio's name where Presidio
    has one (US_SSN, PHONE_NUMBER); else, and for all others, it is the detector's id. Raises UsageError.
    """
    _need()
    from classifier.presidio.recognizer import DetectorRecognizer

    return [DetectorRecognizer(detectors, language=one, presidio_names=presidio_names) for one in languages]


def nlp_engine(languages: Sequence[str] = ("en",)) -> NlpEngine:
    """Return an NLP engine: our model where models/ has one, else words only, which need no model.

    Raises UsageError.
    """
    _need()
    from classifier.recognizers.nlp import WordsEngine, model_path

    return WordsEngine(languages, model_path())


def registry(
    detectors: str = "recommended", *, languages: Sequence[str] = ("en",), presidio_names: bool = True
) -> RecognizerRegistry:
    """Return a registry of `recognizers`, and of what our model finds, where there is one."""
    _need()
    from presidio_analyzer import RecognizerRegistry

    found = recognizers(detectors, languages=languages, presidio_names=presidio_names)
    made = RecognizerRegistry(recognizers=found, supported_languages=list(languages))
    engine = nlp_engine(languages)
    if engine.get_supported_entities():
        made.add_nlp_recognizer(engine)
    return made


def analyzer(
    detectors: str = "recommended", *, languages: Sequence[str] = ("en",), presidio_names: bool = True
) -> AnalyzerEngine:
    """Return an AnalyzerEngine with `registry` and `nlp_engine`; nothing is downloaded."""
    _need()
    from presidio_analyzer import AnalyzerEngine

    made = registry(detectors, languages=languages, presidio_names=presidio_names)
    return AnalyzerEngine(
        registry=made, nlp_engine=nlp_engine(languages), supported_languages=list(languages)
    )


def redacted(text: str, detectors: str = "recommended") -> str:
    """Return a text with what is found in it replaced by its type (`<US_SSN>`), by presidio-anonymizer."""
    _need()
    from presidio_anonymizer import AnonymizerEngine

    found = analyzer(detectors).analyze(text, language="en")
    return str(AnonymizerEngine().anonymize(text=text, analyzer_results=found).text)


def _need() -> None:
    if missing():
        raise UsageError(INSTALL)
