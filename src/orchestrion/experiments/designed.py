"""Tables of studies made by a design: a sweep by parameter, a tornado ranked, what each change is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestrion.errors import StudyError
from orchestrion.experiments.common import keys_of
from orchestrion.experiments.inference import paired
from orchestrion.experiments.parameters import short_path
from orchestrion.kpis import kpis as known

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study


def design_of(study: Study, kind: str) -> Mapping[str, Any]:
    """The design that the study was made by.

    Raises
    ------
    StudyError
        If it was made otherwise.
    """
    design = (study.manifest.get("notes") or {}).get("design") or {}
    if design.get("kind") != kind:
        raise StudyError(f"{study.path}: not a study made by `{kind}`")
    return dict(design)


def swept(study: Study, kpis: Sequence[str] | str | None = None) -> pd.DataFrame:
    """A sweep by parameter, one row per alternative and KPI.

    Returns
    -------
    DataFrame
        alternative, policy, a column for each parameter varied, kpi, unit, n, mean, low, high (KPI's unit).
    """
    import pandas as pd

    design = design_of(study, "sweep")
    names = {path: short_path(path, design["parameters"]) for path in design["parameters"]}
    rows = []
    for one in study.alternatives:
        point = {names[path]: design["points"][one.scenario][path] for path in names}
        for key in keys_of(kpis):
            found = study.estimate(key, one.label)
            row = {"alternative": one.label, "policy": one.policy_text, **point, "kpi": key, "unit": known[key].unit}
            rows.append(row | {"n": found.n, "mean": found.mean, "low": found.low, "high": found.high})
    return pd.DataFrame(rows)


def tornado(study: Study, kpi: str = "contribution") -> pd.DataFrame:
    """Parameters of a `tornado` study by how much they move a KPI, the greatest swing first.

    Returns
    -------
    DataFrame
        parameter, kpi, unit, n, and for either end its value, the paired difference from the scenario (`at_low`,
        `at_high`) with its interval; swing (from low to high) with its interval and p-value, unadjusted.
    """
    import pandas as pd

    keys_of(kpi)
    design = design_of(study, "tornado")
    labels = {one.scenario: one.label for one in study.alternatives}
    rows = []
    for path in design["parameters"]:  # the order given; JSON objects are kept by name
        ends = design["ends"][path]
        low, high = labels[ends["low"]], labels[ends["high"]]
        base = labels[design["base"]]
        swing = study.difference(kpi, high, low)
        row: dict[str, Any] = {"parameter": path, "kpi": kpi, "unit": known[kpi].unit, "n": swing.n}
        for side, label in (("low", low), ("high", high)):
            change = study.difference(kpi, label, base)
            row |= {f"{side}_value": design["points"][ends[side]][path], f"at_{side}": change.mean}
            row |= {f"at_{side}_low": change.low, f"at_{side}_high": change.high}
        rows.append(row | {"swing": swing.mean, "swing_low": swing.low, "swing_high": swing.high, "p": swing.p})
    frame = pd.DataFrame(rows)
    order = np.argsort(-np.nan_to_num(np.abs(frame["swing"].to_numpy(float)), nan=-1.0), kind="stable")
    return frame.iloc[order].reset_index(drop=True)


def worth(study: Study, kpis: Sequence[str] | str = "contribution") -> pd.DataFrame:
    """What each change of a `worth` study brings, and how much that is per step.

    Returns
    -------
    DataFrame
        parameter, before, after, kpi, unit, n, difference with low and high (paired, unadjusted), per ("unit" or
        "hour"; empty where the change has no size), worth (the difference per such step) with its interval,
        p, p_holm, verdict, settled_by as in `against`. What the change itself costs is not in it.
    """
    import pandas as pd

    design = design_of(study, "worth")
    labels = {one.scenario: one.label for one in study.alternatives}
    base = labels[design["base"]]
    keys = keys_of(kpis)
    against = study.against(base, keys)
    rows = []
    for one in study.alternatives:
        if one.scenario == design["base"]:
            continue
        name, told = one.scenario, design["steps"][one.scenario]
        for key in keys:
            test = against[(against["alternative"] == labels[name]) & (against["kpi"] == key)].iloc[0]
            size = math.nan if told["size"] in (None, 0) else float(told["size"])
            both = study.replications_of(labels[name], base)
            here, there = study.replicated(key, labels[name]), study.replicated(key, base)
            change = paired([here[r] / size for r in both], [there[r] / size for r in both])
            row = {"parameter": told["path"], "before": told["before"], "after": told["after"], "kpi": key}
            row |= {"unit": known[key].unit, "n": test["n"], "difference": test["difference"]}
            row |= {"low": test["low"], "high": test["high"], "per": told["unit"], "worth": change.mean}
            row |= {"worth_low": change.low, "worth_high": change.high}
            rows.append(row | {name: test[name] for name in ("p", "p_holm", "verdict", "settled_by")})
    return pd.DataFrame(rows)


def sensitivity(study: Study, kpi: str = "contribution", confidence: float = 0.95) -> pd.DataFrame:
    """What each parameter of a `sensitivity` study does to a KPI, the most important first.

    Returns
    -------
    DataFrame
        parameter, kpi, unit, then for "morris": mu (mean effect of moving it from one end of its range to the other),
        mu_star (mean absolute effect) with mu_star_half, sigma (interactions and curves), in the KPI's unit; for
        "sobol": s1 (share of the variance it explains alone), st (with all its interactions) with half-widths.
        `attrs["noise_share"]`: how much of the variance between points is chance left over by the replications (each
        point's squared standard error against the variance between points); above a tenth, run more replications.
    """
    import pandas as pd

    from orchestrion.experiments.sensitivity import indices

    keys_of(kpi)
    made = design_of(study, "sensitivity")
    labels = {one.scenario: one.label for one in study.alternatives}
    found = {name: np.array(list(study.replicated(kpi, label).values())) for name, label in labels.items()}
    if any(not len(values) or not np.isfinite(values).all() for values in found.values()):
        raise StudyError(f"{kpi}: no value at some point of the design; indices need one at each")
    method, unit = made["method"], np.array(made["unit"])
    values = np.array([found[name].mean() for name in made["order"]])
    measured = indices(method, unit, values, confidence, made["seed"])
    frame = pd.DataFrame({"parameter": made["parameters"], "kpi": kpi, "unit": known[kpi].unit} | measured)
    first = "mu_star" if method == "morris" else "st"
    frame = frame.sort_values(first, ascending=False, kind="stable").reset_index(drop=True)
    errors = [one.var(ddof=1) / len(one) if len(one) > 1 else math.nan for one in found.values()]
    spread = values.var(ddof=1)
    frame.attrs |= {
        "method": method,
        "points": len(unit),
        "replications": study.replications,
        "noise_share": float(np.mean(errors) / spread) if spread > 0.0 else math.nan,
    }
    return frame


def flip_points(
    study: Study,
    over: Mapping[str, Any],
    *,
    kpi: str = "contribution",
    labels: Sequence[str] | None = None,
    recommended: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """For each assumed default, the value at which the study's recommendation changes; runs more replications.

    The table is kept in the study folder: its report tells it.

    Parameters
    ----------
    over
        Dotted path -> "low:high", the values thought possible, or "30%" both ways; `assumed` of `experiments` lists
        what a scenario assumes.
    kpi
        What the recommendation is made by.
    labels
        Only these alternatives; all when left out.
    recommended
        The one recommended; the best mean when left out.
    options
        As for `experiments.flip_points`: first, most, tolerance, seed, workers, out, progress.

    Returns
    -------
    DataFrame
        As `experiments.flip_points` tells: a row for each parameter and direction.

    Raises
    ------
    StudyError
        Also for a policy that does not come with Orchestrion: give it to `experiments.flip_points` itself.
    """
    from orchestrion.experiments.findings import keep_flips
    from orchestrion.experiments.flip_points import flip_points as search

    chosen = [study[label] for label in (labels if labels is not None else study.labels)]
    runnables = [study.runnable(one.label) for one in chosen]
    options = {"seed": study.seed} | options
    table = search(runnables, over, kpi=kpi, recommended=recommended, **options)
    keep_flips(study, table)
    return table
