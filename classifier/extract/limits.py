"""What one object may cost: the limits of a run, and what is left of them while an object is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one object. Sizes are bytes."""

    chunk_bytes: int = 1 << 20  # text searched at a time, without margins
    expanded_bytes: int = 10 << 30  # decompressed bytes, all members and levels together
    archive_depth: int = 10  # archives within archives; an archive that is the object itself is level 1
    archive_members: int = 1_000_000  # members, all levels together
    json_depth: int = 256  # levels of a JSON document
    object_bytes: int = 0  # stored bytes read from the object's head; 0 = all


class Budget:
    """What is left for one object; `bytes_over` and `members_over` say which limit was hit."""

    def __init__(self, limits: Limits) -> None:
        self._bytes = limits.expanded_bytes
        self._members = limits.archive_members
        self.bytes_over = False
        self.members_over = False

    @property
    def spent(self) -> bool:
        return self.bytes_over or self.members_over

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
