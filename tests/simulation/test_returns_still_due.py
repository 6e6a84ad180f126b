"""A run that ends early and accrues what is still to come back agrees with one that waits until everything is back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import audits
import numpy as np
import pytest
from road_towns import returns
from scipy import stats
from towns import three_stores

from orchestrion.domain.carriers import Attempts
from orchestrion.domain.codes import Component
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.units import MICRO

BACK = (Component.RETURN_CARRIAGE, Component.INSPECTION, Component.RETURN_WRITE_OFF, Component.FEE)


def town(run_off_days: int, law: dict[str, Any], **changes: Any) -> World:
    """A town where all is measured but what happens in the run-off; plenty of stock, so that nothing else differs."""
    settings: dict[str, Any] = {"stock": [[3000, 300, 300, 300]] * 3, "online_per_day": 40.0, "days": 7}
    world = three_stores(**(settings | changes), run_off_days=run_off_days)
    return replace(world, returns=returns(world, **law))


def kpis(facts: Facts) -> dict[str, float]:
    """The KPIs of money, and the costs of what comes back."""
    wanted = ["contribution", "revenue", "goods", "cost_to_serve_total", "stock_costs", "returns_expected"]
    found = measure(facts, ("all",), wanted)
    named: dict[str, float] = dict(zip(found["kpi"].tolist(), found["value"].tolist(), strict=True))
    for component in BACK:
        amounts = [facts[name]["amount"][facts[name]["component"] == component] for name in ("costs", "accruals")]
        named[component.key] = sum(int(amount.sum()) for amount in amounts) / MICRO
    return named


CERTAIN = [
    ({"store_share": 0.0, "restock": np.ones(3)}, 5),
    ({"store_share": 0.0, "restock": np.zeros(3)}, 9),  # some are on their way back, some inspected
    ({"store_share": 1.0, "restock": np.zeros(3)}, 5),
    ({"store_share": 1.0, "restock": np.ones(3), "refund_fee": False}, 8),
]


@pytest.mark.parametrize(("law", "run_off"), CERTAIN)
def test_what_surely_comes_back_is_accrued_to_the_micro_euro(law: dict[str, Any], run_off: int) -> None:
    law = {"rate": 1.0, "days": (0.0,) * 6 + (1.0,)} | law
    cut, whole = (audits.run(town(days, law)) for days in (run_off, 40))
    assert len(cut["returns_due"]["order"])
    assert not len(whole["returns_due"]["order"])
    assert len(whole["returns"]["order"]) == len(whole["lines"]["order"]) > 300
    now, then = kpis(cut), kpis(whole)
    assert now["returns_expected"] > 0
    assert then["returns_expected"] == 0
    for component in BACK:
        assert now[component.key] == then[component.key]
    # a refund is rounded by the line, an accrual by the unit
    for key in ("contribution", "revenue", "goods", "cost_to_serve_total", "stock_costs"):
        assert now[key] == pytest.approx(then[key], abs=len(cut["lines"]["order"]) / MICRO)
    audits.audit(town(run_off, law), cut)


def test_a_parcel_on_its_way_back_to_the_sender_is_refunded_in_full() -> None:
    def sends(run_off_days: int) -> World:
        world = three_stores(online_per_day=40.0, days=7, run_off_days=run_off_days, stock=[[3000, 300, 300, 300]] * 3)
        nobody = Attempts(success=0.0, most=1, fee=0, to_pickup_point=False, back=1.0)
        return replace(world, services=tuple(replace(s, attempts=nobody) for s in world.services))

    cut, whole = (audits.run(sends(days)) for days in (3, 30))
    assert len(cut["returns_due"]["order"])
    assert not len(whole["returns_due"]["order"])
    arrived = len(whole["returns"]["order"])
    assert 0 < len(cut["returns"]["order"]) < arrived
    now, then = kpis(cut), kpis(whole)
    for key in ("inspection", "fee"):
        assert now[key] == then[key]
    assert now["contribution"] == pytest.approx(then["contribution"], abs=arrived / MICRO)


LIKELY: dict[str, Any] = {
    "rate": 0.4, "days": (0.1, 0.0, 0.2, 0.3, 0.0, 0.1, 0.0, 0.2, 0.0, 0.1), "store_share": 0.5,
    "restock": np.array([0.3, 0.8, 1.0]),
}  # fmt: skip


@pytest.mark.slow
def test_what_may_come_back_is_accrued_as_it_comes_on_average() -> None:
    """99 % intervals of accrued less real contain zero; they are narrower than a sixth of what is accrued."""
    less: dict[str, list[float]] = {}
    accrued: dict[str, list[float]] = {}
    for replication in range(12):
        cut, whole = (audits.run(town(days, LIKELY), replication=replication) for days in (3, 30))
        assert not len(whole["returns_due"]["order"])
        now, then = kpis(cut), kpis(whole)
        for key in now.keys() - {"returns_expected"}:
            less.setdefault(key, []).append(now[key] - then[key])
        for component in BACK:
            rows = cut["accruals"]["component"] == component
            accrued.setdefault(component.key, []).append(int(cut["accruals"]["amount"][rows].sum()) / MICRO)
        accrued.setdefault("revenue", []).append(now["returns_expected"])
    for key, found in less.items():
        half = stats.t.ppf(0.995, len(found) - 1) * np.std(found, ddof=1) / len(found) ** 0.5
        assert abs(np.mean(found)) <= half, key
        if key in accrued:
            assert half < np.mean(accrued[key]) / 6, key
