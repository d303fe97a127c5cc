"""The words that the differential test's policies are made of, by element.

BUCKET stands for the bucket's name. What no request of the test can tell apart is left out; what the server
refuses to store at all is in `REFUSED`.
"""

from __future__ import annotations

from typing import Any, TypeAlias

JSON: TypeAlias = Any

KEY, PUBLIC_KEY, BOBS_KEY = "a.txt", "pub/a.txt", "bob/a.txt"
TAGS = {"class": "public", "team": "Blue"}
NARROW, INSIDE, OUTSIDE, SIX = "203.0.113.0/24", "203.0.113.7", "198.51.100.7", "2001:db8::7"
BOB, ALICE, CAROL = ({"AWS": f"arn:aws:iam:::user/{name}"} for name in ("bob", "alice", "carol"))
BUCKET_ITSELF, ALL_KEYS = "arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"
PUBLIC_KEYS = "arn:aws:s3:::BUCKET/pub/*"
EVERYTHING = [BUCKET_ITSELF, ALL_KEYS]

PRINCIPALS: dict[str, dict[str, JSON]] = {
    "star": {"Principal": "*"},
    "aws-star": {"Principal": {"AWS": "*"}},
    "aws-stars": {"Principal": {"AWS": ["*"]}},
    "bob": {"Principal": BOB},
    "both": {"Principal": {"AWS": [BOB["AWS"], ALICE["AWS"]]}},
    "alice": {"Principal": ALICE},
    "carol": {"Principal": CAROL},
    "account": {"Principal": {"AWS": "arn:aws:iam:::root"}},
    "canonical-bob": {"Principal": {"CanonicalUser": "bob"}},
    "service": {"Principal": {"Service": "logging.s3.amazonaws.com"}},
    "not-bob": {"NotPrincipal": BOB},
    "not-both": {"NotPrincipal": {"AWS": [ALICE["AWS"], BOB["AWS"]]}},
}
ACTIONS: dict[str, dict[str, JSON]] = {
    "get": {"Action": "s3:GetObject"},
    "get-list": {"Action": ["s3:GetObject", "s3:ListBucket"]},
    "all": {"Action": "s3:*"},
    "star": {"Action": "*"},
    "get-star": {"Action": "s3:Get*"},
    "list-star": {"Action": "s3:List*"},
    "put-star": {"Action": ["s3:Put*", "s3:DeleteObject"]},
    "case": {"Action": "S3:getobject"},
    "one-character": {"Action": "s3:G?tObject"},
    "middle": {"Action": "s3:*Object*"},
    "acl": {"Action": "s3:*Acl"},
    "version": {"Action": ["s3:GetObjectVersion", "s3:ListBucketVersions"]},
    "tagging": {"Action": ["s3:*ObjectTagging", "s3:*BucketTagging"]},
    "put": {"Action": "s3:PutObject"},
    "bucket": {"Action": ["s3:GetBucket*", "s3:PutBucket*"]},
    "data": {"Action": ["s3:*Object*", "s3:List*"]},
    "not-put": {"NotAction": "s3:Put*"},
    "not-get": {"NotAction": ["s3:GetObject", "s3:*Acl"]},
}
RESOURCES: dict[str, dict[str, JSON]] = {
    "everything": {"Resource": EVERYTHING},
    "star": {"Resource": "*"},
    "any-bucket": {"Resource": "arn:aws:s3:::*"},
    "bucket-star": {"Resource": "arn:aws:s3:::BUCKET*"},
    "bucket": {"Resource": BUCKET_ITSELF},
    "keys": {"Resource": ALL_KEYS},
    "pub": {"Resource": PUBLIC_KEYS},
    "key": {"Resource": f"arn:aws:s3:::BUCKET/{KEY}"},
    "one-character": {"Resource": "arn:aws:s3:::BUCKET/?.txt"},
    "suffix": {"Resource": ["arn:aws:s3:::BUCKET/*.txt", BUCKET_ITSELF]},
    "second-b": {"Resource": ["arn:aws:s3:::BUCKET/*b/a.txt", BUCKET_ITSELF]},
    "not-pub": {"NotResource": PUBLIC_KEYS},
    "not-key": {"NotResource": [f"arn:aws:s3:::BUCKET/{KEY}", BUCKET_ITSELF]},
}


