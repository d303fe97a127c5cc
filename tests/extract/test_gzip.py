"""gzip streams: whole, in several members, truncated, and larger than they should be."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
import zlib

import pytest

from classifier.model import Location, Reason

TEXT = b"first line\nmail anna@example.com\n" * 50


def _noise(size: int) -> bytes:
    return random.Random(1).randbytes(size).hex().encode()


@pytest.mark.parametrize("block", [1, 7, 1 << 16])
@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(TEXT),
        gzip.compress(TEXT[:100]) + gzip.compress(TEXT[100:]),
        gzip.compress(b"") + gzip.compress(TEXT) + b"\x00" * 600,
    ],
    ids=["one", "two members", "empty member and padding"],
)
def test_members_are_one_text(run, data, block):
    got = run(data, "logs/app.log.gz", block=block)
    assert got.text == TEXT
    assert not got.problems
    assert got.locate("anna@example.com")[0] == Location(
        part="app.log", byte_start=16, byte_end=32, line=2, column=6
    )


@pytest.mark.parametrize(
    "key, part, kind",
    [
        ("a/people.csv.gz", "people.csv", "csv"),
        ("a/people.csv.GZIP", "people.csv", "csv"),
        ("a/people", "people", "csv"),
        ("a/pe\nople.csv.gz", "pe\\nople.csv", "csv"),
        ("a/.gz", ".gz", "csv"),
    ],
)
def test_the_part_is_named_after_the_key(run, key, part, kind):
    data = gzip.compress(b"id,email\n1,anna@example.com\n")
    (chunk,) = run(data, key).chunks
    assert (chunk.part, chunk.format) == (part, kind)


@pytest.mark.parametrize(
    "damage, detail",
    [
        (lambda data: data[: len(data) // 2], "truncated gzip stream"),
        (lambda data: data[:-4], "truncated gzip stream"),
        (lambda data: data[:-8] + b"\x00" * 8, "broken gzip stream"),
        (lambda data: data + b"something else", "data after the end of the gzip stream"),
        (lambda data: data + data[:5], "truncated gzip stream"),
    ],
    ids=["half", "no size", "checksum", "trailing", "second member cut"],
)
def test_what_came_out_is_kept(run, damage, detail):
    text = _noise(100_000)
    got = run(damage(gzip.compress(text)), "x.gz")
    (problem,) = got.problems
    assert (problem.part, problem.reason, problem.detail, problem.lost) == (
        None,
        Reason.MALFORMED_FILE,
        detail,
        False,
    )
    assert text.startswith(got.text)
    assert len(got.text) > 80_000


def test_nothing_came_out(run):
    got = run(b"\x1f\x8b\x08" + b"\xff" * 50, "x.gz")
    assert [(p.reason, p.lost) for p in got.items] == [(Reason.MALFORMED_FILE, True)]


def test_a_bomb_stops_at_the_limit(run):
    bomb = zlib.compress(b"a" * 20_000_000, wbits=31)
    got = run(bomb, "x.gz", expanded_bytes=1_000_000)
    assert len(got.text) == 1_000_000
    assert [(p.part, p.reason, p.lost) for p in got.problems] == [
        (None, Reason.ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT, False)
    ]


def test_the_limit_itself_is_allowed(run):
    got = run(gzip.compress(b"a" * 1000), "x.gz", expanded_bytes=1000)
    assert not got.problems


def test_gzip_in_gzip(run):
    got = run(gzip.compress(gzip.compress(TEXT)), "x.txt.gz.gz")
    assert got.text == TEXT
    assert got.chunks[0].part == "x.txt.gz!/x.txt"


def test_zip_in_gzip(run):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", TEXT)
    got = run(gzip.compress(out.getvalue()), "x.zip.gz")
    assert got.text == TEXT
    assert got.chunks[0].part == "x.zip!/a.txt"


def test_depth_is_limited(run):
    data = TEXT
    for _ in range(4):
        data = gzip.compress(data)
    assert run(data, "x", archive_depth=4).text == TEXT
    got = run(data, "x", archive_depth=3)
    assert [(p.part, p.reason, p.lost) for p in got.items] == [
        ("x!/x!/x", Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT, True)
    ]
