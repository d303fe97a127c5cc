"""Recognizers that are code alone: run on a bounded amount of an object's prose.

They may take any time a character, so that they see only what people wrote in sentences, and not more of it
than a budget allows. What they raise is kept for the object's record, and they are not run again on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from classifier.recognizers.patterns import Failed
from classifier.recognizers.scored import Scored
from classifier.recognizers.text import Text
from classifier.recognizers.words import Context

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer, RecognizerResult

BLOCK = 2_000  # characters that a recognizer is given at a time: some paragraphs
_LINE = re.compile(r"[^\n]*\n?")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SHARE = 0.6  # of the characters of prose that are letters of words
_WORDS = 4  # in a line of prose


def is_prose(line: str) -> bool:
    """Return whether a line is such as people write: some words, and little else."""
    words = _WORD.findall(line)
    letters = sum(map(len, words))
    return len(words) >= _WORDS and letters >= _SHARE * len(line.replace(" ", "").strip())


@dataclass(slots=True)
class Budget:
    """What is left of an object's characters of prose; None: no end to them."""

    left: int | None
    cut: bool = False  # whether there was more than that

    def blocks(self, text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield the stretches of prose that begin in `text[start:end]`, each of whole lines, in order."""
        at, first = start, -1
        while at < end:
            line = _LINE.match(text, at)
            last = min(line.end() if line else end, at + BLOCK)
            prose = is_prose(text[at:last])
            if first >= 0 and (not prose or last - first > BLOCK):
                yield first, at
                first = -1
            if prose and not self._take(last - at):
                break
            if prose and first < 0:
                first = at
            at = last
        if first >= 0:
            yield first, at

    def _take(self, count: int) -> bool:
        if self.left is None:
            return True
        if self.left <= 0:
            self.cut = True
            return False
        self.left -= count
        return True


@dataclass(slots=True)
class Reader:
    """The recognizers of a run that are code alone, and what each found in the text that was read last."""

    recognizers: Sequence[EntityRecognizer]
    engine: Any  # an NlpEngine
    failed: Failed
    _stopped: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Begin with another object: whoever failed before may try again."""
        self._stopped.clear()

    def found(self, text: Text, blocks: Sequence[tuple[int, int]]) -> list[tuple[str, Scored]]:
        """Return the matches in the stretches of a text, with their entity types."""
        results: list[tuple[str, Scored]] = []
        with self.engine.forgetting():
            for block in blocks:
                results += self._read(text, *block)
        return results

    def _read(self, text: Text, first: int, last: int) -> Iterator[tuple[str, Scored]]:
        artifacts: dict[str, Any] = {}
        block = text.text[first:last]
        for recognizer in self.recognizers:
            if recognizer.name in self._stopped:
                continue
            try:
                language = recognizer.supported_language
                if language not in artifacts:
                    artifacts[language] = self.engine.process_text(block, language)
                own = list(self._run(recognizer, block, artifacts[language]))
            except Exception as error:  # noqa: BLE001 - the user's code may raise anything
                self._stopped.add(recognizer.name)
                self.failed(recognizer.name, error)
                continue
            yield from ((kind, Scored(a + first, b + first, score)) for kind, (a, b, score) in own)

    @staticmethod
    def _run(
        recognizer: EntityRecognizer, block: str, artifacts: Any
    ) -> Iterator[tuple[str, tuple[int, int, float]]]:
        """Yield what a recognizer finds, with the score that its context gives it."""
        if not getattr(recognizer, "is_loaded", True):
            recognizer.load()
            recognizer.is_loaded = True
        entities = recognizer.get_supported_entities()
        raw: list[RecognizerResult] = recognizer.analyze(
            text=block, entities=entities, nlp_artifacts=artifacts
        )
        results = recognizer.enhance_using_context(
            text=block,
            raw_recognizer_results=raw or [],
            other_raw_recognizer_results=[],
            nlp_artifacts=artifacts,
            context=[],
        )
        words = recognizer.context or ()
        enhance = Context(words, recognizer.supported_language) if words else None
        for one in results:
            start, end, score = int(one.start), int(one.end), float(one.score)
            if not 0 <= start < end <= len(block):
                continue
            done = (one.recognition_metadata or {}).get("is_score_enhanced_by_context")
            if enhance is not None and not done:
                score = enhance(block, start, score)
            yield str(one.entity_type), (start, end, min(max(score, 0.0), 1.0))
