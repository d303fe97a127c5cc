"""The same change twice: as AWS CLI commands to paste into a shell, and as Terraform blocks.

Everything in a snapshot is hostile, names and keys included: a bucket, region or account that cannot be one
becomes a placeholder, a key never reads as an option or a file name, and all texts are ASCII.
Sources: AWS CLI Command Reference (s3api, s3control; "Loading a parameter from a file"), Terraform's
configuration syntax ("Strings and templates") and the pages of the AWS provider's resources.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.model import JSON

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_POINT = re.compile(r"[a-z0-9][a-z0-9.-]{1,62}", re.ASCII)
_PLAIN_KEY = re.compile(r"[!-~][ -~]*", re.ASCII)
# The command line reads a value that starts so from there (cli_follow_urlparam and paramfile of the AWS CLI).
_FETCHED = ("file://", "fileb://", "http://", "https://", "-")
_TERRAFORM_SETTINGS = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Writes the commands and blocks for one bucket; an unknown name is a placeholder in capitals."""

    bucket: str
    account: str
    region: str

    @classmethod
    def of(cls, bucket: str, account: str, region: str) -> Words:
        return cls(
            bucket if _BUCKET.fullmatch(bucket) else "BUCKET",
            account if _ACCOUNT.fullmatch(account) else "ACCOUNT_ID",
            region if _REGION.fullmatch(region) else "",
        )

    # ---- AWS CLI

    def command(self, operation: str, *arguments: str) -> str:
        """Return one command on the bucket, which the server refuses where another account owns it."""
        parts = ["aws", "s3api", operation, "--bucket", self.bucket]
        parts += ["--expected-bucket-owner", self.account] if self.account != "ACCOUNT_ID" else []
        return shlex.join([*parts, *self._region(), *arguments])

    def put_policy(self, document: JSON) -> str:
        """Return the commands that replace the bucket policy, or delete it (None)."""
        if document is None:
            return self.command("delete-bucket-policy")
        return _file("bucket-policy.json", document) + self.command(
            "put-bucket-policy", "--policy", "file://bucket-policy.json"
        )

    def put_acl(self, document: JSON) -> str:
        """Return the commands that replace the bucket's ACL; None: the owner's alone."""
        if document is None:
            return self.command("put-bucket-acl", "--acl", "private")
        return _file("bucket-acl.json", document) + self.command(
            "put-bucket-acl", "--access-control-policy", "file://bucket-acl.json"
        )

    def put_object_acls(self, keys: Iterable[str]) -> str:
        """Return the commands that give the objects an ACL of their owner's alone."""
        return "\n".join(self._object_acl(key) for key in keys)

    def _object_acl(self, key: str) -> str:
        if _PLAIN_KEY.fullmatch(key) and not key.startswith(_FETCHED):
            return self.command("put-object-acl", "--key", key, "--acl", "private")
        given = json.dumps({"Bucket": self.bucket, "Key": key, "ACL": "private"})
        return shlex.join(["aws", "s3api", "put-object-acl", *self._region(), "--cli-input-json", given])

    def put_ownership(self) -> str:
        """Return the commands that turn ACLs off; S3 asks for the owner's own bucket ACL first."""
        rules = "Rules=[{ObjectOwnership=BucketOwnerEnforced}]"
        return "\n".join(
            (
                self.put_acl(None),
                self.command("put-bucket-ownership-controls", "--ownership-controls", rules),
            )
        )

    def put_block(self) -> str:
        """Return the command that turns all of Block Public Access on for the bucket."""
        return self.command("put-public-access-block", "--public-access-block-configuration", _ALL_ON)

    def put_account_block(self) -> str:
        """Return the command that does so for the account."""
        parts = ["aws", "s3control", "put-public-access-block", "--account-id", self.account]
        return shlex.join([*parts, *self._region(), "--public-access-block-configuration", _ALL_ON])

    def put_point_policy(self, account: str, name: str, document: JSON) -> str:
        """Return the commands that replace an access point's policy, or delete it (None)."""
        names = ["--account-id", account if _ACCOUNT.fullmatch(account) else self.account]
        names += ["--name", name if _POINT.fullmatch(name) else "ACCESS_POINT", *self._region()]
        if document is None:
            return shlex.join(["aws", "s3control", "delete-access-point-policy", *names])
        file = "access-point-policy.json"
        put = ["aws", "s3control", "put-access-point-policy", *names, "--policy", f"file://{file}"]
        return _file(file, document) + shlex.join(put)

    def _region(self) -> list[str]:
        return ["--region", self.region] if self.region else []

    # ---- Terraform

    def policy_block(self, document: JSON) -> str:
        if document is None:
            return f"# remove the aws_s3_bucket_policy resource of {self.bucket}"
        return self._block("aws_s3_bucket_policy", {"policy": Call("jsonencode", document)})

    def acl_block(self, document: JSON) -> str:
        if document is None:
            return self._block("aws_s3_bucket_acl", {"acl": "private"})
        grants = [_grant(item) for item in document["Grants"]]
        owner = ("owner", {"id": document["Owner"].get("ID", "")})
        return self._block("aws_s3_bucket_acl", {}, [("access_control_policy", {}, [*grants, owner])])

    def ownership_block(self) -> str:
        rule = ("rule", {"object_ownership": "BucketOwnerEnforced"})
        note = f"# and remove the aws_s3_bucket_acl resource of {self.bucket}, if there is one"
        return self._block("aws_s3_bucket_ownership_controls", {}, [rule]) + "\n" + note

    def public_access_block(self) -> str:
        return self._block(
            "aws_s3_bucket_public_access_block", {_TERRAFORM_SETTINGS[name]: True for name in SETTINGS}
        )

    def account_block(self) -> str:
        values: dict[str, JSON] = {"account_id": self.account}
        values |= {_TERRAFORM_SETTINGS[name]: True for name in SETTINGS}
        return _resource("aws_s3_account_public_access_block", "this", values, ())

    def point_block(self, name: str, document: JSON) -> str:
        shown = name if _POINT.fullmatch(name) else "ACCESS_POINT"
        if document is None:
            return f"# remove the policy of the aws_s3_access_point {shown}"
        values: dict[str, JSON] = {
            "access_point_arn": Reference(f"aws_s3_access_point.{_label(shown)}.arn"),
            "policy": Call("jsonencode", document),
        }
        return _resource("aws_s3control_access_point_policy", _label(shown), values, ())

    def _block(self, kind: str, values: Mapping[str, JSON], inner: Sequence[JSON] = ()) -> str:
        return _resource(kind, _label(self.bucket), {"bucket": self.bucket, **values}, inner)


