"""Accounts to scan: those of a list or of an organization, and the role to assume in each."""

from __future__ import annotations

import re
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from classifier.crawl.failures import of_boto
from classifier.crawl.sessions import Connection
from classifier.errors import AccessFailure, UsageError
from classifier.visible import visible

ORGANIZATION = "organization"
_MOST = 1 << 20  # bytes of a list
_ID = re.compile(r"[0-9]{12}")
_ROLE = re.compile(r"(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)  # a path and a name, as IAM has them


def list_accounts(source: str, connection: Connection) -> list[str]:
    """Return the ids of the accounts that a file lists, or of the caller's organization, sorted.

    A file has an id a line; what stands behind it, and lines that begin with #, are for people. Raises
    UsageError for a file that cannot be read or holds something else, AccessFailure where the organization
    cannot be asked.
    """
    found = _of_organization(connection) if source == ORGANIZATION else _of_file(Path(source))
    return sorted(set(found))


def _of_file(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"--accounts {path}: cannot be read: {error.strerror}") from None
    if len(text) > _MOST:
        raise UsageError(f"--accounts {path}: is larger than a list of accounts can be")
    found = []
    for number, line in enumerate(text.decode("utf-8-sig", "replace").splitlines(), 1):
        word = re.split(r"[\s,;]", line.strip(), maxsplit=1)[0]
        if not word or word.startswith("#"):
            continue
        if _ID.fullmatch(word) is None:
            raise UsageError(
                f"--accounts {path}:{number}: {visible(word[:40])} is no account's id (12 digits)"
            )
        found.append(word)
    if not found:
        raise UsageError(f"--accounts {path}: there is no account in it")
    return found


def _of_organization(connection: Connection) -> list[str]:
    """Return the active accounts (https://docs.aws.amazon.com/organizations/latest/APIReference)."""
    found = []
    try:
        for page in connection.client("organizations").get_paginator("list_accounts").paginate():
            for account in page.get("Accounts", ()):
                if account.get("State", account.get("Status")) == "ACTIVE" and _ID.fullmatch(account["Id"]):
                    found.append(account["Id"])
    except (BotoCoreError, ClientError, AccessFailure) as error:
        raise AccessFailure(
            f"the organization's accounts cannot be listed ({of_boto(error).code}): use the management "
            "account, or one that it has delegated, with organizations:ListAccounts; or name a file"
        ) from None
    return found


def role_of(account: str, name: str, connection: Connection) -> str:
    """Return the ARN of the role `name` (or PATH/NAME) in an account. Raises UsageError for no such name."""
    if _ROLE.fullmatch(name) is None:
        raise UsageError(f"--account-role {name!r}: is no role's name, such as s3-classifier or PATH/NAME")
    return f"arn:{connection.partition}:iam::{account}:role/{name}"
