"""`plan`: what a scan would take, told from the listing; nothing is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from classifier import crawl
from classifier.config import Settings
from classifier.errors import UsageError
from classifier.model import JSON, Target
from classifier.run.budget import Budget, Spent
from classifier.run.listing import Lister
from classifier.run.prices import Prices, load_prices
from classifier.run.progress import meter
from classifier.run.twins import Seen
from classifier.visible import visible

# Assumed, not measured: an order of magnitude, what a network adds left out. Seconds of a core for an object,
# and for a MB.
_OBJECT_SECONDS = 0.0016
_MB_SECONDS = 0.09


@dataclass(slots=True)
class Forecast:
    """What one target takes. Times are seconds of a processor core, costs US dollars."""

    target: str
    listed: int = 0
    listed_bytes: int = 0
    objects: int = 0  # that would be read
    twins: int = 0  # of these, not read again
    excluded: int = 0
    requests: int = 0
    bytes: int = 0
    cost: float = 0.0
    cpu: float = 0.0
    macie: float = 0.0
    readable: int = 0  # bytes of the objects in scope that are not archived or empty
    error: str = ""

    def to_json(self) -> dict[str, JSON]:
        """Return its record."""
        return {
            "target": self.target,
            "objects": {
                "listed": self.listed,
                "excluded": self.excluded,
                "read": self.objects,
                "same_content": self.twins,
            },
            "bytes": {"listed": self.listed_bytes, "read": self.bytes},
            "requests": self.requests,
            "cost": round(self.cost, 6),
            "cpu_seconds": round(self.cpu, 1),
            "macie_cost": round(self.macie, 2),
            "error": self.error or None,
        }


def plan(
    targets: Sequence[str],
    settings: Settings,
    *,
    all_buckets: bool = False,
    console: Console | None = None,
    quiet: bool = False,
    prompt: object = None,
) -> tuple[list[Forecast], Prices]:
    """List the targets and return what a scan with these settings would take of each.

    Posture and listing are asked for as a scan would; no object is read. Raises UsageError, AccessFailure.
    """
    if not targets and not all_buckets:
        raise UsageError("name a target (s3://bucket, a folder, a file) or give --all-buckets")
    prices = load_prices(settings.prices)
    budget = Budget(settings, prices)
    found = crawl.distinct([crawl.parse_target(text) for text in targets])
    with ExitStack() as stack:
        connection = None
        if all_buckets or not all(target.is_local for target in found):
            connection = stack.enter_context(crawl.Connection(settings, prompt=prompt))  # type: ignore[arg-type]
            connection.charge = budget.request
            connection.check()
        if all_buckets:
            assert connection is not None
            found = crawl.distinct([*found, *(Target(name) for name in crawl.all_buckets(connection))])
        progress = stack.enter_context(meter(console or Console(stderr=True), quiet))
        lister = stack.enter_context(
            Lister(found, connection, settings, progress.found, progress.listed, budget=budget)
        )
        return _forecasts(lister, budget, prices, settings), prices


def _forecasts(lister: Lister, budget: Budget, prices: Prices, settings: Settings) -> list[Forecast]:
    forecasts = [Forecast(str(scope.target)) for scope in lister.scopes]
    depth, rules, seen = (
        crawl.DEPTHS[settings.depth],
        crawl.Filter(settings.include, settings.exclude),
        Seen(),
    )
    for shard in lister:
        forecast = forecasts[shard.target_index]
        left = shard.left or (None,) * len(shard.objects)
        for obj, why in zip(shard.objects, left, strict=True):
            forecast.listed += 1
            forecast.listed_bytes += obj.size
            if crawl.skip_reason(obj) is not None:
                continue
            forecast.readable += obj.size
            if why is not None:
                continue
            forecast.objects += 1
            if settings.twins and seen.again(obj):
                forecast.twins += 1
                continue
            need = crawl.need(obj, depth, settings, rules)
            if obj.bucket:
                forecast.requests += need.requests
                forecast.cost += prices.reading(
                    obj.storage_class, need.requests, need.bytes, settings.transfer_price
                )
            forecast.bytes += need.bytes
            forecast.cpu += _OBJECT_SECONDS + need.bytes / 1e6 * _MB_SECONDS
    for scope, forecast in zip(lister.scopes, forecasts, strict=True):
        spent = lister.control_of.get(id(scope), Spent())
        forecast.requests += spent.requests
        forecast.cost += spent.cost
        forecast.excluded = scope.excluded
        forecast.macie = prices.macie.cost(1, forecast.listed, forecast.readable)
        forecast.error = scope.message or ("" if scope.error is None else str(scope.error.detail))
    return forecasts


def plan_json(forecasts: Sequence[Forecast], prices: Prices, settings: Settings) -> dict[str, JSON]:
    """Return the record of a plan: each target's, and the total."""
    total = _total(forecasts)
    record = total.to_json()
    record["macie_cost"] = round(_macie(forecasts, prices), 2)
    del record["target"], record["error"]
    return {
        "targets": [forecast.to_json() for forecast in forecasts],
        "total": record,
        "depth": settings.depth,
        "prices": {"date": prices.date, "region": prices.region, "source": list(prices.source)},
    }


def _total(forecasts: Sequence[Forecast]) -> Forecast:
    total = Forecast("total")
    for one in forecasts:
        for name in (
            "listed",
            "listed_bytes",
            "objects",
            "twins",
            "excluded",
            "requests",
            "bytes",
            "readable",
        ):
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.cost += one.cost
        total.cpu += one.cpu
    return total


def _macie(forecasts: Sequence[Forecast], prices: Prices) -> float:
    """Return Macie's price of them all: its tiers are those of an account."""
    return prices.macie.cost(
        len(forecasts), sum(f.listed for f in forecasts), sum(f.readable for f in forecasts)
    )


def show_plan(forecasts: Sequence[Forecast], prices: Prices, settings: Settings, console: Console) -> None:
    """Print a plan for a person."""
    table = Table(
        title=f"A scan of depth {settings.depth} would take",
        title_justify="left",
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column("Target", overflow="fold")
    for name in ("Objects", "of", "Bytes", "of", "Requests", "Time", "Cost", "Macie"):
        table.add_column(name, justify="right", no_wrap=True)
    total = _total(forecasts)
    total.macie = _macie(forecasts, prices)
    workers = settings.workers or os.cpu_count() or 1
    for one in [*forecasts, *([total] if len(forecasts) > 1 else [])]:
        table.add_row(
            Text(visible(one.target)),
            f"{one.objects - one.twins:,}",
            f"{one.listed:,}",
            decimal(one.bytes),
            decimal(one.listed_bytes),
            f"{one.requests:,}",
            _time(one.cpu / workers),
            f"${one.cost:,.4f}",
            f"${one.macie:,.2f}",
        )
    console.print(table)
    for one in forecasts:
        if one.error:
            console.print(Text(visible(one.error), "red"), soft_wrap=True)
    console.print(
        Text(
            f"List prices of {prices.region}, {prices.date}; time with {workers} workers, no network; "
            "Macie: a month in which all of it is analysed once.",
            "dim",
        ),
        soft_wrap=True,
    )


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
