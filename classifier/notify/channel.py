"""The interface of every channel."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from classifier.model import JSON
from classifier.notify.messages import Message
from classifier.notify.settings import ChannelSettings
from classifier.report.lines import encode

KIB = 1 << 10
_LONG = ("narrative", "remediation", "text")


class ChannelError(Exception):
    """A channel did not take a batch; the message is for people and holds no secret.

    `passing`: another try may do.
    """

    def __init__(self, message: str, *, passing: bool = True) -> None:
        super().__init__(message)
        self.passing = passing


class Channel(ABC):
    """A place to send to. `batch` messages go in one request, `limit` bytes in each and in all of them."""

    batch = 1
    limit = 256 * KIB

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings

    @property
    @abstractmethod
    def destination(self) -> str:
        """Where messages go, without secrets."""

    @property
    def name(self) -> str:
        """What people call the channel."""
        return self.settings.name or f"{getattr(self.settings, 'type', 'channel')} {self.destination}"

    @property
    def identity(self) -> str:
        """What the channel is known by in the list of what was sent."""
        kind = getattr(self.settings, "type", "")
        return hashlib.sha256(f"{kind}\x00{self.secret_destination}".encode()).hexdigest()[:32]

    @property
    def secret_destination(self) -> str:
        """Where messages go, whole; never shown."""
        return self.destination

    @abstractmethod
    def payload(self, message: Message) -> JSON:
        """Return what is sent for a message: what a dry run shows."""

    @abstractmethod
    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        """Send payloads in one request; return those that were refused, with why. Raises ChannelError."""

    def size(self, payload: JSON) -> int:
        """Return how much of the limit a payload takes, in bytes."""
        return len(encode({"": payload}))

    def close(self) -> None:  # noqa: B027 - most have nothing to close
        """Let connections go."""


def fitted(message: Message, limit: int) -> str:
    """Return a message as JSON in at most so many bytes: long texts are clipped, and the evidence goes."""
    body = message.to_json()
    for most in (None, 4096, 1024, 256):
        shown = body if most is None else _shortened(body, most)
        text = json.dumps(shown, separators=(",", ":"))
        if len(text) <= limit:
            return text
    return json.dumps({**_shortened(body, 256), "record": {}}, separators=(",", ":"))


def _shortened(body: Mapping[str, JSON], most: int) -> dict[str, JSON]:
    def clip(name: str, value: JSON) -> JSON:
        return (
            value[: most - 1] + "…"
            if name in _LONG and isinstance(value, str) and len(value) > most
            else value
        )

    gone = ("evidence", "occurrences")
    record = {name: clip(name, value) for name, value in body["record"].items() if name not in gone}
    return {**{name: clip(name, value) for name, value in body.items()}, "record": record, "shortened": True}
