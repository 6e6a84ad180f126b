"""Small Worlds built by hand, whose numbers can be checked in the head: for our tests and other people's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.domain.calendar import BusinessDays, Calendar
from orchestrion.domain.carriers import RateCard
from orchestrion.domain.codes import Role
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.requests import Requests
from orchestrion.domain.world import (
    Demand,
    Economics,
    Emissions,
    Geography,
    Node,
    Option,
    Places,
    Reactions,
    Replenishment,
    Service,
    Skus,
    Sourcing,
    World,
)
from orchestrion.units import DAY, HOUR, MICRO

HOME_STANDARD, HOME_J1, COLLECT = 0, 1, 2  # rows of World.options in every town
PARCEL_STANDARD, PARCEL_EXPRESS, SHUTTLE, COUNTER = 0, 1, 2, 3  # rows of World.services

# a wish: (moment [s], channel, place, option, collection store or the walk-in's store, ((sku, units), ...))
Wish = tuple[int, int, int, int, int, Sequence[tuple[int, int]]]


def _frozen(values: ArrayLike, dtype: Any) -> NDArray[Any]:
    array = np.array(values, dtype)
    array.setflags(write=False)  # whoever writes into a World is found out at once
    return array


def _line_distances(a: Sequence[float], b: Sequence[float]) -> NDArray[np.int32]:
    metres = np.abs(np.asarray(a, float)[:, None] - np.asarray(b, float)[None, :]) * 1000
    return _frozen(np.rint(metres), np.int32)


def _degrees(km: float) -> float:
    return km / (6371.0088 * np.pi / 180)  # along the equator, where a line of longitude is a ruler


def rate_card(
    bands_g: Sequence[int], limits_km: Sequence[float], euros: Sequence[Sequence[float]], extra: float
) -> RateCard:
    """A tariff in people's units: weight bands [g], distance limits [km], prices [EUR] by (distance, band)."""
    return RateCard(
        up_to_g=_frozen(bands_g, np.int64),
        up_to_m=_frozen([round(km * 1000) for km in limits_km], np.int64),
        price=_frozen(np.rint(np.array(euros) * MICRO), np.int64),
        extra_per_kg=round(extra * MICRO),
    )


def replay(wishes: Iterable[Wish]) -> Requests:
    """Wishes written by hand as the columns that replace the online generator."""
    ordered = sorted(wishes, key=lambda wish: wish[0])
    heads = np.array([wish[:5] for wish in ordered], np.int64).reshape(-1, 5)
    lines = np.array([line for wish in ordered for line in wish[5]], np.int64).reshape(-1, 2)
    t, channel, place, option, node = heads.T
    counts = np.array([len(wish[5]) for wish in ordered], np.int64)
    for_ever = np.full(len(ordered), -1, np.int64)
    return Requests(0, 0, t, channel, place, option, node, for_ever, counts, lines[:, 0], lines[:, 1])


def order(
    id: int = 0,
    lines: Sequence[tuple[int, int]] = ((0, 1),),
    *,
    place: int = 0,
    option: int = HOME_STANDARD,
    collect_at: int = -1,
    t: int = 10 * HOUR,
    promised_t: int = 3 * DAY + 19 * HOUR,
    excluded: Sequence[int] = (),
) -> Order:
    """An order slip from (sku, units) pairs."""
    slips = tuple(Line(id, number, sku, qty, 100 * id + number) for number, (sku, qty) in enumerate(lines))
    return Order(id, t, 0, place, option, collect_at, promised_t, slips, excluded=tuple(excluded))


