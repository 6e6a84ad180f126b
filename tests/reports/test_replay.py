"""A day on the map: every shipment decided that day is somewhere at every moment."""

from __future__ import annotations

import duckdb

from orchestrion.experiments import Study
from orchestrion.reports.charts import replay
from orchestrion.reports.charts.flows import network
from orchestrion.reports.reading import Reading

DAY = 86_400


def test_counts_at_any_moment_are_those_of_the_facts(small_study: Study) -> None:
    reading = Reading(small_study)
    net = network(reading)
    assert net is not None
    day = replay.busiest_day(reading, "siloed", 0)
    assert day is not None
    files = {label: small_study.folder.paths([small_study.cell(label, 0)], "shipments")[0]
             for label in small_study.labels}  # fmt: skip
    counted = duckdb.sql(
        f"SELECT sourced_t // {DAY} AS day, count(*) AS n FROM '{files['siloed']}' WHERE units > 0 "
        f"AND day BETWEEN {reading.days[0]} AND {reading.days[-1]} GROUP BY day ORDER BY n DESC, day LIMIT 1"
    ).fetchall()
    assert counted[0][0] == day
    found = {label: replay.day_of(reading, net, label, 0, day) for label in small_study.labels}
    for label, one in found.items():
        assert one is not None
        for t in (0, 9 * 3600, 18 * 3600, 30 * 3600, 60 * 3600):
            now = day * DAY + t
            row = duckdb.sql(f"""
                SELECT count(*) FILTER (sourced_t <= {now}),
                       count(*) FILTER (sourced_t <= {now} AND (handed_t < 0 OR handed_t > {now})),
                       count(*) FILTER (handed_t >= 0 AND handed_t <= {now}
                                        AND (received_t < 0 OR received_t > {now})),
                       count(*) FILTER (received_t >= 0 AND received_t <= {now})
                FROM '{files[label]}' WHERE units > 0 AND sourced_t // {DAY} = {day}""").fetchall()
            assert [one.counts(t)] == row
            decided, waiting, road, there = one.counts(t)
            assert decided == waiting + road + there
    end = replay.clock_end([one for one in found.values() if one is not None])
    assert end % replay.STEP == 0
    assert DAY <= end <= replay.LONGEST


def test_what_was_never_handed_over_waits_for_ever() -> None:
    import numpy as np

    never, late = -1, 50_000
    day = replay.Day(
        node=np.array([0, 0]), x=np.zeros(2), y=np.zeros(2), sourced=np.array([100, 200]),
        handed=np.array([never, 1_000]), received=np.array([never, late]),
    )  # fmt: skip
    assert day.counts(150) == (1, 1, 0, 0)
    assert day.counts(2_000) == (2, 1, 1, 0)
    assert day.counts(10 * DAY) == (2, 1, 0, 1)
