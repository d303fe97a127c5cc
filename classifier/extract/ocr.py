"""Text of pictures and of scanned pages, with the extra `ocr`.

RapidOCR (Apache-2.0) runs the models that its wheel brings along, by onnxruntime (MIT) on the processor; it
fetches nothing. Each line that it reads is located by its box.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from classifier.extract.base import Item, Work
from classifier.extract.flow import Flow
from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Part
from classifier.model import Location, Problem, Reason

if TYPE_CHECKING:
    import numpy as np
    import pypdfium2
    from numpy.typing import NDArray
    from PIL import Image

SPENT = "text of pictures took too long"
FAILED = "not enough memory to read pictures"
MISSING = "text of pictures needs s3-classifier[ocr]"
_SCALE = 200 / 72  # a page is drawn at so many pixels a point
_LEAST = 0.5  # of confidence (0 to 1) that a line is believed with
_MEMORY = 3 << 29  # address space, of which about half is used
_STALL_SECONDS = 60.0  # a page takes 4 to 5 on a processor of its own
_SIDE = 6000  # pixels of the longer side that are looked at


class Failed(Exception):
    """The models could not be run, for want of memory."""


class Spent(Exception):
    """The object has had all the time there is for its pictures."""


@cache
def available() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def allowance(limits: Limits) -> Limits:
    """Return the limits of a worker that may have to read pictures: its models alone take half a GiB."""
    if not available():
        return limits
    return replace(
        limits,
        worker_bytes=max(limits.worker_bytes, _MEMORY),
        stall_seconds=max(limits.stall_seconds, _STALL_SECONDS),
    )


def pages(document: pypdfium2.PdfDocument, numbers: Sequence[int], part: Part, work: Work) -> Iterator[Item]:
    """Yield what is written on the pages of a PDF that have pictures and no text; `numbers` count from 1."""
    if not available():
        detail = f"{len(numbers)} scanned pages: {MISSING}"
        yield Problem(part.label, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, detail, lost=False)
        return
    flow = Flow(part.label, "pdf", work.limits.chunk_bytes)
    for number in numbers:
        page = document[number - 1]
        try:
            width, height = page.get_size()
            if width * height * _SCALE**2 > work.limits.pixels:
                scale = (work.limits.pixels / max(width * height, 1)) ** 0.5
            else:
                scale = _SCALE
            picture = page.render(scale=scale, grayscale=False).to_numpy()
        finally:
            page.close()
        try:
            for text, (left, top, right, bottom) in lines(picture, work.budget):
                sides = (left / scale, height - bottom / scale, right / scale, height - top / scale)
                a, b, c, d = (round(side, 1) for side in sides)
                flow.place(Location(page=number, box=(a, b, c, d)))
                flow.put(text)
                flow.line()
        except (Failed, MemoryError):
            yield from flow.rest()
            yield Problem(part.label, Reason.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT, FAILED, lost=False)
            return
        except Spent:
            yield from flow.rest()
            yield Problem(part.label, Reason.TIME_CUT_OFF_REACHED, SPENT, lost=False)
            return
        yield from flow.ready()
    yield from flow.rest()


def prepared(picture: Image.Image) -> NDArray[np.uint8]:
    """Return a picture's pixels as `lines` wants them; a very large one is made smaller."""
    import numpy as np

    shown = picture.convert("RGB")
    if max(shown.size) > _SIDE:
        shown.thumbnail((_SIDE, _SIDE))
    return np.ascontiguousarray(np.asarray(shown)[:, :, ::-1])


def lines(
    picture: NDArray[np.uint8], budget: Budget
) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Yield the lines of text in a picture (rows × columns × blue, green, red), from top to bottom.

    With each comes its box in pixels: left, top, right, bottom. Raises Failed, and Spent
    where the object has had its time.
    """
    if budget.picture_seconds <= 0:
        raise Spent
    before = time.process_time()
    try:
        found = _engine()(picture)
    except Exception as error:
        raise Failed from error
    finally:
        budget.picture_seconds -= time.process_time() - before
    if found is None or found.boxes is None or found.txts is None:
        return
    rows: list[tuple[float, float, float, float, str]] = []
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=False):
        if score >= _LEAST and text.strip():
            across = [float(corner[0]) for corner in corners]
            down = [float(corner[1]) for corner in corners]
            rows.append((min(down), min(across), max(across), max(down), text))
    for top, left, right, bottom, text in _in_reading_order(rows):
        yield text, (left, top, right, bottom)


def _in_reading_order(
    rows: list[tuple[float, float, float, float, str]],
) -> Iterator[tuple[float, float, float, float, str]]:
    """Yield boxes line by line: those whose middle is within another one's height are on its line."""
    rows.sort()
    while rows:
        top, _, _, bottom, _ = rows[0]
        same = [row for row in rows if top <= (row[0] + row[3]) / 2 <= bottom]
        rows = [row for row in rows if not top <= (row[0] + row[3]) / 2 <= bottom]
        yield from sorted(same or [rows.pop(0)], key=lambda row: row[1])


@cache
def _engine() -> Any:
    import logging

    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    logging.getLogger("RapidOCR").disabled = True
    return engine
