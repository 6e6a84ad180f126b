"""Whether stock and demand of a World do not depend on who sources what: then hindsight bounds every policy exactly.

Each condition says in words what holds, what the bound leaves aside (it stays a bound, and is looser for it), or what
makes a bound of this kind impossible: there, units or customers come or go in answer to what a policy did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel
from orchestrion.domain.world import World
from orchestrion.policies.bounds.clairvoyant import ALWAYS
from orchestrion.units import HOUR

Standing = Literal["holds", "left aside", "fails"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that hindsight asks of a World.

    Attributes
    ----------
    about
        "customers", "stock", "units sent" or "hands".
    standing
        "holds"; "left aside": policies are held up by something that hindsight does without; "fails".
    words
        What is, or is not, the case.
    """

    about: str
    standing: Standing
    words: str


def conditions(world: World) -> list[Condition]:
    """Everything that hindsight asks of a World, and how the World stands to it.

    >>> from orchestrion.testing.town import three_stores
    >>> {one.standing for one in conditions(three_stores())}
    {'holds'}
    >>> [one.words for one in conditions(three_stores(low=2)) if one.standing == "fails"]
    ['nodes order again when their stock falls']
    """
    found = [*_customers(world), *_stock(world), *_sent(world), *_hands(world)]
    for about, words in _HOLDS.items():
        if not any(one.about == about for one in found):
            found.append(Condition(about, "holds", words))
    return found


def failures(world: World) -> list[str]:
    """Why hindsight is no bound in this World; empty where it is one."""
    return [one.words for one in conditions(world) if one.standing == "fails"]


def left_aside(world: World) -> list[str]:
    """What holds policies up and hindsight does not know."""
    return [one.words for one in conditions(world) if one.standing == "left aside"]


_HOLDS = {
    "customers": "who asks for what, when and how does not depend on what is shown or decided; who is refused leaves",
    "stock": "all units are there from the start or come on days agreed beforehand",
    "units sent": "what is sent stays with its customer, and every picker finds what the record promises",
    "hands": "no node refuses a shipment",
}


def _customers(world: World) -> Iterator[Condition]:
    about, reactions = "customers", world.reactions
    if world.offers is not None and (world.offers.choosing or world.offers.converting):
        yield Condition(about, "fails", "customers answer to promises and fees, which depend on stock")
    if reactions.online.get("leave", 0.0) < 1.0:
        yield Condition(about, "fails", "who finds nothing online asks again, or elsewhere, or for something else")
    if has_walk_ins(world) and (world.tablet is not None or reactions.store.get("leave", 0.0) < 1.0):
        yield Condition(about, "fails", "who finds an empty shelf asks again, or elsewhere, or for something else")
    if world.patience is not None or world.second_thoughts is not None:
        yield Condition(about, "left aside", "customers who withdraw an order")


def _stock(world: World) -> Iterator[Condition]:
    about, season = "stock", world.season
    if _replenished(world).any():
        yield Condition(about, "fails", "nodes order again when their stock falls")
    if world.records is not None:
        yield Condition(about, "fails", "units vanish, are misplaced and turn up where they lie")
    if world.transfers is not None:
        yield Condition(about, "fails", "units may be moved between nodes")
    if season is not None and season.allocation.any():
        yield Condition(about, "fails", "stores get of a launch what their warehouse has left")
    if season is not None and (season.exit_s < world.end_s).any() and any(road.fate != "stay" for road in season.roads):
        yield Condition(about, "fails", "leftovers are moved, sent back or given away")
    if world.returns is not None and (world.returns.rate > 0).any():
        yield Condition(about, "fails", "what customers return is sold again where it comes back")
    if world.collecting is not None and world.collecting.never > 0:
        yield Condition(about, "fails", "goods that nobody collects are sold again")
    never = world.pickup_points is None or world.pickup_points.waiting.never > 0
    pickup = any(service.kind == "pickup" for service in world.services)
    doors = [s.attempts for s in world.services if s.attempts is not None and s.attempts.success < 1.0]
    if (pickup and never) or any(never or not attempts.to_pickup_point for attempts in doors):
        yield Condition(about, "fails", "parcels that do not reach their customer come back and are sold again")


def _replenished(world: World) -> NDArray[np.bool_]:
    """Nodes that may order anything, shape (N,): a store to which nobody delivers does not."""
    plan, ordering = world.replenishment, world.ordering
    at_once = np.zeros(len(world.nodes), bool) if ordering is None else ordering.continuous
    served = (plan.source < 0) | plan.delivery_days.any(axis=1) | at_once
    return np.asarray((plan.low >= 0).any(axis=0) & served)


def _sent(world: World) -> Iterator[Condition]:
    if any(node.pick_success < 1.0 for node in world.nodes):
        yield Condition("units sent", "left aside", "units that pickers do not find")
    if has_walk_ins(world):
        yield Condition("units sent", "left aside", "walk-ins who carry off what was promised to others")


def _hands(world: World) -> Iterator[Condition]:
    about = "hands"
    limits = any(n.daily_orders >= 0 or n.max_backlog >= 0 or n.max_backlog_s >= 0 for n in world.nodes)
    idle = any(not (n.shifts or n.pickers) for n in world.nodes)
    if limits or idle:
        yield Condition(about, "left aside", "how many shipments a node takes")
    if world.claiming is not None:
        yield Condition(about, "left aside", "stores that do not accept")
    if world.visibility is not None:
        yield Condition(about, "left aside", "what contact points do not show, or show late")


def has_walk_ins(world: World) -> bool:
    """Whether anybody walks into a store."""
    replay = world.demand.replay
    if replay is not None and (replay.channel == Channel.WALK_IN).any():
        return True
    counts = np.array([node.walk_ins for node in world.nodes])
    return bool((world.demand.walk_ins_per_day[counts] > 0).any())


def longest_wait(world: World, review_s: int, re_evaluates: bool = False) -> int:
    """Seconds from placing an order to the last moment at which a unit may be found for it; `ALWAYS` without limit.

    Only where nothing brings an order back to the desk once it was decided: short picks, stores that refuse, walk-ins
    who take what was promised, policies that think again.

    Parameters
    ----------
    review_s
        The longest period between the reviews of the policies concerned [s].
    """
    lost = any(node.pick_success < 1.0 for node in world.nodes)
    if re_evaluates or lost or has_walk_ins(world) or world.claiming is not None:
        return ALWAYS
    patience = 0 if world.backorders is None else world.backorders.patience_s
    sourcing = world.sourcing
    # an order that is not decided at once waits for the hourly look at what waits
    return sourcing.cool_down_s + max(review_s, sourcing.review_s, HOUR) + max(sourcing.hold_s, patience)
