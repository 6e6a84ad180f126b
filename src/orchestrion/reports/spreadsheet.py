"""A study for spreadsheets: an Excel workbook to read and to work on, and a CSV of every KPI of every replication.

Numbers are numbers, in the units that their headers name. Text is text whatever it begins with: a scenario called
`=HYPERLINK(...)` is shown, never evaluated.
"""

from __future__ import annotations

import io
import math
import os
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrion import __version__
from orchestrion.errors import StudyError
from orchestrion.kpis import UNITS, Kpi, definitions
from orchestrion.reports.page import Page
from orchestrion.reports.reading import Reading
from orchestrion.reports.sheets import Column, section_sheets
from orchestrion.reports.words import Words
from orchestrion.reports.writing import put

if TYPE_CHECKING:
    import pandas as pd

_ACTIVE = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the beginning of a formula
_WIDEST, _NARROWEST = 60, 9  # characters of a column
_LONGEST_TEXT = 32_767  # characters in a cell of Excel
_MOST_ROWS = 1_048_575  # of a sheet, below its header
_BORN = datetime(2000, 1, 1)  # a workbook of the same study has the same bytes


class Book:
    """A workbook in the making: sheets of a header that stays, rows of text and numbers, and a filter."""

    def __init__(self, title: str, subject: str) -> None:
        import xlsxwriter

        self._bytes = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(self._bytes, options)
        self.book.set_properties(
            {"title": title[:255], "subject": subject, "comments": f"Orchestrion {__version__}", "created": _BORN}
        )
        self._formats: dict[tuple[Any, ...], Any] = {}

    def format(self, **properties: Any) -> Any:
        """A cell format, each made once."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"valign": "top", **properties})
        return self._formats[key]

    def text(self, sheet: Any, row: int, column: int, text: str, **properties: Any) -> None:
        """Text as text: kept from being taken for a formula, also when somebody edits the cell."""
        clean = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)[:_LONGEST_TEXT]
        active = {"quote_prefix": True} if clean.startswith(_ACTIVE) else {}
        sheet.write_string(row, column, clean, self.format(**properties, **active))

    def prose(self, name: str, lines: Sequence[tuple[str, str]]) -> None:
        """A sheet of a heading and what it says, line by line."""
        sheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 110)
        for row, (heading, words) in enumerate(lines):
            self.text(sheet, row, 0, heading, bold=True, **({"font_size": 14} if row == 0 else {}))
            self.text(sheet, row, 1, words, text_wrap=True, **({"font_size": 14, "bold": True} if row == 0 else {}))

    def table(self, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Any]], *, frozen: int = 1) -> None:
        """A sheet with one table; `frozen` columns stay in sight, as the header does.

        A value may come with a number format of its own: (value, format).

        Raises
        ------
        StudyError
            If it has more rows than a sheet of Excel.
        """
        if len(rows) > _MOST_ROWS:
            raise StudyError(f"{name}: {len(rows)} rows are more than a sheet of Excel holds; take the CSV")
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, frozen)
        for i, column in enumerate(columns):
            self.text(sheet, 0, i, column.header, bold=True, text_wrap=True, bottom=1, bg_color="#E9EEF2")
            texts = [len(str(row[i])) for row in rows if isinstance(row[i], str)]
            widest = max([*texts, min(len(column.header), 18), _NARROWEST])
            sheet.set_column(i, i, min(widest + 2, _WIDEST))
        for r, row in enumerate(rows, 1):
            for i, (column, value) in enumerate(zip(columns, row, strict=True)):
                value, how = value if isinstance(value, tuple) else (value, column.format)
                if isinstance(value, str):
                    self.text(sheet, r, i, value, text_wrap=column.wrap)
                elif isinstance(value, bool):
                    sheet.write_boolean(r, i, value, self.format())
                elif value is not None and math.isfinite(value):  # where there is no value, the cell stays empty
                    sheet.write_number(r, i, float(value), self.format(num_format=how))
        sheet.autofilter(0, 0, len(rows), max(len(columns) - 1, 0))

    def closed(self) -> bytes:
        """The file."""
        self.book.close()
        return self._bytes.getvalue()


def write_excel(
    study: Any,
    path: str | os.PathLike[str],
    *,
    lang: str = "en",
    groups: Sequence[str] = (),
    today: date | None = None,
) -> Path:
    """Write a study as an Excel workbook: what the report shows, as numbers.

    Sheets: the study in sentences; headline KPIs; every KPI; paired differences to the baseline with their verdicts;
    every replication; one for each section of the report that the study has something for; the alternatives;
    definitions.

    Parameters
    ----------
    study
        An `experiments.Study` with at least one finished replication.
    lang
        "en" or "fr".
    groups
        A sheet more for each: KPIs by "node", "day", "option" and so on.
    today
        The date written on it.

    Raises
    ------
    StudyError
        When nothing is finished yet, or the file cannot be written.
    """
    words = Words(lang)
    if not len(study.kpis()):
        raise StudyError("this study holds no finished replication; run it to the end before exporting")
    measured = set(study.kpis()["kpi"])
    shown = [kpi for kpi in definitions() if kpi.key in measured]
    book = Book(_title(study, words), words("xlsx_subject"))
    book.prose(words("xlsx_summary"), _summary(study, words, lang, today or date.today()))
    headline = [kpi for kpi in shown if kpi.headline]
    book.table(words("xlsx_headline"), *_means(study, headline, words, lang))
    book.table(words("xlsx_all"), *_by_kpi(study, shown, words, lang), frozen=2)
    if len(study.labels) > 1:
        book.table(words("xlsx_differences"), *_differences(study, shown, words, lang), frozen=2)
    book.table(words("xlsx_replications"), *_replications(study, shown, words, lang), frozen=2)
    for sheet in section_sheets(Page(Reading(study, lang))):
        book.table(words(sheet.name), sheet.columns, sheet.rows, frozen=sheet.frozen)
    judged = study.known_gap() if hasattr(study, "known_gap") else None
    if judged is not None:
        book.table(words("xlsx_gap"), *_gaps(judged, words))
    for group in groups:
        book.table(f"{words('xlsx_by')} {words(f'group.{group}')}"[:31], *_grouped(study, group, words, lang), frozen=2)
    book.table(words("xlsx_alternatives"), *_alternatives(study, words))
    book.table(words("xlsx_definitions"), *_definitions(shown, words, lang))
    return put(Path(path), book.closed(), words("xlsx_file"))


def write_csv(table: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table as CSV that a spreadsheet opens without evaluating anything: UTF-8 with its mark, commas, points.

    Text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    safe = table.copy()
    safe.columns = [harmless(name) for name in safe.columns]
    for name in safe.columns:
        if safe[name].dtype.kind not in "biufcM":
            safe[name] = [harmless(value) for value in safe[name]]
    return put(Path(path), safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig"), "CSV")


def harmless(value: Any) -> Any:
    """A text that no spreadsheet evaluates; anything else as it is.

    >>> harmless("=1+1"), harmless("+33 1 23"), harmless("Lyon"), harmless(-3)
    ("'=1+1", "'+33 1 23", 'Lyon', -3)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_ACTIVE) else value


