"""The sections of the report as tables of numbers, a sheet of a workbook each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrion.domain.codes import COST_TO_SERVE, Channel, Leg
from orchestrion.errors import OrchestrionError
from orchestrion.experiments.assumptions import assumed
from orchestrion.experiments.store_pnl import EUROS, store_pnl
from orchestrion.kpis import UNITS, kpis
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.reports.charts import channels, delivery, promise
from orchestrion.reports.charts.components import part_name
from orchestrion.reports.charts.front import standings
from orchestrion.reports.charts.moved import tables_of, word
from orchestrion.reports.charts.stores import HEAT, stores_of
from orchestrion.reports.charts.waterfall import waterfall_of
from orchestrion.reports.judging import judged
from orchestrion.reports.page import Page
from orchestrion.reports.sections.scenarios import changes_of, source_said
from orchestrion.reports.sections.scorecards import kpis_of
from orchestrion.reports.sections.stores import holder_of
from orchestrion.reports.sections.weighing import weighable

BY_DAY = ("stockout_rate", "lost_sales_share", "walk_in_lost_share", "cash_generated", "orders", "cost_to_serve")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: its header, and how its numbers are shown."""

    header: str
    format: str = "General"
    wrap: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for a sheet; `frozen` columns stay in sight."""

    name: str  # key of its name in the words
    columns: list[Column]
    rows: list[list[Any]]
    frozen: int = 1


def header(page: Page, key: str, more: str = "") -> str:
    """A KPI's name with its unit in brackets."""
    kpi = kpis[key]
    return f"{kpi.label[page.reading.lang]}{more} [{UNITS[kpi.unit].label[page.reading.lang]}]"


def shown(key: str, value: float) -> float:
    """A value in the unit that its header names."""
    return value * UNITS[kpis[key].unit].times


def number_format(key: str, more: int = 1) -> str:
    """How Excel shows a KPI."""
    decimals = UNITS[kpis[key].unit].decimals + more
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _scorecards(page: Page) -> Sheet | None:
    reading, words, lang = page.reading, page.words, page.reading.lang
    base, rows = reading.baseline.label, []
    for department in DEPARTMENTS:
        keys = kpis_of(page, department)
        found = judged(reading, base, keys)
        for item in reading.alternatives:
            for key in keys:
                level, one = reading.level(key, item.label), found.get((item.label, key))
                form = number_format(key, 2)
                numbers = [level.mean, level.half, *((one.value, one.low, one.high) if one else (math.nan,) * 3)]
                rows.append(
                    [department.label[lang], item.name, kpis[key].label[lang], UNITS[kpis[key].unit].label[lang],
                     *((shown(key, value), form) for value in numbers),
                     words({"noise": "noise_short"}.get(one.verdict, one.verdict)) if one else ""]
                )  # fmt: skip
    names = ("department", "alternative", "xlsx_kpi", "xlsx_unit", "xlsx_mean", "xlsx_half", "xlsx_difference",
             "xlsx_low", "xlsx_high", "xlsx_verdict")  # fmt: skip
    return Sheet("xlsx_scorecards", [Column(words(name)) for name in names], rows, 2) if rows else None


