"""A store: one database, opened, checked and brought to the present schema."""

from __future__ import annotations

import os
import ssl
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from classifier.errors import StoreError, UsageError
from classifier.store.schema import HEAD, VERSION_TABLE

BUSY_SECONDS = 60  # how long a writer waits for another
_DRIVER = "postgresql+pg8000"
_MISSING = "a PostgreSQL store needs the extra: pip install 's3-classifier[postgresql]'"
_SSL = {"disable": False, "allow": False, "prefer": False, "require": True}


class Store:
    """A database with the present schema. Threads and processes may share it; each opens its own.

    `with store.reading() as db` and `with store.writing() as db` give a SQLAlchemy connection in a
    transaction: what is read is one state, what is written is there whole or not at all, and survives the end
    of the process however it ends. Both raise StoreError.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads."""
        with _told(self.name), self._engine.begin() as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; SQLite has one at a time, and another waits for it."""
        with _told(self.name), self._engine.execution_options(immediate=True).begin() as db:
            yield db


def open_store(where: str) -> Store:
    """Open the store at `where`, a path or a URL (sqlite:///PATH, postgresql://USER@HOST/DATABASE).

    A SQLite file is made where there is none, for its owner only (mode 0600). The schema is brought up to
    date. Raises UsageError for what is no address of a store, StoreError for one that cannot be used.
    """
    url = _url(where)
    name = url.database or "" if url.get_backend_name() == "sqlite" else url.render_as_string()
    engine = _sqlite(url, name) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        _bring_up(engine, name)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, name)


def default_path() -> Path:
    """Return where the store is unless named: the user's state folder (XDG Base Directory Specification).

    Raises StoreError for a user without a home.
    """
    try:
        home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    except RuntimeError:
        raise StoreError("the user has no home for the store: name one with --store") from None
    return home / "s3-classifier" / "store.db"


# ---- addresses


def _url(where: str) -> URL:
    if "://" not in where:
        if not where or "\0" in where:
            raise UsageError("--store: name a file or a URL")
        return URL.create("sqlite", database=str(Path(where).absolute()))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):  # its text may hold a password
        raise UsageError("--store: is no URL like postgresql://USER@HOST/DATABASE") from None
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:" and not url.query:
        return url.set(drivername="sqlite", database=str(Path(url.database).absolute()))
    if url.drivername in ("postgres", "postgresql", _DRIVER) and url.database:
        return url.set(drivername=_DRIVER)
    raise UsageError("--store: a path, sqlite:///PATH or postgresql://USER@HOST/DATABASE")


def _sqlite(url: URL, name: str) -> Engine:
    _make_file(Path(name))
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def connected(dbapi: Any, _: object) -> None:
        cursor = dbapi.cursor()
        # Readers do not wait for the writer; what is committed survives the process, in WAL also with NORMAL.
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(db: Connection) -> None:
        # A writer takes the lock at once: one that read first and found it taken could not wait for it.
        immediate = db.get_execution_options().get("immediate")
        db.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    """Make an empty file of mode 0600 where there is none. Raises StoreError; follows no link."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if not stat.S_ISREG(path.lstat().st_mode):
            raise StoreError(f"{path}: is no regular file; name another with --store")
    except OSError as error:
        raise StoreError(
            f"{path}: the store cannot be made ({error.strerror}); name another with --store, or --store none"
        ) from None


def _postgresql(url: URL) -> Engine:
    options: dict[str, Any] = {}
    query = dict(url.query)
    mode, root = query.pop("sslmode", "prefer"), query.pop("sslrootcert", None)
    if mode in ("verify-ca", "verify-full"):
        context = ssl.create_default_context(cafile=str(root) if root else None)
        context.check_hostname = mode == "verify-full"
        options["ssl_context"] = context
    elif mode not in _SSL:
        raise UsageError("--store: sslmode is disable, prefer, require, verify-ca or verify-full")
    elif _SSL[str(mode)]:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        options["ssl_context"] = context
    if url.password is None and "PGPASSWORD" in os.environ:
        url = url.set(password=os.environ["PGPASSWORD"])
    try:
        return create_engine(
            url.set(query=query), connect_args=options | {"timeout": None}, pool_pre_ping=True
        )
    except (ImportError, NoSuchModuleError):
        raise UsageError(_MISSING) from None


# ---- schema


def _bring_up(engine: Engine, name: str) -> None:
    """Bring the schema to HEAD, one process at a time."""
    with _told(name):
        with engine.begin() as db:
            if _revision(db) == HEAD:
                return
        with engine.execution_options(immediate=True).begin() as db:
            if db.dialect.name == "postgresql":
                db.execute(text("SELECT pg_advisory_xact_lock(hashtext('s3-classifier'))"))
            found = _revision(db)
            if found != HEAD:
                _migrate(db, name, found)


def _revision(db: Connection) -> str | None:
    """Return the schema's revision; None for a database without ours."""
    if not inspect(db).has_table(VERSION_TABLE):
        return None
    return db.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _migrate(db: Connection, name: str, found: str | None) -> None:
    from classifier.store.migrate import known, upgrade  # Alembic takes longer to import than a scan to start

    if found is not None and not known(found):
        raise StoreError(
            f"{name}: the store was written by a newer s3-classifier (its schema is {found}, this program's"
            f" {HEAD}); install that version, or name another store with --store"
        )
    foreign = set(inspect(db).get_table_names()) - {VERSION_TABLE}
    if found is None and db.dialect.name == "sqlite" and foreign:
        raise StoreError(f"{name}: is the database of another program; name another file with --store")
    upgrade(db)


# ---- errors

# https://www.postgresql.org/docs/current/errcodes-appendix.html, by class or code.
_CODES = {
    "08": "the connection was lost",
    "28": "the user or password was refused",
    "3D000": "there is no such database",
    "42501": "the user may not use its tables",
    "42P07": "its tables are in the way: give it a database of its own",
    "53100": "the server's disk is full",
    "53300": "the server has too many connections",
    "57": "the server is shutting down",
    "55P03": "it is locked",
    "40P01": "it is locked",
}
_SQLITE = (
    ("locked", f"another process has had it locked for {BUSY_SECONDS} s; wait for it to end"),
    ("full", "the disk is full: free some space"),
    ("not a database", "it is no SQLite database"),
    ("malformed", "the file is damaged: restore it, or move it away"),
    ("readonly", "it may not be written"),
    ("unable to open", "it cannot be opened"),
    ("disk I/O", "the disk failed"),
)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Turn a database's errors into a StoreError in words; their own texts may quote what was stored."""
    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"{name}: the store cannot be used: {_reason(error)}") from None
    except SQLAlchemyError as error:
        raise StoreError(f"{name}: the store cannot be used ({type(error).__name__})") from None
    except (OSError, ssl.SSLError) as error:  # of a driver before it has a connection
        raise StoreError(f"{name}: the store cannot be reached ({type(error).__name__})") from None


def _reason(error: DBAPIError) -> str:
    original = error.orig
    first = original.args[0] if original is not None and original.args else ""
    if isinstance(first, dict):  # pg8000's: the fields of PostgreSQL's ErrorResponse
        code = str(first.get("C"))
        return _CODES.get(code) or _CODES.get(code[:2]) or f"SQLSTATE {code}"
    if type(original).__module__ == "sqlite3":
        for word, reason in _SQLITE:
            if word in str(first):
                return reason
    if type(original).__name__ == "InterfaceError":
        return "it does not answer; check host, port and network"
    return type(original).__name__
