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
    STORE = 3  # ordered for the customer on a seller's tablet: endless aisle
    MARKETPLACE = 4


# where orders come in without anybody walking into a store
ONLINE_CHANNELS = (Channel.WEB, Channel.APP, Channel.MARKETPLACE)


@unique
class Role(Code):
    """What kind of place a node is."""

    WAREHOUSE = 0
    STORE = 1
    DARK_STORE = 2  # picks and ships like a store, without walk-ins
    SUPPLIER = 3  # ships its own stock to our customers


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
    SUBSTITUTED = 8  # another SKU was taken in its place
    NO_SHOW = 9  # made ready, never collected


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
    TOO_SLOW = 17  # the promise shown was too late for this customer
    TOO_DEAR = 18  # the fee shown was too high for this customer
    CUSTOMER = 19  # the customer withdrew the order
    NOT_ACCEPTED = 20  # the node did not accept in time
    REFUSED = 21  # the node refused
    BACKLOG = 22  # the node's pick list is too long
    RE_EVALUATED = 23  # taken back before picking began, to be decided again
    NO_SHOW = 24  # the customer never came to collect
    UNDELIVERED = 25  # the carrier brought it back
    RETURNED = 26  # the customer sent or brought it back
    PHANTOM = 27  # shown by a late feed, not there any more
    BID_PRICE = 28  # chosen by immediate cost and the value of the unit taken
    ROUNDED = 29  # drawn from the solution of a linear programme
    RULED_OUT = 30  # a candidate that a filter of the policy's own excluded
    SPLIT_LIMIT = 31  # held: there are units, but the order already makes as many shipments as it may


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
    OFFERED = 10  # a node was asked to take it
    ACCEPTED = 11
    REFUSED = 12  # it said no, or did not answer in time
    RELEASED = 13  # the assignment was taken back before picking began
    ATTEMPT_FAILED = 14  # nobody at home
    NO_SHOW = 15  # never collected: the units go back
    SENT_BACK = 16  # undeliverable: the parcel travels back
    RETURNED = 17  # the customer gave units back


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
    SHRUNK = 10  # gone without a trace: the record does not know
    MISPLACED = 11  # in the building, but where nobody finds it
    FOUND = 12  # a misplaced unit turned up
    MISCOUNTED = 13  # the record alone went wrong
    COUNTED = 14  # the record was set to what is there
    RESTOCKED = 15  # came back and is on sale again
    WRITTEN_OFF = 16
    SENT_BACK = 17  # leftovers returned to the supplier
    GIVEN_AWAY = 18  # leftovers donated


@unique
class Disposition(Code):
    """What became of goods that came back."""

    RESTOCKED = 0
    WRITTEN_OFF = 1


@unique
class Scope(Code):
    """For whom a SKU is out of stock."""

    WEB = 0  # what the web shows
    SHELF = 1  # one node's physical shelf
    UNIFIED = 2  # the whole retailer
    HIDDEN = 3  # there, but not shown
    PHANTOM = 4  # shown, but not there


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
    SHUTTLE = 3  # moving a parcel from a warehouse to the collection store
    REWORK = 4  # the picker's time lost on units not found
    CARE = 5  # customer care for a cancellation
    FEE = 6  # delivery fee paid by the customer (negative)
    HOLDING = 7
    WRITE_DOWN = 8  # change in the expected loss on stock
    REPLENISHMENT = 9  # moving stock between nodes
    TRANSFER = 10  # moving a parcel from another store to the collection store
    FAILED_DELIVERY = 11  # a second attempt, or the way back
    RETURN_CARRIAGE = 12
    INSPECTION = 13  # opening and checking what came back
    RETURN_WRITE_OFF = 14  # came back and cannot be sold again
    COUNTING = 15  # labour of cycle counts
    MARKDOWN = 16  # list price not obtained
    REPATRIATION = 17  # leftovers moved to where they can still be sold
    WRITE_OFF = 18  # shrunk, given away or destroyed, at cost
    CLAIMING = 19  # labour at stores that are asked whether they take a shipment, accepted or not


# components of one order's cost to serve; the others are the retailer's stock costs
COST_TO_SERVE = (
    Component.PICKING, Component.PACKAGING, Component.CARRIAGE, Component.SHUTTLE,
    Component.REWORK, Component.CARE, Component.FEE, Component.TRANSFER, Component.FAILED_DELIVERY,
    Component.RETURN_CARRIAGE, Component.INSPECTION, Component.RETURN_WRITE_OFF, Component.CLAIMING,
)  # fmt: skip
STOCK_COSTS = (
    Component.HOLDING, Component.WRITE_DOWN, Component.REPLENISHMENT, Component.COUNTING, Component.MARKDOWN,
    Component.REPATRIATION, Component.WRITE_OFF,
)  # fmt: skip

# wages, wherever they are booked
LABOUR = (
    Component.PICKING, Component.REWORK, Component.INSPECTION, Component.COUNTING, Component.CLAIMING,
)  # fmt: skip


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
    CUSTOMER_TRIP = 7  # to the collection store or pickup point and back
    CROSS_DOCK = 8  # the carrier's hubs
    PICKUP_POINT = 9  # the building where it waits to be collected: a pickup point, or the collection store
    RETURN = 10  # what comes back: by the carrier, or with the customer
    TRANSFER = 11  # between stores, for an order
    REPLENISHMENT = 12  # how the unit came to the node that gave it
    FAILED_ATTEMPT = 13  # a stop for nothing, and the second one
    COURIER = 14  # straight to the door


DIMENSIONS: dict[str, type[Code]] = {
    "channels": Channel,
    "outcomes": Outcome,
    "reasons": Reason,
    "event_kinds": EventKind,
    "stock_kinds": StockKind,
    "dispositions": Disposition,
    "scopes": Scope,
    "review_statuses": ReviewStatus,
    "components": Component,
    "legs": Leg,
}
