"""A real day of a real network: capacities, compatibility and freight are those of the file, and the least cost is."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from typer.testing import CliRunner

from orchestrion import BatchMilp
from orchestrion.apps.cli import app
from orchestrion.domain.codes import COST_TO_SERVE
from orchestrion.errors import InputError
from orchestrion.experiments.brunel import Day, all_at_once, as_done, most_served, one_by_one, read_day
from orchestrion.experiments.running import run
from orchestrion.scenarios import load_scenario
from orchestrion.scenarios.importers import import_files

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "brunel_slp" / "Supply chain logisitcs problem.xlsx"

SHEETS: dict[str, list[list[object]]] = {
    "OrderList": [
        ["Order ID", "Customer", "Product ID", "Plant Code", "Destination Port", "Service Level", "Unit quantity",
         "Weight"],
        [1, "A", 10, "P1", "HOME", "DTD", 100, 10.0],
        [2, "A", 10, "P1", "HOME", "DTD", 100, 60.0],
        [3, "B", 10, "P1", "HOME", "CRF", 100, 10.0],
        [4, "B", 20, "P2", "HOME", "DTD", 50, 10.0],
    ],
    "FreightRates": [
        ["orig_port_cd", "dest_port_cd", "svc_cd", "minm_wgh_qty", "max_wgh_qty", "minimum cost", "rate"],
        ["X", "HOME", "DTD", 0, 50, 8.0, 0.5],
        ["X", "HOME", "DTD", 50, 100, 8.0, 0.4],
        ["Y", "HOME", "DTD", 0, 100, 1.0, 0.2],
    ],
    "WhCosts": [["WH", "Cost/unit"], ["P1", 0.1], ["P2", 0.2], ["P3", 0.05]],
    "WhCapacities": [["Plant ID", "Daily Capacity "], ["P1", 1], ["P2", 2], ["P3", 1]],
    "ProductsPerPlant": [["Plant Code", "Product ID"], ["P1", 10], ["P2", 10], ["P2", 20], ["P3", 10]],
    "VmiCustomers": [["Plant Code", "Customers"], ["P3", "B"]],
    "PlantPorts": [["Plant Code", "Port"], ["P1", "X"], ["P1", "Y"], ["P2", "X"], ["P3", "X"]],
}


def workbook(folder: Path, **changed: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in (SHEETS | changed).items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "slp.xlsx"
    book.save(path)
    return path


def test_what_an_order_costs_can_be_checked_in_the_head(tmp_path: Path) -> None:
    day = read_day(workbook(tmp_path))
    assert day.plants == ("P1", "P2", "P3")
    costs = [{day.plants[p]: round(cost, 6) for p, cost in options} for options in day.options]
    assert costs == [
        {"P1": 12.0, "P2": 28.0},  # 100 x .1 + 10 kg x .2 from port Y; 100 x .2 + the minimum of 8
        {"P1": 22.0, "P2": 44.0},  # 60 kg: .2 from Y; .4 from X, above its minimum
        {"P1": 10.0, "P2": 20.0, "P3": 5.0},  # the customer pays the freight; P3 is kept for B
        {"P2": 18.0},
    ]
    free = read_day(workbook(tmp_path), vmi=False)
    assert {free.plants[p] for p, _ in free.options[0]} == {"P1", "P2", "P3"}


def least(day: Day, overload: float) -> float:
    """By trying everything."""
    best = np.inf
    for choice in product(*day.options):
        load = np.bincount([p for p, _ in choice], minlength=len(day.plants))
        best = min(best, sum(c for _, c in choice) + overload * np.maximum(load - day.capacity, 0).sum())
    return float(best)


@pytest.mark.parametrize("overload", [0.0, 3.0, 17.0, 1000.0])
def test_the_least_cost_is_that_of_trying_everything(tmp_path: Path, overload: float) -> None:
    rng = np.random.default_rng(3)
    days = [read_day(workbook(tmp_path))]
    for _ in range(20):
        options = tuple(
            tuple((int(p), float(rng.integers(1, 30))) for p in sorted(rng.permutation(3)[: rng.integers(1, 4)]))
            for _ in range(6)
        )
        days.append(Day(("a", "b", "c"), rng.integers(0, 4, 3), options, np.array([o[0][0] for o in options])))
    for day in days:
        best, greedy, done = (way(day, overload) for way in (all_at_once, one_by_one, as_done))
        assert best.total == pytest.approx(least(day, overload))
        assert best.total <= greedy.total + 1e-9
        assert best.total <= done.total + 1e-9


def test_a_workbook_that_is_another_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="WhCosts has no column 'Cost/unit'"):
        read_day(workbook(tmp_path, WhCosts=[["WH", "Cost"], ["P1", 1]]))
    with pytest.raises(InputError, match="no plant may serve this order"):
        read_day(workbook(tmp_path, ProductsPerPlant=[["Plant Code", "Product ID"], ["P1", 10]]))


def test_the_command_sets_ways_beside_what_was_done(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["benchmark", "brunel", str(workbook(tmp_path)), "--overload", "3", "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["orders"], told["capacity"], told["most_served"]) == (4, 4, 4)
    first = told["ways"][0]
    assert (first["way"], first["cost"], first["overload"], first["total"]) == ("as it was done", 62.0, 2, 68.0)
    assert first["load"] == {"P1": 3, "P2": 1, "P3": 0}
    assert CliRunner().invoke(app, ["benchmark", "brunel", str(workbook(tmp_path))]).exit_code == 0


# -- the same day as a scenario --------------------------------------------------------------------------------------


def served(folder: Path, name: str, policy: str | BatchMilp, overload: float) -> tuple[float, list[str]]:
    """Cost to serve of the day in total, and the node of each order in the file's order."""
    scenario = load_scenario(folder / name).vary("priced", {"network.suppliers.eur_per_shipment": overload})
    study = run(scenario, policy, facts="full")
    orders, shipments, costs = (study.facts(table) for table in ("orders", "shipments", "costs"))
    nodes = np.array(study.dims("nodes")["key"].tolist())
    assert (shipments["order"].sort_values().to_numpy() == orders["order"].to_numpy()).all(), "each in one shipment"
    spent = costs.loc[costs["component"].isin(COST_TO_SERVE), "amount"].sum() / 1e6
    return float(spent), nodes[shipments.sort_values("order")["node"]].tolist()


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Day]:
    folder = tmp_path_factory.mktemp("brunel")
    file = workbook(folder)
    report, refused = import_files("brunel", [file], folder / "into")
    assert not refused
    assert report.counts["orders"] == 4
    return folder / "into", read_day(file)


