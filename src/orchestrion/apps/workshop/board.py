"""What the study has to say in the workshop, read once: scenarios and what differs, KPIs, amounts to put prices on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from orchestrion.apps.workshop.levers import levers, rules
from orchestrion.apps.workshop.naming import measured_in, named, sourced, valued
from orchestrion.apps.workshop.played import Played, swings
from orchestrion.apps.workshop.session import Terms
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, assumed
from orchestrion.experiments.assumptions import meanings
from orchestrion.experiments.inference import student, t_quantile
from orchestrion.kpis import HEADLINE, UNITS, Text, kpis
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import BASE, CRITERIA
from orchestrion.reports.page import SYMBOL_PATHS, colour_variable
from orchestrion.reports.reading import Reading
from orchestrion.reports.sections.weighing import Weighable, mark_of, weighable

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that a red line may be drawn at.

    Attributes
    ----------
    side
        "most": values above the limit cross it; "least": values below.
    """

    key: str
    kpi: str
    label: Text
    unit: Text
    times: int
    decimals: int
    side: str


BUSIEST = "busiest_store_hours"  # of the store that has most of it, a week


def both(text: Text) -> dict[str, str]:
    """A text in the languages of the page."""
    return {"en": text.en, "fr": text.fr}


class Board:
    """A study as a workshop needs it.

    Raises
    ------
    StudyError
        If nothing is finished in it that all alternatives share.
    """

    def __init__(self, study: Study) -> None:
        self.study = study
        self.reading = Reading(study)
        found = weighable(self.reading)
        if found is None or not self.reading.headline:
            why = "holds no replication that all alternatives finished; run it to the end first"
            raise StudyError(f"{study.path}: {why}")
        self.weighable: Weighable = found
        self.criteria = found.criteria

    @property
    def labels(self) -> list[str]:
        """Alternatives, the baseline first."""
        base = self.reading.baseline.label
        return [base, *(one for one in self.study.labels if one != base)]

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """What red lines may be drawn at: the KPIs of the scorecards that have a value, and the busiest store."""
        keys = dict.fromkeys([*HEADLINE, *(key for one in DEPARTMENTS for key in one.kpis)])
        found = {}
        for key in keys:
            if not any(math.isfinite(v) for by in self.reading.measured.get(key, {}).values() for v in by.values()):
                continue
            member, unit = kpis[key], UNITS[kpis[key].unit]
            side = "least" if member.direction == "more" else "most"
            found[key] = Measure(key, key, member.label, unit.label, unit.times, unit.decimals, side)
        if self.busiest:
            label = Text("Picking hours of the busiest store", "Heures de préparation du magasin le plus chargé")
            per = Text("h a week", "h par semaine")
            found[BUSIEST] = Measure(BUSIEST, "store_hours", label, per, 1, 1, "most")
        return found

    @cached_property
    def busiest(self) -> dict[str, dict[int, float]]:
        """Label -> replication -> hours a week of the store that has most."""
        return busiest_store(self.study)

    def values(self, measure: str, label: str) -> dict[int, float]:
        """A measure of one alternative: replication -> value."""
        if measure == BUSIEST:
            return self.busiest.get(label, {})
        return self.reading.measured.get(measure, {}).get(label, {})

    @cached_property
    def played(self) -> list[Played]:
        """The study's alternatives, the baseline first."""
        found = self.weighable
        return [
            Played(
                label, found.replications, found.contribution[label], found.amounts[label],
                {key: self.values(key, label) for key in self.measures},
            )
            for label in self.labels
        ]  # fmt: skip

    @cached_property
    def sides(self) -> dict[str, str]:
        """Measure -> the side of a limit on which it is crossed."""
        return {one.key: one.side for one in self.measures.values()}

    def played_of(self, trial: Study, label: str, base: str, replications: int) -> Played:
        """A trial's results, from its own study: its first replications, weighed by the criteria of this one."""
        reading = Reading(trial)
        found = weighable(reading, self.criteria)
        name = trial.labels[0]
        if found is None or len([r for r in found.replications if r < replications]) < replications:
            raise StudyError(f"{trial.path}: not all of its replications are there")
        kept = [i for i, r in enumerate(found.replications) if r < replications]
        if not any(found.replications[i] in self.weighable.replications for i in kept):
            raise StudyError(f"{trial.path}: shares no replication with {base}, there is nothing to compare in")
        hours = busiest_store(trial).get(name, {})
        measures = {
            key: hours if key == BUSIEST else dict(reading.measured.get(one.kpi, {}).get(name, {}))
            for key, one in self.measures.items()
        }
        return Played(
            label,
            [found.replications[i] for i in kept],
            [found.contribution[name][i] for i in kept],
            {key: [values[i] for i in kept] for key, values in found.amounts[name].items()},
            {key: {r: v for r, v in values.items() if r < replications} for key, values in measures.items()},
            base,
        )

    @cached_property
    def swings(self) -> dict[str, float]:
        """What is at stake in each criterion between the study's alternatives."""
        return swings(self.played, [one.key for one in self.criteria])

    @cached_property
    def assumptions(self) -> list[dict[str, Any]]:
        """The numbers of the baseline that nobody measured."""
        base = self.study.scenario(self.reading.baseline.label)
        return [
            {"path": one.path, "value": one.value, **measured_in(one.unit),
             "description": named("parameter", one.description),
             "source": sourced(one.source or "assumed"), "confidence": "assumed"}
            for one in assumed(base)
        ]  # fmt: skip

    @cached_property
    def terms(self) -> Terms:
        """What may be spoken of in this workshop."""
        return Terms(
            labels=tuple(self.labels),
            kpis=tuple(one.key for one in self.reading.headline),
            criteria=tuple(one.key for one in self.weighable.criteria),
            limits=tuple(self.measures),
            assumptions=tuple(one["path"] for one in self.assumptions),
            mark=mark_of(self.study),
            levers=tuple(one["path"] for one in self.levers),
            rules={one["name"]: tuple(each["name"] for each in one["parameters"]) for one in self.rules},
        )

    @cached_property
    def levers(self) -> list[dict[str, Any]]:
        """Thresholds that a trial may change."""
        return levers(self.study.scenario(self.reading.baseline.label))

    @cached_property
    def rules(self) -> list[dict[str, Any]]:
        """Policies that a trial may take."""
        return rules()

    # -- what the page is given once ---------------------------------------------------------------------------------

    @cached_property
    def frame(self) -> dict[str, Any]:
        """Everything but the results."""
        reading, manifest = self.reading, self.study.manifest
        keys = dict.fromkeys([*HEADLINE, BASE, *(key for one in DEPARTMENTS for key in one.kpis)])
        shown = [key for key in keys if key in reading.measured]
        return {
            "title": str(manifest.get("title") or ""),
            "question": str(manifest.get("question") or ""),
            "study": self.study.path.name,
            "seed": self.study.seed,
            "baseline": reading.baseline.label,
            "alternatives": [self._alternative(label) for label in self.labels],
            "departments": [
                {"key": one.key, "label": both(one.label), "asks": both(one.asks),
                 "kpis": [key for key in one.kpis if key in reading.measured]}
                for one in DEPARTMENTS
            ],
            "headline": [one.key for one in reading.headline],
            "kpis": {key: _kpi(key) for key in shown},
            "criteria": [
                {"key": one.key, "department": one.department, "kpi": one.kpi, "per": both(one.per),
                 "largest": one.largest, "step": one.step}
                for one in self.weighable.criteria
            ],
            "limits": [
                {"key": one.key, "label": both(one.label), "unit": both(one.unit), "times": one.times,
                 "decimals": one.decimals, "side": one.side}
                for one in self.measures.values()
            ],
            "assumptions": self.assumptions,
            "policies": self.rules,
            "levers": self.levers,
            "mark": mark_of(self.study),
            "places": {"departments": [one.key for one in DEPARTMENTS], "criteria": [one.key for one in CRITERIA]},
        }  # fmt: skip

    def _alternative(self, label: str) -> dict[str, Any]:
        one, shown = self.study[label], self.reading.of(label)
        base = self.study.scenario(self.reading.baseline.label)
        changes = [] if label == self.reading.baseline.label else list(base.diff(self.study.scenario(label)))
        told = meanings(c.path for c in changes)
        return {
            "label": label,
            "name": shown.name,
            "title": one.title,
            "description": one.description,
            "policy": one.policy_text,
            "policy_name": named("policy", one.policy_text.partition("(")[0]),
            "colour": colour_variable(shown.colour),
            "path": SYMBOL_PATHS[shown.symbol],
            "differs": [
                {"path": c.path, "name": named("parameter", told[c.path][0]), "from": valued(c.here),
                 "to": valued(c.there), **measured_in(c.unit)}
                for c in changes
            ],
        }

    @cached_property
    def results(self) -> dict[str, Any]:
        """What was simulated: shown when the guesses are in."""
        found = self.weighable
        n = len(found.replications)
        return {
            "kpis": {
                key: {label: interval(list(self.values(key, label).values())) for label in self.labels}
                for key in self.frame["kpis"]
            },
            "limits": {
                key: {label: interval(list(self.values(key, label).values())) for label in self.labels}
                for key in self.measures
            },
            "replications": found.replications,
            "contribution": found.contribution,
            "amounts": found.amounts,
            "swings": self.swings,
            "level": LEVEL,
            "t": t_quantile(0.5 + LEVEL / 2.0, n - 1) if n > 1 else None,
            # the leader is picked by looking: its 5 % are shared among the others (Bonferroni)
            "sure": t_quantile(1.0 - (1.0 - LEVEL) / 2.0 / max(1, len(self.labels) - 1), n - 1) if n > 1 else None,
        }

    def study_json(self, revealed: bool) -> dict[str, Any]:
        """The constant part of the page; results only once they may be seen."""
        return {**self.frame, "revealed": revealed, "results": self.results if revealed else None}


