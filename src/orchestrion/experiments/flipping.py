"""Flip points: how far may an assumption be off before the recommendation changes?

A recommendation stands on assumed defaults. For each, the value is searched at which another alternative becomes
better: stochastic bisection on the paired difference, each sign claimed only where a test excludes the other, with all
tests of a search sharing one error probability (Bonferroni). Where the sign cannot be told any more, the last two
values at which it can are joined by a straight line, whose zero has an interval by Fieller's theorem (J. Royal
Statistical Society B 16 (1954) 175-185).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.experiments.inference import paired, t_quantile

Floats = NDArray[np.float64]
# at a value of the parameter and a number of replications: KPI of each alternative, alternatives x replications, the
# recommended one first; more is better
Evaluate = Callable[[Any, int], Floats]
_STEPS = 12  # halvings at most, on either side


@dataclass(frozen=True, slots=True)
class Look:
    """The recommendation at one value of the parameter.

    Attributes
    ----------
    lead
        By how much the recommended alternative is ahead of its best rival, over n replications; with its interval.
    says
        "holds", "flips", or "noise": it cannot be told at this precision.
    """

    value: Any
    n: int
    rival: int
    lead: float
    low: float
    high: float
    says: str


@dataclass(frozen=True, slots=True)
class Flip:
    """Where a recommendation changes on one side of the present value.

    Attributes
    ----------
    found
        Whether it changes within the range.
    value, low, high
        The flip point and its 95 % interval; NaN when nothing was found.
    holds, flips
        The last value at which the recommendation surely holds, and the first at which it surely does not.
    rival
        Index of the alternative that takes over.
    looks
        Every value looked at.
    """

    found: bool
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    holds: Any = None
    flips: Any = None
    rival: int = 0
    looks: tuple[Look, ...] = ()


@dataclass(slots=True)
class _Search:
    """One parameter's search, towards one end of its range."""

    evaluate: Evaluate
    first: int
    most: int
    level: float  # of each two-sided test, all of the search sharing one error probability
    whole: bool
    looks: list[Look] = field(default_factory=list)
    leads: dict[Any, Floats] = field(default_factory=dict)  # value -> lead over each rival, by replication

    def look(self, value: Any) -> Look:
        """Run replications until the sign is clear, or as many as there may be."""
        n = self.first
        while True:
            measured = self.evaluate(value, n)
            tests = [paired(measured[0], rival, self.level) for rival in measured[1:]]
            surely = [i for i, one in enumerate(tests) if one.high < 0.0]
            rival = min(surely or range(len(tests)), key=lambda i: tests[i].mean)
            test = tests[rival]
            if surely:
                says = "flips"
            elif all(one.low > 0.0 for one in tests):
                says = "holds"
            elif test.mean == 0.0 and test.half == 0.0:
                says = "noise"  # never differs: no number of replications would tell
                n = self.most
            else:
                says = "noise"
            if says != "noise" or n >= self.most:
                break
            n = min(2 * n, self.most)
        seen = Look(value, n, rival + 1, test.mean, test.low, test.high, says)
        self.looks.append(seen)
        self.leads[value] = measured[0] - measured[1:]
        return seen

    def between(self, a: Any, b: Any) -> Any | None:
        """The middle; None when there is none between whole numbers."""
        if self.whole:
            middle = round((a + b) / 2)
            return None if middle in (a, b) else middle
        return float(f"{(a + b) / 2:.6g}")

    def narrowed(self, holds: Any, flips: Any, wide: float) -> tuple[Any, Any, bool]:
        """Halve the gap until it is narrow; where the sign is noise, come as close to it as can be told, and say so."""
        noise: Any = None
        for _ in range(_STEPS):
            if abs(flips - holds) <= wide:
                break
            middle = self.between(holds, flips)
            if middle is None:
                break
            says = self.look(middle).says
            if says == "holds":
                holds = middle
            elif says == "flips":
                flips = middle
            else:
                noise = middle
                break
        while noise is not None and abs(flips - noise) > wide and len(self.looks) < 2 * _STEPS:
            middle = self.between(noise, flips)
            if middle is None or self.look(middle).says != "flips":
                break
            flips = middle
        while noise is not None and abs(noise - holds) > wide and len(self.looks) < 2 * _STEPS:
            middle = self.between(holds, noise)
            if middle is None or self.look(middle).says != "holds":
                break
            holds = middle
        return holds, flips, noise is not None


