"""A study: alternatives and replications, compared honestly; every table behind it one call away."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.facts import SCHEMA, Facts
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments.alternatives import Alternative, matched
from orchestrion.experiments.inference import (
    Estimate,
    holm,
    paired,
    ratio_change,
    replications_to_settle,
    simultaneous_level,
    student,
    verdict,
)
from orchestrion.experiments.parquet import read_table
from orchestrion.experiments.precision import Reached, Until, Wanted, goals, reached
from orchestrion.experiments.sentences import sentences
from orchestrion.experiments.store import Cell, Done, StudyFolder
from orchestrion.experiments.upstairs import surface
from orchestrion.kpis import HEADLINE, UNITS, group_labels, kpis

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.warm_up import WarmUp

LEVEL = 0.95
Family = Literal["comparison", "study"]


class Study:
    """Alternatives x replications, as kept in a study folder.

    Parameters
    ----------
    folder
        The study folder; it is read when asked, so that a study that is still running can be looked at.
    vanishes
        Delete the folder when this object is gone: a study nobody gave a place to.
    """

    def __init__(self, folder: StudyFolder, *, vanishes: bool = False) -> None:
        self.folder = folder
        self._read_manifest()
        self._measured: dict[str, pd.DataFrame] = {}
        self._by_kpi: dict[tuple[str, str], dict[int, float]] | None = None
        self._done: dict[str, list[Cell]] | None = None
        if vanishes:
            weakref.finalize(self, shutil.rmtree, folder.path, ignore_errors=True)

    def _read_manifest(self) -> None:
        self.manifest: Mapping[str, Any] = self.folder.manifest()
        told = self._told("alternatives", list)
        self.alternatives: list[Alternative] = [_alternative(self.folder, one) for one in told]
        self.seed: int = self._told("seed", int)
        self.replications: int = self._told("replications", int)

    def _told(self, key: str, kind: type) -> Any:
        value = self.manifest.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise StudyError(f"{self.folder.manifest_path}: {key} = {value!r}: not what a study writes there")
        return value

    @property
    def path(self) -> Path:
        """The study folder."""
        return self.folder.path

    @property
    def labels(self) -> list[str]:
        """The alternatives by name, in the study's order."""
        return [one.label for one in self.alternatives]

    @property
    def baseline(self) -> str:
        """What the study compares with unless told otherwise: a label, policy or scenario."""
        return str(self.manifest.get("baseline_asked") or self.manifest.get("baseline") or self.labels[0])

    @property
    def complete(self) -> bool:
        """Whether every replication asked for is finished."""
        return all(len(self._cells(label)) == self.replications for label in self.labels)

    # -- where things are ----------------------------------------------------------------------------------------

    def __getitem__(self, label: str) -> Alternative:
        for one in self.alternatives:
            if one.label == label:
                return one
        matched(label, self.alternatives)  # raises UnknownName with a suggestion, or it is ambiguous
        raise UnknownName(f"{label!r} names several alternatives; say which: {', '.join(self.labels)}.")

    def _cells(self, label: str, replication: int | None = None) -> list[Cell]:
        """The finished replications of an alternative."""
        if self._done is None:
            version = str(self.manifest.get("engine", ""))
            asked = {
                one.label: [one.cell(self.seed, replication, version) for replication in range(self.replications)]
                for one in self.alternatives
            }
            self._done = {name: [cell for cell in cells if self.folder.done(cell)] for name, cells in asked.items()}
        cells = self._done[self[label].label]
        return cells if replication is None else [cell for cell in cells if cell.replication == replication]

    def finished(self, label: str) -> list[Done]:
        """What is known of an alternative's finished replications: measured time, rows kept, hashes."""
        return [done for done in map(self.folder.done, self._cells(label)) if done is not None]

    def refresh(self) -> Study:
        """Look at the folder again, for a study that is still running."""
        self._done = self._by_kpi = None
        self._measured.clear()
        if self.folder.manifest() != self.manifest:
            self._read_manifest()  # one that runs until it is precise enough grows
        return self

    def scenario(self, label: str) -> Any:
        """The scenario of an alternative, as it was run."""
        from orchestrion.scenarios import Scenario

        one = self[label]
        return Scenario.from_yaml(self.folder.scenario_text(one.scenario_hash), name=one.scenario)

    # -- tables --------------------------------------------------------------------------------------------------

    def kpis(self, group_by: str = "all") -> pd.DataFrame:
        """Every KPI of every finished replication, one row each.

        Returns
        -------
        DataFrame
            scenario, policy, label, replication, kpi, group (id; -1 for "all"), value, numerator, denominator, unit,
            group_label (the name behind the id).
        """
        import pandas as pd

        if group_by not in self._measured:
            parts = [
                (one, cell, read_table(path, _KPI_COLUMNS, {"group_by": group_by}))
                for one in self.alternatives
                for cell in self._cells(one.label)
                for path in self.folder.paths([cell], "kpis")
            ]
            columns = _stacked(parts)
            if group_by != "all":
                columns["group_label"] = self._group_labels(group_by, parts)
            else:
                columns["group_label"] = np.full(len(columns["kpi"]), "all", object)
            self._measured[group_by] = pd.DataFrame(columns)
        return self._measured[group_by].copy()

    def _group_labels(self, group_by: str, parts: Sequence[tuple[Alternative, Cell, dict[str, Any]]]) -> NDArray[Any]:
        names: dict[str, list[str]] = {}
        column: list[str] = []
        for one, cell, part in parts:
            if one.scenario_hash not in names:
                done = self.folder.done(cell)
                end = done.end_s if done else 0
                facts = Facts({}, self.folder.dims(one.scenario_hash), 0, end, end)
                names[one.scenario_hash] = group_labels(facts, group_by)
            known = names[one.scenario_hash]
            column += [known[g] if 0 <= g < len(known) else str(g) for g in part["group"].tolist()]
        return np.array(column, object)

    def facts(
        self,
        table: str,
        *,
        label: str | None = None,
        replication: int | None = None,
        columns: Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """A fact table: what happened, row by row, with `label` and `replication` in front.

        Parameters
        ----------
        table
            One of `domain.facts.SCHEMA`.
        label, replication
            Only this alternative, only this replication; all when left out.
        columns
            Only these columns, for large tables.

        Raises
        ------
        UnknownName
            For a table or alternative that does not exist.
        StudyError
            If the study did not keep that table, or the replication is not finished.
        """
        import pandas as pd

        if table not in SCHEMA:
            raise UnknownName(f"no fact table named {table!r}. Known: {', '.join(SCHEMA)}.")
        cells = []
        for name in self.labels if label is None else [self[label].label]:
            finished = self._cells(name, replication)
            if not finished:
                which = "no replication is" if replication is None else f"replication {replication} is not"
                raise StudyError(f"{name}: {which} finished")
            cells += [(self[name], cell) for cell in finished]
        paths = self.folder.paths([cell for _, cell in cells], table)
        parts = [(*cell, read_table(path, columns)) for cell, path in zip(cells, paths, strict=True)]
        result: dict[str, Any] = {"label": _repeated([(one.label, part) for one, _, part in parts])}
        result["replication"] = _repeated([(cell.replication, part) for _, cell, part in parts])
        for column in columns if columns is not None else SCHEMA[table]:
            result[column] = np.concatenate([part[column] for _, _, part in parts])
        return pd.DataFrame(result)

    def dims(self, name: str, *, label: str | None = None) -> pd.DataFrame:
        """A dimension table: the names behind the ids, whose row numbers they are.

        Parameters
        ----------
        name
            "nodes", "skus", "zones", "reasons" and so on.
        label
            The alternative whose scenario is meant; the first when left out.
        """
        import pandas as pd

        tables = self.folder.dims(self[label if label is not None else self.labels[0]].scenario_hash)
        if name not in tables:
            raise UnknownName(f"no dimension table named {name!r}. Known: {', '.join(tables)}.")
        return pd.DataFrame(tables[name])

    # -- comparison ----------------------------------------------------------------------------------------------

    def _values(self, kpi: str, label: str) -> dict[int, float]:
        """One KPI of one alternative, by replication."""
        if self._by_kpi is None:
            table = self.kpis("all")
            grouped: dict[tuple[str, str], dict[int, float]] = {}
            for name, key, replication, value in zip(
                table["label"], table["kpi"], table["replication"].tolist(), table["value"].tolist(), strict=True
            ):
                grouped.setdefault((key, name), {})[replication] = value
            self._by_kpi = grouped
        return self._by_kpi.get((kpi, label), {})

    def replicated(self, kpi: str, label: str) -> dict[int, float]:
        """One KPI of one alternative: replication -> value, NaN where it has none."""
        self._keys(kpi)
        return dict(self._values(kpi, self[label].label))

    def replications_of(self, *labels: str) -> list[int]:
        """The replications that all these alternatives finished."""
        sets = [[cell.replication for cell in self._cells(label)] for label in labels]
        return [r for r in sets[0] if all(r in others for others in sets[1:])] if sets else []

    def cell(self, label: str, replication: int) -> Cell:
        """One finished replication of an alternative.

        Raises
        ------
        StudyError
            If it is not finished.
        """
        found = self._cells(label, replication)
        if not found:
            raise StudyError(f"{label}: replication {replication} is not finished")
        return found[0]

    def _keys(self, chosen: Sequence[str] | str | None) -> list[str]:
        if chosen is None:
            return list(HEADLINE)
        keys = [chosen] if isinstance(chosen, str) else list(chosen)
        for key in keys:
            kpis[key]  # raises UnknownName with a suggestion
        return keys

    def estimate(self, kpi: str, label: str, level: float = LEVEL) -> Estimate:
        """Mean of a KPI over replications with its Student interval, unadjusted."""
        self._keys(kpi)
        return student(list(self._values(kpi, self[label].label).values()), level)

    def standings(self, wanted: Sequence[Wanted] | None = None, level: float = LEVEL) -> list[Reached]:
        """How far each alternative is from the half-widths asked for; those the study was run until when left out."""
        asked = goals(self.manifest.get("until")) if wanted is None else wanted
        return [
            reached(label, one, self.estimate(one.kpi, label, level), level) for one in asked for label in self.labels
        ]

    def precision(self, until: Until | None = None, level: float = LEVEL) -> pd.DataFrame:
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

        asked = goals(until if until is not None else self.manifest.get("until") or dict.fromkeys(HEADLINE, "1%"))
        rows = [
            (one.label, one.kpi, _member(one.kpi).unit, one.n, one.half, one.wanted, one.met, one.needed)
            for one in self.standings(asked, level)
        ]
        columns = ["alternative", "kpi", "unit", "n", "half_width", "wanted", "reached", "needed"]
        return pd.DataFrame(rows, columns=columns).astype({"needed": float})

    def difference(self, kpi: str, label: str, baseline: str, level: float = LEVEL) -> Estimate:
        """Paired difference between two alternatives over the replications that both have."""
        self._keys(kpi)
        left, right = self._paired(kpi, self[label].label, self[baseline].label)
        return paired(left, right, level)

    def _paired(self, kpi: str, label: str, baseline: str) -> tuple[list[float], list[float]]:
        here, there = self._values(kpi, label), self._values(kpi, baseline)
        both = [replication for replication in here if replication in there]
        return [here[r] for r in both], [there[r] for r in both]

    def table(self, kpis: Sequence[str] | str | None = None, level: float = LEVEL) -> pd.DataFrame:
        """Mean and half-width of the Student interval (unadjusted), a row for each alternative.

        The header gives each KPI's name and unit (%, €, ...): `study.table()["Cost to serve [€ per order]"]`.
        """
        import pandas as pd

        columns: dict[tuple[str, str], list[float]] = {}
        for key in self._keys(kpis):
            member = _member(key)
            unit = UNITS[member.unit]
            header = f"{member.label['en']} [{unit.label['en']}]"
            found = [self.estimate(key, label, level) for label in self.labels]
            columns[header, "mean"] = [one.mean * unit.times for one in found]
            columns[header, f"± {level:.0%}"] = [one.half * unit.times for one in found]
        frame = pd.DataFrame(columns, index=pd.Index(self.labels, name="alternative"))
        frame.columns = pd.MultiIndex.from_tuples(list(columns))
        return frame

    def against(
        self,
        baseline: str | None = None,
        kpis: Sequence[str] | str | None = None,
        *,
        level: float = LEVEL,
        family: Family = "comparison",
        simultaneous: bool = False,
    ) -> pd.DataFrame:
        """Paired differences to a baseline, and whether they are noise.

        The same replication of two alternatives meets the same customers, so differences are taken pair by pair. The
        tests of the headline KPIs form the declared family and are adjusted by Holm's method, whichever KPIs are
        shown; others are judged alone and marked unadjusted.

        Parameters
        ----------
        baseline
            A label; or a policy, compared within each scenario; or a scenario, compared within each policy. The
            study's own when left out.
        kpis
            Keys of the KPIs to show; the headline ones when left out.
        family
            "comparison": Holm over the headline KPIs of each alternative. "study": over all alternatives too, for
            whoever picks winners from the table.
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

        shown = self._keys(kpis)
        against = matched(baseline if baseline is not None else self.baseline, self.alternatives)
        compared = [(label, base) for label, base in against.items() if label != base]
        size = len(HEADLINE) * (len(compared) if family == "study" else 1)
        tests = {
            (label, key): paired(*self._paired(key, label, base), level)
            for label, base in compared
            for key in dict.fromkeys([*HEADLINE, *shown])
        }
        adjusted: dict[tuple[str, str], float] = {}
        members = [[(label, key) for key in HEADLINE] for label, _ in compared]
        for family_of_tests in [[one for part in members for one in part]] if family == "study" else members:
            adjusted.update(zip(family_of_tests, holm([tests[one].p for one in family_of_tests]), strict=True))
        rows = []
        for label, base in compared:
            for key in shown:
                test = tests[label, key]
                headline = key in HEADLINE
                p_holm = adjusted.get((label, key), float("nan"))
                left, right = self._paired(key, label, base)
                wide = paired(left, right, simultaneous_level(level, size)) if simultaneous and headline else test
                change = ratio_change(left, right, level)
                rows.append(
                    {
                        "alternative": label,
                        "baseline": base,
                        "kpi": key,
                        "unit": _member(key).unit,
                        "n": test.n,
                        "difference": test.mean,
                        "low": wide.low,
                        "high": wide.high,
                        "interval": "simultaneous" if simultaneous and headline else "unadjusted",
                        "relative": change.mean,
                        "relative_low": change.low,
                        "relative_high": change.high,
                        "p": test.p,
                        "p_holm": p_holm,
                        "adjusted": headline,
                        "verdict": verdict(test, p_holm if headline else test.p, _member(key).direction, level),
                        "settled_by": replications_to_settle(test, _factor(test.p, p_holm), level),
                    }
                )
        return pd.DataFrame(rows, columns=_AGAINST).astype({"settled_by": float})

    def best(
        self, kpi: str = "contribution", labels: Sequence[str] | None = None, confidence: float = LEVEL
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
        from orchestrion.experiments import ranking

        return ranking.best(self, kpi, labels, confidence)

    def pareto(
        self, kpis: Sequence[str], *, reference: Mapping[str, float] | None = None, confidence: float = LEVEL
    ) -> pd.DataFrame:
        """The trade-off between KPIs: who is on the front, who is dominated, and how sure that is.

        Parameters
        ----------
        kpis
            Two to six that have a better direction.
        reference
            A value of each KPI that volumes are measured from, in the KPI's unit; the baseline's means when left out.

        Returns
        -------
        DataFrame
            alternative, the mean of each KPI, status ("front", "perhaps dominated" when means alone say so,
            "dominated" when paired intervals do), dominated_by, knee (the alternative of the front farthest below the
            plane through its extremes, each KPI in units of the reference). `attrs` has the reference, the hypervolume
            that the front gains over it (in the product of the units) and its interval.
        """
        from orchestrion.experiments.pareto import pareto

        return pareto(self, kpis, reference, confidence)

    def moved(self, before: str, after: str, *, customers: Literal["all", "online"] = "all") -> pd.DataFrame:
        """What became of the customers of one alternative under another, in wishes and euros.

        Walk-in customers need a study run with `facts="full"`; online customers alone, "orders".

        Parameters
        ----------
        before, after
            Alternatives with the same demand.

        Returns
        -------
        DataFrame
            A row for each movement ("lost to served", "walk-in displaced", "store to web", "sooner", ...) and one for
            "all": meaning, wishes, units wished, sales_before, sales_after, difference (list prices with VAT over all
            replications [€]; the movements add up to "all"), per_replication with its interval low and high, hours
            (mean change in the moment of receipt).
        """
        from orchestrion.experiments.moved import moved

        return moved(self, self[before].label, self[after].label, customers)

    def moves(
        self, before: str, after: str, *, replication: int = 0, customers: Literal["all", "online"] = "all"
    ) -> pd.DataFrame:
        """The wishes behind `moved`, one row each, of one replication; sales in micro-euros, moments in seconds."""
        from orchestrion.experiments.moved import moves

        return moves(self, self[before].label, self[after].label, replication, customers)

    def swept(self, kpis: Sequence[str] | str | None = None) -> pd.DataFrame:
        """A sweep by parameter, one row per alternative and KPI.

        Returns
        -------
        DataFrame
            alternative, policy, a column for each parameter varied, kpi, unit, n, mean, low, high (KPI's unit).
        """
        from orchestrion.experiments.sweeps import swept

        return swept(self, self._keys(kpis))

    def tornado(self, kpi: str = "contribution") -> pd.DataFrame:
        """Parameters of a `tornado` study by how much they move a KPI, the greatest swing first.

        Returns
        -------
        DataFrame
            parameter, kpi, unit, n, and for either end its value, the paired difference from the scenario (`at_low`,
            `at_high`) with its interval; swing (from low to high) with its interval and p-value, unadjusted.
        """
        from orchestrion.experiments.sweeps import ranked

        return ranked(self, self._keys(kpi)[0])

    def worth(self, kpis: Sequence[str] | str = "contribution") -> pd.DataFrame:
        """What each change of a `worth` study brings, and how much that is per step.

        Returns
        -------
        DataFrame
            parameter, before, after, kpi, unit, n, difference with low and high (paired, unadjusted), per ("unit" or
            "hour"; empty where the change has no size), worth (the difference per such step) with its interval,
            p, p_holm, verdict, settled_by as in `against`. What the change itself costs is not in it.
        """
        from orchestrion.experiments.sweeps import worths

        return worths(self, self._keys(kpis))

    def warm_up(self, kpi: str, label: str | None = None, *, batch: int = 5) -> WarmUp:
        """How many days to leave out at the beginning of a stationary scenario, by MSER over the daily KPI.

        The KPI is measured again from the first day of the simulation and averaged over replications; days on which
        it has no value in any take the day before's. Needs facts "orders", or "full" for KPIs of walk-in customers.

        Parameters
        ----------
        batch
            Days averaged before the search: 5, or 7 where the week has a shape.
        """
        from orchestrion.experiments.warm_up import daily, mser

        name = self[label if label is not None else self.labels[0]].label
        self._keys(kpi)
        return mser(daily(self, kpi, name), batch)

    def sentences(self, baseline: str | None = None, lang: str = "en") -> list[str]:
        """The study in a few plain sentences, which never call noise a gain.

        Parameters
        ----------
        lang
            "en" or "fr".
        """
        return sentences(self, baseline, lang)

    # -- surfaces ------------------------------------------------------------------------------------------------

    @property
    def plot(self) -> Any:
        """Charts of the study: `study.plot.tradeoff("cost_to_serve", "co2e_per_order")`."""
        return surface("plot")(self)

    def to_html(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the report, one file that needs no network; options such as `lang="fr"`."""
        surface("html")(self, Path(path), **options)
        return Path(path)

    def save(self, path: str | os.PathLike[str]) -> Study:
        """Copy the study to a folder of its own, for a study that would vanish with the session."""
        from orchestrion.experiments import files

        target = Path(path)
        if target.exists() and any(target.iterdir()):
            raise StudyError(f"{target}: not empty; choose a new folder")
        with files.told(target, "copy the study"):
            shutil.copytree(self.path, target, dirs_exist_ok=True)
        return open_study(target)

    def verify(self) -> list[str]:
        """Tables on disk whose content is not what was written; empty when all is well."""
        return self.folder.damaged([cell for label in self.labels for cell in self._cells(label)])

    def _standing(self) -> str:
        counts = sorted({len(self._cells(label)) for label in self.labels})
        done = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        of = "" if counts == [self.replications] else f" of {self.replications}"
        return f"{len(self.alternatives)} alternatives, {done}{of} replications, seed {self.seed}"

    def __repr__(self) -> str:
        if not any(self._cells(label) for label in self.labels):
            return f"Study: {self._standing()} ({self.path})"
        return f"Study: {self._standing()}\n{_as_text(self.table())}"

    def _repr_html_(self) -> str:
        from html import escape

        table = self.table().to_html(float_format=lambda x: f"{x:,.3f}", na_rep="—", border=0)
        return f"<p>{escape(self._standing())}; mean and half-width of the 95 % interval (unadjusted)</p>{table}"


_AGAINST = [
    "alternative", "baseline", "kpi", "unit", "n", "difference", "low", "high", "interval",
    "relative", "relative_low", "relative_high", "p", "p_holm", "adjusted", "verdict", "settled_by",
]  # fmt: skip


def open_study(path: str | os.PathLike[str]) -> Study:
    """A study from its folder.

    Raises
    ------
    StudyError
        If the folder is not one, cannot be read, or was written by a newer Orchestrion.
    """
    return Study(StudyFolder(Path(path)))


def _alternative(folder: StudyFolder, told: Any) -> Alternative:
    import yaml

    try:
        text = folder.scenario_text(told["scenario_hash"])
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        names = [name for name in Alternative.__dataclass_fields__ if name != "document"]
        return Alternative(**{name: told[name] for name in names}, document=document)
    except (KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise StudyError(f"{folder.manifest_path}: alternatives: not what a study writes there ({error})") from error


def _factor(p: float, adjusted: float) -> float:
    """What Holm multiplied a p-value by; 1 outside of the family."""
    return adjusted / p if p > 0.0 and adjusted >= p else 1.0


def _member(key: str) -> Any:
    return kpis[key]


_KPI_COLUMNS = ("kpi", "group", "value", "numerator", "denominator", "unit")


def _stacked(parts: Sequence[tuple[Alternative, Cell, dict[str, Any]]]) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "scenario": _repeated([(one.scenario, part) for one, _, part in parts]),
        "policy": _repeated([(one.policy_text, part) for one, _, part in parts]),
        "label": _repeated([(one.label, part) for one, _, part in parts]),
        "replication": _repeated([(cell.replication, part) for _, cell, part in parts]),
    }
    for name in _KPI_COLUMNS:
        columns[name] = np.concatenate([part[name] for _, _, part in parts]) if parts else np.empty(0)
    return columns


def _repeated(parts: Sequence[tuple[Any, Mapping[str, Any]]]) -> NDArray[Any]:
    """A value for each row of each part."""
    if not parts:
        return np.empty(0)
    kind = np.int64 if isinstance(parts[0][0], int) else object
    rows = [len(next(iter(part.values()))) for _, part in parts]
    return np.repeat(np.array([value for value, _ in parts], kind), rows)


def _as_text(frame: pd.DataFrame) -> str:
    return str(frame.to_string(float_format=lambda x: f"{x:,.3f}", na_rep="—"))
