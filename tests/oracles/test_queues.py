"""The picking station against queueing theory: Poisson orders, one law of service, c pickers, open day and night.

Time is scaled so that a mean service takes at least 1,000 clock seconds, else rounding to whole seconds would show.
Service laws other than the constant are built from units: a pick takes a fixed time and a time for each unit of its
line, and the number of units is drawn. Each answer is a mean over replications; its 99 % interval is Student's and its
half-width is held to what is stated.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import audits
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from towns import one_warehouse

from orchestrion.domain.calendar import Calendar
from orchestrion.units import DAY

Floats = NDArray[np.float64]


def station(
    per_day: float, *, pickers: int = 1, setup_s: int = 0, unit_s: int = 0, units: Floats | None = None, days: int
) -> Any:
    """One warehouse that never closes, one SKU in plenty, orders of one line at a constant rate."""
    run_off = 30
    always = Calendar([0], [(days + run_off) * DAY])
    return one_warehouse(
        1_000_000_000,
        days=days,
        run_off_days=run_off,
        pickers=pickers,
        online_per_day=per_day,
        nodes={
            "warehouse": {"calendar": always, "pick_setup_s": setup_s, "pick_line_s": 0, "pick_unit_s": unit_s}
        },
        demand={
            "online_hour": np.full(24, 1 / 24),
            "option_shares": np.array([1.0, 0.0, 0.0]),
            "lines": np.array([1.0]),
            "units": np.array([1.0]) if units is None else units,
        },
    )


def waits(world: Any, *, setup_s: int, unit_s: int, replications: int, warm_up_days: int) -> tuple[Floats, Floats]:
    """Mean wait [s] and share of orders that wait, by replication."""
    means, shares = [], []
    for replication in range(replications):
        shipments = audits.run(world, seed=2026, replication=replication)["shipments"]
        assert (shipments["picked_t"] >= 0).all()
        measured = shipments["sourced_t"] >= warm_up_days * DAY
        service = setup_s + unit_s * shipments["units"]
        wait = (shipments["picked_t"] - shipments["sourced_t"] - service)[measured]
        assert (wait >= 0).all()
        means.append(wait.mean())
        shares.append((wait > 0).mean())
    return np.array(means), np.array(shares)


def close(sample: Floats, truth: float, half_width: float) -> None:
    """The truth lies in the 99 % Student interval, which is no wider than stated."""
    half = stats.t.ppf(0.995, len(sample) - 1) * sample.std(ddof=1) / sqrt(len(sample))
    assert half <= half_width, f"99 % half-width {half:.4f}"
    assert abs(sample.mean() - truth) <= half, f"{sample.mean():.4f} +- {half:.4f}, expected {truth:.4f}"


def law(cdf: Any, count: int) -> Floats:
    """Probabilities of 1, 2, ... units: a continuous law rounded to whole units, the tail put on the last."""
    edges = np.arange(1, count) + 0.5
    return np.diff(np.concatenate([[0.0], cdf(edges), [1.0]]))


def test_a_constant_service_waits_half_as_long_as_an_exponential_one() -> None:
    """M/D/1, lambda .8, mu 1: Wq = rho / (2 (1 - rho)) = 2 (Pollaczek-Khinchine)."""
    world = station(0.8 * 86.4, setup_s=1000, days=90)
    mean, _ = waits(world, setup_s=1000, unit_s=0, replications=10, warm_up_days=5)
    close(mean / 1000, 2.0, half_width=0.3)


@pytest.mark.slow
def test_a_constant_service_to_two_digits() -> None:
    """M/D/1 again, twelve times as many orders."""
    world = station(0.8 * 86.4, setup_s=1000, days=600)
    mean, _ = waits(world, setup_s=1000, unit_s=0, replications=20, warm_up_days=10)
    close(mean / 1000, 2.0, half_width=0.06)


@pytest.mark.parametrize(("rho", "truth"), [(0.3, 3 / 14), (0.5, 0.5)])
def test_a_constant_service_at_other_loads(rho: float, truth: float) -> None:
    """M/D/1: rho / (2 (1 - rho))."""
    world = station(rho * 86.4, setup_s=1000, days=70)
    mean, _ = waits(world, setup_s=1000, unit_s=0, replications=8, warm_up_days=2)
    close(mean / 1000, truth, half_width=0.12 * truth)


def test_a_service_of_any_law_waits_as_pollaczek_and_khinchine_say() -> None:
    """M/G/1, lambda .5, lognormal service with mean 1.2 and squared coefficient of variation .5: Wq 1.35."""
    sigma = sqrt(np.log(1.5))
    lognormal = stats.lognorm(sigma, scale=60 * np.exp(-(sigma**2) / 2))  # units of 20 s; 1 = 50 units = 1,000 s
    units = law(lognormal.cdf, 1000)
    number = np.arange(1, 1001)
    mean, square = units @ number / 50, units @ number**2 / 2500
    exact = 0.5 * square / (2 * (1 - 0.5 * mean))
    assert exact == pytest.approx(1.35, rel=0.002)  # rounding to units hardly shows
    world = station(0.5 * 86.4, unit_s=20, units=units, days=110)
    sample, _ = waits(world, setup_s=0, unit_s=20, replications=10, warm_up_days=5)
    close(sample / 1000, 1.35, half_width=0.15)


@pytest.mark.slow
def test_order_picking_with_a_walk_and_a_random_number_of_grabs() -> None:
    """3 min + the sum of N independent Exp(2 min), N geometric on 1, 2, ... of mean 1.6; lambda .12/min: 11.409375 min.

    A geometric sum of exponentials is exponential, here of mean 3.2 min. One minute is 300 s: the walk takes 900 s.
    """
    units = law(stats.expon(scale=96).cdf, 1500)  # 10 s each
    world = station(0.12 * DAY / 300, setup_s=900, unit_s=10, units=units, days=150)
    sample, _ = waits(world, setup_s=900, unit_s=10, replications=10, warm_up_days=10)
    close(sample / 300, 11.409375, half_width=1.5)


def test_three_pickers_share_one_list() -> None:
    """M/M/3, lambda 2.5, mu 1: P(wait) .7022471910, Wq 1.4044943820 (Erlang C)."""
    units = law(stats.expon(scale=100).cdf, 1500)  # 10 s each, 1,000 s on average
    world = station(2.5 * 86.4, pickers=3, unit_s=10, units=units, days=25)
    mean, share = waits(world, setup_s=0, unit_s=10, replications=8, warm_up_days=2)
    close(share, 0.7022471910, half_width=0.05)
    close(mean / 1000, 1.4044943820, half_width=0.4)
