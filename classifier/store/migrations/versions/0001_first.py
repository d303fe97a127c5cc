"""The first schema: runs, places, objects, findings, documents, targets, scores, alerts, notes."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_documents")),
    )
    op.create_table(
        "places",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("path", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("endpoint", "bucket", "path", name=op.f("uq_places_endpoint_bucket_path")),
    )
    op.create_table(
        "runs",
        sa.Column("id", NUMBER, autoincrement=True, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("program", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("detectors", sa.Text(), nullable=False),
        sa.Column("targets", sa.Text(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("folder", sa.LargeBinary(), nullable=False),
        sa.Column("exit_code", sa.Integer(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("run_id", name=op.f("uq_runs_run_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("from_run", NUMBER, nullable=False),
        sa.Column("until_run", NUMBER, nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("scope", sa.LargeBinary(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Float(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_run"], ["runs.id"], name=op.f("fk_alerts_from_run")),
        sa.ForeignKeyConstraint(["until_run"], ["runs.id"], name=op.f("fk_alerts_until_run")),
        sa.PrimaryKeyConstraint("alert_id", "from_run", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_scope"), "alerts", ["scope"], unique=False)
    op.create_table(
        "findings",
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("finding_id", sa.Text(), nullable=False),
        sa.Column("from_run", NUMBER, nullable=False),
        sa.Column("until_run", NUMBER, nullable=True),
        sa.Column("ending", sa.Text(), nullable=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("detector", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("matches", sa.BigInteger(), nullable=False),
        sa.Column("exact", sa.Boolean(), nullable=False),
        sa.Column("occurrences", sa.Text(), nullable=False),
        sa.Column("truncated", sa.Boolean(), nullable=False),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("exposure", sa.Text(), nullable=False),
        sa.Column("read_run", NUMBER, nullable=False),
        sa.Column("first_seen", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["from_run"], ["runs.id"], name=op.f("fk_findings_from_run")),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name=op.f("fk_findings_place")),
        sa.ForeignKeyConstraint(["read_run"], ["runs.id"], name=op.f("fk_findings_read_run")),
        sa.ForeignKeyConstraint(["until_run"], ["runs.id"], name=op.f("fk_findings_until_run")),
        sa.PrimaryKeyConstraint("place", "finding_id", "from_run", name=op.f("pk_findings")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_findings_place_key"), "findings", ["place", "key"], unique=False)
    op.create_table(
        "notes",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("run", NUMBER, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_notes_run")),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_notes")),
    )
    op.create_table(
        "objects",
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("etag", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=True),
        sa.Column("storage_class", sa.Text(), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("read_run", NUMBER, nullable=False),
        sa.Column("seen_run", NUMBER, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("bytes_scanned", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name=op.f("fk_objects_place")),
        sa.ForeignKeyConstraint(["read_run"], ["runs.id"], name=op.f("fk_objects_read_run")),
        sa.ForeignKeyConstraint(["seen_run"], ["runs.id"], name=op.f("fk_objects_seen_run")),
        sa.PrimaryKeyConstraint("place", "key", "version", name=op.f("pk_objects")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_targets",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("place", NUMBER, nullable=False),
        sa.Column("prefix", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name=op.f("fk_run_targets_place")),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_run_targets_run")),
        sa.ForeignKeyConstraint(["snapshot"], ["documents.hash"], name=op.f("fk_run_targets_snapshot")),
        sa.ForeignKeyConstraint(["verdict"], ["documents.hash"], name=op.f("fk_run_targets_verdict")),
        sa.PrimaryKeyConstraint("run", "place", "prefix", name=op.f("pk_run_targets")),
    )
    op.create_index(op.f("ix_run_targets_place_run"), "run_targets", ["place", "run"], unique=False)
    op.create_table(
        "scores",
        sa.Column("run", NUMBER, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_scores_run")),
        sa.PrimaryKeyConstraint("run", "level", "name", name=op.f("pk_scores")),
    )
