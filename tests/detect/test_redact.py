"""Names that an object gives (columns, JSON paths, members) do not carry values into the report."""

import pytest

from classifier.detect import Classifier, engine, select, shipped_packs
from classifier.model import Chunk, Field, Location

SSN = "-".join(("536", "22", "8726"))
MAIL = "ada.lovelace@" + "larkfield-co.com"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(shipped_packs(), b"k" * 32)


class Named:
    """A locator whose names are what the test says."""

    def __init__(self, **names: str) -> None:
        self.names = names

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=start, byte_end=end, **self.names)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: object) -> None:
        return None


@pytest.mark.parametrize("name", ["part", "column_name", "json_path"])
@pytest.mark.parametrize("value", [SSN, MAIL])
def test_a_value_in_a_name_is_masked(classifier: Classifier, name: str, value: str) -> None:
    data = f"mail {MAIL} now".encode()
    scan = classifier.object()
    scan.feed(Chunk(None, "text", data, 0, len(data), Named(**{name: f"$['{value}'].phone"})))
    (tally,) = scan.result()
    (occurrence,) = tally.occurrences
    shown = getattr(occurrence.location, name)
    assert value not in shown
    assert shown.startswith("$['")
    assert shown.endswith("'].phone")


@pytest.mark.parametrize("name", ["email", "$.customers[3].card", "2026/report.csv", "naïve\udc80name", ""])
def test_ordinary_names_stay(classifier: Classifier, name: str) -> None:
    assert classifier.redact(name) == name


def test_several_values_in_one_name(classifier: Classifier) -> None:
    shown = classifier.redact(f"{SSN} and {MAIL} and {SSN}")
    assert SSN not in shown
    assert MAIL not in shown
    assert shown.count(" and ") == 2


CARD = "4539" + "5787" + "6362" + "1486"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (f"export/{SSN}.txt", SSN),
        (f"u_{SSN}", SSN),
        (f"{SSN}_2", SSN),
        (f"$.{SSN}", SSN),
        (f"{MAIL}.txt", MAIL),
        (f"{MAIL}.png", MAIL),
        (f"$.{MAIL}", MAIL),
        (f"card-{CARD}.txt", CARD),
        (CARD, CARD),
    ],
)
def test_a_value_with_marks_around_it_is_masked(classifier: Classifier, name: str, value: str) -> None:
    assert value not in classifier.redact(name)


def test_names_are_masked_whatever_is_looked_for() -> None:
    found = select(shipped_packs(), "EMAIL_ADDRESS")
    name = f"$['{SSN}'].mail"
    assert Classifier(found, b"k" * 32).redact(name) == name
    shown = Classifier(found, b"k" * 32, in_names=shipped_packs()).redact(name)
    assert SSN not in shown
    assert shown.endswith("'].mail")


def test_the_detectors_of_a_run_mask_names_by_themselves(classifier: Classifier) -> None:
    """No second database is made where the first has all that is needed."""
    same = Classifier(shipped_packs(), b"k" * 32, in_names=shipped_packs()[:3])
    assert same._namer is same


@pytest.mark.parametrize("letter", ["a", "é", "\udc80", "@", "1", "a/", "a@"])
def test_a_long_name_is_cut(classifier: Classifier, letter: str) -> None:
    """In no time: a search that is quadratic in the name's length would not come back."""
    shown = classifier.redact(letter * 2_000_000)
    assert len(shown) <= 2 * engine._LONGEST_NAME  # a mask may be longer than what it hides
    assert shown.endswith("…")


@pytest.mark.parametrize("before", range(engine._LONGEST_NAME - 12, engine._LONGEST_NAME + 2))
def test_a_value_across_the_cut_is_masked(classifier: Classifier, before: int) -> None:
    shown = classifier.redact("x" * (before - 1) + "/" + SSN + "/" + "y" * 3000)
    assert SSN[:4] not in shown
    assert shown.endswith("…")


def test_a_name_that_is_just_short_enough_stays(classifier: Classifier) -> None:
    name = "x" * engine._LONGEST_NAME
    assert classifier.redact(name) == name
    assert classifier.redact(name + "y") == name + "…"


def test_what_is_remembered_is_bounded(classifier: Classifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_REMEMBERED", 1_000)
    for number in range(100):
        assert classifier.redact(f"name {number}") == f"name {number}"
        assert sum(map(len, classifier._redactions)) <= 1_000
