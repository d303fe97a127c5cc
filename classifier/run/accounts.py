"""Many accounts in one run: a connection to each, and which bucket is whose."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from classifier import crawl
from classifier.config import Settings
from classifier.errors import AccessFailure, UsageError
from classifier.model import Target

_NOT_REACHED = "account {}: not scanned: {}"


@dataclass(slots=True)
class Accounts:
    """The accounts of a run. `connections` are by bucket; of the accounts `listed` all buckets are known."""

    targets: list[Target] = field(default_factory=list)
    connections: dict[str, crawl.Connection] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)  # what kept accounts from being scanned, in words


def check(settings: Settings) -> None:
    """Raise UsageError for settings of accounts that do not go together."""
    if settings.accounts is None:
        if settings.account_role is not None:
            raise UsageError("--account-role is nothing without --accounts FILE or --accounts organization")
        return
    if not settings.account_role:
        raise UsageError("--accounts needs --account-role NAME, the role to assume in each account")
    for name in ("role_arn", "mfa_serial", "no_sign_request"):
        if getattr(settings, name):
            option = name.replace("_", "-")
            raise UsageError(
                f"--accounts assumes --account-role with your own credentials: leave out --{option}"
            )


def connect(
    base: crawl.Connection, settings: Settings, charge: Callable[[str], None], stack: ExitStack
) -> Accounts:
    """Connect to each account and list its buckets; an account that cannot be reached is a problem.

    In the caller's own account no role is assumed. Raises UsageError for a wrong list, AccessFailure where no
    account can be reached.
    """
    assert settings.accounts is not None
    assert settings.account_role is not None
    found = Accounts()
    own = base.account_id()[0]
    ids = crawl.list_accounts(settings.accounts, base)
    for account in ids:
        try:
            connection = base
            if account != own:
                role = crawl.role_of(account, settings.account_role, base)
                connection = stack.enter_context(
                    crawl.Connection(settings.model_copy(update={"role_arn": role, "store": None}))
                )
                connection.charge = charge
                connection.check()
            names = crawl.all_buckets(connection)
        except AccessFailure as error:
            found.problems.append(_NOT_REACHED.format(account, error))
            continue
        found.listed.add(account)
        for name in names:
            found.targets.append(Target(name))
            found.connections[name] = connection
    if not found.listed:
        raise AccessFailure(f"no account can be scanned; {found.problems[0]}")
    return found
