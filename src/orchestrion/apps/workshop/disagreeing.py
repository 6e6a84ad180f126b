"""Where departments part ways: which single price drives it, what would change a mind, what all can bear.

Scores are linear in prices, so everything here is worked out exactly: no simulation is run again. (Flip points of
assumptions, which change the simulation, are another matter: `experiments.flip_points`.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from orchestrion.apps.workshop.played import Played, flat, mean_score, swings
from orchestrion.apps.workshop.standings import Opinion
from orchestrion.experiments.pareto import front, surely_dominated
from orchestrion.kpis.weighing import ranking

Table = Sequence[Played]


@dataclass(frozen=True, slots=True)
class Flip:
    """The price at which a department's highest score changes hands, all its other prices staying."""

    criterion: str
    price: float
    now: float
    to: str


def scored(played: Table, prices: Mapping[str, float]) -> dict[str, float]:
    """Label -> score."""
    by = {one.label: one for one in played}
    return {one.label: mean_score(one, by, prices) for one in played}


def best_of(means: Mapping[str, float]) -> str:
    """The highest; the first of equal ones."""
    return ranking({name: [value] for name, value in means.items()})[0][0]


def flips(played: Table, prices: Mapping[str, float]) -> list[Flip]:
    """For each criterion, the nearest price above and below today's at which another alternative comes first.

    Nearest first, by what the move of the price is worth over the whole range of the alternatives.
    Asked of alternatives as `flat` gives them.
    """
    means = scored(played, prices)
    amounts = {one.label: {key: one.mean_amount(key) for key in one.amounts} for one in played}
    first = best_of(means)
    found = []
    for key in played[0].amounts:
        now = prices.get(key, 0.0)
        up: list[tuple[float, str]] = []
        down: list[tuple[float, str]] = []
        for other in means:
            slope = amounts[first][key] - amounts[other][key]  # what the first loses more for a euro of price
            if other == first or slope == 0.0:
                continue
            price = now + (means[first] - means[other]) / slope
            if slope > 0.0:
                up.append((price, other))
            elif price >= 0.0:
                down.append((price, other))
        found += [Flip(key, price, now, to) for price, to in (*sorted(up)[:1], *sorted(down)[-1:])]
    stake = swings(played, list(played[0].amounts))
    return sorted(found, key=lambda one: abs(one.price - one.now) * stake[one.criterion])


def driver(a: Opinion, b: Opinion, played: Table) -> dict[str, Any]:
    """Why two departments want different things.

    The lead of a's choice over b's choice, at a's prices less at b's prices, is a sum over criteria: price difference
    times difference of amounts; `parts` has its terms. A price drives the disagreement alone when one of the two,
    taking over that price from the other, would want what the other wants; `turns` says who, `flip` at what price.
    Where none does, the largest part is told. Red lines come in two ways: as the reason itself, where scores would
    agree, and as what stands in the way besides.
    """
    by = {one.label: one for one in played}
    here, there = ({key: by[one].mean_amount(key) for key in by[one].amounts} for one in (a.preferred, b.preferred))
    parts = {key: (b.prices.get(key, 0.0) - a.prices.get(key, 0.0)) * (here[key] - there[key]) for key in here}
    total = sum(parts.values())
    crossed = [c.measure for c in a.of(b.preferred).crossings] + [c.measure for c in b.of(a.preferred).crossings]
    told: dict[str, Any] = {
        "parts": dict(sorted(parts.items(), key=lambda item: -item[1])),
        "total": total,
        "measure": crossed[0] if crossed else None,
        "criterion": None,
        "turns": [],
        "alone": False,
    }
    if crossed and (a.best == b.best or a.best == b.preferred or b.best == a.preferred):
        return told | {"kind": "red_line"}
    turns = {
        key: [
            one.department
            for one, other in ((a, b), (b, a))
            if best_of(scored(played, {**one.prices, key: other.prices.get(key, 0.0)})) == other.preferred
        ]
        for key, part in parts.items()
        if part != 0.0
    }
    alone = [key for key, who in turns.items() if who]
    key = max(alone or parts, key=lambda one: parts[one])
    if not alone and parts[key] <= 0.0:
        return told | {"kind": "red_line" if crossed else "none"}
    turning = b if turns.get(key) == [b.department] else a
    other = a if turning is b else b
    means = scored(played, turning.prices)
    slope = by[turning.preferred].mean_amount(key) - by[other.preferred].mean_amount(key)
    lead = means[turning.preferred] - means[other.preferred]
    flip = turning.prices.get(key, 0.0) + lead / slope if slope else None
    return told | {
        "kind": "weight",
        "criterion": key,
        "alone": bool(alone),
        "turns": turns.get(key, []),
        "prices": [a.prices.get(key, 0.0), b.prices.get(key, 0.0)],
        "share": parts[key] / total if total > 0.0 else None,
        "flip": flip if flip is not None and flip >= 0.0 else None,
        "flips": turning.department,
    }


