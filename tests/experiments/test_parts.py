"""A finished replication read back a part at a time: every figure is that of the whole, and so are warm-up and cash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_long_replications import SMALL, rows_of

import orchestrion as orc
from orchestrion.domain.facts import Facts
from orchestrion.domain.picks import picks_of
from orchestrion.experiments import cohorts, parts
from orchestrion.experiments.study import Study
from orchestrion.experiments.warm_up import daily
from orchestrion.kpis import GROUPINGS, kpis, measure, measure_parts


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Study]:
    scenario, folder = orc.load_scenario("france_unified").vary("small", SMALL), tmp_path_factory.mktemp("long")
    return {
        level: orc.run(scenario, "nearest", seed=7, facts=level, out=folder / level) for level in ("full", "orders")
    }


@pytest.fixture
def study(studies: dict[str, Study]) -> Study:
    return studies["full"]


def in_small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LONG_ROWS", 1_000)
    monkeypatch.setattr(parts, "ROWS", 900)
    monkeypatch.setattr(cohorts, "BASKETS", 300)


def test_figures_of_facts_read_back_in_parts_are_those_of_the_whole(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (label,) = study.labels
    whole = study.folder.facts(study.cell(label, 0))
    expected = rows_of(measure(whole, GROUPINGS))
    in_small_parts(monkeypatch)
    kinds: Counter[str] = Counter()
    picks = []

    def seen(facts: Iterator[Facts]) -> Iterator[Facts]:
        for part in facts:
            kinds[part.part] += 1
            if part.part == "shelf":
                picks.append(part["picks"])
            yield part

    found = rows_of(measure_parts(seen(parts.parts(study, label, 0, list(kpis))), GROUPINGS))
    picked = picks_of(whole["events"], whole["lines"])
    assert (picked["qty"] > 1).any()
    columns = ("sku", "t", "node", "qty")
    told = np.concatenate([np.stack([part[name] for name in columns], axis=1) for part in picks])
    assert sorted(told.tolist()) == sorted(np.stack([picked[name] for name in columns], axis=1).tolist())
    assert kinds["customers"] > 3
    assert kinds["stock"] > 10
    assert kinds["shelf"] > 1
    assert kinds["house"] == 1
    assert expected.keys() == found.keys()
    wrong = {k for k in expected if not np.array_equal(expected[k], found[k], equal_nan=True)}
    assert not wrong


def test_so_are_those_of_a_study_that_kept_orders_only(
    studies: dict[str, Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = studies["orders"]
    (label,) = study.labels
    expected = rows_of(measure(study.folder.facts(study.cell(label, 0)), GROUPINGS))
    in_small_parts(monkeypatch)
    found = rows_of(measure_parts(parts.parts(study, label, 0, list(kpis)), GROUPINGS))
    assert expected.keys() == found.keys()
    assert not {k for k in expected if not np.array_equal(expected[k], found[k], equal_nan=True)}


def test_warm_up_and_cash_of_a_long_study_are_those_of_the_whole(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    (label,) = study.labels

    def told() -> tuple[list[Any], pd.DataFrame]:
        asked = ("contribution", "stockout_rate", "delivery_time_p50", "walk_in_lost_caused_eur", "queue_p90")
        return [daily(study, key, label) for key in asked], study.cash()

    series, purse = told()
    in_small_parts(monkeypatch)
    again, purse_again = told()
    np.testing.assert_array_equal(series, again)
    pd.testing.assert_frame_equal(purse, purse_again, check_exact=True)


def test_a_figure_whose_parts_do_not_add_up_gets_the_whole(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    (label,) = study.labels
    in_small_parts(monkeypatch)
    only = replace(kpis["orders"], in_parts=False)
    monkeypatch.setattr(parts, "kpis", {"orders": only})
    assert [facts.part for facts in parts.parts(study, label, 0, ["orders"])] == ["all"]
