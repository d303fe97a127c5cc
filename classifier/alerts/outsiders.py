"""Who gets at a bucket from outside, and what its policy says of networks and of people who are gone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping

from classifier.alerts.facts import BucketFacts
from classifier.model import JSON, Grant
from classifier.risk import principal_kind, statements

OUTSIDE = frozenset({"anonymous", "any_aws", "unknown_account"})
_WIDEST = {4: 3, 6: 3}  # bits of a network's prefix up to which it is nearly all there is
# Unique ids that AWS puts in the place of a principal that was deleted
# (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
_DELETED = re.compile(r"(?:AIDA|AROA|AGPA|ANPA)[A-Z0-9]{12,}")


def kind_of(principal: str, facts: BucketFacts) -> str:
    """Return the class of a principal of a grant on the bucket."""
    posture = facts.posture
    told = posture.snapshot.get("Organization") if posture else None
    organization = told if isinstance(told, Mapping) else None
    return principal_kind(principal, facts.known_accounts, posture.account if posture else None, organization)


def grants_of(facts: BucketFacts) -> Iterator[dict[str, JSON]]:
    """Yield the grants that are certain, with the `kind` of the principal and whether it is `outside`."""
    for grant in facts.verdict.grants if facts.verdict else ():
        if grant.decision == "allowed":
            yield grant.to_json() | _whose(grant, facts)


def _whose(grant: Grant, facts: BucketFacts) -> dict[str, JSON]:
    kind = kind_of(grant.principal, facts)
    return {"kind": kind, "outside": kind in OUTSIDE}


def networks(policy: JSON) -> Iterator[str]:
    """Yield the networks that an Allow statement is limited to and that are no limit."""
    for statement in statements(policy) if isinstance(policy, Mapping) else ():
        conditions = statement.get("Condition")
        if statement.get("Effect") != "Allow" or not isinstance(conditions, Mapping):
            continue
        for name, keys in conditions.items():
            if str(name).lower().rpartition(":")[2].startswith("ipaddress") and isinstance(keys, Mapping):
                for key, values in keys.items():
                    if str(key).lower() == "aws:sourceip":
                        listed = values if isinstance(values, list) else [values]
                        yield from (str(value) for value in listed if _wide(str(value)))


def _wide(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen <= _WIDEST[network.version]


def deleted_principals(policy: JSON) -> Iterator[str]:
    """Yield the ids of principals that no longer exist, of statements that allow something."""
    for statement in statements(policy) if isinstance(policy, Mapping) else ():
        principal = statement.get("Principal")
        named = principal.get("AWS") if isinstance(principal, Mapping) else None
        for name in named if isinstance(named, list) else [named]:
            if statement.get("Effect") == "Allow" and isinstance(name, str) and _DELETED.fullmatch(name):
                yield name
