"""Claiming: who is asked, what stays reserved meanwhile, and what becomes of a shipment that nobody takes."""

from __future__ import annotations

from typing import Any

import audits
import numpy as np
import pytest
from audits import records
from towns import COLLECT, HOME_STANDARD, three_stores

from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Channel, Component, EventKind, Outcome, Reason, StockKind
from orchestrion.domain.world import World
from orchestrion.units import DAY, HOUR, MICRO, MINUTE

NOON = 12 * HOUR
PICK = 3 * MINUTE


def web(t: int, *lines: tuple[int, int], option: int = HOME_STANDARD, store: int = -1) -> Any:
    return (t, Channel.WEB, 0, option, store, list(lines) or [(0, 1)])


def asking(
    acceptance: tuple[float, float, float],
    *,
    wishes: list[Any],
    response_s: float = 600.0,
    timeout_s: int = HOUR,
    at_once: int = 1,
    exponential: bool = False,
    **changes: Any,
) -> World:
    """Three stores near the customer that are asked, and a warehouse far away that is not."""
    claiming = Claiming(
        asked=np.array([False, True, True, True]),
        acceptance=np.array([1.0, *acceptance]),
        response_s=np.full(4, response_s),
        request_cost=np.array([0, MICRO, 2 * MICRO, 3 * MICRO]),
        timeout_s=timeout_s,
        at_once=at_once,
        exponential=exponential,
    )
    return three_stores(wishes=wishes, mechanisms={"claiming": claiming}, **changes)


def life(facts: Any) -> list[tuple[EventKind, int, int]]:
    """(step, node, moment) of everything that happened."""
    return [(EventKind(k), n, t) for k, n, t in records(facts["events"], "kind", "node", "t")]


def test_a_store_that_accepts_picks_from_then_on() -> None:
    facts = audits.run(asking((1.0, 1.0, 1.0), wishes=[web(NOON)]))
    assert life(facts)[:5] == [
        (EventKind.PLACED, -1, NOON),
        (EventKind.SOURCED, 1, NOON),
        (EventKind.OFFERED, 1, NOON),
        (EventKind.ACCEPTED, 1, NOON + 600),
        (EventKind.PICKED, 1, NOON + 600 + PICK),
    ]


def test_a_warehouse_accepts_at_once() -> None:
    facts = audits.run(asking((1.0, 1.0, 1.0), wishes=[web(NOON)]), "warehouse_first")
    assert [step for step, _, _ in life(facts)[:3]] == [EventKind.PLACED, EventKind.SOURCED, EventKind.PICKED]


def test_a_store_that_refuses_is_passed_over_and_the_next_one_is_asked() -> None:
    facts = audits.run(asking((0.0, 0.0, 1.0), wishes=[web(NOON)]))
    assert life(facts)[1:11] == [
        (EventKind.SOURCED, 1, NOON), (EventKind.OFFERED, 1, NOON),
        (EventKind.REFUSED, 1, NOON + 600), (EventKind.RELEASED, 1, NOON + 600),
        (EventKind.SOURCED, 2, NOON + 600), (EventKind.OFFERED, 2, NOON + 600),
        (EventKind.REFUSED, 2, NOON + 1200), (EventKind.RELEASED, 2, NOON + 1200),
        (EventKind.SOURCED, 3, NOON + 1200), (EventKind.OFFERED, 3, NOON + 1200),
    ]  # fmt: skip
    assert records(facts["events"], "reason", kind=EventKind.REFUSED) == [(Reason.REFUSED,)] * 2
    assert records(facts["decisions"], "node", "hop") == [(1, 0), (2, 1), (3, 2)]
    costs = records(facts["costs"], "node", "amount", component=Component.CLAIMING)
    assert sorted(costs) == [(1, MICRO), (2, 2 * MICRO), (3, 3 * MICRO)]
    assert len(facts["shipments"]["shipment"]) == 1  # what nobody took never was a shipment


