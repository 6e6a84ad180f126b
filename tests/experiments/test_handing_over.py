"""A policy that cannot be said in rules is approximated, and what is lost is measured on fresh customers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import orchestrion as orc
from orchestrion.apps.cli import app
from orchestrion.experiments import Study, compare, handed_over, open_study
from orchestrion.policies.sourcing import make_policy
from orchestrion.scenarios.rules_out import read_rules

TOWN = """\
title: A town
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
    arras: {role: store, lat: 50.29, lon: 2.78, size: S}
assortment: {skus: 20}
visibility: {web_sees: [warehouses, stores]}
demand:
  online: {orders_per_day: 15}
  walk_in: {per_day: 20}
policy: {name: warehouse_first}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "town.yaml").write_text(TOWN, encoding="utf-8")
    return compare(
        [orc.load_scenario(folder / "town.yaml")],
        ["warehouse_first", "nearest", "weighted"],
        replications=2,
        workers=1,
        out=folder / "study",
        facts="none",
    )


def test_a_policy_that_is_a_rule_set_loses_nothing(study: Study) -> None:
    found = handed_over(study, study.labels[1])
    assert found.exact
    assert found.loss == {}
    assert found.sentences() == ["The rules are the policy, order by order."]


@pytest.mark.slow
def test_what_an_approximation_loses_is_measured_on_customers_the_search_never_saw(study: Study) -> None:
    found = handed_over(study, study.labels[2], replications=2, workers=1)
    assert not found.exact
    titles = [title for title, _ in found.tried]
    assert len(titles) == len(set(titles)) >= 7
    means = [mean for _, mean in found.tried]
    assert means == sorted(means, reverse=True), "the best contribution first"
    assert found.policy.title == titles[0]
    again = compare(
        [study.scenario(study.labels[2])],
        [make_policy("weighted"), found.policy],
        replications=2,
        seed=study.seed + 1,
        workers=1,
        facts="none",
    )
    ours, theirs = ([again.replicated("contribution", label)[r] for r in (0, 1)] for label in reversed(again.labels))
    loss = found.loss["contribution"]
    assert loss.n == 2
    assert loss.mean == pytest.approx(sum(o - t for o, t in zip(ours, theirs, strict=True)) / 2, abs=1e-9)
    searched = compare(
        [study.scenario(study.labels[2])], [found.policy], replications=2, seed=study.seed, workers=1, facts="none"
    )
    assert searched.estimate("contribution", searched.labels[0]).mean == pytest.approx(means[0])


def test_rules_that_serve_nobody_lose(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = make_policy({"name": "rules", "title": "nobody", "rules": [{"name": "wait", "action": "hold"}]})
    monkeypatch.setattr("orchestrion.experiments.handing_over.candidates", lambda policy: [nobody])
    found = handed_over(study, study.labels[2], replications=2, workers=1)
    assert found.loss["contribution"].mean < 0, "rules minus policy"


def test_the_command_writes_rules_that_read_back_and_tells_what_changes(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "rules.json"
    arguments = ["export-rules", str(study.path), "--policy", "nearest", "--out", str(out), "--today", study.labels[0]]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "The rules are the policy, order by order." in done.output
    assert "generic says all of it." in done.output
    assert "as near as rules come" in done.output, "warehouse first splits otherwise"
    assert any(line.startswith("+ nearest: ") for line in done.output.splitlines())
    policy = read_rules(out.read_text(encoding="utf-8"))
    assert policy.rules[0]["sorts"] == ({"nearest": True},)
    about = json.loads(out.read_text(encoding="utf-8"))["about"]
    assert about["nodes"] == {"lille": "lille", "lens": "lens", "arras": "arras"}


@pytest.mark.parametrize("system", ["shopify", "magento", "hotwax", "d365", "onestock"])
def test_the_command_speaks_every_systems_language(study: Study, system: str) -> None:
    done = CliRunner().invoke(app, ["export-rules", str(study.path), "--policy", "nearest", "--for", system, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["exact"] is True
    assert told["steps"]
    assert told["content"]


def test_the_command_refuses_what_it_does_not_know(study: Study) -> None:
    for arguments, message in (
        (["export-rules"], "name a study folder"),
        (["export-rules", str(study.path), "--for", "shopfy"], "did you mean 'shopify'"),
        (["export-rules", str(study.path), "--policy", "fastest"], "no alternative 'fastest'"),
    ):
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 2
        assert message in done.output


def test_the_study_stays_as_it_was(study: Study) -> None:
    assert open_study(study.path).labels == study.labels
