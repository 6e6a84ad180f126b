"""Filters: which nodes a rule may use, and how many units of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line
from orchestrion.policies.pipeline import values
from orchestrion.policies.pipeline.sight import Sight
from orchestrion.policies.stakes import daily_sales, overstock
from orchestrion.registry import Registry
from orchestrion.units import DAY, duration_text

Flags = NDArray[np.bool_]

filters = Registry[Any]("filters")
"""Decorator: `@filters("within_km")` above a filter."""


@dataclass(frozen=True)
class Filter:
    """A frozen value; `passes` tells which candidates stay, `units` how many units they may give."""

    value: Any

    reader: ClassVar[values.Reader] = values.switch
    counts: ClassVar[bool] = False  # whether it limits units, line by line, in place of whole nodes
    costly: ClassVar[bool] = False  # whether it takes long to find out

    def passes(self, sight: Sight) -> Flags:
        """Candidates that may serve the order, shape (candidates,)."""
        raise NotImplementedError

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        """The most units that the rule may take for the line, shape (candidates,)."""
        raise NotImplementedError

    def words(self) -> str:
        """What must hold of a node, after "that ..."."""
        raise NotImplementedError

    def names(self) -> Iterator[tuple[str, str]]:
        """(kind, name) of all that must exist in the scenario."""
        yield from ()


def _or(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


@filters("group")
class Group(Filter):
    """Nodes of these groups."""

    reader = values.texts

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.desk.groups.any_of(self.value)[sight.nodes]
        return flags

    def words(self) -> str:
        return f"belong to {_or(self.value)}"

    def names(self) -> Iterator[tuple[str, str]]:
        yield from (("group or node", name) for name in self.value)


@filters("not_group")
class NotGroup(Group):
    """Nodes of no such group: places taken offline."""

    def passes(self, sight: Sight) -> Flags:
        return ~super().passes(sight)

    def words(self) -> str:
        return f"do not belong to {_or(self.value)}"


@filters("within_km")
class WithinKm(Filter):
    """Nodes at most so far from the address or the collection store."""

    reader = values.number()

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.km <= self.value
        return flags

    def words(self) -> str:
        return f"lie within {self.value:g} km"


@filters("same_zone")
class SameZone(Filter):
    """Nodes in the zone of the delivery address or of the collection store: stay in the market."""

    def passes(self, sight: Sight) -> Flags:
        world, order = sight.desk.world, sight.order
        zone = world.nodes[order.collect_at].zone if order.collect_at >= 0 else int(world.places.zone[order.place])
        return np.array([world.nodes[node].zone == zone for node in sight.nodes.tolist()], bool)

    def words(self) -> str:
        return "lie in the customer's zone"


@filters("zones")
class Zones(Filter):
    """Nodes of these zones."""

    reader = values.texts

    def passes(self, sight: Sight) -> Flags:
        world = sight.desk.world
        return np.array([world.zones[world.nodes[n].zone] in self.value for n in sight.nodes.tolist()], bool)

    def words(self) -> str:
        return f"lie in {_or(self.value)}"

    def names(self) -> Iterator[tuple[str, str]]:
        yield from (("zone", name) for name in self.value)


@filters("collection_store")
class CollectionStore(Filter):
    """The store where the customer collects, and no other."""

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.nodes == sight.order.collect_at
        return flags

    def words(self) -> str:
        return "hand the order over themselves"


@filters("in_time")
class InTime(Filter):
    """Nodes whose parcel is expected by the promise, or so much later: backlog, opening hours and cut-off counted."""

    reader = values.tolerance
    costly = True

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.etas <= sight.order.promised_t + self.value + sight.tolerance_s
        return flags

    def words(self) -> str:
        return "keep the promise" + (f" or miss it by {duration_text(self.value)} at most" if self.value else "")


@filters("arrives_within")
class ArrivesWithin(Filter):
    """Nodes whose parcel is expected within so much time from now."""

    reader = values.duration
    costly = True

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.etas <= sight.view.now + self.value
        return flags

    def words(self) -> str:
        return f"deliver within {duration_text(self.value)}"


@filters("leaves_today")
class LeavesToday(Filter):
    """Nodes that have the shipment picked before today's last collection, or ready today where it is handed over."""

    costly = True

    def passes(self, sight: Sight) -> Flags:
        return np.array([self._leaves(sight, node) for node in sight.nodes.tolist()], bool)

    @staticmethod
    def _leaves(sight: Sight, node: int) -> bool:
        view, place = sight.view, sight.desk.world.nodes[node]
        work = place.pick_setup_s + len(sight.lines) * place.pick_line_s + sight.units * place.pick_unit_s
        queue = int(sight.desk.queues.seconds(np.array([node]))[0])
        t = place.calendar.after_open_seconds(view.now, queue + work)
        if node != sight.order.collect_at:
            t = view.next_collection(node, view.service(sight.lines[0], node), t)
        return t >= 0 and t // DAY == view.now // DAY

    def words(self) -> str:
        return "still make today's collection"


