"""The same people in every format, plain and in containers: each value is found where its location says."""

from __future__ import annotations

import gzip
import importlib.util
import io
import re
import sys
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import pytest

from classifier.model import Chunk

_SPEC = importlib.util.spec_from_file_location("extract_records", Path(__file__).with_name("records.py"))
assert _SPEC is not None
records = importlib.util.module_from_spec(_SPEC)
sys.modules[_SPEC.name] = records
_SPEC.loader.exec_module(records)
_WANTED = re.compile(rb"person\.\d{3}@mail-\d\.example|(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")


@cache
def made(name: str):
    return records.MAKERS[name]()


def seven_zip(data: bytes, name: str) -> bytes:
    """A 7z archive of one member, packed with LZMA2 (7zFormat.txt)."""
    import lzma
    import struct
    import zlib

    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)

    def number(value: int) -> bytes:
        return b"\xff" + struct.pack("<Q", value)

    names = b"\0" + (name + "\0").encode("utf-16-le")
    header = b"\x01\x04"
    header += b"\x06" + number(0) + number(1) + b"\x09" + number(len(packed)) + b"\0"
    header += b"\x07\x0b" + number(1) + b"\0" + number(1) + b"\x21\x21" + number(1) + b"\x10"
    header += b"\x0c" + number(len(data)) + b"\0"
    header += b"\0"
    header += b"\x05" + number(1) + b"\x11" + number(len(names)) + names + b"\0\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def tar(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(data: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def zstd(data: bytes) -> bytes:
    import zstandard

    return zstandard.compress(data)


WRAPPERS = {
    "plain": lambda data, name: (data, name, ""),
    "gzip": lambda data, name: (gzip.compress(data, 1), name + ".gz", name),
    "zip": lambda data, name: (zipped(data, name), "x.zip", name),
    "tar.zst": lambda data, name: (zstd(tar(data, name)), "x.tar.zst", f"x.tar!/{name}"),
    "7z": lambda data, name: (seven_zip(data, name), "x.7z", name),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
@pytest.mark.parametrize("kind", records.MAKERS)
def test_all_are_found_where_they_are(run, kind, wrapper):
    data, back = made(kind)
    wrapped, name, inside = WRAPPERS[wrapper](data, f"people.{kind}")
    got = run(wrapped, name)
    assert not got.problems
    found: dict[str, int] = {}
    for chunk in got.chunks:
        assert isinstance(chunk, Chunk)
        for match in _WANTED.finditer(chunk.data):
            if not chunk.core_start <= match.start() < chunk.core_end:
                continue
            value = match.group().decode()
            location = chunk.locator.locate(*match.span())
            assert (location.part or "").startswith(inside)
            text = back(location)
            assert value == text or (kind == "pdf" and value in text), (value, location)
            found[value] = found.get(value, 0) + 1
    assert found == dict.fromkeys(records.VALUES, 1)
