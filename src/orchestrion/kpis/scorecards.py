"""Scorecards: the KPIs by which each department judges a way to run orders, and where the departments disagree.

A department gains from a change when at least one of its KPIs is better beyond chance and none is worse; it loses in
the mirror case; it is torn when both happen. Tests are adjusted by Holm over the department's own KPIs, so that a long
scorecard does not find gains by trying often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from orchestrion.kpis.family import Text

Standing = Literal["gains", "loses", "torn", "noise", "unknown"]


@dataclass(frozen=True, slots=True)
class Department:
    """Who looks at what.

    Attributes
    ----------
    asks
        The question it puts to a new rule, in its own words.
    kpis
        Keys, the one it looks at first in front; those without a better direction are shown and never judged.
    """

    key: str
    label: Text
    asks: Text
    kpis: tuple[str, ...]


DEPARTMENTS: tuple[Department, ...] = (
    Department(
        "ecommerce",
        Text("E-commerce", "E-commerce"),
        Text("Can I show it, promise it, and keep the promise?", "Puis-je le montrer, le promettre et tenir parole ?"),
        (
            "stockout_rate", "lost_sales_share", "unconverted_share", "delivery_time_days", "promises_kept",
            "ready_time_hours", "cancellation_rate",
        ),
    ),
    Department(
        "retail",
        Text("Retail", "Magasins"),
        Text(
            "What work comes to my stores, which sales does it cost them, and is it shared fairly?",
            "Quel travail arrive dans mes magasins, quelles ventes leur coûte-t-il, est-il bien réparti ?",
        ),
        (
            "store_hours", "store_utilisation", "queue_p90", "short_pick_rate", "walk_in_lost_share",
            "walk_in_lost_caused_eur", "workload_gini",
        ),
    ),
    Department(
        "supply_chain",
        Text("Supply chain", "Supply chain"),
        Text(
            "What does an order cost and emit, and what becomes of the stock?",
            "Que coûte et qu'émet une commande, et que devient le stock ?",
        ),
        (
            "cost_to_serve", "co2e_per_order", "co2e_per_order_no_trip", "parcels_per_order", "stock_turns",
            "markdown_exposure", "working_capital",
        ),
    ),
    Department(
        "it",
        Text("IT", "Informatique"),
        Text(
            "How many rules and decisions are there, and how many exceptions come back?",
            "Combien de règles et de décisions, et combien d'exceptions reviennent ?",
        ),
        ("resourcing_hops", "split_rate", "hidden_rate", "phantom_rate", "phantom_lost_share"),
    ),
)  # fmt: skip


def standing(verdicts: Sequence[str]) -> Standing:
    """What a department may say of a change, from the verdicts on its KPIs.

    >>> standing(["better", "noise"]), standing(["better", "worse"]), standing(["noise"]), standing([])
    ('gains', 'torn', 'noise', 'unknown')
    """
    better, worse = "better" in verdicts, "worse" in verdicts
    if better and worse:
        return "torn"
    if better or worse:
        return "gains" if better else "loses"
    return "noise" if any(verdict in ("noise", "same") for verdict in verdicts) else "unknown"


def disagreement(standings: Mapping[str, Standing]) -> tuple[list[str], list[str]] | None:
    """Departments that gain and departments that lose by the same change; None when they do not oppose each other.

    A department that is torn stands on both sides.

    >>> disagreement({"it": "loses", "retail": "noise", "ecommerce": "gains"})
    (['ecommerce'], ['it'])
    >>> disagreement({"it": "gains", "retail": "noise"}) is None
    True
    """
    winners = [key for key, one in standings.items() if one in ("gains", "torn")]
    losers = [key for key, one in standings.items() if one in ("loses", "torn")]
    return (winners, losers) if winners and losers else None
