"""Ratios 1-5 and 7: the simulation against bare events, a process per order and a heap of one's own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache, partial
from heapq import heappop
from pathlib import Path
from typing import Any
from unittest.mock import patch

import bare
import numpy as np
import towns
from measuring import Ratios, cpu, each, in_turn

import orchestrion as orc
from orchestrion.database import connected
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.codes import StockKind
from orchestrion.domain.facts import Table
from orchestrion.domain.world import World
from orchestrion.experiments.archive import DuckArchive
from orchestrion.experiments.cell import quiet_collector
from orchestrion.experiments.parquet import write_table
from orchestrion.simulation import moments
from orchestrion.simulation.ledger import Ledger, Sheet
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.units import DAY

DAYS, PER_DAY = 10, 2000.0
PART = 20_000  # rows that a long replication puts aside at a time


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


def rows(ledger: Ledger, name: str) -> list[list[int]]:
    """What happened to orders, sorted; the opening stock left out."""
    matrix = ledger.sheets[name].matrix()
    if name == "stock":
        matrix = matrix[matrix[:, 3] != StockKind.OPENING]
    return sorted(matrix.tolist())


def test_the_references_tell_the_same_story() -> None:
    """Every row of every table: whoever is compared with the engine does the same job and records as much."""
    with quiet_collector():
        work = shop()
        work.run()
        references = [reference(warehouse(), 1) for reference in (bare.process_per_order, bare.by_hand)]
    for name in bare.Teller.TABLES:
        ours = rows(work.ledger, name)
        assert len(ours) > 0.9 * PER_DAY * DAYS
        for reference in references:
            assert rows(reference, name) == ours, name


def recorded(ledger: Ledger) -> list[tuple[str, list[list[int]]]]:
    """The rows that were added one by one, to be added once more."""
    names = [name for name in bare.Teller.TABLES if name != "wishes"]
    return [(name, ledger.sheets[name].matrix().tolist()) for name in names]


def test_the_engine_against_what_is_bare(ratios: Ratios) -> None:
    happened, orders = events(PER_DAY)
    world = warehouse()

    def quiet(work: Callable[[], Any]) -> Callable[[], None]:
        def run() -> None:
            with quiet_collector():
                work()

        return run

    written = bare.Beforehand()
    Shop(world, written, Streams(1, 0)).run()
    work = shop()
    work.run()
    again = recorded(work.ledger)

    def recording() -> None:
        ledger = Ledger()
        for name, lines in again:
            add = ledger.sheets[name].add
            for line in lines:
                add(line)

    # a bare loop needs an event for each customer who arrives, too
    works = (
        lambda: shop().run(), lambda: Shop(world, written.again(), Streams(1, 0)).run(),
        partial(bare.bare_events, happened + orders), partial(bare.process_per_order, world, 1),
        partial(bare.by_hand, world, 1), recording,
        lambda: orc.simulate(world, bare.FromTheOnlyNode(), seed=1, replication=0),
    )  # fmt: skip
    run, undecided, bare_loop, processes, heap, adding, whole = in_turn(*map(quiet, works))
    told = partial(each, count=orders)
    ratios.add(
        "2", "engine, plans written beforehand / bare SimPy loop of as many events and arrivals",
        undecided / bare_loop, 3, 2,
        detail=told([undecided, bare_loop]) + f"; {(happened + orders) / orders:.2f} an order; adding its "
        f"{sum(len(lines) for _, lines in again) / orders:.0f} rows to the ledger alone takes {told([adding])}",
    )  # fmt: skip
    ratios.add(
        "3", "engine / a process per order, same facts row by row", run / processes, 0.25, 1 / 6,
        detail=told([run, processes]) + f"; with the books closed {told([whole])}",
    )  # fmt: skip
    ratios.add(
        "4", "engine / a heap of one's own, same facts row by row", run / heap, 1.5, 1.1, detail=told([run, heap])
    )  # fmt: skip


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
    against_duckdb(ratios, tables, tmp_path)


def against_duckdb(ratios: Ratios, tables: Mapping[str, Table], folder: Path) -> None:
    """The same facts to the same files: by DuckDB alone out of its own tables, by us, and by us a part at a time."""
    theirs = connected()
    for name, table in tables.items():
        theirs.register("columns", dict(table))
        theirs.execute(f"CREATE TABLE {name} AS SELECT * FROM columns")
        theirs.unregister("columns")
    rows = {name: len(next(iter(table.values()))) for name, table in tables.items()}

    def alone() -> None:
        for name in tables:
            target = folder / f"{name}.parquet"
            theirs.execute(f"COPY {name} TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

    def whole() -> None:
        for name, table in tables.items():
            write_table(folder / f"{name}.parquet", table, {})

    def in_parts() -> None:
        with tempfile.TemporaryDirectory() as own, DuckArchive(Path(own)) as archive:
            for name, table in tables.items():
                for begin in range(0, max(1, rows[name]), PART):
                    archive.add(name, {column: values[begin : begin + PART] for column, values in table.items()})
                assert archive.write(name, folder / f"{name}.parquet", {}) == rows[name]
                archive.forget(name)

    bare, mine, streamed = in_turn(alone, whole, in_parts, rounds=3)
    each_row = partial(each, count=sum(rows.values()))
    ratios.add(
        "16", "facts written / DuckDB's own tables copied to the same files", mine / bare, 1.5, 1.1,
        detail=f"{each_row([mine, bare])} a row, {sum(rows.values()):,} rows",
    )  # fmt: skip
    ratios.add(
        "16.1", "the same through the archive of a long replication, in bounded memory", streamed / bare, 5, 3,
        detail=f"{each_row([streamed, bare])} a row",
    )  # fmt: skip
