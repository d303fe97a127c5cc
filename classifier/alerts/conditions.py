"""The conditions that rules name with `when`: data that a bucket's facts are checked against.

Each returns a `Hit` or None. A hit's `degree` picks the rule's severity, its `words` fill the rule's texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from classifier.alerts import words
from classifier.alerts.evidence import Selection
from classifier.alerts.facts import BucketFacts
from classifier.alerts.outsiders import kind_of
from classifier.model import Category, Grant, Severity
from classifier.risk import ContentReach, controls_of, statements

_BY_REACH: tuple[ContentReach, ...] = ("public", "external", "unknown", "internal")
# The same, and who that is in words.REACH; public access may ask for an AWS account.
_AUDIENCES: tuple[tuple[ContentReach, str, bool | None], ...] = (
    ("public", "public", True),
    ("public", "any_aws", False),
    ("external", "external", None),
    ("unknown", "unknown", None),
    ("internal", "internal", None),
)
# Without their answers nobody can say who has access. The other operations tell of other settings.
_DECIDES_ACCESS = frozenset(
    {
        "GetAccessPoint",
        "GetAccessPointPolicy",
        "GetAccountPublicAccessBlock",
        "GetBucketAcl",
        "GetBucketOwnershipControls",
        "GetBucketPolicy",
        "GetBucketPublicAccessBlock",
        "GetBucketRequestPayment",
        "GetObjectAcl",
        "GetOrganizationPublicAccessBlock",
        "GetPublicAccessBlock",
        "ListAccessPoints",
    }
)
_PLACES: Mapping[str, tuple[ContentReach, ...] | None] = {
    "public": ("public",),
    "external": ("public", "external"),
    "anywhere": None,
}


class Major(BaseModel):
    """From when on findings make a place sensitive: one of this severity, or so many occurrences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    severity: Severity
    occurrences: int = Field(ge=1)

    def holds(self, selection: Selection | None) -> bool:
        """Whether the findings weigh enough."""
        if selection is None:
            return False
        return selection.worst.rank >= self.severity.rank or selection.occurrences >= self.occurrences


@dataclass(frozen=True, slots=True)
class Hit:
    """A condition that is met, by which findings (if any), and concerning which key.

    `fewer` counts findings of the kind that are not among `findings`, since fewer people reach them.
    """

    degree: str
    words: Mapping[str, str]
    findings: Selection | None
    key: str | None
    count: int
    fewer: int = 0


class _Condition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    degrees: ClassVar[tuple[str, ...]] = ("bare", "sensitive")
    optional_degrees: ClassVar[tuple[str, ...]] = ()
    gives: ClassVar[frozenset[str]] = frozenset()


