"""E-mail through a mail server (SMTP, RFC 5321)."""

from __future__ import annotations

import os
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

from classifier.model import JSON
from classifier.notify.channel import Channel, ChannelError
from classifier.notify.messages import Message
from classifier.notify.settings import EmailSettings
from classifier.report.formats.words import clipped
from classifier.visible import visible

_SUBJECT, _TEXT = 200, 100_000  # characters


class Email(Channel):
    """Sends each message as a mail of plain text; several mails share a connection."""

    batch = 20
    settings: EmailSettings

    def __init__(self, settings: EmailSettings) -> None:
        super().__init__(settings)
        self.settings = settings

    @property
    def destination(self) -> str:
        return ", ".join(self.settings.to)

    def payload(self, message: Message) -> JSON:
        return {
            "from": self.settings.sender,
            "to": list(self.settings.to),
            "subject": clipped(f"[s3-classifier] {visible(message.subject)}", _SUBJECT),
            "text": clipped("\n".join(visible(line) for line in message.text.split("\n")), _TEXT),
        }

    def send(self, batch: Sequence[tuple[Message, JSON]]) -> list[tuple[Message, str]]:
        told = f"{self.settings.host}:{self.settings.port}"
        refused: list[tuple[Message, str]] = []
        try:
            with self._server() as server:
                for message, payload in batch:
                    try:
                        server.send_message(_mail(message, payload))
                    except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
                        refused.append((message, f"{told} refused it ({type(error).__name__})"))
        except smtplib.SMTPAuthenticationError:
            raise ChannelError(f"{told} refused the user or password", passing=False) from None
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelError(f"{told} cannot be used ({type(error).__name__})") from None
        return refused

    def _server(self) -> smtplib.SMTP:
        settings = self.settings
        context = ssl.create_default_context()
        server: smtplib.SMTP
        if settings.security == "tls":
            server = smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout, context=context)
        else:
            server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
        try:
            if settings.security == "starttls":
                server.starttls(context=context)
            if settings.user:
                server.login(settings.user, os.environ.get(settings.password_env or "", ""))
        except BaseException:
            server.close()
            raise
        return server


def _mail(message: Message, payload: JSON) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = payload["from"], ", ".join(payload["to"]), payload["subject"]
    mail["Message-ID"] = make_msgid(message.fingerprint, "s3-classifier.invalid")
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834
    mail["X-S3-Classifier-Severity"] = str(message.severity)
    mail.set_content(payload["text"])
    return mail
