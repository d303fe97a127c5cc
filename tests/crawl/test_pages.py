"""The quick page parser against botocore's own: the same objects, or none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

import botocore.session
import pytest
from botocore.parsers import create_parser
from hypothesis import given
from hypothesis import strategies as st

from classifier.crawl.pages import FAST_ITEMS, fast_page, objects_of, split_page
from classifier.model import S3Object

SHAPE = botocore.session.Session().get_service_model("s3").operation_model("ListObjectsV2").output_shape
XMLNS = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def page(contents: str, *, count: int | None = None, encoding: str = "url", more: str = "") -> bytes:
    counted = "" if count is None else f"<KeyCount>{count}</KeyCount>"
    encoded = f"<EncodingType>{encoding}</EncodingType>" if encoding else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult {XMLNS}><Name>b</Name>{encoded}{counted}'
        f"<IsTruncated>false</IsTruncated>{contents}{more}</ListBucketResult>"
    ).encode()


def element(key: str, size: int = 1, etag: str = "e", storage: str = "STANDARD") -> str:
    return (
        f"<Contents><Key>{escape(key)}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>"
        f"<ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size><StorageClass>{storage}</StorageClass></Contents>"
    )


def parse(body: bytes) -> tuple[dict[str, Any], bool]:
    """Parse as botocore does, with our handler before it; return the answer and whether ours took it."""
    response: dict[str, Any] = {"status_code": 200, "headers": {}, "body": body}
    custom: dict[str, Any] = {}
    fast_page(response_dict=response, customized_response_dict=custom)
    answer = create_parser("rest-xml").parse(response, SHAPE)
    return answer | custom, FAST_ITEMS in custom


def by_botocore(body: bytes) -> list[S3Object]:
    return objects_of(
        "b", create_parser("rest-xml").parse({"status_code": 200, "headers": {}, "body": body}, SHAPE)
    )


# What XML 1.0 can carry unencoded: no control characters, no surrogates or non-characters.
xml_text = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), min_size=1
)
any_key = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)


@given(st.lists(st.tuples(any_key, st.integers(0, 2**62)), max_size=8))
def test_url_encoded_keys_come_back_exactly(items: list[tuple[str, int]]) -> None:
    body = page("".join(element(quote_plus(key), size) for key, size in items), count=len(items))
    answer, fast = parse(body)
    assert fast
    objects = objects_of("b", answer)
    assert [(obj.key, obj.size) for obj in objects] == items
    assert objects == by_botocore(body)


@given(st.lists(xml_text, max_size=5))
def test_plain_keys_come_back_exactly(keys: list[str]) -> None:
    body = page("".join(map(element, keys)), count=len(keys), encoding="")
    answer, fast = parse(body)
    assert fast
    assert [obj.key for obj in objects_of("b", answer)] == keys
    assert objects_of("b", answer) == by_botocore(body)


def test_every_field() -> None:
    answer, _ = parse(page(element("a+b%2Fc", 12, "abc-2", "GLACIER"), count=1))
    assert objects_of("b", answer) == [
        S3Object("b", "a b/c", 12, "abc-2", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), "GLACIER")
    ]


ORDER = (
    "<Contents><StorageClass>STANDARD</StorageClass><Owner><ID>o</ID><DisplayName>n</DisplayName></Owner>"
    '<Size>5</Size><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ETag>"q"</ETag><Key>k</Key>'
    "<LastModified>2026-01-02T03:04:05Z</LastModified><Type>Normal</Type></Contents>"
)

AWS = (
    "<Contents><Key>a+b%2Bc</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
    "<ETag>&quot;q-2&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm>"
    "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
    "<Size>9223372036854775807</Size><StorageClass>DEEP_ARCHIVE</StorageClass></Contents>"
)
CEPH = (
    "<Contents><Key>&amp;quot;&lt;k</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified>"
    "<ETag>&quot;q&quot;</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass>"
    "<Owner><ID>o</ID><DisplayName>n</DisplayName></Owner><Type>Normal</Type></Contents>"
)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page(ORDER, count=1), id="order, unknown elements"),
        pytest.param(page("<Contents><Key>k</Key><Size>0</Size></Contents>"), id="only key and size"),
        pytest.param(page(element("k") + "<Prefix/>" + element("l"), count=2), id="element between"),
        pytest.param(page("", count=0), id="empty"),
        pytest.param(page(AWS + CEPH + element("k"), count=3), id="as services write it"),
        pytest.param(page(AWS + ORDER + CEPH, count=3), id="usual and not"),
        pytest.param(page(AWS + "<CommonPrefixes/>" + CEPH + "\n", count=2), id="usual, element between"),
        pytest.param(page("\n  " + AWS + "\n  " + CEPH + "\n"), id="indented"),
        pytest.param(
            page(element("k&#x41;&#66;"), encoding="").replace(b"&amp;", b"&"), id="character references"
        ),
        pytest.param(
            page("<Contents><Key>k</Key><Size>1</Size><StorageClass/></Contents>"), id="empty element"
        ),
    ],
)
def test_taken(body: bytes) -> None:
    answer, fast = parse(body)
    assert fast
    assert objects_of("b", answer) == by_botocore(body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(page(element("k"), count=2), id="count differs"),
        pytest.param(page("<Contents><Size>1</Size></Contents>" + element("k"), count=2), id="no key"),
        pytest.param(page("<Contents><Key>k</Key><Size>-1</Size></Contents>"), id="size below zero"),
        pytest.param(page("<Contents><Key>k</Key><Size>x</Size></Contents>"), id="size no number"),
        pytest.param(page("<Contents><Key>k</Key><Key>l</Key><Size>1</Size></Contents>"), id="two keys"),
        pytest.param(page("<Contents><Key><![CDATA[k]]></Key><Size>1</Size></Contents>"), id="CDATA"),
        pytest.param(page('<Contents x="1"><Key>k</Key><Size>1</Size></Contents>', count=1), id="attribute"),
        pytest.param(page(element("k"))[:-5], id="cut"),
        pytest.param(b"<Error><Code>InternalError</Code></Error>", id="another root"),
        pytest.param(page(element("k")).replace(b"<Key>k", b"<Key>\xff"), id="not UTF-8"),
        pytest.param(b"", id="no body"),
        pytest.param(
            b"<n:ListBucketResult xmlns:n='x'><n:Contents><n:Key>k</n:Key><n:Size>1</n:Size></n:Contents>"
            b"</n:ListBucketResult>",
            id="prefixed names",
        ),
    ],
)
def test_left_to_botocore(body: bytes) -> None:
    assert split_page(body) is None


@pytest.mark.parametrize("code", ["xD800", "xDFFF", "55296", "x110000"])
def test_a_character_that_is_none(code: str) -> None:
    """A lone surrogate could not be asked for, shown or written."""
    (obj,) = objects_of("b", parse(page(element("KEY").replace("KEY", f"a&#{code};b")))[0])
    assert obj.key == "a\ufffdb"


def test_what_botocore_parses_alone_has_the_same_objects() -> None:
    body = page("<Contents><Key><![CDATA[k]]></Key><Size>7</Size></Contents>", count=1)
    answer, fast = parse(body)
    assert not fast
    assert objects_of("b", answer) == [S3Object("b", "k", 7)]


@given(st.binary(max_size=300))
def test_no_body_raises(body: bytes) -> None:
    split_page(body)
    split_page(page("").replace(b"</ListBucketResult>", body + b"</ListBucketResult>"))
