"""What every ledger must satisfy: units, reservations, lives, money and spells, each confronted with another table."""

from __future__ import annotations

from collections import Counter

import audits
import numpy as np
import pytest
from busy_towns import TOWNS, busy, hurried

from orchestrion.domain.codes import EventKind, Outcome, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation.life import FOLLOWS
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams

# codes that no process writes yet
FORESEEN_EVENTS: set[EventKind] = set()
FORESEEN_OUTCOMES: set[Outcome] = set()
FORESEEN_MOVES = {
    StockKind.WRITTEN_OFF,
}  # fmt: skip

OTHERS = ("cheapest", "warehouse_first", "overstock_first")
POLICIES = ("nearest", "milp", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS))


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("town", TOWNS)
def test_every_identity_holds_in_every_town_under_every_policy(town: str, policy: str) -> None:
    world = TOWNS[town]()
    audits.audit(world, audits.run(world, policy, seed=3))


def test_between_them_the_towns_show_every_kind_of_event_outcome_and_end() -> None:
    kinds: Counter[int] = Counter()
    outcomes: Counter[int] = Counter()
    moves: Counter[int] = Counter()
    ends: Counter[str] = Counter()
    for town in TOWNS.values():
        facts = audits.run(town(), seed=3)
        kinds.update(facts["events"]["kind"].tolist())
        outcomes.update(facts["requests"]["outcome"].tolist())
        moves.update(facts["stock"]["kind"].tolist())
        ends.update(audits.order_ends(facts).values())
    assert set(kinds) == set(EventKind) - FORESEEN_EVENTS
    assert set(outcomes) == set(Outcome) - FORESEEN_OUTCOMES
    # protection changes only with receipts and dispatches, in this engine
    assert set(moves) == set(StockKind) - {StockKind.PROTECTION} - FORESEEN_MOVES
    assert set(ends) == set(audits.ENDS)


def test_a_walk_in_sometimes_carries_off_a_promised_unit_in_the_busy_town() -> None:
    stock = audits.run(busy(), seed=3)["stock"]
    sold = stock["kind"] == StockKind.SOLD
    assert (stock["d_reserved"][sold] < 0).any()


@pytest.mark.parametrize("town", TOWNS)
def test_the_facts_of_stock_sum_to_the_closing_stock(town: str) -> None:
    world = TOWNS[town]()
    shop = Shop(world, make_policy("nearest"), Streams(3, 0))
    shop.run()
    stock = shop.ledger.table("stock")
    for name in ("physical", "recorded", "reserved", "protected", "on_order"):
        summed = np.zeros(world.opening_stock.shape, np.int64)
        np.add.at(summed, (stock["sku"], stock["node"]), stock[f"d_{name}"])
        assert summed.tolist() == getattr(shop.stock, name).tolist(), name
    atp = np.maximum(shop.stock.recorded - shop.stock.reserved - shop.stock.protected, 0)
    assert shop.stock.atp.tolist() == atp.tolist()
    web = np.array([node.web_visible for node in world.nodes])
    assert list(shop.stock.visible) == atp[:, web].sum(axis=1).tolist()


def test_orders_that_remain_open_have_units_waiting_or_under_way() -> None:
    facts = audits.run(hurried(), seed=3)
    ends = audits.order_ends(facts)
    assert Counter(ends.values())["open"] > 10
    shipments = facts["shipments"]
    under_way = set(shipments["order"][(shipments["received_t"] < 0)].tolist())
    waiting = {o for o, in audits.records(facts["events"], "order", kind=EventKind.HELD)}
    unseen = {o for o, in audits.records(facts["orders"], "order")} - {
        o for o, in audits.records(facts["decisions"], "order")
    }
    for order, end in ends.items():
        if end == "open":
            assert order in under_way | waiting | unseen


def test_the_table_of_lives_knows_every_step_and_every_order_begins_by_being_placed() -> None:
    assert set(FOLLOWS) == set(EventKind) - FORESEEN_EVENTS
    assert not FOLLOWS[EventKind.PLACED]
    reached = {EventKind.PLACED}
    while more := {kind for kind, before in FOLLOWS.items() if before & reached} - reached:
        reached |= more
    assert reached == set(EventKind) - FORESEEN_EVENTS


@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [
        ("kind", EventKind.HANDED_OVER, EventKind.COLLECTED),
        ("kind", EventKind.SOURCED, EventKind.PICKED),
        ("kind", EventKind.PICKED, EventKind.DELIVERED),
        ("kind", EventKind.DELIVERED, EventKind.SOURCED),
        ("qty", EventKind.PICKED, 9),
        ("qty", EventKind.SOURCED, 9),
        ("qty", EventKind.CANCELLED, 9),
        ("qty", EventKind.HANDED_OVER, 9),
    ],
)
def test_a_life_lived_in_the_wrong_order_is_found_out(column: str, kind: EventKind, value: int) -> None:
    facts = audits.run(busy(), seed=3)
    audits.lives_are_legal(facts)
    events = {name: values.copy() for name, values in facts["events"].items()}
    events[column][np.flatnonzero(events["kind"] == kind)[0]] = value
    tampered = Facts({**facts.tables, "events": events}, facts.dims, facts.warm_up_s, facts.horizon_s, facts.end_s)
    with pytest.raises((AssertionError, KeyError)):
        audits.lives_are_legal(tampered)


@pytest.mark.parametrize(
    ("table", "audit"),
    [
        ("stock", lambda world, facts: audits.units_are_conserved(world, facts)),
        ("stock", lambda world, facts: audits.promises_match_shipments(facts)),
        ("shipments", lambda world, facts: audits.money_adds_up(world, facts)),
        ("costs", lambda world, facts: audits.money_adds_up(world, facts)),
        ("requests", lambda world, facts: audits.units_are_conserved(world, facts)),
    ],
)
def test_an_audit_notices_a_row_that_is_missing(table: str, audit: object) -> None:
    world = busy()
    facts = audits.run(world, seed=3)
    audit(world, facts)  # type: ignore[operator]
    chosen = {
        "stock": facts["stock"]["kind"] == (StockKind.RESERVED if table == "stock" else -1),
        "shipments": facts["shipments"]["units"] > 0,
        "costs": facts["costs"]["amount"] != 0,
        "requests": facts["requests"]["served_at"] >= 0,
    }[table]
    victim = np.flatnonzero(chosen)[0]
    if table == "stock":  # a sale forgotten, and the reservation of a line
        sold = np.flatnonzero(facts["stock"]["kind"] == StockKind.SOLD)[0]
        kept = ~np.isin(np.arange(len(chosen)), (victim, sold))
    else:
        kept = np.arange(len(chosen)) != victim
    short = {name: values[kept] for name, values in facts[table].items()}
    tampered = Facts({**facts.tables, table: short}, facts.dims, facts.warm_up_s, facts.horizon_s, facts.end_s)
    with pytest.raises(AssertionError):
        audit(world, tampered)  # type: ignore[operator]
