"""The baseline check: what happened, beside what the model says would happen, figure by figure.

Fitted on the first part of a history, a scenario is checked on the rest. Demand is drawn anew and held against the
orders that came; the same orders replayed under today's rules are held against what became of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from orchestrion.demand.generate import weeks
from orchestrion.domain.codes import ONLINE_CHANNELS
from orchestrion.experiments.calibration.estimates import Floats
from orchestrion.experiments.calibration.observed import Observed, day_of, observed
from orchestrion.experiments.calibration.outcomes import OUTCOMES, Outcomes, read_outcomes
from orchestrion.experiments.inference import t_quantile
from orchestrion.experiments.running import Progress, compare
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.history.mapping import Dates, read_mapping
from orchestrion.scenarios.importers.orders import MAPPING
from orchestrion.scenarios.scenario import dumped
from orchestrion.streams import Streams
from orchestrion.units import DAY, HOUR

_NEAR = 0.05  # a model that is within five per cent is near, whatever chance allows to tell
_LEAST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure: what happened with its interval, what the model says and where 95 of 100 of its runs lie.

    Attributes
    ----------
    adjust
        The parameter to look at where the two differ.
    """

    name: str
    unit: str
    happened: float
    happened_half: float
    model: float
    model_half: float
    adjust: str

    @classmethod
    def of_runs(
        cls, name: str, unit: str, happened: tuple[float, float], runs: Floats, adjust: str
    ) -> Compared:
        """What happened beside two runs or more: where one more of them would lie, not where their mean is."""
        n = len(runs)
        spread = t_quantile(0.975, n - 1) * float(runs.std(ddof=1)) * math.sqrt(1 + 1 / n)
        return cls(name, unit, *happened, float(runs.mean()), spread, adjust)

    @property
    def off(self) -> float:
        """How far the model is from what happened, as a share of it."""
        return self.model / self.happened - 1 if self.happened else math.inf if self.model else 0.0

    @property
    def verdict(self) -> str:
        """In words."""
        apart = abs(self.model - self.happened)
        # what happened is one run more, and the model's half-width says how such runs vary by chance: to add the
        # sampling error of what happened would count it twice; it counts where a file tells of fewer cases than a run
        sure = apart > max(self.model_half, self.happened_half)
        if not sure:
            return "fits" if abs(self.off) <= _NEAR else "fits within its uncertainty"
        if abs(self.off) <= _NEAR:
            return "near"
        return f"{abs(self.off):.0%} too {'high' if self.model > self.happened else 'low'}"

    @property
    def fits(self) -> bool:
        """Whether nothing need be adjusted."""
        return self.verdict in ("fits", "fits within its uncertainty", "near")


@dataclass(frozen=True, slots=True)
class Checked:
    """All figures, and the days that they are about."""

    first: date
    last: date
    figures: tuple[Compared, ...]
    notes: tuple[str, ...]

    def sentences(self) -> list[str]:
        """What to make of it."""
        wrong = [one for one in self.figures if not one.fits]
        told = [f"{len(self.figures) - len(wrong)} of {len(self.figures)} figures fit, {self.first} to {self.last}."]
        told += [f"{one.name}: {one.verdict}; look at {one.adjust}." for one in wrong]
        return [*told, *self.notes]


Figure = tuple[str, str, Callable[[Observed], tuple[float, float]], str]


