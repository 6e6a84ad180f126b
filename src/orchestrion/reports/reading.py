"""A study as the report reads it: alternatives and their looks, estimates, differences with a verdict, facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, Protocol

from numpy.typing import NDArray

from orchestrion.errors import OrchestrionError, StudyError
from orchestrion.experiments.inference import Estimate, student
from orchestrion.kpis import HEADLINE, UNITS, decimals_until_seen, kpis
from orchestrion.reports.formats import Format, decimals_for
from orchestrion.reports.look import DASHES, SERIES, SYMBOLS
from orchestrion.reports.naming import look_of, people_names
from orchestrion.reports.words import Words, french_spaces
from orchestrion.units import DAY

Verdict = Literal["better", "worse", "higher", "lower", "noise", "same", "unknown"]
VERDICTS: dict[str, Verdict] = {
    "noise at this precision": "noise",
    "no difference": "same",
    "no interval": "unknown",
    "better": "better",
    "worse": "worse",
    "higher": "higher",
    "lower": "lower",
}


class StudyLike(Protocol):
    """What the report asks of a study; `experiments.Study` is one."""

    @property
    def alternatives(self) -> Sequence[Any]: ...
    @property
    def manifest(self) -> Mapping[str, Any]: ...
    def kpis(self, group_by: str = "all") -> Any: ...
    def against(self, baseline: str, kpis: Sequence[str], *, family: Any = "comparison") -> Any: ...
    def sql(self, query: str, *, label: str, replication: int) -> Any: ...
    def dims(self, name: str, *, label: str) -> Any: ...
    def sentences(self, baseline: str | None = None, lang: str = "en") -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Alternative:
    """One (scenario, policy) pair, with the name and look it has throughout the report."""

    index: int
    label: str  # the study's
    name: str  # for people
    scenario: str
    policy: str
    colour: str
    dash: str
    symbol: str


@dataclass(frozen=True, slots=True)
class KpiCard:
    """A KPI in the words of one language."""

    key: str
    label: str
    unit: str
    unit_label: str
    direction: str
    definition: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference with its interval and what may be said of it."""

    value: float
    low: float
    high: float
    verdict: Verdict

    @property
    def sure(self) -> bool:
        """Whether it is distinguishable from noise."""
        return self.verdict in ("better", "worse", "higher", "lower")


MOST_DRAWN = 8  # alternatives whose maps, replays and accounts go into a page: about 150 kB each in a network of 60


