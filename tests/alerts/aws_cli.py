"""Commands of the AWS CLI, run by boto3: as much of its grammar as remediations use.

An operation `put-bucket-policy` is boto3's `put_bucket_policy`; an option `--access-control-policy` is the
parameter of that name; a value is JSON, `file://NAME`, or the shorthand `Key=value,Other=value`.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore import xform_name

_SECTIONS = {"s3api": "s3"}


def commands(remediation: str) -> Iterator[list[str]]:
    """Yield the commands of a remediation, each a line that begins with `aws`."""
    for line in remediation.splitlines():
        if line.startswith("aws "):
            yield shlex.split(line)


def run(words: list[str], client_of: Callable[[str], Any], folder: Path) -> Any:
    """Run one command; output goes where `>` says, below `folder`. Raises what boto3 raises."""
    target = None
    if ">" in words:
        at = words.index(">")
        target, words = folder / words[at + 1], words[:at]
    client, method, given, query = parsed(words, client_of, folder)
    answer = getattr(client, method)(**given)
    if query is not None:
        answer = answer[query]
    if target is not None:
        target.write_text(answer if isinstance(answer, str) else json.dumps(answer), "utf-8")
    return answer


def parsed(
    words: list[str], client_of: Callable[[str], Any], folder: Path
) -> tuple[Any, str, dict[str, Any], str | None]:
    """Return the client, its method, the method's parameters, and what of the answer is asked for."""
    program, section, operation, *rest = words
    assert program == "aws"
    client = client_of(_SECTIONS.get(section, section))
    method = operation.replace("-", "_")
    name = next(op for op in client.meta.service_model.operation_names if xform_name(op) == method)
    shape = client.meta.service_model.operation_model(name).input_shape
    members = {xform_name(member, "-"): (member, shape.members[member]) for member in shape.members}
    given: dict[str, Any] = {}
    query = None
    while rest:
        option = rest.pop(0)
        assert option.startswith("--"), option
        value = rest.pop(0)
        if option == "--query":
            query = value
        elif option != "--output":
            member, kind = members[option[2:]]
            given[member] = _value(value, kind, folder)
    return client, method, given, query


def _value(text: str, kind: Any, folder: Path) -> Any:
    if text.startswith("file://"):
        text = (folder / text.removeprefix("file://")).read_text("utf-8")
    if kind.type_name in ("structure", "map", "list"):
        return json.loads(text) if text[:1] in "{[" else _shorthand(text, kind)
    if kind.type_name in ("integer", "long"):
        return int(text)
    if kind.type_name == "boolean":
        return text == "true"
    return text


def _shorthand(text: str, kind: Any) -> Mapping[str, Any]:
    pairs = (part.partition("=") for part in re.split(r",(?=[A-Za-z]+=)", text))
    return {key: _value(value, kind.members[key], Path()) for key, _, value in pairs}
