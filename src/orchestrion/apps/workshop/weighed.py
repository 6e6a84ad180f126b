"""The prices and red lines of participants and of their departments."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from orchestrion.apps.workshop.pairwise import Compared, compared, prices
from orchestrion.apps.workshop.session import DEPARTMENT_KEYS, Session
from orchestrion.kpis.weighing import BASE

Euros = dict[str, float]


def members(session: Session, department: str) -> list[str]:
    """Those of a department who are here."""
    return [one.id for one in session.here if one.department == department]


def prices_of(session: Session, who: str, swings: Mapping[str, float]) -> Euros:
    """One participant's prices [euros for one unit]: those they wrote, else those that their comparisons come to."""
    ratios = session.ratios.get(who, {})
    return {**(prices(ratios, swings) if ratios else {}), **session.weights.get(who, {})}


def comparisons_of(session: Session, who: str, swings: Mapping[str, float]) -> Compared | None:
    """How one participant's comparisons agree with one another."""
    usable = {pair: r for pair, r in session.ratios.get(who, {}).items() if all(swings.get(k, 0.0) > 0.0 for k in pair)}
    return compared(usable, BASE)


def department_prices(session: Session, swings: Mapping[str, float]) -> dict[str, Euros]:
    """Department -> criterion -> euros: the median of the prices of its participants who gave one."""
    return {
        key: medians([prices_of(session, who, swings) for who in members(session, key)]) for key in DEPARTMENT_KEYS
    }


def department_red_lines(session: Session) -> dict[str, Euros]:
    """The same of the limits drawn."""
    return {
        key: medians([session.red_lines.get(who, {}) for who in members(session, key)]) for key in DEPARTMENT_KEYS
    }


def medians(told: Sequence[Mapping[str, float]]) -> Euros:
    """By name, the median of those who said something of it.

    >>> medians([{"a": 1.0}, {"a": 4.0, "b": 2.0}, {}])
    {'a': 2.5, 'b': 2.0}
    """
    keys = dict.fromkeys(key for one in told for key in one)
    return {key: statistics.median(one[key] for one in told if key in one) for key in keys}
