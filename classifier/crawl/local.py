"""Local files and folders as targets, seen as a bucket's objects are."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from classifier.crawl.codes import of_file
from classifier.crawl.sources import BLOCK
from classifier.errors import ReadFailure
from classifier.model import ByteSource, Problem, Reason, S3Object, Target

# What is not a readable file stands in the list all the same; its `storage_class` says why it is not read.
_UNREAD = {
    "LOCAL_LINK": Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "symbolic link, not followed"),
    "LOCAL_SPECIAL": Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "device, socket or pipe"),
    "LOCAL_REPORT": Problem(None, Reason.UNSUPPORTED_FILE_TYPE_EXCEPTION, "report of an earlier run"),
    "LOCAL_NAME": Problem(None, Reason.UNABLE_TO_PARSE_FILE, "file name is not UTF-8"),
    "LOCAL_DENIED": Problem(None, Reason.PERMISSION_DENIED, "folder may not be read"),
    "LOCAL_GONE": Problem(None, Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE, "folder is gone"),
    "LOCAL_ERROR": Problem(None, Reason.UNABLE_TO_PARSE_FILE, "folder cannot be read"),
}
_FILE = "STANDARD"
_FOLDER_ERRORS = {
    Reason.PERMISSION_DENIED: "LOCAL_DENIED",
    Reason.SOURCE_OBJECT_NO_LONGER_AVAILABLE: "LOCAL_GONE",
}


def local_problem(obj: S3Object) -> Problem | None:
    """Return why an entry of a local listing is not read; None for a file."""
    return _UNREAD.get(obj.storage_class) if not obj.bucket else None


def _nothing(folder: Path) -> Collection[str]:
    return ()


def list_local(
    target: Target, own: Collection[Path] = (), reports: Callable[[Path], Collection[str]] = _nothing
) -> Iterator[S3Object]:
    """Yield what lies under a local target, sorted by key as a bucket's listing is.

    `key` is the path below the folder with slashes, or a file's own name. Symbolic links are not followed.
    Links, special files and folders that cannot be read are in the list; `skip_reason` tells. The `own` files
    (the report that is being written) are not. `reports` names the files in a folder that are the report of
    an earlier run: these are in the list, and not read.
    """
    root = Path(target.path)
    if not root.is_dir():
        yield _entry(root.name, root)
        return
    real = root.resolve()
    written = {
        path.resolve().relative_to(real).as_posix() for path in own if path.resolve().is_relative_to(real)
    }
    stack = [_children(root, "", reports)]
    while stack:
        obj = next(stack[-1], None)
        if obj is None:
            stack.pop()
        elif isinstance(obj, S3Object):
            if obj.key not in written:
                yield obj
        else:
            stack.append(_children(*obj, reports))


def _children(
    folder: Path, prefix: str, reports: Callable[[Path], Collection[str]]
) -> Iterator[S3Object | tuple[Path, str]]:
    """Yield a folder's entries in key order, subfolders as (path, prefix)."""
    try:
        with os.scandir(folder) as entries:
            found = [
                (entry.name + "/" * entry.is_dir(follow_symlinks=False), entry.path) for entry in entries
            ]
    except OSError as error:
        marker = _FOLDER_ERRORS.get(of_file(error).reason, "LOCAL_ERROR")
        yield S3Object("", _shown(prefix), 0, storage_class=marker)
        return
    written = reports(folder)
    for name, path in sorted(found, key=lambda item: os.fsencode(item[0])):
        if name.endswith("/"):
            yield Path(path), prefix + name
            continue
        entry = _entry(prefix + name, Path(path))
        reported = name in written and entry.storage_class == _FILE
        yield replace(entry, storage_class="LOCAL_REPORT") if reported else entry


def _entry(key: str, path: Path) -> S3Object:
    try:
        status = path.lstat()
    except OSError:  # gone since the folder was read: opening it will say so
        return S3Object("", _shown(key), 1)
    kind = _FILE
    if stat.S_ISLNK(status.st_mode):
        kind = "LOCAL_LINK"
    elif not stat.S_ISREG(status.st_mode):
        kind = "LOCAL_SPECIAL"
    elif _shown(key) != key:
        kind = "LOCAL_NAME"
    return S3Object("", _shown(key), status.st_size, last_modified=_modified(status), storage_class=kind)


def _shown(key: str) -> str:
    """Return the key as text that can be written anywhere (names may be any bytes)."""
    return os.fsencode(key).decode("utf-8", "backslashreplace")


def _modified(status: os.stat_result) -> datetime:
    return datetime.fromtimestamp(status.st_mtime_ns // 1000 / 1_000_000, UTC)


def open_local(
    target: Target, objects: Iterable[S3Object]
) -> Iterator[tuple[S3Object, ByteSource | ReadFailure]]:
    """Yield each listed object with its bytes or with the failure to open it, in the given order."""
    root = Path(target.path)
    base = root if root.is_dir() else root.parent
    for obj in objects:
        try:
            yield obj, FileSource(base, obj)
        except ReadFailure as failure:
            yield obj, failure


class FileSource:
    """The bytes of one listed file; the file is open only while it is read."""

    __slots__ = ("_obj", "_path", "size")

    def __init__(self, base: Path, obj: S3Object) -> None:
        """Find the file of `obj` below `base`. Raises ReadFailure when it is not one to read."""
        problem = local_problem(obj)
        if problem is not None:
            raise ReadFailure(problem.reason, problem.detail)
        if obj.key.startswith("/") or "\0" in obj.key:
            raise ReadFailure(Reason.PERMISSION_DENIED, "OutsideTarget")
        self._path = base / obj.key
        if (
            self._path.parent.resolve() != (base.resolve() / obj.key).parent
        ):  # "..", or a folder became a link
            raise ReadFailure(Reason.PERMISSION_DENIED, "OutsideTarget")
        self._obj = obj
        self.size = obj.size
        os.close(self._open())

    def _open(self) -> int:
        """Return the open file, if it is still the one that was listed."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            failure = of_file(error)
            raise ReadFailure(failure.reason, failure.code) from None
        status = os.fstat(handle)
        listed = self._obj.last_modified
        changed = status.st_size != self.size or (listed is not None and _modified(status) != listed)
        if changed or not stat.S_ISREG(status.st_mode):
            os.close(handle)
            raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "FileChanged")
        return handle

    def blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks of a MiB. Raises ReadFailure."""
        handle = self._open()
        try:
            position = 0
            while position < self.size:
                block = self._pread(handle, position, min(BLOCK, self.size - position))
                position += len(block)
                yield block
        finally:
            os.close(handle)

    def read(self, start: int, length: int) -> bytes:
        """Return at most `length` bytes from `start`. Raises ReadFailure."""
        handle = self._open()
        try:
            parts, end = [], min(start + length, self.size)
            while start < end:
                parts.append(self._pread(handle, start, end - start))
                start += len(parts[-1])
            return b"".join(parts)
        finally:
            os.close(handle)

    def _pread(self, handle: int, start: int, length: int) -> bytes:
        try:
            data = os.pread(handle, length, start)
        except OSError as error:
            failure = of_file(error)
            raise ReadFailure(failure.reason, failure.code) from None
        if not data:
            raise ReadFailure(Reason.OBJECT_VERSION_MISMATCH, "FileChanged")
        return data
