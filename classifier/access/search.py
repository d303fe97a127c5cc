"""Find a context in which a request is allowed, among a few candidate values of each context key.

The keys are split into dimensions; a dimension's options fix all of its keys together (a request comes from
an address or through a VPC endpoint, never both). What a statement's conditions leave of each dimension is a
bit mask over its options, made once. A Deny that must not apply is then a clause, "one of these dimensions
stands outside its mask", and the clauses are resolved by branching; what reads several dimensions at once is
tried out at the end. All of it within a budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from classifier.access.conditions import Condition, Context
from classifier.access.policy import Statement


class BudgetError(Exception):
    """The bound on the work for one bucket is used up; what was not decided is unknown."""


class ShareError(BudgetError):
    """The share of the budget that one question may use is used up."""


@dataclass(slots=True)
class Budget:
    """How many more conditions may be evaluated; `floor` is where the share of the present question ends."""

    left: int
    floor: int = 0

    def spend(self, amount: int = 1) -> None:
        self.left -= amount
        if self.left < self.floor:
            raise BudgetError if self.left < 0 else ShareError

    @contextmanager
    def share(self, amount: int) -> Iterator[None]:
        """Within the context no more than `amount` may be spent."""
        self.floor = max(0, self.left - amount)
        try:
            yield
        finally:
            self.floor = 0


class Option(NamedTuple):
    """Values of a dimension's keys. `assumed`: the caller may have them, but that cannot be known."""

    values: Context
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class Dimension:
    """Keys that take their values together."""

    keys: frozenset[str]
    options: tuple[Option, ...]
    every: int = field(init=False, compare=False)  # the options as a mask
    sure: int = field(init=False, compare=False)  # those that are not assumed

    def __post_init__(self) -> None:
        sure = 0
        for place, option in enumerate(self.options):
            if not option.assumed:
                sure |= 1 << place
        object.__setattr__(self, "every", (1 << len(self.options)) - 1)
        object.__setattr__(self, "sure", sure)


@dataclass(frozen=True, slots=True)
class Test:
    """Something that is true or false of a context, and the keys it reads."""

    reads: frozenset[str]
    holds: Callable[[Context], bool]
    cost: int = 1


Check: TypeAlias = "Test | Condition"  # a statement's condition is a test as it stands


@dataclass(slots=True, eq=False)
class Form:
    """A conjunction of tests as one caller's dimensions see it: dimension → the options that pass, and the
    tests that read several dimensions."""

    masks: Mapping[int, int]
    joint: tuple[Check, ...] = ()


def both(one: Form, other: Form | None) -> Form | None:
    """Return the form of two conjunctions together; None when they never both hold."""
    if other is None:
        return None
    masks = dict(one.masks)
    for place, mask in other.masks.items():
        masks[place] = masks.get(place, mask) & mask
    return Form(masks, one.joint + other.joint) if all(masks.values()) else None


_TRUE = Form({})
_MEMO = 4096  # searches of one caller that are remembered
_Asked: TypeAlias = "tuple[tuple[Form, ...], tuple[Form, ...], bool]"

# The options of one dimension that pass one test, by their identities: shared between callers.
Masks = dict[tuple[int, int], tuple[int, object]]


