"""What the page is told of weights, standings, disagreements and trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrion.apps.workshop.board import Board, interval
from orchestrion.apps.workshop.disagreeing import disagreement
from orchestrion.apps.workshop.played import Played
from orchestrion.apps.workshop.session import DEPARTMENT_KEYS, Session
from orchestrion.apps.workshop.standings import Opinion, opinion, told
from orchestrion.apps.workshop.weighed import (
    comparisons_of,
    department_prices,
    department_red_lines,
    members,
    prices_of,
)


def opinions_of(session: Session, table: Sequence[Played], board: Board) -> list[Opinion]:
    """What each department thinks of everything on the table."""
    weights, lines = department_prices(session, board.swings), department_red_lines(session)
    return [
        opinion(key, len(members(session, key)), weights[key], lines[key], table, board.sides)
        for key in DEPARTMENT_KEYS
    ]


def judged(session: Session, opinions: Sequence[Opinion], table: Sequence[Played]) -> dict[str, Any]:
    """Weights and red lines by department, what each would choose, and where they part ways."""
    return {
        "weights": {one.department: dict(one.prices) for one in opinions},
        "red_lines": department_red_lines(session),
        "standings": [told(one) for one in opinions],
        "disagreement": disagreement(opinions, table),
    }


def mine(session: Session, who: str, swings: Mapping[str, float]) -> dict[str, Any]:
    """A participant's own prices, and whether their comparisons agree with one another."""
    found = comparisons_of(session, who, swings)
    consistency = None
    if found is not None:
        worst = None if found.worst is None else dict(zip(("a", "b", "times"), found.worst, strict=True))
        consistency = {
            "importance": found.importance, "index": found.index, "ratio": found.ratio,
            "consistent": found.consistent, "worst": worst,
        }  # fmt: skip
    return {"prices": prices_of(session, who, swings), "consistency": consistency}


def results_of(one: Played, base: Played) -> dict[str, Any]:
    """A trial's results: what its score is worked out from, its measures with intervals, and the paired differences
    from what it changes, in the replications that both have.
    """
    return {
        "replications": list(one.replications),
        "contribution": list(one.contribution),
        "amounts": {key: list(values) for key, values in one.amounts.items()},
        "kpis": {key: interval(list(values.values())) for key, values in one.measures.items()},
        "against": {key: _against(values, base.measures.get(key, {})) for key, values in one.measures.items()},
    }


def _against(here: Mapping[int, float], there: Mapping[int, float]) -> dict[str, Any]:
    return interval([value - there[r] for r, value in here.items() if r in there])
