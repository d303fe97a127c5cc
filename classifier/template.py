"""Scan templates: a scan by name, in a file of its own that is kept under version control.

A template is YAML: `template` (its name), `version`, and what it fixes: `targets` or `all_buckets`,
`settings` (those of `classifier.config.Settings`), and `attributes`, which are stamped on every finding.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from classifier.errors import ConfigError, PackError
from classifier.tree import compose, construct, line_of
from classifier.visible import visible

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_MOST_ATTRIBUTES = 50  # as many as AWS takes tags


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    template: str = Field(pattern=r"^[A-Za-z0-9][\w.-]{0,63}$")
    version: int | str = 1
    description: str = ""
    targets: list[str] = []
    all_buckets: bool = False
    settings: dict[str, object] = {}
    attributes: dict[str, str] = Field({}, max_length=_MOST_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class Template:
    """A template as read; `digest` is the SHA-256 of its bytes, which reports carry beside its version."""

    name: str
    version: str
    digest: str
    settings: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}, version {self.version}, sha256:{self.digest}"


def places(name: str) -> list[Path]:
    """Return where a template of that name is looked for, in order: templates/ here, then the user's own."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return [
        folder / f"{name}{suffix}"
        for folder in (Path("templates"), home / "s3-classifier" / "templates")
        for suffix in (".yaml", ".yml")
    ]


def load_template(text: str) -> Template:
    """Return the template at a path, or of a name. Raises ConfigError, which names file and line."""
    path = Path(text)
    if _NAME.fullmatch(text) and path.suffix not in (".yaml", ".yml"):
        looked = places(text)
        found = next((place for place in looked if place.is_file()), None)
        if found is None:
            where = " or ".join(sorted({str(place.parent) for place in looked}))
            raise ConfigError(f"template {text}: there is no {text}.yaml in {where}")
        path = found
    try:
        node = compose(path)
        values = construct(path, node)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (PackError, OSError) as error:
        raise ConfigError(visible(str(error))) from None
    try:
        read = _File.model_validate(values)
    except ValidationError as error:
        lines = [
            f"{path}:{line_of(node, e['loc'])}: {'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg']}"
            for e in error.errors(include_input=False)
        ]
        raise ConfigError(visible("; ".join(lines))) from None
    for name in ("template", "targets", "all_buckets", "finding_attributes"):
        if name in read.settings:
            line = line_of(node, ("settings", name))
            raise ConfigError(visible(f"{path}:{line}: settings.{name}: stands beside `settings`, not in it"))
    settings = dict(read.settings)
    if read.targets:
        settings["targets"] = tuple(read.targets)
    if read.all_buckets:
        settings["all_buckets"] = True
    if read.attributes:
        settings["finding_attributes"] = dict(read.attributes)
    return Template(read.template, str(read.version), digest, settings)
