"""Exceptions of boto3 and obstore as failures with Macie's reason codes (`codes`)."""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ReadTimeoutError,
    SSOError,
    TokenRetrievalError,
)
from obstore.exceptions import (
    BaseError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)

from classifier.crawl.codes import BY_STATUS, Failure, of_response
from classifier.errors import AccessFailure, CapReached
from classifier.model import Reason

_CONNECTION = (ConnectionError, HTTPClientError, IncompleteReadError)
_NO_CREDENTIALS = (
    CredentialRetrievalError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_MESSAGE_LIMIT = 1 << 16


def of_boto(error: Exception) -> Failure:
    """Return the failure behind an exception of a boto3 call or of reading its response body.

    Exceptions that say nothing about the request (programming errors) are raised again.
    """
    if isinstance(error, ClientError):
        given = error.response.get("Error", {})
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
        code = str(given.get("Code") or "")
        if code in ("", "Unknown"):  # the query protocol leaves an S3-shaped error at the top level
            code = str(error.response.get("Code") or "")
        return of_response(status, code, str(given.get("Message") or ""))
    if isinstance(error, ConnectTimeoutError | ReadTimeoutError):
        return Failure(Reason.TIME_CUT_OFF_REACHED, type(error).__name__, transport=True)
    if isinstance(error, _NO_CREDENTIALS):
        return Failure(Reason.PERMISSION_DENIED, type(error).__name__)
    if isinstance(error, CapReached):
        return Failure(Reason.TIME_CUT_OFF_REACHED, error.cap)
    if isinstance(error, AccessFailure):  # raised by our own credentials on refresh
        return Failure(Reason.PERMISSION_DENIED, "CredentialsUnavailable")
    if isinstance(error, BotoCoreError):
        lost = isinstance(error, _CONNECTION)
        reason = Reason.TIME_CUT_OFF_REACHED if lost else Reason.UNABLE_TO_PARSE_FILE
        return Failure(reason, type(error).__name__, transport=True)
    raise error


_STATUS = re.compile(r"status code: (\d{3})")
_CODE_ELEMENT = re.compile(r"<Code>([^<]{1,64})</Code>")
_MESSAGE_ELEMENT = re.compile(r"<Message>([^<]*)</Message>")
_TRANSPORT_KIND = re.compile(r"HttpError \{\s*kind: (\w+)")
_STREAM_KIND = re.compile(r"reqwest::Error \{\s*kind: (\w+)")


def of_store(error: BaseError | OSError) -> Failure | None:
    """Return the failure behind an exception of obstore; None where it does not tell (ask boto3 then).

    obstore knows few kinds, so the server's answer is taken from the message, which has the form
    `… - Server returned non-2xx status code: 400 Bad Request: <body>`; a key may stand before it.
    """
    shown, _, debug = str(error)[:_MESSAGE_LIMIT].partition("\n\nDebug source:")
    answer = shown[max(shown.rfind(" - Server returned"), 0) :]
    found = _STATUS.search(answer)
    status = int(found[1]) if found else 0
    code = _group(_CODE_ELEMENT, answer)
    if isinstance(error, PreconditionError):
        return Failure(Reason.OBJECT_VERSION_MISMATCH, code or "PreconditionFailed")
    if isinstance(error, PermissionDeniedError | UnauthenticatedError) and status in (0, 401, 403):
        return of_response(status or 403, code or "AccessDenied", _group(_MESSAGE_ELEMENT, answer))
    if isinstance(error, FileNotFoundError):
        return of_response(404, code or "NoSuchKey", "")
    if code or status in BY_STATUS or status >= 500:
        return of_response(status, code, _group(_MESSAGE_ELEMENT, answer))
    kind = _group(_TRANSPORT_KIND, debug) or _group(_STREAM_KIND, debug)
    if "TimedOut" in debug or kind == "Timeout":
        return Failure(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError", transport=True)
    if kind == "Connect":
        return Failure(Reason.TIME_CUT_OFF_REACHED, "EndpointConnectionError", transport=True)
    if kind:
        return Failure(Reason.TIME_CUT_OFF_REACHED, "ConnectionClosedError", transport=True)
    return None


def _group(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
