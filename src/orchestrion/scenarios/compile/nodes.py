"""Nodes: the tables of warehouses and stores, what their kinds have in common, and single changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestrion.bundled import data_path
from orchestrion.domain.codes import Role
from orchestrion.domain.world import Node
from orchestrion.errors import InputError, Problem
from orchestrion.geometry import distance_km
from orchestrion.scenarios.compile.calendars import opening
from orchestrion.scenarios.document.network import Network, NodeChange, Opening
from orchestrion.tables import read_table
from orchestrion.units import duration_s, micro

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
        If a node outside the tables lacks its role or position.
    """
    spots: dict[str, Spot] = {}
    for role, file in ((Role.WAREHOUSE, network.warehouses_table), (Role.STORE, network.stores_table)):
        if file is None:
            continue
        table = read_table(data_path(*file.split("/")), ("key", "label", "lat", "lon", "departement"))
        table.unique("key")
        for row in table:
            size = row.values.get("size") or "L"
            lat, lon = row.number("lat", -90, 90), row.number("lon", -180, 180)
            spots[row["key"]] = Spot(row["key"], row["label"], role, lat, lon, size, row["departement"])
    problems = []
    for key, change in network.nodes.items():
        known = spots.get(key)
        if known is None and (change.role is None or change.lat is None or change.lon is None):
            rule = "not in the tables of nodes: give it a role, lat and lon"
            problems.append(Problem("scenario", None, f"network.nodes.{key}", "", rule))
            continue
        spots[key] = _changed(key, known, change)
    if problems:
        raise InputError(problems)
    return sorted(spots.values(), key=lambda spot: spot.role)  # stable: tables keep their order


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
    """A node with its people, hours and roles."""
    warehouse = spot.role == Role.WAREHOUSE
    kind = network.warehouses if warehouse else network.stores
    change = network.nodes.get(spot.key, NodeChange())
    hours = Opening(
        days=kind.opening.days,
        opens=change.opens or kind.opening.opens,
        closes=change.closes or kind.opening.closes,
        public_holidays=kind.opening.public_holidays,
    )
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
        web_visible=("warehouses" if warehouse else "stores") in web_sees and (ships or not change.franchised),
        pickers=kind.pickers[spot.size] if change.pickers is None else change.pickers,
        pick_setup_s=duration_s(kind.pick_setup),
        pick_line_s=duration_s(kind.pick_line),
        pick_unit_s=duration_s(kind.pick_unit),
        pick_success=kind.pick_success if change.pick_success is None else change.pick_success,
        daily_orders=-1 if limit is None else limit,
        wage=micro(kind.wage_eur_per_hour),
        calendar=opening(start, days, hours, spot.departement),
        agency=agency,
        franchised=change.franchised,
    )


def check_positions(spots: list[Spot], nearest_place: list[tuple[str, float, float]]) -> None:
    """Refuse nodes far from every delivery address: their latitude and longitude are probably swapped or mistyped.

    Parameters
    ----------
    nearest_place
        For each node the label, latitude and longitude of the delivery address nearest to it.

    Raises
    ------
    InputError
        Naming each node, its distance and the nearest address.
    """
    problems = []
    for spot, (label, lat, lon) in zip(spots, nearest_place, strict=True):
        away = distance_km((spot.lat, spot.lon), (lat, lon))
        if away > FARTHEST_KM:
            rule = (
                f"{away:.0f} km from the nearest delivery address ({label}), more than {FARTHEST_KM}; "
                "are latitude and longitude swapped?"
            )
            problems.append(Problem("scenario", None, f"network.nodes.{spot.key}", f"{spot.lat}, {spot.lon}", rule))
    if problems:
        raise InputError(problems)
