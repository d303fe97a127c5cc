"""The evaluator beside a real server: generated bucket states and requests, sent over HTTP to Ceph's gateway.

What the gateway answers must be what the evaluator says, save for the deviations of `radosgw_deviations`, and
there it must be what they foretell. A failure prints the state, the request and a snapshot line that
`s3-classifier access --snapshot` takes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pytest

from classifier.access import evaluate
from classifier.access.actions import BY_NAME
from classifier.config import Settings
from classifier.crawl import Connection, read_posture
from classifier.model import Grant, Verdict
from tests.access.combinations import composed, conditioned, designed, policy, possible, worded
from tests.access.radosgw_buckets import ANSWERED, REFUSED, Bucket, Server, SetupError
from tests.access.radosgw_deviations import DEVIATIONS, REFUSALS, Case, foretold, shown
from tests.access.states import (
    BLOCKS,
    CALLS,
    KEYS,
    NEW_KEY,
    WITNESS_KEYS,
    Batch,
    BucketState,
    Probe,
    Who,
    requests,
    snapshot,
    statements,
)
from tests.access.vocabulary import JSON, KEY, OUTSIDE, TAGS
from tests.access.vocabulary import REFUSED as REFUSED_POLICIES
from tests.servers.radosgw import Radosgw

DESIGNED = tuple(designed())
BATCHES = {"condition": tuple(conditioned()), "word": tuple(worded()), "random": tuple(composed())}
ROUNDS = tuple(turn for batches in BATCHES.values() for batch in batches for turn in batch.rounds)
LEAST_COMPARED, LEAST_OF_EACH, LEAST_WITNESSES = 2500, 1000, 500
PLAIN = BucketState("plain")
# What a crawl gives that the evaluator reads; the rest of a snapshot is not of these states.
_READ = ("Bucket", "Policy", "Acl", "ObjectAcls", "RequestPayer")

# Of what one ACL permission allows a grant names the first: READ, for one, is "read" or "list".
_FIRST = {
    "s3:ListBucketVersions": "list",
    "s3:ListBucketMultipartUploads": "list",
    "s3:GetObjectVersion": "read",
}

Crawl = Callable[[str], dict[str, JSON]]


@pytest.fixture(scope="module")
def server(radosgw: Radosgw) -> Iterator[Server]:
    server = Server(radosgw)
    yield server
    server.close()


@pytest.fixture(scope="module")
def connections() -> Iterator[list[Connection]]:
    """The one connection of the crawls, made by the first of them with the credentials it has."""
    opened: list[Connection] = []
    yield opened
    for connection in opened:
        connection.close()


@pytest.fixture
def crawl(radosgw: Radosgw, connections: list[Connection], monkeypatch: pytest.MonkeyPatch) -> Crawl:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", radosgw.alice.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", radosgw.alice.secret_key)
    if not connections:
        connections.append(Connection(Settings(endpoint_url=radosgw.endpoint)))
    return lambda bucket: read_posture(connections[0], bucket).to_json()


class Plain:
    """A bucket that gets one policy after another; another bucket where one locked its owner out."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._bucket = Bucket(server, PLAIN)

    def with_policy(self, document: dict[str, JSON]) -> Bucket:
        try:
            self._bucket.put_policy(document)
        except SetupError:
            self._bucket = Bucket(self._server, PLAIN)
            self._bucket.put_policy(document)
        return self._bucket


@pytest.fixture(scope="module")
def plain(server: Server) -> Plain:
    return Plain(server)


@pytest.mark.parametrize("state", [pytest.param(state, id=state.name) for state in DESIGNED])
def test_bucket_state(state: BucketState, server: Server, crawl: Crawl) -> None:
    bucket = Bucket(server, state)
    crawled = bucket.enter(crawl)
    assert _relevant(crawled) == _relevant(snapshot(state, bucket.name))
    check(bucket, crawled, state, state.probes)


@pytest.mark.parametrize(
    "batch",
    [pytest.param(batch, id=f"{kind}-{batch.name}") for kind, found in BATCHES.items() for batch in found],
)
def test_policies(batch: Batch, plain: Plain) -> None:
    for document, probes in batch.rounds:
        bucket = plain.with_policy(document)
        state = replace(PLAIN, policy=document)
        check(bucket, snapshot(state, bucket.name), state, probes)


