"""The study folder: where scenarios, facts and KPIs of a study live, and what counts as finished there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from orchestrion.domain.codes import Channel
from orchestrion.domain.facts import SCHEMA, Facts, Table
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.identity import slug
from orchestrion.experiments.parquet import content_hash, read_table, write_table

FORMAT = 1
LEVELS = ("none", "orders", "full")  # how much of the facts is kept; each holds what the one before holds
_ONLY_FULL = ("stock", "candidates")
# what this process wrote or found equal: thousands of addresses need no hashing again for each replication
_dims_written: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Cell:
    """One replication of one alternative: where it belongs in the folder and under which key it is known."""

    scenario: str  # name, for people
    scenario_hash: str
    policy: str  # text, for people
    policy_hash: str
    seed: int
    replication: int
    key: str
    version: str

    @property
    def place(self) -> Path:
        """Its folder, relative to the study's."""
        return (
            Path("cells")
            / slug(self.scenario, self.scenario_hash)
            / slug(self.policy, self.policy_hash)
            / f"r{self.replication:05d}"
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What DONE.json says about a finished cell."""

    key: str
    level: str
    warm_up_s: int
    horizon_s: int
    end_s: int
    rows: dict[str, int]
    hashes: dict[str, str]  # of the columns, not of the files: equal for equal facts
    dims: str  # hash of the dimension tables


def kept(facts: Facts, level: str) -> dict[str, Table]:
    """The tables that a level keeps: `orders` drops stock changes, candidates and the wishes of walk-in customers."""
    if level == "none":
        return {}
    tables = {name: dict(facts.tables[name]) for name in SCHEMA if name in facts.tables}
    if level == "full":
        return tables
    tables = {name: table for name, table in tables.items() if name not in _ONLY_FULL}
    if "requests" in tables:
        online = np.asarray(tables["requests"]["channel"]) != Channel.WALK_IN
        tables["requests"] = {name: column[online] for name, column in tables["requests"].items()}
    return tables


def _typed(name: str, table: Mapping[str, Any]) -> Table:
    """The table's columns in the order and types of the schema."""
    missing = [column for column in SCHEMA[name] if column not in table]
    if missing:
        raise StudyError(f"facts table {name!r} lacks {', '.join(missing)}")
    typed: Table = {}
    for column, field in SCHEMA[name].items():
        array = np.asarray(table[column])
        narrow = array.astype(field.dtype, copy=False)
        if narrow.dtype != array.dtype and not np.array_equal(narrow, array):
            raise StudyError(f"facts column {name}.{column} does not fit into {field.dtype}")
        typed[column] = narrow
    return typed


class StudyFolder:
    """Reading and writing one study folder; any number of processes may do so at once.

    Parameters
    ----------
    durable
        Flush each file to disk before it counts as finished; a folder that dies with the session needs no flushing.
    """

    def __init__(self, path: Path | str, *, durable: bool = True) -> None:
        self.path = Path(path)
        self.durable = durable

    def __repr__(self) -> str:
        return f"StudyFolder({str(self.path)!r})"

    @property
    def manifest_path(self) -> Path:
        return self.path / "manifest.json"

    def manifest(self) -> dict[str, Any]:
        """The study document.

        Raises
        ------
        StudyError
            If there is none, it cannot be read, or a newer Orchestrion wrote it.
        """
        if not self.path.is_dir():
            raise StudyError(f"{self.path}: no such study folder")
        if not self.manifest_path.exists():
            raise StudyError(f"{self.path}: not a study folder (it holds no manifest.json)")
        manifest = files.read_json(self.manifest_path)
        form = manifest.get("format")
        if not isinstance(form, int) or isinstance(form, bool):
            raise StudyError(f"{self.manifest_path}: format = {form!r}: not a study's manifest")
        if form > FORMAT:
            raise StudyError(
                f"{self.manifest_path}: format = {form}: written by a newer Orchestrion "
                f"(this one reads up to {FORMAT}); upgrade to read it"
            )
        return manifest

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        """Put the study document in place, in one step."""
        with files.told(self.path, "write the manifest"):
            files.write_json(self.manifest_path, {"format": FORMAT, **manifest}, durable=self.durable)

    def write_scenario(self, hash_: str, text: str) -> None:
        """Keep a scenario, resolved in full."""
        path = self.path / "scenarios" / f"{hash_}.yaml"
        with files.told(path, "write the scenario"):
            if not path.exists():
                files.write_text(path, text, durable=self.durable)

    def scenario_text(self, hash_: str) -> str:
        """The scenario as it was run."""
        path = self.path / "scenarios" / f"{hash_}.yaml"
        try:
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise StudyError(f"{path}: cannot be read ({error})") from error

    def remove_stale(self) -> list[Path]:
        """Remove what killed processes left half written."""
        with files.told(self.path, "clean up"):
            return files.remove_stale(self.path)

    # -- cells ---------------------------------------------------------------------------------------------------

    def done(self, cell: Cell) -> Done | None:
        """What is known of a finished cell; None when it is absent, damaged, or of another key."""
        path = self.path / cell.place / "DONE.json"
        if not path.exists():
            return None
        try:
            raw = files.read_json(path)
            found = Done(**{name: raw[name] for name in Done.__dataclass_fields__})
        except (StudyError, KeyError):
            return None  # damaged: as good as absent, it will be run again
        return found if found.key == cell.key else None

    def finished(self, cell: Cell, level: str = "none") -> bool:
        """Whether the cell is there under its key with at least as many facts as asked for."""
        found = self.done(cell)
        return found is not None and found.level in LEVELS and LEVELS.index(found.level) >= LEVELS.index(level)

    def write_cell(self, cell: Cell, facts: Facts, kpis: Mapping[str, Any], level: str) -> None:
        """Write one replication, whole or not at all."""
        if level not in LEVELS:
            raise StudyError(f"facts = {level!r}: write one of {', '.join(LEVELS)}")
        tables = {name: _typed(name, table) for name, table in kept(facts, level).items()}
        hashes = {name: content_hash(table) for name, table in tables.items()}
        dims_hash = self._write_dims(cell, facts)
        done = Done(
            key=cell.key,
            level=level,
            warm_up_s=int(facts.warm_up_s),
            horizon_s=int(facts.horizon_s),
            end_s=int(facts.end_s),
            rows={name: len(next(iter(table.values()))) for name, table in tables.items()},
            hashes={**hashes, "kpis": content_hash(kpis)},
            dims=dims_hash,
        )
        origin = {**asdict(cell), "format": FORMAT}

        def fill(folder: Path) -> None:
            (folder / "facts").mkdir()
            for name, table in tables.items():
                write_table(folder / "facts" / f"{name}.parquet", table, {**origin, "table": name})
            write_table(folder / "kpis.parquet", kpis, {**origin, "table": "kpis"})
            files.write_json(folder / "DONE.json", {**asdict(done), **origin}, durable=False)

        with files.told(self.path / cell.place, "write a replication"):
            files.write_folder(
                self.path / cell.place, fill, ours=lambda _: self.finished(cell, level), durable=self.durable
            )

    def _write_dims(self, cell: Cell, facts: Facts) -> str:
        """Keep the dimension tables of a scenario, once; their hash."""
        target = self.path / "dims" / cell.scenario_hash
        written = (str(target.absolute()), cell.version)
        if written in _dims_written and (target / "DONE.json").exists():
            return _dims_written[written]
        hashes = {name: content_hash(table) for name, table in facts.dims.items()}
        whole = content_hash({"table": list(hashes), "hash": list(hashes.values())})

        def same(folder: Path) -> bool:
            try:
                return files.read_json(folder / "DONE.json").get("hash") == whole
            except StudyError:
                return False

        def fill(folder: Path) -> None:
            for name, table in facts.dims.items():
                write_table(folder / f"{name}.parquet", table, {"scenario": cell.scenario_hash, "table": name})
            files.write_json(folder / "DONE.json", {"hash": whole, "tables": hashes}, durable=False)

        with files.told(target, "write the dimension tables"):
            if not same(target):
                files.write_folder(target, fill, ours=same, durable=self.durable)
        _dims_written[written] = whole
        return whole

    # -- reading -------------------------------------------------------------------------------------------------

    def dims(self, scenario_hash: str) -> dict[str, dict[str, Any]]:
        """The dimension tables of a scenario: names behind the ids."""
        folder = self.path / "dims" / scenario_hash
        names = files.read_json(folder / "DONE.json").get("tables", {})
        tables: dict[str, dict[str, Any]] = {}
        for name in names:
            table = read_table(folder / f"{name}.parquet")
            tables[name] = {c: a.tolist() if a.dtype.kind == "O" else a for c, a in table.items()}
        return tables

    def facts(self, cell: Cell) -> Facts:
        """One replication's facts, as far as they were kept."""
        done = self.done(cell)
        if done is None:
            raise StudyError(f"{self.path / cell.place}: this replication is not finished; run the study again")
        place = self.path / cell.place / "facts"
        return Facts(
            tables={name: read_table(place / f"{name}.parquet") for name in done.rows},
            dims=self.dims(cell.scenario_hash),
            warm_up_s=done.warm_up_s,
            horizon_s=done.horizon_s,
            end_s=done.end_s,
        )

    def damaged(self, cells: Iterable[Cell]) -> list[str]:
        """Tables whose content no longer has the hash noted when they were written; empty when all is well."""
        wrong = []
        for cell in cells:
            done = self.done(cell)
            if done is None:
                wrong.append(f"{cell.place}: not finished")
                continue
            for name, expected in done.hashes.items():
                path = self.path / cell.place / ("kpis.parquet" if name == "kpis" else f"facts/{name}.parquet")
                try:
                    found = content_hash(read_table(path))
                except StudyError as error:
                    wrong.append(str(error))
                    continue
                if found != expected:
                    wrong.append(f"{path}: its content changed since it was written")
        return wrong

    def paths(self, cells: Sequence[Cell], table: str) -> list[Path]:
        """The files of one table over cells.

        Raises
        ------
        StudyError
            If a cell does not keep that table.
        """
        paths = []
        for cell in cells:
            path = self.path / cell.place / ("kpis.parquet" if table == "kpis" else f"facts/{table}.parquet")
            if not path.exists():
                done = self.done(cell)
                why = "is not finished" if done is None else f"keeps facts = {done.level!r}, without {table!r}"
                raise StudyError(f"{self.path / cell.place}: {why}; run the study again with facts=\"full\"")
            paths.append(path)
        return paths
