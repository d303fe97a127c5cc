"""Keys and certificates: what is in a file of them, whose it is, and whether it is encrypted.

PEM (RFC 7468) and OpenSSH keys (PROTOCOL.key of OpenSSH), PuTTY's PPK, DER (X.509: RFC 5280; PKCS #8: RFC
5958; PKCS #1; SEC 1; PKCS #7), PKCS #12 (RFC 7292), Java keystores. A private key in DER that is not
encrypted is shown to the detectors as the PEM that it is, so that they find it as such. Nothing is decrypted.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterator

from classifier.extract import der
from classifier.extract.base import Facts, Format, Item, Reader, Unreadable, Work
from classifier.extract.flow import Flow
from classifier.extract.part import Head, Part
from classifier.extract.text import Text
from classifier.model import Problem, Reason

_HELD = 16 << 20
_BLOCK = re.compile(
    rb"-----BEGIN ([A-Z0-9 ]{1,64})-----\s+((?:[!-9;-~]{1,64}: ?[^\r\n]*\r?\n)*)"
    rb"([A-Za-z0-9+/=\s]*)-----END \1-----"
)
_NAMES = {
    "2.5.4.3": "Common name",
    "2.5.4.4": "Surname",
    "2.5.4.5": "Serial number",
    "2.5.4.6": "Country",
    "2.5.4.7": "Locality",
    "2.5.4.8": "State",
    "2.5.4.9": "Street",
    "2.5.4.10": "Organization",
    "2.5.4.11": "Organizational unit",
    "2.5.4.12": "Title",
    "2.5.4.42": "Given name",
    "1.2.840.113549.1.9.1": "E-mail",
    "1.2.840.113549.1.9.2": "Unstructured name",
    "1.2.840.113549.1.9.20": "Friendly name",
    "2.5.29.17": "Alternative name",
    "0.9.2342.19200300.100.1.1": "User id",
}
_ENCRYPTED = {
    "1.2.840.113549.1.5.13",  # PBES2
    "1.2.840.113549.1.7.6",  # encryptedData
    "1.2.840.113549.1.7.3",  # envelopedData
    "1.2.840.113549.1.12.10.1.2",  # a shrouded key
}
_PBE = ("1.2.840.113549.1.5.", "1.2.840.113549.1.12.1.")
_EXTENSIONS = ("der", "cer", "crt", "p12", "pfx", "p7b", "p7c", "p7m", "p7s", "p8", "key", "csr", "crl")
_JAVA = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_OPENSSH = b"openssh-key-v1\0"


class Pem(Format):
    """Keys and certificates in text; also PuTTY's."""

    name = "pem"
    facts = Facts(
        title="PEM, OpenSSH and PuTTY keys",
        group="Keys and certificates",
        extensions=("pem", "ppk"),
        recognised="-----BEGIN, PuTTY-User-Key-File",
        library="own",
        location="byte_start and byte_end, line",
        unread="what is encrypted",
    )

    def recognise(self, head: Head) -> Reader | None:
        start = head.text[:4096]
        if start.startswith(b"PuTTY-User-Key-File-"):
            return self._text
        return self._read if start.lstrip().startswith(b"-----BEGIN ") or _certificate(start) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_HELD)
        if data is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a file of keys this large"))
        yield from self._text(Part(part.label, part.name, part.depth, iter([data])), work)
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        for found in _BLOCK.finditer(data):
            kind = found[1].decode("ascii")
            try:
                inner = binascii.a2b_base64(found[3])
            except binascii.Error:
                continue
            at, size = found.start(), found.end() - found.start()
            if inner.startswith(_OPENSSH):
                _openssh(inner, flow, at, size)
            elif "PRIVATE KEY" in kind:
                encrypted = "ENCRYPTED" in kind or b"ENCRYPTED" in found[2]
                flow.line()
                flow.put(f"{kind.lower()}, {'encrypted' if encrypted else 'not encrypted'}", at, size)
            else:
                _named(inner, flow, at, size)
            yield from flow.ready()
        yield from flow.rest()

    def _text(self, part: Part, work: Work) -> Iterator[Item]:
        reader = Text().recognise(part.head)
        if reader is not None:
            yield from reader(part, work)


class Der(Format):
    """Keys, certificates and containers of them in DER."""

    name = "der"
    facts = Facts(
        title="DER, PKCS #7, #8, #12",
        group="Keys and certificates",
        extensions=_EXTENSIONS,
        recognised="a SEQUENCE as long as the file",
        library="own",
        location="byte_start and byte_end",
        limits="16 MiB",
        unread="what is encrypted",
    )

    def recognise(self, head: Head) -> Reader | None:
        sample = head.sample
        if sample[:1] != b"\x30" or len(sample) < 16:
            return None
        if sample[1:2] == b"\x80":
            return self._read if head.extension in _EXTENSIONS else None
        size = 1 << 32 if not head.complete else len(sample)
        found = der.header(sample.ljust(6, b"\0"), 0, 1 << 32)
        if found is None or (head.complete and found[2] != size):
            return None
        inside = der.header(sample, found[1], len(sample))
        known = inside is not None and inside[0] in (der.SEQUENCE, der.INTEGER, der.OID)
        return self._read if known and (head.complete or head.extension in _EXTENSIONS) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_HELD)
        if data is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a file of keys this large"))
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        kind = _private(data)
        if kind:
            armour = base64.encodebytes(data).decode("ascii")
            flow.put(f"-----BEGIN {kind}-----\n{armour}-----END {kind}-----\n", 0, len(data))
        encrypted = _named(data, flow, 0, -1)
        yield from flow.rest()
        if encrypted:
            yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted", lost=False)


