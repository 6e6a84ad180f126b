"""The sample report in `reports/`: made by its command from the demo, and of the shape that a report has today."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from orchestrion.experiments.demo import SCENARIOS
from orchestrion.kpis import definitions
from orchestrion.reports.sections import in_order
from orchestrion.reports.words import Words

GOLDEN = Path(__file__).parents[2] / "reports" / "demo.html"
# sections that show one thing for each alternative, node, parameter or order: their rows differ, their shape does not
_VERDICTS = {
    "diff", "standing", "why", "lead-over", "rank", "change", "better", "worse", "noise", "same", "higher", "lower",
    "unknown", "star", "nb", "interval", "more", "says", "ground", "zero", "span", "dot",
}  # fmt: skip
_OPTIONAL = {
    ("details", ""), ("summary", ""), ("p", "small"), ("ul", ""), ("li", ""), ("em", ""), ("i", ""), ("dl", ""),
    ("dt", ""), ("dd", ""), ("del", ""), ("ins", ""), ("p", ""), ("p", "fine"), ("code", ""), ("b", ""), ("line", ""),
}  # fmt: skip
_VARYING = {"cards", "h0", "h1", "h2", "h3", "h4", "base", "best", "tied"}


class Shape(HTMLParser):
    """What each section is made of: tags with their classes, headings, what steers it, what its charts are called."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sections: dict[str, set[tuple[str, str]]] = {}
        self.charts: dict[str, list[str]] = {}
        self.controls: dict[str, set[str]] = {}
        self._section = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {key: value or "" for key, value in attrs}
        if tag == "section":
            self._section = told["id"]
            self.sections[self._section] = set()
            self.charts[self._section] = []
            self.controls[self._section] = set()
        if not self._section:
            return
        first = next(iter(told.get("class", "").split()), "")
        if first not in _VARYING:
            self.sections[self._section].add((tag, first))
        if "data-chart" in told:
            self.charts[self._section].append(told["data-chart"])
        if "data-control" in told:
            self.controls[self._section].add(told["data-control"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "main":
            self._section = ""


@pytest.fixture(scope="module")
def golden() -> str:
    return GOLDEN.read_text(encoding="utf-8")


def test_the_sample_has_every_section_of_a_comparison_in_order(golden: str) -> None:
    shape = Shape(golden)
    assert list(shape.sections) == [one.key for one in in_order() if one.key != "asked"]


def test_the_sample_has_the_shape_of_a_report_made_today(golden: str, small_html: str) -> None:
    old, new = Shape(golden), Shape(small_html)
    assert list(old.sections) == list(new.sections)
    assert old.charts == new.charts
    assert old.controls == new.controls
    for section, parts in new.sections.items():
        # words of verdicts come and go with the figures; everything else is the template's
        odd = {part for part in parts ^ old.sections[section] if part[1] not in _VERDICTS and part not in _OPTIONAL}
        assert odd == set(), section


def test_the_sample_says_what_a_report_says_today(golden: str) -> None:
    words = Words("en")
    headings = [unescape(re.sub(r"<[^>]+>", "", text)) for text in re.findall(r"<h2[^>]*>(.*?)</h2>", golden, re.S)]
    for key in ("in_short", "table_title", "scorecards_title", "weighing_title", "delivery_title", "stockouts_title",
                "channels_title", "moved_title", "costs_title", "cash_title", "stores_title", "flows_title",
                "replay_title", "stories_title", "scenarios_title", "method_title"):  # fmt: skip
        assert words(key) in headings
    told = dict(re.findall(r"<dd>(.*?) <code>(\w+)</code></dd>", golden[golden.index('class="definitions"'):], re.S))
    current = {kpi.key: kpi.definition.en for kpi in definitions()}
    assert len(told) > 20
    for text, key in told.items():
        assert unescape(text) == current[key], f"{key}: make the sample again (see reports/README.md)"


def test_the_sample_is_the_demo_with_intervals(golden: str) -> None:
    assert f"{len(SCENARIOS)} alternatives" in golden
    assert re.search(r"[2-9] replications each", golden)
    assert "seed 1" in golden
    for raw in re.findall(r'<script type="application/json" id="data-[\w-]+">(.*?)</script>', golden, re.S):
        json.loads(raw)


def test_the_sample_is_small_and_asks_for_nothing(golden: str) -> None:
    assert len(golden.encode()) < 5_000_000
    assert not re.search(r'(?:src|href)="(?!#|data:)', golden)


def test_the_command_that_makes_the_sample_is_told() -> None:
    told = (GOLDEN.parent / "README.md").read_text(encoding="utf-8")
    assert "orchestrion demo" in told
    assert "--html reports/demo.html" in told
