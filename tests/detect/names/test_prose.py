"""The gate in front: what is prose, and that units do not depend on where a text is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.detect.names.prose import LONGEST, is_prose, units

PROSE = [
    "Dear Ms Okafor, thank you for your letter.",
    "Name: Hanna Schreiber",
    "hanna and oskar moved to leipzig",
    "Datos del paciente: varón de 53 años sin antecedentes.",
    "12 Oak Street, Springfield, IL 62704",
    'Agent: "May I have your name?"',
]
OTHER = [
    "",
    "  }",
    "def load_names(self, path: Path) -> None:",
    "import java.util.HashMap;",
    "server.port = 8080",
    "2026-01-04T10:00:01Z INFO order 4711 confirmed",
    '10.0.0.1 - - [04/Jan/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 12',
    '{"id": 12, "tags": ["a", "b"], "ok": true}',
    "<td class='name'>x</td><td>y</td>",
    "0x7f 0x80 0xff 0x00",
    "SELECT name, city FROM users WHERE id = 4;",
]


@pytest.mark.parametrize("line", PROSE)
def test_prose(line: str) -> None:
    assert is_prose(line.encode())


@pytest.mark.parametrize("line", OTHER)
def test_no_prose(line: str) -> None:
    assert not is_prose(line.encode())


LINES = st.lists(st.sampled_from([*PROSE, *OTHER, "word " * 700, "x" * 3000]), max_size=30)


@given(LINES)
def test_units_are_of_the_text_and_in_order(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    last = 0
    for unit in units(data, 0, len(data), b"\n"):
        assert unit.start >= last
        assert data[unit.start : unit.start + len(unit.data)] == unit.data
        assert 0 < len(unit.data) <= LONGEST + 1
        last = unit.start + len(unit.data)


@given(LINES, st.data())
def test_a_cut_between_lines_changes_nothing(lines: list[str], chosen: st.DataObject) -> None:
    data = "\n".join([*lines, ""]).encode()
    borders = [at + 1 for at, byte in enumerate(data) if byte == 10] or [0]
    cut = chosen.draw(st.sampled_from(borders))
    first = list(units(data, 0, cut, b"\n"))
    taken = max([cut, *(unit.start + len(unit.data) for unit in first)])
    assert first + list(units(data, taken, len(data), b"\n")) == list(units(data, 0, len(data), b"\n"))
