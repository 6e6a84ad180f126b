"""Commands that play published benchmarks: ours against theirs, on instances anybody can draw again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json, Seed, Workers

if TYPE_CHECKING:
    from orchestrion.experiments.ma2023 import Scores, Setting

app = typer.Typer(no_args_is_help=True, help="Play a published benchmark.")

Row = dict[str, float | str | None]


@app.callback()
def _family() -> None:
    """Play a published benchmark."""


@app.command()
def ma2023(
    instances: Annotated[int, typer.Option(min=1, help="Random instances.")] = 20,
    sequences: Annotated[int, typer.Option(min=1, help="Random sequences of orders for each instance.")] = 2,
    rule: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this rule. Repeatable; all when left out.")
    ] = None,
    published: Annotated[bool, typer.Option("--published", help="Only the five published rules.")] = False,
    delay: Annotated[
        list[float] | None,
        typer.Option(metavar="HOURS", min=0.0, help="Orders wait for a review, at most so long. Repeatable; 0, 1, 4."),
    ] = None,
    network: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with the network's two CSV files. Else the bundled one.")
    ] = None,
    areas: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of areas (lat, lon, population) in place of the network's.")
    ] = None,
    towns: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV of nodes (lat, lon) in place of the network's.")
    ] = None,
    seed: Seed = 1,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Ma (2023): 20 SKUs, 5 nodes, orders of up to 5 lines from 10 areas, 10,000 periods, nothing replenished.

    Scores are mean costs over the fluid bound; 1 cannot be beaten on average. Gap closed is the share of the way from
    the cheapest order (myopic, exact) down to a hindsight bound that a rule goes on the same instances.
    """
    from orchestrion.experiments import ma2023 as game

    setting = game.Setting()
    found_areas, found_towns = game.network_files(network) if network is not None else (None, None)
    chosen = game.chosen([*(rule or ()), *(game.PUBLISHED if published else ())] or None)
    # who asks for some rules only is shown how they wait only when that is asked for, too
    hours = sorted(dict.fromkeys(delay if delay is not None else [] if rule or published else [0.0, 1.0, 4.0]))
    found = game.benchmark(
        instances=instances,
        sequences=sequences,
        rules=chosen | game.waiting(hours, setting),
        seed=seed,
        network=game.read_network(areas or found_areas, towns or found_towns),
        bounds=bool(rule or hours) or not published,
        setting=setting,
        workers=workers,
        progress=_told,
    )
    curve = _curve(found, hours, setting)
    bundled = network is None and areas is None and towns is None
    if as_json:
        read = {"areas": areas or found_areas, "towns": towns or found_towns}
        said = {name: str(path) if path else "bundled" for name, path in read.items()}
        told = {"instances": instances, "sequences": sequences, "seed": seed, **said}
        rows = game.as_rows(found)
        console.emit_json({**told, "periods_per_hour": setting.hourly, "rows": rows, "delays": curve})
        return
    _print(game.as_rows(found, [*(n for n in game.BOUNDS if n in found.scores), *chosen]))
    console.say(f"{instances} instances x {sequences} sequences, seed {seed}. Scores: mean cost over the fluid bound.")
    console.say(
        "Expected: the published experiment on its own network, 300 instances x 30 sequences (20 x 5 for rules that "
        "look ahead and for the bound)."
    )
    if bundled:
        console.say(
            "The bundled network has the same places but weighs cities, not metropolitan areas, so that Miami, far "
            "from every node, counts less: scores are lower than expected, nearest by about .02. For the published "
            "files: --network DIR."
        )
    if curve:
        _print_curve(curve, setting)


def _gap(row: Row, key: str) -> str:
    """A share and its interval, in percent."""
    share, low, high = (row.get(f"{key}{end}") for end in ("", "_low", "_high"))
    if share is None or low is None or high is None:
        return "-"
    mean, half = 100.0 * float(share), 50.0 * (float(high) - float(low))
    return console.spread(mean, half, 1)


def _shown(value: float | str | None, decimals: int) -> str:
    return console.number(float("nan") if value is None else float(value), decimals)


def _print(rows: Sequence[Row]) -> None:
    headers = [
        "rule or bound", "score", "standard error", "expected",
        "gap closed %\nto hindsight", "to hindsight of whole orders", "ms a decision",
    ]  # fmt: skip
    table = [
        [
            str(row["name"]),
            _shown(row["mean"], 4),
            _shown(row["standard_error"], 4),
            _shown(row["reference"], 4),
            _gap(row, "gap_closed"),
            _gap(row, "gap_to_whole_orders_closed"),
            _shown(1000.0 * float(row["seconds_per_decision"] or 0.0), 3),
        ]
        for row in rows
    ]
    console.table(headers, table, numbers=range(1, len(headers)))


