"""ZIP archives, also hostile ones: names are only names, and one bad member costs no other."""

from __future__ import annotations

import io
import os
import struct
import tracemalloc
import zipfile

import pytest

from classifier.model import Problem, Reason

TEXT = b"mail anna@example.com\n" * 20


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return out.getvalue()


def _parts(got) -> list[str]:
    return [chunk.part for chunk in got.chunks]


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
    ids=["stored", "deflated", "bzip2", "lzma"],
)
def test_members(run, method):
    table = b"id,email\n1,anna@example.com\n"
    got = run(_zip({"dir/a.txt": TEXT, "dir/b.csv": table, "dir/": b"", "empty": b""}, method), "x.zip")
    assert not got.problems
    assert [(c.part, c.format) for c in got.chunks] == [("dir/a.txt", "text"), ("dir/b.csv", "csv")]
    location = got.locate("anna@example.com")[-1]
    assert (location.part, location.byte_start, location.row, location.column_name) == (
        "dir/b.csv",
        11,
        2,
        "email",
    )


@pytest.mark.parametrize(
    "name, shown",
    [
        ("/etc/passwd", "/etc/passwd"),
        ("../../up.txt", "../../up.txt"),
        ("C:\\x\\..\\y.txt", "C:\\x\\..\\y.txt"),
        ("a\nb\x1b[31m.txt", "a\\nb\\x1b[31m.txt"),
        ("invoice\u202efdp.txt", "invoice\\u202efdp.txt"),
        ("Zürich.txt", "Zürich.txt"),
        ("no folder/", "no folder/"),
    ],
    ids=["absolute", "up", "windows", "control", "bidi", "unicode", "folder"],
)
def test_names_are_only_names(run, tmp_path, monkeypatch, name, shown):
    monkeypatch.chdir(tmp_path)
    assert _parts(run(_zip({name: TEXT}), "x.zip")) == [shown]
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED], ids=["stored", "deflated"])
def test_archives_in_archives(run, method):
    inner = _zip({"dir/b.csv": b"id,email\n1,anna@example.com\n"})
    got = run(_zip({"inner.zip": inner, "a.txt": TEXT}, method), "x.zip")
    assert not got.problems
    assert _parts(got) == ["inner.zip!/dir/b.csv", "a.txt"]


def _nested(levels: int) -> bytes:
    data = _zip({"a.txt": TEXT})
    for level in range(1, levels):
        data = _zip({f"{level}.zip": data})
    return data


def test_depth_is_limited(run):
    assert _parts(run(_nested(10), "x.zip")) == ["/".join(f"{n}.zip!" for n in range(9, 0, -1)) + "/a.txt"]
    got = run(_nested(4), "x.zip", archive_depth=3)
    assert got.items == [Problem("3.zip!/2.zip!/1.zip", Reason.ARCHIVE_NESTING_LEVEL_OVER_LIMIT)]


def test_members_are_limited(run):
    data = _zip({f"{n}.txt": TEXT for n in range(5)})
    got = run(data, "x.zip", archive_members=3)
    assert _parts(got) == ["0.txt", "1.txt", "2.txt"]
    assert got.problems == [Problem(None, Reason.ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT, lost=False)]
    assert not run(data, "x.zip", archive_members=5).problems


def test_a_bomb_stops_at_the_limit(run):
    data = _zip({"a.txt": TEXT, "bomb.txt": b"a" * 5_000_000, "c.txt": TEXT})
    got = run(data, "x.zip", expanded_bytes=1_000_000)
    assert got.problems == [Problem(None, Reason.ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT, lost=False)]
    assert len(got.text) == 1_000_000
    assert set(_parts(got)) == {"a.txt", "bomb.txt"}


def _patch(data: bytes, local: int, central: int, value: bytes) -> bytes:
    """Overwrite a header field of the first member in both of its headers."""
    out = bytearray(data)
    at = data.index(b"PK\x01\x02")
    out[local : local + len(value)] = value
    out[at + central : at + central + len(value)] = value
    return bytes(out)


@pytest.mark.parametrize(
    "local, central, value, detail",
    [(6, 8, b"\x01\x00", "encrypted"), (8, 10, b"\x09\x00", "unsupported compression method")],
    ids=["encrypted", "deflate64"],
)
def test_members_that_cannot_be_read(run, local, central, value, detail):
    got = run(_patch(_zip({"a.txt": TEXT, "b.txt": TEXT}), local, central, value), "x.zip")
    assert got.problems == [Problem("a.txt", Reason.ARCHIVE_CONTAINS_UNPROCESSED_FILES, detail)]
    assert _parts(got) == ["b.txt"]


