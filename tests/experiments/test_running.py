"""Running studies: the same facts on one and two workers, nothing done twice, nothing half done."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest
from running_studies import CALM, HERE, RUSH, Careless, bytes_of, contents
from small_studies import TownScenario

from orchestrion.errors import InputError, PlanError, StudyError, UnknownName
from orchestrion.experiments import cell as cell_module
from orchestrion.experiments import compare, open_study, run


def test_one_and_two_workers_write_the_same_facts_to_the_byte(tmp_path):
    for workers in (1, 2):
        out = tmp_path / str(workers)
        compare([CALM, RUSH], ["nearest", "cheapest"], replications=2, workers=workers, out=out, facts="full")
    one, two = (bytes_of(tmp_path / name, "cells", "dims", "scenarios") for name in ("1", "2"))
    assert len([name for name in one if name.endswith("DONE.json") and "cells" in name]) == 8
    assert one == two


def test_two_replications_and_two_scenarios_are_not_alike():
    found = contents(compare([CALM, RUSH], replications=2, workers=1))
    assert len({hashes["requests"] for hashes in found.values()}) == 4


def test_finished_replications_are_not_run_again(tmp_path, simulations):
    compare([CALM], ["nearest"], replications=2, workers=1, out=tmp_path)
    assert len(simulations) == 2
    study = compare([CALM], ["nearest", "cheapest"], replications=3, workers=1, out=tmp_path)
    assert simulations[2:] == [("cheapest", 1, 0), ("cheapest", 1, 1), ("nearest", 1, 2), ("cheapest", 1, 2)]
    assert study.complete
    compare([CALM], ["nearest", "cheapest"], replications=3, workers=1, out=tmp_path, facts="none")
    assert len(simulations) == 6


def test_more_facts_than_were_kept_mean_running_again(tmp_path, simulations):
    compare([CALM], replications=1, workers=1, out=tmp_path, facts="none")
    study = compare([CALM], replications=1, workers=1, out=tmp_path, facts="full")
    assert len(simulations) == 2
    assert len(study.facts("stock")) > 0


def test_another_policy_parameter_scenario_or_version_is_another_cell(tmp_path, simulations, monkeypatch):
    compare([CALM], ["nearest"], replications=1, workers=1, out=tmp_path)
    compare([CALM], [{"name": "nearest", "within_km": 15}], replications=1, workers=1, out=tmp_path)
    compare([TownScenario("calm", orders_per_day=21.0)], ["nearest"], replications=1, workers=1, out=tmp_path)
    assert len(simulations) == 3
    monkeypatch.setattr("orchestrion.experiments.running.engine_version", lambda: "0.9.9+abc")
    study = compare([CALM], ["nearest"], replications=1, workers=1, out=tmp_path)
    assert len(simulations) == 4
    assert study.complete


def test_a_folder_with_another_seed_is_refused_and_intact(tmp_path):
    compare([CALM], replications=1, workers=1, out=tmp_path, seed=1)
    before = bytes_of(tmp_path, ".")
    with pytest.raises(StudyError, match="holds a study with seed 1, this one has seed 2"):
        compare([CALM], replications=1, workers=1, out=tmp_path, seed=2)
    assert bytes_of(tmp_path, ".") == before


def test_a_folder_with_somebody_elses_files_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"")
    with pytest.raises(StudyError, match="not a study folder; choose another"):
        compare([CALM], replications=1, workers=1, out=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match="there is a file where a folder is needed"):
        compare([CALM], replications=1, workers=1, out=tmp_path / "file")


def test_progress_counts_to_the_end_what_was_there_included(tmp_path):
    events = []
    compare([CALM], replications=2, workers=1, out=tmp_path)
    compare([CALM], replications=3, workers=1, out=tmp_path, progress=events.append)
    assert [(e.done, e.total, e.label, e.replication) for e in events] == [
        (1, 3, "calm", 0),
        (2, 3, "calm", 1),
        (3, 3, "calm", 2),
    ]
    assert [e.seconds > 0 for e in events] == [False, False, True]


def test_somebody_elses_executor_gives_the_same_facts_and_is_left_open():
    with ThreadPoolExecutor(2) as threads:
        there = compare([CALM], replications=2, executor=threads)
        assert threads.submit(int, 7).result() == 7
    assert contents(there) == contents(compare([CALM], replications=2, workers=1))


def test_a_study_without_a_place_vanishes_with_its_object():
    study = run(CALM)
    path = study.path
    assert path.is_dir()
    del study
    gc.collect()
    assert not path.exists()


def test_a_vanishing_study_can_be_saved(tmp_path):
    study = run(CALM)
    kept = study.save(tmp_path / "kept")
    assert kept.verify() == []
    assert kept.table().equals(study.table())
    with pytest.raises(StudyError, match="not empty"):
        study.save(tmp_path / "kept")


def test_an_error_says_in_which_replication_it_happened(tmp_path):
    with pytest.raises(PlanError) as caught:
        compare([CALM], [Careless()], replications=1, workers=1, out=tmp_path)
    assert caught.value.__notes__ == ["in calm · Careless, replication 0 (seed 1)"]
    assert not list(tmp_path.glob("cells/*/*/r*"))


@pytest.mark.slow
def test_an_interrupted_study_goes_on_where_it_stopped(tmp_path, monkeypatch):
    script = textwrap.dedent(
        f"""
        import signal, sys
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started us may have it ignored
        sys.path[:0] = {HERE!r}
        from small_studies import TownScenario
        from orchestrion.experiments import compare
        def tell(event):
            print(event.done, flush=True)
        try:
            compare([TownScenario("calm")], replications=400, workers=2, out={str(tmp_path)!r}, progress=tell)
        except KeyboardInterrupt:
            print("interrupted", flush=True)
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    for line in process.stdout:
        if int(line) >= 3:
            break
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: the workers hear it too
    said, errors = process.communicate(timeout=60)
    assert said.splitlines()[-1] == "interrupted"
    assert "Traceback" not in errors
    before = sorted(int(path.parent.name[1:]) for path in tmp_path.glob("cells/*/*/r*/DONE.json"))
    assert 3 <= len(before) < 400
    # the sources may be under the hands of somebody while tests run
    engine = open_study(tmp_path).manifest["engine"]
    monkeypatch.setattr("orchestrion.experiments.running.engine_version", lambda: engine)
    events = []
    study = compare([CALM], replications=before[-1] + 1, workers=1, out=tmp_path, progress=events.append)
    assert [event.replication for event in events if event.seconds == 0] == before
    assert study.complete
    assert study.verify() == []
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith(".tmp")]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"replications": 0}, StudyError, "replications = 0: a whole number, 1 or more"),
        ({"replications": 2.5}, StudyError, "replications = 2.5"),
        ({"seed": -1}, StudyError, "seed = -1"),
        ({"workers": 0}, StudyError, "workers = 0"),
        ({"executor": 7, "cluster": "tcp://there:8786"}, StudyError, "an executor is given, too; leave out one"),
        ({"facts": "all"}, StudyError, "facts = 'all': write one of none, orders, full"),
        ({"policies": "nearst"}, UnknownName, "did you mean 'nearest'"),
        ({"policies": {"name": "nearest", "within": 3}}, InputError, "did you mean within_km"),
        ({"policies": Careless}, StudyError, r"write Careless\(\)"),
        ({"policies": 7}, StudyError, "no sourcing policy"),
        ({"policies": []}, StudyError, "no policy to run"),
        ({"scenarios": []}, StudyError, "no scenario to run"),
        ({"scenarios": [3]}, StudyError, "3 is no scenario"),
        ({"scenarios": [CALM, TownScenario("calm", days=1)]}, StudyError, "two alternatives are called 'calm'"),
        ({"baseline": "clam"}, UnknownName, "did you mean 'calm'"),
        ({"second_baseline": "clam"}, UnknownName, "did you mean 'calm'"),
    ],
)
def test_what_cannot_be_run_is_refused_before_anything_is_written(tmp_path, change, error, words):
    asked = {"scenarios": [CALM], "replications": 1, "workers": 1, "out": tmp_path / "out"} | change
    with pytest.raises(error, match=words):
        compare(**asked)
    assert not (tmp_path / "out").exists()


