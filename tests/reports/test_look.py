"""The look: readable in the light and in the dark, names that do not hide one another."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrion.reports import look
from orchestrion.reports.look import INKS, PALETTE, contrast, exchange
from orchestrion.reports.placing import place, spread


@pytest.mark.parametrize("theme", [0, 1])
@pytest.mark.parametrize("ink", ["ink", "muted", "accent", "good", "bad"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_text_is_readable(theme: int, ink: str, ground: str) -> None:
    assert contrast(PALETTE[ink][theme], PALETTE[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1])
def test_marks_stand_out_from_their_ground(theme: int) -> None:
    for name in PALETTE:
        if name.startswith("series_"):
            assert contrast(PALETTE[name][theme], PALETTE["surface"][theme]) >= 3.0, name


def test_figures_in_bars_are_readable_in_both_themes() -> None:
    dark = dict(PALETTE.values())
    for ground, (by_day, by_night) in INKS.items():
        assert contrast(by_day, ground) >= 4.5 or contrast(by_day, ground) >= 0.99 * _best(ground)
        assert contrast(by_night, dark[ground]) >= 0.97 * _best(dark[ground])
        assert contrast(by_day, ground) > 3.8


def _best(ground: str) -> float:
    return max(contrast("#ffffff", ground), contrast("#14181f", ground))


def test_the_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)


def test_each_light_colour_has_one_dark_partner() -> None:
    light = [pair[0] for pair in PALETTE.values()] + [ink for ink, _ in INKS.values()]
    assert len(set(light)) == len(light)
    assert set(light) <= set(exchange())


def test_the_page_uses_no_colour_variable_that_the_palette_lacks() -> None:
    css = (Path(look.__file__).parent / "static" / "report.css").read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([\w]+)\)", css))
    assert used
    assert used <= {*PALETTE, "font", "c"}


POINTS = st.lists(
    st.tuples(st.floats(60, 580, allow_nan=False), st.floats(40, 420, allow_nan=False)), min_size=1, max_size=7
)


@settings(max_examples=60, deadline=None)
@given(POINTS)
def test_names_never_leave_the_chart(points: list[tuple[float, float]]) -> None:
    sizes = [(110.0, 16.0)] * len(points)
    for (x, y), (width, height), spot in zip(
        points, sizes, place(points, sizes, [], (0, 0, 640, 460), 8.0), strict=True
    ):
        assert x + spot.dx - width / 2 >= 0
        assert x + spot.dx + width / 2 <= 640
        assert y + spot.dy - height / 2 >= 0
        assert y + spot.dy + height / 2 <= 460


def test_seven_alternatives_on_a_heap_keep_their_names_apart() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        points = [(float(x), float(y)) for x, y in zip(rng.normal(320, 60, 7), rng.normal(230, 45, 7), strict=True)]
        sizes = [(float(w), 16.0) for w in rng.uniform(60, 150, 7)]
        spots = place(points, sizes, [], (0, 0, 640, 460), 8.0)
        boxes = [
            (x + s.dx - w / 2, y + s.dy - h / 2, x + s.dx + w / 2, y + s.dy + h / 2)
            for (x, y), (w, h), s in zip(points, sizes, spots, strict=True)
        ]
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                assert min(a[2], b[2]) - max(a[0], b[0]) <= 0.5 or min(a[3], b[3]) - max(a[1], b[1]) <= 0.5


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 300, allow_nan=False), min_size=1, max_size=10))
def test_spread_heights_keep_order_distance_and_limits(wanted: list[float]) -> None:
    heights = spread(wanted, 15.0, 0.0, 300.0)
    ordered = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    for here, there in pairwise(ordered):
        assert heights[there] - heights[here] >= 15.0 - 1e-9
    assert min(heights) >= -1e-9
    assert max(heights) <= 300.0 + 1e-9
