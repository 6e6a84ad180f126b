"""A scenario small enough to run in a blink, and studies of it: what the tests of this room share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
from towns import three_stores_replenished

from orchestrion.domain.codes import DIMENSIONS, Channel, Component, Outcome
from orchestrion.domain.facts import SCHEMA, Facts, empty
from orchestrion.domain.world import World
from orchestrion.units import DAY

# a town as a document, for what varies parameters
TOWN = """\
title: A town
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
assortment: {skus: 20}
demand:
  online: {orders_per_day: 20}
  walk_in: {per_day: 40}
policy: {name: nearest}
"""


@dataclass(frozen=True)
class TownScenario:
    """A town in the clothes of a Scenario, with online demand; what `compare` needs of one."""

    name: str = "town"
    policy: Mapping[str, Any] = field(default_factory=lambda: {"name": "nearest"})
    orders_per_day: float = 20.0
    days: int = 3

    @property
    def title(self) -> str:
        return self.name.replace("_", " ").capitalize()

    description = "A town of three stores."

    @property
    def document(self) -> dict[str, Any]:
        return {"policy": dict(self.policy), "orders_per_day": self.orders_per_day, "days": self.days}

    @property
    def hash(self) -> str:
        return sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    def to_yaml(self) -> str:
        return json.dumps(self.document)

    def compile(self) -> World:
        return three_stores_replenished(online_per_day=self.orders_per_day, days=self.days)


def small_facts(orders: int = 4, lost: int = 1, charge: int = 5_000_000) -> Facts:
    """Facts by hand: wishes, one per order and some lost, and what serving them cost."""
    tables = {name: empty(name) for name in SCHEMA}
    count = orders + lost
    requests = {name: np.full(count, -1, f.dtype) for name, f in SCHEMA["requests"].items()}
    requests |= {
        "request": np.arange(count, dtype=np.int32),
        "t": np.arange(count, dtype=np.int64) * 60,
        "channel": np.array([Channel.WEB] * (count - 1) + [Channel.WALK_IN], np.int16),
        "sku": np.zeros(count, np.int32),
        "qty": np.ones(count, np.int64),
        "value": np.full(count, 20_000_000, np.int64),
        "outcome": np.array([Outcome.SERVED] * orders + [Outcome.LOST] * lost, np.int16),
    }
    tables["requests"] = requests
    costs = {name: np.full(orders, -1, f.dtype) for name, f in SCHEMA["costs"].items()}
    costs |= {
        "t": np.arange(orders, dtype=np.int64) * 60,
        "component": np.full(orders, Component.HOLDING, np.int16),
        "amount": np.full(orders, charge, np.int64),
    }
    tables["costs"] = costs
    dims: dict[str, Any] = {
        name: {"key": [c.key for c in codes], "label": [c.label for c in codes]} for name, codes in DIMENSIONS.items()
    }
    dims["nodes"] = {
        "key": ["paris"],
        "label": ["Paris <b>& co</b>"],
        "role": ["store"],
        "lat": np.array([48.8]),
        "ships": np.array([True]),
        "ranged": np.array([1]),
    }
    dims["skus"] = {"key": ["shirt"], "label": ["Shirt"], "category": ["tops"], "web_ranged": np.array([True])}
    dims["zones"] = {"key": [], "label": []}
    dims["economics"] = {"key": ["vat"], "label": ["VAT"], "vat_ppm": np.array([200_000])}
    return Facts(tables, dims, 0, DAY, 2 * DAY)
