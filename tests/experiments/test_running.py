"""Running studies: the same facts on one and two workers, nothing done twice, nothing half done, no policy confused."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from small_studies import TownScenario

from orchestrion.errors import InputError, PlanError, StudyError, UnknownName
from orchestrion.experiments import cell as cell_module
from orchestrion.experiments import compare, identity, open_study, run
from orchestrion.experiments.identity import canonical, digest, policy_identity, policy_text
from orchestrion.experiments.parallel import ATTEMPTS, run_tasks, worker_count
from orchestrion.policies.sourcing import make_policy

CALM, RUSH = TownScenario("calm"), TownScenario("rush", orders_per_day=40.0)
HERE = [str(Path(__file__).parent), str(Path(__file__).parents[1])]


def contents(study):
    """Every table of every replication, by its hash."""
    return {(label, i): done.hashes for label in study.labels for i, done in enumerate(study.finished(label))}


def bytes_of(path, *folders):
    """Every file below the folders, to the byte."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for folder in folders
        for file in sorted((path / folder).rglob("*"))
        if file.is_file()
    }


@pytest.fixture
def simulations(monkeypatch):
    """Counts the simulations made in this process."""
    made = []
    simulate = cell_module.simulate

    def counted(world, watch, *, seed, replication):
        made.append((policy_text(watch.policy), seed, replication))
        return simulate(world, watch, seed=seed, replication=replication)

    monkeypatch.setattr(cell_module, "simulate", counted)
    return made


@dataclass(frozen=True)
class Careless:
    """A policy of somebody's own that promises what is not there."""

    def start(self, view, streams):
        return self

    def decide(self, orders, view):
        plan = view.new_plan()
        for line in orders[0].lines:
            plan.source(line, 0, qty=10_000)
        return plan


@dataclass(frozen=True)
class Deadly:
    """Kills the process that runs it, as long as there are lives left in a folder of files."""

    lives: str

    def start(self, view, streams):
        left = sorted(Path(self.lives).iterdir())
        if left:
            left[0].unlink()
            os._exit(1)
        return make_policy("nearest").start(view, streams)


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
def test_an_error_in_a_worker_comes_home_as_itself():
    with pytest.raises(PlanError, match="10000 units promised where") as caught:
        compare([CALM], [Careless()], replications=2, workers=2)
    assert any(note.startswith("in calm · Careless, replication") for note in caught.value.__notes__)


def test_a_replication_whose_worker_dies_is_run_again(tmp_path):
    lives = tmp_path / "lives"
    lives.mkdir()
    for i in range(ATTEMPTS - 1):
        (lives / str(i)).touch()
    study = compare([CALM], [Deadly(str(lives)), "nearest"], replications=2, workers=2, out=tmp_path / "out")
    assert study.complete
    assert not list(lives.iterdir())
    here = contents(study)
    assert here["calm · nearest", 0] == here[study.labels[0], 0]
    assert not list((tmp_path / "out").rglob("*.tmp"))


@pytest.mark.slow
def test_a_replication_that_keeps_killing_its_worker_is_named_and_the_others_are_kept(tmp_path):
    lives = tmp_path / "lives"
    lives.mkdir()
    for i in range(50):
        (lives / f"{i:02d}").touch()
    with pytest.raises(StudyError, match=r"calm · Deadly.*replication 0: its worker process died 3 times"):
        compare([CALM], ["nearest", Deadly(str(lives))], replications=1, workers=2, out=tmp_path / "out")
    study = open_study(tmp_path / "out")
    assert not study.complete
    assert len(study.finished("calm · nearest")) == 1


def test_an_executor_that_breaks_down_is_told():
    class Broken(ThreadPoolExecutor):
        def submit(self, *_):
            future = super().submit(int, 1)
            future.result()
            future._exception, future._result = BrokenProcessPool("gone"), None
            return future

    with Broken(1) as executor, pytest.raises(StudyError, match="the executor given broke down"):
        compare([CALM], replications=1, executor=executor)


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


