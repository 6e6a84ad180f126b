"""The workbook as another program reads it: numbers that are the study's, units in headers, text that stays text."""

from __future__ import annotations

import math
import zipfile
from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest
from fake_study import FakeStudy
from openpyxl.worksheet.worksheet import Worksheet
from typer.testing import CliRunner

import orchestrion as orc
from orchestrion.apps.cli import app
from orchestrion.errors import StudyError
from orchestrion.experiments import Study
from orchestrion.kpis import HEADLINE, UNITS, kpis
from orchestrion.reports.spreadsheet import harmless, write_csv, write_excel, write_study_csv
from orchestrion.reports.words.sheets import WORDS as SHEET_WORDS

TODAY = date(2026, 9, 1)
HOSTILE = "=HYPERLINK(\"http://x.example\";\"click\")"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    town = orc.Scenario.from_yaml(
        """
title: "+Town"
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
assortment: {skus: 20}
demand: {online: {orders_per_day: 20}, walk_in: {per_day: 40}}
policy: {name: nearest}
""",
        name="@town",
    )
    rush = town.vary(HOSTILE, {"demand.online.orders_per_day": 60})
    out = tmp_path_factory.mktemp("study") / "out"
    return orc.compare([town, rush], replications=3, workers=1, out=out)


@pytest.fixture(scope="module")
def path(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study.to_excel(tmp_path_factory.mktemp("book") / "study.xlsx", today=TODAY, groups=["node"])


@pytest.fixture(scope="module")
def book(path: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path)


def rows_of(sheet: Worksheet) -> list[dict[str, object]]:
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def header(key: str, more: str = "") -> str:
    return f"{kpis[key].label.en}{more} [{UNITS[kpis[key].unit].label.en}]"


def test_the_sheets_are_there_in_order_with_frozen_headers_and_filters(book: openpyxl.Workbook) -> None:
    # no sheet of customers: the two towns do not have the same demand
    assert book.sheetnames == [
        "Summary", "Headline KPIs", "All KPIs", "Differences", "Replications", "Scorecards", "Weighing", "Pareto front",
        "Delivery time", "Day by day", "Demand", "Cost by component", "CO2e by leg", "Stores",
        "Profit and loss by node", "Shipments by node", "What differs", "Assumptions", "By node", "Alternatives",
        "Definitions",
    ]  # fmt: skip
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes is not None
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref


def test_the_figures_are_the_study_s_in_the_unit_of_the_header(study: Study, book: openpyxl.Workbook) -> None:
    rows = rows_of(book["Headline KPIs"])
    assert [row["Alternative"] for row in rows] == study.labels
    for row in rows:
        for key in HEADLINE:
            found = study.estimate(key, str(row["Alternative"]))
            times = UNITS[kpis[key].unit].times
            for value, expected in ((row[header(key)], found.mean), (row[header(key, ", ±")], found.half)):
                if math.isfinite(expected):
                    assert value == pytest.approx(expected * times, rel=1e-12)
                else:
                    assert value is None


def test_every_replication_is_there(study: Study, book: openpyxl.Workbook) -> None:
    rows = rows_of(book["Replications"])
    assert [(row["Alternative"], row["Replication"]) for row in rows] == [
        (label, replication) for label in study.labels for replication in range(3)
    ]
    for row in rows:
        for key in ("contribution", "stockout_rate"):
            expected = study.replicated(key, str(row["Alternative"]))[int(str(row["Replication"]))]
            assert row[header(key)] == pytest.approx(expected * UNITS[kpis[key].unit].times, rel=1e-12)


def test_differences_are_those_of_the_study_with_their_verdicts(study: Study, book: openpyxl.Workbook) -> None:
    known = {(kpi.label.en, UNITS[kpi.unit].label.en): key for key, kpi in kpis.items()}
    rows = rows_of(book["Differences"])
    table = study.against(kpis=[known[str(row["KPI"]), str(row["Unit"])] for row in rows])
    assert len(rows) == len(table) > 30
    for row, expected in zip(rows, table.to_dict("records"), strict=True):
        unit = UNITS[kpis[expected["kpi"]].unit]
        assert row["Verdict"] == expected["verdict"]
        assert row["Unit"] == unit.label.en
        if math.isfinite(expected["difference"]):
            assert row["Difference [unit]"] == pytest.approx(expected["difference"] * unit.times, rel=1e-12)
        if math.isfinite(expected["p_holm"]):
            assert row["p (Holm)"] == pytest.approx(expected["p_holm"], rel=1e-12)


def test_groups_are_means_over_replications(study: Study, book: openpyxl.Workbook) -> None:
    table = study.kpis("node")
    rows = rows_of(book["By node"])
    assert {row["node"] for row in rows} == set(table["group_label"])
    checked = 0
    for row in rows:
        here = table[(table["label"] == row["Alternative"]) & (table["group_label"] == row["node"])]
        for key in ("contribution", "walk_in_lost_share", "cost_to_serve"):
            values = here[here["kpi"] == key]["value"]
            if values.notna().any():
                checked += 1
                expected = values.mean() * UNITS[kpis[key].unit].times
                assert row[header(key)] == pytest.approx(expected, rel=1e-12)
    assert checked >= 6


def test_every_kpi_is_defined(book: openpyxl.Workbook) -> None:
    rows = rows_of(book["Definitions"])
    assert {row["Key"]: row["Definition"] for row in rows} == {key: kpi.definition.en for key, kpi in kpis.items()}
    assert all(row["Unit"] for row in rows)


def test_text_that_looks_like_a_formula_is_text(path: Path, book: openpyxl.Workbook) -> None:
    texts = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    suspicious = [cell for cell in texts if cell.value.startswith(("=", "+", "-", "@"))]
    assert {cell.value for cell in suspicious} >= {HOSTILE, "@town", "+Town"}
    assert {cell.data_type for cell in texts} == {"s"}  # openpyxl calls a formula "f"
    assert all(cell.quotePrefix for cell in suspicious)
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/"):
                assert b"<f>" not in parts.read(name)
                assert b"hyperlink" not in parts.read(name)


def test_pandas_reads_it(path: Path, study: Study) -> None:
    table = pd.read_excel(path, sheet_name="Replications", engine="openpyxl")
    assert len(table) == 6
    assert table[header("contribution")].dtype == float


def test_in_french_every_word_is_french(study: Study, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(study.to_excel(tmp_path / "étude.xlsx", lang="fr", today=TODAY))
    assert book.sheetnames[:4] == ["Synthèse", "Indicateurs principaux", "Tous les indicateurs", "Écarts"]
    headers = [cell.value for cell in book["Écarts"][1]]
    assert "Verdict" in headers
    assert "Écart [unité]" in headers


def test_names_of_sheets_fit() -> None:
    for key in ("summary", "headline", "all", "differences", "replications", "alternatives", "definitions",
                "scorecards", "weighing", "front", "delivery", "by_day", "demand", "customers", "cost", "co2e",
                "stores", "accounts", "map", "overrides", "assumptions"):  # fmt: skip
        assert all(len(text) <= 31 for text in SHEET_WORDS[f"xlsx_{key}"])


def test_the_same_study_gives_the_same_bytes(study: Study, path: Path, tmp_path: Path) -> None:
    again = study.to_excel(tmp_path / "again.xlsx", today=TODAY, groups=["node"])
    assert again.read_bytes() == path.read_bytes()


def test_csv_holds_every_kpi_and_no_formula(study: Study, tmp_path: Path) -> None:
    file = study.to_csv(tmp_path / "kpis.csv")
    table = pd.read_csv(file)
    assert len(table) == len(study.kpis())
    assert set(table["label"]) == {"'@town", f"'{HOSTILE}"}
    assert table["value"].sum() == pytest.approx(study.kpis()["value"].sum(), rel=1e-12)
    assert duckdb.sql(f"SELECT count(*) FROM read_csv('{file}')").fetchall() == [(len(table),)]
    for line in file.read_text(encoding="utf-8-sig").splitlines():
        assert not line.startswith(("=", "@", "+"))


def test_numbers_below_zero_stay_numbers_in_csv(tmp_path: Path) -> None:
    table = pd.DataFrame({"=a": [-1.5, 2.0], "text": ["-1+1", "fine"], "mixed": [-3, "@x"], "none": [None, "\tx"]})
    read = pd.read_csv(write_csv(table, tmp_path / "t.csv"))
    assert read["'=a"].tolist() == [-1.5, 2.0]
    assert read["text"].tolist() == ["'-1+1", "fine"]
    assert read["mixed"].tolist() == ["-3", "'@x"]
    assert harmless("\r=1") == "'\r=1"


def test_the_command_writes_what_is_asked_for_and_no_page(study: Study, tmp_path: Path) -> None:
    asked = ["report", str(study.path), "--xlsx", str(tmp_path / "a" / "s.xlsx"), "--csv", str(tmp_path / "s.csv")]
    told = CliRunner().invoke(app, [*asked, "--by", "day"])
    assert told.exit_code == 0, told.output
    assert told.stdout.split() == [str(tmp_path / "a" / "s.xlsx"), str(tmp_path / "s.csv")]
    assert "By day" in openpyxl.load_workbook(tmp_path / "a" / "s.xlsx").sheetnames
    assert not (study.path / "report.html").exists()
    told = CliRunner().invoke(app, [*asked, "--by", "dai"])
    assert told.exit_code == 2
    assert "did you mean 'day'?" in told.stderr


def test_a_study_without_results_and_a_place_that_cannot_be_written_are_told(study: Study, tmp_path: Path) -> None:
    for write in (write_excel, write_study_csv):
        with pytest.raises(StudyError, match="no finished replication"):
            write(FakeStudy(replications=0), tmp_path / "x")
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="the workbook cannot be written"):
        study.to_excel(tmp_path / "file" / "x.xlsx")


def test_the_sheets_of_the_sections_add_up(small_study: Study, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(small_study.to_excel(tmp_path / "s.xlsx", today=TODAY))
    cost = rows_of(book["Cost by component"])
    names = {"Siloed": "siloed", "Unified": "unified", "Nearest": "nearest"}
    for name, label in names.items():
        total = sum(float(str(row[header("cost_to_serve")])) for row in cost if row["Alternative"] == name)
        assert total == pytest.approx(small_study.estimate("cost_to_serve", label).mean, rel=1e-9)
        legs = [row for row in rows_of(book["CO2e by leg"]) if row["Alternative"] == name]
        kilos = sum(float(str(row[header("co2e_per_order")])) for row in legs)
        assert kilos == pytest.approx(small_study.estimate("co2e_per_order", label).mean, rel=1e-9)
        books = [row for row in rows_of(book["Profit and loss by node"]) if row["Alternative"] == name]
        nodes = sum(float(str(row["Contribution [€]"])) for row in books if row["Node"] != "All")
        assert nodes == pytest.approx(small_study.estimate("contribution", label).mean, rel=1e-9)
        sent = sum(float(str(row[f"{name}: Shipments a day"])) for row in rows_of(book["Shipments by node"]))
        shares = [row for row in rows_of(book["Delivery time"]) if row["Alternative"] == name]
        assert sent > 10
        assert sum(float(str(v)) for v in list(shares[0].values())[1:7]) == pytest.approx(100)
        assert sum(float(str(v)) for v in list(shares[0].values())[7:]) == pytest.approx(100)
    customers = [row for row in rows_of(book["Customers"]) if row["Alternative"] == "Nearest"]
    changes = {str(row["What happened"]): float(str(row["Change [€]"])) for row in customers}
    assert changes.pop("all") == pytest.approx(sum(changes.values()))
    units = sum(float(str(row["Units of a replication [units]"])) for row in rows_of(book["Demand"]))
    wished = sum(
        small_study.facts("requests", label=label, columns=["t", "qty"]).query("t < 604800")["qty"].sum()
        for label in small_study.labels
    )
    assert units == pytest.approx(wished / small_study.replications)
    for sheet in book.worksheets[1:]:
        for cell in sheet[1]:
            assert cell.value
