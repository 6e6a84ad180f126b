"""Bundled scenarios and data files are found by one locator, and by nothing that leads out of their folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrion import bundled
from orchestrion.errors import InputError, UnknownName


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
