"""Masked samples and fingerprints."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.detect.mask import fingerprint, masked
from classifier.model import Category

KEY = bytes(range(32))
KEEP = st.tuples(st.integers(0, 16), st.integers(0, 16))


@pytest.mark.parametrize(
    ("value", "keep", "sample"),
    [
        pytest.param(b"123-45-6789", (0, 4), "********789", id="a third at most"),
        pytest.param(
            b"0123456789abcdefghij", (4, 4), "012****************hij", id="both ends share the third"
        ),
        pytest.param(
            b"0123456789abcdefghijklmn", (4, 4), "0123****************klmn", id="all that keep allows"
        ),
        pytest.param(b"0123456789abcdefghij", (0, 0), "*" * 32, id="nothing"),
        pytest.param(b"12", (4, 4), "****", id="too short to show anything"),
        pytest.param(b"", (4, 4), "****", id="empty"),
        pytest.param("Zoë Straße äöü".encode(), (2, 2), "Zo****************öü", id="characters"),
        pytest.param(b"ab\n\x1b[31mcdefgh\xff", (3, 1), "ab\\n****************\\xff", id="escapes"),
        pytest.param("abcdefgh\u202e".encode(), (0, 1), "********\\u202e", id="direction mark"),
    ],
)
def test_sample(value: bytes, keep: tuple[int, int], sample: str) -> None:
    assert masked(value, keep) == sample


@settings(deadline=None)
@given(st.text(max_size=200), KEEP)
def test_sample_shows_no_more_than_it_may(text: str, keep: tuple[int, int]) -> None:
    plain = "".join(char for char in text if char.isprintable() and char != "*")
    sample = masked(plain.encode(), keep)
    head, _, tail = sample.partition("*")
    shown = head + tail.lstrip("*")
    assert len(shown) <= min(len(plain) // 3, sum(keep))
    assert plain.startswith(head)
    assert plain.endswith(tail.lstrip("*"))
    assert sample.count("*") in (4, 8, 16, 32)


@settings(deadline=None)
@given(st.binary(max_size=200), KEEP)
def test_sample_is_printable_whatever_the_bytes(value: bytes, keep: tuple[int, int]) -> None:
    assert masked(value, keep).isprintable()


@settings(deadline=None)
@given(st.text("abc", min_size=48, max_size=4000))
def test_long_values_of_any_length_look_alike(text: str) -> None:
    assert masked(text.encode(), (0, 0)) == masked(b"x" * 5000, (0, 0))


def test_fingerprint_is_the_hmac_of_category_and_value() -> None:
    message = b"CREDENTIALS\x00secret"
    expected = hmac.new(KEY, message, hashlib.sha256).hexdigest()[:32]
    assert fingerprint(KEY, Category.CREDENTIALS, b"secret", "none") == expected


@pytest.mark.parametrize(
    ("how", "one", "other", "same"),
    [
        ("digits", b"4111 1111-1111.1111", b"4111111111111111", True),
        ("digits", b"4111111111111111", b"4111111111111112", False),
        ("digits", b"abc", b"xyz", False),
        ("alnum", b"gb29 nwbk 6016", b"GB29-NWBK-6016", True),
        ("alnum", b"gb29", b"gb28", False),
        ("lower", "ÀNNA@Example.org".encode(), "ànna@example.ORG".encode(), True),
        ("none", b"aB", b"ab", False),
        ("none", b"a b", b"a b", True),
    ],
)
def test_normalised_values_share_a_fingerprint(how: str, one: bytes, other: bytes, same: bool) -> None:
    prints = {fingerprint(KEY, Category.FINANCIAL_INFORMATION, value, how) for value in (one, other)}  # type: ignore[arg-type]
    assert (len(prints) == 1) is same


def test_fingerprint_depends_on_key_and_category() -> None:
    made = {
        fingerprint(key, category, b"same", "none")
        for key in (KEY, bytes(32))
        for category in (Category.CREDENTIALS, Category.PERSONAL_INFORMATION)
    }
    assert len(made) == 4
