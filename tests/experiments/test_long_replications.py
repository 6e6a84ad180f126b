"""A replication too long for memory: facts stream to disk, books are closed in parts, and all is as it ever was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import orchestrion as orc
from orchestrion.domain.codes import Channel, Scope, StockKind
from orchestrion.domain.facts import SCHEMA, Facts, Table
from orchestrion.domain.visibility import Feed
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments import archive, cell, files, under_way
from orchestrion.experiments.archive import DuckArchive
from orchestrion.experiments.parquet import content_hash, content_hash_of_file, read_table
from orchestrion.experiments.store import StudyFolder
from orchestrion.kpis import GROUPINGS, family, measure, measure_parts
from orchestrion.kpis.cases import Ratio
from orchestrion.kpis.reading import Reading
from orchestrion.simulation import closing, door, ledger, shown, simulate, simulate_to, view
from orchestrion.simulation.shown import Shown

SMALL = {
    "assortment.skus": 40,
    "time": {"warm_up_weeks": 1, "measured_weeks": 1, "run_off_days": 4},
    "demand": {"online": {"orders_per_day": 30}, "walk_in": {"per_day": 150}},
    "season.on": True,
    "stock.web_weeks": 3,
    "replenishment": {"transfers": {"on": True}, "backorders": {"on": True}},
    "economics.cash.opening_paid": 0.377777,  # prices are round: their share must not be
}


SHORT = {**SMALL, "time": {"warm_up_weeks": 0, "measured_weeks": 1, "run_off_days": 3}, "assortment.skus": 20}


@pytest.fixture(scope="module")
def busy() -> World:
    return orc.load_scenario("france_unified").vary("small", SMALL).compile()


@pytest.fixture(scope="module")
def whole(busy: World) -> Facts:
    return simulate(busy, orc.sourcing_policies["cheapest"](), seed=7, replication=0)


@pytest.fixture
def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_ARCHIVED", 5_000)
    monkeypatch.setattr(archive, "SORTED", 9_000)
    monkeypatch.setattr(closing, "_STOCK_ROWS", 2_500)
    monkeypatch.setattr(closing, "_WISHES", 750)
    monkeypatch.setattr(closing, "_ONLINE", 60)
    monkeypatch.setattr(shown, "_CELLS", 500)
    monkeypatch.setattr(door, "_BASKETS", 50)
    monkeypatch.setattr(view, "_CANDIDATES", 3_000)
    monkeypatch.setattr(closing, "_SHELF_ROWS", 2_000)


def rows_of(kpis: dict[str, Any]) -> dict[tuple[Any, ...], tuple[float, ...]]:
    names = zip(kpis["kpi"], kpis["group_by"], kpis["group"].tolist(), strict=True)
    figures = zip(*(kpis[name].tolist() for name in ("value", "numerator", "denominator")), strict=True)
    return dict(zip(names, figures, strict=True))


@pytest.mark.usefixtures("in_small_parts")
def test_facts_that_streamed_and_figures_measured_in_parts_are_those_of_the_whole(
    busy: World, whole: Facts, tmp_path: Path
) -> None:
    parts = []

    def seen(facts: Iterator[Facts]) -> Iterator[Facts]:
        for part in facts:
            parts.append(part.part)
            yield part

    days: list[int] = []
    with DuckArchive(tmp_path) as store:
        told = simulate_to(
            store, busy, orc.sourcing_policies["cheapest"](), seed=7, replication=0, told=days.append
        )
        kpis = measure_parts(seen(told), GROUPINGS)
        for name in SCHEMA:
            if name == "candidates":
                continue
            path = tmp_path / f"{name}.parquet"
            assert store.write(name, path, {}) == len(next(iter(whole.tables[name].values())))
            assert content_hash(read_table(path)) == content_hash(whole.tables[name]), name
            assert content_hash_of_file(path) == content_hash(whole.tables[name]), name
    assert days == list(range(86_400, busy.end_s + 1, 86_400))
    assert parts.count("customers") > 3
    assert parts.count("shelf") > 2
    assert parts.count("house") == 1
    expected, found = rows_of(measure(whole, GROUPINGS)), rows_of(kpis)
    assert expected.keys() == found.keys()
    wrong = {k for k in expected if not np.array_equal(expected[k], found[k], equal_nan=True)}
    assert not wrong


def by_the_second(world: World, stock: Table) -> set[tuple[int, ...]]:
    """Hidden and phantom spells, told second by second from the facts of stock and the feed's calendar."""
    assert world.visibility is not None
    web = world.visibility.row[Channel.WEB]
    feed, held = world.visibility.feeds[web], world.visibility.held_back[web]
    rows = list(zip(*(stock[name].tolist() for name in ("t", "sku", "node", "kind")), strict=True))
    changes = np.column_stack([stock[f"d_{name}"] for name in ("physical", "recorded", "reserved", "protected")])
    found: set[tuple[int, ...]] = set()
    for sku in sorted({row[1] for row in rows}):
        levels = np.zeros((len(world.nodes), 4), np.int64)
        told: list[tuple[int, int]] = []  # what the web learns, and when
        open_since: dict[int, int] = {}
        shown, row = 0, 0
        for t in range(-1, 4_000):
            while row < len(rows) and rows[row][0] - (rows[row][0] == 0 and rows[row][3] == StockKind.OPENING) <= t:
                if rows[row][1] == sku:
                    levels[rows[row][2]] += changes[row]
                row += 1
            physical, recorded, reserved, protected = levels.T
            atp = np.maximum(np.maximum(recorded - reserved - protected, 0) - held, 0)[held >= 0].sum()
            free = np.maximum(physical - reserved, 0)
            moment = -1 if t < 0 else (t // feed.period_s + 1) * feed.period_s + feed.delay_s
            told.append((moment, int(atp)))
            shown = next((units for at, units in reversed(told) if at <= t), shown)
            there, seen = free.sum() > 0, free[held >= 0].sum() > 0
            for scope, holds in ((Scope.HIDDEN, shown == 0 and there), (Scope.PHANTOM, shown > 0 and not seen)):
                if holds and world.skus.web_ranged[sku]:
                    open_since.setdefault(scope, max(t, 0))
                elif scope in open_since and open_since[scope] < t:
                    found.add((int(scope), sku, -1, open_since.pop(scope), t))
                else:
                    open_since.pop(scope, None)
        found |= {(int(scope), sku, -1, since, world.end_s) for scope, since in open_since.items()}
    return found


@pytest.mark.parametrize(("rows", "cells"), [(23, 130), (10_000, 100_000)])
def test_what_the_web_hid_is_told_from_blocks_as_second_by_second(
    busy: World, monkeypatch: pytest.MonkeyPatch, rows: int, cells: int
) -> None:
    monkeypatch.setattr(shown, "_CELLS", cells)  # the opening stock is counted two SKUs at a time, or at once
    rng = np.random.default_rng(5)
    size, nodes, skus = 600, len(busy.nodes), 4
    opening = np.arange(size) < 60
    stock: Table = {
        "t": np.where(opening, 0, np.sort(rng.integers(0, 3_000, size))),
        "sku": rng.choice(np.flatnonzero(busy.skus.web_ranged)[:skus], size).astype(np.int32),
        "node": rng.choice([0, 1, nodes - 1], size).astype(np.int32),
        "kind": np.where(opening, StockKind.OPENING, StockKind.SOLD).astype(np.int16),
        "d_physical": rng.integers(-2, 3, size),
        "d_recorded": rng.integers(-2, 3, size),
        "d_reserved": rng.integers(-1, 2, size),
        "d_protected": np.zeros(size, np.int64),
    }
    stock["t"] = np.sort(stock["t"])
    feed = Feed(period_s=60, delay_s=5)
    assert busy.visibility is not None
    held_back = busy.visibility.held_back.copy()
    held_back[:, 0], held_back[:, 1] = 1, -1  # a unit of one node is never shown, the other is not seen
    visibility = replace(busy.visibility, feeds=(feed,) * len(busy.visibility.feeds), held_back=held_back)
    world = replace(busy, visibility=visibility)
    web = Shown(world)
    blocks = range(0, size, rows)
    found = [web.block({name: column[begin : begin + rows] for name, column in stock.items()}) for begin in blocks]
    spells = [np.concatenate(parts).tolist() for parts in zip(*found, web.close(), strict=True)]
    expected = by_the_second(world, stock)
    assert len(expected) > 8
    assert sorted(zip(*spells, strict=True)) == sorted(expected)


@pytest.mark.parametrize(
    "level", ["reasons", pytest.param("full", marks=pytest.mark.slow), pytest.param("orders", marks=pytest.mark.slow)]
)
def test_a_study_keeps_the_same_of_a_long_replication(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, level: str
) -> None:
    scenario = orc.load_scenario("france_unified").vary("small", SHORT)
    found = []
    for name, long in (("short", 10**9), ("long", 0)):
        monkeypatch.setattr(cell, "LONG", long)
        study = orc.run(scenario, "nearest", seed=3, out=tmp_path / name, facts=level)
        one = study.cells(study.labels[0])[0]
        done = StudyFolder(tmp_path / name).done(one)
        assert done is not None
        found.append((done.rows, done.hashes))
        assert not StudyFolder(tmp_path / name).damaged([one])
        assert not [p for p in (tmp_path / name).rglob("*") if files.is_temporary(p) or p.suffix == ".duckdb"]
    assert found[0] == found[1]


@pytest.fixture
def streamed(monkeypatch: pytest.MonkeyPatch) -> orc.Scenario:
    """A small scenario whose replications count as long."""
    monkeypatch.setattr(cell, "LONG", 0)
    monkeypatch.setattr(cell, "LONG_ROWS", 0)
    return orc.load_scenario("france_unified").vary("small", SHORT)


@pytest.mark.slow
def test_a_long_replication_is_found_again_in_a_cache_and_copied_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: orc.Scenario
) -> None:
    once = orc.run(streamed, "nearest", seed=3, out=tmp_path / "once", cache=tmp_path / "cache")
    monkeypatch.setattr(cell, "simulate_to", None)
    again = orc.run(streamed, "nearest", seed=3, out=tmp_path / "again", cache=tmp_path / "cache")
    hashes = [study.folder.done(study.cells(study.labels[0])[0]) for study in (once, again)]
    assert [one.hashes for one in hashes if one is not None] == [hashes[0].hashes] * 2  # type: ignore[union-attr]
    assert not again.folder.damaged(again.cells(again.labels[0]))


