"""Number formats of spreadsheets (ECMA-376 part 1, 18.8.30 and 18.8.31): what a cell shows of a number.

A format that hides what is in the cell (no digits at all, thousands cut off, a date without its day) is not
followed: the value itself is what counts then.
"""

from __future__ import annotations

import datetime
import operator
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TypeAlias

Show: TypeAlias = Callable[[str], str | None]
"""Takes the number as the file has it; returns what is shown, None where the value itself is to be taken."""

BUILT_IN = {
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: '"$"#,##0_);("$"#,##0)',
    6: '"$"#,##0_);("$"#,##0)',
    7: '"$"#,##0.00_);("$"#,##0.00)',
    8: '"$"#,##0.00_);("$"#,##0.00)',
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    14: "m/d/yyyy",
    15: "d-mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "m/d/yyyy h:mm",
    37: "#,##0_);(#,##0)",
    38: "#,##0_);(#,##0)",
    39: "#,##0.00_);(#,##0.00)",
    40: "#,##0.00_);(#,##0.00)",
    41: "#,##0_);(#,##0)",
    42: '"$"#,##0_);("$"#,##0)',
    43: "#,##0.00_);(#,##0.00)",
    44: '"$"#,##0.00_);("$"#,##0.00)',
}
"""Formats that have a number and no text in the file; those that depend on the language as in US English."""

_LONGEST = 255  # characters of a format, as Excel has it
_DIGITS = 20  # of a number; Excel keeps 15
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[\$(?P<money>[^\]\-]*)(?:-(?P<language>\w*))?'
    r"[^\]]*\]|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<condition>[<>=]+[^\]]*)\]|\[[^\]]*\]|(?P<half>AM/PM|A/P)"
    r"|(?P<general>General)|(?P<exponent>E[+-])|(?P<part>\.0+(?=[^0#?]|$)|y+|m+|d+|h+|s+|e+|g+|b+)"
    r"|(?P<digit>[0#?])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<end>;)|(?P<at>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)(-?\d{1,15}(?:\.\d{1,15})?)")
_COMPARED: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EPOCH = datetime.datetime(1899, 12, 30)
_EPOCH_1904 = datetime.datetime(1904, 1, 1)
_ABSENT = {"0": "0", "?": " ", "#": ""}  # what a sign for a digit shows where there is none
_LEAP = 60  # the 29th of February 1900, which there was none of


class _Section:
    """One of the up to four parts of a format: tokens of a kind and a text each."""

    def __init__(self) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.english = True
        self.condition = ""

    def kinds(self) -> set[str]:
        return {kind for kind, _ in self.tokens}


def compile_format(code: str, since_1904: bool = False) -> Show | None:
    """Return what shows a number in the format `code`; None where that is the number itself.

    `since_1904` says that the workbook counts its days from 1904.
    """
    sections = _sections(code[:_LONGEST])
    kinds = sections[0].kinds()
    if kinds & {"general", "at"}:
        return None
    if kinds & {"date", "elapsed"}:
        return _dates(sections[0], _EPOCH_1904 if since_1904 else _EPOCH)
    plain = len(sections) == 1 and sections[0].tokens in ([("digit", "0")], [("digit", "#")])
    return None if plain or "digit" not in kinds else _numbers(sections[:3])


def _sections(code: str) -> list[_Section]:
    found = [_Section()]
    seconds = False  # a point after seconds begins their fraction
    for match in _TOKEN.finditer(code):
        section, kind = found[-1], match.lastgroup or ""
        text = match[kind] if kind else ""
        if kind == "end":
            found.append(_Section())
        elif kind in ("money", "language"):
            section.tokens.append(("text", match["money"]))
            language = match["language"] or ""
            section.english = section.english and language.lower()[-2:] in ("", "09", "00")
        elif kind == "condition":
            section.condition = text
        elif kind in ("quoted", "escaped", "other"):
            section.tokens.append(("text", text))
        elif kind == "space":
            section.tokens.append(("text", " "))
        elif kind == "part" and text[0] == "." and not seconds:
            section.tokens += [("point", "."), *(("digit", "0") for _ in text[1:])]
        elif kind in ("part", "half"):
            section.tokens.append(("date", text))
            seconds = text[0] in "sS"
        elif kind == "elapsed":
            section.tokens.append(("elapsed", text.lower()))
            seconds = text[0] in "sS"
        elif kind in ("digit", "point", "comma", "percent", "exponent", "general", "at"):
            section.tokens.append((kind, text))
    return found


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and (not value or abs(value.adjusted()) < _DIGITS) else None


