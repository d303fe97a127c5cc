"""Search the policies and the ACLs of a bucket for what a principal class can do.

What is found here *could* be allowed with Block Public Access off; `verdict` decides each find again, as a
concrete request, before it reports it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import product
from typing import NamedTuple, TypeAlias

from classifier.access import acl, actions, keys, patterns
from classifier.access.actions import Action, Level
from classifier.access.choices import Choices
from classifier.access.classes import Candidate, PrincipalClass
from classifier.access.conditions import Context
from classifier.access.keys import Template
from classifier.access.policy import Hit, Policy, Statement
from classifier.access.request import ALLOW_ALL
from classifier.access.search import Budget, Form, Frame, Masks, ShareError, Test, both, solve
from classifier.access.snapshot import State
from classifier.model import JSON

_MULTIVALUED = frozenset(
    {"aws:calledvia", "aws:principalorgpaths", "aws:principalservicenameslist", "aws:tagkeys"}
)
# Sets of actions are bit masks over the table of actions.
_LEVELS: dict[Level, int] = {
    "bucket": sum(1 << i for i, action in enumerate(actions.ACTIONS) if action.level == "bucket"),
    "object": sum(1 << i for i, action in enumerate(actions.ACTIONS) if action.level == "object"),
}
_WITHOUT_OWNERS = sum(1 << i for i, action in enumerate(actions.ACTIONS) if action.capability != "policy")
_SHARE = 12_000  # of the budget, for one class and statement
_CELLS = 64  # intersections of what Deny statements spare


class Place(NamedTuple):
    """A stretch of keys, and what is taken out of it (globs)."""

    template: Template
    excluded: tuple[str, ...] = ()

    @property
    def exact_key(self) -> bool:
        return self.template.key is not None

    @property
    def prefix(self) -> str:
        key = self.template.key
        return patterns.prefix(self.template.glob) if key is None else key

    @property
    def pattern(self) -> str | None:
        """The glob, None where the prefix says it all."""
        return None if self.exact_key or self.template.glob == f"{self.prefix}*" else self.template.glob


EVERYWHERE = Place(keys.EVERY)


@dataclass(slots=True)
class Find:
    """One capability of one class, with a request that shows it. `certain` is False where it rests on
    something unknown. `statement` is the bucket policy's, None for an ACL grant."""

    label: str
    kind: str  # of the class
    capability: str
    place: Place
    because: Mapping[str, JSON]
    witness: Mapping[str, JSON]
    certain: bool
    answer: int  # finds of the same answer differ in the action only, and no statement tells those apart
    statement: Statement | None = None
    public_acl: bool = False


@dataclass(slots=True)
class Known:
    """What somebody can do by the bucket policy's statements or by ACLs: no need to find it again."""

    places: dict[tuple[int, str], list[Place]] = field(default_factory=dict)
    grants: set[tuple[str, Place]] = field(default_factory=set)

    def add(self, find: Find) -> None:
        if find.statement is not None and find.certain:
            self.places.setdefault((find.statement.index, find.capability), []).append(find.place)
        elif find.public_acl and find.certain:
            self.grants.add((find.capability, find.place))

    def has_grant(self, find: Find) -> bool:
        return (find.capability, find.place) in self.grants

    def has(self, statement: Statement, capability: str, place: Place) -> bool:
        places = self.places.get((statement.index, capability))
        return places is not None and any(
            keys.covers(known.template.glob, place.template.glob)
            and set(known.excluded) <= set(place.excluded)
            for known in places
        )

    def all(self, statement: Statement, wanted: Sequence[Action]) -> Callable[[Place], bool]:
        """Return what tells whether all of the actions are known in a place."""
        return lambda place: all(self.has(statement, action.capability, place) for action in wanted)

    def copy(self) -> Known:
        return Known({key: list(places) for key, places in self.places.items()}, set(self.grants))


NOTHING_KNOWN = Known()


