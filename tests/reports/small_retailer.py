"""A retailer small enough to rehearse in seconds, whose study has everything that the report shows."""

from __future__ import annotations

from pathlib import Path

import orchestrion as orc
from orchestrion.experiments import Study

DOCUMENT = """\
title: Siloed
time: {start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 1, run_off_days: 7}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.58, lon: 3.11, size: M}
    lyon: {role: warehouse, lat: 45.67, lon: 5.11, size: M}
    paris: {role: store, lat: 48.87, lon: 2.33, size: L}
    nantes: {role: store, lat: 47.21, lon: -1.56, size: M}
    bordeaux: {role: store, lat: 44.84, lon: -0.58, size: M}
    marseille: {role: store, lat: 43.30, lon: 5.37, size: M}
    strasbourg: {role: store, lat: 48.58, lon: 7.75, size: S}
assortment: {skus: 40}
demand: {online: {orders_per_day: 90}, walk_in: {per_day: 150}}
visibility: {web_sees: [warehouses]}
stock: {separate_pools: true, web_weeks: 1.5}
policy: {name: warehouse_first}
"""
UNIFIED = {"visibility.web_sees": ["warehouses", "stores"], "stock.separate_pools": False, "title": "Unified"}
NEAREST = UNIFIED | {"policy": {"name": "nearest"}, "title": "Nearest"}
HOME_ONLY = {"demand.online.options": {"home_standard": 1.0}}


def retailer(
    out: Path, *, replications: int = 3, facts: str = "full", names: tuple[str, ...] = (), home_only: bool = False
) -> Study:
    """Siloed, unified, nearest; names in place of theirs, when given; without click and collect, when asked."""
    base = orc.Scenario.from_yaml(DOCUMENT, name=names[0] if names else "siloed")
    if home_only:
        base = base.vary(base.name, HOME_ONLY | {"title": base.title})
    if names:
        base = base.vary(base.name, {"title": base.name})
    others = [
        base.vary(names[i], change | {"title": names[i]}) if len(names) > i else base.vary(name, change)
        for i, (name, change) in enumerate((("unified", UNIFIED), ("nearest", NEAREST)), 1)
    ]
    return orc.compare(
        [base, *others], replications=replications, seed=7, workers=1, out=out, facts=facts,
        second_baseline=others[0].name,
    )  # fmt: skip
