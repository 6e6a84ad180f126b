"""What a study says: tables recomputed with pandas and SciPy, verdicts and sentences on numbers chosen by hand."""

from __future__ import annotations

import json
import math
import sys

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from small_studies import TownScenario, small_facts

from orchestrion.domain.facts import SCHEMA
from orchestrion.errors import StudyError, UnknownName
from orchestrion.experiments import cell as cell_module
from orchestrion.experiments import compare, demo_study, loaders, open_study, surfaces
from orchestrion.experiments.demo import SCENARIOS
from orchestrion.kpis import HEADLINE, UNITS, kpis
from orchestrion.scenarios import load_scenario

NOISE = np.random.default_rng(5).normal(0, 1, (30, 12))  # what the customers of a replication do to every alternative
OWN = np.random.default_rng(6).normal(0, 1, (30, 12))

# by scenario: what each headline KPI is, and how much of its spread is not shared
SILOED = dict(zip(HEADLINE, (0.25, 0.15, 2.5, 8.0, 0.9, 100_000.0), strict=True))


def measured(changes, spread):
    """A stand-in for `measure`: the siloed figures, changed by scenario, with customers in common."""

    def measure(facts):
        name, replication = facts.dims["scenario"]["key"][0], int(facts.dims["scenario"]["replication"][0])
        values = []
        for i, (key, value) in enumerate({**SILOED, "demand_stockout_rate": 0.18, "split_rate": 0.1}.items()):
            factor = changes.get(name, {}).get(key, 1.0)
            shared = 1 + 0.02 * NOISE[replication, i]
            values.append(value * (factor * shared + (spread * OWN[replication, i] if factor != 1.0 else 0.0)))
        keys = [*SILOED, "demand_stockout_rate", "split_rate"]
        return {
            "kpi": np.array(keys * 2, object),
            "group_by": np.array(["all"] * len(keys) + ["node"] * len(keys), object),
            "group": np.array([-1] * len(keys) + [0] * len(keys), np.int32),
            "value": np.array(values * 2),
            "numerator": np.array(values * 2) * 10,
            "denominator": np.full(2 * len(keys), 10.0),
            "unit": np.array([kpis[key].unit for key in keys] * 2, object),
        }

    return measure


def _simulate(world, policy, *, seed, replication):
    facts = small_facts()
    facts.dims["scenario"] = {"key": [world], "replication": np.array([replication])}
    return facts


@pytest.fixture(scope="module")
def study_of():
    """A study whose KPIs are chosen: by scenario name, the factors on the siloed figures."""
    made = {}

    def make(changes, replications=10, spread=0.002, **options):
        asked = repr((changes, replications, spread, options))
        if asked in made:
            return made[asked]
        cell_module._worlds.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cell_module, "simulate", _simulate)
            patch.setattr(cell_module, "measure", measured(changes, spread))
            patch.setattr(TownScenario, "compile", lambda self: self.name)
            patch.setattr(cell_module, "_long", lambda world: False)  # a name has no customers to count
            scenarios = [TownScenario(name, days=day) for day, name in enumerate(["siloed", *changes], 1)]
            options = {"facts": "none"} | options
            made[asked] = compare(scenarios, replications=replications, workers=1, **options)
        cell_module._worlds.clear()
        return made[asked]

    return make


UNIFIED = {"lost_sales_share": 0.5, "contribution": 1.05}
CHEAPEST = {**UNIFIED, "cost_to_serve": 0.9, "delivery_time_days": 1.1}


def test_the_table_gives_means_and_half_widths_in_the_units_of_the_header(study_of):
    table = study_of({"unified": UNIFIED}).table()
    assert table.index.tolist() == ["siloed", "unified"]
    assert table.columns.get_level_values(0).unique().tolist()[0] == "Stockout rate, web [%]"
    rates = 100 * 0.25 * (1 + 0.02 * NOISE[:10, 0])
    half = stats.sem(rates) * stats.t.ppf(0.975, 9)
    assert table.loc["siloed"].tolist()[:2] == pytest.approx([rates.mean(), half])
    assert len(table.columns) == 12


def test_other_kpis_are_tabled_on_request_and_unknown_ones_refused(study_of):
    study = study_of({})
    assert study.table(["split_rate"]).shape == (1, 2)
    with pytest.raises(UnknownName, match="did you mean 'split_rate'"):
        study.table(["split_rat"])


