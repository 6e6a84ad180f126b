"""Sorts: which of the nodes left by the filters comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Reason
from orchestrion.policies.pipeline import values
from orchestrion.policies.pipeline.sight import Sight, Values
from orchestrion.policies.stakes import daily_sales, overstock
from orchestrion.registry import Registry
from orchestrion.units import DAY, HOUR, MG_PER_KG, MICRO

sorts = Registry[Any]("sorts")
"""Decorator: `@sorts("nearest")` above a sort."""

ABOVE = 1e9  # lifts scores that may be negative above zero
MOST = 1e10  # and beyond this one node is not preferred to another


@dataclass(frozen=True)
class Sort:
    """A frozen value; `values` of the candidates, the smaller the better."""

    value: Any = True

    reader: ClassVar[values.Reader] = values.switch
    unit: ClassVar[str] = ""  # of `values`: what a weight is a price of
    scale: ClassVar[float] = 1e3  # differences below 1/scale are ties
    additive: ClassVar[bool] = False  # whether more lines never lower the value: then parcels can be priced one by one
    reason: ClassVar[Reason] = Reason.CHOSEN

    def values(self, sight: Sight) -> Values:
        """One number for each candidate, for one shipment with the lines in sight."""
        raise NotImplementedError

    def words(self) -> str:
        """Which node comes first, as a fragment: "nearest"."""
        raise NotImplementedError

    def names(self) -> Iterator[tuple[str, str]]:
        """(kind, name) of all that must exist in the scenario."""
        yield from ()

    def whole_values(self, sight: Sight) -> Values:
        """The same as whole numbers in floats, never negative, so that ties are ties and sums are exact."""
        scaled: Values = np.clip(np.rint(self.values(sight) * self.scale) + ABOVE, 0.0, MOST)
        return scaled


@sorts("nearest")
class Nearest(Sort):
    """Fewest kilometres to the address or the collection store."""

    unit, additive, reason = "km", True, Reason.NEAREST

    def values(self, sight: Sight) -> Values:
        return sight.km

    def words(self) -> str:
        return "nearest"


@sorts("cheapest")
class Cheapest(Sort):
    """Least cost to serve: picking, packaging, carriage."""

    unit, scale, additive, reason = "EUR", MICRO, True, Reason.CHEAPEST

    def values(self, sight: Sight) -> Values:
        return sight.euros

    def words(self) -> str:
        return "least cost to serve"


@sorts("carriage")
class Carriage(Sort):
    """Least carriage alone."""

    unit, scale, additive = "EUR", MICRO, True

    def values(self, sight: Sight) -> Values:
        return sight.euros - sight.labour_eur - sight.packing_eur

    def words(self) -> str:
        return "least carriage"


@sorts("pick_and_pack")
class PickAndPack(Sort):
    """Least cost to pick and pack."""

    unit, scale, additive = "EUR", MICRO, True

    def values(self, sight: Sight) -> Values:
        return sight.labour_eur + sight.packing_eur

    def words(self) -> str:
        return "least cost to pick and pack"


@sorts("labour")
class Labour(Sort):
    """Least wages for picking."""

    unit, scale, additive = "EUR", MICRO, True

    def values(self, sight: Sight) -> Values:
        return sight.labour_eur

    def words(self) -> str:
        return "least labour cost"


@sorts("margin")
class Margin(Sort):
    """Most gross margin after the cost to serve."""

    unit, scale, reason = "EUR", MICRO, Reason.CHEAPEST

    def values(self, sight: Sight) -> Values:
        skus, vat = sight.desk.world.skus, sight.desk.world.economics.vat
        earned = sum(
            (float(skus.price[line.sku]) / (1 + vat) - float(skus.cost[line.sku])) * line.qty for line in sight.lines
        )
        return sight.euros - earned / MICRO

    def words(self) -> str:
        return "most margin after the cost to serve"


@sorts("lowest_co2e")
class LowestCo2e(Sort):
    """Least CO2e."""

    unit, scale, additive, reason = "kg CO2e", MG_PER_KG, True, Reason.LOWEST_CO2E

    def values(self, sight: Sight) -> Values:
        found: Values = sight.quotes.co2e[sight.nodes] / MG_PER_KG
        return found

    def words(self) -> str:
        return "least CO2e"


@sorts("shipments")
class Shipments(Sort):
    """The same for every node: with a weight, the price of one more shipment."""

    unit, additive = "shipment", True

    def values(self, sight: Sight) -> Values:
        return np.ones(len(sight.nodes))

    def words(self) -> str:
        return "fewest shipments"


@sorts("fastest")
class Fastest(Sort):
    """Earliest arrival: backlog, opening hours, cut-off and transit counted."""

    unit, scale = "day", DAY

    def values(self, sight: Sight) -> Values:
        found: Values = (sight.etas - sight.view.now) / DAY
        return found

    def words(self) -> str:
        return "earliest arrival"


@sorts("least_late")
class LeastLate(Sort):
    """Least delay beyond the promise; all that keep it are equal."""

    unit, scale = "day late", DAY

    def values(self, sight: Sight) -> Values:
        found: Values = np.maximum(0, sight.etas - sight.order.promised_t) / DAY
        return found

    def words(self) -> str:
        return "least late"


@sorts("rank")
class Rank(Sort):
    """The highest place in a list of groups or nodes."""

    reader = values.texts
    unit = "place"

    def values(self, sight: Sight) -> Values:
        return sight.desk.groups.ranks(self.value)[sight.nodes].astype(np.float64)

    def words(self) -> str:
        return f"in the order {', '.join(self.value)}, others"

    def names(self) -> Iterator[tuple[str, str]]:
        yield from (("group or node", name) for name in self.value)


@sorts("most_stock")
class MostStock(Sort):
    """Most units available of the SKUs asked for: balances inventory."""

    unit = "unit"

    def values(self, sight: Sight) -> Values:
        total = np.zeros(len(sight.nodes))
        for line in sight.lines:
            total -= sight.atp(line)
        return total

    def words(self) -> str:
        return "most stock"


@sorts("overstock")
class Overstock(Sort):
    """Furthest above the replenishment target, relative to it; given weeks, beyond so many weeks of cover."""

    reader = values.Reader(lambda value: True if value is True else values.number()(value))
    unit, reason = "target", Reason.OVERSTOCK_FIRST

    def values(self, sight: Sight) -> Values:
        total = np.zeros(len(sight.nodes))
        for line in sight.lines:
            over, target = overstock(line.sku, sight.nodes, sight.view, self._weeks)
            total -= over / np.maximum(target, 1)
        return total

    @property
    def _weeks(self) -> float | None:
        return None if self.value is True else float(self.value)

    def words(self) -> str:
        return "most overstocked" + ("" if self._weeks is None else f" beyond {self._weeks:g} weeks of cover")


@sorts("overstocked_units")
class OverstockedUnits(Sort):
    """Most units that leave a shelf above its target: with a weight, the markdown avoided for each."""

    unit, reason = "overstocked unit", Reason.OVERSTOCK_FIRST

    def values(self, sight: Sight) -> Values:
        total = np.zeros(len(sight.nodes))
        for line in sight.lines:
            total -= np.clip(overstock(line.sku, sight.nodes, sight.view)[0], 0, line.qty)
        return total

    def words(self) -> str:
        return "most overstocked units moved"


@sorts("longest_cover")
class LongestCover(Sort):
    """Most weeks of cover: the least risk of a stockout on the shelf. Ten years are as good as for ever."""

    unit = "week of cover"

    def values(self, sight: Sight) -> Values:
        cover = np.full(len(sight.nodes), 520.0)
        for line in sight.lines:
            weekly = 7 * daily_sales(line.sku, sight.nodes, sight.view)
            cover = np.minimum(cover, sight.atp(line) / np.maximum(weekly, 1e-9))
        return -cover

    def words(self) -> str:
        return "most weeks of cover"


@sorts("slowest_sellers")
class SlowestSellers(Sort):
    """Least sales of these SKUs over the counter: sales velocity."""

    unit, scale = "unit a day", 1e4

    def values(self, sight: Sight) -> Values:
        total = np.zeros(len(sight.nodes))
        for line in sight.lines:
            total += daily_sales(line.sku, sight.nodes, sight.view)
        return total

    def words(self) -> str:
        return "slowest sellers"


@sorts("least_busy")
class LeastBusy(Sort):
    """Least picking work waiting for each picker."""

    unit, scale = "hour of backlog", HOUR

    def values(self, sight: Sight) -> Values:
        found: Values = sight.desk.queues.seconds(sight.nodes) / HOUR
        return found

    def words(self) -> str:
        return "least work waiting"


@sorts("least_used")
class LeastUsed(Sort):
    """Smallest share of the day's order capacity used; a node without limit counts as unused."""

    unit = "share of the day's capacity"

    def values(self, sight: Sight) -> Values:
        nodes, free = sight.desk.world.nodes, sight.desk.free
        used = [
            1 - free.capacity(n) / nodes[n].daily_orders if nodes[n].daily_orders > 0 else 0.0
            for n in sight.nodes.tolist()
        ]
        return np.array(used)

    def words(self) -> str:
        return "least of its daily capacity used"


