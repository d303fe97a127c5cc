"""Whether a text is a table (RFC 4180 and its relatives), with which delimiter, and with which header."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from classifier.extract.part import Head

_DELIMITERS = ",;\t|^~\x01\x1f"
_EXTENSIONS = {"csv": ",", "tsv": "\t", "tab": "\t", "psv": "|"}
_SAMPLE = 1 << 14
_ROWS = 20
_LABEL = re.compile(r"[^\W\d][\w .:\-/()\[\]#%&'’*?+°$€£]{0,63}(?<![.!])")
_LABEL_WORDS = 6
_LONG_NUMBER = re.compile(r"\d{5}|\d[\d.,/:\- ]{5,}\d")
_FILLER = frozenset(
    ("", "-", "n/a", "na", "nan", "nil", "none", "null", "true", "false", "yes", "no", "unknown")
)
_WORD = re.compile(r"[^\W\d_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Words of column titles; they tell a header from a row of names where every column is text.
_TITLE_WORDS = frozenset(
    _WORD.findall(
        "account address adresse age amount apellido apellidos author balance bank birth birthday body card "
        "category cell city ciudad code color comment comments company content correo country county created "
        "currency customer cvv date day department description diagnosis direccion district dob ebene email "
        "employee fecha field file first fname full gender given group guid host iban id identifier index ip "
        "item job key kind label land language last lastname level line link list lname location login mail "
        "message middle mobile mrn nachname name names nom nombre note notes number order ort owner passport "
        "passwd password patient phone plz position postal postcode prenom price product province reason "
        "record region remark role salary secret sex size ssn stadt start state status strasse straße street "
        "subject surname tag tags team tel telefon telefono telephone text time timestamp title token town "
        "type uid updated uri url user username uuid value version ville vorname website year zip "
    )
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """`delimiter` is a byte; `names` the header's cells, empty where the first row is data.

    `columns` is the number of fields of the first row.
    """

    delimiter: int
    names: tuple[str, ...]
    columns: int


def sniff(head: Head) -> Dialect | None:
    """Return the dialect of the table that starts with `head`; None when it is no table.

    With a table's extension a delimiter in the first row is enough. Without, the rows must have the same
    number of fields and either a header or at least three rows and columns.
    """
    text = head.text[:_SAMPLE]
    whole = head.complete and len(text) == len(head.text)
    start = text.lstrip()[:1]
    expected = _EXTENSIONS.get(head.extension, "")
    if not start or (not expected and start in b"<{["):
        return None
    first = re.split(rb"[\r\n]", text.lstrip(b"\r\n"), maxsplit=1)[0]
    best: tuple[tuple[float, bool, int], Dialect] | None = None
    for delimiter in _DELIMITERS:
        if delimiter.encode() not in first:
            continue
        rows = _rows(text, delimiter, whole)
        columns = len(rows[0]) if rows else 0
        if columns < 2:
            continue
        same = sum(len(row) == columns for row in rows) / len(rows)
        names = header(rows)
        if not expected and (same < 1 or len(rows) < 2 or _is_prose(rows)):
            continue
        if not expected and not names and (len(rows) < 3 or columns < 3):
            continue
        rank = (same, delimiter == expected, columns)
        if best is None or rank > best[0]:
            best = (rank, Dialect(ord(delimiter), names, columns))
    if best is not None:
        return best[1]
    if not expected:
        return None
    rows = _rows(text, expected, whole)
    return Dialect(ord(expected), header(rows), len(rows[0])) if len(rows) >= 2 else None


def _rows(text: bytes, delimiter: str, whole: bool) -> list[list[str]]:
    """The first rows that are not blank; the last one is left out where it may be cut."""
    reader = csv.reader(io.StringIO(text.decode("utf-8", "replace"), newline=""), delimiter=delimiter)
    try:
        rows = list(islice(reader, _ROWS + 1))
    except csv.Error:
        return []
    if len(rows) > _ROWS or (not whole and len(rows) > 1):
        rows.pop()
    return [row for row in rows if row]


def _is_prose(rows: list[list[str]]) -> bool:
    """Whether the delimiters are followed by spaces, as in sentences."""
    spaced = sum(cell.startswith(" ") for row in rows for cell in row[1:])
    return spaced >= 0.5 * sum(len(row) - 1 for row in rows)


def header(rows: list[list[str]]) -> tuple[str, ...]:
    """Return the first row's cells when they are column titles, else ().

    In doubt it is data: a value taken for a title would be shown as one.
    """
    if not rows:
        return ()
    titles = [cell.strip() for cell in rows[0]]
    first, *others = titles
    if not all(map(_is_title, others)) or not (_is_title(first) or (not first and others)):
        return ()
    if len({title.casefold() for title in titles}) < len(titles):
        return ()
    if any(_is_unlike(column) for column in _columns(rows)):
        return tuple(titles)
    known = sum(_has_title_word(title) for title in titles)
    return tuple(titles) if known >= 0.5 * len(titles) else ()


def _is_title(cell: str) -> bool:
    return (
        _LABEL.fullmatch(cell) is not None
        and len(cell.split()) <= _LABEL_WORDS
        and _LONG_NUMBER.search(cell) is None
        and "://" not in cell
        and cell.casefold() not in _FILLER
    )


def _has_title_word(title: str) -> bool:
    return any(word.casefold() in _TITLE_WORDS for word in _WORD.findall(_CAMEL.sub(" ", title)))


def _columns(rows: list[list[str]]) -> list[list[str]]:
    """The values below the first row, by column."""
    width = len(rows[0])
    return [[row[index].strip() for row in rows[1:] if index < len(row)] for index in range(width)]


def _is_unlike(values: list[str]) -> bool:
    """Whether most of a column's values could not be titles (numbers, dates, addresses, ...)."""
    told = [value for value in values if value.casefold() not in _FILLER]
    kinds = Counter(_is_title(value) and not any(map(str.isdigit, value)) for value in told)
    return kinds[False] > 0.5 * len(told)
