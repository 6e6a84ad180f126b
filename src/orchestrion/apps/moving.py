"""Commands that follow what moved from one alternative of a study to another: customers, and contribution."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrion.apps import console, showing
from orchestrion.apps.options import Csv, Json, StudyFolder

_Alternative = Annotated[str, typer.Argument(help="An alternative of the study.")]


def moved(
    study: StudyFolder,
    before: _Alternative,
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
