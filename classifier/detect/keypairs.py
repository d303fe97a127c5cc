"""AWS key pairs as values, for whoever is to find out whether they are live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from classifier.detect.confirm import Plan
from classifier.detect.decoded import Decoded
from classifier.detect.detector import Detector
from classifier.detect.engine import Classifier
from classifier.detect.lists import NO_LISTS, Lists
from classifier.detect.names import Names
from classifier.detect.spans import Span
from classifier.model import AccessKey, Chunk, Match, Occurrence, Verification

PAIR = "AWS_CREDENTIAL_PAIR"
TOKEN = "AWS_SESSION_TOKEN"  # noqa: S105 - a detector's name
MOST_IDS = 3  # access key ids around one secret that are tried
_TEMPORARY = "ASIA"  # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
_TOKEN_WITHIN = 1_000  # bytes between a secret and the token that belongs to it
_CERTAIN = 1.0
_NO_TOKEN = Verification("unknown", "NoSessionToken")


class KeyPairClassifier(Classifier):
    """A classifier that puts each key pair it locates to `ask`, and keeps the answer with the occurrence.

    What is only counted is not asked about, and neither are samples of documentation, values in names and
    what is encoded.
    """

    def __init__(
        self,
        detectors: Sequence[Detector],
        fingerprint_key: bytes,
        max_occurrences: int,
        *,
        in_names: Sequence[Detector],
        lists: Lists = NO_LISTS,
        names: Names | None = None,
        token: Detector,
        ask: Callable[[AccessKey], Verification],
    ) -> None:
        """Take what `Classifier` takes, the detector of session tokens and whom to ask."""
        super().__init__(
            detectors, fingerprint_key, max_occurrences, in_names=in_names, lists=lists, names=names
        )
        self._tokens = Plan(token, 0, (), reported=False)
        self._ask = ask
        self._asking = True

    def classify(self, data: bytes) -> list[Match]:
        """Return all matches in a text, such as a name in an object; nobody is asked."""
        before, self._asking = self._asking, False
        try:
            return super().classify(data)
        finally:
            self._asking = before

    def occurrence(self, plan: Plan, chunk: Chunk, span: Span, confidence: float) -> Occurrence:
        """Locate and mask one match; find out about it if it is a key pair."""
        found = super().occurrence(plan, chunk, span, confidence)
        if plan.detector.id != PAIR or not self._asking or isinstance(span, Decoded):
            return found
        verification = self._verified(plan, chunk.data, span)
        if verification is None:
            return found
        live = verification.status == "live"
        return replace(found, verification=verification, confidence=_CERTAIN if live else confidence)

    def _verified(self, plan: Plan, data: bytes, span: Span) -> Verification | None:
        """Return what is known of the secret with the ids around it, the best of the answers.

        A secret belongs to one id; others may stand as near, in a list of keys.
        """
        _, first, last = span
        composite = plan.detector.composite
        ids = self._near(self.plans[plan.needs[0]], data, span, composite.within if composite else 0)
        answers: list[Verification] = []
        for identifier in list(dict.fromkeys(ids))[:MOST_IDS]:
            token = None
            if identifier.startswith(_TEMPORARY):
                token = next(iter(self._near(self._tokens, data, span, _TOKEN_WITHIN)), None)
                if token is None:  # refused for certain, which would say nothing of the key
                    answers.append(_NO_TOKEN)
                    continue
            answers.append(
                self._ask(AccessKey(identifier, data[first:last].decode("ascii", "replace"), token))
            )
            if answers[-1].status == "live":
                return answers[-1]
        return next((answer for answer in answers if answer.status == "unknown"), next(iter(answers), None))

    @staticmethod
    def _near(plan: Plan, data: bytes, span: Span, within: int) -> list[str]:
        """Return a detector's values that end or begin `within` bytes of the span's, the nearest first."""
        _, first, last = span
        reach = within + plan.detector.longest
        low = max(0, first - reach)
        text = data[low : last + reach + plan.detector.look_ahead]
        near: list[tuple[int, int, str]] = []
        for _, start, end in plan.believable(text, plan.spans(text, None), {}):
            gap = max(first - low - end, start + low - last)
            value = text[start:end]
            if 0 <= gap <= within and not plan.is_sample(value):
                near.append((gap, start, value.decode("ascii", "replace")))
        return [value for _, _, value in sorted(near)]
