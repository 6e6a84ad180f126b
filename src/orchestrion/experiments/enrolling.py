"""Which stores to enrol for ship-from-store or click and collect: proposed by an exact model, confirmed by simulation.

A pilot without any store tells what the warehouses cannot serve. A facility-location programme (`policies.facilities`)
then weighs each store's yearly cost against the margin it could save and what serving from there costs; what it leaves
out (who takes which unit when, walk-ins that find the shelf empty) the simulation adds, on the same customers for the
proposal, for nobody, for as many of the largest stores, and for everybody.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from orchestrion.bundled import data_path
from orchestrion.domain.world import World
from orchestrion.errors import InputError, Problem
from orchestrion.experiments.alternatives import PolicyLike, ScenarioLike, scenarios_of
from orchestrion.experiments.enrolment_model import collections, residual
from orchestrion.experiments.running import compare, run
from orchestrion.experiments.study import Study
from orchestrion.policies.facilities import Opened, locate
from orchestrion.tables import read_table
from orchestrion.units import DAY

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.scenarios import Scenario

Service = Literal["ship", "collect"]
_SWITCH = {"ship": "ships", "collect": "collects"}
_WEEKS_A_YEAR = 52.0
NOBODY, PROPOSED, LARGEST, EVERYBODY = "nobody", "proposed", "largest", "everybody"


@dataclass(frozen=True, slots=True, eq=False)
class Enrolment:
    """A proposal with its confirmation.

    Attributes
    ----------
    stores
        Keys of the stores proposed, those that serve most first.
    model
        The programme's answer, over the measured time [EUR].
    study
        Nobody, the proposal, as many of the largest stores, everybody; on the same customers.
    fixed_eur
        What enrolling one store costs over the measured time.
    enrolled
        By alternative, how many stores take part.
    """

    stores: tuple[str, ...]
    model: Opened
    study: Study
    fixed_eur: float
    enrolled: dict[str, int]

    def table(self) -> pd.DataFrame:
        """By alternative: stores, fixed cost, contribution against nobody (paired interval), and net of that cost.

        Returns
        -------
        DataFrame
            alternative, stores, fixed_eur, difference, low, high, net, net_low, net_high [EUR over the measured time].
        """
        import pandas as pd

        labels = dict(zip(self.enrolled, self.study.labels, strict=True))
        rows = []
        for name, stores in self.enrolled.items():
            fixed = stores * self.fixed_eur
            if name == NOBODY:
                gain = low = high = 0.0
            else:
                found = self.study.difference("contribution", labels[name], labels[NOBODY])
                gain, low, high = found.mean, found.low, found.high
            rows.append((name, stores, fixed, gain, low, high, gain - fixed, low - fixed, high - fixed))
        names = ["alternative", "stores", "fixed_eur", "difference", "low", "high", "net", "net_low", "net_high"]
        return pd.DataFrame(rows, columns=names)


def enrol(
    scenario: ScenarioLike,
    service: Service = "ship",
    *,
    max_stores: int | None = None,
    budget_eur: float | None = None,
    fixed_eur_per_year: float | None = None,
    radius_km: float | None = None,
    policy: PolicyLike | None = None,
    replications: int = 5,
    pilots: int = 2,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Callable[[Any], object] | None = None,
) -> Enrolment:
    """Propose which stores to enrol, and try the proposal.

    Parameters
    ----------
    service
        "ship": parcels to homes leave from the store; "collect": the store hands over click and collect orders.
    max_stores, budget_eur
        At most so many stores, at most so much fixed cost a year.
    fixed_eur_per_year
        What taking part costs a store a year, whatever it does; the row `enrol_store` of data/economics/defaults.csv
        when left out.
    radius_km
        A store serves addresses within this distance; without one it ships anywhere, and hands over within the
        scenario's own `collect_within_km`.
    pilots
        Replications without any store that tell what the warehouses cannot serve.

    Raises
    ------
    InputError
        If there is no store to enrol, or a limit makes no sense.
    """
    (base,) = scenarios_of([scenario])
    switch = _SWITCH.get(service)
    limits = {"max_stores": max_stores, "budget_eur": budget_eur, "radius_km": radius_km, "pilots": pilots}
    problems = [
        Problem("enrol", None, name, str(value), "must be above zero; leave it out for no limit.")
        for name, value in limits.items()
        if value is not None and value <= 0
    ]
    if switch is None:
        problems.append(Problem("enrol", None, "service", str(service), "write ship or collect."))
    world = base.compile()
    stores = [node.id for node in world.nodes if node.walk_ins]
    if not stores:
        problems.append(Problem("enrol", None, "scenario", base.name, "has no store to enrol."))
    if problems or switch is None:
        raise InputError(problems)
    fixed_year = _default_fixed() if fixed_eur_per_year is None else fixed_eur_per_year
    share_of_year = (world.horizon_s - world.warm_up_s) / (7 * DAY) / _WEEKS_A_YEAR
    nobody = with_stores(base, NOBODY, world, stores, [], switch)
    if service == "ship":
        pilot = run(nobody, policy, replications=pilots, seed=seed, workers=workers, facts="orders")
        location = residual(world, stores, pilot, radius_km)
    else:
        location = collections(world, stores, radius_km)
    location = replace(
        location,
        fixed=np.full(len(stores), fixed_year * share_of_year),
        most=max_stores,
        budget=None if budget_eur is None else budget_eur * share_of_year,
    )
    model = locate(location)
    served = (model.share * location.demand).sum(axis=1)
    chosen = sorted(model.facilities, key=lambda f: (-served[f], f))
    visitors = world.demand.walk_ins_per_day[stores]
    largest = sorted(range(len(stores)), key=lambda f: (-visitors[f], f))[: len(chosen)]
    sets = {NOBODY: [], PROPOSED: chosen, LARGEST: largest, EVERYBODY: list(range(len(stores)))}
    alternatives = {
        name: nobody if name == NOBODY else with_stores(base, name, world, stores, [stores[f] for f in which], switch)
        for name, which in sets.items()
        if name == NOBODY or which
    }
    study = compare(
        list(alternatives.values()), None if policy is None else [policy], replications=replications, seed=seed,
        workers=workers, out=out, progress=progress, notes={"enrol": {"service": service, "proposed": len(chosen)}},
    )  # fmt: skip
    keys = tuple(world.nodes[stores[f]].key for f in chosen)
    enrolled = {name: len(sets[name]) for name in alternatives}
    return Enrolment(keys, model, study, fixed_year * share_of_year, enrolled)


def with_stores(
    base: Scenario, name: str, world: World, stores: list[int], enrolled: list[int], switch: str
) -> Scenario:
    """The scenario in which just these stores take part."""
    changes = {f"network.nodes.{world.nodes[n].key}.{switch}": n in enrolled for n in stores}
    return base.vary(name, changes, place="enrol")


def _default_fixed() -> float:
    rows = read_table(data_path("economics", "defaults.csv"), ("name", "value"))
    return float(rows.where("name", "enrol_store")[0].number("value"))
