"""A study too long for memory: what is drawn is asked of the files, and is what whole tables would have said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fake_study import DAYS, WARM_UP, FakeStudy
from long_way import delivery_bands, demand, measured, promise_bands, shipments_sent, stories
from small_retailer import DOCUMENT

import orchestrion as orc
from orchestrion.domain.codes import EventKind, Outcome, Reason
from orchestrion.domain.facts import Facts
from orchestrion.errors import QueryError
from orchestrion.experiments import Study
from orchestrion.experiments.fact_base import FactBase, tables_in
from orchestrion.reports import render
from orchestrion.reports.charts import channels, delivery, flows, promise
from orchestrion.reports.page import Page
from orchestrion.reports.projection import fitted
from orchestrion.reports.reading import Reading
from orchestrion.reports.sections.scorecards import scorecards
from orchestrion.reports.spreadsheet import write_excel
from orchestrion.reports.telling import chosen
from orchestrion.units import DAY

# little on the shelves and a short run-off: orders are split, late, cancelled, and some are open at the end
BUSY = {
    "time": {"warm_up_weeks": 1, "measured_weeks": 1, "run_off_days": 1},
    "policy": {"name": "nearest"},
    "visibility.web_sees": ["warehouses", "stores"],
    "stock": {"separate_pools": False, "web_weeks": 0.4},
    "demand.online.orders_per_day": 60,
}


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Study:
    scenario = orc.Scenario.from_yaml(DOCUMENT, name="busy").vary("busy", BUSY)
    out = tmp_path_factory.mktemp("busy") / "study"
    return orc.compare([scenario], replications=2, seed=3, workers=1, facts="full", out=out)


@pytest.fixture(params=["busy", "small"])
def both(request: pytest.FixtureRequest, busy: Study, small_study: Study) -> Study:
    return busy if request.param == "busy" else small_study


def replications(study: Study) -> Iterator[tuple[str, int, Facts]]:
    for label in study.labels:
        for cell in study.cells(label):
            yield label, cell.replication, study.folder.facts(cell)


def test_orders_fall_into_the_bands_of_the_long_way(both: Study) -> None:
    reading = Reading(both)
    for label, replication, facts in replications(both):
        kept, waited = (chart.band_counts(reading, label, replication) for chart in (promise, delivery))
        assert kept is not None
        assert waited is not None
        assert kept.tolist() == promise_bands(facts)
        assert waited.tolist() == delivery_bands(facts)


def test_units_end_where_the_long_way_finds_them(both: Study) -> None:
    reading = Reading(both)
    for item in reading.alternatives:
        found = channels.demand_of(reading, item)
        assert found is not None
        total: dict[tuple[int, int, str], float] = {}
        runs = [facts for label, _, facts in replications(both) if label == item.label]
        for facts in runs:
            for link, units in demand(facts).items():
                total[link] = total.get(link, 0.0) + units / len(runs)
        assert found.links == pytest.approx(total)
        assert found.wished == pytest.approx(sum(total.values()))
        assert len(total) > 10


class ByHand(FakeStudy):
    """A study whose one replication is written down here: what towns seldom do."""

    def __init__(self) -> None:
        super().__init__(("france_siloed",), replications=1)
        start, due = WARM_UP, WARM_UP + 3 * DAY
        self.tables = {
            "requests": pd.DataFrame(
                {"request": range(7), "t": [start] * 6 + [start - 1], "channel": [0, 0, 0, 0, 1, 5, 0], "qty": 5,
                 "outcome": [Outcome.SERVED] * 4 + [Outcome.LOST, Outcome.SERVED, Outcome.LOST],
                 "reason": [-1, -1, -1, -1, Reason.TOO_SLOW, -1, 0], "served_at": [-1, -1, -1, -1, -1, 9, -1]}
            ),
            "orders": pd.DataFrame(
                {"order": [0, 2, 3], "t": start, "promised_t": due, "collect_at": -1}
            ),
            # two lines of one order; of the second three units were found, one was cancelled, one is open
            "lines": pd.DataFrame(
                {"order": [0, 0, 2, 3], "line": [0, 1, 0, 0], "request": [0, 1, 2, 3], "qty": 5}
            ),
            # on the second of the promise; one after; never sent; an empty one, because nothing was found
            "shipments": pd.DataFrame(
                {"shipment": [0, 1, 2], "order": [0, 2, 3], "units": [8, 5, 0], "received_t": [due, due + 1, -1]}
            ),
            "events": pd.DataFrame(
                {"kind": [EventKind.PICKED, EventKind.PICKED, EventKind.CANCELLED, EventKind.PICKED, EventKind.SHORT],
                 "order": [0, 0, 0, 2, 3], "line": [0, 1, 1, 0, 0], "shipment": [0, 0, -1, 1, 2],
                 "node": [4, 4, -1, 6, 6], "qty": [5, 3, 1, 5, 5]}
            ),
        }  # fmt: skip

    def facts(
        self, table: str, *, label: str, replication: int, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        return self.tables[table]

    @property
    def whole(self) -> Facts:
        tables = {name: {c: frame[c].to_numpy() for c in frame} for name, frame in self.tables.items()}
        return Facts(tables, {}, WARM_UP, WARM_UP + DAYS * DAY, WARM_UP + DAYS * DAY)


def test_what_towns_seldom_do_is_counted_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_study.FACTS", ("requests", "orders", "lines", "shipments", "events"))
    study = ByHand()
    reading = Reading(study)
    found = channels.demand_of(reading, reading.alternatives[0])
    assert found is not None
    assert found.links == demand(study.whole) == {
        (0, -1, "cancelled"): 1, (0, -1, "open"): 6, (0, 4, "on_time"): 8, (0, 6, "late"): 5, (1, -1, "declined"): 5,
        (5, 9, "counter"): 5,
    }  # fmt: skip
    assert found.wished == 30
    kept, waited = (chart.band_counts(reading, "france_siloed", 0) for chart in (promise, delivery))
    assert kept is not None
    assert waited is not None
    assert kept.tolist() == promise_bands(study.whole) == [0, 1, 1, 0, 1]
    assert waited.tolist() == delivery_bands(study.whole) == [0, 0, 1, 1, 0, 0]


def test_what_leaves_a_node_is_counted_as_by_the_long_way(both: Study) -> None:
    reading = Reading(both)
    net = flows.network(reading)
    assert net is not None
    for item in reading.alternatives:
        days = len(reading.days) * len(reading.replication_ids(item.label))
        sent, collect, travelled = {}, {}, np.zeros(2, np.int64)
        for _, _, facts in (one for one in replications(both) if one[0] == item.label):
            for (node, _, to), (many, metres) in shipments_sent(facts).items():
                sent[node] = sent.get(node, 0) + many
                if to >= 0 and to != node:
                    collect[node, to] = collect.get((node, to), 0) + many
                if to != node:
                    travelled += (metres, many)
        traffic = net.traffic[item.label]
        assert {node: round(a_day * days) for node, a_day in traffic.sent.items()} == sent
        assert {pair: round(a_day * days) for pair, a_day in traffic.collect.items()} == collect
        assert round((sum(traffic.home.values()) + sum(traffic.collect.values())) * days) == travelled[1]
        assert traffic.distance_km == travelled[0] / travelled[1] / 1000


def test_an_area_lies_where_its_parcels_go(both: Study) -> None:
    reading = Reading(both)
    net = flows.network(reading)
    assert net is not None
    nodes, places = reading.dims("nodes"), reading.dims("places")
    x, y = fitted(np.asarray(nodes["lat"], float), np.asarray(nodes["lon"], float))(places["lat"], places["lon"])
    area_of, _ = flows._areas(places, x, y)
    moments: dict[int, list[float]] = {}  # area -> parcels, and their places added up
    for _, _, facts in replications(both):
        for (_, place, to), (many, _) in shipments_sent(facts).items():
            if to < 0:
                moment = moments.setdefault(int(area_of[place]), [0.0, 0.0, 0.0])
                for i, value in enumerate((1.0, x[place], y[place])):
                    moment[i] += many * value
    assert any(moment[0] > 3 for moment in moments.values())
    for area, (many, east, north) in moments.items():  # places without parcels weigh next to nothing
        assert (net.area_x[area], net.area_y[area]) == pytest.approx((east / many, north / many), abs=1.0)


def test_decisions_a_day_are_those_of_the_measured_time(busy: Study) -> None:
    (row,) = scorecards(Page(Reading(busy)))["rules"].rows
    runs = [facts for _, _, facts in replications(busy)]
    for name, said in (("decisions", row[3]), ("reviews", row[4])):
        counts = [int(measured(facts, facts[name]["t"]).sum()) for facts in runs]
        assert said == f"{sum(counts) / len(runs) / 7:,.1f}"
        assert sum(counts) < sum(len(facts[name]["t"]) for facts in runs)


def test_the_orders_told_are_those_of_the_long_way(both: Study) -> None:
    reading = Reading(both)
    kinds = set()
    for label, replication, facts in replications(both):
        found = chosen(reading, label, replication)
        assert found == stories(facts)
        kinds |= {kind for kind, _ in found}
    assert {"resourced", "late", "dear", "collected", "typical"} <= kinds


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the fact tables are asked, and how many rows each answer has."""
    told: list[tuple[str, int]] = []
    plain = FactBase.ask

    def ask(self: FactBase, query: str) -> Any:
        found = plain(self, query)
        told.append((query, len(next(iter(found.values())))))
        return found

    def never(*about: object) -> Facts:
        raise AssertionError("a whole replication was read")

    monkeypatch.setattr(FactBase, "ask", ask)
    monkeypatch.setattr("orchestrion.experiments.store.StudyFolder.facts", never)
    return told


