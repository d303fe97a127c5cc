"""Who can reach a bucket, and why: policy, ACLs, ownership, Block Public Access and access points.

`evaluate` takes a bucket snapshot and returns a `Verdict`, `remedies` says what to change about it,
`proposed` how the bucket would be after a change. Pure: no network, no files, nothing kept.
"""

from classifier.access.observed import seen_to_read
from classifier.access.proposal import Proposal, proposed
from classifier.access.remedies import Remedy, remedies
from classifier.access.verdict import evaluate

__all__ = ["Proposal", "Remedy", "evaluate", "proposed", "remedies", "seen_to_read"]
