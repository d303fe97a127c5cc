"""Principal classes: whom to ask about, and a few concrete callers that stand for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from classifier.access import callers, conditions, patterns
from classifier.access.callers import Caller
from classifier.access.choices import (
    IDENTITY_KEYS,
    NARROW_NETWORKS,
    NETWORK_KEYS,
    ORG_KEYS,
    ROUTE_KEYS,
    SOURCE_KEYS,
    STRANGE_ORG,
    Choices,
    of_org,
)
from classifier.access.conditions import Context
from classifier.access.mentions import FEW, filled
from classifier.access.patterns import FILLER
from classifier.access.policy import Entry, Policy
from classifier.access.request import caller_of, owns
from classifier.access.search import Dimension, Option

CLOUDFRONT = "cloudfront.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One concrete caller. `principal` names it in a request; `agreed` says whether its own account's
    policies have to be taken to allow the request."""

    principal: str
    caller: Caller
    dimensions: tuple[Dimension, ...]
    agreed: bool = False
    assumes: bool = field(init=False)  # some values are only assumed

    def __post_init__(self) -> None:
        assumes = any(dimension.sure != dimension.every for dimension in self.dimensions)
        object.__setattr__(self, "assumes", assumes)


@dataclass(frozen=True, slots=True)
class PrincipalClass:
    """A class as reports name it. `public` callers can be anybody; `narrow` ones sit in one place.

    `told` are the context keys by which a policy can tell its callers from just anybody, who is asked too;
    empty where that is so of nobody.
    """

    label: str
    candidates: tuple[Candidate, ...]
    kind: str  # public, narrow, account, own, federated, org, service
    told: frozenset[str] = frozenset()


# What a network decides is told of whoever is in it, not again of everybody who could be.
_OF_ACCOUNTS = ORG_KEYS | IDENTITY_KEYS | ROUTE_KEYS


def public(choices: Choices) -> tuple[PrincipalClass, PrincipalClass]:
    """Return anonymous and any_aws."""
    return (
        PrincipalClass("anonymous", (_unsigned(choices, choices.anywhere),), "public"),
        PrincipalClass("any_aws", (_anybody(choices, choices.anywhere),), "public"),
    )


def _anybody(choices: Choices, network: Dimension) -> Candidate:
    stranger = _stranger(choices)
    orgs = [{}, of_org(STRANGE_ORG), *_open_orgs(choices)]
    identities = _identities(choices, stranger.account)
    return _signed(choices, "any_aws", stranger, orgs, network, identities=identities)


def narrow(choices: Choices) -> Iterator[PrincipalClass]:
    """Yield whoever comes from a narrow address block, a VPC or a role session that the policies name."""
    mentions = choices.mentions
    networks: list[tuple[str, str, list[Option]]] = []
    for values in mentions.fixed_sets("aws:sourceip"):
        blocks = [block for value in values if (block := conditions.network(value)) in choices.narrow]
        if blocks:
            networks.append(("aws:sourceip", f"ip={_listed(map(str, blocks))}", choices.inside(blocks)))
    for key, short in NARROW_NETWORKS.items():
        for values in mentions.fixed_sets(key):
            options = choices.through_vpc(key, values[: 4 * FEW])
            networks.append((key, f"{short}={_listed(values)}", options))
    stranger = _stranger(choices)
    anybody = [group.candidates[0] for group in public(choices)] if networks else []
    for key, name, options in networks:
        network = Dimension(NETWORK_KEYS, tuple(options))
        candidates = tuple(_within(network, who) for who in anybody)
        yield PrincipalClass(f"restricted:{name}", candidates, "narrow", frozenset({key}))
    for value in choices.mentions.values("aws:userid"):
        identifier, colon, session = value.partition(":")
        if patterns.fixed(identifier):
            keys = dict(stranger.keys) | {"aws:userid": (identifier + (colon and f":{filled(session)}"),)}
            caller = replace(stranger, keys=keys)
            candidate = _signed(choices, "any_aws", caller, [{}], choices.anywhere)
            yield PrincipalClass(
                f"restricted:userid={identifier}", (candidate,), "narrow", frozenset({"aws:userid"})
            )


def _within(network: Dimension, who: Candidate) -> Candidate:
    """Return the same caller, in a network."""
    return replace(who, dimensions=tuple(network if d.keys == NETWORK_KEYS else d for d in who.dimensions))


def _listed(values: Iterable[str]) -> str:
    first, rest = (every := list(values))[:4], every[4:]
    return ",".join(first) + (f",… ({len(every)})" if rest else "")