@pytest.fixture
def collector(monkeypatch):
    """The collector as a process of its own has it: nothing is frozen yet."""
    gc.unfreeze()
    monkeypatch.setattr(cell_module, "_collector", cell_module._Collector())
    yield
    gc.freeze()  # as all tests have it


@pytest.mark.usefixtures("collector")
def test_the_collector_is_as_it_was_after_a_simulation():
    before = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()
    with cell_module.quiet_collector():
        assert gc.get_threshold()[0] > before[0][0]
        assert gc.get_freeze_count() > 10_000
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before

    def fails():
        with cell_module.quiet_collector():
            raise PlanError("no")

    with pytest.raises(PlanError):
        fails()
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before


@pytest.mark.usefixtures("collector")
def test_the_collector_wakes_with_the_last_of_several_simulations():
    before = gc.get_threshold(), gc.get_freeze_count()
    first, second = cell_module.quiet_collector(), cell_module.quiet_collector()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] >= 200_000
    assert gc.get_freeze_count() > 10_000
    second.__exit__(None, None, None)
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.mark.usefixtures("collector")
def test_what_somebody_else_froze_stays_frozen():
    gc.freeze()
    for _ in range(2):
        with cell_module.quiet_collector():
            assert gc.get_threshold()[0] >= 200_000
        assert gc.get_freeze_count() > 10_000
