"""The values a caller can give to each context key.

What a caller with an account of its own can and cannot choose follows from the IAM User Guide, "AWS global
condition context keys" (the "Availability" lines), and from the condition keys of the Service Authorization
Reference for S3. Keys that no request carries get no dimension: they are absent.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice, product

from classifier.access import conditions, status
from classifier.access.callers import Caller
from classifier.access.conditions import Address, Context, Network
from classifier.access.mentions import FEW, Mentions, filled
from classifier.access.patterns import FILLER
from classifier.access.search import Dimension, Option
from classifier.access.snapshot import State

STRANGE_ORG = "o-classifierprobe"
_STRANGE_VPC, _STRANGE_ENDPOINT = "vpc-0c1a551f1e70b0000", "vpce-0c1a551f1e70b0000"
# Addresses of large public networks, spread over the address space, to begin with.
_ROUTABLE = ("52.95.110.1", "13.32.5.9", "104.16.7.7", "185.60.1.5", "2600:9000:1:2::7", "2a00:1450::7")

ORG_KEYS = frozenset({"aws:principalorgid", "aws:principalorgpaths"})
SOURCE_KEYS = frozenset({"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"})
ROUTE_KEYS = frozenset({"s3:accesspointnetworkorigin", "s3:dataaccesspointaccount", "s3:dataaccesspointarn"})
IDENTITY_KEYS = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalisawsservice",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltype",
        "aws:userid",
        "aws:username",
    }
)
# VPC keys that another account's owner cannot have the same value of → their short name in reports.
NARROW_NETWORKS = {
    "aws:sourcevpc": "vpc",
    "aws:sourcevpcarn": "vpc",
    "aws:sourcevpce": "vpce",
    "aws:vpceaccount": "vpce-account",
    "aws:vpceorgid": "vpce-org",
    "aws:vpceorgpaths": "vpce-org-path",
}
NETWORK_KEYS = frozenset({"aws:sourceip", "aws:vpcsourceip", *NARROW_NETWORKS})

_SIGNED = frozenset(
    {
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:ec2instancesourceprivateipv4",
        "aws:federatedprovider",
        "aws:multifactorauthage",
        "aws:multifactorauthpresent",
        "aws:sourceidentity",
        "aws:tokenissuetime",
        "s3:signatureage",
    }
)
_CHOSEN = frozenset({"aws:referer", "aws:tagkeys", "aws:useragent"})
_SETS = frozenset({"aws:calledvia", "aws:tagkeys", "s3:requestobjecttagkeys"})
_ENVIRONMENT = frozenset(
    {
        "aws:currenttime",
        "aws:epochtime",
        "aws:requestedregion",
        "aws:resourceaccount",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "s3:resourceaccount",
    }
)
_ELSEWHERE = IDENTITY_KEYS | NETWORK_KEYS | ROUTE_KEYS | ORG_KEYS | SOURCE_KEYS | _ENVIRONMENT


class Choices:
    """The candidate values for one bucket. `time` and `epoch` are the moment of the evaluation."""

    def __init__(self, state: State, mentions: Mentions, time: str, epoch: str) -> None:
        self.state = state
        self.mentions = mentions
        self.time = time
        self.epoch = epoch
        self._free_options: dict[tuple[str, bool], tuple[Option, ...]] = {}
        self._free_dimensions: dict[bool, tuple[Dimension, ...]] = {}
        self._dimensions: dict[tuple[object, ...], Dimension] = {}

    def common(self, caller: Caller, identities: Iterable[Context]) -> tuple[Dimension, ...]:
        """Return the dimensions of every class: who it is, what the bucket fixes, and the free keys."""
        signed: Context = {"aws:principalisawsservice": ("false",)} if caller.kind == "aws" else {}
        options = tuple(Option({**identity, **signed}) for identity in identities)
        who = self.dimension(IDENTITY_KEYS, options)
        return (who, *self._environment, *self._free_keys(signed=caller.kind == "aws"))

    def dimension(self, keys: frozenset[str], options: tuple[Option, ...]) -> Dimension:
        """Return the dimension; the same one for the same options, so that work on it is shared."""
        told = tuple((option.assumed, *option.values.items()) for option in options)
        found = self._dimensions.get((keys, told))
        if found is None:
            found = self._dimensions[keys, told] = Dimension(keys, options)
        return found

    def _free_keys(self, *, signed: bool) -> tuple[Dimension, ...]:
        if signed not in self._free_dimensions:
            self._free_dimensions[signed] = tuple(
                Dimension(frozenset((key,)), options)
                for key in sorted(self.mentions.tests.keys() - _ELSEWHERE)
                if (options := self._free(key, signed=signed))
            )
        return self._free_dimensions[signed]

    @cached_property
    def _environment(self) -> tuple[Dimension, ...]:
        """What the bucket and the clock fix; what the snapshot does not tell is assumed."""
        clock = (("aws:currenttime", self.time), ("aws:epochtime", self.epoch))
        found = [Dimension(frozenset((key,)), (Option({key: (value,)}),)) for key, value in clock]
        for keys, known in (
            (("aws:resourceaccount", "s3:resourceaccount"), self.state.account),
            (("aws:resourceorgid",), self.state.organization),
            (("aws:requestedregion",), self.state.region),
            (("aws:resourceorgpaths",), ""),
        ):
            if any(key in self.mentions for key in keys):
                guesses = [filled(value) for value in self.mentions.values(*keys)[:FEW]]
                options = [
                    Option(dict.fromkeys(keys, (value,)), not known)
                    for value in ([known] if known else [*guesses, FILLER])
                ]
                found.append(Dimension(frozenset(keys), tuple(options)))
        return tuple(found)

    def _free(self, key: str, *, signed: bool) -> tuple[Option, ...]:
        """Return the options of a key that stands alone; none when the caller's requests never carry it."""
        if (key, signed) not in self._free_options:
            self._free_options[key, signed] = self._free_of(key, signed=signed)
        return self._free_options[key, signed]

    def _free_of(self, key: str, *, signed: bool) -> tuple[Option, ...]:
        if key == "aws:securetransport":
            return (Option({key: ("true",)}), Option({key: ("false",)}))
        if key == "aws:viaawsservice":
            return (Option({key: ("false",)}), Option({key: ("true",)})) if signed else ()
        if key in ("s3:authtype", "s3:signatureversion"):
            types = ("REST-HEADER", "REST-QUERY-STRING", "POST") if key == "s3:authtype" else _SIGNATURES
            return tuple(Option({key: (value,)}) for value in types) if signed else ()
        unknown = key.startswith(("aws:resourcetag/", "s3:buckettag/"))
        if not unknown and not signed and (key in _SIGNED or key.startswith("aws:principaltag/")):
            return ()
        if not unknown and not (
            key in _CHOSEN
            or key in _SIGNED
            or key.startswith(("aws:requesttag/", "aws:principaltag/", "s3:"))
        ):
            return ()
        values: list[tuple[str, ...]] = [(value,) for value in self.mentions.wishes(key)]
        if key in _SETS:
            values.append(tuple(self.mentions.wishes(key)))
        return (Option({}, unknown), *(Option({key: value}, unknown) for value in values))

    # ---- the network

    @cached_property
    def anywhere(self) -> Dimension:
        """Where anybody can come from: the Internet, or a VPC of their own."""
        return Dimension(NETWORK_KEYS, (*self._internet, *self.through_vpc()))

    @cached_property
    def everywhere(self) -> Dimension:
        """The same, and the narrow networks the policies name: where a named caller may sit."""
        named = [
            option
            for key in NARROW_NETWORKS
            for option in self.through_vpc(key, self.mentions.fixed(key))[: 4 * FEW]
        ]
        options = (*self._internet, *self.inside(self.narrow), *self.through_vpc(), *named)
        return Dimension(NETWORK_KEYS, options)

    @cached_property
    def blocks(self) -> list[Network]:
        found = map(conditions.network, self.mentions.values("aws:sourceip"))
        return list(dict.fromkeys(block for block in found if block is not None))

    @cached_property
    def narrow(self) -> list[Network]:
        """The address blocks of the policies that are not as good as the whole Internet."""
        return [block for block in self.blocks if not status.broad(block)]

    def inside(self, blocks: Iterable[Network]) -> list[Option]:
        """Return requests from addresses of the blocks, the first of each before the second of any."""
        spread = [list(_spread(block, 3)) for block in islice(blocks, FEW)]
        addresses = dict.fromkeys(row[i] for i in range(3) for row in spread if i < len(row))
        return [Option({"aws:sourceip": (str(address),)}) for address in addresses]

    @cached_property
    def _internet(self) -> list[Option]:
        blocks, narrow = self.blocks, self.narrow
        found: list[Address | None] = [conditions.address(text) for text in _ROUTABLE]
        for block in blocks:
            found.extend(_spread(block, 16) if status.broad(block) else ())
        kept = [a for a in found if a is not None and a.is_global and not any(a in b for b in narrow)]
        return [Option({"aws:sourceip": (str(a),)}) for a in islice(dict.fromkeys(kept), 8 * FEW)]

    def through_vpc(self, key: str = "", values: Sequence[str] = ()) -> list[Option]:
        """Return requests through a VPC endpoint of the caller's own; with `key`, one of those values."""
        mentions, stranger = self.mentions, self.state.stranger
        addresses = map(conditions.network, mentions.values("aws:vpcsourceip"))
        spread = [str(a) for block in addresses if block is not None for a in _spread(block, 2)]
        choices: dict[str, Sequence[str]] = {
            "aws:sourcevpc": (_STRANGE_VPC, *mentions.opened("aws:sourcevpc")),
            "aws:sourcevpce": (_STRANGE_ENDPOINT, *mentions.opened("aws:sourcevpce")),
            "aws:sourcevpcarn": (
                f"arn:aws:ec2:us-east-1:{stranger}:vpc/{_STRANGE_VPC}",
                *mentions.opened_arns("aws:sourcevpcarn", stranger),
            ),
            "aws:vpceaccount": (stranger, *mentions.opened("aws:vpceaccount")),
            "aws:vpceorgid": (STRANGE_ORG, *mentions.opened("aws:vpceorgid")),
            "aws:vpceorgpaths": (f"{STRANGE_ORG}/r-0000/", *mentions.opened("aws:vpceorgpaths")),
            "aws:vpcsourceip": ("10.11.12.13", *spread[:FEW]),
        }
        if key:
            choices[key] = values
        used = [name for name in choices if name in mentions or name == "aws:sourcevpce"]
        return [
            Option({name: (each,) for name, each in zip(used, chosen, strict=True)})
            for chosen in islice(product(*(choices[name] for name in used)), 8 * FEW)
        ]

    # ---- access points and sources

    def route(self, account: str, *, anybody: bool = False) -> Dimension:
        """Return the ways to the bucket: straight, or by an access point that the caller made for itself.

        A bucket policy may leave the decision to the access points of another account, whose policies cannot
        be seen: these ways are assumed. RestrictPublicBuckets keeps `anybody` from an access point that is
        open to all.
        """
        options = [Option({})]
        if any(key in self.mentions for key in ROUTE_KEYS):
            arns = [
                f"arn:aws:s3:{self.state.region or 'us-east-1'}:{account}:accesspoint/{FILLER}",
                *self.mentions.opened_arns("s3:dataaccesspointarn", account),
                *(arn for arn in self.mentions.fixed("s3:dataaccesspointarn") if account in arn.split(":")),
            ]
            options.extend(Option(by_access_point(arn, account)) for arn in dict.fromkeys(arns))
        if not (anybody and self.state.restrict.on):
            options.extend(Option(values, True) for values in self._unseen())
        return self.dimension(ROUTE_KEYS, tuple(options))

    def _unseen(self) -> Iterator[Context]:
        """Yield access points that the bucket may have: of other accounts, or ones that were not listed."""
        for account in self.mentions.fixed("s3:dataaccesspointaccount")[:FEW]:
            if self.may_be_unseen(account):
                yield by_access_point(f"arn:aws:s3:us-east-1:{account}:accesspoint/{FILLER}", account)
        for value in self.mentions.values("s3:dataaccesspointarn")[:FEW]:
            parts = filled(value).split(":", 5)
            if len(parts) == 6 and self.may_be_unseen(parts[4]):
                yield by_access_point(":".join(parts), parts[4])

    def may_be_unseen(self, account: str) -> bool:
        return not self.state.access_points_readable or (
            account.isdigit() and account != self.state.account and bool(self.state.account)
        )

    @cached_property
    def sources(self) -> list[Option]:
        """What a service may act for by the policies' own words, the owner's account first."""
        mentions = self.mentions
        own = [self.state.account] if self.state.account else []
        accounts = [*own, *(filled(value) for value in mentions.values("aws:sourceaccount"))]
        orgs = [self.state.organization or STRANGE_ORG, *mentions.fixed("aws:sourceorgid")]
        arns = [filled(value) for value in mentions.values("aws:sourcearn")] or [f"arn:aws:s3:::{FILLER}"]
        paths = [filled(value) for value in mentions.values("aws:sourceorgpaths")] or [f"{orgs[0]}/r-0000/"]
        combined = product(arns[:FEW], (accounts or [self.state.stranger])[:FEW], orgs[:4], paths[:4])
        return [Option(_source(*chosen)) for chosen in islice(combined, 16 * FEW)]

    @cached_property
    def strange_sources(self) -> list[Option]:
        """Calls for a resource that has nothing to do with the bucket's owner, or for none told."""
        mentions, stranger = self.mentions, self.state.stranger
        arns = [
            f"arn:aws:s3:::{FILLER}",
            f"arn:aws:cloudfront::{stranger}:distribution/E0CLASSIFIER",
            *mentions.opened_arns("aws:sourcearn", stranger),
        ]
        accounts = [stranger, *mentions.opened("aws:sourceaccount")]
        orgs = [STRANGE_ORG, *mentions.opened("aws:sourceorgid")]
        paths = [f"{STRANGE_ORG}/r-0000/", *mentions.opened("aws:sourceorgpaths")]
        combined = product(arns, accounts[:4], orgs[:4], paths[:4])
        return [Option({}), *(Option(_source(*chosen)) for chosen in islice(combined, 16 * FEW))]


