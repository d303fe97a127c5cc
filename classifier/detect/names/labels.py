"""What labels, titles, greetings, lists of names and forms of streets tell, in the languages of prose.txt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from classifier.detect.columns.lexicon import given_names, surnames
from classifier.detect.columns.words import folded
from classifier.detect.names.spelling import section

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĨĪĬĮİĴĶĹĻĽŁŃŅŇŌŎŐŒŔŖŘŚŜŞŠŢŤŨŪŬŮŰŲŴŶŸŹŻŽƏΑ-ΩА-ЯІЇЄ"
_WORD = rf"(?:[{_UPPER}](?:[^\W\d_]|['’](?=[^\W\d_]))*)"
_PART = rf"(?:[{_UPPER}]\.|{_WORD}(?:-{_WORD})*\.?(?<![a-z]{{4}}\.))"
_PARTICLE = (
    "(?:van|von|vom|de|der|den|del|della|dello|dei|di|da|do|dos|das|du|la|le|las|los|bin|ibn|al|el|ter|ten|zu|"
    "y|e|af)"
)
_NAME = rf"{_PART}(?: (?:{_PARTICLE} ){{0,3}}{_PART}){{0,4}}"
_LISTED = rf"(?:{_PARTICLE} ){{0,2}}{_NAME}(?:, {_NAME})?"
_END = re.compile(r"\s*(?:[,;:!.()<\n\t\"'/|]|--?\s|– |\s{2}|$)")
_STREET_WORD = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Way|Parkway|Pkwy|"
    "Highway|Hwy|Circle|Cir|Trail|Close|Crescent|Gardens|Grove|Mews|Plaza"
)
_TAIL = rf"(?:,? (?:{_NAME},? )?(?:[A-Z]{{2}} )?\d{{4,5}}(?:-\d{{3,4}})?(?: {_NAME})?)?"
_STREETS = (
    rf"(?<![\w.$€£-])(?:\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? |(?:North|South|East|West) )?"
    rf"(?:{_WORD}\.? |\d+(?:st|nd|rd|th) ){{1,3}}"
    rf"(?:{_STREET_WORD})\b\.?(?:,? (?:Apt|Suite|Unit|Ste|Flat|Floor)\.? ?\w{{1,5}})?{_TAIL}"
    rf"|P\.? ?O\.? Box \d{{1,6}}\b"
    rf"|(?:Calle|C/|Avenida|Avda\.|Av\.|Paseo|Plaza|Pza\.|Camino|Carretera|Ronda|Travesía|Rua|Travessa|Largo|Praça|"
    rf"Via|Viale|Piazza|Corso|Vicolo|Strada|[Uu]l\.|[Aa]l\.|[Pp]l\.|[Oo]s\.|Ulica) ?"
    rf"(?:de |del |de la |da |do |dos |della )?{_NAME}"
    rf",? ?(?:n[º°o.]? ?|nr\.? ?)?\d{{1,4}}(?:[ /-]?[A-Za-z0-9]{{1,3}})?\b"
    rf"|\d{{1,4}}(?: bis| ter)?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Cc]hemin|[Ii]mpasse|"
    rf"[Qq]uai|[Aa]llée|[Cc]ours|[Rr]oute)"
    rf" (?:de |du |des |de la |de l['’]|d['’]|la |le |les )?{_NAME}{_TAIL}"
    rf"|(?:[{_UPPER}][^\W\d_]*[- ]?){{1,3}}(?:(?<=[^\W_])(?:straße|strasse|str\.|weg|gasse|platz|allee|"
    rf"straat|laan|gracht|plein|kade|gatan|vägen|vej|gade|gata|veien)"
    rf"|(?<= )(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Straat|Laan|Plein))\.? \d{{1,4}} ?[a-zA-Z]?\b{_TAIL})"
)
_VALUE = re.compile(r"[^\n\t]{3,120}?(?=\s{2}|[\n\t]|\.\s*(?:\n|$)|$|[;|<])")
_PLACE = rf"(?:\d{{4,6}}(?:-\d{{3,4}})?,? ?)?{_NAME}|\d{{4,6}}(?:-\d{{3,4}})?\b"
_LABEL, _TITLED, _GREETED, _PAIRED = 0.9, 0.85, 0.8, 0.7
_STREET = 0.85
_LONGEST_NAME = 60
_TITLES_REACH = 20


class Told(NamedTuple):
    """A stretch of a text, in characters, and what it is taken for. `by` says what told it."""

    start: int
    end: int
    kind: str
    confidence: float
    by: str


@cache
def _expression(text: str) -> re.Pattern[str]:
    """Compile it when it is first needed: that takes longer than the rest of the room's start."""
    return re.compile(text)


