"""PDF: all that extraction does with a document, as a share of the rate of pypdfium2's own text of its pages.

`python -m benchmarks pdf [FILE...]`: made-up documents of three kinds, or the files that are named.
Exit code 1 where the limit is missed.
"""

from __future__ import annotations

import io
import random
import sys
import time
from pathlib import Path

from classifier.extract import registry
from classifier.extract.base import Work
from classifier.extract.limits import Budget, Limits
from classifier.extract.part import Part
from classifier.extract.pdf import Pdf
from classifier.extract.seekable import Held

_WORDS = ("lorem", "ipsum", "dolor", "sit", "amet", "consetetur", "sadipscing", "elitr", "nonumy", "tempor")
_ROUNDS = 15
LIMIT = 0.8


def document(pages: int, lines: int, telling: float) -> bytes:
    """A PDF in which `telling` (0 to 1) of the lines have a value in them."""
    from reportlab.pdfgen import canvas

    choose = random.Random(7)
    out = io.BytesIO()
    drawn = canvas.Canvas(out)
    for _ in range(pages):
        for row in range(lines):
            words = [choose.choice(_WORDS) for _ in range(9)]
            if choose.random() < telling:
                words[4:6] = [f"{choose.randrange(10**9):09}", f"{words[0]}@{words[1]}.example"]
            drawn.drawString(50, 810 - 750 / lines * row, " ".join(words))
        drawn.showPage()
    drawn.save()
    return out.getvalue()


def bare(data: bytes) -> int:
    import pypdfium2

    size = 0
    opened = pypdfium2.PdfDocument(data)
    for page in opened:
        text = page.get_textpage()
        size += len(text.get_text_range())
        text.close()
        page.close()
    opened.close()
    return size


def whole(data: bytes) -> int:
    limits = Limits()
    source = Held(bytearray(data))
    part = Part(None, "a.pdf", 0, iter([data]), lambda: source)
    items = Pdf().recognise(part.head)
    assert items is not None
    found = items(part, Work(limits, Budget(limits), registry.read, apart=True))
    return sum(len(getattr(item, "data", b"")) for item in found)


def main() -> int:
    missed = 0
    named = [Path(name) for name in sys.argv[1:]]
    if named:
        documents = {"files": [path.read_bytes() for path in named]}
    else:
        documents = {
            "prose": [document(100, 50, 0.0)],
            "one line in ten with values": [document(100, 50, 0.1)],
            "every line with values": [document(100, 50, 1.0)],
        }
    for name, files in documents.items():
        least = dict.fromkeys((bare, whole), float("inf"))
        for _ in range(_ROUNDS):
            for job in least:  # in turn, so that what else the machine does meets both
                start = time.process_time()
                for data in files:
                    job(data)
                least[job] = min(least[job], time.process_time() - start)
        ratio = least[bare] / least[whole]
        missed += ratio < LIMIT
        print(f"{name}: {ratio:.2f} of pypdfium2's own rate (limit {LIMIT})")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
