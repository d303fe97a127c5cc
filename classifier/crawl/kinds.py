"""Kinds of objects, told from the listing: similar ones are of one kind, and share a budget.

A kind is the shape of a key (folders and name, what varies in them left out), the extension, the class of
size and the year. Where a folder has many different names in it, these are no kinds of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import heappush, heappushpop

from classifier.model import S3Object

FOLDERS = 3  # levels of a key that make kinds
FAN_OUT = 64  # names in a folder that are kinds of their own
MOST = 4_096  # kinds of a bucket; past it, fewer names are
_ANY = "*"
# Dates, numbers and digests, whatever is cut off by what is no letter: `2026-05-04`, `part-00017`,
# `9f86d081…`.
_VARIES = re.compile(r"(?=[0-9A-Fa-f]*[0-9])[0-9A-Fa-f]{8,}(?:-[0-9A-Fa-f]{4,}){0,4}|[0-9]+")

Leaf = tuple[str, int, int]  # extension, class of size, year


class Kind:
    """One kind while its objects are counted: how many, their bytes, and the lowest places among them.

    The objects with the lowest places (random numbers that belong to the object) are a random sample, which
    is the same in whatever order they come.
    """

    __slots__ = ("bytes", "lowest", "most", "number", "objects")

    def __init__(self, most: int) -> None:
        self.objects = 0
        self.bytes = 0
        self.most = most
        self.lowest: list[int] = []  # a heap of negated places, at most `most`
        self.number = -1  # once all are counted

    def add(self, size: int, place: int) -> None:
        self.objects += 1
        self.bytes += size
        self._keep(-place)

    def _keep(self, negated: int) -> None:
        if len(self.lowest) < self.most:
            heappush(self.lowest, negated)
        elif negated > self.lowest[0]:
            heappushpop(self.lowest, negated)

    def join(self, other: Kind) -> None:
        self.objects += other.objects
        self.bytes += other.bytes
        for negated in other.lowest:
            self._keep(negated)

    def border(self, count: int) -> int:
        """Return the place up to which objects are among the `count` lowest."""
        if count >= self.objects:
            return 1 << 64
        return sorted(-negated for negated in self.lowest)[count - 1] if count else -1


class _Node:
    __slots__ = ("children", "collapsed", "leaves")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.collapsed = False
        self.leaves: dict[Leaf, Kind] = {}


class Kinds:
    """All kinds of a listing. `most` bounds the places that are kept of each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._root = _Node()
        self._fan_out = FAN_OUT
        self._count = 0
        self._folder: tuple[str, tuple[str, ...]] = ("", ())  # of the last key, with its shape

    def __iter__(self) -> Iterator[Kind]:
        yield from _kinds(self._root)

    def add(self, obj: S3Object, place: int) -> None:
        """Count an object."""
        node = self._root
        for name in self._shape(obj.key):
            node = self._child(node, name)
        leaf = leaf_of(obj)
        kind = node.leaves.get(leaf)
        if kind is None:
            kind = node.leaves[leaf] = Kind(self._most)
            self._count += 1
        kind.add(obj.size, place)
        while self._count > MOST and self._fan_out > 1:
            self._fan_out //= 2
            self._narrow(self._root)
            self._count = sum(1 for _ in self)

    def of(self, obj: S3Object) -> Kind | None:
        """Return the kind of an object; None where none like it was counted."""
        node: _Node | None = self._root
        for name in self._shape(obj.key):
            assert node is not None
            node = node.children.get(_ANY if node.collapsed else name)
            if node is None:
                return None
        return node.leaves.get(leaf_of(obj)) if node is not None else None

    def _child(self, node: _Node, name: str) -> _Node:
        if node.collapsed:
            return node.children[_ANY]
        found = node.children.get(name)
        if found is None:
            found = node.children[name] = _Node()
            if len(node.children) > self._fan_out:
                return self._collapse(node)
        return found

    def _collapse(self, node: _Node) -> _Node:
        joined = _Node()
        for child in node.children.values():
            self._join(joined, child)
        node.children = {_ANY: joined}
        node.collapsed = True
        return joined

    def _join(self, into: _Node, other: _Node) -> None:
        for leaf, kind in other.leaves.items():
            if leaf in into.leaves:
                into.leaves[leaf].join(kind)
                self._count -= 1
            else:
                into.leaves[leaf] = kind
        if other.collapsed and not into.collapsed:
            self._collapse(into)
        for name, child in other.children.items():
            self._join(self._child(into, name), child)

    def _narrow(self, node: _Node) -> None:
        if not node.collapsed and len(node.children) > self._fan_out:
            self._collapse(node)
        for child in list(node.children.values()):
            self._narrow(child)

    def _shape(self, key: str) -> tuple[str, ...]:
        """Return the shapes of the folders that count, and of the name without its extension."""
        folder, _, name = key.rpartition("/")
        if folder != self._folder[0]:
            parts = folder.split("/", FOLDERS)[:FOLDERS] if folder else []
            self._folder = folder, tuple(_VARIES.sub("#", part) for part in parts)
        stem, dot, _ = name.rpartition(".")
        return (*self._folder[1], _VARIES.sub("#", stem if dot else name))


def leaf_of(obj: S3Object) -> Leaf:
    """Return extension, class of size (powers of four) and year of an object."""
    return extension(obj.key), obj.size.bit_length() // 2, obj.last_modified.year if obj.last_modified else 0


def extension(key: str) -> str:
    """Return a key's extension in lower case, without the dot; of a compressed file with the one before it.

    What is longer than ten characters, or has others than letters and digits in it, is none.
    """
    name = key.rpartition("/")[2].lower()
    stem, dot, last = name.rpartition(".")
    if not dot or not stem or len(last) > 10 or not last.isalnum() or last.isdigit():
        return ""
    if last in ("gz", "bz2", "xz", "zst", "lz4"):
        inner = extension(stem)
        return f"{inner}.{last}" if inner and "." not in inner else last
    return last


def _kinds(node: _Node) -> Iterator[Kind]:
    for name in sorted(node.children):
        yield from _kinds(node.children[name])
    for leaf in sorted(node.leaves):
        yield node.leaves[leaf]
