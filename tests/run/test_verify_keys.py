"""`scan --verify-keys`: said loudly, each pair once, nothing leaks, and nothing is sent without it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from classifier.model import AccessKey, Verification
from classifier.run import verification
from classifier.run.verification import KeyVerification, KeyVerifier, outcome
from tests.run.command import PROGRAM, TIMEOUT, Done, environment
from tests.servers.sts import ACCOUNT, Sts, access_key, sts_server

SCHEMA = Path(__file__).resolve().parents[2] / "reports" / "schema"
WARNED = "--verify-keys: every AWS key pair found"
KEY = b"k" * 16
DETECTORS = "AWS_ACCESS_KEY_ID,AWS_CREDENTIALS,AWS_CREDENTIAL_PAIR"


@pytest.fixture
def sts() -> Iterator[Sts]:
    with sts_server() as server:
        yield server


@dataclass
class Place:
    """A folder to scan, and the home of whoever scans it."""

    base: Path
    home: Path

    @property
    def data(self) -> Path:
        return self.base / "data"

    def put(self, name: str, *keys: AccessKey) -> None:
        self.data.mkdir(exist_ok=True)
        text = "".join(f"aws_access_key_id={k.id}\naws_secret_access_key={k.secret}\n\n" for k in keys)
        (self.data / name).write_text(text)

    def scan(self, *args: str, **variables: str) -> Done:
        """Run the command; all that it may write is below `base` and `home`."""
        (self.home / "tmp").mkdir(exist_ok=True)
        homes = {
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
        }
        done = subprocess.run(
            [*PROGRAM, "scan", str(self.data), "--output", "run", "--detectors", DETECTORS, *args],
            env=environment(None, **homes, **variables),
            cwd=self.base, capture_output=True, text=True, timeout=TIMEOUT,
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr, self.base / "run")

    def leaks(self, done: Done, *keys: AccessKey) -> list[str]:
        """Where a key is to be seen outside of the scanned folder."""
        shown = {"out": done.out.encode(), "err": done.err.encode()}
        for folder in (self.base / "run", self.home):
            for path in folder.rglob("*"):
                shown[str(path)] = path.read_bytes() if path.is_file() else b""
        for line in done.lines("objects.jsonl.gz"):
            shown[line["key"]] = json.dumps(line).encode()
        values = [value.encode() for key in keys for value in (key.id, key.secret)]
        return [where for where, data in shown.items() if any(value in data for value in values)]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def place(tmp_path: Path, home: Path) -> Place:
    return Place(tmp_path, home)


def pairs(done: Done) -> dict[str, dict[str, Any]]:
    """The findings of key pairs, by key."""
    return {f["key"]: f for f in done.lines("findings.jsonl") if f["detector"] == "AWS_CREDENTIAL_PAIR"}


def verified(finding: dict[str, Any]) -> list[Any]:
    return [occurrence.get("verification") for occurrence in finding["occurrences"]]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_answers_are_in_the_findings_and_the_keys_nowhere(place: Place, sts: Sts, workers: str) -> None:
    live, gone = access_key(), access_key()
    sts.arns[live.id] = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/i-0123"
    for number in range(4):
        place.put(f"{number}.env", live)
    place.put("gone.env", gone)
    args = ("--verify-keys", "--verify-endpoint-url", sts.address, "--workers", workers)
    done = place.scan(*args, "--fail-on", "critical")
    assert done.code == 1
    assert done.err.startswith(WARNED)
    assert sts.address in done.err
    assert sorted(sts.asked_about()) == sorted([live.id, gone.id])  # each once, whoever finds it
    assert place.leaks(done, live, gone) == []
    assert all(key.secret not in sent for key in (live, gone) for sent in sts.requests)
    found = pairs(done)
    answer = {"status": "live", "account": ACCOUNT, "principal_type": "AssumedRole"}
    for number in range(4):
        record = found[f"{number}.env"]
        assert verified(record) == [answer]
        assert (record["severity"], record["confidence"], record["tier"]) == ("Critical", 1.0, "verified")
    record = found["gone.env"]
    assert verified(record) == [{"status": "rejected", "reason": "InvalidClientTokenId"}]
    assert (record["severity"], record["tier"]) == ("High", "pattern")
    schema = json.loads((SCHEMA / "findings.json").read_text("utf-8"))
    for line in done.lines("findings.jsonl"):
        jsonschema.validate(line, schema)
    summary = json.loads((done.folder / "summary.json").read_bytes())
    assert summary["notes"] == ["AWS key pairs put to AWS STS: 1 live, 1 rejected, 0 unknown."]
    assert summary["settings"]["verify_keys"] is True
    assert list((place.home / "tmp").iterdir()) == []


def test_moto_takes_any_key_for_live(place: Place, moto: str) -> None:
    place.put("a.env", access_key())
    done = place.scan("--verify-keys", "--verify-endpoint-url", moto)
    answer = {"status": "live", "account": "123456789012", "principal_type": "User"}
    assert verified(pairs(done)["a.env"]) == [answer]


def test_without_the_option_nothing_is_sent(place: Place, sts: Sts) -> None:
    place.put("a.env", access_key())
    anywhere = {
        "AWS_ENDPOINT_URL": sts.address,
        "AWS_ENDPOINT_URL_STS": sts.address,
        "HTTP_PROXY": sts.address,
        "HTTPS_PROXY": sts.address,
    }
    done = place.scan(**anywhere)
    assert done.code == 0
    assert WARNED not in done.err
    assert verified(pairs(done)["a.env"]) == [None]
    assert sts.requests == []


def test_with_the_option_the_environment_leads_nowhere_else(place: Place, sts: Sts) -> None:
    key = access_key()
    place.put("a.env", key)
    with sts_server() as other:
        place.scan("--verify-keys", "--verify-endpoint-url", sts.address, AWS_ENDPOINT_URL_STS=other.address)
        assert other.requests == []
    assert sts.asked_about() == [key.id]


def test_no_answer_is_unknown_and_changes_nothing_else(place: Place) -> None:
    key = access_key()
    place.put("a.env", key)
    before = place.scan("--fail-on", "critical")
    done = place.scan(
        "--verify-keys", "--verify-endpoint-url", "http://127.0.0.1:9", "--fail-on", "critical", "--quiet"
    )
    assert done.code == before.code == 0
    assert WARNED in done.err  # however quiet
    assert place.leaks(done, key) == []
    (record,) = pairs(done).values()
    assert verified(record) == [{"status": "unknown", "reason": "EndpointConnectionError"}]
    assert record["severity"] == "High"


@pytest.mark.parametrize("source", ["file", "environment"])
def test_it_is_a_setting_too_and_its_endpoint_is_not(place: Place, sts: Sts, source: str) -> None:
    key = access_key()
    place.put("a.env", key)
    variables = {}
    if source == "file":
        (place.base / "s3-classifier.toml").write_text("verify_keys = true\n")
    else:
        variables["S3_CLASSIFIER_VERIFY_KEYS"] = "true"
    done = place.scan("--verify-endpoint-url", sts.address, **variables)
    assert done.err.startswith(WARNED)
    assert sts.asked_about() == [key.id]
    if source == "file":
        (place.base / "s3-classifier.toml").write_text(f'verify_endpoint_url = "{sts.address}"\n')
    else:
        variables["S3_CLASSIFIER_VERIFY_ENDPOINT_URL"] = sts.address
    assert place.scan("--verify-keys", **variables).code == 2


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--verify-endpoint-url", "http://127.0.0.1:9"), "is nothing without --verify-keys"),
        (("--verify-keys", "--verify-endpoint-url", "127.0.0.1:9"), "is like https://HOST:PORT"),
        (("--verify-keys", "--verify-endpoint-url", "http://u:p@127.0.0.1:9"), "without user name"),
        (("--verify-keys", "--detectors", "recommended,-AWS_CREDENTIAL_PAIR"), "needs the detector"),
    ],
    ids=["endpoint alone", "no URL", "credentials in it", "no pairs"],
)
def test_wrong_usage(place: Place, args: tuple[str, ...], why: str) -> None:
    place.put("a.env")
    done = place.scan(*args)
    assert done.code == 2
    assert why in done.err
    assert WARNED not in done.err


@pytest.fixture
def spec(tmp_path: Path) -> KeyVerification:
    (tmp_path / "ledger").touch()
    return KeyVerification(tmp_path / "ledger", "us-east-1")


def counting(answer: Verification) -> tuple[list[str], Callable[..., Verification]]:
    """Somebody to ask, and the ids asked about."""
    ids: list[str] = []

    def ask(key: AccessKey, region: str, endpoint_url: str | None) -> Verification:
        ids.append(key.id)
        return answer

    return ids, ask


def test_workers_share_what_was_answered(spec: KeyVerification) -> None:
    key = access_key()
    nobody = Verification("rejected", "InvalidClientTokenId")
    ids, ask = counting(nobody)
    workers = [KeyVerifier(spec, KEY, ask) for _ in range(3)]
    assert [worker(key) for worker in workers * 2] == [nobody] * 6
    assert ids == [key.id]
    data = spec.ledger.read_bytes()
    assert all(value.encode() not in data for value in (key.id, key.secret))


def test_workers_at_the_same_time_ask_once(spec: KeyVerification) -> None:
    keys = [access_key() for _ in range(5)]
    asked: list[str] = []
    start, another = threading.Barrier(8), threading.Barrier(2)

    def ask(key: AccessKey, region: str, endpoint_url: str | None) -> Verification:
        asked.append(key.id)
        with suppress(threading.BrokenBarrierError):  # nobody else comes to ask meanwhile
            another.wait(0.05)
        another.reset()
        return Verification("live", account=ACCOUNT)

    def work(verifier: KeyVerifier) -> list[str]:
        start.wait()
        return [verifier(key).status for key in keys]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(work, [KeyVerifier(spec, KEY, ask) for _ in range(8)]))
    assert answers == [["live"] * 5] * 8
    assert sorted(asked) == sorted(key.id for key in keys)


def test_a_pair_is_its_id_its_secret_and_its_token(spec: KeyVerification) -> None:
    one, other = access_key(), access_key()
    ids, ask = counting(Verification("rejected", "SignatureDoesNotMatch"))
    verifier = KeyVerifier(spec, KEY, ask)
    for key in (one, AccessKey(one.id, other.secret), AccessKey(one.id, one.secret, "t")):
        verifier(key)
    assert ids == [one.id] * 3


def test_no_more_than_so_many_are_asked_about(spec: KeyVerification, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_PAIRS", 3)
    ids, ask = counting(Verification("live", account=ACCOUNT))
    workers = [KeyVerifier(spec, KEY, ask) for _ in range(2)]
    keys = [access_key() for _ in range(5)]
    answers = [workers[number % 2](key) for number, key in enumerate(keys)]
    assert ids == [key.id for key in keys[:3]]
    assert [answer.reason for answer in answers] == ["", "", "", "LimitReached", "LimitReached"]
    assert "no more than 3" in outcome(spec)


def test_nobody_is_asked_for_longer_than_so_long(
    spec: KeyVerification, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_SECONDS", 10.0)
    clock = iter(range(0, 1000, 6))  # each answer takes six seconds
    monkeypatch.setattr(verification.time, "monotonic", lambda: float(next(clock)))
    ids, ask = counting(Verification("unknown", "ConnectTimeoutError"))
    workers = [KeyVerifier(spec, KEY, ask) for _ in range(2)]
    answers = [workers[number % 2](access_key()) for number in range(4)]
    assert len(ids) == 2
    assert [answer.reason for answer in answers] == ["ConnectTimeoutError"] * 2 + ["LimitReached"] * 2


def test_without_a_ledger_nobody_is_asked(spec: KeyVerification) -> None:
    spec.ledger.unlink()
    ids, ask = counting(Verification("live", account=ACCOUNT))
    assert KeyVerifier(spec, KEY, ask)(access_key()) == Verification("unknown", "FileNotFoundError")
    assert ids == []
