"""The command that proposes which stores to enrol."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestrion.apps import console, options
from orchestrion.apps.options import POLICY_HELP, Json, Out, Override, Seed, Set, Workers


def enrol(
    scenario: Annotated[str, typer.Argument(help="Scenario file, or name of a bundled one.")],
    service: Annotated[str, typer.Option(metavar="ship|collect", help="Parcels home, or click and collect.")] = "ship",
    max_stores: Annotated[int | None, typer.Option(min=1, help="At most so many stores.")] = None,
    budget: Annotated[float | None, typer.Option(help="At most so much fixed cost a year, EUR.")] = None,
    fixed: Annotated[
        float | None, typer.Option(help="What taking part costs a store a year, EUR; the default of data/economics.")
    ] = None,
    radius: Annotated[float | None, typer.Option(help="A store serves addresses within so many km.")] = None,
    policy: Annotated[str | None, typer.Option(help=f"{POLICY_HELP}; the scenario's own when left out.")] = None,
    replications: Annotated[int, typer.Option(min=2, help="Replications that confirm the proposal.")] = 5,
    set_: Set = None,
    override: Override = None,
    seed: Seed = 1,
    workers: Workers = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Which stores to enrol: proposed by facility location, tried against nobody, the largest, everybody."""
    from orchestrion import experiments

    base = options.scenario(scenario, override, set_)
    with console.progress("Trying the proposal") as told:
        found = experiments.enrol(
            base, service, max_stores=max_stores, budget_eur=budget, fixed_eur_per_year=fixed,  # type: ignore[arg-type]
            radius_km=radius, policy=None if policy is None else options.policy(policy), replications=replications,
            seed=seed, workers=workers, out=out, progress=told,
        )  # fmt: skip
    table = found.table()
    if as_json:
        return console.emit_json(
            {
                "service": service,
                "stores": list(found.stores),
                "model": {"cost_eur": found.model.value, "bound_eur": found.model.bound, "proven": found.model.proven},
                "fixed_eur": found.fixed_eur,
                "rows": table.to_dict("records"),
            }
        )
    console.say(f"Proposed: {', '.join(found.stores) or 'no store; none pays for itself in the model'}.")
    rows = [
        [
            row["alternative"],
            str(row["stores"]),
            console.number(row["fixed_eur"], 0),
            console.spread(row["difference"], row["high"] - row["difference"], 0),
            console.spread(row["net"], row["net_high"] - row["net"], 0),
        ]
        for row in table.to_dict("records")
    ]
    headers = ["enrolled", "stores", "fixed cost, €", "contribution against nobody, €", "net of fixed cost, €"]
    console.table(headers, rows, numbers=range(1, 5))
    console.say(f"Over the measured time, {replications} replications, paired 95 % intervals, unadjusted.")
    if out is not None:
        console.say(f"Study: {out}")
    return None
