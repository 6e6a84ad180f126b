"""Numbers as they are printed on the page, read back from it and found again in the Parquet facts by SQL."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student_t

from orchestrion.kpis import HEADLINE, UNITS, kpis

sys.path.append(str(Path(__file__).parents[1] / "kpis"))
from queries import sql_values

NAMES = {"Siloed": "siloed", "Unified": "unified", "Nearest": "nearest"}
LANGUAGES = ("en", "fr")
Bases = dict[str, list[Any]]


@dataclass(frozen=True)
class Printed:
    """A number of the page: as large as it says, give or take half a unit of its last digit."""

    value: float
    slack: float

    def is_(self, truth: float) -> bool:
        return abs(self.value - truth) <= self.slack * 1.000001 + 1e-12 * abs(truth)


NUMBER = re.compile(r"([+−]?)(€?)(\d[\d.,\u202f\u00a0]*)(?:[\u202f\u00a0 ]?(k€|M€|k\b|M\b|€|%|pt))?")


def numbers(text: str, lang: str, times: float = 1.0) -> list[Printed]:
    """All numbers of a text in the KPI's own unit; those without a letter of thousands have that of the first."""
    found: list[Printed] = []
    scale = None
    for sign, _, digits, after in NUMBER.findall(text):
        bare = digits.rstrip(".,\u202f\u00a0")
        bare = bare.replace("\u202f", "").replace("\u00a0", "")
        bare = bare.replace(",", ".") if lang == "fr" else bare.replace(",", "")
        letter = after[:1] if after[:1] in ("k", "M") else ""
        here = {"k": 1e3, "M": 1e6, "": 1.0}[letter]
        scale = here if letter or scale is None else scale
        decimals = len(bare.partition(".")[2])
        value = float(bare) * (-1 if sign == "−" else 1)
        found.append(Printed(value * scale / times, 0.5 * 10.0**-decimals * scale / times))
    return found


class Truth:
    """What SQL finds: every KPI of every replication, its mean, interval and paired difference."""

    def __init__(self, bases: Bases) -> None:
        self.bases = bases
        self.known: dict[tuple[str, str], np.ndarray[Any, Any]] = {}

    def values(self, key: str, label: str) -> np.ndarray[Any, Any]:
        if (key, label) not in self.known:
            found = [sql_values(con, key, "all") for con in self.bases[label]]
            self.known[key, label] = np.array([one[-1] for one in found if one is not None], float)
        return self.known[key, label]

    def level(self, key: str, label: str) -> tuple[float, float]:
        return interval(self.values(key, label))

    def change(self, key: str, label: str, base: str) -> tuple[float, float]:
        here, there = self.values(key, label), self.values(key, base)
        return interval(here - there)


