"""Search the policy, the ACLs and the access points of a bucket for what a principal class can do.

What is found here *could* be allowed with Block Public Access off; `verdict` decides each find again, as a
concrete request, before it reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from classifier.access import acl, actions, patterns
from classifier.access.actions import Action, Level
from classifier.access.choices import NETWORK_KEYS, ROUTE_KEYS, Choices, by_access_point
from classifier.access.classes import Candidate, PrincipalClass
from classifier.access.conditions import Context, single
from classifier.access.policy import Hit, Statement
from classifier.access.search import Budget, Dimension, Option, predicates, solve
from classifier.access.snapshot import AccessPoint, State
from classifier.model import JSON

_ALLOW_ALL = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
_MULTIVALUED = frozenset(
    {"aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:tagkeys"}
)
_FILLERS = (patterns.FILLER, "~probe~")


@dataclass(frozen=True, slots=True)
class Find:
    """One capability of one class, with a request that shows it. `certain` is False where it rests on
    something unknown. `statement` is the bucket policy's, None for an ACL grant."""

    label: str
    kind: str  # of the class
    capability: str
    prefix: str
    exact_key: bool
    because: Mapping[str, JSON]
    witness: Mapping[str, JSON]
    certain: bool
    answer: int  # finds of the same answer differ in the action only, and no statement tells those apart
    statement: Statement | None = None
    public_acl: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of keys: a pattern of the policy, None for every key."""

    pattern: str | None
    prefix: str = ""
    exact_key: bool = False

    def key(self, lookup: patterns.Lookup, filler: str) -> str:
        return filler if self.pattern is None else patterns.fill(self.pattern, lookup, filler)


@dataclass(frozen=True, slots=True)
class _Answer:
    candidate: Candidate
    context: Context
    resource: str
    certain: bool
    number: int


Resources: TypeAlias = Callable[[Candidate], list[str]]  # caller → the ARNs to ask it about


class Finder:
    """Asks about one bucket. Every method may raise search.BudgetError."""

    def __init__(self, state: State, choices: Choices, budget: Budget) -> None:
        self.state = state
        self.choices = choices
        self.budget = budget
        self.denies = state.policy.denies
        self.denying: set[int] = set()  # the Deny statements that stopped something
        self._answers = 0
        self._covered: dict[tuple[tuple[str, ...], bool], dict[Action, None]] = {}
        self._groups: dict[int, list[tuple[Level, tuple[Statement, ...], list[Action]]]] = {}

    # ---- the bucket policy

    def by_policy(self, group: PrincipalClass, *, skip: frozenset[tuple[int, str, str]]) -> Iterator[Find]:
        """Yield what the policy's Allow statements give the class.

        `skip` holds (statement, capability, prefix) that everybody has anyway.
        """
        for number, statement in enumerate(self.state.policy.allows):
            asked = [c for c in group.candidates if statement.names(c.caller) is not Hit.NO]
            if not asked:
                continue
            for level, denies, covered in self.groups(number, statement):
                for place, answer in self.places(asked, statement, level, denies):
                    for action in covered:
                        if (statement.index, action.capability, place.prefix) not in skip:
                            yield self.find(
                                group, action, place, answer, statement.because("policy"), statement
                            )

    def groups(
        self, number: int, statement: Statement
    ) -> list[tuple[Level, tuple[Statement, ...], list[Action]]]:
        """Return the actions of a statement, those together that the same Deny statements cover."""
        if number not in self._groups:
            kinds = {(deny.actions, deny.not_action): self.covered(deny) for deny in self.denies}
            found: dict[tuple[Level, tuple[bool, ...]], dict[str, Action]] = {}
            for action in self.covered(statement):
                denied = tuple(action in names for names in kinds.values())
                found.setdefault((action.level, denied), {}).setdefault(action.capability, action)
            self._groups[number] = []
            for (level, denied), covered in found.items():
                over = {kind for kind, covers in zip(kinds, denied, strict=True) if covers}
                denies = tuple(deny for deny in self.denies if (deny.actions, deny.not_action) in over)
                self._groups[number].append((level, denies, list(covered.values())))
        return self._groups[number]

    def covered(self, statement: Statement) -> dict[Action, None]:
        """Return the actions that a statement covers, in the order of the table, without the owner's own."""
        key = (statement.actions, statement.not_action)
        if key not in self._covered:
            self._covered[key] = {
                action: None
                for action in actions.ACTIONS
                if action.capability != "policy" and statement.covers_action(action.name)
            }
        return self._covered[key]

    def places(
        self, asked: Sequence[Candidate], statement: Statement, level: Level, denies: Sequence[Statement]
    ) -> Iterator[tuple[Place, _Answer]]:
        """Yield where the statement's actions are allowed, with an answer for each place."""
        if level == "bucket":
            answer = self.ask(asked, statement, denies, lambda _: [self.state.arn])
            if answer is not None:
                yield Place(None), answer
            elif denies:
                self.note_denies(asked[0], statement, denies, lambda _: [self.state.arn])
            return
        own = [Place(None)] if statement.not_resource else self.own_places(statement)
        missed = statement.not_resource
        for place in own:
            answer = self.ask(asked, statement, denies, self._keys(place))
            if answer is not None:
                yield place, answer
            elif denies:
                self.note_denies(asked[0], statement, denies, self._keys(place))
            missed = missed or answer is None
        if missed and (denies or statement.not_resource):
            for place in self.every_place:
                if place not in own:
                    answer = self.ask(asked, statement, denies, self._keys(place))
                    if answer is not None:
                        yield place, answer

    def own_places(self, statement: Statement) -> list[Place]:
        bucket = self.state.arn.rpartition(":")[2]
        found = (_place(resource, bucket) for resource in statement.resources)
        return list(dict.fromkeys(place for place in found if place is not None))

    @cached_property
    def every_place(self) -> list[Place]:
        """The places that any statement tells apart."""
        found = (place for statement in self.state.policy.statements for place in self.own_places(statement))
        return sorted(dict.fromkeys(found), key=lambda place: (place.prefix, place.pattern or ""))

    def _keys(self, place: Place) -> Resources:
        def resources(candidate: Candidate) -> list[str]:
            lookup = single(candidate.dimensions[0].options[0].values)
            keys = dict.fromkeys(place.key(lookup, filler) for filler in _FILLERS)
            return [f"{self.state.arn}/{key}" for key in keys]

        return resources

    def ask(
        self,
        asked: Sequence[Candidate],
        statement: Statement,
        denies: Sequence[Statement],
        resources: Resources,
    ) -> _Answer | None:
        """Return a caller, a context and a resource that the statement allows and no Deny refuses."""
        for certain in (True, False):
            for candidate in asked:
                doubtful = statement.uncertain or statement.names(candidate.caller) is Hit.MAYBE
                against = _against(denies, candidate, certain)
                if certain and doubtful:
                    continue
                if not certain and not (doubtful or candidate.assumes or any(d.uncertain for d in denies)):
                    continue
                self.budget.spend(len(against) // 8)
                for resource in resources(candidate):
                    context = solve(
                        predicates(statement, resource),
                        [predicates(deny, resource) for deny in against if _may_cover(deny, resource)],
                        candidate.dimensions,
                        self.budget,
                        assume=not certain,
                    )
                    if context is not None:
                        return self.answer(candidate, context, resource, certain)
        return None

    def note_denies(
        self, candidate: Candidate, statement: Statement, denies: Sequence[Statement], resources: Resources
    ) -> None:
        """Note which Deny statements refuse what the statement alone would have allowed."""
        answer = self.ask([candidate], statement, (), resources)
        if answer is not None:
            self.denying.update(
                deny.index
                for deny in denies
                if deny.names(candidate.caller) is not Hit.NO
                and all(p.holds(answer.context) for p in predicates(deny, answer.resource))
            )

    # ---- access control lists

    def by_acl(self, group: PrincipalClass) -> Iterator[Find]:
        """Yield what the ACLs of the bucket and of the sampled objects give the class."""
        if self.state.acls_live is False:
            return
        self.budget.spend(len(self.state.acl.grants) // 4)
        for grant in _naming(self.state.acl.grants, group):
            for names in grant.actions().values():
                action = actions.BY_NAME[names[0].lower()]
                resource = (
                    self.state.arn if action.level == "bucket" else f"{self.state.arn}/{patterns.FILLER}"
                )
                yield from self.granted(group, grant, action, Place(None), resource)
        for key, sampled in self.state.objects.items():
            for grant in _naming(sampled.acl.grants, group):
                for names in grant.actions().values():
                    action = actions.BY_NAME[names[0].lower()]
                    resource = f"{self.state.arn}/{key}"
                    yield from self.granted(group, grant, action, Place(key, key, True), resource)

    def granted(
        self, group: PrincipalClass, grant: acl.AclGrant, action: Action, place: Place, resource: str
    ) -> Iterator[Find]:
        denies = [deny for deny in self.denies if deny.covers_action(action.name)]
        for certain in (True, False):
            for candidate in group.candidates:
                if not grant.names(candidate.caller):
                    continue
                self.budget.spend(1 + len(self.state.acl.grants) // 8)
                against = _against(denies, candidate, certain)
                nevers = [predicates(deny, resource) for deny in against]
                context = solve((), nevers, candidate.dimensions, self.budget, assume=not certain)
                # Which account a canonical id is of is not known; a Deny may or may not be meant for it.
                if context is None and not certain and not grant.public:
                    context = {}
                if context is not None:
                    answer = self.answer(candidate, context, resource, certain)
                    yield self.find(group, action, place, answer, grant.because(), public_acl=grant.public)
                    return

    # ---- access points

    def by_access_point(self, group: PrincipalClass) -> Iterator[Find]:
        """Yield what the class can do through the bucket's own access points."""
        for point in self.state.access_points:
            label = (
                f"restricted:vpc={point.vpc}" if point.vpc_origin and group.kind == "public" else group.label
            )
            through = replace(
                group,
                label=label,
                kind="narrow" if label != group.label else group.kind,
                candidates=tuple(self._through(point, c) for c in group.candidates if c.caller.kind == "aws"),
            )
            yield from self.at_point(point, through)

    def at_point(self, point: AccessPoint, group: PrincipalClass) -> Iterator[Find]:
        both = (*self.denies, *point.policy.denies)
        firsts: list[Statement | None] = list(point.policy.allows) if point.policy.readable else [None]
        for statement in self.state.policy.allows:
            for first in firsts:
                done = {"policy"}
                for action in actions.ACTIONS:
                    covered = action.capability not in done and statement.covers_action(action.name)
                    if covered and (first is None or first.covers_action(action.name)):
                        found = list(self._pair(point, group, first, statement, action, both))
                        done.update(find.capability for find in found)
                        yield from found

    def _pair(
        self,
        point: AccessPoint,
        group: PrincipalClass,
        first: Statement | None,
        second: Statement,
        action: Action,
        denies: Iterable[Statement],
    ) -> Iterator[Find]:
        covering = [deny for deny in denies if deny.covers_action(action.name)]
        keys = ["", *_point_keys(point, first)] if action.level == "object" else [""]
        for key in keys:
            key = key or (patterns.FILLER if action.level == "object" else "")
            inside = f"{self.state.arn}/{key}" if key else self.state.arn
            outside = f"{point.arn}/object/{key}" if key else point.arn
            for candidate in group.candidates:
                if second.names(candidate.caller) is Hit.NO:
                    continue
                if first is not None and first.names(candidate.caller) is Hit.NO:
                    continue
                nevers = [
                    predicates(deny, outside if deny in point.policy.denies else inside)
                    for deny in covering
                    if deny.names(candidate.caller) is not Hit.NO
                ]
                musts = predicates(second, inside) + (predicates(first, outside) if first else [])
                context = solve(musts, nevers, candidate.dimensions, self.budget, assume=False)
                if context is None:
                    continue
                certain = first is not None and not first.uncertain and not second.uncertain
                because = second.because("access_point") | {"access_point": point.name}
                answer = self.answer(candidate, context, outside, certain)
                yield self.find(
                    group,
                    action,
                    Place(None, patterns.prefix(key) if key in keys[1:] else ""),
                    answer,
                    because,
                    second,
                )
                return

    def _through(self, point: AccessPoint, candidate: Candidate) -> Candidate:
        origin = "VPC" if point.vpc_origin else "Internet"
        route = Dimension(ROUTE_KEYS, (Option(by_access_point(point.arn, point.account, origin)),))
        dimensions = [d for d in candidate.dimensions if d.keys != ROUTE_KEYS]
        if point.vpc_origin:
            dimensions = [d for d in dimensions if d.keys != NETWORK_KEYS]
            options = self.choices.through_vpc("aws:sourcevpc", (point.vpc,))
            dimensions.append(Dimension(NETWORK_KEYS, tuple(options)))
        return replace(candidate, dimensions=(*dimensions, route))

    # ---- the find

    def answer(self, candidate: Candidate, context: Context, resource: str, certain: bool) -> _Answer:
        self._answers += 1
        return _Answer(candidate, context, resource, certain, self._answers)

    def find(
        self,
        group: PrincipalClass,
        action: Action,
        place: Place,
        answer: _Answer,
        because: Mapping[str, JSON],
        statement: Statement | None = None,
        *,
        public_acl: bool = False,
    ) -> Find:
        witness: dict[str, JSON] = {
            "Principal": answer.candidate.principal,
            "Action": action.spelled,
            "Resource": answer.resource,
            "Context": self.context(answer.context),
        }
        if answer.candidate.agreed:
            witness["IdentityPolicies"] = [_ALLOW_ALL]
        return Find(
            label=group.label,
            kind=group.kind,
            capability=action.capability,
            prefix=place.prefix,
            exact_key=place.exact_key,
            because=because,
            witness=witness,
            certain=answer.certain,
            answer=answer.number,
            statement=statement,
            public_acl=public_acl,
        )

    def context(self, context: Context) -> dict[str, JSON]:
        """Return the context as a request has it: only the keys that a policy reads, as it spells them."""
        spelled = self.choices.mentions.spelled
        return {
            spelled.get(key, key): list(values) if len(values) != 1 or key in _MULTIVALUED else values[0]
            for key, values in sorted(context.items())
            if key in self.choices.mentions
        }


def _naming(grants: Iterable[acl.AclGrant], group: PrincipalClass) -> list[acl.AclGrant]:
    return [grant for grant in grants if any(grant.names(c.caller) for c in group.candidates)]


def _may_cover(deny: Statement, resource: str) -> bool:
    return bool(deny.resource_reads()) or deny.covers_resource(resource, {})


def _against(denies: Iterable[Statement], candidate: Candidate, certain: bool) -> list[Statement]:
    """Return the Deny statements to avoid: all that may name the caller, or only those that surely do."""
    found: list[Statement] = []
    for deny in denies:
        hit = deny.names(candidate.caller)
        if hit is not Hit.NO and (certain or not (deny.uncertain or hit is Hit.MAYBE)):
            found.append(deny)
    return found


def _place(resource: str, bucket: str) -> Place | None:
    """Return the keys of `bucket` that a Resource pattern covers; None when it covers no object of it."""
    parts = resource.split(":", 5)
    name, slash, key = (parts[5] if len(parts) == 6 else resource).partition("/")
    if slash:
        if not key or not patterns.fits(name, bucket):
            return None
        return Place(key, patterns.prefix(key), patterns.fixed(key))
    if "*" not in name:
        return None
    tail = name.rpartition("*")[2]
    return Place(f"*{tail}") if tail else Place(None)


def _point_keys(point: AccessPoint, statement: Statement | None) -> list[str]:
    found = (
        resource.partition("/object/")[2]
        for resource in (statement.resources if statement else ())
        if "/object/" in resource
    )
    return [patterns.fill(key, lambda _: None) for key in found if key and key != "*"]
