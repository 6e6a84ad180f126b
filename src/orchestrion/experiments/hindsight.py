"""What sourcing would have cost had one known every customer beforehand: exact where stock and demand are exogenous.

All wishes of a replication, online and walk-in, are served at once, or lost at a price; nobody's units are taken twice,
and none before they are there. What a policy booked and lost is one way to do it, so that hindsight is below it on
every path. It is asked of the whole replication, warm-up included: units given away early are missed later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, Component, EventKind, Outcome
from orchestrion.domain.facts import Facts, Table
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.world import World
from orchestrion.logistics.carrying import Carrying
from orchestrion.logistics.parting import parts_of
from orchestrion.logistics.quotes import Quoter
from orchestrion.policies.bounds.clairvoyant import ALWAYS, Arrival, Group, Least, Parcel, Supply, offline
from orchestrion.units import DAY

MOST_PARTS = 200  # different parcels of one order; larger orders have too many ways to be parted
SOURCING = (
    Component.PICKING, Component.PACKAGING, Component.CARRIAGE, Component.SHUTTLE, Component.TRANSFER,
    Component.REWORK, Component.CLAIMING,
)  # fmt: skip

Ints = NDArray[np.int64]
_Key = tuple[object, ...]
_LINES = 1 << 15  # more lines than an order can have


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that the customers of a replication want, in groups of like customers.

    Attributes
    ----------
    groups
        For `offline`; a share of them where numbers of customers are expected ones.
    lost
        By row of the requests, what a unit that is not given costs [micro-euros]: its margin (price of the day less VAT
        and purchase), and online what its dearest parcel would cost, where that is more, so that nobody loses a sale to
        save the carriage. Zero for what no node may send.
    orders
        Customers who ask online for something that can be sent.
    too_large
        Orders with more ways to part them than are written down: with one of them there is no bound.
    """

    groups: tuple[Group, ...]
    lost: Ints
    orders: int
    too_large: int


class Customers:
    """Reads the wishes of a World's replications as groups of customers.

    Parameters
    ----------
    wait_s
        How long after it was placed a unit may still be found for an order [s].
    """

    def __init__(self, world: World, wait_s: int = ALWAYS) -> None:
        self._world = world
        self._wait = wait_s
        self._quoter = Quoter(world)
        self._carrying = Carrying(world)
        self._by_day = any(service.surcharges is not None for service in world.services)
        self._known: dict[_Key, Group | None] = {}  # none: no node may send anything
        self.supply = supply(world)
        self._arrivals = sorted({arrival.t for arrival in self.supply.arrivals})

    def wishes(self, requests: Table) -> Wishes:
        """The wishes of one replication; the same under every policy."""
        lost = np.zeros(len(requests["request"]), np.int64)
        counts: Counter[_Key] = Counter()
        orders = too_large = 0
        for rows in self._baskets(requests):
            key = self._kind(requests, rows)
            group = self._known[key]
            if group is None:
                continue
            sendable = self._sendable(requests, rows)
            too_large += not group.parcels
            orders += not group.at_the_shelf
            lost[sendable] = group.lost
            counts[key] += 1
        found = ((self._known[key], count) for key, count in counts.items())
        groups = tuple(replace(group, count=count) for group, count in found if group is not None)
        return Wishes(groups, lost, orders, too_large)

    def _baskets(self, requests: Table) -> Iterator[Ints]:
        """The rows of each basket."""
        order = np.argsort(requests["basket"], kind="stable")
        cuts = np.flatnonzero(np.diff(requests["basket"][order])) + 1
        yield from (part for part in np.split(order, cuts) if len(part))

    def _slip(self, requests: Table, rows: Ints) -> Order:
        """The basket as an order."""
        r = int(rows[0])
        channel, place, option = (int(requests[name][r]) for name in ("channel", "place", "option"))
        if self._carrying.choosy:
            option = self._carrying.option(option, place)
        at = int(requests["node"][r]) if self._world.options[option].collect else -1
        lines = tuple(
            Line(0, number, int(requests["sku"][row]), int(requests["qty"][row]), row)
            for number, row in enumerate(rows.tolist())
        )
        return Order(0, int(requests["t"][r]), channel, place, option, at, 0, lines)

    def _able(self, slip: Order, line: Line) -> NDArray[np.bool_]:
        services = self._carrying.services(line.sku, slip.option, slip.place, slip.collect_at, slip.channel)
        return np.array(services) >= 0

    def _sendable(self, requests: Table, rows: Ints) -> Ints:
        if requests["channel"][rows[0]] == Channel.WALK_IN:
            return rows
        slip = self._slip(requests, rows)
        return rows[[bool(self._able(slip, line).any()) for line in slip.lines]]

    def _kind(self, requests: Table, rows: Ints) -> _Key:
        """The kind of customer behind a basket: a key of the groups known."""
        t, place, option, node, channel = (
            int(requests[name][rows[0]]) for name in ("t", "place", "option", "node", "channel")
        )
        wanted = zip(*(requests[name][rows].tolist() for name in ("sku", "qty", "value")), strict=True)
        lines = tuple((sku, qty, self._margin(sku, qty, value)) for sku, qty, value in wanted)
        walk_in = channel == Channel.WALK_IN
        latest = t if walk_in else min(ALWAYS, t + self._wait)
        # all that comes after the last arrival may as well be as late as can be
        latest = next((moment - 1 for moment in self._arrivals if moment > latest), ALWAYS)
        day = t // DAY if self._by_day and not walk_in else 0
        key = (walk_in, place, option, node, channel, lines, latest, day)
        if key not in self._known:
            self._known[key] = (
                _walk_in(node, lines, latest)
                if walk_in
                else self._online(self._slip(requests, rows), [margin for _, _, margin in lines], latest)
            )
        return key

    def _margin(self, sku: int, qty: int, value: int) -> int:
        """Of one unit, by the price of the day."""
        net = value / qty / (1.0 + self._world.economics.vat)
        return max(0, round(net) - int(self._world.skus.cost[sku]))

    def _online(self, slip: Order, margins: list[int], latest: int) -> Group | None:
        able = [self._able(slip, line) for line in slip.lines]
        kept = [i for i, nodes in enumerate(able) if nodes.any()]
        if not kept:
            return None
        lines, able = [slip.lines[i] for i in kept], [able[i] for i in kept]
        lost = []
        for line, nodes, i in zip(lines, able, kept, strict=True):
            dearest = int(self._quoter.quotes(slip, [line._replace(qty=1)]).cost[nodes].max())
            lost.append(max(margins[i], dearest))
        units = tuple(line.qty for line in lines)
        parcels: list[Parcel] = []
        if parts_of(units) <= MOST_PARTS:
            for part in product(*(range(qty + 1) for qty in units)):
                some = [line._replace(qty=qty) for line, qty in zip(lines, part, strict=True) if qty]
                if some:
                    may = np.logical_and.reduce([nodes for nodes, qty in zip(able, part, strict=True) if qty])
                    cost = self._quoter.quotes(slip, some).cost
                    parcels += [Parcel(int(cost[n]), part, n) for n in np.flatnonzero(may).tolist()]
        return Group(1, tuple(line.sku for line in lines), units, tuple(lost), tuple(parcels), latest)

    def least(self, wishes: Wishes) -> Least:
        """What serving these wishes costs at least."""
        return offline(wishes.groups, self.supply)


