"""What is encoded is found, where it stands, whatever it is written in and however the text is cut."""

from __future__ import annotations

import base64
import gzip
import html
import quopri
import random
import re
import urllib.parse
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from classifier.detect import Classifier, Detector, load_packs, select, shipped_packs
from classifier.detect.decoded import Decoder, Finder
from classifier.detect.engine import ObjectScan
from classifier.detect.layers import PIECE, Coded, Escapes
from classifier.detect.prefilter import HyperscanPrefilter, RePrefilter
from classifier.detect.runs import INFLATED
from classifier.model import Chunk, Field, Location, Match

Load = Callable[..., tuple[Detector, ...]]
Whole = Callable[[dict[str, Any]], dict[str, Any]]
Coding = Callable[[bytes], bytes]

KEY = bytes(range(16))
LEFT, RIGHT = 1 << 10, 1 << 14
SECRET = b"tok_" + b"a1b2c3d4e5f6g7h8"
AROUND = (
    b"a note, of the kind that people write:\nname = x\nthe secret is %s, so keep it.\nThe end of it, bye.\n"
)

PACK: tuple[dict[str, Any], ...] = (
    {
        "id": "TOKEN",
        "category": "CREDENTIALS",
        "coarse": r"tok_[a-z0-9]{16}",
        "exact": r"(?<!\w)tok_[a-z0-9]{16}(?!\w)",
        "confidence": {"bare": 0.6, "keyword": 0.9},
        "keywords": {"words": ["secret"], "before": 30, "after": 10},
    },
    {
        "id": "PIN",
        "category": "CREDENTIALS",
        "tier": "context",
        "coarse": r"\d{6}",
        "exact": r"(?<![\w-])\d{6}(?![\w-])",
        "confidence": {"keyword": 0.8},
        "keywords": {"words": ["pin"], "before": 20, "after": 0},
    },
    {
        "id": "LETTERS",
        "category": "CREDENTIALS",
        "tier": "generic",
        "coarse": r"value=",
        "exact": r"value=(?P<value>[A-Za-z0-9+/=]{20,4000})",
        "max_length": 4010,
    },
    {
        "id": "BADGE",
        "category": "PERSONAL_INFORMATION",
        "coarse": r"B-\d{5}",
        "exact": r"\bB-\d{5}\b",
    },
)


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory, whole: Whole) -> tuple[Detector, ...]:
    import json

    path = tmp_path_factory.mktemp("decode") / "pack.yaml"
    path.write_text(json.dumps({"pack": "decode", "detectors": [whole(d) for d in PACK]}))
    return load_packs([path])


@pytest.fixture(scope="module", params=[HyperscanPrefilter, RePrefilter], ids=["hyperscan", "re"])
def classifier(request: pytest.FixtureRequest, detectors: tuple[Detector, ...]) -> Classifier:
    return Classifier(detectors, KEY, max_occurrences=0, prefilter=request.param)


@pytest.fixture(scope="module")
def shipped() -> Classifier:
    return Classifier(select(shipped_packs(), "recommended"), KEY)


def of(classifier: Classifier, data: bytes, detector: str = "TOKEN") -> list[Match]:
    return [match for match in classifier.classify(data) if match.detector == detector]


def located(match: Match, data: bytes) -> bytes:
    return data[match.location.byte_start : match.location.byte_end]


# --- every way to write a text ------------------------------------------------------------------------------


def each(form: str) -> Coding:
    return lambda text: "".join(form % byte for byte in text).encode()


def lines(size: int, indent: str = "") -> Coding:
    def encode(text: bytes) -> bytes:
        coded = base64.b64encode(text).decode()
        return "\n".join(indent + coded[at : at + size] for at in range(0, len(coded), size)).encode()

    return encode


def wide(text: bytes) -> bytes:
    return base64.b64encode(text.decode().encode("utf-16-le"))


def _shifted(decode: Coding, most: int) -> Callable[[bytes], Iterator[bytes]]:
    """Decoding of what begins up to `most` characters before a whole group."""

    def decodings(text: bytes) -> Iterator[bytes]:
        for shift in range(min(most, len(text))):
            yield decode(text[shift:])

    return decodings


