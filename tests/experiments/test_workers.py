"""Worker processes: errors come home, deaths are made good or named, other people's executors and scripts."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
from running_studies import CALM, HERE, Careless, Deadly, contents

from orchestrion.errors import PlanError, StudyError
from orchestrion.experiments import compare, open_study, parallel
from orchestrion.experiments.parallel import ATTEMPTS, run_tasks, worker_count


@pytest.mark.slow
def test_an_error_in_a_worker_comes_home_as_itself():
    with pytest.raises(PlanError, match="10000 units promised where") as caught:
        compare([CALM], [Careless()], replications=2, workers=2)
    assert any(note.startswith("in calm · Careless, replication") for note in caught.value.__notes__)


class Mortal(ThreadPoolExecutor):
    """Stands for a pool of processes: work on a deadly policy breaks it, as long as there are lives left."""

    def __init__(self, lives: list[int]) -> None:
        super().__init__(2)
        self.lives = lives

    def submit(self, function, task):
        if "Deadly" in task.label and self.lives:
            self.lives.pop()
            future = super().submit(int, 1)
            future.result()
            future._exception, future._result = BrokenProcessPool("gone"), None
            return future
        return super().submit(function, task)

    def shutdown(self, wait=True, *, cancel_futures=False, kill_workers=False):
        super().shutdown(wait=wait, cancel_futures=cancel_futures)


@pytest.fixture
def pools(monkeypatch):
    """Pools that break; those that were opened."""
    lives, opened = [], []

    def local(count):
        opened.append(Mortal(lives))
        return opened[-1]

    monkeypatch.setattr(parallel, "_local", local)
    yield lives, opened
    for pool in opened:
        pool.shutdown()


def test_a_replication_whose_pool_breaks_is_run_again_in_another(tmp_path, pools):
    lives, opened = pools
    lives += [1] * (ATTEMPTS - 1)
    (tmp_path / "nobody").mkdir()
    study = compare([CALM], [Deadly(str(tmp_path / "nobody")), "nearest"], replications=2, workers=2)
    assert study.complete
    assert lives == []
    assert 1 < len(opened) <= ATTEMPTS  # two may break one together
    here = contents(study)
    for i in range(2):
        assert here["calm · nearest", i] == here[study.labels[0], i]


def test_a_replication_that_keeps_breaking_pools_is_named_and_the_others_are_kept(tmp_path, pools):
    lives, opened = pools
    lives += [1] * 50
    (tmp_path / "nobody").mkdir()
    policies = ["nearest", Deadly(str(tmp_path / "nobody"))]
    with pytest.raises(StudyError, match=r"calm · Deadly.*replication 0: its worker process died 3 times"):
        compare([CALM], policies, replications=1, workers=2, out=tmp_path / "out")
    assert len(opened) == ATTEMPTS
    study = open_study(tmp_path / "out")
    assert not study.complete
    assert len(study.finished("calm · nearest")) == 1


@pytest.mark.slow
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
