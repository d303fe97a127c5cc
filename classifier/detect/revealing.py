"""The one place where values come out of detection: asked for by a person, of one object, by fingerprint."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from classifier.detect.confirm import Plan
from classifier.detect.decoded import Decoded, value_of
from classifier.detect.engine import Classifier
from classifier.detect.spans import Span
from classifier.model import Chunk, Location, Occurrence


@dataclass(frozen=True, slots=True)
class Revealed:
    """A value as it stands, with what is before and after it in the object's text."""

    location: Location
    value: str = field(repr=False)
    before: str = field(repr=False)
    after: str = field(repr=False)


class RevealingClassifier(Classifier):
    """Keeps values whose fingerprints are `wanted`: up to `most`, with `context` bytes on both sides."""

    wanted: frozenset[str] = frozenset()
    most = 0
    context = 0

    @cached_property
    def found(self) -> list[Revealed]:
        """The values that were kept, in the order they were met."""
        return []

    def occurrence(self, plan: Plan, chunk: Chunk, span: Span, confidence: float) -> Occurrence:
        known = super().occurrence(plan, chunk, span, confidence)
        if known.fingerprint in self.wanted and len(self.found) < self.most:
            start, end = span.where if isinstance(span, Decoded) else span[1:]
            pieces = (
                value_of(chunk.data, span),
                chunk.data[max(0, start - self.context) : start],
                chunk.data[end : end + self.context],
            )
            texts = [piece.decode("utf-8", "backslashreplace") for piece in pieces]
            self.found.append(Revealed(known.location, *texts))
        return known
