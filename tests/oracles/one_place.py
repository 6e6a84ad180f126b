"""Worlds reduced to inventory theory: Poisson customers around the clock, lead times to the second, no time to pick.

Many SKUs in one place are as many independent copies of the same case: means over SKUs give an honest interval.
Walk-ins find the shelf bare and leave: lost sales. Online orders may wait: backorders.
"""

from __future__ import annotations

import logging
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from towns import town

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import Facts
from orchestrion.domain.ordering import LeadTime, ordering
from orchestrion.domain.world import World
from orchestrion.units import DAY

Floats = NDArray[np.float64]
FIGURES = logging.getLogger("figures")  # shown by --log-cli-level=INFO
WARM_UP = 35  # days: several lead times, so that the full shelf of the first morning is forgotten


def around_the_clock(
    *,
    days: int,
    up_to: Any,
    low: Any = None,
    rule: str = "base_stock",
    quantity: int = 1,
    lead: LeadTime | None = None,
    walk_ins: float | tuple[float, ...] = 0.0,
    online: float = 0.0,
    place_km: tuple[float, ...] = (0.0,),
    place_weights: tuple[float, ...] | None = None,
    nodes: int = 1,
    skus: int = 1,
    backorders: bool = False,
    review_days: int = 0,
    keep: int = 0,
    wishes: Any = None,
) -> World:
    """`skus` copies of one case. Rates are units a day of one SKU (walk-ins: at each node)."""
    shape = (skus, nodes)
    run_off = 7
    always = Calendar([d * DAY for d in range(days + run_off)], [(d + 1) * DAY for d in range(days + run_off)])
    target = np.broadcast_to(np.asarray(up_to, np.int32), shape)
    reorder = target - 1 if low is None else np.broadcast_to(np.asarray(low, np.int32), shape)
    rates = tuple(np.broadcast_to(np.asarray(walk_ins, float), nodes) * skus)
    asked = ordering(
        shape, rule, quantity=np.full(shape, quantity, np.int32),
        continuous=np.full(nodes, not review_days), review_s=np.full(nodes, review_days * DAY, np.int64),
        leads=() if lead is None else (lead,), lead_of=np.full(nodes, 0 if lead else -1, np.int64),
    )  # fmt: skip
    mechanisms: dict[str, Any] = {"ordering": asked}
    if backorders:
        mechanisms["backorders"] = Backorders(
            allowed=np.ones(skus, bool), node=np.zeros(len(place_km), np.int64), limit=-1,
            patience_s=(days + run_off) * DAY, promise_s=0,
        )  # fmt: skip
    return town(
        stock=target, node_km=tuple(10.0 * n for n in range(nodes)), place_km=place_km, warehouses=0,
        prices=[20.0] * skus, costs=[8.0] * skus, grams=[100] * skus, cm3=[100] * skus,
        protected=keep, low=reorder, up_to=target, days=days, run_off_days=run_off,
        walk_ins=rates, online_per_day=online * skus, wishes=wishes, pickers=1,
        nodes={
            f"store_{n + 1}": {"calendar": always, "pick_setup_s": 0, "pick_line_s": 0, "collects": False}
            for n in range(nodes)
        },
        demand={
            "online_hour": np.full(24, 1 / 24), "option_shares": np.array([1.0, 0.0, 0.0]), "lines": np.array([1.0]),
            "walk_in_day": np.ones(days + run_off),
            "place_weights": np.array(place_weights or [1 / len(place_km)] * len(place_km)),
        },
        mechanisms=mechanisms,
    )  # fmt: skip


def days(number: float) -> int:
    """Seconds of days."""
    return round(number * DAY)


def by_sku(facts: Facts, counted: Any, of: Any) -> Floats:
    """Share of the requests `of` that are `counted`, by SKU."""
    count = len(facts.dims["skus"]["key"])
    sku = facts["requests"]["sku"]
    return np.asarray(np.bincount(sku[counted & of], minlength=count) / np.bincount(sku[of], minlength=count))


