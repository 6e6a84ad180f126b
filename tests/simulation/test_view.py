"""What policies see while the simulation runs: records and promises, the same as a view held still would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from busy_towns import busy, hurried, pooled
from fakes import StillView
from towns import COLLECT, one_store_walk_in, one_warehouse, three_stores

from orchestrion.domain.codes import Channel
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.units import DAY, HOUR, MINUTE

NOON = 12 * HOUR


@dataclass(frozen=True)
class Spy:
    """Looks through the view before the nearest node is chosen."""

    look: Any

    def decide(self, orders: Any, view: Any) -> Any:
        self.look(orders, view)
        return make_policy("nearest").start(view, None).decide(orders, view)  # type: ignore[arg-type]


def spied(world: World, look: Any, seed: int = 1) -> None:
    simulate(world, Spy(look), seed=seed, replication=0)


def web(t: int, *lines: tuple[int, int], option: int = 0, store: int = -1) -> Any:
    return (t, Channel.WEB, 0, option, store, list(lines) or [(0, 1)])


@pytest.mark.parametrize("town", [busy, pooled, hurried])
def test_the_running_view_shows_what_a_view_held_still_on_the_same_records_shows(town: Any) -> None:
    world = town()
    skus, nodes = range(len(world.skus)), range(len(world.nodes))
    compared = 0

    def look(orders: Any, view: Any) -> None:
        nonlocal compared
        homes = [order for order in orders if order.collect_at < 0]
        still = StillView(
            world, homes, now=view.now,
            recorded=[[view.recorded(s, n) for n in nodes] for s in skus],
            reserved=[[view.reserved(s, n) for n in nodes] for s in skus],
            capacity=[view.capacity_left(n) for n in nodes],
        )  # fmt: skip
        for sku in skus:
            assert view.atp_row(sku).tolist() == [view.atp(sku, n) for n in nodes]
            assert min(view.atp_row(sku)) >= 0
            assert view.overstock_row(sku).tolist() == still.overstock_row(sku).tolist()
        web_nodes = [n for n in nodes if world.nodes[n].web_visible]
        for order in homes:
            assert list(view.nearest(order)) == [n for n in still.nearest(order) if n in web_nodes]
            for n in web_nodes:
                assert view.service(order.lines[0], n) == still.service(order.lines[0], n)
            compared += 1

    spied(world, look)
    assert compared > 50


def test_atp_is_what_is_recorded_less_what_is_reserved_and_protected() -> None:
    world = three_stores(stock=[[9, 4, 0, 0]], protected=[[0, 3, 0, 0]], wishes=[web(9 * HOUR), web(9 * HOUR + 1)])
    seen = []
    spied(world, lambda orders, view: seen.append((view.recorded(0, 1), view.reserved(0, 1), view.atp(0, 1))))
    # both orders come before the store opens: the first takes the one unit it may promise
    assert seen == [(4, 0, 1), (4, 1, 0)]


def test_backlog_and_expected_moment_grow_with_the_work_that_waits() -> None:
    # five orders in one second at a warehouse with one picker: three minutes each
    wishes = [web(16 * HOUR + 50 * MINUTE) for _ in range(5)]
    seen = []
    spied(
        one_warehouse(wishes=wishes),
        lambda orders, view: seen.append((view.backlog_s(0), view.eta(orders[0], orders[0].lines, 0))),
    )
    # all is sourced in one second, before the picker has taken the first from the list
    assert [backlog for backlog, _ in seen] == [0, 180, 360, 540, 720]
    # ready at 16:53, 16:56, 16:59: collected at 17:00, there on Wednesday at noon; later ones a day later
    assert [eta for _, eta in seen] == [2 * DAY + NOON] * 3 + [3 * DAY + NOON] * 2


def test_an_expected_moment_comes_true_where_nothing_is_left_to_luck() -> None:
    wishes = [web(10 * HOUR + i * 1800, option=(0, 1)[i % 2]) for i in range(20)]
    told: dict[int, int] = {}
    spied(
        one_warehouse(wishes=wishes),
        lambda orders, view: told.update({o.id: view.eta(o, o.lines, 0) for o in orders}),
    )
    received = dict(records(audits.run(one_warehouse(wishes=wishes))["shipments"], "order", "received_t"))
    assert len(told) == 20
    assert received == told


def test_a_store_that_has_the_whole_collection_order_is_the_only_candidate() -> None:
    wishes = [web(NOON, (0, 1), (1, 1), option=COLLECT, store=2), web(NOON + 1, (0, 5), option=COLLECT, store=2)]
    seen = []
    spied(three_stores(wishes=wishes), lambda orders, view: seen.append(list(view.nearest(orders[0]))))
    assert seen == [[2], [2, 1, 3, 0]]


def test_the_forecast_begins_with_the_plan_and_follows_recorded_sales() -> None:
    # planned: ten walk-ins a day; really nobody walks in, and an order a day opens the view
    seen = []
    world = one_store_walk_in(500, wishes=[web(day * DAY + NOON) for day in range(10)], days=10)
    quiet = one_store_walk_in(
        500, wishes=[web(day * DAY + NOON) for day in range(10)], days=10, demand={"walk_in_day": np.zeros(24)}
    )
    for town in (world, quiet):
        series: list[float] = []
        spied(town, lambda orders, view, series=series: series.append(view.forecast(0, 0)))
        seen.append(series)
    busy_store, quiet_store = seen
    assert busy_store[0] == quiet_store[0] == pytest.approx(10.0)
    # nothing sold: the memory fades by 7 % a day; online orders are not walk-ins
    assert quiet_store == pytest.approx([10 * 0.93**day for day in range(10)])
    assert 6 < busy_store[-1] < 12


def test_what_a_policy_does_to_a_row_it_was_shown_does_not_move_stock_unnoticed() -> None:
    world = three_stores(wishes=[web(NOON)])

    def look(orders: Any, view: Any) -> None:
        with pytest.raises(ValueError, match="read-only"):
            view.atp_row(0)[:] = 0

    spied(world, look)
