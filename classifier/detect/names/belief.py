"""The gate behind: which of a pipeline's entities are believed, and how much.

A model trained on prose takes identifiers, products and headings for people. What it says must look like a
name, and where a text is technical a list of names or a word such as "Dear" must say so too.
"""

from __future__ import annotations

import re
from functools import cache

from classifier.detect.columns.lexicon import cities, given_names, phrases, surnames
from classifier.detect.columns.words import folded
from classifier.detect.names.labels import Told, pairs
from classifier.detect.names.pipeline import Entity
from classifier.detect.names.spelling import section
from classifier.shipped import shipped

_PARTS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ODD = re.compile(r"[\d_/\\@#=<>{}\[\]|$%^*~`+:;&?!\"“”…•]|\.\.|--")
_HUMP = re.compile(r"[a-z][A-Z]")
_HUMPS = re.compile(r"\b(?:Ma?c|De|Del|Di|Da|La|Le|Lo|Van|Von|Fitz|O|D|L|St)['’]?(?=[A-Z])")
_BEFORE = re.compile(r"(?:[\w)\]}]|(?<!\w)[A-Za-z]:)[._/\\@#$=<-]$|[_/\\@#$<&]$|\w$")
_AFTER = re.compile(r"[_/\\@(=\[]|\.[a-z]{2,4}\b|\w|-\w|:\w|::")
_SIDE = re.compile(r"^[\W\d_]+|[\W_]+$")
_PREPOSITION = re.compile(
    r"(?i)\b(?:in|from|to|at|near|of|around|via|visit(?:ed|ing)?|through|based|located|born|moved|city|town)"
    r"\W{1,3}(?:the )?$"
)
_HOUSE = re.compile(r"\b\d{1,5}[A-Za-z]?\b")
_CODE = re.compile(r"(?i)(?:zip|post(?:al)?|cp|plz|cap|cep)\W*(?:code|leitzahl)?\W{0,3}(?:is |to |= ?)?$")
_LONGEST, _MOST = 60, 6
_LIKELY, _SURE = 0.5, 0.75


_OWNED = re.compile(r"(?i)copyright|©|\(c\) ?(?:19|20)\d\d|\bauthors?:|\bmaintainers?:|@authors?\b")
_CREDIT = re.compile(
    r"(?i)copyright|©|\(c\)|\bauthors?\b|maintain|\bwritten by|contribut|licen[cs]e|\bthanks? to|\bcredits\b"
    r"|\bpatch|\bported|\bsigned-off|\bpackaged|\brevised by|\bimplement|\balgorithm|\bet al\b|\bvol\.|\bpp\."
)
_SENTENCE = re.compile(r"(?:^|[.!?:\n]\s*|[\"'(>-]\s?)$")
_WORD = re.compile(r"[^\W\d_]{2,}")
# "412 pieces": a number of things. A street in lower case says that it is one, or has more words.
_QUANTITY = re.compile(
    r"\d[\d.,]*\s(?![^\s]*(?:stra(?:ß|ss)e|str|weg|gasse|platz|allee|street|road|lane|avenue|ave|laan|straat)$)"
    r"[a-zß-öø-ÿ]+"
)
_READING = re.compile(r"[A-Za-z][A-Za-z0-9]{0,4}:? \d{1,4}(?:[./]\d{1,4})?%?(?: [A-Za-z/]{1,6})?")


def credited(line: str, *, technical: bool) -> bool:
    """Return whether a line tells who made a work: its author is named to be known."""
    return (_CREDIT if technical else _OWNED).search(line) is not None


def may_name(text: str, spelled: str, *, technical: bool) -> bool:
    """Return whether a person or a place may be named: a cheap look before the model's.

    `spelled` is the text in plain spelling. In technical texts nothing but a name of the lists counts.
    """
    if technical:
        return any(item.by == "lists" for item in pairs(text))
    for word in _WORD.finditer(text):
        known = spelled[word.start() : word.end()]
        if word[0][0].isupper():
            if known in given_names() or known in cities() or not _SENTENCE.search(text[: word.start()][-4:]):
                return True
        elif (
            known not in ordinary()
            and len(known) > 2
            and (known in given_names() or known in section("country"))
        ):
            return True
    return any(char.isdigit() for char in text)


