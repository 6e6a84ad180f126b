"""The numbers of the sections, recomputed with SQL from the Parquet files of a study."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from fake_study import WARM_UP, FakeStudy

from orchestrion.domain.codes import COST_TO_SERVE, Leg
from orchestrion.experiments import Study
from orchestrion.experiments.moved import MOVEMENTS, moved_from
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import CRITERIA, scores
from orchestrion.reports.charts import channels, promise
from orchestrion.reports.charts.front import standings
from orchestrion.reports.charts.stores import HEAT, shade, stores_of
from orchestrion.reports.charts.waterfall import gathered, waterfall_of
from orchestrion.reports.judging import judged
from orchestrion.reports.page import Page
from orchestrion.reports.reading import Reading
from orchestrion.reports.sections.weighing import weighable

DAY = 86_400


@pytest.fixture(scope="module")
def reading(small_study: Study) -> Reading:
    return Reading(small_study)


def sql(study: Study, label: str, query: str) -> list[tuple[Any, ...]]:
    """A query over all finished replications of one alternative; `{table}` is that table's files, with `rep`."""

    class Files(dict[str, str]):
        def __missing__(self, table: str) -> str:
            parts = [
                f"SELECT {cell.replication} AS rep, * FROM '{path}'"
                for cell in study.cells(label)
                for path in study.folder.paths([cell], table)
            ]
            return f"({' UNION ALL '.join(parts)})"

    done = study.finished(label)[0]
    return duckdb.sql(query.format_map(Files(low=str(done.warm_up_s), high=str(done.horizon_s)))).fetchall()


def test_orders_against_their_promise(small_study: Study, reading: Reading) -> None:
    found = promise.distributions(reading)
    for label in small_study.labels:
        rows = sql(
            small_study,
            label,
            """
            WITH sent AS (SELECT rep, "order", max(received_t) AS last, min(received_t) AS first
                          FROM {shipments} WHERE units > 0 GROUP BY ALL),
                 fate AS (SELECT o.promised_t, CASE WHEN s.first >= 0 THEN s.last ELSE -1 END AS came
                          FROM {orders} o LEFT JOIN sent s USING (rep, "order") WHERE o.t >= {low} AND o.t < {high})
            SELECT CASE WHEN coalesce(came, -1) < 0 THEN 'never' WHEN came - promised_t <= -86400 THEN 'early_2'
                        WHEN came <= promised_t THEN 'early_1' WHEN came - promised_t <= 86400 THEN 'late_1'
                        ELSE 'late_2' END AS band, count(*) FROM fate GROUP BY band
            """,
        )
        counts = dict(rows)
        total = sum(counts.values())
        assert total > 300
        for i, band in enumerate(promise.BANDS):
            assert found[label][i] == pytest.approx(counts.get(band, 0) / total, abs=1e-12)


def test_demand_by_channel_and_end(small_study: Study, reading: Reading) -> None:
    for item in reading.alternatives:
        demand = channels.demand_of(reading, item)
        assert demand is not None
        runs = small_study.replications
        wished = sql(
            small_study,
            item.label,
            "SELECT channel, sum(qty) FROM {requests} WHERE t >= {low} AND t < {high} GROUP BY channel",
        )
        told = demand.by(0)
        assert {int(c): v * runs for (c,), v in told.items()} == pytest.approx({c: float(v) for c, v in wished})
        # what came by its promise, node by node
        came = sql(
            small_study,
            item.label,
            """
            SELECT e.node, CASE WHEN s.received_t < 0 THEN 'open' WHEN s.received_t <= o.promised_t THEN 'on_time'
                                ELSE 'late' END AS fate, sum(e.qty)
            FROM {events} e JOIN {lines} l USING (rep, "order", line) JOIN {orders} o USING (rep, "order")
                 JOIN {shipments} s USING (rep, "order", shipment) JOIN {requests} r USING (rep, request)
            WHERE e.kind = 3 AND r.t >= {low} AND r.t < {high} GROUP BY ALL
            """,
        )
        picked = {(n, fate): v * runs for (n, fate), v in demand.by(1, 2).items() if fate in ("on_time", "late")}
        assert picked == pytest.approx({(n, f): float(v) for n, f, v in came if f != "open"})
        lost = sql(
            small_study,
            item.label,
            "SELECT sum(qty) FROM {requests} WHERE outcome = 5 AND reason NOT IN (16, 17, 18) AND t >= {low} "
            "AND t < {high}",
        )
        assert demand.by(2)["lost",] * runs == pytest.approx(float(lost[0][0]))


