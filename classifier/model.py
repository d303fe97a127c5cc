"""The nouns: frozen, typed, without behaviour beyond their own invariants.

Terms are those of AWS, IAM and Macie. Everything here may be sent between processes (pickled), except a
`Chunk` and an `AccessKey`, which live and die in the worker that read them: only these carry content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Literal, NoReturn, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

JSON: TypeAlias = Any  # a value of the json module: the shape is the AWS API's, checked where it is read


class Status(StrEnum):
    """What was read of an object (Macie's ClassificationResultStatus.code)."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    SKIPPED = "SKIPPED"


class Reason(StrEnum):
    """Why an object is PARTIAL or SKIPPED (Macie's ClassificationResultStatus.reason, all 21)."""

    ARCHIVE_CONTAINS_UNPROCESSED_FILES = "ARCHIVE_CONTAINS_UNPROCESSED_FILES"
    ARCHIVE_EXCEEDS_SIZE_LIMIT = "ARCHIVE_EXCEEDS_SIZE_LIMIT"
    ARCHIVE_NESTING_LEVEL_OVER_LIMIT = "ARCHIVE_NESTING_LEVEL_OVER_LIMIT"
    ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT = "ARCHIVE_TOTAL_BYTES_EXTRACTED_OVER_LIMIT"
    ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT = "ARCHIVE_TOTAL_DOCUMENTS_PROCESSED_OVER_LIMIT"
    FILE_EXCEEDS_SIZE_LIMIT = "FILE_EXCEEDS_SIZE_LIMIT"
    INVALID_ENCRYPTION = "INVALID_ENCRYPTION"
    INVALID_KMS_KEY = "INVALID_KMS_KEY"
    INVALID_OBJECT_STATE = "INVALID_OBJECT_STATE"
    JSON_NESTING_LEVEL_OVER_LIMIT = "JSON_NESTING_LEVEL_OVER_LIMIT"
    MALFORMED_FILE = "MALFORMED_FILE"
    MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT = "MALFORMED_OR_FILE_SIZE_EXCEEDS_LIMIT"
    NO_SUCH_BUCKET_AVAILABLE = "NO_SUCH_BUCKET_AVAILABLE"
    OBJECT_VERSION_MISMATCH = "OBJECT_VERSION_MISMATCH"
    OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT = "OOXML_UNCOMPRESSED_RATIO_EXCEEDS_LIMIT"
    OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT = "OOXML_UNCOMPRESSED_SIZE_EXCEEDS_LIMIT"
    PERMISSION_DENIED = "PERMISSION_DENIED"
    SOURCE_OBJECT_NO_LONGER_AVAILABLE = "SOURCE_OBJECT_NO_LONGER_AVAILABLE"
    TIME_CUT_OFF_REACHED = "TIME_CUT_OFF_REACHED"
    UNABLE_TO_PARSE_FILE = "UNABLE_TO_PARSE_FILE"
    UNSUPPORTED_FILE_TYPE_EXCEPTION = "UNSUPPORTED_FILE_TYPE_EXCEPTION"


class Severity(StrEnum):
    """Severity of a finding (Macie's three levels) and band of a score or alert (Security Hub's five)."""

    INFORMATIONAL = "Informational"
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"
    CRITICAL = "Critical"

    @property
    def rank(self) -> int:
        """0 (Informational) to 4 (Critical)."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


class Category(StrEnum):
    """What kind of sensitive data a detector finds."""

    CREDENTIALS = "CREDENTIALS"
    FINANCIAL_INFORMATION = "FINANCIAL_INFORMATION"
    PERSONAL_INFORMATION = "PERSONAL_INFORMATION"
    PERSONAL_HEALTH_INFORMATION = "PERSONAL_HEALTH_INFORMATION"
    CUSTOM_IDENTIFIER = "CUSTOM_IDENTIFIER"


class Tier(StrEnum):
    """How a match was established, strongest first."""

    VERIFIED = "verified"  # checksum or structure proves it
    PATTERN = "pattern"  # the format alone is specific
    CONTEXT = "context"  # the format needs its keyword
    GENERIC = "generic"  # an assignment to a telling name
    MODEL = "model"  # a statistical model said so


class AlertCategory(StrEnum):
    """The 13 alert categories, exactly as reports spell them."""

    ANONYMIZED_ACCESS = "Anonymized access"
    CONFIG_COMPLIANCE = "Config compliance"
    CREDENTIAL_LOSS = "Credential loss"
    DATA_COMPLIANCE = "Data compliance"
    FILE_HOSTING = "File hosting"
    IDENTITY_ENUMERATION = "Identity enumeration"
    INFORMATION_LOSS = "Information loss"
    LOCATION_ANOMALY = "Location anomaly"
    OPEN_PERMISSIONS = "Open permissions"
    PRIVILEGE_ESCALATION = "Privilege escalation"
    RANSOMWARE = "Ransomware"
    SERVICE_DISRUPTION = "Service disruption"
    SUSPICIOUS_ACCESS = "Suspicious access"


@dataclass(frozen=True, slots=True)
class Target:
    """What to scan: a bucket (with a key prefix), or a local file or folder (`bucket` is "")."""

    bucket: str
    prefix: str = ""
    path: str = ""

    @property
    def is_local(self) -> bool:
        return not self.bucket

    def __str__(self) -> str:
        return self.path if self.is_local else f"s3://{self.bucket}/{self.prefix}"


@dataclass(frozen=True, slots=True)
class S3Object:
    """One object as the listing gave it; for a local file `bucket` is "" and `key` the path below the target.

    `size` is in bytes, `etag` without quotes, `last_modified` aware, `storage_class` as S3 spells it.
    """

    bucket: str
    key: str
    size: int
    etag: str = ""
    last_modified: datetime | None = None
    storage_class: str = "STANDARD"
    version_id: str | None = None


class ByteSource(Protocol):
    """The bytes of one object. Both methods raise `errors.ReadFailure` with the reason code."""

    size: int

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in order, in blocks of bounded size, from the first byte."""

    def read(self, start: int, length: int) -> bytes:
        """Return at most `length` bytes from offset `start` (fewer only at the end)."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where in an object a match stands; only what the format allows is set.

    `part` is the member path inside an archive (`inner.zip!/dir/b.csv`; None for the object itself);
    `attribute` says that it stands in no content but in the object's `key`, a `tag:NAME` or `metadata:NAME`;
    `byte_start`/`byte_end` are offsets in the part's own bytes, in its own encoding, end exclusive; in an
    attribute, in its text as UTF-8.
    `line` and `row` count from 1 (a header row is row 1), `record` from 0 (Macie's recordIndex).
    `column` counts from 1: the character in the line for text, the field in the row for tables. `page` counts
    from 1 (slides and drawings too); `box` is left, bottom, right, top on the page in points, for an image in
    pixels from its upper left corner; `table` the table's name in a database.
    """

    part: str | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    line: int | None = None
    column: int | None = None
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    cell: str | None = None
    table: str | None = None
    row: int | None = None
    column_name: str | None = None
    record: int | None = None
    json_path: str | None = None
    attribute: str | None = None

    def to_json(self) -> dict[str, JSON]:
        values = ((name, getattr(self, name)) for name in _LOCATION_FIELDS)
        return {name: value for name, value in values if value is not None}


_LOCATION_FIELDS = tuple(f.name for f in fields(Location))


@dataclass(frozen=True, slots=True)
class Field:
    """The cell or value that encloses a match, as a table or a JSON document has it.

    `names` are the column name or the elements of the JSON path, outermost first; `start` and `end` bound the
    cell's text in `Chunk.data`.
    """

    names: tuple[str, ...]
    start: int
    end: int


class Locator(Protocol):
    """Maps offsets in a chunk's data back to the object; lazy, since most chunks hold no match."""

    def locate(self, start: int, end: int) -> Location:
        """Return the location of `data[start:end]`."""

    def enclosing(self, start: int, end: int) -> Field | None:
        """Return the cell or value around `data[start:end]`; None where the format has no fields."""

    def columns(self, offsets: NDArray[np.int64]) -> NDArray[np.int64] | None:
        """Return for each offset in the data the index of its column in `Chunk.names`, -1 where it has none.

        None where the format has no columns.
        """

    def cells(self, column: int) -> NDArray[np.int64] | None:
        """Return the bounds in the data of the cells of a column of `Chunk.table`, a row each, in order.

        They are those that begin in the core, without their quotes; empty cells and a header's are left out.
        None where the format has no columns.
        """


@dataclass(frozen=True, slots=True)
class TableHead:
    """The first rows of a table or of records: what its columns are judged by.

    It is the same object for all chunks of a part, however these are cut. `names` are the columns' names as
    the format has them (a JSON path's keys are joined by dots), empty where there is no header; `columns` the
    first values of each column, in order: texts, empty where a row has none.
    """

    names: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of text to search.

    `data` is ASCII-compatible bytes (UTF-8 wherever the source's encoding is known). A match belongs to this
    chunk when it starts in `data[core_start:core_end]`; what lies outside is a margin for context, shared
    with the neighbouring chunks, so that nothing is lost or counted twice at a border. `names` are the
    table's column names (else empty): words that hold for the whole chunk though they may stand outside it.
    `nested` says that the name of a value may stand far before it, as in JSON. `table` is told where the
    locator knows columns; what it numbers are these.
    """

    part: str | None
    format: str
    data: bytes
    core_start: int
    core_end: int
    locator: Locator
    names: tuple[str, ...] = ()
    nested: bool = False
    table: TableHead | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an object that could not be read. `part` None means the object itself.

    `detail` is a short text without content. `lost` says whether nothing at all of that part was read.
    """

    part: str | None
    reason: Reason
    detail: str = ""
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A part whose name promises another format than its bytes have: `extension` and `format` differ."""

    part: str | None
    extension: str
    format: str


@dataclass(frozen=True, slots=True)
class Match:
    """One sensitive value, already masked: `masked` and `fingerprint` are all that is left of it.

    `fingerprint` is the keyed HMAC-SHA-256 of the normalised value, hexadecimal, 32 digits.
    `confidence` is 0 to 1.
    """

    detector: str
    tier: Tier
    confidence: float
    location: Location
    masked: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DetectorInfo:
    """What the other rooms need to know of a detector."""

    id: str
    title: str
    category: Category
    tier: Tier
    severity: tuple[Severity, Severity, Severity]  # at 1, 2–99 and 100 or more occurrences
    sensitivity: float  # weight of one match in the risk score, 0 to 1
    live_credential: bool  # a match gives access to something as it stands
    remediation: str
    levels: tuple[tuple[int, Severity], ...] = ()  # in place of them: from so many occurrences on, ascending

    @property
    def least(self) -> int:
        """Occurrences below which there is no finding."""
        return self.levels[0][0] if self.levels else 1

    def severity_at(self, count: int) -> Severity:
        """Return the severity of so many occurrences."""
        if self.levels:
            reached = [severity for least, severity in self.levels if count >= least]
            return reached[-1] if reached else self.levels[0][1]
        return self.severity[0 if count < 2 else 1 if count < 100 else 2]


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An AWS access key as it was found: its id, its secret and, of temporary credentials, their token.

    It is content: it has no text but its type's, and cannot be pickled, copied or sent to another process.
    """

    id: str = field(repr=False)
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("an access key stays in the process that found it")


@dataclass(frozen=True, slots=True)
class Verification:
    """What AWS STS said of an access key: who it is (`live`), that it is nobody (`rejected`), or nothing.

    `reason` is the name of the error, "" for a live one; `account` is the account's 12 digits;
    `principal_type` is spelled as the condition key aws:PrincipalType has it.
    """

    status: Literal["live", "rejected", "unknown"]
    reason: str = ""
    account: str | None = None
    principal_type: Literal["Account", "User", "AssumedRole", "FederatedUser"] | None = None

    def to_json(self) -> dict[str, JSON]:
        values = ((name, getattr(self, name)) for name in _VERIFICATION_FIELDS)
        return {name: value for name, value in values if value}


_VERIFICATION_FIELDS = tuple(f.name for f in fields(Verification))


@dataclass(frozen=True, slots=True)
class Occurrence:
    location: Location
    masked: str
    fingerprint: str
    confidence: float
    verification: Verification | None = None  # None: nobody was asked

    def to_json(self) -> dict[str, JSON]:
        occurrence: dict[str, JSON] = {
            "location": self.location.to_json(),
            "masked": self.masked,
            "fingerprint": self.fingerprint,
            "confidence": self.confidence,
        }
        if self.verification is not None:
            occurrence["verification"] = self.verification.to_json()
        return occurrence


@dataclass(frozen=True, slots=True)
class Finding:
    """One object × one detector."""

    obj: S3Object
    detector: str
    category: Category
    severity: Severity
    confidence: float  # the highest of its matches
    tier: Tier  # the strongest of its matches
    count: int
    count_is_exact: bool  # False where the object was not read whole
    occurrences: tuple[Occurrence, ...]
    occurrences_truncated: bool


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a table was taken for.

    `number` counts from 1 and `name` is redacted (None without a header); `kind` is the sort of values
    (`first_name`, `sequence`), `detector` what they are reported under (None for what is nobody's data).
    `confidence` is 0 to 1, `reasons` are short texts without content.
    """

    part: str | None
    number: int
    name: str | None
    kind: str
    detector: str | None
    confidence: float
    reasons: tuple[str, ...]

    def to_json(self) -> dict[str, JSON]:
        return {name: getattr(self, name) for name in _COLUMN_FIELDS} | {"reasons": list(self.reasons)}


_COLUMN_FIELDS = tuple(f.name for f in fields(Column))


@dataclass(frozen=True, slots=True)
class Health:
    """What an object with identifiers of persons has to do with health (patterns/phi.yaml).

    `content`: it is about health; `phi`: so that its identifiers are protected health information.
    `identifiers` are the letters of those of HIPAA's Safe Harbor (45 CFR 164.514(b)(2)(i)) that were found;
    `evidence` counts what told, by kind.
    """

    content: bool
    phi: bool
    identifiers: tuple[str, ...]
    evidence: Mapping[str, int]

    def to_json(self) -> dict[str, JSON]:
        return {
            "content": self.content,
            "phi": self.phi,
            "identifiers": list(self.identifiers),
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Prose:
    """What was read of an object's prose: bytes, values of tables and records, and whether that was all."""

    bytes: int
    values: int
    whole: bool

    def to_json(self) -> dict[str, JSON]:
        return {"bytes": self.bytes, "values": self.values, "whole": self.whole}


@dataclass(frozen=True, slots=True)
class BlockSample:
    """How the blocks of an object that was read in part were chosen.

    `edges` blocks of its head and tail were read; of the rest, pairs of a segment's number of blocks and how
    many such segments there are, one block of each at random. `hits` are, for each detector, pairs of a
    segment's number of blocks (0: the edges) and how many of the blocks read had a match; absent where these
    were too many to count. `block` is in bytes.
    """

    edges: int
    segments: tuple[tuple[int, int], ...]
    block: int
    hits: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Blocks of the object."""
        return self.edges + sum(units * times for units, times in self.segments)

    @property
    def read(self) -> int:
        """Blocks that were read."""
        return self.edges + sum(times for _, times in self.segments)


@dataclass(frozen=True, slots=True)
class ObjectResult:
    """What a worker sends back for one object: its record and its findings, nothing raw.

    `columns` are those of its tables that were taken for something; `prose` is what was read for names, None
    where there was none to read; `mismatches` are its parts that are no such files as their names say.
    """

    obj: S3Object
    status: Status
    reason: Reason | None
    detail: str
    bytes_scanned: int  # bytes of text searched, after decompression
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...]
    allowed: Mapping[str, int] = field(default_factory=dict)  # matches on allow lists, by detector
    columns: tuple[Column, ...] = ()
    health: Health | None = None  # None: nothing in it identifies a person
    prose: Prose | None = None
    mismatches: tuple[Mismatch, ...] = ()
    traits: tuple[str, ...] = ()  # what it is beside the data in it (patterns/traits.yaml)
    sample: BlockSample | None = None  # None: no blocks were chosen
    requests: int = 0  # sent for it, with those that were tried again
    bytes_read: int = 0  # stored bytes that came
    earlier: bool = False  # an earlier run read it, and it is as it was then
    risk: RiskScore | None = (
        None  # of all its findings together; None until it is scored, and without findings
    )


@dataclass(frozen=True, slots=True)
class Posture:
    """One bucket's configuration as the AWS API returned it (the contract's bucket snapshot).

    `snapshot` has the keys of docs/contracts.md; `unreadable` maps the operations that failed to their error
    codes ("AccessDenied", "MissingKey" for a 200 without the expected content, "NotImplemented", ...).
    """

    bucket: str
    account: str | None
    region: str | None
    snapshot: Mapping[str, JSON]
    unreadable: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, JSON]:
        return dict(self.snapshot) | {
            "Unreadable": sorted(self.unreadable),
            "UnreadableErrors": dict(sorted(self.unreadable.items())),
        }


Public: TypeAlias = Literal["public", "not_public", "unknown"]
Shared: TypeAlias = Literal["external", "internal", "not_shared", "unknown"]
Decision: TypeAlias = Literal["allowed", "explicitDeny", "implicitDeny", "unknown"]


@dataclass(frozen=True, slots=True)
class Grant:
    """A principal class that can do something to a prefix, what lets it, and a request that shows it.

    `principal`: anonymous, any_aws, account:ID, org:ID, service:NAME, cloudfront:ID, restricted:….
    `actions`: list, list_versions, read, read_version, write, delete, read_acp, write_acp, config, policy,
    other.
    `prefix` is the key prefix ("" for the whole bucket); with `exact_key` it is one object's key. `pattern`
    is told where the prefix is not the whole truth, `excluded` is what is taken out again (by a Deny, a
    NotResource); in these `*` is any run of characters and `?` any one.
    """

    principal: str
    actions: tuple[str, ...]
    prefix: str
    decision: Literal["allowed", "unknown"]
    because: Mapping[str, JSON]  # kind, statement, sid, grant
    witness: Mapping[str, JSON]
    exact_key: bool = False
    pattern: str | None = None
    excluded: tuple[str, ...] = ()

    def covers(self, key: str) -> bool:
        """Whether the grant reaches the object `key`."""
        if self.exact_key:
            return key == self.prefix
        return (
            key.startswith(self.prefix)
            and (self.pattern is None or _any_of((self.pattern,)).fullmatch(key) is not None)
            and not (self.excluded and _any_of(self.excluded).fullmatch(key))
        )

    def to_json(self) -> dict[str, JSON]:
        return {
            "principal": self.principal,
            "actions": list(self.actions),
            "prefix": self.prefix,
            "exact_key": self.exact_key,
            "pattern": self.pattern,
            "excluded": list(self.excluded),
            "decision": self.decision,
            "because": dict(self.because),
            "witness": dict(self.witness),
        }


@lru_cache(maxsize=1024)
def _any_of(globs: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches the keys that one of the globs covers, in time linear in the key for each `*`."""
    alternatives: list[str] = []
    for glob in globs:
        first, *rest = (re.escape(part).replace(r"\?", ".") for part in glob.split("*"))
        # Between two stars the leftmost place is as good as any: each stretch is atomic, nothing backtracks.
        middle = "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
        alternatives.append(f"{first}{middle}.*{rest[-1]}" if rest else first)
    return re.compile("|".join(alternatives), re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who can reach a bucket, and why (the contract's access answer)."""

    bucket: str
    is_public_policy: bool | None
    public: Public
    shared: Shared
    grants: tuple[Grant, ...] = ()
    latent: tuple[Grant, ...] = ()
    confused_deputy: tuple[Mapping[str, JSON], ...] = ()
    blocked_by: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()  # what could not be decided or parsed, in words
    decision: Decision | None = None
    notes: tuple[Mapping[str, JSON], ...] = ()  # what else follows: {"kind", …facts}, see docs/contracts.md

    def to_json(self) -> dict[str, JSON]:
        answer: dict[str, JSON] = {
            "Bucket": self.bucket,
            "PolicyStatus": {"IsPublic": self.is_public_policy},
            "Public": self.public,
            "Shared": self.shared,
            "Grants": [grant.to_json() for grant in self.grants],
            "Latent": [grant.to_json() for grant in self.latent],
            "ConfusedDeputy": [dict(item) for item in self.confused_deputy],
            "BlockedBy": list(self.blocked_by),
            "Problems": list(self.problems),
            "Notes": [dict(item) for item in self.notes],
        }
        return answer if self.decision is None else answer | {"Decision": self.decision}


@dataclass(frozen=True, slots=True)
class RiskScore:
    """A score of 0 to 100 with the terms that make it, and the interval where parts are unknown or unread."""

    score: float
    low: float
    high: float
    band: Severity
    terms: Mapping[str, float]
    weights_version: str

    def to_json(self) -> dict[str, JSON]:
        return {
            "score": self.score,
            "low": self.low,
            "high": self.high,
            "band": self.band,
            "terms": dict(self.terms),
            "weights_version": self.weights_version,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was read of what. Bytes are the objects' own (as stored)."""

    objects: int = 0
    complete: int = 0
    partial: int = 0
    skipped: int = 0
    bytes_total: int = 0
    bytes_read: int = 0  # stored bytes of the objects that were read, whole or in part
    bytes_scanned: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)

    def to_json(self) -> dict[str, JSON]:
        values = {name: getattr(self, name) for name in _COVERAGE_FIELDS}
        return {name: dict(v) if isinstance(v, Mapping) else v for name, v in values.items()}


_COVERAGE_FIELDS = tuple(f.name for f in fields(Coverage))


@dataclass(frozen=True, slots=True)
class FindingSummary:
    """A finding without its occurrences: what risk and alerts keep while a run goes on."""

    finding_id: str
    key: str
    detector: str
    category: Category
    severity: Severity
    tier: Tier
    count: int
    confidence: float
    risk: float = 0.0


class CheckStatus(StrEnum):
    """Outcome of a check of a bucket's configuration."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"  # what it needs could not be read
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check of one bucket's configuration (patterns/posture.yaml)."""

    id: str
    status: CheckStatus

    def to_json(self) -> dict[str, JSON]:
        return {"id": self.id, "status": self.status}


@dataclass(frozen=True, slots=True)
class BucketResult:
    """One bucket (or local target) with everything that is known about it at the end of a run."""

    target: Target
    posture: Posture | None
    verdict: Verdict | None
    coverage: Coverage
    risk: RiskScore
    detectors: Mapping[str, int]  # detector → occurrences
    categories: Mapping[str, int]  # category → occurrences
    sensitive_objects: int
    error: Problem | None = None  # the bucket as a whole could not be scanned
    checks: tuple[CheckResult, ...] = ()  # of its configuration; none for a local target
    traits: Mapping[str, int] = field(default_factory=dict)  # trait → objects
    sensitivity: int = 50  # Amazon Macie's scale
    override: Mapping[str, JSON] | None = None  # who set the risk, why and until when
    prefixes: Mapping[str, RiskScore] = field(default_factory=dict)  # the riskiest ones, by their first part
    sampling: Mapping[str, JSON] = field(default_factory=dict)  # how it was chosen, and what that says


@dataclass(frozen=True, slots=True)
class Alert:
    """Something to act on. `severity` is 0.1 to 10, `evidence` ids of findings or events."""

    alert_id: str
    category: AlertCategory
    rule: str
    kind: Literal["basic", "predictive", "custom"]
    severity: float
    band: Severity
    bucket: str
    key: str | None
    actor: str | None
    first_seen: str
    last_seen: str
    count: int
    evidence: Sequence[str]
    narrative: str
    attack: Sequence[str]
    remediation: str

    def to_json(self) -> dict[str, JSON]:
        values = {name: getattr(self, name) for name in _ALERT_FIELDS}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


_ALERT_FIELDS = tuple(f.name for f in fields(Alert))
