"""What goes wrong before anything is read: a clear message, the exit code of the contract, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-c", "from classifier.cli import main; main()"]


def run(*args: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    clean |= {
        "HOME": str(cwd),
        "XDG_CONFIG_HOME": str(cwd / "config"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(cwd / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(cwd / "none"),
    }
    return subprocess.run([*PROGRAM, *args], cwd=cwd, env=clean | environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["scan"], 2, "target"),
        (["scan", "s3://"], 2, "s3://"),
        (["scan", "s3://UPPER_case!"], 2, "UPPER_case!"),
        (["scan", "no-such-folder"], 2, "no-such-folder"),
        (["scan", ".", "--fail-on", "loud"], 2, "fail_on"),
        (["scan", ".", "--format", "pdf"], 2, "pdf"),
        (["scan", ".", "--format", "csv", "--output", "-"], 2, "jsonl only"),
        (["scan", ".", "--format", "jsonl,json", "--output", "-"], 2, "jsonl only"),
        (["scan", "x" * 300], 2, "File name too long"),
        (["scan", ".", "--detectors", "NO_SUCH"], 2, "NO_SUCH"),
        (["scan", ".", "--pack", "none.yaml"], 2, "none.yaml"),
        (["scan", ".", "--config", "none.toml"], 2, "none.toml"),
        (["scan", ".", "--no-such-option"], 2, "--no-such-option"),
        (["scan", "s3://some-bucket-name"], 4, "credentials"),
        (["scan", "s3://some-bucket-name", "--profile", "nobody"], 4, "nobody"),
        (["access"], 2, "access needs"),
        (["access", "--snapshot", "none.jsonl"], 2, "none.jsonl"),
        (["access", "."], 2, "bucket"),
        (["detectors", "show", "NO_SUCH"], 2, "NO_SUCH"),
        (["detectors", "show", "all"], 2, "name one detector"),
        (["detectors", "show", "recommended"], 2, "name one detector"),
        (["detectors", "show", "IBAN,PKCS"], 2, "name one detector"),
        (["detectors", "show", "--", "-IBAN"], 2, "name one detector"),
        (["demo", "--output", "-"], 2, "name a folder"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_usage_errors(tmp_path: Path, args: list[str], code: int, says: str) -> None:
    done = run(*args, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "says"),
    [("S3_CLASSIFIER_KNOWN_ACCOUNT", "S3_CLASSIFIER_KNOWN_ACCOUNT"), ("S3_CLASSIFIER_FORMATS", "pdf")],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, says: str) -> None:
    done = run("scan", ".", cwd=tmp_path, **{name: "pdf"})
    assert done.returncode == 2
    assert says in done.stderr
    assert "Value error" not in done.stderr


def test_findings_on_standard_output_are_json_lines(tmp_path: Path) -> None:
    for formats in ([], ["--format", "jsonl"]):
        done = run("scan", ".", "--output", "-", *formats, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("address", ["http://me:hush@127.0.0.1:1", "http://hush@127.0.0.1:1"])
def test_a_password_in_the_address_is_not_repeated(tmp_path: Path, address: str) -> None:
    for done in (
        run("scan", "s3://b-any", "--endpoint-url", address, cwd=tmp_path),
        run("scan", "s3://b-any", cwd=tmp_path, S3_CLASSIFIER_ENDPOINT_URL=address),
    ):
        assert done.returncode == 2
        assert "endpoint_url: must not hold a user name or password" in done.stderr
        assert "hush" not in done.stderr


@pytest.mark.parametrize("args", [["scan", "."], ["scan", "none"]], ids=["a scan", "a complaint"])
def test_nobody_reads_standard_error(tmp_path: Path, args: list[str]) -> None:
    """The exit code stays what it is."""
    (tmp_path / "a.txt").write_text("nothing here\n")
    reading, writing = os.pipe()
    os.close(reading)
    code = "from classifier.run import progress; progress.LINE_EVERY = 0; "  # something to say at once
    done = subprocess.run(
        [sys.executable, "-c", code + PROGRAM[2], *args], cwd=tmp_path, stderr=writing,
        stdout=subprocess.DEVNULL, env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config")},
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == (2 if "none" in args else 0)


def test_no_standard_error_at_all(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" 2>&-', "sh", *PROGRAM, "scan", "none"], cwd=tmp_path, capture_output=True
    )
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("kind", ["BaseException", "Exception"])
def test_an_internal_error_shows_its_place_and_no_content(tmp_path: Path, kind: str) -> None:
    """Also one that is no Exception, as obstore's panics."""
    code = (
        f"from classifier import run\nclass Odd({kind}): pass\n"
        "def broken(*_, **__): raise Odd('con' + 'tent')\nrun.scan = broken\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code + PROGRAM[2], "scan", "."], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 4
    assert "internal error: Odd at the place above" in done.stderr
    assert "in broken" in done.stderr
    assert "content" not in done.stderr


def test_one_detector_is_shown_in_any_case(tmp_path: Path) -> None:
    done = run("detectors", "show", "iban", cwd=tmp_path)
    assert done.returncode == 0
    assert "id: IBAN" in done.stdout


def test_a_broken_pack_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("pack: mine\ndetectors:\n  - id: MINE\n    exact: '('\n")
    done = run("scan", ".", "--pack", "mine.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "mine.yaml:" in done.stderr


def test_an_unwritable_output_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("scan", ".", "--output", "file/run", cwd=tmp_path)
    assert done.returncode == 4
    assert "file" in done.stderr
    assert "Traceback" not in done.stderr


def test_no_endpoint_there(tmp_path: Path) -> None:
    done = run(
        "scan", "s3://bucket-name", "--endpoint-url", "http://127.0.0.1:1", cwd=tmp_path,
        AWS_ACCESS_KEY_ID="x" * 16, AWS_SECRET_ACCESS_KEY="y" * 16, S3_CLASSIFIER_MAX_ATTEMPTS="1",
    )  # fmt: skip
    assert done.returncode == 4
    assert "127.0.0.1:1" in done.stderr