def test_no_answer_in_time_counts_opening_hours_only() -> None:
    # asked half an hour before closing at 19:00; the hour of the timeout ends at 10:30 the next morning
    facts = audits.run(asking((1.0, 1.0, 1.0), wishes=[web(18 * HOUR + 30 * MINUTE)], response_s=2 * HOUR))
    refused = records(facts["events"], "node", "t", "reason", kind=EventKind.REFUSED)
    first = DAY + 10 * HOUR + 30 * MINUTE
    assert refused[0] == (1, first, Reason.NOT_ACCEPTED)
    assert refused[1] == (2, first + HOUR, Reason.NOT_ACCEPTED)
    # after three hops the line would be cancelled; the warehouse, never asked, takes it at the third
    assert audits.order_ends(facts) == {0: "complete"}


def test_when_all_are_asked_in_vain_the_line_is_cancelled_saying_why() -> None:
    for response, reason in ((600.0, Reason.REFUSED), (2.0 * HOUR, Reason.NOT_ACCEPTED)):
        world = asking((0.0, 0.0, 0.0), wishes=[web(NOON)], response_s=response, sourcing={"max_hops": 2})
        facts = audits.run(world)
        assert records(facts["requests"], "outcome", "reason") == [(Outcome.CANCELLED, reason)]
        assert int(facts["stock"]["d_reserved"].sum()) == 0


def test_units_stay_reserved_at_the_store_that_is_asked_and_nowhere_else() -> None:
    facts = audits.run(asking((0.0, 1.0, 1.0), wishes=[web(NOON)]))
    moves = records(facts["stock"], "t", "node", "kind", "d_reserved")
    assert [m for m in moves if m[2] in (StockKind.RESERVED, StockKind.RELEASED, StockKind.PICKED)] == [
        (NOON, 1, StockKind.RESERVED, 1),
        (NOON + 600, 1, StockKind.RELEASED, -1),
        (NOON + 600, 2, StockKind.RESERVED, 1),
        (NOON + 1200 + PICK, 2, StockKind.PICKED, -1),
    ]


def test_stores_that_compete_all_hold_the_units_until_one_accepts() -> None:
    # the nearest refuses after ten minutes; of the other two the second nearest is written down first
    facts = audits.run(asking((0.0, 1.0, 1.0), wishes=[web(NOON, (0, 2))], at_once=3))
    assert life(facts)[1:8] == [
        (EventKind.SOURCED, 1, NOON), (EventKind.OFFERED, 1, NOON), (EventKind.OFFERED, 2, NOON),
        (EventKind.OFFERED, 3, NOON), (EventKind.REFUSED, 1, NOON + 600), (EventKind.ACCEPTED, 2, NOON + 600),
        (EventKind.PICKED, 2, NOON + 600 + PICK),
    ]  # fmt: skip
    moves = records(facts["stock"], "t", "node", "kind", "d_reserved")
    assert [m for m in moves if m[2] in (StockKind.RESERVED, StockKind.RELEASED, StockKind.PICKED)] == [
        (NOON, 1, StockKind.RESERVED, 2),
        (NOON, 2, StockKind.RESERVED, 2),
        (NOON, 3, StockKind.RESERVED, 2),
        (NOON + 600, 1, StockKind.RELEASED, -2),
        (NOON + 600, 3, StockKind.RELEASED, -2),
        (NOON + 600 + PICK, 2, StockKind.PICKED, -2),
    ]
    assert records(facts["shipments"], "node", "units", "distance") == [(2, 2, 20_000)]
    # everybody who was asked had to look, and one hop was enough
    assert sum(a for a, in records(facts["costs"], "amount", component=Component.CLAIMING)) == 6 * MICRO
    assert max(facts["events"]["hop"].tolist()) == 0


def test_only_stores_with_every_unit_compete() -> None:
    stock = [[50, 5, 1, 5], [50, 5, 5, 5]]
    facts = audits.run(asking((0.0, 1.0, 1.0), wishes=[web(NOON, (0, 2), (1, 1))], at_once=2, stock=stock))
    assert [n for n, in records(facts["events"], "node", kind=EventKind.OFFERED)] == [1, 3]


