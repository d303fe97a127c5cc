"""Whose access key is it: STS GetCallerIdentity with exactly that key, for `scan --verify-keys`.

https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: no permission is needed, so
that whoever is refused has no valid key. The secret only signs the request; the id and, of temporary
credentials, the token are sent.
"""

from __future__ import annotations

import os
import re
from contextlib import closing
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from classifier.crawl.sessions import refuse_writes
from classifier.model import AccessKey, Verification

CONNECT_TIMEOUT, READ_TIMEOUT, ATTEMPTS = 3, 10, 2  # seconds, and tries of a request
# A region of each partition that every account and every session token is good for: an account may not have
# enabled the run's own region, and be refused there.
_MAIN_REGIONS = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1"}
_ELSEWHERE = re.compile(r"[a-z]+-iso[a-z]*-|eusc-")  # partitions with one or two regions
_MAIN_REGION = "us-east-1"
# No profile, no files, no other address, no client-side monitoring (it reports keys). Each: name in the
# file, name in the environment, value without these, conversion.
_NOTHING_FOUND: dict[str, tuple[None, None, Any, None]] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "csm_enabled": (None, None, False, None),
    "ignore_configured_endpoint_urls": (None, None, True, None),
}
# https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html
_REFUSALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
# These come with SignatureDoesNotMatch where this machine's clock is wrong.
_CLOCK = ("signature expired", "signature not yet current")
_NAME = re.compile(r"[A-Za-z0-9.]{1,64}")
_ACCOUNT = re.compile(r"[0-9]{12}")
_PRINCIPAL_TYPES = {
    "root": "Account",
    "user": "User",
    "assumed-role": "AssumedRole",
    "federated-user": "FederatedUser",
}


def caller_of(key: AccessKey, region: str, endpoint_url: str | None = None) -> Verification:
    """Ask STS in `region` (of `main_region`), or at `endpoint_url`, who the key is. Raises nothing.

    Nothing of the error but its name is kept: its text may hold parts of the request.
    """
    try:
        with closing(_client(key, region, endpoint_url)) as client:
            answer = client.get_caller_identity()
    except ClientError as error:
        return _refusal(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it may quote the key
        return Verification("unknown", type(error).__name__)
    account, arn = str(answer.get("Account")), str(answer.get("Arn"))
    if not _ACCOUNT.fullmatch(account):
        return Verification("unknown", "UnexpectedAnswer")
    resource = arn.split(":", 5)[-1].partition("/")[0]
    kind: Any = _PRINCIPAL_TYPES.get(resource)
    return Verification("live", account=account, principal_type=kind)


def _client(key: AccessKey, region: str, endpoint_url: str | None) -> Any:
    session = boto3.Session(botocore_session=botocore.session.Session(session_vars=_NOTHING_FOUND))
    client = session.client(
        "sts",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
        aws_session_token=key.token,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            user_agent_extra="s3-classifier",
        ),
    )
    client.meta.events.register_first("before-call", refuse_writes)
    return client


def _refusal(error: ClientError) -> Verification:
    given = error.response.get("Error", {})
    code = str(given.get("Code") or "")
    if not _NAME.fullmatch(code):
        return Verification("unknown", "ClientError")
    if str(given.get("Message") or "").lower().startswith(_CLOCK):
        return Verification("unknown", "RequestTimeTooSkewed")
    return Verification("rejected" if code in _REFUSALS else "unknown", code)


def main_region(region: str) -> str:
    """Return the region to ask in for the partition that `region` is in."""
    if _ELSEWHERE.match(region):
        return region
    return next((main for start, main in _MAIN_REGIONS.items() if region.startswith(start)), _MAIN_REGION)