class Granted(_Condition):
    """Somebody of a class of `principals` may do one of `actions` by a grant of a kind in `via`.

    `data` says which findings make it sensitive. Grants to a class in `besides` that say the same are another
    rule's business.
    """

    when: Literal["granted"]
    principals: tuple[str, ...]
    actions: frozenset[str]
    via: frozenset[str] | None = None
    besides: tuple[str, ...] = ()
    data: Literal["public", "external", "anywhere"]
    gives: ClassVar[frozenset[str]] = frozenset({"grants", "data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        if facts.verdict is None:
            return None
        allowed = [grant for grant in facts.verdict.grants if grant.decision == "allowed"]
        others = [grant for grant in allowed if self._is_to(self.besides, grant, facts)]
        met = [
            grant
            for grant in allowed
            if self._is_to(self.principals, grant, facts)
            and self.actions.intersection(grant.actions)
            and (self.via is None or grant.because.get("kind") in self.via)
            and not any(_says_as_much(other, grant, self.actions) for other in others)
        ]
        return _grant_hit(facts, met, _PLACES[self.data], major) if met else None

    def _is_to(self, kinds: tuple[str, ...], grant: Grant, facts: BucketFacts) -> bool:
        return kind_of(grant.principal, facts) in kinds


class Latent(_Condition):
    """Block Public Access alone holds a public grant back."""

    when: Literal["latent"]
    gives: ClassVar[frozenset[str]] = frozenset({"grants", "data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        if facts.verdict is None or not facts.verdict.latent:
            return None
        held = facts.verdict.latent
        anyone = [grant for grant in held if grant.principal == "anonymous"]
        distinct = [
            grant
            for grant in held
            if grant.principal != "any_aws"
            or not any(_says_as_much(other, grant, frozenset(grant.actions)) for other in anyone)
        ]
        return _grant_hit(facts, distinct, None, major)


class NotPrincipalAllow(_Condition):
    """The policy allows everybody except those it names."""

    when: Literal["not_principal"]
    gives: ClassVar[frozenset[str]] = frozenset({"statements", "data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        policy = facts.posture.snapshot.get("Policy") if facts.posture else None
        if not isinstance(policy, Mapping):
            return None
        found = [
            words.statement(index, item.get("Sid"))
            for index, item in enumerate(statements(policy))
            if item.get("Effect") == "Allow" and "NotPrincipal" in item
        ]
        if not found:
            return None
        everything = facts.evidence.select()
        return _hit(facts, everything, major, {"statements": words.series(found)}, count=len(found))


class ConfusedDeputy(_Condition):
    """An AWS service may act here on anybody's behalf."""

    when: Literal["confused_deputy"]
    gives: ClassVar[frozenset[str]] = frozenset({"services", "data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        found = facts.verdict.confused_deputy if facts.verdict else ()
        if not found:
            return None
        services = words.series(sorted({words.plain(str(item.get("principal", item))) for item in found}))
        return _hit(facts, facts.evidence.select(), major, {"services": services}, count=len(found))


class Undecided(_Condition):
    """Whether outsiders have access could not be determined."""

    when: Literal["undecided"]
    gives: ClassVar[frozenset[str]] = frozenset({"problems", "data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        verdict = facts.verdict
        if verdict is None or facts.gone or "unknown" not in (verdict.public, verdict.shared):
            return None
        problems = [words.plain(problem) for problem in verdict.problems]
        if facts.posture is not None:
            failed = sorted(facts.posture.unreadable.items())
            problems += [f"{op} failed with {code}" for op, code in failed if op in _DECIDES_ACCESS]
        told = {"problems": words.series(problems or ["no reason was given"])}
        return _hit(facts, facts.evidence.select(), major, told, count=max(1, len(problems)))


class Holds(_Condition):
    """Objects hold data of `categories` (or of `detectors`, or live credentials) that certain people reach.

    The rule's severities say whom it concerns: public, external, unknown, internal; NAME_minor, where it is
    given, holds for findings that are not major. The widest reach is told of, with the findings it covers.
    """

    when: Literal["holds"]
    categories: frozenset[Category] | None = None
    detectors: frozenset[str] | None = None
    live: bool | None = None
    reach: tuple[ContentReach, ...]
    degrees: ClassVar[tuple[str, ...]] = ()
    optional_degrees: ClassVar[tuple[str, ...]] = tuple(
        name + minor for name in _BY_REACH for minor in ("", "_minor")
    )
    gives: ClassVar[frozenset[str]] = frozenset({"reach"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        everything = self._select(facts, self.reach)
        if everything is None:
            return None
        for reach, audience, anyone in _AUDIENCES:
            worst = self._select(facts, (reach,), anyone) if reach in self.reach else None
            if worst is not None:
                degree = reach if major.holds(worst) else f"{reach}_minor"
                told = {"reach": words.REACH[audience]}
                fewer = everything.findings - worst.findings
                return Hit(degree, told, worst, worst.top[0].key, worst.findings, fewer)
        return None

    def _select(
        self, facts: BucketFacts, reach: tuple[ContentReach, ...], anyone: bool | None = None
    ) -> Selection | None:
        return facts.evidence.select(
            reach=reach, categories=self.categories, detectors=self.detectors, live=self.live, anyone=anyone
        )


class Lacks(_Condition):
    """A control is certainly not in place (where `holding` is given: and the bucket holds such data)."""

    when: Literal["lacks"]
    control: str
    holding: frozenset[Category] | None = None
    gives: ClassVar[frozenset[str]] = frozenset({"data"})

    def check(self, facts: BucketFacts, major: Major) -> Hit | None:
        if facts.posture is None or facts.gone or controls_of(facts.posture)[self.control] is not False:
            return None
        selection = facts.evidence.select(categories=self.holding)
        if self.holding is not None and selection is None:
            return None
        return _hit(facts, selection, major, {}, count=1)


Condition: TypeAlias = Annotated[
    Granted | Latent | NotPrincipalAllow | ConfusedDeputy | Undecided | Holds | Lacks,
    Field(discriminator="when"),
]


def _says_as_much(other: Grant, grant: Grant, actions: frozenset[str]) -> bool:
    """Whether `other` allows all of `actions` that `grant` does, wherever `grant` does."""
    return other.covers(grant.prefix) and actions.intersection(grant.actions).issubset(other.actions)


def _grant_hit(
    facts: BucketFacts, grants: Iterable[Grant], place: tuple[ContentReach, ...] | None, major: Major
) -> Hit:
    met = list(grants)
    selection = facts.evidence.select(reach=place)
    told = {"grants": words.series([words.grant(item) for item in met], most=3, joint="; ")}
    hit = _hit(facts, selection, major, told, count=len(met))
    exact = [item.prefix for item in met if item.exact_key]
    return hit if hit.key is not None or not exact else Hit(hit.degree, hit.words, None, exact[0], hit.count)


def _hit(
    facts: BucketFacts, selection: Selection | None, major: Major, told: Mapping[str, str], *, count: int
) -> Hit:
    """Return the hit of a condition about a place, with the findings there as its evidence."""
    return Hit(
        degree="sensitive" if major.holds(selection) else "bare",
        words=dict(told) | {"data": words.data(selection, facts.coverage, facts.error)},
        findings=selection,
        key=selection.top[0].key if selection else None,
        count=count,
    )
