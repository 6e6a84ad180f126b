"""From the baseline's cost or CO2e of an order to another alternative's, part by part: bars that hang on each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrion.domain.codes import COST_TO_SERVE, Component, Leg
from orchestrion.experiments.inference import Estimate
from orchestrion.reports.charts.components import part_name
from orchestrion.reports.judging import differing
from orchestrion.reports.look import COLOURS, new_figure, safe
from orchestrion.reports.reading import Alternative, Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

LEAST = 0.04  # of the largest step: smaller ones are drawn together
ROW = 46  # height of one step with its name [px]
NOTE = 18  # height of what is said below the bars [px]


# what can be taken apart: name -> (KPI, grouped by, parts); "bare" leaves out the customer's own trip
ASKED: dict[str, tuple[str, str, Sequence[Component] | Sequence[Leg]]] = {
    "cost": ("cost_to_serve", "component", COST_TO_SERVE),
    "co2e": ("co2e_per_order", "leg", list(Leg)),
    "bare": ("co2e_per_order", "leg", [leg for leg in Leg if leg != Leg.CUSTOMER_TRIP]),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One part: how much an order has more or less of it."""

    part: Component | Leg | None  # None: several small ones together
    change: Estimate


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Both ends [KPI's unit per order] and the steps between them, which add up."""

    kpi: str
    start: float
    end: float
    steps: list[Step]


def waterfall_of(
    reading: Reading, kpi: str, group_by: str, parts: Sequence[Component] | Sequence[Leg], item: Alternative
) -> Waterfall | None:
    """Paired differences of each part between the baseline and another alternative; None without such groups."""
    groups = reading.replicated_by_group(kpi, group_by)
    base = reading.baseline.label
    here, there = groups.get(item.label, {}), groups.get(base, {})
    if not here or not there:
        return None
    both = sorted(
        {r for by in here.values() for r in by} & {r for by in there.values() for r in by}
    )
    steps, start = [], 0.0
    for part in parts:
        values = {
            label: {r: by.get(int(part), {}).get(r, 0.0) for r in both}
            for label, by in ((item.label, here), (base, there))
        }
        start += sum(values[base].values()) / len(both) if both else 0.0
        if any(values[item.label].values()) or any(values[base].values()):
            steps.append(Step(part, differing(reading, values, base, item.label)))
    return Waterfall(kpi, start, start + sum(step.change.mean for step in steps), steps) if steps else None


def gathered(
    reading: Reading, kpi: str, group_by: str, parts: Sequence[Component] | Sequence[Leg], item: Alternative
) -> Waterfall | None:
    """As `waterfall_of`, the parts that hardly move put together: what is drawn, where all are in the table."""
    found = waterfall_of(reading, kpi, group_by, parts, item)
    if found is None:
        return None
    largest = max(abs(step.change.mean) for step in found.steps)
    small = [step.part for step in found.steps if abs(step.change.mean) < LEAST * largest]
    if len(small) < 2:
        return found
    groups, base = reading.replicated_by_group(kpi, group_by), reading.baseline.label
    values: dict[str, dict[int, float]] = {}
    for label in (item.label, base):
        by = groups[label]
        runs = {r for group in by.values() for r in group}
        values[label] = {r: sum(by.get(int(part), {}).get(r, 0.0) for part in small if part is not None) for r in runs}
    kept = [step for step in found.steps if step.part not in small]
    together = Step(None, differing(reading, values, base, item.label))
    return Waterfall(kpi, found.start, found.end, [*kept, together])


def step_name(reading: Reading, step: Step) -> str:
    """A part in the reader's language."""
    return part_name(reading, step.part) if step.part is not None else reading.words("waterfall_others")


def cut_at(low: float, high: float) -> float:
    """Where the whole bars may begin so that steps between `low` and `high` are seen: zero where they are seen anyway.

    >>> cut_at(5.2, 6.2), cut_at(1.0, 6.2), cut_at(-0.2, 1.0)
    (4.5, 0.0, 0.0)
    """
    room = low - 0.6 * (high - low)
    if room < 0.5 * high or room <= 0:
        return 0.0
    grain = 10.0 ** math.floor(math.log10(high - low if high > low else high)) / 2
    return round(math.floor(room / grain) * grain, 10)


def draw(reading: Reading, found: Waterfall, item: Alternative) -> go.Figure:
    """One bar a step, its name above it and its size beside it; both ends as whole bars."""
    import plotly.graph_objects as go

    fmt, words = reading.fmt, reading.words
    unit = reading.card(found.kpi).unit
    how = fmt.unit(unit)
    rows: list[tuple[str, float, float, str, str, float]] = []  # name, from, length, colour, note, half

    def whole(name: str, value: float, colour: str) -> None:
        rows.append((name, 0.0, value, colour, f"<b>{safe(fmt.quantity(value, unit, 3))}</b>", float("nan")))

    whole(reading.baseline.name, found.start, reading.baseline.colour)
    at = found.start
    for step in found.steps:
        change, half = step.change.mean, step.change.half
        note = fmt.change(change, unit, 3)
        note += f" ± {fmt.number(how.shown(half), 3)}" if half == half else ""
        colour = COLOURS["bad"] if change > 0 else COLOURS["good"]
        rows.append((step_name(reading, step), at, change, colour, safe(note), half))
        at += change
    whole(item.name, found.end, item.colour)

    figure = new_figure(fmt, height=ROW * len(rows) + 8)
    kinds = (
        ("waterfall_level", [0, len(rows) - 1], COLOURS["axis"]),
        ("waterfall_more", [i for i, row in enumerate(rows) if 0 < i < len(rows) - 1 and row[2] > 0], COLOURS["bad"]),
        ("waterfall_less", [i for i, row in enumerate(rows) if 0 < i < len(rows) - 1 and row[2] <= 0], COLOURS["good"]),
    )
    for name, which, colour in kinds:
        if not which:
            continue
        figure.add_trace(
            go.Bar(
                y=which,
                base=[round(how.shown(rows[i][1]), 6) for i in which],
                x=[round(how.shown(rows[i][2]), 6) for i in which],
                orientation="h",
                name=safe(words(name)),
                width=0.38,
                offset=-0.02,
                marker={"color": [rows[i][3] for i in which] if name == "waterfall_level" else colour},
                error_x={
                    "type": "data",
                    "array": [round(how.shown(rows[i][5]), 6) if rows[i][5] == rows[i][5] else 0 for i in which],
                    "color": COLOURS["muted"],
                    "thickness": 1.3,
                    "width": 3,
                    "visible": name != "waterfall_level",
                },
                hovertext=[f"<b>{safe(rows[i][0])}</b><br>{rows[i][4]}" for i in which],
                hovertemplate="%{hovertext}<extra></extra>",
                showlegend=name != "waterfall_level",
            )
        )
    notes: list[dict[str, Any]] = []
    for place, (name, _, _, _, note, _) in enumerate(rows):
        common = {"xref": "paper", "y": place - 0.25, "yref": "y", "showarrow": False, "yanchor": "middle"}
        ends = place in (0, len(rows) - 1)
        ink = COLOURS["ink"]
        text = f"<b>{safe(name)}</b>" if ends else safe(name)
        notes.append({**common, "x": 0, "xanchor": "left", "text": text, "font": {"size": 13, "color": ink}})
        notes.append({**common, "x": 1, "xanchor": "right", "text": note, "font": {"size": 12.5, "color": ink}})
    inner = [how.shown(row[1] + row[2]) for row in rows[:-1]]
    cut = cut_at(min(inner), max(*inner, how.shown(found.end)))
    reach = [how.shown(row[1]) for row in rows[1:-1]] + [how.shown(row[1] + row[2]) for row in rows] + [cut]
    low, high = min(reach), max(reach)
    air = 0.03 * (high - low) or 1.0
    below = NOTE if cut > 0 else 0
    if cut > 0:
        begin = safe(words("waterfall_cut", value=fmt.quantity(cut / how.factor, unit, 2)))
        common = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "y", "y": len(rows) - 0.5, "yanchor": "top"}
        notes.append({**common, "text": begin, "showarrow": False, "font": {"size": 11.5, "color": COLOURS["muted"]}})
        figure.update_layout(height=ROW * len(rows) + 8 + below)
    # two strokes through a bar that does not begin at zero
    breaks = [
        {"type": "path", "xref": "paper", "yref": "y", "layer": "above",
         "path": f"M{x - 0.006:.3f},{row + 0.38} L{x + 0.006:.3f},{row - 0.04}",
         "line": {"color": COLOURS["surface"], "width": 3}}
        for row in (0, len(rows) - 1) for x in (0.03, 0.045) if cut > 0
    ]  # fmt: skip
    figure.update_layout(
        annotations=notes, shapes=breaks, margin={"l": 0, "r": 2, "t": 2, "b": 2}, bargap=0, barmode="overlay"
    )
    figure.update_yaxes(visible=False, range=[len(rows) - 0.5 + below / ROW, -0.5], automargin=False, fixedrange=True)
    figure.update_xaxes(
        visible=True, showticklabels=False, showgrid=False, zeroline=low < 0, zerolinecolor=COLOURS["axis"],
        automargin=False, fixedrange=True, range=[low - (air if low < cut else 0), high + air],
    )  # fmt: skip
    return figure
