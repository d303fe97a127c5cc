"""Checks for many values at once say what the validators say of each."""

import random
from collections.abc import Callable

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from classifier.demo import values
from classifier.detect import bulk
from classifier.detect.mask import normalised
from classifier.detect.validators import VALIDATORS

RNG = random.Random(5)


def digits(count: int) -> str:
    return "".join(RNG.choices("0123456789", k=count))


MAKERS: dict[str, tuple[Callable[[], str], ...]] = {
    "payment_card": (
        lambda: "4" + digits(15),
        lambda: RNG.choice(("34", "37", "51", "2221", "6011", "30")) + digits(14),
        lambda: f"4{digits(3)} {digits(4)} {digits(4)} {digits(4)}",
        lambda: digits(12),
        lambda: "4" * 16,
    ),
    "public_ip_address": (
        lambda: ".".join(str(RNG.randrange(256)) for _ in range(4)),
        lambda: ".".join(
            str(RNG.choice((0, 10, 100, 127, 169, 172, 192, 198, 203, 254, 255))) for _ in range(4)
        ),
        lambda: f"192.{RNG.choice((0, 168, 88))}.{RNG.choice((0, 2, 3))}.{RNG.randrange(1000)}",
        lambda: f"{RNG.randrange(300)}.0{RNG.randrange(9)}.1.2",
    ),
    "germany_bank_account": (
        lambda: f"DE{digits(20)}",
        lambda: digits(18),
        lambda: f"{RNG.choice('0189')}{digits(7)} {digits(10)}",
        lambda: f"5{digits(7)}" + RNG.choice("018") * 10,
        lambda: f"5{digits(7)}/" + "".join(RNG.choices("0A", k=10)),
    ),
    "local_phone_number": (
        lambda: digits(RNG.randrange(5, 17)),
        lambda: (
            RNG.choice(("19", "20", "10"))
            + digits(2)
            + RNG.choice(("01", "12", "13"))
            + RNG.choice(("00", "31", "32"))
        ),
        lambda: RNG.choice((" ", ".", "-", "/")).join(
            digits(RNG.randrange(1, 5)) for _ in range(RNG.randrange(2, 5))
        ),
        lambda: RNG.choice((" ", ".", "-")).join(
            (digits(RNG.randrange(1, 4)), *(digits(3) for _ in range(RNG.randrange(1, 4))))
        ),
        lambda: RNG.choice((".", "-", "/")).join(
            (
                f"{RNG.randrange(1, 33):02}",
                f"{RNG.randrange(1, 14):02}",
                RNG.choice(("1999", "2031", "1850", "77")),
            )
        ),
        lambda: f"{RNG.choice(('1990', '2005', '1805'))}-{RNG.choice(('1999', '2030', '3000'))}",
        lambda: f"{RNG.choice(('+', '00'))}{digits(2)} {digits(3)} {digits(RNG.randrange(2, 10))}",
        lambda: f"({digits(3)}) {digits(3)}-{digits(4)}",
        lambda: RNG.choice(("1234567", "7654321", "567890123", "1112345678", "2222222", "1212121")),
    ),
    "us_ssn": (
        lambda: f"{digits(3)}-{digits(2)}-{digits(4)}",
        lambda: RNG.choice(
            ("078-05-1120", "219-09-9999", "000-12-3456", "666-12-3456", "123-00-4567", "111-11-1111")
        ),
        lambda: digits(9),
        lambda: digits(8),
    ),
    "phone_number": (
        lambda: f"({RNG.randrange(200, 990)}) {RNG.randrange(200, 999)}-{digits(4)}",
        lambda: f"1-{digits(3)}-{digits(3)}-{digits(4)}",
        lambda: digits(10),
        lambda: "+" + digits(11),
        lambda: "2222222222",
    ),
    **{
        f"{country}_phone_number": (
            lambda: digits(10),
            lambda: f"0{RNG.choice('123567')}{digits(2)} {digits(7)}",
            lambda: f"{RNG.choice('36789')}{digits(2)} {digits(3)} {digits(3)}",
            lambda: "0" + RNG.choice(("20 79460", "7700 900", "1632 960")) + digits(3),
            lambda: f"({RNG.choice(('11', '21', '02', '06'))}) 9{digits(4)}-{digits(4)}",
            lambda: "03330000000",
        )
        for country in ("br", "de", "es", "fr", "it", "uk")
    },
    "iban": (
        lambda: f"DE{digits(20)}",
        lambda: f"GB{digits(2)}{''.join(RNG.choices('ABCDEFGH', k=4))}{digits(14)}",
        lambda: f"ZZ{digits(20)}",
        lambda: f"de{digits(2)} {digits(4)} {digits(4)} {digits(4)} {digits(4)} {digits(2)}",
        lambda: f"FR{digits(2)}{digits(10)}{''.join(RNG.choices('A1B2', k=11))}{digits(2)}",
    ),
}


