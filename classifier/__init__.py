"""s3-classifier: what sensitive data is in a bucket, who can reach it, and what to fix first.

`scan` does what the command does, `classify` searches a piece of text, `evaluate` tells who can reach a
bucket. They are imported on first use: the nouns (`classifier.model`) stand alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classifier.model import Alert, Finding, Match, RiskScore, S3Object, Target, Verdict

if TYPE_CHECKING:
    from classifier.access import evaluate
    from classifier.run.detectors import classify
    from classifier.run.scan import scan

__all__ = [
    "Alert",
    "Finding",
    "Match",
    "RiskScore",
    "S3Object",
    "Target",
    "Verdict",
    "classify",
    "evaluate",
    "scan",
]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from classifier.access import evaluate

        return evaluate
    if name in ("classify", "scan"):
        from classifier import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
