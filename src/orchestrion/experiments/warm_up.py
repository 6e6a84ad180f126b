"""Where the warm-up of a stationary scenario ends: MSER-5.

White, Simulation 69 (1997) 323-334; Hoad, Robinson and Davies, J. Operational Research Society 61 (2010) 1430-1444. For
scenarios that have a steady state; a season with promotions has none, its opening stock is an input.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestrion.errors import StudyError
from orchestrion.experiments.common import keys_of
from orchestrion.experiments.parts import parts
from orchestrion.kpis import measure_parts

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study


@dataclass(frozen=True, slots=True)
class WarmUp:
    """What MSER says of a series, or somebody who knows better.

    Attributes
    ----------
    truncate
        Observations to leave out at the beginning.
    mean_before, mean
        Of the whole series, and of what is left.
    safe
        Whether the smallest error was found in the first half of the series. When not, the series is too short to tell.
    batch
        Observations averaged before the search.
    series
        The observations themselves, for the picture.
    errors
        MSER's statistic for leaving out 0, 1, 2, ... batches; the smallest one decides.
    proposed
        What MSER proposes; unlike `truncate` when it was overruled.
    """

    truncate: int
    mean_before: float
    mean: float
    safe: bool
    batch: int = field(default=5, repr=False)
    series: tuple[float, ...] = field(default=(), repr=False)
    errors: tuple[float, ...] = field(default=(), repr=False)
    proposed: int = -1

    def overruled(self, truncate: int) -> WarmUp:
        """The same with another number of observations left out.

        Raises
        ------
        StudyError
            When too little would be left.
        """
        if not 0 <= truncate <= len(self.series) - self.batch:
            raise StudyError(f"warm-up: {truncate} of {len(self.series)} observations left out: leave more of them")
        return replace(self, truncate=truncate, mean=float(np.mean(self.series[truncate:])))


def mser(series: ArrayLike, batch: int = 5) -> WarmUp:
    """Leave out as many observations at the beginning as make the error of the mean of the rest smallest.

    Observations are averaged in batches of five first; an incomplete last batch is left out of the search and of
    the means.

    Parameters
    ----------
    series
        Observations in time order, such as a KPI day by day averaged over replications.

    Raises
    ------
    StudyError
        With fewer than ten batches.
    """
    sample = np.asarray(series, np.float64)
    count = sample.size // batch
    if count < 10 or not np.isfinite(sample).all():
        raise StudyError(f"MSER needs at least ten batches of {batch} numbers; there are {count}")
    means = sample[: count * batch].reshape(count, batch).mean(axis=1)
    left = np.arange(count, 0, -1)
    shifted = means - means[-1]  # sums of squares lose fewer digits around a value of the series
    total, squares = np.cumsum(shifted[::-1])[::-1], np.cumsum((shifted**2)[::-1])[::-1]
    error = (squares - total**2 / left) / left**2
    error = error[: count - 4]  # the last few batches are always alike
    best = int(np.argmin(error))
    return WarmUp(
        truncate=best * batch,
        mean_before=float(means.mean()),
        mean=float(means[best:].mean()),
        safe=best <= count / 2,
        batch=batch,
        series=tuple(sample.tolist()),
        errors=tuple(error.tolist()),
        proposed=best * batch,
    )


def warm_up(
    study: Study, kpi: str, label: str | None = None, *, batch: int = 5, days: int | None = None
) -> WarmUp:
    """How many days to leave out at the beginning of a stationary scenario, by MSER over the daily KPI.

    The KPI is measured again from the first day of the simulation and averaged over replications; days on which
    it has no value in any take the day before's. Needs facts "orders", or "full" for KPIs of walk-in customers.

    Parameters
    ----------
    batch
        Days averaged before the search: 5, or 7 where the week has a shape.
    days
        Leave out so many, whatever MSER proposes: the picture (`study.plot.warm_up`) may show what a rule does not see.
        To run a study so, vary `time.warm_up_weeks`.
    """
    name = study[label if label is not None else study.labels[0]].label
    keys_of(kpi)
    found = mser(daily(study, kpi, name), batch)
    return found if days is None else found.overruled(days)


def daily(study: Study, kpi: str, label: str) -> NDArray[np.float64]:
    """A KPI day by day from the first one of the simulation, averaged over replications.

    Raises
    ------
    StudyError
        If no replication is finished, no facts were kept, or the KPI has no value on any day.
    """
    runs = []
    for replication in study.replications_of(label):
        done = study.folder.done(study.cell(label, replication))
        if done is not None and not done.rows:
            raise StudyError(f'{label}: no facts were kept; run the study again with facts="orders"')
        facts = parts(study, label, replication, [kpi])
        runs.append(measure_parts((replace(part, warm_up_s=0) for part in facts), ("day",), [kpi])["value"])
    if not runs:
        raise StudyError(f"{label}: no replication is finished")
    table = np.array(runs)
    counts = np.isfinite(table).sum(axis=0)
    if not counts.any():
        raise StudyError(f"{kpi}: has no value day by day")
    series = np.divide(np.nansum(table, axis=0), counts, out=np.full(counts.size, np.nan), where=counts > 0)
    known = np.flatnonzero(counts)
    nearest = np.maximum(np.searchsorted(known, np.arange(counts.size), side="right") - 1, 0)
    return np.asarray(series[known[nearest]], np.float64)
