"""A World: one scenario compiled into plain values and arrays, ready to run under any policy and seed.

Index conventions: S SKUs, N nodes, P places (delivery addresses), A carrier agencies, Z zones, D days from the start to
the end of the run-off. Money is micro-euros, time seconds since midnight of the first day, distance metres, mass grams.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.backorders import Backorders
from orchestrion.domain.calendar import BusinessDays, Calendar
from orchestrion.domain.carriers import Attempts, Courier, RateCard, Surcharges
from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Role
from orchestrion.domain.collecting import PickupPoints, Waiting
from orchestrion.domain.dispersion import Dispersion
from orchestrion.domain.money import ALL_AT_ONCE, SHIPPER_SELLS, CashTerms, SaleCredit
from orchestrion.domain.offers import Offers
from orchestrion.domain.ordering import Ordering
from orchestrion.domain.patience import Patience
from orchestrion.domain.products import Products
from orchestrion.domain.promotions import Promotion
from orchestrion.domain.records import Records
from orchestrion.domain.requests import Requests
from orchestrion.domain.returns import Returns
from orchestrion.domain.season import Season
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.transfers import Transfers
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.withdrawing import SecondThoughts

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A place that holds stock and can ship or hand over goods."""

    id: int
    key: str
    label: str
    role: Role
    lat: float
    lon: float
    zone: int
    ships: bool  # sends parcels to homes
    collects: bool  # hands over click and collect orders
    walk_ins: bool  # sells to people who walk in
    web_visible: bool  # its ATP counts in what the web shows
    pickers: int
    pick_setup_s: int
    pick_line_s: int
    pick_unit_s: int
    pick_success: float  # probability that a reserved unit is found
    daily_orders: int  # shipments accepted a day; -1 without limit
    wage: int  # micro-euros an hour
    calendar: Calendar
    agency: int  # the carrier's agency that calls here
    shifts: tuple[Calendar, ...] = ()  # one calendar for each pair of hands; (): all work whenever the node is open
    max_backlog: int = -1  # shipments waiting to be picked beyond which it gets no more; -1 without limit
    max_backlog_s: int = -1  # picking work waiting beyond which it gets no more [s]; -1 without limit
    franchised: bool = False  # owns its stock; what it ships for the web earns a commission, not the sale
    per_shipment: int = 0  # what it charges for a shipment besides wages, micro-euros
    per_unit: int = 0  # ... and for each unit in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Skus:
    """Columns over the assortment, each of length S."""

    key: list[str]
    label: list[str]
    category: list[str]
    price: Ints  # list price, VAT included, micro-euros
    cost: Ints  # purchase cost, micro-euros
    mass: Ints  # grams
    volume: Ints  # cubic centimetres
    web_ranged: Flags
    reorderable: Flags  # suppliers deliver again within the season

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Columns over delivery addresses (communes, or the coordinates of replayed orders), each of length P."""

    key: list[str]
    label: list[str]
    lat: Floats
    lon: Floats
    zone: Ints
    agency: Ints  # the carrier's agency that delivers there

    def __len__(self) -> int:
        return len(self.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A fulfilment option and the promise that goes with it."""

    id: int
    key: str
    label: str
    collect: bool
    service: int  # the service that carries it from afar
    counter: int  # the service when the collection store itself has the goods; -1 for home options
    fee: int  # paid by the customer, micro-euros
    cut_off_s: int  # time of day: later orders count as placed on the next working day
    promise_days: int  # business days from placing (after the cut-off rule) to the promise
    promise_at_s: int  # time of day of the promise
    ready_in_s: int  # collect options: opening seconds until ready when the store has the goods
    bulky: int = -1  # the service that carries bulky goods of such orders; -1: they are not offered
    two_person: int = -1  # the service for goods that two people carry; -1: they are not offered
    last_orders: tuple[int, ...] = ()  # by day: later orders miss every node's last collection [s]; (): cut_off_s alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One offer of a transport company, or of the retailer's own tours."""

    id: int
    key: str
    label: str
    # "parcel" (carrier's network to the door or a store), "pickup" (its network to a pickup point), "shuttle" (own tour
    # to a store), "courier" (a trip for one shipment), "counter" (handed over on the spot)
    kind: str
    rate_card: RateCard | None
    transit: tuple[float, ...]  # probability of arriving after 0, 1, 2, ... business days
    days: BusinessDays  # days on which it delivers
    delivers_from_s: int  # time of day of the first delivery
    delivers_to_s: int  # time of day of the last
    collections: tuple[tuple[int, ...], ...]  # per node: moments when it calls, ascending [s]; () where it never does
    surcharges: Surcharges | None = None
    courier: Courier | None = None  # of the kind "courier"; it is called when the shipment is packed
    attempts: Attempts | None = None  # none: somebody always opens