@pytest.mark.parametrize(
    ("kpi", "group", "parts"),
    [("cost_to_serve", "component", COST_TO_SERVE), ("co2e_per_order", "leg", tuple(Leg))],
)
def test_the_steps_of_a_waterfall_add_up_to_the_difference(reading: Reading, kpi: str, group: str, parts: Any) -> None:
    for item in reading.alternatives[1:]:
        for make in (waterfall_of, gathered):
            found = make(reading, kpi, group, parts, item)
            assert found is not None
            base, level = reading.level(kpi, reading.baseline.label).mean, reading.level(kpi, item.label).mean
            assert found.start == pytest.approx(base, rel=1e-9)
            assert found.end == pytest.approx(level, rel=1e-9)
            assert found.start + sum(step.change.mean for step in found.steps) == pytest.approx(found.end, rel=1e-12)


def test_a_step_of_the_waterfall_is_the_paired_difference_of_the_facts(small_study: Study, reading: Reading) -> None:
    query = """
        SELECT o.rep, coalesce(sum(c.amount) FILTER (c.component = 2), 0) / 1e6
        FROM (SELECT DISTINCT rep, "order", t FROM {orders} WHERE t >= {low} AND t < {high}) o
             JOIN {costs} c USING (rep, "order") GROUP BY o.rep ORDER BY o.rep"""
    shipped = """
        SELECT o.rep, count(DISTINCT o."order") FROM {orders} o JOIN {shipments} s USING (rep, "order")
        WHERE o.t >= {low} AND o.t < {high} AND s.units > 0 AND s.picked_t >= 0 GROUP BY o.rep ORDER BY o.rep"""
    per = {}
    for label in ("siloed", "nearest"):
        euros, orders = dict(sql(small_study, label, query)), dict(sql(small_study, label, shipped))
        per[label] = np.array([euros[r] / orders[r] for r in sorted(orders)])
    expected = per["nearest"] - per["siloed"]
    found = waterfall_of(reading, "cost_to_serve", "component", COST_TO_SERVE, reading.of("nearest"))
    assert found is not None
    carriage = next(step for step in found.steps if step.part == 2)
    assert carriage.change.mean == pytest.approx(expected.mean(), rel=1e-9)
    half = 4.302652729911275 * expected.std(ddof=1) / math.sqrt(3)  # Student, two degrees of freedom
    assert carriage.change.half == pytest.approx(half, rel=1e-9)


def test_amounts_of_the_weighing_are_in_the_facts(small_study: Study, reading: Reading) -> None:
    found = weighable(reading)
    assert found is not None
    kept = {one.key for one in found.criteria}
    assert {"broken_promise", "co2e", "parcel", "store_hour"} <= kept
    queries = {
        "parcel": 'SELECT o.rep, sum(s.parcels) FROM {shipments} s JOIN {orders} o USING (rep, "order") '
        "WHERE o.t >= {low} AND o.t < {high} AND s.units > 0 AND s.picked_t >= 0 GROUP BY 1 ORDER BY 1",
        "co2e": 'SELECT o.rep, sum(e.amount) / 1e6 FROM {emissions} e JOIN {orders} o USING (rep, "order") '
        "WHERE o.t >= {low} AND o.t < {high} GROUP BY 1 ORDER BY 1",
        "store_hour": "SELECT rep, sum(busy_s) / 3600 FROM {work} WHERE node >= 2 AND from_t >= {low} "
        "AND from_t < {high} GROUP BY 1 ORDER BY 1",
        "lost_online": "SELECT rep, sum(value) / 1e6 FROM {requests} WHERE channel IN (0, 1, 4) AND t >= {low} "
        "AND t < {high} AND ((outcome = 5 AND reason = 0) OR (outcome = 6 AND reason IN (3, 4, 5, 15, 27))) "
        "GROUP BY 1 ORDER BY 1",
    }
    for label in small_study.labels:
        for key, query in queries.items():
            if key not in kept:
                continue
            expected = [float(v) for _, v in sql(small_study, label, query)]
            assert found.amounts[label][key] == pytest.approx(expected, rel=1e-9), (label, key)
    told = scores(found.contribution["nearest"], found.amounts["nearest"], {"parcel": 2.0})
    raw = np.array(found.contribution["nearest"]) - 2.0 * np.array(found.amounts["nearest"]["parcel"])
    np.testing.assert_allclose(told, raw, rtol=1e-12)
    assert all(one.kpi in reading.measured for one in CRITERIA)


