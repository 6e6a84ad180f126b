"""Ratio 6, and how time and memory grow with orders, products and nodes: a table, and a chart beside the JSON.

Each point is a process of its own, so that its peak memory is its own. ORCHESTRION_BENCH_SCALE multiplies the sizes (.1
of the bundled France when left out; a million orders take about 10).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import ceil
from pathlib import Path
from typing import Any

from measuring import Ratios

SCALE = float(os.environ.get("ORCHESTRION_BENCH_SCALE", "0.1"))
# a whole replication as a study runs it, facts streaming to disk: simulated, booked, measured, written
ONE = """
import json, sys, tempfile, time
import orchestrion as orc
from orchestrion.experiments import cell
cell.LONG = 0
changes = json.loads(sys.argv[2])
scenario = orc.load_scenario(sys.argv[1]).vary("grown", changes)
world = cell._worlds[scenario.hash] = scenario.compile()
compiled = time.process_time()
with tempfile.TemporaryDirectory() as folder:
    study = orc.run(scenario, "nearest", seed=1, out=folder + "/study")
    done = study.folder.done(study.cells(study.labels[0])[0])
run = time.process_time() - compiled
# the high-water mark of this process alone: getrusage also counts that of whoever started it
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1024
print(json.dumps({"compile_s": compiled, "run_s": run, "peak_mb": peak, "orders": done.rows["orders"],
                  "wishes": done.rows["requests"], "rows": sum(done.rows.values()), "nodes": len(world.nodes),
                  "skus": len(world.skus)}))
