"""Lead times by inversion: each law has its own quantiles, and receipts keep to the supplier's days."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from orchestrion.domain.calendar import BusinessDays
from orchestrion.domain.ordering import LAWS, LeadTime
from orchestrion.logistics.lead_times import lead_times, receipts
from orchestrion.units import DAY, HOUR

U = np.array([0.0, 0.1, 0.5, 0.9, 0.999])
MEAN = 4.0 * DAY


@pytest.mark.parametrize(
    ("lead", "law"),
    [
        (LeadTime(law="exponential", mean_s=MEAN), stats.expon(scale=MEAN)),
        (LeadTime(law="gamma", mean_s=MEAN, cv=0.7), stats.gamma(0.7**-2, scale=MEAN * 0.7**2)),
        (
            LeadTime(law="lognormal", mean_s=MEAN, cv=0.7),
            stats.lognorm(np.sqrt(np.log(1.49)), scale=MEAN / np.sqrt(1.49)),
        ),
        (LeadTime(law="uniform", least_s=DAY, most_s=3 * DAY), stats.uniform(DAY, 2 * DAY)),
    ],
)
def test_quantiles_are_those_of_scipy(lead: LeadTime, law: object) -> None:
    assert lead_times(lead, U) == pytest.approx(law.ppf(U), rel=1e-9)  # type: ignore[attr-defined]


def test_an_empirical_law_gives_each_value_as_often_as_its_weight() -> None:
    lead = LeadTime(law="empirical", values_s=(10.0, 20.0, 40.0), weights=(1, 2, 1))
    assert lead_times(lead, np.array([0.0, 0.2499, 0.25, 0.74, 0.75, 0.9999])).tolist() == [10, 10, 20, 20, 40, 40]


@pytest.mark.parametrize("law", LAWS)
def test_no_receipt_before_its_order(law: str) -> None:
    lead = LeadTime(law=law, mean_s=MEAN, least_s=0.0, most_s=MEAN, values_s=(0.0, MEAN), at_s=6 * HOUR)
    t = 10 * DAY + 9 * HOUR
    assert (receipts(lead, t, np.linspace(0, 0.9999, 50)) >= t).all()


def test_whole_days_end_at_the_suppliers_hour_and_working_days_skip_the_others() -> None:
    lead = LeadTime(law="fixed", mean_s=3 * DAY, at_s=6 * HOUR)
    friday = 4 * DAY + 12 * HOUR
    assert receipts(lead, friday, np.zeros(1)).tolist() == [7 * DAY + 6 * HOUR]
    week = BusinessDays([d % 7 < 5 for d in range(30)])
    working = LeadTime(law="fixed", mean_s=3 * DAY, at_s=6 * HOUR, days=week)
    assert receipts(working, friday, np.zeros(1)).tolist() == [9 * DAY + 6 * HOUR]


def test_whole_days_between_two_are_equally_likely_both_ends_included() -> None:
    lead = LeadTime(law="uniform", least_s=2 * DAY, most_s=4 * DAY, at_s=0)
    days = receipts(lead, 0, np.linspace(0, 0.99999, 3000)) // DAY
    assert np.bincount(days).tolist() == [0, 0, 1000, 1000, 1000]
