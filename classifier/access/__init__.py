"""Who can reach a bucket, and why: policy, ACLs, ownership, Block Public Access and access points.

`evaluate` takes a bucket snapshot and returns a `Verdict`. Pure: no network, no files, nothing kept.
"""

from classifier.access.verdict import evaluate

__all__ = ["evaluate"]
