"""Towns where carriers, doors, counters and customers' second thoughts are switched on, by hand, with round numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from towns import COLLECT, HOME_J1, HOME_STANDARD, PARCEL_STANDARD, three_stores

from orchestrion.domain.calendar import Calendar
from orchestrion.domain.carriers import Attempts, Courier, Surcharges
from orchestrion.domain.collecting import PickupPoints, Waiting
from orchestrion.domain.products import BULKY, PLAIN, TWO_PERSON, Products
from orchestrion.domain.returns import Returns
from orchestrion.domain.world import Option, Service, World
from orchestrion.units import DAY, HOUR, MICRO

PICKUP, SAME_DAY = 3, 4  # rows of World.options added to those of every town
BY_POINT, BY_COURIER, BY_TWO = 4, 5, 6  # rows of World.services added


def waiting(never: float = 0.0, days: tuple[float, ...] = (0.5, 0.5), keep_days: int = 7) -> Waiting:
    """Half come on the day itself, half on the next, all of them."""
    return Waiting(days=days, never=never, keep_days=keep_days)


def points(world: World, **law: Any) -> PickupPoints:
    """Pickup points open from 9 to 19 on weekdays, a kilometre away."""
    days = [d for d in range(world.days + 40) if d % 7 != 6]
    calendar = Calendar([d * DAY + 9 * HOUR for d in days], [d * DAY + 19 * HOUR for d in days])
    return PickupPoints(calendar=calendar, trip_m=2_000, waiting=waiting(**law))


def attempts(success: float = 0.8, most: int = 2, *, to_pickup_point: bool = False) -> Attempts:
    """Nobody opens at one door in five; each stop more costs an euro, the way back half the carriage."""
    return Attempts(success=success, most=most, to_pickup_point=to_pickup_point, fee=MICRO, back=0.5)


def surcharges(world: World, **changes: Any) -> Surcharges:
    """Nothing is added, until a field is changed."""
    days = world.days + 40
    plain = Surcharges(
        fuel=np.zeros(days), saturday=np.zeros(days, np.int64), remote=np.zeros(len(world.zones), np.int64)
    )
    return replace(plain, **changes)


def returns(world: World, rate: float = 0.3, **changes: Any) -> Returns:
    """Three lines in ten come back after two days, half of them to a store; nine in ten are as new."""
    count = len(world.skus)
    plain = Returns(
        rate=np.full(count, rate),
        days=(0.0, 0.0, 1.0),
        store_share=0.5,
        takes=np.ones(len(world.nodes), bool),
        service=PARCEL_STANDARD,
        restock=np.full(count, 0.9),
        inspect_s=120,
        refund_fee=True,
    )
    return replace(plain, **changes)


def with_service(world: World, service: int, **changes: Any) -> World:
    """One service changed."""
    services = [replace(s, **changes) if s.id == service else s for s in world.services]
    return replace(world, services=tuple(services))


def more_ways(world: World, **law: Any) -> World:
    """Pickup points and a courier beside the usual options; two people carry what is heavy.

    The courier drives 10 m/s after a quarter of an hour, from 9 to 20, up to 15 km, for 7 EUR and 0.50 EUR a kilometre.
    """
    standard = world.services[PARCEL_STANDARD]
    everywhere = tuple((0,) for _ in world.nodes)
    courier = Courier(
        radius_m=15_000, speed_m_s=10.0, handling_s=900, fixed=7 * MICRO, per_km=MICRO // 2, returns_empty=0.5
    )
    services: tuple[Service, ...] = (
        *world.services,
        replace(standard, id=BY_POINT, key="pickup", label="Pickup point", kind="pickup"),
        replace(
            standard, id=BY_COURIER, key="courier", label="Courier", kind="courier", rate_card=None, courier=courier,
            delivers_from_s=9 * HOUR, delivers_to_s=20 * HOUR, collections=everywhere,
        ),
        replace(standard, id=BY_TWO, key="two_person", label="Two people", transit=(0.0, 0.0, 0.0, 1.0)),
    )  # fmt: skip
    home = world.options[HOME_STANDARD]
    options: tuple[Option, ...] = (
        replace(home, bulky=PARCEL_STANDARD, two_person=BY_TWO),
        *world.options[1:],
        replace(home, id=PICKUP, key="pickup_point", label="Pickup point", service=BY_POINT, fee=3 * MICRO),
        replace(
            home, id=SAME_DAY, key="same_day", label="Same day", service=BY_COURIER, fee=10 * MICRO,
            cut_off_s=14 * HOUR, promise_days=0, promise_at_s=21 * HOUR,
        ),
    )  # fmt: skip
    shares = np.array([0.4, 0.1, 0.2, 0.2, 0.1])
    return replace(
        world,
        services=services,
        options=options,
        demand=replace(world.demand, option_shares=shares),
        pickup_points=points(world, **law),
    )


def products(world: World, **changes: Any) -> Products:
    """The shirt is plain, the jeans are bulky, the coat takes two people and is not sent from stores."""
    plain = Products(
        carried=np.array([PLAIN, BULKY, TWO_PERSON][: len(world.skus)]),
        from_stores=np.array([True, True, False][: len(world.skus)]),
    )
    return replace(plain, **changes)


def restless(**changes: Any) -> World:
    """Everything at once: closed doors, no-shows, pickup points, couriers, heavy goods, returns."""
    settings: dict[str, Any] = {
        "stock": [[200, 9, 9, 9]] * 3,
        "online_per_day": 40.0,
        "pick_success": 0.95,
        "walk_ins": (0.0, 3.0, 3.0, 3.0),
        "days": 21,
        "run_off_days": 14,
        "demand": {"units": np.array([0.8, 0.2]), "lines": np.array([0.5, 0.3, 0.2])},
    }
    world = more_ways(three_stores(**(settings | changes)), never=0.15)
    world = with_service(world, PARCEL_STANDARD, attempts=attempts(0.6))
    world = with_service(world, HOME_J1, attempts=attempts(0.6, 1, to_pickup_point=True))
    return replace(
        world, collecting=waiting(never=0.15), products=products(world), returns=returns(world)
    )


__all__ = ["BY_COURIER", "BY_POINT", "BY_TWO", "COLLECT", "PICKUP", "SAME_DAY", "restless"]
