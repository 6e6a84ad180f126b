"""What is said to have changed a decision does change it, when the world is made so and run again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_studies import TownScenario
from towns import three_stores

from orchestrion.domain.codes import Channel, Component
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments import compare
from orchestrion.experiments.explaining import Probe, order_id
from orchestrion.experiments.explanation import Explanation, Explanations
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.units import HOUR, MICRO

POLICIES: dict[str, Any] = {
    "nearest": "nearest", "cheapest": "cheapest", "fewest_splits": "fewest_splits", "milp": "milp",
    "overstock_first": "overstock_first", "lowest_co2e": "lowest_co2e", "bid_price": "bid_price",
    "rules": {"name": "rules", "rules": [
        {"name": "near", "filters": [{"within_km": 25}], "sorts": ["nearest"]},
        {"name": "warehouses", "filters": [{"group": "warehouses"}], "sorts": ["cheapest"], "action": "allow partial"},
    ]},
}  # fmt: skip


def one_order(seed: int) -> World:
    """One order of one to three lines in a town with little on its shelves, drawn."""
    rng = np.random.default_rng(seed)
    lines = [(int(sku), int(rng.integers(1, 3))) for sku in rng.permutation(3)[: rng.integers(1, 4)]]
    wish = (10 * HOUR, Channel.WEB, int(rng.integers(0, 2)), 0, -1, lines)
    return three_stores(rng.integers(0, 3, (3, 4)), wishes=[wish], days=1, walk_ins=0.0)


def explained(world: World, policy: object) -> list[Explanation]:
    probe = Probe(make_policy(policy), 0)
    simulate(world, probe, seed=1, replication=0)
    return probe.explanations


def first_nodes(world: World, policy: object) -> set[int]:
    """Nodes that the first review of the order chose."""
    decisions = simulate(world, make_policy(policy), seed=1, replication=0)["decisions"]
    return set(decisions["node"][decisions["review"] == 0].tolist())


@pytest.mark.parametrize("policy", POLICIES)
def test_units_said_to_be_missing_change_the_decision_when_they_are_there(policy: str) -> None:
    tried = 0
    for seed in range(16):
        world = one_order(seed)
        for candidate in explained(world, POLICIES[policy])[0].candidates if shown(world) else ():
            change = candidate.counterfactual
            if change is None or not change.units:
                continue
            richer = world.opening_stock.copy()
            for cell, units in change.units.items():
                richer[cell] += units
            assert candidate.node not in first_nodes(world, POLICIES[policy])
            assert candidate.node in first_nodes(replace(world, opening_stock=richer), POLICIES[policy])
            tried += 1
    assert tried > 10


# the others are told first what a node would have to cost less
@pytest.mark.parametrize("policy", ["nearest", "overstock_first", "lowest_co2e", "rules"])
def test_a_node_said_to_be_the_next_choice_is_chosen_when_the_chosen_ones_are_empty(policy: str) -> None:
    tried = 0
    for seed in range(14):
        world = one_order(seed)
        for candidate in explained(world, POLICIES[policy])[0].candidates if shown(world) else ():
            change = candidate.counterfactual
            if change is None or not change.closed:
                continue
            emptied = world.opening_stock.copy()
            emptied[:, list(change.closed)] = 0
            emptied = replace(world, opening_stock=emptied)
            if shown(emptied):
                assert candidate.node in first_nodes(emptied, POLICIES[policy])
                tried += 1
    assert tried > 1


def shown(world: World) -> bool:
    """Whether the web accepts the order at all."""
    return len(simulate(world, make_policy("nearest"), seed=1, replication=0)["orders"]["order"]) > 0


def test_a_node_said_to_be_too_dear_is_chosen_when_its_hands_cost_less() -> None:
    tried = 0
    for seed in range(40):
        world = one_order(seed)
        wages = 18 * MICRO + np.random.default_rng(seed).permutation(4) * 4 * MICRO
        world = replace(world, nodes=tuple(replace(n, wage=int(w)) for n, w in zip(world.nodes, wages, strict=True)))
        if not shown(world):
            continue
        for candidate in explained(world, "cheapest")[0].candidates:
            change = candidate.counterfactual
            if change is None or not change.cost:
                continue
            cheaper = -change.cost[candidate.node]
            node = world.nodes[candidate.node]
            seconds = node.pick_setup_s + node.pick_line_s * len(candidate.atp)
            wage = node.wage - round(1.001 * cheaper * 3600 / seconds) - 100
            if wage < 0:
                continue  # its carriage would have to be cheaper, not its hands
            nodes = tuple(replace(n, wage=wage) if n.id == node.id else n for n in world.nodes)
            assert candidate.node in first_nodes(replace(world, nodes=nodes), "cheapest")
            if cheaper < 10_000:
                continue  # a tie, all but
            barely = node.wage - round(0.98 * cheaper * 3600 / seconds)
            nodes = tuple(replace(n, wage=barely) if n.id == node.id else n for n in world.nodes)
            assert candidate.node not in first_nodes(replace(world, nodes=nodes), "cheapest")
            tried += 1
    assert tried > 5


def test_asking_changes_nothing_not_even_for_a_policy_with_memory() -> None:
    world = three_stores(walk_ins=3.0, online_per_day=30.0, days=5, pick_success=0.8)
    for policy in ("balance_workload", "milp", "nearest"):
        probe = Probe(make_policy(policy), 0)
        probe.order = int(simulate(world, make_policy(policy), seed=4, replication=0)["orders"]["order"][7])
        watched = simulate(world, probe, seed=4, replication=0)
        plain = simulate(world, make_policy(policy), seed=4, replication=0)
        assert probe.explanations
        for name, table in plain.tables.items():
            for column, values in table.items():
                assert (watched[name][column] == values).all(), f"{policy}: {name}.{column}"


def test_a_split_order_says_which_units_would_have_kept_it_together() -> None:
    stock = [[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    world = three_stores(stock, wishes=[(10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1), (1, 1)])], days=2)
    skus = replace(world.skus, label=["Shirt", "Jeans", "<script>alert(1)</script>"])
    (found,) = explained(replace(world, skus=skus), "nearest")
    shown = found._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "<caption" in shown["text/html"]
    assert repr(found) == shown["text/plain"]
    lines = repr(found).splitlines()
    assert lines[0].startswith("Order 0: ")
    assert lines[1].split("  ")[0] == "node"
    assert any(line.startswith("Store 1 ") for line in lines)
    assert lines[-1] == found.sentences[-1]
    assert repr(Explanations([found, found])).count("Order 0: ") == 2
    assert "Split over Store 1, Store 2." in found.sentences
    assert "With 1 more Jeans at Store 1 it would have left in one parcel." in found.sentences


def test_the_nearest_node_and_those_passed_over_are_told_apart() -> None:
    world = three_stores(wishes=[(10 * HOUR, Channel.WEB, 0, 0, -1, [(0, 1)])], days=2)
    (found,) = explained(world, "nearest")
    assert found.sentences == ("Sent from Store 1, the nearest node.",)
    chosen, second, *_ = found.candidates
    assert (chosen.label, chosen.chosen, chosen.why) == ("Store 1", (1,), "")
    assert second.change == "the next choice: without stock at Store 1 it would have been chosen"
    assert [c.distance_km for c in found.candidates] == [10.0, 20.0, 30.0, 100.0]
    # hands 18 EUR an hour for three minutes, a box, a unit, carriage to 50 km
    assert chosen.cost_eur == pytest.approx(0.90 + 0.5 + 0.1 + 4.0)
    costs = simulate(world, make_policy("nearest"), seed=1, replication=0)["costs"]
    booked = costs["amount"][(costs["order"] == 0) & (costs["component"] != Component.FEE)].sum()
    assert chosen.cost_eur * MICRO == pytest.approx(booked)


def test_a_study_answers_and_says_so_when_there_is_nothing_to_explain() -> None:
    study = compare([TownScenario()], ["nearest", "cheapest"], replications=1, workers=1, facts="orders")  # type: ignore[list-item]
    order = int(study.facts("orders")["order"].iloc[0])
    scenario = TownScenario()
    study.scenario = lambda label: scenario  # type: ignore[method-assign]  # a town has no document to be read back
    for label in study.labels:
        (found, *_) = study.explain(f"O{order:06d}", label)
        decided = study.facts("decisions")
        mine = decided[(decided["label"] == label) & (decided["order"] == order)]
        assert {c.node for c in found.candidates if c.chosen} == set(mine[mine["hop"] == 0]["node"])
    with pytest.raises(StudyError, match="never came to a review"):
        study.explain(10**8)
    with pytest.raises(StudyError, match="is not the policy"):
        study.explain(order, study.labels[0], policy="cheapest")
    with pytest.raises(StudyError, match="no order"):
        order_id("the first")