def _base64(text: bytes) -> bytes:
    text = re.sub(rb"\\n|[^A-Za-z0-9+/_-]", b"", text).replace(b"-", b"+").replace(b"_", b"/")
    text = text[: len(text) - (len(text) % 4 == 1)]
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except ValueError:
        return b""


def _wide(text: bytes) -> bytes:
    raw = _base64(text)
    return raw[: len(raw) // 2 * 2].decode("utf-16-le", "replace").encode()


def _hexadecimal(text: bytes) -> bytes:
    digits = re.sub(rb"0x|\\x|[^0-9A-Fa-f]", b"", text)
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())


def _unescaped(text: bytes) -> bytes:
    return re.sub(rb"\\u00(..)|\\x(..)", lambda match: bytes.fromhex((match[1] or match[2]).decode()), text)


def _json(text: bytes) -> bytes:
    return _unescaped(text).replace(rb"\/", b"/").replace(rb"\n", b"\n")


@dataclass(frozen=True)
class Way:
    """A way to write a text, and back again from a part of it."""

    encode: Coding
    decodings: Callable[[bytes], Iterator[bytes]]


def way(encode: Coding, decode: Coding, most: int = 1) -> Way:
    return Way(encode, _shifted(decode, most))


WAYS = {
    "base64": way(base64.b64encode, _base64, 4),
    "base64 without padding": way(lambda text: base64.b64encode(text).rstrip(b"="), _base64, 4),
    "base64url": way(base64.urlsafe_b64encode, _base64, 4),
    "base64 in lines of 76": way(lines(76), _base64, 4),
    "base64 in indented lines of 64": way(lines(64, "    "), _base64, 4),
    "base64 of UTF-16LE": way(wide, _wide, 8),
    "hexadecimal": way(lambda text: text.hex().encode(), _hexadecimal, 2),
    "HEXADECIMAL": way(lambda text: text.hex().upper().encode(), _hexadecimal, 2),
    "0x and hexadecimal": way(lambda text: b"0x" + text.hex().encode(), _hexadecimal, 2),
    "list of bytes": way(lambda text: ", ".join(f"{byte:#04x}" for byte in text).encode(), _hexadecimal),
    r"\x41": way(each("\\x%02x"), _unescaped),
    r"\u0041": way(each("\\u%04x"), _unescaped),
    "every %41": way(each("%%%02X"), urllib.parse.unquote_to_bytes),
    "percent": way(lambda text: urllib.parse.quote(text, safe="").encode(), urllib.parse.unquote_to_bytes),
    "&#65;": way(each("&#%d;"), lambda text: html.unescape(text.decode("utf-8", "replace")).encode()),
    "&#x41;": way(each("&#x%x;"), lambda text: html.unescape(text.decode("utf-8", "replace")).encode()),
}
# These leave letters and digits as they are: what is in them is found as it stands too.
MILD = {
    "quoted-printable": way(quopri.encodestring, quopri.decodestring),
    "character references": way(
        lambda text: html.escape(text.decode()).encode(),
        lambda text: html.unescape(text.decode("utf-8", "replace")).encode(),
    ),
}
EVERY = WAYS | MILD


def holds(data: bytes, ways: Sequence[Way], secret: bytes) -> bool:
    """Whether `data`, decoded in each of the ways from the last to the first, holds the secret."""
    if not ways:
        return secret in data
    return any(holds(text, ways[:-1], secret) for text in ways[-1].decodings(data))


@pytest.mark.parametrize("name", WAYS)
def test_each_way_is_decoded(classifier: Classifier, name: str) -> None:
    text = AROUND % SECRET
    coded = WAYS[name].encode(text)
    assert SECRET not in coded or name == "percent"
    for before, after in ((b"", b""), (b'x = "', b'"\n'), (b"first line\ndata: ", b"\nlast line")):
        data = before + coded + after
        (match,) = of(classifier, data)
        assert match.confidence == 0.9
        assert holds(located(match, data), [WAYS[name]], SECRET)
        assert match.location.byte_start is not None
        assert match.location.byte_start >= len(before)
        assert len(located(match, data)) < len(coded)
        assert match.masked == of(classifier, SECRET)[0].masked
        assert match.fingerprint == of(classifier, SECRET)[0].fingerprint


TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=24, max_size=300)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(EVERY)), min_size=1, max_size=3),
    TEXTS,
    TEXTS,
    st.sampled_from([b"", b"key: ", b'{"a": "', b"<p>", b"one\ntwo "]),
)
def test_a_secret_is_found_through_three_layers(
    detectors: tuple[Detector, ...], names: list[str], before: str, after: str, lead: bytes
) -> None:
    names.sort(key="quoted-printable".__ne__)  # its lines would break a run
    data = f"plain words {before}\n".encode() + SECRET + f"\nplain words {after}".encode()
    for name in names:
        data = EVERY[name].encode(data)
    data = lead + data
    matches = of(Classifier(detectors, KEY, 0), data)
    assert [match.fingerprint for match in matches].count(of_secret(detectors)) == len(matches) == 1
    assert holds(located(matches[0], data), [EVERY[name] for name in names], SECRET)


def of_secret(detectors: tuple[Detector, ...]) -> str:
    return of(Classifier(detectors, KEY), SECRET)[0].fingerprint


def test_four_layers_are_too_many(classifier: Classifier) -> None:
    data = AROUND % SECRET
    for _ in range(3):
        data = base64.b64encode(data)
    assert len(of(classifier, data)) == 1
    assert of(classifier, base64.b64encode(data)) == []


def test_depth_can_be_chosen(detectors: tuple[Detector, ...]) -> None:
    once = base64.b64encode(AROUND % SECRET)
    for depth, expected in ((0, 0), (1, 1), (2, 2)):
        found = of(Classifier(detectors, KEY, depth=depth), once + b"\n\n" + once.hex().encode())
        assert len(found) == expected


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "zlib"])
@pytest.mark.parametrize("times", [1, 2])
def test_compressed_text_in_base64(classifier: Classifier, pack: Coding, times: int) -> None:
    """As Helm keeps a release in a Secret."""
    other = SECRET.replace(b"a", b"z")
    coded = pack(AROUND % SECRET + AROUND % other)
    for _ in range(times):
        coded = base64.b64encode(coded)
    data = b"release: " + coded + b"\n"
    matches = of(classifier, data)
    assert {located(match, data) for match in matches} == {coded}
    assert len({match.fingerprint for match in matches}) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"%2", id="percent at the end"),
        pytest.param(b"100%41", id="percent in words"),
        pytest.param(b"\\u00", id="backslash at the end"),
        pytest.param(b"=", id="equals sign at the end"),
        pytest.param(b"=\n=\r\n" * 9, id="equals signs"),
        pytest.param(b"H4sI" * 9, id="gzip that is none"),
        pytest.param(b"eJz" + b"A" * 41, id="zlib that is none"),
        pytest.param(base64.b64encode(bytes(90)), id="zeros"),
        pytest.param(b"A" * 99, id="letters"),
        pytest.param(b"&#99999999;&#65;&#xD800;", id="no character"),
        pytest.param(b"\\ud83d\\u0041\\ude00", id="half characters"),
        pytest.param(b"SGVsbG8gd29ybGQgaGVsbG8g" + b"\xff" * 9, id="text, then bytes"),
        pytest.param(b"-" * 99 + b"_" * 99 + b"/" * 99, id="signs"),
    ],
)
def test_nothing_in_it(classifier: Classifier, text: bytes) -> None:
    assert classifier.classify(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(b"https://ci.example.org/actions?query=branch%3Amain", id="link"),
        pytest.param(b"<a href='/list?sort=name&amp;order=down'>", id="link in HTML"),
        pytest.param(b'say("\\x22%s\\x22", text)', id="quotes"),
        pytest.param(b'value.replace("%25", "%")', id="escape alone"),
        pytest.param(b"he said &quot;no, never, and never again&quot;", id="words in quotes"),
        pytest.param(b'"link": "https:\\/\\/example.org\\/the\\/page"', id="slashes"),
        pytest.param(b"d41d8cd98f00b204e9800998ecf8427e 6f712567236a704d4e39be42", id="digests"),
        pytest.param(b"5f712567236a704d4e39be4269a8ee86", id="digest that begins as text"),
    ],
)
def test_what_holds_no_value_is_left(text: bytes) -> None:
    assert [piece.text for piece in Finder()(b"some words " + text + b" and more", {})] == []


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        pytest.param(b"/next?page%3Dgh1_abc", b"page=gh1_abc", id="digit"),
        pytest.param(b"/next?to=ada%40example.org", b"to=ada@example.org", id="address"),
        pytest.param(b"https:\\/\\/ada:horse@host\\/", b"https://ada:horse@host/", id="password in a link"),
        pytest.param(b"/login?%22password%22%3A%22horse%22", b'"password":"horse"', id="name"),
        pytest.param(
            b"name &quot;pin&quot;: token is horse", b'name "pin": token is horse', id="name beside it"
        ),
        pytest.param(b"%3DabcdefGHIJKLmnopqrSTUV", b"=abcdefGHIJKLmnopqrSTUV", id="long"),
        pytest.param(b"\\x68\\x6f\\x72\\x73\\x65", b"horse", id="letters"),
        pytest.param(b"https%253A%252F%252Fhost", b"https%3A%2F%2Fhost", id="escaped escapes"),
    ],
)
def test_what_may_hold_a_value_is_decoded(text: bytes, decoded: bytes) -> None:
    (piece,) = Finder()(b"some words " + text + b" and more", {})
    assert decoded in piece.text


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [500, 20_000, 90_000])
def test_the_same_is_found_without_hyperscan(seed: int, size: int) -> None:
    data = long_text(seed, 90_000)[:size]
    found = [[(p.kind, p.start, p.end, p.text) for p in Finder(compiled=c)(data, {})] for c in (True, False)]
    assert found[0] == found[1]
    assert found[0]


