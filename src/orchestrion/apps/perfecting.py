"""A command that says what perfect information would be worth: perfect."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from orchestrion.apps import console, showing
from orchestrion.apps.options import Csv, Json, StudyFolder


def perfect(
    study: StudyFolder,
    alternative: Annotated[str | None, typer.Option(help="Only this one; all when left out.")] = None,
    csv: Csv = None,
    as_json: Json = False,
) -> None:
    """At most what perfect information could save on sourcing: as booked, beside a bound below any policy's cost."""
    from orchestrion.experiments import open_study

    console.writable(csv)
    table = open_study(study).perfect_information(alternative)
    showing.saved(table, csv)
    if as_json:
        return console.emit_json({"rows": showing.records(table)})
    rows = [
        [
            row["alternative"],
            console.number(row["orders"], 0),
            *(_spread(row, name) for name in ("booked", "bound", "gap")),
            _spread(row, "share", 100),
        ]
        for row in table.to_dict("records")
    ]
    headers = ["alternative", "orders", "sourcing, €/order", "bound, €/order", "gap, €/order", "gap, %"]
    console.table(headers, rows, numbers=[1, 2, 3, 4, 5])
    for row in table.to_dict("records"):
        if row["no_bound"]:
            console.say(f"{row['alternative']}: no bound; {row['no_bound']}.")
    console.say(
        f'Bound: "{table["relaxation"].iloc[0]}". What each alternative sent, at the least it costs in one shipment or '
        "several from nodes that may send it, if all of them had every unit and their hands free. No policy sends the "
        "same for less: the gap is at most what perfect information could save on it, and not all of it can be had."
    )
    console.say(
        "Sourcing is picking, packaging, carriage, shuttle, transfers, rework and claiming; means over replications "
        "and half-widths of 95 % intervals, unadjusted. An alternative that sends other orders has another bound."
    )
    return showing.said(None, csv)


def _spread(row: dict[str, Any], name: str, times: float = 1.0) -> str:
    mean = row[name] * times
    return console.spread(mean, row[f"{name}_high"] * times - mean, 1 if times > 1 else 2)