def write_study_csv(study: Any, path: str | os.PathLike[str], *, lang: str = "en", group_by: str = "all") -> Path:
    """Write every KPI of every finished replication, a row each, in the KPI's unit.

    Raises
    ------
    StudyError
        When nothing is finished yet, or the file cannot be written.
    """
    table = study.kpis(group_by)
    if not len(table):
        raise StudyError("this study holds no finished replication; run it to the end before exporting")
    named = {kpi.key: kpi.label[lang] for kpi in definitions()}
    table.insert(list(table.columns).index("kpi") + 1, "kpi_label", [named.get(key, key) for key in table["kpi"]])
    return write_csv(table, path)


# -- sheets -------------------------------------------------------------------------------------------------------


def _title(study: Any, words: Words) -> str:
    told = study.manifest.get("notes", {}).get("study", {}).get("title") if study.manifest.get("notes") else None
    return str(told or study.manifest.get("title") or words("default_title", n=len(study.labels)))


def _summary(study: Any, words: Words, lang: str, today: date) -> list[tuple[str, str]]:
    manifest = study.manifest
    told = dict(manifest.get("versions") or {})
    versions = ", ".join(f"{name} {version}" for name, version in told.items() if version)
    lines = [
        ("Orchestrion", _title(study, words)),
        *(("", sentence) for sentence in study.sentences(lang=lang)),
        (words("replications"), str(manifest.get("replications", ""))),
        (words("seed"), str(manifest.get("seed", ""))),
        (words("xlsx_baseline"), str(study.baseline)),
        (words("xlsx_date"), today.isoformat()),
        (words("versions"), f"Orchestrion {manifest.get('engine') or manifest.get('orchestrion', '')}, {versions}"),
        (words("xlsx_reading"), words("xlsx_intervals")),
    ]
    if not study.complete:
        lines.insert(1, (words("xlsx_incomplete"), words("xlsx_unfinished")))
    return lines


