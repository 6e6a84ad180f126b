"""A walk through one order shows what the facts hold: every sum against DuckDB, every event, nothing run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from small_studies import TOWN
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.domain.codes import COST_TO_SERVE, Component, EventKind
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import Study, Trace, compare, interesting_orders, open_study
from orchestrion.scenarios import Scenario

NASTY = "<script>alert(1)</script>"
DOCUMENT = (
    TOWN.replace("lens: {", f'lens: {{label: "{NASTY}\\e[31m", ').replace("nodes:\n", "nodes:\n    ")
    + "visibility: {web_sees: [warehouses, stores]}\nsourcing: {claiming: {on: true, stores: {acceptance: 0.6}}}\n"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    scenario = Scenario.from_yaml(DOCUMENT.replace("nodes:\n        lille", "nodes:\n    lille"), name="town")
    folder = tmp_path_factory.mktemp("studies") / "traced"
    return compare([scenario], ["nearest", "cheapest"], replications=2, seed=3, workers=1, out=folder)


def interesting_the_long_way(study: Study, label: str) -> list[tuple[int, str]]:
    """From whole tables in memory, order by order."""
    facts = study.folder.facts(study.cell(label, 0))
    orders, events, shipments, costs = (
        pd.DataFrame(facts[name]) for name in ("orders", "events", "shipments", "costs")
    )
    sent = shipments[shipments["units"] > 0].groupby("order")
    about = orders.set_index("order")[["promised_t", "collect_at"]].assign(
        hops=events.groupby("order")["hop"].max(),
        refused=events[events["kind"] == EventKind.REFUSED].groupby("order").size(),
        parcels=sent.size(),
        received=sent["received_t"].max(),
        cancelled=events[events["kind"] == EventKind.CANCELLED].groupby("order").size(),
        cost=costs[costs["component"].isin([int(part) for part in COST_TO_SERVE])].groupby("order")["amount"].sum(),
    )
    about = about.fillna({"received": -1}).fillna(0)
    came = about["received"] >= 0
    marks = {
        "sourced again most often": (about["hops"], 1),
        "refused most often": (about["refused"], 1),
        "in the most parcels": (about["parcels"], 2),
        "latest against its promise": ((about["received"] - about["promised_t"]).where(came, -1), 1),
        "cancelled": (about["cancelled"], 1),
        "the dearest to serve": (about["cost"], 1),
        "collected in a store": ((came & (about["collect_at"] >= 0)).astype(int), 1),
        "an ordinary one": (came.astype(int), 0),
    }
    told: dict[int, str] = {}
    for why, (value, least) in marks.items():
        ranked = value[value >= least].sort_values(ascending=False, kind="stable").index
        told |= dict.fromkeys([order for order in ranked if order not in told][:1], why)
    return list(told.items())


def test_interesting_orders_are_those_of_the_long_way(study: Study) -> None:
    for label in study.labels:
        found = interesting_orders(study, policy=study[label].policy_name, replication=0)
        assert found == interesting_the_long_way(study, label)
        assert len(found) > 4


def parts(study: Study, label: str, replication: int, table: str) -> str:
    (path,) = study.folder.paths([study.cell(label, replication)], table)
    return str(path)


def test_every_sum_of_every_order_is_that_of_the_facts(study: Study) -> None:
    label = study.labels[0]
    serve = ", ".join(str(int(part)) for part in COST_TO_SERVE)
    costs, legs, orders = (parts(study, label, 0, name) for name in ("costs", "emissions", "orders"))
    ids = [o for o, in duckdb.sql(f"SELECT \"order\" FROM '{orders}'").fetchall()]
    assert len(ids) > 50
    for id in ids[:60]:
        told = study.trace(id)
        ((cost,),) = duckdb.sql(
            f"SELECT coalesce(sum(amount), 0) FROM '{costs}' WHERE \"order\" = {id} AND component IN ({serve})"
        ).fetchall()
        ((co2e,),) = duckdb.sql(f"SELECT coalesce(sum(amount), 0) FROM '{legs}' WHERE \"order\" = {id}").fetchall()
        assert (told.cost, told.co2e) == (cost, co2e)
        assert (sum(told.costs.values()), sum(told.legs.values())) == (cost, co2e)
        grids = {grid.title: grid for grid in told.grids}
        if cost:
            assert grids["Costs"].rows[-1][4] == f"{cost / 1e6:,.4f}"
        if co2e:
            assert grids["CO2e"].rows[-1][4] == f"{co2e / 1e6:,.6f}"


def test_costs_that_are_not_of_serving_are_shown_apart(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    id = interesting_orders(study)[0][0]
    whole = study.trace(id)
    less = tuple(part for part in COST_TO_SERVE if part != Component.PICKING)
    monkeypatch.setattr("orchestrion.experiments.tracing.COST_TO_SERVE", less)
    told = study.trace(id)
    assert whole.costs["picking"] > 0
    assert "picking" not in told.costs
    assert told.cost == whole.cost - whole.costs["picking"]
    costs = next(grid for grid in told.grids if grid.title == "Costs")
    assert [row[5] for row in costs.rows if row[0] == "picking"] == ["not in cost to serve"] * sum(
        row[0] == "picking" for row in costs.rows
    )


def test_the_life_is_every_event_with_its_moment_and_node(study: Study) -> None:
    events = study.facts("events", label=study.labels[0], replication=0)
    nodes = study.dims("nodes")["label"]
    for id in sorted(set(events["order"]))[:40]:
        mine = events[events["order"] == id]
        life = next(grid for grid in study.trace(id).grids if grid.title == "Life")
        assert [row[5] for row in life.rows] == [str(q) for q in mine["qty"]]
        shown = [row[3] for row in life.rows]
        known = ["" if n < 0 else "".join(c for c in nodes[n] if c.isprintable()) for n in mine["node"]]
        assert shown == known
        # moments run on from the placing, by the differences shown
        assert life.rows[0][2] == "placed"
        assert all(row[0].endswith(f"{t % 60:02d}") for row, t in zip(life.rows, mine["t"], strict=True))


def test_an_order_is_named_by_its_number_or_as_people_write_it(study: Study) -> None:
    id = interesting_orders(study)[0][0]
    assert study.trace(id) == study.trace(f"O{id:06d}") == study.trace(str(id)) == study.trace()


def test_the_alternative_is_found_by_scenario_policy_or_label(study: Study) -> None:
    id = interesting_orders(study, policy="cheapest", replication=1)[0][0]
    told = study.trace(id, policy="cheapest", replication=1)
    assert (told.label, told.replication) == (study.labels[1], 1)
    assert study.trace(id, scenario=study.labels[1], replication=1) == told
    with pytest.raises(UnknownName, match="nearest"):
        study.trace(id, policy="dearest")
    with pytest.raises(StudyError, match="replication 7"):
        study.trace(id, replication=7)


def test_what_is_suggested_is_what_it_is_said_to_be(study: Study) -> None:
    found = dict(interesting_orders(study))
    assert 3 <= len(found) <= 8
    events = study.facts("events", label=study.labels[0], replication=0)
    by_reason = {why: id for id, why in found.items()}
    assert events.groupby("order")["hop"].max().max() == events[
        events["order"] == by_reason["sourced again most often"]
    ]["hop"].max()


def test_an_order_that_is_not_there_is_answered_with_some_that_are(study: Study) -> None:
    with pytest.raises(StudyError, match=r"no order 99999999; interesting ones: O0"):
        study.trace(99999999)
    with pytest.raises(StudyError, match="is no order"):
        study.trace("yesterday's")


def test_what_people_wrote_is_shown_and_never_run(study: Study) -> None:
    id = next(
        int(o) for o, n in study.facts("events", label=study.labels[0], replication=0)[["order", "node"]].to_numpy()
        if n == 1
    )  # fmt: skip
    told = study.trace(id)
    page = told._repr_mimebundle_()["text/html"]
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert "\x1b" not in str(told) + page
    assert NASTY in str(told)


def test_a_study_without_facts_says_how_to_get_them(tmp_path: Path) -> None:
    scenario = Scenario.from_yaml(TOWN, name="town")
    compare([scenario], ["nearest"], replications=1, workers=1, out=tmp_path / "bare", facts="none")
    with pytest.raises(StudyError, match="--facts orders"):
        open_study(tmp_path / "bare").trace(1)
    done = CliRunner().invoke(app, ["trace", str(tmp_path / "bare"), "O000001"])
    assert done.exit_code == 2
    assert "--facts orders" in done.output


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(app, ["trace", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_suggests_orders_and_tells_their_life(study: Study) -> None:
    suggested = run(str(study.path))
    id, why = interesting_orders(study)[0]
    assert f"O{id:06d}" in suggested
    assert why in suggested
    told = run(str(study.path), f"O{id:06d}")
    for word in ("Life", "Costs", "CO2e", "cost to serve", "placed", "promised by"):
        assert word in told
    assert "\x1b" not in told
    machine = json.loads(run(str(study.path), str(id), "--json"))
    trace: Trace = study.trace(id)
    assert (machine["cost_micro_eur"], machine["co2e_mg"]) == (trace.cost, trace.co2e)
    assert sum(machine["legs_mg"].values()) == trace.co2e