@pytest.mark.parametrize("overload", [3.0, 17.0])
def test_policies_serve_the_day_at_the_costs_of_the_file(imported: tuple[Path, Day], overload: float) -> None:
    folder, day = imported
    for name, policy, way in (
        ("as_done.yaml", "cheapest", as_done),
        ("scenario.yaml", "cheapest", one_by_one),
        ("scenario.yaml", BatchMilp(review="1d"), all_at_once),
    ):
        spent, _ = served(folder, name, policy, overload)
        assert spent == pytest.approx(way(day, overload).total, rel=0.01), policy  # freight by bands of one per cent


def test_what_was_done_stays_what_was_done_under_any_policy(imported: tuple[Path, Day]) -> None:
    folder, _ = imported
    for policy in ("cheapest", "nearest"):
        _, nodes = served(folder, "as_done.yaml", policy, 5.0)
        assert [node.removesuffix("_overload") for node in nodes] == ["p1", "p1", "p1", "p2"]
        assert sorted(nodes) == ["p1", "p1_overload", "p1_overload", "p2"], "one a day at P1; more is overload"


def test_plants_serve_only_what_they_hold_for_whom_they_may(imported: tuple[Path, Day]) -> None:
    folder, day = imported
    for policy in ("cheapest", "balance_workload", "nearest"):
        _, nodes = served(folder, "scenario.yaml", policy, 5.0)
        for node, options in zip(nodes, day.options, strict=True):
            assert node.removesuffix("_overload").upper() in {day.plants[plant] for plant, _ in options}


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_file(), reason="the workbook is not on this machine")
def test_the_real_day_as_a_scenario_costs_what_the_benchmark_says(tmp_path: Path) -> None:
    import_files("brunel", [REAL], tmp_path)
    day = read_day(REAL)
    for name, way in (("as_done.yaml", as_done), ("scenario.yaml", one_by_one)):
        spent, nodes = served(tmp_path, name, "cheapest", 5.0)
        known = way(day, 5.0)
        assert sum(node.endswith("_overload") for node in nodes) == known.overload
        assert spent == pytest.approx(known.total, rel=3e-5), "freight by bands of one per cent"


@pytest.mark.skipif(not REAL.is_file(), reason="the workbook is not on this machine")
def test_the_real_day_is_as_it_is_described() -> None:
    day = read_day(REAL)
    assert len(day.options) == 9215
    assert len(day.plants) == 18
    feasible = [plant in dict(options) for plant, options in zip(day.done.tolist(), day.options, strict=True)]
    assert all(feasible), "what was done could be done"
    assert most_served(read_day(REAL, vmi=False)) == 2789, "the stated capacities serve about 2,800"
    served = most_served(day)
    assert served == 2444, "fewer where plants are kept for their customers"
    dear = all_at_once(day, 1e7)
    assert dear.overload == 9215 - served, "where overload costs all, nothing is above capacity that need not be"
    best, turn, done = (way(day, 5.0) for way in (all_at_once, one_by_one, as_done))
    assert best.total < turn.total < done.total
    assert as_done(day, 0.0).load(18).max() == 8541, "one plant really sent nearly all"