def test_differences_are_scipys_paired_ones_with_holm_over_the_headline_kpis(study_of):
    study = study_of({"unified": UNIFIED}, spread=0.05)
    wide = study.kpis().pivot_table(index=["kpi", "replication"], columns="label", values="value")
    found = study.against("siloed").set_index("kpi")
    assert found.index.tolist() == list(HEADLINE)
    p = []
    for key in HEADLINE:
        values = wide.loc[key]
        theirs = stats.ttest_rel(values["unified"], values["siloed"])
        if key in UNIFIED:
            low, high = theirs.confidence_interval(0.95)
            assert found.loc[key, ["difference", "low", "high", "p"]].tolist() == pytest.approx(
                [(values["unified"] - values["siloed"]).mean(), low, high, theirs.pvalue]
            )
            assert found.loc[key, "relative"] == pytest.approx(values["unified"].mean() / values["siloed"].mean() - 1)
        p.append(theirs.pvalue if key in UNIFIED else 1.0)
    adjusted = [max(min(1.0, (6 - r) * q) for r, q in enumerate(sorted(p)) if q <= own) for own in p]
    assert found["p_holm"].tolist() == pytest.approx(adjusted)


def test_holm_does_not_depend_on_which_kpis_are_shown(study_of):
    study = study_of({"unified": UNIFIED}, spread=0.05)
    whole = study.against().set_index("kpi")["p_holm"]
    for key in HEADLINE:
        assert study.against(kpis=[key])["p_holm"].tolist() == [whole[key]]


def test_a_kpi_outside_the_family_is_marked_unadjusted(study_of):
    row = study_of({"unified": {"split_rate": 1.5}}).against(kpis=["split_rate"]).iloc[0]
    assert (row["adjusted"], row["interval"], row["verdict"]) == (False, "unadjusted", "worse")
    assert math.isnan(row["p_holm"])


def test_the_whole_study_as_family_is_stricter(study_of):
    study = study_of({"unified": UNIFIED, "cheapest": CHEAPEST}, spread=0.05)
    apart, together = study.against(), study.against(family="study")
    assert (together["p_holm"] >= apart["p_holm"]).all()
    assert (together["p_holm"] > apart["p_holm"]).any()


def test_simultaneous_intervals_are_wider_and_marked(study_of):
    study = study_of({"unified": UNIFIED}, spread=0.05)
    alone, together = study.against(kpis="contribution"), study.against(kpis="contribution", simultaneous=True)
    assert together["interval"].tolist() == ["simultaneous"]
    assert together["high"][0] > alone["high"][0]
    factor = stats.t.ppf(1 - 0.05 / 12, 9) / stats.t.ppf(0.975, 9)
    assert (together["high"] - together["low"])[0] == pytest.approx((alone["high"] - alone["low"])[0] * factor)


def test_verdicts_in_words(study_of):
    verdicts = study_of({"unified": CHEAPEST}).against().set_index("kpi")["verdict"].to_dict()
    assert verdicts == {
        "stockout_rate": "no difference",
        "lost_sales_share": "better",
        "delivery_time_days": "worse",
        "cost_to_serve": "better",
        "co2e_per_order": "no difference",
        "contribution": "better",
    }


def test_alternatives_without_a_true_difference_are_noise(study_of):
    verdicts = study_of({"other": dict.fromkeys(HEADLINE, 1.0 + 1e-12)}, spread=0.05).against()["verdict"]
    assert set(verdicts) == {"noise at this precision"}


def test_one_replication_claims_nothing(study_of):
    study = study_of({"unified": UNIFIED}, replications=1)
    assert set(study.against()["verdict"]) == {"no interval"}
    assert study.against()["difference"].notna().all()
    assert study.table().xs("± 95%", axis=1, level=1).isna().all(axis=None)
    told = " ".join(study.sentences())
    assert "nothing can be called better or worse" in told
    assert "[" not in told
    assert not {"a gain", "a loss"} & {word for word in ("a gain", "a loss") if word in told}


def test_sentences_claim_gains_only_where_the_test_does(study_of):
    study = study_of({"unified": UNIFIED, "cheapest": CHEAPEST}, second_baseline="unified")
    said = study.sentences()
    first = "siloed: items sold online are out of stock 24.9% [24.6; 25.3] of the time, 17.8"
    assert said[0].startswith(first)
    assert "asked for online meets an item out of stock" in said[0]
    assert "(95% intervals)" in said[0]
    assert said[1].startswith("From siloed to unified, the contribution of the whole retailer changes by +€")
    assert said[1].endswith("a gain.")
    assert "over 1 measured day, +5." in said[1]
    assert "better in online sales lost −7." in said[2]
    assert said[4].startswith("Compared with unified, cheapest: better in cost to serve −€0.")
    assert "worse in delivery time +0.2" in said[4]
    assert said[-1].startswith("Means of 10 replications")


def test_sentences_call_noise_noise(study_of):
    study = study_of({"other": dict.fromkeys(HEADLINE, 1.0 + 1e-12)}, spread=0.05)
    told = " ".join(study.sentences()[1:-1])
    assert "neither gain nor loss can be claimed" in told
    assert "better in" not in told
    assert "worse in" not in told


