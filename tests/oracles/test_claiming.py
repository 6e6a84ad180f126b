"""Claiming and impatience against closed forms: stores asked in sequence, the quickest of several, M/M/1+M."""

from __future__ import annotations

from math import sqrt
from typing import Any

import audits
import numpy as np
import pytest
from scipy import stats
from towns import one_warehouse, town

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Channel, Component, EventKind
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.units import DAY, MICRO

DAYS = 30


def asking(
    acceptance: list[float], costs: list[float], *, orders: int, response_s: list[float] | None = None, at_once: int = 1
) -> Any:
    """Stores that never close, one after the other along the road, each with plenty of one SKU; nobody has to pick."""
    count = len(acceptance)
    always = Calendar([0], [2 * DAYS * DAY])
    claiming = Claiming(
        asked=np.ones(count, bool),
        acceptance=np.array(acceptance),
        response_s=np.array(response_s or [0.0] * count),
        request_cost=np.array([round(cost * MICRO) for cost in costs]),
        timeout_s=10 * DAY,
        at_once=at_once,
    )
    step = DAYS * DAY // orders
    wishes = [(1 + i * step, Channel.WEB, 0, 0, -1, [(0, 1)]) for i in range(orders)]
    at_work = {"calendar": always, "pick_setup_s": 0, "pick_line_s": 0}
    return town(
        stock=[[orders] * count],
        node_km=[10.0 * (n + 1) for n in range(count)],
        place_km=(0,),
        warehouses=0,
        days=DAYS,
        wishes=wishes,
        nodes={f"store_{n + 1}": at_work for n in range(count)},
        sourcing={"max_hops": count, "hold_s": 0},
        mechanisms={"claiming": claiming},
    )


def spent(facts: Any, orders: int) -> tuple[np.ndarray[Any, Any], float]:
    """Euros of requests for each order, and the share of orders that nobody accepted."""
    costs = facts["costs"]
    mine = costs["component"] == Component.CLAIMING
    _, index = np.unique(costs["order"][mine], return_inverse=True)
    euros = np.bincount(index, costs["amount"][mine]) / MICRO
    assert len(euros) == orders
    kinds, order = facts["events"]["kind"], facts["events"]["order"]
    accepted = len(np.unique(order[kinds == EventKind.ACCEPTED]))
    return euros, 1 - accepted / orders


def holds(sample: Any, truth: float, half_width: float) -> None:
    """The truth lies in the 99 % interval of the mean, which is no wider than stated."""
    half = stats.t.ppf(0.995, len(sample) - 1) * np.std(sample, ddof=1) / sqrt(len(sample))
    assert half <= half_width, f"99 % half-width {half:.4f}"
    assert abs(np.mean(sample) - truth) <= half, f"{np.mean(sample):.4f} +- {half:.4f}, expected {truth:.4f}"


def expected_cost(acceptance: list[float], costs: list[float]) -> float:
    """Cost of asking in this order until somebody accepts: each request is reached if all before it refused."""
    reached = np.concatenate([[1.0], np.cumprod(1 - np.array(acceptance))[:-1]])
    return float(reached @ costs)


@pytest.mark.parametrize(
    ("acceptance", "costs", "truth"),
    [
        ([0.8, 0.9, 0.95], [2, 3, 4], 2.68),  # by cost over acceptance: the best order there is
        ([0.95, 0.9, 0.8], [4, 3, 2], 4.16),  # the worst
        pytest.param(
            [0.5, 0.3, 0.9, 0.6], [1, 2, 6, 4], 1 + 0.5 * (2 + 0.7 * (6 + 0.1 * 4)), marks=pytest.mark.slow
        ),
    ],
)
def test_asking_stores_in_sequence_costs_each_request_that_is_reached(
    acceptance: list[float], costs: list[float], truth: float
) -> None:
    """Independent acceptance; the cost of a request is paid whatever the answer (a textbook exchange argument)."""
    assert expected_cost(acceptance, costs) == pytest.approx(truth)
    orders = 20_000
    facts = audits.run(asking(acceptance, costs, orders=orders), seed=11)
    euros, nobody = spent(facts, orders)
    holds(euros, truth, half_width=0.08)
    refused = float(np.prod(1 - np.array(acceptance)))
    assert abs(nobody - refused) <= 2.576 * sqrt(refused * (1 - refused) / orders)


