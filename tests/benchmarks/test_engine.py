"""Ratios 1-5 and 7: the simulation against bare events, a process per order and a heap of one's own."""

from __future__ import annotations

from functools import cache, partial
from heapq import heappop
from pathlib import Path
from typing import Any
from unittest.mock import patch

import bare
import numpy as np
import pytest
import towns
from measuring import Ratios, cpu, each, in_turn

import orchestrion as orc
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.world import World
from orchestrion.experiments.cell import quiet_collector
from orchestrion.experiments.parquet import write_table
from orchestrion.simulation import moments
from orchestrion.simulation.ledger import Sheet
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.units import DAY

DAYS, PER_DAY = 10, 2000.0


@cache
def warehouse(per_day: float = PER_DAY) -> World:
    """One warehouse with everything in plenty, around the clock, one line an order, every mechanism off."""
    always = Calendar([0], [(DAYS + 14) * DAY])
    return towns.one_warehouse(
        1_000_000_000, days=DAYS, online_per_day=per_day, pickers=5,
        nodes={"warehouse": {"calendar": always}},
        demand={
            "online_hour": np.full(24, 1 / 24), "option_shares": np.array([1.0, 0.0, 0.0]), "lines": np.array([1.0]),
            "units": np.array([1.0]),
        },
    )  # fmt: skip


def shop(per_day: float = PER_DAY) -> Shop:
    return Shop(warehouse(per_day), bare.FromTheOnlyNode(), Streams(1, 0))


def events(per_day: float) -> tuple[int, int]:
    """(events of the clock, orders) of a run; a customer who arrives is no event, the door drives the clock."""
    work, happened = shop(per_day), 0

    def counted(queue: list[Any]) -> Any:
        nonlocal happened
        happened += 1
        return heappop(queue)

    with patch.object(moments, "heappop", counted):
        work.run()
    return happened, len(work.ledger.table("orders")["order"])


def test_events_an_order(ratios: Ratios) -> None:
    busy, orders = events(PER_DAY)
    still, none = events(0.0)
    assert none == 0
    each_order = (busy - still) / orders
    row = ratios.add("1", "SimPy events an order of one shipment, exact count", each_order, 2.3, 2.05)
    assert row.reached  # a count: no tolerance


@pytest.fixture(scope="module")
def facts() -> Any:
    with quiet_collector():
        return orc.simulate(warehouse(), bare.FromTheOnlyNode(), seed=1, replication=0)


def test_the_references_tell_the_same_story(facts: Any) -> None:
    sent = facts["shipments"]
    columns = (sent[name].tolist() for name in ("order", "picked_t", "handed_t", "received_t"))
    ours = sorted(row for row in zip(*columns, strict=True) if row[3] >= 0)
    assert len(ours) > 0.9 * PER_DAY * DAYS
    assert sorted(bare.process_per_order(warehouse(), 1)) == ours
    assert sorted(bare.by_hand(warehouse(), 1)) == ours


def test_the_engine_against_what_is_bare(ratios: Ratios) -> None:
    happened, orders = events(PER_DAY)
    world = warehouse()

    def engine() -> None:
        with quiet_collector():
            shop().run()

    def full() -> None:
        with quiet_collector():
            orc.simulate(world, bare.FromTheOnlyNode(), seed=1, replication=0)

    work = shop()
    slips = [towns.order(id, [(0, 1)]) for id in range(orders)]

    def decisions() -> None:
        view, policy = work.view, bare.FromTheOnlyNode()
        for order in slips:
            view.open(order.t, [order])
            policy.decide([order], view).check(view, {order.id: order})

    # a bare loop needs an event for each customer who arrives, too
    works = (
        engine, full, partial(bare.bare_events, happened + orders), partial(bare.process_per_order, world, 1),
        partial(bare.by_hand, world, 1), decisions,
    )  # fmt: skip
    run, everything, bare_loop, processes, heap, decided = in_turn(*works)
    told = partial(each, count=orders)
    ratios.add(
        "2", "engine without decisions / bare SimPy loop of as many events and arrivals", (run - decided) / bare_loop,
        3, 2, detail=told([run - decided, bare_loop]) + f"; {(happened + orders) / orders:.2f} an order",
    )  # fmt: skip
    ratios.add(
        "3", "full run with all facts / a process per order, same facts", everything / processes, 0.25, 1 / 6,
        detail=told([everything, processes]),
    )  # fmt: skip
    ratios.add("4", "engine / a heap of one's own", run / heap, 1.5, 1.1, detail=told([run, heap]))


def test_a_decision_against_a_bare_event(ratios: Ratios) -> None:
    """Two lines, twenty candidates that all hold one of them, every second one both."""
    world = towns.town(
        stock=[[5] * 20, [0, 5] * 10], node_km=[5.0 * n for n in range(20)], place_km=(0.0,), warehouses=0,
        prices=[20.0] * 2, costs=[8.0] * 2, grams=[300] * 2, cm3=[500] * 2,
    )  # fmt: skip
    work = Shop(world, orc.sourcing_policies["nearest"](), Streams(1, 0))
    order = towns.order(0, [(0, 1), (1, 1)])
    times, view = 5000, work.view
    view.open(order.t, [order])
    for name, reach in (("nearest", 6.0), ("cheapest", 6.0)):
        policy = orc.sourcing_policies[name]()

        def decide(policy: Any = policy) -> None:
            for _ in range(times):
                policy.decide([order], view)

        assert len(policy.decide([order], view).decisions) == 2
        ours, theirs = in_turn(decide, partial(bare.bare_events, 200_000))
        value = (ours / times) / (theirs / 200_000)
        number = "5" if name == "nearest" else "5.1"
        ratios.add(
            number, f"a decision of {name} / a bare SimPy event", value, reach, 3.5,
            detail=f"{1e6 * ours / times:.1f} us / {5 * theirs:.2f} us",
        )  # fmt: skip


def test_recording_is_a_small_part_of_a_run(ratios: Ratios, tmp_path: Path) -> None:
    """Every row of a France replication added once more, packed, and written; against the whole replication."""
    changes = {"time.warm_up_weeks": 1, "time.measured_weeks": 1}
    world = orc.load_scenario("france_unified").vary("short", changes).compile()
    policy = orc.sourcing_policies["nearest"]()
    kept: list[Any] = []

    def whole() -> None:
        with quiet_collector():
            kept[:] = [orc.simulate(world, policy, seed=1, replication=0)]

    def written() -> None:
        for name, table in kept[0].tables.items():
            write_table(tmp_path / f"{name}.parquet", table, {})

    run = cpu(whole)
    tables = kept[0].tables
    recorded = ("stock", "events", "decisions", "orders", "lines", "shipments", "costs", "spells", "returns")
    names = {name: tuple(column for column in tables[name] if column != "seq") for name in recorded}
    rows = {name: np.column_stack([tables[name][column] for column in names[name]]).tolist() for name in recorded}

    def record() -> None:
        with quiet_collector():
            for name, lines in rows.items():
                sheet = Sheet(name, dict.fromkeys(names[name], "int64"))
                add = sheet.add
                for line in lines:
                    add(line)
                sheet.matrix()

    recording, writing, run = in_turn(record, written, whole, rounds=3)
    orders = len(tables["orders"]["order"])
    ratios.add(
        "7", "recording and Parquet / whole run, France, everything on", (recording + writing) / (run + writing), 0.15,
        0.08, detail=f"{run:.2f} s + {writing:.2f} s, {orders} orders",
    )  # fmt: skip
