"""What the store keeps and gives back, without the library that does it: SQLAlchemy takes 0.1 s to import."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from classifier.model import JSON, Alert, Finding, Reason, S3Object


def canonical(value: JSON) -> str:
    """Return the one JSON text of a value: ASCII, keys sorted, no spaces. Raises ValueError for NaN."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


State = Literal["running", "ended", "complete"]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the store has it. `number` counts runs in the order in which they began, whatever the clock.

    `recipe` stands for all that decides what is found in an object; `detectors` are the ids that were looked
    for, `settings` hold no secrets. `state`: `running` also of a run that was killed, `ended` of one that
    ended before its work was done; both can be resumed. `summary` is the report's, of a run that ended.
    """

    run_id: str
    started: str
    program: str
    recipe: str
    detectors: Sequence[str] = ()
    targets: Sequence[str] = ()
    settings: Mapping[str, JSON] = field(default_factory=dict)
    folder: str = ""
    kind: str = "scan"
    number: int = 0
    ended: str | None = None
    state: State = "running"
    exit_code: int | None = None
    summary: JSON = None


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket on a server (`endpoint` "" is AWS), or a local folder or file by its absolute path."""

    bucket: str
    path: str = ""
    endpoint: str = ""


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """A target at the end of a run. `run` and `place` are numbers.

    `snapshot` is the bucket's configuration (Posture.to_json()), `verdict` who can reach it
    (Verdict.to_json()); both None for a local target and where the bucket could not be asked. `whole` says
    that the listing came to its end. `record` is what the report says of it (coverage, risk, detectors).
    """

    run: int
    place: int
    prefix: str = ""
    snapshot: JSON = None
    verdict: JSON = None
    whole: bool = True
    record: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def snapshot_hash(self) -> str | None:
        return None if self.snapshot is None else stable_hash(self.snapshot)


@dataclass(frozen=True, slots=True)
class ScoreRecord:
    """A score of 0 to 100 of a run; `level` is what it is of: run, account, bucket, prefix, object."""

    level: str
    name: str
    score: float
    record: Mapping[str, JSON] = field(default_factory=dict)  # RiskScore.to_json()


def stable_hash(value: JSON) -> str:
    """Return SHA-256 of a JSON value, hexadecimal: the same whatever the order of its keys."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


Ending = Literal["changed", "fixed", "gone"]


@dataclass(frozen=True, slots=True)
class Rated:
    """A finding with its id, its risk (0 to 100) and who reaches it (Exposure.to_json())."""

    finding_id: str
    finding: Finding
    risk: float
    exposure: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class First:
    """When a finding was first seen, and whether it was gone for a while (`reopened`) or not (`open`).

    `run` is the number of the run that saw it first.
    """

    first_seen: str
    status: str
    run: int


@dataclass(frozen=True, slots=True)
class FindingVersion:
    """A finding as it stood from the run `from_run` on until `until_run` (None: still), by their numbers.

    `ending` says why it ended: `changed` (another version follows), `fixed` (its object was read and has it
    no more), `gone` (its object is no more). The finding's object has key and version only.
    """

    place: int
    rated: Rated
    from_run: int
    until_run: int | None
    ending: Ending | None
    first_seen: str
    status: str


Identity = tuple[str, str]  # key, version id ("" for none)


# Another reading may do better: these are no properties of the object.
PASSING = frozenset(
    {
        Reason.INVALID_KMS_KEY,
        Reason.NO_SUCH_BUCKET_AVAILABLE,
        Reason.OBJECT_VERSION_MISMATCH,
        Reason.PERMISSION_DENIED,
        Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
        Reason.TIME_CUT_OFF_REACHED,
    }
)


def identity(obj: S3Object) -> Identity:
    """Return what tells an object from the others of its place."""
    return obj.key, obj.version_id or ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which readings of an object may stand for a new one, in the run `run`: those with the same `recipe`.

    `since` is the first run whose readings count; those by an earlier run than `run` do not where they found
    something with one of the detectors `anew`.
    """

    recipe: str
    run: int
    since: int = 0
    anew: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlertVersion:
    """An alert as it stood from the run `from_run` on until `until_run` (None: still), by their numbers.

    `scope` is what was looked at: the target's text, or another name of its room's. `ending`: `changed`
    (another version follows), `fixed` (it was looked at and the rule holds no more). `status`: `open`,
    `reopened` (it was fixed for a while).
    """

    scope: str
    alert: Alert
    from_run: int
    until_run: int | None
    ending: Literal["changed", "fixed"] | None
    first_seen: str
    status: str
