"""Commands that search: tune parameters, find where a recommendation flips, tell which parameters matter."""

from __future__ import annotations

import math
from pathlib import Path
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
    Workers,
)

_RANGE = r"low:high, low:high:n (n values), or a list \[a, b, c]"


def tune(
    scenario: Scenario,
    over: Annotated[
        list[str],
        typer.Option(
            "--over", metavar="KEY=RANGE", help=f"{_RANGE}; a key without a dot is the policy's. Repeatable."
        ),
    ],
    policy: Policy = None,
    objective: Annotated[str | None, typer.Option(help="The KPI to improve. \\[default: contribution]")] = None,
    subject_to: Annotated[
        list[str] | None,
        typer.Option("--subject-to", metavar="KPI<=VALUE", help="A limit, in the KPI's unit; <= or >=. Repeatable."),
    ] = None,
    pareto: Annotated[
        str | None, typer.Option(metavar="KPI,KPI", help="Two or three KPIs to trade off, in place of an objective.")
    ] = None,
    trials: Annotated[int, typer.Option(min=2, help="Candidates to look at.")] = 40,
    first: Annotated[int, typer.Option(min=2, help="Replications before a candidate may be dropped.")] = 3,
    replications: Annotated[int, typer.Option(min=2, help="Replications of a candidate that stays.")] = 10,
    finalists: Annotated[int, typer.Option(min=1, help="Candidates that run again on fresh customers.")] = 3,
    confirm: Annotated[int, typer.Option(min=2, help="Replications of each finalist there.")] = 10,
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
    """Search parameters for the best of a KPI; the winner is confirmed on customers the search never saw."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments

    base = options.scenario(scenario, override, set_)
    console.writable(csv)
    with console.progress("Searching") as told:
        found = experiments.tune(
            base,
            assignments(over, "--over"),
            objective,
            policy=None if policy is None else options.policy_document(policy),
            subject_to=subject_to or (),
            pareto=[key.strip() for key in pareto.split(",")] if pareto else (),
            trials=trials,
            first=min(first, replications),
            replications=replications,
            finalists=finalists,
            confirm=confirm,
            seed=seed,
            workers=workers,
            cluster=cluster,
            cache=cache,
            out=out,
            progress=told,
        )
    showing.saved(found.trials, csv)
    if as_json:
        figures = {key: {"mean": one.mean, "low": one.low, "high": one.high} for key, one in found.figures.items()}
        gains = {key: {"mean": one.mean, "low": one.low, "high": one.high} for key, one in found.gains.items()}
        return console.emit_json(
            {
                "seed": seed,
                "best": found.best,
                "figures": figures,
                "gains": gains,
                "verdicts": found.verdicts,
                "finalists": showing.records(found.finalists),
                "trials": showing.records(found.trials),
            }
        )
    keys = [name for name in found.finalists.columns[1:] if not name.endswith(("_search", "_low", "_high"))]
    rows = [
        [
            row["alternative"],
            *(
                text
                for key in keys
                for text in (
                    showing.spread(key, row[f"{key}_search"], math.nan),
                    showing.spread(key, row[key], row[f"{key}_high"] - row[key]),
                )
            ),
        ]
        for row in found.finalists.to_dict("records")
    ]
    headers = [f"{showing.header(key)}{what}" for key in keys for what in ("\nin the search", "\non fresh customers")]
    console.table(["finalist", *headers], rows, numbers=range(1, len(headers) + 1))
    counts = found.trials["fate"].value_counts()
    fates = ", ".join(f"{counts[fate]} {fate}" for fate in ("whole", "dropped", "out of bounds") if fate in counts)
    console.say(f"{len(found.trials)} candidates ({fates}). {found}")
    for limit, word in found.verdicts.items():
        if word in ("kept", "broken", "not settled"):
            console.say(f"{limit}: {word} (95 % interval on the same customers).")
    return showing.said(out, csv)


def flip(
    scenario: Annotated[list[str], typer.Argument(help="Scenario files, or names of bundled ones.")],
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="KEY=RANGE", help="low:high, or 30% (both ways). Repeatable."),
    ] = None,
    policy: Annotated[list[str] | None, typer.Option(help=f"{POLICY_HELP}. Repeatable.")] = None,
    kpi: Kpi = "contribution",
    recommended: Annotated[
        str | None, typer.Option(help="Label of the alternative recommended; the best one when left out.")
    ] = None,
    first: Annotated[int, typer.Option(min=2, help="Replications of a first look.")] = 10,
    most: Annotated[int, typer.Option(min=2, help="Replications at most, at any one value.")] = 40,
    tolerance: Annotated[float, typer.Option(min=0.0, max=0.5, help="Part of the range to know it to.")] = 0.02,
    assumed: Annotated[bool, typer.Option("--assumed", help="List what the scenario assumes; run nothing.")] = False,
    set_: Set = None,
    override: Override = None,
    seed: Seed = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    csv: Csv = None,
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="STUDY", help="Keep the answer with this study, for its report."),
    ] = None,
    as_json: Json = False,
) -> None:
    """How far an assumption may be off before the recommendation changes: the value at which another takes over."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments
    from orchestrion.kpis import kpis

    bases = [options.scenario(name, override, set_) for name in scenario]
    if assumed:
        rows = [[one.path, f"{one.value:g}", one.unit, one.description] for one in experiments.assumed(bases[0])]
        if as_json:
            names = ("parameter", "value", "unit", "description")
            return console.emit_json([dict(zip(names, row, strict=True)) for row in rows])
        return console.table(["parameter", "now", "unit", "what it is"], rows, numbers=[1])
    kpis[kpi]
    console.writable(csv)
    with console.progress("Looking for flips") as told:
        table = experiments.flip_points(
            bases,
            assignments(over or [], "--over"),
            [options.policy(text) for text in policy] if policy else None,
            kpi=kpi,
            recommended=recommended,
            first=first,
            most=max(first, most),
            tolerance=tolerance,
            seed=seed,
            workers=workers,
            cluster=cluster,
            cache=cache,
            out=out,
            progress=told,
        )
    showing.saved(table, csv)
    if keep is not None:
        from orchestrion.experiments.findings import keep_flips

        keep_flips(experiments.open_study(keep), table)
    if as_json:
        return console.emit_json({"seed": seed, **table.attrs, "rows": showing.records(table)})
    for says in table["says"]:
        console.say(says)
    console.say(f"By {showing.header(kpi, ' ')}; a sign is claimed only where a paired test excludes the other one.")
    return showing.said(out, csv)


def sensitivity(
    scenario: Scenario,
    vary: Annotated[
        list[str], typer.Option("--vary", metavar="KEY=RANGE", help=r"low:high, or a list \[a, b]. Two or more.")
    ],
    method: Annotated[
        str, typer.Option(metavar="morris|sobol", help="Screening of effects, or shares of the variance.")
    ] = "morris",
    points: Annotated[
        int | None, typer.Option(min=2, help="Morris trajectories, or Sobol samples. \\[default: 10, or 64]")
    ] = None,
    kpi: Kpi = "contribution",
    policy: Policy = None,
    replications: Replications = None,
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
    """Which of many parameters matter to a KPI, alone and together, when all may be off at once."""
    from orchestrion import experiments
    from orchestrion.experiments.parameters import assignments
    from orchestrion.kpis import kpis

    kpis[kpi]
    base = options.scenario(scenario, override, set_)
    console.writable(csv)
    console.writable(chart)
    with console.progress("Trying combinations") as told:
        study = experiments.sensitivity(
            base,
            assignments(vary, "--vary"),
            None if policy is None else options.policy(policy),
            method=method,  # type: ignore[arg-type]  # anything else is refused with the list of them
            points=points,
            seed=seed,
            progress=told,
            **showing.running(replications, None, workers, out, cluster, cache),
        )
    table = study.sensitivity(kpi)
    showing.saved(table, csv)
    showing.drawn(chart, lambda: study.plot.sensitivity(kpi))
    if as_json:
        return console.emit_json({"seed": seed, **table.attrs, "rows": showing.records(table)})
    rows = []
    for row in table.to_dict("records"):
        if method == "morris":
            cells = [showing.spread(kpi, row["mu_star"], row["mu_star_half"])]
            cells += [showing.spread(kpi, row[name], math.nan) for name in ("mu", "sigma")]
        else:
            cells = [f"{row[name]:.2f} ±{row[f'{name}_half']:.2f}" for name in ("s1", "st")]
        rows.append([row["parameter"], *cells])
    names = ["mean absolute effect", "mean effect", "spread"] if method == "morris" else ["alone", "with interactions"]
    console.table(["parameter", *names], rows, numbers=range(1, len(names) + 1))
    noise = table.attrs["noise_share"]
    console.say(
        f"{showing.header(kpi, ' ')} at {table.attrs['points']} points; bootstrap intervals of the design. "
        + (f"Chance left by {study.replications} replications: {100 * noise:.1f} % of the variance."
           if math.isfinite(noise) else "One replication: how much is chance cannot be told.")
    )  # fmt: skip
    return showing.said(out, csv, chart)