def town(
    *,
    stock: ArrayLike,
    node_km: Sequence[float],
    place_km: Sequence[float],
    warehouses: int = 1,
    name: str = "town",
    prices: Sequence[float] = (20.0, 50.0, 100.0),
    costs: Sequence[float] = (8.0, 20.0, 60.0),
    grams: Sequence[int] = (300, 600, 2000),
    cm3: Sequence[int] = (1000, 2000, 20_000),
    agency_km: Sequence[float] = (15.0, 65.0),
    days: int = 14,
    warm_up_days: int = 0,
    run_off_days: int = 14,
    protected: ArrayLike = 0,
    low: ArrayLike = -1,
    up_to: ArrayLike | None = None,
    online_per_day: float = 20.0,
    walk_ins: Sequence[float] | float = 0.0,
    wishes: Iterable[Wish] | None = None,
    pickers: int = 1,
    pick_success: float = 1.0,
    daily_orders: int = -1,
    review_s: int = 0,
    policy: Mapping[str, Any] | None = None,
    nodes: Mapping[str, Mapping[str, Any]] | None = None,
    demand: Mapping[str, Any] | None = None,
    reactions: Mapping[str, Any] | None = None,
    replenishment: Mapping[str, Any] | None = None,
    sourcing: Mapping[str, Any] | None = None,
    economics: Mapping[str, Any] | None = None,
    emissions: Mapping[str, Any] | None = None,
    mechanisms: Mapping[str, Any] | None = None,
) -> World:
    """A World on a straight road along the equator: distances are differences of kilometre posts.

    Monday to Saturday everywhere; stores open 10:00-19:00, warehouses 6:00-20:00; the carrier calls at 17:00 (express
    16:00) and delivers two (express: one) working days later at 12:00, the shuttle leaves at 8:00 and arrives the next
    working day at 9:00. No walk-ins, no reordering, every unit found, unless asked for.

    Parameters
    ----------
    stock
        Units by SKU and node, shape (S, N); the first `warehouses` nodes are warehouses, the others stores.
    node_km, place_km, agency_km
        Kilometre posts of the nodes, the delivery addresses and the carrier's two agencies.
    prices, costs, grams, cm3
        One entry for each SKU (surplus entries are ignored).
    up_to
        Replenishment targets; the opening stock when left out, so that nothing is overstocked.
    walk_ins
        Purchase intents on an average day, one number for all stores or one for each node.
    wishes
        Orders of the web written by hand (see `replay`) in place of drawn ones.
    pickers, pick_success, daily_orders
        For every node; change one node with `nodes={"store_1": {"pickers": 2}}`.
    demand, reactions, replenishment, sourcing, economics, emissions
        Fields to change in those parts of the World.
    mechanisms
        Parts of the World to switch on: fields of World that are none in a plain town.
    """
    opening = _frozen(stock, np.int32)
    sku_count, node_count = opening.shape
    place_count, total_days = len(place_km), days + run_off_days
    agency_of = _line_distances(node_km, agency_km).argmin(axis=1)
    place_agency = _line_distances(place_km, agency_km).argmin(axis=1)
    working = [d % 7 != 6 for d in range(total_days)]  # the first day is a Monday
    business = BusinessDays(working)
    workdays = [d for d, yes in enumerate(working) if yes]

    def hours(opens: int, closes: int) -> Calendar:
        return Calendar([d * DAY + opens for d in workdays], [d * DAY + closes for d in workdays])

    def calls(at: int) -> tuple[tuple[int, ...], ...]:
        moments = tuple(d * DAY + at for d in workdays)
        return tuple(moments for _ in range(node_count))

    places_of_business = []
    for n in range(node_count):
        warehouse = n < warehouses
        key = ("warehouse" if warehouses == 1 else f"warehouse_{n + 1}") if warehouse else f"store_{n - warehouses + 1}"
        node = Node(
            id=n,
            key=key,
            label=key.replace("_", " ").capitalize(),
            role=Role.WAREHOUSE if warehouse else Role.STORE,
            lat=0.0,
            lon=_degrees(node_km[n]),
            zone=int(agency_of[n]),
            ships=True,
            collects=not warehouse,
            walk_ins=not warehouse,
            web_visible=True,
            pickers=pickers,
            pick_setup_s=120,
            pick_line_s=60,
            pick_unit_s=0,
            pick_success=pick_success,
            daily_orders=daily_orders,
            wage=18 * MICRO,  # 30 cents a minute
            calendar=hours(6 * HOUR, 20 * HOUR) if warehouse else hours(10 * HOUR, 19 * HOUR),
            agency=int(agency_of[n]),
        )
        places_of_business.append(replace(node, **dict((nodes or {}).get(key, {}))))
    unknown = [key for key in nodes or {} if key not in {node.key for node in places_of_business}]
    if unknown:
        raise ValueError(f"no such nodes in this town: {unknown}")

    stores = [n for n in range(node_count) if places_of_business[n].collects]
    store_lines = np.zeros((sku_count, node_count))
    store_lines[:, warehouses:] = 1 / sku_count
    intents = np.zeros(node_count)
    intents[warehouses:] = walk_ins if isinstance(walk_ins, (int, float)) else np.asarray(walk_ins, float)[warehouses:]
    collect_store = [min((abs(node_km[n] - km), n) for n in stores)[1] if stores else -1 for km in place_km]

    plan = Demand(
        online_per_day=online_per_day,
        online_day=_frozen([1.0] * total_days, float),
        online_hour=_frozen([0.0] * 8 + [1 / 14] * 14 + [0.0] * 2, float),  # 8:00 to 22:00
        channel_shares=_frozen([0.75, 0.25], float),
        option_shares=_frozen([0.6, 0.1, 0.3] if stores else [0.9, 0.1, 0.0], float),
        lines=_frozen([0.75, 0.25] if sku_count > 1 else [1.0], float),
        units=_frozen([1.0], float),
        place_weights=_frozen([1 / place_count] * place_count, float),
        collect_within_m=50_000,
        collect_store=_frozen(collect_store, np.int64),
        online_popularity=_frozen([1 / sku_count] * sku_count, float),
        walk_ins_per_day=_frozen(intents, float),
        walk_in_day=_frozen([1.0 if yes else 0.0 for yes in working], float),
        store_popularity=_frozen(store_lines, float),
        popularity_sigma=0.0,
        replay=None if wishes is None else replay(wishes),
    )
    tariff = rate_card([1000, 5000, 30_000], [50], [[4.0, 6.0, 10.0], [5.0, 8.0, 14.0]], 0.5)
    express = rate_card([1000, 5000, 30_000], [50], [[8.0, 10.0, 14.0], [9.0, 12.0, 18.0]], 1.0)
    nowhere: tuple[tuple[int, ...], ...] = ((),) * node_count
    plain = World(
        name=name,
        title=name.replace("_", " ").capitalize(),
        hash=f"town-{name}",
        start=date(2024, 1, 1),
        warm_up_s=warm_up_days * DAY,
        horizon_s=days * DAY,
        run_off_s=run_off_days * DAY,
        nodes=tuple(places_of_business),
        skus=Skus(
            key=[("shirt", "jeans", "lamp")[s] if s < 3 else f"sku_{s}" for s in range(sku_count)],
            label=[("Shirt", "Jeans", "Lamp")[s] if s < 3 else f"SKU {s}" for s in range(sku_count)],
            category=[("fashion", "fashion", "home")[s] if s < 3 else "home" for s in range(sku_count)],
            price=_frozen([round(prices[s] * MICRO) for s in range(sku_count)], np.int64),
            cost=_frozen([round(costs[s] * MICRO) for s in range(sku_count)], np.int64),
            mass=_frozen(grams[:sku_count], np.int64),
            volume=_frozen(cm3[:sku_count], np.int64),
            web_ranged=_frozen([True] * sku_count, bool),
            reorderable=_frozen([True] * sku_count, bool),
        ),
        places=Places(
            key=[f"place_{p}" for p in range(place_count)],
            label=[f"km {km:g}" for km in place_km],
            lat=_frozen([0.0] * place_count, float),
            lon=_frozen([_degrees(km) for km in place_km], float),
            zone=_frozen(place_agency, np.int64),
            agency=_frozen(place_agency, np.int64),
        ),
        zones=("west", "east"),
        options=(
            Option(
                id=HOME_STANDARD, key="home_standard", label="Home, standard", collect=False, service=PARCEL_STANDARD,
                counter=-1, fee=4 * MICRO, cut_off_s=15 * HOUR, promise_days=3, promise_at_s=19 * HOUR, ready_in_s=0,
            ),
            Option(
                id=HOME_J1, key="home_j1", label="Home, J+1", collect=False, service=PARCEL_EXPRESS,
                counter=-1, fee=9 * MICRO, cut_off_s=13 * HOUR, promise_days=1, promise_at_s=19 * HOUR, ready_in_s=0,
            ),
            Option(
                id=COLLECT, key="collect", label="Click and collect", collect=True, service=SHUTTLE,
                counter=COUNTER, fee=0, cut_off_s=15 * HOUR, promise_days=2, promise_at_s=12 * HOUR,
                ready_in_s=2 * HOUR,
            ),
        ),
        services=(
            Service(
                id=PARCEL_STANDARD, key="parcel_standard", label="Parcel, standard", kind="parcel", rate_card=tariff,
                transit=(0.0, 0.0, 1.0), days=business, delivers_from_s=12 * HOUR, delivers_to_s=12 * HOUR,
                collections=calls(17 * HOUR),
            ),
            Service(
                id=PARCEL_EXPRESS, key="parcel_express", label="Parcel, express", kind="parcel", rate_card=express,
                transit=(0.0, 1.0), days=business, delivers_from_s=12 * HOUR, delivers_to_s=12 * HOUR,
                collections=calls(16 * HOUR),
            ),
            Service(
                id=SHUTTLE, key="shuttle", label="Store tour", kind="shuttle", rate_card=None,
                transit=(0.0, 1.0), days=business, delivers_from_s=9 * HOUR, delivers_to_s=9 * HOUR,
                collections=calls(8 * HOUR),
            ),
            Service(
                id=COUNTER, key="counter", label="Counter", kind="counter", rate_card=None,
                transit=(1.0,), days=business, delivers_from_s=0, delivers_to_s=0, collections=nowhere,
            ),
        ),
        geography=Geography(
            node_place=_line_distances(node_km, place_km),
            node_node=_line_distances(node_km, node_km),
            place_agency=_frozen(_line_distances(place_km, agency_km).min(axis=1), np.int64),
            node_agency=_frozen(_line_distances(node_km, agency_km).min(axis=1), np.int64),
            agency_agency=_line_distances(agency_km, agency_km),
            agencies=("west", "east"),
        ),
        business_days=business,
        opening_stock=opening,
        protected=_frozen(np.broadcast_to(np.asarray(protected, np.int32), opening.shape), np.int32),
        ranged=_frozen(np.ones(opening.shape, bool), bool),
        demand=replace(plan, **dict(demand or {})),
        reactions=replace(
            Reactions(
                online={"leave": 1.0, "own_store": 0.0, "wait": 0.0},
                store={"leave": 1.0, "other_store": 0.0, "own_web": 0.0, "wait": 0.0},
                abandon_basket=0.0,
                wait_days=(1, 3),
            ),
            **dict(reactions or {}),
        ),
        replenishment=replace(
            Replenishment(
                store_rule="min_max",
                supplier_rule="base_stock",
                low=_frozen(np.broadcast_to(np.asarray(low, np.int32), opening.shape), np.int32),
                up_to=opening
                if up_to is None
                else _frozen(np.broadcast_to(np.asarray(up_to, np.int32), opening.shape), np.int32),
                source=_frozen([-1] * warehouses + [0 if warehouses else -1] * (node_count - warehouses), np.int64),
                review_at_s=21 * HOUR,
                delivery_days=_frozen([[d != 6 for d in range(7)]] * node_count, bool),
                delivery_at_s=8 * HOUR,
                supplier_weekday=0,
                supplier_lead_days=(7, 7),
                store_pool_share=_frozen([0.0] * node_count, float),
                unit_cost=round(0.2 * MICRO),
            ),
            **dict(replenishment or {}),
        ),
        sourcing=replace(Sourcing(review_s=review_s, max_hops=3, hold_s=2 * DAY), **dict(sourcing or {})),
        economics=replace(
            Economics(
                vat=0.2,
                packaging_parcel=round(0.5 * MICRO),
                packaging_unit=round(0.1 * MICRO),
                care=5 * MICRO,
                shuttle_parcel=round(0.8 * MICRO),
                capital_rate=0.1,
                salvage_share=0.3,
                season_end_s=total_days * DAY,
            ),
            **dict(economics or {}),
        ),
        emissions=replace(
            Emissions(
                method="per_stop",
                van_g_per_kg_km=1.0,
                truck_g_per_kg_km=0.1,
                van_g_per_km=300.0,
                round_m=100_000,
                stops=100,  # 300 g a stop
                detour=1.0,
                packaging_g_per_parcel=100.0,
                packaging_g_per_cm3=0.01,
                ordering_g=50.0,
                building_g_per_cm3=_frozen([0.001] * node_count, float),
                trip_g_per_km=200.0,
                trip_share=0.5,
                sources={},
            ),
            **dict(emissions or {}),
        ),
        policy=dict(policy or {"name": "nearest"}),
    )
    return replace(plain, **dict(mechanisms or {}))


def three_stores(stock: ArrayLike | None = None, **changes: Any) -> World:
    """One warehouse and three stores on a road, three SKUs, two addresses.

    Kilometre posts: stores 10, 20, 30, warehouse 100; addresses 0 (west) and 40 (east); agencies 15 and 65. Stock: 5
    of everything in each store, 50 in the warehouse.
    """
    settings: dict[str, Any] = {
        "name": "three_stores",
        "stock": [[50, 5, 5, 5]] * 3 if stock is None else stock,
        "node_km": (100, 10, 20, 30),
        "place_km": (0, 40),
    }
    return town(**(settings | changes))
