"""Charts of what was asked: the numbers drawn are those of the tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestrion.experiments.warm_up import mser
from orchestrion.reports.charts import asked
from orchestrion.reports.reading import Reading


@pytest.fixture
def reading() -> Reading:
    return Reading(SimpleNamespace(alternatives=[], manifest={}))  # type: ignore[arg-type]


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_a_sweep_draws_a_line_for_each_combination_of_the_other_parameters(reading: Reading) -> None:
    rows = table(
        alternative=list("abcd"), policy=["p"] * 4, rate=[20.0, 10.0, 20.0, 10.0], units=[0, 0, 3, 3],
        kpi=["cost_to_serve"] * 4, mean=[2.0, 1.0, 4.0, 3.0], low=[1.9, 0.9, 3.9, 2.9], high=[2.1, 1.1, 4.1, 3.1],
    )  # fmt: skip
    figure = asked.swept(reading, rows, "cost_to_serve")
    lines = [one for one in figure.data if one.mode == "lines+markers"]
    assert [(one.name, list(one.x), list(one.y)) for one in lines] == [
        ("units 0", [10.0, 20.0], [1.0, 2.0]),
        ("units 3", [10.0, 20.0], [3.0, 4.0]),
    ]
    assert list(figure.data[0].y) == [1.1, 2.1, 1.9, 0.9]  # the band: up along the high ends, back along the low ones
    assert "Cost to serve" in figure.layout.yaxis.title.text


def test_a_tornado_has_the_greatest_swing_on_top_and_shows_shares_in_percent(reading: Reading) -> None:
    rows = table(parameter=["a", "b"], low_value=[1, 2], high_value=[3, 4], at_low=[-0.05, 0.01],
                 at_low_high=[0.0, 0.02], at_high=[0.06, -0.01], at_high_high=[0.07, 0.0])  # fmt: skip
    figure = asked.tornado(reading, rows, "stockout_rate")
    low, high = figure.data
    assert list(low.y) == ["b", "a"]
    assert list(low.x) == pytest.approx([1.0, -5.0])
    assert list(high.error_x.array) == pytest.approx([1.0, 1.0])
    assert list(high.text) == ["4", "3"]


def test_sensitivity_draws_shares_or_effects(reading: Reading) -> None:
    shares = table(parameter=["a<b>", "c"], s1=[0.6, 0.1], s1_half=[0.1, 0.1], st=[0.8, 0.3], st_half=[0.1, 0.1])
    shares.attrs["method"] = "sobol"
    figure = asked.sensitivity(reading, shares, "contribution")
    assert list(figure.data[0].x) == [0.1, 0.6]
    assert list(figure.data[1].y) == ["c", "a&lt;b&gt;"]
    effects = table(parameter=["a", "c"], mu_star=[5.0, 1.0], mu_star_half=[1.0, 0.5], sigma=[2.0, 0.1])
    effects.attrs["method"] = "morris"
    figure = asked.sensitivity(reading, effects, "cost_to_serve")
    assert (list(figure.data[0].x), list(figure.data[0].y)) == ([1.0, 5.0], [0.1, 2.0])


def test_the_warm_up_shows_what_is_left_out_and_what_was_proposed(reading: Reading) -> None:
    t = np.arange(200)
    found = mser(5 + 10 * np.exp(-t / 10) + np.sin(2.399963 * t))
    figure = asked.warm_up(reading, found, "cost_to_serve")
    assert list(figure.data[0].y) == pytest.approx(list(found.series))
    error = list(figure.data[1].y)
    assert list(figure.data[1].x)[int(np.argmin(error))] == found.truncate == found.proposed
    shapes = [(one.type, one.x0, one.x1) for one in figure.layout.shapes]
    assert ("rect", 0, found.truncate) in shapes
    other = found.overruled(100)
    assert other.mean == pytest.approx(np.mean(found.series[100:]))
    figure = asked.warm_up(reading, other, "cost_to_serve")
    shapes = [(one.type, one.x0, one.x1) for one in figure.layout.shapes]
    assert ("rect", 0, 100) in shapes
    assert ("line", found.proposed, found.proposed) in shapes
