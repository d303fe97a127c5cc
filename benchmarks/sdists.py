"""Source distributions from the package registry, by pip, unpacked; nothing in them is run."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

# pip asks the build backend of a source distribution for its metadata, which would compile half of it. This
# one, found before the real one, hands out what the distribution says of itself.
_BACKEND = """\
from email import message_from_bytes
from pathlib import Path

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    text = Path("PKG-INFO").read_bytes()
    said = message_from_bytes(text)
    name = f"{said['Name']}-{said['Version']}.dist-info"
    folder = Path(metadata_directory) / name
    folder.mkdir()
    (folder / "METADATA").write_bytes(text)
    return name
"""


def unpacked(requirements: dict[str, str], folder: Path) -> dict[str, Path]:
    """Return the folder of each pinned requirement (with the SHA-256 of its file), fetched into `folder`.

    What builds with setuptools can be had; raises subprocess.CalledProcessError where pip cannot get it.
    """
    with tempfile.TemporaryDirectory() as name:
        backend = Path(name) / "setuptools"
        backend.mkdir()
        (backend / "__init__.py").touch()
        (backend / "build_meta.py").write_text(_BACKEND)
        pins = Path(name) / "requirements.txt"
        pins.write_text("".join(f"{pin} --hash=sha256:{digest}\n" for pin, digest in requirements.items()))
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-binary", ":all:", "--require-hashes"]
        command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder), "-r", str(pins)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": name})
    found = {}
    for pin in requirements:
        stem = pin.replace("==", "-").lower()
        (archive,) = (path for path in folder.glob("*.tar.gz") if path.name.lower() == f"{stem}.tar.gz")
        with tarfile.open(archive) as tar:
            tar.extractall(folder / stem, filter="data")
        archive.unlink()
        found[pin] = folder / stem
    return found
