"""`check` on real servers: what a change would expose of planted content, and the exit codes."""

from __future__ import annotations

import io
import json
import secrets
import string
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from jsonschema import Draft202012Validator

from classifier.cli import main
from classifier.shipped import shipped
from tests.run.command import Done, environment, scan
from tests.servers.faultproxy import FaultProxy
from tests.servers.radosgw import Radosgw

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SECRET, CLEAN = "secrets/prod.env", "public/readme.txt"
ON = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def credentials() -> bytes:
    """An access key with its secret, made up now."""
    key = "AKIA" + "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(16))
    secret = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(40))
    return f"aws_access_key_id={key}\naws_secret_access_key={secret}\n".encode()


@pytest.fixture(scope="module")
def client(radosgw: Radosgw) -> S3Client:
    return boto3.client(
        "s3",
        endpoint_url=radosgw.endpoint,
        region_name="us-east-1",
        aws_access_key_id=radosgw.alice.access_key,
        aws_secret_access_key=radosgw.alice.secret_key,
        config=Config(s3={"addressing_style": "path"}),
    )


@pytest.fixture(scope="module")
def bucket(client: S3Client) -> str:
    """A private bucket with a planted key and a clean file."""
    name = f"check-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key=SECRET, Body=credentials())
    client.put_object(Bucket=name, Key=CLEAN, Body=b"nothing to see here\n")
    return name


def opened(bucket: str, prefix: str = "", **changes: Any) -> str:
    statement = {
        "Sid": "Open",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/{prefix}*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement | changes]})


@contextmanager
def in_force(client: S3Client, bucket: str, policy: str) -> Iterator[None]:
    client.put_bucket_policy(Bucket=bucket, Policy=policy)
    try:
        yield
    finally:
        client.delete_bucket_policy(Bucket=bucket)