def test_when_all_competitors_refuse_it_is_one_hop() -> None:
    facts = audits.run(asking((0.0, 0.0, 1.0), wishes=[web(NOON)], at_once=2))
    assert [(s, n) for s, n, _ in life(facts)[4:9]] == [
        (EventKind.REFUSED, 1), (EventKind.REFUSED, 2), (EventKind.RELEASED, 2), (EventKind.SOURCED, 3),
        (EventKind.OFFERED, 3),
    ]  # fmt: skip
    assert records(facts["decisions"], "node", "hop") == [(1, 0), (3, 1)]


def test_a_collection_store_asked_for_its_own_customer_has_no_competitors() -> None:
    facts = audits.run(asking((1.0, 1.0, 1.0), wishes=[web(NOON, option=COLLECT, store=2)], at_once=3))
    assert [n for n, in records(facts["events"], "node", kind=EventKind.OFFERED)] == [2]
    # nor has a store that sends the goods there
    elsewhere = [[50, 5, 0, 5]]
    world = asking((1.0, 1.0, 1.0), wishes=[web(NOON, option=COLLECT, store=2)], at_once=3, stock=elsewhere)
    assert len(records(audits.run(world)["events"], "node", kind=EventKind.OFFERED)) == 1


def test_a_request_not_answered_yet_counts_against_the_daily_cap() -> None:
    wishes = [web(NOON), web(NOON + 1)]
    facts = audits.run(asking((1.0, 1.0, 1.0), wishes=wishes, nodes={"store_1": {"daily_orders": 1}}))
    assert dict(records(facts["decisions"], "order", "node")) == {0: 1, 1: 2}


def test_the_same_store_gives_the_same_answer_to_the_same_wish_whoever_asks_before() -> None:
    wishes = [web(9 * HOUR + i * MINUTE) for i in range(5)]
    plenty = [[50, 50, 50, 50]]
    settings: dict[str, Any] = {"wishes": wishes, "exponential": True, "stock": plenty, "sourcing": {"max_hops": 9}}
    one = audits.run(asking((0.5, 0.5, 0.5), **settings), seed=5)
    other = audits.run(asking((0.5, 0.5, 0.5), at_once=3, **settings), seed=5)
    answers = (EventKind.ACCEPTED, EventKind.REFUSED)
    said = {(o, n): k for o, n, k in records(one["events"], "order", "node", "kind") if k in answers}
    again = {(o, n): k for o, n, k in records(other["events"], "order", "node", "kind") if k in answers}
    both = sorted(set(said) & set(again))
    assert len(both) >= 5
    assert all(said[key] == again[key] for key in both)


@pytest.mark.parametrize("at_once", [1, 2])
def test_more_refusals_mean_more_hops_and_later_picks(at_once: int) -> None:
    """Paired: the same customers, the same luck; only the threshold of a yes moves."""
    hops, ready, costs = [], [], []
    for acceptance in (1.0, 0.8, 0.5, 0.2):
        world = asking(
            (acceptance,) * 3, wishes=None, at_once=at_once, exponential=True, stock=[[500, 90, 90, 90]] * 3, days=7
        )  # type: ignore[arg-type]
        facts = audits.run(world, seed=9)
        audits.audit(world, facts)
        hops.append(float(facts["shipments"]["hop"].mean()))
        placed = dict(records(facts["orders"], "order", "t"))
        waits = [t - placed[o] for o, t in records(facts["shipments"], "order", "picked_t")]
        ready.append(float(np.mean(waits)))
        costs.append(int(facts["costs"]["amount"][facts["costs"]["component"] == Component.CLAIMING].sum()))
    assert hops == sorted(hops)
    assert hops[0] < hops[1] < hops[3]
    assert ready == sorted(ready)
    assert costs == sorted(costs)
