"""Orders of a file replayed in a world of one store: what the tests of histories share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from orchestrion.domain.world import World
from orchestrion.scenarios import HistoryReport, Scenario, load_scenario

SMALL = """\
time: {start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 2, run_off_days: 5}
network:
  stores_table: null
  nodes:
    bourg: {role: store, lat: 46.205, lon: 5.225, size: M}
visibility: {web_sees: [warehouses, stores]}
demand: {walk_in: {per_day: 0}}
"""


def small(folder: Path, orders: str | Path, mapping: str | None = None, **changes: Any) -> Scenario:
    """The small scenario, replaying orders given as a file or its text."""
    if isinstance(orders, str):
        (folder / "orders.csv").write_text(orders, encoding="utf-8")
        orders = folder / "orders.csv"
    history: dict[str, Any] = {"orders": str(orders)}
    if mapping is not None:
        (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
        history["mapping"] = str(folder / "mapping.yaml")
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
    scenario = load_scenario(folder / "small.yaml")
    return scenario.vary("small", {"demand.history": history} | {k.replace("__", "."): v for k, v in changes.items()})


def reported(scenario: Scenario) -> HistoryReport:
    report = scenario.history()
    assert report is not None
    return report


def asked(world: World) -> list[list[tuple[str, int]]]:
    """The SKUs and quantities of each order replayed."""
    requests = world.demand.replay
    assert requests is not None
    ends = np.cumsum(requests.lines)
    pairs = [(world.skus.key[s], q) for s, q in zip(requests.sku.tolist(), requests.qty.tolist(), strict=True)]
    return [pairs[end - count : end] for end, count in zip(ends.tolist(), requests.lines.tolist(), strict=True)]


def plain(rows: list[str]) -> str:
    return "\n".join(["order,t,sku,quantity,price", *rows]) + "\n"