class Check:
    """Runs the command in this process, in a folder of its own."""

    def __init__(self, radosgw: Radosgw, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.endpoint = radosgw.endpoint
        self._patch = monkeypatch
        monkeypatch.chdir(folder)
        for name, value in environment(radosgw.alice).items():
            monkeypatch.setenv(name, value)

    def __call__(self, *args: str, policy: str | None = None) -> Done:
        if policy is not None:
            (self.folder / "policy.json").write_text(policy)
            args = (*args, "--policy", "policy.json")
        self._patch.setattr(sys, "argv", ["s3-classifier", "check", "--endpoint-url", self.endpoint, *args])
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Done(ended.value.code, out.getvalue(), err.getvalue(), self.folder)

    def json(self, *args: str, policy: str | None = None) -> dict[str, Any]:
        done = self(*args, "--format", "json", policy=policy)
        record: dict[str, Any] = json.loads(done.out)
        schema = json.loads((shipped("reports/schema") / "check.schema.json").read_text("utf-8"))
        Draft202012Validator(schema).validate(record)
        assert record["exit_code"] == done.code
        return record


@pytest.fixture
def check(radosgw: Radosgw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Check:
    return Check(radosgw, tmp_path, monkeypatch)


@pytest.fixture
def scanned(radosgw: Radosgw, check: Check, bucket: str) -> Callable[..., Path]:
    """Scans the bucket (or a prefix of it) into a run folder under reports/."""

    def run(name: str = "one", prefix: str = "", *args: str) -> Path:
        folder = check.folder / "reports" / name
        folder.parent.mkdir(exist_ok=True)
        target = f"s3://{bucket}/{prefix}"
        done = scan(folder, target, *args, endpoint=radosgw.endpoint, user=radosgw.alice)
        assert done.code in (0, 3), done.err
        return folder

    return run


def test_a_public_policy_exposes_the_planted_key(check: Check, bucket: str) -> None:
    done = check(f"s3://{bucket}", policy=opened(bucket))
    assert done.code == 1
    assert "EXPOSES 1 object with sensitive data" in done.out
    assert SECRET in done.out
    assert CLEAN not in done.out
    assert 'can read it through statement 0 ("Open") of the bucket policy' in done.out
    assert "Anyone on the Internet, without credentials," in done.out


def test_the_record(check: Check, bucket: str) -> None:
    record = check.json(f"s3://{bucket}", policy=opened(bucket))
    (found,) = record["objects"]
    assert (found["key"], found["state"], found["severity"]) == (SECRET, "opened", "High")
    assert {way["principal"] for way in found["reached_by"]} == {"anonymous", "any_aws"}
    assert all(way["because"]["statement"] == 0 for way in found["reached_by"])
    assert found["risk"]["proposed"] > found["risk"]["present"]
    assert (record["change"], record["totals"]["opened"]) == (["Policy"], 1)
    assert record["content"]["source"] == "sample"
    assert (record["content"]["objects"], record["content"]["read"], record["content"]["whole"]) == (
        2,
        2,
        True,
    )


@pytest.mark.parametrize(
    ("prefix", "changes"),
    [
        ("public/", {}),
        ("", {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
        ("", {"Effect": "Deny"}),
    ],
    ids=["another-prefix", "one-network", "deny"],
)
def test_a_policy_that_does_not_reach_it_is_clean(
    check: Check, bucket: str, prefix: str, changes: dict[str, Any]
) -> None:
    done = check(f"s3://{bucket}", policy=opened(bucket, prefix, **changes))
    assert (done.code, "no sensitive data is exposed" in done.out) == (0, True)


def test_a_deny_takes_the_key_out(check: Check, bucket: str) -> None:
    document = json.loads(opened(bucket))
    document["Statement"].append(
        document["Statement"][0] | {"Effect": "Deny", "Resource": f"arn:aws:s3:::{bucket}/secrets/*"}
    )
    record = check.json(f"s3://{bucket}", policy=json.dumps(document))
    assert (record["exit_code"], record["content"]["objects"]) == (0, 1)


def test_the_prefix_of_the_target_limits_the_check(check: Check, bucket: str) -> None:
    assert check(f"s3://{bucket}/public/", policy=opened(bucket)).code == 0
    assert check(f"s3://{bucket}/secrets/", policy=opened(bucket)).code == 1


@pytest.mark.parametrize(
    ("acl", "code", "says"),
    [
        ("private", 0, "no sensitive data"),
        ("public-read", 0, "could list the keys of 1 sensitive object, but not read them"),
        ("public-read-write", 1, "can write it through the bucket's ACL (WRITE to AllUsers)"),
    ],
)
def test_canned_acls(check: Check, bucket: str, acl: str, code: int, says: str) -> None:
    done = check(f"s3://{bucket}", "--acl", acl)
    assert (done.code, says in done.out) == (code, True), done.out


def test_a_named_account_is_an_outsider_unless_it_is_known(check: Check, moto: str) -> None:
    name = f"check-{secrets.token_hex(4)}"
    server = boto3.client("s3", endpoint_url=moto, region_name="us-east-1")
    server.create_bucket(Bucket=name)
    server.put_object(Bucket=name, Key=SECRET, Body=credentials())
    server.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    check.endpoint = moto
    policy = opened(name, Principal={"AWS": "arn:aws:iam::444455556666:root"})
    done = check(f"s3://{name}", policy=policy)
    assert (done.code, "AWS account 444455556666 can read it" in done.out) == (1, True), done.out
    (check.folder / "s3-classifier.toml").write_text('known_accounts = ["444455556666"]\n')
    assert check(f"s3://{name}", policy=policy).code == 0


def test_a_confused_deputy_exposes(check: Check, bucket: str) -> None:
    done = check(f"s3://{bucket}", policy=opened(bucket, Principal={"Service": "cloudfront.amazonaws.com"}))
    assert (done.code, "on behalf of anybody can read it" in done.out) == (1, True), done.out


def test_as_it_is_and_what_would_close_it(check: Check, client: S3Client, bucket: str) -> None:
    assert check(f"s3://{bucket}").code == 0
    (check.folder / "block.json").write_text(json.dumps(dict.fromkeys(ON, True)))
    with in_force(client, bucket, opened(bucket)):
        done = check(f"s3://{bucket}")
        assert (done.code, "Reachable by outsiders already, and still: 1 object" in done.out) == (1, True)
        for change in (["--policy", "none"], ["--public-access-block", "block.json"]):
            record = check.json(f"s3://{bucket}", *change)
            assert record["exit_code"] == 0
            assert [(item["key"], item["state"]) for item in record["objects"]] == [(SECRET, "closed")]


def test_what_s3_would_refuse_is_a_usage_error(check: Check, client: S3Client, bucket: str) -> None:
    (check.folder / "block.json").write_text(json.dumps(dict.fromkeys(ON, True)))
    done = check(f"s3://{bucket}", "--public-access-block", "block.json", policy=opened(bucket))
    assert (done.code, "BlockPublicPolicy is on (bucket)" in done.err) == (2, True)
    done = check(f"s3://{bucket}", "--public-access-block", "block.json", "--acl", "public-read")
    assert (done.code, "BlockPublicAcls is on (bucket)" in done.err) == (2, True)
    done = check(f"s3://{bucket}", policy=opened(bucket, Effect="Perhaps"))
    assert (done.code, "statement 0: Effect" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["--policy", "nowhere.json"], 2, "nowhere.json"),
        (["--findings", "nowhere"], 2, "nowhere"),
        (["--findings", "x", "--fresh"], 2, "give one"),
        (["--format", "pdf"], 2, "text and json"),
        (["--sample", "0"], 2, "--sample"),
        (["--public-access-block", "broken.json"], 2, "not JSON"),
    ],
)
def test_usage(check: Check, bucket: str, args: list[str], code: int, says: str) -> None:
    (check.folder / "broken.json").write_text("{")
    done = check(f"s3://{bucket}", *args)
    assert (done.code, says in done.err) == (code, True), done.err


def test_no_such_bucket(check: Check) -> None:
    done = check("s3://there-is-no-such-bucket")
    assert (done.code, "there-is-no-such-bucket" in done.err) == (4, True)


def test_findings_of_the_newest_run_are_used(check: Check, bucket: str, scanned: Callable[..., Path]) -> None:
    scanned("older", "public/")
    folder = scanned("newer")
    (check.folder / "reports" / "cut-short").mkdir()
    (check.folder / "reports" / "cut-short" / "summary.json").write_text("{")
    run = json.loads((folder / "summary.json").read_text())
    record = check.json(f"s3://{bucket}", policy=opened(bucket))
    content = record["content"]
    assert (content["source"], content["run_id"], content["objects"]) == ("run", run["run_id"], 2)
    assert (content["read"], content["sensitive_objects"], content["whole"]) == (2, 1, True)
    assert [item["key"] for item in record["objects"]] == [SECRET]
    done = check(f"s3://{bucket}", policy=opened(bucket))
    assert f"from run {run['run_id']}" in done.out
    assert "old), which read 2 of 2 objects" in done.out


def test_a_run_that_did_not_list_it_all_cannot_tell(
    check: Check, bucket: str, scanned: Callable[..., Path]
) -> None:
    scanned("part", "public/")
    done = check(f"s3://{bucket}", "--findings", "part", policy=opened(bucket))
    assert (done.code, "CANNOT TELL" in done.out) == (3, True)
    assert check(f"s3://{bucket}", "--findings", "part", policy=opened(bucket, "public/")).code == 0
    assert check(f"s3://{bucket}", "--fresh", policy=opened(bucket)).code == 1


def test_a_run_of_another_bucket_is_refused(check: Check, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("nothing\n")
    assert scan(tmp_path / "local", str(tmp_path / "data")).code == 0
    done = check(f"s3://{bucket}", "--findings", str(tmp_path / "local"), policy=opened(bucket))
    assert (done.code, "has not scanned the bucket" in done.err) == (2, True)


@pytest.mark.parametrize("name", ["summary.json", "findings.jsonl", "objects.jsonl.gz"])
def test_a_broken_run_folder(check: Check, bucket: str, scanned: Callable[..., Path], name: str) -> None:
    (scanned("torn") / name).write_bytes(b"\x1f\x8b torn")
    done = check(f"s3://{bucket}", "--findings", "torn", policy=opened(bucket))
    assert (done.code, "cannot be read as a run folder" in done.err) == (2, True), done.err


def test_what_a_run_could_not_read_counts_where_it_would_be_reached(
    check: Check, radosgw: Radosgw, client: S3Client
) -> None:
    name = f"check-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="big.txt", Body=b"word " * 40_000)
    client.put_object(Bucket=name, Key="small/a.txt", Body=b"word\n")
    folder = check.folder / "reports" / "capped"
    folder.parent.mkdir()
    arguments = (f"s3://{name}", "--max-object-bytes", "70000")
    assert scan(folder, *arguments, endpoint=radosgw.endpoint, user=radosgw.alice).code == 3
    record = check.json(f"s3://{name}", policy=opened(name))
    assert (record["exit_code"], record["content"]["unread_reachable"]) == (3, 1)
    assert check(f"s3://{name}", policy=opened(name, "small/")).code == 0


def test_a_sample_says_that_it_is_one(check: Check, client: S3Client) -> None:
    name = f"check-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    for number in range(8):
        client.put_object(Bucket=name, Key=f"{number}.txt", Body=b"nothing\n")
    done = check(f"s3://{name}", "--sample", "3", policy=opened(name))
    assert (done.code, "a sample: 3 objects of 8" in done.out) == (3, True), done.out
    assert check(f"s3://{name}", "--sample", "8", policy=opened(name)).code == 0


def test_many_objects_are_counted_and_the_worst_listed(check: Check, client: S3Client) -> None:
    name = f"check-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    for number in range(5):
        client.put_object(Bucket=name, Key=f"{number}.env", Body=credentials())
    record = check.json(f"s3://{name}", "--most", "2", policy=opened(name))
    assert (record["totals"]["opened"], len(record["objects"]), record["objects_omitted"]) == (5, 2, 3)
    assert "and 3 more" in check(f"s3://{name}", "--most", "2", policy=opened(name)).out


def test_a_denied_acl_leaves_it_unknown(check: Check, bucket: str, radosgw_faults: FaultProxy) -> None:
    radosgw_faults.fail(r"\?acl", "error", status=403, code="AccessDenied")
    check.endpoint = radosgw_faults.url
    done = check(f"s3://{bucket}", policy=opened(bucket, "public/"))
    assert (done.code, "s3:GetBucketAcl would tell" in done.out) == (3, True), done.out
    assert check(f"s3://{bucket}", policy=opened(bucket)).code == 1


def test_no_value_is_shown(check: Check, client: S3Client) -> None:
    name = f"check-{secrets.token_hex(4)}"
    body = credentials()
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="k.env", Body=body)
    done = check(f"s3://{name}", policy=opened(name))
    values = [line.partition("=")[2] for line in body.decode().splitlines()]
    assert not any(value in done.out + done.err for value in values)


def test_hostile_keys_do_not_drive_the_terminal(check: Check, client: S3Client) -> None:
    name = f"check-{secrets.token_hex(4)}"
    client.create_bucket(Bucket=name)
    client.put_object(Bucket=name, Key="\x1b[2J\u202e.env", Body=credentials())
    done = check(f"s3://{name}", policy=opened(name))
    assert "\\x1b[2J\\u202e.env" in done.out
    assert "\x1b" not in done.out
