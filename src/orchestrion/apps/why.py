"""The command that asks a decision for its reasons."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json

if TYPE_CHECKING:
    from orchestrion.experiments import Candidate, Explanation


def explain(
    study: Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")],
    order: Annotated[str, typer.Argument(help="The order's id, such as 412 or O000412.")],
    alternative: Annotated[str | None, typer.Option(help="Which alternative; the first when left out.")] = None,
    replication: Annotated[int | None, typer.Option(min=0, help="Which replication; the first finished one.")] = None,
    ask: Annotated[
        bool, typer.Option("--ask", help="Ask the policy again even where the study wrote its reasons down.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Why an order was sourced as it was, and what would have changed it.

    The policy is asked again; or a study run with --facts reasons is read, which is quick and tells what was weighed.
    """
    from orchestrion.experiments import open_study

    opened = open_study(study)
    label = opened.labels[0] if alternative is None else alternative
    found = opened.explain(order, label, replication, ask=True if ask else None)
    if as_json:
        return console.emit_json({"alternative": label, "reviews": [_plain(one) for one in found]})
    start = datetime.combine(opened.scenario(label).document.time.start, time())
    for one in found:
        when = start + timedelta(seconds=one.t)
        again = f", after {one.hop} short pick{'s' if one.hop > 1 else ''}" if one.hop else ""
        console.say(f"Order {one.order}, {when:%a %d %b %Y %H:%M}{again}: {', '.join(one.lines)}; {one.policy}")
        headers = ["node", "km", "shown / wanted", "cost, €", "CO2e, kg", "expected", "taken", "why not", "but"]
        console.table(headers, [_row(candidate, start) for candidate in one.candidates], numbers=[1, 3, 4])
        for sentence in one.sentences:
            console.say(sentence)
    return None


def _row(candidate: Candidate, start: datetime) -> list[str]:
    return [
        candidate.label,
        f"{candidate.distance_km:.0f}",
        ", ".join(f"{shown}/{wanted}" for shown, wanted in candidate.atp),
        "-" if candidate.cost_eur is None else f"{candidate.cost_eur:.2f}",
        "-" if candidate.co2e_kg is None else f"{candidate.co2e_kg:.2f}",
        "-" if candidate.eta_t < 0 else f"{start + timedelta(seconds=candidate.eta_t):%a %d %H:%M}",
        ", ".join(map(str, candidate.chosen)),
        candidate.why,
        candidate.change,
    ]


def _plain(explanation: Explanation) -> dict[str, Any]:
    """As JSON can say it: the changes in words only."""
    told = asdict(explanation)
    told.pop("slip")
    for candidate in told["candidates"]:
        candidate.pop("counterfactual")
    return told
