"""Whose credential a value is, by the name it is given to: `plaidToken`, `ZIPCODEBASE_API_KEY`.

Thousands of vendors hand out keys that look like any other; what tells them is the variable. Their names are
in patterns/vendors.yaml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, NamedTuple

from classifier.detect import cache as disk
from classifier.detect.detector import Claim, Detector
from classifier.detect.labels import LabelIndex
from classifier.model import DetectorInfo
from classifier.shipped import shipped

_IDENTIFIER = re.compile(rb"[\w.\-]{0,48}$")
_SENTENCE = re.compile(rb"[\w.\- \t]{0,64}$")
# What may stand between a vendor and the word for the credential, and that word.
_ROLE = re.compile(
    rb"(?:api|app|client|access|auth|oauth|private|personal|service|account|user|web|rest|live|test|prod|my|v?[0-9])*"
    rb"(?:key|token|secret|pass|pwd|cred|auth|hmac|pat)"
)
_PLACE = "VENDOR"  # in an id, where the vendor's goes


class Vendor(NamedTuple):
    """A vendor. `common`: its name is an ordinary word, which tells only within an identifier. `formats`: the
    packs know what its credentials look like.
    """

    id: str
    title: str
    common: bool
    formats: bool


@cache
def _known() -> tuple[list[Vendor], LabelIndex]:
    content = (shipped("patterns") / "vendors.yaml").read_bytes()
    name = disk.key(b"vendors", content)
    stored = disk.load(name)
    if stored is None:
        import yaml  # only where there is no cache

        loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
        entries = yaml.load(content, Loader=loader)["vendors"]  # noqa: S506 - both are safe loaders
        rows = [
            [e["id"], e["title"], bool(e.get("common")), bool(e.get("formats")), e["words"]] for e in entries
        ]
        stored = json.dumps(rows).encode()
        disk.store(name, stored)
    rows = json.loads(stored)
    index = LabelIndex({number: words for number, (*_, words) in enumerate(rows)})
    return [Vendor(*row[:-1]) for row in rows], index


def vendors() -> list[Vendor]:
    """Return the vendors that are known."""
    return _known()[0]


def of_vendor(detector: Detector, vendor: Vendor) -> Detector:
    """Return the detector under the vendor's name: VENDOR_CREDENTIALS as PLAID_CREDENTIALS."""
    title = f"{vendor.title}: {detector.title}"
    return replace(detector, id=detector.id.replace(_PLACE, vendor.id), title=title)


def named(detectors: Iterable[Detector], name: str) -> Detector | None:
    """Return the detector called `name`, also under a vendor's name; None where there is none."""
    chosen = {detector.id: detector for detector in detectors}
    if name in chosen:
        return chosen[name]
    for detector in chosen.values():
        before, place, after = detector.id.partition(_PLACE)
        if place and name.startswith(before) and name.endswith(after):
            middle = name[len(before) : len(name) - len(after)]
            found = next((vendor for vendor in vendors() if vendor.id == middle), None)
            if found is not None:
                return of_vendor(detector, found)
    return None


class Infos(dict[str, DetectorInfo]):
    """What the other rooms need to know of the detectors, by id; under vendors' names, too."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        """Take the detectors of a run."""
        self._detectors = tuple(detectors)
        super().__init__({detector.id: detector.info() for detector in self._detectors})

    def __missing__(self, name: str) -> DetectorInfo:
        found = named(self._detectors, name)
        if found is None:
            raise KeyError(name)
        self[name] = found.info()
        return self[name]


def vendor_of(claim: Claim) -> Vendor | None:
    """Return the vendor that the claim's name tells, the longest name first; None where it tells none."""
    return _vendor_of(claim.before[-64:], claim.name)


@lru_cache(maxsize=4096)
def _vendor_of(before: bytes, name: bytes) -> Vendor | None:
    known, index = _known()
    best = (0, 0)
    for place, common_too in ((_IDENTIFIER, True), (_SENTENCE, False)):
        head = place.search(before)
        for label in index.found((head[0] if head else b"") + name):
            role = _ROLE.match(label.rest)
            if label.size > best[0] and (label.whole or role):
                fitting = (o for o in label.owners if not known[o].common or (common_too and role))
                if (owner := next(fitting, None)) is not None:
                    best = label.size, owner
        if best[0]:
            return known[best[1]]
    return None