def _numbers(sections: list[_Section]) -> Show:
    shapes = [_Shape(section) for section in sections]
    conditions = [_CONDITION.fullmatch(section.condition) for section in sections]

    def show(text: str) -> str | None:
        value = _number(text)
        if value is None:
            return None
        if any(conditions):
            for shape, told in zip(shapes, conditions, strict=True):
                if told is None or _COMPARED[told[1]](value, Decimal(told[2])):
                    shown = shape.show(abs(value))
                    return shown if value >= 0 or shown is None else f"-{shown}"
            return None
        if value < 0 and len(shapes) > 1:
            return shapes[1].show(-value)
        if value == 0 and len(shapes) > 2:
            return shapes[2].show(value)
        shown = shapes[0].show(abs(value))
        return shown if value >= 0 or shown is None else f"-{shown}"

    return show


class _Shape:
    """A section that shows numbers: signs for digits and what stands between them."""

    def __init__(self, section: _Section) -> None:
        tokens = section.tokens
        places = [index for index, (kind, _) in enumerate(tokens) if kind == "digit"]
        kinds = [kind for kind, _ in tokens]
        self._empty = not places
        self._hides = self._empty or "date" in kinds
        # A fraction has digits on both sides of a slash.
        slashes = [index for index, token in enumerate(tokens) if token == ("text", "/")]
        if any(places and places[0] < at < places[-1] and not _between(tokens, at) for at in slashes):
            self._hides = True
        self._exponent = kinds.index("exponent") if "exponent" in kinds else -1
        point = kinds.index("point") if "point" in kinds else len(kinds)
        last = max(places, default=0)
        commas = [index for index, kind in enumerate(kinds) if kind == "comma"]
        self._grouped = any(places and places[0] < at < min(last, point) for at in commas)
        self._hides = self._hides or any(at > last or (at < point and at > last) for at in commas)
        self._percents = kinds.count("percent")
        self._whole = [at for at in places if at < point]
        self._part = [at for at in places if at > point and not 0 <= self._exponent < at]
        self._tokens = tokens

    def show(self, value: Decimal) -> str | None:
        if self._empty and not value:
            return self._filled("", "")
        if self._hides:
            return None
        if self._exponent >= 0:
            return self._scientific(value)
        rounded = (value.scaleb(2 * self._percents)).quantize(
            Decimal(1).scaleb(-len(self._part)), ROUND_HALF_UP
        )
        whole, _, part = f"{rounded:f}".partition(".")
        return self._filled("" if whole == "0" else whole, part)

    def _scientific(self, value: Decimal) -> str | None:
        """Only where nothing of the value is lost: `1.98E+08` is 198,000,000."""
        mantissa, _, exponent = f"{value:.{len(self._part)}E}".partition("E")
        shown = f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"
        return shown if len(self._whole) == 1 and Decimal(shown) == value else None

    def _filled(self, whole: str, part: str) -> str:
        out: list[str] = []
        signs = len(self._whole)
        missing = signs - len(whole)  # below 0 where the first sign stands for several digits
        written = 0
        kept = len(part.rstrip("0"))
        decimals = 0
        for at, (kind, text) in enumerate(self._tokens):
            if kind in ("text", "point"):
                out.append(text)
            elif kind == "percent":
                out.append("%")
            elif kind == "digit" and written < signs:
                if missing > written:
                    digits = _ABSENT[text]
                else:
                    digits = whole[written - missing if written else 0 : written - missing + 1]
                out.append(self._commas(digits, signs - written - 1))
                written += 1
            elif kind == "digit" and at in self._part:
                digit = part[decimals]
                out.append(digit if text == "0" or decimals < kept else _ABSENT[text])
                decimals += 1
        return "".join(out).strip()

    def _commas(self, digits: str, after: int) -> str:
        """Group the digits, after which there are so many others."""
        if not self._grouped:
            return digits
        size = len(digits)
        return "".join(
            digit + ("," if digit.isdigit() and (left := size - index - 1 + after) and left % 3 == 0 else "")
            for index, digit in enumerate(digits)
        )


