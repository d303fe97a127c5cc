"""Put the answer together: every find is decided again as a concrete request before it is reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from classifier.access import actions, classes, keys, mentions, notes, patterns, points, request
from classifier.access.choices import Choices
from classifier.access.classes import PrincipalClass
from classifier.access.grants import NOTHING_KNOWN, Find, Finder, Known, Place
from classifier.access.observed import observed, was_answered
from classifier.access.policy import show
from classifier.access.request import decide
from classifier.access.search import Budget, BudgetError
from classifier.access.snapshot import State, read
from classifier.model import JSON, Decision, Grant, Public, Shared, Verdict

_READS = ("read", "read_version")
_FEW = 8  # sampled objects to ask about
_BUDGET = 60_000  # conditions to evaluate for one bucket: a fraction of a second


def evaluate(snapshot: Mapping[str, JSON], *, now: datetime | None = None) -> Verdict:
    """Return who can reach the bucket, and why.

    `snapshot` is one bucket's configuration (docs/contracts.md); any JSON value is accepted, never changed,
    and nothing is raised. `now` (aware; the present when None) is what aws:CurrentTime stands for.
    """
    state = read(snapshot)
    work = _Work(state, now or datetime.now(UTC))
    work.run()
    decision, problems = None, list(work.problems)
    if isinstance(snapshot, Mapping) and snapshot.get("Request") is not None:
        decision, wrong = decide(state, snapshot["Request"])
        if was_answered(snapshot, snapshot["Request"]):
            decision = "allowed"
        problems = [*problems, *wrong]
    grants = tuple(_merged(work.grants))
    if isinstance(snapshot, Mapping):
        grants += tuple(grant for grant in observed(snapshot) if not _said(grants, grant))
    told = tuple(notes.notes(snapshot if isinstance(snapshot, Mapping) else {}, state, grants))
    problems.extend(
        f"Replication: whose the destination bucket {show(note['bucket'])} is, is not known"
        for note in told
        if note["kind"] == "replication" and note["external"] is None
    )
    return Verdict(
        bucket=state.bucket,
        is_public_policy=_policy_status(state),
        public=_public(state, grants, unsearched=work.unsearched),
        shared=_shared(state, grants, told, exhausted=work.exhausted),
        grants=grants,
        latent=tuple(_merged(work.latent)),
        confused_deputy=tuple(work.deputies.values()),
        blocked_by=tuple(sorted(work.blocked)),
        problems=tuple(dict.fromkeys(problems)),
        decision=decision,
        notes=told,
    )


@dataclass(slots=True)
class _Decided:
    find: Find
    decision: str


@dataclass(slots=True)
class _Work:
    state: State
    now: datetime
    grants: list[_Decided] = field(default_factory=list)
    latent: list[_Decided] = field(default_factory=list)
    deputies: dict[tuple[str, int, str], dict[str, JSON]] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    exhausted: bool = False  # something could not be decided within the budget
    unsearched: bool = True  # what the public can do could not
    budget: Budget = field(default_factory=lambda: Budget(_BUDGET))
    bare: State = field(init=False)
    decided: dict[tuple[int, str], tuple[Decision, Decision]] = field(default_factory=dict)

    def run(self) -> None:
        state = self.state
        self.problems.extend(state.problems)
        policies = (state.policy, *(point.policy for point in state.access_points))
        stamp = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        choices = Choices(state, mentions.collect(policies, state.arn), stamp, str(int(self.now.timestamp())))
        self.bare = state.without_blocks()
        finder = Finder(state, choices, self.budget)
        try:
            self.search(choices, finder)
        except (BudgetError, RecursionError):
            self.exhausted = True
            self.problems.append(
                "policy: too many combinations of conditions; what was not decided is unknown"
            )
        for label, index in finder.gave_up:
            self.exhausted = True
            self.unsearched |= label in ("anonymous", "any_aws")
            self.problems.append(
                f"policy statement {index}: too many combinations of conditions to say what {label} can do"
            )
        self.blocked.update(f"Deny (statement {index})" for index in finder.denying)
        if state.acls_live is False and any(grant.public for grant in state.acl.grants):
            self.blocked.add("ObjectOwnership (BucketOwnerEnforced)")

    def search(self, choices: Choices, finder: Finder) -> None:
        policies = (self.state.policy, *(point.policy for point in self.state.access_points))
        everybody = Known()
        for group in classes.public(choices):
            for find in self.finds(finder, group, NOTHING_KNOWN):
                everybody.add(find)
                self.decide(find)
        self.unsearched = False
        for named in (
            classes.accounts(choices, policies),
            classes.federated(choices, policies),
            classes.organizations(choices),
            classes.narrow(choices),
        ):
            for group in named:
                for find in self.finds(finder, group, everybody):
                    self.decide(find)
        for group in classes.services(choices, policies):
            self.service(choices, finder, group, everybody)

    def finds(self, finder: Finder, group: PrincipalClass, known: Known) -> Iterator[Find]:
        self.budget.spend(20 + 20 * len(group.candidates))
        own = known.copy()
        for find in finder.by_policy(group, known):
            own.add(find)
            yield find
        if group.kind in ("public", "account"):
            yield from finder.by_acl(group)
        if group.kind == "narrow":  # what a Deny leaves of a public ACL
            yield from (find for find in finder.by_acl(group) if not known.has_grant(find))
        for way, through in points.ways(self.state, finder, group):
            yield from finder.through(way, through, own)

    def service(self, choices: Choices, finder: Finder, group: PrincipalClass, known: Known) -> None:
        self.budget.spend(20)
        for find in finder.by_policy(group, known):
            self.decide(find)
        deputy = classes.deputy(choices, group)
        for find in finder.by_policy(deputy, known) if deputy else ():
            if find.certain and find.statement and decide(self.state, find.witness)[0] == "allowed":
                entry = self.deputies.setdefault(
                    (find.label, find.statement.index, find.place.template.glob),
                    {
                        "principal": f"service:{find.witness['Principal']}",
                        "statement": find.statement.index,
                        "sid": find.statement.sid,
                        "prefix": find.place.prefix,
                        "actions": [],
                        "witness": find.witness,
                    },
                )
                entry["actions"] = list(actions.ordered({*entry["actions"], find.capability}))

    def decide(self, find: Find) -> None:
        """Decide the find's own request, with Block Public Access as it is and without."""
        if find.statement is not None and not find.certain:
            self.problems.append(
                f"policy statement {find.statement.index}: what it allows rests on what is not known"
            )
        bare, real = self.decisions(find)
        if bare not in ("allowed", "unknown"):
            reason = self.refusal(find)
            if reason:
                self.blocked.add(reason)
                return
            if find.certain:
                self.problems.append(f"{find.label}: {find.capability}: the search and the request disagree")
            bare = real = "unknown"
        if find.public_acl and self.state.ignore.on is not False:
            # Another grant may allow the same request; this one S3 ignores.
            real = "unknown" if self.state.ignore.on is None else "implicitDeny"
        if real not in ("allowed", "unknown"):
            self.blocked.update(self.blocks(find))
            self.latent.append(_Decided(find, bare if find.certain else "unknown"))
            return
        if find.kind == "account" and not self.surely_another(find):
            self.problems.append(f"{find.label}: whether this is the bucket's own account is not known")
            real = "unknown"
        if find.capability in _READS and find.kind != "own" and not find.place.exact_key:
            real = self.as_encrypted(find, real)
        self.grants.append(_Decided(find, real if find.certain else "unknown"))

    def decisions(self, find: Find) -> tuple[str, str]:
        """Return what is decided with Block Public Access off and as it is, once for each answer found."""
        what = find.capability if find.place.exact_key else "read" if find.capability in _READS else ""
        key = (find.answer, what)
        if key not in self.decided:
            self.budget.spend(2 + len(self.state.policy.statements) // 4)
            bare = decide(self.bare, find.witness)[0]
            real = bare if self.bare is self.state else decide(self.state, find.witness)[0]
            self.decided[key] = (bare, real)
        return self.decided[key]

    def surely_another(self, find: Find) -> bool:
        caller = request.caller_of(self.state, find.witness["Principal"])
        return caller is not None and request.owns(self.state, caller) is False

    def refusal(self, find: Find) -> str:
        """Return what refuses a request whatever policies and ACLs say; "" when nothing of the kind does."""
        given, _ = request.read(self.state, find.witness)
        if given is None:
            return ""
        if given.caller.kind == "anonymous" and self.state.requester_pays:
            return "RequestPayer (Requester)"
        sampled = self.state.objects.get(find.place.prefix) if find.place.exact_key else None
        if sampled is not None and sampled.encryption.by_kms and find.capability in _READS:
            return "ServerSideEncryption (aws:kms)"
        if sampled is not None and find.statement is not None and self.state.foreign(sampled):
            return "object of another account"
        return ""

    def blocks(self, find: Find) -> Iterator[str]:
        if self.state.restrict.on and self.state.public_policy is not False:
            yield self.state.restrict.label("RestrictPublicBuckets")
        if find.public_acl and self.state.ignore.on:
            yield self.state.ignore.label("IgnorePublicAcls")
        if find.because["kind"] == "access_point":
            for point in self.state.access_points:
                if point.name == find.because["access_point"] and point.restrict.on:
                    yield point.restrict.label("RestrictPublicBuckets")

    def as_encrypted(self, find: Find, real: str) -> str:
        """Return what is decided on reading a stretch of keys, given how its objects are encrypted.

        The grant is to all objects, so that it is allowed where it is for one that was seen; where all that
        were seen, or the default, are encrypted with SSE-KMS it is unknown for the rest.
        """
        glob = find.place.template.glob
        seen = [
            sampled for key, sampled in self.state.objects.items() if sampled.encryption.by_kms is not None
        ]
        below = [sampled for sampled in seen if patterns.fits(glob, sampled.key)]
        by_default = self.state.encryption.by_kms is not False
        if not by_default and not (below and all(sampled.encryption.by_kms for sampled in below)):
            return real
        for sampled in below[:_FEW]:
            asked = dict(find.witness) | {"Resource": f"{self.state.arn}/{sampled.key}"}
            if find.because["kind"] == "policy" and decide(self.state, asked)[0] == "allowed":
                return real if not by_default else self.read_one(find, asked, sampled.key)
        self.blocked.add("ServerSideEncryption (aws:kms)")
        if by_default:
            self.problems.append(
                "Encryption: objects are encrypted with SSE-KMS by default; whether older ones can be read"
                " without the key is not known"
                if self.state.encryption.by_kms
                else "Encryption: the bucket's default is not known; with SSE-KMS others cannot read"
            )
        return "unknown"

    def read_one(self, find: Find, witness: Mapping[str, JSON], key: str) -> str:
        """Report the one object that surely can be read; of the others it stays unknown."""
        self.grants.append(
            _Decided(replace(find, place=Place(keys.Template((key,))), witness=witness), "allowed")
        )
        return "unknown"


def _said(grants: Iterable[Grant], seen: Grant) -> bool:
    """Whether a grant that is certain allows already what was seen."""
    return any(
        grant.principal == seen.principal
        and grant.decision == "allowed"
        and set(seen.actions) <= set(grant.actions)
        and grant.covers(seen.prefix)
        for grant in grants
    )


def _merged(decided: Sequence[_Decided]) -> Iterator[Grant]:
    """Yield one grant for each class, reason, place and decision; the witness shows its first action.

    What another grant of the same class and reason says as well is left out.
    """
    merged: dict[tuple[str, str, str], dict[Place, tuple[Find, set[str]]]] = {}
    reasons: dict[int, str] = {}
    for item in decided:
        find = item.find
        reason = reasons.get(id(find.because))
        if reason is None:
            reason = reasons[id(find.because)] = repr(sorted(find.because.items(), key=str))
        key = (find.label, reason, item.decision)
        merged.setdefault(key, {}).setdefault(find.place, (find, set()))[1].add(find.capability)
    for (label, _, decision), places in merged.items():
        wide = [(other, said) for other, (_, said) in places.items() if not other.exact_key]
        for place, (find, capabilities) in places.items():
            if any(other != place and capabilities <= said and _within(place, other) for other, said in wide):
                continue
            yield Grant(
                principal=label,
                actions=actions.ordered(capabilities),
                prefix=place.prefix,
                decision="allowed" if decision == "allowed" else "unknown",
                because=find.because,
                witness=find.witness,
                exact_key=place.exact_key,
                pattern=place.pattern,
                excluded=place.excluded,
            )


def _within(place: Place, other: Place) -> bool:
    return keys.covers(other.template.glob, place.template.glob) and set(other.excluded) <= set(
        place.excluded
    )


def _policy_status(state: State) -> bool | None:
    """Return the bucket policy's IsPublic; for a bucket without one that of its access points' policies."""
    if state.policy.statements or not state.policy.readable:
        return state.public_policy
    answers = {point.public for point in state.access_points}
    return True if True in answers else None if None in answers else False


def _public(state: State, grants: Iterable[Grant], *, unsearched: bool) -> Public:
    decisions = {grant.decision for grant in grants if grant.principal in ("anonymous", "any_aws")}
    if "allowed" in decisions:
        return "public"
    if decisions or unsearched:
        return "unknown"
    if not state.policy.readable and state.restrict.on is not True:
        return "unknown"
    acls_matter = state.acls_live is not False and state.ignore.on is not True
    shut = state.restrict.on and state.public_policy
    if acls_matter and not shut and not (state.acl.readable and state.objects_readable):
        return "unknown"
    return "not_public"


def _shared(
    state: State, grants: Iterable[Grant], told: Iterable[Mapping[str, JSON]], *, exhausted: bool
) -> Shared:
    """Return Macie's sharedAccess: services other than CloudFront, and the public itself, do not count.

    Data that S3 copies to another account's bucket is shared, though nobody there has a grant.
    """
    reach = {"external": False, "internal": False, "unknown": exhausted or not state.policy.readable}
    if state.acls_live is not False and not (state.acl.readable and state.objects_readable):
        reach["unknown"] = True
    for grant in grants:
        kind, _, name = grant.principal.partition(":")
        if kind == "federated":
            name = name.split(":")[4] if name.count(":") >= 5 else ""
        elif kind not in ("account", "org", "cloudfront"):
            continue
        if kind != "org" and state.is_own(name):
            continue
        own_org = name in state.members if kind != "org" else name == state.organization
        where = "internal" if own_org and name else "external"
        reach[where if grant.decision == "allowed" else "unknown"] = True
    for note in told:
        if note["kind"] == "replication":
            inside = "internal" if note["account"] in state.members else None
            copied = "external" if note["external"] else "unknown" if note["external"] is None else inside
            if copied is not None:
                reach[copied] = True
    if reach["external"]:
        return "external"
    if reach["unknown"]:
        return "unknown"
    return "internal" if reach["internal"] else "not_shared"