"""


def one(scenario: str, changes: dict[str, Any]) -> dict[str, float]:
    found = subprocess.run(
        [sys.executable, "-c", ONE, scenario, json.dumps(changes)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(found.stdout))


def weeks(number: int) -> dict[str, Any]:
    return {"time.warm_up_weeks": 1, "time.measured_weeks": number}


def hands(times: float) -> dict[str, Any]:
    """Pickers for so many times the orders: with too few, pick lists and memory grow from the first day to the last."""
    usual = {"stores": {"S": 1, "M": 1, "L": 2}, "warehouses": {"S": 6, "M": 12, "L": 20}}
    return {
        f"network.{kind}.pickers.{size}": max(count, ceil(count * times))
        for kind, sizes in usual.items()
        for size, count in sizes.items()
    }


def cases() -> dict[str, list[tuple[str, dict[str, Any]]]]:
    """{what grows: [(scenario, changes)]}."""
    few = {"demand.online.orders_per_day": 714 * SCALE, "demand.walk_in.per_day": 4465 * SCALE} | hands(SCALE)
    return {
        "weeks": [("france_unified", few | weeks(n)) for n in (22, 68)],  # 23 and 69 weeks, both past the first rise
        "orders": [
            (
                "france_unified",
                {"demand.online.orders_per_day": 714 * SCALE * n, "demand.walk_in.per_day": 4465 * SCALE * n}
                | hands(SCALE * n)
                | weeks(2),
            )
            for n in (1, 2, 4, 8)
        ],
        "products": [("france_unified", few | weeks(2) | {"assortment.skus": n}) for n in (300, 1200, 4800)],
        "nodes": [
            ("france_unified", few | weeks(2) | {"network.stores_table": f"stores_fr{n}.csv"}) for n in (60, 200, 500)
        ],
    }  # fmt: skip


def test_how_time_and_memory_grow(ratios: Ratios) -> None:
    table = {what: [one(*case) for case in points] for what, points in cases().items()}
    short, long = table["weeks"]
    told = ", ".join(f"{row['peak_mb']:.0f} MB at {row['orders']:.0f} orders" for row in (short, long))
    memory = long["peak_mb"] / short["peak_mb"]
    ratios.add("6", "peak memory of three times the horizon", memory, 1.1, 1.03, detail=told)
    few, *_, many = table["orders"]
    growth = (many["run_s"] / few["run_s"]) / (many["orders"] / few["orders"])
    ratios.add("6.1", "time / orders, when there are eight times as many (1: linear)", growth, 1.1, 1.0)
    print(markdown(table))
    path = Path(os.environ.get("ORCHESTRION_BENCHMARKS", "benchmarks.json"))
    path.with_name("benchmarks_growth.json").write_text(json.dumps(table, indent=1) + "\n")
    chart(table, path.with_name("benchmarks_growth.html"))


def markdown(table: dict[str, list[dict[str, float]]]) -> str:
    """The table as it stands in `reports/growth.md`."""
    titles = ("what grows", "orders", "all wishes", "products", "nodes", "rows of facts", "compile, s", "run, s")
    head = "| " + " | ".join((*titles, "us a wish", "peak, MB")) + " |"
    lines = [head, "|" + " --- |" * (head.count("|") - 1)]
    for what, rows in table.items():
        for row in rows:
            counts = (f"{row[name]:,.0f}" for name in ("orders", "wishes", "skus", "nodes", "rows"))
            each = 1e6 * row["run_s"] / row["wishes"]
            times = f"{row['compile_s']:.1f}", f"{row['run_s']:.1f}", f"{each:.0f}", f"{row['peak_mb']:.0f}"
            lines.append("| " + " | ".join((what, *counts, *times)) + " |")
    return "\n".join(lines)


def chart(table: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Time and memory against what grows, on logarithmic axes; the dotted line grows as the first point would."""
    from plotly.subplots import make_subplots

    from orchestrion.reports.look import COLOURS, FONT

    axis = {"weeks": "orders", "orders": "orders", "products": "skus", "nodes": "nodes"}
    titles = {
        "weeks": "a longer horizon", "orders": "more orders a day", "products": "more products", "nodes": "more stores"
    }  # fmt: skip
    figure = make_subplots(
        2, len(table), subplot_titles=[titles[what] for what in table], shared_xaxes=True, shared_yaxes=True,
        vertical_spacing=0.08, horizontal_spacing=0.02,
    )  # fmt: skip
    for at, (what, rows) in enumerate(table.items(), start=1):
        x = [row[axis[what]] for row in rows]
        time, peak = ([row[name] for row in rows] for name in ("run_s", "peak_mb"))
        mark = {"mode": "lines+markers", "line": {"color": COLOURS["series_0"], "width": 2.5}, "marker": {"size": 8}}
        linear = {"mode": "lines", "line": {"color": COLOURS["series_1"], "width": 1.5, "dash": "dot"}}
        figure.add_scatter(x=x, y=[time[0] * value / x[0] for value in x], row=1, col=at, **linear)
        figure.add_scatter(x=x, y=time, row=1, col=at, **mark)
        figure.add_scatter(x=x, y=peak, row=2, col=at, **mark)
        told = [f"{value / 1000:.0f}k" if value > 5000 else f"{value:,.0f}" for value in x]
        figure.update_xaxes(tickvals=x, ticktext=told, col=at)
        figure.update_xaxes(title_text=axis[what].replace("skus", "products"), row=2, col=at)
    figure.add_annotation(
        text="dotted: in proportion", x=0.995, xref="x2 domain", y=0.05, yref="y domain", showarrow=False,
        font={"color": COLOURS["series_1"]},
    )  # fmt: skip
    figure.update_xaxes(type="log")
    times, sizes = (5, 10, 20, 50, 100, 200, 500), (100, 200, 300, 500, 1000)
    figure.update_yaxes(type="log", tickvals=times, row=1)
    figure.update_yaxes(type="log", tickvals=sizes, range=[2, 3], row=2)
    figure.update_yaxes(title_text="CPU seconds", row=1, col=1)
    figure.update_yaxes(title_text="peak memory, MB", row=2, col=1)
    figure.update_layout(
        template="plotly_white", showlegend=False, font={"family": FONT, "size": 14}, width=1200, height=640,
        margin={"l": 70, "r": 20, "t": 50, "b": 60},
    )  # fmt: skip
    figure.write_html(path, include_plotlyjs=True, config={"displayModeBar": False})
