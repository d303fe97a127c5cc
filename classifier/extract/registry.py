"""The formats in the order in which they are tried, and what reads a part with the first that fits."""

from __future__ import annotations

from collections.abc import Iterator

from classifier.errors import ReadFailure
from classifier.extract.base import Format, Item, Reader, Work
from classifier.extract.gzipped import Gzip
from classifier.extract.json_text import JsonDocument, JsonLines
from classifier.extract.part import Head, Part
from classifier.extract.table import Table
from classifier.extract.text import Text
from classifier.extract.unsupported import Unsupported
from classifier.extract.zipped import Zip
from classifier.model import Problem, Reason

FORMATS: tuple[Format, ...] = (
    Zip(),
    Gzip(),
    Unsupported(),
    JsonLines(),
    JsonDocument(),
    Table(),
    Text(),
)


def read(part: Part, work: Work) -> Iterator[Item]:
    """Yield the text of `part` and the problems with it; nothing for an empty part.

    Raises only errors.ReadFailure, from the source. Whatever else goes wrong is the part's own problem; the
    error's message is not shown, since it may hold content.
    """
    came = False
    try:
        if part.head.sample:
            for item in _reader(part.head)(part, work):
                came = True
                yield item
    except ReadFailure:
        raise
    except Exception as error:  # noqa: BLE001 - a hostile file must not end the run
        yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, type(error).__name__, lost=not came)


def _reader(head: Head) -> Reader:
    for candidate in FORMATS:
        reader = candidate.recognise(head)
        if reader is not None:
            return reader
    raise LookupError("no format claims the part")
