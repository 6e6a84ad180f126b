"""Golden facts: the whole ledger of three small worlds, table by table, for one seed.

Whoever makes the simulation faster changes nothing here. Whoever changes what happens in the shop renews the file
(`ORCHESTRION_RENEW=1 pytest tests/golden/test_facts.py -n 0`) and looks at which tables moved: counts stand beside the
digests, one line for each table. The rules are heuristics, since two solver versions may break ties differently.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from towns import three_stores_replenished

import orchestrion as orc
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.experiments.parquet import content_hash

GOLDEN = Path(__file__).parent / "facts.json"

SMALL = {
    "assortment.skus": 240,
    "time": {"warm_up_weeks": 1, "measured_weeks": 1},
    "demand": {"online": {"orders_per_day": 150}, "walk_in": {"per_day": 1000}},
}
# what `france_unified` leaves off
MORE = {
    "season.on": True,
    "options": {"pickup_point": {"on": True}, "same_day": {"on": True}},
    "demand.online.options": {
        "home_standard": 0.46, "home_j1": 0.08, "collect": 0.2, "pickup_point": 0.2, "same_day": 0.06
    },
    "replenishment": {"transfers": {"on": True}, "backorders": {"on": True}},
}  # fmt: skip


def france(*, on: bool) -> World:
    base = orc.load_scenario("france_unified" if on else "france_unified#textbook")
    return base.vary("small", SMALL | (MORE if on else {})).compile()


WORLDS: dict[str, tuple[Callable[[], World], str]] = {
    "france, every mechanism on": (lambda: france(on=True), "cheapest"),
    "france, textbook": (lambda: france(on=False), "nearest"),
    "three stores": (three_stores_replenished, "warehouse_first"),
}


def told(facts: Facts) -> dict[str, str]:
    return {
        name: f"{len(next(iter(table.values())))} rows {content_hash(table)[:16]}"
        for name, table in sorted(facts.tables.items())
    }


@pytest.mark.parametrize("name", WORLDS)
def test_the_same_seed_gives_the_same_facts_as_ever(name: str) -> None:
    make, policy = WORLDS[name]
    found = told(orc.simulate(make(), orc.sourcing_policies[policy](), seed=7, replication=0))
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("ORCHESTRION_RENEW"):
        golden[name] = found
        GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")
        return
    assert found == golden[name]


def test_the_full_world_uses_what_it_switches_on() -> None:
    """A golden digest guards only what happens: each mechanism has left its rows."""
    golden = json.loads(GOLDEN.read_text())["france, every mechanism on"]
    assert all(int(rows.split()[0]) for name, rows in golden.items() if name != "candidates")