@pytest.mark.parametrize("name", sorted(bulk.CHECKS | bulk.PADDED))
def test_says_what_the_validator_says(name: str) -> None:
    validator = VALIDATORS[name]
    for make in MAKERS[name]:
        texts = [make().encode() for _ in range(400)]
        for size in sorted({len(text) for text in texts}):
            alike = [text for text in texts if len(text) == size]
            rows = np.frombuffer(b"".join(alike), np.uint8).reshape(-1, size)
            assert bulk.believed(name, validator, rows).tolist() == [validator(text) for text in alike]


@pytest.mark.parametrize("name", sorted(bulk.PADDED))
def test_takes_values_of_several_lengths(name: str) -> None:
    texts = [make().encode() for make in MAKERS[name] for _ in range(400)]
    texts += [b"1.2.3", b"1.2.3.4.5", b"1..2.3", b"01.2.3.4", b"0.0.0.0", b"2001:db8::1", b"8.8.8.8"]
    width = max(map(len, texts))
    rows = np.frombuffer(b"".join(text.ljust(width, b"\0") for text in texts), np.uint8).reshape(-1, width)
    assert bulk.believed(name, VALIDATORS[name], rows).tolist() == [VALIDATORS[name](text) for text in texts]
    rows = rows[[b":" not in text for text in texts]]
    plain = [text for text in texts if b":" not in text]
    assert bulk.believed(name, VALIDATORS[name], rows).tolist() == [VALIDATORS[name](text) for text in plain]


def test_valid_values_pass() -> None:
    chooser = random.Random(3)
    made = [("payment_card", values.card_number(chooser)) for _ in range(50)]
    made += [("iban", values.iban(chooser, country)) for country in ("DE", "GB") for _ in range(50)]
    for name, text in made:
        rows = np.frombuffer(text.encode(), np.uint8).reshape(1, -1)
        assert bulk.believed(name, VALIDATORS[name], rows).tolist() == [True]


def test_a_validator_without_a_bulk_check_is_asked_one_by_one() -> None:
    rows = np.frombuffer(b"aaabbbabc", np.uint8).reshape(3, 3)
    asked: list[bytes] = []

    def validator(value: bytes) -> bool:
        asked.append(value)
        return len(set(value)) == 1

    assert bulk.believed("no such", validator, rows).tolist() == [True, True, False]
    assert asked == [b"aaa", b"bbb", b"abc"]


@given(
    st.lists(st.from_regex(r"\A[0-9]{3}-?[0-9]{2}\Z").map(str.encode), min_size=1, max_size=20),
    st.sampled_from(["none", "digits", "alnum", "lower"]),
    st.frozensets(st.integers(0, 99_999).map(lambda number: b"%05d" % number), max_size=5),
)
def test_listed_is_membership_after_normalising(
    texts: list[bytes], how: str, others: frozenset[bytes]
) -> None:
    listed = others | frozenset(normalised(text, how) for text in texts[::2])
    for size in {len(text) for text in texts}:
        alike = [text for text in texts if len(text) == size]
        rows = np.frombuffer(b"".join(alike), np.uint8).reshape(-1, size)
        assert bulk.listed(listed, how, rows).tolist() == [normalised(text, how) in listed for text in alike]
