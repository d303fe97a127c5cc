"""Rich Text Format (Microsoft, RTF Specification 1.9.1): every group that holds text for people.

Body, headers, footers, notes, comments with their authors, text boxes, fields and their instructions,
document properties and variables, form fields; embedded OLE objects are parts of their own. Pictures are not
read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from classifier.extract.base import Facts, Format, Item, Reader, Work
from classifier.extract.flow import Flow
from classifier.extract.ole import MAGIC, code_page
from classifier.extract.part import Head, Part
from classifier.model import Problem, Reason

_TOKEN = re.compile(
    rb"\\(?:([A-Za-z]{1,32})(-?\d{1,10})? ?|'([0-9A-Fa-f]{2})|([^A-Za-z]))"
    rb"|([{}])|([^\\{}\r\n]+)|([\r\n]+)|(\\)"
)
_AHEAD = 64  # bytes at the end of a block that may be part of a token
_DEPTH = 512
_OBJECT = 64 << 20

_SKIPPED = frozenset(
    re.findall(
        r"\w+",
        """
    fonttbl colortbl stylesheet listtable listoverridetable rsidtbl revtbl generator themedata pict
    panose colorschememapping latentstyles datastore xmlnstbl mmathPr pgptbl fchars lchars filetbl
    template pntxta pntxtb objclass objname objalias objsect blipuid bliptag picprop nonshppict falt
    fontemb datafield passwordhash background bkmkstart bkmkend atnref atnicn atrfstart atrfend
    atndate ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn fontfile mhtmltag htmltag wgrffmtfilter
    levelnumbers leveltext ftnsepc ebcstart ebcend do creatim revtim printim buptim vern nofpages
    nofwords nofchars nofcharsws id nextfile private1 protusertbl writereservhash generator oldcprops
    oldpprops oldtprops oldsprops gridtbl stextflow proptype
        """,
    )
)
# Starred groups of which a reader that does not know them need not show the text, and which have text.
_STARRED = frozenset(
    re.findall(
        r"\w+",
        """
    annotation atnid atnauthor footnote shpinst shptxt fldinst ud upr docvar formfield ffname
    ffdeftext ffhelptext ffstattext ffl ffentrymcr ffexitmcr company manager category hlinkbase
    userprops doccomm xe tc tcn sn sv sp shppict txe rxe pntext result objdata shpgrp background
    mailmerge mmconnectstr mmdatasource mmquery mmheadersource mmmailsubject mmaddfieldname linkval
    staticval propname hlloc hlsrc hlfr xmlattrname xmlattrvalue comment keycode txfieldtext hl
        """,
    )
)
_APART = frozenset(
    re.findall(
        r"\w+",
        """
    annotation atnid atnauthor footnote fldinst fldrslt shptxt header footer headerl headerr headerf
    footerl footerr footerf xe tc ffdeftext ffname ffl ffhelptext ffstattext propname staticval sv
    docvar
        """,
    )
)
_LINES = frozenset(
    re.findall(
        r"\w+",
        """
    title subject author manager company operator category keywords comment doccomm hlinkbase header
    footer headerl headerr headerf footerl footerr footerf shptxt propname staticval docvar info
    mmconnectstr mmquery ffdeftext ffl sv
        """,
    )
)
_SAID = {
    **dict.fromkeys(("par", "line", "sect", "page", "row", "nestrow", "column"), "\n"),
    **dict.fromkeys(("tab", "cell", "nestcell"), "\t"),
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "enspace": " ",
    "emspace": " ",
    "qmspace": " ",
}
_SYMBOLS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
# Windows charset numbers of fonts (RTF 1.9.1, \fcharset) and their code pages.
_CHARSETS = {
    0: 1252,
    77: 10000,
    128: 932,
    129: 949,
    130: 1361,
    134: 936,
    136: 950,
    161: 1253,
    162: 1254,
    163: 1258,
    177: 1255,
    178: 1256,
    186: 1257,
    204: 1251,
    222: 874,
    238: 1250,
    254: 437,
    255: 850,
}
# Properties of shapes whose value is text for people.
_SHAPE_TEXT = frozenset(("gtextUNICODE", "wzDescription", "wzTooltip", "pihlShape", "wzName", "wzFormulae"))


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a group ends. `skips` bytes stand in for a Unicode character that came before."""

    codec: str
    skips: int = 1
    silent: bool = False
    name: str = ""  # of the destination
    starred: bool = False
    fresh: bool = True  # nothing came in it yet


class RichText(Format):
    """An RTF document."""

    name = "rtf"
    isolated = True
    pictures = True
    facts = Facts(
        title="Rich Text Format",
        group="Documents",
        extensions=("rtf",),
        recognised="{\\rtf",
        library="own",
        location="byte_start and byte_end",
        limits="512 groups in each other",
        unread="pictures",
    )

    def recognise(self, head: Head) -> Reader | None:
        return self._read if head.sample[:1024].lstrip().startswith(b"{\\rtf") else None

    def _read(self, part: Part, work: Work) -> Iterator[Item]:
        return read(part, self.name, work)


