"""Every KPI printed in the report is found in the Parquet facts by another path: the KPI's own query, in DuckDB."""

from __future__ import annotations

import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchestrion.experiments import Study
from orchestrion.kpis import HEADLINE
from orchestrion.reports.reading import Reading

sys.path.append(str(Path(__file__).parents[1] / "kpis"))
from queries import sql_values


@pytest.fixture(scope="module")
def reading(small_study: Study) -> Reading:
    return Reading(small_study)


def defined(page: str) -> list[str]:
    """The KPIs that the page prints and defines."""
    method = page[page.index('<section id="method"') :]
    found = re.search(r'<dl class="definitions">(.*?)</dl>', method, re.S)
    assert found is not None
    return re.findall(r"<dd>.*?<code>([a-z0-9_]+)</code>", found[1], re.S)


def in_sql(bases: dict[str, list[Any]], key: str, label: str) -> np.ndarray[Any, Any]:
    """The KPI of each replication."""
    values = [sql_values(con, key, "all") for con in bases[label]]
    return np.asarray([value[-1] for value in values if value is not None], float)


def test_every_kpi_that_is_printed_is_what_its_definition_says(
    small_study: Study, small_html: str, reading: Reading, fact_bases: dict[str, list[Any]]
) -> None:
    keys = defined(small_html)
    assert set(HEADLINE) < set(keys)
    assert len(keys) > 20
    for key in keys:
        definition = reading.card(key).definition
        assert definition in unescape(re.sub("<[^>]*>", "", small_html)), key
        for label in small_study.labels:
            found = in_sql(fact_bases, key, label)
            printed = [reading.measured[key][label][r] for r in sorted(reading.measured[key][label])]
            np.testing.assert_allclose(printed, found, rtol=1e-11, atol=1e-9, err_msg=f"{key} of {label}")
