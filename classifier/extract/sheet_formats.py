"""Cells of a workbook's sheet (ECMA-376 part 1, section 18.3) as their number formats show them.

The library that reads the cells gives numbers and dates without their formats. Where a sheet has cells of
formats that matter, its XML is gone through once more for these, and their texts take the numbers' place.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from classifier.extract.number_format import BUILT_IN, Show, compile_format

_FORMATS = 10_000
_CARRIED = 1 << 20
_NUMBER_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\b([^>]*)>")
_CELL_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b[^>]*?\bnumFmtId=\"(\d{1,5})\"")
_ID = re.compile(rb"\bnumFmtId=\"(\d{1,5})\"")
_CODE = re.compile(rb"\bformatCode=(?:\"([^\"]*)\"|'([^']*)')")
_SINCE_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^>]*\bdate1904=\"(?:1|true)\"")


class Styles:
    """What the workbook's cell styles do with numbers. `shows` is by the style's number in the file."""

    def __init__(self, styles: bytes, workbook: bytes) -> None:
        since_1904 = _SINCE_1904.search(workbook) is not None
        codes = dict(BUILT_IN)
        for attributes in _NUMBER_FORMAT.findall(styles)[:_FORMATS]:
            number, code = _ID.search(attributes), _CODE.search(attributes)
            if number is not None and code is not None:
                codes[int(number[1])] = _unescaped(code[1] if code[1] is not None else code[2])
        compiled = {number: compile_format(code, since_1904) for number, code in codes.items()}
        found = _CELL_STYLES.search(styles)
        used = _STYLE.findall(found.group())[:_FORMATS] if found is not None else []
        self.shows: dict[bytes, Show] = {}
        for style, number in enumerate(used):
            show = compiled.get(int(number))
            if show is not None:
                self.shows[b"%d" % style] = show
        which = b"|".join(self.shows)
        self._marked = re.compile(rb"\ss=\"(?:" + which + rb")\"")
        self._cell = re.compile(
            rb"<(?:\w+:)?c\b(?=[^>]*?\ss=\"(" + which + rb")\")(?![^>]*?\st=\"[^n])"
            rb"[^>]*?\br=\"([A-Z]{1,3})(\d{1,7})\"[^>]*(?<!/)>"
            rb"(?:\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>))?\s*<(?:\w+:)?v>([^<]{1,400})<"
        )

    def among(self, sheet: bytes) -> bool:
        """Whether a piece of a sheet's XML may have cells that are shown otherwise than as their value."""
        return bool(self.shows) and self._marked.search(sheet) is not None

    def shown(self, blocks: Iterator[bytes]) -> Iterator[tuple[int, int, str]]:
        """Yield row and column (from 0), in the sheet's order, and the text of what is shown otherwise."""
        held = b""
        for block in blocks:
            held += block
            end = held.rfind(b"row>") + 1
            if not end and len(held) < _CARRIED:
                continue
            yield from self._of(held[: end or len(held)])
            held = held[end:] if end else b""
        yield from self._of(held)

    def _of(self, xml: bytes) -> Iterator[tuple[int, int, str]]:
        for style, letters, row, value in self._cell.findall(xml):
            text = self.shows[style](value.decode("ascii", "replace"))
            if text:
                yield int(row) - 1, column_number(letters) - 1, text


def column_number(letters: bytes) -> int:
    """Return the number of a column (A is 1)."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def overlaid(
    rows: Iterator[Sequence[str]], shown: Iterator[tuple[int, int, str]], first: int = 0
) -> Iterator[Sequence[str]]:
    """Yield the rows of a sheet, which begin with column `first`, with what `Styles.shown` has in place."""
    row, column, text = next(shown, (-1, 0, ""))
    for number, cells in enumerate(rows):
        if row >= 0 and row <= number:
            changed = list(cells)
            while 0 <= row <= number:
                if row == number and first <= column < first + len(changed):
                    changed[column - first] = text
                row, column, text = next(shown, (-1, 0, ""))
            yield changed
        else:
            yield cells


def _unescaped(data: bytes) -> str:
    return html.unescape(data.decode("utf-8", "replace"))
