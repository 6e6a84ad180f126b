"""Nodes: the tables of warehouses and stores, what their kinds have in common, and single changes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import table_path
from orchestrion.domain.codes import Role
from orchestrion.domain.world import Node
from orchestrion.errors import InputError, Problem, Together
from orchestrion.geometry import distance_km
from orchestrion.scenarios.compile.calendars import hands, opening
from orchestrion.scenarios.document.hours import Opening
from orchestrion.scenarios.document.network import Network, NodeChange, NodeKind
from orchestrion.tables import Row, read_table
from orchestrion.units import DAY, duration_s, micro, time_of_day_s

ROLES = {role.key: role for role in Role}
GROUPS = {
    Role.WAREHOUSE: "warehouses", Role.STORE: "stores", Role.DARK_STORE: "dark_stores", Role.SUPPLIER: "suppliers",
}  # fmt: skip
FARTHEST_KM = 60  # no point of France is farther from the centre of a commune


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a node is and how large, before it gets people and hours."""

    key: str
    label: str
    role: Role
    lat: float
    lon: float
    size: str
    departement: str


def read_spots(network: Network) -> list[Spot]:
    """All nodes of the tables and of the document, warehouses first.

    Raises
    ------
    InputError
        If a node of the tables has no such position or role, or one outside them lacks its own; all are told.
    """
    together = Together()
    rows: list[tuple[Role, Row]] = []
    for role, file in ((Role.WAREHOUSE, network.warehouses_table), (Role.STORE, network.stores_table)):
        if file is None:
            continue
        with together:
            table = read_table(table_path(file), ("key", "label", "lat", "lon", "departement"))
            table.unique("key")
            rows += [(role, row) for row in table]
    together.tell()  # before anybody is told that a node of an unread table is unknown
    spots = {row["key"]: _spot(row, role, together) for role, row in rows}
    for key, change in network.nodes.items():
        known = spots.get(key)
        if known is None and (change.role is None or change.lat is None or change.lon is None):
            rule = "not in the tables of nodes: give it a role, lat and lon"
            together.problems.append(Problem("scenario", None, f"network.nodes.{key}", "", rule))
            continue
        spots[key] = _changed(key, known, change)
    together.tell()
    return sorted(spots.values(), key=lambda spot: spot.role)  # stable: tables keep their order


def _spot(row: Row, role: Role, together: Together) -> Spot:
    """A row of a table of nodes; what is wrong with it is told together."""
    lat = lon = math.nan
    with together:
        lat = row.number("lat", -90, 90)
    with together:
        lon = row.number("lon", -180, 180)
    own = row.values.get("role")
    if own and own not in ROLES:
        rule = f"not a role; write one of {', '.join(ROLES)}, or nothing"
        together.problems.append(row.problem("role", rule))
    size = row.values.get("size") or "L"
    return Spot(row["key"], row["label"], ROLES.get(own or "", role), lat, lon, size, row["departement"])


def _changed(key: str, known: Spot | None, change: NodeChange) -> Spot:
    def either(new: object, old: object) -> object:
        return old if new is None else new

    base = known or Spot(key, key, Role.STORE, 0.0, 0.0, "M", "")
    return Spot(
        key,
        str(either(change.label, base.label)),
        Role[change.role.upper()] if change.role else base.role,
        change.lat if change.lat is not None else base.lat,
        change.lon if change.lon is not None else base.lon,
        str(either(change.size, base.size)),
        base.departement,
    )


