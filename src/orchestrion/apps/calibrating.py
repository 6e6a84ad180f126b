"""Commands that hold a scenario against the retailer's own month: fit, check."""

from __future__ import annotations

import math
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json, Seed, Workers

History = Annotated[Path, typer.Argument(help="Order lines, such as the orders.csv of an import.")]
MappingOf = Annotated[str | None, typer.Option("--mapping", metavar="FILE", help="How the history is read (YAML).")]
First = Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day used.")]
Last = Annotated[datetime | None, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day used.")]


def fit(
    history: History,
    into: Annotated[Path, typer.Option(metavar="FILE", dir_okay=False, help="The scenario to write, YAML.")],
    base: Annotated[
        str, typer.Option(metavar="SCENARIO", help="What the fit changes: a bundled scenario, or a file beside --into.")
    ] = "france_siloed",
    mapping: MappingOf = None,
    shipments: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Shipments with moments, units found, units returned.")
    ] = None,
    first: First = None,
    last: Last = None,
    counter: Annotated[
        bool, typer.Option("--counter", help="The history is what stores sold over the counter: fit walk-ins.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fit demand and service laws to what happened, with intervals, and write them as a scenario.

    Rate, weekdays, hours, lines, units, options, SKUs, departements and over-dispersion from the orders; picking work,
    transit, short picks and returns from --shipments. Every value is written with its source and 95 % interval.
    """
    from orchestrion.experiments.calibration import fit_history, fit_shipments, write_fit
    from orchestrion.scenarios import load_scenario

    beside = into.parent / base
    scenario = load_scenario(str(beside) if beside.is_file() else base)
    found = fit_history(history, scenario, mapping, _day(first), _day(last), counter=counter)
    if shipments is not None:
        fit_shipments(shipments, scenario, found)
    written = write_fit(found, into, base)
    load_scenario(into)  # what was written is sound, or says where it is not
    if as_json:
        return console.emit_json(
            {
                "source": found.source,
                "from": found.first.isoformat(),
                "until": found.last.isoformat(),
                "parameters": [
                    {
                        "path": one.path,
                        "value": one.value,
                        "law": one.law,
                        "intervals": [
                            None if e is None else [e.low, None if math.isinf(e.high) else e.high]
                            for e in one.estimates
                        ],
                    }
                    for one in found.parameters
                ],
                "notes": found.notes,
                "written": [str(path) for path in written],
            }
        )
    console.say(f"Fitted to {history}, {found.first} to {found.last}.")
    rows = []
    for one in found.parameters:
        told = [e for e in one.estimates if e is not None]
        many = f"{len(told)} intervals" if told else ""
        single = f"[{told[0].low:.4g}; {told[0].high:.4g}]" if len(told) == 1 else many
        shown = f"{one.value:.5g}" if isinstance(one.value, float) else str(one.value)
        rows.append([one.path, shown if len(shown) < 40 else f"{shown[:37]}...", single, one.law])
    console.table(["parameter", "value", "95 %", "law"], rows)
    for note in found.notes:
        console.say(note)
    console.say(f"Written: {', '.join(map(str, written))}")
    return None


def check(
    scenario: Annotated[str, typer.Argument(help="Scenario file, such as one that `fit` wrote, or a bundled name.")],
    against: Annotated[Path, typer.Option("--against", metavar="HISTORY", help="Order lines of what happened.")],
    mapping: MappingOf = None,
    shipments: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What became of them, a row a shipment: order, node, ordered, received; ready where it is collected.",
        ),
    ] = None,
    first: First = None,
    last: Last = None,
    replications: Annotated[int, typer.Option(min=2, help="Runs of the model.")] = 5,
    seed: Seed = 1,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Say how far a scenario is from what happened, figure by figure, and what to adjust.

    Checked are the last third of the history, or the days from --from on: fit on the days before (`fit --until`). With
    --shipments the real orders are replayed under the scenario's policy and held against what became of them.
    """
    from orchestrion.experiments.calibration import check_history
    from orchestrion.scenarios import load_scenario

    with console.progress("Checking") as told:
        found = check_history(
            load_scenario(scenario),
            against,
            mapping=mapping,
            first=_day(first),
            last=_day(last),
            shipments=shipments,
            replications=replications,
            seed=seed,
            workers=workers,
            progress=told,
        )
    if as_json:
        figures = [
            {
                "name": one.name,
                "unit": one.unit,
                "happened": one.happened,
                "happened_half_width": one.happened_half,
                "model": one.model,
                "model_half_width": one.model_half,
                "off": one.off,
                "verdict": one.verdict,
                "adjust": one.adjust,
            }
            for one in found.figures
        ]
        days = {"from": found.first.isoformat(), "until": found.last.isoformat()}
        return console.emit_json(days | {"figures": figures, "sentences": found.sentences()})
    rows = [
        [
            one.name,
            console.spread(one.happened, one.happened_half, 3) if one.happened_half else f"{one.happened:,.3f}",
            console.spread(one.model, one.model_half, 3),
            one.unit,
            f"{one.off:+.1%}",
            one.verdict,
        ]
        for one in found.figures
    ]
    console.table(["figure", "happened", "model", "unit", "off", "verdict"], rows, numbers=[1, 2, 4])
    for sentence in found.sentences():
        console.say(sentence)
    return None


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()

