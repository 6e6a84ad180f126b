"""The map: who ships where, and which stores run dry."""

from __future__ import annotations

import itertools
from typing import Any

from orchestrion.reports.charts import flows
from orchestrion.reports.naming import alphabetical
from orchestrion.reports.page import SYMBOL_PATHS as PATHS
from orchestrion.reports.page import DataTable, Key, Page
from orchestrion.reports.sections import section


def _share(page: Page, value: float) -> str:
    return page.fmt.percent(value, 0 if value >= 0.0995 else 1)


def _heat_keys(page: Page, net: flows.Network) -> list[Key]:
    breaks = net.heat_breaks
    if not breaks:
        return [Key("dot", "var(--heat_0)", page.fmt.percent(0.0), path=PATHS["circle"])]
    names = [page.words("less_than", a=_share(page, breaks[0]))]
    names += [
        page.words("between", a=_share(page, low), b=_share(page, high)) for low, high in itertools.pairwise(breaks)
    ]
    names.append(page.words("or_more", a=_share(page, breaks[-1])))
    return [Key("dot", f"var(--heat_{i})", name, path=PATHS["circle"]) for i, name in enumerate(names)]


def _line_keys(page: Page, net: flows.Network) -> list[Key]:
    words = page.words
    keys = []
    for kind in ("flow_warehouse", "flow_store", "flow_collect"):
        used = any(
            found.collect
            if kind == "flow_collect"
            else any(net.warehouse[n] == (kind == "flow_warehouse") for n, _ in found.home)
            for found in net.traffic.values()
        )
        if used:
            keys.append(Key("line", f"var(--{kind})", words(kind), dash="4 3" if kind == "flow_collect" else ""))
    keys.append(Key("dot", "var(--warehouse)", words("warehouses"), path=PATHS["square"]))
    return keys


def _caption(page: Page, net: flows.Network, label: str) -> list[str]:
    reading, words, fmt = page.reading, page.words, page.fmt
    item = reading.of(label)
    lines = [
        words(
            "flow_caption",
            name=item.name,
            sent=fmt.number(net.traffic[label].total, 0),
            stores=fmt.percent(net.stores_share(label), 0),
            km=fmt.quantity(net.traffic[label].distance_km, "km", 0),
        )
    ]
    worst = sorted(net.heat.get(label, {}).items(), key=lambda pair: (-pair[1], pair[0]))[:3]
    if net.heat_kpi and worst and worst[0][1] > 0:
        stores = fmt.join([f"{net.labels[node]} ({fmt.percent(share)})" for node, share in worst])
        lines.append(words("worst_stores", kpi=reading.within(net.heat_kpi), stores=stores))
    if net.drawn[label] < 0.995:
        lines.append(words("flows_drawn", share=fmt.percent(net.drawn[label], 0)))
    return lines


def _width_keys(page: Page, net: flows.Network) -> list[Key]:
    breaks = net.width_breaks
    if not breaks:
        return []
    texts = [page.fmt.number(value, 0 if value == round(value) else 1 if value >= 0.1 else 2) for value in breaks]
    names = [page.words("less_than", a=texts[0])]
    names += [page.words("between", a=low, b=high) for low, high in itertools.pairwise(texts)]
    names.append(page.words("or_more", a=texts[-1]))
    return [Key("line", "var(--muted)", name, width=width) for name, width in zip(names, flows.WIDTHS, strict=False)]


def _tables(page: Page, net: flows.Network) -> list[DataTable]:
    reading, words, fmt = page.reading, page.words, page.fmt
    names = [item.name for item in reading.alternatives]
    order = sorted(range(len(net.labels)), key=lambda node: (not net.warehouse[node], alphabetical(net.labels[node])))
    tables = [
        DataTable(
            words("sent_a_day"),
            [words("node"), *names],
            [
                [
                    net.labels[node],
                    *(fmt.number(net.traffic[a.label].sent.get(node, 0.0), 1) for a in reading.alternatives),
                ]
                for node in order
            ],
        )
    ]
    if net.heat_kpi:
        rows = []
        for node in order:
            shares = [net.heat.get(item.label, {}).get(node) for item in reading.alternatives]
            if any(share is not None for share in shares):
                rows.append([net.labels[node], *("–" if share is None else fmt.percent(share) for share in shares)])
        tables.append(DataTable(reading.card(net.heat_kpi).label, [words("node"), *names], rows))
    return tables


@section("flows", order=80)
def section_flows(page: Page) -> dict[str, Any] | None:
    """The map with its selector, legend and captions."""
    reading, words = page.reading, page.words
    net = page.network
    first = reading.shown_first.label
    figure = flows.flows(reading, net, alternative=first)
    if net is None or figure is None:
        return None
    kpi = reading.within(net.heat_kpi) if net.heat_kpi else ""
    chart = page.chart(
        "flows",
        figure,
        alt=words("flows_alt"),
        tables=_tables(page, net),
        legend=[],
        ratio=round(net.view.ratio, 4),
        widths=flows.WIDTHS_OF_MAPS,
        names={width: flows.depot_names(net, pixels) for width, pixels in flows.WIDTHS_OF_MAPS.items()},
    )
    return {
        "title": words("flows_title"),
        "lead": words("flows_lead") + reading.left_out,
        "chart": chart,
        "lines": _line_keys(page, net),
        "heat": _heat_keys(page, net) if net.heat_kpi else [],
        "heat_title": words("stores", kpi=kpi),
        "width_title": words("width_key"),
        "widths": _width_keys(page, net),
        "choices": [(item.label, item.index, item.name) for item in reading.drawn_closely],
        "captions": [(item.index, _caption(page, net, item.label)) for item in reading.drawn_closely],
        "first_index": reading.shown_first.index,
        "first": first,
    }
