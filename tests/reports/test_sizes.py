"""Studies of every size: twelve scenarios, one alone, one replication, nobody who collects; no chart is empty."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fake_study import AGAIN, TRUTH, FakeStudy
from small_retailer import DOCUMENT, retailer

import orchestrion as orc
from orchestrion.reports import render, write_report
from orchestrion.reports.naming import look_of
from orchestrion.reports.reading import Reading


def figures(page: str) -> dict[str, list[dict[str, Any]]]:
    """chart -> what it may show: its figure, or the figure of each choice."""
    found = {}
    for key, raw in re.findall(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>', page, re.S):
        told = json.loads(raw)
        if key == "weighing":
            continue
        found[key] = list(told["variants"].values()) if "variants" in told else [told]
    return found


def assert_nothing_is_empty(page: str) -> None:
    charts = figures(page)
    assert charts
    for key, all_of_it in charts.items():
        for figure in all_of_it:
            if key == "replay":
                assert all(len(day["node"]) for day in figure["days"].values())
                continue
            assert figure["data"], key
            for trace in figure["data"]:
                if trace["type"] == "sankey":
                    assert sum(trace["link"]["value"]) > 0
                elif "x" in trace and key != "tradeoff":
                    assert len(trace["x"]) > 0, key
    for table in re.findall(r"<tbody>(.*?)</tbody>", page, re.S):
        assert "<tr" in table


@pytest.fixture(scope="module")
def twelve() -> FakeStudy:
    labels = list(TRUTH)
    return FakeStudy(
        [*labels, *(f"{label}{AGAIN}" for label in labels[2:])], places=120, orders_per_day=15, replications=3
    )


@pytest.fixture(scope="module")
def page_of_twelve(twelve: FakeStudy) -> str:
    return render(twelve)


def test_twelve_scenarios_fit_and_nothing_is_empty(page_of_twelve: str) -> None:
    assert_nothing_is_empty(page_of_twelve)
    assert len(figures(page_of_twelve)["waterfall-cost"]) == 11
    assert page_of_twelve.count('class="mark"') > 12
    assert len(page_of_twelve.encode()) < 5_000_000


def test_twelve_scenarios_are_told_apart(twelve: FakeStudy) -> None:
    items = Reading(twelve).alternatives
    assert len({(item.colour, item.symbol) for item in items}) == 12
    assert len({(item.colour, item.dash) for item in items}) == 12
    assert [look_of(i) for i in (0, 8, 9, 18)] == [(1, 0), (9, 0), (1, 1), (1, 2)]


def test_maps_are_drawn_of_the_baseline_and_the_best_and_the_page_says_so(
    twelve: FakeStudy, page_of_twelve: str
) -> None:
    reading = Reading(twelve)
    kept = [item.label for item in reading.drawn_closely]
    assert len(kept) == 8
    assert {reading.baseline.label, reading.shown_first.label} <= set(kept)
    left = [item for item in reading.alternatives if item.label not in kept]
    worth = {item.label: reading.level("contribution", item.label).mean for item in reading.alternatives}
    by_choice = {reading.baseline.label, reading.shown_first.label, "france_unified"}
    assert min(worth[label] for label in kept if label not in by_choice) >= max(worth[item.label] for item in left)
    assert "Of 12 alternatives this part shows 8" in page_of_twelve
    told = dict(re.findall(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>', page_of_twelve, re.S))
    drawn = {trace["meta"]["alternative"] for trace in json.loads(told["flows"])["data"]} - {None}
    assert drawn == {reading.of(label).index for label in kept}
    few = Reading(FakeStudy(replications=2, places=60, orders_per_day=5))
    assert few.drawn_closely == few.alternatives
    assert few.left_out == ""


def test_of_twelve_lines_only_two_wear_bands_and_tables_are_folded_together(page_of_twelve: str) -> None:
    lines = figures(page_of_twelve)["stockouts"][0]["data"]
    assert [trace.get("fill") for trace in lines] == ["toself"] * 2 + [None] * 12
    assert "bands are drawn for" in page_of_twelve
    for group in re.findall(r'<details class="data many"><summary>(.*?)</summary>', page_of_twelve):
        assert re.fullmatch(r"Figures behind this chart · \d+ tables", group)
    assert 'class="legend narrow-only"' in page_of_twelve  # a phone has no room for twelve names
    scene = json.loads(re.search(r'id="data-tradeoff">(.*?)</script>', page_of_twelve, re.S)[1])["scenes"]  # type: ignore[index]
    assert all(one["names"]["narrow"] == [] and len(one["names"]["wide"]) == 12 for one in scene.values())


def test_one_scenario_alone_has_its_scorecards_and_no_comparison(tmp_path: Path) -> None:
    alone = orc.compare(
        [orc.Scenario.from_yaml(DOCUMENT, name="alone")], replications=2, workers=1, facts="full", out=tmp_path / "one"
    )
    page = render(alone)
    assert_nothing_is_empty(page)
    for absent in ("tradeoff", "weighing", "additions", "moved", "waterfall"):
        assert f'<section id="{absent}"' not in page
    for there in ("headline", "scorecards", "delivery", "channels", "stores", "flows", "replay", "stories", "method"):
        assert f'<section id="{there}"' in page
    assert "with one alternative nothing can be compared" in page


@pytest.mark.slow
def test_without_click_and_collect_there_is_no_trip_and_no_empty_chart(tmp_path: Path) -> None:
    page = render(retailer(tmp_path / "home", replications=2, home_only=True))
    assert_nothing_is_empty(page)
    assert 'data-control="trip"' not in page
    assert "Ready time, click and collect" not in page
    assert "hatched and shown apart" not in re.sub(r"<(style|script)[^>]*>.*?</\1>", "", page, flags=re.S)


def test_with_click_and_collect_all_of_it_is_there(small_html: str) -> None:
    assert_nothing_is_empty(small_html)
    assert 'data-control="trip"' in small_html
    assert "Ready time, click and collect" in small_html


def test_the_page_without_its_charts_stays_below_three_megabytes(small_html: str) -> None:
    bare = re.sub(r'<script type="application/json" id="data-[\w-]+">.*?</script>', "", small_html, flags=re.S)
    assert len(bare.encode()) < 3_000_000
    assert len(small_html.encode()) < 4_000_000


@pytest.mark.browser
def test_every_chart_of_one_scenario_alone_is_drawn(open_page: Any, tmp_path: Path) -> None:
    alone = orc.compare(
        [orc.Scenario.from_yaml(DOCUMENT, name="alone")], replications=2, workers=1, facts="full", out=tmp_path / "one"
    )
    page = open_page(write_report(alone, tmp_path / "report.html"))
    marks = ".trace path, .trace rect, .points path, .sankey-link, .sankey-node, .cartesianlayer path.js-fill"
    empty = page.evaluate(
        f"[...document.querySelectorAll('[data-chart]')].filter(box => !box.querySelector({marks!r}))"
        ".map(box => box.dataset.chart)"
    )
    assert empty == []
    assert "Compared with" not in page.inner_text("#headline")
    assert "against" not in page.inner_text("#table")
    assert page.trouble == []
    page.context.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1920])
def test_twelve_scenarios_read_well_in_a_browser(
    open_page: Any, twelve: FakeStudy, tmp_path: Path, width: int
) -> None:
    page = open_page(write_report(twelve, tmp_path / "report.html"), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.trouble == []
    page.context.close()
