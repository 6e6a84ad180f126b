"""`study.plot` mirrors the report: the same charts, drawn with the same numbers, each a plain Plotly figure."""

from __future__ import annotations

import inspect
import json
import re
from typing import Any

import plotly.graph_objects as go
import pytest
from fake_study import FakeStudy

from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import Study
from orchestrion.reports import Plots
from orchestrion.reports.reading import Reading

# chart of the report -> the method that draws it, and what is said to it
CHARTS: dict[str, tuple[str, dict[str, Any]]] = {
    "tradeoff": ("tradeoff", {}),
    "delivery": ("delivery_time", {}),
    "promise": ("promise", {}),
    "stockouts": ("stockouts", {}),
    "channels": ("demand", {}),
    "moved": ("moved", {}),
    "cost": ("cost", {}),
    "co2e": ("co2e", {}),
    "waterfall-cost": ("waterfall", {}),
    "waterfall-co2e": ("waterfall", {"of": "co2e"}),
    "cash": ("cash", {}),
    "stores": ("stores", {}),
    "additions": ("differences", {}),
    "flows": ("flows", {}),
    "replay": ("replay", {}),
}
TABLES = {"stores", "additions"}  # drawn by the page as tables, by a notebook as figures
BY_DESIGN = {"sweep", "tornado", "sensitivity", "warm_up"}  # charts of studies made so


def payloads(page: str) -> dict[str, dict[str, Any]]:
    found = re.findall(r'<script type="application/json" id="data-([\w-]+)">(.*?)</script>', page, re.S)
    return {key: json.loads(raw) for key, raw in found if key != "weighing"}


def drawn(figure: go.Figure) -> list[dict[str, Any]]:
    return list(json.loads(figure.to_json(engine="json"))["data"])


def method(plots: Plots, key: str) -> Any:
    name, said = CHARTS[key]
    return lambda **more: getattr(plots, name)(**said, **more)


def test_each_chart_of_the_report_is_a_call_and_each_call_a_chart_of_the_report(small_html: str) -> None:
    assert set(payloads(small_html)) == set(CHARTS) - TABLES
    assert all(f'<section id="{key}"' in small_html for key in TABLES)
    calls = {name for name, member in inspect.getmembers(Plots, inspect.isfunction) if not name.startswith("_")}
    assert calls == {name for name, _ in CHARTS.values()} | BY_DESIGN


def test_the_figures_are_those_of_the_page(small_study: Study, small_html: str) -> None:
    plots, shown = Plots(small_study), Reading(small_study).shown_first
    for key, told in payloads(small_html).items():
        if key == "replay":
            continue
        if key == "flows":  # the page holds all alternatives, one of them visible
            told["data"] = [one for one in told["data"] if one["meta"]["alternative"] in (None, shown.index)]
        choices = told.get("variants")
        first = {"waterfall-co2e": f"{shown.index}|1", "stockouts": "stockout_rate"}.get(key, str(shown.index))
        assert drawn(method(plots, key)()) == (choices[first] if choices else told)["data"], key


def test_an_alternative_is_named_and_the_trip_left_out(small_study: Study, small_html: str) -> None:
    plots, page = small_study.plot, payloads(small_html)
    place = {item.label: item.index for item in Reading(small_study).alternatives}
    for label in ("unified", "nearest"):
        bare = plots.waterfall(label, "co2e", trip=False)
        assert drawn(bare) == page["waterfall-co2e"]["variants"][f"{place[label]}|0"]["data"]
        assert drawn(plots.demand(label)) == page["channels"]["variants"][str(place[label])]["data"]
        assert drawn(plots.moved(label)) == page["moved"]["variants"][str(place[label])]["data"]


def test_the_replay_moves_the_parcels_that_the_page_moves(small_study: Study, small_html: str) -> None:
    figure = small_study.plot.replay("nearest", minutes=360)
    told = payloads(small_html)["replay"]
    place = {item.label: item.index for item in Reading(small_study).alternatives}
    day = told["days"][str(place["nearest"])]
    assert [step["label"] for step in figure.layout.sliders[0].steps] == [frame.name for frame in figure.frames]
    assert [frame.name for frame in figure.frames] == told["moments"][:: 360 // told["step"]][: len(figure.frames)]
    for i, frame in enumerate(figure.frames):
        now = 360 * i
        there = [a for a, b in zip(day["received"], day["sourced"], strict=True) if 0 <= a <= now and b <= now]
        road = sum(0 <= h <= now and not 0 <= r <= now for h, r in zip(day["handed"], day["received"], strict=True))
        # minutes are rounded down in the page: a parcel may be there a minute sooner
        assert abs(len(frame.data[0].x) - len(there)) <= 1
        assert abs(len(frame.data[2].x) + len(frame.data[3].x) - road) <= 1


def test_stores_show_what_the_heat_table_of_the_page_shows(small_study: Study, small_html: str) -> None:
    figure = small_study.plot.stores("nearest")
    place = {item.label: item.index for item in Reading(small_study).alternatives}["nearest"]
    part = re.search(rf'<div class="panel heat" data-part="stores" data-when="{place}".*?</table>', small_html, re.S)
    assert part is not None
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</th>(.*?)</tr>", part[0])
    assert list(figure.data[0].y) == [name for name, _ in rows]
    for texts, (_, cells) in zip(figure.data[0].text, rows, strict=True):
        assert list(texts) == re.findall(r"<td[^>]*>(.*?)</td>", cells)


def test_differences_are_the_study_s_with_their_verdicts(small_study: Study) -> None:
    figure = small_study.plot.differences("cost_to_serve", "siloed")
    table = small_study.against("siloed", ["cost_to_serve"]).set_index("alternative")
    assert list(figure.layout.yaxis.ticktext) == ["Unified", "Nearest"]
    for trace, label in zip(figure.data, ("unified", "nearest"), strict=True):
        row = table.loc[label]
        assert trace.x[0] == pytest.approx(row["difference"])
        assert trace.error_x.array[0] == pytest.approx(row["high"] - row["difference"])
        assert (trace.marker.symbol == "circle") == (row["verdict"] not in ("better", "worse"))


def test_all_are_plain_figures_in_the_house_look_with_help(small_study: Study) -> None:
    plots = small_study.plot
    for key in CHARTS:
        figure = method(plots, key)()
        assert type(figure) is go.Figure
        assert figure.layout.template.layout.font.family.startswith("Inter")
        name = CHARTS[key][0]
        assert inspect.getdoc(getattr(Plots, name))
        assert f"{name}(" in repr(plots)


def test_in_french_charts_speak_french(small_study: Study) -> None:
    names = Plots(small_study, "fr").waterfall("nearest").layout.annotations
    assert "préparation" in " ".join(note.text for note in names)


def test_what_cannot_be_drawn_is_told(small_study: Study) -> None:
    with pytest.raises(UnknownName, match="Known: siloed, unified, nearest"):
        small_study.plot.waterfall("nearst")
    with pytest.raises(UnknownName, match="Known: cost, co2e"):
        small_study.plot.waterfall("nearest", "co2")
    for call in ("moved", "waterfall"):
        with pytest.raises(StudyError, match=r"another alternative|two alternatives"):
            getattr(small_study.plot, call)("siloed")
    with pytest.raises(StudyError, match=r"facts=\"orders\""):
        Plots(FakeStudy(replications=2, facts=False)).promise()