def disagreement(opinions: Sequence[Opinion], played: Table) -> dict[str, Any]:
    """What the room has to talk about: preferences, pairs that differ with their driver, and compromises."""
    heard = [one for one in opinions if one.voices]
    means = flat(played)
    wanted = {one.department: one.preferred for one in heard}
    labels = list(dict.fromkeys(wanted.values()))
    pairs = []
    for a, b in combinations(heard, 2):
        if a.preferred == b.preferred:
            continue
        gives = {"a": a.of(b.preferred).regret, "b": b.of(a.preferred).regret}
        one = {"a": a.department, "b": b.department, "wants": [a.preferred, b.preferred], "gives_up": gives}
        pairs.append(one | {"driver": driver(a, b, means)})
    return {
        "preferred": wanted,
        "agreed": labels[0] if len(labels) == 1 else None,
        "pairs": pairs,
        "compromises": compromises(heard, played) if heard else [],
        "flips": {
            one.department: [
                {"criterion": f.criterion, "price": f.price, "now": f.now, "to": f.to}
                for f in flips(means, one.prices)[:3]
            ]
            for one in heard
        },
    }


def compromises(heard: Sequence[Opinion], played: Table) -> list[dict[str, Any]]:
    """Every alternative with what each department would regret; the one whose worst-off department loses least first.

    On the front: no other alternative is better for one department and worse for none, by means. Dominated: another one
    is so beyond chance (`experiments.pareto`), asked of the study's own alternatives, which share their replications.
    Regrets are compared as parts of what is at stake for each department, so that none outshouts the others in euros.
    """
    labels = [one.label for one in played]
    points = np.array([[-opinion.of(label).score for opinion in heard] for label in labels])
    on_front = dict(zip(labels, front(points).tolist(), strict=True))
    own = [one for one in played if one.base is None]
    shared = [r for r in own[0].replications if all(r in one.replications for one in own)]
    by: dict[str, list[str]] = {}
    if len(shared) > 1 and len(own) > 1:
        sample = np.array([[[-one.scores(op.prices)[r] for r in shared] for one in own] for op in heard])
        sure = surely_dominated(sample, 0.95)
        by = {one.label: [own[j].label for j in sure[i]] for i, one in enumerate(own)}
    found = []
    for label in labels:
        rows = {one.department: one.of(label) for one in heard}
        worst = max(rows, key=lambda key: rows[key].share)
        found.append(
            {
                "label": label,
                "front": on_front[label],
                "dominated_by": by.get(label, []),
                "worst": {"department": worst, "share": rows[worst].share, "regret": rows[worst].regret},
                "regret": {key: row.regret for key, row in rows.items()},
                "share": {key: row.share for key, row in rows.items()},
                "crossed_by": [key for key, row in rows.items() if row.crossings],
            }
        )
    return sorted(found, key=lambda one: (len(one["crossed_by"]) > 0, not one["front"], one["worst"]["share"]))
