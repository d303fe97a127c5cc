"""The tables, the same for SQLite and PostgreSQL. What changes here needs a migration (migrations/versions/).

Keys are bytes (UTF-8): S3 orders keys by them, a database's own collations do not, and a local name may hold
what is no text for PostgreSQL. Moments are texts as reports spell them; what came first is told by the
numbers of the runs, never by a clock.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from classifier.model import JSON

HEAD = "0001"  # the newest revision in migrations/versions
VERSION_TABLE = "s3_classifier_schema"


class KeyText(TypeDecorator[str]):
    """Text of any characters as UTF-8 bytes, ordered as S3 orders keys; lone surrogates are kept."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.encode("utf-8", "surrogatepass")

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else bytes(value).decode("utf-8", "surrogatepass")


class Document(TypeDecorator[JSON]):
    """A JSON value as text, its keys in the order given."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: JSON, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> JSON:
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up an INTEGER PRIMARY KEY only

# A run of the program. `recipe` stands for all that decides what is found in an object.
runs = Table(
    "runs",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("run_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),  # scan, trail
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("state", Text, nullable=False),  # running, ended (may be resumed), complete
    Column("program", Text, nullable=False),  # its version
    Column("recipe", Text, nullable=False),
    Column("detectors", Document, nullable=False),
    Column("targets", Document, nullable=False),
    Column("settings", Document, nullable=False),
    Column("folder", KeyText, nullable=False),
    Column("exit_code", Integer),
    Column("summary", Document),
    sqlite_autoincrement=True,
)

# A bucket on its server, or a local folder or file.
places = Table(
    "places",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("endpoint", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("path", KeyText, nullable=False),
    UniqueConstraint("endpoint", "bucket", "path"),
)

# What is known of an object: as it was listed, and what was read of it by the run `read_run`.
objects = Table(
    "objects",
    metadata,
    Column("place", _NUMBER, ForeignKey("places.id"), primary_key=True),
    Column("key", KeyText, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified", BigInteger),  # microseconds since 1970
    Column("storage_class", Text, nullable=False),
    Column("recipe", Text, nullable=False),
    Column("read_run", _NUMBER, ForeignKey("runs.id"), nullable=False),
    Column("seen_run", _NUMBER, ForeignKey("runs.id"), nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("detail", Text, nullable=False),
    Column("bytes_scanned", BigInteger, nullable=False),
    Column("record", Document),  # what else there is to tell; null: nothing
    sqlite_with_rowid=False,
)

# A finding as it stood from the run `from_run` on until the run `until_run` (null: still).
findings = Table(
    "findings",
    metadata,
    Column("place", _NUMBER, ForeignKey("places.id"), primary_key=True),
    Column("finding_id", Text, primary_key=True),
    Column("from_run", _NUMBER, ForeignKey("runs.id"), primary_key=True),
    Column("until_run", _NUMBER, ForeignKey("runs.id")),
    Column("ending", Text),  # changed, fixed, gone
    Column("key", KeyText, nullable=False),
    Column("version", Text, nullable=False),
    Column("detector", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("tier", Text, nullable=False),
    Column("matches", BigInteger, nullable=False),
    Column("exact", Boolean, nullable=False),
    Column("occurrences", Document, nullable=False),
    Column("truncated", Boolean, nullable=False),
    Column("risk", Float, nullable=False),
    Column("exposure", Document, nullable=False),
    Column("read_run", _NUMBER, ForeignKey("runs.id"), nullable=False),
    Column("first_seen", Text, nullable=False),
    Column("status", Text, nullable=False),  # open, reopened
    Index(None, "place", "key"),
    sqlite_with_rowid=False,
)

# Documents by the hash of their canonical text; one that many runs saw is kept once.
documents = Table(
    "documents",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("body", Document, nullable=False),
)

# A target of a run as it was found: the bucket's snapshot, what was read of it, its score.
run_targets = Table(
    "run_targets",
    metadata,
    Column("run", _NUMBER, ForeignKey("runs.id"), primary_key=True),
    Column("place", _NUMBER, ForeignKey("places.id"), primary_key=True),
    Column("prefix", KeyText, primary_key=True),
    Column("snapshot", Text, ForeignKey("documents.hash")),
    Column("verdict", Text, ForeignKey("documents.hash")),
    Column("whole", Boolean, nullable=False),  # its listing came to its end
    Column("record", Document, nullable=False),
    Index(None, "place", "run"),
)

# Scores of a run: of all, an account, a bucket, a prefix (`level`), by name.
scores = Table(
    "scores",
    metadata,
    Column("run", _NUMBER, ForeignKey("runs.id"), primary_key=True),
    Column("level", Text, primary_key=True),
    Column("name", KeyText, primary_key=True),
    Column("score", Float, nullable=False),
    Column("record", Document, nullable=False),
)

# An alert as it stood from the run `from_run` on until the run `until_run` (null: still).
alerts = Table(
    "alerts",
    metadata,
    Column("alert_id", Text, primary_key=True),
    Column("from_run", _NUMBER, ForeignKey("runs.id"), primary_key=True),
    Column("until_run", _NUMBER, ForeignKey("runs.id")),
    Column("ending", Text),  # changed, fixed
    Column("scope", KeyText, nullable=False),  # what was looked at: the target, or the trail's source
    Column("category", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Float, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("first_seen", Text, nullable=False),
    Column("status", Text, nullable=False),  # open, reopened
    Column("record", Document, nullable=False),
    Index(None, "scope"),
)

# What a room keeps from run to run under a name: baselines, suppressions, overrides, places in a log.
notes = Table(
    "notes",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("name", KeyText, primary_key=True),
    Column("run", _NUMBER, ForeignKey("runs.id")),  # which wrote it, if one did
    Column("body", Document, nullable=False),
)
