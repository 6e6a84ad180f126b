"""The demonstration: an imaginary French retailer, its stocks siloed, then unified, then orchestrated by rules."""

from __future__ import annotations

import os

from orchestrion.experiments.running import Progress, compare
from orchestrion.experiments.study import Study
from orchestrion.scenarios import load_scenario

SCENARIOS = (
    "france_siloed",
    "france_unified",
    "france_nearest",
    "france_clear_overstock",
    "france_cheapest",
    "france_lowest_co2e",
    "france_milp_balanced",
)
MEASURED_WEEKS = 2


def demo_study(
    out: str | os.PathLike[str] | None = None,
    *,
    replications: int = 5,
    workers: int | None = None,
    seed: int = 1,
    progress: Progress | None = None,
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Study:
    """Compare the bundled French scenarios over two measured weeks: what unifying stocks gives, what each rule adds."""
    whole = [load_scenario(name) for name in SCENARIOS]
    shorter = [one.vary(one.name, {"time.measured_weeks": MEASURED_WEEKS, "title": one.title}) for one in whole]
    return compare(
        shorter,
        replications=replications,
        seed=seed,
        workers=workers,
        out=out,
        baseline="france_siloed",
        second_baseline="france_unified",
        progress=progress,
        cluster=cluster,
        cache=cache,
    )
