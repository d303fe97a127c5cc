"""Every finding of a run, packed for the page's script: JSON Lines, zlib (RFC 1950), base64 (RFC 4648).

The first line holds the lists that numbers in the others point into; then a line a finding: `[bucket, key,
detector, severity, tier, confidence, count, exact, risk, exposure, status, first_seen, id, places]`, and each
place is `[where, masked]`.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from classifier.model import JSON
from classifier.report.past import PastRun
from classifier.report.selection import Selection
from classifier.visible import visible

_PLACES = 3  # of a finding; findings.jsonl has all that were kept
_PIECE = 3 << 14  # bytes: whole groups of base64


def where(location: Mapping[str, JSON]) -> str:
    """Return a location in words."""
    told = [visible(str(location["part"]))] if location.get("part") else []
    names = {"page": "page", "table": "table", "record": "record"}
    told += [f"{name} {visible(str(location[key]))}" for key, name in names.items() if key in location]
    if "cell" in location:
        told.append(f"cell {visible(str(location['cell']))}")
    elif "row" in location:
        told.append(f"row {location['row']}")
    if location.get("json_path"):
        told.append(visible(str(location["json_path"])))
    if location.get("column_name"):
        told.append(f"column {visible(str(location['column_name']))}")
    if "line" in location and "row" not in location and "record" not in location:
        column = f", column {location['column']}" if "column" in location else ""
        told.append(f"line {location['line']}{column}")
    if not told and "byte_start" in location:
        told.append(f"bytes {location['byte_start']} to {location.get('byte_end')}")
    return ", ".join(told) or "in the object"


class Names:
    """Numbers for names, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        return self._numbers.setdefault(name, len(self._numbers))

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)


def write(run: PastRun, selection: Selection, out: BinaryIO) -> None:
    """Write the rows of the findings that pass."""
    packer = zlib.compressobj(9)
    waiting = b""
    for line in _lines(run, selection):
        waiting += packer.compress(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        )
        if len(waiting) >= _PIECE:
            whole = len(waiting) // 3 * 3
            out.write(base64.b64encode(waiting[:whole]))
            waiting = waiting[whole:]
    out.write(base64.b64encode(waiting + packer.flush()))


def _lines(run: PastRun, selection: Selection) -> Iterator[JSON]:
    names = [Names() for _ in range(6)]
    buckets, detectors, severities, tiers, exposures, statuses = names
    for line in selection.findings(run):  # a pass for the names alone: they come first
        for table, value in zip(names, _named(line), strict=True):
            table(value)
    yield {
        "buckets": [visible(name) for name in buckets],
        "detectors": [[visible(name), visible(run.catalog.title(name))] for name in detectors],
        "remediation": [visible(run.catalog.remediation(name)) for name in detectors],
        "severities": list(severities),
        "tiers": list(tiers),
        "exposures": [name.replace("_", " ") for name in exposures],
        "statuses": list(statuses),
    }
    for line in selection.findings(run):
        bucket, detector, severity, tier, exposure, status = _named(line)
        yield [
            buckets(bucket),
            visible(line["key"]),
            detectors(detector),
            severities(severity),
            tiers(tier),
            line["confidence"],
            line["count"],
            int(line["count_is_exact"]),
            line["risk"],
            exposures(exposure),
            statuses(status),
            line["first_seen"],
            line["finding_id"],
            [[where(one["location"]), visible(one["masked"])] for one in line["occurrences"][:_PLACES]],
        ]


def _named(line: Mapping[str, JSON]) -> tuple[str, ...]:
    return (
        str(line["bucket"]),
        str(line["detector"]),
        str(line["severity"]),
        str(line["tier"]),
        str(line["exposure"]["level"]),
        str(line["status"]),
    )