def _curve(found: Scores, hours: Sequence[float], setting: Setting) -> list[Row]:
    """Rows of `as_rows` with the hours that an order waits at the longest, for each rule that lets it wait."""
    from orchestrion.experiments import ma2023 as game

    return [
        {"longest_wait_h": longest, "mean_wait_h": longest / 2.0, **row}
        for longest in hours
        for row in game.as_rows(found, list(game.waiting([longest], setting)))
    ]


def _what(row: Row) -> str:
    """The rule, however long orders wait for it."""
    return str(row["name"]).split(", reviews")[0]


def _print_curve(curve: Sequence[Row], setting: Setting) -> None:
    console.say()
    headers = ["what waiting is worth", "longest wait h", "mean wait h", "score", "standard error",
               "gap closed %\nto hindsight", "to hindsight of whole orders", "ms a decision"]  # fmt: skip
    ordered = sorted(curve, key=lambda row: _what(row) != "cheapest order")
    table = [
        [
            _what(row),
            f"{row['longest_wait_h']:g}",
            f"{row['mean_wait_h']:g}",
            _shown(row["mean"], 4),
            _shown(row["standard_error"], 4),
            _gap(row, "gap_closed"),
            _gap(row, "gap_to_whole_orders_closed"),
            _shown(1000.0 * float(row["seconds_per_decision"] or 0.0), 3),
        ]
        for row in ordered
    ]
    console.table(headers, table, numbers=range(1, len(headers)))
    console.say(
        f"The experiment has no clock: here {setting.hourly:g} periods are an hour, so that a season of "
        f"{setting.periods:,} is {setting.periods / setting.hourly / 24.0:.1f} days."
    )


def _told(done: int, total: int) -> None:
    if 10 * done // total > 10 * (done - 1) // total:
        print(f"Ma (2023): {done} of {total} instances", file=sys.stderr, flush=True)


@app.command()
def brunel(
    workbook: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook of figshare 7558679.")],
    overload: Annotated[
        list[float] | None,
        typer.Option(metavar="COST", min=0.0, help="Of an order above a plant's capacity. Repeatable; else 0, 5, 50."),
    ] = None,
    vmi: Annotated[
        bool, typer.Option("--vmi/--no-vmi", help="Plants kept for certain customers serve only them.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Brunel's supply chain logistics problem: 9,215 real orders of a day, beside what was really done that day.

    Costs are in the file's currency: handling by unit, freight by lane, service and weight. Orders one by one at the
    cheapest plant, or all at once, with orders above the capacities priced.
    """
    from orchestrion.experiments import brunel as game

    day = game.read_day(workbook, vmi=vmi)
    served = game.most_served(day)
    ways = [
        (price, way(day, price))
        for price in (overload or [0.0, 5.0, 50.0])
        for way in (game.as_done, game.one_by_one, game.all_at_once)
    ]
    if as_json:
        return console.emit_json(
            {
                "orders": len(day.options),
                "capacity": int(day.capacity.sum()),
                "most_served": served,
                "ways": [
                    {
                        "overload_price": price,
                        "way": way.name,
                        "cost": way.cost,
                        "overload": way.overload,
                        "total": way.total,
                        "load": dict(zip(day.plants, way.load(len(day.plants)).tolist(), strict=True)),
                    }
                    for price, way in ways
                ],
            }
        )
    console.say(
        f"{len(day.options):,} orders, {len(day.plants)} plants built for {int(day.capacity.sum()):,} a day; their "
        f"products, customers and ports allow for {served:,} of these orders."
    )
    rows = [
        [f"{price:g}", way.name, f"{way.cost:,.0f}", f"{way.overload:,}", f"{way.total:,.0f}",
         f"{int((way.load(len(day.plants)) > 0).sum())}", f"{int((way.plant != day.done).sum()):,}"]
        for price, way in ways
    ]  # fmt: skip
    headers = [
        "overload costs", "way", "handling and freight", "overload, orders", "total", "plants", "other plant than done",
    ]  # fmt: skip
    return console.table(headers, rows, numbers=[0, 2, 3, 4, 5, 6], whole=(1,))
