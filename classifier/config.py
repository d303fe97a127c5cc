"""The settings of a run: one model, filled from file < template < environment < command line, validated once.

File: TOML, `--config FILE`, else `s3-classifier.toml` in the working directory. Environment: `S3_CLASSIFIER_`
and the field's name in capitals; the usual AWS variables are left to boto3. A list is a TOML array, or
text with commas. Unknown settings are an error.
"""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from classifier.errors import ConfigError
from classifier.model import Severity
from classifier.template import load_template

DEFAULT_FILE = Path("s3-classifier.toml")
LEVELS = ("low", "medium", "high", "critical")
_PREFIX = "S3_CLASSIFIER_"
_GIB = 1 << 30


class Settings(BaseModel):
    """Everything a run can be told. Sizes are bytes, times seconds. `load` makes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template: str | None = Field(
        None, description="A scan template's name or file, in place of whose settings others may be given."
    )
    targets: tuple[str, ...] = Field((), description="What is scanned where the command names no target.")
    all_buckets: bool = Field(False, description="Scan every bucket that the credentials can list.")
    finding_attributes: tuple[tuple[str, str], ...] = Field(
        (), description="Names and values stamped on each finding: a table, or text NAME=VALUE,…."
    )

    profile: str | None = Field(None, description="Named profile of the AWS configuration files.")
    region: str | None = Field(None, description="Region for the first call; each bucket's own is looked up.")
    endpoint_url: str | None = Field(None, description="Address of an S3-compatible server.")
    no_sign_request: bool = Field(False, description="Send unsigned (anonymous) requests.")
    role_arn: str | None = Field(None, description="IAM role to assume before scanning.")
    external_id: str | None = Field(None, description="External id for the role.")
    role_session_name: str = Field("s3-classifier", description="Session name for the role.")
    mfa_serial: str | None = Field(None, description="MFA device for the role.")
    mfa_token: SecretStr | None = Field(
        None, description="The device's present code; asked for when missing."
    )
    duration_seconds: int = Field(3600, ge=900, le=43200, description="Lifetime of the role's session.")
    connect_timeout: float = Field(10, gt=0, description="Seconds to wait for a connection.")
    read_timeout: float = Field(30, gt=0, description="Seconds to wait for the next bytes of a response.")
    max_attempts: int = Field(5, ge=1, le=20, description="Tries per request, the first included.")

    detectors: str = Field("recommended", description="recommended, all, or ID,… and -ID,….")
    packs: tuple[Path, ...] = Field((), description="Detector packs of your own (YAML).")
    data_policy: Path | None = Field(None, description="Which data may lie where (YAML).")
    risk_overrides: Path | None = Field(None, description="Risk scores set by hand (YAML).")
    rules: tuple[Path, ...] = Field((), description="Packs of alert rules of your own (YAML).")
    recognizers: tuple[str, ...] = Field(
        (), description="Presidio recognizers: registry files (YAML), MODULE:OBJECT, entry points."
    )
    recognizer_threshold: float = Field(
        0.4, ge=0, le=1, description="Score from which a Presidio recognizer's match is reported."
    )
    recognizer_prose: int = Field(
        32 << 10,
        ge=0,
        description="Characters of an object's prose for recognizers without patterns; 0 = all.",
    )
    allow_lists: tuple[str, ...] = Field(
        (), description="Lists of values that are not reported: files, or s3://BUCKET/KEY."
    )
    allow_list_optional: bool = Field(False, description="Scan without an allow list that cannot be read.")
    max_occurrences: int = Field(15, ge=0, description="Located occurrences a finding; 0 = all.")
    fingerprint_key: SecretStr | None = Field(
        None, description="Key of the HMAC fingerprints, 32+ hex digits."
    )

    names: bool = Field(True, description="Read prose for names and places.")
    names_bytes: int = Field(32 << 10, ge=0, description="Bytes of an object's prose read for names.")
    names_values: int = Field(
        200, ge=0, description="Different values of an object's table or records read for names."
    )
    names_pipelines: tuple[str, ...] = Field(
        (), description="spaCy pipelines by language, such as es=es_core_news_md; they must be installed."
    )

    verify_keys: bool = Field(False, description="Ask AWS STS whether the AWS key pairs found are live.")

    workers: int = Field(
        0, ge=0, le=256, description="Worker processes; 0 = one a core, one for small scans."
    )
    read_ahead: int = Field(16, ge=1, le=256, description="Objects a worker reads at the same time.")
    chunk_bytes: int = Field(1 << 20, ge=1 << 16, le=1 << 26, description="Bytes searched at a time.")
    object_acl_sample: int = Field(
        1_000, ge=0, description="Object ACLs read a bucket where ACLs are in force."
    )

    max_object_bytes: int = Field(0, ge=0, description="Read no more than this of an object; 0 = all.")
    max_expanded_bytes: int = Field(10 * _GIB, gt=0, description="Decompressed bytes an object.")
    max_archive_depth: int = Field(10, ge=1, description="Archives within archives.")
    max_archive_members: int = Field(1_000_000, ge=1, description="Members an archive.")
    max_json_depth: int = Field(256, ge=1, description="Levels of a JSON or XML document.")
    max_expansion_ratio: int = Field(
        100, ge=0, description="Decompressed bytes a stored byte, past 64 MiB; 0 = any."
    )
    max_object_seconds: float = Field(300, gt=0, description="Seconds of extraction workers, an object.")
    max_stall_seconds: float = Field(
        15, gt=0, description="Seconds without a result from an extraction worker."
    )
    extraction_memory: int = Field(_GIB, ge=1 << 28, description="Address space of an extraction worker.")
    max_pixels: int = Field(50_000_000, ge=1, description="Pixels of an image that is looked at.")
    max_pages: int = Field(10_000, ge=1, description="Pages of a document.")

    include: tuple[str, ...] = Field(
        (), description="Rules for what is in scope: KIND:VALUE (see docs/scale-choosing.md), or a glob."
    )
    exclude: tuple[str, ...] = Field((), description="Rules for what is out of scope.")
    depth: Literal["quick", "standard", "deep", "full"] = Field(
        "full", description="How many objects of each kind are read, and how much of large ones."
    )
    sample_objects: float | None = Field(
        None, gt=0, le=100, description="Percent of the objects of each kind that are read at the most."
    )
    seed: str = Field("", description="Seed of the random choice of objects and blocks.")
    same_content_once: bool | None = Field(
        None,
        description="Read objects of the same ETag, size and type once; not given: unless depth is full.",
    )
    attributes: bool = Field(True, description="Search keys and user metadata too.")
    tags: bool = Field(False, description="Search tags too: a request more for each object.")
    noncurrent_versions: bool = Field(False, description="List noncurrent versions and delete markers too.")
    inventory: str | None = Field(
        None, description="S3 Inventory instead of listing: its manifest.json, or auto for the bucket's own."
    )
    inventory_max_age: float = Field(
        48, gt=0, description="Hours; an older inventory is not used, and the bucket is listed."
    )
    listers: int = Field(8, ge=1, le=64, description="Prefixes that are listed at the same time.")

    max_cost: float | None = Field(None, ge=0, description="US dollars of requests and bytes of a run.")
    max_bytes: int | None = Field(None, ge=0, description="Stored bytes that a run reads.")
    max_requests: int | None = Field(None, ge=0, description="Requests of a run.")
    max_time: float | None = Field(None, ge=0, description="Seconds of a run.")
    bucket_max_cost: float | None = Field(None, ge=0, description="US dollars of each bucket.")
    bucket_max_bytes: int | None = Field(None, ge=0, description="Stored bytes that are read of each bucket.")
    bucket_max_requests: int | None = Field(None, ge=0, description="Requests of each bucket.")
    bucket_max_time: float | None = Field(None, ge=0, description="Seconds of reading each bucket.")
    transfer_price: float = Field(
        0, ge=0, description="US dollars a GB that leaves the bucket's region; 0: it is read from there."
    )
    prices: Path | None = Field(None, description="Prices in place of the shipped ones (YAML).")

    known_accounts: tuple[str, ...] = Field(
        (), description="Ids of accounts, and of organizations (o-...), that may share your buckets."
    )
    fail_on: Severity | None = Field(None, description="Exit 1 on a finding or alert at or over this level.")
    formats: tuple[str, ...] = Field(
        ("json", "csv"),
        description="Reports that the run folder gets; json, jsonl and csv are in every one.",
    )
    notify: Path | None = Field(None, description="Where messages about a run go (YAML).")
    output: str | None = Field(None, description="Run folder; `-` streams to standard output.")
    accounts: str | None = Field(
        None, description="Accounts to scan: a file with an id a line, or organization."
    )
    account_role: str | None = Field(None, description="Name of the role to assume in each of them.")
    engine: Literal["local", "dask"] = Field("local", description="What runs the workers.")
    scheduler: str | None = Field(None, description="Address of a Dask scheduler, such as tcp://HOST:8786.")
    store: str | None = Field(
        None, description="Where runs are kept: a file, postgresql://USER@HOST/DATABASE, or none."
    )
    incremental: bool = Field(False, description="Read only what is new or has changed since an earlier run.")

    @property
    def twins(self) -> bool:
        """Whether objects of the same content are read once. In a full scan each is: one may be denied."""
        return self.depth != "full" if self.same_content_once is None else self.same_content_once

    @field_validator("endpoint_url", mode="after")
    @classmethod
    def _without_credentials(cls, value: str | None) -> str | None:
        if value is not None and "@" in value:  # it is shown in messages and in the report
            raise ValueError(
                "must not hold a user name or password; --profile and AWS's variables have these"
            )
        return value

    @field_validator("fail_on", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        if value is None or (isinstance(value, str) and value.lower() in LEVELS):
            return value.capitalize() if value else None
        raise ValueError(f"must be one of {', '.join(LEVELS)}")

    @field_validator("finding_attributes", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        if isinstance(value, dict):
            return tuple(value.items())
        if not isinstance(value, str):
            return value
        pairs = [item.partition("=") for item in value.split(",") if item.strip()]
        if not all(name.strip() and separator for name, separator, _ in pairs):
            raise ValueError("must be NAME=VALUE, with commas between them")
        return tuple((name.strip(), text.strip()) for name, _, text in pairs)

    @field_validator(
        "targets",
        "packs",
        "rules",
        "recognizers",
        "allow_lists",
        "known_accounts",
        "formats",
        "names_pipelines",
        "include",
        "exclude",
        mode="before",
    )
    @classmethod
    def _by_commas(cls, value: object) -> object:
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, list | tuple):
            raise ValueError("must be a list, or text with commas")
        stripped = [part.strip() if isinstance(part, str) else part for part in parts]
        return tuple(part for part in stripped if part != "")

    @field_validator("names_pipelines", mode="after")
    @classmethod
    def _by_language(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            code, separator, name = item.partition("=")
            if not (len(code) == 2 and code.isalpha() and separator and name):
                raise ValueError("must be LANGUAGE=PIPELINE, such as es=es_core_news_md")
        return value

    @field_validator("fingerprint_key", mode="after")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            try:
                key = bytes.fromhex(value.get_secret_value())
            except ValueError:
                raise ValueError("must be hexadecimal digits") from None
            if len(key) < 16:
                raise ValueError("must have at least 32 hexadecimal digits")
        return value


def load(flags: Mapping[str, Any], file: Path | None = None) -> Settings:
    """Return the settings of a run.

    `flags` are the command line's values by field name; those that are None were not given. `file` is
    `--config`; without it `s3-classifier.toml` of the working directory is read when there is one. Of a
    template the setting `template` says name, version and hash afterwards.
    Raises ConfigError naming the setting and what it may be; a secret's value is never in the message.
    """
    variables = {name.upper(): name for name in os.environ if name.upper().startswith(_PREFIX)}
    known = {_variable(name) for name in Settings.model_fields}
    unknown = sorted(name for upper, name in variables.items() if upper not in known)
    if unknown:
        raise ConfigError(f"{', '.join(unknown)}: there is no such setting; unset it or mend its name")
    environment = {
        name: os.environ[variables[_variable(name)]]
        for name in Settings.model_fields
        if _variable(name) in variables
    }
    given = {name: value for name, value in flags.items() if value is not None}
    lower = _read(file)
    name = (lower | environment | given).get("template")
    fixed: dict[str, Any] = {}
    if isinstance(name, str) and name:
        try:
            template = load_template(name)
        except ConfigError as error:
            raise ConfigError(f"wrong setting: template: {error}") from None
        fixed = template.settings
        lower["template"] = str(template)
        environment.pop("template", None)
        given.pop("template", None)
    try:
        return Settings(**(lower | fixed | environment | given))
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, e['loc']))}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        ]
        raise ConfigError("wrong setting: " + "; ".join(lines)) from None


def _variable(name: str) -> str:
    return f"{_PREFIX}{name.upper()}"


def _read(file: Path | None) -> dict[str, Any]:
    path = file or DEFAULT_FILE
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        if file is None:
            return {}
        raise ConfigError(f"{path}: there is no such settings file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from None


def fingerprint_key(settings: Settings) -> bytes:
    """Return the key of the HMAC fingerprints.

    It is the setting's, else the one in `fingerprint.key` of the user's configuration folder, made there on
    first use with mode 0600, so that the same value has the same fingerprint in every run of this user.
    Raises ConfigError when the file cannot be read or made.
    """
    if settings.fingerprint_key is not None:
        return bytes.fromhex(settings.fingerprint_key.get_secret_value())
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    path = home / "s3-classifier" / "fingerprint.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _make_key(path)
        key = bytes.fromhex(path.read_text("ascii").strip())
        if len(key) < 16:
            raise ValueError("too short")
        return key
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no 32+ hexadecimal digits in it"
        raise ConfigError(
            f"{path}: the fingerprint key cannot be read or made ({reason}); "
            f"set {_variable('fingerprint_key')}"
        ) from None


def _make_key(path: Path) -> None:
    """Put a key of 32 random bytes at `path`, whole from its first moment; one that is there by then stays.

    Raises OSError.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_hex(32) + "\n")
        with suppress(FileExistsError):  # another run was first
            os.link(draft, path)
    finally:
        draft.unlink()
