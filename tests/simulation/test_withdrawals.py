"""Customers who withdraw: for free while the order cools down, else until somebody begins to pick."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
from audits import records
from towns import COLLECT, HOME_STANDARD, three_stores

from orchestrion.domain.codes import Channel, Component, EventKind, Outcome, Reason, StockKind
from orchestrion.domain.patience import Patience
from orchestrion.domain.requests import Requests
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.testing.town import replay
from orchestrion.units import DAY, HOUR, MINUTE

NOON = 12 * HOUR
PICK = 3 * MINUTE
LAW = Patience(forever=0.0, median_s=DAY, sigma=1.0)


def impatient(
    *wishes: tuple[int, int], lines: Any = ((0, 1),), option: int = HOME_STANDARD, store: int = -1
) -> Requests:
    """Orders at given moments by customers of a given patience [s]."""
    asked = replay([(t, Channel.WEB, 0, option, store, list(lines)) for t, _ in wishes])
    return asked._replace(patience=np.array([patience for _, patience in wishes]))


def run(wishes: Requests, **changes: Any) -> Any:
    settings: dict[str, Any] = {"mechanisms": {"patience": LAW}, "demand": {"replay": wishes}}
    world = three_stores(**(settings | changes))
    facts = audits.run(world)
    audits.audit(world, facts)
    return facts


def test_an_order_that_waits_overnight_is_withdrawn_and_its_unit_is_free_again() -> None:
    facts = run(impatient((21 * HOUR, 6 * HOUR)))
    at = DAY + 3 * HOUR
    assert records(facts["events"], "kind", "t", "reason")[1:] == [
        (EventKind.SOURCED, 21 * HOUR, Reason.NEAREST),
        (EventKind.RELEASED, at, Reason.CUSTOMER),
        (EventKind.CANCELLED, at, Reason.CUSTOMER),
    ]
    assert records(facts["stock"], "t", "d_reserved", kind=StockKind.RELEASED) == [(at, -1)]
    assert records(facts["requests"], "outcome", "reason") == [(Outcome.CANCELLED, Reason.CUSTOMER)]
    assert records(facts["costs"], "amount", component=Component.CARE) == [(5_000_000,)]
    assert len(facts["shipments"]["shipment"]) == 0


def test_once_picking_began_it_is_too_late_to_withdraw() -> None:
    facts = run(impatient((NOON, 1), (NOON + 10, PICK + 5)))
    # the first is being picked when its customer's patience ends; the second waits for the same picker
    assert audits.order_ends(facts) == {0: "complete", 1: "complete"}
    facts = run(impatient((NOON, 1), (NOON + 10, PICK - 20)))
    assert audits.order_ends(facts) == {0: "complete", 1: "cancelled"}


def test_a_split_order_of_which_one_part_is_begun_is_kept() -> None:
    stock = [[0, 5, 0, 0], [50, 0, 0, 0]]
    lines = [(0, 1), (1, 1)]
    # at 8:00 the warehouse works, the store does not open before 10:00
    facts = run(impatient((8 * HOUR, HOUR), lines=lines), stock=stock)
    assert audits.order_ends(facts) == {0: "complete"}
    facts = run(impatient((5 * HOUR, 30 * MINUTE), lines=lines), stock=stock)
    assert audits.order_ends(facts) == {0: "cancelled"}
    assert records(facts["events"], "node", "qty", kind=EventKind.RELEASED) == [(1, 1), (0, 1)]


def test_lines_that_wait_for_a_node_are_withdrawn_with_the_others() -> None:
    facts = run(impatient((NOON, HOUR)), review_s=4 * HOUR, sourcing={"hold_s": 9 * DAY})
    # decided at 16:00 only
    assert records(facts["events"], "kind", "t") == [(EventKind.PLACED, NOON), (EventKind.CANCELLED, NOON + HOUR)]


def test_a_withdrawn_collection_is_not_waited_for_at_the_counter() -> None:
    facts = run(impatient((21 * HOUR, HOUR), option=COLLECT, store=2))
    assert audits.order_ends(facts) == {0: "cancelled"}
    assert len(records(facts["events"], "t", kind=EventKind.COLLECTED)) == 0


def test_an_order_cools_down_before_it_is_sourced() -> None:
    facts = run(impatient((NOON, -1)), sourcing={"cool_down_s": 30 * MINUTE})
    assert records(facts["decisions"], "t") == [(NOON + 30 * MINUTE,)]
    assert records(facts["orders"], "t") == [(NOON,)]


def test_withdrawing_while_the_order_cools_down_costs_nothing() -> None:
    for patience, care in ((20 * MINUTE, []), (31 * MINUTE, [(5_000_000,)])):
        facts = run(impatient((NOON + 8 * HOUR, patience)), sourcing={"cool_down_s": 30 * MINUTE})
        assert records(facts["requests"], "outcome", "reason") == [(Outcome.CANCELLED, Reason.CUSTOMER)]
        assert records(facts["costs"], "amount", component=Component.CARE) == care


def test_second_thoughts_belong_to_the_customer_whatever_the_policy() -> None:
    thoughts = {"second_thoughts": SecondThoughts(share=0.3, mean_s=3 * HOUR)}
    withdrawn = []
    for policy in ("nearest", "warehouse_first"):
        # nobody works: every customer who changes their mind withdraws
        world = three_stores(pickers=0, stock=[[900] * 4] * 3, days=7, mechanisms=thoughts)
        facts = audits.run(world, policy, seed=4)
        withdrawn.append(sorted(records(facts["events"], "order", "t", kind=EventKind.CANCELLED)))
    assert withdrawn[0] == withdrawn[1]
    share = len({o for o, _ in withdrawn[0]}) / len(facts["orders"]["order"])
    assert 0.2 < share < 0.4


def test_a_longer_window_makes_more_of_the_withdrawals_free() -> None:
    free = []
    for minutes in (0, 15, 60, 240):
        mechanisms = {"second_thoughts": SecondThoughts(share=0.4, mean_s=HOUR)}
        world = three_stores(stock=[[900] * 4] * 3, mechanisms=mechanisms, sourcing={"cool_down_s": minutes * MINUTE})
        facts = audits.run(world, seed=4)
        audits.audit(world, facts)
        cancelled = {o for o, in records(facts["events"], "order", kind=EventKind.CANCELLED)}
        cared = {o for o, in records(facts["costs"], "order", component=Component.CARE)}
        free.append((len(cancelled), len(cancelled - cared)))
    assert [c for c, _ in free] == sorted(c for c, _ in free)  # nothing is picked meanwhile: more get away
    assert [f for _, f in free] == sorted(f for _, f in free)
    assert free[0][1] == 0 < free[1][1] < free[3][1]
