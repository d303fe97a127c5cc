"""Known binary formats, by their first bytes.

Signatures are those of the formats' own specifications (ISO 32000 for PDF, RFC 2083 for PNG, RFC 8878 for
Zstandard, the IANA media type registrations, ...). ZIP and gzip are not here: they are read.
"""

from __future__ import annotations

UNKNOWN = "binary"

# Offset in the file, signature, name of the format.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"II+\x00", "tiff"),
    (0, b"8BPS\x00\x01", "psd"),
    (0, b"\x00\x00\x01\x00", "ico"),
    (0, b"\x00\x00\x00\x0cjP  \r\n", "jpeg2000"),
    (0, b"\xff\x4f\xff\x51", "jpeg2000"),
    (4, b"ftyp", "mp4"),
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (0, b"OggS\x00", "ogg"),
    (0, b"fLaC\x00", "flac"),
    (0, b"ID3\x02", "mp3"),
    (0, b"ID3\x03", "mp3"),
    (0, b"ID3\x04", "mp3"),
    (0, b"\x00\x00\x01\xba", "mpeg"),
    (0, b"\x00\x00\x01\xb3", "mpeg"),
    (0, b"FLV\x01", "flv"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (0, b"Obj\x01", "avro"),
    (0, b"ARROW1\x00\x00", "arrow"),
    (0, b"\x89HDF\r\n\x1a\n", "hdf5"),
    (0, b"CDF\x01", "netcdf"),
    (0, b"CDF\x02", "netcdf"),
    (0, b"\x93NUMPY", "npy"),
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"\x00\x01\x00\x00Standard Jet DB", "access"),
    (0, b"\x00\x01\x00\x00Standard ACE DB", "access"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (128, b"DICM", "dicom"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"(\xb5/\xfd", "zstd"),
    (0, b'\x04"M\x18', "lz4"),
    (0, b"\xff\x06\x00\x00sNaPpY", "snappy"),
    (0, b"LZIP\x01", "lzip"),
    (0, b"\x89LZO\x00\r\n\x1a\n", "lzop"),
    (0, b"\x1f\x9d", "compress"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"MSCF\x00\x00\x00\x00", "cab"),
    (0, b"!<arch>\n", "ar"),
    (0, b"\xed\xab\xee\xdb", "rpm"),
    (40, b" EMF", "emf"),
    (257, b"ustar", "tar"),
    (32769, b"CD001", "iso9660"),
    (0, b"\x7fELF", "elf"),
    (0, b"\xca\xfe\xba\xbe", "java or mach-o"),
    (0, b"\xfe\xed\xfa\xce", "mach-o"),
    (0, b"\xfe\xed\xfa\xcf", "mach-o"),
    (0, b"\xce\xfa\xed\xfe", "mach-o"),
    (0, b"\xcf\xfa\xed\xfe", "mach-o"),
    (0, b"\x00asm", "wasm"),
    (0, b"dex\n03", "dex"),
    (0, b"wOFF\x00", "font"),
    (0, b"wOF2\x00", "font"),
    (0, b"OTTO\x00", "font"),
    (0, b"\x00\x01\x00\x00\x00", "font"),
    (0, b"\xd4\xc3\xb2\xa1", "pcap"),
    (0, b"\xa1\xb2\xc3\xd4", "pcap"),
    (0, b"\x0a\x0d\x0d\x0a", "pcapng"),
    (0, b"ElfFile\x00", "evtx"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "lnk"),
    (0, b"PACK\x00\x00\x00", "git pack"),
    (0, b"QFI\xfb", "qcow2"),
    (0, b"LUKS\xba\xbe", "luks"),
    (0, b"\xfe\xed\xfe\xed", "keystore"),
    (0, b"\x80\x02}", "pickle"),
    (0, b"\x80\x03", "pickle"),
    (0, b"\x80\x04\x95", "pickle"),
    (0, b"\x80\x05\x95", "pickle"),
)
# These would also start a text: they count only with a byte soon after that no ASCII text has.
_PRINTABLE: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "exe"),
    (b"BM", "bmp"),
    (b"RIFF", "riff"),
    (b"FORM", "iff"),
    (b"BZh", "bzip2"),
    (b"ORC", "orc"),
    (b"PAR1", "parquet"),
    (b"PARE", "parquet"),
    (b"FEA1", "feather"),
    (b"regf", "registry"),
    (b"xar!", "xar"),
    (b"KDMV", "vmdk"),
    (b"!BDN", "pst"),
)
_PRINTABLE_REACH = 64


def _by_first_byte() -> dict[int, tuple[tuple[bytes, str], ...]]:
    table: dict[int, tuple[tuple[bytes, str], ...]] = {}
    for offset, signature, name in _SIGNATURES:
        if offset == 0:
            table[signature[0]] = (*table.get(signature[0], ()), (signature, name))
    return table


_LEADING = _by_first_byte()
_INNER = tuple(entry for entry in _SIGNATURES if entry[0])


def known(sample: bytes) -> str:
    """Return the name of the binary format that `sample` starts with, "" for none of the known ones."""
    if not sample:
        return ""
    for signature, name in _LEADING.get(sample[0], ()):
        if sample.startswith(signature):
            return name
    for offset, signature, name in _INNER:
        if sample.startswith(signature, offset) and b"\x00" in sample[:offset]:
            return name
    for signature, name in _PRINTABLE:
        if sample.startswith(signature):
            start = sample[:_PRINTABLE_REACH]
            return name if b"\x00" in start or not start.isascii() else ""
    return ""
