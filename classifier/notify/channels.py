"""Which channel takes which settings."""

from __future__ import annotations

from classifier.notify.channel import Channel
from classifier.notify.metrics import Emf
from classifier.notify.settings import (
    AnyChannel,
    AwsSettings,
    EmailSettings,
    EmfSettings,
    EventBridgeSettings,
    SecurityHubSettings,
    SnsSettings,
    SqsSettings,
)


def channel_of(settings: AnyChannel, *, dry: bool = False) -> Channel:
    """Return the channel; with `dry` it makes no connection, and asks nobody anything."""
    if isinstance(settings, AwsSettings):
        return _of_aws(settings, dry)
    if isinstance(settings, EmailSettings):
        from classifier.notify.mail import Email  # these bring TLS and more, which few runs need

        return Email(settings)
    if isinstance(settings, EmfSettings):
        return Emf(settings)
    from classifier.notify.web import Webhook

    return Webhook(settings)


def _of_aws(settings: AwsSettings, dry: bool) -> Channel:
    from classifier.notify import aws  # boto3, which takes longer to start than a scan of local files

    if isinstance(settings, SnsSettings):
        return aws.Sns(settings)
    if isinstance(settings, SqsSettings):
        return aws.Sqs(settings)
    if isinstance(settings, EventBridgeSettings):
        return aws.EventBridge(settings)
    assert isinstance(settings, SecurityHubSettings)
    return aws.SecurityHub(settings, dry=dry)
