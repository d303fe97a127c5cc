"""What a run may take: caps on requests, stored bytes, cost and time, of the run and of each bucket.

All is decided by the thread that lists, in the order of the listing: a request of its own is charged before
it is sent, an object is reserved with what it will take at the most before a worker gets it. So a cap leaves
out the same objects whatever the number of workers, and is never passed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from classifier.config import Settings
from classifier.crawl.needs import Need
from classifier.crawl.usage import Allowance
from classifier.errors import CapReached
from classifier.model import S3Object
from classifier.run.prices import Prices

_SLACK = 16  # objects to which one more request is granted, for what must be tried again


@dataclass(slots=True)
class Spent:
    """Counters of a run or a bucket. `cost` is in US dollars."""

    requests: int = 0
    bytes: int = 0
    cost: float = 0.0

    def add(self, requests: int, size: int, cost: float) -> None:
        self.requests += requests
        self.bytes += size
        self.cost += cost


@dataclass(frozen=True, slots=True)
class Caps:
    """Bounds of a run or a bucket; None: there is none. `prefix` is that of their settings' names."""

    requests: int | None
    bytes: int | None
    cost: float | None
    prefix: str = ""

    @property
    def counted(self) -> bool:
        return not (self.requests is None and self.bytes is None and self.cost is None)

    def hit(self, spent: Spent, requests: int, size: int, cost: float) -> str:
        """Return the cap that so much more would pass, "" where there is none."""
        if self.requests is not None and spent.requests + requests > self.requests:
            return f"{self.prefix}max_requests"
        if self.bytes is not None and spent.bytes + size > self.bytes:
            return f"{self.prefix}max_bytes"
        if self.cost is not None and spent.cost + cost > self.cost + 1e-12:
            return f"{self.prefix}max_cost"
        return ""


class Budget:
    """Caps and what was charged to them. Safe for use by threads."""

    def __init__(self, settings: Settings, prices: Prices, clock: Callable[[], float] = time.time) -> None:
        """The time of the run begins now."""
        self._run = Caps(settings.max_requests, settings.max_bytes, settings.max_cost)
        self._bucket = Caps(
            settings.bucket_max_requests, settings.bucket_max_bytes, settings.bucket_max_cost, "bucket_"
        )
        self._settings = settings
        self._prices = prices
        self._clock = clock
        self._until = None if settings.max_time is None else clock() + settings.max_time
        self._lock = threading.Lock()
        self._granted = 0
        self.spent = Spent()  # with what is reserved
        self.of_bucket = Spent()
        self.control = Spent()  # requests that read no object

    @property
    def limited(self) -> bool:
        """Whether there is any cap."""
        timed = self._until is not None or self._settings.bucket_max_time is not None
        return timed or self.counted

    @property
    def counted(self) -> bool:
        """Whether requests, bytes or cost are capped."""
        return self._run.counted or self._bucket.counted

    def begin(self) -> None:
        """Go on to the next bucket."""
        with self._lock:
            self.of_bucket = Spent()

    def request(self, operation: str) -> None:
        """Charge a request that reads no object, before it is sent. Raises CapReached."""
        cost = self._prices.control(operation)
        if self._until is not None and self._clock() >= self._until:
            raise CapReached("max_time")
        with self._lock:
            cap = self._hit(1, 0, cost)
            if cap:
                raise CapReached(cap)
            self._charge(1, 0, cost)
            self.control.add(1, 0, cost)

    def reserve(self, obj: S3Object, need: Need) -> str:
        """Reserve what an object takes; return the cap that it would pass, "" where it is granted."""
        if self._until is not None and self._clock() >= self._until:
            return "max_time"
        with self._lock:
            requests = need.requests
            if self.counted and self._granted % _SLACK == 0:
                requests += 1
            cost = self._prices.reading(
                obj.storage_class, requests, need.bytes, self._settings.transfer_price
            )
            cap = self._hit(requests, need.bytes, cost)
            if not cap:
                self._granted += 1
                self._charge(requests, need.bytes, cost)
                need.granted = requests
            return cap

    def allowance(self, needs: list[Need]) -> Allowance | None:
        """Return what a shard of objects with these needs may take; None: anything."""
        if not self.limited:
            return None
        return Allowance(
            sum(need.granted for need in needs) if self.counted else None,
            sum(need.bytes for need in needs) if self.counted else None,
            self._until,
            self._settings.bucket_max_time,
            self._name(),
        )

    def _name(self) -> str:
        """The setting to name where a shard's requests have to be tried again too often."""
        for caps in (self._run, self._bucket):
            for name in ("requests", "bytes", "cost"):
                if getattr(caps, name) is not None:
                    return f"{caps.prefix}max_{name}"
        return "max_time"

    def _hit(self, requests: int, size: int, cost: float) -> str:
        return self._run.hit(self.spent, requests, size, cost) or self._bucket.hit(
            self.of_bucket, requests, size, cost
        )

    def _charge(self, requests: int, size: int, cost: float) -> None:
        self.spent.add(requests, size, cost)
        self.of_bucket.add(requests, size, cost)