def test_random_bytes_are_no_text(classifier: Classifier) -> None:
    generator = random.Random(1)
    finder = Finder()
    data = b"\n".join(
        encode(generator.randbytes(generator.randrange(18, 200)))
        for encode in (base64.b64encode, base64.urlsafe_b64encode, lambda raw: raw.hex().encode())
        for _ in range(400)
    )
    assert [piece.text for piece in finder(data, {})] == []


def test_only_real_text_is_searched_for_more_than_credentials(classifier: Classifier) -> None:
    text = b"the badge of the new colleague is B-12345, she will ask for it on Monday"
    assert len(of(classifier, base64.b64encode(text), "BADGE")) == 1
    assert of(classifier, base64.b64encode(b"xx8731B-12345-98/B-12345/tok-1"), "BADGE") == []


def test_words_before_the_stretch_are_keywords(classifier: Classifier) -> None:
    number = base64.b64encode(b"123456;aaaaaaaaaaaaa;")
    assert len(of(classifier, b"pin: " + number, "PIN")) == 1
    assert of(classifier, b"other: " + number, "PIN") == []
    assert of(classifier, b"pin: \n" + number, "PIN") == []


def test_neighbours_are_no_keywords(classifier: Classifier) -> None:
    """Each decoded text is for itself."""
    data = b"\n".join(
        (base64.b64encode(b"some text that ends in pin"), base64.b64encode(b"123456;aaaaaaaa;"))
    )
    assert of(classifier, data, "PIN") == []


# --- one value, one finding ---------------------------------------------------------------------------------


def test_what_stands_in_the_text_is_not_found_twice(classifier: Classifier) -> None:
    for text in (b"a%%3D%s%%26b", b"{\\u0022a\\u0022:\\u0022%s\\u0022}", b"=3D %s =3D", b"&quot;%s&quot;"):
        data = text % SECRET
        (match,) = of(classifier, data)
        assert located(match, data) == SECRET


