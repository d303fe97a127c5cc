"""Where recognizers come from: a registry file of Presidio's (YAML), a Python object, an entry point."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable, Iterator
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.errors import PackError, UsageError

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

GROUP = "s3_classifier.recognizers"
"""Entry points of this group are recognizers, or return them; `--recognizers NAME` takes one."""

INSTALL = "presidio-analyzer is not installed; pip install 's3-classifier[presidio]'"
_FLAGS = 26  # regex.DOTALL | MULTILINE | IGNORECASE: Presidio's own where a file does not say


def missing() -> bool:
    """Return whether presidio-analyzer is not installed."""
    return find_spec("presidio_analyzer") is None


def read(source: str) -> tuple[EntityRecognizer, ...]:
    """Return the recognizers of a source: FILE.yaml, MODULE:OBJECT or the name of an entry point.

    An object is a recognizer, a class of them that needs no arguments, a function that returns them, or a
    list of these. Raises UsageError where there is no such thing or presidio-analyzer is missing, and
    PackError for what is wrong in a file or in the object.
    """
    if missing():
        raise UsageError(f"--recognizers {source}: {INSTALL}")
    if Path(source).suffix in (".yaml", ".yml"):
        return tuple(_of_file(source))
    module, colon, name = source.partition(":")
    found = _imported(source, module, name) if colon else _entry_point(source)
    try:
        recognizers = tuple(_recognizers(found))
    except Exception as error:
        raise PackError(f"{source}: raised {type(error).__name__}: {error}") from error
    if not recognizers:
        raise PackError(f"{source}: has no Presidio recognizer (EntityRecognizer)")
    return recognizers


def _of_file(source: str) -> Iterable[EntityRecognizer]:
    from presidio_analyzer.input_validation import ConfigurationValidator
    from presidio_analyzer.recognizer_registry.recognizers_loader_utils import (
        RecognizerConfigurationLoader,
        RecognizerListLoader,
    )

    if not Path(source).is_file():
        raise UsageError(f"--recognizers {source}: there is no such file")
    try:
        raw = RecognizerConfigurationLoader.get(conf_file=source)
        told = raw.setdefault("supported_languages", _languages(raw))
        raw.setdefault("global_regex_flags", _FLAGS)
        checked = ConfigurationValidator.validate_recognizer_registry_configuration(raw)
        found = RecognizerListLoader.get(
            checked["recognizers"],
            checked.get("supported_languages") or told,
            checked.get("global_regex_flags") or _FLAGS,
            checked.get("supported_countries"),
        )
        return list(found)
    except Exception as error:
        raise PackError(f"{source}: is no registry of Presidio recognizers: {error}") from error


def _languages(raw: dict[str, Any]) -> list[str]:
    """Return the languages that the recognizers of a file name, where it does not say for all of them."""
    named: set[str] = set()
    for entry in raw.get("recognizers") or ():
        if isinstance(entry, dict):
            named.add(str(entry.get("supported_language") or "en"))
            for language in entry.get("supported_languages") or ():
                named.add(str(language["language"] if isinstance(language, dict) else language))
    return sorted(named) or ["en"]


def _imported(source: str, module: str, name: str) -> object:
    try:
        found: object = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except Exception as error:  # whatever the module does when it is imported
        raise UsageError(f"--recognizers {source}: cannot be imported: {error}") from error
    return found


def _entry_point(source: str) -> object:
    known = entry_points(group=GROUP)
    if source not in known.names:
        names = ", ".join(sorted(known.names)) or "none"
        raise UsageError(
            f"--recognizers {source}: is no FILE.yaml, no MODULE:OBJECT and no entry point of {GROUP}; "
            f"of these there are {names}"
        )
    try:
        return known[source].load()
    except Exception as error:
        raise UsageError(f"--recognizers {source}: cannot be imported: {error}") from error


def _recognizers(found: object) -> Iterator[EntityRecognizer]:
    from presidio_analyzer import EntityRecognizer

    if isinstance(found, EntityRecognizer):
        yield found
    elif inspect.isclass(found) or inspect.isfunction(found) or inspect.isbuiltin(found):
        yield from _recognizers(found())
    elif hasattr(found, "recognizers"):  # a RecognizerRegistry
        yield from _recognizers(found.recognizers)
    elif isinstance(found, Iterable) and not isinstance(found, str | bytes):
        for item in found:
            yield from _recognizers(item)