def test_sentences_speak_french_with_french_numbers(study_of):
    study = study_of({"unified": UNIFIED})
    said = study.sentences(lang="fr")
    assert said[0].startswith("siloed : les articles vendus en ligne sont en rupture 24,9\u202f% [24,6 ; 25,3]")
    assert "la contribution de toute l'enseigne varie de +5\u202f107\u202f€ [+4\u202f966 ; " in said[1]
    assert "{" not in " ".join(said + study.sentences())
    with pytest.raises(UnknownName, match="no sentences in 'de'"):
        study.sentences(lang="de")


RICHER, POORER = UNIFIED | {"contribution": 1.08}, UNIFIED | {"contribution": 0.9}


def test_many_alternatives_are_summed_up_before_each_is_told(study_of):
    changes = {"same": UNIFIED, "rich": RICHER, "poor": POORER, "poorest": POORER | {"contribution": 0.8}}
    study = study_of({"unified": UNIFIED, **changes}, second_baseline="unified")
    said = study.sentences()
    assert said[1].startswith("From siloed to unified, the contribution")
    start = "Of 4 alternatives held against unified and judged together, one earns the whole retailer more beyond noise"
    assert said[2].startswith(f"{start} (rich +€2,")
    assert "; 2 earn less (poorest −€24," in said[2]
    assert "and poor −€14," in said[2]
    assert said[2].endswith("; one cannot be told from it by its contribution.")
    assert said[-1].endswith("Holm's test is over all of them.")
    together = study.against("unified", ["contribution"], family="study").set_index("alternative")["verdict"]
    assert together.drop("siloed").value_counts().to_dict() == {"worse": 2, "better": 1, "no difference": 1}


def test_a_summary_without_a_second_baseline_tells_of_the_best_first(study_of):
    study = study_of({"poor": POORER, "same": {}, "rich": RICHER})
    said = study.sentences()
    assert said[1].startswith("Of 3 alternatives held against siloed and judged together, one earns")
    assert said[2].startswith("Compared with siloed, rich: better in contribution +€")
    silent = study_of({"a": {}, "b": {}, "c": {}}).sentences()
    assert silent[1] == "Of 3 alternatives held against siloed and judged together, none can be told from it by its " \
        "contribution."
    assert "jugées ensemble, une rapporte plus" in study.sentences(lang="fr")[1]


def test_a_certain_difference_that_is_next_to_nothing_is_no_boast(study_of):
    study = study_of({"other": {"lost_sales_share": 1 - 1e-4, "cost_to_serve": 0.9}}, spread=0.0)
    assert set(study.against(kpis=["lost_sales_share"])["verdict"]) == {"better"}
    said = study.sentences()[2]
    assert "beyond noise but next to nothing: online sales lost −0.002 points [−0.002; −0.001]" in said
    assert said.count("better in") == 1
    assert "better in cost to serve −€" in said
    assert "[0.00;" not in said
    assert "presque rien : ventes en ligne perdues −0,002 points" in study.sentences(lang="fr")[2]


def test_one_alternative_alone_is_told_in_three_sentences(study_of):
    said = study_of({}).sentences()
    assert len(said) == 3
    assert said[1].startswith("An order costs €")
    assert "the whole retailer's contribution is €" in said[1]
    assert said[2] == "Means of 10 replications; one alternative, so nothing is compared."


def test_kpis_come_long_with_every_replication(study_of):
    study = study_of({"unified": UNIFIED}, replications=3)
    table = study.kpis()
    assert table.columns.tolist() == (
        ["scenario", "policy", "label", "replication", "kpi", "group"]
        + ["value", "numerator", "denominator", "unit", "group_label"]
    )
    assert len(table) == 2 * 3 * 8
    assert table["replication"].unique().tolist() == [0, 1, 2]
    nodes = study.kpis("node")
    assert nodes["group"].tolist() == [0] * 48
    assert nodes["group_label"].unique().tolist() == ["Paris <b>& co</b>"]
    assert len(study.kpis("zone")) == 0


def test_facts_are_those_that_sql_finds_on_disk(study_of):
    study = study_of({"unified": UNIFIED}, replications=2, facts="full")
    found = study.facts("costs")
    files = f"{study.path}/cells/*/*/*/facts/costs.parquet"
    theirs = duckdb.connect().execute(f"SELECT count(*), sum(amount) FROM '{files}'").fetchall()
    assert theirs == [(len(found), found["amount"].sum())]
    assert found.columns.tolist() == ["label", "replication", *SCHEMA["costs"]]
    one = study.facts("costs", label="unified", replication=1, columns=["amount"])
    assert one.columns.tolist() == ["label", "replication", "amount"]
    assert set(one["label"]) == {"unified"}
    assert set(one["replication"]) == {1}


