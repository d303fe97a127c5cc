"""What rules ask of an event and no field of it says: `Derived`, added to a copy of each record.

`Country` of the source address, `OutsideAccounts` that a policy lets in, `OutsideKey` (a KMS key of another
account), `Canary` (what was set out to be touched by nobody), `Scratch` (a key where jobs come and go).
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from classifier.model import JSON
from classifier.trail.actors import text
from classifier.trail.settings import TrailSettings

_POLICY_FIELDS = (
    "bucketPolicy",
    "policyDocument",
    "policy",
    "policyText",
    "resourcePolicy",
    "accessPolicies",
)
_ARN_ACCOUNT = re.compile(r"arn:aws[\w-]*:(?:iam|sts)::(\d{12}):")
_ACCOUNT = re.compile(r"\d{12}")
_KMS_ACCOUNT = re.compile(r"arn:aws[\w-]*:kms:[\w-]*:(\d{12}):")
_KMS_FIELDS = (
    "x-amz-server-side-encryption-aws-kms-key-id",
    "kmsKeyId",
    "keyId",
    "kMSMasterKeyID",
    "KMSMasterKeyID",
)
_WRITES = frozenset({"CopyObject", "PutObject", "CreateMultipartUpload", "PutBucketEncryption"})
_LONGEST_POLICY = 1 << 17


class Facts:
    """Adds what follows from events and from what the user says of the environment."""

    def __init__(self, settings: TrailSettings) -> None:
        self._settings = settings
        self._countries = {
            ipaddress.ip_network(network, strict=False): country
            for network, country in settings.countries.items()
        }
        self._country = lru_cache(maxsize=50_000)(self._looked_up)

    def added(self, event: Mapping[str, JSON]) -> dict[str, JSON]:
        """Return the event with its facts; those that are not so are left out."""
        request = event.get("requestParameters")
        parameters: Mapping[str, JSON] = request if isinstance(request, Mapping) else {}
        own = text(event.get("recipientAccountId"))
        facts: dict[str, JSON] = {}
        country = self._country(text(event.get("sourceIPAddress")))
        if country:
            facts["Country"] = country
        known = self._settings.known_accounts | {own}
        if outside := sorted(set(_let_in(parameters)) - known):
            facts["OutsideAccounts"] = list[JSON](outside)
        if text(event.get("eventName")) in _WRITES and (
            key := _outside_key(parameters, known if own else None)
        ):
            facts["OutsideKey"] = key
        if self._is_canary(event, parameters):
            facts["Canary"] = True
        if text(parameters.get("key")).startswith(self._settings.etl_prefixes):
            facts["Scratch"] = True
        return {**event, "Derived": facts} if facts else dict(event)

    def _looked_up(self, address: str) -> str:
        """Return an address's country (ISO 3166-1), "" where none is known; the user's map comes first."""
        try:
            number = ipaddress.ip_address(address)
        except ValueError:
            return ""
        for network, country in self._countries.items():
            if number.version == network.version and number in network:
                return country
        if not number.is_global:
            return ""
        import iptocc  # registries' own allocations, offline; nothing else needs it

        return iptocc.country_code(address) or ""

    def _is_canary(self, event: Mapping[str, JSON], parameters: Mapping[str, JSON]) -> bool:
        if not self._settings.canaries:
            return False
        identity = event.get("userIdentity")
        key_id = text(identity.get("accessKeyId")) if isinstance(identity, Mapping) else ""
        place = f"s3://{text(parameters.get('bucketName'))}/{text(parameters.get('key'))}"
        return any(
            (bool(key_id) and canary == key_id)
            or place == canary
            or (canary.endswith("*") and place.startswith(canary[:-1]))
            for canary in self._settings.canaries
        )


def _let_in(parameters: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the accounts that the request lets in: principals of Allow statements, and grantees."""
    for name in _POLICY_FIELDS:
        policy = _document(parameters.get(name))
        if policy is None:
            continue
        statements = policy.get("Statement")
        for statement in statements if isinstance(statements, list) else [statements]:
            if isinstance(statement, Mapping) and statement.get("Effect") == "Allow":
                yield from _accounts(statement.get("Principal"))


def _document(value: JSON) -> Mapping[str, JSON] | None:
    if isinstance(value, str) and len(value) <= _LONGEST_POLICY:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, Mapping) else None


def _accounts(principal: JSON) -> Iterator[str]:
    if isinstance(principal, Mapping):
        named = principal.get("AWS")
        for one in named if isinstance(named, list) else [named]:
            yield from _accounts(one)
    elif isinstance(principal, str):
        found = _ARN_ACCOUNT.match(principal)
        if found:
            yield found[1]
        elif _ACCOUNT.fullmatch(principal):
            yield principal


def _outside_key(parameters: Mapping[str, JSON], known: frozenset[str] | set[str] | None) -> str:
    """Return the KMS key of another account that the request encrypts with, "" for none."""
    if known is None:
        return ""
    found: list[JSON] = [parameters.get(name) for name in _KMS_FIELDS]
    rules = parameters.get("ServerSideEncryptionConfiguration")
    if rules is not None:
        found.append(json.dumps(rules, default=str))
    for value in found:
        match = _KMS_ACCOUNT.search(value) if isinstance(value, str) else None
        if match and match[1] not in known:
            return match[0] + text(value).partition(match[0])[2][:80]
    return ""
