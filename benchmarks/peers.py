"""Other tools, each in a virtual environment of its own, kept in the user's cache folder."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Peer:
    """Another tool: `installs` are the arguments of pip, a call each."""

    name: str
    title: str
    installs: tuple[tuple[str, ...], ...]

    def python(self) -> Path:
        """Return the interpreter of the tool's environment, made when it is not there yet.

        Raises subprocess.CalledProcessError when pip cannot install it.
        """
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "s3-classifier" / "peers"
        pins = hashlib.sha256(repr((sys.version_info[:2], self.installs)).encode()).hexdigest()[:12]
        folder = cache / f"{self.name}-{pins}"
        python = folder / "bin" / "python"
        if not (folder / "complete").exists():
            print(f"installing {self.title} …", file=sys.stderr, flush=True)
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True, capture_output=True)
            for arguments in self.installs:
                subprocess.run(
                    [python, "-m", "pip", "install", "--quiet", *arguments], check=True, capture_output=True
                )
            (folder / "complete").touch()
        return python


def last_words(error: Exception) -> str:
    """Return the last line of what a tool said before it failed."""
    said = getattr(error, "stderr", None) or str(error)
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return "".join(text.strip().splitlines()[-1:])
