"""Listing a large bucket by ranges of keys at the same time; the objects come in the server's order all the
same.

The first pages are listed one after the other. Where there are more, borders are sought in what is left: the
folders of the target, or, where these are few, the next characters of its keys (a request that lists one key
after a border tells what comes there). Each range is then listed from its border on (StartAfter) to the next.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from classifier.model import S3Object

ALONE = 32  # pages that are listed before borders are sought
PROBES = 96  # requests that seek them at the most
RANGES = 48
AHEAD = 256  # pages that are held of ranges whose turn has not come
_LAST = "\U0010ffff"  # greater than any character


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: objects, whether there are more, and how to go on."""

    objects: Sequence[S3Object]
    token: str | None
    folders: Sequence[str] = ()


# Lists one page: (prefix, token, start after, delimiter, most keys) -> Page; raises TargetError.
List = Callable[[str, str | None, str, str, int], Page]


def in_ranges(ask: List, prefix: str, threads: int) -> Iterator[S3Object]:
    """Yield the objects under a prefix in order. Raises what `ask` raises, after the objects before it."""
    token: str | None = None
    last = ""
    seen: set[int] = set()
    for number in range(ALONE if threads > 1 else 1 << 62):
        page = ask(prefix, token, "", "", 0)
        yield from page.objects
        if page.token is None:
            return
        token = page.token
        if hash(token) in seen:
            raise StuckListing
        seen.add(hash(token))
        last = page.objects[-1].key if page.objects else last
        if number + 1 == ALONE and not last:
            threads = 1
    borders = _borders(ask, prefix, last)
    if not borders:
        yield from _rest(ask, prefix, token)
        return
    yield from _together(ask, prefix, [last, *borders], threads)


class StuckListing(Exception):
    """The server gives the same page again and again."""


def _rest(ask: List, prefix: str, token: str | None) -> Iterator[S3Object]:
    seen: set[int] = set()
    while token is not None:
        if hash(token) in seen:
            raise StuckListing
        seen.add(hash(token))
        page = ask(prefix, token, "", "", 0)
        yield from page.objects
        token = page.token


def _borders(ask: List, prefix: str, last: str) -> list[str]:
    """Return keys, ascending, that cut what comes after `last` into ranges; none where there is no point.

    A border that the server does not answer rightly (it must list what comes after it) makes no ranges.
    """
    page = ask(prefix, None, last, "/", 1_000)
    found = [folder for folder in page.folders if folder > last]
    if len(found) < RANGES // 8 or page.token is not None:
        found = _characters(ask, prefix, last)
    step = max(1, -(-len(found) // RANGES))
    borders = sorted(set(found))[::step]
    if not borders:
        return []
    after = ask(prefix, None, borders[-1], "", 1).objects
    return borders if after and after[0].key.startswith(borders[-1]) else []


def _characters(ask: List, prefix: str, last: str) -> list[str]:
    """Return the starts of the keys after `last`: as many of one length as probing finds in its limit."""
    left = PROBES

    def following(after: str) -> str | None:
        nonlocal left
        left -= 1
        objects = ask(prefix, None, after, "", 1).objects
        return objects[0].key if objects else None

    first = following(last)
    if first is None:
        return []
    stem = _common(first, last)
    beyond = following(stem + _LAST)
    while beyond is not None and len(stem) > len(prefix):  # shorten it until all keys begin with it
        stem = _common(stem, beyond)
        beyond = following(stem + _LAST) if left > PROBES // 2 else None
    level = [stem]
    while left > 0 and len(level) < RANGES // 2:
        deeper: list[str] = []
        for start in level:
            after: str | None = following(max(start, last) if last.startswith(start) else start)
            while after is not None and after.startswith(start) and left > 0:
                child = after[: len(start) + 1]
                if child == start:
                    break
                deeper.append(child)
                after = following(child + _LAST)
        if not deeper or left <= 0:
            break
        level = deeper
    return [start for start in level if start > last]


def _common(one: str, other: str) -> str:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return one[:length]


class _Range:
    """The pages of one range, as they come."""

    def __init__(self) -> None:
        self.pages: deque[list[S3Object]] = deque()
        self.ended = False
        self.failure: BaseException | None = None


def _together(ask: List, prefix: str, borders: list[str], threads: int) -> Iterator[S3Object]:
    ranges = [_Range() for _ in borders]
    changed = threading.Condition()
    turn, held, stopped = 0, 0, False

    def run(index: int) -> None:
        nonlocal held
        mine, after = ranges[index], borders[index]
        end = borders[index + 1] if index + 1 < len(borders) else None
        token: str | None = None
        seen: set[int] = set()
        try:
            while not stopped:
                page = ask(prefix, token, "" if token else after, "", 0)
                objects = [o for o in page.objects if after < o.key and (end is None or o.key <= end)]
                more = page.token is not None and len(objects) == len(page.objects)
                if more and hash(page.token) in seen:
                    raise StuckListing
                seen.add(hash(page.token))
                token = page.token
                with changed:
                    mine.pages.append(objects)
                    held += 1
                    mine.ended = not more
                    changed.notify_all()
                    if not more:
                        return
                    while not (stopped or held < AHEAD or (index == turn and not mine.pages)):
                        changed.wait()
        except BaseException as failure:  # noqa: BLE001 - raised by the thread that iterates
            with changed:
                mine.failure, mine.ended = failure, True
                changed.notify_all()

    pool = ThreadPoolExecutor(threads, thread_name_prefix="list")
    try:
        for index in range(len(ranges)):
            pool.submit(run, index)
        for index, one in enumerate(ranges):
            with changed:
                turn = index
                changed.notify_all()
            while True:
                with changed:
                    changed.wait_for(lambda: one.pages or one.ended)  # noqa: B023 - used at once
                    if not one.pages:
                        break
                    objects = one.pages.popleft()
                    held -= 1
                    changed.notify_all()
                yield from objects
            if one.failure is not None:
                raise one.failure
    finally:
        stopped = True
        with changed:
            changed.notify_all()
        pool.shutdown(wait=False, cancel_futures=True)
