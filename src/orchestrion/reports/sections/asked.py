"""What a study made by a design answers: a tornado, a sweep, sensitivity indices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrion.errors import StudyError
from orchestrion.reports.charts import asked
from orchestrion.reports.page import Chart, DataTable, Page
from orchestrion.reports.sections import section
from orchestrion.reports.sections.headline import parameter_said

KPI = "contribution"


def design_kind(page: Page) -> str:
    """How the study was made: "tornado", "sweep", "sensitivity", or ""."""
    notes = page.reading.study.manifest.get("notes") or {}
    design = notes.get("design") or {}
    return str(design.get("kind", "")) if isinstance(design, Mapping) else ""


def _changed(page: Page, value: float, low: float) -> str:
    text = page.reading.written_change(KPI, value)
    half = page.fmt.unit(page.reading.card(KPI).unit, page.reading.magnitude(KPI)).shown(value - low)
    return text + (f" ± {page.fmt.number(half, page.reading.change_decimals(KPI))}" if half == half else "")


def _tornado(page: Page) -> Chart:
    study: Any = page.reading.study
    table, words = study.tornado(KPI), page.words
    rows = [
        [
            parameter_said(page.words, str(row["parameter"])),
            f"{row['low_value']} → {_changed(page, row['at_low'], row['at_low_low'])}",
            f"{row['high_value']} → {_changed(page, row['at_high'], row['at_high_low'])}",
            _changed(page, row["swing"], row["swing_low"]),
        ]
        for row in table.to_dict("records")
    ]
    columns = [words(f"asked_{name}") for name in ("parameter", "low", "high", "swing")]
    tables = [DataTable(words("asked_tornado"), columns, rows)]
    return page.chart("asked", asked.tornado(page.reading, table, KPI), alt=words("asked_tornado"), tables=tables)


def _sweep(page: Page) -> Chart:
    study: Any = page.reading.study
    table, words, reading = study.swept(KPI), page.words, page.reading
    parameters = list(table.columns[2 : list(table.columns).index("kpi")])
    rows = [
        [str(row["alternative"]), *(str(row[name]) for name in parameters),
         f"{reading.written(KPI, row['mean'])} {reading.written_half(KPI, row['high'] - row['mean'])}".rstrip()]
        for row in table.to_dict("records")
    ]  # fmt: skip
    tables = [DataTable(words("asked_sweep"), [words("alternative"), *parameters, words("asked_mean")], rows)]
    return page.chart("asked", asked.swept(reading, table, KPI), alt=words("asked_sweep"), tables=tables)


def _sensitivity(page: Page) -> Chart:
    study: Any = page.reading.study
    table, words = study.sensitivity(KPI), page.words
    shown = [name for name in table.columns if name not in ("parameter", "kpi", "unit")]
    rows = [
        [parameter_said(page.words, str(row["parameter"])), *(page.fmt.number(float(row[name]), 3) for name in shown)]
        for row in table.to_dict("records")
    ]
    tables = [DataTable(words("asked_sensitivity"), [words("asked_parameter"), *shown], rows)]
    figure = asked.sensitivity(page.reading, table, KPI)
    return page.chart("asked", figure, alt=words("asked_sensitivity"), tables=tables)


_MADE = {"tornado": _tornado, "sweep": _sweep, "sensitivity": _sensitivity}


@section("asked", order=88)
def section_asked(page: Page) -> dict[str, Any] | None:
    """The chart of the design that the study was made by; nothing for a plain comparison."""
    kind = design_kind(page)
    if kind not in _MADE or not hasattr(page.reading.study, kind if kind != "sweep" else "swept"):
        return None
    try:
        chart = _MADE[kind](page)
    except StudyError:
        return None  # unfinished: some end was not run yet
    page.define(KPI)
    words = page.words
    lead = words(f"asked_{kind}_lead", kpi=page.reading.card(KPI).label)
    return {"title": words(f"asked_{kind}"), "lead": lead, "chart": chart}
