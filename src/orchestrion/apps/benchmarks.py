"""Commands that play published benchmarks: ours against theirs, on instances anybody can draw again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json, Seed, Workers

if TYPE_CHECKING:
    from orchestrion.experiments.ma2023 import Scores

app = typer.Typer(no_args_is_help=True, help="Play a published benchmark.")


@app.callback()
def _family() -> None:
    """Play a published benchmark."""


@app.command()
def ma2023(
    instances: Annotated[int, typer.Option(min=1, help="Random instances.")] = 20,
    sequences: Annotated[int, typer.Option(min=1, help="Random sequences of orders for each instance.")] = 5,
    rule: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this rule. Repeatable; all when left out.")
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="Only the five published rules.")] = False,
    areas: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of areas: lat, lon, population. Else the bundled ten.")
    ] = None,
    towns: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of nodes: lat, lon. Else the bundled five.")
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Ma (2023): 20 SKUs, 5 nodes, orders of up to 5 lines from 10 areas, 10,000 periods, nothing replenished.

    Scores are mean costs over the fluid bound; 1 cannot be beaten on average. The last columns tell which share of the
    way from the order-level myopic rule down to the two hindsight bounds a rule goes.
    """
    from orchestrion.experiments import ma2023 as game

    chosen = [*(rule or ()), *(game.PUBLISHED if published else ())] or None
    found = game.benchmark(
        instances=instances,
        sequences=sequences,
        rules=chosen,
        seed=seed,
        network=game.read_network(areas, towns),
        workers=workers,
        progress=_told,
    )
    rows = game.as_rows(found)
    if as_json:
        console.emit_json({"instances": instances, "sequences": sequences, "seed": seed, "rows": rows})
        return
    _print(found)
    console.say(f"{instances} instances x {sequences} sequences, seed {seed}. Scores: mean cost over the fluid bound.")


def _print(found: Scores) -> None:
    from orchestrion.experiments.ma2023 import as_rows

    def shown(value: float | str | None, decimals: int = 4) -> str:
        return console.number(float("nan") if value is None else float(value), decimals)

    headers = ["rule or bound", "score", "standard error", "reference", "gap closed", "to whole orders", "ms a season"]
    table = [
        [
            str(row["name"]),
            shown(row["mean"]),
            shown(row["standard_error"]),
            shown(row["reference"]),
            shown(row["gap_closed"], 2),
            shown(row["gap_to_whole_orders_closed"], 2),
            console.number(1000.0 * float(row["seconds"] or 0.0), 0),
        ]
        for row in as_rows(found)
    ]
    console.table(headers, table, numbers=range(1, len(headers)))


def _told(done: int, total: int) -> None:
    if 10 * done // total > 10 * (done - 1) // total:
        print(f"Ma (2023): {done} of {total} instances", file=sys.stderr, flush=True)
