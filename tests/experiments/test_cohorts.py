"""Customers looked at some at a time: everything about each of them, once, and the figures of all of them together."""

from __future__ import annotations

import gc
import weakref
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import orchestrion as orc
from orchestrion.domain.facts import SCHEMA, Facts
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, cohorts, fact_base
from orchestrion.experiments.cohorts import OF_ORDERS

SMALL = {
    "assortment.skus": 40,
    "time": {"warm_up_weeks": 1, "measured_weeks": 1, "run_off_days": 4},
    "demand": {"online": {"orders_per_day": 60}, "walk_in": {"per_day": 200}},
    "stock.web_weeks": 1,
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    unified = orc.load_scenario("france_unified").vary("unified", SMALL)
    siloed = orc.load_scenario("france_siloed").vary("siloed", SMALL)
    return orc.compare([siloed, unified], replications=2, seed=5, workers=1, facts="full",
                       out=tmp_path_factory.mktemp("cohorts") / "study")  # fmt: skip


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cohorts, "BASKETS", 300)


def by_order(table: dict[str, np.ndarray]) -> pd.DataFrame:
    return pd.DataFrame(table).sort_values(list(table)).reset_index(drop=True)


@pytest.mark.usefixtures("few")
def test_cohorts_are_the_whole_cut_nowhere_through_a_customer(study: Study) -> None:
    parts = [part for (part,) in cohorts.cohorts(study, ["unified"], 0, OF_ORDERS)]
    whole = study.folder.facts(study.cell("unified", 0))
    assert len(parts) > 5
    for name in ("requests", *OF_ORDERS):
        joined = {column: np.concatenate([part[name][column] for part in parts]) for column in SCHEMA[name]}
        assert {c: a.dtype for c, a in joined.items()} == {c: a.dtype for c, a in whole[name].items()}
        assert by_order(joined).equals(by_order(whole[name])), name
        assert len(joined["order" if name != "requests" else "t"]) > (0 if name != "returns_due" else -1)
    for one, other in pairwise(parts):
        assert one["requests"]["basket"].max() < other["requests"]["basket"].min()
    for part in parts:
        assert set(part["lines"]["request"].tolist()) <= set(part["requests"]["request"].tolist())
        assert set(part["events"]["order"].tolist()) <= set(part["orders"]["order"].tolist())
        assert part.part == "customers"
        assert (part.warm_up_s, part.horizon_s, part.end_s) == (whole.warm_up_s, whole.horizon_s, whole.end_s)
        assert not len(part["stock"]["t"])


def test_what_moved_and_the_bridge_are_those_of_all_customers_together(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found() -> list[pd.DataFrame]:
        return [
            study.moved("siloed", "unified"),
            study.moved("siloed", "unified", customers="online"),
            study.moves("siloed", "unified", replication=1),
            study.bridge("siloed", "unified"),
        ]

    together = found()
    monkeypatch.setattr(cohorts, "BASKETS", 300)
    *exact, bridge = found()
    for one, other in zip(exact, together[:3], strict=True):
        assert pd.DataFrame(one).equals(pd.DataFrame(other))
        assert one.dtypes.tolist() == other.dtypes.tolist()
    assert bridge["item"].tolist() == together[3]["item"].tolist()
    for column in ("contribution", "low", "high"):
        assert bridge[column].tolist() == pytest.approx(together[3][column].tolist(), abs=1e-7)
    assert (together[0]["wishes"] > 0).sum() > 4


def test_hours_are_the_mean_over_the_wishes_of_all_replications(study: Study) -> None:
    wishes = pd.concat([study.moves("siloed", "unified", replication=replication) for replication in (0, 1)])
    known = wishes[(wishes["received_before"] >= 0) & (wishes["received_after"] >= 0)]
    hours = (known["received_after"] - known["received_before"]).groupby(known["movement"]).mean() / 3600
    found = study.moved("siloed", "unified").set_index("movement")["hours"]
    assert {"sooner", "later"} <= set(hours.index)
    for movement, expected in hours.items():
        assert found[movement] == pytest.approx(expected), movement


def test_costs_of_the_bridge_are_those_that_contribution_counts(study: Study) -> None:
    from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS
    from orchestrion.experiments.bridging import _costs
    from orchestrion.kpis import Reading

    for label in study.labels:
        cell = study.cell(label, 0)
        costs, _ = Reading(study.folder.facts(cell)).booked("costs")
        for one in COST_TO_SERVE + STOCK_COSTS:
            assert _costs(study, cell)[one.key] == costs["amount"][costs["component"] == one].sum(), one


@pytest.mark.usefixtures("few")
def test_customers_looked_at_are_let_go_of(study: Study) -> None:
    alive: list[weakref.ref[Facts]] = []
    most = 0

    class Holder:
        """Refers to itself, as a reading and its accounts do."""

        def __init__(self, facts: Facts) -> None:
            self.me, self.facts = self, facts

    gc.disable()
    try:
        for (part,) in cohorts.cohorts(study, ["unified"], 0, OF_ORDERS):
            alive.append(weakref.ref(part["requests"]["t"]))  # type: ignore[arg-type]
            Holder(part)
            most = max(most, sum(one() is not None for one in alive))
    finally:
        gc.enable()
    assert len(alive) > 5
    assert most <= 2  # these, and those before them


def test_what_was_not_kept_is_told(tmp_path: Path) -> None:
    scenario = orc.load_scenario("france_unified").vary("bare", SMALL)
    bare = orc.compare([scenario], replications=1, seed=5, workers=1, facts="none", out=tmp_path / "bare")
    with pytest.raises(StudyError, match="'none'"):
        next(cohorts.cohorts(bare, ["bare"], 0, OF_ORDERS))
    with pytest.raises(StudyError, match="'none'"):
        fact_base.answered(bare.folder, bare.cell("bare", 0), "SELECT count(*) FROM requests")
