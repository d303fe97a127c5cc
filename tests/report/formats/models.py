"""AWS's own models (botocore) as validators: names, types, required members; enums too, which it leaves."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.model import Shape, StructureShape
from botocore.validate import ParamValidator


@cache
def shape(service: str, name: str) -> StructureShape:
    found = botocore.session.get_session().get_service_model(service).shape_for(name)
    assert isinstance(found, StructureShape)
    return found


def problems(value: Any, model: Shape, path: str = "") -> list[str]:
    """Everything that is wrong with a value: what botocore finds, and enums, patterns, bounds and times."""
    report = ParamValidator().validate(value, model)
    found = [report.generate_report()] if report.has_errors() else []
    return found + list(_strict(value, model, path))


def _strict(value: Any, model: Shape, path: str) -> list[str]:
    wrong: list[str] = []
    if model.type_name == "structure":
        for name, item in value.items():
            if name in model.members:
                wrong += _strict(item, model.members[name], f"{path}.{name}")
    elif model.type_name == "list":
        for number, item in enumerate(value):
            wrong += _strict(item, model.member, f"{path}[{number}]")
    elif model.type_name == "map":
        for item in value.values():
            wrong += _strict(item, model.value, f"{path}{{}}")
    elif model.type_name == "timestamp":
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ")
    elif model.type_name == "string":
        if getattr(model, "enum", None) and value not in model.enum:
            wrong.append(f"{path}: {value!r} is none of {model.enum}")
        pattern = model.metadata.get("pattern")
        if pattern and not re.search(pattern, value, re.S):
            wrong.append(f"{path}: {value!r} does not fit {pattern}")
    return wrong
