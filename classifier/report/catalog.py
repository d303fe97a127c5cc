"""catalog.json: what the words of a run's records stand for, as it was when the run was made.

Records name detectors, checks and clauses by their ids. Reports that are made later, perhaps by a newer
version or where the user's packs are gone, take titles and clauses from here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from classifier.model import JSON
from classifier.report.lines import encode
from classifier.report.records import Summary
from classifier.report.sink import create, writing
from classifier.report.writer import Writer

Maps = Mapping[str, Sequence[str]]  # framework → clauses


@dataclass(frozen=True, slots=True)
class Catalog:
    """Detectors, checks and clauses by id (reports/schema/catalog.json); all empty where nothing is known."""

    detectors: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)  # title, remediation
    checks: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)  # title, rule, cli, maps, …
    frameworks: Mapping[str, Mapping[str, JSON]] = field(default_factory=dict)  # title, source, clauses
    content: Sequence[Mapping[str, JSON]] = ()  # what data in somebody's reach means for which clauses
    macie: Mapping[str, str] = field(default_factory=dict)  # rule → Amazon Macie's type of policy finding
    reach: Mapping[str, str] = field(default_factory=dict)  # level of exposure → who gets at the content
    bands: Mapping[str, float] = field(default_factory=dict)  # band → the least risk score of it

    @classmethod
    def from_json(cls, record: Mapping[str, JSON]) -> Catalog:
        """Return the catalog of a file; members it has not, and those of a later version, are left out."""
        return cls(**{name: record[name] for name in cls.__dataclass_fields__ if name in record})

    def to_json(self) -> dict[str, JSON]:
        return {
            "detectors": {name: dict(value) for name, value in sorted(self.detectors.items())},
            "checks": {name: dict(value) for name, value in self.checks.items()},
            "frameworks": {name: dict(value) for name, value in self.frameworks.items()},
            "content": [dict(entry) for entry in self.content],
            "macie": dict(self.macie),
            "reach": dict(self.reach),
            "bands": dict(self.bands),
        }

    def title(self, detector: str) -> str:
        """Return a detector's title, its id where that is not known."""
        return str(self.detectors.get(detector, {}).get("title") or detector)

    def remediation(self, detector: str) -> str:
        """Return what to do about data of a detector's kind; "" where that is not known."""
        return str(self.detectors.get(detector, {}).get("remediation") or "")

    def clauses(self, finding: Mapping[str, JSON]) -> dict[str, list[str]]:
        """Return the clauses that a line of findings.jsonl bears on, by framework, each once."""
        level = finding["exposure"]["level"]
        reach = self.reach.get(level, "unknown")
        found: dict[str, dict[str, None]] = {}
        for entry in self.content:
            if reach in entry["exposure"] and (
                finding["category"] in entry["categories"]
                or any(fnmatchcase(finding["detector"], name) for name in entry["detectors"])
            ):
                for name, clauses in entry["maps"].items():
                    found.setdefault(name, {}).update(dict.fromkeys(clauses))
        return {name: list(clauses) for name, clauses in sorted(found.items())}

    def band(self, score: float) -> str:
        """Return the band of a risk score; "" where the bands are not known."""
        fitting = [(least, name) for name, least in self.bands.items() if score >= least]
        return max(fitting)[1] if fitting else ""

    def check_of(self, rule: str) -> str | None:
        """Return the id of the check whose alert has this rule; None where there is none."""
        return next((name for name, check in self.checks.items() if check.get("rule") == rule), None)


class CatalogJson(Writer):
    """Writes the run's catalog at its end, a member a line."""

    name = "catalog.json"

    def __init__(self) -> None:
        self._path = Path(self.name)

    def open(self, folder: Path) -> None:
        self._path = folder / self.name

    def summary(self, summary: Summary) -> None:
        out = create(self._path)
        members = [
            b"  " + json.dumps(name).encode() + b": " + encode({"": value})[len('{"":') : -1]
            for name, value in summary.catalog.items()
        ]
        with writing(self._path), out:
            out.write(b"{\n" + b",\n".join(members) + b"\n}\n")
