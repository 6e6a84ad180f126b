"""The study folder: where scenarios, facts and KPIs of a study live, and what counts as finished there."""

from __future__ import annotations

import shlex
import shutil
import zlib
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from orchestrion.domain.facts import Facts
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.archive import DuckArchive
from orchestrion.experiments.identity import slug
from orchestrion.experiments.levels import LEVELS, at_least, kept, rows_kept, tables_of, typed
from orchestrion.experiments.names import Dimensions, Names, read_tables
from orchestrion.experiments.parquet import content_hash, content_hash_of_file, read_table, write_table

FORMAT = 1
Written = tuple[dict[str, int], dict[str, str], Mapping[str, Any]]  # rows and hashes of fact tables, KPIs
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
    files: dict[str, list[int]] = field(default_factory=dict)  # bytes and CRC-32 of each file: is it what was written?


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
        self._names = Names()

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

    def place_of(self, cell: Cell) -> Path:
        """The folder of a cell."""
        return self.path / cell.place

    def dims_of(self, cell: Cell) -> Path:
        """The folder of the dimension tables that a cell's ids point into."""
        return self.path / "dims" / cell.scenario_hash

    def remove_stale(self) -> list[Path]:
        """Remove what killed processes left half written."""
        with files.told(self.path, "clean up"):
            return files.remove_stale(self.path)

    # -- cells ---------------------------------------------------------------------------------------------------

    def done(self, cell: Cell) -> Done | None:
        """What is known of a finished cell; None when it is absent, damaged, or of another key."""
        found = _done_in(self.place_of(cell))
        return found if found is not None and found.key == cell.key else None

    def finished(self, cell: Cell, level: str = "none") -> bool:
        """Whether the cell is there under its key, whole, with at least as many facts as asked for."""
        found = self.done(cell)
        return (
            found is not None
            and found.level in LEVELS
            and at_least(found.level, level)
            and all(_size(self.place_of(cell) / name) == size for name, (size, _) in found.files.items())
            and (self.dims_of(cell) / "DONE.json").exists()
        )

    def by_key(self, keys: Container[str], level: str) -> dict[str, Cell]:
        """The folder's finished cells with these keys, whatever they are called and whichever study made them."""
        found: dict[str, Cell] = {}
        for path in sorted(self.path.glob("cells/*/*/*/DONE.json")):
            try:
                raw = files.read_json(path)
                cell = Cell(**{one.name: raw[one.name] for one in fields(Cell)})
            except (StudyError, KeyError):
                continue
            if cell.key in keys and self.path / cell.place == path.parent and self.finished(cell, level):
                found[cell.key] = cell
        return found

    def write_cell(self, cell: Cell, facts: Facts, kpis: Mapping[str, Any], level: str) -> None:
        """Write one replication, whole or not at all."""
        if level not in LEVELS:
            raise StudyError(f"facts = {level!r}: write one of {', '.join(LEVELS)}")
        tables = {name: typed(name, table) for name, table in kept(facts, level).items()}
        origin = {**asdict(cell), "format": FORMAT}

        def fill(folder: Path) -> Written:
            for name, table in tables.items():
                write_table(folder / f"{name}.parquet", table, {**origin, "table": name})
            rows = {name: len(next(iter(table.values()))) for name, table in tables.items()}
            return rows, {name: content_hash(table) for name, table in tables.items()}, kpis

        self._write(cell, facts.dims, (facts.warm_up_s, facts.horizon_s, facts.end_s), level, fill)

    def write_long_cell(
        self,
        cell: Cell,
        dims: Mapping[str, Mapping[str, Any]],
        times: tuple[int, int, int],
        level: str,
        run: Callable[[DuckArchive], Mapping[str, Any]],
    ) -> None:
        """The same for a replication whose facts never are in memory together.

        Parameters
        ----------
        times
            End of the warm-up, of the measured time, of everything [s].
        run
            Fills an archive with every fact table, and gives the KPIs.
        """
        origin = {**asdict(cell), "format": FORMAT}

        def fill(folder: Path) -> Written:
            apart = folder.parent / "running"
            apart.mkdir()
            rows, hashes = {}, {}
            with DuckArchive(apart) as archive:
                kpis = run(archive)
                for name in tables_of(level):
                    path = folder / f"{name}.parquet"
                    rows[name] = archive.write(name, path, {**origin, "table": name}, rows_kept(name, level))
                    archive.forget(name)
                    hashes[name] = content_hash_of_file(path)
            files.remove_folder(apart)
            return rows, hashes, kpis

        self._write(cell, dims, times, level, fill)

    def _write(
        self,
        cell: Cell,
        dims: Mapping[str, Mapping[str, Any]],
        times: tuple[int, int, int],
        level: str,
        fill_facts: Callable[[Path], Written],
    ) -> None:
        dims_hash = self._write_dims(cell, dims)
        warm_up_s, horizon_s, end_s = map(int, times)
        origin = {**asdict(cell), "format": FORMAT}

        def fill(folder: Path) -> None:
            (folder / "facts").mkdir()
            rows, hashes, kpis = fill_facts(folder / "facts")
            write_table(folder / "kpis.parquet", kpis, {**origin, "table": "kpis"})
            done = Done(
                cell.key, level, warm_up_s, horizon_s, end_s, rows, {**hashes, "kpis": content_hash(kpis)}, dims_hash
            )
            files.write_json(folder / "DONE.json", {**asdict(done), **origin, "files": _sums(folder)}, durable=False)

        place = self.place_of(cell)
        with files.told(place, "write a replication"):
            files.write_folder(place, fill, ours=lambda _: self.finished(cell, level), durable=self.durable)

    def copy_cell(self, cell: Cell, level: str, other: StudyFolder, known: Cell, *, discard: bool = False) -> bool:
        """Take over a replication that another folder has, or this one under another name, file by file.

        Inside the Parquet files the names of scenario and policy stay those under which they were made; DONE.json has
        this cell's.

        Parameters
        ----------
        discard
            Remove it there if it is damaged.

        Returns
        -------
        Whether it was there, whole and with enough facts.
        """
        if not other.finished(known, level) or other.damaged([known], discard=discard):
            return False
        source, origin = other.place_of(known), {**asdict(cell), "format": FORMAT}
        told = files.read_json(source / "DONE.json") | origin
        with files.told(self.dims_of(cell), "write the dimension tables"):
            self._write_dims(cell, other._dims_in(other.dims_of(known)))

        def fill(folder: Path) -> None:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            files.write_json(folder / "DONE.json", told, durable=False)

        place = self.place_of(cell)
        with files.told(place, "copy a replication"):
            files.write_folder(place, fill, ours=lambda _: self.finished(cell, level), durable=self.durable)
        return True

    def _write_dims(self, cell: Cell, dims: Mapping[str, Mapping[str, Any]]) -> str:
        """Keep the dimension tables of a scenario, once; their hash."""
        target = self.dims_of(cell)
        written = (str(target.absolute()), cell.version)
        if written in _dims_written and (target / "DONE.json").exists():
            return _dims_written[written]
        hashes = {name: content_hash(dims[name]) for name in sorted(dims)}
        whole = content_hash({"table": list(hashes), "hash": list(hashes.values())})

        def same(folder: Path) -> bool:
            try:
                return files.read_json(folder / "DONE.json").get("hash") == whole
            except StudyError:
                return False

        def fill(folder: Path) -> None:
            for name, table in dims.items():
                write_table(folder / f"{name}.parquet", table, {"scenario": cell.scenario_hash, "table": name})
            told = {"hash": whole, "tables": hashes, "files": _sums(folder)}
            files.write_json(folder / "DONE.json", told, durable=False)

        with files.told(target, "write the dimension tables"):
            if not same(target):
                files.write_folder(target, fill, ours=same, durable=self.durable)
        _dims_written[written] = whole
        return whole

    # -- reading -------------------------------------------------------------------------------------------------

    def dims(self, scenario_hash: str, only: Container[str] | None = None) -> Dimensions:
        """The dimension tables of a scenario, or only some: names behind the ids."""
        return self._dims_in(self.path / "dims" / scenario_hash, only)

    def _dims_in(self, folder: Path, only: Container[str] | None = None) -> Dimensions:
        told = files.read_json(folder / "DONE.json")
        wanted = [name for name in told.get("tables", {}) if only is None or name in only]
        paths = {name: self._sound(folder, f"{name}.parquet", told.get("files", {})) for name in wanted}
        return read_tables(paths) if only is not None else self._names.of(folder, str(told.get("hash")), paths)

    def facts(self, cell: Cell) -> Facts:
        """One replication's facts, as far as they were kept."""
        done = self.done(cell)
        if done is None:
            raise StudyError(f"{self.place_of(cell)}: this replication is not finished; run the study again")
        place = self.place_of(cell)
        return Facts(
            tables={n: read_table(self._sound(place, f"facts/{n}.parquet", done.files)) for n in done.rows},
            dims=self._dims_in(self.dims_of(cell)),
            warm_up_s=done.warm_up_s,
            horizon_s=done.horizon_s,
            end_s=done.end_s,
        )

    def paths(self, cells: Sequence[Cell], table: str) -> list[Path]:
        """The files of one table over cells, each found to be what was written.

        Raises
        ------
        StudyError
            If a cell does not keep that table, or its file is damaged.
        """
        name = "kpis.parquet" if table == "kpis" else f"facts/{table}.parquet"
        paths = []
        for cell in cells:
            done, place = self.done(cell), self.place_of(cell)
            if done is None:
                raise StudyError(f"{place}: is not finished; run the study again")
            if table != "kpis" and table not in done.rows:
                raise StudyError(
                    f"{place}: keeps facts = {done.level!r}, without {table!r}; run the study again with facts=\"full\""
                )
            paths.append(self._sound(place, name, done.files))
        return paths

    def _sound(self, folder: Path, name: str, sums: Mapping[str, Sequence[int]]) -> Path:
        """A file that is what was written: a flipped bit in a number would be read as another number."""
        path = folder / name
        try:
            if name in sums and _sum(path) != list(sums[name]):
                raise StudyError(f"{path}: damaged, its bytes are not those that were written; {self._way_out}")
        except OSError as error:
            raise StudyError(f"{path}: cannot be read ({error.strerror or error}); {self._way_out}") from error
        return path

    @property
    def _way_out(self) -> str:
        return (
            "the other replications are intact. `orchestrion verify "
            f"{shlex.quote(str(self.path))} --discard` removes what is damaged, then the same study runs it again"
        )

    def damaged(self, cells: Iterable[Cell], *, discard: bool = False) -> list[str]:
        """What is no longer as it was when it was written; empty when all is well.

        Parameters
        ----------
        discard
            Remove the replications and dimension tables concerned, so that a study run again makes them anew.
        """
        wrong: dict[Path, list[str]] = {}  # what is wrong in a folder that can only be made anew as a whole
        dims: set[Path] = set()
        for cell in cells:
            done, place = self.done(cell), self.place_of(cell)
            if done is None:
                wrong[place] = [f"{cell.place}: not finished"]
                continue
            tables = {"kpis.parquet" if n == "kpis" else f"facts/{n}.parquet": h for n, h in done.hashes.items()}
            wrong[place] = list(self._changed(place, tables, done.files))
            folder = self.dims_of(cell)
            if folder not in dims:
                dims.add(folder)
                wrong[folder] = list(self._changed_dims(folder))
        for folder in [folder for folder, found in wrong.items() if found and discard]:
            with files.told(folder, "remove what is damaged"):
                files.remove_folder(folder)
        return [line for found in wrong.values() for line in found]

    def _changed_dims(self, folder: Path) -> Iterator[str]:
        try:
            told = files.read_json(folder / "DONE.json")
        except StudyError as error:
            yield str(error)
        else:
            tables = {f"{name}.parquet": hash_ for name, hash_ in told.get("tables", {}).items()}
            yield from self._changed(folder, tables, told.get("files", {}))

    def _changed(
        self, folder: Path, hashes: Mapping[str, str], sums: Mapping[str, Sequence[int]]
    ) -> Iterator[str]:
        for name, expected in hashes.items():
            try:
                if content_hash_of_file(self._sound(folder, name, sums)) != expected:
                    yield f"{folder / name}: its content changed since it was written"
            except StudyError as error:
                yield str(error)


def _done_in(place: Path) -> Done | None:
    """What a folder says of itself; None when it is absent or damaged."""
    if not (place / "DONE.json").exists():
        return None
    try:
        raw = files.read_json(place / "DONE.json")
        needed = [one.name for one in fields(Done) if one.name in raw or one.default_factory is MISSING]
        return Done(**{name: raw[name] for name in needed})
    except (StudyError, KeyError):
        return None  # damaged: as good as absent, it will be run again


def _sums(folder: Path) -> dict[str, list[int]]:
    return {path.relative_to(folder).as_posix(): _sum(path) for path in sorted(folder.rglob("*.parquet"))}


def _sum(path: Path) -> list[int]:
    """Length and CRC-32 of a file."""
    length = found = 0
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            length, found = length + len(part), zlib.crc32(part, found)
    return [length, found]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1
