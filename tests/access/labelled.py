"""The labelled cases in cases/*.yaml, each written from a page of AWS's documentation.

A case is a bucket state (`snapshot`, in the shape of docs/contracts.md, laid over BUCKET) with what to
`expect`, or a condition operator (`condition` and `context` with `matches`). `statements` and `condition`
are short for a policy: what a statement leaves out is "everybody may read every object of the bucket".

`expect` holds any of `policy_status` (true, false, null), `public`, `shared`, `decision` ("denied" is either
denial), `anonymous`, `any_aws` (exactly what is allowed), `grants` and `latent` (principal → actions).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).with_name("cases")
BUCKET = {"Bucket": "shop", "AccountId": "111122223333", "Region": "eu-west-1"}
_DEFAULTS = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::shop/*",
}
# What a caller fixes itself: absent in a case about an operator, unless its context has it.
_FIXED = ("aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid")


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled case; `source` is the address of the page, `subject` the file it stands in."""

    id: str
    subject: str
    why: str
    source: str
    snapshot: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def policy_only(self) -> bool:
        """Whether the policy is all there is to the state."""
        return not set(self.snapshot) - {*BUCKET, "Policy"}


def cases() -> Iterator[Case]:
    """Yield every case of every file. Raises KeyError for a source without an address."""
    pages = yaml.safe_load((FOLDER / "sources.yaml").read_text("utf-8"))
    for path in sorted(FOLDER.glob("*.yaml")):
        if path.name == "sources.yaml":
            continue
        for item in yaml.safe_load(path.read_text("utf-8"))["cases"]:
            yield _case(path.stem, pages, item)


def _case(subject: str, pages: Mapping[str, str], item: dict[str, Any]) -> Case:
    fields = dict(item)
    snapshot = BUCKET | fields.pop("snapshot", {})
    expect = fields.pop("expect", {})
    if "matches" in fields:
        context = fields.pop("context")
        given = {key.lower() for key in context}
        context = {key: None for key in _FIXED if key.lower() not in given} | context
        resource = "arn:aws:s3:::shop/a.txt"
        snapshot["Request"] = {
            "Principal": "any_aws",
            "Action": "s3:GetObject",
            "Resource": resource,
            "Context": context,
        }
        expect = {"decision": "allowed" if fields.pop("matches") else "implicitDeny"}
    statements = fields.pop("statements", None)
    if "condition" in fields:
        statements = [{"Condition": fields.pop("condition")}]
    if statements is not None:
        snapshot["Policy"] = {"Version": "2012-10-17", "Statement": [_statement(s) for s in statements]}
    found = Case(
        f"{subject}/{fields.pop('id')}",
        subject,
        fields.pop("why"),
        pages[fields.pop("source")],
        snapshot,
        expect,
    )
    if fields or not expect:
        raise ValueError(f"{found.id}: unknown or missing parts {sorted(fields)}")
    return found


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the statement with what it leaves out; NotAction stands in Action's place, and so on."""
    defaults = {key: value for key, value in _DEFAULTS.items() if f"Not{key}" not in given}
    return defaults | dict(given)
