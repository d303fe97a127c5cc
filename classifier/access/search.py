"""Find a context in which a request is allowed, among a few candidate values of each context key.

The keys are split into dimensions; a dimension's options fix all of its keys together (a request comes from
an address or through a VPC endpoint, never both). A condition that reads keys of one dimension only filters
that dimension's options; what reads several is tried out over their product, within a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

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


def predicates(statement: Statement, resource: str) -> list[Predicate]:
    """Return what must all be true of a context for the statement to apply to the resource."""
    found = [
        Predicate(statement.resource_reads(), lambda context: statement.covers_resource(resource, context))
    ]
    found.extend(Predicate(test.reads, test.holds) for test in statement.tests)
    return found


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
    # Each clause: true of a context when the wanted thing is so, and the dimensions it depends on.
    clauses: list[tuple[frozenset[int], Callable[[Context], bool]]] = []
    for must in musts:
        clauses.append((_homes(must.reads, home), must.holds))
    for never in nevers:
        reads = frozenset(key for predicate in never for key in predicate.reads)
        clauses.append((_homes(reads, home), _fails(never)))

    joint: list[tuple[frozenset[int], Callable[[Context], bool]]] = []
    for places, clause in clauses:
        if not places:
            budget.spend()
            if not clause({}):
                return None
        elif len(places) == 1:
            (place,) = places
            budget.spend(len(options[place]))
            options[place] = [option for option in options[place] if clause(option.values)]
        else:
            joint.append((places, clause))
    if not all(options):
        return None

    context = {key: value for chosen in options for key, value in chosen[0].values.items()}
    if not joint:
        return context
    involved = sorted(frozenset[int]().union(*(places for places, _ in joint)))
    for chosen in product(*(options[place] for place in involved)):
        budget.spend(len(joint))
        merged = _merge(option.values for option in chosen)
        if all(clause(merged) for _, clause in joint):
            settled = set(involved)
            others = (options[i][0].values for i in range(len(options)) if i not in settled)
            return merged | _merge(others)
    return None


def _homes(reads: frozenset[str], home: Mapping[str, int]) -> frozenset[int]:
    return frozenset(home[key] for key in reads if key in home)


def _fails(never: Sequence[Predicate]) -> Callable[[Context], bool]:
    return lambda context: not all(predicate.holds(context) for predicate in never)


def _merge(parts: Iterable[Context]) -> dict[str, tuple[str, ...]]:
    return {key: value for part in parts for key, value in part.items()}
