"""axe-core finds nothing serious, in either language, theme or size; everything can be reached by keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browsing import complaints
from small_retailer import retailer

from orchestrion.reports import write_report

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("lang", "width", "scheme"), [("en", 1280, "light"), ("fr", 390, "dark")])
def test_axe_finds_nothing_serious(
    open_page: Any, small_pages: dict[str, Path], lang: str, width: int, scheme: str
) -> None:
    page = open_page(small_pages[lang], width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert complaints(page) == []
    assert page.trouble == []
    page.context.close()


def test_axe_would_find_what_is_wrong(open_page: Any, small_pages: dict[str, Path]) -> None:
    page = open_page(small_pages["en"])
    page.evaluate(
        "document.querySelector('.lead').style.color = '#ddd'; const b = document.querySelector('#theme'); "
        "b.removeAttribute('aria-label'); b.removeAttribute('title')"
    )
    assert {rule for rule, *_ in complaints(page)} == {"color-contrast", "button-name"}
    page.context.close()


@pytest.mark.parametrize("width", [390, 1920])
def test_nothing_is_wider_than_the_window_nor_written_over(
    open_page: Any, small_pages: dict[str, Path], width: int
) -> None:
    page = open_page(small_pages["fr"], width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    over = page.evaluate("""() => {
        // two texts of one chart must not share more than a sliver; what a bar hides itself is not shown
        const found = [];
        for (const chart of document.querySelectorAll('[data-chart]')) {
            const texts = [...chart.querySelectorAll('.annotation-text, .xtick text, .ytick text, .g-xtitle text')]
                .filter(t => t.textContent.trim() && getComputedStyle(t).display !== 'none')
                .map(t => [t.textContent, t.getBoundingClientRect()]).filter(([, b]) => b.width > 0);
            texts.forEach(([one, a], i) => texts.slice(i + 1).forEach(([other, b]) => {
                const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
                const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
                if (across > 2 && down > 4) found.push([chart.dataset.chart, one, other]);
            }));
        }
        return found;
    }""")
    assert over == []
    cut = page.evaluate("""() => [...document.querySelectorAll('[data-chart]')].flatMap(chart => {
        const box = chart.getBoundingClientRect();
        return [...chart.querySelectorAll('.annotation-text')].filter(t => {
            const b = t.getBoundingClientRect();
            return b.width && (b.right > box.right + 2 || b.left < box.left - 2);
        }).map(t => [chart.dataset.chart, t.textContent]);
    })""")
    assert cut == []
    assert page.trouble == []
    page.context.close()


def test_names_that_attack_are_only_names(open_page: Any, tmp_path: Path) -> None:
    names = ("<script>alert(1)</script>", '=HYPERLINK("x")', "{{ 7*7 }} </script> & ©")
    study = retailer(tmp_path / "study", replications=2, names=names)
    page = open_page(write_report(study, tmp_path / "report.html"))
    assert page.trouble == []  # an alert would stop the page before it is drawn
    assert page.evaluate("document.querySelectorAll('script').length") == page.evaluate(
        "[...document.querySelectorAll('script')].filter(s => s.type || s.textContent.includes('use strict') "
        "|| s.textContent.length > 1e6).length"
    )
    told = page.text_content("#table")
    for name in names:
        assert name in told
    page.context.close()
