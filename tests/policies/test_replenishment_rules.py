"""How many units a node orders: the rules of textbooks, whole columns at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrion.errors import UnknownName
from orchestrion.policies.replenishment import BY_LEVELS, Levels, replenishment_rules

SMALL = st.integers(-20, 60)


def test_min_max_waits_until_the_shelf_is_low_and_then_fills_it_up() -> None:
    rule = replenishment_rules["min_max"]
    position = np.array([6, 5, 4, 0, -3])
    assert rule(position, Levels(np.full(5, 4), np.full(5, 10))).tolist() == [0, 0, 6, 10, 13]


def test_base_stock_orders_what_is_missing_each_time() -> None:
    rule = replenishment_rules["base_stock"]
    assert rule(np.array([12, 10, 9, 0, -3]), Levels(np.zeros(5, int), np.full(5, 10))).tolist() == [0, 0, 1, 10, 13]


@pytest.mark.parametrize("name", replenishment_rules.names())
def test_a_sku_that_is_never_reordered_is_never_reordered(name: str) -> None:
    order = replenishment_rules[name](np.array([[0, -5]]), Levels(np.array([[-1, -1]]), np.array([[10, 10]])))
    assert order.tolist() == [[0, 0]]


@given(SMALL, SMALL, SMALL, st.floats(0, 1000))
def test_rules_that_go_by_levels_take_no_notice_of_the_forecast(x: int, s: int, up_to: int, forecast: float) -> None:
    at, low, high = (np.array([value], np.int32) for value in (x, s, up_to))
    for name in BY_LEVELS:
        rule = replenishment_rules[name]
        assert rule(at, Levels(low, high, 3, forecast)).tolist() == rule(at, Levels(low, high, 3)).tolist()
    assert set(replenishment_rules.names()) - BY_LEVELS  # the others may look ahead


@given(st.lists(st.tuples(SMALL, SMALL, SMALL), min_size=1, max_size=8))
def test_whole_columns_give_what_single_shelves_would(cells: list[tuple[int, int, int]]) -> None:
    position, low, up_to = (np.array(column, np.int32) for column in zip(*cells, strict=True))
    for name, due in (("min_max", lambda x, s: x <= s), ("base_stock", lambda x, s: True)):
        expected = [max(0, S - x) if s >= 0 and due(x, s) else 0 for x, s, S in cells]
        found = replenishment_rules[name](position, Levels(low, up_to))
        assert found.tolist() == expected
        assert np.issubdtype(found.dtype, np.integer)


def test_an_unknown_rule_suggests_a_near_one() -> None:
    with pytest.raises(UnknownName, match="did you mean 'min_max'"):
        replenishment_rules["minmax"]