@pytest.mark.slow
def test_a_long_replication_damaged_in_a_cache_is_made_anew_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, streamed: orc.Scenario
) -> None:
    orc.run(streamed, "nearest", seed=3, out=tmp_path / "once", cache=tmp_path / "cache")
    (orders,) = (tmp_path / "cache").rglob("facts/orders.parquet")
    content = bytearray(orders.read_bytes())
    content[len(content) // 3] ^= 1
    orders.write_bytes(content)
    orc.run(streamed, "nearest", seed=3, out=tmp_path / "again", cache=tmp_path / "cache")
    monkeypatch.setattr(cell, "simulate_to", None)  # from here on it is found, or nothing
    third = orc.run(streamed, "nearest", seed=3, out=tmp_path / "third", cache=tmp_path / "cache")
    assert not third.folder.damaged(third.cells(third.labels[0]))


def test_what_a_customer_wishes_at_one_moment_stays_in_one_part(whole: Facts, tmp_path: Path) -> None:
    wishes = {name: whole.tables["requests"][name] for name in ("request", "basket", "channel")}
    cuts = []
    for rows, few in product(range(7, 17), (3, 1_000)):
        with DuckArchive(tmp_path) as store, pytest.MonkeyPatch.context() as patch:
            patch.setattr(closing, "_WISHES", rows)
            patch.setattr(closing, "_ONLINE", few)
            store.add("wishes", {name: column[:400] for name, column in wishes.items()})
            parts = list(closing._customers(store))
            store.forget("wishes")
        assert np.array_equal(np.concatenate([part["request"] for part in parts]), wishes["request"][:400])
        ends = [(int(a["basket"][-1]), int(b["basket"][0])) for a, b in pairwise(parts)]
        assert all(before < after for before, after in ends)
        cuts += ends
        for part in parts:  # no more online than asked for, but for the last customer's own
            online = np.flatnonzero(part["channel"] != Channel.WALK_IN)
            assert len(online) <= few or part["basket"][online[few]] == part["basket"][online[few - 1]]
    assert len(cuts) > 200


def test_an_interrupted_long_replication_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell, "LONG", 0)

    def interrupted(*parts: Any) -> Any:
        next(iter(parts[0]))
        raise KeyboardInterrupt

    monkeypatch.setattr(cell, "measure_parts", interrupted)
    scenario = orc.load_scenario("france_unified").vary("small", SHORT)
    with pytest.raises(KeyboardInterrupt):
        orc.run(scenario, "nearest", seed=3, out=tmp_path / "study")
    left = [path for path in (tmp_path / "study").rglob("*") if path.is_file()]
    stays = {"dims", "manifest.json", "scenarios", ".claims", ".lock"}
    assert {path.relative_to(tmp_path / "study").parts[0] for path in left} <= stays
    assert not [path for path in left if files.is_temporary(path)]
    monkeypatch.undo()
    study = orc.run(scenario, "nearest", seed=3, out=tmp_path / "study")
    assert len(study.cells(study.labels[0])) == 1


