"""What encoding a text is in, from its first bytes.

Order of the evidence: byte order mark (Unicode 16, 23.8), valid UTF-8, the NUL pattern of UTF-16 and UTF-32
without a mark, mostly valid UTF-8, EBCDIC's spaces, letters and digits (IBM's code pages 1140 and 273), then
charset-normalizer over the legacy encodings in use.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Encoding:
    """`codec` is a codec's name, None where the bytes are searched as they are (UTF-8, ASCII, unknown).

    `bom` is the length of the byte order mark in bytes.
    """

    codec: str | None
    bom: int = 0


RAW = Encoding(None)

_MARKS = (
    (codecs.BOM_UTF8, Encoding(None, 3)),
    (codecs.BOM_UTF32_LE, Encoding("utf_32_le", 4)),  # before UTF-16: it starts with the same two bytes
    (codecs.BOM_UTF32_BE, Encoding("utf_32_be", 4)),
    (codecs.BOM_UTF16_LE, Encoding("utf_16_le", 2)),
    (codecs.BOM_UTF16_BE, Encoding("utf_16_be", 2)),
)
# Codecs whose text encodes back to as many bytes as it was decoded from (tests/extract/test_encoding.py).
_ONE_BYTE = (
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "iso8859_2",
    "iso8859_5",
    "iso8859_7",
    "cp866",
    "cp850",
    "cp437",
    "mac_roman",
    "cp874",
    "latin_1",
)
_MORE_BYTES = ("cp932", "gb18030", "euc_jp", "cp949", "big5")
LEGACY = _ONE_BYTE + _MORE_BYTES
# A wrong guess at a multi-byte encoding swallows ASCII; text in one is dense with high bytes.
_DENSE = 0.2
_NEAR = 0.1  # of coherence (0 to 1): too near for another encoding than the most usual one
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b\x1c\x1d\x1e\x1f\x01") + b"\x7f"
_HIGH = bytes(range(0x80, 0x100))
_CONTROLS_NOT_NUL = _CONTROLS.replace(b"\x00", b"")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_LEGACY_SAMPLE = 1 << 13
# The letters, digits, spaces, line ends and usual punctuation of every EBCDIC code page.
_EBCDIC = (
    "".join(map(chr, range(0x20, 0x7F))).translate({ord(c): None for c in '[]{}\\|!^~`#@$"'}).encode("cp1140")
)
_EBCDIC += b"\x05\x0c\x0d\x15\x25\x7b\x7c\x7f"


def detect(sample: bytes, complete: bool) -> Encoding | None:
    """Return the encoding of the text that starts with `sample`; None when it is no text.

    `complete` says that the text ends with the sample; otherwise a cut last character counts as valid.
    """
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    nul = b"\x00" in sample
    if not nul and (sample.isascii() or _is_utf8(sample, complete)):
        return RAW if _share(sample, _CONTROLS) <= 0.3 else None
    if nul:
        wide = _wide(sample)
        if wide is not None:
            return wide
    ebcdic = _ebcdic(sample)
    if ebcdic is not None:
        return ebcdic
    printable = _share(sample, _CONTROLS) <= 0.5
    if sample.isascii() or _is_utf8(sample, complete):
        return RAW if printable else None
    high = len(sample) - len(sample.translate(None, _HIGH))
    valid = sum(map(len, _MULTIBYTE.findall(sample)))
    if printable and valid >= 0.8 * high:
        return RAW
    if not printable or _share(sample, _CONTROLS_NOT_NUL) > 0.04:
        return None
    return RAW if nul else _legacy(sample)


def _is_utf8(sample: bytes, complete: bool) -> bool:
    try:
        codecs.utf_8_decode(sample, "strict", complete)
    except UnicodeDecodeError:
        return False
    return True


def _share(sample: bytes, which: bytes) -> float:
    return 1 - len(sample.translate(None, which)) / len(sample) if sample else 0.0


def _wide(sample: bytes) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark: the NUL bytes of its ASCII characters stand in a fixed column."""
    quarter = len(sample) // 4 * 4
    nuls = [sample[column:quarter:4].count(0) for column in range(4)]
    units = quarter // 4
    if units >= 2:
        # Code points end at U+10FFFF: the highest byte is always 0, the next one 0 to 16.
        if nuls[3] == units and nuls[2] >= 0.9 * units and nuls[0] < 0.1 * units:
            return _decodable(sample, "utf_32_le", 4)
        if nuls[0] == units and nuls[1] >= 0.9 * units and nuls[3] < 0.1 * units:
            return _decodable(sample, "utf_32_be", 4)
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    pairs = len(sample) // 2
    if odd >= max(1, 0.02 * pairs) and even <= 0.02 * odd:
        return _decodable(sample, "utf_16_le", 2)
    if even >= max(1, 0.02 * pairs) and odd <= 0.02 * even:
        return _decodable(sample, "utf_16_be", 2)
    return None


def _ebcdic(sample: bytes) -> Encoding | None:
    """Text of a mainframe: its spaces are 40 (hexadecimal), and there is hardly an ASCII space in it."""
    spaces = sample.count(b"\x40")
    if (
        len(sample) < 16
        or spaces < 0.02 * len(sample)
        or sample.count(b" ") > 0.1 * spaces
        or _share(sample, _EBCDIC) < 0.9
    ):
        return None
    if len(sample) - len(sample.translate(None, _HIGH)) < 0.3 * len(sample):  # letters and digits
        return None
    german = b"\xb5" in sample and b"\x7c" not in sample  # where its commercial at stands
    return Encoding("cp273" if german else "cp1140")


def _decodable(sample: bytes, codec: str, width: int) -> Encoding | None:
    text = sample[: len(sample) // width * width].decode(codec, "replace")
    odd = sum(1 for char in text if not (char.isprintable() or char in "\t\n\r\f\v\ufeff"))
    odd += text.count("\ufffd")
    return Encoding(codec) if odd <= 0.05 * len(text) else None


def _legacy(sample: bytes) -> Encoding:
    """Ask charset-normalizer; no answer means that the bytes are searched as they are."""
    lines = _telling(sample)
    high = len(lines) - len(lines.translate(None, _HIGH))
    codecs_in_question = LEGACY if high >= 4 and high > _DENSE * len(lines) else _ONE_BYTE
    from charset_normalizer import from_bytes  # 15 ms that few objects need

    matches = from_bytes(
        lines, cp_isolation=list(codecs_in_question), preemptive_behaviour=False, enable_fallback=False
    )
    best = matches.best()
    if best is None or best.encoding not in LEGACY:
        return RAW
    usual = [match for match in matches if _ONE_BYTE[0] in match.could_be_from_charset]
    if usual and usual[0].chaos <= best.chaos and usual[0].coherence >= best.coherence - _NEAR:
        return Encoding(_ONE_BYTE[0])
    return Encoding(best.encoding)


def _telling(sample: bytes) -> bytes:
    """The lines with high bytes, a few KiB of them: what there is to tell one encoding from another."""
    lines = [line for line in sample.splitlines(keepends=True) if not line.isascii()]
    taken: list[bytes] = []
    size = 0
    for line in lines:
        if taken and size + len(line) > _LEGACY_SAMPLE:
            break
        taken.append(line)
        size += len(line)
    return b"".join(taken)
