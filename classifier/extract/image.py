"""Pictures: what is written about them in them, and with the extra `ocr` what is written on them.

EXIF with GPS (CIPA DC-008), XMP (ISO 16684), IPTC-IIM (IPTC 4.2), comments of JPEG and GIF, PNG's text (PNG,
11.3.3). Pillow opens a picture; its pixels are decoded for `ocr` alone, up to the limit.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from classifier.extract import ocr
from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.extract.vocabularies import OWN_DATA
from classifier.extract.xml_text import XmlText
from classifier.model import Location, Problem, Reason

if TYPE_CHECKING:
    from PIL import Image

_HELD = 128 << 20
_TEXT = 1 << 20  # characters of one value
_FRAMES = 20  # of a TIFF or animation that are looked at
_LEAST = 100 * 100  # pixels of a picture that may have text on it, and of its shorter side
_SIDE = 24
_MAGICS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*", b"BM")
_GPS, _EXIF_IFD, _GPS_IFD, _INTEROP = 0x8825, 0x8769, 0x8825, 0xA005
# Tags of EXIF that are text in UTF-16 (Windows), and those that are none.
_XP = {0x9C9B: "Title", 0x9C9C: "Comment", 0x9C9D: "Author", 0x9C9E: "Keywords", 0x9C9F: "Subject"}
_NO_TEXT = frozenset((0x927C, 0x02BC, 0x8649, 0x83BB, 0xC4A5, 0x8773, 0x0201, 0x0202, 0x014A, 0x02BC, 0x935C))
_IPTC = {
    (2, 5): "Object name",
    (2, 15): "Category",
    (2, 25): "Keywords",
    (2, 40): "Instructions",
    (2, 80): "By-line",
    (2, 90): "City",
    (2, 92): "Sublocation",
    (2, 95): "State",
    (2, 101): "Country",
    (2, 105): "Headline",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "Copyright",
    (2, 118): "Contact",
    (2, 120): "Caption",
    (2, 122): "Writer",
}


class Picture(Format):
    """A picture."""

    name = "image"
    isolated = True
    pictures = True
    facts = Facts(
        title="Picture (JPEG, PNG, GIF, TIFF, WebP, BMP)",
        group="Images and health",
        extensions=("jpg", "jpeg", "png", "gif", "tif", "tiff", "webp", "bmp"),
        recognised="signature",
        library="Pillow; rapidocr",
        location="the name of the tag; of text on it the box in pixels",
        limits="50 million pixels, 128 MiB, 20 frames",
        unread="text on it without the extra ocr",
        extra="ocr",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if sample.startswith(_MAGICS[:-1]):
            return self._read
        if sample.startswith(b"RIFF") and sample[8:12] == b"WEBP":
            return self._read
        return self._read if sample.startswith(b"BM") and head.binary == "bmp" else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_HELD)
        if data is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a picture this large"))
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        _markers(data, flow)
        _chunks(data, flow)
        yield from pictured(data, flow, part, work)


def pictured(data: bytes, flow: Flow, part: Part, work: Work) -> Iterator[Item]:
    """Yield the rest of `flow` with what Pillow finds in a picture, and what is written on it."""
    import io

    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and asked before pixels are decoded
    try:
        opened = Image.open(io.BytesIO(data))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, struct.error):
        yield from flow.rest()
        yield Problem(part.label, Reason.MALFORMED_FILE, "broken picture", lost=not flow.came)
        return
    with opened:
        try:
            _described(opened, flow, data)
        except (OSError, ValueError, SyntaxError, struct.error, TypeError, KeyError):
            yield Problem(part.label, Reason.MALFORMED_FILE, "broken metadata", lost=False)
        width, height = opened.size
        if width * height > work.limits.pixels:
            yield from flow.rest()
            detail = f"more than {work.limits.pixels} pixels"
            yield Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, detail, lost=not flow.came)
            return
        if width * height < _LEAST or min(width, height) < _SIDE:
            yield from flow.rest()
            return
        if not ocr.available():
            yield from flow.rest()
            yield Problem(part.label, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, ocr.MISSING, lost=not flow.came)
            return
        frames = min(getattr(opened, "n_frames", 1), _FRAMES)
        for number in range(frames if frames > 1 and opened.format == "TIFF" else 1):
            try:
                opened.seek(number)
                if opened.width * opened.height > work.limits.pixels:
                    continue
                page = number + 1 if frames > 1 else None
                for text, box in ocr.lines(ocr.prepared(opened), work.budget):
                    flow.place(Location(page=page, box=box))
                    flow.put(text)
                    flow.line()
            except ocr.Spent:
                yield from flow.rest()
                yield Problem(part.label, Reason.TIME_CUT_OFF_REACHED, ocr.SPENT, lost=not flow.came)
                return
            except ocr.Failed:
                yield from flow.rest()
                reason = Reason.MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT
                yield Problem(part.label, reason, ocr.FAILED, lost=not flow.came)
                return
            except (OSError, ValueError, SyntaxError, EOFError, struct.error):
                yield from flow.rest()
                yield Problem(part.label, Reason.MALFORMED_FILE, "broken pixels", lost=not flow.came)
                return
            yield from flow.ready()
    yield from flow.rest()


def _described(picture: Image.Image, flow: Flow, data: bytes) -> None:
    """Put the metadata that Pillow knows: text chunks and comments, EXIF, XMP."""
    if picture.format == "PNG":
        return  # Pillow decodes all pixels to get at what may come after them; `_chunks` has read it
    info = dict(picture.info)
    for name, value in info.items():
        if name in ("exif", "icc_profile", "xmp", "XML:com.adobe.xmp", "photoshop", "iptc", "comment"):
            continue
        if isinstance(value, str) and value.strip():
            _put(flow, str(name), value[:_TEXT], data)
    comment = info.get("comment")
    if isinstance(comment, bytes | str):
        _put(flow, "Comment", comment if isinstance(comment, str) else _text(comment), data)
    exif = picture.getexif()
    _tags(exif, flow, data)
    for number in (_EXIF_IFD, _GPS_IFD):
        _tags(exif.get_ifd(number), flow, data, number == _GPS_IFD)
    for name in ("xmp", "XML:com.adobe.xmp"):
        packet = info.get(name)
        if packet:
            _xmp(packet if isinstance(packet, bytes) else str(packet).encode(), flow, data)


def _tags(tags: Any, flow: Flow, data: bytes, gps: bool = False) -> None:
    from PIL import ExifTags

    names = ExifTags.GPSTAGS if gps else ExifTags.TAGS
    for tag, value in dict(tags).items():
        if tag in _NO_TEXT:
            continue
        name = _XP.get(tag) or str(names.get(tag, ""))
        if tag in _XP and isinstance(value, bytes):
            flow.value((name,), value.decode("utf-16-le", "replace").rstrip("\0"))
        elif isinstance(value, str):
            _put(flow, name, value.strip("\0 ")[:_TEXT], data)
        elif isinstance(value, bytes) and tag == 0x9286:  # UserComment: eight bytes say its encoding
            codec = "utf-16-le" if value.startswith(b"UNICODE") else "utf-8"
            flow.value((name,), value[8:].decode(codec, "replace").strip("\0 "))
        elif isinstance(value, bytes) and tag == 0x83BB:
            continue
        elif gps and isinstance(value, tuple) and tag in (2, 4):
            degrees = sum(float(piece) / 60**place for place, piece in enumerate(value[:3]))
            sign = "-" if dict(tags).get(tag - 1) in ("S", "W") else ""
            flow.value((name,), f"{sign}{degrees:.6f}")


def _xmp(packet: bytes, flow: Flow, data: bytes) -> None:
    inner = Flow(None, "image", 1 << 30)
    for _ in XmlText(inner, OWN_DATA, 64).salvaging([packet[: packet.rfind(b">") + 1]]):
        pass
    base = data.find(packet)
    for chunk in inner.rest():
        flow.line()
        flow.put(chunk.data.decode("utf-8", "replace"), base, len(packet) if base >= 0 else -1)


def _put(flow: Flow, name: str, text: str, data: bytes) -> None:
    """Put a value, with its offset where it stands in the file as it is."""
    raw = text.encode("utf-8", "replace")
    at = data.find(raw) if len(raw) >= 4 else -1
    flow.value((name,), text, at, len(raw) if at >= 0 else -1)


def _markers(data: bytes, flow: Flow) -> None:
    """Put the comments and IPTC records of a JPEG (ITU-T T.81, annex B), with their offsets."""
    if not data.startswith(b"\xff\xd8"):
        return
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (0xD9, 0xDA):
            return
        if marker == 0xFF or marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        size = struct.unpack_from(">H", data, at + 2)[0]
        if marker == 0xFE:
            raw = data[at + 4 : at + 2 + size]
            text = _text(raw)
            flow.value(("Comment",), text, at + 4, len(raw))
        elif marker == 0xED and data.startswith(b"Photoshop 3.0\0", at + 4):
            _resources(data, at + 18, min(at + 2 + size, len(data)), flow)
        at += 2 + max(size, 2)


def _chunks(data: bytes, flow: Flow) -> None:
    """Put the text chunks, EXIF and XMP of a PNG, with their offsets."""
    if not data.startswith(_MAGICS[0]):
        return
    at = 8
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">L4s", data, at)
        start, end = at + 8, min(at + 8 + size, len(data))
        at = end + 4
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf"):
            continue
        raw = data[start:end]
        if kind == b"eXIf":
            from PIL import Image

            exif = Image.Exif()
            exif.load(raw)
            _tags(exif, flow, data)
            for number in (_EXIF_IFD, _GPS_IFD):
                _tags(exif.get_ifd(number), flow, data, number == _GPS_IFD)
            continue
        name, _, rest = raw.partition(b"\0")
        packed = kind == b"zTXt" or (kind == b"iTXt" and rest[:1] == b"\1")
        if kind == b"iTXt":
            rest = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
        elif packed:
            rest = rest[1:]
        text = _text(_inflated(rest) if packed else rest)
        if name == b"XML:com.adobe.xmp":
            _xmp(text.encode(), flow, data)
        else:
            flow.value((name.decode("latin_1"),), text, end - len(rest), len(rest))


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _TEXT)
    except zlib.error:
        return b""


def _resources(data: bytes, at: int, end: int, flow: Flow) -> None:
    """Photoshop's image resources, of which 0x0404 is IPTC's."""
    while at + 12 <= end and data[at : at + 4] == b"8BIM":
        identifier = struct.unpack_from(">H", data, at + 4)[0]
        named = data[at + 6] + 1
        at += 6 + named + named % 2
        if at + 4 > end:
            return
        size = struct.unpack_from(">L", data, at)[0]
        at += 4
        if identifier == 0x0404:
            _iptc(data, at, min(at + size, end), flow)
        at += size + size % 2


def _iptc(data: bytes, at: int, end: int, flow: Flow) -> None:
    while at + 5 <= end and data[at] == 0x1C:
        record, dataset, size = struct.unpack_from(">BBH", data, at + 1)
        if size & 0x8000:
            return
        raw = data[at + 5 : min(at + 5 + size, end)]
        if record == 2 and dataset != 0:
            text = _text(raw)
            if text.isprintable():
                flow.value((_IPTC.get((record, dataset), ""),), text, at + 5, len(raw))
        at += 5 + size


def _text(raw: bytes) -> str:
    raw = raw[:_TEXT].rstrip(b"\0")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
