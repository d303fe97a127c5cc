"""Where Ceph's object gateway (16.2, "Pacific") decides otherwise than AWS documents.

A deviation is a rewriting: it turns a case into one that AWS would decide as the gateway decides this one.
What the gateway answers is thereby foretold exactly: it must be the evaluator's answer to the case with every
rewriting applied, which does nothing to most cases. So a deviation can neither hide another disagreement nor
outlive the behaviour it describes. A refusal is a policy that AWS stores and the gateway does not.

Sources: the page of AWS in each entry; of the gateway its source code, release 16.2
(https://github.com/ceph/ceph, src/rgw: rgw_iam_policy.cc and .h, rgw_op.cc, rgw_common.cc, rgw_acl.cc), and
https://docs.ceph.com/en/pacific/radosgw/bucketpolicy/.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import TypeAlias

from classifier.access.request import decide
from classifier.access.snapshot import read
from tests.access.states import statements
from tests.access.vocabulary import JSON

_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_S3 = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/"
_KEYS = f"{_IAM}reference_policies_condition-keys.html"
_OPERATORS = f"{_IAM}reference_policies_elements_condition_operators.html"
_S3_KEYS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html"
_ACLS = f"{_S3}acl-overview.html"
_BLOCK = f"{_S3}access-control-block-public-access.html"


@dataclass(frozen=True)
class Case:
    """A bucket snapshot, an HTTP request's name, and what must all be allowed for it to be."""

    snapshot: Mapping[str, JSON]
    call: str
    requests: tuple[Mapping[str, JSON], ...]

    @property
    def action(self) -> str:
        return str(self.requests[0]["Action"])

    @property
    def resource(self) -> str:
        return str(self.requests[0]["Resource"])

    @property
    def anonymous(self) -> bool:
        return bool(self.requests[0]["Principal"] == "anonymous")

    @property
    def by_owner(self) -> bool:
        name = str(self.requests[0]["Principal"]).rpartition("/")[2]
        return bool(name == self.snapshot["Acl"]["Owner"]["ID"])

    @property
    def context(self) -> Mapping[str, JSON]:
        found: Mapping[str, JSON] = self.requests[0]["Context"]
        return found

    @property
    def statements(self) -> list[dict[str, JSON]]:
        return statements(self.snapshot.get("Policy"))

    def given(self, key: str) -> str | None:
        """Return the value of a condition key, spelled in any case."""
        values = {name.lower(): value for name, value in self.context.items()}
        found = values.get(key.lower())
        return None if found is None else str(found)

    def with_context(self, changes: Mapping[str, JSON]) -> Case:
        changed = (
            dict(request) | {"Context": dict(self.context) | dict(changes)} for request in self.requests
        )
        return replace(self, requests=tuple(changed))

    def with_statements(self, changed: list[dict[str, JSON]]) -> Case:
        if changed == self.statements:
            return self
        return self.with_snapshot(Policy=dict(self.snapshot["Policy"]) | {"Statement": changed})

    def with_snapshot(self, **parts: JSON) -> Case:
        return replace(self, snapshot=dict(self.snapshot) | parts)

    def with_action(self, action: str) -> Case:
        """Return the case with another action in the place of the request's, in the policy as well."""
        changed = []
        for statement in self.statements:
            name = "NotAction" if "NotAction" in statement else "Action"
            if _any(statement[name], lambda text: _fits(text.lower(), self.action.lower())) != (
                name != "Action"
            ):
                kept = {key: value for key, value in statement.items() if key != name}
                changed.append(kept | {"Action": action})
        asked = tuple(dict(request) | {"Action": action} for request in self.requests)
        return replace(self, requests=asked).with_statements(changed)

    def decisions(self) -> list[str]:
        """Return what the evaluator says to each of the requests (the part of it that decides requests)."""
        state = read(self.snapshot)
        return [decide(state, request)[0] for request in self.requests]

    @property
    def allowed(self) -> bool:
        return set(self.decisions()) == {"allowed"}


