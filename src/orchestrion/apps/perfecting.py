"""A command that says what perfect information would be worth: perfect."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrion.apps import console, means, showing
from orchestrion.apps.options import Csv, Json, StudyFolder


def perfect(
    study: StudyFolder,
    alternative: Annotated[str | None, typer.Option(help="Only this one; all when left out.")] = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """How far each policy is from perfect information: its cost, beside a bound below what any policy could reach.

    Hindsight on the same customers where stock and demand do not depend on what a policy does; else a named relaxation.
    """
    from orchestrion.experiments import open_study

    console.writable(csv)
    table = open_study(study).gap(alternative)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({"rows": showing.records(table)})
    rows = [
        [
            row["alternative"],
            console.number(row["orders"], 0),
            *(means.figure(row, name) for name in ("booked", "bound", "gap")),
            means.figure(row, "share", 100.0, 1),
            means.figure(row, "seconds", 1000.0, 3),
        ]
        for row in table.to_dict("records")
    ]
    headers = [
        "alternative", "orders", "sourcing, €/order", "bound, €/order", "gap, €/order", "gap, %", "ms per decision"
    ]  # fmt: skip
    console.table(headers, rows, numbers=range(1, len(headers)))
    for line in means.explained(table):
        console.say(line)
    console.say(
        "Sourcing is picking, packaging, carriage, shuttle, transfers, rework and claiming; means over replications "
        "and half-widths of 95 % intervals, unadjusted. An alternative that sends other orders has another bound, but "
        "for hindsight, which serves everybody who asked."
    )
    return showing.said(None, csv)
