"""Values of databases and spreadsheets as text."""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Mapping
from decimal import Decimal

_SHOWN = 1 << 20  # characters of a value


def shown(value: object) -> str:
    """Return the text of a value: "" for none, whole numbers without a point, bytes as text or as Base64."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e18 else repr(value)
    if isinstance(value, int | Decimal):
        return str(value) if not isinstance(value, int) or value.bit_length() < 10_000 else hex(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return _bytes(bytes(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple | set):
        return _nested(value)
    return str(value)[:_SHOWN]


def _bytes(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(value[:_SHOWN]).decode("ascii")
    return text if all(char.isprintable() or char in "\t\r\n" for char in text[:256]) else ""


def _nested(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=shown)
    except (ValueError, TypeError, RecursionError):
        return ""