def _front(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    keys = [card.key for card in reading.headline if card.direction != "neither"]
    found = standings(reading, keys) if len(keys) > 1 else []
    columns = [Column(words("alternative")), Column(words("pareto_status")), Column(words("pareto_by"))]
    columns += [Column(header(page, key), number_format(key)) for key in keys]
    rows = [
        [one.item.name, words(f"pareto_is_{one.status}"), ", ".join(by.name for by in one.by),
         *(shown(key, reading.level(key, one.item.label).mean) for key in keys)]
        for one in found
    ]  # fmt: skip
    return Sheet("xlsx_front", columns, rows) if rows else None


def _weighing(page: Page) -> Sheet | None:
    reading, words, lang = page.reading, page.words, page.reading.lang
    found = weighable(reading)
    if found is None:
        return None
    columns = [Column(words("alternative")), Column(words("xlsx_replication"), "0")]
    columns += [Column(header(page, "contribution"), "#,##0.00")]
    columns += [Column(one.per[lang], "#,##0.00") for one in found.criteria]
    rows = [
        [item.name, replication, found.contribution[item.label][i],
         *(found.amounts[item.label][one.key][i] for one in found.criteria)]
        for item in reading.alternatives
        for i, replication in enumerate(found.replications)
    ]  # fmt: skip
    return Sheet("xlsx_weighing", columns, rows, 2)


def _delivery(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    days, told = delivery.distributions(reading), promise.distributions(reading)
    columns = [Column(words("alternative"))]
    columns += [Column(f"{name} [%]", "0.0") for name in delivery.band_names(reading)]
    columns += [Column(f"{words(key)} [%]", "0.0") for key in promise.BANDS]
    rows = []
    for item in reading.alternatives:
        if item.label in days and item.label in told:
            shares = [*days[item.label].shares.tolist(), *told[item.label].tolist()]
            rows.append([item.name, *(100 * share for share in shares)])
    return Sheet("xlsx_delivery", columns, rows) if rows else None


def _by_day(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    tables = {key: reading.by_group(key, "day") for key in BY_DAY}
    keys = [key for key, table in tables.items() if any(table.values())]
    columns = [Column(words("day"), "0"), Column(words("alternative"))]
    for key in keys:
        columns += [Column(header(page, key), number_format(key)), Column(header(page, key, ", ±"), number_format(key))]
    rows = []
    for day in reading.days:
        for item in reading.alternatives:
            row: list[Any] = [day + 1, item.name]
            for key in keys:
                level = tables[key].get(item.label, {}).get(day)
                row += [shown(key, level.mean), shown(key, level.half)] if level else [math.nan, math.nan]
            rows.append(row)
    return Sheet("xlsx_by_day", columns, rows, 2) if rows and keys else None


def _parts(page: Page, name: str, kpi: str, group: str, parts: Sequence[Any]) -> Sheet | None:
    """A cost or CO2e by its parts, with the paired difference to the baseline."""
    reading, words = page.reading, page.words
    columns = [Column(words("alternative")), Column(words("component_or_leg"))]
    form = "#,##0.0000"
    columns += [Column(header(page, kpi), form), Column(header(page, kpi, ", ±"), form)]
    unit = UNITS[kpis[kpi].unit].label[reading.lang]
    columns += [Column(words("xlsx_change_in", unit=unit), form), Column(words("xlsx_half_in", unit=unit), form)]
    groups, rows = reading.by_group(kpi, group), []
    for item in reading.alternatives:
        found = None if item is reading.baseline else waterfall_of(reading, kpi, group, parts, item)
        steps = {step.part: step.change for step in found.steps} if found else {}
        for part in parts:
            level = groups.get(item.label, {}).get(int(part))
            if level is None and part not in steps:
                continue
            change = steps.get(part)
            rows.append(
                [item.name, part_name(reading, part), level.mean if level else 0.0, level.half if level else math.nan,
                 change.mean if change else math.nan, change.half if change else math.nan]
            )  # fmt: skip
    return Sheet(name, columns, rows, 2) if rows else None


def _demand(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    labels = reading.dims("nodes").get("label", [])
    columns = [Column(words(name)) for name in ("alternative", "flow_from", "node", "flow_to")]
    columns.append(Column(words("xlsx_units_run"), "#,##0.0"))
    rows = []
    for item in reading.alternatives:
        demand = channels.demand_of(reading, item)
        if demand is None:
            return None
        for (channel, node, end), units in sorted(demand.links.items()):
            place = str(labels[node]) if node >= 0 else words("no_node")
            rows.append([item.name, words(f"channel.{Channel(channel).key}"), place, words(f"end.{end}"), units])
    return Sheet("xlsx_demand", columns, rows) if rows else None


def _customers(page: Page) -> Sheet | None:
    words = page.words
    found, _ = tables_of(page.reading)
    columns = [Column(words("alternative")), Column(words("moved_movement"))]
    columns += [Column(words(f"xlsx_moved_{name}"), "#,##0.00")
                for name in ("wishes", "before", "after", "change", "low", "high")]  # fmt: skip
    rows = []
    for label, table in found.items():
        runs = int(table.attrs["replications"])
        for row in table.to_dict("records"):
            per = [row[name] / runs for name in ("wishes", "sales_before", "sales_after")]
            rows.append([page.reading.of(label).name, word(page.reading, str(row["movement"])), *per,
                         row["per_replication"], row["low"], row["high"]])  # fmt: skip
    return Sheet("xlsx_customers", columns, rows, 2) if rows else None


def _stores(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    labels = reading.dims("nodes").get("label", [])
    tables = {key: reading.by_group(key, "node") for key in HEAT}
    keys = [key for key, table in tables.items() if any(table.values())]
    columns = [Column(words("alternative")), Column(words("node"))]
    columns += [Column(header(page, key), number_format(key)) for key in keys]
    rows = []
    for item in reading.alternatives:
        for node in stores_of(page.reading):
            levels = (tables[key].get(item.label, {}).get(node) for key in keys)
            means = [
                shown(key, level.mean) if level else 0.0 if key in reading.totals else math.nan
                for key, level in zip(keys, levels, strict=True)
            ]
            rows.append([item.name, str(labels[node]), *means])
    return Sheet("xlsx_stores", columns, rows, 2) if rows and keys else None


def _accounts(page: Page) -> Sheet | None:
    reading, words = page.reading, page.words
    names = [name for name in EUROS if words.has(f"pnl_{name}")]
    columns = [Column(words("alternative")), Column(words("node"))]
    columns += [Column(words(f"pnl_{name}"), "#,##0.00") for name in names]
    columns += [Column(header(page, "labour_cost"), "#,##0.00"), Column(header(page, "store_hours"), "#,##0.0")]
    columns += [Column(words("pnl_change"), "#,##0.00")]
    columns += [Column(words(f"xlsx_moved_{side}"), "#,##0.00") for side in ("low", "high")]
    columns.append(Column(words("pnl_who")))
    rows: list[list[Any]] = []
    if not hasattr(reading.study, "folder"):
        return None
    for item in reading.alternatives:
        against = None if item is reading.baseline else reading.baseline.label
        try:
            frame = store_pnl(reading.study, item.label, against=against)  # type: ignore[arg-type]
        except OrchestrionError:
            continue  # other nodes than the baseline's
        for row in frame.to_dict("records"):
            change = [row.get(name, math.nan) for name in ("change", "low", "high")]
            who = words(f"pnl_{row['who']}") if "who" in row else ""
            rows.append([item.name, holder_of(page, row), *(row[name] for name in names), row["labour"], row["hours"],
                         *change, who])  # fmt: skip
    return Sheet("xlsx_accounts", columns, rows, 2) if rows else None


def _map(page: Page) -> Sheet | None:
    reading, words, net = page.reading, page.words, page.network
    if net is None:
        return None
    columns = [Column(words("node"))]
    columns += [Column(words.labelled(a.name, words("sent_a_day")), "#,##0.0") for a in reading.alternatives]
    rows = [
        [label, *(net.traffic[item.label].sent.get(node, 0.0) for item in reading.alternatives)]
        for node, label in enumerate(net.labels)
    ]
    return Sheet("xlsx_map", columns, rows)


def _differences(page: Page) -> Sheet | None:
    words = page.words
    names = ("alternative", "parameter", "xlsx_baseline", "xlsx_value", "assumed_what")
    rows = [
        [item.name, one.path, one.here, one.there, one.meaning] for item, changes in changes_of(page) for one in changes
    ]
    columns = [Column(words(name), wrap=name == "assumed_what") for name in names]
    return Sheet("xlsx_overrides", columns, rows, 2) if rows else None


def _assumptions(page: Page) -> Sheet | None:
    study: Any = page.reading.study
    words = page.words
    if not hasattr(study, "scenario"):
        return None
    try:
        found = assumed(study.scenario(page.reading.baseline.label))
    except OrchestrionError:
        return None
    columns = [Column(words("parameter")), Column(words("assumed_value"), "General"), Column(words("unit")),
               Column(words("assumed_what"), wrap=True), Column(words("assumed_source"), wrap=True)]  # fmt: skip
    rows = []
    for one in found:
        unit = words.product("unit", one.unit)
        value = round(100 * one.value, 10) if unit.startswith("%") else one.value
        source = source_said(words, one.source) or words("assumed_here")
        rows.append([one.path, value, unit, words.product("parameter", one.description), source])
    return Sheet("xlsx_assumptions", columns, rows) if rows else None


_MADE: tuple[Callable[[Page], Sheet | None], ...] = (
    _scorecards,
    _weighing,
    _front,
    _delivery,
    _by_day,
    _demand,
    _customers,
    lambda page: _parts(page, "xlsx_cost", "cost_to_serve", "component", COST_TO_SERVE),
    lambda page: _parts(page, "xlsx_co2e", "co2e_per_order", "leg", tuple(Leg)),
    _stores,
    _accounts,
    _map,
    _differences,
    _assumptions,
)


def section_sheets(page: Page) -> list[Sheet]:
    """A sheet for each section that the study has something for."""
    return [sheet for make in _MADE if (sheet := make(page)) is not None]
