"""Codes are append-only, and every column of the facts says what it means."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrion.domain.codes import COST_TO_SERVE, DIMENSIONS, STOCK_COSTS, Component
from orchestrion.domain.facts import SCHEMA, empty

# what studies on somebody's disk already say; append at the end, change nothing
WRITTEN = {
    "channels": ["web", "app", "walk_in"],
    "outcomes": [
        "served", "served_later", "moved_to_store", "moved_to_web", "moved_to_other_store", "lost", "cancelled",
        "waiting",
    ],
    "reasons": [
        "unavailable", "companion", "shelf_empty", "no_stock", "too_many_hops", "not_found", "nearest", "cheapest",
        "warehouse_first", "overstock_first", "fewest_splits", "lowest_co2e", "optimal", "fallback", "chosen",
        "no_node", "not_deliverable",
    ],
    "event_kinds": [
        "placed", "held", "sourced", "picked", "short", "handed_over", "ready", "delivered", "collected", "cancelled",
    ],
    "stock_kinds": [
        "opening", "reserved", "released", "picked", "not_found", "sold", "dispatched", "ordered", "received",
        "protection",
    ],
    "dispositions": ["restocked", "written_off"],
    "scopes": ["web", "shelf", "unified"],
    "review_statuses": ["heuristic", "optimal", "feasible", "fallback"],
    "components": [
        "picking", "packaging", "carriage", "shuttle", "rework", "care", "fee", "holding", "write_down",
        "replenishment",
    ],
    "legs": [
        "ordering", "packaging", "building", "first_leg", "line_haul", "last_leg", "shuttle", "customer_trip",
    ],
}  # fmt: skip


@pytest.mark.parametrize("family", DIMENSIONS)
def test_a_code_written_last_year_reads_the_same(family: str) -> None:
    codes = list(DIMENSIONS[family])
    assert [int(code) for code in codes] == list(range(len(codes)))
    assert [code.key for code in codes][: len(WRITTEN[family])] == WRITTEN[family]


def test_labels_are_for_people() -> None:
    for codes in DIMENSIONS.values():
        for code in codes:
            assert "_" not in code.label
            assert code.label.lower() == code.key.replace("_", " ")


def test_a_component_is_cost_to_serve_or_a_cost_of_stock_never_both() -> None:
    assert sorted([*COST_TO_SERVE, *STOCK_COSTS]) == list(Component)


@pytest.mark.parametrize("name", SCHEMA)
def test_every_column_is_a_whole_number_with_a_meaning(name: str) -> None:
    for column, field in SCHEMA[name].items():
        assert np.issubdtype(field.dtype, np.signedinteger)
        assert field.meaning.strip()
        # columns whose name is their whole meaning
        assert field.meaning != column or column in ("units", "parcels", "kind"), f"{name}.{column} is not explained"
    table = empty(name)
    assert list(table) == list(SCHEMA[name])
    assert all(len(values) == 0 and str(values.dtype) == SCHEMA[name][c].dtype for c, values in table.items())