@filters("open_now")
class OpenNow(Filter):
    """Nodes that are open at this moment."""

    def passes(self, sight: Sight) -> Flags:
        nodes, now = sight.desk.world.nodes, sight.view.now
        return np.array([nodes[node].calendar.is_open(now) for node in sight.nodes.tolist()], bool)

    def words(self) -> str:
        return "are open now"


@filters("capacity_left")
class CapacityLeft(Filter):
    """Nodes that accept at least so many more shipments today."""

    reader = values.whole(1)

    def passes(self, sight: Sight) -> Flags:
        return np.array([sight.desk.free.capacity(node) >= self.value for node in sight.nodes.tolist()], bool)

    def words(self) -> str:
        return f"take {self.value} more shipments today"


@filters("max_backlog")
class MaxBacklog(Filter):
    """Nodes whose pickers have at most so much work waiting for each."""

    reader = values.duration

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.desk.queues.seconds(sight.nodes) <= self.value
        return flags

    def words(self) -> str:
        return f"have at most {duration_text(self.value)} of picking waiting"


@filters("max_orders_a_day")
class MaxOrdersADay(Filter):
    """Nodes that these rules gave fewer than so many shipments today."""

    reader = values.whole(1)

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.each(sight.desk.memory.orders_today) < self.value
        return flags

    def words(self) -> str:
        return f"got fewer than {self.value} shipments today"


@filters("max_lines_a_day")
class MaxLinesADay(Filter):
    """Nodes that would not get more than so many lines today with this order."""

    reader = values.whole(1)

    def passes(self, sight: Sight) -> Flags:
        flags: Flags = sight.each(sight.desk.memory.lines_today) + len(sight.lines) <= self.value
        return flags

    def words(self) -> str:
        return f"get at most {self.value} lines a day"


@filters("found_at_least")
class FoundAtLeast(Filter):
    """Nodes that found what they were asked for, in at least this share of their shipments so far."""

    reader = values.number(0.0, 1.0)

    def passes(self, sight: Sight) -> Flags:
        share = sight.desk.memory.found_share
        return np.array([share(node) >= self.value for node in sight.nodes.tolist()], bool)

    def words(self) -> str:
        return f"found everything in {self.value:.0%} of their shipments"


@filters("stock_at_least")
class StockAtLeast(Filter):
    """Units only where at least so many of the SKU are available to promise."""

    reader = values.whole(1)
    counts = True

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        atp = sight.atp(line)
        return np.where(atp >= self.value, atp, 0)

    def words(self) -> str:
        return f"have at least {self.value} units of the SKU"


@filters("keep_units")
class KeepUnits(Filter):
    """So many units of each SKU stay at the node: a brokering safety stock on top of what is protected."""

    reader = values.whole(0)
    counts = True

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        left: NDArray[np.int64] = sight.atp(line) - self.value
        return left

    def words(self) -> str:
        return f"keep {self.value} {'unit' if self.value == 1 else 'units'} of each SKU"


@filters("keep_days")
class KeepDays(Filter):
    """What the node expects to sell over so many days stays there: no stockout is caused."""

    reader = values.number()
    counts = True

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        sales = daily_sales(line.sku, sight.nodes, sight.view) * self.value
        # a hair below a whole unit is that unit: products of decimal numbers are not exact
        left: NDArray[np.int64] = sight.atp(line) - np.ceil(sales - 1e-9).astype(np.int64)
        return left

    def words(self) -> str:
        return f"keep {self.value:g} {'day' if self.value == 1 else 'days'} of their own sales"


@filters("overstocked")
class Overstocked(Filter):
    """Only units above the replenishment target."""

    counts = True

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        return _beyond(line, sight, None)

    def words(self) -> str:
        return "have the SKU above their target, and only what lies above it"


@filters("beyond_weeks_of_cover")
class BeyondWeeksOfCover(Filter):
    """Only units that lie beyond so many weeks of the node's sales."""

    reader = values.number()
    counts = True

    def units(self, line: Line, sight: Sight) -> NDArray[np.int64]:
        return _beyond(line, sight, self.value)

    def words(self) -> str:
        return f"have more than {self.value:g} weeks of cover, and only what lies beyond"


def _beyond(line: Line, sight: Sight, weeks: float | None) -> NDArray[np.int64]:
    over, _ = overstock(line.sku, sight.nodes, sight.view, weeks)
    taken = sight.view.atp_row(line.sku)[sight.nodes].astype(np.int64) - sight.atp(line)  # earlier in this review
    found: NDArray[np.int64] = np.floor(over + 1e-9).astype(np.int64) - taken
    return found
