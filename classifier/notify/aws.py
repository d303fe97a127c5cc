"""Channels of AWS: SNS, SQS, EventBridge and Security Hub, each with its own batches and limits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from classifier.model import JSON
from classifier.notify.channel import KIB, Channel, ChannelError, fitted
from classifier.notify.messages import Message
from classifier.notify.settings import (
    AwsSettings,
    EventBridgeSettings,
    SecurityHubSettings,
    SnsSettings,
    SqsSettings,
)
from classifier.report.formats import asff, macie
from classifier.report.formats.places import MOST
from classifier.report.formats.words import clipped
from classifier.report.lines import encode

_CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "standard", "max_attempts": 2})
# Answers that are the same however often one asks.
_FINAL = frozenset(
    (
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidParameter",
        "InvalidInputException",
        "NotFound",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "ValidationException",
    )
)

_DETAILS = {"alert": "Alert", "finding": "Finding"}


class AwsChannel(Channel):
    """What channels of AWS have in common. `service` is its name in boto3."""

    service: str
    settings: AwsSettings

    def __init__(self, settings: AwsSettings) -> None:
        super().__init__(settings)
        self.settings = settings

    @cached_property
    def _session(self) -> boto3.Session:
        return boto3.Session(
            profile_name=self.settings.profile, region_name=self.settings.region or self._region()
        )

    def _region(self) -> str | None:
        """Return the region that the destination's name tells."""
        return None

    @cached_property
    def client(self) -> Any:
        return self._session.client(
            self.service,  # type: ignore[call-overload]
            endpoint_url=self.settings.endpoint_url,
            config=_CONFIG,
        )

    def call(self, operation: str, **parameters: JSON) -> Mapping[str, JSON]:
        """Send a request; return the answer. Raises ChannelError."""
        try:
            answer: Mapping[str, JSON] = getattr(self.client, operation)(**parameters)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            raise ChannelError(f"{self.service} answered {code}", passing=code not in _FINAL) from None
        except BotoCoreError as error:
            raise ChannelError(f"{self.service} cannot be reached ({type(error).__name__})") from None
        return answer

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()


class Sns(AwsChannel):
    """Publishes to a topic (PublishBatch: 10 messages, 256 KiB with their attributes)."""

    service, batch = "sns", 10
    settings: SnsSettings

    @property
    def destination(self) -> str:
        return self.settings.topic_arn

    def _region(self) -> str | None:
        return self.settings.topic_arn.split(":")[3]

    def payload(self, message: Message) -> JSON:
        attributes = _attributes(message)
        room = 250 * KIB - len(encode({"": attributes}))
        entry = {
            "Subject": subject(message.subject),
            "Message": fitted(message, room),
            "MessageAttributes": attributes,
        }
        if self.settings.topic_arn.endswith(".fifo"):
            entry |= {"MessageGroupId": message.run.run_id, "MessageDeduplicationId": message.fingerprint}
        return entry

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        entries = [{"Id": str(number), **payload} for number, (_, payload) in enumerate(batch)]
        answer = self.call(
            "publish_batch", TopicArn=self.settings.topic_arn, PublishBatchRequestEntries=entries
        )
        return _refused(batch, answer)


class Sqs(AwsChannel):
    """Sends to a queue (SendMessageBatch: 10 messages, 256 KiB)."""

    service, batch = "sqs", 10
    settings: SqsSettings

    @property
    def destination(self) -> str:
        return self.settings.queue_url

    def payload(self, message: Message) -> JSON:
        attributes = _attributes(message)
        room = 250 * KIB - len(encode({"": attributes}))
        entry = {"MessageBody": fitted(message, room), "MessageAttributes": attributes}
        if self.settings.queue_url.endswith(".fifo"):
            entry |= {"MessageGroupId": message.run.run_id, "MessageDeduplicationId": message.fingerprint}
        return entry

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        entries = [{"Id": str(number), **payload} for number, (_, payload) in enumerate(batch)]
        return _refused(
            batch, self.call("send_message_batch", QueueUrl=self.settings.queue_url, Entries=entries)
        )