def read(part: Part, name: str, work: Work) -> Iterator[Item]:
    """Yield the text and the embedded objects of an RTF document; its chunks are of format `name`."""
    flow = Flow(part.label, name, work.limits.chunk_bytes)
    reader = Rtf(flow)
    for block in _steps(part.stream()):
        reader.feed(block, False)
        yield from flow.ready()
        if reader.too_deep:
            break
    reader.feed(b"", True)
    yield from flow.rest()
    if reader.too_deep:
        yield Problem(part.label, Reason.MALFORMED_FILE, "groups nested too deep", lost=not flow.came)
    elif reader.open:
        yield Problem(part.label, Reason.MALFORMED_FILE, "truncated RTF", lost=not flow.came)
    for number, data in enumerate(reader.objects):
        if work.budget.spent or not work.budget.member():
            return
        start = max(data.find(MAGIC), 0)
        inner = data[start:] if start else data
        inner = inner[: work.budget.expand(len(inner))]
        label = part.member(f"object{number}")
        yield from work.read(Part(label, label, part.depth + 1, iter([bytes(inner)])), work)


def _steps(blocks: Iterable[bytes]) -> Iterator[bytes]:
    for block in blocks:
        for start in range(0, len(block), 1 << 18):
            yield block[start : start + (1 << 18)]


