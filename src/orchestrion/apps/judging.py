"""Commands that judge a finished study: how precise it is, where its warm-up ends, how contribution moved."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrion.apps import console, showing
from orchestrion.apps.options import Chart, Csv, Json, Kpi, StudyFolder

_Alternative = Annotated[str, typer.Argument(help="An alternative of the study.")]


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


def bridge(
    study: StudyFolder, before: _Alternative, after: _Alternative, csv: Csv = None, as_json: Json = False
) -> None:
    """From one alternative's contribution to another's: customers won, lost and moved, then cost by cost."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    table = open_study(study).bridge(before, after)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({**table.attrs, "rows": showing.records(table)})
    rows = [
        [row["item"], console.spread(row["contribution"], row["high"] - row["contribution"], 0), row["meaning"]]
        for row in table.to_dict("records")
    ]
    console.table(["item", "contribution, €", "what it is"], rows, numbers=[1])
    console.say(
        f"From {before} to {after}, euros per replication over {table.attrs['replications']} replications, half-widths "
        "of 95 % intervals. The rows add up to the last one."
    )
    return showing.said(None, csv)
