"""Names that come from outside, made visible; the same characters wherever names are written."""

from __future__ import annotations

import json
import sys
import unicodedata

import pytest

from classifier.alerts.words import plain
from classifier.extract.json_index import Frame
from classifier.extract.json_path import path
from classifier.extract.part import Part
from classifier.report.lines import encode
from classifier.visible import hidden, visible


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a/b.txt", "a/b.txt"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\x1b[31m\x9b\u202e\udc80é", "a\\x1b[31m\\x9b\\u202e\\udc80é"),
        ("soft\u00adhyphen", "soft\\xadhyphen"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("é 日本語\u00a0\u3000\ue000🙂", "é 日本語\u00a0\u3000\ue000🙂"),
    ],
    ids=["plain", "lines", "terminal", "soft hyphen", "surrogate", "tag", "seen"],
)
def test_visible(name: str, shown: str) -> None:
    assert visible(name) == shown


HIDDEN = [
    char
    for char in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp")
]


def test_all_that_write_names_agree() -> None:
    text = "".join(HIDDEN)
    frame = Frame(is_array=False, key=text)
    for shown in (
        visible(text),
        plain(HIDDEN[0] + HIDDEN[-1]),
        Part(None, "", 0, iter(())).member(text),
        path([frame]),
        encode({"key": text}).decode(),
    ):
        assert shown is not None
        assert not any(hidden(char) for char in shown)
    assert json.loads(encode({"key": text})) == {"key": text}
    assert json.loads(f'"{(path([frame]) or "")[3:-2]}"') == text
