"""Many accounts in one run, on moto: a role assumed in each, one report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from classifier import config, run
from classifier.crawl import sessions
from classifier.errors import AccessFailure, UsageError
from tests.run.command import Done
from tests.servers.motoserver import moto_server

SSN = "-".join(("536", "22", "8726"))
OWN, ROLE = "123456789012", "security/s3-classifier"  # moto's own account
OTHERS = ("111122223333", "444455556666")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("S3_CLASSIFIER_FINGERPRINT_KEY", "5a" * 32)


def client(server: str, service: str, account: str = OWN) -> Any:
    """A client in an account, as its role where it is not moto's own."""
    given: dict[str, str] = {}
    if account != OWN:
        arn = f"arn:aws:iam::{account}:role/{ROLE}"
        answer = boto3.client("sts", endpoint_url=server).assume_role(RoleArn=arn, RoleSessionName="setup")
        keys = answer["Credentials"]
        given = {
            "aws_access_key_id": keys["AccessKeyId"],
            "aws_secret_access_key": keys["SecretAccessKey"],
            "aws_session_token": keys["SessionToken"],
        }
    return boto3.client(service, endpoint_url=server, **given)


@pytest.fixture(scope="module")
def buckets(server: str) -> dict[str, str]:
    """A bucket of each account, with an object in it."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test" * 4)
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test" * 8)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        for account in (OWN, *OTHERS):
            s3 = client(server, "s3", account)
            name = f"of-{account}"
            s3.create_bucket(Bucket=name)
            s3.put_object(Bucket=name, Key="a.txt", Body=f"SSN {SSN}".encode())
            found[account] = name
    return found


def scanned(server: str, folder: Path, **flags: Any) -> tuple[Done, Any]:
    given = {name: flags.pop(name) for name in ("targets", "all_buckets", "resume") if name in flags}
    settings = config.load(
        {
            "endpoint_url": server,
            "output": str(folder),
            "detectors": "USA_SOCIAL_SECURITY_NUMBER",
            "names": False,
            "store": str(folder.parent / "store.db"),
            "account_role": ROLE,
        }
        | flags
    )
    summary = run.scan(given.pop("targets", ()), settings, console=Console(quiet=True), quiet=True, **given)
    return Done(summary.exit_code, "", "\n".join(summary.notes), folder), summary


def listed(path: Path, *accounts: str) -> str:
    path.write_text("# ours\n" + "".join(f"{account} a name\n" for account in accounts))
    return str(path)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_report_of_all_accounts(
    server: str, buckets: dict[str, str], tmp_path: Path, workers: int
) -> None:
    accounts = listed(tmp_path / "accounts.txt", OWN, *OTHERS)
    done, summary = scanned(server, tmp_path / "run", accounts=accounts, workers=workers)
    assert done.code == 0, done.err
    found = {bucket["bucket"]: bucket for bucket in done.lines("buckets.jsonl")}
    assert {name: bucket["account"] for name, bucket in found.items()} == {
        name: account for account, name in buckets.items()
    }
    assert {f["bucket"] for f in done.lines("findings.jsonl")} == set(buckets.values())
    assert all(bucket["coverage"]["complete"] == 1 for bucket in found.values())
    assert summary.coverage.objects == 3


def test_what_is_read_of_an_account_is_read_as_its_role(
    server: str, buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each request to a bucket is signed with a session of its own account's role."""
    asked: dict[str, set[str]] = {}
    read = run.scan.__globals__["crawl"].read_posture

    def posture(connection: sessions.Connection, bucket: str) -> Any:
        asked.setdefault(bucket, set()).add(connection.settings.role_arn or "")
        return read(connection, bucket)

    within = sessions.Handover.within
    handed: set[str | None] = set()

    def note(self: sessions.Handover, role: str | None) -> sessions.Handover:
        handed.add(role)
        return within(self, role)

    monkeypatch.setattr(sessions.Handover, "within", note)
    monkeypatch.setattr("classifier.crawl.read_posture", posture, raising=False)
    accounts = listed(tmp_path / "accounts.txt", OWN, *OTHERS)
    scanned(server, tmp_path / "run", accounts=accounts, workers=1)
    roles = {account: f"arn:aws:iam::{account}:role/{ROLE}" for account in OTHERS}
    assert asked == {buckets[OWN]: {""}} | {buckets[account]: {role} for account, role in roles.items()}
    assert handed == {None, *roles.values()}