def test_verdicts_of_a_scorecard_are_those_of_holm_over_its_kpis(reading: Reading) -> None:
    keys = [key for key in DEPARTMENTS[2].kpis if key in reading.measured]
    found = judged(reading, "siloed", keys)
    for (label, key), one in found.items():
        here, there = (reading.measured[key][name] for name in (label, "siloed"))
        changes = np.array([here[r] - there[r] for r in here])
        assert one.value == pytest.approx(changes.mean(), rel=1e-12, abs=1e-15)
    cost = found["nearest", "cost_to_serve"]
    assert cost.verdict == "worse"
    # the smallest p-value is multiplied by the number of tests: with one KPI alone more is sure
    alone = judged(reading, "siloed", ["cost_to_serve"])["nearest", "cost_to_serve"]
    assert alone.value == cost.value
    assert alone.sure


def test_customers_read_once_are_the_customers_read_one_by_one(small_study: Study) -> None:
    together = moved_from(small_study, "siloed", ["unified", "nearest"])
    for label in ("unified", "nearest"):
        alone = small_study.moved("siloed", label)
        assert together[label].equals(alone)
        sums = together[label].set_index("movement")["difference"]
        assert sums["all"] == pytest.approx(sums[list(MOVEMENTS)].sum())
        before, after = (
            sql(
                small_study,
                one,
                "SELECT sum(CASE WHEN \"order\" < 0 AND outcome IN (0, 1, 2, 4, 8) THEN CASE WHEN paid >= 0 THEN paid "
                "ELSE value END ELSE 0 END) FROM {requests} WHERE t >= {low} AND t < {high}",
            )[0][0]
            for one in ("siloed", label)
        )
        lines = (
            sql(
                small_study,
                one,
                """SELECT sum(l.price * (l.qty - coalesce(c.qty, 0))) FROM {lines} l
                   JOIN {requests} r USING (rep, request)
                   LEFT JOIN (SELECT rep, "order", line, sum(qty) AS qty FROM {events} WHERE kind = 9 GROUP BY ALL) c
                   ON c.rep = l.rep AND c."order" = l."order" AND c.line = l.line
                   WHERE r.t >= {low} AND r.t < {high}""",
            )[0][0]
            for one in ("siloed", label)
        )
        first, second = lines
        change = (float(after) + float(second) - float(before) - float(first)) / 1e6
        assert sums["all"] == pytest.approx(change, rel=1e-9)


def test_the_heat_of_the_stores_is_by_store_and_in_the_facts(small_study: Study, reading: Reading) -> None:
    assert stores_of(reading) == [2, 3, 4, 5, 6]
    assert all(key in reading.measured for key in HEAT)
    for label in small_study.labels:
        hours = reading.by_group("store_hours", "node").get(label, {})
        query = "SELECT node, sum(busy_s) / 3600 / 3 FROM {work} WHERE from_t >= {low} AND from_t < {high} GROUP BY 1"
        for node, expected in sql(small_study, label, query):
            if node in hours:
                assert hours[node].mean == pytest.approx(float(expected), rel=1e-9)
    assert shade(3.0, [1.0, 2.0, 3.0]) == 3


