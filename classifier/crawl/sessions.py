"""Who asks, and where: credentials, roles, endpoints and clients, as the AWS CLI finds them.

Every client made here refuses any operation whose name does not start with Get, List or Head: the crawl only
reads, whatever the rest of the program asks of it.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, Self, overload
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel

from classifier.config import Settings
from classifier.crawl.codes import Failure, target_error
from classifier.crawl.failures import of_boto
from classifier.crawl.roles import NO_CREDENTIALS, Prompt, assume_role
from classifier.crawl.usage import charge_object
from classifier.errors import AccessFailure, CapReached
from classifier.model import Reason

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_sts import STSClient
    from obstore.store import S3Credential

Service = Literal["s3", "s3control", "sts", "kms", "iam", "organizations"]

_FALLBACK_REGION = "us-east-1"
# What botocore takes for a region (a host label, RFC 1123); it comes from the server.
_REGION = re.compile(r"(?![0-9]+\Z)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_AWS_DOMAINS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_READ = ("Get", "List", "Head", "DescribeKey")  # KMS tells of a key in no operation of another name
_CONNECTIONS = 64  # a client is shared by the threads of the posture and of the reads ahead
# How long obstore may keep credentials that are renewed; botocore renews them 10 minutes before their end.
_RENEWED_FOR = timedelta(minutes=9)

# Answers that make every further request pointless
# (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and STS's common errors).
_FATAL = {
    "ExpiredToken": "the credentials have expired; get new ones (for SSO: `aws sso login`) and run again",
    "ExpiredTokenException": "the credentials have expired; get new ones and run again",
    "TokenRefreshRequired": "the credentials must be renewed; get new ones and run again",
    "InvalidToken": "the session token is not valid; set all three of key, secret and AWS_SESSION_TOKEN",
    "InvalidAccessKeyId": "the access key is unknown to the server; check the profile and --endpoint-url",
    "InvalidClientTokenId": "the access key or session token is not valid; check the profile",
    "UnrecognizedClientException": "the access key is unknown to the server; check the profile",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key; check the profile",
    "AuthFailure": "the credentials were refused; check the profile",
    "RequestExpired": "the request was seen as too old; set this machine's clock",
    "RequestTimeTooSkewed": "this machine's clock differs from the server's; set it",
}


@dataclass(frozen=True, slots=True)
class Handover:
    """What another process needs to build the same connection; may be pickled, shows no secret."""

    settings: Settings
    credentials: tuple[str, str, str | None] | None = field(default=None, repr=False)
    connection: str = ""  # which one it is of: another run's may have other credentials

    def connect(self) -> Connection:
        """Return this process's connection, the same one each time; nothing is sent."""
        return _connect(self)

    def within(self, role_arn: str | None) -> Handover:
        """Return what builds a connection as the role of another account; None: as its own."""
        if role_arn in (None, self.settings.role_arn):
            return self
        settings = self.settings.model_copy(update={"role_arn": role_arn})
        return Handover(settings, None, f"{self.connection} {role_arn}")

    def forget(self) -> None:
        """Let this process's connection go, and its credentials with it; its readers have closed it."""
        _connect.cache_clear()


@lru_cache(maxsize=4)
def _connect(handover: Handover) -> Connection:
    return Connection(handover.settings, credentials=handover.credentials)


