"""Generated combinations of bucket states and requests for the differential test.

Nothing here is typed case by case. Four designs, each from its own fixed seed, so that the same name always
means the same case:

* `designed()`: bucket states that cover every pair of values of the dimensions in `DIMENSIONS` (kind of
  policy, bucket ACL, object ACL, object owner, Block Public Access, payer, versioning), each with a few fixed
  requests and some from a shuffled deck of every caller with every call.
* `conditioned()`: every condition of `CONDITIONS`, in an Allow and in a Deny, with requests on both sides of
  it.
* `worded()`: every principal, action and resource, in an Allow and in a Deny, with all kinds of requests.
* `composed()`: random policies of one to four statements from the same vocabulary, several a bucket.

BUCKET stands for the bucket's name in every policy.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from tests.access.states import CALLS, KEYS, Batch, BucketState, Probe, Who
from tests.access.vocabulary import (
    ACTIONS,
    CONDITIONS,
    INSIDE,
    JSON,
    KEY,
    OUTSIDE,
    PRINCIPALS,
    PUBLIC_KEY,
    RESOURCES,
    SIX,
    statement,
)

# Kinds of policy for the designed states: (effect, principal, action, resource, condition), in this order.
_Part: TypeAlias = tuple[str, str, str, str, str]
KINDS: dict[str, tuple[_Part, ...]] = {
    "none": (),
    "public-read": (("Allow", "star", "get", "keys", ""),),
    "public-all": (("Allow", "aws-star", "all", "everything", ""),),
    "bob-all": (("Allow", "bob", "all", "everything", ""),),
    "office": (("Allow", "star", "get-list", "everything", "ip-narrow"),),
    "allow-then-deny": (("Allow", "star", "all", "everything", ""), ("Deny", "star", "get", "pub", "")),
    "deny-then-allow": (
        ("Deny", "bob", "put-star", "everything", ""),
        ("Allow", "star", "all", "everything", ""),
    ),
    "deny-only": (("Deny", "star", "get-list", "everything", "ip-not"),),
    "deny-not-bob": (("Deny", "not-bob", "get-star", "everything", ""),),
    "bob-reads-public-lists": (
        ("Allow", "bob", "middle", "not-pub", ""),
        ("Allow", "star", "list-star", "bucket", "prefix"),
    ),
}
DIMENSIONS: dict[str, tuple[JSON, ...]] = {
    "kind": tuple(KINDS),
    "bucket_acl": (
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "bob:READ",
        "bob:WRITE",
        "bob:FULL_CONTROL",
        "AllUsers:READ_ACP",
        "AllUsers:WRITE_ACP",
        "AuthenticatedUsers:READ_ACP bob:WRITE_ACP",
    ),
    "object_acl": (
        "private",
        "public-read",
        "authenticated-read",
        "bob:READ",
        "bob:FULL_CONTROL",
        "AllUsers:READ_ACP",
        "AllUsers:WRITE_ACP",
        "AuthenticatedUsers:FULL_CONTROL",
        "alice:READ AllUsers:READ",
    ),
    "object_owner": ("alice", "alice", "bob"),
    "block": (
        None,
        (),
        ("IgnorePublicAcls",),
        ("BlockPublicAcls",),
        ("RestrictPublicBuckets",),
        ("BlockPublicPolicy",),
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"),
    ),
    "payer": ("BucketOwner", "BucketOwner", "BucketOwner", "Requester"),
    "versioned": (False, True),
}
VERSIONS = ("2012-10-17", "2012-10-17", "2012-10-17", "2008-10-17", None)
_ALWAYS = (Probe("anonymous", "get"), Probe("anonymous", "list"), Probe("bob", "get"), Probe("alice", "get"))
_FROM_DECK = 9


def policy(statements: Sequence[Mapping[str, JSON]], version: str | None = "2012-10-17") -> dict[str, JSON]:
    head = {} if version is None else {"Version": version}
    only = len(statements) == 1 and version == "2008-10-17"  # an object stands for a list of one
    return head | {"Statement": statements[0] if only else list(statements)}


def designed() -> Iterator[BucketState]:
    """Yield states that cover every pair of values of two dimensions, with their requests."""
    chance = random.Random("states")
    deck = _deck(chance)
    for number, row in enumerate(pairwise(DIMENSIONS, chance)):
        kind, block = row.pop("kind"), row.pop("block")
        document = policy([statement(*part) for part in KINDS[kind]], chance.choice(VERSIONS))
        state = BucketState(f"{number:03d}-{kind}", document if KINDS[kind] else None, block=block, **row)
        dealt = [probe for probe in (next(deck) for _ in range(_FROM_DECK)) if possible(state, probe)]
        yield replace(state, probes=(*_ALWAYS, *dealt))


def conditioned() -> Iterator[Batch]:
    """Yield every condition, allowing in one policy and refusing in another, with fitting requests."""
    chance = random.Random("conditions")
    for name, condition in CONDITIONS.items():
        subject = _subject(condition)
        allow = statement("Allow", "star", "all", "everything", name)
        refuse = [
            statement("Allow", "star", "all", "everything"),
            statement("Deny", "star", "data", "everything", name),
        ]
        chance.shuffle(refuse)
        yield Batch(
            name,
            tuple(
                (policy(statements, chance.choice(VERSIONS[:-1])), tuple(_around(subject, chance)))
                for statements in ([allow], refuse)
            ),
        )


def worded() -> Iterator[Batch]:
    """Yield every word but the conditions, allowing in one policy and refusing in another."""
    chance = random.Random("words")
    wide = {"principal": "star", "action": "all", "resource": "everything"}
    for element, words in (("principal", PRINCIPALS), ("action", ACTIONS), ("resource", RESOURCES)):
        for word in words:
            allow = [statement("Allow", **(wide | {element: word}))]
            deny = [
                statement("Allow", **wide),
                statement("Deny", **(wide | {"action": "data"} | {element: word})),
            ]
            chance.shuffle(deny)
            yield Batch(
                f"{element}-{word}",
                tuple((policy(statements), _everywhere(chance)) for statements in (allow, deny)),
            )


def _everywhere(chance: random.Random) -> tuple[Probe, ...]:
    """Return a read of every key and some other calls, by changing callers."""
    callers: list[Who] = ["anonymous", "bob", "alice"]
    chance.shuffle(callers)
    calls = ["get"] * len(KEYS) + ["list", *chance.sample(list(CALLS), 5), "put"]
    return tuple(
        Probe(
            callers[turn % len(callers)],
            call,
            KEYS[turn % len(KEYS)] if turn < len(KEYS) else chance.choice(KEYS),
            headers=(("x-amz-acl", "private"),) if call == "put" and turn == len(calls) - 1 else (),
        )
        for turn, call in enumerate(calls)
    )


def composed(batches: int = 30, rounds: int = 10) -> Iterator[Batch]:
    """Yield random policies of one to four statements, `rounds` to a bucket, with requests they speak of."""
    for number in range(batches):
        chance = random.Random(f"policies {number}")
        yield Batch(f"{number:02d}", tuple(_round(chance) for _ in range(rounds)))


def _round(chance: random.Random) -> tuple[Mapping[str, JSON], tuple[Probe, ...]]:
    statements = [
        _random_statement(chance, first=index == 0) for index in range(chance.choice((1, 2, 2, 3, 4)))
    ]
    chance.shuffle(statements)
    probes = tuple(_random_probe(chance, chance.choice(statements)) for _ in range(4))
    return policy(statements, chance.choice(VERSIONS)), probes


def _random_statement(chance: random.Random, *, first: bool) -> dict[str, JSON]:
    """Return a statement that is often wide: one in which everything is narrow seldom speaks of a request."""
    effect = "Allow" if first else chance.choice(("Allow", "Deny"))
    principal = chance.choice(list(PRINCIPALS)) if chance.random() < 0.5 else "star"
    action = chance.choice(list(ACTIONS)) if chance.random() < 0.7 else "all"
    resource = chance.choice(list(RESOURCES)) if chance.random() < 0.5 else "everything"
    made = statement(effect, principal, action, resource)
    conditions: dict[str, JSON] = {}
    for name in chance.sample(list(CONDITIONS), chance.choice((0, 0, 1, 1, 2))):
        conditions = CONDITIONS[name] | conditions
    return made | ({"Condition": conditions} if conditions else {})


def _random_probe(chance: random.Random, spoken: Mapping[str, JSON]) -> Probe:
    who = chance.choice(("anonymous", "anonymous", "bob", "bob", "alice"))
    if "Condition" in spoken and chance.random() < 0.8:
        around = list(_around(_subject(spoken["Condition"]), chance))
        probe = chance.choice(around)
    else:
        probe = Probe("anonymous", chance.choice(list(CALLS)), chance.choice(KEYS))
    return replace(probe, who=who)


def _deck(chance: random.Random) -> Iterator[Probe]:
    """Yield every caller with every call in a random order, again and again, from varying places."""
    callers: tuple[Who, ...] = ("anonymous", "bob", "alice")
    everything = list(itertools.product(callers, CALLS))
    while True:
        chance.shuffle(everything)
        for who, call in everything:
            query = (("prefix", "pub/"),) if call == "list" and chance.random() < 0.5 else ()
            key = chance.choice((KEY, KEY, PUBLIC_KEY))
            yield Probe(who, call, key, chance.choice((INSIDE, OUTSIDE)), query=query)


def possible(state: BucketState, probe: Probe) -> bool:
    """Whether the answer is one about permissions.

    BlockPublicAcls refuses to set a public ACL, BlockPublicPolicy a public policy, whoever asks.
    """
    block = state.block or ()
    acls = f"{state.bucket_acl} {state.object_acl}"
    if probe.call in ("put_bucket_acl", "put_object_acl") and "BlockPublicAcls" in block:
        return not any(word in acls for word in ("public", "authenticated", "AllUsers", "AuthenticatedUsers"))
    if probe.call == "put_bucket_policy":
        return state.policy is not None and "BlockPublicPolicy" not in block
    return True


_SUBJECTS = {
    "aws:sourceip": "ip",
    "aws:referer": "referer",
    "aws:useragent": "agent",
    "aws:securetransport": "secure",
    "s3:prefix": "list",
    "s3:delimiter": "list",
    "s3:max-keys": "list",
    "s3:x-amz-acl": "acl",
}


def _subject(condition: Mapping[str, JSON]) -> set[str]:
    """Return what of a request decides the condition: ip, referer, agent, secure, list or acl."""
    keys = (key.lower() for keys in condition.values() for key in keys)
    return {_SUBJECTS[key] for key in keys if key in _SUBJECTS}


_LISTS = (
    (),
    (("prefix", "pub/"),),
    (("prefix", "pub/a"), ("max-keys", "5")),
    (("prefix", "x"), ("delimiter", "/")),
    (("delimiter", "/"), ("max-keys", "1000")),
    (("max-keys", "5"), ("prefix", "pub/"), ("delimiter", "/")),
)


def _around(subject: set[str], chance: random.Random) -> Iterator[Probe]:
    """Yield requests on both sides of a condition on `subject`, from all three callers."""
    choices: dict[str, tuple[JSON, ...]] = {
        "who": ("anonymous", "bob", "anonymous", "bob", "alice"),
        "call": ("get", "head", "get_object_acl", "get_object_tagging", "get"),
        "ip": (OUTSIDE,),
        "referer": (None,),
        "agent": ("tester",),
        "secure": (False,),
        "list": ((),),
        "acl": (None,),
    }
    if "ip" in subject:
        choices |= {"ip": (INSIDE, OUTSIDE, SIX)}
    if "referer" in subject:
        choices |= {"referer": (None, "https://example.com/page", "https://evil.example/page")}
    if "agent" in subject:
        choices |= {"agent": ("tester", "Secret/1.0", "other", "Secret/*")}
    if "secure" in subject:
        choices |= {"secure": (True, False)}
    if "list" in subject:
        choices |= {"list": _LISTS, "call": ("list", "list", "list_versions")}
    if "acl" in subject:
        choices |= {"acl": (None, "private", "public-read", "bucket-owner-full-control"), "call": ("put",)}
    wide = max(len(values) for name, values in choices.items() if name not in ("who", "call"))
    for turn in range(max(4, wide)):
        picked = {
            name: values[turn % len(values)] if len(values) == wide else chance.choice(values)
            for name, values in choices.items()
        }
        headers = {"Referer": picked["referer"], "User-Agent": picked["agent"], "x-amz-acl": picked["acl"]}
        yield Probe(
            picked["who"],
            picked["call"],
            chance.choice((KEY, PUBLIC_KEY)),
            picked["ip"],
            picked["secure"],
            tuple((name, value) for name, value in headers.items() if value is not None),
            picked["list"] if picked["call"].startswith("list") else (),
        )


def pairwise(dimensions: Mapping[str, Sequence[JSON]], chance: random.Random) -> Iterator[dict[str, JSON]]:
    """Yield rows, one value a dimension, until every pair of values of two dimensions is in some row.

    Greedy: a row starts with a pair that is still missing, and every further dimension takes the value that
    brings most missing pairs along; ties by chance.
    """
    names = list(dimensions)
    missing = {
        ((a, i), (b, j))
        for a, b in itertools.combinations(range(len(names)), 2)
        for i in range(len(dimensions[names[a]]))
        for j in range(len(dimensions[names[b]]))
    }
    while missing:
        row = dict(min(missing))
        for position, name in enumerate(names):
            if position not in row:
                gains = {
                    index: sum(tuple(sorted(((position, index), other))) in missing for other in row.items())
                    for index in range(len(dimensions[name]))
                }
                best = max(gains.values())
                row[position] = chance.choice([index for index, gain in gains.items() if gain == best])
        missing -= set(itertools.combinations(sorted(row.items()), 2))
        yield {names[position]: dimensions[names[position]][index] for position, index in row.items()}