def _header(kpi: Kpi, lang: str, more: str = "") -> str:
    return f"{kpi.label[lang]}{', ' + more if more else ''} [{_unit(kpi, lang)}]"


def _unit(kpi: Kpi, lang: str) -> str:
    return UNITS[kpi.unit].label[lang]


def _format(kpi: Kpi, more: int = 0) -> str:
    """How Excel shows the KPI's values: as many decimals as the tables of the program."""
    unit = UNITS[kpi.unit]
    decimals = unit.decimals + more
    return "#,##0" + ("." + "0" * decimals if decimals else "")


def _times(kpi: Kpi) -> float:
    """From the KPI's unit to the one its header names: a share becomes per cent."""
    return float(UNITS[kpi.unit].times)


def _means(study: Any, shown: Sequence[Kpi], words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    columns = [Column(words("alternative")), Column("n", "0")]
    for kpi in shown:
        columns += [Column(_header(kpi, lang), _format(kpi)), Column(_header(kpi, lang, "±"), _format(kpi, 1))]
    rows = []
    for label in study.labels:
        found = [study.estimate(kpi.key, label) for kpi in shown]
        row: list[Any] = [label, max((one.n for one in found), default=0)]
        for kpi, one in zip(shown, found, strict=True):
            row += [one.mean * _times(kpi), one.half * _times(kpi)]
        rows.append(row)
    return columns, rows


def _by_kpi(study: Any, shown: Sequence[Kpi], words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    columns = [Column("KPI"), Column(words("xlsx_unit")), Column(words("xlsx_better"))]
    for label in study.labels:
        columns += [Column(label), Column(f"{label}, ±")]
    better = {"less": words("less_better"), "more": words("more_better")}
    rows = []
    for kpi in shown:
        row: list[Any] = [kpi.label[lang], _unit(kpi, lang), better.get(kpi.direction, "")]
        for label in study.labels:
            found = study.estimate(kpi.key, label)
            row += [(found.mean * _times(kpi), _format(kpi)), (found.half * _times(kpi), _format(kpi, 1))]
        rows.append(row)
    return columns, rows


_NUMBERS = {
    "n": "0", "relative": "0.0", "relative_low": "0.0", "relative_high": "0.0", "p": "0.0000", "p_holm": "0.0000",
    "settled_by": "#,##0",
}  # fmt: skip


_VERDICTS = {
    "noise at this precision": "xlsx_verdict_noise",
    "no difference": "xlsx_verdict_no_difference",
    "no interval": "xlsx_verdict_no_interval",
    **{word: f"xlsx_verdict_{word}" for word in ("better", "worse", "higher", "lower")},
}


def _differences(study: Any, shown: Sequence[Kpi], words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    names = (
        "alternative", "baseline", "kpi", "unit", "n", "difference", "low", "high", "relative", "relative_low",
        "relative_high", "p", "p_holm", "verdict", "settled_by",
    )  # fmt: skip
    columns = [Column(words(f"xlsx_{name}"), _NUMBERS.get(name, "General")) for name in names]
    known = {kpi.key: kpi for kpi in shown}
    rows = []
    for found in study.against(kpis=[kpi.key for kpi in shown]).to_dict("records"):
        kpi = known[found["kpi"]]
        told = dict(found) | {"kpi": kpi.label[lang], "unit": _unit(kpi, lang)}
        told["verdict"] = words(_VERDICTS[found["verdict"]])
        for name in ("difference", "low", "high"):
            told[name] = (found[name] * _times(kpi), _format(kpi, 1))
        for name in ("relative", "relative_low", "relative_high"):
            told[name] = 100.0 * found[name]
        rows.append([told[name] for name in names])
    return columns, rows


def _replications(study: Any, shown: Sequence[Kpi], words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    columns = [Column(words("alternative")), Column(words("xlsx_replication"), "0")]
    columns += [Column(_header(kpi, lang), _format(kpi, 1)) for kpi in shown]
    rows = []
    for label in study.labels:
        values = {kpi.key: study.replicated(kpi.key, label) for kpi in shown}
        for replication in sorted({r for by in values.values() for r in by}):
            figures = [values[kpi.key].get(replication, math.nan) * _times(kpi) for kpi in shown]
            rows.append([label, replication, *figures])
    return columns, rows


def _grouped(study: Any, group: str, words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    """Means over replications, a row for each alternative and group."""
    table = study.kpis(group)
    measured = set(table["kpi"])
    shown = [kpi for kpi in definitions() if kpi.key in measured]
    columns = [Column(words("alternative")), Column(words(f"group.{group}"))]
    columns += [Column(_header(kpi, lang), _format(kpi, 1)) for kpi in shown]
    means = table.groupby(["label", "group", "group_label", "kpi"], sort=False)["value"].mean().unstack("kpi")
    means = means.sort_index(level="group", sort_remaining=False)
    rows = []
    for label in study.labels:
        if label in means.index.get_level_values("label"):
            for (_, name), row in means.loc[label].iterrows():
                figures = [float(row[kpi.key]) * _times(kpi) for kpi in shown]
                rows.append([label, group_said(words, group, str(name)), *figures])
    return columns, rows


def group_said(words: Words, group: str, name: str) -> str:
    """A group in the reader's language where the product named it: components, legs, channels, reasons, days, options.

    >>> group_said(Words("fr"), "leg", "line haul"), group_said(Words("fr"), "day", "day 3")
    ('longue distance', 'jour 3')
    """
    if group == "day":
        return words("day_n", n=name.removeprefix("day "))
    key = f"{group}.{name.lower().replace(' ', '_')}"
    if words.has(key):
        return words(key)
    return words.product("label", name) if group in ("option", "service") else name


def _gaps(judged: pd.DataFrame, words: Words) -> tuple[list[Column], list[list[Any]]]:
    """Each alternative beside a bound below every policy."""
    figures = [("booked", 1.0), ("bound", 1.0), ("gap_eur", 1.0), ("gap_share", 100.0), ("thinking", 1000.0)]
    names = {"gap_eur": "gap", "gap_share": "share", "thinking": "seconds"}
    columns = [Column(words("alternative")), Column(words("xlsx_basis"))]
    for key, times in figures:
        form = "#,##0.000" if times == 1000.0 else "#,##0.00"
        columns += [Column(words(f"xlsx_{key}"), form), Column(f"{words(f'xlsx_{key}')} ±", form)]
    rows = []
    for row in judged.to_dict("records"):
        cells: list[Any] = [row["alternative"], words(str(row["basis"]))]
        for key, times in figures:
            name = names.get(key, key)
            cells += [row[name] * times, (row[f"{name}_high"] - row[name]) * times]
        rows.append(cells)
    return columns, rows


def _alternatives(study: Any, words: Words) -> tuple[list[Column], list[list[Any]]]:
    columns = [
        Column(words("alternative")), Column(words("xlsx_title")), Column(words("xlsx_scenario")),
        Column(words("xlsx_policy")), Column(words("xlsx_description"), wrap=True), Column("SHA-256"),
    ]  # fmt: skip
    rows = [
        [one.label, words.product("title", one.title), one.scenario, one.policy_text, getattr(one, "description", ""),
         one.scenario_hash]
        for one in study.alternatives
    ]  # fmt: skip
    return columns, rows


def _definitions(shown: Sequence[Kpi], words: Words, lang: str) -> tuple[list[Column], list[list[Any]]]:
    columns = [
        Column("KPI"), Column(words("xlsx_key")), Column(words("xlsx_unit")), Column(words("xlsx_better")),
        Column(words("xlsx_definition"), wrap=True),
    ]  # fmt: skip
    better = {"less": words("less_better"), "more": words("more_better")}
    rows = [
        [kpi.label[lang], kpi.key, _unit(kpi, lang), better.get(kpi.direction, ""), kpi.definition[lang]]
        for kpi in shown
    ]
    return columns, rows
