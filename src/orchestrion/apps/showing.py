"""How commands that ask more show a table: figures with their half-widths, files written on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrion.apps import console

if TYPE_CHECKING:
    import pandas as pd


def running(
    replications: int | None,
    until: list[str] | None,
    workers: int | None,
    out: Path | None,
    cluster: str | None,
    cache: Path | None,
) -> dict[str, Any]:
    """The options of `compare` that were given."""
    from orchestrion.experiments import goal_texts

    goals = goal_texts(until) if until else None
    given: dict[str, Any] = {"replications": replications, "until": goals, "workers": workers, "out": out}
    given |= {"cluster": cluster, "cache": cache}
    return {key: value for key, value in given.items() if value is not None}


def header(key: str, between: str = "\n") -> str:
    """A KPI's name and unit."""
    from orchestrion.kpis import UNITS, kpis

    return f"{kpis[key].label.en}{between}[{UNITS[kpis[key].unit].label.en}]"


def spread(key: str, mean: float, half: float) -> str:
    """A mean of a KPI with its half-width, in the unit shown."""
    from orchestrion.kpis import UNITS, kpis

    unit = UNITS[kpis[key].unit]
    return console.spread(mean * unit.times, half * unit.times, unit.decimals)


def figure(row: dict[str, Any]) -> str:
    """The same of a row with mean and high."""
    return spread(row["kpi"], row["mean"], row["high"] - row["mean"])


def value(given: Any) -> str:
    """A parameter's value."""
    if isinstance(given, dict):
        return ", ".join(f"{key} {value(item)}" for key, item in given.items())
    if isinstance(given, Sequence) and not isinstance(given, str):
        return "[" + ", ".join(value(item) for item in given) + "]"
    return "-" if given is None else f"{given:g}" if isinstance(given, float) else str(given)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table, for JSON."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def saved(table: pd.DataFrame, csv: Path | None) -> None:
    """Write a table where it is asked for."""
    if csv is not None:
        from orchestrion.reports import write_csv

        write_csv(table, csv)


def drawn(chart: Path | None, figure: Callable[[], Any]) -> None:
    """Write a chart where one is asked for: a page that needs no network."""
    if chart is not None:
        import orchestrion.reports  # noqa: F401  # a study's charts hang themselves on

        figure().update_layout(paper_bgcolor="white").write_html(chart, include_plotlyjs=True)


def said(out: Path | None, csv: Path | None, chart: Path | None = None) -> None:
    """Where things were written."""
    for name, path in (("Study", out), ("Table", csv), ("Chart", chart)):
        if path is not None:
            console.say(f"{name}: {path}")
