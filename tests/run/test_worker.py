"""What a worker sends back of an object holds no value, whatever it was told to look for."""

from __future__ import annotations

import json
import threading
import zipfile
from pathlib import Path

import pytest

from classifier import crawl
from classifier.config import Settings
from classifier.crawl import sessions
from classifier.model import ObjectResult, Reason, S3Object, Target
from classifier.run.plan import Shard
from classifier.run.worker import Worker, WorkerSpec

SSN = "-".join(("536", "22", "8726"))
MAIL = "ada.lovelace@" + "larkfield-co.com"


def scanned(path: Path, **settings: object) -> list[ObjectResult]:
    """The results of a local file or folder."""
    spec = WorkerSpec("test", Settings(**settings), None, b"k" * 16)
    target = crawl.parse_target(str(path))
    shard = Shard(0, target, None, tuple(crawl.list_local(target)))
    return list(Worker(spec).scan(shard))


@pytest.mark.parametrize(
    "detectors", ["recommended", "EMAIL_ADDRESS", "recommended,-USA_SOCIAL_SECURITY_NUMBER"]
)
def test_a_value_in_a_name_is_masked_whatever_is_selected(tmp_path: Path, detectors: str) -> None:
    (tmp_path / "persons.json").write_text(json.dumps({SSN: {"mail": MAIL}}))
    (result,) = scanned(tmp_path, detectors=detectors)
    places = {f.detector: f.occurrences[0].location.json_path or "" for f in result.findings}
    assert places["EMAIL_ADDRESS"].endswith(".mail")
    assert SSN not in repr(result)


def test_what_only_its_name_tells_is_low_in_the_code_of_tests(tmp_path: Path) -> None:
    secret = f"client_secret = '{'k7n2xkhabq557i' + '2v9tz4wq81'}'\n"
    for name in ("app/settings.py", "tests/settings.py", "tests/settings.ini"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(secret)
    with zipfile.ZipFile(tmp_path / "tests" / "app.egg", "w") as archive:
        archive.writestr("app/settings.py", secret)
    found = {result.obj.key: [f.severity.value for f in result.findings] for result in scanned(tmp_path)}
    assert found == {
        "app/settings.py": ["High"],
        "tests/app.egg": ["Low"],
        "tests/settings.ini": ["High"],
        "tests/settings.py": ["Low"],
    }


def test_bytes_are_told_while_an_object_is_read(tmp_path: Path) -> None:
    size = (5 << 20) + 7
    (tmp_path / "big.txt").write_bytes(b"x" * (size - 1) + b"\n")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "small.txt").write_bytes(b"y\n")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("a.txt", b"z" * 3_000_000)
    told: list[tuple[int, int]] = []
    target = crawl.parse_target(str(tmp_path))
    objects = tuple(crawl.list_local(target))
    with Worker(WorkerSpec("test", Settings(), None, b"k" * 16)) as worker:
        for _ in worker.scan(Shard(0, target, None, objects), lambda *more: told.append(more)):
            pass
    assert sum(count for count, _ in told) == len(objects)
    assert sum(more for _, more in told) == sum(obj.size for obj in objects)
    assert all(more >= 0 for _, more in told)
    assert len([more for count, more in told if not count and more <= 1 << 20]) >= 5


def test_a_closed_worker_keeps_no_thread_and_no_credentials(
    moto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    before = set(threading.enumerate())
    settings = Settings(endpoint_url=moto, region="us-east-1")
    with crawl.Connection(settings) as connection:
        spec = WorkerSpec("test", settings, connection.handover(), b"k" * 16)
    shard = Shard(0, Target("b-none"), None, (S3Object("b-none", "k", 1),))
    with Worker(spec) as worker:
        (result,) = worker.scan(shard)
        assert result.reason == Reason.NO_SUCH_BUCKET_AVAILABLE
        reading = set(threading.enumerate()) - before
        assert reading
        assert sessions._connect.cache_info().currsize
    for thread in reading:
        thread.join(60)
        assert not thread.is_alive()
    assert sessions._connect.cache_info().currsize == 0
