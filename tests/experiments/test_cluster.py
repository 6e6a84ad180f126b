"""Studies on a Dask scheduler with workers, on loopback: equal facts, errors that come home, deaths that lose nothing.

What is said and written is asked of a scheduler and workers inside this process, as the first answer; that it holds
between processes, and when they die, is asked of real ones by the longer suites.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from running_studies import Careless, bytes_of, contents
from small_studies import TownScenario

from orchestrion.errors import PlanError, StudyError
from orchestrion.experiments import compare, open_study
from orchestrion.experiments.alternatives import pairs
from orchestrion.experiments.running import tasks_of
from orchestrion.policies.sourcing import make_policy

distributed = pytest.importorskip("distributed")
CALM, RUSH = TownScenario("calm"), TownScenario("rush", orders_per_day=40.0)
PATH = os.pathsep.join(str(Path(__file__).parents[i]) for i in range(2))


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), PATH]),
        "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False",
        "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "10s",
    }
    command = [sys.executable, "-m", "dask", *arguments]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet, start_new_session=True)


def ended(process: subprocess.Popen[bytes]) -> None:
    """With all it started: nannies start workers."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)


@dataclass(frozen=True)
class Running:
    """A scheduler with two workers."""

    address: str
    scheduler: subprocess.Popen[bytes]


def started(folder: Path, *, workers: int = 2) -> Iterator[Running]:
    told = folder / "scheduler.json"
    scheduler = dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))
    begun = [scheduler]
    try:
        patience = time.monotonic() + 60
        while not told.exists() or not told.read_text().strip().endswith("}"):
            assert scheduler.poll() is None
            assert time.monotonic() < patience
            time.sleep(0.05)
        address = json.loads(told.read_text())["address"]
        if workers:
            options = ["--nworkers", str(workers), "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1"]
            begun.append(dask("worker", address, *options, "--local-directory", str(folder / "scratch")))
            with distributed.Client(address, set_as_default=False, timeout=30) as client:
                client.wait_for_workers(workers, timeout=60)
        yield Running(address, scheduler)
    finally:
        for process in reversed(begun):
            ended(process)


@contextmanager
def threads(workers: int) -> Iterator[str]:
    """A scheduler and workers that are threads of this process."""
    asked = {"processes": False, "protocol": "tcp", "dashboard_address": "127.0.0.1:0", "silence_logs": False}
    with distributed.LocalCluster(n_workers=workers, threads_per_worker=1, **asked) as running:
        yield running.scheduler_address


@pytest.fixture(scope="module")
def inside() -> Iterator[str]:
    with threads(2) as address:
        yield address


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    for running in started(tmp_path_factory.mktemp("cluster")):
        yield running.address


@dataclass(frozen=True)
class Deadly:
    """Kills the process that runs it, as long as there are lives left in a folder of files."""

    lives: str

    def start(self, view, streams):
        left = sorted(Path(self.lives).iterdir())
        if left:
            left[0].unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return make_policy("nearest").start(view, streams)


def lives(folder: Path, count: int) -> str:
    folder.mkdir()
    for i in range(count):
        (folder / f"{i:02d}").touch()
    return str(folder)


@pytest.mark.parametrize("where", ["inside", pytest.param("cluster", marks=pytest.mark.slow)])
def test_a_cluster_writes_the_same_facts_to_the_byte(tmp_path, request, where):
    cluster = request.getfixturevalue(where)
    here, there = tmp_path / "here", tmp_path / "there"
    compare([CALM, RUSH], ["nearest", "cheapest"], replications=2, workers=1, out=here, facts="full")
    events = []
    study = compare(
        [CALM, RUSH], ["nearest", "cheapest"], replications=2, cluster=cluster, out=there, facts="full",
        progress=events.append,
    )  # fmt: skip
    assert study.complete
    assert [event.done for event in events] == list(range(1, 9))
    assert bytes_of(here, "cells", "dims", "scenarios") == bytes_of(there, "cells", "dims", "scenarios")


def test_an_executor_of_dask_may_be_given_as_it_is(tmp_path, inside):
    with distributed.Client(inside, set_as_default=False) as client:
        executor = client.get_executor(pure=False)
        study = compare([CALM], replications=2, executor=executor, out=tmp_path / "there")
        assert executor.submit(int, 7).result() == 7
    assert contents(study) == contents(compare([CALM], replications=2, workers=1))


@pytest.mark.slow
def test_a_policy_that_no_worker_has_heard_of_travels_by_value(tmp_path, cluster):
    program = """
from dataclasses import dataclass
from small_studies import TownScenario
from orchestrion.experiments import compare

@dataclass(frozen=True)
class OfThisScript:
    def start(self, view, streams):
        return self
    def decide(self, orders, view):
        plan = view.new_plan()
        for order in orders:
            for line in order.lines:
                for node in view.nearest(order):
                    if plan.can_source(line, node):
                        plan.source(line, node)
                        break
        return plan

study = compare([TownScenario("calm")], [OfThisScript()], replications=2, cluster=%r, out=%r)
print(study.labels, study.complete)
"""
    script = tmp_path / "script.py"
    script.write_text(program % (cluster, str(tmp_path / "out")))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([os.environ.get("PYTHONPATH", ""), PATH])}
    answer = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False, env=environment, timeout=120
    )
    assert answer.stdout == "['calm · OfThisScript'] True\n", answer.stderr


