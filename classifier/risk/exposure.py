"""Who reaches an object or a bucket: the access verdict, narrowed to a key, as a level with its weight."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from classifier.model import JSON, Grant, Verdict
from classifier.risk.weights import ExposureWeights, Level, LevelRule, Weights

ContentReach: TypeAlias = Literal["internal", "unknown", "external", "public"]
_REACHES = ("internal", "external", "public")


@dataclass(frozen=True, slots=True)
class Exposure:
    """How widely something is reachable.

    `level` is what is certain and `at_most` the widest level that what could not be decided may amount to;
    `low` and `high` are their weights. `public` is None where it is unknown. `reach` says who gets at the
    content: "unknown" where nobody outside is certain but may be. `because` is the grant that decides, or
    what could not be decided.
    """

    level: str
    at_most: str
    low: float
    high: float
    public: bool | None
    reach: ContentReach
    reach_at_most: ContentReach
    principals: tuple[str, ...]
    because: Mapping[str, JSON] = field(hash=False)

    def to_json(self) -> dict[str, JSON]:
        """Return the `exposure` field of a finding; `level` is "unknown" where a closed place may be open."""
        uncertain = self.high > self.low and not self.public
        return {
            "level": "unknown" if uncertain else self.level,
            "at_most": self.at_most,
            "public": self.public,
            "principals": list(self.principals),
            "because": dict(self.because),
        }


def exposure_of(
    verdict: Verdict | None,
    key: str | None,
    known_accounts: Collection[str],
    weights: Weights,
    *,
    owner: str | None = None,
    organization: Mapping[str, JSON] | None = None,
) -> Exposure:
    """Return who reaches the object `key` (None: anything in the bucket) by `verdict` (None: local target).

    Only grants that cover the key count. A verdict or grant that is unknown makes an interval: unknown is
    never taken for "no". `known_accounts` are the ids of accounts and organizations that may share the data,
    `owner` is that of the bucket's account and `organization` the snapshot's (Id, Accounts).
    """
    scale = weights.exposure
    if verdict is None:
        local = scale.by_name["local"]
        return _exposure(local, local, local.reach, local.reach, (), {"kind": "local"})
    grants = [grant for grant in verdict.grants if key is None or grant.covers(key)]
    allowed = [grant for grant in grants if grant.decision == "allowed"]
    kinds = {
        grant.principal: principal_kind(grant.principal, known_accounts, owner, organization)
        for grant in grants
    }
    sure = _met(allowed, kinds, scale)
    likely = sure if len(allowed) == len(grants) else _met(grants, kinds, scale)
    certain = [(scale.by_name[rule.level], grant) for rule, grant in sure]
    possible: list[Met] = [(scale.by_name[rule.at_most or rule.level], grant) for rule, grant in likely]
    if verdict.public == "unknown":
        possible.append((scale.by_name[scale.unknown_public], None))
    if verdict.shared == "unknown":
        possible.append((scale.by_name[scale.unknown_shared], None))
    level, grant = _widest(certain, scale)
    at_most, doubt = _widest([*certain, *possible], scale)
    because: Mapping[str, JSON] = {}
    if grant is not None:
        because = _because(grant)
    elif at_most is not level:
        because = _because(doubt) if doubt else {"kind": "unknown", "problems": list(verdict.problems)}
    return _exposure(
        level,
        at_most,
        max((met.reach for met, _ in certain), key=_REACHES.index, default="internal"),
        max((met.reach for met, _ in [*certain, *possible]), key=_REACHES.index, default="internal"),
        tuple(sorted({grant.principal for grant in allowed})),
        because,
    )


def _exposure(
    level: Level,
    at_most: Level,
    reach: ContentReach,
    reach_at_most: ContentReach,
    principals: tuple[str, ...],
    because: Mapping[str, JSON],
) -> Exposure:
    return Exposure(
        level=level.name,
        at_most=at_most.name,
        low=level.weight,
        high=at_most.weight,
        public=True if level.public else None if at_most.public else False,
        reach="unknown" if reach == "internal" != reach_at_most else reach,
        reach_at_most=reach_at_most,
        principals=principals,
        because=because,
    )


def _because(grant: Grant) -> dict[str, JSON]:
    return dict(grant.because) | {"principal": grant.principal, "actions": list(grant.actions)}


Met: TypeAlias = tuple[Level, Grant | None]
_OF_A_NEW_CLASS = (LevelRule(principals=(), needs=(), level="unknown_account"),)


def _met(
    grants: Iterable[Grant], kinds: Mapping[str, str], scale: ExposureWeights
) -> list[tuple[LevelRule, Grant]]:
    """Return the rules that the grants meet, each with a grant that leads to it."""
    of_principal: dict[str, list[Grant]] = {}
    for grant in grants:
        of_principal.setdefault(grant.principal, []).append(grant)
    met: list[tuple[LevelRule, Grant]] = []
    for principal, theirs in sorted(of_principal.items()):
        actions = frozenset(action for grant in theirs for action in grant.actions)
        rules = scale.by_kind.get(kinds[principal], _OF_A_NEW_CLASS)
        met += [
            (rule, _telling(theirs, rule)) for rule in rules if all(need & actions for need in rule.needs)
        ]
    return met


def _telling(grants: list[Grant], rule: LevelRule) -> Grant:
    """Return the first grant that has an action the rule asks for first (any, where it asks for none)."""
    if not rule.needs:
        return grants[0]
    return next(grant for grant in grants if rule.needs[0].intersection(grant.actions))


def _widest(met: Iterable[Met], scale: ExposureWeights) -> Met:
    private: Met = (scale.by_name["private"], None)
    return max(met, key=lambda item: scale.rank[item[0].name], default=private)


def principal_kind(
    principal: str,
    known_accounts: Collection[str],
    owner: str | None,
    organization: Mapping[str, JSON] | None = None,
) -> str:
    """Return the principal's class as the rules name it: a grant's own, or for accounts and organizations
    owner, org, known_account, unknown_account and unknown_org.

    An identity provider is of the class of the account in its ARN; one without an ARN serves the roles of any
    account: unknown_account.
    """
    kind, _, name = principal.partition(":")
    if kind == "federated":
        kind, name = "account", name.split(":")[4] if name.count(":") >= 5 else ""
    own = organization or {}
    if kind == "org":
        return "org" if name in known_accounts or name == own.get("Id") else "unknown_org"
    if kind != "account":
        return kind
    if name and name == owner:
        return "owner"
    if name in known_accounts:
        return "known_account"
    return "org" if name in (own.get("Accounts") or ()) else "unknown_account"
