"""OCR: the share of planted values that are read from scanned pages, made up as they come from a scanner.

`python -m benchmarks ocr`: 20 PDF pages at 200 and 300 dots an inch, printed in two fonts, slightly turned,
with noise. Needs the extra `ocr`.
"""

from __future__ import annotations

import io
import random
import re
import time

from classifier.demo import values
from classifier.extract import ocr, registry
from classifier.extract.base import Work
from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Part
from classifier.extract.seekable import Held
from classifier.model import Chunk

_PAGES = 20
_FONTS = ("DejaVuSans.ttf", "DejaVuSerif.ttf")


def scanned(lines: list[str], resolution: int, seed: int) -> bytes:
    """A PDF of one page that is a picture of `lines`."""
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    choose = random.Random(seed)
    width, height = int(8.27 * resolution), int(11.69 * resolution)
    sheet = Image.new("L", (width, height), 255)
    pen = ImageDraw.Draw(sheet)
    try:
        font = ImageFont.truetype(_FONTS[seed % len(_FONTS)], int(11 / 72 * resolution))
    except OSError:
        font = ImageFont.load_default(int(11 / 72 * resolution))
    for row, line in enumerate(lines):
        pen.text((resolution * 0.8, resolution * (0.9 + 0.32 * row)), line, 20, font)
    sheet = sheet.rotate(choose.uniform(-0.8, 0.8), Image.Resampling.BICUBIC, fillcolor=255)
    noise = np.random.default_rng(seed).normal(0, 12, (height, width))
    grey = np.clip(np.asarray(sheet) + noise, 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PDF", resolution=resolution, quality=75)
    return out.getvalue()


def read(data: bytes) -> str:
    limits = Limits()
    source = Held(bytearray(data))
    part = Part(None, "scan.pdf", 0, iter([data]), lambda: source)
    items = registry.read(part, Work(limits, Budget(limits), registry.read, apart=True))
    return "\n".join(item.data.decode() for item in items if isinstance(item, Chunk))


def main() -> None:
    if not ocr.available():
        print(ocr.MISSING)
        return
    found: dict[str, list[int]] = {}
    start = time.process_time()
    for page in range(_PAGES):
        choose = random.Random(page)
        planted: list[tuple[str, str]] = []
        lines = [f"Record {page + 1} of the claims office"]
        for number in range(5):
            person = people(choose)
            planted += person
            card, ssn, mail, name = (value for _, value in person)
            lines += [
                f"Customer {number + 1}: {name}",
                f"Card number {card}",
                f"SSN {ssn}   E-mail {mail}",
                "",
            ]
        text = re.sub(r"\s+", "", read(scanned(lines, 200 if page % 2 else 300, page)))
        for kind, value in planted:
            hits = found.setdefault(kind, [0, 0])
            hits[0] += re.sub(r"\s+", "", value) in text
            hits[1] += 1
    for kind, (right, of) in found.items():
        print(f"{kind}: {right}/{of} = {right / of:.3f}")
    spent = time.process_time() - start
    right, of = (sum(hits[side] for hits in found.values()) for side in (0, 1))
    print(f"all: {right}/{of} = {right / of:.3f}; {spent / _PAGES:.1f} CPU-seconds a page")


def people(choose: random.Random) -> list[tuple[str, str]]:
    person = values.person(choose)
    return [
        ("card number", values.grouped_card(choose, " ")),
        ("SSN", values.ssn(choose)),
        ("e-mail", person.email),
        ("name", f"{person.given} {person.family}"),
    ]


if __name__ == "__main__":
    main()