@pytest.mark.slow
def test_a_replication_whose_worker_dies_is_run_again_by_the_one_that_replaces_it(tmp_path, cluster):
    policy = Deadly(lives(tmp_path / "lives", 2))
    study = compare([CALM], [policy, "nearest"], replications=3, cluster=cluster, out=tmp_path / "out", facts="full")
    assert study.complete
    assert study.verify() == []
    assert not list((tmp_path / "lives").iterdir())
    calm = compare([CALM], ["nearest"], replications=3, workers=1, out=tmp_path / "calm", facts="full")
    found, expected = contents(study), contents(calm)
    for i in range(3):
        assert found[study.labels[0], i] == found["calm · nearest", i] == expected["calm · nearest", i]
    assert not list((tmp_path / "out").rglob("*.tmp"))


@pytest.mark.slow
def test_a_worker_killed_from_outside_loses_nothing(tmp_path, cluster):
    killed = []

    def kill(event):
        if event.done in (2, 5):
            with distributed.Client(cluster, set_as_default=False) as client:
                pids = client.run(os.getpid)
            killed.append(next(iter(pids.values())))
            os.kill(killed[-1], signal.SIGKILL)

    busy = TownScenario("busy", orders_per_day=200.0)
    study = compare([busy], replications=10, cluster=cluster, out=tmp_path / "out", facts="full", progress=kill)
    assert len(killed) == 2
    assert study.complete
    assert study.verify() == []
    expected = compare([busy], replications=10, workers=1, out=tmp_path / "calm", facts="full")
    assert contents(study) == contents(expected)


@pytest.mark.slow
def test_a_replication_that_keeps_killing_workers_is_given_up_and_named(tmp_path, cluster):
    policy = Deadly(lives(tmp_path / "lives", 50))
    compare([CALM], ["nearest"], replications=1, workers=1, out=tmp_path / "out")
    with pytest.raises(StudyError, match=r"calm · Deadly.*replication 0: its worker died again and again"):
        compare([CALM], ["nearest", policy], replications=1, cluster=cluster, out=tmp_path / "out")
    assert len(open_study(tmp_path / "out").finished("calm · nearest")) == 1
    with distributed.Client(cluster, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)  # for the tests that follow


def test_an_error_on_a_worker_comes_home_as_itself(tmp_path, inside):
    with pytest.raises(PlanError, match="10000 units promised where") as caught:
        compare([CALM], [Careless()], replications=2, cluster=inside, out=tmp_path / "out")
    assert any(note.startswith("in calm · Careless, replication") for note in caught.value.__notes__)


@pytest.mark.parametrize("where", ["inside", pytest.param("cluster", marks=pytest.mark.slow)])
def test_workers_that_do_not_see_the_folder_or_run_other_sources_are_refused(tmp_path, request, where, monkeypatch):
    from orchestrion.experiments import cluster as dask

    cluster, engine, hashed = request.getfixturevalue(where), dask.engine_version, dask.digest

    def asked_by_us() -> bool:
        return threading.current_thread() is threading.main_thread()

    with monkeypatch.context() as here:
        here.setattr(dask, "engine_version", lambda: "0.0.1+other" if asked_by_us() else engine())
        with pytest.raises(StudyError, match=r"worker tcp://.*: runs Orchestrion .*, this is 0\.0\.1\+other; install"):
            compare([CALM], replications=1, cluster=cluster, out=tmp_path / "out")
    with monkeypatch.context() as here:
        here.setattr(dask, "digest", lambda manifest: "another one" if asked_by_us() else hashed(manifest))
        with pytest.raises(StudyError, match=r"worker tcp://.*: does not see the study in .*/out; choose a folder on"):
            compare([CALM], replications=1, cluster=cluster, out=tmp_path / "out")
    assert compare([CALM], replications=1, cluster=cluster, out=tmp_path / "out").complete


def test_a_worker_that_joined_later_is_asked_again(tmp_path):
    from orchestrion.experiments import cluster as dask

    compare([CALM], replications=1, workers=1, out=tmp_path / "out")
    (runnable,) = pairs([CALM], None)
    (task,) = tasks_of(open_study(tmp_path / "out").folder, [runnable], 1, range(1), "orders")
    assert dask.run_there(task).found
    with pytest.raises(StudyError, match="does not see the study in /nowhere"):
        dask.run_there(replace(task, folder="/nowhere"))
    with pytest.raises(StudyError, match=r"this is 0\.0\.1; install the same one there"):
        dask.run_there(replace(task, cell=replace(task.cell, version="0.0.1")))


def test_without_a_scheduler_or_a_worker_the_message_says_how_to_start_one(tmp_path, monkeypatch):
    from orchestrion.experiments import cluster as dask

    monkeypatch.setattr(dask, "ANSWER_S", 1)
    with pytest.raises(StudyError, match=r"no Dask scheduler answers there .*start one with `dask scheduler`"):
        compare([CALM], replications=1, cluster="tcp://127.0.0.1:1", out=tmp_path / "1")
    with pytest.raises(StudyError, match="nonsense: no Dask scheduler answers there"):
        compare([CALM], replications=1, cluster="nonsense", out=tmp_path / "1")
    with (
        threads(0) as address,
        pytest.raises(StudyError, match="the cluster has no worker; start some with `dask worker tcp://"),
    ):
        compare([CALM], replications=1, cluster=address, out=tmp_path / "2")


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_the_study_in_words_and_the_finished_are_kept(tmp_path):
    for running in started(tmp_path):

        def kill(event, running=running):
            if event.done == 3:
                os.killpg(running.scheduler.pid, signal.SIGKILL)

        with pytest.raises(StudyError, match=r"the cluster lost it .*finished cells are kept, run again to go on"):
            compare([CALM], replications=400, cluster=running.address, out=tmp_path / "out", progress=kill)
    study = open_study(tmp_path / "out")
    assert len(study.finished("calm")) >= 3
    assert study.verify() == []
