"""Webhooks: a message as JSON in a POST request, in our own shape or as Slack's blocks."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlsplit

from classifier.model import JSON
from classifier.notify.channel import KIB, Channel, ChannelError, fitted
from classifier.notify.messages import Message
from classifier.notify.settings import WebhookSettings
from classifier.report.formats.words import clipped
from classifier.visible import visible

_BLOCK, _HEADER = 2900, 150  # characters: https://docs.slack.dev/reference/block-kit/blocks
_PASSING = frozenset((408, 425, 429))


class _Stays(urllib.request.HTTPRedirectHandler):
    """A message goes where it was addressed to, and nowhere else."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class Webhook(Channel):
    """Posts each message by itself."""

    settings: WebhookSettings

    def __init__(self, settings: WebhookSettings) -> None:
        super().__init__(settings)
        self.settings = settings
        self._opener = urllib.request.build_opener(_Stays)

    @property
    def destination(self) -> str:
        """The host alone: the path of such an address is often its secret."""
        return self.settings.url_env or str(urlsplit(self.settings.url or "").hostname)

    @property
    def secret_destination(self) -> str:
        return self.settings.url or os.environ.get(self.settings.url_env or "", "")

    def payload(self, message: Message) -> JSON:
        if self.settings.style == "slack":
            return slack(message)
        return json.loads(fitted(message, 250 * KIB))

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        ((_, payload),) = batch
        url = self.secret_destination
        if urlsplit(url).scheme not in ("http", "https"):
            raise ChannelError(f"{self.destination} is no address of HTTP", passing=False)
        headers = {"Content-Type": "application/json", "User-Agent": "s3-classifier", **self.settings.headers}
        request = urllib.request.Request(url, json.dumps(payload).encode(), headers, method="POST")  # noqa: S310
        try:
            with self._opener.open(request, timeout=self.settings.timeout):
                return []
        except urllib.error.HTTPError as error:
            error.close()
            passing = error.code >= 500 or error.code in _PASSING
            raise ChannelError(f"{self.destination} answered {error.code}", passing=passing) from None
        except (OSError, ValueError) as error:
            reason = type(getattr(error, "reason", error)).__name__
            raise ChannelError(f"{self.destination} cannot be reached ({reason})") from None


def slack(message: Message) -> dict[str, JSON]:
    """Return a message as Slack's blocks; nothing in it is a link, a mention or markup."""
    text = _plain(message.text)
    return {
        "text": clipped(_plain(message.subject), _BLOCK),
        "blocks": [
            {
                "type": "header",
                "text": {
                    "type": "plain_text",
                    "text": clipped(visible(message.subject), _HEADER),
                    "emoji": False,
                },
            },
            {
                "type": "section",
                "text": {"type": "plain_text", "text": clipped(text, _BLOCK), "emoji": False},
            },
            {
                "type": "context",
                "elements": [
                    {
                        "type": "plain_text",
                        "text": clipped(
                            f"s3-classifier {message.severity}, run {message.run.run_id}", _HEADER
                        ),
                        "emoji": False,
                    }
                ],
            },
        ],
    }


def _plain(text: str) -> str:
    """Return text with Slack's three control characters escaped, line by line visible."""
    shown = "\n".join(visible(line) for line in text.split("\n"))
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