class Connection:
    """An account (or an S3-compatible server) as one set of credentials sees it. Safe for use by threads."""

    def __init__(
        self,
        settings: Settings,
        *,
        prompt: Prompt | None = None,
        credentials: tuple[str, str, str | None] | None = None,
    ) -> None:
        """Find profile, region and endpoint; nothing is sent.

        `prompt` asks for an MFA code; `credentials` (key, secret, token) replace the usual search.
        Raises AccessFailure for an unknown profile or a broken AWS configuration file.
        """
        self.settings = settings
        self.unsigned = settings.no_sign_request
        self._id = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._regions: dict[str, str] = {}
        self._account: tuple[str | None, str] | None = None
        self.charge: Callable[[str], None] | None = None  # given the operation; raises CapReached
        try:
            session = self._new_session()
            self.region = settings.region or session.get_config_variable("region") or _FALLBACK_REGION
            if credentials is not None:
                session.set_credentials(*credentials)
            elif settings.role_arn and not self.unsigned:
                source, session = session, self._new_session()
                assume_role(
                    source,
                    session,
                    settings,
                    region=self.region,
                    endpoint_url=self._endpoint("sts"),
                    config=self._config(signed=True),
                    prompt=prompt,
                )
            self._session = boto3.Session(botocore_session=session, region_name=self.region)
        except BotoCoreError as error:
            raise AccessFailure(
                f"the AWS configuration cannot be used: {error}; see `aws configure list-profiles`"
            ) from None

    def _new_session(self) -> botocore.session.Session:
        return botocore.session.Session(profile=self.settings.profile)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the clients' connections."""
        with self._lock:
            clients, self._clients = list(self._clients.values()), {}
        for client in clients:
            client.close()

    @property
    def is_custom(self) -> bool:
        """Whether the server is another than AWS (by its address)."""
        host = urlsplit(self.client("s3").meta.endpoint_url).hostname or ""
        return not host.endswith(_AWS_DOMAINS)

    @property
    def partition(self) -> str:
        """The partition of its region: aws, aws-cn, aws-us-gov, …"""
        return str(self._session.get_partition_for_region(self.region))

    @property
    def ca_bundle(self) -> str | None:
        """The file with the certificates to trust, if the AWS configuration names one."""
        path = self._session._session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        return str(path) if path else None

    @overload
    def client(self, service: Literal["s3"], region: str | None = None) -> S3Client: ...
    @overload
    def client(self, service: Literal["s3control"], region: str | None = None) -> S3ControlClient: ...
    @overload
    def client(self, service: Literal["sts"], region: str | None = None) -> STSClient: ...
    @overload
    def client(self, service: Literal["kms", "iam", "organizations"], region: str | None = None) -> Any: ...
    def client(self, service: Service, region: str | None = None) -> Any:
        """Return the (shared) client of a service; the region is that of the connection unless given.

        Raises AccessFailure when the endpoint's address is not one.
        """
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._new_client(service, key[1])
            return self._clients[key]

    def _new_client(self, service: Service, region: str) -> Any:
        endpoint = self._endpoint(service)
        try:
            client: Any = self._session.client(  # the overloads know each service's name only
                service,
                region_name=region,
                endpoint_url=endpoint,
                config=self._config(signed=not self.unsigned),
            )
        except ValueError as error:  # botocore's word for an address it cannot use
            raise AccessFailure(f"{error}; --endpoint-url is like https://HOST:PORT") from None
        except BotoCoreError as error:
            raise AccessFailure(f"no {service} client in {region}: {error}") from None
        if "@" in urlsplit(client.meta.endpoint_url).netloc:  # of AWS_ENDPOINT_URL, say; it would be shown
            raise AccessFailure(f"the address of {service} holds a user name or password; leave these out")
        client.meta.events.register_first("before-call", refuse_writes)
        client.meta.events.register_first("before-send.*", self._charged)
        if service == "s3control" and endpoint is not None:
            client.meta.events.register("before-sign.s3-control", _Host(endpoint))
        return client

    def _charged(self, event_name: str, **_: Any) -> None:
        """Charge a request, each try, before it is sent: to this thread's object, else to the run."""
        if not charge_object() and self.charge is not None:
            self.charge(event_name.rpartition(".")[2])

    def _endpoint(self, service: Service) -> str | None:
        """Return the address to give to a client; None leaves it to botocore.

        --endpoint-url is S3's. A server other than AWS has its other services at the same address; an AWS
        address (of a VPC endpoint, say) speaks S3 only.
        """
        given = self.settings.endpoint_url
        if given is None or service == "s3":
            return given
        if (urlsplit(given).hostname or "").endswith(_AWS_DOMAINS):
            return None
        suffix = "S3_CONTROL" if service == "s3control" else service.upper()
        named = f"AWS_ENDPOINT_URL_{suffix}"
        return None if named in os.environ else given

    def _config(self, *, signed: bool) -> Config:
        options: dict[str, Any] = {
            "connect_timeout": self.settings.connect_timeout,
            "read_timeout": self.settings.read_timeout,
            "retries": {"total_max_attempts": self.settings.max_attempts, "mode": "standard"},
            "max_pool_connections": _CONNECTIONS,
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
            "user_agent_extra": "s3-classifier",
        }
        if self.settings.endpoint_url:
            options["s3"] = {"addressing_style": "path"}
        if not signed:
            options["signature_version"] = UNSIGNED
        return Config(**options)

    def account_id(self) -> tuple[str | None, str]:
        """Return the caller's account id and "", or None and why it is not known (an error code)."""
        if self._account is None:
            self._account = self._ask_account()
        return self._account

    def _ask_account(self) -> tuple[str | None, str]:
        if self.unsigned:
            return None, "Unsigned"
        try:
            account = self.client("sts").get_caller_identity().get("Account")
        except (BotoCoreError, ClientError, AccessFailure) as error:
            if (
                self.is_custom
                and _status(error) in (400, 404, 405, 501)
                and of_boto(error).code not in _FATAL
            ):
                return None, NO_ACCOUNTS
            return None, of_boto(error).code
        return (account, "") if account else (None, NO_ACCOUNTS)

    def bucket_region(self, bucket: str) -> str:
        """Return the region of a bucket, from the x-amz-bucket-region header or GetBucketLocation.

        Where the server does not say, or names what cannot be a region, it is the connection's. Raises
        TargetError when there is no such bucket or the server cannot be reached.
        """
        known = self._regions.get(bucket)
        if known is None:
            told = self._ask_region(bucket)
            known = self._regions[bucket] = told if _REGION.fullmatch(told) else self.region
        return known

    def _ask_region(self, bucket: str) -> str:
        client = self.client("s3")
        try:
            answer: Any = client.head_bucket(Bucket=bucket)
        except ClientError as error:
            answer = error.response
            region = _region_header(answer)
            if _status(error) == 404:
                failure = Failure(Reason.NO_SUCH_BUCKET_AVAILABLE, "NoSuchBucket")
                raise target_error(bucket, "s3:ListBucket", failure) from None
            if region is None and _status(error) != 403:  # HEAD has no body, hence no code: ask again
                return self._ask_location(bucket)
        except (BotoCoreError, AccessFailure) as error:
            raise target_error(bucket, "s3:ListBucket", of_boto(error)) from None
        return _region_header(answer) or self.region

    def _ask_location(self, bucket: str) -> str:
        try:
            location = self.client("s3").get_bucket_location(Bucket=bucket).get("LocationConstraint")
        except (BotoCoreError, ClientError, AccessFailure) as error:
            raise target_error(bucket, "s3:GetBucketLocation", of_boto(error)) from None
        return region_of_location(location)

    def check(self) -> None:
        """Ask the server who we are.

        Raises AccessFailure, with what to do, when there are no credentials, they are not accepted, the role
        cannot be assumed or the endpoint does not answer.
        """
        if not self.unsigned:
            self._check_credentials()
            account, code = self.account_id()
            if code in _FATAL:
                raise AccessFailure(f"{_FATAL[code]} ({code})")
            if account is not None:
                return
        try:
            self.client("s3").list_buckets()
        except CapReached:
            return  # the report will say so
        except ClientError as error:  # the server answers; what is denied here may be allowed on a bucket
            code = of_boto(error).code
            if code in _FATAL:
                raise AccessFailure(f"{_FATAL[code]} ({code})") from None
        except BotoCoreError as error:
            where = self.client("s3").meta.endpoint_url
            raise AccessFailure(
                f"{where} does not answer ({type(error).__name__}); check the network and --endpoint-url"
            ) from None

    def _check_credentials(self) -> None:
        try:
            credentials = self._session.get_credentials()
            if credentials is None:
                raise AccessFailure(NO_CREDENTIALS)
            credentials.get_frozen_credentials()
        except ClientError as error:
            code = of_boto(error).code
            if code in _FATAL:
                raise AccessFailure(f"{_FATAL[code]} ({code})") from None
            role = self.settings.role_arn or "the profile's role"
            raise AccessFailure(
                f"{role} cannot be assumed ({code}); check its trust policy, --external-id, --mfa-serial and "
                "--duration-seconds"
            ) from None
        except BotoCoreError as error:
            raise AccessFailure(f"the credentials cannot be got: {error}; check the profile") from None

    def credentials(self) -> S3Credential:
        """Return the present credentials as obstore takes them; asked again before `expires_at`.

        Raises AccessFailure when there are none or they cannot be renewed.
        """
        credentials = self._session.get_credentials()
        if credentials is None:
            raise AccessFailure(NO_CREDENTIALS)
        renewed = isinstance(credentials, RefreshableCredentials)
        frozen = credentials.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key or "",
            "secret_access_key": frozen.secret_key or "",
            "token": frozen.token,
            "expires_at": datetime.now(UTC) + _RENEWED_FOR if renewed else None,
        }

    def handover(self) -> Handover:
        """Return what a worker process needs to connect as this connection does.

        It is the settings, so that the worker finds and renews credentials by itself; where that would ask
        the user for an MFA code again, the present temporary credentials go with them.
        Raises AccessFailure when these cannot be got.
        """
        if self.unsigned or not self._asks_for_code():
            return Handover(self.settings, connection=self._id)
        self._check_credentials()
        now = self.credentials()
        present = (now["access_key_id"], now["secret_access_key"], now.get("token"))
        return Handover(self.settings, present, self._id)

    def _asks_for_code(self) -> bool:
        if self.settings.role_arn and self.settings.mfa_serial:
            return True
        core = self._session._session
        profiles: dict[str, Any] = core.full_config.get("profiles", {})
        name: Any = self.settings.profile or core.get_config_variable("profile") or "default"
        seen: set[str] = set()
        while isinstance(name, str) and name in profiles and name not in seen:
            seen.add(name)
            if profiles[name].get("mfa_serial"):
                return True
            name = profiles[name].get("source_profile")
        return False


NO_ACCOUNTS = "NoAccounts"  # code of account_id() on a server that does not know AWS accounts


def region_of_location(location: str | None) -> str:
    """Return the region that GetBucketLocation's answer means.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html: null is us-east-1; EU, from
    before there were more regions there, is eu-west-1.
    """
    return {None: _FALLBACK_REGION, "": _FALLBACK_REGION, "EU": "eu-west-1"}.get(location) or str(location)


def _status(error: Exception) -> int:
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    return 0


def _region_header(answer: Any) -> str | None:
    region = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
    return str(region) if region else None


def refuse_writes(model: OperationModel, **_: Any) -> None:
    if not model.name.startswith(_READ):
        raise AccessFailure(f"refused to send {model.name}: s3-classifier only reads")


class _Host:
    """Undoes s3control's ACCOUNT.HOST names, which servers other than AWS do not resolve (before signing)."""

    def __init__(self, endpoint: str) -> None:
        self._netloc = urlsplit(endpoint).netloc

    def __call__(self, request: AWSRequest, **_: Any) -> None:
        request.url = urlsplit(str(request.url))._replace(netloc=self._netloc).geturl()
