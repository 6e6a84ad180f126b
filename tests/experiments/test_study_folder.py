"""The study folder: types, hashes, wholeness, other processes; read back by DuckDB alone, without our code."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest
from small_studies import small_facts

from orchestrion.domain.codes import Channel
from orchestrion.domain.facts import SCHEMA
from orchestrion.errors import StudyError
from orchestrion.experiments import files
from orchestrion.experiments.identity import slug
from orchestrion.experiments.parquet import content_hash, read_provenance, read_table, write_table
from orchestrion.experiments.store import FORMAT, Cell, StudyFolder

CELL = Cell("town", "ab" * 32, "nearest", "cd" * 32, 1, 7, "ef" * 32, "0.1.0")
KPIS = {
    "kpi": np.array(["cost", "share"], object),
    "group": np.array([-1, -1], np.int32),
    "value": np.array([1.5, np.nan]),
}


def on_disk(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_columns_come_back_with_their_types_and_values(tmp_path):
    columns = {
        "id": np.array([1, -(2**31)], np.int32),
        "code": np.array([-1, 2**15 - 1], np.int16),
        "micro": np.array([2**62, -(2**62)], np.int64),
        "share": np.array([0.1, np.nan]),
        "open": np.array([True, False]),
        "name": np.array(["Orléans", "it's; <b>"], object),
    }
    write_table(tmp_path / "t.parquet", columns, {"seed": 1})
    found = read_table(tmp_path / "t.parquet")
    assert [(n, a.dtype) for n, a in found.items()] == [(n, a.dtype) for n, a in columns.items()]
    for name, column in columns.items():
        np.testing.assert_array_equal(found[name], column)


@pytest.mark.parametrize("table", SCHEMA)
def test_an_empty_table_keeps_the_types_of_the_schema(tmp_path, table):
    columns = {name: np.empty(0, field.dtype) for name, field in SCHEMA[table].items()}
    write_table(tmp_path / "t.parquet", columns, {})
    found = read_table(tmp_path / "t.parquet")
    assert {name: str(array.dtype) for name, array in found.items()} == {n: f.dtype for n, f in SCHEMA[table].items()}


def test_folders_with_stars_brackets_and_quotes_are_taken_to_the_letter(tmp_path):
    folder = tmp_path / "étude [1] * l'été?"
    folder.mkdir()
    (tmp_path / "étude 1  l'été").mkdir()
    write_table(folder / "t.parquet", {"a": np.array([1])}, {"note": "it's"})
    assert read_table(folder / "t.parquet")["a"].tolist() == [1]
    assert read_provenance(folder / "t.parquet") == {"note": "it's"}


def test_equal_columns_give_equal_bytes_and_another_value_another_hash(tmp_path):
    columns = {"a": np.arange(300_000) % 977, "b": np.arange(300_000, dtype=np.int16)}
    write_table(tmp_path / "1.parquet", columns, {})
    write_table(tmp_path / "2.parquet", {name: column.copy() for name, column in columns.items()}, {})
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()
    changed = columns["a"].copy()
    changed[-1] += 1
    narrow = columns["a"].astype(np.int32)
    hashes = [content_hash(c) for c in (columns, {**columns, "a": changed}, {**columns, "a": narrow})]
    assert len(set(hashes)) == 3
    assert content_hash(read_table(tmp_path / "1.parquet")) == hashes[0]


def test_rows_keep_their_order_beyond_one_row_group(tmp_path):
    column = np.random.default_rng(0).integers(0, 10**9, 400_000)
    write_table(tmp_path / "t.parquet", {"a": column}, {})
    np.testing.assert_array_equal(read_table(tmp_path / "t.parquet")["a"], column)


def test_800_000_rows_of_10_columns_are_written_within_a_second(tmp_path):
    rng = np.random.default_rng(0)
    columns = {f"c{i}": rng.integers(0, 10 ** (1 + i % 6), 800_000) for i in range(10)}
    begin = time.process_time()
    write_table(tmp_path / "t.parquet", columns, {})
    assert time.process_time() - begin < 1.0


def test_things_that_parquet_cannot_keep_are_refused(tmp_path):
    with pytest.raises(StudyError, match="only plain columns"):
        write_table(tmp_path / "t.parquet", {"a": np.array([[1, 2]])}, {})
    with pytest.raises(StudyError, match="text and numbers"):
        write_table(tmp_path / "t.parquet", {"a": np.array([{}, 1], object)}, {})
    with pytest.raises(StudyError, match="different lengths"):
        write_table(tmp_path / "t.parquet", {"a": np.arange(2), "b": np.arange(3)}, {})
    assert on_disk(tmp_path) == []


def test_a_cell_lies_where_the_design_says_and_reads_back_equal(tmp_path):
    folder, facts = StudyFolder(tmp_path), small_facts()
    folder.write_cell(CELL, facts, KPIS, "full")
    place = "cells/town-abababab/nearest-cdcdcdcd/r00007"
    expected = [f"{place}/facts/{name}.parquet" for name in SCHEMA]
    expected += [f"{place}/kpis.parquet", f"{place}/DONE.json", f"dims/{CELL.scenario_hash}/DONE.json"]
    expected += [f"dims/{CELL.scenario_hash}/{name}.parquet" for name in facts.dims]
    assert on_disk(tmp_path) == sorted(expected)
    back = folder.facts(CELL)
    assert (back.warm_up_s, back.horizon_s, back.end_s) == (facts.warm_up_s, facts.horizon_s, facts.end_s)
    for name, table in facts.tables.items():
        for column, array in table.items():
            assert back[name][column].dtype == np.dtype(SCHEMA[name][column].dtype)
            np.testing.assert_array_equal(back[name][column], array)
    assert back.dims["nodes"]["label"] == ["Paris <b>& co</b>"]
    assert back.dims["zones"] == {"key": [], "label": []}
    assert folder.damaged([CELL]) == []


def test_names_behind_the_ids_are_read_once_for_all_replications_and_never_when_damaged(tmp_path, monkeypatch):
    folder = StudyFolder(tmp_path)
    cells = [replace(CELL, replication=replication, key=f"{replication}" * 64) for replication in range(2)]
    for cell in cells:
        folder.write_cell(cell, small_facts(), KPIS, "full")
    first = folder.facts(cells[0]).dims
    read = []
    monkeypatch.setattr("orchestrion.experiments.names.read_table", lambda path: read.append(path) or read_table(path))
    first["nodes"]["label"] = ["another"]  # somebody's own copy
    second = folder.facts(cells[1]).dims
    assert second["nodes"]["label"] == small_facts().dims["nodes"]["label"]
    assert read == []
    assert list(folder.dims(CELL.scenario_hash, ["skus"])) == ["skus"]
    assert [path.stem for path in read] == ["skus"]
    names = tmp_path / "dims" / CELL.scenario_hash / "nodes.parquet"
    content = bytearray(names.read_bytes())
    content[len(content) // 2] ^= 1
    names.write_bytes(content)
    with pytest.raises(StudyError, match=r"nodes\.parquet: damaged"):
        folder.facts(cells[1])


def test_anybody_reads_the_facts_with_sql_and_finds_their_origin_in_the_file(tmp_path):
    StudyFolder(tmp_path).write_cell(CELL, small_facts(orders=4), KPIS, "full")
    file = f"{tmp_path / CELL.place}/facts/costs.parquet"
    assert duckdb.sql(f"SELECT sum(amount), count(*) FROM '{file}'").fetchall() == [(20_000_000, 4)]
    codec = duckdb.sql(f"SELECT DISTINCT compression FROM parquet_metadata('{file}')").fetchall()
    assert codec == [("ZSTD",)]
    origin = read_provenance(Path(file))
    assert (origin["replication"], origin["seed"], origin["scenario"], origin["key"]) == (7, 1, "town", CELL.key)


def test_orders_leave_out_stock_candidates_and_walk_in_wishes(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(orders=3, lost=1), KPIS, "orders")
    kept = folder.facts(CELL)
    assert "stock" not in kept.tables
    assert "candidates" not in kept.tables
    assert kept["requests"]["channel"].tolist() == [Channel.WEB] * 3
    with pytest.raises(StudyError, match='with facts="full"'):
        folder.paths([CELL], "stock")


def test_fewer_facts_do_not_pass_for_more(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(), KPIS, "none")
    assert folder.finished(CELL, "none")
    assert not folder.finished(CELL, "orders")
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    assert folder.finished(CELL, "orders")


def test_a_cell_of_another_key_is_not_taken_for_this_one_and_gives_way(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(orders=2), KPIS, "full")
    newer = replace(CELL, key="99" * 32)
    assert not folder.finished(newer)
    folder.write_cell(newer, small_facts(orders=4), KPIS, "full")
    assert folder.finished(newer)
    assert not folder.finished(CELL)
    assert len(folder.facts(newer)["costs"]["t"]) == 4
    assert not [name for name in on_disk(tmp_path) if ".tmp" in name]


def test_the_first_of_two_equal_cells_stays(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    before = (tmp_path / CELL.place / "DONE.json").stat().st_ino
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    assert (tmp_path / CELL.place / "DONE.json").stat().st_ino == before


def test_a_cell_cut_short_or_garbled_counts_as_absent(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    done = tmp_path / CELL.place / "DONE.json"
    done.write_text(done.read_text()[:-40])
    assert not folder.finished(CELL)
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    assert folder.finished(CELL, "full")


def test_a_changed_table_is_found_by_its_hash(tmp_path):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    path = tmp_path / CELL.place / "facts" / "costs.parquet"
    columns = read_table(path)
    columns["amount"] = columns["amount"] - 1
    write_table(path, columns, {})
    assert [line for line in folder.damaged([CELL]) if "costs.parquet" in line]
    path.write_bytes(path.read_bytes()[:100])
    assert "damaged, its bytes are not those that were written" in folder.damaged([CELL])[0]


def test_a_writer_killed_half_way_leaves_no_cell_and_its_rubbish_is_cleared(tmp_path):
    script = textwrap.dedent(
        f"""
        import os, signal, sys
        sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[1])]!r}
        from test_study_folder import CELL, KPIS
        from small_studies import small_facts
        from orchestrion.experiments import store
        written = store.write_table
        def dying(path, *rest):
            written(path, *rest)
            if path.name == "lines.parquet":
                os.kill(os.getpid(), signal.SIGKILL)
        store.write_table = dying
        store.StudyFolder({str(tmp_path)!r}).write_cell(CELL, small_facts(), KPIS, "full")
        """
    )
    answer = subprocess.run([sys.executable, "-c", script], check=False)
    assert answer.returncode == -signal.SIGKILL
    folder = StudyFolder(tmp_path)
    assert not folder.finished(CELL)
    assert [name for name in on_disk(tmp_path) if "lines.parquet" in name and ".tmp" in name]
    assert folder.remove_stale()
    assert not [name for name in on_disk(tmp_path) if "cells" in name]
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    assert folder.finished(CELL, "full")


def test_the_unfinished_work_of_a_living_process_is_left_alone(tmp_path):
    folder = StudyFolder(tmp_path)
    mine = files.temporary_name(tmp_path / "r00001")
    mine.mkdir()
    assert folder.remove_stale() == []
    assert mine.is_dir()


def test_what_a_killed_process_had_set_aside_goes_back_to_its_place(tmp_path, monkeypatch):
    folder = StudyFolder(tmp_path)
    folder.write_cell(CELL, small_facts(), KPIS, "none")

    class Killed(BaseException):
        pass

    def rename(path, target):
        if path.name.endswith(".tmp") and Path(target).name == "r00007" and not Path(target).exists():
            raise Killed
        os.rename(path, target)

    with monkeypatch.context() as here:
        here.setattr(Path, "rename", rename)
        with pytest.raises(Killed):
            folder.write_cell(CELL, small_facts(), KPIS, "full")
    assert not folder.finished(CELL)  # killed between the two steps
    assert folder.remove_stale() == []  # this process lives
    monkeypatch.setattr(files, "_alive", lambda pid: False)
    assert len(folder.remove_stale()) == 1
    assert folder.finished(CELL, "none")
    aside = files.temporary_name(tmp_path / CELL.place, "old")
    (tmp_path / CELL.place).rename(aside)
    folder.write_cell(CELL, small_facts(), KPIS, "full")
    folder.remove_stale()
    assert folder.finished(CELL, "full")  # something new stands there: the old one goes
    assert not aside.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="zombies are told from /proc")
def test_the_leftovers_of_a_dead_process_that_nobody_waited_for_are_cleared(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    theirs = tmp_path / files.temporary_name(tmp_path / "r00001").name.replace(f".{os.getpid()}.", f".{child.pid}.")
    theirs.mkdir()
    assert not files.is_stale(theirs)
    child.kill()
    patience = time.monotonic() + 20
    while not files.is_stale(theirs) and time.monotonic() < patience:  # dead, and not waited for
        time.sleep(0.01)
    assert files.is_stale(theirs)
    child.communicate()
    assert files.is_stale(theirs)


def test_another_machines_leftovers_go_after_a_day(tmp_path):
    theirs = tmp_path / ".r00001.elsewhere.1.0123abcd.tmp"
    theirs.mkdir()
    assert not files.is_stale(theirs)
    old = time.time() - 2 * 86_400
    os.utime(theirs, (old, old))
    assert files.is_stale(theirs)


@pytest.mark.slow
def test_two_processes_writing_the_same_cells_leave_whole_cells(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[1])]!r}
        from dataclasses import replace
        from test_study_folder import CELL, KPIS
        from small_studies import small_facts
        from orchestrion.experiments.store import StudyFolder
        for i in range(6):  # in turn with keys of their own, so that each must replace the other's
            key = sys.argv[1] * 32 if i % 2 else CELL.key
            StudyFolder({str(tmp_path)!r}).write_cell(replace(CELL, key=key), small_facts(), KPIS, "full")
        """
    )
    runs = [subprocess.Popen([sys.executable, "-c", script, two]) for two in ("11", "22")]
    assert [run.wait(timeout=120) for run in runs] == [0, 0]
    folder = StudyFolder(tmp_path)
    winner = [cell for cell in (replace(CELL, key=two * 32) for two in ("11", "22")) if folder.finished(cell)]
    assert len(winner) == 1
    assert folder.damaged(winner) == []
    assert not [name for name in on_disk(tmp_path) if ".tmp" in name]


