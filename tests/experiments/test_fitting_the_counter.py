"""Walk-in customers fitted to receipts of simulated stores: the known parameters lie within their intervals."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.demand.generate import weeks
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.experiments.calibration import Fit, Observed, fit_counter, fit_orders
from orchestrion.experiments.calibration.estimates import Fitted
from orchestrion.experiments.calibration.hours import alike
from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

TOWN = """\
title: Three stores
time: {start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 10, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  stores: {opening: {days: [mon, tue, wed, thu, fri, sat, sun], opens: "08:00", closes: "20:00"}}
  nodes:
    lille: {role: store, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.4, lon: 2.8, size: M}
    paris: {role: store, lat: 48.9, lon: 2.3, size: L}
assortment: {skus: 40}
demand:
  online: {orders_per_day: 0}
  walk_in: {per_day: 200, weekdays: {mon: 0.8, tue: 0.8, wed: 0.9, thu: 1.0, fri: 1.1, sat: 1.5, sun: 0.9}}
  popularity_error: 0
  dispersion: {on: true, online_k: 0, online_day_k: 0, store_k: 1.5}
"""


@cache
def town() -> tuple[Scenario, World]:
    from orchestrion.scenarios.scenario import Scenario as Document

    scenario = Document.from_yaml(TOWN, name="three stores")
    return scenario, scenario.compile()


def sold(replication: int) -> Observed:
    """What walk-ins ask for, as receipts of one line each."""
    scenario, world = town()
    blocks = list(weeks(world, Streams(seed=3, replication=replication)))
    t = np.concatenate([b.t for b in blocks]).astype(np.int64)
    sku = np.concatenate([b.sku for b in blocks]).astype(np.int64)
    keys = [node.key for node in world.nodes]
    return Observed(
        file="receipts.csv",
        day=t // DAY + scenario.document.time.start.toordinal() - 719163,
        hour=t % DAY // HOUR,
        place=np.full(len(t), -1),
        option=("",) * len(t),
        order=np.arange(len(t)),
        sku=sku,
        quantity=np.concatenate([b.qty for b in blocks]).astype(np.int64),
        price=world.skus.price[sku],
        skus=tuple(world.skus.key),
        node=tuple(keys[n] for n in np.concatenate([b.node for b in blocks]).tolist()),
    )


def found(fit: Fit) -> dict[str, Fitted | None]:
    rows = {str(row[0]): row for row in fit.tables["stores.csv"][1]}
    return {
        "per_day": fit["demand.walk_in.per_day"].estimates[0],
        "saturday": fit["demand.walk_in.weekdays"].estimates[5],
        "store k": fit["demand.dispersion.store_k"].estimates[0],
        "lines a day in Paris": Fitted(*(float(rows["paris"][i]) for i in (3, 4, 5)), 1),
    }


TRUE = {"per_day": 200.0, "saturday": 1.5, "store k": 1.5, "lines a day in Paris": 200 * 2.2 / 3.7}


@pytest.mark.slow
def test_intervals_of_the_counter_hold_the_truth() -> None:
    repetitions = 60
    counts = dict.fromkeys(TRUE, 0)
    for replication in range(repetitions):
        for name, one in found(fit_counter(sold(replication), town()[0])).items():
            counts[name] += one is not None and one.covers(TRUE[name])
    # 95 % intervals hold in fewer than 51 of 60 with a probability of 0.1 %
    assert {name: count for name, count in counts.items() if count < 51} == {}


def test_what_stores_sold_tells_walk_in_demand_store_by_store() -> None:
    fit = fit_counter(sold(0), town()[0])
    for name, one in found(fit).items():
        assert one is not None
        assert one.value == pytest.approx(TRUE[name], rel=0.2), name
    weights = fit["demand.walk_in.size_weights"].value
    assert weights == pytest.approx({"S": 0.5, "M": 1.0, "L": 2.2}, rel=0.25)
    assert any("3 stores; alike is refused" in note for note in fit.notes)
    assert any("Hours alike on all weekdays" in note for note in fit.notes), "they are, in this town"
    units = fit["demand.online.units"]
    assert units.first == 1
    seen = sold(0)
    nowhere = Observed(**{name: getattr(seen, name) for name in Observed.__slots__ if name != "node"})
    with pytest.raises(InputError, match="no column says which store sold it"):
        fit_counter(nowhere, town()[0])


def test_hours_that_differ_by_weekday_get_a_table_of_their_own() -> None:
    seen = sold(0)
    early = (seen.day + 3) % 7 == 5
    hour = np.where(early, np.minimum(seen.hour, 11), seen.hour)  # on Saturdays nobody comes after noon
    moved = Observed(**{name: getattr(seen, name) for name in Observed.__slots__ if name != "hour"} | {"hour": hour})
    fit = fit_counter(moved, town()[0])
    header, rows = fit.tables["hours_store.csv"]
    assert header[0] == "weekday"
    assert sum(float(row[2]) for row in rows if row[0] == 5 and int(row[1]) >= 12) == 0
    assert sum(float(row[2]) for row in rows if row[0] == 0 and int(row[1]) >= 12) > 0.5


def test_the_test_of_alike_rows_is_scipys() -> None:
    from scipy.stats import chi2_contingency

    table = np.array([[10, 20, 30], [20, 30, 25], [30, 15, 40]])
    known = chi2_contingency(table, correction=False)
    assert alike(table) == pytest.approx((known.statistic, known.dof, known.pvalue))
    # columns of which fewer than five are expected are put together
    assert alike(np.column_stack([table, [1, 0, 1], [0, 2, 0]]))[1] == 6


def test_refused_alike_rows_are_refused_as_often_as_they_should_be() -> None:
    rng = np.random.default_rng(4)
    shares = rng.dirichlet(np.ones(24) * 3)
    refused = sum(alike(rng.multinomial(700, shares, size=7))[2] < 0.05 for _ in range(200))
    assert 2 <= refused <= 20, "ten of two hundred, by chance"


def test_the_command_writes_walk_ins_that_load_and_stores_with_intervals(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text(TOWN, encoding="utf-8")
    seen = sold(0)
    rows = ["order,t,sku,quantity,price,node"]
    for i, (day, hour, sku) in enumerate(zip(seen.day.tolist(), seen.hour.tolist(), seen.sku.tolist(), strict=True)):
        rows.append(f"{i},{np.datetime64(day, 'D')} {hour:02d}:30,{seen.skus[sku]},1,10.00,{seen.node[i].upper()}")
    (tmp_path / "receipts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["fit", str(tmp_path / "receipts.csv"), "--counter", "--into", str(tmp_path / "fitted.yaml"),
              "--base", "town.yaml"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    fitted = load_scenario(tmp_path / "fitted.yaml")
    assert fitted.document.demand.walk_in.per_day == pytest.approx(len(seen.day) / 70, abs=0.01)
    world = fitted.compile()
    assert world.demand.walk_ins_per_day.sum() == pytest.approx(len(seen.day) / 70, abs=0.01)
    assert (tmp_path / "fitted_stores.csv").read_text(encoding="utf-8").splitlines()[1].startswith("node,receipts")
    text = (tmp_path / "fitted.yaml").read_text(encoding="utf-8")
    assert "receipts.csv, 2026-09-07 to 2026-11-15" in text


def test_a_season_of_the_base_does_not_bend_what_was_fitted() -> None:
    other = town()[0].vary("other", {"demand.walk_in.season": [2.0, 1.0], "demand.growth_per_year": 0.1})
    fit = fit_counter(sold(0), other)
    assert fit["demand.walk_in.season"].value == [1.0]
    assert fit["demand.growth_per_year"].value == 0.0
    online = town()[0].vary("season", {"demand.online.season": [1.0, 3.0]})
    assert fit_orders(sold(0), online)["demand.online.season"].value == [1.0]
