"""Migrations: Alembic's, shipped in the package."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(db: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.attributes["connection"] = db
    return config


def known(revision: str) -> bool:
    """Whether a revision is one of this program's."""
    try:
        return ScriptDirectory.from_config(_config()).get_revision(revision) is not None
    except CommandError:
        return False


def upgrade(db: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, in the connection's transaction."""
    command.upgrade(_config(db), revision)


def heads() -> list[str]:
    """Return the newest revisions; there is one."""
    return ScriptDirectory.from_config(_config()).get_heads()