def make_node(
    id: int, spot: Spot, network: Network, web_sees: list[str], zone: int, agency: int, start: date, days: int
) -> Node:
    """A node with its people, hours and roles.

    Raises
    ------
    InputError
        If it never opens.
    """
    kind = kind_of(network, spot.role)
    change = network.nodes.get(spot.key, NodeChange())
    hours = _hours(spot.key, kind, change)
    calendar = opening(start, days, hours, spot.departement)
    if not calendar.opens or calendar.opens[0] >= days * DAY:
        where = f"network.nodes.{spot.key}" if spot.key in network.nodes else f"network.{GROUPS[spot.role]}.opening"
        rule = f"{spot.label} never opens in the {days} days of the scenario; look at its days and closed_on."
        raise InputError([Problem("scenario", None, where, "", rule)])
    shifts = kind.shifts if change.shifts is None else change.shifts
    people = () if shifts is None else hands(start, days, shifts, hours, spot.departement)
    pickers = kind.pickers[spot.size] if change.pickers is None else change.pickers
    backlog = kind.max_backlog if change.max_backlog is None else change.max_backlog
    backlog_time = change.max_backlog_time or kind.max_backlog_time
    ships = (kind.ships and not change.franchised) if change.ships is None else change.ships
    limit = kind.daily_orders if change.daily_orders is None else change.daily_orders
    return Node(
        id=id,
        key=spot.key,
        label=spot.label,
        role=spot.role,
        lat=spot.lat,
        lon=spot.lon,
        zone=zone,
        ships=ships,
        collects=kind.collects if change.collects is None else change.collects,
        walk_ins=kind.walk_ins,
        # a franchise's stock is its own: the web may promise it only where the franchise has opted in
        web_visible=GROUPS[spot.role] in web_sees and (ships or not change.franchised),
        pickers=pickers if shifts is None else len(people),
        pick_setup_s=duration_s(kind.pick_setup),
        pick_line_s=duration_s(kind.pick_line),
        pick_unit_s=duration_s(kind.pick_unit),
        pick_success=kind.pick_success if change.pick_success is None else change.pick_success,
        daily_orders=-1 if limit is None else limit,
        wage=micro(kind.wage_eur_per_hour),
        calendar=calendar,
        agency=agency,
        franchised=change.franchised,
        shifts=people,
        max_backlog=-1 if backlog is None else backlog,
        max_backlog_s=-1 if backlog_time is None else duration_s(backlog_time),
        per_shipment=micro(kind.eur_per_shipment if change.eur_per_shipment is None else change.eur_per_shipment),
        per_unit=micro(kind.eur_per_unit if change.eur_per_unit is None else change.eur_per_unit),
    )


def kind_of(network: Network, role: Role) -> NodeKind:
    """What the nodes of a role have in common."""
    kind: NodeKind = getattr(network, GROUPS[role])
    return kind


def _hours(key: str, kind: NodeKind, change: NodeChange) -> Opening:
    """The opening hours of a node: its kind's, with what it has of its own."""
    own = kind.opening
    opens, closes = change.opens or own.opens, change.closes or own.closes
    if time_of_day_s(closes) <= time_of_day_s(opens):
        what = "closes" if change.closes else "opens"
        rule = f"closes ({closes}) must be after opens ({opens})."
        raise InputError([Problem("scenario", None, f"network.nodes.{key}.{what}", "", rule)])
    return Opening(
        days=change.days or own.days,
        opens=opens,
        closes=closes,
        public_holidays=own.public_holidays,
        open_on=[*own.open_on, *change.open_on],
        closed_on=[*own.closed_on, *change.closed_on],
    )


def check_positions(
    spots: list[Spot], nearest_place: list[tuple[str, float, float]], away_m: NDArray[np.int32]
) -> None:
    """Refuse nodes far from every delivery address: their latitude and longitude are probably swapped or mistyped.

    Parameters
    ----------
    nearest_place
        For each node the label, latitude and longitude of the delivery address nearest to it.
    away_m
        The great circle to it.

    Raises
    ------
    InputError
        Naming each node, its distance and the nearest address.
    """
    problems = []
    for spot, (label, lat, lon), metres in zip(spots, nearest_place, away_m.tolist(), strict=True):
        if metres < 900 * FARTHEST_KM:  # within a hundredth of the geodesic, which is slow to come by
            continue
        away = distance_km((spot.lat, spot.lon), (lat, lon))
        if away > FARTHEST_KM:
            rule = (
                f"{away:.0f} km from the nearest delivery address ({label}), more than {FARTHEST_KM}; "
                "are latitude and longitude swapped?"
            )
            problems.append(Problem("scenario", None, f"network.nodes.{spot.key}", f"{spot.lat}, {spot.lon}", rule))
    if problems:
        raise InputError(problems)