def interval(values: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Mean and half-width of Student's 95 % interval, over the replications that have a value."""
    kept = values[np.isfinite(values)]
    if not len(kept):
        return math.nan, math.nan
    half = student_t.ppf(0.975, len(kept) - 1) * kept.std(ddof=1) / math.sqrt(len(kept)) if len(kept) > 1 else math.nan
    return float(kept.mean()), float(half)


@pytest.fixture(scope="module")
def truth(fact_bases: Bases) -> Truth:
    return Truth(fact_bases)


@pytest.fixture(scope="module")
def pages(small_html: str, small_french: str) -> dict[str, str]:
    return {"en": small_html, "fr": small_french}


def plain(text: str) -> str:
    return unescape(re.sub("<[^>]*>", "", text)).strip()


def part(page: str, section: str) -> str:
    start = page.index(f'<section id="{section}"')
    return page[start : page.index("</section>", start)]


def times_of(key: str) -> float:
    return float(UNITS[kpis[key].unit].times)


def labelled(lang: str) -> dict[str, str]:
    """What a KPI is called on the page -> the KPI."""
    spaced = {}
    for key, one in kpis.items():
        text = one.label[lang].replace("'", "’") if lang == "fr" else one.label[lang]
        assert text not in spaced, text
        spaced[text] = key
    return spaced


def assert_is(printed: Printed, truth: float, *what: Any) -> None:
    assert printed.is_(truth), (*what, printed, truth)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_cards_say_what_the_facts_say(pages: dict[str, str], truth: Truth, lang: str) -> None:
    text = part(pages[lang], "headline")
    names = labelled(lang)
    panels = re.split(r'<div class="cards" data-cards="(\d)"', text)[1:]
    shown = dict(zip(panels[::2], panels[1::2], strict=True))
    assert set(shown) == {"1", "2"}
    for index, panel in shown.items():
        label = list(NAMES.values())[int(index)]
        cards = panel.split('<article class="card">')[1:]
        assert [names[plain(re.findall("<h4>(.*?)</h4>", card)[0])] for card in cards] == list(HEADLINE)
        for card, key in zip(cards, HEADLINE, strict=True):
            times = times_of(key)
            value, half = numbers(plain(re.findall('<p class="big">(.*?)</p>', card)[0]), lang, times)
            mean, width = truth.level(key, label)
            assert_is(value, mean, key, label)
            assert_is(half, width, key, label)
            change, reach = truth.change(key, label, "siloed")
            # the bounds bear the letter of the difference, "k" of thousands
            letter, bounds = re.findall(r"<b>(.*?)</b>", card)[0], re.findall('class="nb">(.*?)<', card)[0]
            told, low, high = numbers(f"{plain(letter)} | {plain(bounds)}", lang, times)
            for printed, expected in ((told, change), (low, change - reach), (high, change + reach)):
                assert_is(printed, expected, key, label)
            reference = numbers(plain(re.findall('<p class="fine">(.*?)</p>', card)[-1]), lang, times)[-1]
            assert_is(reference, truth.level(key, "siloed")[0], key)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("section", ["table", "scorecards"])
def test_the_tables_say_what_the_facts_say(pages: dict[str, str], truth: Truth, lang: str, section: str) -> None:
    names, seen = labelled(lang), 0
    for table in re.findall(r'<table class="kpi" role="table">(.*?)</table>', part(pages[lang], section), re.S):
        for row in table.split('<tr role="row"')[2:]:
            label = NAMES[plain(re.findall(r"</svg><span>(.*?)(?:<small|</span>)", row, re.S)[0])]
            for name, cell in re.findall(r'<td role="cell" data-label="([^"]*)"[^>]*>(.*?)</td>', row, re.S):
                key = names[unescape(name)]
                times = times_of(key)
                shown = plain(re.findall(r'<span class="value">.*?<b>(.*?)</b>', cell, re.S)[0])
                half = plain(re.findall(r'<span class="half">(.*?)</span>', cell, re.S)[0])
                mean, width = truth.level(key, label)
                if shown == "–":
                    assert math.isnan(mean), key
                    continue
                printed = numbers(f"{shown} {half}", lang, times)
                assert_is(printed[0], mean, key, label)
                if half:
                    assert_is(printed[1], width, key, label)
                for change in re.findall(r'<span class="diff[^>]*>(.*?)<em>', cell, re.S):
                    expected, _ = truth.change(key, label, "siloed")
                    told = numbers(plain(change), lang, times)
                    if math.isfinite(expected):
                        assert_is(told[0], expected, key, label)
                        seen += 1
    assert seen >= 2 * len(HEADLINE)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_number_with_an_interval_in_the_sentences_is_in_the_facts(
    pages: dict[str, str], truth: Truth, lang: str
) -> None:
    text = plain(part(pages[lang], "headline").split('<div class="choose">')[0])
    triples = re.findall(r"([+−]?€?[\d.,\u202f]+[^\[\]()]{0,30}?) \[([^;\]]+); ?([^\]]+)\]", text)
    assert len(triples) > 6
    for said in triples:
        value, low, high = (numbers(one, lang)[-1 if i == 0 else 0] for i, one in enumerate(said))
        fits = []
        for key in (*HEADLINE, "demand_stockout_rate"):
            times = times_of(key)
            levels = [truth.level(key, label) for label in NAMES.values()]
            changes = [truth.change(key, a, b) for a in NAMES.values() for b in NAMES.values() if a != b]
            for mean, half in [*levels, *changes]:
                bounds = [mean * times, (mean - half) * times, (mean + half) * times]
                fits.append(all(p.is_(x) for p, x in zip((value, low, high), bounds, strict=True)))
        assert any(fits), said


@pytest.mark.parametrize(
    ("chart", "key", "group"),
    [("waterfall-cost", "cost_to_serve", "component"), ("waterfall-co2e", "co2e_per_order", "leg")],
)
def test_the_steps_of_the_waterfall_are_in_the_facts(
    pages: dict[str, str], fact_bases: Bases, truth: Truth, chart: str, key: str, group: str
) -> None:
    page = pages["en"]
    start = page.index(f'id="chart-{chart}"')
    table = page[start : page.index("</table>", start)]
    heads = [plain(one) for one in re.findall(r'<th scope="col">(.*?)</th>', table)]
    assert heads[1:] == ["Unified", "Nearest"]
    by_part = {
        label: [sql_values(con, key, group) or {} for con in fact_bases[label]] for label in NAMES.values()
    }
    parts = sorted({part for found in by_part.values() for one in found for part in one})
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', table, re.S)
    sums = np.zeros(2)
    for _, cells in rows[:-1]:
        for i, cell in enumerate(re.findall("<td>(.*?)</td>", cells)):
            printed = numbers(plain(cell), "en")
            if not printed:
                continue
            sums[i] += printed[0].value
            label = list(NAMES.values())[i + 1]
            matching = []
            for part_ in parts:
                here, there = (
                    np.array([one.get(part_, 0.0) for one in by_part[name]]) for name in (label, "siloed")
                )
                mean, half = interval(here - there)
                matching.append(printed[0].is_(mean) and (len(printed) < 2 or printed[1].is_(half)))
            assert any(matching), (chart, cell)
    totals = [numbers(plain(cell), "en")[0] for cell in re.findall("<td>(.*?)</td>", rows[-1][1])]
    for i, label in enumerate(("unified", "nearest")):
        assert_is(totals[i], truth.change(key, label, "siloed")[0], chart)
        assert sums[i] == pytest.approx(totals[i].value, abs=0.00005 * (len(rows) + 1))


def test_what_is_read_back_is_what_was_printed() -> None:
    first, second = numbers("€1,220k ± 41", "en")
    assert (first.value, first.slack) == (1_220_000.0, 500.0)
    assert second.value == 41_000.0
    assert [one.value for one in numbers("−1\u202f234,5\u202f%", "fr", 100.0)] == [-12.345]
    assert numbers("2.3% ± 0.4", "en", 100.0)[0].is_(0.02349)
    assert not numbers("2.3% ± 0.4", "en", 100.0)[0].is_(0.0236)