@pytest.mark.parametrize("name", REFUSED_POLICIES)
def test_policies_that_radosgw_does_not_store(name: str, plain: Plain) -> None:
    statement = REFUSED_POLICIES[name]
    with pytest.raises(SetupError, match=r" 400 .*<Code>InvalidArgument</Code>"):
        plain.with_policy(policy([statement]))
    assert len([refusal for refusal in REFUSALS if refusal.recognises(statement)]) == 1


def test_enough_is_compared() -> None:
    """Every generated request is compared above; here without the server: how many, and how they end."""
    agree = Counter(aws for aws, radosgw, _ in outcomes() if aws == radosgw)
    assert sum(agree.values()) >= LEAST_COMPARED
    assert min(agree[True], agree[False]) >= LEAST_OF_EACH


@pytest.mark.parametrize("deviation", [deviation.id for deviation in DEVIATIONS])
def test_every_deviation_is_shown(deviation: str) -> None:
    """A deviation that no case shows is not to be listed."""
    assert any(deviation in names for _, _, names in outcomes())


def test_every_refusal_is_shown() -> None:
    found = {r.id for r in REFUSALS for s in REFUSED_POLICIES.values() if r.recognises(s)}
    assert found == {refusal.id for refusal in REFUSALS}
    stored = [s for state in DESIGNED for s in statements(state.policy)]
    stored += [s for document, _ in ROUNDS for s in statements(document)]
    assert not [s for s in stored if any(refusal.recognises(s) for refusal in REFUSALS)]


def test_enough_witnesses_are_tried() -> None:
    states = [*DESIGNED, *(replace(PLAIN, policy=document) for document, _ in ROUNDS)]
    found = sum(len(witnesses(evaluate(snapshot(state, "bucket")), state)) for state in states)
    assert found >= LEAST_WITNESSES


# ---- one comparison


def check(bucket: Bucket, found: JSON, state: BucketState, probes: Sequence[Probe]) -> None:
    """Compare all probes, see that the verdict grants what was allowed, and try the verdict's witnesses."""
    verdict = evaluate(found)
    for probe in probes:
        case = compare(bucket, found, probe)
        if case.allowed and probe.who != "alice":
            assert covered(verdict, probe), _describe(
                bucket, case, probe, "no grant of the verdict covers it"
            )
    for probe in witnesses(verdict, state):
        case = compare(bucket, found, probe)
        assert case.allowed, _describe(bucket, case, probe, "a witness is not allowed")


def compare(bucket: Bucket, found: JSON, probe: Probe) -> Case:
    """Send the probe; the answer must be the one foretold."""
    case = Case(found, probe.call, requests(probe, bucket.name))
    answer = bucket.send(probe)
    said = f"{answer.status} {answer.body[:200]!r}"
    assert answer.status in (*ANSWERED, *REFUSED), _describe(bucket, case, probe, said)
    decisions = [evaluate(dict(found) | {"Request": request}).decision for request in case.requests]
    assert decisions == case.decisions()
    assert "unknown" not in decisions, _describe(bucket, case, probe, said)
    assert answer.allowed == foretold(case).allowed, _describe(bucket, case, probe, said)
    return case


def _describe(bucket: Bucket, case: Case, probe: Probe, said: str) -> str:
    state = {name: value for name, value in asdict(bucket.state).items() if name != "probes"}
    lines = {
        "state": state,
        "request": asdict(probe),
        "radosgw": said,
        "evaluator": case.decisions(),
        "foretold": foretold(case).decisions(),
        "deviations": list(shown(case)),
        "snapshot": dict(case.snapshot) | {"Request": case.requests[0]},
    }
    return "\n" + "\n".join(f"{name}: {json.dumps(value, default=str)}" for name, value in lines.items())


def _relevant(found: JSON) -> dict[str, JSON]:
    """Return what the evaluator reads of a snapshot, in one order and without display names."""
    kept = {name: found[name] for name in _READ}
    kept["PublicAccessBlock"] = found["PublicAccessBlock"]["Bucket"] or dict.fromkeys(BLOCKS, False)
    kept["Acl"] = _acl(found["Acl"])
    kept["ObjectAcls"] = {item["Key"]: _acl(item) for item in found["ObjectAcls"]}
    return kept


