"""What several alternatives have in common: the replications all of them finished, with a value in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestrion.errors import StudyError
from orchestrion.kpis import HEADLINE, kpis

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study


def shared(study: Study, keys: Sequence[str], labels: Sequence[str], least: int = 2) -> NDArray[np.float64]:
    """KPIs over the replications in which every alternative has a value of each.

    Returns
    -------
    array of shape (KPIs, alternatives, replications)

    Raises
    ------
    StudyError
        If there are fewer such replications than `least`.
    """
    values = {(key, label): study.replicated(key, label) for key in keys for label in labels}
    columns = list(values.values())
    both = [r for r in columns[0] if all(math.isfinite(column.get(r, math.nan)) for column in columns)]
    if len(both) < least:
        raise StudyError(
            f"{', '.join(keys)}: {len(both)} replications in which every alternative has a value; at least {least} are "
            "needed, ten are a start"
        )
    return np.array([[[values[key, label][r] for r in sorted(both)] for label in labels] for key in keys])


def keys_of(chosen: Sequence[str] | str | None) -> list[str]:
    """KPIs by key: the ones chosen, checked; the headline ones when nothing is.

    Raises
    ------
    UnknownName
        For a KPI that does not exist, with near names.
    """
    if chosen is None:
        return list(HEADLINE)
    keys = [chosen] if isinstance(chosen, str) else list(chosen)
    for key in keys:
        kpis[key]  # raises UnknownName with a suggestion
    return keys


def wants_more(key: str) -> bool:
    """Whether more of a KPI is better.

    Raises
    ------
    StudyError
        If neither less nor more is.
    """
    if kpis[key].direction == "neither":
        raise StudyError(f"{key} describes how things run: neither less nor more of it is better")
    return kpis[key].direction == "more"
