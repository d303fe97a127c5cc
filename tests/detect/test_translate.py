"""Amazon Macie's expressions over bytes: they match what they match over characters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.dialect import DialectError
from classifier.detect.linear import LinearPattern
from classifier.detect.prefilter import hyperscan
from classifier.detect.translate import ENDLESS, LONG, Translation, translated


def pattern_of(translation: Translation) -> LinearPattern | re.Pattern[bytes]:
    """The expression as a scan runs it."""
    exact = translation.exact.encode()
    return LinearPattern(exact, 0, translation.longest) if translation.linear else re.compile(exact)


def found(expression: str, text: str) -> list[str]:
    """What the translated expression finds in a text, in order."""
    translation, data = translated(expression), text.encode()
    pattern = pattern_of(translation)
    values, at = [], 0
    while (match := pattern.search(data, at)) is not None:
        values.append(data[match.start() : match.end()].decode())
        at = match.end()
    return values


CASES = [
    ("a digit class", r"EMP-\d{6}", "EMP-204817 EMP-20481", ["EMP-204817"]),
    ("a set with marks", r"[A-Z\-.\]]{3}", "A-. a]] B].", ["A-.", "B]."]),
    ("a POSIX class", "[[:upper:]]{2}[[:^digit:]]", "ABc AB1", ["ABc"]),
    ("characters beyond ASCII", "Größe: [äöü]{2}", "Größe: äü Größe: ab", ["Größe: äü"]),
    ("a range beyond ASCII", "[а-я]{3}", "мир МИР ab", ["мир"]),
    ("any character is one", "<.{3}>", "<añ語> <abcd> <a\nc>", ["<añ語>"]),
    ("a negated set", "<[^>]+>", "<größe> <>", ["<größe>"]),
    ("letters by property", r"\p{Lu}\p{L}+", "Ärger ärger", ["Ärger"]),
    ("case is ignored", "(?i)straße-x", "STRASSE-X Straße-X", ["Straße-X"]),
    ("for a part", "a(?i:b)c", "abc aBc ABC", ["abc", "aBc"]),
    ("till its group ends", "(?:(?i)a)b", "Ab AB", ["Ab"]),
    ("literal text", r"\Qa.b*\Ec", "a.b*c axbbc", ["a.b*c"]),
    ("a hexadecimal character", r"\x41\x{e9}", "Aé", ["Aé"]),
    ("alternatives", "cat|category|dog", "category dog", ["cat", "dog"]),
    ("a lazy repeat", '"id": ".*?"', '"id": "a", "id": "b"', ['"id": "a"', '"id": "b"']),
    ("a word's edge", r"\bID\d+\b", "ID7 XID7 ID7x", ["ID7"]),
    ("the beginning of the text", r"^AB\d", "AB1\nAB2", ["AB1"]),
    ("of each line", r"(?m)^AB\d", "AB1\nAB2", ["AB1", "AB2"]),
    ("the end of the text", r"AB\d$", "AB1 AB2\n", ["AB2"]),
    ("groups keep nothing", "(ab)+(?<n>c)(?P<m>d)", "ababcd", ["ababcd"]),
    ("a comment", "a(?#why)b", "ab", ["ab"]),
    ("a brace that is none", "a{b}", "a{b}", ["a{b}"]),
    ("a line break of any kind", r"a\Rb", "a\r\nb a\nb", ["a\r\nb", "a\nb"]),
    ("spaces across", r"a\hb", "a\tb a\u00a0b", ["a\tb", "a\u00a0b"]),
    ("a repeat without an end", r"N\d+", "N12345678901234567890", ["N12345678901234567890"]),
]


@pytest.mark.parametrize(
    ("expression", "text", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_it_finds_the_same_as_over_characters(expression: str, text: str, expected: list[str]) -> None:
    assert found(expression, text) == expected


REFUSED = [
    ("a look-ahead", "a(?=b)", 2, "look-ahead"),
    ("a look-behind", "(?<!a)b", 1, "look-behind"),
    ("a back-reference", r"(a)\1", 4, "back-reference"),
    ("a named back-reference", r"(?P<n>a)(?P=n)", 9, "back-reference"),
    ("an atomic group", "a(?>b)", 2, "atomic"),
    ("a possessive repeat", "a++b", 3, "possessive"),
    ("a recursion", "a(?R)?", 2, "recursion"),
    ("a condition", "(?(1)a|b)", 1, "condition"),
    ("a flag that is not there", "(?x)a b", 1, "flag x"),
    ("an escape that is not there", r"a\y", 2, r"\y"),
    ("a group that is not closed", "ab(c", 3, "not closed"),
    ("a group that was not opened", "ab)c", 3, "not opened"),
    ("a set that is not closed", "ab[c", 3, "not closed"),
    ("a range turned round", "[z-a]", 3, "higher"),
    ("nothing to repeat", "*a", 1, "nothing here"),
    ("a repeat turned round", "a{3,2}", 2, "fewer"),
    ("the empty string", "a*", 1, "empty string"),
    ("too long a match", "a{20000}", 1, "can match"),
    ("too many characters", r"\x{110000}", 1, "no such character"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "position", "text"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_is_not_supported_is_told_with_its_place(expression: str, position: int, text: str) -> None:
    with pytest.raises(DialectError, match=re.escape(text)) as told:
        translated(expression)
    assert told.value.position == position


@pytest.mark.parametrize(
    ("expression", "linear"),
    [
        (r"[A-Z]-\d{8}", False),
        (r"\d+", False),
        (r"[a-z]+@[a-z]+\.com", False),
        (r"EMP\d+|EMPL\d+", False),
        (r"(a+)+b", True),
        (r"(?:a|a)*b", True),
        (r".*id.*\d", True),
        (r"\d+\d+", True),
        (r"(?:\d{1,3}\.?){2,}", True),
    ],
)
def test_what_re_may_take_long_over_is_not_run_by_it(expression: str, linear: bool) -> None:
    assert translated(expression).linear is linear


def test_repeats_without_an_end_have_one() -> None:
    assert translated(r"\d+").longest == ENDLESS
    assert translated("(a+)+b").longest == LONG
    assert found(r"\d+", "7" * (ENDLESS + 1)) == ["7" * ENDLESS, "7"]


ATOMS = ["A", "b", "[0-9]", r"\d", "-", "[A-C]", ".", "é"]
REPEATS = ["", "", "{2}", "{1,3}", "+", "?", "*", "+?"]


def _larger(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(parts, min_size=1, max_size=4).map("".join),
        st.lists(parts, min_size=2, max_size=3).map(lambda options: f"(?:{'|'.join(options)})"),
        st.tuples(parts, st.sampled_from(REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


EXPRESSIONS = st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=7)


@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, st.text("Ab01-Cé \n", max_size=30))
def test_python_finds_the_same_values(expression: str, text: str) -> None:
    needed = f"A{expression}"
    expected = [match[0] for match in re.finditer(needed, text, re.ASCII)]
    assert found(needed, text) == expected


@pytest.mark.skipif(hyperscan is None, reason="no wheel for this platform")
@settings(max_examples=100, deadline=None)
@given(EXPRESSIONS, st.text("Ab01-Cé \n", max_size=40))
def test_each_match_has_a_coarse_hit_in_it(expression: str, text: str) -> None:
    translation, data = translated(f"A-{expression}"), text.encode()
    assert translation.coarse is not None
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(expressions=[translation.coarse.encode()], ids=[0], elements=1, flags=[0])
    ends: list[int] = []
    database.scan(data, match_event_handler=lambda n, start, end, flags, context: ends.append(end))
    exact = pattern_of(translation)
    for start in range(len(data)):
        if (match := exact.match(data, start)) is not None:
            assert any(start < end <= min(match.end(), start + translation.lead) for end in ends)
