"""A study: alternatives and replications, compared honestly; every table behind it one call away."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrion.display import Grid, bundle, paragraphs
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import bridging, comparing, designed, explaining, ranking, repricing, tracing
from orchestrion.experiments import cash as paying
from orchestrion.experiments import gap as knowing
from orchestrion.experiments import moved as moving
from orchestrion.experiments import pareto as trading
from orchestrion.experiments import sentences as saying
from orchestrion.experiments import store_pnl as keeping
from orchestrion.experiments import warm_up as warming
from orchestrion.experiments.alternatives import Alternative, Runnable, matched, policy_of_text
from orchestrion.experiments.identity import digest, policy_identity
from orchestrion.experiments.showing import presented
from orchestrion.experiments.store import Cell, Done, StudyFolder
from orchestrion.experiments.tables import Tables
from orchestrion.experiments.upstairs import surface
from orchestrion.kpis import HEADLINE
from orchestrion.policies.sourcing import make_policy

if TYPE_CHECKING:
    import pandas as pd


class Study:
    """Alternatives x replications, as kept in a study folder.

    What can be asked of a study is written in files of its own, a function of the study each; they are hung on here.

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
        self._tables = Tables(self)
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
    def family(self) -> list[str]:
        """The KPIs whose tests are a family: those declared when the study was run, else the headline ones."""
        return list(self.manifest.get("family") or HEADLINE)

    @property
    def complete(self) -> bool:
        """Whether every replication asked for is finished."""
        return all(len(self.cells(label)) == self.replications for label in self.labels)

    # -- where things are ----------------------------------------------------------------------------------------

    def __getitem__(self, label: str) -> Alternative:
        for one in self.alternatives:
            if one.label == label:
                return one
        matched(label, self.alternatives)  # raises UnknownName with a suggestion, or it is ambiguous
        raise UnknownName(f"{label!r} names several alternatives; say which: {', '.join(self.labels)}.")

    def cells(self, label: str, replication: int | None = None) -> list[Cell]:
        """The finished replications of an alternative: all, or the one asked for."""
        if self._done is None:
            version = str(self.manifest.get("engine", ""))
            asked = {
                one.label: [one.cell(self.seed, replication, version) for replication in range(self.replications)]
                for one in self.alternatives
            }
            self._done = {name: [cell for cell in cells if self.folder.done(cell)] for name, cells in asked.items()}
        cells = self._done[self[label].label]
        return cells if replication is None else [cell for cell in cells if cell.replication == replication]

    def replications_of(self, *labels: str) -> list[int]:
        """The replications that all these alternatives finished."""
        sets = [[cell.replication for cell in self.cells(label)] for label in labels]
        return [r for r in sets[0] if all(r in others for others in sets[1:])] if sets else []

    def cell(self, label: str, replication: int) -> Cell:
        """One finished replication of an alternative.

        Raises
        ------
        StudyError
            If it is not finished.
        """
        found = self.cells(label, replication)
        if not found:
            raise StudyError(f"{label}: replication {replication} is not finished")
        return found[0]

    def finished(self, label: str) -> list[Done]:
        """What is known of an alternative's finished replications: measured time, rows kept, hashes."""
        return [done for done in map(self.folder.done, self.cells(label)) if done is not None]

    def refresh(self) -> Study:
        """Look at the folder again, for a study that is still running."""
        self._done = None
        self._tables = Tables(self)
        if self.folder.manifest() != self.manifest:
            self._read_manifest()  # one that runs until it is precise enough grows
        return self

    def scenario(self, label: str) -> Any:
        """The scenario of an alternative, as it was run."""
        from orchestrion.scenarios import Scenario

        one = self[label]
        return Scenario.from_yaml(self.folder.scenario_text(one.scenario_hash), name=one.scenario)

    def runnable(self, label: str) -> Runnable:
        """An alternative with its scenario and policy, to run more of it.

        Raises
        ------
        StudyError
            For a policy that does not come with Orchestrion: its code is not brought back from a folder.
        """
        one = self[label]
        scenario = self.scenario(label)
        policy = policy_of_text(one.policy_text) if not one.own_policy else make_policy(scenario.policy)
        if digest(policy_identity(policy)) != one.policy_hash:
            raise StudyError(f"{label}: the policy is not the one that this Orchestrion knows under that name")
        return Runnable(one, scenario, policy)

    # -- tables --------------------------------------------------------------------------------------------------

    def kpis(self, group_by: str = "all") -> pd.DataFrame:
        """Every KPI of every finished replication, one row each.

        Returns
        -------
        DataFrame
            scenario, policy, label, replication, kpi, group (id; -1 for "all"), value, numerator, denominator, unit,
            group_label (the name behind the id).
        """
        from orchestrion.experiments.shown_table import shown_table

        return shown_table(self._tables.kpis(group_by), "kpis", "KPIs of each replication")

    def replicated(self, kpi: str, label: str) -> dict[int, float]:
        """One KPI of one alternative: replication -> value, NaN where it has none."""
        return self._tables.replicated(kpi, self[label].label)

    def facts(
        self,
        table: str,
        *,
        label: str | None = None,
        replication: int | None = None,
        columns: Sequence[str] | None = None,
        where: str | None = None,
    ) -> pd.DataFrame:
        """A fact table: what happened, row by row, with `label` and `replication` in front.

        All of it comes into memory, eight to sixteen bytes a value: of a year of a large network (ten million wishes,
        twelve million events) some gigabytes. Ask for the columns and rows that are needed, or have DuckDB add up
        what is wanted: `sql`.

        Parameters
        ----------
        table
            One of `domain.facts.SCHEMA`.
        label, replication
            Only this alternative, only this replication; all when left out.
        columns
            Only these columns.
        where
            Only rows that fulfil this SQL condition, such as "node = 3 AND units > 0".

        Raises
        ------
        UnknownName
            For a table or alternative that does not exist.
        StudyError
            If the study did not keep that table, or the replication is not finished.
        QueryError
            For a column that does not exist, or a condition that is none.
        """
        return self._tables.facts(table, label, replication, columns, where)

    def sql(self, query: str, *, label: str | None = None, replication: int | None = None) -> pd.DataFrame:
        """An SQL query on the fact tables, put to each replication by itself, with `label` and `replication` in front.

        DuckDB goes through the files in some 130 MB, whatever their size; only the answer comes into memory. Sums of
        whole numbers come back floating unless cast: `sum(qty)::BIGINT`.

        Parameters
        ----------
        query
            In DuckDB's dialect; tables and columns are those of `domain.facts.SCHEMA` ("order" needs its quotes):
            `SELECT node, count(*) AS shipments FROM shipments WHERE units > 0 GROUP BY node`.
        label, replication
            Only this alternative, only this replication; all when left out.

        Raises
        ------
        QueryError
            If the query cannot be understood.
        UnknownName, StudyError
            As `facts`.
        """
        return self._tables.sql(query, label, replication)

    def dims(self, name: str, *, label: str | None = None) -> pd.DataFrame:
        """A dimension table: the names behind the ids, whose row numbers they are.

        Parameters
        ----------
        name
            "nodes", "skus", "zones", "reasons" and so on.
        label
            The alternative whose scenario is meant; the first when left out.
        """
        return self._tables.dims(name, label)

    # -- what can be asked ---------------------------------------------------------------------------------------

    estimate = comparing.estimate
    difference = comparing.difference
    standings = comparing.standings
    precision = presented(comparing.precision, "Half-widths reached, in the KPIs' units")
    table = presented(comparing.table, "Means ± half-widths of {level} intervals, unadjusted")
    against = presented(comparing.against, "Paired differences; verdicts by Holm over the KPIs declared")
    pairing = presented(comparing.pairing, "What it buys that alternatives meet the same customers")
    best = presented(ranking.best, "Which may be best")
    pareto = presented(trading.pareto, "Who is on the front")
    explain = explaining.explain
    trace = tracing.trace
    moved = presented(moving.moved, "What became of each wish")
    moves = presented(moving.moves, "What became of each wish")
    bridge = presented(bridging.bridge, "From one contribution to the other [€]")
    swept = presented(designed.swept, "The KPI along the parameters swept")
    tornado = presented(designed.tornado, "How much each parameter moves the KPI, in its unit")
    sensitivity = presented(designed.sensitivity, "Sensitivity of the KPI")
    flip_points = presented(designed.flip_points, "What would change the answer")
    worth = presented(designed.worth)
    gap = presented(knowing.gap, "Sourcing cost of an order beside what nobody could have gone below")
    known_gap = knowing.known_gap
    warm_up = warming.warm_up
    store_pnl = presented(keeping.store_pnl, "Profit and loss of each node [€ a replication, without VAT]")
    cash = presented(paying.cash, "The purse")
    reprice = repricing.reprice
    sentences = saying.sentences

    # -- surfaces ------------------------------------------------------------------------------------------------

    @property
    def plot(self) -> Any:
        """Charts of the study: `study.plot.tradeoff("cost_to_serve", "co2e_per_order")`."""
        return surface("plot")(self)

    def to_html(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write the report, one file that needs no network; options such as `lang="fr"`."""
        surface("html")(self, Path(path), **options)
        return Path(path)

    def to_pdf(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Print the report to PDF, with the Chromium of this machine; options as for `to_html`."""
        surface("pdf")(self, Path(path), **options)
        return Path(path)

    def to_excel(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write KPIs, comparisons and definitions as an Excel workbook; options `lang="fr"`, `groups=["node"]`."""
        surface("excel")(self, Path(path), **options)
        return Path(path)

    def to_csv(self, path: str | os.PathLike[str], **options: Any) -> Path:
        """Write every KPI of every replication, a row each; options `lang="fr"`, `group_by="node"`."""
        surface("csv")(self, Path(path), **options)
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

    def verify(self, *, discard: bool = False) -> list[str]:
        """Files whose content is not what was written; empty when all is well.

        Parameters
        ----------
        discard
            Remove the replications concerned, so that the same study run again makes them anew.
        """
        damaged = self.folder.damaged([cell for label in self.labels for cell in self.cells(label)], discard=discard)
        if discard:
            self.refresh()
        return damaged

    def _standing(self) -> str:
        counts = sorted({len(self.cells(label)) for label in self.labels})
        done = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        of = "" if counts == [self.replications] else f" of {self.replications}"
        return f"{len(self.alternatives)} alternatives, {done}{of} replications, seed {self.seed}"

    def __repr__(self) -> str:
        if not any(self.cells(label) for label in self.labels):
            return f"Study: {self._standing()} ({self.path})"
        return f"Study: {self._standing()}\n{_as_text(self.table())}"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        if not any(self.cells(label) for label in self.labels):
            return bundle(repr(self), paragraphs([repr(self)]))
        from orchestrion.experiments.shown_table import grid_of

        grid = grid_of(self.table())
        title = f"{self._standing()}; means ± half-widths of 95% intervals (unadjusted)"
        return bundle(repr(self), Grid(title, grid.headers, grid.rows, grid.numbers).html())


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


def _as_text(frame: pd.DataFrame) -> str:
    return str(frame.to_string(float_format=lambda x: f"{x:,.3f}", na_rep="—"))
