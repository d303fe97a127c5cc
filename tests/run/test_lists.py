"""Allow lists and custom identifiers in a scan: from files and buckets, counted, told when not there."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import boto3
import pytest

from classifier import run
from classifier.config import Settings
from classifier.errors import AccessFailure, PackError, UsageError
from classifier.run import lists
from tests.run.command import SOMEBODY, Done, scan
from tests.servers.faultproxy import FaultProxy

BUCKET = "b-lists"
HERE = {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}  # the program, from another folder
NOTHING = lambda: pytest.fail("nothing is in a bucket")  # noqa: E731
IDENTIFIER = {
    "name": "Larkfield staff ID",
    "regex": "[FP]-\\d{8}",
    "keywords": ["staff", "employee"],
    "severityLevels": [{"occurrencesThreshold": 2, "severity": "HIGH"}],
}
ID = "LARKFIELD_STAFF_ID"
TEXT = "staff F-12345678\nemployee P-11111111\nemployee P-22222222\nstaff F-00000000\n"


@pytest.fixture(scope="module")
def bucket(moto: str) -> str:
    client = boto3.client(
        "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id=SOMEBODY.access_key,
        aws_secret_access_key=SOMEBODY.secret_key,
    )  # fmt: skip
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="press/list.txt", Body=b"F-12345678\n")
    client.put_object(Bucket=BUCKET, Key="words.txt", Body=b"bluefin\nred heron\n")
    return moto


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with what is scanned (data), the identifiers and the allow lists."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "staff.txt").write_text(TEXT)
    (tmp_path / "data" / "one.txt").write_text("staff F-12345670\n")
    (tmp_path / "cdi.json").write_text(json.dumps(IDENTIFIER))
    (tmp_path / "allow.json").write_text(
        json.dumps(
            [
                {"name": "tests", "criteria": {"regex": "F-0+"}},
                {
                    "name": "press",
                    "criteria": {"s3WordsList": {"bucketName": BUCKET, "objectKey": "press/list.txt"}},
                },
            ]
        )
    )
    return tmp_path


def go(folder: Path, *args: str, endpoint: str = "") -> Done:
    return scan(
        folder / "run", "data", "--pack", "cdi.json", "--detectors", "Larkfield staff id", *args,
        endpoint=endpoint, user=SOMEBODY, cwd=folder, more=HERE,
    )  # fmt: skip


def counted(done: Done) -> tuple[dict[str, int], int]:
    return done.found(ID), done.summary()["totals"]["allow_listed"]


def test_without_an_allow_list_all_are_reported_from_the_threshold_on(folder: Path) -> None:
    done = go(folder)
    assert counted(done) == ({"staff.txt": 4}, 0)  # one.txt has one, and Macie's threshold is 2
    (finding,) = done.lines("findings.jsonl")
    assert (finding["severity"], finding["category"]) == ("High", "CUSTOM_IDENTIFIER")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_macies_lists_are_applied_and_counted(folder: Path, bucket: str, workers: str) -> None:
    done = go(folder, "--allow-list", "allow.json", "--workers", workers, endpoint=bucket)
    assert (done.code, counted(done)) == (0, ({"staff.txt": 2}, 2))
    assert done.summary()["totals"]["allow_listed_by_detector"] == {ID: 2}
    assert done.objects()["staff.txt"]["allow_listed"] == {ID: 2}
    assert "2 matches on allow lists not reported." in done.out
    shown = (
        done.out
        + done.err
        + "".join(p.read_text("latin-1") for p in done.folder.iterdir() if p.suffix != ".gz")
    )
    assert "F-12345678" not in shown


def test_a_list_that_is_not_there_stops_the_run(folder: Path, bucket: str) -> None:
    done = go(folder, "--allow-list", "missing.txt")
    assert done.code == 2
    assert (
        "missing.txt: the list cannot be read: No such file or directory; --allow-list-optional" in done.err
    )
    done = go(folder, "--allow-list", f"s3://{BUCKET}/missing.txt", endpoint=bucket)
    assert done.code == 4
    assert (
        f"s3://{BUCKET}/missing.txt: there is no such object (NoSuchKey); --allow-list-optional" in done.err
    )
    done = go(folder, "--allow-list", "s3://b-no-lists/a.txt", endpoint=bucket)
    assert done.code == 4
    assert "s3://b-no-lists/a.txt: the list cannot be read: s3://b-no-lists: s3:ListBucket failed" in done.err
    assert not done.folder.exists()


def test_unless_it_is_optional_which_the_summary_says(folder: Path, bucket: str) -> None:
    done = go(folder, "--allow-list", "missing.txt", "--allow-list-optional")
    assert (done.code, counted(done)) == (0, ({"staff.txt": 4}, 0))
    (note,) = done.summary()["notes"]
    assert note.startswith("Allow list missing.txt was not used: ")


def test_a_list_that_is_wrong_stops_the_run_all_the_same(folder: Path) -> None:
    (folder / "allow.yaml").write_text(
        "allow_list: a\nentries: [{values: [F-12345678], detectors: [LARKFIELD_STAF]}]"
    )
    done = go(folder, "--allow-list", "allow.yaml", "--allow-list-optional")
    assert done.code == 2
    assert "allow.yaml:2: there is no detector 'LARKFIELD_STAF'; did you mean LARKFIELD_STAFF_ID" in done.err
    assert "F-12345678" not in done.err


def test_a_denied_list_is_told(folder: Path, bucket: str, moto_faults: FaultProxy) -> None:
    moto_faults.fail("/press/list.txt", "error", status=403, code="AccessDenied")
    done = go(folder, "--allow-list", "allow.json", endpoint=moto_faults.url)
    assert done.code == 4
    assert (
        f"s3://{BUCKET}/press/list.txt: the list cannot be read: s3:GetObject failed with AccessDenied"
        in done.err
    )


PACK = f"""
pack: larkfield
detectors:
  - id: CODE_NAME
    title: Code name
    category: CUSTOM_IDENTIFIER
    tier: pattern
    severity: [Low, Low, Medium]
    sensitivity: 0.3
    listed: {{words: 's3://{BUCKET}/words.txt'}}
    confidence: {{bare: 0.8}}
    source: https://handbook.larkfield.example/projects
    remediation: Take the name out.
    examples: {{positive: ["about Red Heron"], negative: ["about herons"]}}