def accounts(choices: Choices, policies: Sequence[Policy]) -> Iterator[PrincipalClass]:
    """Yield the accounts, users, roles and origin access identities that are named.

    Those of the bucket's own account are a class of the kind "own", where that account is known.
    """
    state, mentions, network = choices.state, choices.mentions, choices.everywhere
    named: dict[str, set[str]] = {}
    for entry in _entries(policies):
        if entry.type == "AWS" and patterns.fixed(entry.account):
            whole = not entry.value.startswith("arn:") or not patterns.fixed(entry.value)
            arn = f"arn:aws:iam::{entry.account}:root" if whole else entry.value
            if callers.from_arn(arn):
                named.setdefault(_label(entry.account, arn), set()).add(arn)
    said = [value.split(":", 5)[4] for value in mentions.values("aws:principalarn") if value.count(":") >= 5]
    doors = set(mentions.fixed("s3:dataaccesspointaccount"))
    doors.update(v.split(":", 5)[4] for v in mentions.values("s3:dataaccesspointarn") if v.count(":") >= 5)
    for account in {*mentions.fixed("aws:principalaccount"), *said, *(doors - state.own)}:
        if account and patterns.fixed(account) and account != state.stranger:
            named.setdefault(f"account:{account}", set()).add(f"arn:aws:iam::{account}:root")
    for label, arns in sorted(named.items()):
        candidates: list[Candidate] = []
        own: list[Candidate] = []
        for arn in sorted(arns):
            caller = callers.from_arn(arn)
            if caller is None:
                continue
            if owns(state, caller):
                orgs = [of_org(state.organization)] if state.organization else [{}]
                own.append(_signed(choices, arn, caller, orgs, network))
                continue
            member = caller.account in state.members and state.organization
            orgs = [of_org(state.organization)] if member else [{}]
            guesses = [] if member else [of_org(org) for org in _fixed_orgs(choices)]
            identities = _identities(choices, caller.account) if caller.root else ()
            candidates.append(_signed(choices, arn, caller, orgs, network, guesses, identities))
        if candidates:
            yield PrincipalClass(label, tuple(candidates), "account", _OF_ACCOUNTS)
        if own and state.account:
            yield PrincipalClass(f"account:{state.account}", tuple(own), "own", _OF_ACCOUNTS)
    granted = [
        *state.acl.grants,
        *(g for sampled in state.objects.values() for g in state.grants_of(sampled)),
    ]
    canonical = {grant.grantee for grant in granted if not grant.public}
    canonical.update(entry.value for entry in _entries(policies) if entry.type == "CanonicalUser")
    for identifier in sorted(canonical - state.own):
        principal = f"canonical:{identifier}"
        caller = caller_of(state, principal)
        if caller is not None:
            candidate = _signed(choices, principal, caller, [{}], network)
            yield PrincipalClass(f"account:{identifier}", (candidate,), "account", _OF_ACCOUNTS)


def federated(choices: Choices, policies: Sequence[Policy]) -> Iterator[PrincipalClass]:
    """Yield the identity providers that are named: whoever logs in there and assumes a role.

    A SAML or OpenID Connect provider is one of its account; a web identity provider (no ARN) serves the roles
    of any account. Who can log in is not to be seen here. Source: IAM User Guide, "AWS JSON policy elements:
    Principal", sections on SAML and web identity session principals.
    """
    named = {entry.value: entry.account for entry in _entries(policies) if entry.type == "Federated"}
    for value, account in sorted(named.items()):
        arn = f"arn:aws:sts::{account or choices.state.stranger}:assumed-role/{FILLER}/{callers.SESSION}"
        caller = callers.from_arn(arn)
        if caller is not None and patterns.fixed(value):
            session = _signed(choices, arn, caller, [{}], choices.everywhere)
            yield PrincipalClass(f"federated:{value}", (session,), "federated", _OF_ACCOUNTS)


def organizations(choices: Choices) -> Iterator[PrincipalClass]:
    """Yield the organizations that conditions name."""
    stranger, network = _stranger(choices), choices.everywhere
    for org in _fixed_orgs(choices):
        paths = [p for p in choices.mentions.values("aws:principalorgpaths") if p.partition("/")[0] == org]
        orgs = [of_org(org), *(of_org(org, filled(path)) for path in paths[:FEW])]
        identities = _identities(choices, stranger.account)
        member = _signed(choices, "any_aws", stranger, orgs, network, identities=identities)
        yield PrincipalClass(f"org:{org}", (member,), "org", ORG_KEYS)


def services(choices: Choices, policies: Sequence[Policy]) -> Iterator[PrincipalClass]:
    """Yield the services that are named, acting for whom the policies say or for anybody."""
    mentions = choices.mentions
    names = {entry.value.lower() for entry in _entries(policies) if entry.type == "Service"}
    names.update(name.lower() for name in mentions.values("aws:principalservicename"))
    if any(entry.everyone for entry in _entries(policies)):
        sources = (
            value.split(":", 5)[2] for value in mentions.values("aws:sourcearn") if value.count(":") >= 5
        )
        names.update(f"{name}.amazonaws.com" for name in sources if re.fullmatch(r"[a-z0-9-]+", name))
    for name in sorted(name for name in names if patterns.fixed(name)):
        found = _service(choices, name, [*choices.sources, *choices.strange_sources])
        if found is not None:
            yield found


def deputy(choices: Choices, service: PrincipalClass) -> PrincipalClass | None:
    """Return the service acting for somebody who has nothing to do with the bucket's owner."""
    return _service(choices, service.candidates[0].principal, choices.strange_sources)


