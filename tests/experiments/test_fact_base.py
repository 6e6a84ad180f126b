"""Fact tables asked in SQL: right answers, in bounded memory, and plain words where there is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_studies import small_facts

from orchestrion.domain.facts import SCHEMA
from orchestrion.errors import QueryError, StudyError, UnknownName
from orchestrion.experiments import fact_base
from orchestrion.experiments.fact_base import FactBase
from orchestrion.experiments.parquet import write_table
from orchestrion.experiments.store import Cell, StudyFolder

ROWS = 1_000_000


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A million events of as many orders, in no order."""
    path = tmp_path_factory.mktemp("facts") / "it's [an] event's file.parquet"
    order = np.random.default_rng(1).permutation(ROWS).astype(np.int32)
    write_table(path, {"seq": np.arange(ROWS), "order": order, "qty": order.astype(np.int64) % 7}, {})
    return path


def test_what_does_not_fit_into_memory_waits_on_disk_and_the_answer_is_right(
    events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int] = []
    plain = FactBase._limit
    monkeypatch.setattr(fact_base, "MEMORY", 1_000_000)
    monkeypatch.setattr(FactBase, "_limit", lambda self, memory: (limits.append(memory), plain(self, memory)))
    query = """
        WITH known AS MATERIALIZED (SELECT "order", sum(qty)::BIGINT AS units, count(*) AS n FROM events GROUP BY ALL)
        SELECT "order", units FROM known WHERE n = 1 ORDER BY units DESC, "order" LIMIT 3
    """
    with FactBase({"events": events}) as base:
        base._limit(1_000_000)
        limits.clear()
        found = base.ask(query)
        settled = base.ask("SELECT current_setting('memory_limit') AS memory")["memory"][0]
    assert found["order"].tolist() == [6, 13, 20]
    assert found["units"].tolist() == [6, 6, 6]
    assert limits[0] == 2_000_000  # it was told that this is too little, and given twice as much
    assert max(limits) < 64_000_000  # of a table of sixteen
    assert limits[-1] == 1_000_000
    assert float(settled.split()[0]) < 1_000  # KiB
    with FactBase({"events": events}) as base:
        base._limit(128_000_000)


def test_what_cannot_be_answered_in_the_most_memory_is_told(events: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fact_base, "MEMORY", 1_000_000)
    monkeypatch.setattr(fact_base, "MOST", 1_000_000)
    with FactBase({"events": events}) as base:
        base._limit(1_000_000)
        with pytest.raises(QueryError, match="Memory"):
            base.ask("SELECT list(qty ORDER BY qty) FROM events")
        base._limit(128_000_000)


def test_rows_come_in_the_order_of_the_file_and_missing_values_are_missing(events: Path) -> None:
    with FactBase({"events": events}) as base:
        assert (np.diff(base.ask("SELECT seq FROM events WHERE qty = 3")["seq"]) > 0).all()
        found = base.ask("SELECT nullif(qty, 2) AS qty, CASE qty WHEN 1 THEN 'one' END AS word FROM events LIMIT 200")
    qty, words = found["qty"], found["word"].tolist()
    assert np.isnan(qty).any()
    assert set(qty[~np.isnan(qty)].tolist()) == {0.0, 1.0, 3.0, 4.0, 5.0, 6.0}
    assert set(words) == {"one", None}


def test_two_bases_do_not_see_each_others_tables(events: Path) -> None:
    with FactBase({"events": events}) as one, FactBase({"lines": events}) as other:
        assert one.ask("SELECT count(*) AS n FROM events")["n"].tolist() == [ROWS]
        with pytest.raises(QueryError, match="events"):
            other.ask("SELECT count(*) FROM events")


@pytest.fixture
def cell(tmp_path: Path) -> tuple[StudyFolder, Cell]:
    folder = StudyFolder(tmp_path / "study", durable=False)
    cell = Cell("town", "0" * 64, "nearest", "1" * 64, 1, 0, "2" * 64, "1")
    kpis = {"kpi": np.array(["a"], object), "value": np.array([1.0])}
    folder.write_cell(cell, small_facts(), kpis, "orders")
    return folder, cell


def test_a_table_that_was_not_kept_is_told_and_so_is_a_column_that_does_not_exist(
    cell: tuple[StudyFolder, Cell]
) -> None:
    with pytest.raises(StudyError, match="without 'stock'"):
        fact_base.answered(*cell, "SELECT * FROM stock")
    with pytest.raises(QueryError, match="colour"):
        fact_base.answered(*cell, "SELECT colour FROM orders")
    with pytest.raises(QueryError, match="syntax"):
        fact_base.answered(*cell, "SELECT FROM WHERE orders")


def test_a_damaged_file_is_not_asked(cell: tuple[StudyFolder, Cell]) -> None:
    folder, one = cell
    path = folder.paths([one], "orders")[0]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(StudyError, match="damaged"):
        fact_base.answered(folder, one, "SELECT count(*) FROM orders")
    lines = fact_base.answered(folder, one, "SELECT count(*) AS n FROM lines")["n"].tolist()
    assert lines == [len(small_facts()["lines"]["order"])]


def test_every_fact_table_is_known_by_its_name() -> None:
    assert fact_base.tables_in(" JOIN ".join(SCHEMA)) == list(SCHEMA)
    assert fact_base.tables_in("SELECT orders_a_day FROM nothing") == []


def test_a_study_is_asked_replication_by_replication(tmp_path: Path) -> None:
    import orchestrion as orc

    small = {"assortment.skus": 20, "demand": {"online": {"orders_per_day": 30}, "walk_in": {"per_day": 30}}}
    short = {"time": {"warm_up_weeks": 0, "measured_weeks": 1, "run_off_days": 1}}
    scenario = orc.load_scenario("france_unified").vary("small", small | short)
    study = orc.compare([scenario], policies=["nearest", "cheapest"], replications=2, seed=1, workers=1,
                        facts="full", out=tmp_path / "study")  # fmt: skip
    counted = study.sql("SELECT node, count(*) AS shipments FROM shipments WHERE units > 0 GROUP BY node ORDER BY node")
    whole = study.facts("shipments", where="units > 0")
    again = whole.groupby(["label", "replication", "node"]).size().reset_index(name="shipments")
    order = ["label", "replication", "node"]
    assert counted.sort_values(order).to_numpy().tolist() == again.sort_values(order).to_numpy().tolist()
    assert counted.columns.tolist() == [*order, "shipments"]
    everything = study.facts("shipments")
    assert everything["units"].tolist() == study.facts("shipments", columns=["units"])["units"].tolist()
    assert len(whole) == (everything["units"] > 0).sum() > 0
    assert everything.dtypes[2:].astype(str).to_dict() == {n: f.dtype for n, f in SCHEMA["shipments"].items()}
    with pytest.raises(QueryError, match="unts"):
        study.facts("shipments", where="unts > 0")
    with pytest.raises(UnknownName):
        study.sql("SELECT 1", label="dearest")
