"""Find a context in which a request is allowed, among a few candidate values of each context key.

The keys are split into dimensions; a dimension's options fix all of its keys together (a request comes from
an address or through a VPC endpoint, never both). A condition that reads keys of one dimension only filters
that dimension's options; what reads several is tried out depth first, within a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from classifier.access.conditions import Context
from classifier.access.policy import Statement


class BudgetError(Exception):
    """The bound on the work for one bucket is used up; what was not decided is unknown."""


@dataclass(slots=True)
class Budget:
    """How many more conditions may be evaluated."""

    left: int

    def spend(self, amount: int = 1) -> None:
        self.left -= amount
        if self.left < 0:
            raise BudgetError


@dataclass(frozen=True, slots=True)
class Option:
    """Values of a dimension's keys. `assumed`: the caller may have them, but that cannot be known."""

    values: Context
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """Keys that take their values together."""

    keys: frozenset[str]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Predicate:
    """Something that is true or false of a context, and the keys it reads."""

    reads: frozenset[str]
    holds: Callable[[Context], bool]
    cost: int = 1


@dataclass(frozen=True, slots=True)
class _Clause:
    """What has to be true of a context, and the dimensions that decide it."""

    places: frozenset[int]
    holds: Callable[[Context], bool]
    cost: int


def predicates(statement: Statement, resource: str) -> list[Predicate]:
    """Return what must all be true of a context for the statement to apply to the resource."""
    covers = Predicate(
        statement.resource_reads(),
        lambda context: statement.covers_resource(resource, context),
        1 + len(statement.resources) // 4,
    )
    return [covers, *(Predicate(t.reads, t.holds, 1 + len(t.values) // 4) for t in statement.tests)]


def solve(
    musts: Iterable[Predicate],
    nevers: Iterable[Sequence[Predicate]],
    dimensions: Sequence[Dimension],
    budget: Budget,
    *,
    assume: bool,
) -> dict[str, tuple[str, ...]] | None:
    """Return a context in which all `musts` hold and of each of `nevers` something does not, else None.

    With `assume` the options that are only assumed count as well. Raises BudgetError.
    """
    options = [[o for o in d.options if assume or not o.assumed] for d in dimensions]
    home = {key: index for index, dimension in enumerate(dimensions) for key in dimension.keys}
    clauses = [_Clause(_homes([must], home), must.holds, must.cost) for must in musts]
    clauses.extend(
        _Clause(_homes(never, home), _fails(never), sum(predicate.cost for predicate in never))
        for never in nevers
    )
    budget.spend(1 + len(clauses) // 4)
    joint: list[_Clause] = []
    for clause in clauses:
        if not clause.places:
            budget.spend(clause.cost)
            if not clause.holds({}):
                return None
        elif len(clause.places) == 1:
            (place,) = clause.places
            budget.spend(len(options[place]) * clause.cost)
            options[place] = [option for option in options[place] if clause.holds(option.values)]
        else:
            joint.append(clause)
    if not all(options):
        return None
    context = {key: value for chosen in options for key, value in chosen[0].values.items()}
    involved = sorted(frozenset[int]().union(*(clause.places for clause in joint)))
    chosen = _choose([(place, options[place]) for place in involved], joint, budget)
    if chosen is None:
        return None
    for place, option in chosen.items():
        for key in dimensions[place].keys:
            context.pop(key, None)
        context.update(option.values)
    return context


def _choose(
    places: Sequence[tuple[int, Sequence[Option]]], clauses: Sequence[_Clause], budget: Budget
) -> dict[int, Option] | None:
    """Return one option for each place so that all clauses hold: depth first, each clause once decided."""
    last = {place: depth for depth, (place, _) in enumerate(places)}
    due: list[list[_Clause]] = [[] for _ in places]
    for clause in clauses:
        due[max(last[place] for place in clause.places)].append(clause)
    chosen: list[Option] = []
    tries = [iter(options) for _, options in places[:1]]
    while len(chosen) < len(places):
        for option in tries[-1]:
            context = {key: value for o in (*chosen, option) for key, value in o.values.items()}
            budget.spend(1 + sum(clause.cost for clause in due[len(chosen)]))
            if all(clause.holds(context) for clause in due[len(chosen)]):
                chosen.append(option)
                if len(chosen) < len(places):
                    tries.append(iter(places[len(chosen)][1]))
                break
        else:
            tries.pop()
            if not tries:
                return None
            chosen.pop()
    return {place: option for (place, _), option in zip(places, chosen, strict=True)}


def _homes(reading: Iterable[Predicate], home: Mapping[str, int]) -> frozenset[int]:
    return frozenset(home[key] for predicate in reading for key in predicate.reads if key in home)


def _fails(never: Sequence[Predicate]) -> Callable[[Context], bool]:
    return lambda context: not all(predicate.holds(context) for predicate in never)