@pytest.mark.slow
def test_who_waits_for_a_long_replication_is_told_how_far_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cell, "LONG", 0)
    monkeypatch.setattr(under_way, "_EVERY_S", 0.0)
    told: list[under_way.UnderWay] = []
    seen: list[under_way.UnderWay] = []

    def looked(event: orc.experiments.ProgressEvent) -> None:
        told.extend(event.under_way)
        seen.extend(under_way.under_way(tmp_path / "study"))

    monkeypatch.setattr(under_way.Teller, "done", lambda self: None)  # it stays, as that of a killed process would
    scenario = orc.load_scenario("france_unified").vary("small", SHORT)
    orc.run(scenario, "nearest", seed=3, out=tmp_path / "study", progress=looked)
    assert {one.doing for one in told} >= {"simulating", "closing the books"}
    shares = [one.share for one in told if one.doing == "simulating"]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < shares[-1] <= 1.0
    assert {one.label for one in told} == {orc.open_study(tmp_path / "study").labels[0]}


def test_what_is_left_is_told_from_what_it_took_so_far() -> None:
    assert under_way.UnderWay("a", 0, "simulating", 0.25, 60.0).left == pytest.approx(180.0)
    assert under_way.UnderWay("a", 0, "simulating", 0.0, 60.0).left is None