@dataclass(slots=True)
class Frame:
    """The dimensions of one caller, and what statements make of them."""

    dimensions: tuple[Dimension, ...]
    masks: Masks
    home: dict[str, int] = field(init=False)
    every: list[int] = field(init=False)
    sure: list[int] = field(init=False)
    forms: dict[int, Form | None] = field(default_factory=dict)
    absences: dict[frozenset[str], Form] = field(default_factory=dict)
    solved: dict[_Asked, dict[str, tuple[str, ...]] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = {key: place for place, d in enumerate(self.dimensions) for key in d.keys}
        self.every = [d.every for d in self.dimensions]
        self.sure = [d.sure for d in self.dimensions]

    def open(self, forms: Iterable[Form]) -> list[int]:
        """Return the options of each dimension that pass all of the forms."""
        open_ = list(self.every)
        for form in forms:
            for place, mask in form.masks.items():
                open_[place] &= mask
        return open_

    def values(self, key: str, open_: Sequence[int]) -> list[str]:
        """Return the single values that the caller can give a key, of the options that are open."""
        if key not in self.home:
            return []
        place = self.home[key]
        options = list(_options(self.dimensions[place], open_[place]))
        return list(dict.fromkeys(o.values[key][0] for o in options if len(o.values.get(key, ())) == 1))

    def without(self, keys: frozenset[str]) -> Form:
        """Return what a context without the keys is: each stands alone in a dimension, absent first."""
        if keys not in self.absences:
            self.absences[keys] = Form({self.home[key]: 1 for key in keys if key in self.home})
        return self.absences[keys]

    def form(self, statement: Statement, budget: Budget) -> Form | None:
        """Return the statement's conditions in this frame; None when they never all hold."""
        if id(statement) not in self.forms:
            self.forms[id(statement)] = self._form(statement.tests, budget)
        return self.forms[id(statement)]

    def part(self, test: Test, budget: Budget) -> Form | None:
        """Return the form of one test, which has to outlive the frame."""
        if id(test) not in self.forms:
            self.forms[id(test)] = self._form((test,), budget)
        return self.forms[id(test)]

    def _form(self, tests: Sequence[Check], budget: Budget) -> Form | None:
        if not tests:
            return _TRUE
        masks: dict[int, int] = {}
        joint: list[Check] = []
        for test in tests:
            homes = {self.home[key] for key in test.reads if key in self.home}
            if len(homes) > 1:
                joint.append(test)
                continue
            if not homes:
                budget.spend(test.cost)
                if not test.holds({}):
                    return None
                continue
            (place,) = homes
            mask = self._mask(place, test, budget)
            masks[place] = masks.get(place, self.every[place]) & mask
            if not masks[place]:
                return None
        return Form({p: m for p, m in masks.items() if m != self.every[p]}, tuple(joint))

    def _mask(self, place: int, test: Check, budget: Budget) -> int:
        options = self.dimensions[place].options
        known = self.masks.get((id(test), id(options)))
        if known is not None:
            return known[0]
        budget.spend(test.cost * len(options))
        mask = 0
        for index, option in enumerate(options):
            if test.holds(option.values):
                mask |= 1 << index
        self.masks[id(test), id(options)] = (mask, (test, options))  # kept, so that ids stay theirs
        return mask


@dataclass(slots=True)
class _Clause:
    """Something that must not all hold: dimensions within masks, and tests."""

    masks: list[tuple[int, int]]
    tests: tuple[Check, ...]


def solve(
    frame: Frame,
    musts: Sequence[Form],
    nevers: Sequence[Form],
    budget: Budget,
    *,
    assume: bool,
) -> dict[str, tuple[str, ...]] | None:
    """Return a context in which all `musts` hold and none of `nevers`, else None; not to be changed.

    With `assume` the options that are only assumed count as well. Raises BudgetError.
    """
    asked = (tuple(musts), tuple(nevers), assume)
    budget.spend(1 + len(nevers) // 4)
    if asked in frame.solved:
        return frame.solved[asked]
    open_ = list(frame.every if assume else frame.sure)
    tests: list[Check] = []
    for form in musts:
        for place, mask in form.masks.items():
            open_[place] &= mask
        tests.extend(form.joint)
    found = None
    if all(open_):
        clauses = [_Clause(list(form.masks.items()), form.joint) for form in nevers]
        found = _resolve(frame, open_, clauses, tests, [], budget)
    if len(frame.solved) < _MEMO:
        frame.solved[asked] = found
    return found


def _resolve(
    frame: Frame,
    open_: list[int],
    clauses: Sequence[_Clause],
    tests: Sequence[Check],
    refused: list[tuple[Check, ...]],
    budget: Budget,
) -> dict[str, tuple[str, ...]] | None:
    """Branch on how the first clause left is escaped: one dimension outside its mask, or a test that fails.

    `refused` are tests of which, group by group, one has to fail.
    """
    left: list[_Clause] = []
    changed = True
    while changed:
        changed, left = False, []
        for clause in clauses:
            masks: list[tuple[int, int]] = []
            for place, mask in clause.masks:
                if not open_[place] & mask:
                    break  # cannot apply
                if open_[place] & ~mask:
                    masks.append((place, mask))
            else:
                if not masks and not clause.tests:
                    return None
                if len(masks) == 1 and not clause.tests:
                    open_[masks[0][0]] &= ~masks[0][1]
                    changed = True
                else:
                    left.append(_Clause(masks, clause.tests))
        clauses = left
    if not left:
        return _try_out(frame, open_, tests, refused, budget)
    first, rest = min(left, key=lambda clause: len(clause.masks) + len(clause.tests)), left
    rest = [clause for clause in left if clause is not first]
    budget.spend(1 + len(rest) // 4)
    narrowed = list(open_)
    for place, mask in first.masks:
        branch = list(narrowed)
        branch[place] &= ~mask
        if branch[place]:
            found = _resolve(frame, branch, rest, tests, refused, budget)
            if found is not None:
                return found
        narrowed[place] &= mask
    if first.tests:
        return _resolve(frame, narrowed, rest, tests, [*refused, first.tests], budget)
    return None


def _try_out(
    frame: Frame,
    open_: Sequence[int],
    tests: Sequence[Check],
    refused: Sequence[tuple[Check, ...]],
    budget: Budget,
) -> dict[str, tuple[str, ...]] | None:
    """Choose an option of each dimension: the first that is open, or by trial where tests read several."""
    goals: list[tuple[frozenset[int], Callable[[Context], bool], int]] = [
        (_homes(frame, [test]), test.holds, test.cost) for test in tests
    ]
    goals.extend((_homes(frame, group), _fails(group), sum(t.cost for t in group)) for group in refused)
    context: dict[str, tuple[str, ...]] = {}
    for place, dimension in enumerate(frame.dimensions):
        first = (open_[place] & -open_[place]).bit_length() - 1
        context.update(dimension.options[first].values)
    involved = _ordered([homes for homes, _, _ in goals], open_)
    if not involved:
        return context if all(holds({}) for _, holds, _ in goals) else None
    for place in involved:
        for key in frame.dimensions[place].keys:
            context.pop(key, None)
    due: list[list[tuple[Callable[[Context], bool], int]]] = [[] for _ in involved]
    for homes, holds, cost in goals:
        due[max((involved.index(place) for place in homes), default=0)].append((holds, cost))
    return _descend(frame, open_, involved, due, context, budget)


def _ordered(goals: Sequence[frozenset[int]], open_: Sequence[int]) -> list[int]:
    """Return the dimensions of the goals, each next to what it decides goals with, small ones first."""
    left = set[int]().union(*goals)
    order: list[int] = []

    def rank(place: int) -> tuple[int, int, int]:
        met = sum(1 for homes in goals if place in homes and homes <= {*order, place})
        near = sum(1 for homes in goals if place in homes and not homes.isdisjoint(order))
        return (-met, -near, open_[place].bit_count())

    while left:
        chosen = min(left, key=rank)
        left.remove(chosen)
        order.append(chosen)
    return order


def _descend(
    frame: Frame,
    open_: Sequence[int],
    involved: Sequence[int],
    due: Sequence[Sequence[tuple[Callable[[Context], bool], int]]],
    context: Mapping[str, tuple[str, ...]],
    budget: Budget,
) -> dict[str, tuple[str, ...]] | None:
    place, *others = involved
    for option in _options(frame.dimensions[place], open_[place]):
        chosen = {**context, **option.values}
        budget.spend(1 + sum(cost for _, cost in due[0]))
        if all(holds(chosen) for holds, _ in due[0]):
            found = _descend(frame, open_, others, due[1:], chosen, budget) if others else chosen
            if found is not None:
                return found
    return None


def _options(dimension: Dimension, mask: int) -> Iterator[Option]:
    return (option for index, option in enumerate(dimension.options) if mask >> index & 1)


def _homes(frame: Frame, tests: Iterable[Check]) -> frozenset[int]:
    return frozenset(frame.home[key] for test in tests for key in test.reads if key in frame.home)


def _fails(tests: Sequence[Check]) -> Callable[[Context], bool]:
    return lambda context: not all(test.holds(context) for test in tests)
