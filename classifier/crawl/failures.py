"""Errors of boto3, obstore and the file system as Macie reason codes.

Codes are S3's own (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html); where a server gives
none, the HTTP status or the kind of the transport error stands in. Messages are only searched, never kept:
they may quote keys and content.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

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

from classifier.errors import AccessFailure, TargetError
from classifier.model import Reason

_BY_CODE = {
    "NoSuchBucket": Reason.NO_SUCH_BUCKET_AVAILABLE,
    "NoSuchKey": Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
    "NoSuchVersion": Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
    "PreconditionFailed": Reason.OBJECT_VERSION_MISMATCH,
    "InvalidRange": Reason.OBJECT_VERSION_MISMATCH,  # ranges come from the listed size: the object shrank
    "InvalidObjectState": Reason.INVALID_OBJECT_STATE,
    "RequestTimeout": Reason.TIME_CUT_OFF_REACHED,
    "ExpiredToken": Reason.PERMISSION_DENIED,
    "InvalidToken": Reason.PERMISSION_DENIED,
    "TokenRefreshRequired": Reason.PERMISSION_DENIED,
}
# Macie knows no server that does not answer; what remains is that the time for the object was over, and that
# another run may read it. It is the reason for throttling, a server's own faults and broken connections.
_BY_STATUS = {
    401: Reason.PERMISSION_DENIED,
    403: Reason.PERMISSION_DENIED,
    404: Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
    408: Reason.TIME_CUT_OFF_REACHED,
    412: Reason.OBJECT_VERSION_MISMATCH,
    416: Reason.OBJECT_VERSION_MISMATCH,
    **dict.fromkeys((429, 500, 502, 503, 504), Reason.TIME_CUT_OFF_REACHED),
}
_CONNECTION = (ConnectionError, HTTPClientError, IncompleteReadError)
_NO_CREDENTIALS = (
    CredentialRetrievalError,
    MetadataRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
_CODE = re.compile(r"[A-Za-z][\w.:-]{0,63}")
_ENCRYPTION = re.compile(r"encrypt", re.IGNORECASE)
# How S3 says AccessDenied where the object may be read and its KMS key may not be used.
_KEY_DENIED = re.compile(r"not authorized to perform: kms:|ciphertext refers to a customer master key")
_MESSAGE_LIMIT = 1 << 16


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed: the reason code, the server's code, and whether trying again could help."""

    reason: Reason
    code: str
    transport: bool = False


def of_response(status: int, code: str, message: str) -> Failure:
    """Return the failure that an HTTP error response stands for."""
    name = code if _CODE.fullmatch(code) and code != "Unknown" else f"HTTP {status}"
    reason = _BY_CODE.get(code)
    if reason is None and (code.startswith("KMS.") or (status == 403 and _KEY_DENIED.search(message))):
        reason = Reason.INVALID_KMS_KEY
    if reason is None and status == 400 and _ENCRYPTION.search(message):
        reason = Reason.INVALID_KMS_KEY if "KMS" in message else Reason.INVALID_ENCRYPTION
    if reason is None:
        reason = _BY_STATUS.get(status, Reason.UNABLE_TO_PARSE_FILE)
    return Failure(reason, name)


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
    if code or status in _BY_STATUS or status >= 500:
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


def of_file(error: OSError) -> Failure:
    """Return the failure behind an error of the local file system."""
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return Failure(Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, code)
    if isinstance(error, PermissionError):
        return Failure(Reason.PERMISSION_DENIED, code)
    if error.errno == errno.ELOOP:  # O_NOFOLLOW: a link stands where a file was listed
        return Failure(Reason.OBJECT_VERSION_MISMATCH, code)
    return Failure(Reason.UNABLE_TO_PARSE_FILE, code)


_ADVICE = {
    Reason.NO_SUCH_BUCKET_AVAILABLE: "check the bucket's name, the account and --endpoint-url",
    Reason.PERMISSION_DENIED: "allow {action} to these credentials, or give others (--profile, --role-arn)",
}
_TRY_LATER = "try again later; if it stays, ask the server's operator"

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AllAccessDisabled",
        "AuthorizationHeaderMalformed",
        "CredentialsUnavailable",
        "ExpiredToken",
        "HTTP 401",
        "HTTP 403",
        "InvalidAccessKeyId",
        "InvalidToken",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "Unsigned",
    }
)


_GONE = frozenset(
    {
        "CredentialsUnavailable",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "TokenRefreshRequired",
    }
)


def credentials_gone(code: str) -> bool:
    """Whether an error code says that no further request can succeed with these credentials."""
    return code in _GONE


def is_denied(code: str) -> bool:
    """Whether an error code of `Posture.unreadable` says that a permission, not the server, was lacking."""
    return code in _DENIED


def target_error(bucket: str, action: str, failure: Failure) -> TargetError:
    """Return the error of a bucket on which `action` (such as "s3:ListBucket") failed."""
    advice = _ADVICE.get(failure.reason, _TRY_LATER)
    if failure.transport:
        advice = "check the network, or raise read_timeout"
    if credentials_gone(failure.code):
        advice = "get new credentials and run again"
    return TargetError(
        f"s3://{bucket}: {action} failed with {failure.code}; {advice.format(action=action)}",
        failure.reason,
        failure.code,
    )
