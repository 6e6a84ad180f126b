"""Towns where much goes wrong, so that an identity that holds in them is worth something."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from road_towns import restless
from towns import three_stores, three_stores_replenished

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.claiming import Claiming
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.offers import Offers
from orchestrion.domain.ordering import LeadTime, ordering
from orchestrion.domain.patience import Patience
from orchestrion.domain.promotions import Promotion
from orchestrion.domain.records import Records
from orchestrion.domain.season import Season
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.transfers import LastRoad, Transfers
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.domain.world import World
from orchestrion.units import DAY, HOUR, MINUTE

EVERY_REACTION: dict[str, Any] = {
    "online": {"leave": 0.3, "own_store": 0.4, "wait": 0.3},
    "store": {"leave": 0.25, "other_store": 0.25, "own_web": 0.25, "wait": 0.25},
    "abandon_basket": 0.5,
}


def busy(**changes: Any) -> World:
    """Stores sell out, one pick in five fails, customers react in every way; a supplier delivers after a week."""
    settings: dict[str, Any] = {
        "stock": [[120, 6, 6, 6]] * 3,
        "low": [[119, 4, 4, 4]] * 3,
        "up_to": [[120, 6, 6, 6]] * 3,
        "pick_success": 0.8,
        "walk_ins": (0.0, 20.0, 14.0, 8.0),
        "online_per_day": 25.0,
        "replenishment": {"supplier_weekday": 1, "supplier_lead_days": (3, 9)},
        "reactions": EVERY_REACTION,
        "demand": {"units": np.array([0.7, 0.2, 0.1])},
    }
    return three_stores_replenished(**(settings | changes))


def pooled(**changes: Any) -> World:
    """Half of the warehouse is kept for the stores, half of what suppliers deliver too; the web sees no store."""
    settings: dict[str, Any] = {
        "protected": [[60, 0, 0, 0]] * 3,
        "replenishment": {"store_pool_share": np.array([0.5, 0, 0, 0]), "supplier_lead_days": (2, 4)},
        "nodes": {f"store_{n}": {"web_visible": False} for n in (1, 2, 3)},
    }
    return busy(**(settings | changes))


def hurried(**changes: Any) -> World:
    """The replication ends with the horizon, in the middle of everything; few orders a day per node."""
    settings: dict[str, Any] = {
        "stock": [[900, 9, 9, 9]] * 3,
        "days": 10,
        "run_off_days": 0,
        "review_s": 30 * MINUTE,
        "online_per_day": 60.0,
        "daily_orders": 6,
        "protected": [[0, 1, 1, 1]] * 3,
        "nodes": {"warehouse": {"pick_setup_s": HOUR, "daily_orders": 30}, "store_1": {"pick_setup_s": HOUR}},
        "sourcing": {"hold_s": DAY, "max_hops": 1},
    }
    return busy(**(settings | changes))


def storeless_web(**changes: Any) -> World:
    """Nobody walks in, nothing is reordered: the stock of the season, sold out online; some wait for more in vain."""
    reactions = {"online": {"leave": 0.5, "own_store": 0.0, "wait": 0.5}}
    settings = {"online_per_day": 20.0, "pick_success": 0.9, "run_off_days": 1, "reactions": reactions}
    return three_stores(**(settings | changes))


def choosy(**changes: Any) -> World:
    """Stores are asked, three at once, and often pass; customers may withdraw for an hour, some do so later."""
    claiming = Claiming(
        asked=np.array([False, True, True, True]),
        acceptance=np.array([1.0, 0.6, 0.7, 0.5]),
        response_s=np.array([0.0, 2400.0, 1800.0, 5400.0]),
        request_cost=np.array([0, 300_000, 200_000, 400_000]),
        timeout_s=2 * HOUR,
        at_once=2,
    )
    settings: dict[str, Any] = {
        "stock": [[120, 12, 12, 12]] * 3,
        "sourcing": {"cool_down_s": HOUR},
        "mechanisms": {
            "claiming": claiming,
            "patience": Patience(forever=0.3, median_s=2 * DAY, sigma=1.0),
            "second_thoughts": SecondThoughts(share=0.2, mean_s=2 * HOUR),
        },
    }
    return busy(**(settings | changes))


def careless(**changes: Any) -> World:
    """Nobody knows what is on the shelves: units vanish, are misplaced and turn up, figures go wrong, counts err."""
    records = Records.of(
        4,
        opening_wrong=[0.2, 0.6, 0.6, 0.6], opening_units=1.5, shrink=0.01, misplaced=0.02, turns_up=0.2, errors=0.06,
        count_every=[5, 6, 6, 0], count_error=0.1, count_finds=0.7, count_s=[90, 30, 30, 0], advice_error=0.2,
        misses_by_record=(2.0, 1.2, 0.6),
    )  # fmt: skip
    return busy(**({"mechanisms": {"records": records}} | changes))


def sloppy(**changes: Any) -> World:
    """The same with two pools in the warehouse, where a short pick takes the missing units off the record."""
    records = replace(careless().records, at_short_pick="missing", at_receipt="cell")
    return pooled(**({"mechanisms": {"records": records}} | changes))


def doubtful(**changes: Any) -> World:
    """Stores that may refuse, customers who withdraw, and nobody knows what is on the shelves."""
    return replace(choosy(**changes), records=careless().records)


def tempted(**changes: Any) -> World:
    """Customers take other SKUs, let sellers order, weigh promises and fees, ask twice; a sale in the first week."""
    similar = np.array([[1, 2], [0, 2], [1, 0]], np.int32)
    settings: dict[str, Any] = {
        "reactions": {
            "online": {"leave": 0.1, "own_store": 0.2, "wait": 0.2, "substitute": 0.5},
            "store": {
                "leave": 0.1, "other_store": 0.1, "own_web": 0.1, "wait": 0.1, "substitute": 0.4, "ask_seller": 0.2,
            },
            "abandon_basket": 0.5,
            "rounds": 2,
            "substitutes": similar,
        },
        "nodes": {"store_2": {"ships": False}},
        "mechanisms": {
            "tablet": Tablet(accepts=0.8, collect_share=0.5),
            "offers": Offers(
                usual_fee=np.array([4.0, 9.0, 0.0]), usual_days=np.array([3.0, 1.0, 2.0]), fee_weight=0.2,
                day_value=1.0, per_day=0.015, per_euro=0.02,
            ),
            "promotions": (
                Promotion(
                    key="sale", label="Sale", first_day=1, last_day=8, skus=np.array([True, False, True]), online=3.0,
                    store=2.0, price_off=0.25,
                ),
            ),
            "dispersion": Dispersion(store_k=0.74, online_k=3.0, online_day_k=40.0),
            "patience": Patience(forever=0.8, median_s=2 * DAY, sigma=0.7),
        },
    }  # fmt: skip
    return busy(**(settings | changes))


def changing(**changes: Any) -> World:
    """The collection changes, stores help each other, customers wait for stock, nobody knows what is on the shelves.

    A third SKU is launched, two leave: what is left of them goes back, is given away or moved to the warehouse.
    """
    season = Season(
        launch_s=np.array([0, 4 * DAY, 0]), exit_s=np.array([2 * DAY, 1000 * DAY, 4 * DAY + HOUR]),
        steps=((3 * DAY, 0.2), (DAY, 0.4)), bought=np.array([[0, 0, 0, 0], [30, 0, 0, 0], [0, 0, 0, 0]], np.int32),
        arrives_s=np.full(3, 2 * DAY), allocation=np.array([[0, 0, 0, 0], [0, 6, 6, 6], [0, 0, 0, 0]], np.int32),
        lead_s=10 * HOUR, floor_cm3=np.array([-1, 200_000, 90_000, -1]), outlet=0, sells_on=True,
        roads=(LastRoad(fate="stay"), LastRoad(fate="send_back", unit_cost=1_000_000, kept_share=0.3),
               LastRoad(fate="give_away", kept_share=0.6), LastRoad(fate="move", unit_cost=500_000)),
        road=np.array([0, 1, 2, 3]),
    )  # fmt: skip
    transfers = Transfers(
        period_s=2 * DAY, first_s=20 * HOUR, nodes=np.array([False, True, True, True]), lead_s=35 * HOUR,
        unit_cost=500_000, lane_cost=3_000_000, within_m=50_000, cover_days=3.0,
    )  # fmt: skip
    asked = ordering(
        (3, 4), "s_s", continuous=np.array([True, False, False, True]), multiple=np.array([1, 2, 1], np.int32),
        leads=(LeadTime(law="gamma", mean_s=3.0 * DAY, cv=0.6),), lead_of=np.array([0, -1, -1, -1]),
    )  # fmt: skip
    waits = Backorders(
        allowed=np.array([True, True, False]), node=np.zeros(2, np.int64), limit=12, patience_s=5 * DAY,
        promise_s=4 * DAY,
    )  # fmt: skip
    settings: dict[str, Any] = {
        "stock": [[120, 60, 40, 30]] * 3, "walk_ins": (0.0, 4.0, 14.0, 8.0),
        "mechanisms": {"season": season, "transfers": transfers, "ordering": asked, "backorders": waits,
                       "records": careless().records},
    }  # fmt: skip
    return busy(**(settings | changes))


TOWNS = {
    "busy": busy, "pooled": pooled, "hurried": hurried, "storeless_web": storeless_web, "choosy": choosy,
    "careless": careless, "sloppy": sloppy, "doubtful": doubtful, "tempted": tempted,
    "changing": changing, "restless": restless,
}  # fmt: skip
