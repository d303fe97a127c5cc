"""JSON paths against the json module: a path leads back to the value that it was given for."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.model import Location, Reason

_STEP = re.compile(r"\.([A-Za-z_]\w*)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]")


def follow(document: Any, path: str) -> Any:
    """Evaluate a path of our own form."""
    assert path.startswith("$")
    position = 1
    while position < len(path):
        step = _STEP.match(path, position)
        assert step is not None, path
        name, index, quoted = step.groups()
        if index is not None:
            document = document[int(index)]
        else:
            document = document[name if name is not None else _unquote(quoted)]
        position = step.end()
    return document


def _unquote(quoted: str) -> str:
    return re.sub(r"\\(?:u([0-9a-f]{4})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else m[2], quoted)


keys = st.one_of(st.text("abcXYZ_", min_size=1, max_size=5), st.text("ab \"\\'.[]{}:,é\n\u2028", max_size=6))
leaves = st.one_of(
    st.just("LEAF"), st.integers(-999, 999), st.none(), st.booleans(), st.text('x"\\{}[],:é\n', max_size=8)
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=40,
)
documents = st.lists(values, max_size=6) | st.dictionaries(keys, values, max_size=6)
styles = st.sampled_from(
    [{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False, "indent": "\t"}]
)


def _number(value: Any, names: list[str]) -> Any:
    """A copy with every LEAF made unique."""
    if value == "LEAF":
        names.append(f"<leaf{len(names)}>")
        return names[-1]
    if isinstance(value, list):
        return [_number(item, names) for item in value]
    if isinstance(value, dict):
        return {key: _number(item, names) for key, item in value.items()}
    return value


@settings(deadline=None, max_examples=60)
@given(document=documents, style=styles, chunk=st.integers(50, 400), pad=st.sampled_from([0, 17_000]))
def test_paths_lead_back(run, document, style, chunk, pad):
    names: list[str] = []
    document = _number(document, names)
    data = (json.dumps(document, **style) + " " * pad).encode("utf-8", "surrogatepass")
    got = run(data, "x.json", chunk_bytes=chunk if pad else 1 << 20)
    assert {c.format for c in got.chunks} == {"json"}
    for name in names:
        ((piece, start, end),) = got.find(name)
        location = piece.locator.locate(start, end)
        if location.json_path is None:
            assert pad  # only a key longer than a chunk may be lost
            assert chunk < 100
            continue
        assert follow(document, location.json_path) == name
        field = piece.locator.enclosing(start, end)
        assert piece.data[field.start : field.end].decode() == name or chunk < 100
        assert all(isinstance(part, str) for part in field.names)
        if isinstance(document, list):
            assert location.record == int(location.json_path[2 : location.json_path.index("]")])


@settings(deadline=None, max_examples=50)
@given(records=st.lists(documents, min_size=2, max_size=12), chunk=st.integers(100, 3000))
def test_paths_in_lines(run, records, chunk):
    names: list[str] = []
    records = [_number(record, names) for record in records]
    lines = [json.dumps(record) for record in records]
    data = ("\n".join(lines) + "\n" * 17_000).encode()
    got = run(data, "x.jsonl", chunk_bytes=max(chunk, 50 + max(map(len, lines))))
    assert {c.format for c in got.chunks} == {"jsonl"}
    for name in names:
        location = got.only(name)
        assert location.line == location.record + 1
        assert follow(records[location.record], location.json_path) == name


def test_location(run):
    text = '{\n "users": [\n  {"name": "Anna", "e-mail": "é anna@example.com"}\n ]\n}\n'
    got = run(text.encode(), "x")
    start = text.encode().index(b"anna@")
    assert got.only("anna@example.com") == Location(
        byte_start=start, byte_end=start + 16, line=3, json_path="$.users[0]['e-mail']"
    )
    ((chunk, start, end),) = got.find("anna@example.com")
    field = chunk.locator.enclosing(start, end)
    assert field.names == ("users", "e-mail")
    assert chunk.data[field.start : field.end] == "é anna@example.com".encode()
    assert chunk.locator.columns([start]) is None


@pytest.mark.parametrize(
    "text, wanted, value",
    [
        ('{"a": 4539148803436467}', "4539", "4539148803436467"),
        ('{"a": [ 12 , 4539 ]}', "4539", "4539"),
        ('{"a": "x\\"y 4539"}', "4539", 'x\\"y 4539'),
        ('{"a": ""}', '""', ""),
    ],
    ids=["number", "spaced", "escaped quote", "empty"],
)
def test_values_have_bounds(run, text, wanted, value):
    ((chunk, start, end),) = run(text.encode(), "x").find(wanted)
    field = chunk.locator.enclosing(start, end)
    assert chunk.data[field.start : field.end].decode() == value


def test_a_match_in_a_key_has_the_path_of_its_object(run):
    got = run(b'{"a": {"anna@example.com": 1}}', "x")
    assert got.only("anna@example.com").json_path == "$.a"


@pytest.mark.parametrize(
    "text, name, kind",
    [
        ('{"a": 1}', "x", "json"),
        ("[1, 2]", "x.txt", "json"),
        ("[]", "x", "json"),
        ('  \n{"a": [NaN, -Infinity]}', "x", "json"),
        ('{"a": 1}{"a": 2}', "x", "json"),
        ('{"a": "' + "x" * 9000 + '"}', "x", "json"),
        ("[" + "12345, " * 2000 + "1]", "x", "json"),
        ('{"a": 1', "x", "json"),
        ('{"a": 1}\n{"a": 2}\n', "x", "jsonl"),
        ("[1]\n\n[2]\n", "x", "jsonl"),
        ('{"a": 1}\n', "x.jsonl", "jsonl"),
        ('{"a": 1}\nbroken\n{"a": 2}\n', "x.ndjson", "jsonl"),
        ('{"a": "' + "x" * 70_000 + '"}\n{"a": 1}\n', "x.jsonl", "jsonl"),
        ("[INFO] started\n[INFO] ended\n", "x", "text"),
        ("[2024-01-01 10:00] x\n", "x", "text"),
        ("[1]\nkey = value\n", "x", "text"),
        ("[section]\nkey = value\n", "x.json", "text"),
        ("{ body }\n", "x", "text"),
        ("{{ template }}\n", "x", "text"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_what_is_json(run, text, name, kind):
    assert {chunk.format for chunk in run(text.encode(), name).chunks} == {kind}


@pytest.mark.parametrize(
    "text, path",
    [
        ('{"a": {"b": "<v>"', "$.a.b"),
        ('{"a": [1, 2, "<v>"}', "$.a[2]"),
        ('{"a": 1]]]]}}, "b": "<v>"', "$"),
        ('{"a": "open, "b": "<v>"}', None),
        ('{"a": 1, : "<v>"}', None),
    ],
    ids=["cut", "wrong close", "closed too often", "open string", "no key"],
)
def test_broken_json_gives_what_there_is(run, text, path):
    got = run(text.encode(), "x.json")
    location = got.only("<v>")
    assert location.byte_start == text.index("<v>")
    if path is not None and got.chunks[0].format == "json":
        assert location.json_path == path


def test_a_broken_line_does_not_touch_the_next(run):
    data = b'{"a": {"b": "open}\n{"a": "<v>"}\n{"a": [[[}\n{"b": ["<w>"]}\n'
    got = run(b'{"x": 1}\n{"x": 2}\n{"x": 3}\n' + data, "x.jsonl")
    assert got.only("<v>").json_path == "$.a"
    assert got.only("<w>").json_path == "$.b[0]"
    assert got.only("<w>").record == 6


@pytest.mark.parametrize("lines", [False, True], ids=["document", "lines"])
@pytest.mark.parametrize("depth", [256, 257, 50_000])
@pytest.mark.parametrize("chunk_bytes", [1 << 12, 1 << 20])
def test_depth_is_limited(run, lines, depth, chunk_bytes):
    deep = "[" * (depth - 1) + '"<v>"' + "]" * (depth - 1)
    text = f'{{"a": {deep}, "b": "<w>"}}'
    data = ('{"x": 1}\n{"x": 2}\n' + text + "\n" if lines else text).encode()
    got = run(data, "x.jsonl" if lines else "x.json", chunk_bytes=chunk_bytes)
    over = depth > 256
    assert [(p.reason, p.lost) for p in got.problems] == [
        (Reason.JSON_NESTING_LEVEL_OVER_LIMIT, False)
    ] * over
    assert got.text == data
    if over:
        assert got.only("<v>").json_path is None
    else:
        assert got.only("<v>").json_path == "$.a" + "[0]" * (depth - 1)
    if not (lines and chunk_bytes < len(data)):
        assert got.only("<w>").json_path == "$.b"


@pytest.mark.parametrize("style", [{}, {"indent": 1}], ids=["one line", "indented"])
def test_a_document_of_many_chunks(run, style):
    records = [{"id": i, "tags": ["a", "b\\"], "who": {"mail": f"<{i}>", "n": 'x"y'}} for i in range(20_000)]
    got = run(json.dumps({"records": records}, **style).encode(), "x.json", chunk_bytes=1 << 17)
    assert len(got.chunks) > 5
    for i in range(0, 20_000, 271):
        assert got.only(f"<{i}>").json_path == f"$.records[{i}].who.mail"


def test_a_string_longer_than_a_chunk(run):
    text = json.dumps({"a": {"long": 'x "quoted" \\ ' * 9000 + "<v>"}, "b": ["<w>"]})
    got = run(text.encode(), "x.json", chunk_bytes=1 << 13)
    assert got.only("<v>").json_path == "$.a.long"
    assert got.only("<w>").json_path == "$.b[0]"


def test_a_line_longer_than_a_chunk_has_no_path_after_the_cut(run):
    data = b'{"a": 1}\n{"a": "' + b"x" * 50_000 + b'<v>"}\n{"a": "<w>"}\n' + b'{"a": 2}\n' * 3000
    got = run(data, "x.jsonl", chunk_bytes=1 << 13)
    assert (got.only("<v>").json_path, got.only("<v>").record) == (None, 1)
    assert (got.only("<w>").json_path, got.only("<w>").record) == ("$.a", 2)
