"""The five published rules. All of them send for units without a look at the stock: no second choice, as published."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestrion.experiments.ma2023.protocol import Decider, Knowledge, Left
from orchestrion.policies.lookahead import rounding
from orchestrion.policies.season import Ints, Plan


@dataclass(frozen=True, slots=True)
class Nearest:
    """Each line from the closest node that carries it, stock or not: item-level myopic."""

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Fixed(known.instance.closest)

    def plans(self, known: Knowledge, kinds: Ints, luck: np.random.Generator) -> Ints:
        table = np.full((known.season.kinds, max(map(len, known.season.skus))), -1)
        for kind, plan in enumerate(known.instance.closest):
            table[kind, : len(plan)] = plan
        return np.asarray(table[kinds])


@dataclass(frozen=True, slots=True)
class _Fixed:
    always: tuple[Plan, ...]

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        return self.always[kind]


@dataclass(frozen=True, slots=True)
class Rounded:
    """The fluid flow's shares, rounded at random for each order."""

    scheme: rounding.Rounding

    def start(self, known: Knowledge, luck: np.random.Generator) -> Decider:
        return _Drawn(self.scheme, known, luck)

    def plans(self, known: Knowledge, kinds: Ints, luck: np.random.Generator) -> Ints:
        season, shares = known.season, known.fluid.shares
        table = np.full((len(kinds), max(map(len, season.skus))), -1)
        order = np.argsort(kinds, kind="stable")
        first = np.searchsorted(kinds[order], np.arange(season.kinds + 1))
        for kind, skus in enumerate(season.skus):
            rows = order[first[kind] : first[kind + 1]]
            if len(rows):
                table[rows, : len(skus)] = self.scheme(shares[kind], len(rows), luck)
        return table


class _Drawn:
    """The same one order at a time, for whoever plays them so."""

    def __init__(self, scheme: rounding.Rounding, known: Knowledge, luck: np.random.Generator) -> None:
        self._scheme, self._shares, self._luck = scheme, known.fluid.shares, luck
        self._waiting: list[list[Plan]] = [[] for _ in self._shares]

    def decide(self, period: int, kind: int, left: Left) -> Plan:
        waiting = self._waiting[kind]
        if not waiting:
            waiting += map(tuple, self._scheme(self._shares[kind], 50, self._luck).tolist())
        return waiting.pop()
