"""JSON lines: exact, one line, harmless to look at."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.errors import OutputError
from classifier.model import Category, Finding, S3Object, Severity, Target, Tier
from classifier.report import FindingStream, finding_id
from classifier.report.lines import encode

# Any text a key can be: what UTF-8 can say, and the surrogates that stand for bytes of a local name.
keys = st.text(
    st.one_of(st.characters(codec="utf-8"), st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF))
)


@given(keys)
def test_any_key_comes_back_exactly(key: str) -> None:
    line = encode({"key": key})
    text = line.decode("utf-8")
    assert json.loads(text) == {"key": key}
    assert len(text.splitlines()) == 1
    assert all(character.isprintable() or ord(character) > 0x9F for character in text)


def test_readable_text_stays_readable() -> None:
    assert encode({"key": "Zoë/日本語"}).decode() == '{"key":"Zoë/日本語"}'


def test_fields_keep_their_order() -> None:
    assert encode({"b": 1, "a": [Severity.HIGH, None, True]}) == b'{"b":1,"a":["High",null,true]}'


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_there_is_no_nan(value: float) -> None:
    with pytest.raises(ValueError):
        encode({"a": value})


def found(bucket: str = "b", key: str = "k", version: str | None = None, detector: str = "X") -> Finding:
    obj = S3Object(bucket, key, 1, version_id=version)
    return Finding(obj, detector, Category.CREDENTIALS, Severity.LOW, 1.0, Tier.PATTERN, 1, True, (), False)


def test_a_finding_is_an_object_and_a_detector() -> None:
    different = [
        found(),
        found(bucket="c"),
        found(key="l"),
        found(version="1"),
        found(detector="Y"),
    ]
    ids = {finding_id(one, Target(one.obj.bucket)) for one in different}
    ids |= {finding_id(found("", "bk"), Target("", path=path)) for path in ("one", "other")}
    assert len(ids) == len(different) + 2
    assert finding_id(found(), Target("b")) == finding_id(found(), Target("b", "prefix/"))
    assert len(finding_id(found(key="\udc80"), Target("b"))) == 32


def test_the_stream_has_a_line_for_each_finding(sample: Any, odd_keys: tuple[str, ...], check: Any) -> None:
    out = io.BytesIO()
    with FindingStream(out) as stream:
        for key in odd_keys:
            stream.object(sample.result(key))
            stream.finding(sample.record(key))
            assert out.getvalue().endswith(b"\n")
        stream.summary(sample.summary("k"))
    records = [json.loads(line) for line in out.getvalue().decode("utf-8").splitlines()]
    assert [record["key"] for record in records] == list(odd_keys)
    for record in records:
        check("findings", record)
    assert not out.closed


def test_a_closed_reader_is_an_output_error(sample: Any) -> None:
    class Closed(io.BytesIO):
        def write(self, data: Any) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    with pytest.raises(OutputError, match=r"standard output: .* closed"):
        FindingStream(Closed()).finding(sample.record("k"))