class EventBridge(AwsChannel):
    """Puts events on a bus (PutEvents: 10 entries, 256 KiB)."""

    service, batch = "events", 10
    settings: EventBridgeSettings

    def __init__(self, settings: EventBridgeSettings) -> None:
        super().__init__(settings)
        self._buckets: dict[str, dict[str, JSON]] | None = None

    @property
    def destination(self) -> str:
        return self.settings.bus

    @property
    def secret_destination(self) -> str:
        return f"{self.settings.bus} {self.settings.profile} {self.settings.region}"

    def payload(self, message: Message) -> JSON:
        kind, detail = f"S3 Classifier {_DETAILS.get(message.kind, 'Run')}", ""
        if self.settings.style == "macie" and message.kind == "finding":
            kind, detail = "Macie Finding", self._macie(message)
        return {
            "Source": self.settings.source,
            "DetailType": kind,
            "Detail": detail or fitted(message, 240 * KIB),
            "EventBusName": self.settings.bus,
        }

    def _macie(self, message: Message) -> str:
        past = message.run.past
        assert past is not None
        if self._buckets is None:
            self._buckets = macie.buckets_of(past)
        line = message.record
        found = macie.sensitive([line], message.obj, self._buckets.get(line["bucket"]), past, MOST)
        # Macie's finding is an object's; here each type of data in it is one of its own.
        return json.dumps({**found, "id": line["finding_id"]}, separators=(",", ":"))

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        answer = self.call("put_events", Entries=[payload for _, payload in batch])
        return [
            (message, f"events answered {entry.get('ErrorCode')}")
            for (message, _), entry in zip(batch, answer.get("Entries", ()), strict=False)
            if entry.get("ErrorCode")
        ]


class SecurityHub(AwsChannel):
    """Imports findings and alerts as the account's own product (BatchImportFindings: 100, 240 KB each)."""

    service, batch, limit = "securityhub", 100, 5_000 * KIB
    settings: SecurityHubSettings

    def __init__(self, settings: SecurityHubSettings, *, dry: bool = False) -> None:
        super().__init__(settings)
        self._dry = dry

    @property
    def destination(self) -> str:
        return self.settings.account or self.settings.region or "of this account"

    @property
    def secret_destination(self) -> str:
        return f"{self.settings.account} {self.settings.profile} {self.settings.region}"

    @cached_property
    def _owner(self) -> str | None:
        """The account whose Security Hub it is: the setting's, else that of the credentials."""
        if self.settings.account or self._dry:
            return self.settings.account
        try:
            sts = self._session.client("sts", endpoint_url=self.settings.endpoint_url, config=_CONFIG)
            return str(sts.get_caller_identity()["Account"])
        except (BotoCoreError, ClientError):
            return None  # Security Hub will say what is wrong with the credentials

    def payload(self, message: Message) -> JSON:
        past = message.run.past
        assert past is not None
        if message.kind == "alert":
            finding = asff.of_alert(message.record, past)
        else:
            finding = asff.of_finding(message.record, message.obj, past)
        region = None if self._dry else self._session.region_name
        owner = self._owner or finding["AwsAccountId"]
        finding["ProductArn"] = asff.product_arn(owner, region or finding["Region"])
        if finding["AwsAccountId"] == asff.NO_ACCOUNT:
            finding["AwsAccountId"] = owner
        return finding

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        answer = self.call("batch_import_findings", Findings=[payload for _, payload in batch])
        failed = {one["Id"]: str(one.get("ErrorCode")) for one in answer.get("FailedFindings", ())}
        return [
            (message, f"securityhub answered {failed[payload['Id']]}")
            for message, payload in batch
            if payload["Id"] in failed
        ]


def subject(text: str) -> str:
    """Return a subject that SNS takes: up to 100 printable ASCII characters, the first no blank."""
    plain = "".join(char if " " <= char <= "~" else "?" for char in text).strip() or "s3-classifier"
    return clipped(plain, 100).replace("…", "~")


def _attributes(message: Message) -> dict[str, JSON]:
    return {name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items()}


def _refused(batch: Sequence[tuple[Message, JSON]], answer: Mapping[str, JSON]) -> list[tuple[Message, str]]:
    return [(batch[int(one["Id"])][0], f"answered {one.get('Code')}") for one in answer.get("Failed", ())]
