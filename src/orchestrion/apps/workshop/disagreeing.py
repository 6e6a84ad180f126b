"""Where departments part ways: which single price drives it, from where it would change a mind, what all can bear.

Scores are linear in prices, so everything here is worked out exactly: no simulation is run again. (Flip points of
assumptions, which change the simulation, are another matter: `experiments.flip_points`.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from orchestrion.apps.workshop.played import Played, flat, mean_score
from orchestrion.apps.workshop.standings import Opinion
from orchestrion.experiments.pareto import front
from orchestrion.kpis.weighing import ranking

Table = Sequence[Played]


def scored(played: Table, prices: Mapping[str, float]) -> dict[str, float]:
    """Label -> score."""
    by = {one.label: one for one in played}
    return {one.label: mean_score(one, by, prices) for one in played}


def best_of(means: Mapping[str, float]) -> str:
    """The highest; the first of equal ones."""
    return ranking({name: [value] for name, value in means.items()})[0][0]


def flip_price(played: Table, prices: Mapping[str, float], key: str, wanted: str) -> float | None:
    """The price of one criterion from which an alternative comes before all others, the other prices staying.

    The furthest of its ties with those that are ahead of it at today's price: at the nearest it may only have passed
    one of them. None where it is ahead already, or a price of this criterion cannot bring it there.
    Asked of alternatives as `flat` gives them.
    """
    now, means = prices.get(key, 0.0), scored(played, prices)
    amounts = {one.label: one.mean_amount(key) for one in played}
    ties = []
    for other in means:
        slope, lead = amounts[other] - amounts[wanted], means[other] - means[wanted]
        if lead > 0.0:
            if slope == 0.0:
                return None
            ties.append(now + lead / slope)
    if not ties or (min(ties) < now < max(ties)):  # some are passed on the way up, others on the way down
        return None
    furthest = max(ties, key=lambda price: abs(price - now))
    return furthest if furthest >= 0.0 else None


def driver(a: Opinion, b: Opinion, played: Table) -> dict[str, Any]:
    """Why two departments want different things.

    The lead of a's choice over b's choice, at a's prices less at b's prices, is a sum over criteria: price difference
    times difference of amounts. A price drives the disagreement alone when one of the two, taking over that price from
    the other, would want what the other wants; `flips` says who, `flip` from what price on.
    Where none does, the largest part is told. Red lines come in two ways: as the reason itself, where scores would
    agree, and as what stands in the way besides.
    """
    by = {one.label: one for one in played}
    here, there = ({key: by[one].mean_amount(key) for key in by[one].amounts} for one in (a.preferred, b.preferred))
    parts = {key: (b.prices.get(key, 0.0) - a.prices.get(key, 0.0)) * (here[key] - there[key]) for key in here}
    crossed = [c.measure for c in a.of(b.preferred).crossings] + [c.measure for c in b.of(a.preferred).crossings]
    told: dict[str, Any] = {
        "measure": crossed[0] if crossed else None,
        "criterion": None,
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
    return told | {
        "kind": "weight",
        "criterion": key,
        "alone": bool(alone),
        "prices": [a.prices.get(key, 0.0), b.prices.get(key, 0.0)],
        "flip": flip_price(played, turning.prices, key, other.preferred) if alone else None,
        "flips": turning.department if alone else None,
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
    }


def compromises(heard: Sequence[Opinion], played: Table) -> list[dict[str, Any]]:
    """Every alternative with what each department would regret; the one whose worst-off department loses least first.

    On the front: no other alternative is better for one department and worse for none, by means.
    Regrets are compared as parts of what is at stake for each department, so that none outshouts the others in euros.
    """
    labels = [one.label for one in played]
    points = np.array([[-opinion.of(label).score for opinion in heard] for label in labels])
    on_front = dict(zip(labels, front(points).tolist(), strict=True))
    found = []
    for label in labels:
        rows = {one.department: one.of(label) for one in heard}
        worst = max(rows, key=lambda key: rows[key].share)
        found.append(
            {
                "label": label,
                "front": on_front[label],
                "worst": {"department": worst, "share": rows[worst].share, "regret": rows[worst].regret},
                "regret": {key: row.regret for key, row in rows.items()},
                "share": {key: row.share for key, row in rows.items()},
                "crossed_by": [key for key, row in rows.items() if row.crossings],
            }
        )
    return sorted(found, key=lambda one: (len(one["crossed_by"]) > 0, not one["front"], one["worst"]["share"]))
