"""The flow of demand from channel to node to outcome."""

from __future__ import annotations

from typing import Any

from orchestrion.domain.codes import Channel
from orchestrion.reports.charts.channels import ENDS, Demand, demand_of, draw, node_groups
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section


def _table(page: Page, name: str, demand: Demand) -> DataTable:
    """Units from each channel to each end."""
    words, fmt = page.words, page.fmt
    pairs = demand.by(0, 2)
    channels = sorted({int(c) for c, _ in pairs})
    ends = [end for end in ENDS if any((c, end) in pairs for c in channels)]
    rows = [
        [words(f"channel.{Channel(c).key}"), *(fmt.number(pairs.get((c, end), 0.0), 1) for end in ends)]
        for c in channels
    ]
    caption = f"{name}{words('colon')} {words('flow_units')}"
    return DataTable(caption, [words("flow_from"), *(words(f"end.{e}") for e in ends)], rows)


@section("channels", order=62)
def channels(page: Page) -> dict[str, Any] | None:
    """A flow chart for each alternative, and its table."""
    reading, words = page.reading, page.words
    found: dict[str, Demand] = {}
    for item in reading.alternatives:
        demand = demand_of(reading, item)
        if demand is None:
            return None
        if demand.links:
            found[item.label] = demand
    if not found:
        return None
    names = node_groups(reading, found)
    items = [item for item in reading.alternatives if item.label in found]
    first = reading.shown_first
    first = first if first.label in found else items[0]
    chart = page.variants(
        "channels",
        {str(item.index): draw(reading, found[item.label], names) for item in items},
        controls=["channels"],
        first=str(first.index),
        alt=words("channels_alt"),
        tables=[_table(page, item.name, found[item.label]) for item in items],
        legend=[],
    )
    walks_in = any((int(Channel.WALK_IN),) in demand.by(0) for demand in found.values())
    return {
        "title": words("channels_title"),
        "lead": words("channels_lead") + ("" if walks_in else words("channels_online")),
        "chart": chart,
        "choices": [(item.index, item.name) for item in items],
        "first": first.index,
    }
