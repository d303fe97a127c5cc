"""`--verify-keys`: each distinct key pair put to AWS STS once a run, whichever worker finds it.

The workers of a run share a ledger, a file that holds a keyed fingerprint and STS's answer for each pair and
goes with the run. Who has it locked asks; so there is never more than one request under way.
"""

from __future__ import annotations

import fcntl
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from classifier import crawl
from classifier.detect import fingerprint
from classifier.model import JSON, AccessKey, Category, Verification

MOST_PAIRS = 100
MOST_SECONDS = 120.0  # of waiting for STS, all pairs of a run together
WARNING = (
    "--verify-keys: every AWS key pair found (up to {pairs} of them) is tried at {where}. Its"
    " access key ID and session token are sent in a GetCallerIdentity request that its secret signs. The call"
    " and this machine's address appear in the CloudTrail of the keys' owner."
)
Ask = Callable[[AccessKey, str, str | None], Verification]


@dataclass(frozen=True, slots=True)
class KeyVerification:
    """Where a run asks (a region, or an address instead of it) and where its ledger is."""

    ledger: Path
    region: str
    endpoint_url: str | None = None


@contextmanager
def verification(region: str, endpoint_url: str | None) -> Iterator[KeyVerification]:
    """Have a ledger for as long as the run lasts; `region` is the run's."""
    with tempfile.TemporaryDirectory(prefix="s3-classifier-") as folder:
        ledger = Path(folder) / "verified.jsonl"
        ledger.touch(mode=0o600)
        yield KeyVerification(ledger, crawl.main_region(region), endpoint_url)


def warning(spec: KeyVerification) -> str:
    """Return what somebody must know before anything is sent."""
    return WARNING.format(pairs=MOST_PAIRS, where=spec.endpoint_url or f"AWS STS ({spec.region})")


def outcome(spec: KeyVerification) -> str:
    """Return what STS was asked and said, in words; "" where it was not asked."""
    with spec.ledger.open("rb") as ledger:
        answers = Counter(str(entry["status"]) for entry in _entries(ledger))
    if not answers:
        return ""
    said = ", ".join(f"{answers[status]} {status}" for status in ("live", "rejected", "unknown"))
    most = f" (no more than {MOST_PAIRS} are asked about)" * (answers.total() >= MOST_PAIRS)
    return f"AWS key pairs put to AWS STS: {said}{most}."


class KeyVerifier:
    """Tells whether a key pair is live: from the ledger, else from STS while the run may still ask."""

    def __init__(self, spec: KeyVerification, fingerprint_key: bytes, ask: Ask | None = None) -> None:
        """`ask` stands in for `crawl.caller_of`."""
        self._spec = spec
        self._key = fingerprint_key
        self._ask = ask or crawl.caller_of
        self._known: dict[str, Verification] = {}
        self._seconds = 0.0
        self._read = 0  # bytes of the ledger that are known

    def __call__(self, pair: AccessKey) -> Verification:
        value = "\0".join((pair.id, pair.secret, pair.token or "")).encode()
        name = fingerprint(self._key, Category.CREDENTIALS, value, "none")
        if name in self._known:
            return self._known[name]
        try:
            with self._spec.ledger.open("r+b") as ledger:
                fcntl.flock(ledger, fcntl.LOCK_EX)  # until it is closed, however the process ends
                return self._settled(ledger, name, pair)
        except OSError as error:  # not to be known by the others: nobody is asked
            return Verification("unknown", type(error).__name__)

    def _settled(self, ledger: BinaryIO, name: str, pair: AccessKey) -> Verification:
        ledger.seek(self._read)
        for entry in _entries(ledger):
            self._seconds += entry["seconds"]
            self._known[entry["fingerprint"]] = Verification(**entry["answer"])
        self._read = ledger.tell()
        if name in self._known:
            return self._known[name]
        if len(self._known) >= MOST_PAIRS or self._seconds >= MOST_SECONDS:
            return Verification("unknown", "LimitReached")
        began = time.monotonic()
        answer = self._ask(pair, self._spec.region, self._spec.endpoint_url)
        seconds = time.monotonic() - began
        entry = {"fingerprint": name, "seconds": seconds, "status": answer.status, "answer": answer.to_json()}
        ledger.write(json.dumps(entry).encode() + b"\n")
        self._read = ledger.tell()
        self._seconds += seconds
        self._known[name] = answer
        return answer


def _entries(ledger: BinaryIO) -> Iterator[JSON]:
    return map(json.loads, ledger)
