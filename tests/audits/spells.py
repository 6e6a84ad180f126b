"""Audit of spells: those recorded are those worked out anew from the stock facts, second by second."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from itertools import pairwise

import numpy as np

from orchestrion.domain.codes import Channel, Role, Scope, StockKind
from orchestrion.domain.facts import SCHEMA, Facts
from orchestrion.domain.world import World

Spell = tuple[int, int, int, int, int]  # scope, SKU, node, from, to


def recorded_spells(facts: Facts) -> list[Spell]:
    """Spells as recorded, those that touch joined."""
    spells = facts["spells"]
    by_key: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    for scope, sku, node, a, b in zip(*(spells[c].tolist() for c in SCHEMA["spells"]), strict=True):
        assert a < b
        by_key[scope, sku, node].append((a, b))
    joined: list[Spell] = []
    for key, found in by_key.items():
        found.sort()
        assert all(x[1] <= y[0] for x, y in pairwise(found)), f"spells of {key} overlap"
        merged = [found[0]]
        for a, b in found[1:]:
            if a == merged[-1][1]:
                merged[-1] = (merged[-1][0], b)
            else:
                merged.append((a, b))
        joined += [(*key, a, b) for a, b in merged]
    return sorted(joined)


def spells_from_stock(world: World, facts: Facts) -> list[Spell]:
    """Spells worked out anew: levels at the end of every second of the stock facts, looked at one by one."""
    stock = facts["stock"]
    shape = world.opening_stock.shape
    physical, atp_base, transit = np.zeros(shape, int), np.zeros(shape, int), np.zeros(shape[0], int)
    web = np.array([node.web_visible for node in world.nodes])
    is_store = np.array([node.role == Role.STORE for node in world.nodes])
    since: dict[tuple[int, int, int], int] = {}
    found: list[Spell] = []

    def look(sku: int, t: int) -> None:
        states = {(int(Scope.UNIFIED), sku, -1): physical[sku].sum() + transit[sku] == 0}
        if world.skus.web_ranged[sku]:
            states[int(Scope.WEB), sku, -1] = np.maximum(atp_base[sku], 0)[web].sum() == 0
        for n in np.flatnonzero(world.ranged[sku] & is_store).tolist():
            states[int(Scope.SHELF), sku, n] = physical[sku, n] == 0
        for key, empty in states.items():
            if empty:
                since.setdefault(key, t)
            elif key in since and (begin := since.pop(key)) < t:
                found.append((*key, begin, t))

    curve = _Shown(world)
    moves = ("t", "sku", "node", "kind", "ref", "d_physical", "d_recorded", "d_reserved", "d_protected")
    second, touched = 0, set(range(shape[0]))
    for t, sku, node, kind, ref, dp, drec, dres, dprot in zip(*(stock[c].tolist() for c in moves), strict=True):
        if t > second:
            for s in sorted(touched):
                look(s, second)
            second, touched = t, set()
        physical[sku, node] += dp
        atp_base[sku, node] += drec - dres - dprot
        curve.moved(t, sku, node, kind, dp - dres, atp_base[sku, node])
        if kind == StockKind.DISPATCHED or (kind == StockKind.RECEIVED and ref >= 0):
            transit[sku] -= dp
        touched.add(sku)
    for s in sorted(touched):
        look(s, second)
    found += [(*key, begin, facts.end_s) for key, begin in since.items() if begin < facts.end_s]
    if world.records is not None or world.visibility is not None:
        found = [spell for spell in found if spell[0] != Scope.WEB]
        for sku in np.flatnonzero(world.skus.web_ranged).tolist():
            found += curve.spells(sku, facts.end_s)
    return sorted(found)


class _Shown:
    """What the web showed of each SKU and what was there, asked second by second where something may have changed."""

    def __init__(self, world: World) -> None:
        rules, shape = world.visibility, world.opening_stock.shape
        row = None if rules is None else rules.row[Channel.WEB]
        self.held = [0 if node.web_visible else -1 for node in world.nodes]
        self.period = self.delay = 0
        if rules is not None:
            self.held = rules.held_back[row].tolist()
            self.period, self.delay = rules.feeds[row].period_s, rules.feeds[row].delay_s
        self.free, self.atp = np.zeros(shape, int), np.zeros(shape, int)
        # by SKU: (moment, shown with no feed between, free anywhere, free where the web sees); -1: before opening
        self.history: list[list[tuple[int, int, int, int]]] = [[(-1, 0, 0, 0)] for _ in range(shape[0])]

    def moved(self, t: int, sku: int, node: int, kind: int, free: int, atp: int) -> None:
        if t == 0 and kind in (StockKind.OPENING, StockKind.MISCOUNTED):
            t = -1
        self.free[sku, node] += free
        self.atp[sku, node] = atp
        seen = [n for n, held in enumerate(self.held) if held >= 0]
        now = (
            t,
            sum(max(0, int(self.atp[sku, n]) - self.held[n]) for n in seen),
            sum(max(0, int(units)) for units in self.free[sku]),
            sum(max(0, int(self.free[sku, n])) for n in seen),
        )
        rows = self.history[sku]
        if rows[-1][0] == t:
            rows.pop()
        rows.append(now)

    def spells(self, sku: int, end: int) -> list[Spell]:
        rows = self.history[sku]
        moments = [row[0] for row in rows]

        def at(t: int) -> tuple[int, int, int, int]:
            return rows[max(0, bisect_right(moments, t) - 1)]

        def shown(t: int) -> int:
            if not self.period:
                return at(t - self.delay if t >= self.delay else -1)[1]
            snapshot = (t - self.delay) // self.period * self.period
            return at(snapshot - 1 if snapshot > 0 else -1)[1]

        changes = {0, *(t for t in moments if t >= 0)}
        step = self.period or 1
        changes |= {max(0, (t // step + 1) * step) + self.delay if self.period else t + self.delay for t in changes}
        found, since = [], {}
        for t in [*sorted(c for c in changes if c < end), end]:
            _, _, anywhere, there = at(t)
            states = {Scope.WEB: shown(t) == 0, Scope.HIDDEN: shown(t) == 0 and anywhere > 0,
                      Scope.PHANTOM: shown(t) > 0 and there == 0}  # fmt: skip
            for scope, holds in states.items():
                if holds and t < end:
                    since.setdefault(scope, t)
                elif scope in since and (begin := since.pop(scope)) < t:
                    found.append((int(scope), sku, -1, begin, t))
        return found
