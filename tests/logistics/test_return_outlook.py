"""What is still to come back, against every story that could have led to what was seen, told one by one."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pytest
from road_towns import returns
from shipped import facts
from towns import three_stores

from orchestrion.domain.codes import Component, EventKind, Reason
from orchestrion.domain.facts import Table
from orchestrion.domain.world import World
from orchestrion.logistics.still_due import due_back, written_down
from orchestrion.units import DAY, HOUR, MICRO, PPM

RATE = np.array([0.5, 0.2, 0.7])
DAYS = (0.2, 0.0, 0.3, 0.1, 0.4)
QTY = (1, 2, 1)


class Story(NamedTuple):
    """One way in which an order of three lines may go: how likely it is, what is seen of it, what comes afterwards."""

    probability: float
    seen: frozenset[tuple[int, str]]  # (line, way) given back before the end
    later: frozenset[tuple[int, str]]


def stories(world: World, has_t: tuple[int, int, int]) -> list[Story]:
    """All of them, from the laws as the model tells them: a delay, a way, and luck for each line."""
    found = []
    calendar = world.nodes[1].calendar
    for (days, p), way in itertools.product(enumerate(DAYS), ("store", "post")):
        moments = []
        for received in has_t:
            t = received + max(HOUR, days * DAY)
            opens = calendar.next_open(t) if way == "store" else t
            moments.append(received >= 0 and opens is not None and opens < world.end_s)
        for kept in itertools.product((True, False), repeat=3):
            chance = np.prod([1 - r if k else r for r, k in zip(RATE, kept, strict=True)])
            back = [(line, way) for line in range(3) if not kept[line]]
            seen = frozenset(one for one in back if moments[one[0]])
            found.append(Story(0.5 * p * float(chance), seen, frozenset(back) - seen))
    return found


def facts_of(seen: frozenset[tuple[int, str]], has_t: tuple[int, int, int]) -> dict[str, Table]:
    """Two parcels, the first with two lines; what was given back was inspected at once."""
    parcel = (0, 0, 1)
    events = [
        {"kind": EventKind.PICKED, "order": 7, "line": n, "shipment": parcel[n], "qty": QTY[n]} for n in range(3)
    ]
    for shipment, t in ((0, has_t[0]), (1, has_t[2])):
        if t >= 0:
            events.append({"kind": EventKind.DELIVERED, "order": 7, "shipment": shipment, "t": t})
    went = {"store": -1, "post": 0}
    back = [
        {"order": 7, "line": n, "shipment": parcel[n], "sku": n, "qty": QTY[n], "reason": Reason.RETURNED} | {
            "service": went[way]
        }
        for n, way in sorted(seen)
    ]
    return {
        "orders": facts("orders", [{"order": 7, "t": 0, "place": 0, "fee": 4 * MICRO}]),
        "lines": facts("lines", [{"order": 7, "line": n, "sku": n, "qty": QTY[n]} for n in range(3)]),
        "shipments": facts("shipments", [{"order": 7, "shipment": s, "picked_t": 1, "units": 1} for s in (0, 1)]),
        "events": facts("events", events),
        "returns": facts("returns", back),
    }


CASES = [
    (9 * DAY + 3 * HOUR, (6 * DAY + 9 * HOUR, 6 * DAY + 9 * HOUR, 8 * DAY + 10 * HOUR)),
    (13 * DAY + 12 * HOUR, (9 * DAY + 9 * HOUR, 9 * DAY + 9 * HOUR, 12 * DAY)),  # on a Sunday: stores are closed
    (9 * DAY, (8 * DAY, 8 * DAY, -1)),  # the second parcel has not arrived
    (9 * DAY, (2 * DAY, 2 * DAY, 9 * DAY - HOUR // 2)),  # the first has been there for the longest delay
]


@pytest.mark.parametrize(("end", "has_t"), CASES)
def test_expectations_are_those_over_all_stories_that_look_the_same(end: int, has_t: tuple[int, int, int]) -> None:
    world = three_stores(days=14, run_off_days=14)
    law = returns(world, store_share=0.5, rate=RATE, days=DAYS, restock=np.array([0.5, 1.0, 0.0]))
    world = replace(world, returns=law, horizon_s=end, run_off_s=0)
    by_sight: dict[frozenset[tuple[int, str]], list[Story]] = defaultdict(list)
    for story in stories(world, has_t):
        by_sight[story.seen].append(story)
    assert len(by_sight) > 4
    for seen, alike in by_sight.items():
        whole = sum(story.probability for story in alike)
        if not whole:
            continue
        due, accruals, measured = due_back(world, facts_of(seen, has_t), facts("returns", []))
        closed = written_down(world, [measured], np.zeros((3, 4), np.int32))
        accruals = {name: np.concatenate([accruals[name], closed[name]]) for name in accruals}
        expected: dict[Any, float] = defaultdict(float)
        for story in alike:
            chance = story.probability / whole
            for line, way in story.later:
                expected[line, way] += chance * QTY[line]
                expected[Component.INSPECTION] += chance * QTY[line] * 0.6  # two minutes at 18 EUR an hour
                expected[Component.RETURN_WRITE_OFF] += (
                    chance * QTY[line] * (1 - law.restock[line]) * world.skus.cost[line] / MICRO
                )
            for parcel in ((0, 1), (2,)):
                grams = sum(QTY[n] * int(world.skus.mass[n]) for n in parcel if (n, "post") in story.later)
                expected[Component.RETURN_CARRIAGE] += chance * price(world, grams)
            if len(story.seen | story.later) == 3 and story.later:
                expected[Component.FEE] += chance * 4
        ways = {-1: "store", 0: "post"}
        told = {
            (int(line), ways[int(service)]): units / PPM
            for line, service, units in zip(due["line"], due["service"], due["units_ppm"], strict=True)
        }
        for component in (Component.INSPECTION, Component.RETURN_WRITE_OFF, Component.RETURN_CARRIAGE, Component.FEE):
            told[component] = int(accruals["amount"][accruals["component"] == component].sum()) / MICRO  # type: ignore[index]
        for key in {*expected, *told}:
            assert told.get(key, 0.0) == pytest.approx(expected[key], abs=3e-6), (sorted(seen), key)  # type: ignore[call-overload]


def price(world: World, grams: int) -> float:
    """A parcel of 100 km on the town's card, in euros."""
    card = world.services[0].rate_card
    assert card is not None
    if not grams:
        return 0.0
    band = sum(grams > limit for limit in card.up_to_g.tolist())
    column = sum(limit < 100_000 for limit in card.up_to_m.tolist())
    return int(card.price[column, band]) / MICRO
