"""What a report must know beside a run's records, taken from the packs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from classifier import alerts, detect, report, risk
from classifier.config import Settings
from classifier.model import JSON, DetectorInfo, Severity
from classifier.run.detectors import chosen

MANY = 100  # matches, of which a detector's highest severity is


def catalog(
    infos: Mapping[str, DetectorInfo], found: Iterable[str], checks: alerts.Checks, weights: risk.Weights
) -> report.Catalog:
    """Return what the ids stand for: of the detectors those `found`, of checks and clauses all."""
    known = [infos[name] for name in sorted(set(found))]
    return report.Catalog(
        detectors={
            info.id: {
                "title": info.title,
                "category": info.category,
                "tier": info.tier,
                "severity": info.severity_at(MANY),
                "remediation": info.remediation,
            }
            for info in known
        },
        checks={check.id: _check(check.shape.model_dump(mode="json")) for check in checks.checks},
        frameworks={name: one.model_dump() for name, one in checks.compliance.frameworks.items()},
        content=[
            {
                "categories": sorted(entry.categories),
                "detectors": list(entry.detectors),
                "exposure": sorted(entry.exposure),
                "maps": {name: list(clauses) for name, clauses in entry.maps.items()},
            }
            for entry in checks.compliance.content
        ],
        macie={rule: name for name, rules in checks.compliance.macie.items() for rule in rules},
        reach={level.name: level.reach for level in weights.exposure.levels},
        bands={**weights.bands.model_dump(by_alias=True), Severity.INFORMATIONAL: 0.0},
    )


def present(summary: Mapping[str, JSON]) -> report.Catalog:
    """Return the catalog of a run that has none: that of the shipped packs as they are now."""
    detectors = chosen(Settings.model_construct(detectors="all"))
    infos = detect.Infos(detectors)
    return catalog(infos, infos, alerts.load_checks(), risk.load_weights())


def _check(shape: dict[str, JSON]) -> dict[str, JSON]:
    kept = ("title", "rationale", "severity", "notes", "cli", "terraform", "maps")
    told = shape["alert"]
    return {**{name: shape[name] for name in kept}, "rule": told["rule"] if told else None}
