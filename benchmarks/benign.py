"""Files that hold nobody's data, and how many have a finding: python -m benchmarks.benign [FILES] [DIR...]

FILES (3,000) are chosen at random, always the same ones, among the files of text of at most 1 MB under the
directories (/usr/share and the packages of this interpreter). What is found there is a false alarm until
shown otherwise. The bars: at most 2% of the files with a finding of severity Medium or more, at most 1% with
a number of social security, of a card, of a passport, of a driving licence or of a bank account. Exit code 1:
a bar is missed.
"""

from __future__ import annotations

import os
import random
import re
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy

from classifier.detect import Classifier, shipped_packs
from classifier.model import Severity

LARGEST = 1 << 20
LOUD, FEW = 0.02, 0.01
KINDS = {
    "SSN": "SOCIAL_SECURITY",
    "card": "CREDIT_CARD",
    "passport": "PASSPORT",
    "licence": "DRIVERS_LICENSE|DRIVING_LICEN[CS]E",
    "bank account": "BANK_ACCOUNT|IBAN|DOMESTIC_ACCOUNT",
    "phone": "PHONE_NUMBER",
}
DIRECTORIES = ("/usr/share", str(Path(numpy.__file__).parent.parent))


def files(directories: list[str], count: int) -> list[Path]:
    """Return so many files of text under the directories."""
    found = [
        Path(folder, name)
        for directory in directories
        for folder, _, names in os.walk(directory)
        for name in sorted(names)
    ]
    found.sort()
    random.Random(20_261_130).shuffle(found)
    return list(islice(filter(is_text, found), count))


def is_text(path: Path) -> bool:
    """Return whether a path leads to a regular file of some bytes of text."""
    try:
        if path.is_symlink() or not path.is_file() or not 0 < path.stat().st_size <= LARGEST:
            return False
        with path.open("rb") as stream:
            return b"\0" not in stream.read(4096)
    except OSError:
        return False


def is_loud(severity: tuple[Severity, ...] | None, number: int) -> bool:
    """Return whether so many matches are of severity Medium or more; a vendor's credentials are."""
    if severity is None:
        return True
    return severity[0 if number == 1 else 1 if number < 100 else 2].rank >= Severity.MEDIUM.rank


def main(arguments: list[str]) -> int:
    """Print shares, then detectors by how many files they found something in. Return the exit code."""
    count = int(arguments[0]) if arguments else 3_000
    detectors = [detector for detector in shipped_packs() if detector.recommended]
    classifier = Classifier(detectors, fingerprint_key=bytes(32))
    severities = {detector.id: detector.severity for detector in detectors}
    flagged, kinds, by = 0, Counter[str](), Counter[str]()
    chosen = files(arguments[1:] or list(DIRECTORIES), count)
    for path in chosen:
        numbers = Counter(match.detector for match in classifier.classify(path.read_bytes()))
        loud = {name for name, number in numbers.items() if is_loud(severities.get(name), number)}
        flagged += bool(loud)
        by.update(loud)
        kinds.update(kind for kind, part in KINDS.items() if any(re.search(part, name) for name in numbers))
    print(f"{len(chosen)} files; with a finding of severity Medium or more: {flagged / len(chosen):.2%}")
    for kind in KINDS:
        print(f"  {kind}: {kinds[kind] / len(chosen):.2%}")
    for name, number in by.most_common(20):
        print(f"  {number:5} {name}")
    missed = (flagged > LOUD * len(chosen)) + sum(kinds[kind] > FEW * len(chosen) for kind in KINDS)
    print(f"{missed} limits missed")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