class Keystore(Format):
    """A Java keystore, JKS or JCEKS: aliases, certificates, and that its keys are encrypted."""

    name = "jks"
    facts = Facts(
        title="Java keystore (JKS, JCEKS)",
        group="Keys and certificates",
        extensions=("jks", "jceks", "keystore"),
        recognised="feedfeed, cececece",
        library="own",
        location="byte_start and byte_end",
        limits="16 MiB",
        unread="what is encrypted",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample.startswith(_JAVA) else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        data = part.whole(_HELD)
        if data is None:
            raise Unreadable(Problem(part.label, Reason.FILE_EXCEEDS_SIZE_LIMIT, "a keystore this large"))
        flow = Flow(part.label, self.name, work.limits.chunk_bytes)
        encrypted = broken = False
        try:
            version, count = struct.unpack_from(">LL", data, 4)
            at = 12
            for _ in range(min(count, 100_000)):
                tag = struct.unpack_from(">L", data, at)[0]
                at = _utf(data, at + 4, "Alias", flow) + 8
                if tag == 1:
                    encrypted = True
                    at += 4 + struct.unpack_from(">L", data, at)[0]
                    chain = struct.unpack_from(">L", data, at)[0]
                    at += 4
                elif tag == 2:
                    chain = 1
                elif tag == 3:
                    encrypted = True  # a sealed secret key, of which the end is not to be seen
                    break
                else:
                    broken = True
                    break
                for _ in range(min(chain, 100)):
                    if version == 2:
                        at += 2 + struct.unpack_from(">H", data, at)[0]
                    size = struct.unpack_from(">L", data, at)[0]
                    _named(data[at + 4 : at + 4 + size], flow, at + 4, -1)
                    at += 4 + size
        except struct.error:
            broken = True
        yield from flow.rest()
        if broken:
            yield Problem(part.label, Reason.MALFORMED_FILE, "truncated keystore", lost=not flow.came)
        elif encrypted:
            yield Problem(part.label, Reason.UNABLE_TO_PARSE_FILE, "encrypted", lost=False)


def _certificate(start: bytes) -> bool:
    """Whether a text is one that OpenSSL writes in front of a certificate, or bags' attributes."""
    return start.startswith((b"Bag Attributes", b"Certificate:\n", b"subject=")) and b"-----BEGIN " in start


def _utf(data: bytes, at: int, name: str, flow: Flow) -> int:
    size = struct.unpack_from(">H", data, at)[0]
    raw = data[at + 2 : at + 2 + size]
    flow.value((name,), raw.decode("utf-8", "replace"), at + 2, len(raw))
    return at + 2 + int(size)


def _named(data: bytes, flow: Flow, at: int, size: int) -> bool:
    """Put the names that DER holds, each after what it is; return whether there is something encrypted.

    With `size` they all stand in so many bytes at `at`, else each at its own offset from there.
    """
    name = ""
    encrypted = False
    for element in der.elements(data):
        if element.tag == der.OID:
            oid = der.dotted(data[element.start : element.end])
            name = _NAMES.get(oid, "")
            encrypted = encrypted or oid in _ENCRYPTED or oid.startswith(_PBE)
            continue
        shown = der.text(data, element)
        if shown is None:
            continue
        text, codec = shown
        if size < 0:
            flow.value((name,) if name else (), text, at + element.start, codec=codec)
        else:
            flow.value((name,) if name else (), text, at, size)
    return encrypted


def _private(data: bytes) -> str:
    """Return the PEM label of an unencrypted private key; "" for anything else."""
    tags: list[tuple[int, bytes]] = []
    outer = der.header(data, 0, len(data))
    if outer is None or outer[0] != der.SEQUENCE:
        return ""
    at = outer[1]
    while at < outer[2] and len(tags) < 10:
        found = der.header(data, at, outer[2])
        if found is None:
            return ""
        tags.append((found[0], data[found[1] : found[2]]))
        at = found[2]
    shapes = [tag for tag, _ in tags]
    if shapes[:3] == [der.INTEGER, der.SEQUENCE, der.OCTETS] and len(tags[0][1]) == 1:
        return "PRIVATE KEY"
    if len(shapes) == 9 and set(shapes) == {der.INTEGER} and tags[0][1] == b"\0":
        return "RSA PRIVATE KEY"
    if shapes[:2] == [der.INTEGER, der.OCTETS] and tags[0][1] == b"\x01" and 0xA0 in shapes:
        return "EC PRIVATE KEY"
    return ""


def _openssh(data: bytes, flow: Flow, at: int, size: int) -> None:
    """Put what an OpenSSH key says of itself, and its comment where it is not encrypted."""
    fields: list[bytes] = []
    place = len(_OPENSSH)
    try:
        for _ in range(3):  # cipher, kdf, its options
            length = struct.unpack_from(">L", data, place)[0]
            fields.append(data[place + 4 : place + 4 + length])
            place += 4 + length
        place += 4
        for _ in range(2):  # public key, private section
            length = struct.unpack_from(">L", data, place)[0]
            fields.append(data[place + 4 : place + 4 + length])
            place += 4 + length
    except struct.error:
        return
    encrypted = fields[0] != b"none"
    flow.line()
    flow.put(f"openssh private key, {'encrypted' if encrypted else 'not encrypted'}", at, size)
    flow.line()
    if encrypted:
        return
    private = fields[4].rstrip(bytes(range(1, 17)))
    for start in range(len(private) - 4, max(len(private) - 512, 8), -1):
        if struct.unpack_from(">L", private, start)[0] == len(private) - start - 4:
            comment = private[start + 4 :].decode("utf-8", "replace")
            if comment.isprintable():
                flow.value(("Comment",), comment, at, size)
            return