def test_the_stronger_of_text_and_decoded_text_stays(classifier: Classifier) -> None:
    coded = base64.b64encode(AROUND % SECRET)
    matches = classifier.classify(b"value=" + coded)
    assert [match.detector for match in matches] == ["TOKEN"]
    assert [match.detector for match in classifier.classify(b"value=" + base64.b64encode(AROUND))] == [
        "LETTERS"
    ]


GITHUB = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


def url_safe(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            ".".join(
                (
                    url_safe('{"alg":"HS256","typ":"JWT"}'),
                    url_safe('{"sub":"1","key":"' + GITHUB + '"}'),
                    url_safe("0123456789abcdef0123456789abcdef"),
                )
            ),
            id="token with a payload",
        ),
        pytest.param(
            "Authorization: Basic " + base64.b64encode(b"deploy:" + b"q7Rk2VxLmZ9-tWp4").decode(),
            id="basic authentication",
        ),
        pytest.param(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  token: "
            + base64.b64encode(GITHUB.encode()).decode()
            + "\n",
            id="Kubernetes secret",
        ),
        pytest.param(
            "https%3A%2F%2Fadmin%3A" + "k3Vq9ZxL2m" + "%40db.internal.example.org%2Fmain",
            id="URL in a URL",
        ),
    ],
)
def test_one_value_is_one_finding(shipped: Classifier, text: str) -> None:
    matches = shipped.classify(text.encode())
    spans = sorted((m.location.byte_start or 0, m.location.byte_end or 0) for m in matches)
    assert spans
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))


# --- chunks -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plain:
    """Locates in plain text whose chunk begins at `origin`."""

    origin: int

    def locate(self, start: int, end: int) -> Location:
        return Location(byte_start=self.origin + start, byte_end=self.origin + end)

    def enclosing(self, start: int, end: int) -> Field | None:
        return None

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        return None


def cut(data: bytes, borders: Sequence[int], left: int = LEFT, right: int = RIGHT) -> Iterator[Chunk]:
    edges = [0, *sorted(set(borders) - {0, len(data)}), len(data)]
    for start, stop in pairwise(edges):
        low, high = max(0, start - left), min(len(data), stop + right)
        yield Chunk(None, "text", data[low:high], start - low, stop - low, Plain(low))


def scanned(classifier: Classifier, data: bytes, borders: Sequence[int] = ()) -> ObjectScan:
    scan = classifier.object()
    for chunk in cut(data, borders):
        scan.feed(chunk)
    return scan


def secret(number: int) -> bytes:
    return b"tok_%016d" % number


def long_text(seed: int, size: int) -> bytes:
    """Return text with encoded stretches of all sizes and kinds, and secrets in them and beside them."""
    generator = random.Random(seed)
    number = 0

    def words(count: int) -> bytes:
        nonlocal number
        parts = []
        for _ in range(count):
            number += 1
            parts.append(
                generator.choice(
                    (secret(number), b"pin 123456", b"value=" + b"aB3" * 9, b"plain words, more")
                )
            )
        return generator.choice((b" ", b"\n", b"; ")).join(parts)

    pieces: list[bytes] = []
    while sum(map(len, pieces)) < size:
        text = words(generator.choice((1, 2, 5, 30, 900)))
        for name in generator.sample(sorted(EVERY), generator.choice((0, 1, 1, 1, 2, 3))):
            if len(text) < 40_000:
                text = EVERY[name].encode(text)
        pieces.append(generator.choice((b"value=", b"pin: ", b"", b"x\n")) + text)
    return b"\n".join(pieces)


@pytest.mark.parametrize("seed", range(5))
def test_any_cut_gives_the_same(classifier: Classifier, seed: int) -> None:
    generator = random.Random(seed)
    data = long_text(seed, 70_000)
    whole = scanned(classifier, data)
    assert {tally.detector.id for tally in whole.result()} >= {"TOKEN", "PIN", "LETTERS"}
    for pieces in (1, 12):
        parts = scanned(classifier, data, [generator.randrange(len(data)) for _ in range(pieces)])
        assert parts.result() == whole.result()
        assert parts.superseded == whole.superseded


