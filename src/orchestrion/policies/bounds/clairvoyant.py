"""The cheapest way to serve customers who are all known beforehand, from stock that comes at known moments.

Whoever sources orders one after the other arrives at one way to do it; so that no policy costs less than the best one,
on the very path it met. Exact, and only as joint as the customers force it to be: each group of like customers first
takes what is best for it, as if it were alone; where several then want more of a SKU at a node than there is, those are
solved jointly, by one integer programme; and so on until nothing is promised twice. What is best for each part alone is
less than anything the parts can have together, so that the sum is a bound at every step, and the optimum at the last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import SolverError
from orchestrion.policies.solver import LinearProgramme
from orchestrion.units import MICRO

MOST_WHOLE = 10_000  # columns of one integer programme; a larger one is solved in shares of customers
MOST_NODES = 10_000  # branches after which an integer programme is solved in shares, too
ALWAYS = 2**62  # a moment after all others

Ints = NDArray[np.int64]
Cell = tuple[int, int]  # (SKU, node)
_Row = tuple[int, int, int, bool]  # SKU, node, moment before which, only what may be sent


class Parcel(NamedTuple):
    """Units of each line that leave one node together."""

    cost: int  # micro-euros
    units: tuple[int, ...]
    node: int


@dataclass(frozen=True, slots=True)
class Group:
    """Customers who want the same, in the same way.

    Attributes
    ----------
    count
        How many of them; a share of one only where shares are asked for.
    skus, units, lost
        Of each line: the SKU, the units wanted, what a unit not given costs [micro-euros].
    parcels
        All the ways to give them something.
    latest
        The last moment at which units may be given to them [s].
    at_the_shelf
        They take what nodes keep for walk-ins, too.
    """

    count: float
    skus: tuple[int, ...]
    units: tuple[int, ...]
    lost: tuple[int, ...]
    parcels: tuple[Parcel, ...]
    latest: int = ALWAYS
    at_the_shelf: bool = False


class Arrival(NamedTuple):
    """Units that come to a node, some of which are kept for walk-ins."""

    t: int
    sku: int
    node: int
    units: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Supply:
    """What is there from the start, shapes (S, N), and what comes later."""

    stock: Ints
    kept: Ints  # of it, for walk-ins alone
    arrivals: tuple[Arrival, ...] = ()


@dataclass(frozen=True, slots=True)
class Least:
    """What serving everybody costs at least.

    Attributes
    ----------
    value
        Micro-euros.
    exact
        Whether somebody who knew everything could do it at that; else it is a bound below.
    largest
        Columns of the largest programme that had to be solved.
    """

    value: int
    exact: bool
    largest: int


@dataclass(slots=True)
class _Part:
    """Groups decided together: what they cost at least, and which units that takes."""

    groups: tuple[int, ...]
    value: int
    exact: bool
    taken: dict[_Row, float] = field(default_factory=dict)


def offline(groups: Sequence[Group], supply: Supply, *, whole: bool = True) -> Least:
    """The least cost of serving these customers, lost units priced.

    Parameters
    ----------
    whole
        Customers are served one by one. False: in shares, by one linear programme, from which the bound is read by its
        duals; with expected numbers of customers that is the fluid bound.
    """
    model = _Model(groups, supply)
    everybody = tuple(range(len(groups)))
    if not whole:
        part, columns = model.shared(everybody)
        return Least(part.value, False, columns)
    largest = 0
    parts = []
    for g in everybody:
        part, columns = model.alone(g)
        parts.append(part)
        largest = max(largest, columns)
    while fights := model.fights(parts):
        merged = {i for fight in fights for i in fight}
        rest = [part for i, part in enumerate(parts) if i not in merged]
        for fight in fights:
            part, columns = model.joint(tuple(sorted(g for i in fight for g in parts[i].groups)))
            rest.append(part)
            largest = max(largest, columns)
        parts = rest
    return Least(sum(part.value for part in parts), all(part.exact for part in parts), largest)


class _Model:
    """Rows and columns of customers and stock, written down as they are needed."""

    def __init__(self, groups: Sequence[Group], supply: Supply) -> None:
        self._supply = supply
        self._comes: dict[Cell, list[Arrival]] = {}
        for arrival in sorted(supply.arrivals):
            self._comes.setdefault((arrival.sku, arrival.node), []).append(arrival)
        self._limits: dict[_Row, int] = {}
        self._counted: dict[tuple[int, int, int, bool], list[_Row]] = {}
        self.groups = groups
        asked = self._asked()
        self.parcels = [self._useful(group, asked) for group in groups]

    # -- what there is ------------------------------------------------------------------------------------------

    def limit(self, row: _Row) -> int:
        """Units that may be given away before a moment."""
        found = self._limits.get(row)
        if found is None:
            sku, node, before, sent = row
            found = int(self._supply.stock[sku, node]) - (int(self._supply.kept[sku, node]) if sent else 0)
            for arrival in self._comes.get((sku, node), ()):
                if arrival.t < before:
                    found += arrival.units - (arrival.kept if sent else 0)
            found = self._limits[row] = max(0, found)
        return found

    def rows(self, group: Group, sku: int, node: int) -> list[_Row]:
        """The limits that a unit given to the group counts against.

        Units stay until they are given away: all that is given to those who cannot wait for an arrival must have been
        there before it, and these limits together are enough.
        """
        key = sku, node, group.latest, group.at_the_shelf
        known = self._counted.get(key)
        if known is not None:
            return known
        comes = self._comes.get((sku, node), ())
        moments = [*dict.fromkeys(arrival.t for arrival in comes if arrival.t > group.latest), ALWAYS]
        kinds = [False]
        kept = self._supply.kept[sku, node] > 0 or any(arrival.kept for arrival in comes)
        if kept and not group.at_the_shelf:
            kinds.append(True)
        found = self._counted[key] = [(sku, node, moment, sent) for moment in moments for sent in kinds]
        return found

    def _asked(self) -> dict[int, float]:
        """Units of each SKU that are wanted in all."""
        asked: dict[int, float] = {}
        for group in self.groups:
            for sku, units in zip(group.skus, group.units, strict=True):
                asked[sku] = asked.get(sku, 0.0) + group.count * units
        return asked

    def _useful(self, group: Group, asked: dict[int, float]) -> list[Parcel]:
        """The group's parcels that an optimal way may need.

        Left out: those of which the node never has the units, and those dearer than the same parcel from a node with
        more of every SKU in it than is wanted in all: nobody is in its way there.
        """
        by_units: dict[tuple[int, ...], list[Parcel]] = {}
        for parcel in group.parcels:
            by_units.setdefault(parcel.units, []).append(parcel)
        useful: list[Parcel] = []
        for units, parcels in by_units.items():
            need = _by_sku(group, units)
            for parcel in sorted(parcels, key=lambda p: (p.cost, p.node)):
                rows = {sku: self.rows(group, sku, parcel.node) for sku in need}
                if all(self.limit(row) >= need[sku] for sku, mine in rows.items() for row in mine):
                    useful.append(parcel)
                    sent = not group.at_the_shelf
                    if all(self.limit((sku, parcel.node, 0, sent)) >= asked[sku] for sku in need):
                        break
        return useful

    # -- parts --------------------------------------------------------------------------------------------------

    def alone(self, g: int) -> tuple[_Part, int]:
        """A group as if nobody else were there, and how many columns that took."""
        group = self.groups[g]
        value, chosen = _cheapest(group, self.parcels[g])
        part = _Part((g,), round(group.count * value), True)
        for parcel in chosen:
            self._take(part, group, parcel, group.count)
        if all(units <= self.limit(row) for row, units in part.taken.items()):
            return part, 0
        return self.joint((g,))

    def _take(self, part: _Part, group: Group, parcel: Parcel, times: float) -> None:
        for sku, units in _by_sku(group, parcel.units).items():
            for row in self.rows(group, sku, parcel.node):
                part.taken[row] = part.taken.get(row, 0.0) + times * units

    def fights(self, parts: Sequence[_Part]) -> list[list[int]]:
        """Sets of parts that together want more than there is."""
        wanted: dict[_Row, list[int]] = {}
        total: dict[_Row, float] = {}
        for i, part in enumerate(parts):
            for row, units in part.taken.items():
                wanted.setdefault(row, []).append(i)
                total[row] = total.get(row, 0.0) + units
        leader = list(range(len(parts)))

        def find(i: int) -> int:
            while leader[i] != i:
                leader[i] = i = leader[leader[i]]
            return i

        fought = []
        for row, several in wanted.items():
            if len(several) > 1 and total[row] > self.limit(row) + 1e-6:
                fought.append(several[0])
                for i in several[1:]:
                    leader[find(i)] = find(several[0])
        sets: dict[int, list[int]] = {find(i): [] for i in fought}
        for i in range(len(parts)):
            if find(i) in sets:
                sets[find(i)].append(i)
        return list(sets.values())

    def joint(self, groups: tuple[int, ...]) -> tuple[_Part, int]:
        """Groups together: in whole customers, or in shares where they are too many."""
        if sum(len(self.parcels[g]) for g in groups) > MOST_WHOLE:
            return self.shared(groups)
        programme = _Programme(self, groups)
        solver = LinearProgramme(programme.euros, programme.rows, whole=True, nodes=MOST_NODES, name="hindsight")
        try:
            found = solver.solve(*programme.limits)
        except SolverError:  # too many branches
            return self.shared(groups)
        times = np.rint(found.columns).astype(np.int64)
        return self._part(groups, programme, times.astype(np.float64), int(times @ programme.costs), True)

    def shared(self, groups: tuple[int, ...]) -> tuple[_Part, int]:
        """The same in shares of customers: a bound below."""
        programme = _Programme(self, groups)
        found = LinearProgramme(programme.euros, programme.rows, name="hindsight").solve(*programme.limits)
        return self._part(groups, programme, found.columns, programme.below(found.duals), False)

    def _part(
        self, groups: tuple[int, ...], programme: _Programme, times: NDArray[np.float64], value: int, exact: bool
    ) -> tuple[_Part, int]:
        part = _Part(groups, value, exact)
        for (g, parcel), count in zip(programme.sent, times.tolist(), strict=False):
            if count > 0:
                self._take(part, self.groups[g], parcel, count)
        return part, len(programme.euros)


class _Programme:
    """One linear programme: how often each parcel leaves, and how many units of each line are lost."""

    def __init__(self, model: _Model, groups: tuple[int, ...]) -> None:
        costs: list[int] = []
        most: list[float] = []
        self.rows: list[list[tuple[int, float]]] = []
        self.sent: list[tuple[int, Parcel]] = []
        lower: list[float] = []
        upper: list[float] = []
        lines: dict[tuple[int, int], int] = {}
        stock: dict[_Row, int] = {}
        for g in groups:
            group = model.groups[g]
            for line, units in enumerate(group.units):
                lines[g, line] = len(self.rows)
                self.rows.append([])
                lower.append(group.count * units)
                upper.append(group.count * units)
            for parcel in model.parcels[g]:
                column = len(costs)
                costs.append(parcel.cost)
                most.append(group.count * max(group.units))
                self.sent.append((g, parcel))
                for line, units in enumerate(parcel.units):
                    if units:
                        self.rows[lines[g, line]].append((column, float(units)))
                for sku, units in _by_sku(group, parcel.units).items():
                    for key in model.rows(group, sku, parcel.node):
                        row = stock.get(key)
                        if row is None:
                            row = stock[key] = len(self.rows)
                            self.rows.append([])
                            lower.append(-np.inf)
                            upper.append(float(model.limit(key)))
                        self.rows[row].append((column, float(units)))
        for g in groups:
            group = model.groups[g]
            for line, units in enumerate(group.units):
                self.rows[lines[g, line]].append((len(costs), 1.0))
                costs.append(group.lost[line])
                most.append(group.count * units)
        self.costs = np.array(costs, np.int64)
        self.euros = self.costs / MICRO
        self._most = np.array(most)
        self.limits = np.array(lower), np.array(upper)

    def below(self, duals: NDArray[np.float64]) -> int:
        """A bound below every solution, from any dual values, however roughly the solver computed them [micro-euros].

        By weak duality: right-hand sides at their prices, and each column at what it would still gain.
        """
        lower, upper = self.limits
        price = np.where((duals > 0) & ~np.isfinite(lower), 0.0, duals)
        side = np.where(price > 0, np.where(np.isfinite(lower), lower, 0.0), upper)
        rest = self.euros.copy()
        for row, terms in enumerate(self.rows):
            for column, units in terms:
                rest[column] -= price[row] * units
        value = float(price @ side + np.minimum(rest, 0.0) @ self._most)
        return int(np.floor(value * MICRO * (1.0 - 1e-12)))


def _by_sku(group: Group, units: Sequence[int]) -> dict[int, int]:
    """Units of each SKU; two lines may want the same one."""
    need: dict[int, int] = {}
    for sku, many in zip(group.skus, units, strict=True):
        if many:
            need[sku] = need.get(sku, 0) + many
    return need


def _cheapest(group: Group, parcels: Sequence[Parcel]) -> tuple[int, list[Parcel]]:
    """The cheapest way to serve one customer of a group with all the stock for themselves, by dynamic programming."""
    best: dict[tuple[int, ...], Parcel] = {}
    for parcel in parcels:
        known = best.get(parcel.units)
        if known is None or parcel.cost < known.cost:
            best[parcel.units] = parcel
    least: dict[tuple[int, ...], tuple[int, list[Parcel]]] = {(0,) * len(group.units): (0, [])}
    for left in product(*(range(units + 1) for units in group.units)):
        if left in least:
            continue
        first = next(line for line, units in enumerate(left) if units)
        without = left[:first] + (left[first] - 1,) + left[first + 1 :]
        cost, chosen = least[without]
        found = (cost + group.lost[first], chosen)
        for units, parcel in best.items():
            if units[first] and all(a <= b for a, b in zip(units, left, strict=True)):
                cost, chosen = least[tuple(b - a for a, b in zip(units, left, strict=True))]
                if cost + parcel.cost < found[0]:
                    found = (cost + parcel.cost, [*chosen, parcel])
        least[left] = found
    return least[tuple(group.units)]