def _between(tokens: list[tuple[str, str]], at: int) -> bool:
    """Whether all that a slash parts are single digits' signs, as in `00/00/0000`: no fraction."""
    return tokens[at - 1 : at] == [("digit", "0")] and tokens[at + 1 : at + 2] == [("digit", "0")]


def _dates(section: _Section, epoch: datetime.datetime) -> Show | None:
    letters = [text.lower() for kind, text in section.tokens if kind == "date"]
    elapsed = any(kind == "elapsed" for kind, _ in section.tokens)
    minutes = _minutes(section.tokens)
    months = [
        text
        for at, (kind, text) in enumerate(section.tokens)
        if kind == "date" and text[0] in "mM" and at not in minutes
    ]
    day = any(text[0] == "d" and len(text) < 3 for text in letters)
    year = any(text[0] == "y" for text in letters)
    dated = day or year or bool(months)
    named = any(len(text) > 2 and text[0] in "mMdD" for text in [*letters, *months])
    if (dated and not (day and year and months)) or any(text[0] in "ebg" for text in letters):
        return None
    if named and not section.english:
        return None  # the names of months are of another language
    half = any(text in ("am/pm", "a/p") for text in letters)

    def show(text: str) -> str | None:
        value = _number(text)
        if value is None or not 0 <= value < 2_958_466:
            return None
        ahead = int(epoch is _EPOCH and dated and 1 <= value < _LEAP)
        moment = epoch + datetime.timedelta(milliseconds=float(round((value + ahead) * 86_400_000)))
        return _written(section.tokens, minutes, moment, half, value if elapsed else None).strip()

    return show


def _minutes(tokens: list[tuple[str, str]]) -> set[int]:
    """Return which tokens of m are minutes: those after hours or before seconds."""
    timed = [
        (at, text[0].lower())
        for at, (kind, text) in enumerate(tokens)
        if kind in ("date", "elapsed") and text[0] in "ymdhsYMDHS"
    ]
    found = set()
    for index, (at, letter) in enumerate(timed):
        before = timed[index - 1][1] if index else ""
        after = timed[index + 1][1] if index + 1 < len(timed) else ""
        if letter == "m" and len(tokens[at][1]) < 3 and (before == "h" or after == "s"):
            found.add(at)
    return found


def _written(
    tokens: list[tuple[str, str]],
    minutes: set[int],
    moment: datetime.datetime,
    half: bool,
    elapsed: Decimal | None,
) -> str:
    out = []
    for at, (kind, text) in enumerate(tokens):
        if kind == "elapsed" and elapsed is not None:
            unit = {"h": 24, "m": 1440, "s": 86_400}[text[0]]
            out.append(str(int(elapsed * unit + Decimal("0.0000001"))).zfill(len(text)))
        elif kind == "date":
            out.append(_field(text, at in minutes, moment, half))
        elif kind in ("text", "point", "digit", "comma"):
            out.append(text)
    return "".join(out)


def _field(text: str, minute: bool, moment: datetime.datetime, half: bool) -> str:
    letter, size = text[0].lower(), len(text)
    if text.lower() in ("am/pm", "a/p"):
        shown = "AM" if moment.hour < 12 else "PM"
        return shown if size > 3 else shown[0]
    if letter == "y":
        return f"{moment.year:04}" if size > 2 else f"{moment.year % 100:02}"
    if letter == ".":
        return f".{moment.microsecond:06}"[: min(size, 4)]
    if letter == "m" and not minute and size > 2:
        name = _MONTHS[moment.month - 1]
        return name[:3] if size == 3 else name[:1] if size == 5 else name
    if letter == "d" and size > 2:
        name = _DAYS[moment.weekday()]
        return name[:3] if size == 3 else name
    number = {
        "m": moment.minute if minute else moment.month,
        "d": moment.day,
        "h": (moment.hour - 1) % 12 + 1 if half else moment.hour,
        "s": moment.second,
    }[letter]
    return str(number).zfill(min(size, 2))
