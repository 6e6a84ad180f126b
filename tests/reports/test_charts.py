"""Charts say what the facts say: counted again here, another way."""

from __future__ import annotations

import numpy as np
import pytest
from fake_study import DAYS, WARM_UP, FakeStudy
from scipy import stats

from orchestrion.errors import StudyError, UnknownName
from orchestrion.reports import Plots
from orchestrion.reports.charts import components, delivery, stockouts, tradeoff
from orchestrion.reports.reading import Reading

THREE = ("france_siloed", "france_unified", "france_nearest")


@pytest.fixture(scope="module")
def study() -> FakeStudy:
    return FakeStudy(THREE, replications=3, places=200, orders_per_day=40)


@pytest.fixture(scope="module")
def reading(study: FakeStudy) -> Reading:
    return Reading(study)


def test_delivery_bands_are_those_of_a_plain_count(study: FakeStudy, reading: Reading) -> None:
    found = delivery.distributions(reading)["france_unified"]
    days = []
    for replication in range(3):
        orders = study.facts(
            "orders", label="france_unified", replication=replication, columns=("order", "t", "collect_at")
        )
        sent = study.facts(
            "shipments", label="france_unified", replication=replication, columns=("order", "units", "received_t")
        )
        sent = sent[sent["units"] > 0].groupby("order")["received_t"].agg(["min", "max"])
        whole = orders[orders["collect_at"] < 0].set_index("order").join(sent, how="inner")
        whole = whole[whole["min"] >= 0]
        inside = (whole["t"] >= WARM_UP) & (whole["t"] < WARM_UP + DAYS * 86_400)
        days += ((whole["max"] - whole["t"]) / 86_400)[inside].tolist()
    bands = [
        sum(low < d <= high for d in days) for low, high in zip((-1, 1, 2, 3, 4, 5), (1, 2, 3, 4, 5, 1e9), strict=True)
    ]
    assert found.shares.tolist() == pytest.approx([count / len(days) for count in bands])
    assert found.orders == pytest.approx(len(days) / 3)


def test_an_order_with_a_parcel_under_way_is_not_complete() -> None:
    import pandas as pd

    class Two(FakeStudy):
        def facts(self, table: str, *, label: str, replication: int, columns: object = None) -> pd.DataFrame:
            start = WARM_UP
            if table == "orders":
                return pd.DataFrame({"order": [0, 1], "t": [start, start], "collect_at": [-1, -1]})
            return pd.DataFrame(
                {
                    "order": [0, 0, 1, 1],
                    "units": [1, 1, 1, 0],
                    "received_t": [start + 86_400, -1, start + 2 * 86_400, -1],
                }
            )

    bands = delivery.band_counts(Reading(Two(THREE[:2], replications=1)), THREE[0], 0)
    assert bands is not None
    # order 0 waits for a parcel; order 1's empty shipment was never sent, and two days to the second are no more
    assert bands.tolist() == [0, 1, 0, 0, 0, 0]


def test_components_add_up_to_the_cost_to_serve(reading: Reading) -> None:
    found = components.cost_breakdown(reading)
    assert found is not None
    for label, amounts in found.amounts.items():
        assert sum(amounts.values()) == pytest.approx(reading.level("cost_to_serve", label).mean)


def test_the_customers_trip_is_told_apart(reading: Reading) -> None:
    found = components.emission_breakdown(reading)
    assert found is not None
    without, whole = components.trip_totals(reading, found, "france_unified")
    assert whole == pytest.approx(reading.level("co2e_per_order", "france_unified").mean)
    assert without == pytest.approx(0.77 * whole)
    figure = components.emissions(reading)
    assert figure is not None
    assert [trace.name for trace in figure.data if trace.marker.pattern.shape] == ["customer’s trip"]