def some_spells(rows: int) -> Table:
    rng = np.random.default_rng(1)
    return {name: rng.integers(0, 1_000, rows).astype(field.dtype) for name, field in SCHEMA["spells"].items()}


def test_a_sort_that_wants_more_memory_is_given_more(tmp_path: Path) -> None:
    with DuckArchive(tmp_path, memory=1_000_000) as store:
        spells = some_spells(200_000)
        store.add("spells", spells)
        store.sort("spells", ("from_t", "scope", "sku", "node"))
        assert store.write("spells", tmp_path / "spells.parquet", {}) == 200_000
    found = read_table(tmp_path / "spells.parquet")
    rows = np.lexsort([spells[name] for name in ("node", "sku", "scope", "from_t")])
    assert all(np.array_equal(found[name], spells[name][rows]) for name in spells)


@pytest.mark.parametrize(
    ("setting", "words"),
    [("SET memory_limit = '2MB'", "takes more memory than it is given"), ("", "the disk is full")],
    ids=["memory", "disk"],
)
def test_facts_that_find_no_room_are_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str, words: str
) -> None:
    monkeypatch.setattr(archive, "MOST", 0)

    def fill(store: DuckArchive) -> None:
        store._con.execute(setting or "SET max_temp_directory_size = '1MB'")
        for _ in range(12):
            store.add("spells", some_spells(100_000))
        store._done("SELECT count(*) FROM (SELECT DISTINCT * FROM spells ORDER BY node, to_t)").fetchall()

    with (
        pytest.raises(StudyError, match=words),
        files.told(tmp_path, "write a replication"),
        DuckArchive(tmp_path, memory=12_000_000) as store,
    ):
        fill(store)


@pytest.mark.parametrize("declared", [None, True])
def test_a_kpi_of_somebody_else_is_measured_in_parts_when_it_says_that_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: bool | None
) -> None:
    def orders_seen(reading: Reading) -> Ratio:
        return Ratio(reading.book.count(reading.book.every))

    monkeypatch.setattr(family.kpis, "_members", dict(family.kpis._members))
    texts = ("Orders seen.", "Commandes vues.")
    family.kpi(
        f"orders_seen_{declared}", label=texts, unit="orders", direction="more", definition=texts, in_parts=declared
    )(orders_seen)
    scenario = orc.load_scenario("france_unified").vary("small", SHORT)
    whole = orc.run(scenario, "nearest", seed=3, out=tmp_path / "whole")
    monkeypatch.setattr(cell, "LONG", 0)
    monkeypatch.setattr(closing, "_WISHES", 1_500)
    if declared is None:
        with pytest.raises(StudyError, match=r"orders_seen_None.*in_parts=True"):
            orc.run(scenario, "nearest", seed=3, out=tmp_path / "long")
        return
    long = orc.run(scenario, "nearest", seed=3, out=tmp_path / "long")
    done = [study.folder.done(study.cells(study.labels[0])[0]) for study in (whole, long)]
    assert done[0] is not None
    assert done[1] is not None
    assert done[0].hashes["kpis"] == done[1].hashes["kpis"]