def measured(facts: Facts, warm_up: int = WARM_UP) -> Any:
    """Requests after the warm-up."""
    return facts["requests"]["t"] >= warm_up * DAY


def at_once(facts: Facts) -> Any:
    """Whether each request became a line that was sourced in the second it was placed."""
    decisions, lines, orders = facts["decisions"], facts["lines"], facts["orders"]
    placed = dict(zip(orders["order"].tolist(), orders["t"].tolist(), strict=True))
    prompt = {
        (o, n)
        for o, n, t in zip(*(decisions[c].tolist() for c in ("order", "line", "t")), strict=True)
        if placed[o] == t
    }
    request = {
        r
        for o, n, r in zip(*(lines[c].tolist() for c in ("order", "line", "request")), strict=True)
        if (o, n) in prompt
    }
    return np.isin(facts["requests"]["request"], np.array(sorted(request)))


def averages(facts: Facts, sku: Any, t: Any, change: Any, warm_up: int = WARM_UP) -> Floats:
    """Time average by SKU, from the warm-up to the horizon, of a level that changes at these moments."""
    count, ends = len(facts.dims["skus"]["key"]), facts.horizon_s
    left = np.clip(ends - np.maximum(t, warm_up * DAY), 0, None)
    return np.asarray(np.bincount(sku, change * left, count) / (ends - warm_up * DAY))


def on_hand(facts: Facts, warm_up: int = WARM_UP) -> Floats:
    """Mean units on hand, by SKU."""
    stock = facts["stock"]
    return averages(facts, stock["sku"], stock["t"], stock["d_physical"], warm_up)


def waiting(facts: Facts, warm_up: int = WARM_UP) -> Floats:
    """Mean units ordered and not yet sourced, by SKU."""
    events, lines = facts["events"], facts["lines"]
    sku_of = dict(zip(zip(lines["order"].tolist(), lines["line"].tolist(), strict=True), lines["sku"], strict=True))
    sourced = events["kind"] == EventKind.SOURCED
    keys = zip(events["order"][sourced].tolist(), events["line"][sourced].tolist(), strict=True)
    placed = dict(zip(facts["orders"]["order"].tolist(), facts["orders"]["t"].tolist(), strict=True))
    sku = np.concatenate([lines["sku"], [sku_of[key] for key in keys]]).astype(np.int64)
    t = np.concatenate([[placed[o] for o in lines["order"].tolist()], events["t"][sourced]])
    return averages(facts, sku, t, np.concatenate([lines["qty"], -events["qty"][sourced]]), warm_up)


def demanded(facts: Facts, of: Any = None) -> Floats:
    """Units asked for after the warm-up, by SKU (`of` some requests only): a number whose mean is known."""
    chosen = measured(facts) if of is None else of
    return np.bincount(facts["requests"]["sku"][chosen], minlength=len(facts.dims["skus"]["key"])).astype(float)


def agrees(
    sample: Floats, truth: float, half_width: float, control: Floats | None = None, expected: float = 0.0
) -> None:
    """The truth lies in the 99 % Student interval of independent copies, no wider than stated.

    With a control, the copies are first corrected for the luck of its demand: the intercept of a least-squares line
    through (control - its known mean, sample). The interval is that of the intercept.
    """
    count = len(sample)
    columns = [np.ones(count)] if control is None else [np.ones(count), control - expected]
    design = np.stack(columns, axis=1)
    inverse = np.linalg.inv(design.T @ design)
    answer = inverse @ design.T @ sample
    freedom = count - design.shape[1]
    variance = float(((sample - design @ answer) ** 2).sum()) / freedom
    half = float(stats.t.ppf(0.995, freedom)) * sqrt(variance * inverse[0, 0])
    mean = float(answer[0])
    FIGURES.info("%.5f +- %.5f (99 %%), %d copies; truth %.5f", mean, half, count, truth)
    assert half <= half_width, f"99 % half-width {half:.5f}"
    assert abs(mean - truth) <= half, f"{mean:.5f} +- {half:.5f}, expected {truth:.5f}"