def test_an_account_that_cannot_be_reached_is_told_and_the_others_are_scanned(
    server: str, buckets: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = "999988887777"
    accounts = listed(tmp_path / "accounts.txt", *OTHERS, refused)
    real = sessions.assume_role

    def assume(source: Any, target: Any, settings: Any, **more: Any) -> None:
        if refused in settings.role_arn:  # moto lets anyone assume anything
            raise AccessFailure("the role cannot be assumed (AccessDenied)")
        real(source, target, settings, **more)

    monkeypatch.setattr(sessions, "assume_role", assume)
    done, _ = scanned(server, tmp_path / "run", accounts=accounts)
    assert done.code == 3
    assert f"account {refused}: not scanned: the role cannot be assumed" in done.err
    assert {f["bucket"] for f in done.lines("findings.jsonl")} == {buckets[a] for a in OTHERS}


def test_the_organizations_accounts(server: str, buckets: dict[str, str], tmp_path: Path) -> None:
    organizations = client(server, "organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = organizations.create_account(Email="a@example.com", AccountName="a")["CreateAccountStatus"]
    member = made["AccountId"]
    s3 = client(server, "s3", member)
    s3.create_bucket(Bucket="of-a-member")
    s3.put_object(Bucket="of-a-member", Key="a.txt", Body=f"SSN {SSN}".encode())
    done, _ = scanned(server, tmp_path / "run", accounts="organization")
    accounts = {bucket["bucket"]: bucket["account"] for bucket in done.lines("buckets.jsonl")}
    assert accounts["of-a-member"] == member
    assert accounts[buckets[OWN]] == OWN
    s3.delete_object(Bucket="of-a-member", Key="a.txt")
    s3.delete_bucket(Bucket="of-a-member")
    again, _ = scanned(server, tmp_path / "again", accounts="organization", incremental=True)
    assert "of-a-member" not in {bucket["bucket"] for bucket in again.lines("buckets.jsonl")}
    with run.opened(config.load({"store": str(tmp_path / "store.db")})) as store, store.reading() as db:
        ends = list(db.exec_driver_sql("SELECT ending FROM findings WHERE until_run IS NOT NULL"))
    assert ends == [("gone",)]


@pytest.mark.parametrize(
    "flags, said",
    [
        ({"accounts": "no-such-file"}, "cannot be read"),
        ({"accounts": "{wrong}"}, "wrong.txt:2: 12345 is no account's id"),
        ({"accounts": "{empty}"}, "no account in it"),
        ({"accounts": "{right}", "account_role": None}, "needs --account-role"),
        ({"accounts": "{right}", "account_role": "a b"}, "is no role's name"),
        ({"accounts": "{right}", "role_arn": "arn:aws:iam::1:role/x"}, "leave out --role-arn"),
        ({"accounts": "{right}", "targets": ("s3://b",)}, "name no target"),
        ({"accounts": None, "targets": ("s3://b",)}, "nothing without --accounts"),
    ],
    ids=["missing", "wrong", "empty", "no-role", "bad-role", "role-arn", "target", "role-only"],
)
def test_what_does_not_go_together(server: str, tmp_path: Path, flags: dict[str, Any], said: str) -> None:
    files = {
        "wrong": f"{OWN}\n12345\n",
        "empty": "# nothing\n",
        "right": f"{OTHERS[0]}\n",
    }
    for name, text in files.items():
        (tmp_path / f"{name}.txt").write_text(text)
    if flags["accounts"] is not None:
        places = {name: str(tmp_path / f"{name}.txt") for name in files}
        flags = flags | {"accounts": flags["accounts"].format(**places)}
    with pytest.raises(UsageError, match=said):
        scanned(server, tmp_path / "run", **flags)
    assert not (tmp_path / "run").exists()
