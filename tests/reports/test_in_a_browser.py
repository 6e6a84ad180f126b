"""The report as a reader opens it: in a browser, on a wall and on a phone, in the light and in the dark, offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium
from fake_study import FakeStudy

from orchestrion.reports import write_report

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(FakeStudy(replications=3), tmp_path_factory.mktemp("report") / "report.html", lang="fr")


@pytest.fixture(scope="module")
def browser(browser_path: str) -> Iterator[Any]:
    with chromium(browser_path) as found:
        yield found


def _opened(browser: Any, report: Path, width: int, scheme: str) -> tuple[Any, list[str]]:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
    page = context.new_page()
    trouble: list[str] = []
    page.on("console", lambda message: trouble.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: trouble.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(report.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn", timeout=60_000)
    assert page.evaluate("document.documentElement.dataset.drawn") == "yes"
    return page, trouble


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_all_charts_are_drawn_without_a_request_or_a_complaint(
    browser: Any, report: Path, width: int, scheme: str
) -> None:
    page, trouble = _opened(browser, report, width, scheme)
    assert trouble == []
    assert page.evaluate("document.querySelectorAll('[data-chart] .main-svg').length") >= 6
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_the_dark_page_has_dark_charts_and_paper_has_light_ones(browser: Any, report: Path) -> None:
    page, _ = _opened(browser, report, 1280, "dark")
    ink = "[...document.querySelectorAll('#chart-tradeoff .xtick text')].map(e => getComputedStyle(e).fill)[0] ?? ''"
    light = dark = page.evaluate(ink)
    page.emulate_media(media="print")
    for _ in range(100):  # drawn again, however busy the machine is; the page lets nobody wait inside it
        page.wait_for_timeout(100)
        light = page.evaluate(ink)
        if light not in ("", dark):
            break
    assert dark == "rgb(166, 176, 190)"
    assert light == "rgb(89, 99, 114)"
    page.context.close()


def test_the_selectors_change_what_they_say(browser: Any, report: Path) -> None:
    page, trouble = _opened(browser, report, 1280, "light")
    title = "document.querySelector('#chart-tradeoff .ytitle').textContent"
    before = page.evaluate(title)
    page.select_option("#axis-y", "stockout_rate")
    page.wait_for_function(f"{title} !== {before!r}")
    assert "rupture" in page.evaluate(title)
    page.select_option("#axis-x", "stockout_rate")  # the other axis gives way
    assert page.evaluate("document.getElementById('axis-y').value") == "cost_to_serve"
    page.select_option("#flows-choice", "0")
    page.wait_for_timeout(300)
    shown = page.evaluate(
        "[...document.getElementById('chart-flows').data].filter(t => t.visible && t.meta.alternative !== null)"
        ".map(t => t.meta.alternative)"
    )
    assert set(shown) == {0}
    page.select_option("#cards-choice", "2")
    assert page.evaluate(
        "[...document.querySelectorAll('[data-cards]')].filter(c => !c.hidden).map(c => c.dataset.cards)"
    ) == ["2"]
    assert trouble == []
    page.context.close()


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_names_in_the_tradeoff_do_not_touch_for_any_pair_of_kpis(browser: Any, report: Path, width: int) -> None:
    page, _ = _opened(browser, report, width, "light")
    keys = page.evaluate("[...document.getElementById('axis-x').options].map(o => o.value)")
    for y in keys:
        if y == "cost_to_serve":
            continue
        page.select_option("#axis-x", "cost_to_serve")
        page.select_option("#axis-y", y)
        page.wait_for_timeout(150)
        boxes = page.evaluate(
            "[...document.querySelectorAll('#chart-tradeoff .annotation-text')].map(t => {"
            "const b = t.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom]})"
        )
        assert len(boxes) == 7
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                across, down = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
                assert across <= 1 or down <= 3, (y, a, b)
    page.context.close()


def test_without_decompression_the_tables_speak(browser: Any, report: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.as_uri())
    page.wait_for_function("document.documentElement.dataset.drawn", timeout=20_000)
    assert page.is_visible("#no-charts")
    assert page.evaluate("[...document.querySelectorAll('details.data')].every(d => d.open)")
    context.close()