def _one(operator: str, key: str, *values: JSON) -> dict[str, JSON]:
    return {operator: {key: values[0] if len(values) == 1 else list(values)}}


_SITE, _OTHER_SITE = "https://example.com/*", "https://evil.example/*"
_PAST, _FUTURE = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
CONDITIONS: dict[str, dict[str, JSON]] = {
    "ip-narrow": _one("IpAddress", "aws:SourceIp", NARROW),
    "ip-list": _one("IpAddress", "aws:SourceIp", NARROW, "2001:db8::/32"),
    "ip-address": _one("IpAddress", "aws:SourceIp", INSIDE),
    "ip-broad": _one("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
    "ip-halves": _one("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"),
    "ip-six": _one("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    "ip-any-six": _one("IpAddress", "aws:SourceIp", "::/0"),
    "ip-not": _one("NotIpAddress", "aws:SourceIp", NARROW),
    "ip-not-list": _one("NotIpAddress", "aws:SourceIp", NARROW, "198.51.100.0/24"),
    "ip-if-exists": _one("IpAddressIfExists", "aws:SourceIp", NARROW),
    "ip-key-case": _one("IpAddress", "AWS:sourceip", NARROW),
    "referer-like": _one("StringLike", "aws:Referer", _SITE),
    "referer-not-like": _one("StringNotLike", "aws:Referer", _OTHER_SITE),
    "referer-not-list": _one("StringNotLike", "aws:Referer", _OTHER_SITE, _SITE),
    "referer-equals": _one("StringEquals", "aws:Referer", "https://example.com/page"),
    "referer-literal-star": _one("StringEquals", "aws:Referer", _SITE),
    "referer-like-if-exists": _one("StringLikeIfExists", "aws:Referer", _SITE),
    "referer-not-if-exists": _one("StringNotLikeIfExists", "aws:Referer", _OTHER_SITE),
    "referer-absent": _one("Null", "aws:Referer", "true"),
    "referer-present": _one("Null", "aws:Referer", "false"),
    "agent-equals": _one("StringEquals", "aws:UserAgent", "Secret/1.0"),
    "agent-ignore-case": _one("StringEqualsIgnoreCase", "aws:UserAgent", "SECRET/1.0"),
    "agent-not": _one("StringNotEquals", "aws:UserAgent", "Secret/1.0"),
    "agent-not-ignore-case": _one("StringNotEqualsIgnoreCase", "aws:UserAgent", "SECRET/1.0"),
    "agent-not-list": _one("StringNotEquals", "aws:UserAgent", "Secret/1.0", "other"),
    "agent-one-character": _one("StringLike", "aws:UserAgent", "Secret/?.0"),
    "agent-second-e": _one("StringLike", "aws:UserAgent", "*et/1.0"),
    "agent-not-second-e": _one("StringNotLike", "aws:UserAgent", "*et/1.0"),
    "agent-any": _one("ForAnyValue:StringEquals", "aws:UserAgent", "a", "Secret/1.0"),
    "agent-all": _one("ForAllValues:StringLike", "aws:UserAgent", "Secret*"),
    "referer-all": _one("ForAllValues:StringLike", "aws:Referer", _SITE),
    "referer-any": _one("ForAnyValue:StringLike", "aws:Referer", _SITE),
    "secure": _one("Bool", "aws:SecureTransport", "true"),
    "insecure": _one("Bool", "aws:SecureTransport", "false"),
    "insecure-if-exists": _one("BoolIfExists", "aws:SecureTransport", "false"),
    "prefix": _one("StringEquals", "s3:prefix", "pub/"),
    "prefix-like": _one("StringLike", "s3:prefix", "pub/*", "x"),
    "prefix-not": _one("StringNotEquals", "s3:prefix", "pub/"),
    "prefix-if-exists": _one("StringEqualsIfExists", "s3:prefix", "pub/"),
    "prefix-absent": _one("Null", "s3:prefix", "true"),
    "delimiter": _one("StringEquals", "s3:delimiter", "/"),
    "delimiter-and-prefix": {"StringEquals": {"s3:delimiter": "/", "s3:prefix": ["pub/", "x"]}},
    "max-keys": _one("NumericLessThanEquals", "s3:max-keys", "10"),
    "max-keys-number": _one("NumericEquals", "s3:max-keys", 5),
    "max-keys-above": _one("NumericGreaterThan", "s3:max-keys", "10"),
    "max-keys-not": _one("NumericNotEquals", "s3:max-keys", "5"),
    "max-keys-if-exists": _one("NumericLessThanIfExists", "s3:max-keys", "6"),
    "acl-header": _one("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),
    "acl-header-not": _one("StringNotEquals", "s3:x-amz-acl", "public-read"),
    "acl-header-if-exists": _one("StringEqualsIfExists", "s3:x-amz-acl", "private"),
    "tag": _one("StringEquals", "s3:ExistingObjectTag/class", "public"),
    "tag-other": _one("StringEquals", "s3:ExistingObjectTag/class", "secret"),
    "tag-like": _one("StringLike", "s3:ExistingObjectTag/team", "b*", "B*"),
    "tag-not": _one("StringNotEquals", "s3:ExistingObjectTag/class", "public"),
    "tag-missing-not": _one("StringNotEquals", "s3:ExistingObjectTag/missing", "x"),
    "tag-missing-if-exists": _one("StringEqualsIfExists", "s3:ExistingObjectTag/missing", "x"),
    "after": _one("DateGreaterThan", "aws:CurrentTime", _PAST),
    "before": _one("DateLessThan", "aws:CurrentTime", _PAST),
    "until": _one("DateLessThanEquals", "aws:CurrentTime", _FUTURE),
    "between": {"DateGreaterThan": {"aws:CurrentTime": _PAST}, "DateLessThan": {"aws:CurrentTime": _FUTURE}},
    "after-epoch": _one("DateGreaterThan", "aws:CurrentTime", "1577836800"),
    "epoch-number": _one("NumericGreaterThan", "aws:EpochTime", 1577836800),
    "username": _one("StringEquals", "aws:username", "bob"),
    "username-not": _one("StringNotEquals", "aws:username", "bob"),
    "username-like": _one("StringLike", "aws:username", "b*"),
    "username-absent": _one("Null", "aws:username", "true"),
    "userid": _one("StringLike", "aws:userid", "*"),
    "userid-not": _one("StringNotLike", "aws:userid", "AROA*"),
    "type": _one("StringEquals", "aws:PrincipalType", "User"),
    "principal-arn": _one("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:user/bob"),
    "principal-arn-not": _one("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
    "organization": _one("StringEquals", "aws:PrincipalOrgID", "o-example"),
    "not-organization": _one("StringNotEquals", "aws:PrincipalOrgID", "o-example"),
    "endpoint": _one("StringEquals", "aws:SourceVpce", "vpce-1"),
    "not-endpoint": _one("StringNotEquals", "aws:SourceVpce", "vpce-1"),
    "variable-literal": _one("StringLike", "aws:UserAgent", "Secret/${*}"),
    "ip-and-agent": {
        "IpAddress": {"aws:SourceIp": NARROW},
        "StringEquals": {"aws:UserAgent": ["Secret/1.0", "other"]},
    },
    "two-keys": {"StringLike": {"aws:Referer": _SITE, "aws:UserAgent": "Secret*"}},
}


def statement(
    effect: str, principal: str, action: str, resource: str, condition: str = ""
) -> dict[str, JSON]:
    """Return the statement that these words of the vocabulary make."""
    parts = {"Effect": effect} | PRINCIPALS[principal] | ACTIONS[action] | RESOURCES[resource]
    return parts | ({"Condition": CONDITIONS[condition]} if condition else {})


_ALLOW = statement("Allow", "star", "all", "everything")
REFUSED: dict[str, dict[str, JSON]] = {
    "variable-in-a-resource": _ALLOW | {"Resource": "arn:aws:s3:::BUCKET/${aws:username}/*"},
    "variable-in-a-condition": _ALLOW | {"Condition": _one("StringLike", "s3:prefix", "${aws:username}/*")},
    "negated-for-any-value": _ALLOW
    | {"Condition": _one("ForAnyValue:StringNotEquals", "aws:UserAgent", "Secret/1.0")},
    "boolean": _ALLOW | {"Condition": _one("Bool", "aws:SecureTransport", False)},
    "second-t": _ALLOW | {"Action": "s3:*Tagging"},
}
