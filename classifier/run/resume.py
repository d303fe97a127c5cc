"""Going on with a run that was ended: its own settings, with what may differ from call to call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import JSON
from classifier.run.finish import shown
from classifier.store import RunRecord

# Who asks, how fast and where from says nothing of what a run finds.
FREE = frozenset(
    {
        "connect_timeout", "duration_seconds", "engine", "external_id", "fail_on", "fingerprint_key",
        "listers", "max_attempts", "mfa_serial", "mfa_token", "notify", "profile", "read_ahead",
        "read_timeout", "region", "role_arn", "role_session_name", "scheduler", "store", "workers",
    }
)  # fmt: skip
_FILES = ("data_policy", "risk_overrides", "prices", "notify")
_LISTS_OF_FILES = ("packs", "rules")
_PERHAPS_FILES = ("allow_lists", "recognizers")  # or addresses and names
_OTHER = (
    "--resume goes on with the run's own settings: {} is not what it was. Leave it out, or begin a new scan; "
    "with --incremental it reads only what the other has not"
)
_RECIPE = (
    "--resume: the run {} was begun with other detectors, lists, fingerprint key or another version of the "
    "program. Begin a new scan"
)


def absolute(settings: Settings) -> Settings:
    """Return the settings with whole paths, so that they hold in another working directory."""
    values: dict[str, Any] = {}
    for name in _FILES:
        if (path := getattr(settings, name)) is not None:
            values[name] = path.absolute()
    for name in _LISTS_OF_FILES:
        values[name] = tuple(path.absolute() for path in getattr(settings, name))
    for name in _PERHAPS_FILES:
        values[name] = tuple(map(_whole, getattr(settings, name)))
    for name in ("inventory", "accounts"):
        if (source := getattr(settings, name)) is not None:
            values[name] = _whole(source)
    return settings.model_copy(update={name: v for name, v in values.items() if v != getattr(settings, name)})


def _whole(source: str) -> str:
    return source if "://" in source or not Path(source).exists() else str(Path(source).absolute())


def kept_settings(settings: Settings) -> dict[str, JSON]:
    """Return the settings as the store keeps them: without secrets, for whoever goes on with the run."""
    return shown(absolute(settings))


def resumed(run: RunRecord, settings: Settings) -> Settings:
    """Return the settings of a run to go on with, given those of this call. Raises UsageError."""
    try:
        own = Settings(**dict(run.settings))
    except (ValidationError, TypeError):
        raise UsageError(f"--resume: the run {run.run_id} is of another version of the program") from None
    given = absolute(settings)
    for name in sorted(settings.model_fields_set - FREE - {"output"}):
        if getattr(given, name) != getattr(own, name):
            raise UsageError(_OTHER.format(name))
    output = settings.output
    if output is not None and output != "-" and str(Path(output).absolute()) != run.folder:
        raise UsageError(_OTHER.format("output"))
    free = {name: getattr(settings, name) for name in FREE if name in settings.model_fields_set}
    return own.model_copy(update=free | {"output": run.folder or "-"})


def check_recipe(run: RunRecord, recipe: str) -> None:
    """Raise UsageError where what decides is not what it was when the run began."""
    if run.recipe != recipe:
        raise UsageError(_RECIPE.format(run.run_id))