@dataclass(frozen=True)
class Deviation:
    """`radosgw` and `aws` say what each does; `source` is the page that says so of AWS."""

    id: str
    radosgw: str
    aws: str
    source: str
    rewrite: Callable[[Case], Case]


@dataclass(frozen=True)
class Refusal:
    """Something in a policy that AWS takes and that the gateway answers with 400 (InvalidArgument)."""

    id: str
    radosgw: str
    aws: str
    source: str
    recognises: Callable[[Mapping[str, JSON]], bool]  # of a statement


def foretold(case: Case, *, without: str = "") -> Case:
    """Return the case that AWS would decide as the gateway decides the given one."""
    for deviation in DEVIATIONS:
        if deviation.id != without:
            case = deviation.rewrite(case)
    return case


def shown(case: Case) -> Iterator[str]:
    """Yield the deviations without which the gateway's answer, unlike AWS's, would not be foretold."""
    expected = foretold(case).allowed
    if expected == case.allowed:
        return
    for deviation in DEVIATIONS:
        if deviation.rewrite(case) != case and foretold(case, without=deviation.id).allowed != expected:
            yield deviation.id


def _any(values: JSON, holds: Callable[[str], bool]) -> bool:
    return any(holds(str(value)) for value in (values if isinstance(values, list) else [values]))


def _fits(pattern: str, text: str) -> bool:
    """Whether AWS says that the text fits the pattern of `*` and `?`."""
    words = ("".join(".*" if c == "*" else "." if c == "?" else re.escape(c) for c in pattern),)
    return re.fullmatch(words[0], text, re.DOTALL) is not None


def _fits_greedily(pattern: str, text: str) -> bool:
    """Whether the gateway says so: it never tries a second place for what follows a `*`."""
    before, star, after = pattern.partition("*")
    if not star:
        return _fits(pattern, text)
    if not _fits(before, text[: len(before)]):
        return False
    rest = text[len(before) :]
    if not after:
        return True
    place = rest.find(after[0])
    return place >= 0 and _fits_greedily(after, rest[place:])


# ---- conditions

_Judge: TypeAlias = Callable[[Case, str, str, list[str]], "bool | None"]
_NEVER = {"StringEquals": {"radosgw:never": "true"}}


def _judging(judge: _Judge) -> Callable[[Case], Case]:
    """Return the rewriting that removes every test `judge` finds true and spoils every one it finds false.

    A judge gets the case, operator, key and values, and returns None for what it leaves alone.
    """

    def rewrite(case: Case) -> Case:
        changed = []
        for statement in case.statements:
            block: dict[str, dict[str, JSON]] = {}
            for operator, keys in statement.get("Condition", {}).items():
                for key, values in keys.items():
                    listed = [str(value) for value in (values if isinstance(values, list) else [values])]
                    verdict = judge(case, operator, key, listed)
                    if verdict is None:
                        block.setdefault(operator, {})[key] = values
                    elif not verdict:
                        block |= _NEVER
            rest = {name: value for name, value in statement.items() if name != "Condition"}
            changed.append(rest | ({"Condition": block} if block else {}))
        return case.with_statements(changed)

    return rewrite


def _negated_absent(case: Case, operator: str, key: str, _: list[str]) -> bool | None:
    negated = re.fullmatch(r"(String|Numeric|Date|Arn)Not\w+(?<!IfExists)", operator)
    return False if negated and case.given(key) is None else None


def _negated_list(case: Case, operator: str, key: str, values: list[str]) -> bool | None:
    negated = re.fullmatch(r"StringNot(Equals|Like)(IfExists)?", operator)
    given = case.given(key)
    if not negated or given is None or len(values) < 2:
        return None
    return any(value != given if negated[1] == "Equals" else not _fits(value, given) for value in values)


def _null(case: Case, operator: str, key: str, values: list[str]) -> bool | None:
    return case.given(key) is None if operator == "Null" and values == ["false"] else None


