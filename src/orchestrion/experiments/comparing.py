"""What a study says of its alternatives: means with intervals, paired differences with verdicts, precision reached."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import matched
from orchestrion.experiments.common import keys_of
from orchestrion.experiments.inference import (
    Estimate,
    holm,
    paired,
    ratio_change,
    replications_to_settle,
    simultaneous_level,
    student,
    unpaired,
    verdict,
)
from orchestrion.experiments.precision import Reached, Until, Wanted, goals, reached
from orchestrion.kpis import HEADLINE, UNITS
from orchestrion.kpis import kpis as known

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

LEVEL = 0.95
MOST_DECLARED = 6
Family = Literal["comparison", "study"]


def estimate(study: Study, kpi: str, label: str, level: float = LEVEL) -> Estimate:
    """Mean of a KPI over replications with its Student interval, unadjusted."""
    return student(list(study.replicated(kpi, label).values()), level)


def standings(study: Study, wanted: Sequence[Wanted] | None = None, level: float = LEVEL) -> list[Reached]:
    """How far each alternative is from the half-widths asked for; those the study was run until when left out."""
    asked = goals(study.manifest.get("until")) if wanted is None else wanted
    return [
        reached(label, one, study.estimate(one.kpi, label, level), level) for one in asked for label in study.labels
    ]


def precision(study: Study, until: Until | None = None, level: float = LEVEL) -> pd.DataFrame:
    """How precise the study is, against the half-widths asked for.

    Parameters
    ----------
    until
        As for `compare`; what the study was run until when left out, else every headline KPI to 1 % of its mean.

    Returns
    -------
    DataFrame
        alternative, kpi, unit, n, half_width, wanted (both in the KPI's unit), reached, needed (about how many
        replications it takes in all; missing where it cannot be told).
    """
    import pandas as pd

    asked = goals(until if until is not None else study.manifest.get("until") or dict.fromkeys(HEADLINE, "1%"))
    rows = [
        (one.label, one.kpi, known[one.kpi].unit, one.n, one.half, one.wanted, one.met, one.needed)
        for one in study.standings(asked, level)
    ]
    columns = ["alternative", "kpi", "unit", "n", "half_width", "wanted", "reached", "needed"]
    return pd.DataFrame(rows, columns=columns).astype({"needed": float})


def difference(study: Study, kpi: str, label: str, baseline: str, level: float = LEVEL) -> Estimate:
    """Paired difference between two alternatives over the replications that both have."""
    left, right = _pairs(study, kpi, label, baseline)
    return paired(left, right, level)


def table(study: Study, kpis: Sequence[str] | str | None = None, level: float = LEVEL) -> pd.DataFrame:
    """Mean and half-width of the Student interval (unadjusted), a row for each alternative.

    The header gives each KPI's name and unit (%, €, ...): `study.table()["Cost to serve [€ per order]"]`.
    """
    import pandas as pd

    columns: dict[tuple[str, str], list[float]] = {}
    for key in keys_of(kpis):
        member = known[key]
        unit = UNITS[member.unit]
        header = f"{member.label['en']} [{unit.label['en']}]"
        found = [study.estimate(key, label, level) for label in study.labels]
        columns[header, "mean"] = [one.mean * unit.times for one in found]
        columns[header, f"± {level:.0%}"] = [one.half * unit.times for one in found]
    frame = pd.DataFrame(columns, index=pd.Index(study.labels, name="alternative"))
    frame.columns = pd.MultiIndex.from_tuples(list(columns))
    frame.attrs["level"] = level
    return frame


def against(
    study: Study,
    baseline: str | None = None,
    kpis: Sequence[str] | str | None = None,
    *,
    level: float = LEVEL,
    family: Family = "comparison",
    declared: Sequence[str] | None = None,
    simultaneous: bool = False,
) -> pd.DataFrame:
    """Paired differences to a baseline, and whether they are noise.

    The same replication of two alternatives meets the same customers, so differences are taken pair by pair. The
    tests of the KPIs declared (the headline ones unless the study was run with others) are a family, adjusted by Holm's
    method whichever KPIs are shown; others are judged alone and marked unadjusted.

    Parameters
    ----------
    baseline
        A label; or a policy, compared within each scenario; or a scenario, compared within each policy. The
        study's own when left out.
    kpis
        Keys of the KPIs to show; the family declared when left out.
    family
        "comparison": Holm over the KPIs declared, for each alternative. "study": over all alternatives too, for whoever
        picks winners from the table.
    declared
        The KPIs of the family, six at most; those the study was run with when left out. To declare them after looking
        is to look for a winner among many: declare them when the study is run.
    simultaneous
        Widen the intervals (Bonferroni) so that those of the family hold together.

    Returns
    -------
    DataFrame
        alternative, baseline, kpi, unit, n, difference, low, high, interval ("unadjusted" or "simultaneous"),
        relative (change of the means), relative_low, relative_high, p, p_holm, adjusted, verdict, settled_by (about
        how many replications in all would tell the difference seen from chance; missing where nothing was seen);
        amounts in the KPI's unit.
    """
    import pandas as pd

    tested = study.family if declared is None else family_of(declared)
    shown = tested if kpis is None else keys_of(kpis)
    bases = matched(baseline if baseline is not None else study.baseline, study.alternatives)
    compared = [(label, base) for label, base in bases.items() if label != base]
    size = len(tested) * (len(compared) if family == "study" else 1)
    tests = {
        (label, key): paired(*_pairs(study, key, label, base), level)
        for label, base in compared
        for key in dict.fromkeys([*tested, *shown])
    }
    adjusted: dict[tuple[str, str], float] = {}
    members = [[(label, key) for key in tested] for label, _ in compared]
    for family_of_tests in [[one for part in members for one in part]] if family == "study" else members:
        adjusted.update(zip(family_of_tests, holm([tests[one].p for one in family_of_tests]), strict=True))
    rows = []
    for label, base in compared:
        for key in shown:
            test = tests[label, key]
            in_family = key in tested
            p_holm = adjusted.get((label, key), float("nan"))
            left, right = _pairs(study, key, label, base)
            wide = paired(left, right, simultaneous_level(level, size)) if simultaneous and in_family else test
            change = ratio_change(left, right, level)
            rows.append(
                {
                    "alternative": label,
                    "baseline": base,
                    "kpi": key,
                    "unit": known[key].unit,
                    "n": test.n,
                    "difference": test.mean,
                    "low": wide.low,
                    "high": wide.high,
                    "interval": "simultaneous" if simultaneous and in_family else "unadjusted",
                    "relative": change.mean,
                    "relative_low": change.low,
                    "relative_high": change.high,
                    "p": test.p,
                    "p_holm": p_holm,
                    "adjusted": in_family,
                    "verdict": verdict(test, p_holm if in_family else test.p, known[key].direction, level),
                    "settled_by": replications_to_settle(test, _factor(test.p, p_holm), level),
                }
            )
    frame = pd.DataFrame(rows, columns=_AGAINST).astype({"settled_by": float})
    frame.attrs["level"] = level
    return frame


def pairing(
    study: Study, baseline: str | None = None, kpis: Sequence[str] | str | None = None, level: float = LEVEL
) -> pd.DataFrame:
    """What it buys that alternatives meet the same customers: paired intervals beside unpaired ones.

    Parameters
    ----------
    baseline, kpis
        As for `against`.

    Returns
    -------
    DataFrame
        alternative, baseline, kpi, unit, n, difference, half_paired, half_unpaired (Welch's, on the same replications),
        narrower (how many times), correlation (between the alternatives, over replications), replications_unpaired
        (how many of independent customers would be as precise as these n; n s^2 unpaired / s^2 paired).
    """
    import numpy as np
    import pandas as pd

    bases = matched(baseline if baseline is not None else study.baseline, study.alternatives)
    rows = []
    for label, base in bases.items():
        for key in keys_of(kpis) if label != base else ():
            left, right = _pairs(study, key, label, base)
            same, apart = paired(left, right, level), unpaired(left, right, level)
            a, b = (np.asarray(side, float) for side in (left, right))
            both = np.isfinite(a) & np.isfinite(b)
            spread, shared = (a - b)[both].std(ddof=1) if same.n > 1 else np.nan, math.nan
            if same.n > 2 and a[both].std() > 0.0 and b[both].std() > 0.0:
                shared = float(np.corrcoef(a[both], b[both])[0, 1])
            apart_variance = a[both].var(ddof=1) + b[both].var(ddof=1) if same.n > 1 else np.nan
            row = {"alternative": label, "baseline": base, "kpi": key, "unit": known[key].unit, "n": same.n}
            row |= {"difference": same.mean, "half_paired": same.half, "half_unpaired": apart.half}
            row |= {"narrower": apart.half / same.half if same.half > 0.0 else math.nan, "correlation": shared}
            row["replications_unpaired"] = same.n * apart_variance / spread**2 if spread > 0.0 else math.nan
            rows.append(row)
    return pd.DataFrame(rows)


def family_of(declared: Sequence[str]) -> list[str]:
    """The KPIs of a declared family, checked.

    Raises
    ------
    StudyError
        For none or more than six: a long family finds nothing.
    UnknownName
        For a KPI that does not exist.
    """
    keys = list(dict.fromkeys(keys_of(list(declared))))
    if not 1 <= len(keys) <= MOST_DECLARED:
        raise StudyError(f"family: {len(keys)} KPIs declared; one to {MOST_DECLARED}: those the decision hangs on")
    return keys


_AGAINST = [
    "alternative", "baseline", "kpi", "unit", "n", "difference", "low", "high", "interval",
    "relative", "relative_low", "relative_high", "p", "p_holm", "adjusted", "verdict", "settled_by",
]  # fmt: skip


def _pairs(study: Study, kpi: str, label: str, baseline: str) -> tuple[list[float], list[float]]:
    here, there = study.replicated(kpi, label), study.replicated(kpi, baseline)
    both = [replication for replication in here if replication in there]
    return [here[r] for r in both], [there[r] for r in both]


def _factor(p: float, adjusted: float) -> float:
    """What Holm multiplied a p-value by; 1 outside of the family."""
    return adjusted / p if p > 0.0 and adjusted >= p else 1.0

