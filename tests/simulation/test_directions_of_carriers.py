"""Doors, surcharges, heavy goods, no-shows, returns, trips, cut-offs: turned up, they move figures as reason expects.

Two worlds that differ in one thing meet the same customers with the same luck; each direction must show in a paired
95 % interval that excludes zero.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import audits
import numpy as np
import pytest
import road_towns
from road_towns import BY_TWO, attempts, returns, surcharges, waiting, with_service
from scipy import stats
from towns import HOME_STANDARD, PARCEL_STANDARD, three_stores

from orchestrion.domain.codes import Disposition
from orchestrion.domain.offers import Offers
from orchestrion.domain.products import PLAIN, TWO_PERSON
from orchestrion.domain.world import Service, World
from orchestrion.kpis import measure
from orchestrion.units import HOUR

KPIS = (
    "contribution", "cost_to_serve", "co2e_per_order", "co2e_per_order_no_trip", "delivery_time_days", "orders",
    "refunds", "unconverted_share",
)  # fmt: skip
SEEDS = range(1, 5)


def home(**changes: object) -> World:
    """Two weeks, forty orders a day, all sent to the door, stock enough for all."""
    return town((1.0, 0.0, 0.0), **changes)


def town(shares: tuple[float, ...], **changes: object) -> World:
    """The same for other shares of home, next day and collection."""
    world = three_stores([[2000, 200, 200, 200]] * 3, online_per_day=40.0, **changes)  # type: ignore[arg-type]
    return replace(world, demand=replace(world.demand, option_shares=np.array(shares)))


def trip(share: float) -> World:
    world = town((0.0, 0.0, 1.0))
    return replace(world, emissions=replace(world.emissions, trip_share=share))


def doors(success: float) -> World:
    return with_service(home(), PARCEL_STANDARD, attempts=attempts(success))


def given_back(rate: float) -> World:
    world = home()
    return replace(world, returns=returns(world, rate))


def fuel(share: float) -> World:
    world = home()
    days = world.days + 40
    return with_service(world, PARCEL_STANDARD, surcharges=surcharges(world, fuel=np.full(days, share)))


def heavy(skus: int) -> World:
    """So many of the three SKUs take two people, who cost three times as much."""
    world = road_towns.more_ways(home())
    world = replace(world, demand=replace(world.demand, option_shares=np.array([1.0, 0.0, 0.0, 0.0, 0.0])))
    card = world.services[PARCEL_STANDARD].rate_card
    assert card is not None
    world = with_service(world, BY_TWO, rate_card=replace(card, price=card.price * 3))
    carried = np.array([TWO_PERSON] * skus + [PLAIN] * (3 - skus))
    return replace(world, products=replace(road_towns.products(world), carried=carried, from_stores=np.ones(3, bool)))


def absent(never: float) -> World:
    return replace(town((0.0, 0.0, 1.0)), collecting=waiting(never=never))


def cut_off(hours: int) -> World:
    """Orders after it count as placed on the next working day; a day later costs 8 % of the sales."""
    law = Offers(usual_fee=np.array([4.0, 9.0, 0.0]), usual_days=np.array([3.0, 1.0, 2.0]), per_day=0.08)
    world = home(mechanisms={"offers": law})

    def earlier(service: Service) -> Service:
        calls = tuple(tuple(t - (17 - hours) * HOUR for t in node) for node in service.collections)
        return replace(service, collections=calls)

    options = tuple(
        replace(option, cut_off_s=hours * HOUR) if option.id == HOME_STANDARD else option for option in world.options
    )
    services = tuple(earlier(s) if s.id == PARCEL_STANDARD else s for s in world.services)
    return replace(world, options=options, services=services)


# what is turned, from where to where, and which figures rise (+) or fall (-); = may not move at all
DIRECTIONS: dict[str, tuple[Callable[..., World], tuple[float, float], str]] = {
    "the customer's trip counted": (trip, (0.0, 1.0), "+co2e_per_order =co2e_per_order_no_trip =cost_to_serve"),
    "doors that stay closed": (
        doors, (1.0, 0.8), "+delivery_time_days +cost_to_serve +co2e_per_order -contribution",
    ),
    "what is given back": (given_back, (0.0, 0.3), "+cost_to_serve +co2e_per_order +refunds -contribution"),
    "fuel": (fuel, (0.0, 0.12), "+cost_to_serve -contribution =co2e_per_order =delivery_time_days"),
    "goods that take two people": (heavy, (0, 2), "+cost_to_serve -contribution"),
    "no-shows": (absent, (0.0, 0.2), "+restocked +refunds +cost_to_serve -contribution"),
    "the cut-off, earlier": (cut_off, (17, 9), "+delivery_time_days +unconverted_share -orders"),
}  # fmt: skip


@cache
def figures(turned: str, value: float) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Each figure by seed."""
    made, found = DIRECTIONS[turned][0](value), []
    for seed in SEEDS:
        facts = audits.run(made, "nearest", seed=seed)
        table = measure(facts, ("all",), list(KPIS))
        row: dict[str, float] = dict(zip(table["kpi"].tolist(), table["value"].tolist(), strict=True))
        back = facts["returns"]
        row["restocked"] = float(back["qty"][back["disposition"] == Disposition.RESTOCKED].sum())
        found.append(row)
    return {key: np.array([row.get(key, np.nan) for row in found]) for key in (*KPIS, "restocked")}


@pytest.mark.slow
@pytest.mark.parametrize("turned", DIRECTIONS)
def test_a_mechanism_turned_up_moves_the_figures_as_reason_expects(turned: str) -> None:
    _, (low, high), expected = DIRECTIONS[turned]
    before, after = figures(turned, low), figures(turned, high)
    for sign, key in ((word[0], word[1:]) for word in expected.split()):
        moved = after[key] - before[key]
        half = stats.t.ppf(0.975, len(moved) - 1) * moved.std(ddof=1) / len(moved) ** 0.5
        told = f"{turned}: {key} {before[key].mean():.4f} -> {after[key].mean():.4f}, {moved.mean():+.4f} +- {half:.4f}"
        if sign == "=":
            assert not moved.any(), told
        else:
            assert (moved.mean() if sign == "+" else -moved.mean()) > half, told


def test_whoever_waits_longer_for_the_earlier_cut_off_is_the_same_customer() -> None:
    """The same orders are a subset: nobody buys because it takes longer."""
    late, early = (
        {order for (order,) in audits.records(audits.run(cut_off(hours))["orders"], "order")} for hours in (17, 9)
    )
    assert early < late