def check_history(
    scenario: Scenario,
    path: Path,
    *,
    mapping: str | None = None,
    first: date | None = None,
    last: date | None = None,
    shipments: Path | None = None,
    replications: int = 5,
    seed: int = 1,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Checked:
    """Hold a scenario against the later part of a history.

    Parameters
    ----------
    first, last
        The days checked; by default the last third of the history.
    shipments
        What became of the orders: the orders are replayed under the scenario's policy and held against it.

    Raises
    ------
    InputError
        If the history cannot be read, or has no order in these days.
    """
    seen = observed(path, scenario, mapping)
    if first is None:
        days = seen.days
        first = day_of(int(days[0]) + 2 * len(days) // 3)
    part = seen.between(first, last)
    begin = day_of(int(part.day.min()))
    end = day_of(int(part.day.max()))
    span = (end - begin).days + 1
    notes = []
    if span < _LEAST_DAYS:
        notes.append(f"Only {span} days are checked: intervals are wide, two weeks are a start.")
    model = [_drawn(scenario, part, span, seed, r) for r in range(max(replications, 2))]
    figures = []
    for name, unit, measure, adjust in _FIGURES:
        if name in _NEED_HOURS and not len(part.hour):
            continue
        drawn = np.array([measure(one)[0] for one in model])
        figures.append(Compared.of_runs(name, unit, measure(part), drawn, adjust))
    if shipments is not None:
        became = read_outcomes(shipments, scenario, begin, end)
        notes += became.notes
        with TemporaryDirectory() as folder:
            replayed = _replayed(scenario, path, mapping or _beside(path), begin, end, Path(folder))
            figures += _outcomes(replayed, became, replications, seed, workers, progress)
    else:
        notes.append(
            "What became of the orders is not checked: name a file with --shipments (order, ordered, and as far "
            "as known node, promised, received, ready, option, status, cost, parcels)."
        )
    return Checked(begin, end, tuple(figures), tuple(notes))


def _beside(path: Path) -> str | None:
    found = path.with_name(MAPPING)
    return str(found.resolve()) if path.name == "orders.csv" and found.is_file() else None


def _replayed(scenario: Scenario, path: Path, mapping: str | None, begin: date, end: date, folder: Path) -> Scenario:
    """The orders of the days checked, and of no others, on their own dates; the mapping for it goes into `folder`."""
    how = read_mapping(mapping).document
    dates = Dates(first_day=begin, last_day=end, shift="none")
    only = folder / "checked.mapping.yaml"
    only.write_text(dumped(how.model_copy(update={"dates": dates}).model_dump(mode="json")), encoding="utf-8")
    return scenario.vary(
        f"{scenario.name} replayed",
        {
            "demand.history": {"orders": str(path.resolve()), "mapping": str(only)},
            "time.start": (begin - timedelta(days=begin.weekday())).isoformat(),
            "time.warm_up_weeks": 0,
            "time.measured_weeks": math.ceil(((end - begin).days + 1 + begin.weekday()) / 7),
        },
    )


def _drawn(scenario: Scenario, part: Observed, span: int, seed: int, replication: int) -> Observed:
    """What the model's customers ask for in as many days that begin on the same weekday."""
    begin = day_of(int(part.day.min()))
    monday = begin - timedelta(days=begin.weekday())
    total = math.ceil((span + begin.weekday()) / 7)
    changes: dict[str, Any] = {
        "time.start": monday.isoformat(),
        "time.warm_up_weeks": 0,
        "time.measured_weeks": total,
        "demand.walk_in.per_day": 0,
        # who would only buy at better offers than the usual is in no history
        "demand.offers.conversion.on": False,
    }
    if scenario.document.demand.history is not None:
        changes["demand.history"] = None
    world = scenario.vary("drawn", changes).compile()
    blocks = list(weeks(world, Streams(seed=seed, replication=replication)))
    day0 = (monday - date(1970, 1, 1)).days

    def joined(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return np.concatenate([getattr(block, name) for block in blocks]).astype(np.int64)

    t, lines = joined("t"), joined("lines")
    assert np.isin(joined("channel"), ONLINE_CHANNELS).all()
    options = [option.key for option in world.options]
    return Observed(
        file="model",
        day=t // DAY + day0,
        hour=t % DAY // HOUR,
        place=joined("place"),
        option=tuple(options[o] for o in joined("option").tolist()),
        order=np.repeat(np.arange(len(t)), lines),
        sku=joined("sku"),
        quantity=joined("qty"),
        price=world.skus.price[joined("sku")],
        skus=tuple(world.skus.key),
    ).between(begin, begin + timedelta(days=span - 1))


# -- figures of demand -----------------------------------------------------------------------------------------------


def _mean(values: Sequence[float] | np.ndarray[Any, Any]) -> tuple[float, float]:
    """Mean and half-width of its 95 % interval."""
    sample = np.asarray(values, np.float64)
    n = len(sample)
    half = t_quantile(0.975, n - 1) * float(sample.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return float(sample.mean()), half


def _per_day(seen: Observed) -> tuple[float, float]:
    days = seen.days
    return float(len(seen.day) / len(days)), 0.0  # a count is what it is; the model's runs show how it may vary


def _lines(seen: Observed) -> tuple[float, float]:
    return _mean(np.bincount(seen.order, minlength=len(seen.day)))


def _units(seen: Observed) -> tuple[float, float]:
    return _mean(seen.quantity)


def _weekend(seen: Observed) -> tuple[float, float]:
    return float(((seen.day + 3) % 7 >= 5).mean()), 0.0


def _evening(seen: Observed) -> tuple[float, float]:
    return float((seen.hour >= 18).mean()), 0.0


def _spread(seen: Observed) -> tuple[float, float]:
    days = seen.days
    counts = np.bincount(seen.day - days[0], minlength=len(days))
    return float(counts.std(ddof=1) / max(counts.mean(), 1e-9)) if len(days) > 1 else 0.0, 0.0


def _top(seen: Observed) -> tuple[float, float]:
    counts = np.sort(np.bincount(seen.sku, minlength=len(seen.skus)))[::-1]
    return float(counts[: max(1, len(counts) // 5)].sum() / counts.sum()), 0.0


def _basket(seen: Observed) -> tuple[float, float]:
    return _mean(np.bincount(seen.order, seen.quantity * (seen.price / 1e6), minlength=len(seen.day)))


_NEED_HOURS = ("Orders after 18:00",)
_FIGURES: tuple[Figure, ...] = (
    ("Orders", "a day", _per_day, "demand.online.orders_per_day, season and growth"),
    ("Lines of an order", "lines", _lines, "demand.online.lines"),
    ("Units of a line", "units", _units, "demand.online.units"),
    ("Value of an order", "EUR", _basket, "assortment.skus_table: prices"),
    ("Orders at the weekend", "share", _weekend, "demand.online.weekdays"),
    ("Orders after 18:00", "share", _evening, "demand.online.hours_table"),
    ("Day-to-day variation", "of the mean", _spread, "demand.dispersion.online_day_k, promotions"),
    ("Lines of the top fifth of SKUs", "share", _top, "assortment.skus_table, popularity_spread"),
)


# -- figures of what became of the orders ------------------------------------------------------------------------------


def _outcomes(
    scenario: Scenario, happened: Outcomes, replications: int, seed: int, workers: int | None, progress: Progress | None
) -> list[Compared]:
    study = compare(
        [scenario], replications=max(replications, 2), seed=seed, workers=workers, facts="none", progress=progress
    )
    (label,) = study.labels
    found = []
    for one in OUTCOMES:
        told = happened.figures.get(one.kpi)
        if told is None:
            continue
        values = np.array(list(study.replicated(one.kpi, label).values()))
        values = values[~np.isnan(values)]
        if len(values) < 2:
            continue  # nothing of the kind happened in the model, such as an order that was collected
        found.append(Compared.of_runs(one.name, one.unit, told, values, one.adjust))
    return found