def flip(
    evaluate: Evaluate,
    now: float,
    end: float,
    *,
    whole: bool = False,
    first: int = 10,
    most: int = 80,
    rivals: int = 1,
    tolerance: float = 0.02,
    scouts: int = 2,
    confidence: float = 0.95,
) -> Flip:
    """Where, from the present value towards an end of its range, the recommendation changes first.

    Parameters
    ----------
    evaluate
        Results at a value of the parameter, the recommended alternative's first; more is better.
    first, most
        Replications of a first look, and at most.
    rivals
        How many other alternatives there are.
    tolerance
        Stop when the value is known to this part of the range.
    scouts
        Values looked at between the present one and the end: a change there and back is seen if it is as wide as their
        distance.
    """
    doublings = 1 + max(0, math.ceil(math.log2(most / first)))
    tests = (2 + scouts + 2 * _STEPS) * doublings * rivals
    search = _Search(evaluate, first, most, 1.0 - (1.0 - confidence) / tests, whole)
    places = [now + (end - now) * i / (scouts + 1) for i in range(1, scouts + 2)]
    places = list(dict.fromkeys(round(place) if whole else float(f"{place:.6g}") for place in places))
    if search.look(now).says != "holds":
        return Flip(False, looks=tuple(search.looks))
    holds: Any = now
    flips: Any = None
    for place in places:
        if place == holds:
            continue
        says = search.look(place).says
        if says == "flips":
            flips = place
            break
        if says == "holds":
            holds = place
    if flips is None:
        return Flip(False, holds=holds, looks=tuple(search.looks))
    holds, flips, noisy = search.narrowed(holds, flips, tolerance * abs(end - now))
    rival = next(one.rival for one in search.looks if one.value == flips)
    n = most if noisy else max(search.leads[value].shape[1] for value in (holds, flips))
    near, far = (measured[0] - measured[rival] for measured in (evaluate(value, n) for value in (holds, flips)))
    value, low, high = crossing(float(holds), near, float(flips), far, confidence)
    return Flip(True, value, low, high, holds, flips, rival, tuple(search.looks))


def crossing(
    a: float, at_a: ArrayLike, b: float, at_b: ArrayLike, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Where the straight line through two paired means is zero, with Fieller's interval, cut at a and b.

    Parameters
    ----------
    a, b
        Two values of a parameter.
    at_a, at_b
        A difference at each, replication by replication.
    """
    start, end = np.asarray(at_a, np.float64), np.asarray(at_b, np.float64)
    n = len(start)
    drop = start - end
    if drop.mean() == 0.0:
        return math.nan, min(a, b), max(a, b)
    point = float(start.mean() / drop.mean())  # 0 at a, 1 at b
    if n < 2:
        return a + point * (b - a), min(a, b), max(a, b)
    # the place u is in the interval when the line there does not differ from zero: (start - u drop) by Student's test
    cov = np.cov(start, drop) / n
    q = t_quantile(0.5 + confidence / 2.0, n - 1) ** 2
    quadratic = drop.mean() ** 2 - q * cov[1, 1]
    linear = start.mean() * drop.mean() - q * cov[0, 1]
    constant = start.mean() ** 2 - q * cov[0, 0]
    inside = linear**2 - quadratic * constant
    low, high = 0.0, 1.0
    if quadratic > 0.0 and inside >= 0.0:  # else the slope itself may be zero: no bounded interval within a and b
        low, high = sorted(((linear - math.sqrt(inside)) / quadratic, (linear + math.sqrt(inside)) / quadratic))
    ends = sorted(a + min(1.0, max(0.0, u)) * (b - a) for u in (low, high))
    return a + point * (b - a), ends[0], ends[1]