def test_a_bad_checksum_costs_only_the_member(run):
    got = run(_patch(_zip({"a.txt": TEXT, "b.txt": TEXT}), 14, 16, b"\x00\x00\x00\x00"), "x.zip")
    assert [(p.part, p.reason, p.lost) for p in got.problems] == [("a.txt", Reason.MALFORMED_FILE, False)]
    assert got.text == TEXT * 2


def test_broken_data_costs_only_the_member(run):
    data = bytearray(_zip({"a.txt": os.urandom(500).hex().encode(), "b.txt": TEXT}))
    data[40:60] = b"\xff" * 20
    got = run(bytes(data), "x.zip")
    assert [(p.part, p.reason) for p in got.problems] == [("a.txt", Reason.MALFORMED_FILE)]
    assert "b.txt" in _parts(got)


@pytest.mark.parametrize(
    "damage",
    [lambda data: data[:-30], lambda data: data[: len(data) // 2], lambda data: data[:4], lambda d: d[:20]],
    ids=["no directory", "half", "magic", "header"],
)
def test_a_truncated_archive_is_malformed(run, damage):
    got = run(damage(_zip({"a.txt": TEXT, "b.txt": TEXT})), "x.zip")
    assert [(p.part, p.reason, p.lost) for p in got.items] == [(None, Reason.MALFORMED_FILE, True)]


def test_a_directory_that_claims_to_be_huge(run):
    """The end record claims 200 MiB of directory in an object that is as large: little is read for it."""

    class Huge:
        size = 300 << 20

        def blocks(self):
            yield b"PK\x03\x04" + b"\x00" * 70_000

        def read(self, start, length):
            length = min(length, self.size - start)
            end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 200 << 20, (100 << 20) - 22, 0)
            if start + length == self.size:
                return b"\x00" * (length - 22) + end
            assert length <= 1 << 20
            return b"\x00" * length

    from classifier.extract import Limits, extract

    assert list(extract("x.zip", Huge(), Limits())) == [
        Problem(None, Reason.MALFORMED_FILE, "no readable ZIP directory")
    ]


def test_binary_members_are_named(run):
    got = run(_zip({"a/b.txt": TEXT, "a/i.woff2": b"wOF2\x00\x01\x00\x00"}), "x.zip")
    assert [(c.part, c.format) for c in got.chunks] == [("a/b.txt", "text")]
    assert got.problems == [Problem("a/i.woff2", Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "font")]


def test_an_archive_is_read_in_pieces(memory):
    from classifier.extract import Limits, extract

    source = memory(_zip({f"{n}.txt": os.urandom(50_000).hex().encode() for n in range(30)}))
    count = sum(1 for _ in extract("x.zip", source, Limits()))
    assert count >= 30
    assert max(source.reads) <= 1 << 18
    assert sum(source.reads) < 3 * source.size


def test_an_empty_archive_has_no_text(run):
    assert run(_zip({}), "x.zip").items == []


def _renamed(data: bytes, old: bytes, new: bytes, flags: int = 0) -> bytes:
    """Give a member another name of the same length, and flags, in both headers."""
    assert len(old) == len(new)
    out = bytearray(data.replace(old, new))
    for name, before in ((data.index(old), 24), (data.rindex(old), 38)):  # from the flags to the name
        struct.pack_into("<H", out, name - before, flags)
    return bytes(out)


@pytest.mark.parametrize(
    "name, shown",
    [(b"\0b.txt", "\\x00b.txt"), (b"zz\0.tx", "zz\\x00.tx")],
    ids=["NUL first", "NUL within"],
)
def test_a_strange_name_costs_nothing(run, name, shown):
    got = run(_renamed(_zip({"a.txt": TEXT, "zz.txt": TEXT}), b"zz.txt", name), "x.zip")
    assert not got.problems
    assert _parts(got) == ["a.txt", shown]
    assert got.text == TEXT * 2


def test_a_name_that_is_not_the_utf8_it_claims_to_be_costs_no_other(run):
    got = run(_renamed(_zip({"zz.txt": TEXT, "a.txt": TEXT}), b"zz.txt", b"\xff\xfe.txt", 0x800), "x.zip")
    assert [(problem.part, problem.reason) for problem in got.problems] == [
        ("\xa0\u25a0.txt", Reason.MALFORMED_FILE)
    ]
    assert _parts(got) == ["a.txt"]


def test_a_member_without_a_name(run):
    got = run(_zip({"a.txt": TEXT, "": TEXT}), "x.zip")
    assert not got.problems
    assert _parts(got) == ["a.txt", "(without a name)"]


def _central(data: bytes, offset: int, value: bytes) -> bytes:
    """Overwrite a field of the first entry of the directory."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize(
    "offset, value, kept",
    [(6, b"\xff\x00", 2), (42, b"\xff\xff\xff\xff", 1), (20, b"\xff" * 8, 1)],
    ids=["version", "place", "sizes"],
)
def test_a_bad_entry_costs_no_other(run, offset, value, kept):
    got = run(_central(_zip({"a.txt": TEXT, "b.txt": TEXT}), offset, value), "x.zip")
    assert _parts(got)[-1] == "b.txt"
    assert got.text.count(TEXT) == len(got.chunks) >= kept
    assert [problem.part for problem in got.problems] == ["a.txt"] * (2 - len(got.chunks))


def test_a_directory_that_breaks_off(run):
    data = bytearray(_zip({"a.txt": TEXT, "b.txt": TEXT}))
    data[data.rindex(b"PK\x01\x02")] = 0
    got = run(bytes(data), "x.zip")
    assert _parts(got) == ["a.txt"]
    assert got.problems == [Problem(None, Reason.MALFORMED_FILE, "broken ZIP directory", lost=False)]


@pytest.mark.parametrize("claimed, found", [(0, 0), (2, 0), (9, 2)], ids=["empty", "no directory", "more"])
def test_members_that_the_directory_does_not_have(run, claimed, found):
    data = _zip({"a.txt": TEXT, "b.txt": TEXT})
    end = data.rindex(b"PK\x05\x06")
    _, _, _, _, _, size, offset, _ = struct.unpack("<4s4H2LH", data[end:])
    size = size if found else 0
    data = data[:end] + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, claimed, claimed, size, offset, 0)
    got = run(data, "x.zip")
    assert len(got.chunks) == found
    detail = "members that the ZIP directory does not have"
    assert got.problems == [Problem(None, Reason.MALFORMED_FILE, detail, lost=not found)]


@pytest.mark.parametrize("comment", [b"", b"PK\x05", b"c" * 65_535], ids=["none", "short", "longest"])
@pytest.mark.parametrize("before", [b"", b"PK\x03\x04" + b"#" * 70_000], ids=["alone", "after a program"])
def test_where_the_directory_is(run, before, comment):
    out = io.BytesIO(before)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = comment
        archive.writestr("a.txt", TEXT)
    data = out.getvalue()
    moved = data if not before else before + _zip({"b.txt": TEXT})  # offsets from the archive's own start
    assert _parts(run(data, "x.zip")) == ["a.txt"]
    assert [chunk.data for chunk in run(moved, "x.zip").chunks] == [TEXT]


def test_zip64(run, monkeypatch):
    """Written as if 1,000 bytes did not fit into 32 bits, and three entries not into 16."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 1_000)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 2)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in "abcd":
            with archive.open(name + ".txt", "w", force_zip64=True) as member:
                member.write(TEXT * 10)
    assert b"PK\x06\x06" in out.getvalue()
    got = run(out.getvalue(), "x.zip")
    assert not got.problems
    assert _parts(got) == ["a.txt", "b.txt", "c.txt", "d.txt"]
    assert got.text == TEXT * 40


def test_folders_are_entries_too(run):
    data = _zip({"a.txt": TEXT} | {f"{n}/": b"" for n in range(5)})
    assert run(data, "x.zip", archive_members=6).problems == []
    got = run(data, "x.zip", archive_members=5)
    assert _parts(got) == ["a.txt"]
    assert got.problems == [Problem(None, Reason.ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT, lost=False)]


def test_a_directory_takes_no_memory_of_its_own(memory):
    """60,000 folders in 3 MB of directory: a list of them would take 26 MB. The end record says one."""
    from classifier.extract import Limits, extract

    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, *(0,) * 7, 1, *(0,) * 6) + b"/"
    first = _zip({"a.txt": TEXT})
    at = first.index(b"PK\x01\x02")
    end = first.rindex(b"PK\x05\x06")
    folders = entry * 60_000
    size = end - at + len(folders)
    record = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, size, at, 0)
    source = memory(first[:end] + folders + record)
    tracemalloc.start()
    try:
        items = list(extract("x.zip", source, Limits(archive_members=50_000)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20
    assert items[0].part == "a.txt"
    assert items[1:] == [Problem(None, Reason.ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT, lost=False)]
