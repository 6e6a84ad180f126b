"""What pickers found is told by SKU, whichever way the lines lie; what belongs to no line is left out."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import SCHEMA, Table, empty
from orchestrion.domain.picks import picks_of


def table(name: str, **columns: list[int]) -> Table:
    return {column: np.array(values, SCHEMA[name][column].dtype) for column, values in columns.items()}


EVENTS = table(
    "events",
    t=[10, 20, 30, 40, 50, 60],
    kind=[EventKind.PICKED, EventKind.SHORT, EventKind.PICKED, EventKind.PICKED, EventKind.PICKED, EventKind.PICKED],
    order=[3, 3, 1, 2, 70_000, 3],
    line=[1, 0, 0, -1, 0, 7],  # of order 2 the whole shipment, of order 3 a line that nobody knows
    node=[5, 5, 6, 6, 8, 5],
    qty=[2, 1, 4, 9, 3, 1],
)
LINES = table("lines", order=[70_000, 1, 3, 1, 3], line=[0, 32_767, 0, 0, 1], sku=[9, 7, 1, 4, 2])


def test_a_pick_has_the_sku_of_its_line() -> None:
    found = picks_of(EVENTS, LINES)
    assert {name: column.tolist() for name, column in found.items()} == {
        "t": [10, 30, 50], "node": [5, 6, 8], "qty": [2, 4, 3], "sku": [2, 4, 9],
    }  # fmt: skip


def test_without_lines_or_events_there_are_no_picks() -> None:
    for events, lines in ((EVENTS, empty("lines")), (empty("events"), LINES)):
        assert [len(column) for column in picks_of(events, lines).values()] == [0, 0, 0, 0]