def _acl(found: JSON) -> tuple[str, list[tuple[str, str]]]:
    granted = ((grant["Grantee"], grant["Permission"]) for grant in found["Grants"])
    return found["Owner"]["ID"], sorted((who.get("ID") or who["URI"], what) for who, what in granted)


# ---- the verdict


def covered(verdict: Verdict, probe: Probe) -> bool:
    """Whether a grant of the verdict says that this caller can do this."""
    return all(any(_grants(grant, probe, action) for grant in verdict.grants) for action in probe.actions)


def _grants(grant: Grant, probe: Probe, action: str) -> bool:
    known = BY_NAME[action.lower()]
    if grant.decision != "allowed" or not {known.capability, _FIRST.get(action)} & set(grant.actions):
        return False
    if probe.who == "anonymous" and not grant.principal.startswith(("anonymous", "restricted:")):
        return False
    return known.level == "bucket" or grant.covers(NEW_KEY if CALLS[probe.call].new_key else probe.key)


def witnesses(verdict: Verdict, state: BucketState) -> tuple[Probe, ...]:
    """Return the verdict's witnesses as probes: those of anonymous, and of a stranger where bob is one."""
    said = json.dumps([state.policy, state.bucket_acl, state.object_acl, state.object_owner])
    stranger = "bob" not in said and "iam:::root" not in said
    found: dict[Probe, None] = {}
    for grant in verdict.grants:
        anonymous = grant.witness["Principal"] == "anonymous"
        if grant.decision == "allowed" and (anonymous or (stranger and grant.principal == "any_aws")):
            probe = _as_probe(grant.witness, json.dumps(state.policy).lower())
            if probe and possible(state, probe):
                found[probe] = None
    return tuple(found)


def _as_probe(witness: Mapping[str, Any], document: str) -> Probe | None:
    """Return the witness as a probe; None where HTTP, or this bucket, has no such request.

    `document` is the policy in lower case: a key that it does not speak of may have any value.
    """
    key = witness["Resource"].partition("/")[2]
    name = next((name for name, call in CALLS.items() if call.actions == (witness["Action"],)), "")
    call = CALLS.get(name)
    if call is None or call.on_object != bool(key):
        return None
    if key not in (WITNESS_KEYS[:1] if call.new_key else ("", *KEYS, *WITNESS_KEYS)):
        return None
    who: Who = "anonymous" if witness["Principal"] == "anonymous" else "bob"
    fixed = {"aws:username": "bob"} if who == "bob" else {}
    if call.on_object and not call.new_key:
        fixed |= {f"s3:existingobjecttag/{tag}": value for tag, value in TAGS.items()}
    context = {key.lower(): value for key, value in witness["Context"].items()}
    if any(key in document and context.pop(key, None) != value for key, value in fixed.items()):
        return None
    if "aws:sourceip" in document and "aws:sourceip" not in context:
        return None
    if context.get("s3:x-amz-acl", "private") not in ("private", "public-read", "bucket-owner-full-control"):
        return None
    context = {
        key: value for key, value in context.items() if key not in ("aws:currenttime", "aws:epochtime")
    }
    ip, secure = context.pop("aws:sourceip", OUTSIDE), context.pop("aws:securetransport", "false")
    headers = {
        "Referer": context.pop("aws:referer", None),
        "User-Agent": context.pop("aws:useragent", "" if "aws:useragent" in document else None),
        "x-amz-acl": context.pop("s3:x-amz-acl", None) if name == "put" else None,
    }
    names = ("prefix", "delimiter", "max-keys") if name.startswith("list") else ()
    query = {name: context.pop(f"s3:{name}", None) for name in names}
    if context:
        return None
    return Probe(who, name, key or KEY, ip, secure == "true", _set(headers), _set(query))


def _set(values: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in values.items() if value is not None)


# ---- all cases without a server


@cache
def outcomes() -> tuple[tuple[bool, bool, frozenset[str]], ...]:
    """Return for every generated request AWS's and the gateway's answer, and which deviations it shows."""
    asked = [(state, state.probes) for state in DESIGNED]
    asked += [(replace(PLAIN, policy=document), probes) for document, probes in ROUNDS]
    found = []
    for state, probes in asked:
        built = snapshot(state, "bucket")
        for probe in probes:
            case = Case(built, probe.call, requests(probe, "bucket"))
            found.append((case.allowed, foretold(case).allowed, frozenset(shown(case))))
    return tuple(found)
