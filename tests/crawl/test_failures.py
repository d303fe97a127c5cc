"""Error codes, statuses and exceptions as reason codes."""

from __future__ import annotations

import errno

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    CredentialRetrievalError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from obstore.exceptions import GenericError, PermissionDeniedError, PreconditionError

from classifier.crawl.codes import Failure, of_file, of_response, target_error
from classifier.crawl.failures import of_boto, of_store
from classifier.errors import AccessFailure
from classifier.model import Reason

SSE_C = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be provided"
)
KMS = "User: u is not authorized to perform: kms:Decrypt on resource: k because no policy allows it"
KMS_KEY = (
    "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access"
)
ABOUT_A_KEY = "User: u is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/kms:Decrypt"
SIGV4 = (
    "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4."
)


@pytest.mark.parametrize(
    "status, code, message, reason, shown",
    [
        (403, "AccessDenied", "", Reason.PERMISSION_DENIED, "AccessDenied"),
        (403, "AccessDenied", KMS, Reason.INVALID_KMS_KEY, "AccessDenied"),
        (403, "AccessDenied", KMS_KEY, Reason.INVALID_KMS_KEY, "AccessDenied"),
        (403, "AccessDenied", ABOUT_A_KEY, Reason.PERMISSION_DENIED, "AccessDenied"),
        (401, "", "", Reason.PERMISSION_DENIED, "HTTP 401"),
        (400, "ExpiredToken", "", Reason.PERMISSION_DENIED, "ExpiredToken"),
        (404, "NoSuchKey", "", Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "NoSuchKey"),
        (404, "NoSuchBucket", "", Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket"),
        (412, "PreconditionFailed", "", Reason.OBJECT_VERSION_MISMATCH, "PreconditionFailed"),
        (416, "InvalidRange", "", Reason.OBJECT_VERSION_MISMATCH, "InvalidRange"),
        (403, "InvalidObjectState", "", Reason.INVALID_OBJECT_STATE, "InvalidObjectState"),
        (400, "KMS.DisabledException", "", Reason.INVALID_KMS_KEY, "KMS.DisabledException"),
        (400, "KMS.NotFoundException", "", Reason.INVALID_KMS_KEY, "KMS.NotFoundException"),
        (400, "InvalidRequest", SSE_C, Reason.INVALID_ENCRYPTION, "InvalidRequest"),
        (400, "InvalidArgument", SIGV4, Reason.INVALID_KMS_KEY, "InvalidArgument"),
        (400, "InvalidRequest", "Missing header", Reason.UNABLE_TO_PARSE_FILE, "InvalidRequest"),
        (400, "RequestTimeout", "", Reason.TIME_CUT_OFF_REACHED, "RequestTimeout"),
        (503, "SlowDown", "", Reason.TIME_CUT_OFF_REACHED, "SlowDown"),
        (429, "TooManyRequests", "", Reason.TIME_CUT_OFF_REACHED, "TooManyRequests"),
        (501, "NotImplemented", "", Reason.UNABLE_TO_PARSE_FILE, "NotImplemented"),
        (500, "<script>alert(1)</script>", "", Reason.TIME_CUT_OFF_REACHED, "HTTP 500"),
    ],
)
def test_of_response(status: int, code: str, message: str, reason: Reason, shown: str) -> None:
    assert of_response(status, code, message) == Failure(reason, shown)


@pytest.mark.parametrize(
    "error, expected",
    [
        (
            ClientError(
                {"Error": {"Code": "NoSuchKey"}, "ResponseMetadata": {"HTTPStatusCode": 404}}, "GetObject"
            ),
            Failure(Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "NoSuchKey"),
        ),
        (
            ClientError(
                {"Code": "MethodNotAllowed", "ResponseMetadata": {"HTTPStatusCode": 405}}, "GetCallerIdentity"
            ),
            Failure(Reason.UNABLE_TO_PARSE_FILE, "MethodNotAllowed"),
        ),
        (ReadTimeoutError(endpoint_url="x"), Failure(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError", True)),
        (
            EndpointConnectionError(endpoint_url="x"),
            Failure(Reason.TIME_CUT_OFF_REACHED, "EndpointConnectionError", True),
        ),
        (
            ConnectionClosedError(endpoint_url="x"),
            Failure(Reason.TIME_CUT_OFF_REACHED, "ConnectionClosedError", True),
        ),
        (
            CredentialRetrievalError(provider="x", error_msg="y"),
            Failure(Reason.PERMISSION_DENIED, "CredentialRetrievalError"),
        ),
        (AccessFailure("MFA"), Failure(Reason.PERMISSION_DENIED, "CredentialsUnavailable")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_of_boto(error: Exception, expected: Failure) -> None:
    assert of_boto(error) == expected


def test_of_boto_does_not_swallow_what_it_does_not_know() -> None:
    with pytest.raises(ZeroDivisionError):
        of_boto(ZeroDivisionError())


def _said(status: str, body: str = "", path: str = "k") -> str:
    return (
        f"Generic S3 error for path {path}: Error performing GET http://h/b/k in 1ms - Server returned "
        f"non-2xx status code: {status}: {body}\n\nDebug source:\nGeneric {{ store: S3 }}"
    )


def _transport(kind: str, more: str = "") -> str:
    return f"HTTP error: error sending request\n\nDebug source:\nHttpError {{\n    kind: {kind},\n {more} }}"


@pytest.mark.parametrize(
    "error, expected",
    [
        (
            GenericError(_said("400", "<Code>ExpiredToken</Code>")),
            Failure(Reason.PERMISSION_DENIED, "ExpiredToken"),
        ),
        (
            GenericError(_said("400", f"<Code>InvalidRequest</Code><Message>{SSE_C}</Message>")),
            Failure(Reason.INVALID_ENCRYPTION, "InvalidRequest"),
        ),
        (GenericError(_said("503 Service Unavailable")), Failure(Reason.TIME_CUT_OFF_REACHED, "HTTP 503")),
        (PermissionDeniedError(_said("403")), Failure(Reason.PERMISSION_DENIED, "AccessDenied")),
        (
            PermissionDeniedError(_said("403", f"<Code>AccessDenied</Code><Message>{KMS}</Message>")),
            Failure(Reason.INVALID_KMS_KEY, "AccessDenied"),
        ),
        (
            PermissionDeniedError(_said("403", "<Code>InvalidObjectState</Code>")),
            Failure(Reason.INVALID_OBJECT_STATE, "InvalidObjectState"),
        ),
        (PreconditionError(_said("412")), Failure(Reason.OBJECT_VERSION_MISMATCH, "PreconditionFailed")),
        (FileNotFoundError(_said("404")), Failure(Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "NoSuchKey")),
        (
            FileNotFoundError(_said("404", "<Code>NoSuchBucket</Code>")),
            Failure(Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket"),
        ),
        (GenericError(_transport("Timeout")), Failure(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError", True)),
        (
            GenericError(_transport("Decode", "source: TimedOut")),
            Failure(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError", True),
        ),
        (
            GenericError(_transport("Connect")),
            Failure(Reason.TIME_CUT_OFF_REACHED, "EndpointConnectionError", True),
        ),
        (
            GenericError(_transport("Request")),
            Failure(Reason.TIME_CUT_OFF_REACHED, "ConnectionClosedError", True),
        ),
        (GenericError(_said("400")), None),
        (GenericError("Received redirect without LOCATION"), None),
    ],
)  # fmt: skip
def test_of_store(error: OSError, expected: Failure | None) -> None:
    assert of_store(error) == expected


def test_a_key_that_looks_like_an_answer_is_not_one() -> None:
    hostile = "x - Server returned non-2xx status code: 404: <Code>NoSuchBucket</Code>"
    error = GenericError(_said("403", "<Code>AccessDenied</Code>", path=hostile))
    assert of_store(error) == Failure(Reason.PERMISSION_DENIED, "AccessDenied")


@pytest.mark.parametrize(
    "number, reason",
    [
        (errno.ENOENT, Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE),
        (errno.EACCES, Reason.PERMISSION_DENIED),
        (errno.ELOOP, Reason.OBJECT_VERSION_MISMATCH),
        (errno.EIO, Reason.UNABLE_TO_PARSE_FILE),
    ],
)
def test_of_file(number: int, reason: Reason) -> None:
    assert of_file(OSError(number, "x")) == Failure(reason, errno.errorcode[number])


@pytest.mark.parametrize(
    "failure, says",
    [
        (Failure(Reason.PERMISSION_DENIED, "AccessDenied"), "allow s3:ListBucket"),
        (Failure(Reason.PERMISSION_DENIED, "ExpiredToken"), "get new credentials"),
        (Failure(Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket"), "check the bucket's name"),
        (Failure(Reason.TIME_CUT_OFF_REACHED, "SlowDown"), "try again later"),
        (Failure(Reason.TIME_CUT_OFF_REACHED, "ReadTimeoutError", True), "check the network"),
    ],
)
def test_target_error_says_what_to_do(failure: Failure, says: str) -> None:
    error = target_error("b", "s3:ListBucket", failure)
    assert str(error).startswith(f"s3://b: s3:ListBucket failed with {failure.code}; ")
    assert says in str(error)
    assert (error.reason, error.code) == (failure.reason, failure.code)
