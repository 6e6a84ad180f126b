"""Dilated rounding in the running shop: lines leave together as often as the shares allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ahead import start
from towns import order, three_stores, town

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Order
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.streams import Streams
from orchestrion.testing import StillView


class Fixed:
    """Flows by hand: the shares of two SKUs at two nodes."""

    def __init__(self, flows: Any) -> None:
        self._flows = np.asarray(flows, float)

    def observe(self, *_: Any) -> None: ...

    def flows(self, sku: int, view: Any) -> Any:
        return self._flows[sku][:, None]

    def worth(self, sku: int, qty: int, view: Any) -> Any:
        return np.zeros(2)


def drawn(
    flows: Any, count: int, stock: Any = ((9, 9), (9, 9)), skus: tuple[int, int] = (0, 1), of: Reason | None = None
) -> list[tuple[int, ...]]:
    """The nodes of the lines of orders of both SKUs, order by order; only those decided for a reason, if asked."""
    world = town(stock=stock, node_km=(1, 2), place_km=(0,), warehouses=0, agency_km=(0.0,))
    view = StillView(world)
    decider = start("dilated_rounding", view)
    decider._bids = decider._otherwise._prices = Fixed(flows)
    nodes = []
    for id in range(count):
        orders = [order(id, [(sku, 1) for sku in skus])]
        decisions = sorted(decider.decide(orders, StillView(world, orders)).decisions, key=lambda d: d.line.number)
        nodes.append(tuple(d.node for d in decisions if of is None or d.reason == of))
    return nodes


def test_lines_with_crossed_shares_are_split_in_four_orders_of_ten_and_keep_their_shares() -> None:
    nodes = np.array(drawn([[0.7, 0.3], [0.3, 0.7]], 3000))
    assert (nodes[:, 0] != nodes[:, 1]).mean() == pytest.approx(0.4, abs=0.025)  # 2.8 standard errors; independent: .58
    assert (nodes == 0).mean(axis=0).tolist() == pytest.approx([0.7, 0.3], abs=0.025)


def test_lines_with_the_same_shares_always_leave_together() -> None:
    nodes = drawn([[0.5, 0.5], [0.5, 0.5]], 200)
    assert all(a == b for a, b in nodes)
    assert 60 < sum(a for a, _ in nodes) < 140


def test_a_node_without_the_unit_takes_no_part_and_a_line_without_shares_falls_back() -> None:
    assert set(drawn([[1.0, 0.0], [0.5, 0.5]], 50, stock=((9, 9), (0, 9)))) == {(0, 1)}
    assert set(drawn([[1.0, 0.0], [0.5, 0.5]], 50, stock=((9, 9), (0, 9)), of=Reason.ROUNDED)) == {(0, 1)}
    world = town(stock=((0, 9), (9, 9)), node_km=(1, 2), place_km=(0,), warehouses=0, agency_km=(0.0,))
    orders = [order(7, [(0, 1), (1, 1)])]
    view = StillView(world, orders)
    decider = start("dilated_rounding", view)
    decider._bids = decider._otherwise._prices = Fixed([[1.0, 0.0], [0.0, 1.0]])
    reasons = {d.line.number: (d.node, d.reason) for d in decider.decide(orders, view).decisions}
    assert reasons == {0: (1, Reason.FALLBACK), 1: (1, Reason.ROUNDED)}


def test_two_lines_that_draw_the_same_last_unit_get_a_unit_each() -> None:
    found = drawn([[1.0, 0.0], [1.0, 0.0]], 20, stock=((1, 9), (9, 9)), skus=(0, 0))
    assert {tuple(sorted(nodes)) for nodes in found} == {(0, 1)}


def test_what_the_near_store_cannot_last_for_is_shared_out_as_the_programme_says() -> None:
    # 10 units a day for a week are asked for at km 0; store 1 next to it has 28 of 70, store 2 at km 300 all
    world = town(
        stock=[[28, 500]], node_km=(1, 300), place_km=(0,), warehouses=0, agency_km=(0.0, 300.0), online_per_day=10.0,
    )  # fmt: skip
    count, near = 600, 0
    for id in range(count):
        orders = [order(id, [(0, 1)])]
        view = StillView(world, orders, now=0)
        decision = start({"name": "dilated_rounding", "horizon_days": 7}, view).decide(orders, view).decisions[0]
        near += decision.node == 0
        assert decision.reason == Reason.ROUNDED
    assert near / count == pytest.approx(0.4, abs=0.06)  # three standard errors


def test_a_draw_belongs_to_its_order_whoever_else_waits() -> None:
    world = three_stores(online_per_day=900.0)
    slips = [order(id, [(0, 1)], place=id % 2) for id in range(6)]

    def chosen(batch: list[Order], seed: int) -> dict[int, int]:
        view = StillView(world, batch)
        return {d.line.order: d.node for d in start("dilated_rounding", view, seed).decide(batch, view).decisions}

    together = chosen(slips, 1)
    alone = {id: node for slip in slips for id, node in chosen([slip], 1).items()}
    assert together == alone
    assert len({tuple(chosen(slips, seed).values()) for seed in range(8)}) > 1  # another replication draws anew


def test_a_policys_streams_are_not_those_of_the_world() -> None:
    seen: list[Streams] = []

    class Curious:
        def start(self, view: Any, streams: Streams) -> Any:
            seen.append(streams)
            return make_policy("nearest")

    for seed in (3, 3, 4):
        simulate(three_stores(days=1), Curious(), seed=seed, replication=2)
    mine = [streams.luck("pick", 41) for streams in seen]
    assert mine[0] == mine[1] != mine[2]
    assert mine[0] != Streams(3, 2).luck("pick", 41)