_ALL_ON = ",".join(f"{name}=true" for name in SETTINGS)


def _file(name: str, document: JSON) -> str:
    """Return the shell's here-document that writes a file; JSON has no line that could end it."""
    return f"cat > {name} <<'EOF'\n{json.dumps(document, indent=2)}\nEOF\n"


@dataclass(frozen=True, slots=True)
class Call:
    """A function call of Terraform's language."""

    function: str
    argument: JSON


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference to another resource's attribute."""

    path: str


def _resource(kind: str, label: str, values: Mapping[str, JSON], inner: Sequence[JSON]) -> str:
    return "\n".join([f'resource "{kind}" "{label}" {{', *_body(values, inner, 1), "}"])


def _body(values: Mapping[str, JSON], inner: Sequence[JSON], depth: int) -> list[str]:
    space = "  " * depth
    lines = [f"{space}{name} = {hcl(value, depth)}" for name, value in values.items()]
    for name, attributes, *blocks in inner:
        lines += [
            f"{space}{name} {{",
            *_body(attributes, blocks[0] if blocks else (), depth + 1),
            f"{space}}}",
        ]
    return lines


def hcl(value: JSON, depth: int = 0) -> str:
    """Return a JSON value as an expression of Terraform's language, ASCII only."""
    if isinstance(value, Call):
        return f"{value.function}({hcl(value.argument, depth)})"
    if isinstance(value, Reference):
        return value.path
    inside, outside = "  " * (depth + 1), "  " * depth
    if isinstance(value, Mapping):
        lines = [f"{inside}{_quoted(str(name))} = {hcl(item, depth + 1)}" for name, item in value.items()]
        return "\n".join(["{", *lines, outside + "}"]) if lines else "{}"
    if isinstance(value, list | tuple):
        lines = [f"{inside}{hcl(item, depth + 1)}," for item in value]
        return "\n".join(["[", *lines, outside + "]"]) if lines else "[]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _quoted(text: str) -> str:
    written = "".join(_ESCAPES.get(sign) or _sign(sign) for sign in text)
    return '"' + written.replace("${", "$${").replace("%{", "%%{") + '"'


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _sign(sign: str) -> str:
    if " " <= sign <= "~":
        return sign
    return f"\\u{ord(sign):04x}" if ord(sign) < 0x10000 else f"\\U{ord(sign):08x}"


def _label(name: str) -> str:
    label = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return label if label[:1].isalpha() else f"b_{label}"


def _grant(item: Mapping[str, JSON]) -> tuple[str, dict[str, JSON], list[JSON]]:
    given = item["Grantee"]
    grantee = {name.lower(): given[name] for name in ("ID", "Type", "URI") if name in given}
    return "grant", {"permission": item["Permission"]}, [("grantee", grantee)]
