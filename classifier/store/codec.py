"""Nouns as JSON values and back, for what the tables keep of an object beside their columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from classifier.model import (
    JSON,
    BlockSample,
    Column,
    Finding,
    Health,
    Location,
    Mismatch,
    ObjectResult,
    Occurrence,
    Problem,
    Prose,
    Reason,
    Verification,
)


def rest_of(result: ObjectResult) -> JSON:
    """Return what an object's row keeps beside its columns and findings; None where there is nothing."""
    kept: dict[str, JSON] = {}
    if result.problems:
        kept["problems"] = [[p.part, p.reason, p.detail, p.lost] for p in result.problems]
    if result.allowed:
        kept["allowed"] = dict(result.allowed)
    if result.columns:
        kept["columns"] = [column.to_json() for column in result.columns]
    if result.health is not None:
        kept["health"] = result.health.to_json()
    if result.prose is not None:
        kept["prose"] = result.prose.to_json()
    if result.mismatches:
        kept["mismatches"] = [[m.part, m.extension, m.format] for m in result.mismatches]
    if result.traits:
        kept["traits"] = list(result.traits)
    if result.sample is not None:
        kept["sample"] = _sample_json(result.sample)
    if result.requests or result.bytes_read:
        kept["read"] = [result.requests, result.bytes_read]
    return kept or None


def problems_of(rest: JSON) -> tuple[Problem, ...]:
    """Return the problems of what was kept."""
    rows = (rest or {}).get("problems", ())
    return tuple(Problem(part, Reason(reason), detail, lost) for part, reason, detail, lost in rows)


def columns_of(rest: JSON) -> tuple[Column, ...]:
    """Return the columns of what was kept."""
    rows = (rest or {}).get("columns", ())
    return tuple(Column(**row | {"reasons": tuple(row["reasons"])}) for row in rows)


def health_of(rest: JSON) -> Health | None:
    """Return what was kept of the object's health."""
    found = (rest or {}).get("health")
    return None if found is None else Health(**found | {"identifiers": tuple(found["identifiers"])})


def prose_of(rest: JSON) -> Prose | None:
    """Return what was kept of the object's prose."""
    found = (rest or {}).get("prose")
    return None if found is None else Prose(**found)


def mismatches_of(rest: JSON) -> tuple[Mismatch, ...]:
    """Return the mismatches of what was kept."""
    return tuple(Mismatch(*row) for row in (rest or {}).get("mismatches", ()))


def traits_of(rest: JSON) -> tuple[str, ...]:
    """Return the traits of what was kept."""
    return tuple((rest or {}).get("traits", ()))


def allowed_of(rest: JSON) -> dict[str, int]:
    """Return the matches on allow lists of what was kept."""
    return dict((rest or {}).get("allowed", {}))


def _sample_json(sample: BlockSample) -> JSON:
    hits = {name: [list(pair) for pair in pairs] for name, pairs in sample.hits.items()}
    return [sample.edges, [list(pair) for pair in sample.segments], sample.block, hits]


def sample_of(rest: JSON) -> BlockSample | None:
    """Return what was kept of how its blocks were chosen."""
    found = (rest or {}).get("sample")
    if found is None:
        return None
    edges, segments, block, hits = found
    pairs = {name: tuple((one, two) for one, two in listed) for name, listed in hits.items()}
    return BlockSample(edges, tuple((one, two) for one, two in segments), block, pairs)


def read_of(rest: JSON) -> tuple[int, int]:
    """Return the requests and stored bytes that reading it took."""
    requests, size = (rest or {}).get("read", (0, 0))
    return requests, size


_LOCATION = frozenset(item.name for item in fields(Location))


def occurrences_of(rows: JSON) -> tuple[Occurrence, ...]:
    """Return occurrences from their JSON form."""
    return tuple(map(_occurrence, rows))


def _occurrence(row: Mapping[str, JSON]) -> Occurrence:
    place = {name: value for name, value in row["location"].items() if name in _LOCATION}
    if "box" in place:
        place["box"] = tuple(place["box"])
    tried = row.get("verification")
    return Occurrence(
        Location(**place),
        row["masked"],
        row["fingerprint"],
        row["confidence"],
        None if tried is None else Verification(**tried),
    )


def occurrences_json(finding: Finding) -> JSON:
    """Return a finding's occurrences as JSON."""
    rows = [occurrence.to_json() for occurrence in finding.occurrences]
    for row in rows:
        if "box" in row["location"]:
            row["location"]["box"] = list(row["location"]["box"])
    return rows
