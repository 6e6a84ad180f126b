"""Flip points of a recommendation between alternatives, assumption by assumption: `orchestrion flip`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestrion.errors import StudyError
from orchestrion.experiments.alternatives import PolicyLike, Runnable, ScenarioLike, pairs, policies_of, scenarios_of
from orchestrion.experiments.bench import Bench
from orchestrion.experiments.common import wants_more
from orchestrion.experiments.flipping import Flip, Floats, Look, flip
from orchestrion.experiments.parameters import MISSING, Varied, named_point, present, step, value_text, varied
from orchestrion.experiments.running import Progress
from orchestrion.kpis import UNITS, kpis
from orchestrion.scenarios import Scenario

if TYPE_CHECKING:
    import pandas as pd


def flip_points(
    scenarios: ScenarioLike | Iterable[ScenarioLike] | Sequence[Runnable],
    over: Mapping[str, Any],
    policies: PolicyLike | Sequence[PolicyLike] | None = None,
    *,
    kpi: str = "contribution",
    recommended: str | None = None,
    first: int = 10,
    most: int = 40,
    tolerance: float = 0.02,
    seed: int = 1,
    workers: int | None = None,
    out: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
    cluster: str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """For each assumed default, the value at which another alternative becomes better than the recommended one.

    Parameters
    ----------
    scenarios, policies
        Two alternatives or more, as for `compare`; or the alternatives of a study, as `study.runnable` gives them.
    over
        Dotted path -> "low:high", the values thought possible, or "30%" for so much below and above the present one.
    kpi
        What the recommendation is made by.
    recommended
        Label of the alternative recommended; the one with the best mean when left out. It must be better than every
        other one beyond chance as things are, else nothing is recommended and nothing can flip.
    first, most
        Replications of each alternative at each value: first look, and at most.
    tolerance
        Search until a flip point is known to this part of the range, or as the replications allow.
    seed, workers, out, progress, cluster, cache
        As for `compare`.

    Returns
    -------
    DataFrame
        A row for each parameter and direction: parameter, now, towards (the end of the range), recommended, flips_to
        (the alternative that takes over; empty when none does), value with low and high (95 %), holds_until and
        flipped_from (where tests can tell; together they hold with 95 %), lead_at_end with its interval, replications
        (most used), says (in a sentence).

    Raises
    ------
    StudyError
        With one alternative only, or where nothing is recommended beyond chance.
    """
    import pandas as pd

    runnables = _alternatives(scenarios, policies)
    asked = [_range(runnables[0].scenario, path, text) for path, text in over.items()]
    more = wants_more(kpi)
    notes = {"design": {"kind": "flips"}}
    bench = Bench(
        seed=seed, workers=workers, out=out, progress=progress, cluster=cluster, cache=cache, notes=notes
    )
    field_ = _Field(runnables, bench, kpi, 1.0 if more else -1.0)
    if len(field_.labels) < 2 or not asked or not 2 <= first <= most:
        raise StudyError("a flip needs two alternatives, a parameter with its range, and 2 or more first replications")
    field_.recommend(recommended, first, most)
    rows = []
    for i, one in enumerate(asked):
        now = field_.present(one)
        for end in (one.low, one.high):
            if (end < now) == (end == one.low) and end != now:
                sides = 2 * len(asked)
                bench.expected = max(bench.expected, bench.done * sides // max(1, 2 * i + (end == one.high)))
                found = flip(
                    lambda value, n, one=one: field_.values(one, value, n),  # type: ignore[misc]
                    now, end, whole=one.whole, first=first, most=most, rivals=len(field_.labels) - 1,
                    tolerance=tolerance,
                )  # fmt: skip
                rows.append(_row(field_, one, now, end, found))
    if not rows:
        raise StudyError("the present values are not inside of the ranges given")
    frame = pd.DataFrame(rows)
    frame.attrs |= {"kpi": kpi, "recommended": field_.labels[0], "looks": bench.done}
    return frame


def _alternatives(scenarios: Any, policies: Any) -> list[Runnable]:
    if isinstance(scenarios, Sequence) and not isinstance(scenarios, str) and scenarios:
        runnables = [one for one in scenarios if isinstance(one, Runnable)]
        if len(runnables) == len(scenarios):
            return runnables
    return pairs(scenarios_of(scenarios), policies_of(policies))


class _Field:
    """The alternatives, the recommended one first, at any value of a parameter."""

    def __init__(self, runnables: Sequence[Runnable], bench: Bench, kpi: str, sign: float) -> None:
        self._runnables = list(runnables)
        self.bench, self.kpi, self.sign = bench, kpi, sign
        self._varied: dict[tuple[str, Any], list[Any]] = {}

    @property
    def labels(self) -> list[str]:
        return [one.about.label for one in self._runnables]

    def recommend(self, label: str | None, first: int, most: int) -> None:
        """Put the recommended alternative first."""
        values = self.bench.values([self.kpi], self._runnables, first)[0] * self.sign
        if label is not None and label not in self.labels:
            raise StudyError(f"recommended = {label!r}: no such alternative. Known: {', '.join(self.labels)}.")
        best = self.labels.index(label) if label is not None else int(np.argmax(values.mean(axis=1)))
        self._runnables.insert(0, self._runnables.pop(best))

    def present(self, one: Varied) -> float:
        if one.values or math.isnan(one.low):
            raise StudyError(f"{one.path}: a flip point is searched between two numbers; write low:high")
        found = [present(runnable.scenario, one.path) for runnable in self._runnables]
        if any(value is MISSING or isinstance(value, bool) or not isinstance(value, int | float) for value in found):
            raise StudyError(f"{one.path}: not written as a number in every scenario; write its present value there")
        if len(set(found)) > 1:
            raise StudyError(f"{one.path}: the alternatives differ in it; it is no assumption that they share")
        return float(found[0]) if not one.whole else int(found[0])

    def values(self, one: Varied, value: Any, replications: int) -> Floats:
        key = (one.path, value)
        if key not in self._varied:
            made = []
            for runnable in self._runnables:
                if value == self.present(one):
                    made.append(runnable)
                    continue
                name = named_point(runnable.scenario, {one.path: value}, [one.path])
                varied_ = runnable.scenario.vary(name, {one.path: value}, place="--over")
                made += pairs([varied_], None if runnable.about.own_policy else [runnable.policy])
            self._varied[key] = made
        return np.asarray(self.bench.values([self.kpi], self._varied[key], replications)[0] * self.sign, np.float64)


def _range(base: Scenario, path: str, text: Any) -> Varied:
    if isinstance(text, str) and text.strip().endswith("%"):
        low, high = (step(base, path, f"{sign}{text.strip().lstrip('±+')}", "--over").after for sign in "-+")
        return Varied(path, (), float(low), float(high), isinstance(low, int) and isinstance(high, int))
    return varied(base, path, text, "--over")


def _row(field_: _Field, one: Varied, now: float, end: float, found: Flip) -> dict[str, Any]:
    last = found.looks[-1] if not found.found else next(k for k in found.looks if k.value == found.flips)
    rival = field_.labels[found.rival] if found.found else ""
    end_ = min(found.looks, key=lambda look: abs(look.value - end))
    return {
        "parameter": one.path,
        "now": now,
        "towards": end,
        "recommended": field_.labels[0],
        "flips_to": rival,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "holds_until": found.holds,
        "flipped_from": found.flips,
        "looked_at": value_text(end_.value),
        "lead": end_.lead,
        "lead_low": end_.low,
        "lead_high": end_.high,
        "replications": max(look.n for look in found.looks),
        "says": _sentence(field_, one, now, end, found, last),
    }


def _sentence(field_: _Field, one: Varied, now: float, end: float, found: Flip, last: Look) -> str:
    best, unit = field_.labels[0], UNITS[kpis[field_.kpi].unit]
    mean, low, high = (_figure(value * unit.times) for value in (last.lead, last.low, last.high))
    lead = f"{mean} {unit.label.en} [{low}; {high}]"
    ends = f"[{value_text(min(now, end))}; {value_text(max(now, end))}]"
    if found.found:
        side = "above" if end > now else "below"
        return (
            f"{best} stops being best {side} {one.path} = {found.value:.4g} [{found.low:.4g}; {found.high:.4g}]: "
            f"{field_.labels[found.rival]} takes over."
        )
    if found.holds is None:
        rival = field_.labels[last.rival]
        return f"{best} is not better than {rival} beyond chance as things are ({lead}): nothing to flip."
    if found.holds == end:
        return f"No flip within {ends}: {best} stays best, by {lead} at {value_text(last.value)}."
    return (
        f"No flip within {ends} at this precision: {best} surely holds until {value_text(found.holds)}; at "
        f"{value_text(last.value)} its lead over {field_.labels[last.rival]} is {lead}: noise."
    )


def _figure(value: float) -> str:
    """Four figures that matter, and never a power of ten where people count euros."""
    return f"{value:,.0f}" if 1e3 <= abs(value) < 1e12 else f"{value:.4g}"