def _families(case: Case, operator: str, key: str, values: list[str]) -> bool | None:
    given = case.given(key)
    if operator not in ("IpAddress", "NotIpAddress", "IpAddressIfExists") or given is None:
        return None
    anything = ip_network("::/0") in [ip_network(value, strict=False) for value in values]
    return operator != "NotIpAddress" if anything and ip_address(given).version == 4 else None


def _one_star(case: Case, operator: str, key: str, values: list[str]) -> bool | None:
    given = case.given(key)
    if operator not in ("StringLike", "StringNotLike") or given is None or len(values) > 1:
        return None
    missed = _fits(values[0], given) and not _fits_greedily(values[0], given)
    return operator == "StringNotLike" if missed else None


def _escape(case: Case, operator: str, key: str, values: list[str]) -> bool | None:
    given = case.given(key)
    escaped = operator == "StringLike" and "${*}" in values[0] and given is not None
    return _fits(values[0], given or "") if escaped else None


# ---- condition keys

_SET = (
    "aws:CurrentTime", "aws:EpochTime", "aws:PrincipalType", "aws:Referer", "aws:SecureTransport",
    "aws:SourceIp", "aws:UserAgent", "aws:username", "s3:delimiter", "s3:max-keys", "s3:prefix",
    "s3:x-amz-acl",
)  # fmt: skip
_SPELLED = {key.lower(): key for key in _SET}


def _exact_keys(case: Case) -> Case:
    def spoilt(key: str) -> str:
        return key if _SPELLED.get(key.lower(), key) == key else f"radosgw:never/{key}"

    changed = []
    for statement in case.statements:
        block = {
            operator: {spoilt(key): values for key, values in keys.items()}
            for operator, keys in statement.get("Condition", {}).items()
        }
        changed.append(statement | ({"Condition": block} if block else {}))
    return case.with_statements(changed)


def _keys_never_set(case: Case) -> Case:
    return case.with_context({"aws:userid": None, "aws:PrincipalArn": None, "aws:PrincipalAccount": None})


def _plain_http(case: Case) -> Case:
    return (
        case.with_context({"aws:SecureTransport": None})
        if case.given("aws:SecureTransport") == "false"
        else case
    )


def _anonymous_name(case: Case) -> Case:
    return case.with_context({"aws:username": "anonymous"}) if case.anonymous else case


def _principal_type(case: Case) -> Case:
    return case.with_context({"aws:PrincipalType": "User"})


def _max_keys(case: Case) -> Case:
    lists = case.call in ("list", "list_v1", "list_versions") and case.given("s3:max-keys") is None
    return case.with_context({"s3:max-keys": "1000"}) if lists else case


def _epoch_time(case: Case) -> Case:
    return case.with_context({"aws:EpochTime": case.given("aws:CurrentTime")})


def _empty_acl_header(case: Case) -> Case:
    sets = case.action in ("s3:PutObject", "s3:PutObjectAcl", "s3:PutBucketAcl")
    return case.with_context({"s3:x-amz-acl": ""}) if sets and case.given("s3:x-amz-acl") is None else case


# ---- principals, actions, resources


def _not_action(case: Case) -> Case:
    return case.with_statements([statement for statement in case.statements if "NotAction" not in statement])


def _canonical_user(case: Case) -> Case:
    return case.with_statements(
        [statement for statement in case.statements if "CanonicalUser" not in statement.get("Principal", {})]
    )


def _account(case: Case) -> Case:
    root = {"AWS": "arn:aws:iam:::root"}
    return case.with_statements(
        [
            statement | {"Principal": "*"} if statement.get("Principal") == root else statement
            for statement in case.statements
        ]
    )


