"""The command that walks through one order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json


def trace(
    study: Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")],
    order: Annotated[
        str | None, typer.Argument(help="The order's id, such as 412 or O000412; left out: suggests some.")
    ] = None,
    scenario: Annotated[str | None, typer.Option(help="Which scenario (or alternative); the first.")] = None,
    policy: Annotated[str | None, typer.Option(help="Which policy; the first.")] = None,
    replication: Annotated[int | None, typer.Option(min=0, help="Which replication; the first finished one.")] = None,
    as_json: Json = False,
) -> None:
    """The whole life of one order: moments, nodes, picks, carriers, costs and CO2e, promise against result."""
    from orchestrion.experiments import interesting_orders, open_study

    opened = open_study(study)
    if order is None:
        found = interesting_orders(opened, scenario, policy, replication)
        if as_json:
            return console.emit_json([{"order": id, "why": why} for id, why in found])
        if not found:
            return console.say("There are no orders in this replication.")
        console.table(["order", "why it is worth a look"], [[f"O{id:06d}", why] for id, why in found])
        return console.say(f"`orchestrion trace {study} O{found[0][0]:06d}` tells its life.")
    told = opened.trace(order, scenario, policy, replication)
    if as_json:
        return console.emit_json(_plain(told))
    for sentence in told.sentences:
        console.say(sentence)
    for grid in told.grids:
        console.say(f"\n{grid.title}")
        steps = [i for i, header in enumerate(grid.headers) if header == "step"]
        console.table(grid.headers, grid.rows, numbers=grid.numbers, whole=[0, *steps])
    return None


def _plain(told: Any) -> dict[str, Any]:
    """As JSON can say it; sums in the units of the facts."""
    return {
        "order": told.order, "alternative": told.label, "replication": told.replication,
        "promised_t": told.promised_t, "received_t": told.received_t,
        "cost_micro_eur": told.cost, "costs_micro_eur": dict(told.costs),
        "co2e_mg": told.co2e, "legs_mg": dict(told.legs), "sentences": list(told.sentences),
        "tables": [
            {"title": grid.title, "rows": [dict(zip(grid.headers, row, strict=True)) for row in grid.rows]}
            for grid in told.grids
        ],
    }  # fmt: skip
