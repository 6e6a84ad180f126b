"""What decisions weighed, written down while they are made: complete, right, and without any effect on them."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pandas as pd
import pytest
from small_studies import TOWN
from test_explaining import one_order, shown
from towns import three_stores

from orchestrion.domain.codes import Channel, Reason
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, compare, explaining
from orchestrion.experiments.reasons import SHOWN, Recorder
from orchestrion.experiments.stopwatch import Stopwatch
from orchestrion.policies.sourcing import make_policy
from orchestrion.scenarios import Scenario
from orchestrion.simulation import ledger, simulate
from orchestrion.units import HOUR, MICRO

NEAR = {"name": "rules", "rules": [{"name": "near", "filters": [{"within_km": 15}], "sorts": ["nearest"]}]}
SUMS: dict[str, Any] = {
    "cheapest": "cheapest",
    "weighted": {"name": "weighted", "eur_per_t_co2e": 900.0, "eur_per_overstocked_unit": 0.5},
    "bid_price": "bid_price",
    "milp": "milp",
    "milp_ahead": "milp_ahead",
}


def recorded(world: World, policy: object, seed: int = 1) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """The candidates of a run, and its other facts, found equal to those of a run that nobody watched."""
    watch = Stopwatch(make_policy(policy))
    recorder = Recorder(watch, watch.policy)
    facts = simulate(world, recorder, seed=seed, replication=0)
    plain = audits.run(world, policy, seed=seed)
    for name, table in plain.tables.items():
        for column, values in table.items():
            np.testing.assert_array_equal(values, facts[name][column], f"{policy}: {name}.{column}")
    return pd.DataFrame(recorder.table()), {name: pd.DataFrame(dict(facts[name])) for name in ("decisions", "reviews")}


@pytest.mark.parametrize("name", [*SUMS, "re_evaluate", "balance_workload", "rules"])
def test_writing_reasons_down_changes_nothing_and_leaves_nothing_out(name: str) -> None:
    world = three_stores(walk_ins=3.0, online_per_day=20.0, days=4, pick_success=0.8)
    weighed, facts = recorded(world, SUMS.get(name, name), seed=4)
    keys = ["review", "order", "line", "node"]
    assert not weighed.duplicated(keys).any()
    chosen = facts["decisions"].merge(weighed, on=keys, how="left", suffixes=("", "_seen"))
    assert len(chosen) > 40
    assert chosen["atp"].notna().all()
    assert (chosen["qty"] <= chosen["atp"]).all()
    assert chosen["filter"].isin([-1, Reason.NO_STOCK]).all()  # a line may be gathered from several nodes
    assert set(weighed["review"]) <= set(facts["reviews"]["review"])


def test_candidates_are_packed_as_they_become_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "_FLUSH", 500)
    recorder = Recorder(make_policy("nearest"))
    simulate(three_stores(walk_ins=3.0, online_per_day=20.0, days=4), recorder, seed=4, replication=0)
    assert len(recorder.sheet._blocks) > 3
    assert len(recorder.sheet._flat) <= 500


@pytest.mark.parametrize("name", SUMS)
def test_the_node_chosen_is_the_one_whose_cost_penalty_and_bid_are_least(name: str) -> None:
    """For orders of one line that one node serves: what is written down is what the policy went by."""
    sent_home = {"lines": np.array([1.0]), "option_shares": np.array([0.9, 0.1, 0.0])}
    world = three_stores(online_per_day=12.0, days=6, demand=sent_home, walk_ins=2.0)
    weighed, facts = recorded(world, SUMS[name], seed=2)
    weighed["sum"] = weighed["cost"] + weighed["penalty"] + weighed["bid"]
    compared = told = 0
    for (review, order), rows in weighed.groupby(["review", "order"]):
        decided = facts["decisions"]
        mine = decided[(decided["review"] == review) & (decided["order"] == order)]
        able = rows[rows["filter"] < 0]
        if len(mine) != 1 or len(able) < 2 or facts["reviews"].set_index("review")["orders"][review] > 1:
            continue
        of_the_chosen = able.set_index("node")["sum"][int(mine["node"].iloc[0])]
        assert of_the_chosen <= able["sum"].min() + 2  # amounts are rounded apart
        compared += 1
        told += of_the_chosen < able.loc[able["node"] != int(mine["node"].iloc[0]), "sum"].max()
    assert compared > 10
    assert told > 5
    assert (weighed["bid"].abs().max() > 0) == (name in ("bid_price", "milp_ahead"))
    assert (weighed["penalty"].abs().max() > 0) == (name != "cheapest")


def test_a_candidate_says_what_it_showed_cost_and_lacked() -> None:
    stock = [[50, 0, 2, 5], [50, 5, 5, 5], [50, 5, 5, 5]]
    world = three_stores(stock, wishes=[(10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1)])] * 2, days=2)
    weighed, _ = recorded(world, "nearest")
    assert weighed["node"].tolist() == [1, 2, 3, 0] * 2  # nearest first
    first, second = weighed[weighed["review"] == 0], weighed[weighed["review"] == 1]
    assert first["filter"].tolist() == [Reason.NO_STOCK, -1, -1, -1]
    assert first["atp"].tolist() == [0, 2, 5, 50]
    assert second["atp"].tolist() == [0, 1, 5, 50]
    assert second["reserved"].tolist() == [0, 1, 0, 0]
    assert second["recorded"].tolist() == [0, 2, 5, 50]
    assert first["cost"].tolist() == [round(5.5 * MICRO)] * 3 + [round(6.5 * MICRO)]
    assert (first["qty"] == 1).all()


def test_a_rules_own_filter_is_told_apart_from_what_the_world_forbids() -> None:
    closed = {"store_2": {"ships": False}}
    world = three_stores(wishes=[(10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1)])], days=2, nodes=closed)
    weighed, _ = recorded(world, NEAR)
    by_node = weighed.set_index("node")["filter"]
    assert by_node.to_dict() == {1: -1, 2: Reason.NOT_DELIVERABLE, 3: Reason.RULED_OUT, 0: Reason.RULED_OUT}


SCENARIO = Scenario.from_yaml(TOWN, name="town")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("reasons") / "study"
    return compare([SCENARIO], ["nearest", "weighted"], replications=1, seed=5, out=path, workers=1, facts="reasons")


def test_a_study_reads_back_what_it_wrote_down(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = study.facts("orders", label=study.labels[1])["order"].iloc[::25].tolist()
    asked = {order: study.explain(order, study.labels[1], ask=True) for order in orders}
    monkeypatch.setattr(explaining, "simulate", None)
    for order, again in asked.items():
        read = study.explain(order, study.labels[1])
        assert len(read) == len(again)
        for one, other in zip(read, again, strict=True):
            assert (one.t, one.hop, one.lines, one.reasons, one.policy) == (
                other.t, other.hop, other.lines, other.reasons, other.policy,
            )  # fmt: skip
            assert [c.label for c in one.candidates] == [c.label for c in other.candidates]
            for mine, theirs in zip(one.candidates, other.candidates, strict=True):
                assert (mine.chosen, mine.atp, mine.cost_eur) == (theirs.chosen, theirs.atp, theirs.cost_eur)
                assert mine.distance_km == pytest.approx(theirs.distance_km)
            assert one.sentences[0].split(";")[0].rstrip(".") == other.sentences[0].split(";")[0].rstrip(".")
            assert "--ask" in one.sentences[-1]
    with pytest.raises(StudyError, match="never came to a review"):
        study.explain(10**7, study.labels[1])


def test_reasons_are_kept_where_asked_for_and_nowhere_else(study: Study, tmp_path: Any) -> None:
    assert len(study.facts("candidates")) > 500
    per_line = study.facts("candidates").groupby(["label", "review", "order", "line"]).size()
    assert per_line.max() <= SHOWN + 3
    full = compare([SCENARIO], ["nearest"], replications=1, seed=5, workers=1, facts="full", out=tmp_path / "full")
    assert not len(full.facts("candidates"))
    order = int(full.facts("orders")["order"].iloc[0])
    with pytest.raises(StudyError, match='facts="reasons"'):
        full.explain(order, ask=False)
    for table in ("orders", "decisions", "stock", "costs"):
        label = study.labels[0]
        pd.testing.assert_frame_equal(full.facts(table), study.facts(table, label=label))
    # asked for later, the replication is run again and written down
    again = compare([SCENARIO], ["nearest"], replications=1, seed=5, workers=1, facts="reasons", out=tmp_path / "full")
    assert len(again.facts("candidates")) > 100
    assert again.cash() is not None


def test_why_not_served_and_why_split_are_told_from_the_facts() -> None:
    tried = 0
    for seed in range(12):
        world = one_order(seed)
        if not shown(world):
            continue
        weighed, facts = recorded(world, "nearest")
        first = facts["decisions"][facts["decisions"]["review"] == 0]
        whole = weighed[(weighed["review"] == 0)].groupby("node").filter(lambda rows: bool((rows["filter"] < 0).all()))
        if first["node"].nunique() > 1:  # split: no node looked at had all of it
            assert whole.empty
            tried += 1
    assert tried > 1