@cache
def _labels() -> re.Pattern[str]:
    """Return the expression of labels, in plain spelling; its groups are the kinds."""
    groups = (("person", "person label"), ("address", "address label"), ("place", "place label"))
    kinds = "|".join(f"(?P<{group}>{_any(section(name))})" for group, name in groups)
    return re.compile(
        rf"(?<![\w.-])(?:{kinds})(?: ?\(s\))?\*{{0,2}}[ ]?[:：\t]\*{{0,2}}[ \t]{{0,12}}\n?[ ]{{0,4}}"
    )


@cache
def _titles() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.'-])(?:{_any(section('title'))})\.? (?=\w)")


@cache
def _greetings() -> re.Pattern[str]:
    title = rf"(?:(?:{_any(section('title'))})\.? ){{0,2}}"
    return re.compile(
        rf"(?:^|(?<=[\n.!?:>\"'] )|(?<=[\n\"']))(?:{_any(section('greeting'))}),? {title}(?=\w)"
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def told(text: str, spelled: str) -> Iterator[Told]:
    """Yield what the text tells without a model. `spelled` is the text in plain spelling."""
    for found in _labels().finditer(spelled):
        yield from _labelled(text, found)
    for found in _greetings().finditer(spelled):
        name = _expression(_NAME).match(text, found.end())
        if name and name[0].count(" ") < 4 and _END.match(text, name.end()) and is_name(name[0]):
            yield Told(name.start(), _end(name), "PERSON", _GREETED, "greeting")
    for found in _titles().finditer(spelled):
        name = _expression(_NAME).match(text, found.end())
        if name and (text[found.start()].isupper() or len(found[0]) > 4) and is_name(name[0]):
            yield Told(found.start(), _end(name), "PERSON", _TITLED, "title")
    yield from pairs(text)
    for street in _expression(_STREETS).finditer(text):
        yield Told(street.start(), street.end(), "ADDRESS", _STREET, "street")


def titled(spelled: str, start: int) -> int:
    """Return where the title of a name that starts at `start` begins; `start` without one."""
    low = max(0, start - _TITLES_REACH)
    ends = (found.start() for found in _titles().finditer(spelled, low, start + 1) if found.end() == start)
    return next(ends, start)


def pairs(text: str) -> Iterator[Told]:
    """Yield the capitalised words of which the first is a listed given name and the last a surname."""
    for name in _expression(_NAME).finditer(text):
        if " " in name[0]:
            yield from _paired(name)


def _end(name: re.Match[str]) -> int:
    """Return where a name ends: without a sentence's point."""
    last = name[0].rsplit(" ", 1)[-1]
    return name.end() - (last.endswith(".") and len(last) > 4)


def _labelled(text: str, label: re.Match[str]) -> Iterator[Told]:
    at = label.end()
    if label["person"]:
        name = _expression(_LISTED).match(text, at)
        if name and len(name[0]) <= _LONGEST_NAME and _END.match(text, name.end()) and is_name(name[0]):
            yield Told(name.start(), _end(name), "PERSON", _LABEL, "label")
    elif label["address"]:
        value = _VALUE.match(text, at)
        if (
            value
            and sum(map(str.isalpha, value[0])) >= 4
            and any(map(str.isdigit, value[0]))
            and "@" not in value[0]
        ):
            yield Told(value.start(), value.end(), "ADDRESS", _LABEL, "label")
    else:
        place = _expression(_PLACE).match(text, at)
        if place and _END.match(text, place.end()) and len(place[0]) > 2:
            yield Told(place.start(), place.end(), "LOCATION", _LABEL, "label")


def _paired(name: re.Match[str]) -> Iterator[Told]:
    """Yield the longest stretch of the words that begins with a given name and ends with a surname."""
    words = list(re.finditer(r"\S+", name[0]))
    for first in range(len(words) - 1):
        if folded(words[first][0]) not in given_names() or len(words[first][0]) < 3:
            continue
        for last in range(min(len(words), first + 5) - 1, first, -1):
            if folded(words[last][0]) in surnames() and len(words[last][0]) > 2:
                start, end = name.start() + words[first].start(), name.start() + words[last].end()
                if is_name(name.string[start:end]):
                    yield Told(start, end, "PERSON", _PAIRED, "lists")
                    return


def is_name(text: str) -> bool:
    """Return whether capitalised words can be somebody's name: none of them names a thing."""
    words = re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", folded(text))
    return bool(words) and not any(word in section("never a person") for word in words)
