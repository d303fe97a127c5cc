"""What requests and bytes cost, from patterns/prices.yaml or a file of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from classifier.errors import ConfigError
from classifier.shipped import shipped

GB = 1 << 30
_MACIE_BATCH = 100_000
_STANDARD = "STANDARD"
LISTS = ("ListObjectsV2", "ListObjectVersions", "ListObjects", "ListMultipartUploads", "ListBuckets")


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tier(_Model):
    """A price for each GB, up to so many GB a month (None: any number)."""

    up_to: float | None
    price: float


class MaciePrices(_Model):
    """What Amazon Macie asks: a bucket and 100,000 objects a month, and a GB analysed."""

    bucket: float
    objects: float
    analysis: tuple[Tier, ...]

    def cost(self, buckets: int, objects: int, size: int) -> float:
        """Return the price of a month in which all is analysed once."""
        total = self.bucket * buckets + self.objects * objects / _MACIE_BATCH
        left, below = size / GB, 0.0
        for tier in self.analysis:
            part = left if tier.up_to is None else min(left, tier.up_to - below)
            total += part * tier.price
            left -= part
            below = tier.up_to or below
        return total


class Prices(_Model):
    """US dollars: a thousand requests and a GB retrieved, by storage class (`list` for LIST requests)."""

    kind: str
    date: str
    region: str
    source: tuple[str, ...]
    requests: Mapping[str, float]
    retrieval: Mapping[str, float]
    macie: MaciePrices

    def control(self, operation: str) -> float:
        """Return the price of a request that reads no object."""
        return self.requests["list" if operation in LISTS else _STANDARD] / 1000

    def reading(self, storage_class: str, requests: int, size: int, transfer: float) -> float:
        """Return the price of reading an object; `transfer` is that of a GB that leaves the region."""
        each = self.requests.get(storage_class, self.requests[_STANDARD]) / 1000
        return requests * each + size / GB * (self.retrieval.get(storage_class, 0.0) + transfer)


def load_prices(path: Path | None) -> Prices:
    """Return the prices of a file, or the shipped ones. Raises ConfigError, naming the file."""
    where = path or shipped("patterns/prices.yaml")
    try:
        prices = Prices.model_validate(yaml.safe_load(where.read_text("utf-8")))
        if _STANDARD not in prices.requests or "list" not in prices.requests:
            raise ConfigError(f"{where}: requests must have a price for list and for {_STANDARD}")
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{where}: cannot be read as YAML ({type(error).__name__})") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return prices
