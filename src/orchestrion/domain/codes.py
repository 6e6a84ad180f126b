"""The fixed vocabularies behind the int16 codes of the facts; each becomes a dimension table.

Codes are append-only: a study written last year must read the same next year. -1 stands for none everywhere.
"""

from __future__ import annotations

from enum import IntEnum, unique


class Code(IntEnum):
    """A code with a key for files (`MOVED_TO_WEB` -> `moved_to_web`) and a label for people (`moved to web`)."""

    @property
    def key(self) -> str:
        return self.name.lower()

    @property
    def label(self) -> str:
        return self.name.lower().replace("_", " ").replace("co2e", "CO2e")


@unique
class Channel(Code):
    """Where the customer asked."""

    WEB = 0
    APP = 1
    WALK_IN = 2


@unique
class Role(Code):
    """What kind of place a node is."""

    WAREHOUSE = 0
    STORE = 1


@unique
class Outcome(Code):
    """What became of one wish for units of a SKU."""

    SERVED = 0  # online: accepted into an order; walk-in: carried out of the store
    SERVED_LATER = 1  # the customer waited, asked again and was served
    MOVED_TO_STORE = 2  # asked online, bought in an own store
    MOVED_TO_WEB = 3  # asked in a store, ordered online from us
    MOVED_TO_OTHER_STORE = 4  # asked in a store, bought in another own store
    LOST = 5
    CANCELLED = 6  # accepted, then withdrawn
    WAITING = 7  # still waiting when the replication ended


@unique
class Reason(Code):
    """Why something was lost, cancelled or decided."""

    UNAVAILABLE = 0  # the web showed none
    COMPANION = 1  # another line of the same basket was unavailable and the customer left with the whole basket
    SHELF_EMPTY = 2  # the walk-in found none
    NO_STOCK = 3  # an accepted line found no node in time
    TOO_MANY_HOPS = 4  # short-picked and re-sourced once too often
    NOT_FOUND = 5  # the picker did not find a reserved unit
    NEAREST = 6
    CHEAPEST = 7
    WAREHOUSE_FIRST = 8
    OVERSTOCK_FIRST = 9
    FEWEST_SPLITS = 10
    LOWEST_CO2E = 11
    OPTIMAL = 12  # chosen by an exact optimisation of the batch
    FALLBACK = 13  # the policy's second choice, used because the first failed
    CHOSEN = 14  # a policy that gives no finer reason
    NO_NODE = 15  # held: no node can serve the line now
    NOT_DELIVERABLE = 16  # no option could carry the line to this customer


@unique
class EventKind(Code):
    """One step in the life of an order or shipment; which step may follow which is in simulation/life.py."""

    PLACED = 0
    HELD = 1
    SOURCED = 2
    PICKED = 3
    SHORT = 4
    HANDED_OVER = 5
    READY = 6
    DELIVERED = 7
    COLLECTED = 8
    CANCELLED = 9


@unique
class StockKind(Code):
    """Why a stock figure changed."""

    OPENING = 0
    RESERVED = 1
    RELEASED = 2
    PICKED = 3
    NOT_FOUND = 4  # short pick: the record is corrected, the unit counted as shrunk
    SOLD = 5  # carried out by a walk-in customer
    DISPATCHED = 6  # left for another node
    ORDERED = 7  # on order raised
    RECEIVED = 8
    PROTECTION = 9  # units set aside or freed, nothing moved


@unique
class Scope(Code):
    """For whom a SKU is out of stock."""

    WEB = 0  # what the web shows
    SHELF = 1  # one node's physical shelf
    UNIFIED = 2  # the whole retailer


@unique
class ReviewStatus(Code):
    """How a sourcing review was decided."""

    HEURISTIC = 0
    OPTIMAL = 1
    FEASIBLE = 2  # a gap remains
    FALLBACK = 3


@unique
class Component(Code):
    """A euro component. Costs are positive, income is negative."""

    PICKING = 0
    PACKAGING = 1
    CARRIAGE = 2
    SHUTTLE = 3  # moving a parcel to the collection store
    REWORK = 4  # the picker's time lost on units not found
    CARE = 5  # customer care for a cancellation
    FEE = 6  # delivery fee paid by the customer (negative)
    HOLDING = 7
    WRITE_DOWN = 8  # change in the expected loss on stock
    REPLENISHMENT = 9  # moving stock between nodes


# components of one order's cost to serve; the others are the retailer's stock costs
COST_TO_SERVE = (
    Component.PICKING, Component.PACKAGING, Component.CARRIAGE, Component.SHUTTLE,
    Component.REWORK, Component.CARE, Component.FEE,
)  # fmt: skip
STOCK_COSTS = (Component.HOLDING, Component.WRITE_DOWN, Component.REPLENISHMENT)


@unique
class Leg(Code):
    """A CO2e leg."""

    ORDERING = 0
    PACKAGING = 1
    BUILDING = 2
    FIRST_LEG = 3  # node to the carrier's agency, by van
    LINE_HAUL = 4  # agency to agency, by truck
    LAST_LEG = 5  # the delivery round
    SHUTTLE = 6  # with the store's delivery tour, by truck
    CUSTOMER_TRIP = 7  # to the collection store and back


DIMENSIONS: dict[str, type[Code]] = {
    "channels": Channel,
    "outcomes": Outcome,
    "reasons": Reason,
    "event_kinds": EventKind,
    "stock_kinds": StockKind,
    "scopes": Scope,
    "review_statuses": ReviewStatus,
    "components": Component,
    "legs": Leg,
}
