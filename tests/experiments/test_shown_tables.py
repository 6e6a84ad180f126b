"""Tables of a study are DataFrames that show themselves: units, intervals in one cell, words for codes, no script."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pandas as pd
import pytest
from small_studies import TownScenario

from orchestrion.experiments import Study, compare
from orchestrion.experiments.shown_table import MOST_ROWS, ShownTable, grid_of, shown_table

NASTY = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def study() -> Study:
    return compare([TownScenario("town"), TownScenario(NASTY, days=3)], ["nearest", "cheapest"], replications=3,
                   workers=1)  # fmt: skip


def rows_of(table: Any) -> list[list[str]]:
    """The cells of the page that a notebook shows."""
    html = table._repr_mimebundle_()["text/html"]
    return [
        [re.sub("<[^>]*>", "", cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", html)
    ]


def test_differences_are_read_in_one_cell_and_kept_in_full(study: Study) -> None:
    table = study.against("nearest", ["cost_to_serve", "lost_sales_share"])
    assert isinstance(table, pd.DataFrame)
    head, *rows = rows_of(table)
    assert head[:3] == ["alternative", "against", "KPI"]
    assert len(rows) == len(table)
    for row, told in zip(rows, table.to_dict("records"), strict=True):
        assert row[5] == told["verdict"].replace("<", "&lt;")
        value, low, high = (float(x.replace("−", "-")) for x in re.findall(r"[+−]?[\d.]+", row[3].replace("€", ""))[:3])
        times = 100 if told["unit"] == "share" else 1
        expected = [times * told[key] for key in ("difference", "low", "high")]
        assert (value, low, high) == pytest.approx(expected, abs=0.06)
    assert rows[1][0] == ""  # an alternative is named once


def test_what_is_made_of_a_table_is_shown_as_far_as_it_has_the_columns(study: Study) -> None:
    table = study.against("nearest")
    some = table[table["kpi"] == "cost_to_serve"]
    assert rows_of(some)[0] == rows_of(table)[0]
    bare = table[["alternative", "difference", "low", "high"]]
    assert rows_of(bare)[0] == ["alternative", "difference"]
    assert all("[" in row[1] or row[1] == "–" for row in rows_of(bare)[1:])
    assert table.groupby("kpi")["difference"].mean().shape == (6,)
    again = pickle.loads(pickle.dumps(table))
    pd.testing.assert_frame_equal(again, table)
    assert table.copy().attrs == table.attrs


def test_intervals_are_shown_at_the_level_asked_for(study: Study) -> None:
    table = study.table(level=0.8)
    assert "80% intervals" in table._repr_mimebundle_()["text/plain"]
    assert "95%" not in table._repr_mimebundle_()["text/plain"]
    assert rows_of(study.against("nearest", level=0.8))[0][3] == "difference [80% interval]"
    wider = rows_of(study.against("nearest", simultaneous=True))[0][3]
    assert wider == "difference [95% interval, simultaneous over the KPIs declared]"


def test_a_mean_is_never_shown_with_the_half_width_of_another_kpi(study: Study) -> None:
    table = study.table()
    for part in (table.loc[:, (slice(None), "mean")], table.iloc[:, :3], table.iloc[:, ::-1]):
        assert not any("±" in cell for row in rows_of(part)[1:] for cell in row)
    assert "±" in rows_of(table.iloc[:, :4])[1][1]


def test_each_kind_of_table_shows_itself(study: Study) -> None:
    labels = study.labels
    for table in (
        study.kpis(), study.kpis("node"), study.table(), study.against(), study.pairing("nearest"), study.precision(),
        study.best("contribution"), study.pareto(["cost_to_serve", "co2e_per_order"]),
        study.moved(labels[0], labels[1], customers="online"),
    ):  # fmt: skip
        shown = table._repr_mimebundle_()
        assert "<script" not in shown["text/html"]
        assert "nan" not in shown["text/html"].lower().replace(NASTY, "")
        assert not re.search(r"\d\.\d{6}", shown["text/plain"])  # no digits that nobody reads
        assert len(rows_of(table)) == min(MOST_ROWS, len(table)) + 1
    kpis = study.kpis("node")
    assert rows_of(kpis)[0] == ["alternative", "replication", "KPI", "group", "value", "unit"]
    assert f"{MOST_ROWS} of" in kpis._repr_mimebundle_()["text/plain"]
    head = rows_of(study.table())[0]
    assert head[1] == "Stockout rate, web [%]"
    assert all("±" in cell for cell in rows_of(study.table())[1][1:] if cell != "–")


def test_the_gap_is_shown_with_its_bound_in_words() -> None:
    row = {name: 1.0 for part in ("booked", "bound", "gap", "share") for name in (part, f"{part}_low", f"{part}_high")}
    row |= {"gap": 0.256, "gap_low": 0.25, "gap_high": 0.262, "share": 0.0421, "share_low": 0.04, "share_high": 0.0442}
    told = {"alternative": "a", "basis": "every unit everywhere", "replications": 3} | row
    none = told | {name: float("nan") for name in row} | {"alternative": "b", "basis": "no bound"}
    grid = grid_of(shown_table(pd.DataFrame([told, none]), "gap", "Gap"))
    assert grid.rows[0] == (
        "a", "1.00 [1.00; 1.00]", "1.00 [1.00; 1.00]", "0.26 [0.25; 0.26]", "4.2 [4.0; 4.4]", "every unit everywhere",
        "3",
    )  # fmt: skip
    assert grid.rows[1][1:5] == ("–",) * 4


def test_bounds_go_to_the_middle_they_belong_to() -> None:
    numbers = {"difference": [30.0], "per_replication": [10.0], "low": [8.0], "high": [12.0]}
    moved = pd.DataFrame({"movement": ["x"]} | numbers)
    shown = shown_table(moved, "moved", "")
    assert isinstance(shown, ShownTable)
    assert grid_of(shown).rows == (("x", "30", "10 [8; 12]"),)
    flags = pd.DataFrame({"a": [True], "b": [None], "c": [float("nan")], "share": [0.125]})
    assert grid_of(shown_table(flags, "other", "")).rows == (("yes", "–", "–", "12.5"),)
