"""The main job on a real S3 server: what is planted is found, each object accounted for, access as it is."""

import gzip
import io
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import boto3
import pytest
from botocore.config import Config

from tests.corpus import exposures
from tests.corpus.corpus import Planted, build
from tests.servers.radosgw import Radosgw

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

OBJECTS = 2_000
BUCKET = "corpus-of-known-truth"
# Recipes whose policy takes a prefix out of what it grants.
WIDER = ("policy-not-resource-internal", "deny-internal-over-allow")
# What differs between two runs of the same thing: ids and times.
PASSING = ("run_id", "first_seen")


def s3(radosgw: Radosgw) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=radosgw.endpoint,
        region_name="us-east-1",
        aws_access_key_id=radosgw.alice.access_key,
        aws_secret_access_key=radosgw.alice.secret_key,
        config=Config(s3={"addressing_style": "path"}, max_pool_connections=32),
    )


@pytest.fixture(scope="module")
def corpus(radosgw: Radosgw) -> list[Planted]:
    objects = build(seed=2, objects=OBJECTS)
    client = s3(radosgw)
    client.create_bucket(Bucket=BUCKET)
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda o: client.put_object(Bucket=BUCKET, Key=o.key, Body=o.body), objects))
    return objects


def scan(radosgw: Radosgw, out: Path, *args: str, codes: tuple[int, ...] = (0,)) -> Path:
    """Run the command as a user would; return the run folder."""
    user = radosgw.alice
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": user.access_key,
        "AWS_SECRET_ACCESS_KEY": user.secret_key,
        "S3_CLASSIFIER_FINGERPRINT_KEY": "5a" * 32,
    }
    done = subprocess.run(
        [sys.executable, "-c", "from classifier.cli import main; main()", "scan",
         "--endpoint-url", radosgw.endpoint, "--output", str(out), *args],
        env=environment, capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode in codes, done.stdout + done.stderr
    return out


def lines(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = gzip.decompress(data) if path.suffix == ".gz" else data
    return [json.loads(line) for line in text.decode().splitlines()]


def parts(planted: Planted) -> dict[str | None, bytes]:
    """The object's parts as the report names them, decompressed."""
    if planted.key.endswith(".gz"):
        return {planted.key.rpartition("/")[2].removesuffix(".gz"): gzip.decompress(planted.body)}
    if planted.key.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(planted.body)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    return {None: planted.body}


def spans(body: bytes, value: str) -> list[tuple[int, int]]:
    """Where the value stands in a part, in whatever encoding, also as JSON escapes it."""
    found = []
    for text in (value, json.dumps(value)[1:-1]):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            found += [match.span() for match in re.finditer(re.escape(text.encode(encoding)), body)]
    return found


@pytest.fixture(scope="module")
def run(radosgw: Radosgw, corpus: list[Planted], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "one"
    return scan(
        radosgw, out, f"s3://{BUCKET}", "--max-occurrences", "0", "--detectors", "all", "--workers", "1"
    )


def test_every_planted_value_is_found_where_it_stands(corpus: list[Planted], run: Path) -> None:
    found: dict[tuple[str, str | None], list[tuple[str, int, int]]] = {}
    for finding in lines(run / "findings.jsonl"):
        for occurrence in finding["occurrences"]:
            location = occurrence["location"]
            place = (finding["key"], location.get("part"))
            found.setdefault(place, []).append(
                (finding["detector"], location["byte_start"], location["byte_end"])
            )
    missed = []
    for planted in corpus:
        bodies = parts(planted)
        for value in planted.values:
            part = value.part if value.part in bodies else next(iter(bodies))
            where = spans(bodies[part], value.value)
            assert where, (planted.key, part)
            if not any(
                detector in value.detectors and start < b and end > a
                for detector, start, end in found.get((planted.key, part), [])
                for a, b in where
            ):
                missed.append((planted.key, part, sorted(value.detectors)))
    assert missed == []


def test_each_object_is_reported_once(corpus: list[Planted], run: Path) -> None:
    records = lines(run / "objects.jsonl.gz")
    assert sorted(record["key"] for record in records) == sorted(planted.key for planted in corpus)
    assert {record["status"] for record in records} == {"COMPLETE"}
    assert {record["key"]: record["size"] for record in records} == {p.key: len(p.body) for p in corpus}


def test_no_planted_value_is_in_the_report(corpus: list[Planted], run: Path) -> None:
    report = b"".join(
        gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for path in run.iterdir()
    )
    short = 8  # a shorter value could stand there by chance
    leaked = [
        value.detectors
        for planted in corpus
        for value in planted.values
        if len(value.value) >= short and value.value.encode() in report
    ]
    assert leaked == []


def stable(path: Path) -> list[dict[str, Any]]:
    return [{k: v for k, v in record.items() if k not in PASSING} for record in lines(path)]


def test_two_runs_and_any_number_of_workers_say_the_same(radosgw: Radosgw, run: Path, tmp_path: Path) -> None:
    arguments = (f"s3://{BUCKET}", "--max-occurrences", "0", "--detectors", "all")
    again = scan(radosgw, tmp_path / "again", *arguments, "--workers", "4")
    assert stable(again / "findings.jsonl") == stable(run / "findings.jsonl")
    assert lines(again / "objects.jsonl.gz") == lines(run / "objects.jsonl.gz")


@pytest.fixture(scope="module")
def exposed(radosgw: Radosgw, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The recipes' buckets as a scan by their owner saw them."""
    client = s3(radosgw)
    for recipe in exposures.RECIPES:
        exposures.apply(client, f"exposed-{recipe.name}", recipe)
    out = tmp_path_factory.mktemp("runs") / "exposed"
    # A Deny may keep the owner's own calls out: partial.
    scan(radosgw, out, *(f"s3://exposed-{recipe.name}" for recipe in exposures.RECIPES), codes=(0, 3))
    return {record["bucket"]: record for record in lines(out / "buckets.jsonl")}


def anonymous(radosgw: Radosgw, bucket: str, key: str) -> int:
    request = urllib.request.Request(
        f"{radosgw.endpoint}/{bucket}/{quote(key)}",
        headers={"X-Forwarded-For": exposures.CLIENT_ADDRESS},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_there_are_thirty_exposures() -> None:
    assert len(exposures.RECIPES) >= 30


@pytest.mark.parametrize("recipe", exposures.RECIPES, ids=lambda recipe: recipe.name)
def test_public_readability_is_what_an_anonymous_request_gets(
    radosgw: Radosgw, exposed: dict[str, dict[str, Any]], recipe: exposures.Recipe
) -> None:
    """A grant names the prefix it reaches; what a Deny or NotResource takes out of it is not told apart."""
    bucket = f"exposed-{recipe.name}"
    readable = {key for key in exposures.KEYS if anonymous(radosgw, bucket, key) == 200}
    said = {
        key
        for key in exposures.KEYS
        for grant in exposed[bucket]["access"]["Grants"]
        if grant["principal"] == "anonymous" and grant["decision"] == "allowed" and "read" in grant["actions"]
        if (
            key == grant["prefix"]
            or (grant["because"]["kind"] == "policy" and key.startswith(grant["prefix"]))
        )
    }
    assert bool(said) == bool(readable)
    assert said >= readable
    if recipe.name not in WIDER:
        assert said == readable
