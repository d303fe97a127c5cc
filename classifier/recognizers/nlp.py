"""Presidio's NlpEngine by spaCy: words for the recognizers' context, and entities where there is a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine

from classifier.detect.names.pipeline import ours
from classifier.recognizers.words import forgetting, tokenizer
from classifier.shipped import shipped

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

ENTITIES: Mapping[str, str] = {
    "NAME": "PERSON",
    "PERSON": "PERSON",
    "PER": "PERSON",
    "ADDRESS": "LOCATION",
    "LOCATION": "LOCATION",
    "LOC": "LOCATION",
    "GPE": "LOCATION",
    "FAC": "LOCATION",
    "NORP": "NRP",
    "DATE": "DATE_TIME",
    "TIME": "DATE_TIME",
    "DATE_OF_BIRTH": "DATE_TIME",
}
"""What Presidio calls the labels of spaCy's pipelines and of ours; others are left out.

Among them organizations, as in Presidio's own settings: most of what is taken for one is none.
"""


def model_path() -> Path | None:
    """Return the folder of the spaCy pipeline that is shipped under models/; None where there is none."""
    found = sorted(shipped("models").glob("*/config.cfg")) + sorted(shipped("models").glob("*/*/config.cfg"))
    return found[0].parent if found else None


@lru_cache(maxsize=2)
def _pipeline(path: Path) -> Language:
    """Return the pipeline of a folder; ours is that which reads names, and is in memory once."""
    import spacy

    return ours() if path == model_path() else spacy.load(path)


class WordsEngine(NlpEngine):  # type: ignore[misc]  # presidio has no types for mypy
    """Words by spaCy's rules of each language; entities by `model`, the folder of a pipeline, for English.

    Words stand for their lemmas: no lemmatizer is needed.
    """

    engine_name = "s3-classifier"
    is_available = True

    def __init__(self, languages: Sequence[str] = ("en",), model: Path | None = None) -> None:
        self._languages = tuple(languages)
        self._model = model

    def load(self) -> None:
        """Load the model, if there is one, and the rules of the languages."""
        for language in self._languages:
            self._nlp(language)

    def is_loaded(self) -> bool:
        """Return True: what is not loaded is when it is needed first."""
        return True

    def _nlp(self, language: str) -> Language:
        if self._model is not None and language == "en":
            return _pipeline(self._model)
        return tokenizer(language)

    @contextmanager
    def forgetting(self) -> Iterator[None]:
        """Forget the words of the texts that are read inside: a long run has no end of them."""
        with ExitStack() as stack:
            for language in self._languages:
                for nlp in (self._nlp(language), tokenizer(language)):
                    stack.enter_context(forgetting(nlp))
            yield

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        """Return the words of a text and, by a model, its entities."""
        return self._artifacts(self._nlp(language)(text), language)

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **kwargs: Any,
    ) -> Iterator[tuple[Any, ...]]:
        """Yield each text with its artifacts and, `as_tuples`, what came with it."""
        nlp = self._nlp(language)
        if kwargs.get("as_tuples"):
            pairs = nlp.pipe(cast(Any, texts), as_tuples=True, batch_size=batch_size, n_process=n_process)
            for doc, context in pairs:
                yield doc.text, self._artifacts(doc, language), context
            return
        for doc in nlp.pipe(map(str, texts), batch_size=batch_size, n_process=n_process):
            yield doc.text, self._artifacts(doc, language)

    def is_stopword(self, word: str, language: str) -> bool:
        """Return whether the word is one of spaCy's stop words."""
        return bool(tokenizer(language).vocab[word].is_stop)

    def is_punct(self, word: str, language: str) -> bool:
        """Return whether the word is a mark."""
        return bool(tokenizer(language).vocab[word].is_punct)

    def get_supported_entities(self) -> list[str]:
        """Return what the model may find, as Presidio calls it."""
        if self._model is None or "en" not in self._languages:
            return []
        labels = _pipeline(self._model).pipe_labels.get("ner", [])
        return sorted({ENTITIES[label] for label in labels if label in ENTITIES})

    def get_supported_languages(self) -> list[str]:
        """Return the languages that it was made for."""
        return list(self._languages)

    def _artifacts(self, doc: Doc, language: str) -> NlpArtifacts:
        from spacy.tokens import Span

        entities = [
            Span(doc, entity.start, entity.end, label=ENTITIES[entity.label_])
            for entity in doc.ents
            if entity.label_ in ENTITIES
        ]
        return NlpArtifacts(
            entities=entities,
            tokens=doc,
            tokens_indices=[token.idx for token in doc],
            lemmas=[token.lemma_ or token.text for token in doc],
            nlp_engine=self,
            language=language,
        )
