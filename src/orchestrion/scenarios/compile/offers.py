"""Offers: the usual fee and promise of each option, and how customers answer to others."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.offers import Offers
from orchestrion.domain.world import Demand, Option
from orchestrion.scenarios.document.offers import OffersDocument
from orchestrion.units import HOUR, MICRO


def make_offers(document: OffersDocument, options: tuple[Option, ...], demand: Demand) -> Offers | None:
    """How customers answer to promises and fees; None where they do not."""
    choice, conversion = document.choice, document.conversion
    if not choice.on and not conversion.on:
        return None
    usual = [
        (known.fee_eur, known.days) if known else (option.fee / MICRO, usual_days(option, demand))
        for option in options
        for known in [document.usual.get(option.key)]
    ]
    return Offers(
        usual_fee=np.array([fee for fee, _ in usual]),
        usual_days=np.array([days for _, days in usual]),
        fee_weight=choice.fee_weight if choice.on else 0.0,
        day_value=choice.day_value if choice.on else 0.0,
        per_day=conversion.per_day if conversion.on else 0.0,
        per_euro=conversion.per_euro if conversion.on else 0.0,
    )


def usual_days(option: Option, demand: Demand) -> float:
    """Business days from ordering to an option's promise, on average over the hours of a week without holidays."""
    week = BusinessDays([d % 7 != 6 for d in range(70)])
    hours = np.broadcast_to(demand.online_hour, (7, 24))
    days = 0.0
    for d in range(7):
        for h in range(24):
            late = h * HOUR + HOUR // 2 > option.cut_off_s or not week.is_working(d)
            promised = week.after(week.after(d, 1) if late else d, option.promise_days)
            days += float(hours[d, h]) / 7 * week.between(d, max(promised, d))
    return days / float(hours.sum() / 7)


