"""Studies of every size: twelve scenarios, one alone, one replication, nobody who collects; no chart is empty."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from fake_study import TRUTH, FakeStudy
from small_retailer import DOCUMENT, retailer

import orchestrion as orc
from orchestrion.reports import render, write_report


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
def twelve(tmp_path_factory: pytest.TempPathFactory) -> FakeStudy:
    many = FakeStudy(places=120, orders_per_day=15, replications=3)
    extra = list(TRUTH)[2:7]
    for i, label in enumerate(extra):  # five more that behave as five of the others do
        other = many.alternatives[many.labels.index(label)]
        name = f"{label}_again"
        TRUTH.setdefault(name, tuple(value * (1 + 0.01 * i) for value in TRUTH[label]))
        many.alternatives.append(type(other)(name, name, other.policy_text, f"{other.title} again", "f" * 64))
        many.labels.append(name)
    return many


def test_twelve_scenarios_are_told_apart_and_fit(twelve: FakeStudy) -> None:
    page = render(twelve)
    assert_nothing_is_empty(page)
    assert len(figures(page)["waterfall-cost"]) == 11
    assert page.count('class="mark"') > 12
    assert len(page.encode()) < 5_000_000
    for name in list(TRUTH)[7:]:
        del TRUTH[name]


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
@pytest.mark.parametrize("width", [390, 1920])
def test_twelve_scenarios_read_well_in_a_browser(
    open_page: Any, twelve: FakeStudy, tmp_path: Path, width: int
) -> None:
    for label in twelve.labels:
        TRUTH.setdefault(label, TRUTH.get(label.removesuffix("_again"), (0.1, 0.1, 2.0, 9.0, 1.0, 7e5, 0.2, 0.9)))
    page = open_page(write_report(twelve, tmp_path / "report.html"), width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.trouble == []
    for name in list(TRUTH)[7:]:
        del TRUTH[name]
    page.context.close()
