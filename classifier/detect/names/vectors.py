"""The vectors of a pipeline's words, half a million of them, in a tenth of the memory that spaCy takes.

spaCy keeps the row of each word in a dictionary; here they are two arrays, of hashes in order and of rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spacy.vocab import Vocab

_ENTRY = 2  # numbers: a hash and a row


class Rows:
    """Which row of the vectors a word's hash has: what spaCy's `Vectors` asks of its `key2row`."""

    def __init__(self, keys: NDArray[np.uint64], rows: NDArray[np.int32]) -> None:
        """Take the hashes in any order, each once, with their rows."""
        order = np.argsort(keys)
        self._keys, self._rows = keys[order], rows[order]

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: int) -> bool:
        return self.get(key, -1) >= 0

    def __getitem__(self, key: int) -> int:
        row = self.get(key, -1)
        if row < 0:
            raise KeyError(key)
        return row

    def get(self, key: int, default: int) -> int:
        """Return the row of a hash, or `default` where it has none."""
        at = int(np.searchsorted(self._keys, np.uint64(key)))
        known = at < len(self._keys) and int(self._keys[at]) == key
        return int(self._rows[at]) if known else default


def load(vocab: Vocab, folder: Path) -> None:
    """Give the vocabulary its strings and the vectors that spaCy wrote to `folder`."""
    import srsly
    from spacy.vectors import Vectors

    vocab.from_disk(folder, exclude=["vectors"])
    with (folder / "key2row").open("rb") as file:
        unpacker = srsly.msgpack.Unpacker(file, strict_map_key=False)
        count = _ENTRY * unpacker.read_map_header()
        numbers = np.fromiter((unpacker.unpack() for _ in range(count)), dtype=np.uint64, count=count)
    vectors = Vectors(strings=vocab.strings, data=np.load(folder / "vectors", allow_pickle=False))
    vectors.key2row = Rows(numbers[::_ENTRY], numbers[1::_ENTRY].astype(np.int32))
    vocab.vectors = vectors
