"""One parcel or several: the least over all partings, and tariffs that never reward parting."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from road_towns import surcharges, with_service
from towns import PARCEL_STANDARD, rate_card, three_stores

from orchestrion.bundled import table_path
from orchestrion.domain.carriers import RateCard
from orchestrion.logistics.carriers import read_card
from orchestrion.logistics.cost import band_price
from orchestrion.logistics.parting import Part, cheapest_parting, dearest_joint, parting_may_pay, parts_of
from orchestrion.units import MICRO

BOX = 450_000
LIGHT_IS_CHEAP = rate_card([1000, 2000], [], [[2.0, 9.0]], 1.0)  # two kilograms apart: 4 EUR and a box more
PARCELS = ("parcel_standard", "parcel_express", "parcel_pickup", "parcel_zones")


def shipped(name: str) -> RateCard:
    return read_card(table_path(f"carriers/{name}.csv")).card


def partings(units: Part) -> list[list[Part]]:
    """Every way to part, by brute force: a first parcel, and every way to part the rest."""
    if not any(units):
        return [[]]
    found = []
    for part in product(*(range(qty + 1) for qty in units)):
        if any(part):
            rest = tuple(a - b for a, b in zip(units, part, strict=True))
            found += [[part, *others] for others in partings(rest)]
    return found


@pytest.mark.parametrize("units", [(1,), (3,), (2, 1), (1, 1, 1), (2, 2), (1, 3)])
def test_the_cheapest_parting_is_the_least_of_all_of_them(units: Part) -> None:
    rng = np.random.default_rng(7)
    for _ in range(20):
        prices = {part: int(rng.integers(1, 100)) for part in product(*(range(qty + 1) for qty in units))}
        least = min(sum(prices[part] for part in parting) for parting in partings(units))
        assert cheapest_parting(units, prices.__getitem__) == least
    assert parts_of(units) == len(prices) - 1


@pytest.mark.parametrize("name", PARCELS)
def test_two_parcels_on_a_shipped_card_never_cost_less_than_one(name: str) -> None:
    assert dearest_joint(shipped(name), BOX) <= 0


def test_heavy_goods_may_on_the_card_of_two_people() -> None:
    card = shipped("two_person")
    assert dearest_joint(card, BOX, most_g=250_000) <= 0
    # 100 kg and 200 kg apart: 58.50 + 80.10 EUR; 300 kg together: 80.10 + 100 x 0.60 EUR
    assert dearest_joint(card, BOX, most_g=300_000) == round((140.1 - 138.6) * MICRO) - BOX


@pytest.mark.parametrize("most_g", [None, 900, 1500, 2400, 9000])
@pytest.mark.parametrize("card", [*map(shipped, PARCELS), LIGHT_IS_CHEAP, shipped("two_person")])
def test_the_dearest_joint_parcel_is_found_by_trying_all_weights(card: RateCard, most_g: int | None) -> None:
    top = most_g if most_g is not None else 3 * int(card.up_to_g[-1])
    step = max(top // 300, 1)
    grams = np.unique(np.concatenate([np.arange(1, top, step), card.up_to_g[card.up_to_g < top]]))
    a, b = (grid.ravel() for grid in np.meshgrid(grams, grams))
    a, b = a[a + b <= top], b[a + b <= top]
    tried = (band_price(card, a + b) - band_price(card, a) - band_price(card, b)).max() - BOX
    assert tried <= dearest_joint(card, BOX, most_g=most_g)
    if most_g is None:
        assert tried == dearest_joint(card, BOX)


def test_a_card_that_rewards_light_parcels_is_found_out_and_told() -> None:
    assert dearest_joint(LIGHT_IS_CHEAP, BOX) == 5 * MICRO - BOX
    assert dearest_joint(LIGHT_IS_CHEAP, 5 * MICRO) == 0  # boxes as dear as that speak against it
    assert dearest_joint(LIGHT_IS_CHEAP, BOX, most_g=1000) < 0
    town = with_service(three_stores(), PARCEL_STANDARD, rate_card=LIGHT_IS_CHEAP)
    assert parting_may_pay(town, 2000) == "parcel_standard: two light parcels may cost less than a heavy one"
    assert parting_may_pay(town, 1000) == ""
    assert parting_may_pay(three_stores(), 5000) == ""
    # 5 kg and 1 kg to a far address: 8 + 5 EUR and a box of 0.50, together 14
    assert parting_may_pay(three_stores(), 6000) != ""


def test_a_surcharge_on_bulky_parcels_rewards_parting_unless_nothing_is_bulky() -> None:
    world = three_stores()
    bulky = surcharges(world, bulky=20 * MICRO, bulky_over_g=3000, bulky_over_cm3=90_000)
    town = with_service(world, PARCEL_STANDARD, surcharges=bulky)
    assert parting_may_pay(town, 4000, 1000) == "parcel_standard: two small parcels may cost less than a bulky one"
    assert parting_may_pay(town, 2000, 99_000) != ""
    assert parting_may_pay(town, 2000, 1000) == ""
    cheap = with_service(world, PARCEL_STANDARD, surcharges=replace(bulky, bulky=MICRO))
    assert parting_may_pay(cheap, 4000, 1000) == ""


def test_columns_that_cross_are_told() -> None:
    crossing = rate_card([1000, 2000], [50], [[4.0, 7.0], [5.0, 6.0]], 1.0)
    town = with_service(three_stores(), PARCEL_STANDARD, rate_card=crossing)
    assert "one column is cheaper for light parcels" in parting_may_pay(town, 2000)
