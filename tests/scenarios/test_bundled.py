"""Bundled scenarios and data files are found by one locator, and by nothing that leads out of their folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrion import bundled
from orchestrion.errors import InputError, UnknownName
from orchestrion.scenarios import load_scenario


def test_what_is_inside_the_package_comes_before_the_working_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "orchestrion"
    for folder in (tmp_path, package / "bundled"):
        (folder / "scenarios").mkdir(parents=True)
        (folder / "scenarios" / f"{folder.name}_one.yaml").write_text("title: x\n")
    monkeypatch.setattr(bundled, "_PACKAGE", package)
    assert bundled.scenario_names() == ["bundled_one"]
    (package / "bundled" / "scenarios").rename(tmp_path / "away")
    assert bundled.scenario_names() == [f"{tmp_path.name}_one"]


def test_a_scenario_is_found_with_or_without_its_suffix() -> None:
    assert bundled.scenario_path("france_unified") == bundled.scenario_path("france_unified.yaml")
    with pytest.raises(UnknownName, match="did you mean 'france_unified'"):
        bundled.scenario_path("france_unifed")


@pytest.mark.parametrize("parts", [("geo", "nothing.csv"), ("..", "pyproject.toml"), ("/etc/hostname",)])
def test_data_files_outside_of_the_folder_are_not_found(parts: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="no such bundled data file"):
        bundled.data_path(*parts)
    assert bundled.data_path("geo", "communes_fr.csv").is_file()


TEN_MISTAKES = """\
title: x
extends: france_siloed.yaml
stock: {web_weeks: -1, web_wek: 3}
time: {start: 2026-13-45}
network:
  stores: {opening: {opens: "25:00"}, wage_eur_per_hour: free}
  nodes: {lille: {size: XL}}
options: {collect: {service: shutle}}
policy: {name: nearst}
reactions: {online: {leave: 0.5, wait: 0.1}}
demand: {online: {lines: [0.5, 0.2]}}
"""


def test_ten_mistakes_of_different_kinds_are_ten_located_messages(tmp_path: Path) -> None:
    file = tmp_path / "ten.yaml"
    file.write_text(TEN_MISTAKES, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_scenario(file)
    told = [(problem.line, problem.where) for problem in refused.value.problems]
    assert told == [
        (3, "stock.web_weeks"),
        (3, "stock.web_wek"),
        (4, "time.start"),
        (6, "network.stores.opening.opens"),
        (6, "network.stores.wage_eur_per_hour"),
        (7, "network.nodes.lille.size"),
        (8, "options.collect.service"),
        (9, "policy.name"),
        (10, "reactions.online"),
        (11, "demand.online.lines"),
    ]
    assert all(problem.rule.endswith((".", "?")) for problem in refused.value.problems)


def test_one_option_is_changed_without_repeating_the_others(tmp_path: Path) -> None:
    file = tmp_path / "quick.yaml"
    file.write_text("extends: france_siloed.yaml\noptions: {collect: {promise_days: 2}}\n", encoding="utf-8")
    options = load_scenario(file).document.options
    # their order is the order of ids, by which customers' wishes are drawn: a change of one may not move the others
    assert list(options) == ["home_standard", "home_j1", "collect", "pickup_point", "same_day"]
    assert (options["collect"].promise_days, options["collect"].collect) == (2, True)
