"""The command line as a stranger meets it: results on standard output, complaints and progress on standard error."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from orchestrion.apps.cli import app
from orchestrion.errors import InputError
from orchestrion.experiments import open_study

TOWN = """\
# A town with one warehouse and two stores, for a quick look.
title: A town
time: {warm_up_weeks: 0, measured_weeks: 1, run_off_days: 5}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.6, lon: 3.1, size: S}
    lens: {role: store, lat: 50.43, lon: 2.83, size: S}
    arras: {role: store, lat: 50.29, lon: 2.78, size: M}
assortment: {skus: 30}
demand:
  online: {orders_per_day: 20}
  walk_in: {per_day: 60}
policy: {name: nearest}
overrides:
  rush: {demand.online.orders_per_day: 60}
"""


@pytest.fixture(autouse=True)
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "town.yaml"
    path.write_text(TOWN, encoding="utf-8")
    return path


def orchestrion(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


def well(*arguments: str) -> str:
    result = orchestrion(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    result = orchestrion(*arguments)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    return result.stderr


def figures(text: str) -> dict[str, float]:
    (alternative,) = json.loads(text)["alternatives"]
    return {key: kpi["mean"] for key, kpi in alternative["kpis"].items()}


def test_run_prints_the_headline_kpis(town: Path) -> None:
    text = well("run", "town.yaml")
    assert "A town, sourced by nearest, seed 1, one replication" in text
    for words in ("Stockout rate", "Delivery time", "Cost to serve", "Contribution", "€ per order"):
        assert words in text


def test_json_is_clean_and_says_the_same_as_the_study_folder() -> None:
    told = figures(well("run", "town.yaml", "--json", "--out", "study"))
    study = open_study("study")
    assert told == {key: study.estimate(key, "town").mean for key in told}


def test_the_same_seed_tells_the_same_and_another_does_not() -> None:
    first = well("run", "town.yaml", "--json")
    assert well("run", "town.yaml", "--json") == first
    assert figures(well("run", "town.yaml", "--json", "--seed", "2")) != figures(first)


def test_set_and_override_change_the_scenario() -> None:
    plain = figures(well("run", "town.yaml", "--json"))
    rush = figures(well("run", "town.yaml", "--json", "--set", "demand.online.orders_per_day=60"))
    assert rush["contribution"] > plain["contribution"]
    assert figures(well("run", "town.yaml", "--json", "--override", "rush")) == rush
    assert figures(well("run", "town.yaml#rush", "--json")) == rush


def test_compare_says_what_is_noise_and_leaves_a_study_to_report_on() -> None:
    text = well("compare", "town.yaml", "town.yaml#rush", "--replications", "2", "--workers", "1", "--out", "study")
    assert "±" in text
    assert "From town to town#rush, the contribution of the whole retailer changes by +" in text
    assert open_study("study").labels == ["town", "town#rush"]
    assert well("report", "study", "--html", "pages/r.html", "--lang", "fr").strip() == str(Path("pages/r.html"))
    page = Path("pages/r.html").read_text(encoding="utf-8")
    assert '<html lang="fr"' in page
    assert "A town (rush)" in page


def test_policies_are_compared_within_a_scenario() -> None:
    arguments = ["--policy", "nearest:within_km=100", "--policy", "cheapest", "--baseline", "cheapest"]
    told = json.loads(well("compare", "town.yaml", *arguments, "--replications", "2", "--workers", "1", "--json"))
    assert [one["policy"] for one in told["alternatives"]] == ["nearest(within_km=100.0)", "cheapest"]
    assert {one["alternative"] for one in told["differences"]} == {"town · nearest(within_km=100.0)"}


def test_progress_goes_to_standard_error() -> None:
    result = orchestrion("run", "town.yaml", "--json")
    assert "1 of 1 replications" in result.stderr
    json.loads(result.stdout)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "twon.yaml"], "did you mean"),
        (["run", "town.yaml", "--set", "demand.onlin.orders_per_day=3"], 'did you mean "online"?'),
        (["run", "town.yaml", "--set", "nonsense"], "write key=value"),
        (["run", "town.yaml", "--override", "rusch"], "did you mean 'rush'?"),
        (["run", "town.yaml", "--policy", "neerest"], "did you mean 'nearest'?"),
        (["run", "town.yaml", "--policy", "nearest:within=3"], "did you mean within_km?"),
        (["run", "town.yaml", "--policy", "nearest:3"], "NAME:param=value"),
        (["run", "town.yaml", "--html", "."], "cannot be written"),
        (["run", "town.yaml", "--replications", "0"], "--replications"),
        (["compare", "town.yaml", "--baseline", "twon", "--replications", "1"], "did you mean 'town'?"),
        (["report", "nowhere"], "nowhere"),
        (["kpis", "stockout"], "did you mean 'stockout_rate'?"),
        (["policies", "near"], "did you mean 'nearest'?"),
        (["nothing"], "nothing"),
    ],
)
def test_wrong_input_is_a_message_and_exit_code_2(arguments: list[str], says: str) -> None:
    assert says in refused(*arguments)


def test_validate_tells_all_problems_of_all_files() -> None:
    Path("bad.yaml").write_text("title: 3\ntime: {measured_weeks: 0}\ndemnd: {}\n")
    result = orchestrion("validate", "town.yaml", "bad.yaml")
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert lines[0] == "town.yaml: sound. A town"
    assert [line.partition(": ")[0] for line in lines[1:]] == ["bad.yaml:1", "bad.yaml:2", "bad.yaml:3"]
    told = json.loads(orchestrion("validate", "town.yaml", "bad.yaml", "--json").stdout)
    assert [one["sound"] for one in told] == [True, False]
    assert [problem["line"] for problem in told[1]["problems"]] == [1, 2, 3]


def test_scenarios_can_be_looked_at_and_compared() -> None:
    assert "france_unified" in well("scenarios")
    assert "A town with one warehouse and two stores, for a quick look." in well("scenarios", "town.yaml")
    diff = well("scenarios", "town.yaml#rush", "--diff", "town.yaml")
    assert "demand.online.orders_per_day" in diff
    Path("resolved.yaml").write_text(well("scenarios", "town.yaml", "--yaml"))
    again, before = (json.loads(well("scenarios", name, "--json")) for name in ("resolved.yaml", "town.yaml"))
    assert again["hash"] == before["hash"]


def test_the_family_of_policies_and_kpis_is_listed() -> None:
    assert "nearest" in well("policies")
    assert "within_km" in well("policies", "nearest")
    names = [kpi["kpi"] for kpi in json.loads(well("kpis", "--json"))]
    assert names[0] == "stockout_rate"
    listed = well("kpis")
    assert all(name in listed for name in names)
    assert "catalogue web" in well("kpis", "stockout_rate", "--lang", "fr")


def test_the_schema_is_printed_for_editors() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(well("schema")))


def test_markup_in_somebody_s_title_is_only_text(town: Path) -> None:
    town.write_text(TOWN.replace("A town\n", '"[bold]A[/bold] <b>\\e[31mtown</b>"\n', 1))
    assert "[bold]A[/bold] <b>[31mtown</b>, sourced by" in well("run", "town.yaml")


def outside(*arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestrion", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | options, timeout=120, check=False)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nbefore = set(sys.modules)\n"  # what site-packages hooks load is not our doing
        "from orchestrion.apps.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = 'numpy pandas scipy pulp simpy plotly duckdb pydantic yaml jinja2 babel holidays geopy loky'.split()\n"
        "print([name for name in heavy if name in sys.modules and name not in before], file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert result.stderr.splitlines()[-1] == "[]"
    for command in ("demo", "run", "compare", "report", "validate", "scenarios", "policies", "kpis", "schema"):
        assert command in result.stdout


def test_the_module_runs_from_a_folder_without_the_repository(tmp_path: Path) -> None:
    result = outside("scenarios", "--json")
    assert result.returncode == 0, result.stderr
    assert "france_siloed" in [one["name"] for one in json.loads(result.stdout)]


@pytest.mark.slow
def test_a_pipe_that_cannot_take_every_letter_is_still_served() -> None:
    result = outside("run", "town.yaml", PYTHONIOENCODING="ascii")
    assert result.returncode == 0, result.stderr
    assert "Contribution" in result.stdout


def test_an_interrupted_command_says_how_to_go_on_and_exits_with_130() -> None:
    # whoever started the tests may have interruptions ignored, as background jobs have
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from orchestrion.apps.cli import main; main()"]
    command += ["run", "town.yaml", "--replications", "500", "--workers", "1", "--out", "study"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(600):  # until something is finished
        if list(Path("study").glob("cells/*/*/r*/DONE.json")) or process.poll() is not None:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert re.search(r"\d+ of 500 replications are finished and kept\..* \(--out study\) goes on", err)
    assert "Traceback" not in err
    study = open_study("study")
    assert not study.complete


def test_writable_refuses_before_the_run_and_leaves_nothing_behind(tmp_path: Path) -> None:
    from orchestrion.apps.console import writable

    writable(tmp_path / "new" / "r.html")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "kept.html").write_text("old")
    writable(tmp_path / "kept.html")
    assert (tmp_path / "kept.html").read_text() == "old"
    with pytest.raises(InputError):
        writable(tmp_path)
