"""Which parameters matter: the indices of a function whose answer is known, and of a town where it is plain."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_studies import TOWN

from orchestrion.errors import StudyError
from orchestrion.experiments import open_study, sensitivity
from orchestrion.experiments.sensitivity import design, indices
from orchestrion.scenarios import Scenario

RATE = "demand.online.orders_per_day"
PROTECTED = "network.stores.protected_units"


def ishigami(unit: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    x, y, z = (2 * unit - 1).T * np.pi
    return np.sin(x) + a * np.sin(y) ** 2 + b * z**4 * np.sin(x)


def test_sobol_indices_of_the_ishigami_function_are_the_known_ones() -> None:
    """S1 = .3139, .4424, 0; total .5576, .4424, .2437 (Ishigami and Homma 1990)."""
    unit = design("sobol", 3, 4096, seed=1)
    found = indices("sobol", unit, ishigami(unit))
    assert found["s1"] == pytest.approx([0.3139, 0.4424, 0.0], abs=0.02)
    assert found["st"] == pytest.approx([0.5576, 0.4424, 0.2437], abs=0.02)
    assert (np.abs(found["s1"] - [0.3139, 0.4424, 0.0]) <= 1.5 * found["s1_half"]).all()
    assert unit.shape == (4096 * 5, 3)


def test_morris_effects_of_a_straight_line_are_its_slopes() -> None:
    slopes = np.array([3.0, -2.0, 0.0])
    unit = design("morris", 3, 8, seed=4)
    found = indices("morris", unit, unit @ slopes + 7.0)
    assert found["mu"] == pytest.approx(slopes)
    assert found["mu_star"] == pytest.approx(np.abs(slopes))
    assert found["sigma"] == pytest.approx(0.0, abs=1e-9)
    bent = indices("morris", unit, unit[:, 0] * unit[:, 1])
    assert (bent["sigma"][:2] > 0.1).all()


def test_a_result_that_depends_on_nothing_has_no_indices() -> None:
    unit = design("morris", 2, 3, seed=1)
    assert indices("morris", unit, np.ones(len(unit)))["mu_star"].tolist() == [0.0, 0.0]


@pytest.fixture(scope="module")
def town():
    return Scenario.from_yaml(TOWN, name="town")


def test_orders_matter_more_to_a_town_than_one_protected_unit(town, tmp_path) -> None:
    ranges = {PROTECTED: "0:1", RATE: "10:40"}
    study = sensitivity(town, ranges, method="morris", points=3, replications=2, workers=1, out=tmp_path)
    table = open_study(tmp_path).sensitivity("contribution")
    assert table["parameter"].tolist() == [RATE, PROTECTED]
    assert table["mu_star"].iloc[0] > 2 * table["mu_star"].iloc[1]
    assert table["mu"].iloc[0] > 0
    assert len(study.alternatives) <= table.attrs["points"] == 9  # equal points are run once
    assert 0 <= table.attrs["noise_share"] < 1
    # the indices are those of the means in the order of the design
    made = json.loads((tmp_path / "manifest.json").read_text())["notes"]["design"]
    values = np.array([study.estimate("contribution", name).mean for name in made["order"]])
    assert table["mu"].tolist()[::-1] == pytest.approx(indices("morris", np.array(made["unit"]), values)["mu"].tolist())


@pytest.mark.slow
def test_sobol_shares_of_a_town_add_up(town) -> None:
    study = sensitivity(
        town, {PROTECTED: [0, 5], RATE: "10:40"}, method="sobol", points=8, replications=1, workers=1
    )
    table = study.sensitivity("contribution")
    assert table["parameter"].tolist()[0] == RATE
    assert (table["st"] > table["s1"] - 0.3).all()


def test_what_cannot_be_designed_is_told(town) -> None:
    with pytest.raises(StudyError, match="two parameters or more"):
        sensitivity(town, {RATE: "10:20"})
    with pytest.raises(StudyError, match="write morris or sobol"):
        sensitivity(town, {RATE: "10:20", PROTECTED: "0:2"}, method="fast")
    with pytest.raises(StudyError, match="powers of two"):
        sensitivity(town, {RATE: "10:20", PROTECTED: "0:2"}, method="sobol", points=10)
    with pytest.raises(StudyError, match="more than 50,000 points"):
        design("morris", 60, 1000, 1)
