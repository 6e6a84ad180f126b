"""Cost to serve by component and CO2e by leg, as stacked bars."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestrion.domain.codes import COST_TO_SERVE, Component, Leg
from orchestrion.reports.charts.bars import Part, stacked
from orchestrion.reports.look import COLOURS, hover, safe
from orchestrion.reports.reading import Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

_COST_COLOURS = {
    Component.CARRIAGE: "part_0",
    Component.PICKING: "part_2",
    Component.PACKAGING: "part_4",
    Component.SHUTTLE: "part_5",
    Component.REWORK: "part_7",
    Component.CARE: "part_3",
    Component.TRANSFER: "part_8",
    Component.FAILED_DELIVERY: "part_9",
    Component.RETURN_CARRIAGE: "part_10",
    Component.INSPECTION: "part_11",
    Component.RETURN_WRITE_OFF: "part_12",
    Component.FEE: "part_6",
    Component.CLAIMING: "part_1",
}
_LEG_COLOURS = {
    Leg.BUILDING: "part_6",
    Leg.ORDERING: "part_3",
    Leg.PACKAGING: "part_4",
    Leg.FIRST_LEG: "part_1",
    Leg.LINE_HAUL: "part_0",
    Leg.LAST_LEG: "part_2",
    Leg.SHUTTLE: "part_5",
    Leg.TRANSFER: "part_8",
    Leg.COURIER: "part_2",
    Leg.CROSS_DOCK: "part_11",
    Leg.PICKUP_POINT: "part_12",
    Leg.REPLENISHMENT: "part_0",
    Leg.FAILED_ATTEMPT: "part_9",
    Leg.RETURN: "part_10",
    Leg.CUSTOMER_TRIP: "part_7",
}


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A KPI's parts: label -> part -> mean amount per shipped order, in the KPI's unit."""

    kpi: str
    parts: list[Component] | list[Leg]
    amounts: dict[str, dict[int, float]]


def _breakdown(reading: Reading, kpi: str, group_by: str, parts: list[Component] | list[Leg]) -> Breakdown | None:
    groups = reading.by_group(kpi, group_by)
    amounts = {
        label: {group: found.mean for group, found in by.items() if group >= 0 and math.isfinite(found.mean)}
        for label, by in groups.items()
    }
    if not any(amounts.values()):
        return None
    present = [part for part in parts if any(amounts[label].get(part, 0.0) for label in amounts)]
    return Breakdown(kpi, present, amounts)  # type: ignore[arg-type]


def cost_breakdown(reading: Reading) -> Breakdown | None:
    """Cost to serve by component; None where the study is not grouped so."""
    order = [part for part in _COST_COLOURS if part in COST_TO_SERVE]
    return _breakdown(reading, "cost_to_serve", "component", order)


def emission_breakdown(reading: Reading) -> Breakdown | None:
    """CO2e by leg; None where the study is not grouped so."""
    return _breakdown(reading, "co2e_per_order", "leg", list(_LEG_COLOURS))


def part_name(reading: Reading, part: Component | Leg) -> str:
    """A component or leg in the reader's language."""
    return reading.words(f"{'component' if isinstance(part, Component) else 'leg'}.{part.key}")


def _parts(reading: Reading, found: Breakdown, decimals: int) -> list[Part]:
    unit = reading.card(found.kpi).unit
    how = reading.fmt.unit(unit)
    items = [item for item in reading.alternatives if item.label in found.amounts]
    width = max(sum(abs(v) for v in found.amounts[item.label].values()) for item in items) or 1.0
    parts = []
    for part in found.parts:
        values = [found.amounts[item.label].get(part, 0.0) for item in items]
        name = part_name(reading, part)
        colour = _COST_COLOURS[part] if isinstance(part, Component) else _LEG_COLOURS[part]
        parts.append(
            Part(
                name,
                COLOURS[colour],
                [how.shown(v) for v in values],
                [
                    hover(item.name, reading.words.labelled(name, reading.fmt.quantity(v, unit, decimals + 1)))
                    for item, v in zip(items, values, strict=True)
                ],
                [reading.fmt.number(how.shown(v), decimals) if abs(v) > 0.05 * width else "" for v in values],
                hatched=part == Leg.CUSTOMER_TRIP and isinstance(part, Leg),
            )
        )
    return parts


def cost(reading: Reading) -> go.Figure | None:
    """Stacked euros per order; fees paid stand left of zero, the total beside the name."""
    found = cost_breakdown(reading)
    if found is None:
        return None
    items = [item for item in reading.alternatives if item.label in found.amounts]
    notes = [f"<b>{safe(reading.written(found.kpi, reading.level(found.kpi, item.label).mean))}</b>" for item in items]
    return stacked(reading.fmt, [item.name for item in items], notes, _parts(reading, found, 2))


def trip_totals(reading: Reading, found: Breakdown, label: str) -> tuple[float, float]:
    """CO2e per order without and with the customer's trip [kg]."""
    total = sum(found.amounts[label].values())
    return total - found.amounts[label].get(Leg.CUSTOMER_TRIP, 0.0), total


def emissions(reading: Reading) -> go.Figure | None:
    """Stacked kilograms per order, the customer's trip hatched at the end."""
    found = emission_breakdown(reading)
    if found is None:
        return None
    items = [item for item in reading.alternatives if item.label in found.amounts]
    notes = []
    for item in items:
        without, whole = (reading.written(found.kpi, v) for v in trip_totals(reading, found, item.label))
        notes.append(f"<b>{safe(without)}</b> → <b>{safe(whole)}</b>" if without != whole else f"<b>{safe(whole)}</b>")
    return stacked(reading.fmt, [item.name for item in items], notes, _parts(reading, found, 2))
