"""Extraction: the bytes of an object → located text.

`extract` is all that the other rooms use. How a format is added: `base`. How text is cut: `window`.
"""

from __future__ import annotations

from collections.abc import Iterator

from classifier.extract import ocr, registry
from classifier.extract.base import Work
from classifier.extract.isolation import close
from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Part
from classifier.model import ByteSource, Chunk, Mismatch, Problem, Reason

__all__ = ["Limits", "close", "extract"]


def extract(name: str, source: ByteSource, limits: Limits) -> Iterator[Chunk | Problem | Mismatch]:
    """Yield the text of an object in order, a problem for each part that could not be read (whole), and a
    mismatch for each that is no such file as its name says.

    `name` is the object's key: a hint of its format, and the source of names for what it contains. Raises
    errors.ReadFailure where the source does; nothing else, whatever the bytes are. An empty object yields
    nothing.
    """
    budget = Budget(ocr.allowance(limits), source.size)
    head_only = 0 < limits.object_bytes < source.size
    blocks = _first(source.blocks(), limits.object_bytes) if head_only else source.blocks()
    part = Part(None, name, 0, blocks, lambda: None if head_only else source)
    came = False
    for item in registry.read(part, Work(limits, budget, registry.read)):
        came = came or isinstance(item, Chunk)
        if not (head_only and isinstance(item, Problem) and item.reason is Reason.MALFORMED_FILE):
            yield item
    if head_only:
        detail = f"only the first {limits.object_bytes} bytes were to be read"
        yield Problem(None, Reason.FILE_EXCEEDS_SIZE_LIMIT, detail, lost=not came)
    if budget.bytes_over:
        yield Problem(None, Reason.ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT, lost=False)
    if budget.members_over:
        yield Problem(None, Reason.ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT, lost=False)


def _first(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:size]
        size -= len(block)
        if size <= 0:
            return