def _one_star_in_resources(case: Case) -> Case:
    def seen(patterns: JSON) -> list[str]:
        listed = patterns if isinstance(patterns, list) else [patterns]
        return [p for p in listed if not _fits(p, case.resource) or _fits_greedily(p, case.resource)]

    changed = []
    for statement in case.statements:
        name = "NotResource" if "NotResource" in statement else "Resource"
        left = seen(statement[name])
        if left == (statement[name] if isinstance(statement[name], list) else [statement[name]]):
            changed.append(statement)
        elif left:
            changed.append(statement | {name: left})
        elif name == "NotResource":
            rest = {key: value for key, value in statement.items() if key != name}
            changed.append(rest | {"Resource": "*"})
    return case.with_statements(changed)


# ---- calls


def _acl_header(case: Case) -> Case:
    return replace(case, requests=case.requests[:1])


def _policy_calls(case: Case) -> Case:
    stands = {"s3:GetBucketPolicy": "s3:GetBucketAcl", "s3:PutBucketPolicy": "s3:PutBucketAcl"}
    return case if case.by_owner or case.action not in stands else case.with_action(stands[case.action])


_READ_BY_ACL = ("s3:GetBucketTagging", "s3:GetBucketPublicAccessBlock", "s3:GetLifecycleConfiguration")


def _config_by_acl(case: Case) -> Case:
    return case.with_action("s3:GetBucketAcl") if case.action in _READ_BY_ACL else case


def _delete_by_acl(case: Case) -> Case:
    return case.with_action("s3:PutObject") if case.action == "s3:DeleteObject" else case


def _tags_by_acl(case: Case) -> Case:
    if case.action == "s3:GetObjectTagging":
        return case.with_action("s3:GetObject")
    if case.action != "s3:PutObjectTagging":
        return case
    return case.with_snapshot(
        ObjectAcls=[_writers_read(acl) for acl in case.snapshot["ObjectAcls"]]
    ).with_action("s3:GetObject")


def _writers_read(acl: Mapping[str, JSON]) -> dict[str, JSON]:
    writing = (grant for grant in acl["Grants"] if grant["Permission"] in ("WRITE", "FULL_CONTROL"))
    return dict(acl) | {"Grants": [dict(grant) | {"Permission": "READ"} for grant in writing]}


# ---- Block Public Access, ownership, payer


def _blocks(case: Case) -> Mapping[str, JSON]:
    return (case.snapshot.get("PublicAccessBlock") or {}).get("Bucket") or {}


def _restrict(case: Case) -> Case:
    blocks = _blocks(case)
    if not blocks.get("RestrictPublicBuckets"):
        return case
    return case.with_snapshot(PublicAccessBlock={"Bucket": dict(blocks) | {"RestrictPublicBuckets": False}})


def _no_puts(case: Case) -> Case:
    if case.action != "s3:PutObject" or not _blocks(case).get("BlockPublicAcls"):
        return case
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    return case.with_snapshot(Policy={"Statement": [*case.statements, deny]})


_UNPAID = (
    "s3:PutObject", "s3:DeleteObject", "s3:GetBucketLocation", "s3:GetBucketVersioning",
    "s3:PutBucketVersioning", "s3:GetBucketCORS", "s3:PutBucketCORS", "s3:PutBucketTagging",
    "s3:GetBucketRequestPayment",
)  # fmt: skip


def _unpaid(case: Case) -> Case:
    asks = case.anonymous and case.action in _UNPAID
    if not asks or case.snapshot.get("RequestPayer") != "Requester":
        return case
    return case.with_snapshot(RequestPayer="BucketOwner", Acl=dict(case.snapshot["Acl"]) | {"Grants": []})


def _foreign_objects(case: Case) -> Case:
    identity: dict[str, JSON] = {"IdentityPolicies": []} if case.by_owner else {}
    bare = replace(case, requests=tuple(dict(request) | identity for request in case.requests))
    bare = bare.with_snapshot(ObjectAcls=[], ObjectAclsSampled={"all": True})
    return bare if bare.allowed else case


DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "condition-key-case",
        "A condition key that is not spelled exactly is one that no request has.",
        "Names of condition keys are not case-sensitive.",
        f"{_IAM}reference_policies_elements_condition.html",
        _exact_keys,
    ),
    Deviation(
        "keys-never-set",
        "No request has aws:userid, aws:PrincipalArn or aws:PrincipalAccount.",
        "aws:userid is in every request; aws:PrincipalArn and aws:PrincipalAccount in every signed one.",
        _KEYS,
        _keys_never_set,
    ),
    Deviation(
        "secure-transport-absent",
        "A request over plain HTTP has no aws:SecureTransport.",
        "It has aws:SecureTransport, false.",
        _KEYS,
        _plain_http,
    ),
    Deviation(
        "anonymous-has-a-name",
        'An anonymous request has aws:username, "anonymous".',
        "It has no aws:username.",
        f"{_IAM}reference_policies_variables.html",
        _anonymous_name,
    ),
    Deviation(
        "principal-type",
        'aws:PrincipalType is "User" whoever asks.',
        'It is "Anonymous" in an anonymous request.',
        f"{_IAM}reference_policies_variables.html",
        _principal_type,
    ),
    Deviation(
        "max-keys-always",
        "A listing that does not say max-keys has s3:max-keys, 1000.",
        "The key is there where the request has the parameter.",
        _S3_KEYS,
        _max_keys,
    ),
    Deviation(
        "epoch-time",
        "aws:EpochTime is written as a date, which is no number.",
        "It is the seconds since 1970, for numeric operators as well as for dates.",
        _KEYS,
        _epoch_time,
    ),
    Deviation(
        "acl-header-always",
        "A call that can set an ACL has s3:x-amz-acl even without the header: the empty text.",
        "The key is there where the request has the header.",
        _S3_KEYS,
        _empty_acl_header,
    ),
    Deviation(
        "negated-absent",
        "A negated operator is false where the key is absent.",
        "It is true.",
        _OPERATORS,
        _judging(_negated_absent),
    ),
    Deviation(
        "negated-list",
        "A negated string operator with several values is true where any of them does not match.",
        "It is true where none of them matches.",
        f"{_IAM}reference_policies_condition-logic-multiple-context-keys-or-values.html",
        _judging(_negated_list),
    ),
    Deviation(
        "null-false",
        "Null is true where the key is absent, whatever its value.",
        "Null with the value false is true where the key is present.",
        _OPERATORS,
        _judging(_null),
    ),
    Deviation(
        "any-ipv6",
        "Every IPv4 address is in ::/0.",
        "A block of IPv6 addresses has no IPv4 address in it; a policy for both lists both.",
        f"{_S3}ipv6-access.html",
        _judging(_families),
    ),
    Deviation(
        "escape",
        "${*} is read as it stands, and its * as a wildcard.",
        "${*} is the character *, in Version 2012-10-17.",
        f"{_IAM}reference_policies_variables.html",
        _judging(_escape),
    ),
    Deviation(
        "second-place-in-a-value",
        "In StringLike what follows a * is only tried where its first character first stands.",
        "* stands for any characters, as many as it takes.",
        _OPERATORS,
        _judging(_one_star),
    ),
    Deviation(
        "second-place-in-a-resource",
        "In a resource what follows a * is only tried where its first character first stands.",
        "* stands for any characters, as many as it takes.",
        f"{_IAM}reference_policies_elements_resource.html",
        _one_star_in_resources,
    ),
    Deviation(
        "not-action",
        "A statement with NotAction never applies.",
        "It applies to every action that the element does not name.",
        f"{_IAM}reference_policies_elements_notaction.html",
        _not_action,
    ),
    Deviation(
        "canonical-user",
        "A canonical user id as principal is ignored.",
        "It names the account it is the id of.",
        f"{_IAM}reference_policies_elements_principal.html",
        _canonical_user,
    ),
    Deviation(
        "account-is-everybody",
        "The root of the account (tenant) as principal names everybody in it, and the anonymous caller too.",
        "It names the account: no anonymous caller is of one.",
        f"{_IAM}reference_policies_elements_principal.html",
        _account,
    ),
    Deviation(
        "acl-header",
        "To set an ACL with the object takes s3:PutObject alone.",
        "It takes s3:PutObjectAcl as well.",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html",
        _acl_header,
    ),
    Deviation(
        "restrict-public-buckets",
        "RestrictPublicBuckets is stored, and nothing else.",
        "It refuses anonymous callers and other accounts where the policy is public.",
        _BLOCK,
        _restrict,
    ),
    Deviation(
        "block-public-acls",
        "BlockPublicAcls refuses every PutObject, the owner's included.",
        "It refuses those that come with a public ACL.",
        _BLOCK,
        _no_puts,
    ),
    Deviation(
        "requester-pays",
        "Calls that only policy and ownership decide may be anonymous though the requester pays.",
        "A Requester Pays bucket has no anonymous requests.",
        f"{_S3}RequesterPaysBuckets.html",
        _unpaid,
    ),
    Deviation(
        "config-by-acl",
        "READ_ACP of the bucket's ACL shows tags, lifecycle rules and Block Public Access as well.",
        "It shows the ACL.",
        _ACLS,
        _config_by_acl,
    ),
    Deviation(
        "tags-by-acl",
        "READ of an object's ACL shows its tags; WRITE and FULL_CONTROL set them.",
        "No ACL permission is about tags.",
        _ACLS,
        _tags_by_acl,
    ),
    Deviation(
        "delete-by-acl",
        "WRITE of the bucket's ACL deletes anybody's objects.",
        "It allows s3:PutObject; to delete is the bucket owner's and the object owner's.",
        _ACLS,
        _delete_by_acl,
    ),
    Deviation(
        "policy-calls",
        "A policy or ACL can let other accounts and the anonymous caller read and replace the policy.",
        "Only identities of the bucket owner's account can.",
        "https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html",
        _policy_calls,
    ),
    Deviation(
        "foreign-objects",
        "The bucket's policy gives access to objects of other accounts as well.",
        "The object's ACL does; the bucket's policy gives access to the bucket owner's objects.",
        f"{_S3}access-control-auth-workflow-object-operation.html",
        _foreign_objects,
    ),
)


