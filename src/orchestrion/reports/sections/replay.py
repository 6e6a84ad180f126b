"""A day replayed on the map."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np

from orchestrion.reports.charts import replay
from orchestrion.reports.look import COLOURS
from orchestrion.reports.page import SYMBOL_PATHS, Chart, DataTable, Key, Page, script_json
from orchestrion.reports.sections import section
from orchestrion.units import HOUR, MINUTE


def _table(page: Page, name: str, found: replay.Day, moments: list[str]) -> DataTable:
    words, fmt = page.words, page.fmt
    every = 6 * HOUR // replay.STEP
    rows = [
        [moment, *(fmt.number(count) for count in found.counts(step * replay.STEP))]
        for step, moment in enumerate(moments)
        if step % every == 0
    ]
    columns = ("moment", "sourced", "waiting", "road", "received")
    return DataTable(name, [words(f"replay_{key}") for key in columns], rows)


@section("replay", order=82)
def section_replay(page: Page) -> dict[str, Any] | None:
    """The map at a moment, the clock that moves it, and the counts hour by hour."""
    reading, words, fmt = page.reading, page.words, page.fmt
    if not any(chart.key == "flows" for chart in page.charts):
        return None  # its outlines are drawn from that map
    net = page.network
    replications = reading.replication_ids(reading.baseline.label)
    day = replay.busiest_day(reading, reading.baseline.label, replications[0]) if replications else None
    if net is None or day is None:
        return None
    found = {}
    for item in reading.drawn_closely:
        if replications[0] in reading.replication_ids(item.label):
            one = replay.day_of(reading, net, item.label, replications[0], day)
            if one is not None and len(one.node):
                found[item.index] = one
    if not found:
        return None
    first = reading.shown_first
    start = first.index if first.index in found else next(iter(found))
    end = replay.clock_end(list(found.values()))
    moments = replay.moments(reading, day, end)
    data = {
        "step": replay.STEP // MINUTE,
        "moments": moments,
        "says": words("replay_says"),
        "x": np.round(net.x / 1000, 1).tolist(),
        "y": np.round(net.y / 1000, 1).tolist(),
        "labels": net.labels,
        "depot": [int(one) for one in net.warehouse],
        "colours": {
            "store": COLOURS["flow_store"], "warehouse": COLOURS["flow_warehouse"], "there": COLOURS["time_3"],
            "node": COLOURS["warehouse"], "edge": COLOURS["surface"],
        },
        "days": {str(index): replay.payload(net, one) for index, one in found.items()},
        "controls": ["replay"],
        "data": [],
        "layout": {},
    }  # fmt: skip
    names = {item.index: item.name for item in reading.alternatives}
    chart = Chart(
        "replay", words("replay_alt"), script_json(data), 560,
        [_table(page, names[index], one, moments) for index, one in found.items()], [], round(net.view.ratio, 4),
    )  # fmt: skip
    page.charts.append(chart)
    circle, square = SYMBOL_PATHS["circle"], SYMBOL_PATHS["square"]
    name = fmt.day_month(reading.start + timedelta(days=day)) if reading.start else words("day_n", n=day + 1)
    return {
        "title": words("replay_title"),
        "lead": words("replay_lead", day=name, replication=replications[0]) + reading.left_out,
        "chart": chart,
        "choices": [(index, names[index]) for index in found],
        "first": start,
        "last": len(moments) - 1,
        "at": min(len(moments) - 1, replay.AT_FIRST // replay.STEP),
        "legend": [
            Key("dot", "var(--warehouse)", words("warehouses"), path=square),
            Key("dot", "var(--flow_warehouse)", words("replay_warehouse"), path=circle),
            Key("dot", "var(--flow_store)", words("replay_store"), path=SYMBOL_PATHS["triangle-up"]),
            Key("dot", "var(--time_3)", words("replay_there"), path=SYMBOL_PATHS["diamond"]),
        ],
    }
