"""The rows of words' vectors: those of spaCy's dictionary, and what the pipeline makes of them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.vectors import Vectors
from spacy.vocab import Vocab

from classifier.detect.names import vectors
from classifier.detect.names.vectors import Rows

HASHES = st.integers(0, 2**64 - 1)


@given(st.dictionaries(HASHES, st.integers(0, 2**31 - 1), max_size=30), st.lists(HASHES, max_size=10))
def test_rows_are_those_of_a_dictionary(known: dict[int, int], others: list[int]) -> None:
    rows = Rows(np.array(list(known), np.uint64), np.array(list(known.values()), np.int32))
    assert len(rows) == len(known)
    for key in (*known, *others):
        assert rows.get(key, -1) == known.get(key, -1)
        assert (key in rows) == (key in known)
    assert {key: rows[key] for key in known} == known
    with pytest.raises(KeyError):
        rows[next(key for key in range(len(known) + 1) if key not in known)]


def test_what_spacy_wrote_is_read(tmp_path: Path) -> None:
    written = Vocab()
    words = ("Cork", "Hanna", "flat")
    data = np.arange(6, dtype=np.float32).reshape(3, 2)
    written.vectors = Vectors(
        strings=written.strings, data=data, keys=[written.strings.add(w) for w in words]
    )
    written.to_disk(tmp_path)
    read = Vocab()
    vectors.load(read, tmp_path)
    asked = [read.strings[word] for word in (*words, "unknown")]
    assert read.vectors.find(keys=asked).tolist() == written.vectors.find(keys=asked).tolist()
    assert [read.get_vector(word).tolist() for word in words] == data.tolist()
