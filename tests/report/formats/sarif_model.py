"""SARIF 2.1.0 as `sarif_om` (Microsoft, MIT) has it, which is generated from the standard's own schema.

Names and what is required come from there. Types, values and bounds are those of the standard's text
(sections 3.14 to 3.58), for the properties that are looked at here; any other property is a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import attr
import sarif_om

KINDS = {"pass", "open", "informational", "notApplicable", "review", "fail", "inSource", "external"}
LEVELS = {"none", "note", "warning", "error"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
LATER = {sarif_om.Suppression: {"status"}}  # 3.35.3; `state` in the draft that the model is of
# Where an object of another class stands; a list of one holds any number of them.
CLASSES: dict[str, Any] = {
    "runs": [sarif_om.Run],
    "tool": sarif_om.Tool,
    "driver": sarif_om.ToolComponent,
    "rules": [sarif_om.ReportingDescriptor],
    "shortDescription": sarif_om.MultiformatMessageString,
    "help": sarif_om.MultiformatMessageString,
    "defaultConfiguration": sarif_om.ReportingConfiguration,
    "automationDetails": sarif_om.RunAutomationDetails,
    "invocations": [sarif_om.Invocation],
    "toolExecutionNotifications": [sarif_om.Notification],
    "results": [sarif_om.Result],
    "message": sarif_om.Message,
    "locations": [sarif_om.Location],
    "physicalLocation": sarif_om.PhysicalLocation,
    "artifactLocation": sarif_om.ArtifactLocation,
    "region": sarif_om.Region,
    "suppressions": [sarif_om.Suppression],
}


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _count(least: int) -> Any:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= least


def _absolute(value: Any) -> bool:
    return _text(value) and bool(urlsplit(value).scheme)


VALUES: dict[str, Any] = {
    "$schema": _absolute,
    "version": lambda value: value == "2.1.0",
    "text": _text,
    "id": _text,
    "name": _text,
    "informationUri": _absolute,
    "semanticVersion": _text,
    "level": LEVELS.__contains__,
    "kind": KINDS.__contains__,
    "status": {"accepted", "underReview", "rejected"}.__contains__,
    "columnKind": {"utf16CodeUnits", "unicodeCodePoints"}.__contains__,
    "executionSuccessful": lambda value: isinstance(value, bool),
    "exitCode": lambda value: isinstance(value, int),
    "startTimeUtc": lambda value: _text(value) and bool(_TIME.fullmatch(value)),
    "endTimeUtc": lambda value: _text(value) and bool(_TIME.fullmatch(value)),
    "ruleId": _text,
    "uri": _text,
    "occurrenceCount": _count(1),
    "rank": lambda value: -1 <= value <= 100,
    "startLine": _count(1),
    "startColumn": _count(1),
    "byteOffset": _count(0),
    "byteLength": _count(0),
    "properties": lambda value: isinstance(value, dict),
    "partialFingerprints": lambda value: isinstance(value, dict) and all(map(_text, value.values())),
}  # fmt: skip


def complaints(value: Any, model: Any = sarif_om.SarifLog, where: str = "") -> Iterator[str]:
    """Yield what is wrong with an object of a class of SARIF's, and with all below it."""
    if not isinstance(value, dict):
        yield f"{where}: no object"
        return
    fields = {field.metadata["schema_property_name"]: field for field in attr.fields(model)}
    fields.setdefault("$schema", fields.get("schema_uri") or fields.get("$schema"))
    for name, field in fields.items():
        if field is not None and field.default is attr.NOTHING and name not in value:
            yield f"{where}.{name}: is missing"
    for name, item in value.items():
        here = f"{where}.{name}"
        if name not in fields and name not in LATER.get(model, ()):
            yield f"{here}: {model.__name__} has no such property"
        elif name in CLASSES:
            below = CLASSES[name]
            items = item if isinstance(below, list) else [item]
            if not isinstance(items, list):
                yield f"{here}: no list"
                continue
            for number, one in enumerate(items):
                yield from complaints(
                    one, below[0] if isinstance(below, list) else below, f"{here}[{number}]"
                )
        elif name not in VALUES:
            yield f"{here}: nothing is known of it here"
        elif not VALUES[name](item):
            yield f"{here}: is {item!r}"