@dataclass(frozen=True, slots=True)
class Door:
    """A policy that a request must pass, and how that policy names the bucket and its objects."""

    policy: Policy
    arn: str
    objects: str  # an object's ARN without its key
    service: str = "s3"

    def resource(self, key: str | None) -> str:
        return self.arn if key is None else self.objects + key

    def action(self, action: Action) -> str:
        """Return the lower-case action that this policy is asked about."""
        return self.service + action.name[2:]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the bucket: the doors in the order in which a request meets them, the bucket's own last.

    `sure` is False where something else than these policies may refuse the request.
    """

    doors: tuple[Door, ...]
    because: Mapping[str, JSON]
    sure: bool = True


Part: TypeAlias = "tuple[Statement, Door]"
Keys: TypeAlias = "Callable[[_Asked], Iterable[str | None]]"


@dataclass(slots=True)
class _Asked:
    """A candidate with its dimensions prepared, and how statements name it."""

    candidate: Candidate
    frame: Frame
    hits: dict[int, Hit]  # shared by all who are named alike
    put: dict[int, tuple[_Question, _Put | None, _Put | None]] = field(default_factory=dict)

    def hit(self, statement: Statement) -> Hit:
        found = self.hits.get(id(statement))
        if found is None:
            found = self.hits[id(statement)] = statement.names(self.candidate.caller)
        return found


@dataclass(slots=True)
class _Put:
    """A question as it is put to one caller: what its statements ask for in the caller's frame.

    `fixed` is what holds of every context. `forms` and `parts` belong together; the first `musts` of them
    allow, the others may deny.
    """

    fixed: Form | None
    forms: tuple[Form, ...]
    musts: int
    parts: tuple[Part, ...]


@dataclass(slots=True)
class _Answer:
    candidate: Candidate
    context: Context
    told: Mapping[str, JSON]  # the context as a request has it
    key: str | None
    certain: bool
    number: int


@dataclass(frozen=True)
class _Question:
    """Statements that allow together, and those that may deny: on which keys can somebody, by them?"""

    musts: tuple[Part, ...]
    denies: tuple[Part, ...]
    sure: bool = True
    absent: frozenset[str] = frozenset()  # condition keys that no such request carries

    @cached_property
    def spared(self) -> list[list[Template]]:
        """What each Deny with a NotResource leaves alone."""
        return [_templates(deny) for deny in self.denies if deny[0].not_resource]

    @cached_property
    def refused(self) -> dict[str, list[Part]]:
        """The globs that Deny statements, and NotResource of what allows, take out → which do."""
        found: dict[str, list[Part]] = {}
        for part in (*self.denies, *self.musts):
            if part[0].not_resource == part[0].allow:
                for template in _templates(part):
                    if template.exact:
                        found.setdefault(template.glob, []).append(part)
        return dict(sorted(found.items(), key=lambda item: (len(item[0]), item[0])))

    @cached_property
    def places(self) -> list[Template]:
        """The places that all of the statements cover, those that lie in another left out."""
        return _shared(self.musts)


class Finder:
    """Asks about one bucket. Every method may raise search.BudgetError."""

    def __init__(self, state: State, choices: Choices, budget: Budget) -> None:
        self.state = state
        self.choices = choices
        self.budget = budget
        self.bucket = Door(state.policy, state.arn, f"{state.arn}/")
        self.denying: set[int] = set()  # the Deny statements that stopped something
        self.gave_up: list[tuple[str, int]] = []  # classes and statements that took too long
        self._answers = 0
        self._masks: Masks = {}
        self._asked: dict[int, tuple[PrincipalClass, tuple[_Asked, ...]]] = {}
        self._hits: dict[tuple[str, ...], dict[int, Hit]] = {}
        self._anybody: _Asked | None = None
        self._keys: dict[int, frozenset[str]] = {}
        self._read_by: dict[int, frozenset[str]] = {}
        self._reads: dict[int, frozenset[str]] = {}
        self._covering: dict[tuple[int, str | None], Test | bool] = {}
        self._questions: dict[tuple[int, ...], list[tuple[Level, _Question, tuple[Action, ...]]]] = {}

    # ---- policies

    def by_policy(self, group: PrincipalClass, known: Known) -> Iterator[Find]:
        """Yield what the bucket policy's Allow statements give the class, without what is `known`."""
        yield from self.through(Way((self.bucket,), {"kind": "policy"}), group, known)

    def through(self, way: Way, group: PrincipalClass, known: Known) -> Iterator[Find]:
        """Yield what the class can do by a way to the bucket."""
        denies = tuple((deny, door) for door in way.doors for deny in door.policy.denies)
        readable = [door for door in way.doors if door.policy.readable]
        sure = way.sure and len(readable) == len(way.doors)
        if self.bucket not in readable:
            return
        asked = self.asked(group)
        for statements in product(*(door.policy.allows for door in readable)):
            named = [who for who in asked if all(who.hit(must) is not Hit.NO for must in statements)]
            if not named:
                continue
            musts = tuple(zip(statements, readable, strict=True))
            found: list[Find] = []
            try:
                with self.budget.share(_SHARE):
                    found.extend(self.together(way, group, named, known, musts, denies, sure=sure))
            except ShareError:
                self.gave_up.append((group.label, statements[-1].index))
            yield from found

    def together(
        self,
        way: Way,
        group: PrincipalClass,
        named: Sequence[_Asked],
        known: Known,
        musts: tuple[Part, ...],
        denies: tuple[Part, ...],
        *,
        sure: bool,
    ) -> Iterator[Find]:
        """Yield what those `named` of the class can do by one Allow statement of each policy on the way."""
        last = musts[-1][0]
        open_ = [
            item for item in self.questions(musts, denies, sure) if not self.as_anybody(group, named, item[1])
        ]
        asked = tuple(who for who in named if self.can_meet(who, musts)) if open_ else ()
        if not asked:
            return
        because = last.because(str(way.because["kind"])) | dict(way.because)
        for level, question, covered in open_:
            wanted = [a for a in covered if not known.has(last, a.capability, EVERYWHERE)]
            if not wanted:
                continue
            for place, answer in self.places(question, asked, level, known.all(last, wanted)):
                for action in wanted:
                    if not known.has(last, action.capability, place):
                        yield self.find(group, action, place, answer, because, way.doors[0], last)

    def asked(self, group: PrincipalClass) -> tuple[_Asked, ...]:
        if id(group) not in self._asked:
            prepared = tuple(
                _Asked(
                    candidate,
                    Frame(candidate.dimensions, self._masks),
                    self._hits.setdefault(_called(candidate), {}),
                )
                for candidate in group.candidates
            )
            self._asked[id(group)] = (group, prepared)  # with the group, so that its id stays its own
            if group.label == "any_aws" and self._anybody is None:
                self._anybody = prepared[0]
        return self._asked[id(group)][1]

    def as_anybody(self, group: PrincipalClass, named: Iterable[_Asked], question: _Question) -> bool:
        """Whether nothing in the question tells the class from just anybody, who was asked already."""
        anybody = self._anybody
        if anybody is None or not group.told or group.told & self.reads(question):
            return False
        if ("any_aws", question.musts[-1][0].index) in self.gave_up:
            return False
        if group.kind == "federated":  # asked about what names it, which only may name anybody
            return all(
                who.hit(statement) is not Hit.MAYBE for who in named for statement, _ in question.musts
            )
        return all(
            who.hits is anybody.hits
            or who.candidate.caller.kind == "anonymous"
            or all(
                who.hit(statement) is anybody.hit(statement)
                for statement, _ in (*question.musts, *question.denies)
            )
            for who in named
        )

    def reads(self, question: _Question) -> frozenset[str]:
        """Return the context keys that decide the question."""
        found = self._keys.get(id(question))
        if found is None:
            every = (self.read_by(statement) for statement, _ in (*question.musts, *question.denies))
            found = self._keys[id(question)] = frozenset[str]().union(*every)
        return found

    def read_by(self, statement: Statement) -> frozenset[str]:
        """Return the context keys that a statement reads."""
        found = self._read_by.get(id(statement))
        if found is None:
            tests = (test.reads for test in statement.tests)
            found = self._read_by[id(statement)] = statement.resource_reads().union(*tests)
        return found

    def can_meet(self, who: _Asked, musts: Iterable[Part]) -> bool:
        """Whether requests of the caller can meet what the statements ask for."""
        forms: list[Form] = []
        for statement, _ in musts:
            form = who.frame.form(statement, self.budget)
            if form is None:
                return False
            forms.append(form)
        # What reads several keys at once takes long to try: not for every key again where it never holds.
        together = any(form.joint for form in forms)
        return not together or solve(who.frame, forms, (), self.budget, assume=True) is not None

    def questions(
        self, musts: tuple[Part, ...], denies: tuple[Part, ...], sure: bool
    ) -> list[tuple[Level, _Question, tuple[Action, ...]]]:
        """Return the actions that all of `musts` cover, those together that the same of `denies` cover.

        And whose requests carry the same condition keys.
        """
        key = tuple(id(statement) for statement, _ in musts)
        if key not in self._questions:
            shared = _WITHOUT_OWNERS
            for must in musts:
                shared &= _covered(must)
            parted: list[tuple[int, tuple[Part, ...]]] = [(shared, ())]
            for deny in denies:
                over = _covered(deny)
                parted = [
                    piece
                    for mask, denied in parted
                    for piece in ((mask & over, (*denied, deny)), (mask & ~over, denied))
                    if piece[0]
                ]
            pointless = frozenset[str]().union(*map(self.pointless, musts))
            found: list[tuple[int, Level, tuple[Part, ...], frozenset[str]]] = []
            for absent, carriers in self.absences(pointless).items():
                for mask, denied in parted:
                    for level, of_level in _LEVELS.items():
                        if group := mask & carriers & of_level:
                            found.append((group, level, denied, absent))
            found.sort(key=lambda item: item[0] & -item[0])
            self._questions[key] = [
                (level, _Question(musts, denied, sure, absent), _firsts(group))
                for group, level, denied, absent in found
            ]
        return self._questions[key]

    def absences(self, pointless: frozenset[str]) -> dict[frozenset[str], int]:
        """Return the condition keys that requests for some actions never carry → these actions."""
        found: dict[frozenset[str], int] = {}
        for absent, mask in self._absences.items():
            found[absent - pointless] = found.get(absent - pointless, 0) | mask
        return found

    @cached_property
    def _absences(self) -> dict[frozenset[str], int]:
        found: dict[frozenset[str], int] = {}
        for place, action in enumerate(actions.ACTIONS):
            absent = self.absent(action)
            found[absent] = found.get(absent, 0) | 1 << place
        return found

    def absent(self, action: Action) -> frozenset[str]:
        """Return the condition keys of the policies that no request for the action carries."""
        return frozenset(key for key in self.choices.mentions.tests if not actions.carries(action, key))

    def pointless(self, part: Part) -> frozenset[str]:
        """Return the keys of a statement's conditions that no request for any of its actions carries.

        S3 refuses such a policy, other servers may not: what it allows is read at its widest.
        """
        covered = _covered(part)
        return frozenset(
            test.key
            for test in part[0].tests
            if not any(mask & covered for absent, mask in self._absences.items() if test.key not in absent)
        )

    # ---- places

    def places(
        self,
        question: _Question,
        asked: tuple[_Asked, ...],
        level: Level,
        known: Callable[[Place], bool] = lambda _: False,
    ) -> Iterator[tuple[Place, _Answer]]:
        """Yield where the actions of the question are allowed, with an answer for each place not `known`."""
        if level == "bucket":
            answer = self.ask(question, asked, lambda _: [None])
            if answer is not None:
                yield EVERYWHERE, answer
            elif question.denies:
                self.note_denies(question, asked, lambda _: [None])
            return
        for template in question.places:
            if not known(Place(template)):
                yield from self.within(question, asked, template)

    def within(
        self, question: _Question, asked: tuple[_Asked, ...], template: Template
    ) -> Iterator[tuple[Place, _Answer]]:
        """Yield where in a stretch of keys the actions are allowed."""
        place_keys = self.keys(template, question)
        answer = self.ask(question, asked, place_keys)
        if answer is not None:
            yield Place(template, self.excluded(question, asked, template)), answer
        elif question.denies:
            self.note_denies(question, asked, place_keys)
        if answer is None or not answer.certain:
            for cell in _spared(template, question.spared):
                better = self.ask(question, asked, self.keys(cell, question))
                if better is not None and (answer is None or better.certain):
                    yield Place(cell, self.excluded(question, asked, cell)), better

    def keys(self, template: Template, question: _Question) -> Keys:
        """Return a caller's keys to try in a place; the last resort is one that no Deny covers at all."""
        narrow = tuple(glob for glob in question.refused if not keys.covers(glob, template.glob))

        def found(asked: _Asked) -> Iterator[str]:
            clear = False
            among: Iterable[str] = template.plain
            if not among:
                forms = (asked.frame.form(statement, self.budget) for statement, _ in question.musts)
                open_ = asked.frame.open(form for form in forms if form is not None)
                among = template.keys(lambda name: asked.frame.values(name, open_))
            for key in among:
                clear = clear or not any(patterns.fits(glob, key) for glob in narrow)
                yield key
            if not clear and (last := keys.outside(template.glob, narrow)) is not None:
                yield last

        return found

    def excluded(self, question: _Question, asked: tuple[_Asked, ...], template: Template) -> tuple[str, ...]:
        """Return the globs of keys in the place that the callers reach in none of their contexts."""
        if template.key is not None:
            return ()
        out: list[str] = []
        for glob, parts in question.refused.items():
            if keys.covers(glob, template.glob) or any(keys.covers(wider, glob) for wider in out):
                continue
            shared = keys.meet(template.glob, glob)
            if shared and (
                any(_always(part, asked) for part in parts)
                or not any(self.reached(question, asked, keys.of_glob(piece)) for piece in shared)
            ):
                out.append(glob)
        return tuple(sorted(out))

    def reached(self, question: _Question, asked: tuple[_Asked, ...], template: Template) -> bool:
        return any(
            self.ask(question, asked, self.keys(cell, question)) is not None
            for cell in (template, *_spared(template, question.spared))
        )

    # ---- one question

    def ask(self, question: _Question, asked: tuple[_Asked, ...], among: Keys) -> _Answer | None:
        """Return a caller, a context and a key that the statements allow and no Deny refuses."""
        for certain in (True, False) if question.sure else (False,):
            for who in asked:
                self.budget.spend(1 + len(question.denies) // 4)
                put = self.put(question, who, certain)
                if put is None:
                    continue
                tried: set[tuple[Test | bool, ...]] = set()
                for key in among(who):
                    covered = tuple([self.covers(part, key) for part in put.parts])
                    if covered in tried:
                        continue  # no statement tells the keys apart
                    tried.add(covered)
                    context = self.solve(put, who, covered, certain)
                    if context is not None:
                        return self.answer(who.candidate, context, key, certain)
        return None

    def put(self, question: _Question, who: _Asked, certain: bool) -> _Put | None:
        """Return the question as it is put to a caller; None where the answer is no, or known."""
        known = who.put.get(id(question))
        if known is None:
            known = who.put[id(question)] = (question, *self._put(question, who))
        return known[1] if certain else known[2]

    def _put(self, question: _Question, who: _Asked) -> tuple[_Put | None, _Put | None]:
        """Return the question without and with the benefit of the doubt, the latter where there is any."""
        sure, doubtful = question.sure, not question.sure or who.candidate.assumes
        forms: list[Form] = []
        for statement, _ in question.musts:
            form = who.frame.form(statement, self.budget)
            if form is None:
                return None, None
            if statement.uncertain or who.hit(statement) is Hit.MAYBE:
                sure, doubtful = False, True
            forms.append(form)
        musts, parts = len(forms), list(question.musts)
        granted: list[int] = []  # the places of Denies that may not be meant
        for part in question.denies:
            hit = who.hit(part[0])
            form = None if hit is Hit.NO else who.frame.form(part[0], self.budget)
            if form is None:
                continue
            if part[0].uncertain or hit is Hit.MAYBE:
                granted.append(len(forms))
            forms.append(form)
            parts.append(part)
        fixed = who.frame.without(question.absent) if question.absent else None
        put = _Put(fixed, tuple(forms), musts, tuple(parts))
        spared = put
        if granted:
            kept = [place for place in range(len(forms)) if place not in granted]
            spared = replace(put, forms=tuple(forms[i] for i in kept), parts=tuple(parts[i] for i in kept))
        return (put if sure else None), (spared if doubtful or granted else None)

    def solve(
        self, put: _Put, who: _Asked, covered: tuple[Test | bool, ...], certain: bool
    ) -> Context | None:
        """Return a context in which the statements that cover a key, as told, allow it and do not deny it."""
        allowing = [] if put.fixed is None else [put.fixed]
        nevers: list[Form] = []
        for place, (form, covers) in enumerate(zip(put.forms, covered, strict=True)):
            applied: Form | None = form
            if covers is False:
                applied = None
            elif covers is not True:
                applied = both(form, who.frame.part(covers, self.budget))
            if applied is not None:
                (allowing if place < put.musts else nevers).append(applied)
            elif place < put.musts:
                return None
        return solve(who.frame, allowing, nevers, self.budget, assume=not certain)

    def covers(self, part: Part, key: str | None) -> Test | bool:
        """Return whether the statement covers the key, or what tells where variables decide."""
        statement, door = part
        known = (id(statement), key)  # a statement is of one door
        covered = self._covering.get(known)
        if covered is None:
            covered = self._covering[known] = self.coverage(statement, door.resource(key))
        return covered

    def coverage(self, statement: Statement, resource: str) -> Test | bool:
        """Return whether the statement covers the resource, or what tells where variables decide."""
        reads = self._reads.get(id(statement))
        if reads is None:
            reads = self._reads[id(statement)] = statement.resource_reads()
        self.budget.spend(1 + len(statement.resources) // 8)
        if not reads:
            return statement.covers_resource(resource, {})
        if any(patterns.fits(text, resource) for text in statement.resources if "${" not in text):
            return not statement.not_resource
        if not any(patterns.fits(keys.loosely(text), resource) for text in statement.resources):
            return statement.not_resource
        cost = 1 + len(statement.resources) // 4
        return Test(reads, lambda context: statement.covers_resource(resource, context), cost)

    def note_denies(self, question: _Question, asked: tuple[_Asked, ...], among: Keys) -> None:
        """Note which Deny statements refuse what the other statements alone would have allowed."""
        new = [
            deny
            for deny, door in question.denies
            if door is self.bucket
            and deny.index not in self.denying
            and asked[0].hit(deny) is not Hit.NO
            and asked[0].frame.form(deny, self.budget) is not None
        ]
        answer = self.ask(replace(question, denies=()), asked[:1], among) if new else None
        if answer is None:
            return
        for deny in new:
            if deny.covers_resource(self.bucket.resource(answer.key), answer.context) and all(
                test.holds(answer.context) for test in deny.tests
            ):
                self.denying.add(deny.index)

    # ---- access control lists

    def by_acl(self, group: PrincipalClass) -> Iterator[Find]:
        """Yield what the ACLs of the bucket and of the sampled objects give the class."""
        if self.state.acls_live is False:
            return
        self.budget.spend(len(self.state.acl.grants) // 4)
        yield from self.by_list(group, self.state.acl.grants, keys.EVERY)
        for key, sampled in self.state.objects.items():
            yield from self.by_list(group, self.state.grants_of(sampled), Template((key,)))

    def by_list(
        self, group: PrincipalClass, listed: Iterable[acl.AclGrant], template: Template
    ) -> Iterator[Find]:
        for grant in listed:
            asked = tuple(a for a in self.asked(group) if grant.names(a.candidate.caller))
            for names in grant.actions().values() if asked else ():
                action = actions.BY_NAME[names[0].lower()]
                self.budget.spend(1 + len(self.state.acl.grants) // 8)
                for place, answer in self.listed(grant, action, asked, template):
                    yield self.find(
                        group,
                        action,
                        place,
                        answer,
                        grant.because(),
                        self.bucket,
                        public_acl=grant.public,
                    )

    def listed(
        self, grant: acl.AclGrant, action: Action, asked: tuple[_Asked, ...], template: Template
    ) -> Iterator[tuple[Place, _Answer]]:
        denies = tuple(
            (deny, self.bucket) for deny in self.state.policy.denies if deny.covers_action(action.name)
        )
        question = _Question((), denies, absent=self.absent(action))
        if action.level == "bucket":
            found = list(self.places(question, asked, "bucket"))
        else:
            found = list(self.within(question, asked, template))
        # Which account a canonical id is of is not known; a Deny may or may not be meant for it.
        if not found and not grant.public:
            key = None if action.level == "bucket" else template.key or patterns.FILLER
            found = [(Place(template), self.answer(asked[0].candidate, {}, key, False))]
        yield from found

    # ---- the find

    def answer(self, candidate: Candidate, context: Context, key: str | None, certain: bool) -> _Answer:
        self._answers += 1
        return _Answer(candidate, context, self.context(context), key, certain, self._answers)

    def find(
        self,
        group: PrincipalClass,
        action: Action,
        place: Place,
        answer: _Answer,
        because: Mapping[str, JSON],
        door: Door,
        statement: Statement | None = None,
        *,
        public_acl: bool = False,
    ) -> Find:
        witness: dict[str, JSON] = {
            "Principal": answer.candidate.principal,
            "Action": door.service + action.spelled[2:],
            "Resource": door.resource(answer.key),
            "Context": answer.told,
        }
        if answer.candidate.agreed:
            witness["IdentityPolicies"] = [ALLOW_ALL]
        return Find(
            label=group.label,
            kind=group.kind,
            capability=action.capability,
            place=place,
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


def _called(candidate: Candidate) -> tuple[str, ...]:
    """Return everything of a caller that a Principal element looks at."""
    caller = candidate.caller
    kind = f"{caller.kind} {caller.root} {caller.session}"
    return (kind, caller.name, caller.account, caller.canonical, *caller.arns)


def _covered(part: Part) -> int:
    """Return the actions that a statement covers."""
    statement, door = part
    return _listed(statement.actions, door.service) ^ (-1 if statement.not_action else 0)


@lru_cache(maxsize=4096)
def _listed(names: tuple[str, ...], service: str) -> int:
    mask = 0
    for place, action in enumerate(actions.ACTIONS):
        name = service + action.name.removeprefix("s3")
        if any(patterns.fits(pattern, name) for pattern in names):
            mask |= 1 << place
    return mask


@lru_cache(maxsize=1024)
def _firsts(group: int) -> tuple[Action, ...]:
    """Return the first action of each capability, in the order of the table."""
    found: dict[str, Action] = {}
    for place, action in enumerate(actions.ACTIONS):
        if group >> place & 1:
            found.setdefault(action.capability, action)
    return tuple(found.values())


def _always(part: Part, asked: Iterable[_Asked]) -> bool:
    """Whether what the statement takes out is out for every caller, whatever the context."""
    statement = part[0]
    if statement.allow:
        return True  # a NotResource of what allows
    return (
        not statement.tests
        and not statement.uncertain
        and all(who.hit(statement) > Hit.MAYBE for who in asked)
    )


def _templates(part: Part) -> list[Template]:
    """Return the keys that the Resource (or NotResource) element lists."""
    statement, door = part
    return [
        template
        for resource in statement.resources
        for template in keys.below(resource, door.objects, statement.variables)
    ]


def _shared(musts: Sequence[Part]) -> list[Template]:
    """Return the places that all of the statements cover, those that lie in another left out."""
    found = [keys.EVERY]
    for part in musts:
        if not part[0].not_resource:
            found = [cell for template in found for own in _templates(part) for cell in _meet(template, own)]
    kept: dict[str, Template] = {}
    for template in found:
        kept.setdefault(template.glob, template)
    return [
        template
        for glob, template in kept.items()
        if not any(other.exact and keys.covers(wide, glob) for wide, other in kept.items() if wide != glob)
    ]


def _meet(one: Template, other: Template) -> list[Template]:
    if keys.covers(one.glob, other.glob) and one.exact:
        return [other]
    if keys.covers(other.glob, one.glob) and other.exact:
        return [one]
    return [keys.of_glob(glob) for glob in keys.meet(one.glob, other.glob)]


def _spared(template: Template, spared: Iterable[list[Template]]) -> list[Template]:
    """Return the parts of the place that one or more of the Deny statements leave alone."""
    cells = {template.glob: template}
    for alone in spared:
        for cell in list(cells.values()):
            for other in alone:
                for part in _meet(cell, other):
                    if len(cells) < _CELLS:
                        cells.setdefault(part.glob, part)
    del cells[template.glob]
    return list(cells.values())
