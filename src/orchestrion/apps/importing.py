"""The command that imports: exports of other systems become a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json


def import_(
    format: Annotated[str, typer.Argument(metavar="FORMAT", help="What the files are; left out with --list.")] = "",
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILES...", help="CSV, Excel, Parquet or JSON; none for what a package brings."),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(metavar="DIR", file_okay=False, help="Folder of the scenario; several imports add up in it."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell what would be understood; write nothing.")] = False,
    mapping: Annotated[
        str | None, typer.Option(metavar="FILE", help="How order files are read (YAML), in place of the format's own.")
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="What the files do not say is as there. \\[default: france_siloed]"),
    ] = None,
    service: Annotated[str, typer.Option(help="The carrier's service that a rate card is for.")] = "parcel_standard",
    geocoder: Annotated[
        str | None,
        typer.Option(help="geopy's geocoder for stores that no commune tells the place of, such as nominatim."),
    ] = None,
    defects: Annotated[
        float, typer.Option(min=0, max=1, help="Share of defective order rows above which nothing is written.")
    ] = 0.05,
    list_: Annotated[bool, typer.Option("--list", help="The formats.")] = False,
    as_json: Json = False,
) -> None:
    """Turn exports of your systems into a scenario: orders, stores, SKUs, stock, rates.

    Names, e-mails, phones and streets stay outside. Defects are told one by one, with file, row, column and value; what
    is left out of an order file stands in DIR/left_out.csv.
    """
    from orchestrion.errors import InputError, Problem
    from orchestrion.scenarios.importers import import_files, importers
    from orchestrion.scenarios.importers.family import title_of

    if list_:
        return console.table(["format", "files"], [[name, title_of(one)] for name, one in importers.items()])
    if not format:
        rule = f"FORMAT FILES --into DIR is expected; formats: {', '.join(importers.names())}."
        raise InputError([Problem("import", None, "", "", rule)])
    if into is None and not dry_run:
        raise InputError([Problem("import", None, "--into", "", "name a folder, or look first with --dry-run.")])
    report, refused = import_files(
        format,
        files or [],
        into,
        base=base,
        dry_run=dry_run,
        mapping=mapping,
        service=service,
        geocoder=geocoder,
        defects=defects,
    )
    if as_json:
        console.emit_json(report.to_dict() | {"refused": refused})
    else:
        console.say(str(report))
        if refused:
            console.say(refused)
        elif dry_run:
            console.say("Nothing was written (--dry-run).")
        elif into is not None:
            console.say(f"Written: {', '.join(report.written)}")
            console.say(f"Next: orchestrion validate {into / 'scenario.yaml'}, then run or compare it.")
    if refused:
        raise typer.Exit(2)
    return None
