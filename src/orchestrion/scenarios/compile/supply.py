"""What the document says of ordering, waiting, transfers and collections, as fields of the World."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.codes import Role
from orchestrion.domain.ordering import LeadTime, Ordering
from orchestrion.domain.season import Season
from orchestrion.domain.transfers import LastRoad, Transfers
from orchestrion.domain.world import Floats, Ints, Node, Skus
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.compile.calendars import business_days
from orchestrion.scenarios.compile.lives import lives
from orchestrion.scenarios.compile.stock import Stocked
from orchestrion.scenarios.document import WEEKDAYS, ScenarioDocument
from orchestrion.scenarios.document.supply import KindOfOrdering, LeadTimeDocument, SeasonDocument
from orchestrion.units import DAY, HOUR, micro, time_of_day_s


def make_supply(
    document: ScenarioDocument, nodes: list[Node], skus: Skus, stocked: Stocked, node_place: NDArray[Any], days: int
) -> dict[str, Any]:
    """The fields of World that this file makes; those switched off are none."""
    return {
        "ordering": _ordering(document, nodes, stocked, days),
        "backorders": _backorders(document, nodes, skus, node_place),
        "transfers": _transfers(document, nodes),
        "season": _season(document, nodes, skus, stocked, days),
    }


def classes(rate: Floats, class_a: float, class_b: float) -> Ints:
    """0, 1 or 2 for class A, B or C of each SKU: the most wanted come first, until their share of demand is reached."""
    order = np.argsort(-rate, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(rate[order])[:-1]]) / max(rate.sum(), 1e-12)
    found = np.empty(len(rate), np.int64)
    found[order] = np.searchsorted([class_a, class_b], before, side="right")
    return found


def _ordering(document: ScenarioDocument, nodes: list[Node], stocked: Stocked, days: int) -> Ordering | None:
    plan = document.replenishment.ordering
    if not plan.on:
        return None
    rate = stocked.rate
    kinds = [plan.warehouses if node.role in (Role.WAREHOUSE, Role.SUPPLIER) else plan.stores for node in nodes]
    mine = classes(rate[:, [n.role != Role.WAREHOUSE for n in nodes]].sum(axis=1), plan.class_a, plan.class_b)
    names = sorted({name for kind in (plan.stores, plan.warehouses) for name in kind.rules.values()} | {"base_stock"})
    rule = np.empty(rate.shape, np.int8)
    for n, kind in enumerate(kinds):
        rows = np.array([names.index(kind.rules.get(letter, "base_stock")) for letter in ("A", "B", "C")], np.int8)
        rule[:, n] = rows[mine]
    fed = stocked.replenishment.source >= 0
    deliveries = np.maximum(stocked.replenishment.delivery_days.sum(axis=1), 1)
    lead_days = plan.lead_time.mean_days
    batch = np.stack([np.ceil(rate[:, n] * kind.batch_days) for n, kind in enumerate(kinds)], axis=1)
    return Ordering(
        rules=tuple(names),
        rule=rule,
        quantity=np.maximum(batch, 1).astype(np.int32),
        multiple=np.full(len(rate), plan.pack, np.int32),
        minimum=np.full(len(rate), plan.minimum, np.int32),
        continuous=np.array([kind.continuous for kind in kinds], bool),
        review_s=np.array([kind.review_days * DAY for kind in kinds], np.int64),
        first_review_s=np.full(len(nodes), 3 * HOUR, np.int64),
        cover_days=np.where(fed, 7.0 / deliveries + 1.0, [_review(kind) + lead_days for kind in kinds]),
        leads=(_lead_time(plan.lead_time, document, days),),
        lead_of=np.where(fed, -1, 0),
        allocation=plan.allocation,
    )


def _review(kind: KindOfOrdering) -> float:
    return 0.0 if kind.continuous else float(kind.review_days)


def _lead_time(plan: LeadTimeDocument, document: ScenarioDocument, days: int) -> LeadTime:
    working: BusinessDays | None = None
    if plan.working_days:
        working = business_days(document.time.start, days, WEEKDAYS[:5])
    return LeadTime(
        law=plan.law,
        mean_s=plan.mean_days * DAY,
        cv=plan.cv,
        least_s=plan.least_days * DAY,
        most_s=plan.most_days * DAY,
        values_s=tuple(d * DAY for d in plan.values_days),
        days=working,
        at_s=-1 if plan.at is None else time_of_day_s(plan.at),
    )


def _backorders(
    document: ScenarioDocument, nodes: list[Node], skus: Skus, node_place: NDArray[Any]
) -> Backorders | None:
    plan = document.replenishment.backorders
    if not plan.on:
        return None
    buyers = [n.id for n in nodes if n.role == Role.WAREHOUSE] or [n.id for n in nodes if n.role == Role.STORE]
    return Backorders(
        allowed=skus.reorderable & skus.web_ranged if plan.only_reorderable else skus.web_ranged,
        node=np.array(buyers, np.int64)[np.argmin(node_place[buyers], axis=0)],
        limit=-1 if plan.most_per_sku is None else plan.most_per_sku,
        patience_s=round(plan.patience_days * DAY),
        promise_s=plan.promise_days * DAY,
    )


def _transfers(document: ScenarioDocument, nodes: list[Node]) -> Transfers | None:
    plan = document.replenishment.transfers
    if not plan.on:
        return None
    return Transfers(
        period_s=plan.every_days * DAY,
        first_s=time_of_day_s(plan.at),
        nodes=np.array([node.role == Role.STORE for node in nodes], bool),
        lead_s=plan.days * DAY,
        unit_cost=micro(plan.unit_eur),
        lane_cost=micro(plan.run_eur),
        within_m=round(plan.within_km * 1000),
        cover_days=plan.cover_days,
    )


def _season(document: ScenarioDocument, nodes: list[Node], skus: Skus, stocked: Stocked, days: int) -> Season | None:
    plan = document.season
    if not plan.on:
        return None
    launch, leaves = lives(plan, skus, document.assortment.seed, days)
    new = launch > 0
    source, rate = stocked.replenishment.source, stocked.rate
    warehouse = np.array([node.role == Role.WAREHOUSE for node in nodes])
    bought = np.where(new[:, None] & warehouse, np.ceil(rate * 7 * plan.bought_weeks), 0).astype(np.int32)
    target = np.maximum(np.ceil(rate * plan.first_days), document.stock.store_minimum)
    wanted = new[:, None] & (source >= 0) & (stocked.replenishment.up_to > 0)
    room = np.full(len(nodes), -1, np.int64)
    if plan.floor_limits:
        stores = [node.id for node in nodes if node.role == Role.STORE]
        # the targets of SKUs that are on sale together: what is launched takes the place of what leaves
        targets = skus.volume @ np.where(new[:, None], 0, stocked.replenishment.up_to)
        room[stores] = np.rint(targets[stores] * plan.floor_factor).astype(np.int64)
    fates = {
        "stay": LastRoad(fate="stay"),
        "move": LastRoad(fate="move", unit_cost=micro(plan.outlet_unit_eur)),
        "send_back": LastRoad(
            fate="send_back", unit_cost=micro(plan.send_back_unit_eur), kept_share=plan.send_back_credit
        ),
        "give_away": LastRoad(fate="give_away", unit_cost=micro(plan.gift_unit_eur), kept_share=plan.gift_relief),
    }
    by_role = {Role.STORE: plan.stores, Role.DARK_STORE: plan.stores, Role.WAREHOUSE: plan.warehouses}
    names = list(fates)
    return Season(
        launch_s=launch,
        exit_s=leaves,
        steps=tuple((step.days_before_exit * DAY, step.share_off) for step in plan.markdowns),
        bought=bought,
        arrives_s=np.maximum(launch - plan.arrives_days_before * DAY, 0),
        allocation=np.where(wanted, target, 0).astype(np.int32),
        lead_s=DAY,
        floor_cm3=room,
        roads=tuple(fates.values()),
        road=np.array([names.index(by_role.get(node.role, "stay")) for node in nodes], np.int64),
        outlet=_outlet(plan, nodes),
        sells_on=plan.sells_on,
    )


def _outlet(plan: SeasonDocument, nodes: list[Node]) -> int:
    keys = [node.key for node in nodes]
    if plan.outlet is not None:
        if plan.outlet not in keys:
            rule = "no such node; give the key of a warehouse or store"
            raise InputError([Problem("scenario", None, "season.outlet", plan.outlet, rule)])
        return keys.index(plan.outlet)
    warehouses = [node.id for node in nodes if node.role == Role.WAREHOUSE]
    if not warehouses and "move" in (plan.stores, plan.warehouses):
        rule = "leftovers are to be moved, and there is no warehouse; name a node, or choose another fate"
        raise InputError([Problem("scenario", None, "season.outlet", "", rule)])
    return warehouses[0] if warehouses else -1
