"""Which channel takes which settings."""

from __future__ import annotations

from classifier.notify.aws import EventBridge, SecurityHub, Sns, Sqs
from classifier.notify.channel import Channel
from classifier.notify.mail import Email
from classifier.notify.metrics import Emf
from classifier.notify.settings import (
    AnyChannel,
    EmailSettings,
    EmfSettings,
    EventBridgeSettings,
    SecurityHubSettings,
    SnsSettings,
    SqsSettings,
)
from classifier.notify.web import Webhook


def channel_of(settings: AnyChannel, *, dry: bool = False) -> Channel:
    """Return the channel; with `dry` it makes no connection, and asks nobody anything."""
    if isinstance(settings, SnsSettings):
        return Sns(settings)
    if isinstance(settings, SqsSettings):
        return Sqs(settings)
    if isinstance(settings, EventBridgeSettings):
        return EventBridge(settings)
    if isinstance(settings, SecurityHubSettings):
        return SecurityHub(settings, dry=dry)
    if isinstance(settings, EmailSettings):
        return Email(settings)
    if isinstance(settings, EmfSettings):
        return Emf(settings)
    return Webhook(settings)
