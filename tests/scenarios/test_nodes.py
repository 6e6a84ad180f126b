"""Nodes by the document: kinds, days, shifts, calls of carriers, limits; and what is refused, with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orchestrion.bundled import data_path
from orchestrion.domain.codes import Component, Role
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.scenarios import load_scenario
from orchestrion.scenarios.compile.nodes import read_spots
from orchestrion.scenarios.document.network import Network
from orchestrion.tables import read_table
from orchestrion.units import DAY, HOUR

TOWN = """\
title: A town
time: {start: 2026-11-02, warm_up_weeks: 0, measured_weeks: 2, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S, %s}
%s
assortment: {skus: 30}
visibility: {web_sees: [warehouses, stores, dark_stores, suppliers]}
demand: {online: {orders_per_day: 20}, walk_in: {per_day: 40}}
%s
"""


def world(tmp_path: Path, lens: str = "pickers: 1", nodes: str = "", rest: str = "") -> World:
    return load_scenario(write(tmp_path, lens, nodes, rest)).compile()


def write(tmp_path: Path, lens: str = "pickers: 1", nodes: str = "", rest: str = "") -> str:
    path = tmp_path / "town.yaml"
    path.write_text(TOWN % (lens, nodes, rest), encoding="utf-8")
    return str(path)


def refused(tmp_path: Path, lens: str = "pickers: 1", nodes: str = "", rest: str = "") -> str:
    with pytest.raises(InputError) as error:
        load_scenario(write(tmp_path, lens, nodes, rest)).compile()
    return str(error.value)


def node(made: World, key: str):  # type: ignore[no-untyped-def]
    return next(n for n in made.nodes if n.key == key)


def test_a_store_opens_on_the_sundays_named_and_shuts_on_the_days_named(tmp_path: Path) -> None:
    made = world(tmp_path, "open_on: [2026-11-08], closed_on: [2026-11-10]")
    opens = [t // DAY for t in node(made, "lens").calendar.opens[:9]]
    # from Monday 2 November: Sunday the 8th is day 6, Tuesday the 10th day 8, Armistice Day (the 11th) day 9
    assert opens == [0, 1, 2, 3, 4, 5, 6, 7, 10]


def test_stores_of_the_table_keep_the_holidays_of_their_departement() -> None:
    spring = load_scenario("france_siloed").vary("spring", {"time.start": date(2026, 3, 30)}).compile()
    stores = [n for n in spring.nodes if n.role == Role.STORE]

    def closed(day: int) -> list[str]:
        return sorted(n.key for n in stores if not n.calendar.is_open(day * DAY + 12 * HOUR))

    by_departement = {row["key"]: row["departement"] for row in read_table(data_path("stores_fr60.csv"))}
    east = sorted(key for key, departement in by_departement.items() if departement in ("57", "67", "68"))
    assert closed(4) == east  # Good Friday, 3 April 2026
    assert {by_departement[key] for key in east} == {"57", "67", "68"}
    assert closed(7) == sorted(by_departement)  # Easter Monday


def test_shifts_of_a_kind_and_of_one_node(tmp_path: Path) -> None:
    rest = "  stores: {shifts: [{begins: '08:00', ends: '12:00', pickers: 2}]}\n"
    own = "shifts: [{days: [mon], begins: '09:00', ends: '13:00'}]"
    assert len(node(world(tmp_path, "pickers: 1", rest), "lens").shifts) == 2
    made = node(world(tmp_path, own, rest), "lens")
    assert made.pickers == len(made.shifts) == 1
    assert made.shifts[0].opens[:2] == [9 * HOUR, 7 * DAY + 9 * HOUR]
    assert node(world(tmp_path), "lens").shifts == ()


def test_a_carrier_calls_where_and_when_a_node_says(tmp_path: Path) -> None:
    made = world(tmp_path, "collections: {parcel_standard: ['11:00', '15:00'], shuttle: []}")
    lens = node(made, "lens").id
    standard, shuttle = (next(s for s in made.services if s.key == key) for key in ("parcel_standard", "shuttle"))
    assert [t for t in standard.collections[lens] if t < DAY] == [11 * HOUR, 15 * HOUR]
    assert shuttle.collections[lens] == ()
    assert [t for t in standard.collections[0] if t < DAY] == [18 * HOUR]
    express = next(s for s in made.services if s.key == "parcel_express")
    assert [t for t in express.collections[lens] if t < DAY] == [16 * HOUR + 1800]


def test_an_order_counts_as_todays_while_some_node_can_still_prepare_it(tmp_path: Path) -> None:
    rest = "options: {home_standard: {prepare: 2h}}"
    made = world(tmp_path, rest=rest)
    option = next(o for o in made.options if o.key == "home_standard")
    assert option.last_orders[0] == 16 * HOUR  # two hours before the warehouse's call at 18:00
    assert option.last_orders[6] < 6 * DAY  # nobody calls on a Sunday
    assert next(o for o in made.options if o.key == "home_j1").last_orders == ()


def test_limits_of_a_pick_list(tmp_path: Path) -> None:
    made = world(tmp_path, "max_backlog: 7", "  stores: {max_backlog_time: 3h}\n")
    lens = node(made, "lens")
    assert (lens.max_backlog, lens.max_backlog_s) == (7, 3 * HOUR)
    assert (node(made, "lille").max_backlog, node(made, "lille").max_backlog_s) == (-1, -1)


def test_dark_stores_and_suppliers_are_kinds_of_nodes(tmp_path: Path) -> None:
    from audits import lives_are_legal, run, tables_have_their_shape, units_are_conserved

    more = "    quick: {role: dark_store, lat: 50.63, lon: 3.06, size: S}\n"
    more += "    maker: {role: supplier, lat: 50.3, lon: 3.3, size: L}\n"
    made = world(tmp_path, nodes=more)
    assert [n.role for n in made.nodes] == [Role.WAREHOUSE, Role.STORE, Role.DARK_STORE, Role.SUPPLIER]
    quick, maker = node(made, "quick"), node(made, "maker")
    assert not quick.walk_ins
    assert not quick.collects
    assert quick.web_visible
    assert maker.calendar.opens[0] == 8 * HOUR
    assert (made.opening_stock[:, quick.id] > 0).sum() == made.ranged[:, quick.id].sum() > 0
    assert (made.opening_stock[:, maker.id] > 0).any()
    assert made.replenishment.source.tolist() == [-1, 0, 0, -1]
    assert made.demand.walk_ins_per_day[[quick.id, maker.id]].tolist() == [0, 0]
    facts = run(made, "nearest", seed=2)
    tables_have_their_shape(facts)
    units_are_conserved(made, facts)
    lives_are_legal(facts)
    assert {quick.id, maker.id} & set(facts["shipments"]["node"].tolist())
    costs = facts["costs"]
    # a supplier's stock is its own until it is sold; a dark store's is ours
    held = set(costs["node"][costs["component"] == Component.HOLDING].tolist())
    assert held == {0, 1, quick.id}


def test_a_table_of_nodes_may_say_what_kind_each_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestrion.bundled.data_folder", lambda: tmp_path)
    network = Network(warehouses_table=None, stores_table="places.csv")
    head = "key,label,lat,lon,departement,size,role\n"
    (tmp_path / "places.csv").write_text(
        head + "a,A,50.6,3.1,59,S,dark_store\nb,B,50.4,2.8,62,S,\n", encoding="utf-8"
    )
    assert {spot.key: spot.role for spot in read_spots(network)} == {"b": Role.STORE, "a": Role.DARK_STORE}
    (tmp_path / "places.csv").write_text(head + "a,A,50.6,3.1,59,S,shed\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"places.csv:2: role = .?shed.*dark_store"):
        read_spots(network)


def test_claiming_switched_on_brings_its_sourced_defaults(tmp_path: Path) -> None:
    assert world(tmp_path).claiming is None
    assert world(tmp_path).second_thoughts is None
    rest = "sourcing: {claiming: {on: true}, second_thoughts: {on: true}, cool_down: 30min}"
    made = world(tmp_path, "acceptance: 0.5", rest=rest)
    assert made.claiming is not None
    assert made.second_thoughts is not None
    assert made.claiming.asked.tolist() == [False, True]
    assert made.claiming.acceptance.tolist() == [0.92, 0.5]
    assert made.claiming.timeout_s == 2 * HOUR
    assert made.claiming.request_cost[1] == round(1.5 / 60 * made.nodes[1].wage)
    assert made.second_thoughts.share == 0.02
    assert made.sourcing.cool_down_s == 1800
    assert np.isfinite(made.claiming.response_s).all()


# ---- refused, with its place -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lens", "said"),
    [
        ("opens: '25:00'", 'town.yaml:8: network.nodes.lens.opens = "25:00": not a time of day; write HH:MM'),
        ("collections: {parcel_standard: ['25:00']}", "not a time of day; write HH:MM"),
        ("collections: {pigeon: ['10:00']}", "network.nodes.lens.collections.pigeon"),
        ("days: []", "network.nodes.lens.days"),
        ("opens: '20:00'", "town.yaml:8: network.nodes.lens.opens: closes (19:00) must be after opens (20:00)"),
        ("shifts: [{begins: '12:00', ends: '08:00'}]", "ends (08:00) must be after begins (12:00)"),
        ("shifts: [{begins: '08:00', ends: '12:00', pickers: 0}]", "must be 1 or more"),
        ("closed_on: [tomorrow]", "a date is expected, written YYYY-MM-DD"),
        ("max_backlog: -1", "must be 0 or more"),
        ("acceptance: 1.5", "must be 1 or less"),
        ("acceptance: .nan", "finite"),
    ],
)
def test_what_cannot_be_is_refused_at_its_line(tmp_path: Path, lens: str, said: str) -> None:
    message = refused(tmp_path, lens)
    assert said in message
    assert "town.yaml:8" in message


def test_a_calendar_without_open_days_is_refused_where_it_is_written(tmp_path: Path) -> None:
    days = ", ".join(f"2026-11-{d:02d}" for d in range(2, 22))
    message = refused(tmp_path, f"days: [mon, tue], closed_on: [{days}]")
    assert "town.yaml:8: network.nodes.lens: lens never opens in the 19 days of the scenario" in message


def test_a_cut_off_of_25_00_is_refused_at_its_line(tmp_path: Path) -> None:
    message = refused(tmp_path, rest="options: {home_j1: {cut_off: '25:00'}}")
    assert 'town.yaml:13: options.home_j1.cut_off = "25:00": not a time of day; write HH:MM' in message
