"""A study on disk under another set of CO2e factors is what a new run under that set would have said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_studies import TOWN

from orchestrion.errors import StudyError
from orchestrion.experiments import cohorts, compare, open_study
from orchestrion.scenarios import Scenario

OTHER = "emissions/iso14083.csv"
LIVELY = TOWN + "visibility: {web_sees: [warehouses, stores]}\nreturns: {on: true}\n"


def test_a_study_repriced_is_a_study_run_anew_under_the_other_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cohorts, "BASKETS", 20)
    own = Scenario.from_yaml(LIVELY, name="town")
    other = own.vary("town", {"emissions.factors_table": OTHER})
    for name, scenario in (("own", own), ("other", other)):
        compare([scenario], ["nearest"], replications=1, seed=3, workers=1, out=tmp_path / name)
    study, again = (open_study(tmp_path / name) for name in ("own", "other"))
    told = study.reprice(OTHER)
    run = again.reprice(OTHER)
    keys = ["label", "replication", "leg", "trip"]
    assert told[keys].to_numpy().tolist() == run[keys].to_numpy().tolist()
    assert len(set(told["leg"])) > 6
    assert "return" in set(told["leg"])
    # to the milligram what the other study recorded, and not what this one did
    assert told["repriced_kg"].to_numpy() == pytest.approx(run["kg"].to_numpy(), abs=1e-9)
    assert np.abs(told["repriced_kg"] - told["kg"]).max() > 0.01
    recorded = again.facts("emissions", label=again.labels[0], replication=0)["amount"].sum() / 1e6
    assert told.loc[told["replication"] == 0, "repriced_kg"].sum() == pytest.approx(recorded, abs=1e-9)
    assert study.reprice("emissions/ademe.csv")["repriced_kg"].tolist() == told["kg"].tolist()


def test_a_study_that_kept_no_facts_cannot_be_repriced(tmp_path: Path) -> None:
    study = compare([Scenario.from_yaml(TOWN, name="town")], ["nearest"], replications=1, workers=1, facts="none",
                    out=tmp_path / "bare")  # fmt: skip
    with pytest.raises(StudyError):
        study.reprice(OTHER)
