"""Any object at all: what is not text is named, what cannot be read is said, and nothing is raised."""

from __future__ import annotations

import gzip
import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.errors import ReadFailure
from classifier.extract import Limits, extract, registry
from classifier.extract.magic import known
from classifier.extract.text import Text
from classifier.model import Chunk, Mismatch, Problem, Reason


@pytest.mark.parametrize(
    "data, name",
    [
        (b"\x00\x00\x00\x18ftypmp42", "mp4"),
        (b"OggS\x00\x02\x00\x00", "ogg"),
        (b"wOF2\x00\x01\x00\x00", "font"),
        (b"a.txt".ljust(257, b"\x00") + b"ustar\x0000", "tar"),
        (bytes(range(32)) * 20, "binary"),
        (np.random.default_rng(1).bytes(4000), "binary"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_binary_is_named(run, data, name):
    assert run(data, "x").items == [Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, name)]


@pytest.mark.parametrize(
    "text", ["MZ is a code", "BM 12", "ORCHID", "PAR10 tickets", "Rarely", "IDs", "BZhello", "GIF", "070701"]
)
def test_words_are_no_magic(text):
    assert known(text.encode()) == ""


def test_only_the_head_of_an_object(run):
    data = b"line of text\n" * 1000
    got = run(data, "x.txt", block=100, object_bytes=1234)
    assert got.text == data[:1234]
    assert [(p.part, p.reason, p.lost) for p in got.problems] == [
        (None, Reason.FILE_EXCEEDS_SIZE_LIMIT, False)
    ]
    assert not run(data, "x.txt", object_bytes=len(data)).problems


def test_only_the_head_of_a_compressed_object(run):
    data = gzip.compress(b"".join(b"%d\n" % (n * n) for n in range(50_000)))
    got = run(data, "x.gz", object_bytes=20_000)
    assert got.text
    assert [(p.reason, p.lost) for p in got.problems] == [(Reason.FILE_EXCEEDS_SIZE_LIMIT, False)]


def test_only_the_head_of_an_archive(run):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", b"text\n" * 1000)
    got = run(out.getvalue(), "x.zip", object_bytes=2000)
    assert [(p.reason, p.lost) for p in got.items] == [(Reason.FILE_EXCEEDS_SIZE_LIMIT, True)]


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_failed_read_is_the_callers(after):
    class Failing:
        size = 1 << 30

        def blocks(self):
            for _ in range(after):
                yield b"line of text\n" * 100_000
            raise ReadFailure(Reason.PERMISSION_DENIED, "AccessDenied")

        def read(self, start, length):
            raise ReadFailure(Reason.PERMISSION_DENIED, "AccessDenied")

    with pytest.raises(ReadFailure):
        list(extract("x.txt", Failing(), Limits()))


def test_an_error_of_a_format_is_a_problem(run, monkeypatch):
    class Broken(registry.Format):
        name = "broken"
        facts = Text.facts

        def recognise(self, head):
            def read(part, work):
                raise KeyError("content that must not be shown")

            return read

    monkeypatch.setattr(registry, "FORMATS", (Broken(),))
    assert run(b"text").items == [Problem(None, Reason.UNABLE_TO_PARSE_FILE, "KeyError")]


PIECES = [
    *(b"PK\x03\x04", b"PK\x05\x06", b"PK\x01\x02", b"\x1f\x8b\x08\x00", gzip.compress(b"hello\n")[:-3]),
    *(b"{", b"[", b'"', b"\\", b":", b",", b"}", b"]", b"\n", b"\r", b"\x00", b"text "),
    *(b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"\xef\xbb\xbf", b"\xd8\x00", b"\xe2\x82"),
    *(b"id,email\n", b'{"a": 1}\n', b"1;2;3\n"),
]
hostile = st.one_of(
    st.binary(max_size=400),
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)), max_size=60).map(b"".join),
)
NAMES = st.sampled_from(["x", "x.csv", "x.json", "x.jsonl", "x.zip", "x.gz", "../\x00\n", ""])


@settings(deadline=None, max_examples=300)
@given(
    data=hostile,
    name=NAMES,
    chunk=st.integers(1, 400),
    pad=st.sampled_from([b"", b" " * 17_000, b"\n" * 17_000]),
)
def test_no_bytes_raise(run, data, name, chunk, pad):
    got = run(data + pad, name, chunk_bytes=max(chunk, 40) if pad else chunk)
    for item in got.items:
        if isinstance(item, Mismatch):
            continue
        if isinstance(item, Problem):
            assert item.reason is not Reason.UNABLE_TO_PARSE_FILE
            continue
        assert isinstance(item, Chunk)
        assert 0 <= item.core_start < item.core_end <= len(item.data)
        offsets = sorted(
            {0, item.core_start, item.core_start + 1, item.core_end - 1, item.core_end, len(item.data) - 1}
        )
        for start in offsets:
            for end in (start, start + 1, len(item.data)):
                location = item.locator.locate(start, end)
                assert location.to_json()
                str(location).encode()
                field = item.locator.enclosing(start, end)
                assert field is None or 0 <= field.start <= field.end <= len(item.data)
        found = item.locator.columns(np.array(offsets, np.int64))
        assert found is None or (found >= -1).all()


@settings(deadline=None)
@given(data=st.data())
def test_no_damage_to_an_archive_raises(run, data):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"text " * 20)
        archive.writestr("b.gz", gzip.compress(b"text\n"))
    raw = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    got = run(bytes(raw), "x.zip")
    assert all(p.reason is not Reason.UNABLE_TO_PARSE_FILE for p in got.problems)