class Rtf:
    """Reads RTF block by block into a `Flow`. `objects` are the embedded ones, as they are stored."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._group = _Group("cp1252")
        self._stack: list[_Group] = []
        self._offset = 0
        self._rest = b""
        self._binary = 0  # bytes of raw data that follow
        self._skip = 0  # characters that stand in for a Unicode one
        self._high = 0  # the first half of a character outside the basic plane
        self._high_at = 0
        self._fonts: dict[int, str] = {}
        self._font = 0
        self._default = "cp1252"
        self._decoder: codecs.IncrementalDecoder | None = None
        self._lead_at = 0
        self._shape = ""
        self._hex = bytearray()
        self._held = 0
        self.objects: list[bytearray] = []
        self.too_deep = False

    @property
    def open(self) -> bool:
        """Whether a group has not ended."""
        return bool(self._stack)

    def feed(self, block: bytes, last: bool) -> None:
        data = self._rest + block
        base = self._offset
        at = 0
        limit = len(data) if last else len(data) - _AHEAD
        while at < limit:
            if self._binary:
                taken = min(self._binary, len(data) - at)
                self._binary -= taken
                at += taken
                continue
            token = _TOKEN.match(data, at)
            if token is None:
                break
            end = token.end()
            if end > limit and not last and token.lastindex != 6:
                break
            self._token(token, base + at)
            at = end
            if self.too_deep:
                break
        self._rest = data[at:]
        self._offset = base + at
        if last:
            self._unicode_end()

    def _token(self, token: re.Match[bytes], at: int) -> None:
        word, number, code, symbol, brace, run, _, _ = token.groups()
        if run is not None:
            self._run(run, at)
        elif word is not None:
            self._word(word.decode("ascii"), int(number) if number else None, at, token.end() - token.start())
        elif code is not None:
            self._byte(int(code, 16), at)
        elif brace == b"{":
            self._unicode_end()
            if len(self._stack) >= _DEPTH:
                self.too_deep = True
                return
            self._stack.append(self._group)
            self._group = replace(self._group, fresh=True, starred=False)
            self._skip = 0
        elif brace == b"}":
            self._end()
        elif symbol is not None:
            self._symbol(symbol, at)

    def _end(self) -> None:
        self._unicode_end()
        self._skip = 0
        if not self._stack:
            return
        before, self._group = self._group, self._stack.pop()
        if before.name != self._group.name:
            if before.name == "objdata" and self._hex:
                self.objects.append(self._hex)
                self._hex = bytearray()
            if before.name == "fonttbl":
                self._group = replace(self._group, codec=self._fonts.get(self._font, self._default))
            if not before.silent and before.name in _APART | _LINES:
                self._flow.line() if before.name in _LINES else self._flow.blank()
        self._decoder = None

    def _run(self, raw: bytes, at: int) -> None:
        group = self._group
        if group.fresh:
            self._group = group = replace(group, fresh=False)
        if self._skip:
            taken = min(self._skip, len(raw))
            self._skip -= taken
            raw, at = raw[taken:], at + taken
        if group.name == "objdata":
            self._object(raw)
            return
        if group.name == "sn" and len(raw) < 64:
            self._shape = raw.decode("latin_1")
        if group.silent or not raw:
            return
        self._unicode_end()
        if group.name == "sv" and self._shape not in _SHAPE_TEXT:
            return
        if self._decoder is not None and self._decoder.getstate()[0]:
            text = self._decoder.decode(raw[:1])
            self._flow.put(text, self._lead_at, at + 1 - self._lead_at)
            raw, at = raw[1:], at + 1
        if raw.isascii():
            self._flow.put(raw.replace(b"\0", b"").decode("ascii"), at)
            return
        try:
            text = raw.decode("utf-8")  # by the definition there is none, but some programs write it
            self._flow.put(text, at)
        except UnicodeDecodeError:
            self._flow.put(raw.decode(group.codec, "replace"), at, len(raw))

    def _object(self, raw: bytes) -> None:
        if self._held > _OBJECT:
            return
        digits = bytes(byte for byte in raw if byte in b"0123456789abcdefABCDEF")
        self._hex += bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii"))
        self._held += len(digits) // 2

    def _byte(self, value: int, at: int) -> None:
        group = self._group
        if self._skip:
            self._skip -= 1
            return
        if group.silent or group.name == "objdata":
            return
        self._unicode_end()
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(group.codec)("replace")
        if not self._decoder.getstate()[0]:
            self._lead_at = at
        text = self._decoder.decode(bytes((value,)))
        if text:
            self._flow.put(text, self._lead_at, at + 4 - self._lead_at)

    def _symbol(self, symbol: bytes, at: int) -> None:
        if symbol == b"*":
            self._group = replace(self._group, starred=True)
            return
        if self._skip:
            self._skip -= 1
            return
        text = _SYMBOLS.get(symbol, "")
        if text and not self._group.silent:
            self._unicode_end()
            self._flow.put(text, at, 2)

    def _word(self, word: str, number: int | None, at: int, size: int) -> None:
        group = self._group
        if group.fresh:
            self._destination(word, group)
            group = self._group
        if word == "bin":
            self._binary = max(number or 0, 0)
            return
        if word == "u" and number is not None:
            self._unicode(number & 0xFFFF, at, size)
            self._skip = group.skips
            return
        if self._skip and word not in ("uc", "f"):
            self._skip -= 1
            return
        if word == "uc":
            self._group = replace(group, skips=min(max(number or 0, 0), 255))
        elif word == "f" and number is not None:
            self._font = number
            self._switch(self._fonts.get(number, self._default))
        elif word == "fcharset" and group.name == "fonttbl":
            page = _CHARSETS.get(number or 0)
            if page is not None and number != 0:
                self._fonts[self._font] = code_page(page)
        elif word == "cpg" and group.name == "fonttbl" and number:
            self._fonts[self._font] = code_page(number)
        elif word == "ansicpg" and number:
            self._default = code_page(number)
            self._switch(self._default)
        elif word in ("mac", "pc", "pca"):
            self._default = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}[word]
            self._switch(self._default)
        elif word == "plain":
            self._switch(self._default)
        elif not group.silent:
            text = _SAID.get(word)
            if text is not None:
                self._unicode_end()
                self._flow.put(text, at, size)

    def _switch(self, codec: str) -> None:
        self._decoder = None
        if codec != self._group.codec:
            self._group = replace(self._group, codec=codec)

    def _destination(self, word: str, group: _Group) -> None:
        """Take the first word of a group as its destination, where it is one."""
        if (group.starred and word not in _STARRED) or word in _SKIPPED:
            self._group = replace(group, fresh=False, silent=True, name=word)
            return
        if group.starred or word in _APART or word in _LINES:
            silent = group.silent and word not in ("ud", "sv", "sn", "shptxt", "result")
            if not silent:
                self._flow.line() if word in _LINES else self._flow.blank()
            if word == "ud":
                silent = False
            if word == "sn" or word == "upr":
                silent = True
            self._group = replace(group, fresh=False, silent=silent, name=word)
            return
        if word == "upr":  # the same text twice: as bytes, and in a starred group as Unicode
            self._group = replace(group, fresh=False, silent=True, name=word)
            return
        self._group = replace(group, fresh=False)

    def _unicode(self, unit: int, at: int, size: int) -> None:
        if self._group.silent:
            return
        if 0xDC00 <= unit < 0xE000 and self._high:
            value = 0x10000 + ((self._high - 0xD800) << 10) + unit - 0xDC00
            self._high = 0
            self._flow.put(chr(value), self._high_at, at + size - self._high_at)
            return
        self._unicode_end()
        if 0xD800 <= unit < 0xDC00:
            self._high, self._high_at = unit, at
        else:
            self._flow.put("\ufffd" if 0xDC00 <= unit < 0xE000 else chr(unit), at, size)

    def _unicode_end(self) -> None:
        """A first half without a second one is no character."""
        if self._high:
            self._high = 0
            self._flow.put("\ufffd", self._high_at, 1)
