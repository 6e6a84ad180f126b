"""Every KPI equals an independent SQL query on the same facts, over every grouping, whatever the facts."""

from __future__ import annotations

from functools import cache

import duckdb
import numpy as np
import pytest
from ledgers import facts, random_facts
from queries import QUERIES, prepared, sql_values

from orchestrion.domain.facts import Facts
from orchestrion.kpis import GROUPINGS, kpis, measure

SEEDS = (1, 2, 3)


@cache
def _loaded(seed: int) -> tuple[Facts, duckdb.DuckDBPyConnection]:
    made = random_facts(seed) if seed else facts(warm_up_s=7_000)
    return made, prepared(made)


def test_every_kpi_has_a_query() -> None:
    assert sorted(QUERIES) == kpis.names()


@pytest.mark.parametrize("key", sorted(QUERIES))
def test_a_kpi_equals_its_query_over_every_grouping(key: str) -> None:
    grouped = 0
    for seed in SEEDS:
        made, con = _loaded(seed)
        table = measure(made, GROUPINGS, [key])
        for grouping in GROUPINGS:
            rows = table["group_by"] == grouping
            expected = sql_values(con, key, grouping)
            assert rows.any() == bool(expected), grouping
            if expected:
                grouped += grouping != "all"
                groups = sorted(expected)
                assert table["group"][rows].tolist() == groups, grouping
                wanted = [expected[group] for group in groups]
                np.testing.assert_allclose(table["value"][rows], wanted, rtol=1e-12, atol=1e-9, err_msg=grouping)
                assert np.isfinite(wanted).any(), f"{grouping} was compared on nothing"
    assert grouped >= len(SEEDS), "compared as a whole only"


@pytest.mark.parametrize("key", sorted(QUERIES))
def test_empty_facts_give_what_sql_gives(key: str) -> None:
    made, con = _loaded(0)
    expected = sql_values(con, key, "all")
    assert expected is not None
    np.testing.assert_equal(measure(made, ("all",), [key])["value"].tolist(), [expected[-1]])


def test_the_value_is_the_numerator_over_the_denominator() -> None:
    table = measure(_loaded(1)[0], GROUPINGS)
    ranked = np.isin(table["kpi"], ["delivery_time_p50", "delivery_time_p90", "queue_p90"])
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = table["numerator"] / table["denominator"]
    np.testing.assert_array_equal(np.isnan(table["value"][~ranked]), table["denominator"][~ranked] == 0)
    known = ~ranked & (table["denominator"] != 0)
    np.testing.assert_array_equal(table["value"][known], ratio[known])
