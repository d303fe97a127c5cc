"""Our detectors as one of Presidio's recognizers. Imported only where presidio-analyzer is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import yaml
from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult

from classifier.recognizers.text import Text
from classifier.run.detectors import classify, load
from classifier.shipped import shipped

NAMES_FILE = "presidio.yaml"


@cache
def names() -> Mapping[str, str]:
    """Return what Presidio calls the types of our detectors, by their ids (patterns/presidio.yaml)."""
    content: Any = yaml.safe_load((shipped("patterns") / NAMES_FILE).read_text("utf-8"))
    return {detector: kind for kind, ids in content["entities"].items() for detector in ids}


class DetectorRecognizer(LocalRecognizer):  # type: ignore[misc]  # what Presidio's types are, mypy is not told
    """All selected detectors, as one recognizer of many entity types.

    Scores are our confidences, which have the keywords around a value in them: the recognizer has no context
    words for Presidio to score again.
    """

    def __init__(
        self, detectors: str = "recommended", *, language: str = "en", presidio_names: bool = True
    ) -> None:
        """Take what `classifier.presidio.recognizers` does. Raises UsageError for an unknown detector."""
        self._selection = detectors
        known = names() if presidio_names else {}
        self._kinds = {one.id: known.get(one.id, one.id) for one in load((), detectors)}
        self._names = known
        super().__init__(
            supported_entities=sorted(set(self._kinds.values())),
            name="S3ClassifierRecognizer",
            supported_language=language,
        )

    def load(self) -> None:
        """Do nothing: detectors are compiled when they are first needed."""

    def analyze(
        self, text: str, entities: Sequence[str], nlp_artifacts: object = None
    ) -> list[RecognizerResult]:
        """Return the matches of the wanted entity types (all, where none is named) in a text."""
        data = text.encode("utf-8", "replace")
        chars = Text(data)
        wanted = set(entities or ())
        found: list[RecognizerResult] = []
        for match in classify(data, detectors=self._selection):
            kind = self._kinds.get(match.detector) or self._names.get(match.detector, match.detector)
            if wanted and kind not in wanted:
                continue
            start, end = match.location.byte_start or 0, match.location.byte_end or 0
            explanation = AnalysisExplanation(
                recognizer=self.name,
                original_score=match.confidence,
                pattern_name=match.detector,
                textual_explanation=f"Detector {match.detector}, tier {match.tier}",
            )
            found.append(
                RecognizerResult(
                    entity_type=kind,
                    start=chars.char(start),
                    end=chars.char(end),
                    score=match.confidence,
                    analysis_explanation=explanation,
                    recognition_metadata={
                        RecognizerResult.RECOGNIZER_NAME_KEY: self.name,
                        RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
                    },
                )
            )
        return found
