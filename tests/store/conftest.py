"""Each test of the store runs on SQLite and on PostgreSQL, each time in a database of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from classifier.store import Store, open_store

_numbers = itertools.count()


@pytest.fixture(scope="session")
def new_database(postgresql: str) -> Iterator[Callable[[], str]]:
    """Makes a PostgreSQL database and returns its URL."""
    server = postgresql.replace("postgresql://", "postgresql+pg8000://")
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")

    def make() -> str:
        name = f"store_{os.getpid()}_{next(_numbers)}"
        with engine.connect() as db:
            db.exec_driver_sql(f"CREATE DATABASE {name}")
        return f"{postgresql}/{name}"

    yield make
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database that does not hold a store yet."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    made: str = request.getfixturevalue("new_database")()
    return made


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with open_store(address) as opened:
        yield opened