@pytest.mark.parametrize("name", sorted(EVERY))
def test_a_border_anywhere_in_a_stretch(classifier: Classifier, name: str) -> None:
    data = b"words and a value=" + EVERY[name].encode(AROUND % SECRET * 2) + b"\nmore words"
    whole = scanned(classifier, data).result()
    assert [(tally.detector.id, tally.count) for tally in whole][-1] == ("TOKEN", 2)
    for border in range(1, len(data), 31):
        assert scanned(classifier, data, [border]).result() == whole
    assert scanned(classifier, data, range(0, len(data), 97)).result() == whole


@pytest.mark.parametrize("name", sorted(EVERY))
def test_stretches_longer_than_a_piece_are_searched_whole(classifier: Classifier, name: str) -> None:
    text = b"".join(b"the next one of them is %s, as it seems\n" % secret(number) for number in range(600))
    data = b"words\n" + EVERY[name].encode(text)
    assert len(data) > 1.5 * PIECE
    (tally,) = scanned(classifier, data).result()
    assert tally.count == 600
    assert len({occurrence.fingerprint for occurrence in tally.occurrences}) == 600
    for border in (PIECE, PIECE + 5_999):
        assert scanned(classifier, data, [border]).result() == [tally]
    assert scanned(classifier, data, range(0, len(data), 5003)).result() == [tally]


def test_no_repr_has_a_value(classifier: Classifier) -> None:
    data = base64.b64encode(AROUND % SECRET)
    (piece,) = (piece for piece in Finder()(data, {}) if piece.text)
    decoder = Decoder(Finder(), 3)
    (batch,) = (batch for chunk in cut(data, ()) for batch in decoder.batches(chunk))
    scan = scanned(classifier, data)
    assert SECRET.decode() not in repr((piece, batch, scan, scan.result()))


def test_parts_are_decoded_apart(classifier: Classifier) -> None:
    """What goes on beyond one part does not in the next one."""
    text = b"the next one of them is %s, as it seems\n" % SECRET
    scan = classifier.object()
    for part in ("a", "b"):
        data = base64.b64encode(text * 100)[:4000]
        scan.feed(Chunk(part, "text", data, 0, len(data), Plain(0)))
    (tally,) = scan.result()
    assert tally.count == 2 * (len(base64.b64decode(base64.b64encode(text * 100)[:4000])) // len(text))


# --- hostile input ------------------------------------------------------------------------------------------

PIECES = [
    *(
        b"%41",
        b"%",
        b"%25",
        b"\\u0041",
        b"\\x41",
        b"\\\\",
        b"\\/",
        b":\\/\\/",
        b"&amp;",
        b"&#65;",
        b"=3D",
        b"=\n",
    ),
    *(b"0x41,", b"0x41, ", b"H4sI", b"eJw", b"=", b"\n", b"    ", b"A", b"SGVsbG8gd29ybGQgaGVsbG8g", SECRET),
    *(base64.b64encode(AROUND % SECRET), (AROUND % SECRET).hex().encode(), b"value=", b"\xff\xfe", b"\x00"),
    *(b"QQBBAEEAQQBBAEEAQQBBAEEA", b"LS0tLS1CRUdJTiBQR1AgTUVT", b"x" * 70, b"\r\n", b"-_", b"+/"),
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=40).map(b"".join), st.data()
)
def test_whatever_it_is_it_is_searched_and_cut_alike(
    detectors: tuple[Detector, ...], content: bytes, draw: st.DataObject
) -> None:
    borders = draw.draw(st.lists(st.integers(1, max(len(content), 1)), max_size=4))
    results = []
    for prefilter, where in product((HyperscanPrefilter, RePrefilter), ((), borders)):
        results.append(scanned(Classifier(detectors, KEY, 0, prefilter=prefilter), content, where).result())
    assert results[0] == results[1] == results[2] == results[3]
    for tally in results[0]:
        for occurrence in tally.occurrences:
            start, end = occurrence.location.byte_start or 0, occurrence.location.byte_end or 0
            assert 0 <= start < end <= len(content)