def test_a_report_fetches_no_fact_table_and_no_more_of_a_longer_study(
    asked: list[tuple[str, int]], tmp_path: Path
) -> None:
    fetched = []
    for weeks in (1, 4):
        changes = {**BUSY, "time": {"warm_up_weeks": 1, "measured_weeks": weeks, "run_off_days": 1}}
        scenario = orc.Scenario.from_yaml(DOCUMENT, name="long").vary("long", changes)
        study = orc.compare([scenario], seed=3, replications=1, workers=1, facts="full", out=tmp_path / f"{weeks}")
        asked.clear()
        render(study)
        write_excel(study, tmp_path / "long.xlsx")
        # what went from where to where: at most a row for each pair of node and place, however long it all takes
        pairs = [rows for query, rows in asked if "GROUP BY ALL" in query and "place" in query]
        assert pairs
        fetched.append(sum(rows for _, rows in asked) - sum(pairs))
        (done,) = study.finished("long")
        for query, rows in asked:
            tables = [name for name in tables_in(query) if name not in ("lines", "reviews", "orders")]
            assert rows < min(done.rows[name] for name in tables or ["orders"]), query
    # the dozen orders told lead busier lives, more nodes are named; but four times as long is not four times as much
    assert fetched[1] < 1.6 * fetched[0], fetched


def test_a_chart_that_asks_wrongly_is_no_study_without_facts(small_study: Study) -> None:
    reading = Reading(small_study)
    with pytest.raises(QueryError, match="nodes"):
        reading.sql("SELECT nodes FROM shipments", "siloed", 0)


def test_the_measured_time_begins_and_ends_at_midnight(busy: Study) -> None:
    reading = Reading(busy)
    assert reading.in_measured_time("sourced_t") == f"(sourced_t >= {7 * DAY} AND sourced_t < {14 * DAY})"
