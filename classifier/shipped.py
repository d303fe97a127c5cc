"""Where the data rooms (patterns/, models/, reports/schema/) are, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder or file `name` (such as "patterns" or "reports/schema").

    A wheel carries the data inside the package; a checkout (also an editable install) has it beside it.
    Raises FileNotFoundError when neither holds it: the installation is broken.
    """
    for root in (_PACKAGE / "_shipped", _PACKAGE.parent):
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(f"{name} is missing from this installation; reinstall s3-classifier")
