"""S3's own IsPublic: what GetBucketPolicyStatus answers, decided from the policy's text alone.

A policy starts as public. It is not when every Allow is narrowed to fixed values (no wildcard, no variable)
of a principal or of the condition keys below. Deny statements do not count. Source: S3 User Guide, "Blocking
public access to your Amazon S3 storage", section "The meaning of 'public'". Where that page is silent or
ambiguous the answer here is None.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable

from classifier.access import conditions, patterns
from classifier.access.conditions import Condition
from classifier.access.policy import Entry, Policy, Statement

_PRIVATE = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
_WIDEST = {4: 8, 6: 32}  # the shortest prefix that still counts as fixed
_POSITIVE = frozenset({"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"})
_ACCESS_POINT = re.compile(r"arn:aws[a-z-]*:s3:[a-z0-9-]+:\d{12}:accesspoint/[^:]+", re.ASCII)
_IN_ACCOUNT = re.compile(r"arn:aws[a-z-]*:(iam|sts)::\d{12}:.+", re.ASCII | re.DOTALL)
_ROLE_SESSIONS = re.compile(r"A[A-Z0-9]+:\*", re.ASCII)


def is_public(policy: Policy) -> tuple[bool | None, list[str]]:
    """Return what S3 would say of a bucket policy, and why it cannot be told where that is None."""
    return _over(policy, _statement)


def is_public_access_point(policy: Policy, network_origin: str) -> tuple[bool | None, list[str]]:
    """Return what S3 would say of an access point's policy; one of VPC origin is never public."""
    if network_origin.lower() == "vpc":
        return False, []
    return _over(policy, _access_point_statement)


def broad(block: conditions.Network) -> bool:
    """Whether S3 takes the block for the whole Internet rather than for a fixed range."""
    if isinstance(block, ipaddress.IPv4Network) and any(block.subnet_of(net) for net in _PRIVATE):
        return False
    return block.prefixlen < _WIDEST[block.version]


def _over(policy: Policy, judge: Callable[[Statement], bool | None]) -> tuple[bool | None, list[str]]:
    if not policy.readable:
        return None, []
    answers = [(statement, judge(statement)) for statement in policy.allows]
    if any(answer for _, answer in answers):
        return True, []
    unclear = [statement for statement, answer in answers if answer is None]
    return (None if unclear else False), [
        f"policy statement {statement.index}: AWS does not document whether S3 calls this public"
        for statement in unclear
        if not statement.uncertain
    ]


def _statement(statement: Statement) -> bool | None:
    return _judge(statement, statement.tests)


def _access_point_statement(statement: Statement) -> bool | None:
    tests = (test for test in statement.tests if not test.key.startswith("s3:dataaccesspoint"))
    return _judge(statement, tests)


def _judge(statement: Statement, tests: Iterable[Condition]) -> bool | None:
    if not statement.not_principal and all(map(_fixed_principal, statement.principals)):
        return False
    verdicts = [_narrows(test) for test in tests]
    if True in verdicts:
        return False
    return None if None in verdicts or statement.uncertain else True


def _fixed_principal(entry: Entry) -> bool:
    """A web identity provider (no ARN) stands for everybody who can log in there."""
    if entry.everyone or not patterns.fixed(entry.value):
        return False
    return entry.type != "Federated" or entry.value.startswith("arn:")


def _narrows(test: Condition) -> bool | None:
    """Return whether the test confines the statement to fixed values; None where AWS does not say."""
    operator = test.operator
    if operator.negated or operator.if_exists or not test.values:
        return False
    if test.key == "aws:sourceip":
        return (
            operator.base == "ipaddress" and not operator.quantifier and all(map(_fixed_range, test.values))
        )
    if test.key == "aws:principalisawsservice" and operator.base == "bool":
        return None if all(value.lower() == "true" for value in test.values) else False
    if operator.base not in _POSITIVE:
        return False
    multivalued = test.key in _MULTIVALUED
    if operator.quantifier == "all":
        return None if multivalued else False
    if test.key in _SILENT:
        return None
    check = _FIXED.get(test.key)
    if check is None:
        return False
    answers = {check(value) for value in test.values}
    return False if False in answers else None if None in answers else True


def _fixed_range(value: str) -> bool:
    block = conditions.network(value)
    return block is not None and not broad(block)


def _fixed_arn(value: str) -> bool | None:
    if patterns.fixed(value):
        return True
    return None if _IN_ACCOUNT.fullmatch(value) and "${" not in value else False


def _fixed_service(value: str) -> bool | None:
    return True if patterns.fixed(value) else None


def _fixed_user(value: str) -> bool | None:
    if patterns.fixed(value):
        return True
    return None if _ROLE_SESSIONS.fullmatch(value) else False


def _fixed_access_point(value: str) -> bool | None:
    """A wildcard may stand in the access point's name when the account is fixed."""
    return patterns.fixed(value) or ("${" not in value and bool(_ACCESS_POINT.fullmatch(value)))


_MULTIVALUED = frozenset({"aws:principalorgpaths", "aws:principalservicenameslist"})
# Named nowhere on the page, though they are no caller's to choose.
_SILENT = frozenset(
    {
        "aws:principalorgpaths",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpcarn",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",  # named on the page until 2023
    }
)
_FIXED: dict[str, Callable[[str], bool | None]] = {
    "aws:principalaccount": patterns.fixed,
    "aws:principalarn": _fixed_arn,
    "aws:principalorgid": patterns.fixed,
    "aws:principalservicename": _fixed_service,
    "aws:principalservicenameslist": _fixed_service,
    "aws:sourceaccount": patterns.fixed,
    "aws:sourcearn": patterns.fixed,
    "aws:sourceowner": patterns.fixed,
    "aws:sourcevpc": patterns.fixed,
    "aws:sourcevpce": patterns.fixed,
    "aws:userid": _fixed_user,
    "s3:dataaccesspointaccount": patterns.fixed,
    "s3:dataaccesspointarn": _fixed_access_point,
}
