"""A run's lists: read once before anything is scanned, and again in each worker, which checks that they are
what they were. Their entries go nowhere else.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from classifier import crawl, detect, recognizers
from classifier.config import Settings
from classifier.errors import AccessFailure, PackError, UsageError
from classifier.run.detectors import chosen, everything, foreign_of
from classifier.run.sources import ListReader

OPTIONAL = "--allow-list-optional scans without it"
UNREAD = "Allow list {} was not used: {}"


@dataclass(frozen=True, slots=True)
class ListsSpec:
    """The lists of a run, the same for every worker: the allow lists in use, and SHA-256 of what was read.

    `digests` are (source, hexadecimal digits), in the order of the sources.
    """

    allow: tuple[str, ...] = ()
    digests: tuple[tuple[str, str], ...] = ()


NONE = ListsSpec()
# Of the settings that begin with max_ those that say nothing of what is found in an object that is read.
_NO_LIMITS = frozenset(
    {"max_attempts", "max_occurrences", "max_cost", "max_bytes", "max_requests", "max_time"}
)


def prepare(settings: Settings, connect: Callable[[], crawl.Connection]) -> tuple[ListsSpec, list[str]]:
    """Read the lists of a run; return what its workers need to know, and what the user must know.

    Raises PackError for what is wrong in a list, UsageError and AccessFailure for one that cannot be read;
    with `settings.allow_list_optional` an allow list that cannot be read is left out, which a note says.
    """
    read = ListReader(connect)
    rules: list[detect.AllowRule] = []
    used: list[str] = []
    notes: list[str] = []
    for source in settings.allow_lists:
        try:
            own = list(detect.read_allow_list(source, read))
        except PackError:
            raise
        except (UsageError, AccessFailure) as error:
            if not settings.allow_list_optional:
                kind = UsageError if isinstance(error, UsageError) else AccessFailure
                raise kind(f"{error}; {OPTIONAL}") from None
            notes.append(UNREAD.format(source, error))
            continue
        rules += own
        used.append(source)
    _check_names(rules, settings)
    lists = _lists(settings, rules if used else None, read)
    spec = ListsSpec(tuple(used), tuple(sorted(read.digests.items())))
    _opened.clear()
    _opened[_key(spec, settings)] = lists
    return spec, notes


_opened: dict[tuple[Hashable, ...], detect.Lists] = {}  # the last run's


def _key(spec: ListsSpec, settings: Settings) -> tuple[Hashable, ...]:
    foreign = settings.recognizers, settings.recognizer_threshold, settings.recognizer_prose
    return spec, settings.packs, settings.detectors, foreign


def opened(spec: ListsSpec, settings: Settings, handover: crawl.Handover | None) -> detect.Lists:
    """Return the lists of a run, read once in a process.

    Raises AccessFailure where they have changed since the run began, and what `prepare` raises.
    """
    key = _key(spec, settings)
    if key not in _opened:

        def connect() -> crawl.Connection:
            if handover is None:
                raise UsageError("a list in a bucket needs credentials")
            return handover.connect()

        read = ListReader(connect, dict(spec.digests))
        rules = [rule for source in spec.allow for rule in detect.read_allow_list(source, read)]
        _opened.clear()
        _opened[key] = _lists(settings, rules if spec.allow else None, read)
    return _opened[key]


def _lists(settings: Settings, rules: Iterable[detect.AllowRule] | None, read: ListReader) -> detect.Lists:
    seekers = detect.seekers(chosen(settings), read)
    if (foreign := foreign_of(settings)) is not None:
        seekers |= foreign.seekers
    return detect.Lists(seekers, None if rules is None else detect.AllowLists(rules))


def _check_names(rules: Iterable[detect.AllowRule], settings: Settings) -> None:
    """Raise PackError for a detector that a list names and nobody has."""
    named = {name: rule.where for rule in rules for name in rule.detectors}
    known = everything(settings) if named else ()
    for name, where in named.items():
        if detect.named(known, name) is None:
            alike = difflib.get_close_matches(name, [detector.id for detector in known], n=3, cutoff=0.5)
            hint = f"did you mean {' or '.join(alike)}?" if alike else "`detectors list` shows them"
            raise PackError(f"{where}: there is no detector {name!r}; {hint}")


def passed(counts: Mapping[str, int]) -> Iterator[str]:
    """Yield what to say of so many matches that were let pass, by detector."""
    if total := sum(counts.values()):
        yield f"{total:,} {'match' if total == 1 else 'matches'} on allow lists not reported."


def content_hash(settings: Settings, spec: ListsSpec = NONE) -> str:
    """Return 64 hexadecimal digits that stand for all that decides what is found in an object.

    They are the same for the same detectors, lists, limits of extraction and program, wherever the files are.
    """
    limits = {
        name: value
        for name, value in settings.model_dump(mode="json").items()
        if name.startswith("max_") and name not in _NO_LIMITS
    }
    contents = [(Path(source).name, digest) for source, digest in spec.digests]
    if settings.recognizers:
        foreign = settings.recognizers, settings.recognizer_threshold, settings.recognizer_prose
        contents += [("", digest) for digest in recognizers.sources_hash(*foreign)]
    return detect.content_hash(chosen(settings), [limits, sorted(contents)])