@pytest.mark.parametrize("means", [[3600.0], [3600.0, 3600.0, 3600.0], [1200.0, 7200.0], [6000.0] * 5])
def test_the_quickest_of_several_exponential_answers_comes_after_the_harmonic_time(means: list[float]) -> None:
    """The minimum of independent exponentials is exponential with the sum of their rates."""
    orders = 4_000
    world = asking([1.0] * len(means), [1.0] * len(means), orders=orders, response_s=means, at_once=len(means))
    facts = audits.run(world, seed=12)
    events = facts["events"]
    placed = dict(audits.records(events, "order", "t", kind=EventKind.PLACED))
    waits = [t - placed[o] for o, t in audits.records(events, "order", "t", kind=EventKind.ACCEPTED)]
    assert len(waits) == orders
    truth = 1 / sum(1 / mean for mean in means)
    holds(waits, truth, half_width=0.05 * truth)
    # the law, not only its mean
    assert stats.kstest(waits, "expon", args=(0, truth)).pvalue > 0.001
    euros, _ = spent(facts, orders)
    assert euros.tolist() == [float(len(means))] * orders  # everybody who is asked has to look


def erlang_a(arrivals: float, service: float, impatience: float) -> tuple[float, float]:
    """M/M/1+M: share of customers who leave before service, and mean number waiting (birth and death)."""
    weight = [1.0]
    for n in range(1, 400):
        weight.append(weight[-1] * arrivals / (service + (n - 1) * impatience))
    p = np.array(weight) / sum(weight)
    queue = float(p @ np.maximum(np.arange(400) - 1, 0))
    return impatience * queue / arrivals, queue


@pytest.mark.parametrize(
    ("arrivals", "impatience"),
    [pytest.param(0.9, 0.25, marks=pytest.mark.slow), pytest.param(1.5, 0.5, marks=pytest.mark.slow), (0.6, 2.0)],
)
def test_impatient_customers_leave_a_queue_as_erlang_a_says(arrivals: float, impatience: float) -> None:
    """M/M/1+M, mu 1, one unit of time = 1,000 s: everybody's patience is exponential, and ends when picking begins."""
    days, run_off = 60, 15
    edges = np.arange(1, 1500) + 0.5
    units = np.diff(np.concatenate([[0.0], stats.expon(scale=100).cdf(edges), [1.0]]))
    world = one_warehouse(
        1_000_000_000,
        days=days,
        run_off_days=run_off,
        online_per_day=arrivals * 86.4,
        nodes={
            "warehouse": {
                "calendar": Calendar([0], [(days + run_off) * DAY]), "pick_setup_s": 0, "pick_line_s": 0,
                "pick_unit_s": 10,
            }
        },
        demand={
            "online_hour": np.full(24, 1 / 24),
            "option_shares": np.array([1.0, 0.0, 0.0]),
            "lines": np.array([1.0]),
            "units": units,
        },
        mechanisms={"second_thoughts": SecondThoughts(share=1.0, mean_s=1000 / impatience)},
    )  # fmt: skip
    left, waiting = [], []
    for replication in range(8):
        facts = audits.run(world, seed=2026, replication=replication)
        measured = facts["orders"]["t"] >= 2 * DAY
        orders = facts["orders"]["order"][measured]
        events = facts["events"]
        gone = events["order"][events["kind"] == EventKind.CANCELLED]
        left.append(np.isin(orders, gone).mean())
        # Little: everybody's wait, until picking began or they left
        begun = dict(audits.records(facts["shipments"], "order", "picked_t"))
        size = dict(audits.records(facts["lines"], "order", "qty"))
        ended = {o: t - 10 * size[o] for o, t in begun.items()}
        ended |= dict(audits.records(events, "order", "t", kind=EventKind.CANCELLED))
        placed = dict(audits.records(facts["orders"], "order", "t"))
        waiting.append(arrivals / 1000 * np.mean([ended[o] - placed[o] for o in orders.tolist()]))
    share, queue = erlang_a(arrivals, 1.0, impatience)
    holds(left, share, half_width=0.02)
    holds(waiting, queue, half_width=0.12 * max(queue, 0.4))
