"""Turn one mechanism up, customers and luck being the same, and the figures move as reason expects."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import audits
import numpy as np
import pytest
from towns import town

from orchestrion.domain.records import Records
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.units import DAY, HOUR

KPIS = (
    "short_pick_rate", "resourcing_hops", "cancellation_rate", "hidden_rate", "phantom_rate", "phantom_lost_share",
)  # fmt: skip
SKUS, SEEDS = 40, (1, 2, 3)
BASE: dict[str, Any] = {"shrink": 0.0, "count_every": 0, "every": 0, "back": 0}


def world(*, shrink: float, count_every: int, every: int, back: int) -> World:
    """Four weeks of a season: a warehouse with little, three stores with four of each SKU, no replenishment."""
    records = Records.of(4, shrink=[shrink / 10, *[shrink] * 3], count_every=count_every, count_finds=0.7)
    held = np.full((2, 4), back, np.int32)
    matrix = Visibility(row=(0,) * 5, page=1, held_back=held, feeds=(Feed(every, 0),) * 2)
    plain = town(
        stock=np.hstack([np.full((SKUS, 1), 10), np.full((SKUS, 3), 4)]), node_km=(100, 10, 20, 30), place_km=(0, 40),
        prices=[20.0] * SKUS, costs=[8.0] * SKUS, grams=[100] * SKUS, cm3=[100] * SKUS, days=28, run_off_days=7,
        online_per_day=24.0, walk_ins=(0.0, 6.0, 4.0, 3.0), pick_success=0.97, pickers=2, sourcing={"max_hops": 2},
    )  # fmt: skip
    return replace(plain, records=records, visibility=matrix)


@cache
def figures(**change: Any) -> dict[str, float]:
    """Means over the replications."""
    found: dict[str, list[float]] = {}
    for seed in SEEDS:
        table = measure(audits.run(world(**(BASE | change)), seed=seed), ("all",), list(KPIS))
        for key, value in zip(table["kpi"].tolist(), table["value"].tolist(), strict=True):
            found.setdefault(key, []).append(value)
    return {key: float(np.mean(values)) for key, values in found.items()}


# what is turned up, its values, and which figures rise (+) or fall (-)
DIRECTIONS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "shrink": (
        [{"shrink": 0.0}, {"shrink": 0.02}, {"shrink": 0.06}],
        "+short_pick_rate +resourcing_hops +cancellation_rate +phantom_rate",
    ),
    "counts": (
        [{"shrink": 0.06, "count_every": n} for n in (0, 14, 2)],
        "-short_pick_rate -resourcing_hops -cancellation_rate -phantom_rate",
    ),
    "feed": (
        [{"every": 0}, {"every": 6 * HOUR}, {"every": 2 * DAY}],
        "+phantom_rate +phantom_lost_share +cancellation_rate",
    ),
    "buffer": ([{"every": DAY, "back": n} for n in (0, 1, 2)], "-phantom_rate -phantom_lost_share +hidden_rate"),
}


@pytest.mark.slow
@pytest.mark.parametrize("turned", DIRECTIONS)
def test_a_mechanism_turned_up_moves_the_figures_as_reason_expects(turned: str) -> None:
    changes, expected = DIRECTIONS[turned]
    runs = [figures(**change) for change in changes]
    for sign, key in ((word[0], word[1:]) for word in expected.split()):
        values = [run[key] for run in runs]
        moved = np.diff(values) if sign == "+" else -np.diff(values)
        assert (moved > 0).all(), f"{turned}: {key} {values}"


def received(shrink: float, seed: int) -> dict[int, tuple[int, int]]:
    """Order -> (units received, when the last of them came [s])."""
    shipments = audits.run(world(**(BASE | {"shrink": shrink})), seed=seed)["shipments"]
    found: dict[int, tuple[int, int]] = {}
    for order, units, t in audits.records(shipments, "order", "units", "received_t"):
        if t >= 0:
            before, last = found.get(order, (0, 0))
            found[order] = before + units, max(last, t)
    return found


def test_who_is_fully_served_either_way_waits_longer_where_units_vanish() -> None:
    # the mean over all orders would hide it: who would have waited longest is cancelled
    later = []
    for seed in SEEDS:
        honest, short = received(0.0, seed), received(0.06, seed)
        both = sorted(honest.keys() & short.keys())
        later += [short[order][1] - honest[order][1] for order in both if honest[order][0] == short[order][0]]
    assert len(later) > 500
    assert np.mean(later) > 0, f"{np.mean(later)} seconds over {len(later)} orders"
