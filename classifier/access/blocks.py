"""Block Public Access: the setting in force is the OR over organization, account, bucket and access point.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage". BlockPublicAcls and
BlockPublicPolicy refuse future changes only; they do not touch access that exists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from classifier.model import JSON

Setting: TypeAlias = Literal["IgnorePublicAcls", "RestrictPublicBuckets"]
LEVELS = ("Organization", "Account", "Bucket")


@dataclass(frozen=True, slots=True)
class Block:
    """One setting: `on` True, False or None (a level is unreadable and no other has it on)."""

    on: bool | None = False
    levels: tuple[str, ...] = ()  # where it is on

    def label(self, setting: Setting) -> str:
        return f"{setting} ({', '.join(level.lower() for level in self.levels)})"


def effective(setting: Setting, levels: Iterable[tuple[str, JSON, bool]]) -> tuple[Block, list[str]]:
    """Return the setting in force and what was wrong with its values.

    `levels` are (name, configuration or None, unreadable).
    """
    on: list[str] = []
    unknown = False
    problems: list[str] = []
    for name, configuration, unreadable in levels:
        if unreadable:
            unknown = True
            continue
        if configuration is None:
            continue
        value = configuration.get(setting) if isinstance(configuration, Mapping) else configuration
        if value is True or (isinstance(value, str) and value.lower() == "true"):
            on.append(name)
        elif value is None or value is False or (isinstance(value, str) and value.lower() == "false"):
            continue
        else:
            unknown = True
            problems.append(f"PublicAccessBlock {name}: {setting} is neither true nor false")
    return Block(True if on else None if unknown else False, tuple(on)), problems
