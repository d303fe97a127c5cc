"""The checks of python-stdnum, loaded when a value first needs one: few scans need more than a few."""

from __future__ import annotations

import importlib
from functools import cache
from types import ModuleType


@cache
def _module(name: str) -> ModuleType:
    return importlib.import_module(f"stdnum.{name}")


def holds(name: str, number: str) -> bool:
    """Return whether `stdnum.NAME` takes the number (`cl.rut`, `it.codicefiscale`) for a valid one."""
    return bool(_module(name).is_valid(number))