@sorts("best_found")
class BestFound(Sort):
    """Best record of finding what it was asked for: node performance, as seen at the desk so far."""

    unit = "share found"

    def values(self, sight: Sight) -> Values:
        share = sight.desk.memory.found_share
        return np.array([-share(node) for node in sight.nodes.tolist()])

    def words(self) -> str:
        return "best at finding what it is asked for"


@sorts("longest_idle")
class LongestIdle(Sort):
    """Whose last order lies furthest back: everyone in turn."""

    unit = "turn"

    def values(self, sight: Sight) -> Values:
        return sight.each(sight.desk.memory.last_turn)

    def whole_values(self, sight: Sight) -> Values:
        return self.values(sight)  # turns only count up

    def words(self) -> str:
        return "longest without an order"


@dataclass(frozen=True)
class Weighted(Sort):
    """A weighted sum in euros: each part is priced in EUR for one of its units."""

    value: Any = ()  # ((euros, sort), ...)

    unit, scale = "EUR", MICRO

    def values(self, sight: Sight) -> Values:
        total = np.zeros(len(sight.nodes))
        for euros, part in self.value:
            total += euros * part.values(sight)
        return total

    def words(self) -> str:
        return "least sum of " + ", ".join(f"{euros:g} EUR per {part.unit}" for euros, part in self.value)

    def names(self) -> Iterator[tuple[str, str]]:
        for _, part in self.value:
            yield from part.names()


def scores(order: Sequence[Sort], sight: Sight) -> NDArray[np.float64]:
    """One score for each candidate, the smaller the better.

    With one sort its own value, so that a split adds up kilometres or euros; with several, the place in the list sorted
    by the first, its ties by the second, and so on; nodes that tie in all share a place.
    """
    if len(order) == 1:
        return order[0].whole_values(sight)
    if len(sight.nodes) == 1:
        return np.zeros(1)
    keys = np.array([sort.whole_values(sight) for sort in order])
    line_up = np.lexsort(keys[::-1])
    sorted_keys = keys[:, line_up]
    places = np.zeros(len(line_up))
    places[line_up[1:]] = np.cumsum((sorted_keys[:, 1:] != sorted_keys[:, :-1]).any(axis=0))
    return places
