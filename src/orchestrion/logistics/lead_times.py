"""How long a supplier takes: a number between 0 and 1 becomes a lead time of its law."""

from __future__ import annotations

from collections.abc import Callable
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.ordering import LeadTime
from orchestrion.units import DAY

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def lead_times(lead: LeadTime, u: Floats) -> Floats:
    """Lead times of a law by inversion [s].

    Parameters
    ----------
    u
        Uniform numbers in [0, 1), any shape.

    >>> lead_times(LeadTime(law="uniform", least_s=100.0, most_s=300.0), np.array([0.0, 0.5])).tolist()
    [100.0, 200.0]
    """
    return _LAWS[lead.law](lead, np.asarray(u, np.float64))


def receipts(lead: LeadTime, t: int, u: Floats) -> Ints:
    """When orders placed at t arrive [s], never before t.

    Lead times in whole days end at the supplier's time of day; counted in working days they skip the others.
    """
    took = lead_times(lead, u)
    if lead.at_s < 0:
        return t + np.rint(took).astype(np.int64)
    days = np.rint(took / DAY).astype(np.int64)
    today = t // DAY
    if lead.days is not None:
        table = {d: lead.days.after(today, d) for d in np.unique(days).tolist()}
        arrives = np.array([table[d] for d in days.ravel().tolist()], np.int64).reshape(days.shape)
    else:
        arrives = today + days
    return np.asarray(np.maximum(arrives * DAY + lead.at_s, t))


def _fixed(lead: LeadTime, u: Floats) -> Floats:
    return np.full(u.shape, float(lead.mean_s))


def _uniform(lead: LeadTime, u: Floats) -> Floats:
    if lead.at_s >= 0:  # whole days, each as likely, both ends included
        least, most = round(lead.least_s / DAY), round(lead.most_s / DAY)
        return np.asarray((least + np.floor(u * (most - least + 1))) * DAY)
    return np.asarray(lead.least_s + u * (lead.most_s - lead.least_s))


def _exponential(lead: LeadTime, u: Floats) -> Floats:
    return np.asarray(-lead.mean_s * np.log1p(-u))


def _gamma(lead: LeadTime, u: Floats) -> Floats:
    from scipy.special import gammaincinv  # slow to import, and few worlds need it

    shape = lead.cv**-2
    return np.asarray(gammaincinv(shape, u) * lead.mean_s / shape)


def _lognormal(lead: LeadTime, u: Floats) -> Floats:
    variance = np.log1p(lead.cv**2)
    normal = np.array([NormalDist().inv_cdf(x) if x > 0.0 else -np.inf for x in u.ravel().tolist()]).reshape(u.shape)
    return np.asarray(lead.mean_s * np.exp(np.sqrt(variance) * normal - variance / 2))


def _empirical(lead: LeadTime, u: Floats) -> Floats:
    values = np.asarray(lead.values_s, np.float64)
    weights = np.asarray(lead.weights if len(lead.weights) else np.ones(len(values)), np.float64)
    edges = np.cumsum(weights) / weights.sum()
    return np.asarray(values[np.minimum(np.searchsorted(edges, u, side="right"), len(values) - 1)])


_LAWS: dict[str, Callable[[LeadTime, Floats], Floats]] = {
    "fixed": _fixed,
    "uniform": _uniform,
    "exponential": _exponential,
    "gamma": _gamma,
    "lognormal": _lognormal,
    "empirical": _empirical,
}