def test_bands_over_time_are_student_intervals(study: FakeStudy, reading: Reading) -> None:
    table = study.kpis("day")
    values = table[(table["label"] == "france_siloed") & (table["group"] == 20)]["value"]
    low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
    figure = stockouts.over_time(reading)
    assert figure is not None
    band, line = figure.data[0], next(trace for trace in figure.data if trace.name == "Siloed (today)")
    where = list(line.x).index(20)
    assert line.y[where] == pytest.approx(100 * values.mean(), abs=1e-4)
    assert band.y[where] == pytest.approx(100 * high, abs=1e-3)
    assert band.y[len(band.y) - 1 - where] == pytest.approx(100 * low, abs=1e-3)


def test_the_tradeoff_shows_means_and_half_widths(study: FakeStudy, reading: Reading) -> None:
    figure = tradeoff.tradeoff(reading, "cost_to_serve", "co2e_per_order")
    table = study.kpis("all")
    cost = table[(table["label"] == "france_nearest") & (table["kpi"] == "cost_to_serve")]["value"]
    mark = next(trace for trace in figure.data if trace.name == "Nearest node")
    assert mark.x[0] == pytest.approx(cost.mean(), abs=1e-5)
    assert mark.error_x.array[0] == pytest.approx(stats.t.ppf(0.975, 2) * stats.sem(cost), abs=1e-5)
    assert {note.text for note in figure.layout.annotations} == {item.name for item in reading.alternatives}


def test_every_alternative_wears_its_own_colour_and_symbol_and_the_baseline_grey() -> None:
    full = Reading(FakeStudy(replications=2))
    assert len({item.colour for item in full.alternatives}) == 7
    assert len({item.symbol for item in full.alternatives}) == 7
    assert full.baseline.colour == "#5b6675"


def test_tags_in_a_name_are_shown_not_obeyed() -> None:
    study = FakeStudy(
        THREE[:2], replications=2, titles={THREE[1]: "<b>A</b> & <a href='x'>"}, places=60, orders_per_day=5
    )
    figure = tradeoff.tradeoff(Reading(study), "cost_to_serve", "co2e_per_order")
    assert figure.data[1].name == "&lt;b&gt;A&lt;/b&gt; &amp; &lt;a href='x'&gt;"


def test_plots_of_a_study_are_one_call_each(study: FakeStudy) -> None:
    plots = Plots(study)
    for figure in (
        plots.tradeoff("cost_to_serve", "contribution"),
        plots.stockouts(),
        plots.delivery_time(),
        plots.cost(),
        plots.co2e(),
        plots.flows("france_unified"),
    ):
        assert len(figure.data) > 0
        assert figure.layout.template.layout.font.family


def test_an_unknown_kpi_is_told_with_its_neighbour(study: FakeStudy) -> None:
    with pytest.raises(UnknownName, match="cost_to_serve"):
        Plots(study).tradeoff("cost_to_serv", "contribution")


def test_a_chart_without_its_facts_says_what_to_do() -> None:
    with pytest.raises(StudyError, match='facts="orders"'):
        Plots(FakeStudy(THREE, replications=2, facts=False)).delivery_time()


def test_the_leader_is_best_only_where_all_others_are_worse_beyond_noise() -> None:
    reading = Reading(FakeStudy())
    leader, tied = reading.best["delivery_time_days"]
    assert (leader, tied) == ("france_nearest", [])
    leader, tied = reading.best["stockout_rate"]
    assert tied  # the unified ones cannot be told apart
    assert "france_siloed" not in tied


def test_a_verdict_is_that_of_a_paired_test(study: FakeStudy) -> None:
    full = FakeStudy()
    table = full.kpis("all").pivot_table(index=["kpi", "replication"], columns="label", values="value")
    values = table.loc["delivery_time_days"]
    test = stats.ttest_rel(values["france_nearest"], values["france_unified"])
    found = Reading(full).differences("france_unified")["france_nearest", "delivery_time_days"]
    assert found.value == pytest.approx(float(np.mean(values["france_nearest"] - values["france_unified"])))
    assert test.pvalue * 6 < 0.05
    assert found.verdict == "better"
