"""How long goods made ready wait for the customer, and where they wait when no store of ours is involved."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrion.domain.calendar import Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The customer's delay, and the shop's patience."""

    days: tuple[float, ...]  # probability of coming 0, 1, 2, ... days after being told that all is ready
    never: float  # probability of not coming at all
    keep_days: int  # calendar days after which the goods go back
    refund_fee: bool = True  # the delivery fee is given back with the price


@dataclass(frozen=True, slots=True, kw_only=True)
class PickupPoints:
    """Shops and lockers of the carrier's network near every address."""

    calendar: Calendar  # when they are open
    trip_m: int  # the customer's way there and back along the road, metres
    waiting: Waiting
