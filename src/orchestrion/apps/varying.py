"""Commands that vary a scenario: sweep its parameters, move them one at a time, tell what a step of each is worth."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from orchestrion.apps import console, options, showing
from orchestrion.apps.options import (
    POLICY_HELP,
    CacheDir,
    Chart,
    Cluster,
    Csv,
    Json,
    Kpi,
    Out,
    Override,
    Policy,
    Replications,
    Scenario,
    Seed,
    Set,
    Until,
    Workers,
)


def sweep(
    scenario: Scenario,
    vary: Annotated[
        list[str],
        typer.Option(
            "--vary",
            metavar="KEY=VALUES",
            help=r"low:high:n (n values), a list \[a, b, c], or low:high with --sample. Repeatable: every combination.",
        ),
    ],
    sample: Annotated[
        str | None, typer.Option(metavar="lhs|sobol", help="Spread --points over the ranges in place of a grid.")
    ] = None,
    points: Annotated[int | None, typer.Option(min=1, help="Points of a sample; for sobol a power of two.")] = None,
    policy: Annotated[list[str] | None, typer.Option(help=f"{POLICY_HELP}. Repeatable.")] = None,
    kpi: Annotated[list[str] | None, typer.Option(help="KPIs to show; the headline ones. Repeatable.")] = None,
    replications: Replications = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    seed: Seed = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    csv: Csv = None,
    chart: Chart = None,
    as_json: Json = False,
) -> None:
    """Run a scenario under many values of its parameters, on the same customers."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments

    base = options.scenario(scenario, override, set_)
    console.writable(csv)
    console.writable(chart)
    rules = [options.policy(text) for text in policy] if policy else None
    with console.progress("Sweeping") as told:
        study = experiments.sweep(
            base,
            assignments(vary, "--vary"),
            rules,
            sample=sample or "grid",  # type: ignore[arg-type]  # anything else is refused with the list of them
            points=points,
            seed=seed,
            progress=told,
            **showing.running(replications, until, workers, out, cluster, cache),
        )
    table = study.swept(kpi)
    showing.saved(table, csv)
    showing.drawn(chart, lambda: study.plot.sweep((kpi or ["contribution"])[0]))
    if as_json:
        return console.emit_json({"seed": seed, "replications": study.replications, "rows": showing.records(table)})
    parameters = list(table.columns[2 : table.columns.get_loc("kpi")])
    keys = list(dict.fromkeys(table["kpi"]))
    rows = []
    for _, group in table.groupby("alternative", sort=False):
        first = group.iloc[0]
        figures = [showing.figure(row) for row in group.to_dict("records")]
        place = [showing.value(first[name]) for name in parameters]
        rows.append([*place, *([first["policy"]] if rules else []), *figures])
    headers = [*parameters, *(["policy"] if rules else []), *(showing.header(key) for key in keys)]
    console.table(headers, rows, numbers=range(len(headers) - len(keys), len(headers)))
    console.say(f"Means of {study.replications} replications and half-widths of their 95 % intervals, unadjusted.")
    return showing.said(out, csv, chart)


def tornado(
    scenario: Scenario,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="KEY=RANGE", help=r"low:high, \[low, high], or 10% (both ways). Repeatable."),
    ],
    kpi: Kpi = "contribution",
    policy: Policy = None,
    replications: Replications = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    seed: Seed = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    csv: Csv = None,
    chart: Chart = None,
    as_json: Json = False,
) -> None:
    """Move one parameter at a time to a low and a high value, and rank them by what they do to a KPI."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments
    from orchestrion.kpis import kpis

    kpis[kpi]  # an unknown name is told before anything runs
    base = options.scenario(scenario, override, set_)
    console.writable(csv)
    console.writable(chart)
    with console.progress("Moving one parameter at a time") as told:
        study = experiments.tornado(
            base,
            assignments(vary, "--vary"),
            None if policy is None else options.policy(policy),
            seed=seed,
            progress=told,
            **showing.running(replications, until, workers, out, cluster, cache),
        )
    table = study.tornado(kpi)
    showing.saved(table, csv)
    showing.drawn(chart, lambda: study.plot.tornado(kpi))
    if as_json:
        return console.emit_json({"seed": seed, "replications": study.replications, "rows": showing.records(table)})
    rows = [
        [
            row["parameter"],
            f"{showing.value(row['low_value'])} to {showing.value(row['high_value'])}",
            showing.spread(kpi, row["at_low"], row["at_low_high"] - row["at_low"]),
            showing.spread(kpi, row["at_high"], row["at_high_high"] - row["at_high"]),
            showing.spread(kpi, row["swing"], row["swing_high"] - row["swing"]),
        ]
        for row in table.to_dict("records")
    ]
    console.table(["parameter", "from, to", "at low", "at high", "swing"], rows, numbers=[2, 3, 4])
    told_of = showing.header(kpi, " ")
    console.say(f"{told_of}, paired differences from {base.name} over {study.replications} replications.")
    return showing.said(out, csv, chart)


def worth(
    scenario: Scenario,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--change",
            metavar="KEY=VALUE",
            help="A value, or a signed step: +1, -10%, +1h. Repeatable. Left out: one more picker, one more protected "
            "unit, a cut-off an hour later, every unit found in its store.",
        ),
    ] = None,
    kpi: Annotated[list[str] | None, typer.Option(help="KPIs asked about; contribution. Repeatable.")] = None,
    policy: Policy = None,
    replications: Replications = None,
    until: Until = None,
    set_: Set = None,
    override: Override = None,
    seed: Seed = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """What one more picker, one more protected unit, a later cut-off is worth: each change alone, same customers."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments
    from orchestrion.kpis import kpis

    keys = kpi or ["contribution"]
    for key in keys:
        kpis[key]
    base = options.scenario(scenario, override, set_)
    console.writable(csv)
    with console.progress("Changing one thing at a time") as told:
        study = experiments.worth(
            base,
            assignments(change, "--change") if change else None,
            None if policy is None else options.policy(policy),
            seed=seed,
            progress=told,
            **showing.running(replications, until, workers, out, cluster, cache),
        )
    table = study.worth(keys)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({"seed": seed, "replications": study.replications, "rows": showing.records(table)})
    rows = []
    for row in table.to_dict("records"):
        each = showing.spread(row["kpi"], row["worth"], row["worth_high"] - row["worth"])
        rows.append(
            [
                row["parameter"],
                f"{showing.value(row['before'])} to {showing.value(row['after'])}",
                showing.header(row["kpi"], " "),
                showing.spread(row["kpi"], row["difference"], row["high"] - row["difference"]),
                f"{each} per {row['per']}" if row["per"] else "-",
                row["verdict"],
            ]
        )
    console.table(["parameter", "from, to", "KPI", "difference", "per step", "verdict"], rows, numbers=[3, 4])
    console.say(
        f"Paired differences from {base.name} over {study.replications} replications, with half-widths of their 95 % "
        "intervals. What a change itself costs is not in them: they are what it may cost at most."
    )
    for row in table.to_dict("records"):
        if row["verdict"] == "noise at this precision" and math.isfinite(row["settled_by"]):
            count = f"{row['settled_by']:,.0f}"
            console.say(f"{row['parameter']}, {row['kpi']}: about {count} replications would settle it.")
    return showing.said(out, csv)