def test_a_full_disk_and_a_forbidden_folder_are_told_in_words(tmp_path, monkeypatch):
    folder = StudyFolder(tmp_path)
    told = {errno.ENOSPC: "the disk is full", errno.EACCES: "not allowed", errno.EROFS: "not allowed"}
    for number, words in told.items():

        def fails(*_: object, number: int = number) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(files, "flush_tree", fails)
        with pytest.raises(StudyError, match=words):
            folder.write_cell(CELL, small_facts(), KPIS, "full")
        assert on_disk(tmp_path) == []


def test_a_file_in_the_way_is_told(tmp_path):
    (tmp_path / "cells").write_text("")
    with pytest.raises(StudyError, match="a file where a folder is needed"):
        StudyFolder(tmp_path).write_cell(CELL, small_facts(), KPIS, "none")


def test_a_fact_that_does_not_fit_its_column_is_refused(tmp_path):
    facts = small_facts()
    facts.tables["costs"]["component"] = facts.tables["costs"]["component"].astype(np.int64) + 2**40
    with pytest.raises(StudyError, match=r"costs\.component does not fit into int16"):
        StudyFolder(tmp_path).write_cell(CELL, facts, KPIS, "full")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "not a study folder"),
        ("{", "cannot be read as JSON"),
        ("[]", "a JSON object is needed"),
        ('{"format": NaN}', "NaN is not JSON"),
        ('{"format": "1"}', "not a study's manifest"),
        (json.dumps({"format": FORMAT + 1}), "written by a newer Orchestrion"),
        ("[" * 100_000, "cannot be read as JSON"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_told(tmp_path, content, words):
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(StudyError, match=words):
        StudyFolder(tmp_path).manifest()


def test_names_of_folders_are_legal_everywhere_and_never_meet():
    assert slug("a/b", "1" * 64) != slug("a\\b", "2" * 64)
    assert slug("../..", "1" * 64) == "unnamed-11111111"
    assert slug("CON ", "1" * 64) == "CON-11111111"
    assert len(slug("x" * 500, "1" * 64)) < 64


def test_an_interruption_inside_duckdb_is_an_interruption() -> None:
    from orchestrion.experiments.parquet import interruptible

    with pytest.raises(KeyboardInterrupt), interruptible():
        raise RuntimeError("Query interrupted")
    with pytest.raises(KeyboardInterrupt), interruptible():
        raise duckdb.Error("Traceback ...\n  File numpy/_core/_dtype.py, line 342\nKeyboardInterrupt: ")
    with pytest.raises(duckdb.IOException), interruptible():
        raise duckdb.IOException("cannot write interrupted/facts.parquet")
    with pytest.raises(RuntimeError, match="something else"), interruptible():
        raise RuntimeError("something else")