class Reading:
    """Everything the sections and charts take from a study; each number is worked out once."""

    def __init__(self, study: StudyLike, lang: str = "en") -> None:
        self.study = study
        self.lang = lang
        self.fmt = Format(lang)
        self.words = Words(lang)

    # -- the alternatives ----------------------------------------------------------------------------------------

    @cached_property
    def alternatives(self) -> list[Alternative]:
        """All of them in the study's order; the baseline wears grey, whatever its place."""
        found = list(self.study.alternatives)
        # a varied scenario's title ends with its name in brackets, which says nothing here
        titles = [str(getattr(item, "title", "") or "").removesuffix(f" ({item.label})") for item in found]
        titles = [self.words.product("title", title) for title in titles]
        names = people_names([item.label for item in found], titles)
        base = self._baseline_label([item.label for item in found])
        others = iter(range(10_000))
        result = []
        for index, (item, name) in enumerate(zip(found, names, strict=True)):
            look, round_ = (0, 0) if item.label == base else look_of(next(others))
            scenario = getattr(item.scenario, "name", item.scenario)
            result.append(
                Alternative(
                    index,
                    item.label,
                    name,
                    str(scenario),
                    str(getattr(item, "policy_text", "")),
                    SERIES[look],
                    DASHES[(look + 4 * round_) % len(DASHES)],
                    SYMBOLS[(look + 3 * round_ - 1) % (len(SYMBOLS) - 1) + 1] if look else SYMBOLS[0],
                )
            )
        return result

    def _baseline_label(self, labels: Sequence[str]) -> str:
        named = self.study.manifest.get("baseline")
        return str(named) if named in labels else labels[0]

    @cached_property
    def baseline(self) -> Alternative:
        """What all are compared with."""
        label = self._baseline_label([item.label for item in self.alternatives])
        return self.of(label)

    @cached_property
    def second_baseline(self) -> Alternative | None:
        """What the rules are compared with, when it is another one."""
        label = self.study.manifest.get("second_baseline")
        if label is None or label == self.baseline.label or label not in [a.label for a in self.alternatives]:
            return None
        return self.of(label)

    @property
    def alone(self) -> bool:
        """Whether there is but one alternative, so that nothing is compared."""
        return len(self.alternatives) == 1

    def of(self, label: str) -> Alternative:
        """The alternative with this label."""
        return next(item for item in self.alternatives if item.label == label)

    @cached_property
    def shown_first(self) -> Alternative:
        """The highest contribution among alternatives that are better than the baseline beyond noise in any headline
        KPI; where none is, among those that differ at all; else the highest of all others."""
        base = self.baseline.label
        others = [item for item in self.alternatives if item.label != base]
        if not others:
            return self.baseline
        verdicts: dict[str, set[str]] = {item.label: set() for item in others}
        for (label, _), found in self.differences(base).items():
            if label in verdicts:
                verdicts[label].add(found.verdict)
        better = [item for item in others if "better" in verdicts[item.label]]
        differing = [item for item in others if verdicts[item.label] & {"better", "worse", "higher", "lower"}]

        def worth(item: Alternative) -> float:
            mean = self.level("contribution", item.label).mean
            return mean if math.isfinite(mean) else -math.inf

        return max(better or differing or others, key=worth)

    @cached_property
    def drawn_closely(self) -> list[Alternative]:
        """Those whose maps, replays and accounts go into a page, in the study's order: all, unless they are many.

        Then the baselines, the one shown first, and the highest contributions: a page must stay small enough to send.
        """
        base = self.baseline
        first = [base, *([self.second_baseline] if self.second_baseline else []), self.shown_first]
        means = {item.label: self.level("contribution", item.label).mean for item in self.alternatives}
        ranked = sorted(
            self.alternatives, key=lambda item: (-means[item.label] if math.isfinite(means[item.label]) else math.inf)
        )
        kept = list(dict.fromkeys(item.label for item in [*first, *ranked]))[:MOST_DRAWN]
        return [item for item in self.alternatives if item.label in kept]

    @property
    def left_out(self) -> str:
        """What a section says that draws only some of many alternatives; nothing when it draws all."""
        drawn, all_ = len(self.drawn_closely), len(self.alternatives)
        return "" if drawn == all_ else " " + self.words("drawn_closely", n=drawn, all=all_)

    # -- KPIs ----------------------------------------------------------------------------------------------------

    def card(self, key: str) -> KpiCard:
        """A KPI in this language."""
        kpi = kpis[key]
        unit = UNITS[kpi.unit].label[self.lang]
        label, definition = kpi.label[self.lang], kpi.definition[self.lang]
        if self.lang == "fr":
            label, definition = french_spaces(label), french_spaces(definition)
        return KpiCard(key, label, kpi.unit, unit, kpi.direction, definition)

    @cached_property
    def measured(self) -> dict[str, dict[str, dict[int, float]]]:
        """kpi -> label -> replication -> value."""
        table = self.study.kpis("all")
        result: dict[str, dict[str, dict[int, float]]] = {}
        columns = (table[name].tolist() for name in ("kpi", "label", "replication", "value"))
        for kpi, label, replication, value in zip(*columns, strict=True):
            result.setdefault(kpi, {}).setdefault(label, {})[int(replication)] = float(value)
        return result

    @cached_property
    def headline(self) -> list[KpiCard]:
        """The headline KPIs that the study holds, in their declared order."""
        return [self.card(key) for key in HEADLINE if key in self.measured]

    @property
    def replications(self) -> int:
        """Replications of the alternative that has most."""
        return max((len(r) for labels in self.measured.values() for r in labels.values()), default=0)

    def level(self, kpi: str, label: str) -> Estimate:
        """Mean and half-width of one KPI of one alternative."""
        if (kpi, label) not in self._levels:
            self._levels[kpi, label] = student(list(self.measured.get(kpi, {}).get(label, {}).values()))
        return self._levels[kpi, label]

    @cached_property
    def _levels(self) -> dict[tuple[str, str], Estimate]:
        return {}

    def magnitude(self, kpi: str) -> float:
        """The largest mean: decides whether euros are shown as k€."""
        means = [abs(self.level(kpi, item.label).mean) for item in self.alternatives]
        return max((m for m in means if math.isfinite(m)), default=0.0)

    def decimals(self, kpi: str) -> int:
        """Decimals for a whole column, so that its numbers align: the unit's; of k€ what they carry."""
        unit = self.card(kpi).unit
        how = self.fmt.unit(unit, self.magnitude(kpi))
        if how.factor not in (1e-3, 1e-6):
            return UNITS[unit].decimals
        return self._carried([how.shown(self.level(kpi, item.label).half) for item in self.alternatives], 2, 1)

    def change_decimals(self, kpi: str) -> int:
        """Decimals for differences, which pairing makes sharper than levels."""
        unit = self.card(kpi).unit
        how = self.fmt.unit(unit, self.magnitude(kpi))
        bases = [self.baseline] + ([self.second_baseline] if self.second_baseline else [])
        found = [d for base in bases for (_, key), d in self.differences(base.label).items() if key == kpi]
        # thousands of euros get one decimal more: a bound close to zero must not be rounded to it
        finer = 0.5 if how.factor in (1e-3, 1e-6) else 1.0
        halves = [how.shown((d.high - d.low) / 2) * finer for d in found]
        least = self.decimals(kpi)
        return max(least, self._carried(halves, least + 1, least))

    def decimals_of(self, kpi: str, difference: Difference, least: int) -> int:
        """Decimals of one difference: more than `least` where zero is excluded and a bound would be written as zero."""
        if not difference.sure:
            return least
        how = self.fmt.unit(self.card(kpi).unit, self.magnitude(kpi))
        return decimals_until_seen(least, how.shown(difference.low), how.shown(difference.high))

    @staticmethod
    def _carried(halves: list[float], most: int, otherwise: int) -> int:
        known = sorted(half for half in halves if math.isfinite(half) and half > 0)
        return min(most, decimals_for(known[len(known) // 2])) if known else otherwise

    def written(self, kpi: str, value: float) -> str:
        """A value of this KPI, with its unit."""
        return self.fmt.quantity(value, self.card(kpi).unit, self.decimals(kpi), magnitude=self.magnitude(kpi))

    def written_half(self, kpi: str, half: float) -> str:
        """A half-width of this KPI, without its unit; nothing when there is none."""
        how = self.fmt.unit(self.card(kpi).unit, self.magnitude(kpi))
        return f"± {self.fmt.number(how.shown(half), self.decimals(kpi))}" if math.isfinite(half) else ""

    def within(self, kpi: str) -> str:
        """The KPI's name inside a sentence."""
        label = self.card(kpi).label
        return label if label[:2].isupper() or label[:3] == "CO2" else label[:1].lower() + label[1:]

    def written_change(self, kpi: str, value: float, *, bare: bool = False, decimals: int | None = None) -> str:
        """A signed difference of this KPI."""
        decimals, magnitude = self.change_decimals(kpi) if decimals is None else decimals, self.magnitude(kpi)
        return self.fmt.change(value, self.card(kpi).unit, decimals, magnitude=magnitude, bare=bare)

    # -- differences ---------------------------------------------------------------------------------------------

    def differences(self, baseline: str, *, family: str = "comparison") -> dict[tuple[str, str], Difference]:
        """(label, headline KPI) -> paired difference against one alternative; verdicts by Holm over the family."""
        known = self._differences.get((baseline, family))
        if known is not None:
            return known
        table = self.study.against(baseline, [card.key for card in self.headline], family=family)
        result: dict[tuple[str, str], Difference] = {}
        for row in table.to_dict("records"):
            verdict = VERDICTS.get(str(row["verdict"]), "unknown")
            value, low, high = (float(row[name]) for name in ("difference", "low", "high"))
            result[row["alternative"], row["kpi"]] = Difference(value, low, high, verdict)
        self._differences[baseline, family] = result
        return result

    @cached_property
    def _differences(self) -> dict[tuple[str, str], dict[tuple[str, str], Difference]]:
        return {}

    @cached_property
    def best(self) -> dict[str, tuple[str, list[str]]]:
        """kpi -> (leader, those that cannot be told apart from it), for KPIs with a better side and replications."""
        result: dict[str, tuple[str, list[str]]] = {}
        for card in self.headline:
            means = {item.label: self.level(card.key, item.label).mean for item in self.alternatives}
            means = {label: mean for label, mean in means.items() if math.isfinite(mean)}
            if card.direction == "neither" or len(means) < 2 or self.replications < 2:
                continue
            pick = max if card.direction == "more" else min
            leader = pick(means, key=lambda label: means[label])
            differences = self.differences(leader, family="study")
            tied = [
                item.label
                for item in self.alternatives
                if item.label != leader
                and (item.label, card.key) in differences
                and not differences[item.label, card.key].sure
            ]
            result[card.key] = (leader, tied)
        return result

    # -- groups --------------------------------------------------------------------------------------------------

    def by_group(self, kpi: str, group_by: str) -> dict[str, dict[int, Estimate]]:
        """label -> group id -> estimate; empty where the study does not group so.

        A part that nothing was booked on in a replication was zero there; a rate without any case has no value.
        """
        additive = group_by in ("component", "leg") or kpi in self.totals
        result: dict[str, dict[int, Estimate]] = {}
        for label, groups in self._grouped(group_by).get(kpi, {}).items():
            nothing = dict.fromkeys(self.replication_ids(label), 0.0) if additive else {}
            result[label] = {
                group: student(list((nothing | values).values())) for group, values in sorted(groups.items())
            }
        return result

    @cached_property
    def totals(self) -> set[str]:
        """KPIs that are sums, not ratios: nothing divides them."""
        table = self.study.kpis("all")
        if "denominator" not in table:
            return set()
        divided = set(table.loc[table["denominator"] != 1, "kpi"])
        return set(table["kpi"]) - divided

    def replicated_by_group(self, kpi: str, group_by: str) -> dict[str, dict[int, dict[int, float]]]:
        """label -> group id -> replication -> value; empty where the study does not group so."""
        return self._grouped(group_by).get(kpi, {})

    def _grouped(self, group_by: str) -> dict[str, dict[str, dict[int, dict[int, float]]]]:
        if group_by not in self._groups:
            result: dict[str, dict[str, dict[int, dict[int, float]]]] = {}
            try:
                table = self.study.kpis(group_by)
            except StudyError:
                table = None  # an older study, or one that was not grouped so
            if table is not None and len(table):
                columns = (table[name].tolist() for name in ("kpi", "label", "group", "replication", "value"))
                for kpi, label, group, replication, value in zip(*columns, strict=True):
                    groups = result.setdefault(kpi, {}).setdefault(label, {})
                    groups.setdefault(int(group), {})[int(replication)] = float(value)
            self._groups[group_by] = result
        return self._groups[group_by]

    @cached_property
    def _groups(self) -> dict[str, dict[str, dict[str, dict[int, dict[int, float]]]]]:
        return {}

    @cached_property
    def days(self) -> list[int]:
        """Measured days, counted from the scenario's start."""
        groups = self.by_group("stockout_rate", "day")
        return sorted({day for by_day in groups.values() for day in by_day if day >= 0})

    # -- facts ---------------------------------------------------------------------------------------------------

    def sql(self, query: str, label: str, replication: int) -> dict[str, NDArray[Any]] | None:
        """The columns of the answer about one replication; None when the study did not keep the facts asked for.

        Ask for what is drawn: a table of a long study is many times what memory holds.
        """
        try:
            frame = self.study.sql(query, label=label, replication=replication)
        except StudyError:
            return None
        return {str(name): frame[name].to_numpy() for name in frame if name not in ("label", "replication")}

    def in_measured_time(self, moment: str = "t") -> str:
        """The SQL condition that a column of moments lies in the measured time; all do where no days are told."""
        days = self.days
        return f"({moment} >= {days[0] * DAY} AND {moment} < {(days[-1] + 1) * DAY})" if days else "true"

    def replication_ids(self, label: str) -> list[int]:
        """The replications of one alternative."""
        return sorted({r for labels in self.measured.values() for r in labels.get(label, {})})

    def dims(self, name: str) -> dict[str, list[Any]]:
        """A dimension table by column, of the first alternative; empty when it is not there."""
        try:
            table = self.study.dims(name, label=self.alternatives[0].label)
        except OrchestrionError:
            return {}
        columns = {str(column): table[column].tolist() for column in table}
        if name == "nodes" and "label" in columns:
            columns["label"] = [self.node_said(str(label)) for label in columns["label"]]
        return columns

    def node_said(self, label: str) -> str:
        """What a node is called: the nodes of the bundled network have names in both languages."""
        return self.words.product("node", label)

    @cached_property
    def start(self) -> date | None:
        """The scenario's first day, when it is told."""
        for item in self.study.alternatives:
            document = getattr(item, "document", None) or {}
            found = (document.get("time") or {}).get("start") if isinstance(document, Mapping) else None
            if found:
                return found if isinstance(found, date) else date.fromisoformat(str(found))
        return None

    def sentences(self) -> list[str]:
        """The study in plain sentences, alternatives called by their names for people."""
        said = self.study.sentences(lang=self.lang)
        for item in sorted(self.alternatives, key=lambda item: -len(item.label)):
            named = f"« {item.name} »" if self.lang == "fr" else f"“{item.name}”"
            said = [sentence.replace(item.label, named) for sentence in said] if item.label != item.name else said
        return [french_spaces(sentence) for sentence in said] if self.lang == "fr" else said
