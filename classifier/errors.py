"""Every error that a user can meet, one tree; each message says what, where and what to do next.

    ClassifierError
    ├── UsageError            the request itself is wrong                      exit code 2
    │   ├── ConfigError       a setting, its file or its environment variable
    │   └── PackError         a detector pack (file and line)
    ├── AccessFailure         the account cannot be worked with at all         exit code 4
    │   ├── TargetError       one target (bucket, path) cannot be scanned
    │   └── CapReached        a budget of the run, or of a bucket, is spent
    ├── OutputError           the report cannot be written                     exit code 4
    ├── StoreError            the store of runs and findings cannot be used    exit code 4
    └── ReadFailure           one object cannot be read: becomes a reason code in its record

Messages never carry content that was read from an object.
"""

from __future__ import annotations

from classifier.model import Reason


class ClassifierError(Exception):
    """Root of the tree. `exit_code` is the command's exit status when it ends the run."""

    exit_code = 4


class UsageError(ClassifierError):
    """The request is wrong; nothing was read."""

    exit_code = 2


class ConfigError(UsageError):
    """A setting has no valid value; the message names the setting and where it came from."""


class PackError(UsageError):
    """A detector pack is wrong; the message starts with `FILE:LINE:`."""


class AccessFailure(ClassifierError):
    """No usable credentials, an expired token, an endpoint that does not answer."""


class TargetError(AccessFailure):
    """One target cannot be scanned at all; the others can.

    `reason` is the Macie reason code, `code` the server's own error code.
    """

    def __init__(self, message: str, reason: Reason, code: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code


class CapReached(AccessFailure):
    """A request was not sent, since a budget is spent; `cap` is the setting that bounds it."""

    def __init__(self, cap: str) -> None:
        super().__init__(f"{cap} is reached: the rest was not read; raise it, or narrow the scan")
        self.cap = cap


class OutputError(ClassifierError):
    """A report file or folder cannot be written."""


class StoreError(ClassifierError):
    """The store cannot be opened, read or written."""


class ReadFailure(ClassifierError):
    """One object (or a part of it) cannot be read.

    `reason` is the Macie reason code for the object's record, `detail` a short text without content,
    such as the server's error code.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[ReadFailure], tuple[Reason, str]]:
        return (type(self), (self.reason, self.detail))