# ---- policies that the gateway does not store


def _texts(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield value


def _names_variable(statement: Mapping[str, JSON]) -> bool:
    return any("${aws:username}/" in text for text in _texts(dict(statement)) if isinstance(text, str))


def _no_such_action(statement: Mapping[str, JSON]) -> bool:
    return "Action" in statement and _any(statement["Action"], lambda text: text == "s3:*Tagging")


def _operators(statement: Mapping[str, JSON]) -> list[str]:
    return list(statement.get("Condition", {}))


REFUSALS: tuple[Refusal, ...] = (
    Refusal(
        "variables",
        "No policy variables.",
        "A variable stands for the value that its key has in the request.",
        f"{_IAM}reference_policies_variables.html",
        _names_variable,
    ),
    Refusal(
        "negated-for-any-value",
        "ForAnyValue only with StringEquals and StringLike.",
        "Every operator takes ForAnyValue; negated, one value that does not match is enough.",
        f"{_IAM}reference_policies_condition-single-vs-multi-valued-context-keys.html",
        lambda statement: any(name.startswith("ForAnyValue:StringNot") for name in _operators(statement)),
    ),
    Refusal(
        "boolean",
        "A value is a text or a number.",
        "A value may be a boolean.",
        f"{_IAM}reference_policies_grammar.html",
        lambda statement: any(isinstance(value, bool) for value in _texts(dict(statement))),
    ),
    Refusal(
        "second-place-in-an-action",
        "s3:*Tagging is no action: the first t stands in Get, Put and Delete.",
        "It is every action that ends so.",
        f"{_IAM}reference_policies_elements_action.html",
        _no_such_action,
    ),
)
