"""Where messages go: a YAML file of channels, checked as a whole before anything is sent.

channels:
  - type: sns
    topic_arn: arn:aws:sns:eu-west-1:111122223333:findings
    on: [alert, failed]
    severity: high
  - type: webhook
    url_env: SLACK_WEBHOOK
    style: slack
    digest: true
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from classifier.errors import ConfigError
from classifier.model import Severity
from classifier.tree import compose, construct

Kind: TypeAlias = Literal["started", "finished", "failed", "alert", "finding"]
_RUN: tuple[Kind, ...] = ("finished", "failed", "alert")
_RECORDS: tuple[Kind, ...] = ("alert", "finding")


class ChannelSettings(BaseModel):
    """What all channels have. `severity`: alerts and findings at or over it; `digest`: one message a run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    on: tuple[Kind, ...] = _RUN
    severity: Severity = Severity.HIGH
    digest: bool = False

    @field_validator("severity", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.capitalize() if isinstance(value, str) else value


class AwsSettings(ChannelSettings):
    """A service of AWS: credentials as the AWS command line finds them."""

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


class SnsSettings(AwsSettings):
    """A topic; a subscription's filter policy sees the attributes of a message."""

    type: Literal["sns"]
    topic_arn: str = Field(pattern=r"^arn:[a-z0-9-]+:sns:[a-z0-9-]+:\d{12}:.+$")


class SqsSettings(AwsSettings):
    """A queue."""

    type: Literal["sqs"]
    queue_url: str


class EventBridgeSettings(AwsSettings):
    """An event bus. With `style: macie` findings have the shape of Macie's, else of findings.jsonl."""

    type: Literal["eventbridge"]
    on: tuple[Kind, ...] = ("finished", "failed", "alert", "finding")
    bus: str = "default"
    source: str = Field("s3-classifier", pattern=r"^[A-Za-z0-9._-]{1,256}$")
    style: Literal["plain", "macie"] = "plain"

    @field_validator("source", mode="after")
    @classmethod
    def _not_of_aws(cls, value: str) -> str:
        if value.startswith("aws."):
            raise ValueError("sources that begin with aws. are AWS's own")
        return value


class SecurityHubSettings(AwsSettings):
    """Security Hub of the account and region of the credentials; takes findings and alerts, as ASFF."""

    type: Literal["securityhub"]
    on: tuple[Literal["alert", "finding"], ...] = _RECORDS  # type: ignore[assignment]
    severity: Severity = Severity.LOW
    account: str | None = Field(None, pattern=r"^\d{12}$")


class WebhookSettings(ChannelSettings):
    """An HTTP address, given as such or by the name of an environment variable that holds it."""

    type: Literal["webhook"]
    url: str | None = None
    url_env: str | None = None
    style: Literal["json", "slack"] = "json"
    headers: dict[str, str] = Field(default_factory=dict)
    timeout: float = Field(10, gt=0, le=120)

    @model_validator(mode="after")
    def _one_address(self) -> WebhookSettings:
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give either url or url_env")
        if self.url is not None and urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError("url must begin with https:// or http://")
        return self


class EmailSettings(ChannelSettings):
    """A mail server (SMTP); the password is in the environment variable `password_env`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    type: Literal["email"]
    digest: bool = True
    host: str
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password_env: str | None = None
    sender: str = Field(alias="from")
    to: tuple[str, ...] = Field(min_length=1)
    timeout: float = Field(20, gt=0, le=120)

    @field_validator("sender", "to", mode="after")
    @classmethod
    def _one_line(cls, value: object) -> object:
        for address in value if isinstance(value, tuple) else (value,):
            if "@" not in str(address) or not str(address).isprintable():
                raise ValueError(f"{address!r} is no mail address")
        return value


class EmfSettings(ChannelSettings):
    """CloudWatch metrics in the embedded metric format, appended to a file, or `-` for standard output."""

    type: Literal["emf"]
    on: tuple[Kind, ...] = ("finished",)
    path: str = "-"
    namespace: str = Field("S3Classifier", pattern=r"^[A-Za-z0-9._/#-]{1,255}$")


AnyChannel = Annotated[
    SnsSettings | SqsSettings | EventBridgeSettings | SecurityHubSettings | WebhookSettings
    | EmailSettings | EmfSettings,
    Field(discriminator="type"),
]  # fmt: skip


class NotifySettings(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: tuple[AnyChannel, ...] = Field(min_length=1)
    attempts: int = Field(4, ge=1, le=10)


def load_channels(path: Path) -> NotifySettings:
    """Return the channels of a file. Raises ConfigError naming what is wrong, without the values."""
    tree: Any = construct(path, compose(path))
    try:
        found = NotifySettings.model_validate(tree)
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors(include_input=False, include_url=False)
        )
        raise ConfigError(f"{path}: {told}") from None
    for channel in found.channels:
        for name in (getattr(channel, "url_env", None), getattr(channel, "password_env", None)):
            if name and not os.environ.get(name):
                raise ConfigError(f"{path}: the environment variable {name} is not set")
    return found
