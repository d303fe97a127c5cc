"""The wheel: built, installed into a clean environment, and used."""

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from classifier.shipped import shipped

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("name", ["patterns", "models", "reports/schema"])
def test_the_data_rooms_are_found_in_a_checkout(name: str) -> None:
    assert shipped(name) == ROOT / name


def test_missing_data_is_an_error() -> None:
    with pytest.raises(FileNotFoundError, match="reinstall"):
        shipped("no-such-room")


def test_an_installed_wheel_scans(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    run = lambda *args, **more: subprocess.run(args, check=True, capture_output=True, text=True, **more)  # noqa: E731
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(dist), str(ROOT))
    (wheel,) = dist.glob("s3_classifier-*.whl")
    home = tmp_path / "environment"
    venv.create(home)
    python = str(home / "bin" / "python")
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile", str(wheel))
    data = tmp_path / "data"
    data.mkdir()
    (data / "people.csv").write_text("name,ssn\nAda,218-52-7841\nBob,531-64-2098\n")
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    program = str(home / "bin" / "s3-classifier")
    out = tmp_path / "out"
    run(program, "scan", str(data), "--output", str(out), cwd=tmp_path, env=clean)
    found = [json.loads(line) for line in (out / "findings.jsonl").read_text().splitlines()]
    (finding,) = [one for one in found if one["detector"] == "USA_SOCIAL_SECURITY_NUMBER"]
    assert finding["occurrences"][0]["location"]["column_name"] == "ssn"
    where = run(python, "-c", "from classifier.shipped import shipped as s; print(s('patterns'), s('models'), s('reports/schema'))", cwd=tmp_path, env=clean).stdout  # fmt: skip  # noqa: E501
    assert all(str(home) in path for path in where.split())
