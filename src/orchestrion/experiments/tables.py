"""The tables behind a study: KPIs of every replication, fact tables row by row, and the names behind the ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestrion.database import quoted
from orchestrion.domain.facts import SCHEMA, Facts
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments.common import keys_of
from orchestrion.experiments.fact_base import answered
from orchestrion.experiments.parquet import read_table
from orchestrion.kpis import group_labels

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.alternatives import Alternative
    from orchestrion.experiments.store import Cell
    from orchestrion.experiments.study import Study

_KPI_COLUMNS = ("kpi", "group", "value", "numerator", "denominator", "unit")


class Tables:
    """Reads the finished replications of a study, each table once.

    Parameters
    ----------
    study
        Whose tables; a new `Tables` is made when the study looks at its folder again.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._measured: dict[str, pd.DataFrame] = {}
        self._by_kpi: dict[tuple[str, str], dict[int, float]] | None = None

    def kpis(self, group_by: str = "all") -> pd.DataFrame:
        """See `Study.kpis`."""
        import pandas as pd

        if group_by not in self._measured:
            study = self._study
            parts = [
                (one, cell, read_table(path, _KPI_COLUMNS, {"group_by": group_by}))
                for one in study.alternatives
                for cell in study.cells(one.label)
                for path in study.folder.paths([cell], "kpis")
            ]
            columns = _stacked(parts)
            if group_by != "all":
                columns["group_label"] = self._group_labels(group_by, parts)
            else:
                columns["group_label"] = np.full(len(columns["kpi"]), "all", object)
            self._measured[group_by] = pd.DataFrame(columns)
        return self._measured[group_by].copy()

    def replicated(self, kpi: str, label: str) -> dict[int, float]:
        """See `Study.replicated`."""
        keys_of(kpi)
        if self._by_kpi is None:
            table = self.kpis("all")
            grouped: dict[tuple[str, str], dict[int, float]] = {}
            for name, key, replication, value in zip(
                table["label"], table["kpi"], table["replication"].tolist(), table["value"].tolist(), strict=True
            ):
                grouped.setdefault((key, name), {})[replication] = value
            self._by_kpi = grouped
        return dict(self._by_kpi.get((kpi, label), {}))

    def facts(
        self, table: str, label: str | None, replication: int | None, columns: Sequence[str] | None, where: str | None
    ) -> pd.DataFrame:
        """See `Study.facts`."""
        if table not in SCHEMA:
            raise UnknownName(f"no fact table named {table!r}. Known: {', '.join(SCHEMA)}.")
        chosen = ", ".join(map(quoted, SCHEMA[table] if columns is None else columns))
        return self.sql(f"SELECT {chosen} FROM {table}" + (f" WHERE {where}" if where else ""), label, replication)

    def sql(self, query: str, label: str | None, replication: int | None) -> pd.DataFrame:
        """See `Study.sql`."""
        import pandas as pd

        study = self._study
        cells: list[tuple[Alternative, Cell]] = []
        for name in study.labels if label is None else [study[label].label]:
            finished = study.cells(name, replication)
            if not finished:
                which = "no replication is" if replication is None else f"replication {replication} is not"
                raise StudyError(f"{name}: {which} finished")
            cells += [(study[name], cell) for cell in finished]
        parts = [(one, cell, answered(study.folder, cell, query)) for one, cell in cells]
        result: dict[str, Any] = {"label": _repeated([(one.label, part) for one, _, part in parts])}
        result["replication"] = _repeated([(cell.replication, part) for _, cell, part in parts])
        for column in parts[0][2] if parts else ():
            result[column] = np.concatenate([part[column] for _, _, part in parts])
        return pd.DataFrame(result)

    def dims(self, name: str, label: str | None) -> pd.DataFrame:
        """See `Study.dims`."""
        import pandas as pd

        study = self._study
        scenario = study[label if label is not None else study.labels[0]].scenario_hash
        tables = study.folder.dims(scenario, [name])
        if name not in tables:
            raise UnknownName(f"no dimension table named {name!r}. Known: {', '.join(study.folder.dims(scenario))}.")
        return pd.DataFrame(tables[name])

    def _group_labels(self, group_by: str, parts: Sequence[tuple[Alternative, Cell, dict[str, Any]]]) -> NDArray[Any]:
        folder = self._study.folder
        names: dict[str, list[str]] = {}
        column: list[str] = []
        for one, cell, part in parts:
            if one.scenario_hash not in names:
                done = folder.done(cell)
                end = done.end_s if done else 0
                facts = Facts({}, folder.dims(one.scenario_hash), 0, end, end)
                names[one.scenario_hash] = group_labels(facts, group_by)
            known = names[one.scenario_hash]
            column += [known[g] if 0 <= g < len(known) else str(g) for g in part["group"].tolist()]
        return np.array(column, object)


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
