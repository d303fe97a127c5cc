"""From what is known of a table's columns to a verdict for each: what it holds, how sure that is, and why.

First each column by itself (its name, the detectors that take its values, what the values are like), then
those that only other columns make believable: a town beside a street, a checked code beside persons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from classifier.detect.columns import people, shapes
from classifier.detect.columns.evidence import TRIED, Evidence
from classifier.detect.columns.headers import Sense, sense_of
from classifier.detect.columns.lexicon import titles
from classifier.detect.columns.profile import ENOUGH, Profile
from classifier.detect.confirm import Plan
from classifier.detect.prefilter import Prefilter
from classifier.detect.view import Columns
from classifier.model import Category, TableHead

_NAMES = frozenset(("first_name", "last_name", "full_name", "name"))
_PLACES = frozenset(("street", "address", "city", "postal_code"))
_PERSONAL = _NAMES | {
    "email",
    "phone",
    "national_id",
    "passport",
    "driving_licence",
    "date_of_birth",
    "card",
    "username",
    "mrn",
}
_REACHED = frozenset(("phone",))  # shops and hospitals have one, too
_ACCOUNTS = frozenset(("username", "email"))
_SOCIAL = _PLACES | {"company", "job"}  # personal where persons are in the table
_NEUTRAL = frozenset(("identifier", "digest", "uuid", "amount", "coordinate", "time", "product", "attribute"))
_PLAIN = frozenset(("uuid", "sequence", "epoch", "coordinate"))  # natures that no check of a value changes
_FEW = 5  # values from which word lists are asked
_LISTED = 0.7  # share of values in a list of names that makes a column one of names
_SOME = 0.4
_TAKEN = 0.6  # share of values that a detector takes, from which it is the column's
_SUPPORTED = 0.2  # the same, where the column's name says so
_COVERED = 0.98
_PROOF = math.log(1e6)  # how much less likely it is by chance
_BY_NAME, _BY_LOOKS, _BY_VALUES, _BY_NEIGHBOURS = 0.95, 0.85, 0.9, 0.75
# A day says nothing of whose it is, and a bank's or a drug's code nothing of a person.
_TOO_COMMON = frozenset(("calendar_date",))


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict on a column. `number` counts from 0.

    `plan` is what its values are reported under (None: nobody's data, or of a kind that is not selected);
    `granted` are the plans that need no keyword there; with `whole` each cell that none of them takes is a
    match itself. With `sole` the other detectors of people's data find nothing there.
    """

    number: int
    kind: str
    plan: Plan | None
    confidence: float
    reasons: tuple[str, ...]
    granted: frozenset[int] = frozenset()
    whole: bool = False
    sole: bool = False

    @property
    def personal(self) -> bool:
        """Whether the column holds somebody's data, selected or not."""
        known = titles().kinds.get(self.kind)
        return self.plan is not None or (known is not None and bool(known.detectors))