@cache
def ordinary() -> frozenset[str]:
    """Return words of technical English that are names only in telling company."""
    lines = (shipped("patterns") / "lexicons" / "words.txt").read_text("utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def believed(text: str, entity: Entity, *, technical: bool) -> Told | None:
    """Return what is believed of an entity of `text`; None: nothing. Offsets are characters."""
    start, end = _bounds(text, entity)
    if start >= end:
        return None
    before, after = text[max(0, start - 40) : start], text[end : end + 8]
    if _BEFORE.search(before) or _AFTER.match(after):
        return None
    words = text[start:end]
    if entity.kind == "PERSON":
        confidence = _person(words, technical=technical)
    elif entity.kind == "LOCATION" and _is_given(words):
        confidence = 0.0 if technical else 0.55
        entity = entity._replace(kind="PERSON")
    elif entity.kind == "LOCATION":
        confidence = _place(words, before, technical=technical)
    elif entity.kind == "ADDRESS":
        return _address(text, start, end, before, technical=technical)
    else:
        confidence = 0.0 if technical else 0.6
    return Told(start, end, entity.kind, confidence, "model") if confidence >= _LIKELY else None


def _bounds(text: str, entity: Entity) -> tuple[int, int]:
    """Return where the entity begins and ends without what is no part of it: of several lines the first."""
    start, end = entity.start, entity.end
    if entity.kind not in ("ADDRESS", "LOCATION"):
        while start < end and text[start].isspace():
            start += 1
        end = min(end, text.find("\n", start) % (len(text) + 1))
    words = text[start:end]
    if words.endswith(("'s", "’s")):
        end -= 2
    if entity.kind in ("ADDRESS", "DATE"):
        while start < end and text[start].isspace():
            start += 1
        while start < end and not (text[end - 1].isalnum() or text[end - 1] == "."):
            end -= 1
        return start, end
    head = re.match(r"[\W_]+", text[start:end])
    start += head.end() if head else 0
    while start < end and not (text[end - 1].isalnum() or text[end - 1] == "."):
        end -= 1
    return start, end


def _is_given(words: str) -> bool:
    """Whether a word is a given name, and no place's."""
    known = folded(words)
    return known in given_names() and known not in cities() and known not in section("country")


def _person(name: str, *, technical: bool) -> float:
    parts = _PARTS.findall(name)
    if not 0 < len(parts) <= _MOST or len(name) > _LONGEST or _ODD.search(name):
        return 0.0
    if _HUMP.search(_HUMPS.sub("", name)):
        return 0.0
    known = [folded(part) for part in parts]
    if any(word in section("never a person") for word in known):
        return 0.0
    if technical and any(word in section("product or method") for word in known):
        return 0.0
    real = [
        word for word in known if len(word) > 1 and word not in phrases("cell_words.txt")["no part of a name"]
    ]
    if not real:
        return 0.0
    given = real[0] in given_names()
    family = real[-1] in surnames()
    common = sum(word in ordinary() for word in real)
    capital = all(part[0].isupper() for part in parts if len(part) > 3)
    if technical:
        if len(real) < 2 or not capital or name.isupper() or common:
            return 0.0
        return 0.85 if given and family else 0.0
    if len(real) == 1:
        if len(real[0]) < 3 and not given:
            return 0.0
        if real[0] in section("product or method") or (common and not given):
            return 0.0
        return 0.65 if given else 0.6 if family else 0.5 if capital and not name.isupper() else 0.0
    if common == len(real) and not (given and family):
        return 0.0
    return 0.9 if given and family else 0.8 if given or family else 0.55 if capital else 0.0


def _place(name: str, before: str, *, technical: bool) -> float:
    if len(name) < 2 or len(name) > _LONGEST or re.search(r"[\d_/\\@#=<>{}\[\]|$%^*~`+;]", name):
        return 0.0
    if _HUMP.search(_HUMPS.sub("", name)):
        return 0.0
    whole = folded(name.strip(" ."))
    pieces = [whole.removeprefix("the "), *(piece.strip(" .") for piece in re.split(r"[,\n]", whole))]
    listed = any(piece in cities() or piece in section("country") for piece in pieces)
    placed = _PREPOSITION.search(before) is not None
    if technical:
        return 0.7 if listed and placed and name[0].isupper() and whole not in ordinary() else 0.0
    if any(word in section("never a person") for word in whole.split()) and not listed:
        return 0.0
    if whole in ordinary():
        return 0.6 if listed and placed else 0.0
    return (
        0.85
        if listed and placed
        else 0.75
        if listed
        else 0.65
        if placed
        else 0.5
        if name[0].isupper()
        else 0.0
    )


def _address(text: str, start: int, end: int, before: str, *, technical: bool) -> Told | None:
    value = text[start:end]
    letters, digits = sum(map(str.isalpha, value)), sum(map(str.isdigit, value))
    if re.search(r"[_@=<>{}\[\]|$^*~`%]|//", value) or _are_readings(value) or _QUANTITY.fullmatch(value):
        return None
    if not digits:
        confidence = _place(value, before, technical=technical)
        return Told(start, end, "LOCATION", confidence, "model") if confidence >= _LIKELY else None
    if not letters:
        good = not technical and 4 <= digits <= 9 and (_CODE.search(before) is not None)
        return Told(start, end, "ADDRESS", 0.7, "model") if good else None
    if letters < 3 or technical:
        return None
    return Told(start, end, "ADDRESS", _SURE, "model")


def _are_readings(value: str) -> bool:
    """Whether it is a list of what was measured (`Na 128, K 4.7`): short signs with a number each."""
    pieces = re.split(r"[,;\n]", value)
    return len(pieces) > 1 and all(_READING.fullmatch(piece.strip()) for piece in pieces)
