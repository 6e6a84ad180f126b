"""The best parameters of the textbook rules, exactly, for one place and one SKU with backorders.

Demand is given by its probabilities: of a period for periodic review, of a lead time for continuous review. Costs are
for a unit and a period: `holding` on hand, `penalty` waiting; `fixed` for an order. Nothing is approximated but the
tail of demand beyond the probabilities given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Best:
    """Parameters of a rule and what a period costs under it; `low` and `up_to` as the rules use them."""

    low: int
    up_to: int
    quantity: int
    cost: float


@dataclass(frozen=True, slots=True)
class Service:
    """What to expect of a rule under Poisson demand in the long run."""

    fill: float  # share of the units served at once
    backorders: float  # units waiting on average
    on_hand: float  # units on hand on average


def poisson(mean: float, tail: float = 1e-15) -> Floats:
    """Probabilities of 0, 1, 2, ... until what remains is negligible.

    >>> poisson(2.0)[:2].round(6).tolist()
    [0.135335, 0.270671]
    """
    if not (math.isfinite(mean) and mean >= 0.0):
        raise ValueError(f"mean: {mean} is not a mean of a Poisson law; give a finite number, 0 or more")
    if mean == 0.0:
        return np.ones(1)
    most = math.ceil(mean + 12.0 * math.sqrt(mean) + 40.0)
    n = np.arange(most + 1)
    logs = n * math.log(mean) - mean - np.array([math.lgamma(k + 1) for k in n.tolist()])
    pmf = np.exp(logs)
    return np.asarray(pmf[: int(np.searchsorted(np.cumsum(pmf), 1.0 - tail)) + 1])


def convolved(pmf: Sequence[float] | Floats, periods: int) -> Floats:
    """Demand of several independent periods."""
    law = np.ones(1)
    for _ in range(periods):
        law = np.convolve(law, pmf)
    return law


def expected_cost(pmf: Sequence[float] | Floats, holding: float, penalty: float) -> Callable[[int], float]:
    """G(y): what a period costs that begins with position y and ends with y less this demand."""
    law = np.asarray(pmf, np.float64)
    number = np.arange(len(law))
    known: dict[int, float] = {}

    def cost(y: int) -> float:
        if y not in known:
            left = y - number
            known[y] = float(law @ np.where(left > 0, holding * left, -penalty * left))
        return known[y]

    return cost


def newsvendor(holding: float, penalty: float, mean: float, sd: float) -> tuple[float, float]:
    """(stock, cost) for normal demand, bought once: Phi(z) = penalty / (penalty + holding).

    Snyder and Shen, *Fundamentals of Supply Chain Theory*, section 4.3.

    >>> [round(x, 6) for x in newsvendor(0.18, 0.70, 50, 8)]
    [56.603956, 1.997605]
    """
    _check(holding, penalty)
    z = NormalDist().inv_cdf(penalty / (penalty + holding))
    return mean + z * sd, (holding + penalty) * NormalDist().pdf(z) * sd


def best_base_stock(pmf: Sequence[float] | Floats, holding: float, penalty: float) -> Best:
    """The least base stock whose chance of sufficing reaches penalty / (penalty + holding).

    Parameters
    ----------
    pmf
        Demand over the lead time (continuous review) or over review period and lead time (periodic).

    >>> best_base_stock(poisson(6.0), 1.0, 9.0).up_to
    9
    """
    _check(holding, penalty)
    level = int(np.searchsorted(np.cumsum(pmf), penalty / (penalty + holding) - 1e-12))
    return Best(level - 1, level, 1, expected_cost(pmf, holding, penalty)(level))


def best_r_q(pmf: Sequence[float] | Floats, rate: float, fixed: float, holding: float, penalty: float) -> Best:
    """(r, Q) under continuous review and unit demand: Federgruen and Zheng (1992), *Operations Research* 40(4).

    The cost is (fixed x rate + G(r + 1) + ... + G(r + Q)) / Q; the best Q positions are those with the smallest G, and
    as G falls and rises they are neighbours: take the better neighbour until it would raise the mean.

    Parameters
    ----------
    pmf
        Demand over the lead time.
    rate
        Units a period.

    >>> best = best_r_q(poisson(6.0), 2.0, 0.0, 1.0, 9.0)
    >>> best.low, best.quantity     # nothing to pay for an order: base stock
    (8, 1)
    """
    _check(holding, penalty)
    if fixed < 0.0 or rate <= 0.0:
        raise ValueError("fixed and rate: an order costs 0 or more, and units are asked for")
    cost = expected_cost(pmf, holding, penalty)
    first = last = best_base_stock(pmf, holding, penalty).up_to
    total, count = fixed * rate + cost(first), 1
    while True:
        below, above = cost(first - 1), cost(last + 1)
        if min(below, above) >= total / count:
            return Best(first - 1, last, count, total / count)
        if below <= above:
            first -= 1
        else:
            last += 1
        total, count = total + min(below, above), count + 1


def best_s_s(
    pmf: Sequence[float] | Floats, fixed: float, holding: float, penalty: float, lead_periods: int = 0
) -> Best:
    """(s, S) under periodic review: Zheng and Federgruen (1991), *Operations Research* 39(4), 654-665.

    Order, receive what was ordered `lead_periods` ago, meet the period's demand, pay for what is left or waits. An
    order is placed when the position is at or below s.

    Parameters
    ----------
    pmf
        Demand of one period.

    >>> best = best_s_s(poisson(10.0), 64.0, 1.0, 9.0)
    >>> best.low, best.up_to, round(best.cost, 3)
    (6, 40, 35.022)
    """
    _check(holding, penalty)
    if fixed < 0.0:
        raise ValueError(f"fixed: {fixed}: an order costs 0 or more")
    law = np.asarray(pmf, np.float64)
    if law[0] >= 1.0:
        raise ValueError("pmf: nobody ever asks for anything")
    cost = expected_cost(convolved(law, lead_periods + 1), holding, penalty)
    renewals = _Renewals(law)

    def mean(s: int, up_to: int) -> float:
        """Cost of a period under (s, S)."""
        count = up_to - s
        paid = sum(renewals.visits(j) * cost(up_to - j) for j in range(count))
        return (fixed + paid) / renewals.periods(count)

    lowest = best_base_stock(convolved(law, lead_periods + 1), holding, penalty).up_to
    s = up_to = lowest
    while True:
        s -= 1
        if mean(s, up_to) <= cost(s):
            break
    best, trial = mean(s, up_to), up_to + 1
    while cost(trial) <= best:
        if mean(s, trial) < best:
            up_to = trial
            while mean(s, up_to) <= cost(s + 1):
                s += 1
            best = mean(s, up_to)
        trial += 1
    return Best(s, up_to, up_to - s, best)


class _Renewals:
    """How often a position j below the target is visited before the next order, by a renewal equation."""

    def __init__(self, pmf: Floats) -> None:
        self._pmf = pmf
        self._visits = [1.0 / (1.0 - float(pmf[0]))]
        self._periods = [0.0]

    def visits(self, j: int) -> float:
        """Expected periods that begin j units below the target."""
        pmf, known = self._pmf, self._visits
        while len(known) <= j:
            n = len(known)
            most = min(n, len(pmf) - 1)
            known.append(sum(float(pmf[k]) * known[n - k] for k in range(1, most + 1)) / (1.0 - float(pmf[0])))
        return known[j]

    def periods(self, count: int) -> float:
        """Expected periods until `count` units or more are gone."""
        known = self._periods
        while len(known) <= count:
            known.append(known[-1] + self.visits(len(known) - 1))
        return known[count]


def base_stock_service(mean: float, level: int) -> Service:
    """(S - 1, S) with backorders: `mean` units of Poisson demand in a lead time, of whatever law (Palm).

    >>> round(base_stock_service(6.0, 8).fill, 9)
    0.74397976
    """
    return r_q_service(mean, level - 1, 1)


def r_q_service(mean: float, low: int, quantity: int) -> Service:
    """(r, Q) with backorders: the position is uniform on r + 1, ..., r + Q (Hadley and Whitin, 1963).

    >>> round(r_q_service(6.0, 7, 10).backorders, 6)
    0.061102
    """
    law = poisson(mean)
    number = np.arange(len(law))
    position = np.arange(low + 1, low + quantity + 1)[:, None]
    left = position - number
    waiting = float((np.maximum(-left, 0) @ law).mean())
    on_hand = float((np.maximum(left, 0) @ law).mean())
    return Service(float(((left > 0) @ law).mean()), waiting, on_hand)


def lost_share(mean: float, level: int) -> float:
    """(S - 1, S) with lost sales: Erlang's loss formula, whatever the law of the lead time.

    >>> round(lost_share(6.0, 8), 9)
    0.121875784
    """
    blocked = 1.0
    for n in range(1, level + 1):
        blocked = mean * blocked / (n + mean * blocked)
    return blocked


def _check(holding: float, penalty: float) -> None:
    if not (holding > 0.0 and penalty > 0.0 and math.isfinite(holding) and math.isfinite(penalty)):
        raise ValueError("holding and penalty: both must be above 0 and finite")
