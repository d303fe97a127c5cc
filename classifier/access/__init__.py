"""Who can reach a bucket, and why: policy, ACLs, ownership, Block Public Access and access points.

`evaluate` takes a bucket snapshot and returns a `Verdict`, `remedies` says what to change about it,
`proposed` how the bucket would be after a change. Pure: no network, no files, nothing kept. They are imported
on first use: a scan of local files has no bucket.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from classifier.access.observed import seen_to_read
    from classifier.access.proposal import Proposal, proposed
    from classifier.access.remedy import Remedy, remedies
    from classifier.access.verdict import evaluate

__all__ = ["Proposal", "Remedy", "evaluate", "proposed", "remedies", "seen_to_read"]


_HOMES = {
    "Proposal": "proposal",
    "Remedy": "remedy",
    "evaluate": "verdict",
    "proposed": "proposal",
    "remedies": "remedy",
    "seen_to_read": "observed",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