_SIGNATURES = ("AWS4-HMAC-SHA256",)


def of_org(org: str, path: str = "") -> Context:
    """Return the keys of a member of an organization."""
    return {"aws:principalorgid": (org,), "aws:principalorgpaths": (path or f"{org}/r-0000/",)}


def by_access_point(arn: str, account: str, origin: str = "Internet") -> Context:
    """Return the keys of a request that comes through an access point."""
    return {
        "s3:dataaccesspointarn": (arn,),
        "s3:dataaccesspointaccount": (account,),
        "s3:accesspointnetworkorigin": (origin,),
    }


def _source(arn: str, account: str, org: str, path: str) -> Context:
    return {
        "aws:sourcearn": (arn,),
        "aws:sourceaccount": (account,),
        "aws:sourceorgid": (org,),
        "aws:sourceorgpaths": (path,),
    }


def _spread(block: Network, count: int) -> Iterator[Address]:
    """Yield up to `count` addresses of the block, evenly spaced."""
    step = max(1, block.num_addresses // count)
    for index in range(min(count, block.num_addresses)):
        offset = index * step + (7 if step > 7 else 0)
        yield (
            ipaddress.ip_address(int(block.network_address) + offset)
            if block.version == 4
            else (ipaddress.IPv6Address(int(block.network_address) + offset))
        )
