"""Reason codes: Macie's, for the codes of S3 and of the file system.

Codes are S3's own (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html); where a server gives
none, the HTTP status or the kind of the transport error stands in. Messages are only searched, never kept:
they may quote keys and content.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass

from classifier.errors import TargetError
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
BY_STATUS = {
    401: Reason.PERMISSION_DENIED,
    403: Reason.PERMISSION_DENIED,
    404: Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE,
    408: Reason.TIME_CUT_OFF_REACHED,
    412: Reason.OBJECT_VERSION_MISMATCH,
    416: Reason.OBJECT_VERSION_MISMATCH,
    **dict.fromkeys((429, 500, 502, 503, 504), Reason.TIME_CUT_OFF_REACHED),
}
_CODE = re.compile(r"[A-Za-z][\w.:-]{0,63}")
_ENCRYPTION = re.compile(r"encrypt", re.IGNORECASE)
# How S3 says AccessDenied where the object may be read and its KMS key may not be used.
_KEY_DENIED = re.compile(r"not authorized to perform: kms:|ciphertext refers to a customer master key")


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
        reason = BY_STATUS.get(status, Reason.UNABLE_TO_PARSE_FILE)
    return Failure(reason, name)


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
