"""Commands that ask more: sweep, tornado, worth on a scenario; best, pareto, moved on a finished study."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

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
    StudyFolder,
    Until,
    Workers,
)
from orchestrion.errors import InputError, Problem

if TYPE_CHECKING:
    pass



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


def moved(
    study: StudyFolder,
    before: Annotated[str, typer.Argument(help="An alternative of the study.")],
    after: Annotated[str, typer.Argument(help="Another one, with the same demand.")],
    online: Annotated[bool, typer.Option("--online", help='Online customers only: works with facts "orders".')] = False,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """What became of the customers of one alternative under another: won, lost, moved, sooner, later."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    opened = open_study(study)
    table = opened.moved(before, after, customers="online" if online else "all")
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({**table.attrs, "rows": showing.records(table)})
    rows = [
        [
            row["movement"],
            f"{row['wishes']:,}",
            f"{row['units']:,}",
            console.number(row["difference"], 0),
            console.spread(row["per_replication"], row["high"] - row["per_replication"], 0),
            console.number(row["hours"], 1),
        ]
        for row in table.to_dict("records")
        if row["wishes"]
    ]
    headers = ["movement", "wishes", "units", "sales, €", "sales per replication, €", "hours later"]
    console.table(headers, rows, numbers=[1, 2, 3, 4, 5])
    console.say(f"From {before} to {after}, list prices with VAT over {table.attrs['replications']} replications.")
    return showing.said(None, csv)


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
