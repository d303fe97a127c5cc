"""What the user names as target, parsed."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path, PurePath
from urllib.parse import unquote

from classifier.errors import UsageError
from classifier.model import Target

# What botocore itself accepts as a bucket name; wider than AWS's rule, since other servers' are wider.
_BUCKET = re.compile(r"[a-zA-Z0-9.\-_]{1,255}")
_ARN = re.compile(
    r"arn:(?P<partition>[^:]*):(?P<service>[^:]*):(?P<region>[^:]*):(?P<account>[^:]*):(?P<resource>.*)", re.S
)
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_FORMS = "a target is s3://BUCKET[/PREFIX], arn:aws:s3:::BUCKET[/PREFIX], file:///DIR or a local path"


def parse_target(text: str) -> Target:
    """Return the target that `text` names.

    A prefix is taken as it stands (no decoding, wildcards mean themselves); a local path is made
    absolute, with its symbolic links followed: whoever names one means what it leads to.
    Raises UsageError that says what is wrong and what to write instead.
    """
    if not text.strip():
        raise UsageError(f"empty target; {_FORMS}")
    if text[:5].lower() == "s3://":
        bucket, _, prefix = text[5:].partition("/")
        return _bucket(text, bucket, prefix)
    if text.startswith("arn:"):
        return _from_arn(text)
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _local(text, text)
    if scheme[1].lower() == "file":
        return _from_file_url(text)
    if scheme[1].lower() in ("http", "https"):
        raise UsageError(
            f"{text!r} is a web address; write s3://BUCKET/PREFIX "
            "(and --endpoint-url for a server other than AWS)"
        )
    raise UsageError(f"{text!r} has an unknown scheme; {_FORMS}")


def _bucket(text: str, bucket: str, prefix: str) -> Target:
    if not bucket:
        raise UsageError(f"{text!r} names no bucket; write s3://BUCKET/PREFIX, or --all-buckets for all")
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(
            f"{text!r}: {bucket!r} cannot be a bucket's name (letters, digits, dots, hyphens, underscores)"
        )
    if len(prefix.encode("utf-8", "surrogateescape")) > 1024:
        raise UsageError(f"s3://{bucket}: the prefix is longer than a key can be (1024 bytes)")
    return Target(bucket=bucket, prefix=prefix)


def _from_arn(text: str) -> Target:
    """Parse an ARN (https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html)."""
    arn = _ARN.fullmatch(text)
    if arn is None:
        raise UsageError(f"{text!r} is not a whole ARN; write arn:aws:s3:::BUCKET[/PREFIX]")
    if arn["partition"] not in _PARTITIONS:
        raise UsageError(f"{text!r}: no such partition; there are {', '.join(_PARTITIONS)}")
    if arn["service"] != "s3" or arn["region"] or arn["account"]:
        raise UsageError(
            f"{text!r} is not a bucket's ARN; write arn:aws:s3:::BUCKET[/PREFIX] "
            "(for an access point, the bucket behind it)"
        )
    bucket, _, prefix = arn["resource"].partition("/")
    return _bucket(text, bucket, prefix)


def _from_file_url(text: str) -> Target:
    """Parse a file URL (RFC 8089)."""
    host, _, path = text[len("file://") :].partition("/")
    if host not in ("", "localhost"):
        raise UsageError(f"{text!r} names another machine; write file:///DIR with three slashes")
    return _local(text, "/" + unquote(path, errors="surrogateescape"))


def _local(text: str, name: str) -> Target:
    try:
        path = Path(name).resolve(strict=True)
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in it
        hint = f"; for a bucket write s3://{name}" if _BUCKET.fullmatch(name) else ""
        raise UsageError(f"{text!r}: there is no such file or folder{hint}") from None
    except (OSError, RuntimeError) as error:  # RuntimeError: links that turn in a circle
        why = error.strerror if isinstance(error, OSError) else "its symbolic links turn in a circle"
        raise UsageError(f"{text!r} cannot be looked at: {why}; name a file or folder that can") from None
    if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        raise UsageError(f"{text!r} is neither a file nor a folder; name one of these")
    return Target(bucket="", path=str(path))


def distinct(targets: Sequence[Target]) -> list[Target]:
    """Return the targets in order, without repetitions and without those that lie within another."""
    unique = list(dict.fromkeys(targets))
    return [
        target for target in unique if not any(_within(target, other) for other in unique if other != target)
    ]


def _within(target: Target, other: Target) -> bool:
    """Whether everything in `target` is in `other` too."""
    if target.is_local or other.is_local:
        return target.is_local and other.is_local and PurePath(target.path).is_relative_to(other.path)
    return target.bucket == other.bucket and target.prefix.startswith(other.prefix)
