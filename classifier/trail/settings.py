"""`--trail-config`: whose addresses, accounts and buckets are known, as YAML; checked with file and line."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from classifier.errors import PackError
from classifier.tree import compose, construct, line_of
from classifier.visible import visible

MOST_ADDRESSES = 2_000_000
_MOST_BYTES = 64 << 20  # of a list of addresses
_EXIT = re.compile(r"ExitAddress\s+(\S+)")
Account = Annotated[str, Field(pattern=r"^\d{12}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class AddressSet:
    """Addresses and networks; `in` takes an address as text, which may also be none at all."""

    __slots__ = ("_networks", "_single")

    def __init__(self, texts: Iterable[str] = ()) -> None:
        """Take addresses and networks (CIDR). Raises ValueError for what is neither."""
        self._single: set[str] = set()
        self._networks: dict[tuple[int, int], set[int]] = {}  # (version, bits of the host part) → networks
        for text in texts:
            network = ipaddress.ip_network(text, strict=False)
            if network.prefixlen == network.max_prefixlen:
                self._single.add(str(network.network_address))
            else:
                shift = network.max_prefixlen - network.prefixlen
                known = self._networks.setdefault((network.version, shift), set())
                known.add(int(network.network_address) >> shift)

    def __len__(self) -> int:
        return len(self._single) + sum(map(len, self._networks.values()))

    def __contains__(self, text: object) -> bool:
        if text in self._single:
            return True
        try:
            address = ipaddress.ip_address(str(text))
        except ValueError:
            return False
        if address.version == 6:
            if (mapped := getattr(address, "ipv4_mapped", None)) is not None:
                return str(mapped) in self
            if str(address) in self._single:
                return True
        number = int(address)
        return any(
            version == address.version and number >> shift in known
            for (version, shift), known in self._networks.items()
        )


_UNUSED = ("log_buckets",)


class _Organization(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(default=None, alias="Id", pattern=r"^o-[a-z0-9]{10,32}$")
    accounts: tuple[Account, ...] = Field(default=(), alias="Accounts")


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow")

    tor_list: tuple[str, ...] = ()
    threat_lists: tuple[str, ...] = ()
    trusted_ips: tuple[str, ...] = ()
    aws_ranges: tuple[str, ...] = ()
    known_accounts: tuple[Account, ...] = ()
    organization: _Organization = _Organization()
    intended_public: tuple[str, ...] = ()
    travel_ok: tuple[Country, ...] = ()
    travel_countries_ok: tuple[Country, ...] = ()
    countries: dict[str, Country] = {}
    canaries: tuple[str, ...] = ()
    etl_prefixes: tuple[str, ...] = ()
    log_buckets: tuple[str, ...] = ()
    note: str = ""

    @field_validator(
        "tor_list",
        "threat_lists",
        "trusted_ips",
        "aws_ranges",
        "intended_public",
        "travel_ok",
        "canaries",
        mode="before",
    )
    @classmethod
    def _one(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("organization", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"Id": value}
        return {"Accounts": value} if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class TrailSettings:
    """What the user says of the environment; `warnings` are to be shown.

    `canaries` are places (s3://BUCKET/KEY, a prefix with a star at its end) or access key ids.
    """

    tor: AddressSet = field(default_factory=AddressSet)
    threats: AddressSet = field(default_factory=AddressSet)
    trusted: AddressSet = field(default_factory=AddressSet)
    aws: AddressSet = field(default_factory=AddressSet)
    known_accounts: frozenset[str] = frozenset()
    organization_id: str | None = None
    intended_public: tuple[str, ...] = ()
    travel_ok: frozenset[str] = frozenset()
    countries: Mapping[str, str] = field(default_factory=dict)
    canaries: tuple[str, ...] = ()
    etl_prefixes: tuple[str, ...] = ()
    log_buckets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def lists(self) -> Mapping[str, AddressSet]:
        """Return the lists as rules name them (`sourceIPAddress|listed: tor_list`)."""
        return {
            "tor_list": self.tor,
            "threat_lists": self.threats,
            "trusted_ips": self.trusted,
            "aws_ranges": self.aws,
        }


def load_settings(path: Path | None) -> TrailSettings:
    """Return the settings of a file; without one the defaults. Raises PackError (`FILE:LINE: what`)."""
    if path is None:
        return TrailSettings()
    root = compose(path)
    document = construct(path, root)
    if not isinstance(document, dict):
        raise PackError(f"{path}:1: is a mapping of settings, like `trusted_ips: [192.0.2.0/24]`")
    try:
        shape = _Shape.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        keys = [key for key in first["loc"] if isinstance(key, str | int)]
        name = ".".join(map(str, keys))
        raise PackError(f"{path}:{line_of(root, keys)}: {name}: {first['msg']}") from None
    unknown = [
        f"{path}:{line_of(root, [name])}: {visible(name)} is no setting, and was left out"
        for name in shape.model_extra or ()
    ]
    unused = [
        f"{path}:{line_of(root, [name])}: {name} is kept, and used by no rule"
        for name in _UNUSED
        if name in document
    ]

    def addresses(name: str, values: Sequence[str]) -> AddressSet:
        texts: list[str] = []
        for number, value in enumerate(values):
            where = f"{path}:{line_of(root, [name, number])}: {name}"
            texts += _addresses(where, value, path.parent)
            if len(texts) > MOST_ADDRESSES:
                raise PackError(f"{where}: more than {MOST_ADDRESSES:,} addresses")
        return AddressSet(texts)

    for address in shape.countries:
        if not _is_network(address):
            raise PackError(f"{path}:{line_of(root, ['countries', address])}: countries: a key is an address")
    return TrailSettings(
        tor=addresses("tor_list", shape.tor_list),
        threats=addresses("threat_lists", shape.threat_lists),
        trusted=addresses("trusted_ips", shape.trusted_ips),
        aws=addresses("aws_ranges", shape.aws_ranges),
        known_accounts=frozenset((*shape.known_accounts, *shape.organization.accounts)),
        organization_id=shape.organization.id,
        intended_public=shape.intended_public,
        travel_ok=frozenset((*shape.travel_ok, *shape.travel_countries_ok)),
        countries=shape.countries,
        canaries=shape.canaries,
        etl_prefixes=shape.etl_prefixes,
        log_buckets=shape.log_buckets,
        warnings=(*unknown, *unused),
    )


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _addresses(where: str, value: str, folder: Path) -> list[str]:
    """Return the addresses that a value is, or its file holds: one a line, ExitAddress lines, AWS JSON."""
    if _is_network(value):
        return [value]
    file = folder / value
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise PackError(f"{where}: {value} has more than {_MOST_BYTES >> 20} MiB")
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        raise PackError(f"{where}: {value!r} is no address, network or file that can be read") from None
    if text.lstrip().startswith("{"):  # AWS's own ip-ranges.json
        return [item for item in re.findall(r'"ipv?6?_prefix"\s*:\s*"([^"]+)"', text) if _is_network(item)]
    found = _EXIT.findall(text) if "ExitAddress" in text else [_word(line) for line in text.splitlines()]
    wrong = next((item for item in found if item and not _is_network(item)), None)
    if wrong is not None:
        raise PackError(f"{where}: {value}: {visible(wrong[:60])!r} is no address or network")
    return [item for item in found if item]


def _word(line: str) -> str:
    plain = line.split("#")[0].split(";")[0].strip()
    return re.split(r"[\s,]", plain)[0] if plain else ""
