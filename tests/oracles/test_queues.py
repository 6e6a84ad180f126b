"""The picking station against queueing theory: Poisson orders, one law of service, c pickers, open day and night.

Time is scaled so that a mean service takes at least 1,000 clock seconds, else rounding to whole seconds would show.
Service laws other than the constant are built from units: a pick takes a fixed time and a time for each unit of its
line, and the number of units is drawn. Each answer is a mean over replications; its 99 % interval is Student's and its
half-width is held to what is stated.
"""

from __future__ import annotations

from math import cos, exp, pi, sin, sqrt
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


def close(sample: Floats, truth: float, half_width: float, among: int = 1) -> None:
    """The truth lies in the 99 % Student interval (simultaneous `among` so many), which is no wider than stated."""
    half = stats.t.ppf(1 - 0.005 / among, len(sample) - 1) * sample.std(ddof=1) / sqrt(len(sample))
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


EXPONENTIAL = law(stats.expon(scale=100).cdf, 1500)  # units of 10 s, 1,000 s on average


@pytest.mark.parametrize(("rho", "half_width"), [(0.5, 0.15), pytest.param(0.7, 0.4, marks=pytest.mark.slow)])
def test_one_picker_with_exponential_service_waits_rho_over_one_minus_rho(rho: float, half_width: float) -> None:
    """M/M/1: Wq = rho / (mu - lambda)."""
    world = station(rho * 86.4, unit_s=10, units=EXPONENTIAL, days=80)
    mean, share = waits(world, setup_s=0, unit_s=10, replications=8, warm_up_days=4)
    close(mean / 1000, rho / (1 - rho), half_width)
    close(share, rho, half_width=0.06)  # who finds the picker busy: PASTA


@pytest.mark.slow
def test_a_busy_picker_with_exponential_service_to_one_digit() -> None:
    """M/M/1, lambda .8, mu 1: Wq 4."""
    world = station(0.8 * 86.4, unit_s=10, units=EXPONENTIAL, days=700)
    mean, _ = waits(world, setup_s=0, unit_s=10, replications=20, warm_up_days=20)
    close(mean / 1000, 4.0, half_width=0.25)


def in_service(rate: Floats, mean_h: float, t: int) -> float:
    """Mean number in service of M_t/M/inf at hour t: what arrived and is not yet done, hour by hour, ten days back."""
    total = 0.0
    for back in range(240):  # hour [t - back - 1, t - back): arrivals spread evenly in it
        share = mean_h * (exp(-back / mean_h) - exp(-(back + 1) / mean_h))
        total += rate[(t - back - 1) % 24] * share
    return total


@pytest.mark.slow
@pytest.mark.parametrize(
    ("per_hour", "swing", "mean_h"),
    [(10.0, 0.5, 6.0), pytest.param(15.0, 0.9, 3.0, marks=pytest.mark.slow)],
)
def test_with_hands_for_everybody_the_work_in_progress_follows_the_hours_of_the_day(
    per_hour: float, swing: float, mean_h: float
) -> None:
    """M_t/M/inf, 10/h (1 + .5 sin), period 24 h, service 6 h: 46.40944949, 68.65201317, 73.59055051, 51.34798683 in
    service at 0, 6, 12, 18 h (Eick, Massey and Whitt 1993); the profile is cut into hours of equal mass.
    """
    omega = 2 * pi / 24
    mass = np.array([1 + swing * (cos(omega * h) - cos(omega * (h + 1))) / omega for h in range(24)])
    mean_s = mean_h * 3600
    units = law(stats.expon(scale=mean_s / 100).cdf, round(mean_s / 100 * 12))
    days, replications = 60, 16
    run_off = 30
    world = one_warehouse(
        1_000_000_000, days=days, run_off_days=run_off, pickers=round(per_hour * mean_h * 4),
        online_per_day=24 * per_hour,
        nodes={"warehouse": {"calendar": Calendar([0], [(days + run_off) * DAY]), "pick_setup_s": 0, "pick_line_s": 0,
                             "pick_unit_s": 100}},
        demand={"online_hour": mass / mass.sum(), "option_shares": np.array([1.0, 0, 0]), "lines": np.array([1.0]),
                "units": units},
    )  # fmt: skip
    counts: dict[int, list[float]] = {0: [], 6: [], 12: [], 18: []}
    for replication in range(replications):
        shipments = audits.run(world, seed=99, replication=replication)["shipments"]
        service = 100 * shipments["units"]
        assert (shipments["picked_t"] - shipments["sourced_t"] == service).all()  # nobody waits for a pair of hands
        for hour, found in counts.items():
            moments = np.arange(5, days) * DAY + hour * 3600
            begun = np.searchsorted(np.sort(shipments["sourced_t"]), moments)
            done = np.searchsorted(np.sort(shipments["picked_t"]), moments)
            found.append(float((begun - done).mean()))
    load = per_hour * mean_h
    k = omega * mean_h
    for hour, found in counts.items():
        smooth = load * (1 + swing * (sin(omega * hour) - k * cos(omega * hour)) / (1 + k * k))
        truth = in_service(per_hour * mass, mean_h, hour)
        assert truth == pytest.approx(smooth, rel=0.01)  # what cutting the day into hours changes
        close(np.array(found), truth, half_width=0.05 * load, among=len(counts))


@pytest.mark.slow
def test_a_station_without_a_formula_waits_as_long_as_in_another_simulator() -> None:
    """M/G/3 with a spread-out service (a third long, the rest short) against Ciw, a queueing library of its own.

    Both means are known only by simulation: their difference lies within its 99 % Welch interval.
    """
    ciw = pytest.importorskip("ciw", reason="Ciw, the other simulator, is not installed")
    arrivals, values, weights = 2.2, [0.4, 2.2], [2 / 3, 1 / 3]
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(arrivals)],
        service_distributions=[ciw.dists.Pmf(values, weights)],
        number_of_servers=[3],
    )
    theirs = []
    for seed in range(8):
        ciw.seed(seed)
        other = ciw.Simulation(network)
        other.simulate_until_max_time(2600)
        theirs.append(np.mean([r.waiting_time for r in other.get_all_records() if r.arrival_date > 200]))
    units = np.zeros(22)
    units[[3, 21]] = weights
    world = station(arrivals * 86.4, pickers=3, unit_s=100, units=units, days=32)
    ours, _ = waits(world, setup_s=0, unit_s=100, replications=8, warm_up_days=3)
    ours = ours / 1000
    difference = ours.mean() - np.mean(theirs)
    spread = sqrt(ours.var(ddof=1) / len(ours) + np.var(theirs, ddof=1) / len(theirs))
    assert spread * 3 < 0.25 * np.mean(theirs)  # narrow enough to say something
    assert abs(difference) < 3 * spread, f"{ours.mean():.3f} against {np.mean(theirs):.3f} +- {spread:.3f}"