HOSTILE = {
    "lines of text and bytes": b"".join(
        base64.b64encode(b"the beginning of it" + bytes(23)) + b"\n" for _ in range(4000)
    ),
    "lines that seem compressed": (base64.b64encode(b"\x1f\x8b\x08" + bytes(39)) + b"\n") * 4000,
    "much from little": (base64.b64encode(gzip.compress(b"word " * 2_000_000)) + b"\n\n") * 12,
    "escapes": b"%41" * 80_000,
    "escapes of escapes": b"%25" * 40_000 + b"\\x5c" * 20_000,
    "every kind": b"%41\\x41&amp;=3D 0x41," * 12_000,
    "an escape here and there": (b"%41" + b"a" * 170) * 1500,
    "short runs": (base64.b64encode(b"a text so short 12") + b" ") * 10_000,
    "one run": base64.b64encode(b"word " * 40_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_more_comes_out_than_a_few_times_what_goes_in(name: str) -> None:
    data = HOSTILE[name]
    finder = Finder()
    assert sum(piece.end - piece.start for piece in finder(data, {})) <= 8 * len(data)
    for piece in finder(data, {}):
        assert piece.end - piece.start <= PIECE + 2
        assert len(piece.text) <= INFLATED + 200
    decoder = Decoder(finder, 3)
    out = sum(len(batch.chunk.data) for chunk in cut(data, ()) for batch in decoder.batches(chunk))
    assert out <= 30 * len(data) + (8 << 20)


# --- the way back -------------------------------------------------------------------------------------------


@given(
    st.lists(st.sampled_from([b"zy", b"%41", b"%C3%A9", b"%%", b"x"]), max_size=12).map(b"".join), st.data()
)
def test_the_way_back_of_escapes(source: bytes, draw: st.DataObject) -> None:
    marks, text, at = [], b"", 0
    for match in re.finditer(rb"%([0-9A-F]{2})", source):
        text += source[at : match.start()]
        marks.append((len(text), len(text) + 1, *match.span()))
        text += bytes.fromhex(match[1].decode())
        at = match.end()
    text += source[at:]
    layer = Escapes(0, marks)
    places = [layer.at(offset) for offset in range(len(text) + 1)]
    assert places == sorted(places)
    if text:
        start = draw.draw(st.integers(0, len(text) - 1))
        end = draw.draw(st.integers(start + 1, len(text)))
        low, high = layer.around(start, end)
        assert urllib.parse.unquote_to_bytes(source[low:high]) == text[start:end]
        assert layer.decodes(start, end) is any(m[0] <= end and m[1] >= start for m in marks)


@given(
    st.text(min_size=8, max_size=40).filter(lambda text: text.encode("utf-8", "replace").decode() == text),
    st.data(),
)
def test_the_way_back_of_wide_text(text: str, draw: st.DataObject) -> None:
    body = text.encode()
    source = b"abc" + base64.b64encode(text.encode("utf-16-le"))
    layer = Coded(3, len(body), 3, len(source), (6, 8), None, body)
    places = [layer.at(offset) for offset in range(len(body) + 4)]
    assert places == sorted(places)
    start = draw.draw(st.integers(0, len(text) - 1))
    end = draw.draw(st.integers(start + 1, len(text)))
    low, high = layer.around(3 + len(text[:start].encode()), 3 + len(text[:end].encode()))
    assert text[start:end].encode() in _wide(source[low:high])


def test_a_composite_of_decoded_values_has_its_own_name() -> None:
    ids = ("AWS_ACCESS_KEY_ID", "AWS_CREDENTIALS", "AWS_CREDENTIAL_PAIR")
    whole = Classifier([d for d in shipped_packs() if d.id in ids], b"k" * 16)
    key, secret = "AKIA" + "Q3EGX7N2LVB4WZ5T", "p9Xw4sKeVb3nR8yU1" + "cLq6TzMhG2jDfA5oWi7xEk0"
    text = f"[default]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n".encode()
    found = {match.detector for match in whole.classify(b"data: " + base64.b64encode(text) + b"\n")}
    assert found == set(ids)
