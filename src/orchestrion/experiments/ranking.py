"""Which alternative of a study is best in one KPI, with what probability, and which others it may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrion.experiments.common import shared, wants_more
from orchestrion.experiments.inference import student
from orchestrion.experiments.selection import median_interval, probability_best, subset_best
from orchestrion.kpis import kpis

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study


def best(
    study: Study, kpi: str = "contribution", labels: Sequence[str] | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Which alternative is best in a KPI, and which others may be.

    Parameters
    ----------
    labels
        Only these alternatives; all when left out.

    Returns
    -------
    DataFrame
        alternative, kpi, unit, n, mean, low, high (Student), median, median_low, median_high (no assumption),
        probability_best (adds up to 1), may_be_best (these contain the best with the confidence asked for,
        whatever the dependence between alternatives); the best mean first.
    """
    import pandas as pd

    more = wants_more(kpi)
    names = [study[label].label for label in labels] if labels is not None else study.labels
    sample = shared(study, [kpi], names)[0]
    probability = probability_best(sample, more=more)
    stays = subset_best(sample, more=more, confidence=confidence)
    rows = []
    for label, values, p, kept in zip(names, sample, probability, stays, strict=True):
        mean, middle = student(values, confidence), median_interval(values, confidence)
        rows.append(
            {
                "alternative": label,
                "kpi": kpi,
                "unit": kpis[kpi].unit,
                "n": mean.n,
                "mean": mean.mean,
                "low": mean.low,
                "high": mean.high,
                "median": middle.median,
                "median_low": middle.low,
                "median_high": middle.high,
                "probability_best": float(p),
                "may_be_best": bool(kept),
            }
        )
    frame = pd.DataFrame(rows).sort_values("mean", ascending=not more, kind="stable")
    return frame.reset_index(drop=True)
