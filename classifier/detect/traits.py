"""What an object is beside the data in it: a program, a ransom note, a page that asks for passwords.

The words are data, patterns/traits.yaml. It looks at the name, at what extraction told, and at the beginning
of the text; what it keeps of all that are names of traits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache

from pydantic import BaseModel, ConfigDict

from classifier.model import Chunk, Mismatch, Problem
from classifier.shipped import shipped
from classifier.tree import compose, construct

LOOKED_AT = 1 << 14  # bytes of an object's text
UNKNOWN_FORMAT = "binary"
_LISTED = 5  # different principals from which on a text is a list of them
_SPACE = re.compile(rb"\s+")
_QUOTES = re.compile(rb"""(?<=type=)["']""")
_PRINCIPAL = re.compile(rb"arn:aws[a-z-]*:iam::\d{12}:(?:user|role)/[\w+=,.@/-]{1,128}")
# A statement of an IAM policy that allows everything on everything, in JSON and in Terraform's HCL; its
# elements may stand in any order, close together.
_ELEMENT = rb"""["']?%s["']?\s*[:=]\s*\[?\s*["']%s["']"""
_ALLOW, _ACTION, _RESOURCE = (
    re.compile(_ELEMENT % pair, re.IGNORECASE)
    for pair in ((b"effect", b"allow"), (b"actions?", rb"(?:\*|iam:\*)"), (b"resources?", rb"\*"))
)
_NEAR = 400  # bytes between the elements of a statement


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Phishing(_Data):
    needs: tuple[str, ...]
    least: int
    pretexts: tuple[tuple[str, ...], ...]


class _Ransom(_Data):
    needs: tuple[str, ...]
    least: int
    groups: tuple[tuple[str, ...], ...]


class Words(_Data):
    """patterns/traits.yaml, typed."""

    version: str
    executable: frozenset[str]
    script_extensions: frozenset[str]
    script_starts: tuple[str, ...]
    documents: frozenset[str]
    dangerous: frozenset[str]
    phishing: _Phishing
    ransom: _Ransom
    note_names: tuple[str, ...]
    encrypted_extensions: frozenset[str]


@cache
def trait_words() -> Words:
    """Return the shipped words."""
    path = shipped("patterns/traits.yaml")
    return Words.model_validate(construct(path, compose(path)))


class TraitReader:
    """The traits of one object: give it the chunks, problems and mismatches of its extraction."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._texts: list[bytes] = []
        self._left = LOOKED_AT
        self._formats: set[str] = set()
        self._mismatches: set[tuple[str, str]] = set()

    def feed(self, chunk: Chunk) -> None:
        """Keep the beginning of the text."""
        room = min(self._left, chunk.core_end - chunk.core_start)
        if room > 0:
            self._texts.append(chunk.data[chunk.core_start : chunk.core_start + room])
            self._left -= room

    def tell(self, item: Problem | Mismatch) -> None:
        """Take what extraction told: the format of what it does not read, a name that promises another."""
        if isinstance(item, Mismatch):
            self._mismatches.add((item.extension, item.format))
        elif item.reason == "UNSUPPORTED_FILE_TYPE_EXCEPTION":
            self._formats.add(item.detail.rpartition(": ")[2])  # "printable strings only: exe"

    def result(self) -> tuple[str, ...]:
        """Return the traits, sorted."""
        words = trait_words()
        text = _SPACE.sub(b" ", b" ".join(self._texts)).lower()
        found = {name for name, holds in self._by_name(words) if holds}
        found.update(name for name, holds in _by_text(text, words) if holds)
        return tuple(sorted(found))

    def _by_name(self, words: Words) -> Iterable[tuple[str, bool]]:
        base = self._key.rpartition("/")[2].lower()
        stem, _, last = base.rpartition(".")
        inner = stem.rpartition(".")[2] if "." in stem else ""
        programs = self._formats | {told for _, told in self._mismatches}
        unreadable = UNKNOWN_FORMAT in self._formats or (not self._formats and not self._texts)
        yield "executable", bool(programs & words.executable)
        yield "double_extension", inner in words.documents and last in words.dangerous
        yield "disguised", any(told in words.executable for _, told in self._mismatches)
        yield "contradicts_name", any(name in words.documents for name, _ in self._mismatches)
        yield "script", last in words.script_extensions and bool(self._texts)
        yield "ransom_note_name", any(fnmatchcase(base, pattern) for pattern in words.note_names)
        known = inner in words.documents and last in words.encrypted_extensions and unreadable
        lost = any(told == UNKNOWN_FORMAT for _, told in self._mismatches)
        yield "encrypted_name", known
        yield "encrypted_content", lost


def _by_text(text: bytes, words: Words) -> Iterable[tuple[str, bool]]:
    yield "script", text.lstrip().startswith(tuple(item.encode() for item in words.script_starts))
    phishing, ransom = words.phishing, words.ransom
    if b"type=" in text:
        plain = _QUOTES.sub(b"", text)
        asks = all(item.encode() in plain for item in phishing.needs)
        yield "phishing_page", asks and _groups(text, phishing.pretexts) >= phishing.least
    if any(item.encode() in text for item in ransom.needs):
        yield "ransom_note", _groups(text, ransom.groups) >= ransom.least
    if b"effect" in text and b"*" in text:
        yield "admin_policy", _allows_everything(text)
    if b":iam::" in text:
        yield "principal_list", len(set(_PRINCIPAL.findall(text))) >= _LISTED


def _groups(text: bytes, groups: Iterable[Iterable[str]]) -> int:
    """Return of how many groups a phrase stands in the text."""
    return sum(any(phrase.encode() in text for phrase in group) for group in groups)


def _allows_everything(text: bytes) -> bool:
    for found in _ALLOW.finditer(text):
        near = text[max(0, found.start() - _NEAR) : found.end() + _NEAR]
        if _ACTION.search(near) and _RESOURCE.search(near):
            return True
    return False
