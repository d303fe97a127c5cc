"""Credentials of an assumed role, renewed before they expire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)

from classifier.config import Settings
from classifier.errors import AccessFailure

Prompt = Callable[[str], str]


def assume_role(
    source: botocore.session.Session,
    target: botocore.session.Session,
    settings: Settings,
    *,
    region: str,
    endpoint_url: str | None,
    config: Config,
    prompt: Prompt | None,
) -> None:
    """Give `target` the credentials of `settings.role_arn`, got from STS with those of `source`.

    Nothing is sent before the first use. `prompt` asks the user for an MFA code when the setting has none or
    the one given is used up. Raises AccessFailure when `source` has no credentials of its own.
    """
    own = source.get_credentials()
    if own is None:
        raise AccessFailure(NO_CREDENTIALS)
    arguments: dict[str, Any] = {
        "RoleSessionName": settings.role_session_name,
        "DurationSeconds": settings.duration_seconds,
    }
    if settings.external_id:
        arguments["ExternalId"] = settings.external_id
    if settings.mfa_serial:
        arguments["SerialNumber"] = settings.mfa_serial

    def create_client(service: str, **keys: Any) -> Any:
        return source.create_client(
            service, region_name=region, endpoint_url=endpoint_url, config=config, **keys
        )

    fetcher = AssumeRoleCredentialFetcher(
        create_client,
        own,
        settings.role_arn or "",
        extra_args=arguments,
        mfa_prompter=_MfaCodes(settings, prompt),
    )
    credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    target.register_component("credential_provider", CredentialResolver([_Given(credentials)]))


NO_CREDENTIALS = (
    "no AWS credentials were found; give --profile, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run "
    "`aws configure`, or read public buckets with --no-sign-request"
)


class _Given(CredentialProvider):
    """A credential chain of one: credentials that are already there."""

    METHOD = "assume-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._credentials = credentials

    def load(self) -> DeferredRefreshableCredentials:
        return self._credentials


class _MfaCodes:
    """Answers botocore's question for an MFA code: the setting's, which is good once, then the user's."""

    def __init__(self, settings: Settings, prompt: Prompt | None) -> None:
        self._given = settings.mfa_token
        self._prompt = prompt

    def __call__(self, question: str) -> str:
        given, self._given = self._given, None
        if given is not None:
            return given.get_secret_value()
        if self._prompt is None:
            raise AccessFailure(
                "the role needs a new MFA code and there is nobody to ask; give --mfa-token, "
                "and a longer --duration-seconds if the run outlasts the session"
            )
        return self._prompt(question)
