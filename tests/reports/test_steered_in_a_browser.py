"""A reader at the controls: sliders, selectors and switches, and the numbers they bring up, against the facts."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from browsing import until

from orchestrion.experiments import Study
from orchestrion.experiments.inference import paired
from orchestrion.kpis.weighing import ranking, scores
from orchestrion.reports.reading import Reading
from orchestrion.reports.sections.weighing import weighable

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(open_page: Any, small_pages: dict[str, Path]) -> Iterator[Any]:
    """The English report of the small study, at a desk, offline; whatever it complains of fails the test."""
    page = open_page(small_pages["en"])
    yield page
    assert page.trouble == []


def _ranks(page: Any) -> list[tuple[int, float, float, float]]:
    rows = page.evaluate(
        "[...document.getElementById('ranks').rows].map(r => [r.dataset.alternative, r.dataset.score, "
        "r.dataset.difference ?? 'NaN', r.dataset.half ?? 'NaN'])"
    )
    return [(int(a), float(score), float(d), float(half)) for a, score, d, half in rows]


def _set(page: Any, prices: dict[str, float]) -> None:
    page.evaluate(
        "prices => { for (const [key, value] of Object.entries(prices)) "
        "document.getElementById(`weight-${key}`).value = value; "
        "document.getElementById('weights').dispatchEvent(new Event('input')) }",
        prices,
    )


def test_the_page_scores_as_python_does_to_nine_digits(opened: Any, small_study: Study) -> None:
    reading = Reading(small_study)
    found = weighable(reading)
    assert found is not None
    rng = np.random.default_rng(5)
    for _ in range(8):
        prices = {
            one.key: float(round(rng.uniform(0, one.largest) / one.step) * one.step)
            for one in found.criteria
            if rng.random() < 0.6
        }
        _set(opened, {one.key: prices.get(one.key, 0.0) for one in found.criteria})
        real = opened.evaluate(
            "Object.fromEntries([...document.querySelectorAll('#weights input')].map(i => [i.name, Number(i.value)]))"
        )
        assert real == pytest.approx({one.key: prices.get(one.key, 0.0) for one in found.criteria})
        told = {
            item.label: scores(found.contribution[item.label], found.amounts[item.label], real).tolist()
            for item in reading.alternatives
        }
        expected = ranking(told)
        shown = _ranks(opened)
        assert [reading.alternatives[index].label for index, *_ in shown] == [label for label, _ in expected]
        for (index, score, difference, half), (label, mean) in zip(shown, expected, strict=True):
            assert score == pytest.approx(mean, rel=1e-9)
            if index != reading.baseline.index:
                test = paired(told[label], told[reading.baseline.label])
                assert difference == pytest.approx(test.mean, rel=1e-9, abs=1e-9)
                assert half == pytest.approx(test.half, rel=1e-9, abs=1e-9)


def test_a_slider_moved_by_keys_speaks_and_ranks_again(opened: Any) -> None:
    opened.click("#weights button[type=reset]")
    until(opened, "document.querySelector('#weight-parcel').nextElementSibling.textContent === '€0.00'")
    before = {index: score for index, score, *_ in _ranks(opened)}
    opened.focus("#weight-parcel")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("document.getElementById('weight-parcel').value") == "0.2"
    assert opened.evaluate("document.getElementById('weight-parcel').getAttribute('aria-valuetext')") == "€0.20"
    after = {index: score for index, score, *_ in _ranks(opened)}
    assert all(after[index] < score for index, score in before.items())
    opened.click("#weights button[type=reset]")
    until(opened, "document.querySelector('#weight-parcel').nextElementSibling.textContent === '€0.00'")
    assert {index: score for index, score, *_ in _ranks(opened)} == before
    assert "first" in opened.text_content("#weighing-says")


def test_the_contribution_decides_before_any_price(opened: Any, small_study: Study) -> None:
    opened.click("#weights button[type=reset]")
    opened.wait_for_timeout(50)
    for index, score, *_ in _ranks(opened):
        assert score == pytest.approx(small_study.estimate("contribution", small_study.labels[index]).mean, rel=1e-9)


def test_the_trip_switch_takes_the_trip_out_of_the_waterfall(opened: Any, small_study: Study) -> None:
    opened.select_option("[data-control=waterfall]", "2")
    ends = "(() => { const t = document.getElementById('chart-waterfall-co2e').data[0]; return t.x })()"
    _, whole = opened.evaluate(ends)
    assert whole == pytest.approx(small_study.estimate("co2e_per_order", "nearest").mean, abs=1e-6)
    opened.uncheck("[data-control=trip]")
    start, bare = opened.evaluate(ends)
    assert bare == pytest.approx(small_study.estimate("co2e_per_order_no_trip", "nearest").mean, abs=1e-6)
    assert start == pytest.approx(small_study.estimate("co2e_per_order_no_trip", "siloed").mean, abs=1e-6)
    opened.check("[data-control=trip]")


def test_selectors_show_one_alternative_s_part_each(opened: Any, small_study: Study) -> None:
    for control in ("stores", "moved", "channels"):
        for index in ("1", "2"):
            opened.select_option(f"[data-control={control}]", index)
            shown = opened.evaluate(
                f"[...document.querySelectorAll('[data-part={control}]')].filter(p => !p.hidden)"
                ".map(p => p.dataset.when)"
            )
            assert set(shown) <= {index}
            assert shown or control == "channels"
    table = opened.evaluate("document.getElementById('chart-moved').data[0].x")
    moved = small_study.moved("siloed", "nearest").set_index("movement")
    assert table[-1] == pytest.approx(moved.loc["all", "per_replication"], abs=0.01)
    assert table[0] == pytest.approx(moved.loc["lost to served", "per_replication"], abs=0.01)


def test_lost_sales_by_day_are_the_study_s(opened: Any, small_study: Study) -> None:
    opened.select_option("[data-control=over-time]", "lost_sales_share")
    lines = opened.evaluate(
        "document.getElementById('chart-stockouts').data.filter(t => t.mode === 'lines+markers')"
        ".map(t => [t.name, t.y])"
    )
    days = small_study.kpis("day")
    days = days[days["kpi"] == "lost_sales_share"]
    for (_, shown), label in zip(lines, small_study.labels, strict=True):
        means = days[days["label"] == label].groupby("group")["value"].mean()
        assert shown == pytest.approx((100 * means).tolist(), abs=1e-3)
    assert opened.is_visible(".definition[data-when=lost_sales_share]")
    assert not opened.is_visible(".definition[data-when=stockout_rate]")


def test_the_front_is_told_again_for_other_axes(opened: Any) -> None:
    opened.select_option("#axis-y", "contribution")
    opened.select_option("#axis-x", "cost_to_serve")
    scene = opened.evaluate("JSON.parse(document.getElementById('data-tradeoff').textContent).scenes")
    said = scene["cost_to_serve|contribution"]["says"]
    assert opened.evaluate("[...document.querySelectorAll('#front-says p')].map(p => p.textContent)") == said
    xs = opened.evaluate("document.getElementById('chart-tradeoff').data.at(-1).x")
    assert xs == scene["cost_to_serve|contribution"]["front_x"]
    assert json.dumps(said)
    assert all(math.isfinite(x) for x in xs)


def test_the_map_tells_the_shipments_of_the_one_chosen(opened: Any, small_study: Study) -> None:
    done = small_study.finished("unified")[0]
    low, high = done.warm_up_s, done.horizon_s
    for index, label in enumerate(small_study.labels):
        opened.select_option("#flows-choice", str(index))
        files = small_study.folder.paths(small_study.cells(label), "shipments")
        union = " UNION ALL ".join(f"SELECT * FROM '{path}'" for path in files)
        ((sent, stores),) = duckdb.sql(
            f"SELECT count(*), count(*) FILTER (node >= 2) FROM ({union}) "
            f"WHERE units > 0 AND sourced_t >= {low} AND sourced_t < {high}"
        ).fetchall()
        text = opened.text_content(f"[data-caption='{index}'] p")
        days = (high - low) / 86_400
        assert f"{sent / days / small_study.replications:,.0f} shipments a day" in text
        assert f"{100 * stores / sent:.0f}% from stores" in text
        shown = opened.evaluate(
            "[...document.getElementById('chart-flows').data].filter(t => t.visible && t.meta.alternative !== null)"
            ".map(t => t.meta.alternative)"
        )
        assert set(shown) == {index}


def test_the_clock_moves_the_parcels_of_the_day(opened: Any, small_study: Study) -> None:
    opened.select_option("[data-control=replay]", "0")
    day = opened.evaluate("JSON.parse(document.getElementById('data-replay').textContent).days['0']")
    assert len(day["node"]) > 20
    for step in (0, 20, 60, 90):
        opened.evaluate(
            "step => { const c = document.getElementById('replay-clock'); c.value = step; "
            "c.dispatchEvent(new Event('input')) }",
            step,
        )
        now = step * 30
        there = sum(1 for t in day["received"] if 0 <= t <= now)
        gone = sum(1 for h, r in zip(day["handed"], day["received"], strict=True)
                   if 0 <= h <= now and not 0 <= r <= now)  # fmt: skip
        text = opened.text_content("#replay-says")
        assert f"{gone} under way, {there} received" in text
        dots = opened.evaluate("document.getElementById('chart-replay').data.slice(-4).map(t => t.x.length)")
        assert dots[0] == there
        assert dots[2] + dots[3] == gone
    opened.click("#replay-play")
    before = opened.evaluate("document.getElementById('replay-clock').value")
    until(opened, f"document.getElementById('replay-clock').value > {before}", 20.0)
    opened.click("#replay-play")
    assert opened.text_content("#replay-play") == "Play"


def test_stories_open_by_key_and_say_what_the_facts_say(opened: Any, small_study: Study) -> None:
    stories = opened.evaluate("[...document.querySelectorAll('details.story')].map(d => [d.id, d.dataset.kind])")
    assert 8 <= len(stories) <= 13
    lead = opened.text_content("#stories .lead")
    label = next(label for label in small_study.labels if label.capitalize() in lead)
    cell = small_study.cell(label, 0)
    emissions, shipments = (small_study.folder.paths([cell], name)[0] for name in ("emissions", "shipments"))
    for key, kind in stories:
        if kind == "lost":
            continue
        opened.focus(f"#{key} summary")
        opened.keyboard.press("Enter")
        assert opened.evaluate(f"document.getElementById('{key}').open")
        head = opened.text_content(f"#{key} .headline")
        order = int(key.removeprefix("story-O"))
        ((kilos,),) = duckdb.sql(f"SELECT sum(amount) / 1e6 FROM '{emissions}' WHERE \"order\" = {order}").fetchall()
        ((sent,),) = duckdb.sql(
            f"SELECT count(*) FROM '{shipments}' WHERE \"order\" = {order} AND units > 0"
        ).fetchall()
        assert f"{kilos:.2f}\u00a0kg CO2e" in head
        assert f"{sent} shipment{'s' if sent != 1 else ''}" in head
