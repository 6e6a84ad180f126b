"""What a study must not claim, and what all its cells have in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_studies import TownScenario

from orchestrion.domain.facts import SCHEMA
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import compare, open_study, select_best
from orchestrion.experiments.selection import kim_nelson
from orchestrion.policies.sourcing.nearest import Nearest


@dataclass(frozen=True, kw_only=True)
class Renamed(Nearest):
    """The nearest node under another name."""


@pytest.fixture(scope="module")
def twins():
    return compare([TownScenario("town")], ["nearest", Renamed()], replications=6, workers=1)


def test_of_the_same_policy_under_two_names_nothing_is_claimed(twins):
    found = twins.against(family="study")
    assert set(found["verdict"]) == {"no difference"}
    assert found["settled_by"].isna().all()
    best = twins.best("contribution")
    assert best["may_be_best"].all()
    assert best["probability_best"].tolist() == [0.5, 0.5]
    front = twins.pareto(["contribution", "cost_to_serve"])
    assert front["status"].tolist() == ["front", "front"]
    assert not front["knee"].any()
    moved = twins.moved(*twins.labels, customers="online")
    assert moved.query("wishes > 0")["movement"].isin(["same", "unserved", "all"]).all()
    said = " ".join(twins.sentences())
    assert "does not change in any replication" in said
    assert not any(word in said for word in (" a gain", " a loss", "better in", "worse in"))


def test_a_selection_between_twins_ends_early_and_without_a_winner():
    found = select_best([TownScenario("town")], ["nearest", Renamed()], indifference=1.0, first=3, most=50, workers=1)
    assert found.best is None
    assert found.study.replications == 3
    values = np.random.default_rng(1).normal(size=(1, 60)).repeat(3, axis=0)
    alone = kim_nelson(lambda rows, r: values[list(rows), r.start : r.stop], 3, 0.5, n0=5, most=60)
    assert (alone.best, len(alone.survivors)) == (None, 3)
    assert max(alone.replications) < 60


def test_the_same_customers_come_in_every_cell_of_a_replication():
    towns = [TownScenario("one"), TownScenario("two", policy={"name": "cheapest"}), TownScenario("three", days=3)]
    study = compare(towns, ["nearest", "cheapest", "warehouse_first"], replications=2, workers=1, facts="full")
    wished = ["request", "t", "basket", "channel", "zone", "lat_e6", "lon_e6", "sku", "qty", "option", "value"]
    columns = [name for name in wished if name in SCHEMA["requests"]]
    assert len(columns) >= 7
    for replication in range(2):
        tables = [
            study.facts("requests", label=label, replication=replication, columns=columns).drop(columns="label")
            for label in study.labels
        ]
        assert len(tables) == 9
        for other in tables[1:]:
            pd.testing.assert_frame_equal(tables[0], other)
    first, second = (study.facts("requests", label=study.labels[0], replication=r, columns=["t"]) for r in (0, 1))
    assert first["t"].tolist() != second["t"].tolist()


@pytest.fixture(scope="module")
def study():
    return compare([TownScenario("town")], ["nearest", "warehouse_first"], replications=8, workers=1, facts="none")


def test_pairing_stands_beside_welchs_interval_on_the_same_replications(study):
    found = study.pairing(kpis=["cost_to_serve", "contribution"]).set_index("kpi")
    wide = study.kpis().pivot_table(index=["kpi", "replication"], columns="label", values="value")
    for key, row in found.iterrows():
        left, right = (wide.loc[key][label] for label in reversed(study.labels))
        same, apart = stats.ttest_rel(left, right), stats.ttest_ind(left, right, equal_var=False)
        halves = [np.ptp(one.confidence_interval(0.95)) / 2 for one in (same, apart)]
        assert [row["half_paired"], row["half_unpaired"]] == pytest.approx(halves)
        assert row["narrower"] == pytest.approx(halves[1] / halves[0])
        assert row["correlation"] == pytest.approx(np.corrcoef(left, right)[0, 1])
        spent = (left.var() + right.var()) / (left - right).var() * len(left)
        assert row["replications_unpaired"] == pytest.approx(spent)


def test_quantiles_are_taken_in_each_replication_and_never_pooled(study):
    found = study.estimate("delivery_time_p90", study.labels[0])
    values = list(study.replicated("delivery_time_p90", study.labels[0]).values())
    assert (found.n, found.mean) == (8, pytest.approx(np.mean(values)))
    low, high = stats.t.interval(0.95, 7, loc=np.mean(values), scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_a_family_declared_when_the_study_is_run_is_the_one_adjusted(tmp_path):
    declared = ["contribution", "split_rate"]
    options = {"replications": 5, "workers": 1, "facts": "none"}
    compare([TownScenario("town")], ["nearest", "warehouse_first"], out=tmp_path, family=declared, **options)
    study = open_study(tmp_path)
    assert study.family == declared
    table = study.against()
    assert table["kpi"].tolist() == declared
    p = table["p"].to_numpy()
    order = np.argsort(p)
    holm = np.empty(2)
    holm[order] = np.minimum(1.0, [2 * p[order[0]], max(2 * p[order[0]], p[order[1]])])
    assert table["p_holm"].tolist() == pytest.approx(holm.tolist())
    other = study.against(kpis=["cost_to_serve"])
    assert not other["adjusted"].any()
    alone = study.against(declared=["cost_to_serve"])
    assert alone["p_holm"].tolist() == pytest.approx(alone["p"].tolist())
    with pytest.raises(StudyError, match="7 KPIs declared; one to 6"):
        study.against(declared=[*study.kpis()["kpi"].unique()[:7]])
    with pytest.raises(UnknownName):
        compare([TownScenario("town")], family=["contributio"])
