"""Sends a run's messages through the channels: what is new, in batches, tried again, each told once."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from classifier.errors import StoreError
from classifier.model import JSON
from classifier.notify.channel import Channel, ChannelError
from classifier.notify.channels import channel_of
from classifier.notify.messages import Message, Run, digest, messages
from classifier.notify.sent import Sent
from classifier.notify.settings import NotifySettings

_DELAY, _LONGEST = 0.5, 20.0  # seconds: before the second try, and at most
Sleep = Callable[[float], None]


@dataclass(slots=True)
class Outcome:
    """What became of a channel's messages; `error` is why some were not sent, for people."""

    channel: str
    sent: int = 0
    known: int = 0  # told before
    failed: int = 0
    error: str = ""

    def __str__(self) -> str:
        told = f"{self.channel}: {self.sent:,} sent"
        if self.known:
            told += f", {self.known:,} told before"
        if self.error:
            told += f", {self.failed:,} not sent: {self.error}"
        return told


def deliver(
    run: Run, settings: NotifySettings, sent: Sent, *, again: bool = False, sleep: Sleep = time.sleep
) -> list[Outcome]:
    """Send what is new of a run through every channel; return what became of each.

    `again` sends also what was told before. A channel that fails does not keep the others from theirs.
    """
    return [
        _through(channel_of(one), run, settings.attempts, sent, again, sleep) for one in settings.channels
    ]


def previews(
    run: Run, settings: NotifySettings, sent: Sent, *, again: bool = False
) -> Iterator[dict[str, JSON]]:
    """Yield what `deliver` would send, a payload each; nothing is sent or noted."""
    for one in settings.channels:
        channel = channel_of(one, dry=True)
        for message, _ in _wanted(channel, run, sent, again, Outcome(channel.name)):
            yield {
                "channel": channel.name,
                "kind": message.kind,
                "severity": str(message.severity),
                "payload": channel.payload(message),
            }


def _through(channel: Channel, run: Run, attempts: int, sent: Sent, again: bool, sleep: Sleep) -> Outcome:
    outcome = Outcome(channel.name)
    covered: dict[str, tuple[str, ...]] = {}
    try:
        for batch in _batches(channel, _noted(_wanted(channel, run, sent, again, outcome), covered)):
            refused = _tried(channel, batch, attempts, outcome, sleep)
            done = [message for message, _ in batch if message.fingerprint not in refused]
            sent.add(channel.identity, [one for message in done for one in covered.pop(message.fingerprint)])
            outcome.sent += len(done)
            outcome.failed += len(refused)
            if len(refused) == len(batch):
                break  # the rest would go the same way, slowly
    except StoreError as error:
        outcome.error = str(error)
    finally:
        channel.close()
    return outcome


def _noted(
    found: Iterable[tuple[Message, tuple[str, ...]]], covered: dict[str, tuple[str, ...]]
) -> Iterator[Message]:
    for message, fingerprints in found:
        covered[message.fingerprint] = fingerprints
        yield message


def _wanted(
    channel: Channel, run: Run, sent: Sent, again: bool, outcome: Outcome
) -> Iterator[tuple[Message, tuple[str, ...]]]:
    """Yield what is new to a channel, each message with the fingerprints that it covers."""
    fresh = _fresh(channel, run, sent, again, outcome)
    if not channel.settings.digest:
        for message in fresh:
            yield message, (message.fingerprint,)
        return
    found = list(fresh)
    if found:
        yield digest(run, found), tuple(message.fingerprint for message in found)


def _fresh(channel: Channel, run: Run, sent: Sent, again: bool, outcome: Outcome) -> Iterator[Message]:
    for message in messages(run, channel.settings):
        if not again and sent.has(channel.identity, message.fingerprint):
            outcome.known += 1
        else:
            yield message


def _batches(channel: Channel, found: Iterable[Message]) -> Iterator[list[tuple[Message, JSON]]]:
    """Yield what goes in one request: at most so many, and so many bytes."""
    batch: list[tuple[Message, JSON]] = []
    size = 0
    for message in found:
        payload = channel.payload(message)
        more = channel.size(payload)
        if batch and (len(batch) == channel.batch or size + more > channel.limit):
            yield batch
            batch, size = [], 0
        batch.append((message, payload))
        size += more
    if batch:
        yield batch


def _tried(
    channel: Channel, batch: list[tuple[Message, JSON]], attempts: int, outcome: Outcome, sleep: Sleep
) -> set[str]:
    """Send a batch, and again what was refused; return the fingerprints of what did not get through."""
    left = batch
    for attempt in range(attempts):
        if attempt:
            # full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
            sleep(random.uniform(0, min(_LONGEST, _DELAY * 2**attempt)))  # noqa: S311 - not for secrets
        try:
            refused = channel.send(left)
        except ChannelError as error:
            outcome.error = str(error)
            if not error.passing:
                break
            continue
        if not refused:
            return set()
        outcome.error = refused[0][1]
        names = {message.fingerprint for message, _ in refused}
        left = [pair for pair in left if pair[0].fingerprint in names]
    return {message.fingerprint for message, _ in left}
