"""Commands that judge a finished study: its best, its trade-offs, how precise it is, where its warm-up ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from orchestrion.apps import console, showing
from orchestrion.apps.options import Chart, Csv, Json, Kpi, StudyFolder
from orchestrion.errors import InputError, Problem


def best(study: StudyFolder, kpi: Kpi = "contribution", csv: Csv = None, as_json: Json = False) -> None:
    """Which alternative of a study is best in a KPI, how probably, and which others it may be."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    opened = open_study(study)
    table = opened.best(kpi)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json(showing.records(table))
    rows = []
    for row in table.to_dict("records"):
        probability, kept = f"{100 * row['probability_best']:.0f} %", "yes" if row["may_be_best"] else ""
        rows.append([row["alternative"], showing.figure(row), probability, kept])
    console.table(["alternative", showing.header(kpi), "best with probability", "may be best"], rows, numbers=[1, 2])
    console.say("Those that may be best contain the best with 95 % confidence, although customers are shared.")
    return showing.said(None, csv)


def pareto(
    study: StudyFolder,
    kpi: Annotated[list[str], typer.Option(help="Two to six KPIs. Repeatable.")],
    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KPI=VALUE",
            help="Where volumes are measured from, one for each KPI, in its unit; the baseline's means. Repeatable.",
        ),
    ] = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """The trade-off between KPIs: which alternatives are on the front, which are dominated beyond chance."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    opened = open_study(study)
    table = opened.pareto(kpi, reference=_values(reference))
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({**table.attrs, "rows": showing.records(table)})
    keys = list(dict.fromkeys(kpi))
    rows = [
        [row["alternative"], *(showing.spread(key, row[key], math.nan) for key in keys), _status(row)]
        for row in table.to_dict("records")
    ]
    headers = ["alternative", *(showing.header(key) for key in keys), "status"]
    console.table(headers, rows, numbers=range(1, len(keys) + 1))
    console.say("Dominated: another alternative is better in every KPI (paired tests at 5 %); perhaps: by means alone.")
    told = table.attrs
    point = ", ".join(f"{key} {value:,.6g}" for key, value in told["reference"].items())
    low, high = told["hypervolume_low"], told["hypervolume_high"]
    span = "" if math.isnan(low) else f" [{low:,.4g}; {high:,.4g}]"
    console.say(f"Hypervolume {told['hypervolume']:,.4g}{span}, measured from {point}.")
    return showing.said(None, csv)


def precision(
    study: StudyFolder,
    baseline: Annotated[str | None, typer.Option(help="What others are compared with; the study's own.")] = None,
    kpi: Annotated[list[str] | None, typer.Option(help="KPIs to show; the headline ones. Repeatable.")] = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """What it buys that alternatives meet the same customers: paired half-widths beside unpaired ones."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    table = open_study(study).pairing(baseline, kpi)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json(showing.records(table))
    rows = [
        [
            row["alternative"],
            showing.header(row["kpi"], " "),
            showing.spread(row["kpi"], row["difference"], row["half_paired"]),
            f"±{showing.spread(row['kpi'], row['half_unpaired'], float('nan'))}",
            console.number(row["narrower"], 1),
            console.number(row["replications_unpaired"], 0),
        ]
        for row in table.to_dict("records")
    ]
    headers = ["alternative", "KPI", "difference, paired", "unpaired", "times narrower", "replications unpaired"]
    console.table(headers, rows, numbers=[2, 3, 4, 5])
    console.say(
        "Half-widths of 95 % intervals on the same replications; the last column says how many replications with "
        "customers of their own would be as precise."
    )
    return showing.said(None, csv)


def warm_up(
    study: StudyFolder,
    kpi: Kpi = "cost_to_serve",
    alternative: Annotated[str | None, typer.Option(help="Whose; the first one when left out.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Days averaged before the search; 7 where the week counts.")] = 5,
    days: Annotated[int | None, typer.Option(min=0, help="Leave out so many, whatever MSER proposes.")] = None,
    chart: Chart = None,
    as_json: Json = False,
) -> None:
    """How many days of a stationary scenario to leave out, by MSER over the daily KPI; look at the chart."""
    from orchestrion.experiments import open_study

    console.writable(chart)
    opened = open_study(study)
    found = opened.warm_up(kpi, alternative, batch=batch, days=days)
    showing.drawn(chart, lambda: opened.plot.warm_up(kpi, alternative, batch=batch, days=days))
    if as_json:
        return console.emit_json(
            {"kpi": kpi, "days": found.truncate, "proposed": found.proposed, "safe": found.safe, "mean": found.mean,
             "mean_before": found.mean_before, "series": list(found.series)}
        )  # fmt: skip
    means = [showing.spread(kpi, value, float("nan")) for value in (found.mean, found.mean_before)]
    console.say(
        f"{showing.header(kpi, ' ')}: MSER-{batch} leaves out {found.proposed} of {len(found.series)} days"
        + ("." if days is None else f"; you leave out {found.truncate}.")
    )
    console.say(f"Mean of the rest {means[0]}; of all days {means[1]}.")
    if not found.safe:
        console.say("The smallest error is in the second half of the days: too few of them to tell where it settles.")
    weeks = -(-found.truncate // 7)
    console.say(f"To run it so: --set time.warm_up_weeks={weeks}. A season with promotions has no steady state.")
    return showing.said(None, None, chart)


def _values(texts: Sequence[str] | None) -> dict[str, float] | None:
    """KPI=VALUE texts; None when there are none."""
    found = {}
    for text in texts or ():
        key, _, value = text.partition("=")
        try:
            found[key.strip()] = float(value)
        except ValueError:
            rule = "write KPI=VALUE, in the KPI's unit, such as cost_to_serve=10."
            raise InputError([Problem("--reference", None, "", text, rule)]) from None
    return found or None


def _status(row: dict[str, Any]) -> str:
    knee = ", knee" if row["knee"] else ""
    by = f" by {row['dominated_by']}" if row["dominated_by"] else ""
    return f"{row['status']}{knee}{by}"
