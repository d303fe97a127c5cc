"""A finding's values, read again from its object now, for the person at the terminal."""

from __future__ import annotations

import getpass
import os
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from classifier import crawl, report
from classifier.config import Settings, fingerprint_key
from classifier.detect import Revealed, RevealingClassifier
from classifier.errors import AccessFailure, OutputError, StoreError, UsageError
from classifier.model import JSON, S3Object, Target
from classifier.run.lists import prepare
from classifier.run.plan import Shard
from classifier.run.reports import past_run
from classifier.run.worker import Worker, WorkerSpec, classifier_of
from classifier.visible import visible

_LEAST = 6  # digits of an id that may stand for the whole
# What a run was told that decides what is found, and where: taken from it where nothing else is given.
KEPT = (
    "detectors",
    "packs",
    "names",
    "names_bytes",
    "names_values",
    "recognizers",
    "allow_lists",
    "allow_list_optional",
    "profile",
    "region",
    "endpoint_url",
    "no_sign_request",
    "role_arn",
    "external_id",
)


def finding(past: report.PastRun, wanted: str) -> dict[str, JSON]:
    """Return the finding with that id, or the only one whose id begins so. Raises UsageError."""
    if len(wanted) < _LEAST:
        raise UsageError(f"{visible(wanted)}: give {_LEAST} digits of a finding's id, or more")
    found = [line for line in past.findings() if line["finding_id"].startswith(wanted.lower())][:2]
    if len(found) != 1:
        told = "several findings have" if found else "no finding of the run has"
        raise UsageError(f"{visible(wanted)}: {told} such an id")
    return found[0]


def settings_of(past: report.PastRun, flags: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return the settings by which the object is read: those of the run, under what is given now."""
    told = past.summary.get("settings") or {}
    kept = {name: told[name] for name in KEPT if name in told}
    return kept | {name: value for name, value in flags.items() if value is not None}


def reveal(name: str, wanted: str, settings: Settings, most: int, context: int) -> list[Revealed]:
    """Read the object of a finding now, and return up to `most` of its values with bytes around them.

    Who asked, and when, is written down first. Raises UsageError, AccessFailure where the object cannot be
    read, StoreError where it cannot be written down.
    """
    past = past_run(name)
    line = finding(past, wanted)
    audit("reveal", past, line, most)
    prints = frozenset(one["fingerprint"] for one in line["occurrences"])
    with ExitStack() as stack:
        target = _target(past, line)
        connection = None
        region = None
        if not target.is_local:
            connection = stack.enter_context(crawl.Connection(settings))
            connection.check()
            region = connection.bucket_region(target.bucket)
        obj = _object(connection, target, region, line)
        lists, _ = prepare(settings, lambda: connection or stack.enter_context(crawl.Connection(settings)))
        every = settings.model_copy(update={"max_occurrences": 0, "verify_keys": False, "tags": False})
        handover = None if connection is None else connection.handover()
        spec = WorkerSpec(secrets.token_hex(8), every, handover, fingerprint_key(settings), lists=lists)
        classifier = classifier_of(spec, RevealingClassifier)
        assert isinstance(classifier, RevealingClassifier)
        classifier.wanted, classifier.most, classifier.context = prints, most, context
        with Worker(spec, classifier) as worker:
            (result,) = worker.scan(Shard(0, target, region, (obj,)))
    if not classifier.found and result.reason is not None:
        why = f"{result.reason} {result.detail}".rstrip()
        raise AccessFailure(f"{visible(line['key'])}: cannot be read now: {why}")
    return classifier.found


def audit(action: str, past: report.PastRun, line: Mapping[str, JSON], most: int) -> Path:
    """Write down who looks at what, in a file of the user's alone; return it. Raises StoreError."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    path = home / "s3-classifier" / "audit.jsonl"
    record = {
        "time": report.timestamp(datetime.now(UTC)),
        "action": action,
        "user": getpass.getuser(),
        "host": socket.gethostname(),
        "run_id": past.run_id,
        **{name: line[name] for name in ("finding_id", "bucket", "key", "version_id", "detector")},
        "values": most,
    }
    try:
        report.private_folder(path.parent)
        with report.appended(path) as out:
            out.write(report.encode(record) + b"\n")
    except (OSError, OutputError) as error:
        why = type(error).__name__
        raise StoreError(f"{path}: cannot be written, so that nothing is shown ({why})") from None
    return path


def _target(past: report.PastRun, line: Mapping[str, JSON]) -> Target:
    """Return the target that the object is in: of a local one the id tells which."""
    if line["bucket"]:
        return Target(line["bucket"])
    for text in past.summary.get("targets") or ():
        target = crawl.parse_target(str(text))
        if target.is_local and report.finding_id_of(target.path, line) == line["finding_id"]:
            return target
    raise UsageError(f"{visible(line['key'])}: the folder that was scanned is not known any more")


def _object(
    connection: crawl.Connection | None, target: Target, region: str | None, line: Mapping[str, JSON]
) -> S3Object:
    """Return the object as it is now; a version as it was."""
    key, version = line["key"], line["version_id"]
    if connection is None:
        listed: Iterable[S3Object] = crawl.list_local(target, (), report.names_in)
    elif version:
        listed = [S3Object(target.bucket, key, line["size"], line["etag"], version_id=version)]
    else:
        listed = crawl.list_objects(connection, target.bucket, region, key)
    for obj in listed:
        if obj.key == key:
            return obj
        if connection is not None and not obj.key.startswith(key):
            break
    raise AccessFailure(f"{visible(key)}: the object is not there any more")


def shown(found: Sequence[Revealed]) -> list[str]:
    """Return the lines that a terminal shows: hidden characters are escaped."""
    lines = []
    for one in found:
        place = "; ".join(f"{name} {value}" for name, value in one.location.to_json().items())
        lines.append(visible(place) or "the object")
        lines.append(f"  {visible(one.before)}[{visible(one.value)}]{visible(one.after)}")
    return lines
