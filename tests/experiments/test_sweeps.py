"""Sweeps, tornados and what a change is worth: designs checked by their definition, tables by SciPy on the KPIs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats
from small_studies import TOWN

from orchestrion.errors import InputError, StudyError
from orchestrion.experiments import compare, open_study, sweep, tornado, worth
from orchestrion.experiments.parameters import assignments, present, short_path, step, varied
from orchestrion.experiments.sweeps import QUESTIONS, _sampled, _unit_cube
from orchestrion.scenarios import Scenario

RATE, PROTECTED = "demand.online.orders_per_day", "network.stores.protected_units"


@pytest.fixture(scope="module")
def town():
    return Scenario.from_yaml(TOWN, name="town")


# -- parameters ---------------------------------------------------------------------------------------------------


def test_a_range_is_spaced_evenly_and_stays_whole_where_only_whole_numbers_make_sense(town):
    assert varied(town, RATE, "10:20:5").values == pytest.approx((10, 12.5, 15, 17.5, 20))
    assert varied(town, PROTECTED, "0:3:3").values == (0, 2, 3)  # 1.5 rounds to the even one
    assert all(isinstance(value, int) for value in varied(town, PROTECTED, "0:3:4").values)
    assert varied(town, "policy.name", ["nearest", "cheapest"]).values == ("nearest", "cheapest")


@pytest.mark.parametrize("text", ["10", "10:5:3", "a:b:c", "1:2:3:4", "1:2:1", "1:2:2.5", "1:inf:3", ""])
def test_a_range_that_is_none_is_told_with_the_way_out(town, text):
    with pytest.raises(InputError, match=r"write a:b:n"):
        varied(town, RATE, text)


def test_times_of_day_are_no_range_and_half_units_are_none(town):
    with pytest.raises(InputError, match="texts only as a list"):
        varied(town, "options.home_standard.cut_off", "12:14")
    with pytest.raises(InputError, match="only whole numbers"):
        varied(town, PROTECTED, "0.5:3:2")


def test_texts_of_the_command_line_are_split_once_and_lists_read():
    assert assignments(["a.b=1:2:3", "c=[x, 13:00]"], "--vary") == {"a.b": "1:2:3", "c": ["x", "13:00"]}
    with pytest.raises(InputError, match="write key=value"):
        assignments(["a.b"], "--vary")


def test_a_signed_change_is_relative_to_what_is_there(town):
    pickers = present(town, "network.warehouses.pickers")
    one = step(town, "network.warehouses.pickers", "+1")
    assert one.after == {size: hands + 1 for size, hands in pickers.items()}
    assert (one.size, one.unit) == (1, "unit")
    assert step(town, RATE, "-10%").after == pytest.approx(18.0)
    assert step(town, "options.home_standard.cut_off", "+1h").after == "14:00"
    assert step(town, "options.home_standard.cut_off", "-30min").size == -0.5
    assert step(town, PROTECTED, "4").size == 4 - present(town, PROTECTED)
    assert np.isnan(step(town, "policy.name", "cheapest").size)
    with pytest.raises(InputError, match="needs a number"):
        step(town, "policy.name", "+1")
    with pytest.raises(InputError, match="needs a number"):
        step(town, RATE, "+1h")


def test_every_question_asked_by_default_is_one_that_scenarios_have(town):
    assert [path for path in QUESTIONS if present(town, path).__class__ is object] == []
    sizes = {path: step(town, path, text).size for path, text in QUESTIONS.items()}
    assert 0 < sizes.pop("network.stores.pick_success") < 0.5
    assert np.isnan(sizes.pop("records.on"))
    assert set(sizes.values()) == {1}


# -- designs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample", ["lhs", "sobol"])
def test_a_sample_has_one_point_in_each_slice_of_each_parameter(sample):
    points = _unit_cube(sample, 16, 3, seed=5)
    assert points.shape == (16, 3)
    for column in points.T:
        assert sorted((column * 16).astype(int).tolist()) == list(range(16))
    assert np.array_equal(points, _unit_cube(sample, 16, 3, seed=5))
    assert not np.array_equal(points, _unit_cube(sample, 16, 3, seed=6))


def test_sobol_points_are_spread_more_evenly_than_chance():
    qmc = stats.qmc
    points = _unit_cube("sobol", 64, 2, seed=1)
    assert qmc.discrepancy(points) < qmc.discrepancy(np.random.default_rng(1).random((64, 2))) / 3


def test_whole_numbers_and_lists_are_sampled_fairly(town):
    asked = [varied(town, PROTECTED, "0:3"), varied(town, "policy.name", ["nearest", "cheapest"])]
    whole, names = (np.array([one.at((i + 0.5) / 8) for i in range(8)], object) for one in asked)
    assert whole.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert names.tolist() == ["nearest"] * 4 + ["cheapest"] * 4
    assert asked[0].at(0.999999) == 3
    assert len(_sampled(asked, "lhs", 500, 1)) == 8  # each combination once


def test_what_cannot_be_sampled_is_told(town):
    with pytest.raises(StudyError, match="powers of two"):
        sweep(town, {RATE: "10:20"}, sample="sobol", points=10)
    with pytest.raises(StudyError, match="a number of points"):
        sweep(town, {RATE: "10:20"}, sample="lhs")
    with pytest.raises(StudyError, match="a grid needs a number of steps, 10:20:n"):
        sweep(town, {RATE: "10:20"})
    with pytest.raises(StudyError, match="write grid, lhs or sobol"):
        sweep(town, {RATE: "10:20"}, sample="random", points=4)
    with pytest.raises(StudyError, match=r"more than 10,000 points"):
        sweep(town, {RATE: "10:20:200", "assortment.skus": "1:200:200"})
    with pytest.raises(StudyError, match="nothing to vary"):
        sweep(town, {})
    with pytest.raises(InputError, match=r"network\.stores\.protected_unit"):
        sweep(town, {"network.stores.protected_unit": "0:3:2"})


def test_names_of_points_are_as_short_as_they_may_be():
    paths = ["network.stores.pickers", "network.warehouses.pickers", RATE]
    assert [short_path(path, paths) for path in paths] == ["stores.pickers", "warehouses.pickers", "orders_per_day"]


# -- studies ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_grid_is_every_combination_and_its_table_is_what_compare_measures(town, tmp_path):
    policies = ["nearest", "cheapest"]
    options = {"replications": 2, "workers": 1, "facts": "none"}
    study = sweep(town, {RATE: "10:20:2", PROTECTED: [0, 5]}, policies, out=tmp_path, **options)
    table = open_study(tmp_path).swept(["contribution"])
    assert list(table[["policy", "orders_per_day", "protected_units"]].itertuples(index=False, name=None)) == [
        (policy, rate, units) for rate, units in itertools.product([10.0, 20.0], [0, 5]) for policy in policies
    ]
    alone = compare([town.vary("alone", {RATE: 20.0, PROTECTED: 5})], ["cheapest"], **options)
    row = table.iloc[-1]
    assert row["mean"] == alone.estimate("contribution", "alone · cheapest").mean
    assert row["alternative"] == "town[orders_per_day=20, protected_units=5] · cheapest"
    assert len(study.swept()) == 8 * 6


def test_a_parameter_of_the_policy_is_varied_like_any_other(town):
    study = sweep(town, {"policy.within_km": [5.0, 500.0]}, replications=1, workers=1, facts="none")
    assert [one.policy_text for one in study.alternatives] == ["nearest(within_km=5.0)", "nearest(within_km=500.0)"]
    few, many = study.swept(["lost_sales_share"])["mean"]
    assert few > many


def by_label(study):
    """Contribution by replication and alternative."""
    found = study.kpis().query("kpi == 'contribution'")
    return found.pivot_table(index="replication", columns="label", values="value")


@pytest.fixture(scope="module")
def ranked(town):
    return tornado(town, {PROTECTED: "0:5", RATE: "50%"}, replications=4, workers=1, facts="none")


def test_a_tornado_moves_one_parameter_at_a_time_and_ranks_by_the_swing(ranked):
    table = ranked.tornado("contribution")
    assert table["parameter"].tolist() == [RATE, PROTECTED]
    assert table["swing"].abs().is_monotonic_decreasing
    wide = by_label(ranked)
    row = table.iloc[0]
    low, base, high = wide["town[orders_per_day=10]"], wide["town"], wide["town[orders_per_day=30]"]
    assert (row["low_value"], row["high_value"]) == (10.0, 30.0)
    for column, pair in (("at_low", (low, base)), ("at_high", (high, base)), ("swing", (high, low))):
        interval = stats.ttest_rel(*pair).confidence_interval(0.95)
        expected = [(pair[0] - pair[1]).mean(), interval.low, interval.high]
        assert row[[column, f"{column}_low", f"{column}_high"]].tolist() == pytest.approx(expected)
    assert len(ranked.alternatives) == 5


def test_a_change_is_worth_its_paired_difference_per_step(town):
    changes = {RATE: "+10", PROTECTED: "3", "policy.name": "cheapest"}
    study = worth(town, changes, replications=4, workers=1, facts="none")
    table = study.worth(["contribution", "cost_to_serve"]).set_index(["parameter", "kpi"])
    wide = by_label(study)
    per_order = (wide["town[orders_per_day=30]"] - wide["town"]) / 10
    half = stats.sem(per_order) * stats.t.ppf(0.975, 3)
    row = table.loc[(RATE, "contribution")]
    expected = [per_order.mean(), per_order.mean() - half, per_order.mean() + half]
    assert row[["worth", "worth_low", "worth_high"]].tolist() == pytest.approx(expected)
    assert (row["before"], row["after"], row["per"], row["verdict"]) == (20.0, 30.0, "unit", "better")
    against = study.against("town").set_index(["alternative", "kpi"])["difference"]
    other = table.loc[("policy.name", "cost_to_serve")]
    assert other["difference"] == against["town[name=cheapest]", "cost_to_serve"]
    assert (other["per"], np.isnan(other["worth"])) == ("", True)


@pytest.mark.slow
def test_the_usual_questions_are_asked_when_none_is_given(town):
    messy = town.vary("messy", {"records.on": True})
    table = worth(messy, replications=2, workers=1, facts="none").worth()
    assert table["parameter"].tolist() == list(QUESTIONS)
    assert table["per"].tolist() == ["unit", "unit", "unit", "hour", "unit", ""]
    tidy = town.vary("tidy", {"network.stores.pick_success": 1.0})
    tidy = worth(tidy, replications=1, workers=1, facts="none").worth()
    assert not {"network.stores.pick_success", "records.on"} & set(tidy["parameter"])  # all is well already


def test_a_study_made_otherwise_has_no_such_table(ranked):
    with pytest.raises(StudyError, match="not a study made by `sweep`"):
        ranked.swept()
    with pytest.raises(StudyError, match="not a study made by `worth`"):
        ranked.worth()
