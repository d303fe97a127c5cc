"""Opening a store: the file, the schema, who else has it, and what is wrong with it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, text

from classifier.errors import StoreError, UsageError
from classifier.store import Store, count_runs, default_path, engine, keep_notes, kept_notes, open_store
from classifier.store.migrate import heads
from classifier.store.schema import HEAD, VERSION_TABLE, Document, KeyText, metadata
from tests.store.made import begin


def test_the_migrations_end_at_the_present_schema() -> None:
    assert heads() == [HEAD]


def test_migrated_and_declared_schema_are_the_same(store: Store) -> None:
    def differ(context: object, column: object, _: object, found: object, declared: object) -> bool | None:
        return False if isinstance(declared, KeyText | Document) else None

    with store.reading() as db:
        options = {"compare_type": differ, "version_table": VERSION_TABLE}
        assert compare_metadata(MigrationContext.configure(db, opts=options), metadata) == []


def test_a_second_opening_finds_what_the_first_wrote(address: str) -> None:
    for expected in (1, 2):
        with open_store(address) as store:
            with store.writing() as db:
                begin(db, f"run-{expected}")
            with store.reading() as db:
                assert count_runs(db) == expected


def test_what_fails_is_not_there_in_part(store: Store) -> None:
    with suppress(KeyboardInterrupt), store.writing() as db:
        begin(db)
        raise KeyboardInterrupt
    with store.reading() as db:
        assert count_runs(db) == 0


def test_a_store_of_a_newer_program_is_refused(address: str) -> None:
    with open_store(address) as store, store.writing() as db:
        db.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = 'f00d'"))
    with pytest.raises(StoreError, match="newer s3-classifier"):
        open_store(address)


def test_a_store_of_an_older_program_is_brought_up(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_migrate", _only_the_version_table)
    open_store(address).close()
    monkeypatch.undo()
    with open_store(address) as store, store.writing() as db:
        begin(db)
        assert db.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar() == HEAD


def _only_the_version_table(db: Connection, *_: object) -> None:
    db.execute(text(f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))


def test_the_file_is_the_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "store.db"
    with open_store(str(path)) as store, store.writing() as db:
        begin(db)
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("store.db", "store.db-wal", "store.db-shm"), 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_the_default_is_in_the_state_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert default_path() == Path("/state/s3-classifier/store.db")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no database at all, but long enough to be read as one" * 20, "it is no SQLite database"),
        (None, "database of another program"),
    ],
    ids=["other-bytes", "other-program"],
)
def test_another_file_is_refused(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    else:
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE browsing (url)")
        other.close()
    with pytest.raises(StoreError, match=said):
        open_store(str(path))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(StoreError, match="no regular file"):
        open_store(str(tmp_path / "link.db"))
    assert not (tmp_path / "elsewhere.db").exists()


@pytest.mark.parametrize(
    "where",
    ["", "mysql://h/d", "postgresql://h", "sqlite://", "sqlite:///:memory:", "postgresql://u:pw@h:port/d"],
)
def test_what_is_no_address(where: str) -> None:
    with pytest.raises(UsageError, match="--store") as raised:
        open_store(where)
    assert "pw" not in str(raised.value)


def test_a_server_that_does_not_answer_is_said_without_the_password() -> None:
    with pytest.raises(StoreError, match="store cannot be") as raised:
        open_store("postgresql://me:hunter2@127.0.0.1:9/db")
    assert "hunter2" not in str(raised.value)


def test_a_database_that_is_not_there(postgresql: str) -> None:
    with pytest.raises(StoreError, match="there is no such database"):
        open_store(f"{postgresql}/nowhere")


def test_a_locked_file_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    path = tmp_path / "store.db"
    with open_store(str(path)) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="has had it locked"), store.writing():
            pass
        with store.reading() as db:  # readers need not wait
            assert count_runs(db) == 0
        other.close()


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.db")) as store:
        with store.writing() as db:
            pages = db.exec_driver_sql("PRAGMA page_count").scalar()
            db.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StoreError, match="the disk is full"), store.writing() as db:
            keep_notes(db, "test", {"big": "x" * 100_000})
        with store.reading() as db:
            assert list(kept_notes(db, "test")) == []


def test_many_processes_open_and_write_at_once(address: str) -> None:
    program = (
        "import sys; from classifier.store import RunRecord, begin_run, open_store\n"
        "with open_store(sys.argv[1]) as store:\n"
        "  for n in range(5):\n"
        "    with store.writing() as db: begin_run(db, RunRecord(f'{sys.argv[2]}-{n}', '', '', ''))\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, address, name]) for name in "abc"]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    with open_store(address) as store, store.reading() as db:
        assert count_runs(db) == 15


def test_no_error_quotes_what_was_stored(store: Store) -> None:
    with store.writing() as db:
        begin(db, "4111-1111")
    with pytest.raises(StoreError) as raised, store.writing() as db:
        begin(db, "4111-1111")
    assert "4111" not in str(raised.value)


def test_the_driver_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'pg8000'")

    monkeypatch.setattr(engine, "create_engine", missing)
    with pytest.raises(UsageError, match=r"s3-classifier\[postgresql\]"):
        open_store("postgresql://h/d")
    assert create_engine is not missing