def test_facts_that_are_not_there_are_told(study_of):
    study = study_of({"unified": UNIFIED}, replications=1)
    with pytest.raises(UnknownName, match="no fact table named 'parcels'"):
        study.facts("parcels")
    with pytest.raises(UnknownName, match="did you mean 'unified'"):
        study.facts("costs", label="unifid")
    with pytest.raises(StudyError, match="replication 5 is not finished"):
        study.facts("costs", replication=5)
    study = study_of({}, replications=1, facts="orders")
    with pytest.raises(StudyError, match="without 'stock'; run the study again with facts=\"full\""):
        study.facts("stock")


def test_a_study_opened_again_says_the_same(study_of, tmp_path):
    study = study_of({"unified": UNIFIED}, out=tmp_path, second_baseline=None)
    again = open_study(tmp_path)
    pd.testing.assert_frame_equal(again.table(), study.table())
    assert again.sentences() == study.sentences()
    assert again.alternatives == study.alternatives
    assert again.alternatives[1].document["days"] == 2
    assert (again.baseline, again.manifest["seed"], again.complete) == ("siloed", 1, True)


def test_an_unfinished_study_shows_what_is_there(study_of, tmp_path):
    study_of({"unified": UNIFIED}, out=tmp_path, replications=5)
    for cell in sorted(tmp_path.glob("cells/unified*/*/r0000[34]")):
        (cell / "DONE.json").unlink()
    study = open_study(tmp_path)
    assert not study.complete
    assert study.against()["n"].tolist() == [3] * 6
    assert "3 to 5 of 5 replications" in repr(study)


def test_a_manifest_garbled_inside_is_told(study_of, tmp_path):
    study_of({}, out=tmp_path, replications=1)
    path = tmp_path / "manifest.json"
    whole = json.loads(path.read_text())
    for change in ({"seed": "1"}, {"replications": None}, {"alternatives": [{}]}, {"alternatives": 3}):
        path.write_text(json.dumps(whole | change))
        with pytest.raises(StudyError, match="not what a study writes there"):
            open_study(tmp_path)


def test_a_policy_as_baseline_compares_within_each_scenario():
    scenarios = [TownScenario("calm"), TownScenario("rush", orders_per_day=40.0)]
    study = compare(scenarios, ["nearest", "cheapest"], replications=2, workers=1, baseline="nearest")
    found = study.against(kpis="cost_to_serve")
    assert found[["alternative", "baseline"]].to_numpy().tolist() == [
        ["calm · cheapest", "calm · nearest"],
        ["rush · cheapest", "rush · nearest"],
    ]
    assert study.against("calm", "cost_to_serve")["alternative"].tolist() == ["rush · nearest", "rush · cheapest"]
    assert study.manifest["baseline"] == "calm · nearest"


def test_html_of_a_notebook_escapes_what_users_wrote(study_of):
    shown = study_of({"<script>alert(1)</script>": UNIFIED}, replications=2)._repr_mimebundle_()["text/html"]
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_charts_and_reports_hang_themselves_on(study_of, monkeypatch, tmp_path):
    study = study_of({}, replications=1)
    monkeypatch.setattr("orchestrion.experiments.upstairs.loaders", [])
    monkeypatch.setattr("orchestrion.experiments.upstairs.surfaces", hung := {})
    with pytest.raises(StudyError, match=r"import orchestrion\.reports first"):
        _ = study.plot
    hung["plot"] = lambda of: ("charts of", of.seed)
    hung["html"] = lambda of, path, lang="en": path.write_text(lang)
    assert study.plot == ("charts of", 1)
    assert study.to_html(tmp_path / "r.html", lang="fr").read_text() == "fr"
    assert isinstance(surfaces, dict)
    assert isinstance(loaders, list)


def test_the_demo_compares_seven_scenarios_over_two_weeks_with_both_baselines(monkeypatch):
    asked = {}
    monkeypatch.setattr("orchestrion.experiments.demo.compare", lambda of, **how: asked.update(how, of=of))
    demo_study(replications=4)
    assert [scenario.name for scenario in asked["of"]] == list(SCENARIOS)
    assert len(set(SCENARIOS)) == 7
    for scenario in asked["of"]:
        assert scenario.document.time.measured_weeks == 2
        assert scenario.title == load_scenario(scenario.name).title
    assert (asked["baseline"], asked["second_baseline"], asked["replications"]) == (*SCENARIOS[:2], 4)


def test_every_headline_kpi_has_a_unit_that_sentences_can_write():
    for key in HEADLINE:
        assert kpis[key].unit in UNITS
        assert kpis[key].direction in ("less", "more")


def test_importing_experiments_imports_no_heavy_library():
    import subprocess

    heavy = "pandas", "scipy", "duckdb", "plotly", "pulp", "babel", "loky"
    code = (
        "import sys; before = set(sys.modules); import orchestrion.experiments; "
        f"print([m for m in {heavy!r} if m in set(sys.modules) - before])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