def _walk_in(store: int, lines: tuple[tuple[int, int, int], ...], latest: int) -> Group:
    ((sku, qty, margin),) = lines
    # who does not find all that they want buys nothing
    return Group(1, (sku,), (qty,), (margin,), (Parcel(0, (qty,), store),), latest, at_the_shelf=True)


def supply(world: World) -> Supply:
    """Units there from the start, and those that come on days agreed."""
    arrivals: list[Arrival] = []
    if world.season is not None:
        shares = world.replenishment.store_pool_share
        for sku, node in np.argwhere(world.season.bought > 0).tolist():
            units = int(world.season.bought[sku, node])
            kept = int(np.rint(units * shares[node]))
            arrivals.append(Arrival(int(world.season.arrives_s[sku]), sku, node, units, kept))
    stock = world.opening_stock.astype(np.int64)
    return Supply(stock, np.minimum(world.protected.astype(np.int64), stock), tuple(arrivals))


def spent(facts: Facts, wishes: Wishes) -> int:
    """What a policy's sourcing cost in a replication, and what it lost at the prices of hindsight [micro-euros]."""
    costs, requests = facts["costs"], facts["requests"]
    booked = int(costs["amount"][np.isin(costs["component"], SOURCING)].sum())
    sent = np.zeros(len(wishes.lost), np.int64)
    request, units = _picked(facts)
    np.add.at(sent, np.searchsorted(requests["request"], request), units)
    walked = (requests["channel"] == Channel.WALK_IN) & (requests["outcome"] == Outcome.SERVED)
    sent[walked] = requests["qty"][walked]
    return booked + int((wishes.lost * (requests["qty"] - sent)).sum())


def _picked(facts: Facts) -> tuple[Ints, Ints]:
    """(request, units) of everything that was found and sent."""
    events, lines = facts["events"], facts["lines"]
    picked = np.flatnonzero((events["kind"] == EventKind.PICKED) & (events["qty"] > 0))
    of_line = lines["order"].astype(np.int64) * _LINES + lines["line"]
    by_key = np.argsort(of_line, kind="stable")
    keys = events["order"][picked].astype(np.int64) * _LINES + events["line"][picked]
    at = by_key[np.searchsorted(of_line[by_key], keys)]
    return lines["request"][at].astype(np.int64), events["qty"][picked].astype(np.int64)
