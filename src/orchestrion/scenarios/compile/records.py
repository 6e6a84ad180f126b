"""How records go wrong, node by node."""

from __future__ import annotations

from math import exp

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.domain.records import Records
from orchestrion.domain.world import Node
from orchestrion.scenarios.document import ScenarioDocument

_DAYS_A_YEAR = 365.0


def make_records(document: ScenarioDocument, nodes: list[Node]) -> Records | None:
    """The document's `records`; none when they are off: every record is then right for ever."""
    plan = document.records
    if not plan.on:
        return None
    kinds = [plan.stores if node.role == Role.STORE else plan.warehouses for node in nodes]
    changes = [document.network.nodes.get(node.key) for node in nodes]
    accuracy = [
        kind.accuracy if change is None or change.record_accuracy is None else change.record_accuracy
        for kind, change in zip(kinds, changes, strict=True)
    ]
    return Records(
        opening_wrong=1.0 - np.array(accuracy),
        opening_units=np.array([kind.opening_units for kind in kinds]),
        shrink=np.array([_daily(kind.shrink_per_year) for kind in kinds]),
        misplaced=np.array([_daily(kind.misplaced_per_year) for kind in kinds]),
        turns_up=np.array([1.0 / kind.misplaced_days for kind in kinds]),
        errors=np.array([_daily(kind.errors_per_year) for kind in kinds]),
        count_every=np.array(
            [round(_DAYS_A_YEAR / kind.counts_per_year) if kind.counts_per_year else 0 for kind in kinds], np.int64
        ),
        count_error=np.array([kind.count_error for kind in kinds]),
        count_finds=np.array([kind.count_finds for kind in kinds]),
        count_s=np.array([kind.count_seconds for kind in kinds], np.int64),
        advice_error=np.array([kind.advice_error for kind in kinds]),
        at_short_pick=plan.at_short_pick,
        at_receipt=plan.at_receipt,
        misses_by_record=tuple(plan.misses_by_record),
    )


def _daily(rate: float) -> float:
    """The chance in a day of what happens so often in a year."""
    return 1.0 - exp(-rate / _DAYS_A_YEAR)
