"""What one object may cost: the limits of a run, and what is left of them while an object is read."""

from __future__ import annotations

from dataclasses import dataclass, replace

_BYTES_A_SECOND = 1 << 20  # stored ones: a small object has less than all of the time
RATIO_FROM = 64 << 20  # expanded bytes that any object may have, however small it is


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one object. Sizes are bytes, times seconds. Those that Amazon Macie has are its own."""

    chunk_bytes: int = 1 << 20  # text searched at a time, without margins
    expanded_bytes: int = 10 << 30  # decompressed bytes, all members and levels together
    expansion_ratio: int = 100  # decompressed bytes a stored byte, past `RATIO_FROM`
    archive_depth: int = 10  # archives within archives; an archive that is the object itself is level 1
    archive_members: int = 1_000_000  # members, all levels together
    json_depth: int = 256  # levels of a JSON or XML document
    object_bytes: int = 0  # stored bytes read from the object's head; 0 = all
    seconds: float = 300  # of extraction workers, for one object
    stall_seconds: float = 15  # without a result from an extraction worker
    worker_bytes: int = 1 << 30  # address space of an extraction worker
    spool_bytes: int = 4 << 30  # of a member that needs random access, in a temporary file
    picture_seconds: float = 60  # of a processor, for text on pictures (with the extra ocr)
    pixels: int = 50_000_000  # of an image that is looked at
    pages: int = 10_000  # of a document
    groups: int = 0  # of rows that are read of a Parquet or ORC file, chosen at random by `seed`; 0 = all
    group_columns: int = 0  # that are read of each of these, in turn; 0 = all
    seed: str = ""


class Budget:
    """What is left for one object; `bytes_over`, `members_over` and `time_over` say which limit was hit."""

    def __init__(self, limits: Limits, stored: int | None = None) -> None:
        """`stored` is the object's size; None where the ratio does not count."""
        allowed = limits.expanded_bytes
        if stored is not None and limits.expansion_ratio:
            allowed = min(allowed, max(RATIO_FROM, stored * limits.expansion_ratio))
        self._bytes = allowed
        self._members = limits.archive_members
        self._seconds = limits.seconds
        self.picture_seconds = limits.picture_seconds  # left for text on pictures
        if stored is not None:
            self._seconds = min(limits.seconds, limits.stall_seconds + stored / _BYTES_A_SECOND)
        self.bytes_over = False
        self.members_over = False
        self.time_over = False

    @property
    def spent(self) -> bool:
        """Whether nothing more may be read."""
        return self.bytes_over or self.members_over or self.time_over

    def expand(self, size: int) -> int:
        """Charge `size` decompressed bytes and return how many of them may be used."""
        allowed = min(size, self._bytes)
        self._bytes -= allowed
        self.bytes_over = self.bytes_over or allowed < size
        return allowed

    def member(self) -> bool:
        """Charge one archive member and return whether it may be read."""
        if self._members <= 0:
            self.members_over = True
            return False
        self._members -= 1
        return True

    def spend(self, seconds: float) -> None:
        """Charge time that extraction workers took."""
        self._seconds = max(self._seconds - seconds, 0.0)
        self.time_over = self.time_over or not self._seconds

    @property
    def seconds(self) -> float:
        """What is left of the time of extraction workers."""
        return self._seconds

    def rest(self, limits: Limits) -> Limits:
        """Return `limits` with what is left of them: those of an extraction worker."""
        return replace(
            limits,
            expanded_bytes=self._bytes,
            expansion_ratio=0,
            archive_members=self._members,
            seconds=self._seconds,
        )

    def used(self, limits: Limits) -> tuple[int, int]:
        """Return the decompressed bytes and members that were charged of `limits`."""
        return limits.expanded_bytes - self._bytes, limits.archive_members - self._members

    def charge(self, size: int, members: int) -> None:
        """Charge what an extraction worker used."""
        self._bytes -= min(size, self._bytes)
        self._members -= min(members, self._members)
