"""The token pass: it names every place where a match of a number's or a code's expression begins."""

import re
from collections.abc import Callable
from functools import cache

import hypothesis.strategies as st
import pytest
from hypothesis import given

from classifier.detect import Detector, shipped_packs
from classifier.detect.automaton import Nfa, NotATokenError, add
from classifier.detect.tokens import TokenPass
from classifier.model import Category

Load = Callable[..., tuple[Detector, ...]]

SHIPPED = shipped_packs()
PASS = TokenPass(SHIPPED)
PIECES = st.sampled_from(
    ["0", "19", "250", "4111", "987654321", "AB", "X", "DE", "a", "na", "-", "--", " ", "  ", "/", ".", "+"],
) | st.sampled_from(
    ["(", ")", ",", "\n", ":", "_", "é", "", "12-34-5678", "2026-01-02", "(212) 555-0143", "GB29 NWBK"],
)


@cache
def exact(detector: Detector) -> re.Pattern[bytes]:
    return re.compile((detector.exact or "").encode(), re.IGNORECASE if detector.caseless else 0)


def begins_at(detector: Detector, data: bytes, at: int) -> bool:
    return exact(detector).match(data, at) is not None


def begun(detector: Detector, data: bytes) -> set[int]:
    """Where matches begin, of those that overlap too."""
    search, found = exact(detector).search, set[int]()
    match = search(data)
    while match is not None:
        found.add(match.start())
        match = search(data, match.start() + 1)
    return found


def assert_named(data: bytes) -> None:
    starts = PASS.starts(data, PASS.members)
    for number in PASS.members:
        found = starts.get(number)
        named = set() if found is None else set(found.tolist())
        assert found is None or sorted(named) == found.tolist()
        assert begun(SHIPPED[number], data) <= named, SHIPPED[number].id


def test_most_numbers_are_tokens() -> None:
    ids = {SHIPPED[number].id for number in PASS.members}
    assert {"CREDIT_CARD_NUMBER", "IBAN", "USA_SOCIAL_SECURITY_NUMBER", "PHONE_NUMBER"} <= ids
    assert "EMAIL_ADDRESS" not in ids


@given(st.lists(PIECES, max_size=30).map("".join))
def test_no_beginning_is_missed(text: str) -> None:
    assert_named(text.encode())


@given(st.binary(max_size=200))
def test_no_beginning_is_missed_in_any_bytes(data: bytes) -> None:
    assert_named(data)


def test_no_beginning_is_missed_in_the_examples() -> None:
    number = {detector.id: index for index, detector in enumerate(SHIPPED)}
    for index in sorted(PASS.members):
        assert_named("\n".join(SHIPPED[index].positive).encode())
    assert len(number) == len(SHIPPED)


@given(st.integers(0, 70_000), st.sampled_from([b"123-45-6789", b"DE89 3704 0044 0532 0130 00"]))
def test_a_token_anywhere_in_a_long_text(at: int, token: bytes) -> None:
    """Also where the text is cut into blocks."""
    data = b"x, " * (at // 3) + token + b" y" * 10
    place = data.index(token)
    wanted = frozenset(n for n in PASS.members if begins_at(SHIPPED[n], data, place))
    starts = PASS.starts(data, wanted)
    assert wanted
    assert all(place in starts[number].tolist() for number in wanted)


def test_only_what_is_wanted_is_told() -> None:
    (ssn,) = (n for n in PASS.members if SHIPPED[n].id == "USA_SOCIAL_SECURITY_NUMBER")
    assert set(PASS.starts(b"123-45-6789 4111111111111111", frozenset({ssn}))) == {ssn}
    assert PASS.starts(b"", PASS.members) == {}
    assert PASS.starts(b"123-45-6789", frozenset()) == {}


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (r"(?<![A-Za-z0-9])\d{3}[a-z]{70}", "too long"),
        (r"\d{9}", "within words"),
        (r"(?<![0-9])\d{9}", "within words"),
        (r"(?<![A-Za-z0-9])[a-z]\d{9}", "another byte"),
        (r"(?<![A-Za-z0-9])[A-Z]{6}\d{3}", "no digit"),
        (r"(?<![A-Za-z0-9])[A-Z]{2}\d?", "no digit"),
    ],
)
def test_what_is_no_token(expression: str, why: str) -> None:
    with pytest.raises(NotATokenError, match=why):
        add(Nfa(), 0, expression, caseless=False)


CONSTRUCTS = [
    r"(?<!\w)(?P<s>\d\d)(?:-|(?= ))(?P=s)(?!\d)",
    r"(?<!\w)(?:1(?P<x>2))?(?(x)3|4)5(?![0-9]|\.\d)",
    r"(?<!\w)(?>1{1,3})[^0-8a]{2}.(?!$)",
    r"(?<!\w)1(?i:A)\b",
]


@pytest.mark.parametrize("expression", CONSTRUCTS)
@given(text=st.text("0123459Aa-. x", max_size=12))
def test_every_construct_is_taken_at_its_widest(expression: str, text: str) -> None:
    detector = next(one for one in SHIPPED if one.category is not Category.CREDENTIALS)
    fields = {"exact": expression, "longest": 40, "caseless": False}
    one = TokenPass([type(detector)(**{n: fields.get(n, getattr(detector, n)) for n in detector.__slots__})])
    data = text.encode()
    found = one.starts(data, one.members).get(0)
    assert begun_by(expression, data) <= (set() if found is None else set(found.tolist()))


def begun_by(expression: str, data: bytes) -> set[int]:
    matcher = re.compile(expression.encode())
    return {at for at in range(len(data)) if matcher.match(data, at)}
