"""One parcel or several: the cheapest way to part an order, and whether a World's tariffs ever reward parting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import prod

import numpy as np

from orchestrion.domain.carriers import RateCard, Surcharges
from orchestrion.domain.world import World
from orchestrion.logistics.cost import band_price

Part = tuple[int, ...]  # units of each line that travel together


def parts_of(units: Sequence[int]) -> int:
    """How many different parcels could be packed from so many units of each line.

    >>> parts_of((1, 2))     # the shirt or not, with none, one or two pairs of jeans; but not an empty box
    5
    """
    return prod(qty + 1 for qty in units) - 1


def cheapest_parting(units: Sequence[int], price: Callable[[Part], int]) -> int:
    """The least that an order costs, however it is parted: the exact optimum, by dynamic programming over what is left.

    Parameters
    ----------
    units
        Units of each line, all to be sent.
    price
        Micro-euros of one shipment with so many units of each line.

    >>> cheapest_parting((1, 1), lambda part: 5 if sum(part) == 1 else 11)     # two light ones for the price of ten
    10
    """
    whole = tuple(units)
    least: dict[Part, int] = {(0,) * len(whole): 0}
    prices: dict[Part, int] = {}
    for left in product(*(range(qty + 1) for qty in whole)):  # in this order every rest is known before
        if left in least:
            continue
        prices[left] = price(left)
        first = next(line for line, qty in enumerate(left) if qty)
        # the parcel with a unit of the first line: every parting has one
        ranges = [range(1 if line == first else 0, qty + 1) for line, qty in enumerate(left)]
        least[left] = min(
            prices[part] + least[tuple(a - b for a, b in zip(left, part, strict=True))] for part in product(*ranges)
        )
    return least[whole]


def dearest_joint(
    card: RateCard,
    box: int,
    extra: Surcharges | None = None,
    *,
    most_g: int | None = None,
    most_cm3: int | None = None,
) -> int:
    """The most that one parcel may cost above two with the same goods, micro-euros; zero or less: parting never pays.

    Prices are steps that never fall with the weight, so the limits of the weight bands say it all: two parcels just at
    their limits weigh the most for what they cost. Above the last band each kilogram begun costs the same, and its
    limit stands for all of them.

    Parameters
    ----------
    box
        What each parcel costs besides carriage: box and filling, micro-euros.
    extra
        What the carrier adds to the card. A big parcel may pay for being bulky where two small ones do not; what is
        charged for every parcel only speaks against parting and is left out.
    most_g, most_cm3
        Nothing heavier or larger is ever sent together [g, cm3]; without limit when left out.
    """
    limits = card.up_to_g
    joint = limits[:, None] + limits[None, :]
    if most_g is not None:
        joint = np.minimum(joint, most_g)  # bands too heavy for it cost more apart than lighter ones: no harm
    apart = band_price(card, limits)
    dearest = int((band_price(card, joint) - apart[:, :, None] - apart[:, None, :]).max())
    if extra is None:
        return dearest - box
    light = most_g is not None and most_g <= extra.bulky_over_g
    small = most_cm3 is not None and most_cm3 <= extra.bulky_over_cm3
    invoiced = dearest * (1.0 - extra.rebate) + (0 if light and small else extra.bulky)
    return max(int(np.ceil(invoiced * (1.0 + fuel))) for fuel in (extra.fuel.min(), extra.fuel.max())) - box


def _ranked(card: RateCard) -> bool:
    """Whether, of any two columns, one is never dearer than the other: the near address, the cheap zone."""
    never_dearer = (card.price[:, None, :] <= card.price[None, :, :]).all(axis=2)
    return bool((never_dearer | never_dearer.T).all())


def parting_may_pay(world: World, most_g: int | None = None, most_cm3: int | None = None) -> str:
    """Where an order may be cheaper in several parcels than in one; "" where the tariffs exclude it.

    They do when each column of each rate card, with packaging, prices two parcels at no less than one with the goods of
    both, and when no column is the cheap one for light parcels and the dear one for heavy ones. A courier's trip and a
    place on a tour cost the same whatever they carry.

    Parameters
    ----------
    most_g, most_cm3
        What an order weighs and fills at most [g, cm3]; without limit when left out.
    """
    box = world.economics.packaging_parcel
    for service in world.services:
        card = service.rate_card
        if card is None:
            continue
        if dearest_joint(card, box, most_g=most_g) > 0:
            return f"{service.key}: two light parcels may cost less than a heavy one"
        if dearest_joint(card, box, service.surcharges, most_g=most_g, most_cm3=most_cm3) > 0:
            return f"{service.key}: two small parcels may cost less than a bulky one"
        if not _ranked(card):
            return f"{service.key}: one column is cheaper for light parcels, another for heavy ones"
    return ""