def test_the_front_is_what_no_other_alternative_beats(reading: Reading) -> None:
    keys = ["cost_to_serve", "co2e_per_order"]
    found = {one.item.label: one for one in standings(reading, keys)}
    means = {label: [reading.level(key, label).mean for key in keys] for label in found}
    for label, one in found.items():
        beaten = any(
            all(x <= y for x, y in zip(means[other], means[label], strict=True)) and means[other] != means[label]
            for other in means
        )
        assert (one.status in ("front", "knee")) == (not beaten)
    assert standings(reading, ["store_hours", "cost_to_serve"]) == []


def test_the_gap_to_perfect_information_is_told_once_it_was_worked_out(small_study: Study, tmp_path: Path) -> None:
    from orchestrion.reports.sections.table import table

    copy = small_study.save(tmp_path / "copy")
    assert table(Page(Reading(copy)))["perfect"] is None
    found = copy.gap().set_index("alternative")
    told = table(Page(Reading(copy)))["perfect"]
    assert told is not None
    assert [row[0] for row in told.rows] == ["Siloed", "Unified", "Nearest"]
    for row, label in zip(told.rows, copy.labels, strict=True):
        assert row[1].startswith(f"€{found.loc[label, 'booked']:.2f}")
        assert row[3].startswith(f"€{found.loc[label, 'gap']:.2f}") or not math.isfinite(found.loc[label, "gap"])


def test_it_reads_how_fast_decisions_are_made(small_study: Study) -> None:
    from orchestrion.experiments.stopwatch import seconds_per_decision
    from orchestrion.reports.sections.scorecards import scorecards

    told = scorecards(Page(Reading(small_study)))["rules"]
    taken = list(seconds_per_decision(small_study, "siloed").values())
    assert told.rows[0][6] == f"{len(taken) / sum(taken):,.0f}"


def test_an_order_on_the_second_of_its_promise_is_on_time() -> None:
    promised = 10 * DAY
    came = [promised - DAY, promised - DAY + 1, promised, promised + 1, promised + DAY, promised + DAY + 1, -1]

    class Told(FakeStudy):
        def facts(self, table: str, *, label: str, replication: int, columns: object = None) -> pd.DataFrame:
            order = np.arange(len(came))
            start = order * 0 + WARM_UP
            return pd.DataFrame(
                {"order": order, "t": start, "promised_t": start + promised, "units": 1, "received_t":
                 np.where(np.array(came) < 0, -1, WARM_UP + np.array(came))}
            )  # fmt: skip

    found = promise.band_counts(Reading(Told(replications=1)), "france_siloed", 0)
    assert found is not None
    assert dict(zip(promise.BANDS, found.tolist(), strict=True)) == {
        "early_2": 1, "early_1": 2, "late_1": 2, "late_2": 1, "never": 1,
    }  # fmt: skip


def test_many_kpis_make_one_find_harder_to_believe() -> None:
    from types import SimpleNamespace

    keys = ["cost_to_serve", "co2e_per_order", "parcels_per_order", "markdown_exposure", "delivery_time_days"]
    rng = np.random.default_rng(2)
    changes = {key: rng.normal(0.0, 1.0, 5) for key in keys}
    changes["cost_to_serve"] = np.array([1.0, 0.5, 1.6, 0.7, 1.1]) * 2  # t = 5.6: p = .005 alone, .025 among five
    changes["co2e_per_order"] = np.array([1.0, 0.2, 1.9, 0.3, 1.1])  # t = 2.9: p = .045 alone, .18 among five
    measured = {
        key: {"new": dict(enumerate(values)), "old": dict.fromkeys(range(5), 0.0)} for key, values in changes.items()
    }
    told: Any = SimpleNamespace(
        alternatives=[SimpleNamespace(label="old"), SimpleNamespace(label="new")], measured=measured
    )
    alone = {key: judged(told, "old", [key])["new", key].verdict for key in keys[:2]}
    assert alone == {"cost_to_serve": "worse", "co2e_per_order": "worse"}
    together = judged(told, "old", keys)
    assert together["new", "cost_to_serve"].verdict == "worse"
    assert together["new", "co2e_per_order"].verdict == "noise"