def _service(choices: Choices, name: str, sources: Sequence[Option]) -> PrincipalClass | None:
    caller = callers.service(name)
    if caller is None:
        return None
    network = Dimension(NETWORK_KEYS, (Option({}),))
    dimensions = (*choices.common(caller, [caller.keys]), network, Dimension(SOURCE_KEYS, tuple(sources)))
    label = f"service:{name}"
    if name == CLOUDFRONT:
        named = choices.mentions.values("aws:sourcearn", "aws:sourceaccount")
        distributions = [value for value in named if ":cloudfront:" in value]
        label = f"cloudfront:{(distributions or named or ['*'])[0]}"
    return PrincipalClass(label, (Candidate(name, caller, dimensions),), "service")


def _unsigned(choices: Choices, network: Dimension) -> Candidate:
    caller = callers.ANONYMOUS
    return Candidate("anonymous", caller, (*choices.common(caller, [caller.keys]), network))


def _signed(
    choices: Choices,
    principal: str,
    caller: Caller,
    orgs: Sequence[Context],
    network: Dimension,
    guesses: Sequence[Context] = (),
    identities: Iterable[Context] = (),
) -> Candidate:
    """Return a caller who signs; `identities` are keys of others that it could as well be."""
    options = (*(Option(values) for values in orgs), *(Option(values, True) for values in guesses))
    dimensions = (
        *choices.common(caller, map(_with_name, (caller.keys, *identities))),
        network,
        choices.dimension(ORG_KEYS, options),
        choices.route(caller.account, anybody=principal == "any_aws"),
    )
    return Candidate(principal, caller, dimensions, agreed=not (caller.root or caller.agreed))


def _with_name(keys: Context) -> Context:
    resource = keys.get("aws:principalarn", ("",))[0].rpartition(":")[2]
    if not resource.startswith("user/"):
        return keys
    return {**keys, "aws:username": (resource.rpartition("/")[2],)}


def _identities(choices: Choices, account: str) -> Iterator[Context]:
    """Yield the keys of users and roles that the owner of an account could make to fit the policies."""
    if not account.isdigit():
        return
    mentions = choices.mentions
    names: dict[str, None] = {f"role/{FILLER}": None, "root": None}
    for value in mentions.values("aws:principalarn"):
        parts = value.split(":", 5)
        if len(parts) == 6 and patterns.fits(parts[4], account):
            names[filled(parts[5])] = None
        elif len(parts) < 6:
            inner = re.sub(r"[^A-Za-z0-9+=,.@_/-]", "", value.rpartition(":")[2]).strip("/")
            names[f"role/{inner.removeprefix('role/') or FILLER}"] = None
    names.update((f"user/{filled(value)}", None) for value in mentions.values("aws:username"))
    names.update((f"user/{value}", None) for value in mentions.linked.get("aws:username", ()))
    for name in islice(names, 2 * FEW):
        found = callers.from_arn(f"arn:aws:iam::{account}:{name}")
        if found is not None:
            yield found.keys
    role = callers.from_arn(f"arn:aws:iam::{account}:role/{FILLER}")
    for value in mentions.linked.get("aws:principalarn", ()):
        found = callers.from_arn(f"arn:aws:iam::{account}:role/{value}")
        if found is not None:
            yield found.keys
    for value in mentions.values("aws:userid")[:FEW]:
        identifier, colon, session = value.partition(":")
        if role is not None and colon and not patterns.fixed(identifier):
            userid = f"{filled(identifier, 'AROACLASSIFIERPROBE00')}:{filled(session)}"
            yield dict(role.keys) | {"aws:userid": (userid,)}


def _stranger(choices: Choices) -> Caller:
    caller = caller_of(choices.state, "any_aws")
    assert caller is not None, "an ARN made of digits is one"
    return caller


def _open_orgs(choices: Choices) -> list[Context]:
    ids = choices.mentions.opened("aws:principalorgid", "classifierprobe")
    paths = [p for p in choices.mentions.opened("aws:principalorgpaths", "classifierprobe") if "/" in p]
    fixed = set(_fixed_orgs(choices))
    found = [of_org(org) for org in ids]
    found.extend(
        of_org(path.partition("/")[0], path) for path in paths if path.partition("/")[0] not in fixed
    )
    return found


def _fixed_orgs(choices: Choices) -> list[str]:
    mentions = choices.mentions
    firsts = (path.partition("/")[0] for path in mentions.values("aws:principalorgpaths"))
    found = {*mentions.fixed("aws:principalorgid"), *(org for org in firsts if patterns.fixed(org))}
    if choices.state.organization and any(key in mentions for key in ORG_KEYS):
        found.add(choices.state.organization)
    return sorted(found)


def _entries(policies: Iterable[Policy]) -> Iterator[Entry]:
    return (
        entry
        for document in policies
        for statement in document.statements
        if statement.allow or statement.not_principal  # a Deny of all but these leaves these
        for entry in statement.principals
    )


def _label(account: str, arn: str) -> str:
    if account == "cloudfront":
        return f"cloudfront:{arn.rpartition(' ')[2]}"
    return f"account:{account or arn.rpartition('/')[2]}"