class Judge:
    """Judges the tables of a run by the detectors of the run."""

    def __init__(self, plans: Sequence[Plan], prefilter: Prefilter) -> None:
        self.plans = plans
        self._prefilter = prefilter
        self._by_id = {plan.detector.id: plan for plan in plans if plan.reported}
        self._tried = frozenset(plan.index for plan in plans if _is_tried(plan))
        self.governed = frozenset(plan.index for plan in plans if _is_governed(plan))
        """The plans that find nothing in a column that is something else's."""

    def judge(self, head: TableHead, named: Columns) -> tuple[Judged, ...]:
        """Return the verdicts on the columns that are taken for something, in order.

        `named` are the columns that carry a keyword of a plan, by the plan's index.
        """
        if not self._tried and not any(plan.detector.cells for plan in self._by_id.values()):
            return ()
        profiles = [Profile(values) for values in head.columns]
        senses = [
            sense_of(head.names[number]) if number < len(head.names) else None
            for number in range(len(profiles))
        ]
        talking = frozenset[int]().union(*named.values())
        told = [
            number not in talking
            and (sense is None or sense.kind in _NEUTRAL)
            and (profile.nature or ("",))[0] in _PLAIN
            for number, (profile, sense) in enumerate(zip(profiles, senses, strict=True))
        ]
        evidence = Evidence(self.plans, self._prefilter, self._tried, profiles, told)
        columns = [
            _Column(
                number,
                profile,
                senses[number],
                evidence,
                frozenset(index for index, numbers in named.items() if number in numbers),
            )
            for number, profile in enumerate(profiles)
        ]
        first = {column.number: self._alone(column) for column in columns if column.profile.size}
        kinds = {verdict.kind for verdict in first.values() if verdict is not None and verdict.personal}
        verdicts = {}
        for column in columns:
            verdict = first.get(column.number)
            if column.profile.size and (verdict is None or not verdict.personal or verdict.kind in _SOCIAL):
                verdict = self._beside(column, verdict, kinds)
            if verdict is not None:
                verdicts[column.number] = verdict
        return tuple(verdicts.values())

    def _alone(self, column: _Column) -> Judged | None:
        """Judge a column by itself."""
        sense = column.sense
        if sense is not None and not sense.weak and sense.kind not in _NEUTRAL:
            verdict = self._named(column, sense)
            if verdict is not None:
                return verdict
        verdict = self._taken(column)
        if verdict is not None:
            return verdict
        if (nature := column.profile.nature) is not None and not column.named_plans(self.plans):
            return _neutral(column, nature[0], 0.9, nature[1])
        if sense is not None and sense.kind in _NEUTRAL:
            if sense.kind in ("product", "attribute") and not column.profile.is_code:
                return None
            return _neutral(column, sense.kind, 0.85, f"the name says {sense.kind}")
        return self._worded(column)

    def _named(self, column: _Column, sense: Sense) -> Judged | None:
        """Judge a column whose name says what it holds; None where its values say that it does not."""
        kind = titles().kinds[sense.kind]
        own = [self._by_id[name].index for name in kind.detectors if name in self._by_id]
        shares = column.shares
        fitting = {index: shares[index] for index in own if shares.get(index, 0) >= _SUPPORTED}
        fitting |= {i: share for i, share in shares.items() if i in column.named and share >= _SUPPORTED}
        if kind.name == "national_id":
            fitting |= {i: share for i, share in shares.items() if share >= 0.9 and self._is_proof(column, i)}
        said = f"the name says {kind.name.replace('_', ' ')}"
        looks = shapes.LOOKS.get(kind.name)
        alike = looks is not None and looks(column.profile)
        if fitting:
            best = _first(fitting, lambda index: (-fitting[index], column.by_chance(index)))
            covered = min(1.0, sum(fitting.values()))
            if covered < _COVERED and kind.name in ("phone", "date_of_birth"):
                best = own[0] if own and own[0] in fitting else best
            if covered >= 0.5 or alike:
                plan = self.plans[best]
                return Judged(
                    column.number,
                    kind.name,
                    plan,
                    _BY_NAME,
                    (said, _share_of(column, fitting[best], plan)),
                    granted=frozenset(fitting),
                    whole=alike and covered < _COVERED,
                    sole=column.profile.is_code,
                )
        if not alike:
            return None
        return self._whole(column, kind.name, _BY_LOOKS, said, "the values look like it")

    def _taken(self, column: _Column) -> Judged | None:
        """Judge a column by a detector that takes most of it, without a keyword or with one in the name."""
        shares = column.shares
        doubtful = column.sense is not None and column.sense.kind in _NEUTRAL
        found = {
            index: share
            for index, share in shares.items()
            if index in self.governed
            and (share >= _TAKEN or (share >= _SOME and column.by_chance(index) <= share / 4))
            and (not self.plans[index].detector.keyed or index in column.named)
            and (not doubtful or not self.plans[index].detector.keyed or self._is_proof(column, index))
        }
        if not found:
            return None
        best = _first(found, lambda i: (-round(found[i], 1), column.by_chance(i), self.plans[i].rank, i))
        plan = self.plans[best]
        if found[best] < _COVERED and self._kind_of(plan) == "phone" and shapes.are_phones(column.profile):
            return self._whole(column, "phone", _BY_VALUES, "the values have the forms of telephone numbers")
        return Judged(
            column.number,
            self._kind_of(plan),
            plan,
            _BY_VALUES if best not in column.named else _BY_NAME,
            (
                _share_of(column, found[best], plan),
                *(("the name has its keyword",) if best in column.named else ()),
            ),
            granted=frozenset((best,)),
            sole=column.profile.is_code,
        )

    def _kind_of(self, plan: Plan) -> str:
        """Return the kind whose detector it is, else the detector's id in lower case."""
        found = (kind.name for kind in titles().kinds.values() if plan.detector.id in kind.detectors)
        return next(found, plan.detector.id.lower())

    def _worded(self, column: _Column) -> Judged | None:
        """Judge a column by what its words look like, where its name says nothing, or says it weakly."""
        profile, words = column.profile, column.profile.words
        if profile.size and shapes.LOOKS["email"](profile):
            return self._whole(column, "email", _BY_VALUES, "the values are e-mail addresses")
        if shapes.are_phones(profile):
            return self._whole(column, "phone", _BY_VALUES, "the values have the forms of telephone numbers")
        if column.sense is not None and column.sense.kind == "name":
            return self._weakly_named(column, "name", persons=False)
        if profile.size < _FEW or profile.is_code:
            return None
        weak = None if column.sense is None else column.sense.kind
        company, full = words(people.is_company), words(people.is_full_name)
        given = words(people.is_given_name)
        repeated = len(profile.distinct) < _FEW or profile.ratio < 0.1
        if full >= _LISTED and company < full and weak is None:
            return self._whole(column, "full_name", _BY_VALUES, _looking(full, "names of persons"))
        if given >= _LISTED and given >= words(people.is_surname) and not repeated and weak is None:
            return self._whole(column, "first_name", _BY_VALUES, _looking(given, "given names"))
        if words(people.is_numbered_street) >= 0.55 and weak is None:
            share = words(people.is_numbered_street)
            return self._whole(column, "street", _BY_VALUES, _looking(share, "streets with numbers"))
        return None

    def _beside(self, column: _Column, verdict: Judged | None, kinds: set[str]) -> Judged | None:
        """Judge a column once more, now that the kinds of its neighbours are known."""
        beside = "it stands beside columns of persons"
        persons = bool(kinds & (_PERSONAL - _REACHED))
        if verdict is not None and verdict.personal:  # what is personal only beside persons
            if not persons:
                return None
            return replace(verdict, reasons=(*verdict.reasons, beside))
        if column.sense is not None and column.sense.kind in _NEUTRAL:
            return verdict
        found = self._weak(column, verdict, kinds)
        if found is None or not found.personal:
            found = (self._checked(column) if persons else None) or found
        if persons and found is not None and found.personal and found is not verdict:
            return replace(found, reasons=(*found.reasons, beside))
        return found

    def _weak(self, column: _Column, verdict: Judged | None, kinds: set[str]) -> Judged | None:
        """Judge a column by weak signs: what its words look like, with its name or its neighbours."""
        persons, places = bool(kinds & (_PERSONAL - _REACHED)), bool(kinds & (_PLACES | _NAMES))
        if verdict is not None:
            return verdict
        if column.sense is not None:
            beside = kinds & (_ACCOUNTS if column.sense.kind == "password" else _PERSONAL - _REACHED)
            return self._weakly_named(column, column.sense.kind, persons=bool(beside))
        profile = column.profile
        if not persons:
            return self._code(column) if profile.is_code else None
        if shapes.are_births(profile):
            lived = "the values are days of a life's length, some before 1970"
            return self._whole(column, "date_of_birth", _BY_NEIGHBOURS, lived)
        if places and shapes.are_postal_codes(profile):
            return self._whole(
                column, "postal_code", _BY_NEIGHBOURS, "the values have the form of postal codes"
            )
        if profile.is_code:
            return self._usernames(column) or self._code(column)
        if profile.size < _FEW:
            return None
        return self._listed(column, places=places) or self._usernames(column)

    def _weakly_named(self, column: _Column, kind: str, *, persons: bool) -> Judged | None:
        """Judge a column whose name says a little."""
        profile, words, said = column.profile, column.profile.words, f"the name says {kind}"
        if kind != "name":
            alike = persons and kind in shapes.LOOKS and shapes.LOOKS[kind](profile)
            return self._whole(column, kind, 0.8, said) if alike else None
        share = max(map(words, (people.is_surname, people.is_given_name, people.is_full_name)))
        enough = _SOME if profile.size >= _FEW else _LISTED
        if share >= enough and words(people.is_company) < 0.5 and not profile.is_code:
            return self._whole(column, "name", 0.8, _looking(share, "names"), said)
        varied = len(profile.distinct) >= _FEW and profile.ratio >= 0.1
        if persons and varied and share >= _SUPPORTED and shapes.LOOKS["name"](profile):
            return self._whole(column, "name", 0.7, said, "the values have the form of names")
        return None

    def _listed(self, column: _Column, *, places: bool) -> Judged | None:
        """Judge a column beside persons by lists of words; `places`: one beside places or names."""
        profile, words = column.profile, column.profile.words
        varied = len(profile.distinct) >= _FEW and profile.ratio >= 0.1
        company, job = words(people.is_company), words(people.is_job)
        surname, city = words(people.is_surname), words(people.is_city)
        if company >= 0.25 and company > max(city, job) and profile.ratio >= 0.2:
            return self._whole(column, "company", _BY_NEIGHBOURS, _looking(company, "names of companies"))
        if job >= _SOME and job > city:
            return self._whole(column, "job", _BY_NEIGHBOURS, _looking(job, "occupations"))
        if surname >= _LISTED and varied and profile.ratio >= 0.2 and surname >= city:
            return self._whole(column, "last_name", _BY_NEIGHBOURS, _looking(surname, "surnames"))
        if city >= _SOME and places and varied:
            return self._whole(column, "city", _BY_NEIGHBOURS, _looking(city, "names of places"))
        return None

    def _usernames(self, column: _Column) -> Judged | None:
        share = column.profile.words(people.is_username)
        if share < _TAKEN or column.profile.ratio < 0.6:
            return None
        return self._whole(
            column, "username", _BY_NEIGHBOURS, _looking(share, "one word made of persons' names")
        )

    def _checked(self, column: _Column) -> Judged | None:
        """Judge a column all of whose values pass a check that random ones of their forms hardly pass."""
        proven = [i for i, share in column.shares.items() if share >= 0.95 and self._is_proof(column, i)]
        nature = column.profile.nature
        if not proven or (nature is not None and (column.profile.integers or nature[0] in _PLAIN)):
            return None
        best = _first(proven, lambda i: (round(column.by_chance(i), 2), self.plans[i].rank, i))
        plan = self.plans[best]
        chance = column.by_chance(best)
        return Judged(
            column.number,
            self._kind_of(plan),
            plan,
            _BY_VALUES,
            (
                _share_of(column, column.shares[best], plan),
                f"{chance:.0%} of random values of the same form would",
            ),
            granted=frozenset((best,)),
            sole=True,
        )

    def _is_proof(self, column: _Column, index: int) -> bool:
        """Whether chance does not explain that the plan takes (nearly) all values of the column."""
        detector = self.plans[index].detector
        if index not in self.governed or detector.validator_name in _TOO_COMMON:
            return False
        chance = column.by_chance(index)
        return (
            chance <= 0.5
            and min(len(column.profile.distinct), TRIED) * -math.log(max(chance, 0.01)) >= _PROOF
        )

    def _code(self, column: _Column) -> Judged | None:
        """Judge a column of numbers or codes of which some look like something by chance."""
        if column.profile.size < ENOUGH or column.named_plans(self.plans):
            return None
        return _neutral(
            column, "code", 0.7, "the values are numbers or codes that no check and no name tells"
        )

    def _whole(self, column: _Column, kind: str, confidence: float, *reasons: str) -> Judged:
        """Return the verdict that each cell is a match of the kind's detector, if that is selected."""
        known = [self._by_id[name] for name in titles().kinds[kind].detectors if name in self._by_id]
        plan = next((plan for plan in known if plan.detector.cells), known[0] if known else None)
        whole = plan is not None and kind not in shapes.FORMATTED
        taking = frozenset(other.index for other in known if column.shares.get(other.index))
        sole = column.profile.is_code
        return Judged(column.number, kind, plan, confidence, reasons, granted=taking, whole=whole, sole=sole)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column with all that is known of it; `named` are the plans that its name has a keyword of."""

    number: int
    profile: Profile
    sense: Sense | None
    evidence: Evidence
    named: frozenset[int]

    @property
    def shares(self) -> Mapping[int, float]:
        """The share of values that each plan takes."""
        return self.evidence.shares[self.number]

    def by_chance(self, index: int) -> float:
        return self.evidence.by_chance(self.number, index)

    def named_plans(self, plans: Sequence[Plan]) -> bool:
        """Whether the name has a keyword of a plan that takes some of the values."""
        return any(plans[index].detector.keyed and index in self.shares for index in self.named)


def _is_tried(plan: Plan) -> bool:
    """Whether a plan is tried on the values of columns: those of people's data that have an expression."""
    detector = plan.detector
    return (
        detector.exact is not None
        and detector.category is not Category.CREDENTIALS
        and detector.judge is None
    )


def _is_governed(plan: Plan) -> bool:
    """Whether a verdict may silence a plan: not what gives access, and not what a user asked for himself."""
    apart = (Category.CREDENTIALS, Category.CUSTOM_IDENTIFIER)
    return _is_tried(plan) and plan.reported and plan.detector.category not in apart


def _neutral(column: _Column, kind: str, confidence: float, reason: str) -> Judged:
    return Judged(column.number, kind, None, confidence, (reason,), sole=column.profile.is_code)


def _first(indices: Collection[int], order: Callable[[int], tuple[float, ...]]) -> int:
    """Return the index that comes first; where there is one only, its order is not worked out."""
    return min(indices, key=order) if len(indices) > 1 else next(iter(indices))


def _share_of(column: _Column, share: float, plan: Plan) -> str:
    return f"{share:.0%} of {column.profile.size} values pass for {plan.detector.id}"


def _looking(share: float, what: str) -> str:
    return f"{share:.0%} of the values look like {what}"
