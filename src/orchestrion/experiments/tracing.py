"""A walk through one order: its whole life from the facts, with moments, nodes, costs and CO2e, to be read aloud."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from orchestrion.display import Grid, bundle, paragraphs
from orchestrion.domain.codes import COST_TO_SERVE, Component, EventKind, Leg, Reason
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments.explaining import order_id
from orchestrion.experiments.fact_base import answered
from orchestrion.units import DAY, MG_PER_KG, MICRO, duration_text

if TYPE_CHECKING:
    from orchestrion.experiments.store import Cell
    from orchestrion.experiments.study import Study

_TABLES = ("orders", "lines", "events", "decisions", "shipments", "costs", "accruals", "emissions",
           "returns")  # fmt: skip
_UNITS = (
    "kg.km by van", "kg.km by truck", "stops", "cm3", "parcels", "km of a customer trip", "orders", "km of a courier",
    "cm2 of cardboard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trace:
    """The life of one order.

    Attributes
    ----------
    order, label, replication
        Which one, of which alternative and replication.
    promised_t, received_t
        The moment told to the customer, and when the last parcel was received (-1: not yet) [s].
    cost, costs
        Cost to serve so far, fee subtracted: all, and by component, micro-euros.
    co2e, legs
        All of it, and by leg, milligrams.
    sentences
        What became of it, in words.
    grids
        Lines, life, shipments, what came back, costs, CO2e: as they are printed.
    """

    order: int
    label: str
    replication: int
    promised_t: int
    received_t: int
    cost: int
    costs: Mapping[str, int]
    co2e: int
    legs: Mapping[str, int]
    sentences: tuple[str, ...]
    grids: tuple[Grid, ...]

    def __str__(self) -> str:
        return "\n".join([*self.sentences, *(f"\n{grid.text()}" for grid in self.grids)])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(str(self), paragraphs(self.sentences) + "".join(grid.html() for grid in self.grids))


def trace(
    study: Study,
    order: int | str | None = None,
    scenario: str | None = None,
    policy: str | None = None,
    replication: int | None = None,
) -> Trace:
    """The whole life of one order, read from the stored facts.

    Parameters
    ----------
    order
        Its id (`study.facts("orders")`), or as people write it, `O000412`; an interesting one when left out.
    scenario, policy
        Which alternative: its label, its scenario or its policy; the first that fits.
    replication
        Which one; the first that is finished when left out.

    Raises
    ------
    StudyError
        If the study kept no facts, or there is no such order in that replication.
    UnknownName
        If no alternative fits.
    """
    label, cell = _where(study, scenario, policy, replication)
    id = _interesting(study, cell)[0][0] if order is None else order_id(order)
    tables = {name: _of(study, cell, name, id) for name in _TABLES}
    if not len(tables["orders"]["order"]):
        near = ", ".join(f"O{known:06d} ({why})" for known, why in _interesting(study, cell)[:3])
        raise StudyError(
            f"{label}, replication {cell.replication}: there is no order {id}; interesting ones: {near or 'none'}"
        )
    return _Teller(study, label, cell, tables).tell()


def interesting_orders(
    study: Study, scenario: str | None = None, policy: str | None = None, replication: int | None = None
) -> list[tuple[int, str]]:
    """A few orders worth tracing, each with what is special about it."""
    return _interesting(study, _where(study, scenario, policy, replication)[1])


def _where(study: Study, scenario: str | None, policy: str | None, replication: int | None) -> tuple[str, Cell]:
    fits = [
        one
        for one in study.alternatives
        if (scenario is None or scenario in (one.label, one.scenario))
        and (policy is None or policy in (one.policy_text, one.policy_name))
    ]
    if not fits:
        known = ", ".join(f"{one.label} ({one.policy_text})" for one in study.alternatives)
        raise UnknownName(f"no alternative of scenario {scenario!r} and policy {policy!r}. Known: {known}.")
    label = fits[0].label
    finished = [cell.replication for cell in study.cells(label)]
    if replication is None and not finished:
        raise StudyError(f"{label}: no replication is finished yet")
    return label, study.cell(label, finished[0] if replication is None else replication)


def _of(study: Study, cell: Cell, table: str, order: int) -> Any:
    """The rows of one order."""
    return _asked(study, cell, f'SELECT * FROM {table} WHERE "order" = {order}')


def _asked(study: Study, cell: Cell, query: str) -> Any:
    done = study.folder.done(cell)
    if done is None or not done.rows:
        raise StudyError(
            f"{study.path}: this study kept no facts; to trace orders, run it again with --facts orders (or full)"
        )
    return answered(study.folder, cell, query)


# what may be special about an order, the value by which it is the most so, and the least that counts
_MARKS = (
    ("sourced again most often", "hops", 1),
    ("refused most often", "refused", 1),
    ("in the most parcels", "parcels", 2),
    ("latest against its promise", "CASE WHEN received >= 0 THEN received - promised_t ELSE -1 END", 1),
    ("cancelled", "cancelled", 1),
    ("the dearest to serve", "cost", 1),
    ("collected in a store", "(collect_at >= 0 AND received >= 0)::INTEGER", 1),
    ("an ordinary one", "(received >= 0)::INTEGER", 0),
)


def _interesting(study: Study, cell: Cell) -> list[tuple[int, str]]:
    """Orders that something happened to, the most telling first; each order once."""
    serve = ", ".join(str(int(part)) for part in COST_TO_SERVE)
    marked = " UNION ALL ".join(
        f"""(SELECT '{why}' AS why, "order" FROM (SELECT "order", t, {value} AS value FROM known) WHERE value >= {least}
             ORDER BY value DESC, t, "order" LIMIT {len(_MARKS)})"""
        for why, value, least in _MARKS
    )
    query = f"""
        WITH sent AS (
            SELECT "order", count(*) AS parcels, max(received_t) AS received FROM shipments WHERE units > 0
            GROUP BY "order"
        ),
        happened AS (
            SELECT "order", max(hop) AS hops, count(*) FILTER (kind = {int(EventKind.REFUSED)}) AS refused,
                   count(*) FILTER (kind = {int(EventKind.CANCELLED)}) AS cancelled
            FROM events GROUP BY "order"
        ),
        spent AS (SELECT "order", sum(amount) AS cost FROM costs WHERE component IN ({serve}) GROUP BY "order"),
        known AS MATERIALIZED (
            SELECT "order", t, promised_t, collect_at, coalesce(hops, 0) AS hops, coalesce(refused, 0) AS refused,
                   coalesce(parcels, 0) AS parcels, coalesce(received, -1) AS received,
                   coalesce(cancelled, 0) AS cancelled, coalesce(cost, 0) AS cost
            FROM orders LEFT JOIN sent USING ("order") LEFT JOIN happened USING ("order")
            LEFT JOIN spent USING ("order")
        )
        {marked}
    """
    answer = _asked(study, cell, query)
    found: dict[int, str] = {}
    for mark, _, _ in _MARKS:
        fresh = [order for order in answer["order"][answer["why"] == mark].tolist() if order not in found]
        found |= dict.fromkeys(fresh[:1], mark)
    return list(found.items())


class _Teller:
    """Turns the rows of one order into words and small tables."""

    def __init__(self, study: Study, label: str, cell: Cell, tables: Mapping[str, Any]) -> None:
        self._label, self._cell, self._tables = label, cell, tables
        self._dims = study.folder.dims(cell.scenario_hash)
        document = study[label].document
        start = document.get("time", {}).get("start") if isinstance(document.get("time"), Mapping) else None
        self._start = date.fromisoformat(str(start)) if start is not None else None
        self._order = {name: int(column[0]) for name, column in tables["orders"].items()}

    # -- words ---------------------------------------------------------------------------------------------------

    def _name(self, dim: str, id: int) -> str:
        text = str(self._dims[dim]["label"][id]) if id >= 0 else ""
        return "".join(c for c in text if c.isprintable())  # no escape sequences from somebody's label

    def _when(self, t: int, day: str = "%a %d %b") -> str:
        if t < 0:
            return "-"
        if self._start is None:
            return f"day {t // DAY} {timedelta(seconds=t % DAY)}"
        return f"{datetime.combine(self._start, time()) + timedelta(seconds=t):{day} %H:%M:%S}"

    def _rows(self, table: str, *columns: str) -> list[tuple[int, ...]]:
        return list(zip(*(self._tables[table][c].tolist() for c in columns), strict=True))

    def _sku(self, line: int) -> str:
        found = (sku for number, sku in self._rows("lines", "line", "sku") if number == line)
        return self._name("skus", next(found, -1))

    # -- the whole -----------------------------------------------------------------------------------------------

    def tell(self) -> Trace:
        order = self._order
        serve = {int(part) for part in COST_TO_SERVE}
        costs = self._amounts(("costs", "accruals"), "component", Component, serve)
        legs = self._amounts(("emissions",), "leg", Leg)
        received = max((t for t, units in self._rows("shipments", "received_t", "units") if units), default=-1)
        grids = [self._lines(), self._life(), self._shipments(), self._back(), self._costs(), self._co2e()]
        return Trace(
            order=order["order"],
            label=self._label,
            replication=self._cell.replication,
            promised_t=order["promised_t"],
            received_t=received,
            cost=sum(costs.values()),
            costs=costs,
            co2e=sum(legs.values()),
            legs=legs,
            sentences=tuple(self._sentences(received, sum(costs.values()), sum(legs.values()))),
            grids=tuple(grid for grid in grids if grid.rows),
        )

    def _amounts(self, tables: Sequence[str], key: str, codes: Any, only: set[int] | None = None) -> dict[str, int]:
        total: dict[str, int] = {}
        for code, amount in (row for table in tables for row in self._rows(table, key, "amount")):
            if only is None or code in only:
                name = codes(code).key
                total[name] = total.get(name, 0) + amount
        return total

    def _sentences(self, received: int, cost: int, co2e: int) -> list[str]:
        order = self._order
        to = self._name("places", order["place"])
        where = f"collected at {self._name('nodes', order['collect_at'])} by a customer of {to}"
        how = where if order["collect_at"] >= 0 else f"to {to}"
        option, channel = self._name("options", order["option"]), self._name("channels", order["channel"])
        placed = self._when(order["t"], "%a %d %b %Y")
        told = [
            f"Order O{order['order']:06d} ({self._label}, replication {self._cell.replication}): {option}, {how}.",
            f"Placed {placed} by {channel}; promised by {self._when(order['promised_t'])}.",
        ]
        units = sum(qty for qty, in self._rows("lines", "qty"))
        cancelled = sum(q for k, q in self._rows("events", "kind", "qty") if k == EventKind.CANCELLED)
        came = sum(u for u, t in self._rows("shipments", "units", "received_t") if t >= 0)
        if came + cancelled < units:
            told.append(f"Still open: {came} of {units} units received, {cancelled} cancelled.")
        elif not came:
            told.append(f"Cancelled: none of its {units} units came.")
        else:
            late = received - order["promised_t"]
            kept = f"{duration_text(abs(late))} {'late' if late > 0 else 'before the promise'}"
            rest = f", {cancelled} cancelled" if cancelled else ""
            told.append(f"Complete {self._when(received)}, {kept}: {came} of {units} units{rest}.")
        hops = max((hop for hop, in self._rows("events", "hop")), default=0)
        sent = sum(1 for u, in self._rows("shipments", "units") if u)
        told.append(
            f"Sourced again {hops} time{'' if hops == 1 else 's'}; {sent} shipment{'' if sent == 1 else 's'}; "
            f"cost to serve {cost / MICRO:,.2f} EUR after the fee; {co2e / MG_PER_KG:,.3f} kg CO2e."
        )
        return told

    # -- its tables ----------------------------------------------------------------------------------------------

    def _lines(self) -> Grid:
        events = self._rows("events", "kind", "line", "qty")
        rows = []
        for number, sku, qty, price in self._rows("lines", "line", "sku", "qty", "price"):
            done = {k: sum(q for kind, n, q in events if kind == k and n == number) for k in EventKind}
            rows.append(
                (
                    str(number), self._name("skus", sku), str(qty), f"{price / MICRO:,.2f}",
                    str(done[EventKind.PICKED]), str(done[EventKind.CANCELLED]),
                )
            )  # fmt: skip
        return Grid("Lines", ("line", "SKU", "units", "price, EUR", "picked", "cancelled"), tuple(rows), (2, 3, 4, 5))

    def _life(self) -> Grid:
        rows, before = [], self._order["t"]
        columns = ("t", "kind", "line", "shipment", "node", "qty", "reason", "hop")
        for t, kind, line, shipment, node, qty, reason, hop in self._rows("events", *columns):
            rows.append(
                (
                    self._when(t), f"+{duration_text(t - before)}" if t > before else "", EventKind(kind).label,
                    self._name("nodes", node), self._sku(line), str(qty), "" if reason < 0 else Reason(reason).label,
                    "" if shipment < 0 else str(shipment), str(hop) if hop else "",
                )
            )  # fmt: skip
            before = t
        headers = ("moment", "after", "step", "node", "SKU", "units", "reason", "shipment", "hop")
        return Grid("Life", headers, tuple(rows), (5, 7, 8))

    def _shipments(self) -> Grid:
        rows = []
        columns = ("shipment", "node", "service", "units", "parcels", "mass", "distance")
        moments = ("sourced_t", "picked_t", "handed_t", "received_t", "collected_t")
        for row in self._rows("shipments", *columns, *moments):
            shipment, node, service, units, parcels, mass, distance, *times = row
            rows.append(
                (
                    str(shipment), self._name("nodes", node), self._name("services", service), str(units), str(parcels),
                    f"{mass / 1000:,.2f}", f"{self._km(node, distance):,.1f}", *map(self._when, times),
                )
            )  # fmt: skip
        headers = (
            "shipment", "from", "by", "units", "parcels", "kg", "km", "sourced", "picked", "handed over", "received",
            "collected",
        )  # fmt: skip
        return Grid("Shipments", headers, tuple(rows), (0, 3, 4, 5, 6))

    def _km(self, node: int, distance_m: int) -> float:
        """The geodesic a person would measure on a map; the great circle of the facts where a position is missing."""
        nodes, at = self._dims["nodes"], self._order["collect_at"]
        end = (
            (nodes["lat"][at], nodes["lon"][at])
            if at >= 0
            else (self._order["lat_e6"] / 1e6, self._order["lon_e6"] / 1e6)
        )
        try:
            from geopy.distance import geodesic
        except ImportError:
            return distance_m / 1000
        return float(geodesic((nodes["lat"][node], nodes["lon"][node]), end).km)

    def _back(self) -> Grid:
        rows = []
        columns = ("t", "line", "node", "qty", "reason", "disposition", "refund")
        for t, line, node, qty, reason, disposition, refund in self._rows("returns", *columns):
            rows.append(
                (
                    self._when(t), self._sku(line), self._name("nodes", node), str(qty), Reason(reason).label,
                    self._name("dispositions", disposition), f"{refund / MICRO:,.2f}",
                )
            )  # fmt: skip
        headers = ("decided", "SKU", "at", "units", "why", "became", "refund, EUR")
        return Grid("What came back", headers, tuple(rows), (3, 6))

    def _costs(self) -> Grid:
        rows, total = [], 0
        columns = ("t", "shipment", "node", "component", "amount")
        for table, told in (("costs", ""), ("accruals", "expected of what may still come back")):
            for t, shipment, node, component, amount in self._rows(table, *columns):
                serves = component in COST_TO_SERVE
                total += amount if serves else 0
                rows.append(
                    (
                        Component(component).label, "" if shipment < 0 else str(shipment), self._name("nodes", node),
                        self._when(t), f"{amount / MICRO:,.4f}", told if serves else "not in cost to serve",
                    )
                )  # fmt: skip
        if rows:
            rows.append(("cost to serve", "", "", "", f"{total / MICRO:,.4f}", ""))
        headers = ("component", "shipment", "node", "booked", "EUR", "note")
        return Grid("Costs", headers, tuple(rows), (1, 4))

    def _co2e(self) -> Grid:
        rows = []
        for shipment, leg, activity, unit, amount in self._rows(
            "emissions", "shipment", "leg", "activity", "unit", "amount"
        ):
            what = _UNITS[unit] if 0 <= unit < len(_UNITS) else f"unit {unit}"
            rows.append(
                (
                    Leg(leg).label, "" if shipment < 0 else str(shipment), f"{activity / 1000:,.3f}", what,
                    f"{amount / MG_PER_KG:,.6f}",
                )
            )  # fmt: skip
        if rows:
            total = sum(a for a, in self._rows("emissions", "amount"))
            rows.append(("all legs", "", "", "", f"{total / MG_PER_KG:,.6f}"))
        return Grid("CO2e", ("leg", "shipment", "activity", "of", "kg"), tuple(rows), (1, 2, 4))