@dataclass(frozen=True, slots=True, kw_only=True)
class Geography:
    """Distances in whole metres (great circle; a detour factor is applied where a vehicle drives)."""

    node_place: NDArray[np.int32]  # (N, P)
    node_node: NDArray[np.int32]  # (N, N)
    place_agency: Ints  # (P,) place to its agency
    node_agency: Ints  # (N,) node to its agency
    agency_agency: NDArray[np.int32]  # (A, A)
    agencies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What customers would ask for if nothing stopped them."""

    online_per_day: float
    online_day: Floats  # (D,) weekday x season x promotion multiplier
    online_hour: Floats  # (24,) or, by weekday from Monday, (7, 24): probabilities within a day
    channel_shares: Floats  # over codes.ONLINE_CHANNELS; the last ones may be left out
    option_shares: Floats  # over options
    lines: Floats  # probabilities of 1, 2, ... lines in an online order
    units: Floats  # probabilities of 1, 2, ... units in a line
    place_weights: Floats  # (P,) probabilities
    collect_within_m: int  # customers farther from every collection store choose home delivery
    collect_store: Ints  # (P,) the collection store of each place, -1 for none
    online_popularity: Floats  # (S,) planned share of online lines
    walk_ins_per_day: Floats  # (N,) purchase intents on an average day
    walk_in_day: Floats  # (D,) multiplier
    store_popularity: Floats  # (S, N) planned share of each store's lines
    popularity_sigma: float  # log-normal error of the plan, drawn anew in each replication
    replay: Requests | None  # real orders in place of the online generator
    walk_in_hour: Floats | None = None  # (7, 24) density of walk-ins within opening hours; none: even
    channel_options: dict[int, Floats] = field(default_factory=dict)  # option shares of a channel that has its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Reactions:
    """What people do when they are told no: probabilities by row, summing to one."""

    online: dict[str, float]  # "leave", "own_store", "wait", "substitute"
    store: dict[str, float]  # "leave", "other_store", "own_web", "wait", "substitute", "ask_seller"
    abandon_basket: float  # a leaving customer gives up the available lines too
    wait_days: tuple[int, int]  # who waits asks again after so many days
    rounds: int = 1  # how often a customer asks again before giving up
    substitutes: NDArray[np.int32] | None = None  # (S, K) SKUs that stand in for each, the nearest first; -1 none


@dataclass(frozen=True, slots=True, kw_only=True)
class Replenishment:
    """How stock gets to the nodes."""

    store_rule: str  # name in the family of replenishment rules
    supplier_rule: str
    low: NDArray[np.int32]  # (S, N) order when the inventory position is at or below; -1 never
    up_to: NDArray[np.int32]  # (S, N) target
    source: Ints  # (N,) warehouse that feeds each store; -1: suppliers
    review_at_s: int  # time of day of the nightly store review
    delivery_days: Flags  # (N, 7) weekdays on which each store receives
    delivery_at_s: int  # time of day of store receipts
    supplier_weekday: int  # weekday of the weekly supplier review, Monday 0
    supplier_lead_days: tuple[int, int]  # uniform law of the lead time
    store_pool_share: Floats  # (N,) share of a warehouse's receipts set aside for the stores
    unit_cost: int  # moving one unit from warehouse to store, micro-euros


@dataclass(frozen=True, slots=True, kw_only=True)
class Sourcing:
    """How the desk works, whatever the policy."""

    review_s: int  # 0: each order at once; else the period of the reviews
    max_hops: int  # re-sourcings before a line is cancelled
    hold_s: int  # how long a line may wait for a node before it is cancelled
    promise_sees_capacity: bool = False  # the promise counts the days for which daily orders are booked up
    feed: Feed | None = None  # how the records come to the desk; None: it decides on those of the moment
    cool_down_s: int = 0  # how long an order waits before it is sourced; its customer may withdraw it at no cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """Money that is not carriage."""

    vat: float
    packaging_parcel: int  # box and filling of one parcel, micro-euros
    packaging_unit: int  # per unit in it
    care: int  # customer care for one cancelled order
    shuttle_parcel: int  # moving a parcel to the collection store with the store's tour
    capital_rate: float  # of stock value, a year
    salvage_share: float  # of the net price that a unit still brings after its season
    season_end_s: int
    marketplace_commission: float = 0.0  # share of net revenue that a marketplace keeps
    franchise_commission: float = 0.0  # share of net revenue paid to a franchised store for what it ships
    credit: SaleCredit = SHIPPER_SELLS
    cash: CashTerms = ALL_AT_ONCE
    transfer_parcel: int = -1  # moving a parcel from store to store for its customer; -1: as by the shuttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Emissions:
    """Factors of the active set, ready for multiplication; each is traced to its row in data/ by `sources`."""

    method: str  # "per_stop" or "by_weight": how the delivery round is shared
    van_g_per_kg_km: float
    truck_g_per_kg_km: float
    van_g_per_km: float  # vehicle-km, for rounds shared by stops
    round_m: int
    stops: int
    detour: float  # road over great circle
    packaging_g_per_parcel: float
    packaging_g_per_cm3: float
    ordering_g: float
    building_g_per_cm3: Floats  # (N,)
    trip_g_per_km: float  # average mode mix of a collection trip
    trip_share: float  # share of the trip put on the parcel
    sources: dict[str, str]
    hub_g_per_parcel: float = 0.0  # the carrier's sorting hubs, for parcels that pass them
    trip_min_m: int = 0  # least length of a collection trip, there and back: an address is only its commune's centre
    packaging_area: float = 0.0  # cardboard of a box over the surface of the sphere of equal volume
    packaging_g_per_cm2: float = 0.0  # of cardboard
    pickup_g_per_cm3: float = 0.0  # the building of a pickup point
    collect_share: float = 0.0  # of the store's building, for a parcel that waits there to be collected
    drop_parcels: int = 1  # parcels left at one stop of the round, at a pickup point or a store
    courier_g_per_km: float = 0.0  # a courier's vehicle
    inbound: bool = False  # counts how the goods came from the warehouse to the store that gives them


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A complete frozen world apart from policy and seed."""

    name: str
    title: str
    hash: str  # of the resolved scenario document
    start: date
    warm_up_s: int  # measured time begins
    horizon_s: int  # measured time ends, the doors close
    run_off_s: int  # orders in progress are finished for so long
    nodes: tuple[Node, ...]
    skus: Skus
    places: Places
    zones: tuple[str, ...]
    options: tuple[Option, ...]
    services: tuple[Service, ...]
    geography: Geography
    business_days: BusinessDays  # the retailer's, for promises
    opening_stock: NDArray[np.int32]  # (S, N) physical = recorded
    protected: NDArray[np.int32]  # (S, N) kept for walk-ins (stores) or for the stores (warehouses)
    ranged: Flags  # (S, N) the node is meant to hold the SKU
    demand: Demand
    reactions: Reactions
    replenishment: Replenishment
    sourcing: Sourcing
    economics: Economics
    emissions: Emissions
    policy: dict[str, Any]  # the document's default: {"name": ..., parameters}
    claiming: Claiming | None = None  # none: every node accepts what it is given, at once
    second_thoughts: SecondThoughts | None = None  # none: nobody changes their mind
    visibility: Visibility | None = None  # what each contact point shows; none: all what the web sees, at once
    records: Records | None = None  # how records part from what is there; none: they never do
    dispersion: Dispersion | None = None  # demand more uneven than Poisson; none: it is not
    promotions: tuple[Promotion, ...] = ()
    offers: Offers | None = None  # customers answer to promises and fees; none: they do not
    tablet: Tablet | None = None  # sellers order for walk-ins; none: they cannot
    patience: Patience | None = None  # customers withdraw accepted orders that wait too long; none: they never do
    ordering: Ordering | None = None  # rules by SKU and node, continuous review, lead-time laws
    backorders: Backorders | None = None  # the web accepts orders for stock that is not there
    transfers: Transfers | None = None  # stores are rebalanced, policies may ask for transfers
    season: Season | None = None  # launches, exits, markdowns; none: one collection without end
    collecting: Waiting | None = None  # how customers collect from stores; none: within a day or so, always
    pickup_points: PickupPoints | None = None  # needed where a service is of the kind "pickup" or ends there
    products: Products | None = None  # none: everything is carried by everybody
    returns: Returns | None = None  # none: everything is kept

    @property
    def end_s(self) -> int:
        """The last second of the run-off."""
        return self.horizon_s + self.run_off_s

    @property
    def days(self) -> int:
        """Days from the start to the end of the run-off."""
        return -(-self.end_s // 86_400)