def _kpi(key: str) -> dict[str, Any]:
    member, unit = kpis[key], UNITS[kpis[key].unit]
    return {
        "label": both(member.label),
        "definition": both(member.definition),
        "unit": both(unit.label),
        "times": unit.times,
        "decimals": unit.decimals,
        "direction": member.direction,
    }


def interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean and Student interval of replications; None where there is none."""
    finite = [one for one in values if math.isfinite(one)]
    if not finite:
        return {"mean": None, "low": None, "high": None, "n": 0}
    found = student(finite, LEVEL)
    half = found.half if math.isfinite(found.half) else None
    low, high = (None, None) if half is None else (found.mean - half, found.mean + half)
    return {"mean": found.mean, "low": low, "high": high, "n": len(finite)}


def busiest_store(study: Study) -> dict[str, dict[int, float]]:
    """Label -> replication -> picking hours a week of the store that has most of them."""
    try:
        table = study.kpis("node")
    except StudyError:
        return {}
    rows = table[table["kpi"] == "store_hours"]
    weeks: dict[str, float] = {}
    found: dict[str, dict[int, float]] = {}
    for label, replication, value in zip(rows["label"], rows["replication"], rows["value"], strict=True):
        if label not in weeks:
            document: Mapping[str, Any] = study[label].document
            weeks[label] = float((document.get("time") or {}).get("measured_weeks") or 1.0)
        by = found.setdefault(label, {})
        if np.isfinite(value):
            by[int(replication)] = max(by.get(int(replication), 0.0), float(value) / weeks[label])
    # where no store picks anything there is no row: the busiest one has no hours
    everywhere = {label: [cell.replication for cell in study.cells(label)] for label in study.labels}
    if not found:
        return {}
    return {label: {r: found.get(label, {}).get(r, 0.0) for r in played} for label, played in everywhere.items()}
