"""Which stores to enrol, in a town where it can be seen: what the warehouse lacks stands in two of three stores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import numpy as np
import pytest
from towns import town

from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.experiments import enrol


@dataclass(frozen=True)
class LackingTown:
    """The warehouse has no shirts; stores 1 and 2 have, store 3 has only what the warehouse has too."""

    shirts: int = 400
    name: str = "town"
    switches: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=lambda: {"name": "nearest"})
    description = "A town of three stores."

    @property
    def title(self) -> str:
        return self.name

    @property
    def document(self) -> dict[str, Any]:
        return {"policy": dict(self.policy), "shirts": self.shirts, "switches": dict(self.switches)}

    @property
    def hash(self) -> str:
        return sha256(json.dumps(self.document, sort_keys=True).encode()).hexdigest()

    def to_yaml(self) -> str:
        return json.dumps(self.document)

    def vary(self, name: str, changes: Mapping[str, Any], *, place: str | None = None) -> LackingTown:
        return replace(self, name=name, switches={**self.switches, **changes})

    def compile(self) -> World:
        nodes: dict[str, dict[str, Any]] = {f"store_{n}": {"collects": False} for n in (1, 2, 3)}
        for path, value in self.switches.items():
            _, _, node, switch = path.split(".")
            nodes[node][switch] = value
        shirts = self.shirts
        return town(
            stock=[[0, shirts, shirts, 0], [4000, 0, 0, 10], [4000, 0, 0, 10]], node_km=(100, 10, 20, 30),
            place_km=(0, 40), days=14, online_per_day=30.0, walk_ins=1.0, nodes=nodes,
            demand={"option_shares": np.array([1.0, 0.0, 0.0]), "collect_store": np.array([-1, -1])},
        )  # fmt: skip


def tried(shirts: int = 400, **options: Any) -> Any:
    return enrol(LackingTown(shirts), replications=2, pilots=1, workers=1, **options)


@pytest.mark.slow
def test_one_store_with_enough_of_what_is_lacking_is_enough() -> None:
    found = tried(fixed_eur_per_year=500.0)
    assert len(found.stores) == 1
    assert found.stores[0] in ("store_1", "store_2")
    table = found.table().set_index("alternative")
    assert table.loc["proposed", "difference"] > 100
    # a second one brings nothing but its cost
    assert table.loc["everybody", "difference"] < 1.05 * table.loc["proposed", "difference"]
    assert table.loc["everybody", "net"] < table.loc["proposed", "net"]
    assert found.model.bound <= found.model.value + 1e-6


@pytest.mark.slow
def test_two_stores_are_enrolled_when_neither_has_enough() -> None:
    assert sorted(tried(40, fixed_eur_per_year=100.0).stores) == ["store_1", "store_2"]
    assert len(tried(40, fixed_eur_per_year=100.0, max_stores=1).stores) == 1
    assert len(tried(40, fixed_eur_per_year=100.0, budget_eur=150.0).stores) == 1


def test_nobody_is_enrolled_when_it_costs_more_than_it_saves_or_nobody_is_near() -> None:
    dear = tried(fixed_eur_per_year=1e6)
    assert dear.stores == ()
    assert list(dear.enrolled) == ["nobody", "everybody"]
    assert tried(fixed_eur_per_year=1.0, radius_km=5.0).stores == ()


def test_limits_that_make_no_sense_are_told_together() -> None:
    with pytest.raises(InputError) as told:
        enrol(LackingTown(), "fly", max_stores=0, radius_km=-1.0)  # type: ignore[arg-type]
    assert len(told.value.problems) == 3
