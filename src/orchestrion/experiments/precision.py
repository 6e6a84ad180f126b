"""How many replications are enough: the half-widths asked for, how far a study is from them, when it may stop.

The rule is that of Law, *Simulation Modeling and Analysis* (5th ed., 2015), 9.4.1: a first batch of replications, then
more until every Student interval is as narrow as asked for. Looking again and again costs a little coverage, less than
two points from 95 % with the first batch of ten used here (measured in the tests).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from orchestrion.errors import StudyError
from orchestrion.experiments.inference import Estimate, replications_for
from orchestrion.kpis import kpis

START = 10  # replications before the first look: fewer make the spread too uncertain to stop on

Until = Mapping[str, "str | float"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A half-width asked for.

    Attributes
    ----------
    amount
        In the KPI's unit (a share: 0.005 is half a point); a part of the mean when `relative`.
    """

    kpi: str
    amount: float
    relative: bool = False

    def half_width(self, mean: float) -> float:
        """What is asked for, in the KPI's unit."""
        return self.amount * abs(mean) if self.relative else self.amount

    def __str__(self) -> str:
        return f"{self.amount * 100:g}%" if self.relative else f"{self.amount:g}"


@dataclass(frozen=True, slots=True)
class Reached:
    """How far one KPI of one alternative is from the half-width asked for.

    Attributes
    ----------
    half, wanted
        In the KPI's unit; NaN when it cannot be told yet.
    needed
        About how many replications it takes in all; None when it cannot be told.
    """

    label: str
    kpi: str
    n: int
    half: float
    wanted: float
    needed: int | None

    @property
    def met(self) -> bool:
        """Whether the interval is narrow enough; a KPI without any value has nothing to wait for."""
        return self.n == 0 or self.half <= self.wanted


def goals(until: Until | None) -> tuple[Wanted, ...]:
    """What is asked for, read: `{"contribution": "1%", "stockout_rate": 0.005}`.

    A text with a percent sign is a part of the mean; a number is in the KPI's own unit.

    Raises
    ------
    UnknownName
        For a KPI that does not exist.
    StudyError
        For a precision that is none.

    >>> goals({"contribution": "1%", "stockout_rate": 0.005})[0]
    Wanted(kpi='contribution', amount=0.01, relative=True)
    """
    found = []
    for key, value in (until or {}).items():
        kpis[key]  # raises UnknownName with a suggestion
        text = str(value).strip()
        relative = text.endswith("%")
        try:
            amount = float(text.removesuffix("%")) / (100 if relative else 1)
        except ValueError:
            amount = math.nan
        if isinstance(value, bool) or not (math.isfinite(amount) and amount > 0):
            raise StudyError(
                f"until: {key} = {value!r}: write a part of the mean, such as 1%, or a half-width in {kpis[key].unit}"
            )
        found.append(Wanted(key, amount, relative))
    return tuple(found)


def goal_texts(texts: Iterable[str]) -> dict[str, str]:
    """The same from `kpi=precision` texts of a command line.

    Raises
    ------
    StudyError
        For a text without an equals sign.
    """
    found = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not (key and equals and value):
            near = get_close_matches(key, [name for name, _ in kpis.items()], n=1) or ["contribution"]
            raise StudyError(f"--until {text!r}: write KPI=PRECISION, such as {near[0]}=1%")
        found[key] = value
    return found


def reached(label: str, wanted: Wanted, estimate: Estimate, level: float) -> Reached:
    """How far an estimate is from the half-width asked for."""
    asked = wanted.half_width(estimate.mean) if estimate.n else math.nan
    needed = replications_for(estimate, asked, level)
    return Reached(label, wanted.kpi, estimate.n, estimate.half, asked, needed)


def enough(standings: Iterable[Reached]) -> bool:
    """Whether every half-width asked for is reached."""
    return all(one.met for one in standings)


def projected(done: int, standings: Iterable[Reached], cap: int) -> int:
    """How many replications the study will take in all, as far as one can tell now."""
    open_ = [one for one in standings if not one.met]
    if not open_:
        return done
    return min(cap, max(done + 1, *(one.needed if one.needed is not None else cap for one in open_)))


def next_look(done: int, standings: Iterable[Reached], cap: int) -> int:
    """After how many replications to look again: where precision is expected, but at most half as many again.

    It depends on the numbers alone, so a study stops at the same replication on any number of workers.
    """
    if done == 0:
        return min(cap, START)
    return min(projected(done, standings, cap), max(done + 1, done * 3 // 2))