"""


def test_a_dictionary_may_be_in_a_bucket(folder: Path, bucket: str) -> None:
    (folder / "pack.yaml").write_text(PACK)
    (folder / "data" / "plan.txt").write_text("Project BLUEFIN, then red heron")
    done = scan(
        folder / "run", "data", "--pack", "pack.yaml", "--detectors", "CODE_NAME",
        endpoint=bucket, user=SOMEBODY, cwd=folder, more=HERE,
    )  # fmt: skip
    assert done.found("CODE_NAME") == {"plan.txt": 2}


def test_a_list_that_changes_meanwhile_is_told(folder: Path) -> None:
    (folder / "list.txt").write_text("F-12345678\n")
    settings = Settings(allow_lists=(str(folder / "list.txt"),), detectors="EMAIL_ADDRESS")
    spec, notes = lists.prepare(settings, NOTHING)
    assert notes == []
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert "F-1234" not in repr(spec)
    (folder / "list.txt").write_text("F-12345679\n")
    lists._opened.clear()
    with pytest.raises(AccessFailure, match="has changed while the scan ran"):
        lists.opened(spec, settings, None)


def test_the_content_hash_follows_what_decides(folder: Path) -> None:
    def of(**more: Any) -> str:
        settings = Settings(detectors="EMAIL_ADDRESS", **more)
        spec, _ = lists.prepare(settings, NOTHING)
        return run.content_hash(settings, spec)

    first = of()
    assert first == of(max_occurrences=3, workers=2, region="eu-west-1")
    (folder / "list.txt").write_text("F-12345678\n")
    listed = of(allow_lists=(str(folder / "list.txt"),))
    (folder / "other").mkdir()
    (folder / "other" / "list.txt").write_text("F-12345678\n")
    assert listed == of(allow_lists=(str(folder / "other" / "list.txt"),))
    (folder / "list.txt").write_text("F-12345679\n")
    everything = {first, listed, of(allow_lists=(str(folder / "list.txt"),)), of(max_object_bytes=10)}
    assert len(everything) == 4
    assert run.content_hash(Settings(detectors="EMAIL_ADDRESS,JWT_UNVERIFIED")) != first


@pytest.mark.parametrize(
    ("source", "error"), [("s3://", UsageError), ("s3://bucket", UsageError), ("nowhere.txt", UsageError)]
)
def test_what_is_no_place_of_a_list_is_told(source: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        lists.prepare(Settings(allow_lists=(source,), detectors="EMAIL_ADDRESS"), NOTHING)


def test_a_mistake_in_identifiers_is_told_with_its_place(folder: Path) -> None:
    (folder / "cdi.json").write_text(json.dumps(IDENTIFIER | {"regex": "ab(?=c)"}, indent=2))
    with pytest.raises(PackError, match=r"cdi\.json:3: regex: character 3: a look-ahead"):
        run.detector_rows("all", (folder / "cdi.json",))