@pytest.mark.slow
def test_a_policy_of_a_script_without_a_main_guard_travels_to_the_workers(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path[:0] = {HERE!r}
            from dataclasses import dataclass
            from small_studies import TownScenario
            from orchestrion.experiments import compare
            from orchestrion.policies.sourcing import sourcing_policy
            FIRST = 0

            def choose(nodes):
                return nodes[FIRST]

            @sourcing_policy("mine")
            @dataclass(frozen=True, kw_only=True)
            class Mine:
                eager: bool = True
                def decide(self, orders, view):
                    plan = view.new_plan()
                    for order in orders:
                        for line in order.lines:
                            nodes = [n for n in view.nearest(order) if plan.can_source(line, n)]
                            if nodes:
                                plan.source(line, choose(nodes))
                    return plan

            out = {str(tmp_path / "out")!r}
            study = compare([TownScenario("calm")], [Mine(), "mine"], replications=2, workers=2, out=out)
            print(study.labels, study.complete)
            """
        )
    )
    answer = subprocess.run([sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    assert answer.stdout == "['calm · mine'] True\n"
    assert "view.nearest(order)" in open_study(tmp_path / "out").alternatives[0].source


def test_a_policy_is_told_from_another_by_parameters_and_by_code_however_deep():
    def policy(helper, radius=1.0):
        def decide(self, orders, view):
            return helper(orders)

        return dataclass(frozen=True)(
            type("Mine", (), {"__annotations__": {"radius": float}, "radius": radius, "decide": decide})
        )()

    def one(orders):
        return sorted(orders)

    def same(orders):
        return sorted(orders)

    def other(orders):
        return sorted(orders, reverse=True)

    base = digest(policy_identity(policy(one)))
    assert digest(policy_identity(policy(same))) == base
    assert digest(policy_identity(policy(other))) != base
    assert digest(policy_identity(policy(one, radius=2.0))) != base


def test_the_engine_is_known_by_its_sources_and_its_data(tmp_path, monkeypatch):
    found, shipped = [], identity.engine_version()
    for content in ("key,value\nvat,0.2\n", "key,value\nvat,0.3\n", "key,value\nvat,0.2\n"):
        (tmp_path / "defaults.csv").write_text(content)
        monkeypatch.setattr(identity, "data_folder", lambda: tmp_path)
        found.append(identity.engine_version.__wrapped__())
    assert found[0] == found[2] != found[1]
    assert shipped not in found


def test_the_form_of_a_value_does_not_depend_on_the_order_of_its_sets_and_dicts():
    assert canonical({"b": {3, 1, 2}, "a": np.array([1, 2])}) == canonical({"a": np.array([1, 2]), "b": {2, 3, 1}})
    assert canonical(np.array([1, 2])) != canonical(np.array([1, 3]))
    assert canonical([1, 2.0, float("nan")]) == canonical((1, 2.0, float("nan")))


@pytest.mark.slow
def test_the_key_of_a_policy_is_the_same_under_two_hash_seeds():
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {HERE!r}
        from test_running import Careless, Deadly
        from orchestrion.experiments.identity import digest, policy_identity
        print(digest([policy_identity(Careless()), policy_identity(Deadly("x"))]))
        """
    )
    said = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        call = [sys.executable, "-c", script]
        said.append(subprocess.run(call, capture_output=True, text=True, check=True, env=environment).stdout)
    assert said[0] == said[1] != ""


def test_policies_are_written_as_people_write_them():
    assert policy_text(make_policy("nearest")) == "nearest"
    assert policy_text(make_policy({"name": "nearest", "within_km": 50})) == "nearest(within_km=50.0)"
    assert policy_text(Careless()) == "Careless"


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


def test_the_collector_is_as_it_was_after_a_simulation():
    before = gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()
    with cell_module.quiet_collector():
        assert gc.get_threshold()[0] > before[0][0]
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before

    def fails():
        with cell_module.quiet_collector():
            raise PlanError("no")

    with pytest.raises(PlanError):
        fails()
    assert (gc.get_threshold(), gc.isenabled(), gc.get_freeze_count()) == before


def test_the_collector_wakes_with_the_last_of_several_simulations():
    before = gc.get_threshold(), gc.get_freeze_count()
    first, second = cell_module.quiet_collector(), cell_module.quiet_collector()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.get_threshold()[0] >= 200_000
    second.__exit__(None, None, None)
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


@pytest.mark.slow
def test_workers_that_remember_worlds_are_not_taken_for_leaking():
    script = textwrap.dedent(
        """
        import os, time
        from orchestrion.experiments.parallel import _local
        def grow(i):
            vars(os).setdefault("kept", []).append(  # a module outlives the call
                bytearray(b"1" * 350_000_000))
            time.sleep(1.1)  # loky looks at most once a second
            return os.getpid()
        pids = [_local(1).submit(grow, i).result() for i in range(3)]
        print(len(set(pids)))
        """
    )
    answer = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.stderr) == ("1\n", "")


def test_workers_are_counted():
    assert worker_count(3) == 3
    assert worker_count(None) >= 1


def test_no_tasks_are_no_work():
    run_tasks(lambda task: pytest.fail("called"), [], lambda task, ran: pytest.fail("called"), workers=2)
