"""Fixtures of the whole suite: no AWS configuration of this machine, and the real servers."""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from hypothesis import settings
from sqlalchemy import create_engine

from tests.servers import postgresql as pg
from tests.servers import radosgw as ceph
from tests.servers.faultproxy import FaultProxy
from tests.servers.motoserver import moto_server

_numbers = itertools.count()
settings.register_profile("suite", deadline=None)  # a loaded machine is slow, not wrong
settings.register_profile("laws", deadline=None, max_examples=2_000)  # HYPOTHESIS=laws: for the bars
settings.load_profile(os.environ.get("HYPOTHESIS", "suite"))


def pytest_configure(config: pytest.Config) -> None:
    """Let all processes of a run, and the commands that they start, share what they build; nothing else does.

    Set before a worker is started: what detectors are made of is read where test modules are imported.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="s3-classifier-tests-")
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
    if (
        sys.dont_write_bytecode
    ):  # whoever wants none beside the sources need not wait for the compiler each time
        del os.environ["PYTHONDONTWRITEBYTECODE"]
        os.environ["PYTHONPYCACHEPREFIX"] = f"{folder}/bytecode"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "radosgw" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.radosgw)


@pytest.fixture(autouse=True)
def _no_aws_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide the credentials and settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "S3_CLASSIFIER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "no-aws-config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-aws-credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "no-state"))


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """Let all AWS sessions share their parsed service descriptions, most of the cost of a client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


@pytest.fixture(scope="session")
def radosgw(tmp_path_factory: pytest.TempPathFactory) -> ceph.Radosgw:
    """A Ceph object gateway, one for all workers of a run; it ends with the run."""
    lacking = ceph.missing()
    if lacking:
        reason = f"radosgw: {', '.join(lacking)} not installed; run tests/servers/install.sh"
        if os.environ.get("REQUIRE_S3_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    shared, owner = (base.parent, os.getppid()) if in_worker else (base, os.getpid())
    running = shared / "radosgw.json"
    with (shared / "radosgw.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if running.exists() and (known := ceph.Radosgw.load(running)).answers():
            return known
        gateway = ceph.start(owner)
        gateway.save(running)
        return gateway


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a PostgreSQL server without a database's name, one for all workers of a run."""
    if pg.binaries() is None:
        reason = "PostgreSQL is not installed; run tests/servers/install.sh"
        if os.environ.get("REQUIRE_S3_SERVERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    in_worker = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    shared, owner = (base.parent, os.getppid()) if in_worker else (base, os.getpid())
    running = shared / "postgresql.url"
    with (shared / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not running.exists():
            running.write_text(pg.start(owner))
        return running.read_text()


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


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a moto server, which forgets nothing between tests: use bucket names of your own."""
    with moto_server() as address:
        yield address


@pytest.fixture
def moto_faults(moto: str) -> Iterator[FaultProxy]:
    """A fault proxy in front of moto."""
    with FaultProxy(moto) as proxy:
        yield proxy


@pytest.fixture
def radosgw_faults(radosgw: ceph.Radosgw) -> Iterator[FaultProxy]:
    """A fault proxy in front of the Ceph object gateway."""
    with FaultProxy(radosgw.endpoint) as proxy:
        yield proxy
