"""The report as a file: whole, offline, escaped, honest about what it cannot know."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from fake_study import FakeStudy

from orchestrion.errors import StudyError
from orchestrion.reports import render, write_report
from orchestrion.reports.page import script_json

THREE = ("france_siloed", "france_unified", "france_nearest")
NASTY = "</script><script>alert('x')</script> & <img src=x>"


def small(**changes: object) -> FakeStudy:
    return FakeStudy(THREE, **{"replications": 3, "places": 120, "orders_per_day": 20, **changes})  # type: ignore[arg-type]


def readable(page: str) -> str:
    """The text of a page without its tags, scripts and styles."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"<(script|style|pre)[^>]*>.*?</\1>", "", page, flags=re.S))


class Outline(HTMLParser):
    """Tags, ids and addresses of a page; scripts are data to it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module")
def english() -> str:
    return render(small())


@pytest.fixture(scope="module")
def french() -> str:
    return render(small(), lang="fr")


def test_the_page_asks_the_network_for_nothing(english: str) -> None:
    outline = Outline(english)
    for tag, attrs in outline.tags:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            address = attrs.get(name) or ""
            assert address.startswith(("#", "data:")) or not address, (tag, name, address)
    assert "default-src 'none'" in str(outline.all("meta"))
    styles = re.findall(r"<style>(.*?)</style>", english, re.S)
    assert styles
    assert not re.search(r"url\(|@import", styles[0])


def test_plotly_is_there_once_packed_and_whole(english: str) -> None:
    from plotly.offline import get_plotlyjs

    packed = re.findall(r'<script type="text/plain" id="plotly">(.*?)</script>', english, re.S)
    assert len(packed) == 1
    assert gzip.decompress(base64.b64decode(packed[0].strip())).decode() == get_plotlyjs()
    assert english.count("plotly.js v") == 0


def test_the_report_of_a_whole_demonstration_stays_below_four_megabytes() -> None:
    page = render(FakeStudy(replications=2))
    assert len(page.encode()) < 4_000_000


def test_every_chart_has_a_name_and_its_figures_in_a_table(english: str) -> None:
    outline = Outline(english)
    charts = [attrs for attrs in outline.all("div") if "data-chart" in attrs]
    assert {attrs["data-chart"] for attrs in charts} == {
        "tradeoff", "delivery", "promise", "stockouts", "cost", "co2e", "waterfall-cost", "waterfall-co2e", "flows",
        "replay",
    }  # fmt: skip
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in charts)
    for figure in re.findall(r"<figure.*?</figure>", english, re.S):
        assert "<details" in figure
        assert "<caption>" in figure


def test_landmarks_headings_and_ids_are_in_order(english: str) -> None:
    outline = Outline(english)
    names = [tag for tag, _ in outline.tags]
    for landmark in ("header", "nav", "main", "footer"):
        assert names.count(landmark) == 1
    ids = [attrs["id"] for _, attrs in outline.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag in names if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(there - here <= 1 for here, there in pairwise(levels))
    for attrs in outline.all("a"):
        assert (attrs["href"] or "").removeprefix("#") in ids
    labelled = [attrs["aria-labelledby"] for attrs in outline.all("section")]
    assert all(label in ids for label in labelled)


def test_both_languages_say_who_they_are_and_all_they_say(english: str, french: str) -> None:
    assert '<html lang="en">' in english
    assert '<html lang="fr">' in french
    assert "Compared with Siloed (today)" in english
    assert "Comparé à Silos (aujourd’hui)" in french
    assert re.search(r"\d,\d\u202f%", french)
    visible = readable(french)
    assert not re.search(r"\d\.\d+\s?%", visible)
    for english_only in ("better", "worse", "less is better", "baseline", "Figures behind"):
        assert english_only not in visible


def test_hostile_text_stays_text() -> None:
    page = render(small(titles={THREE[1]: NASTY[:34], THREE[2]: "{{ 7 * 7 }}"}), title=NASTY, question=NASTY)
    outline = Outline(page)
    assert not outline.all("img")
    scripts = [attrs for attrs in outline.all("script") if attrs.get("type") is None]
    assert len(scripts) == 1  # the page's own
    assert "{{ 7 * 7 }}" in page
    for raw in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.S):
        assert "<" not in raw
        json.loads(raw)


def test_json_cannot_leave_its_script_element() -> None:
    nasty = {"a": "</script><!--", "b": "\u2028&"}
    text = script_json(nasty)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == nasty


def test_one_replication_gives_no_interval_and_no_verdict() -> None:
    page = render(small(replications=1))
    visible = re.sub(r"<(script|style)[^>]*>.*?</\1>", "", page, flags=re.S)
    table = visible[visible.index('class="kpi"') : visible.index('id="tradeoff"')]
    assert "no interval can be given" in visible
    assert "★" not in table
    assert "±" not in table
    assert not re.search(r"<em>(better|worse)</em>", table)
    assert 'id="additions"' not in page


def test_a_study_without_facts_is_reported_from_its_kpis() -> None:
    page = render(small(facts=False))
    charts = {attrs["data-chart"] for attrs in Outline(page).all("div") if "data-chart" in attrs}
    assert charts == {"tradeoff", "stockouts", "cost", "co2e", "waterfall-cost", "waterfall-co2e"}
    assert "kept KPIs only" in page


def test_a_study_without_groups_keeps_its_tables() -> None:
    page = render(small(facts=False, groups=False))
    charts = {attrs["data-chart"] for attrs in Outline(page).all("div") if "data-chart" in attrs}
    assert charts == {"tradeoff"}


def test_a_single_alternative_is_a_report_too() -> None:
    page = render(FakeStudy(THREE[:1], replications=3, places=60, orders_per_day=10))
    assert "<h1>Siloed (today)</h1>" in page
    assert 'id="cards-choice"' not in page


def test_noise_is_called_noise() -> None:
    page = render(FakeStudy(("france_unified", "france_cheapest"), replications=4, places=60, orders_per_day=5))
    row = page[page.index("Cheapest to serve</span>") :]
    stockouts = row[row.index("data-label=") : row.index("</td>")]
    assert "noise" in stockouts
    assert "★" not in stockouts


def test_the_recipe_runs_the_study_again(english: str) -> None:
    import ast
    from html import unescape

    recipe = unescape(re.findall(r'<pre[^>]*id="recipe"><code>(.*?)</code>', english, re.S)[0])
    call = ast.parse(recipe).body[-1].value  # type: ignore[attr-defined]
    told = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert told == {
        "replications": 3,
        "seed": 1,
        "baseline": "france_siloed",
        "second_baseline": "france_unified",
    }


def test_every_kpi_shown_is_defined(english: str) -> None:
    definitions = english[english.index('class="definitions"') :]
    for key in (
        "stockout_rate",
        "lost_sales_share",
        "delivery_time_days",
        "cost_to_serve",
        "co2e_per_order",
        "contribution",
    ):
        assert f"<code>{key}</code>" in definitions


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = write_report(small(), tmp_path / "deep" / "report.html")
    assert target.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
    before = target.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StudyError, match="No space left"):
        write_report(small(), target)
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]


def test_studies_find_their_charts_and_report_here() -> None:
    from orchestrion.experiments import surfaces
    from orchestrion.reports import Plots

    assert surfaces["plot"] is Plots
    assert surfaces["html"] is write_report


def test_an_unfinished_study_is_refused_in_words() -> None:
    import pandas as pd

    class Empty(FakeStudy):
        def kpis(self, group_by: str = "all") -> pd.DataFrame:
            return super().kpis(group_by).iloc[:0]

    with pytest.raises(StudyError, match="no finished replication"):
        render(Empty(THREE))


def test_the_same_study_on_the_same_day_gives_the_same_bytes() -> None:
    from datetime import date

    day = date(2026, 11, 22)
    assert render(small(), today=day) == render(small(), today=day)


def test_another_package_can_add_a_section(monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestrion.reports import html
    from orchestrion.reports.sections import Section, in_order

    ours = Section("fleet", 45, lambda page: {"title": "Vans & fuel", "html": "<b>12</b> vans"})
    monkeypatch.setattr(html, "in_order", lambda: sorted([*in_order(), ours], key=lambda one: one.order))
    page = render(small())
    assert (
        '<h2 id="title-fleet">Vans &amp; fuel</h2>&lt;b&gt;12&lt;/b&gt; vans' in page
    )  # text is escaped, only Markup is not
    assert '<a href="#fleet">Vans &amp; fuel</a>' in page
    assert page.index('id="tradeoff"') < page.index('id="fleet"') < page.index('id="delivery"')
