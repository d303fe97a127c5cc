"""Context words around a match, as Presidio's LemmaContextAwareEnhancer counts them.

The five words before a match, the word that it is in and, where that does not count, the next one are
looked at; stop words and marks do not count. A context word may be a part of one of them ("card" of "cards").
A match with one gets 0.35 more, 0.4 at least. Words are those of spaCy's tokenizer. Presidio compares lemmas
where its NLP model has them; here words are compared as they are written, which needs no model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from spacy.language import Language

SIMILARITY = 0.35
LEAST = 0.4
_MOST = 1.0
_BEFORE = 5  # words, and the one that the match is in
_REACH = 250  # characters before a match that are looked at: a chunk shows 1,024 bytes before its core
_STEP = 96  # characters that mostly hold so many words
_AFTER = 96  # characters that mostly hold the next word
_LONGEST = 256  # characters of the word that the match begins in


class Enhancer(Protocol):
    """Returns the score of a match that begins at a character of a text."""

    def __call__(self, text: str, start: int, score: float, /) -> float: ...


@lru_cache(maxsize=16)
def tokenizer(language: str) -> Language:
    """Return spaCy's rules for the words of a language; of one that it does not know those for any."""
    import spacy

    try:
        return spacy.blank(language)
    except ImportError:
        return spacy.blank("xx")


@contextmanager
def forgetting(nlp: Language) -> Iterator[None]:
    """Forget the words that a pipeline meets inside, and leave nothing of it: no Doc may be kept."""
    vocab: Any = nlp.vocab  # spaCy's types leave the attribute out
    with nullcontext() if vocab.in_memory_zone else nlp.memory_zone():
        yield


class Context:
    """The context words of a recognizer."""

    def __init__(self, words: Sequence[str], language: str) -> None:
        self._words = tuple(word.lower() for word in words)
        self._language = language

    def __call__(self, text: str, start: int, score: float, /) -> float:
        """Return the score of a match that begins at `start`: more, where a context word is near."""
        low = max(0, start - _REACH)
        around = text[low : start + _AFTER + _LONGEST].lower()
        if not any(word in around for word in self._words):
            return score
        if not any(word in one for one in self._near(text, start) for word in self._words):
            return score
        return min(max(score + SIMILARITY, LEAST), _MOST)

    def _near(self, text: str, start: int) -> list[str]:
        """Return the words that count: five and the match's own, and the first one from there on."""
        reach = _STEP
        while True:
            low = _word_start(text, max(0, start - reach), start - _REACH)
            before, after = self._words_of(text[low : _word_end(text, start + _AFTER)], start - low)
            if len(before) > _BEFORE or low <= max(0, start - _REACH):
                return before[-_BEFORE - 1 :] + after[:1]
            reach *= 2

    def _words_of(self, text: str, start: int) -> tuple[list[str], list[str]]:
        """Return the words up to the one that has the character `start`, and those from that one on."""
        nlp = tokenizer(self._language)
        before: list[str] = []
        after: list[str] = []
        with forgetting(nlp):
            for token in nlp.make_doc(text):
                word = token.text
                counts = not nlp.vocab[word].is_stop and not nlp.vocab[word].is_punct and ":" not in word
                if counts and token.idx <= start:
                    before.append(word.lower())
                if counts and start < token.idx + len(token):
                    after.append(word.lower())
                    break
        return before, after


def _word_start(text: str, at: int, floor: int) -> int:
    """Return where the word begins that is cut at `at`, not before `floor`."""
    floor = max(0, floor)
    while at > floor and not text[at - 1].isspace():
        at -= 1
    return at


def _word_end(text: str, start: int) -> int:
    """Return where the word ends that begins at `start` or has it."""
    end = start + 1
    while end < len(text) and end < start + _LONGEST and not text[end].isspace():
        end += 1
    return end
