"""kill -9 at each step of writing and at any moment: the study goes on, loses and repeats nothing, and is the same."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from running_studies import contents
from small_studies import TownScenario

from orchestrion.experiments import compare, open_study

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL")
HERE = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
SCENARIOS = [TownScenario("calm", days=1), TownScenario("rush", orders_per_day=40.0, days=1)]
POLICIES = ["nearest", "cheapest"]
ASKED = {"replications": 3, "facts": "full"}
CELLS = len(SCENARIOS) * len(POLICIES) * ASKED["replications"]


def uninterrupted(**changes):
    return contents(compare(SCENARIOS, POLICIES, workers=1, **(ASKED | changes)))


def finished(out: Path) -> dict[str, tuple[int, int]]:
    """The finished replications, by what would change if one were written again."""
    found = {}
    for path in out.glob("cells/*/*/r*/DONE.json"):
        told = path.stat()
        found[str(path)] = (told.st_ino, told.st_mtime_ns)
    return found


def goes_on(out: Path, expected, **changes) -> int:
    """Resume a study that was killed; how many replications it had finished."""
    before = finished(out)
    ran = []
    study = compare(
        SCENARIOS, POLICIES, workers=1, out=out, progress=ran.append, **(ASKED | changes)
    )
    assert contents(study) == expected
    assert study.verify() == []
    assert before.items() <= finished(out).items(), "a finished replication was lost or repeated"
    assert sum(event.seconds > 0 for event in ran) == len(ran) - len(before)
    assert not [path for path in out.rglob("*") if path.name.endswith((".tmp", ".old"))]
    return len(before)


# -- one process, at each step -----------------------------------------------------------------------------------------


def killed_at_each_step(folder: Path, every: int, prepare: str = "") -> list[int]:
    """Run a small study again and again, killed one step later each time; the steps at which it died.

    A process forks for each of them, before it has threads.
    """
    script = textwrap.dedent(
        f"""
        import os, shutil, sys
        from pathlib import Path
        sys.path[:0] = {HERE!r}
        from deaths import Steps
        from small_studies import TownScenario
        from orchestrion.experiments import compare, store
        import duckdb, scipy.stats, pandas, orchestrion.simulation
        folder = Path({str(folder)!r})

        def study(out):
            compare([TownScenario("calm", days=1)], ["nearest"], replications=2, workers=1, out=out, facts="full")

        def run(out, last):
            steps = Steps(str(out), last)
            steps.watch()
            written = store.write_table
            def counted(path, *rest):  # DuckDB writes where Python does not hear it
                steps.one()
                written(path, *rest)
            store.write_table = counted
            study(out)
            return steps.count

        def forked(work, *arguments):
            child = os.fork()
            if not child:
                work(*arguments)
                os._exit(0)
            return os.waitpid(child, 0)[1]

        {prepare or "before = lambda out: None"}
        step = 1
        while True:
            out = folder / f"{{step:04d}}"
            before(out)
            if not os.WIFSIGNALED(forked(run, out, step)):
                shutil.rmtree(out)
                break
            step += {every}
        """
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=1_500)
    return sorted(int(path.name) for path in folder.iterdir() if path.name.isdigit())


def check_each_step(folder: Path, every: int, prepare: str = "") -> tuple[int, set[int]]:
    steps = killed_at_each_step(folder, every, prepare)
    expected = contents(compare([SCENARIOS[0]], ["nearest"], replications=2, workers=1, facts="full"))
    seen = set()
    for step in steps:
        out = folder / f"{step:04d}"
        before = finished(out)
        study = compare([SCENARIOS[0]], ["nearest"], replications=2, workers=1, out=out, facts="full")
        assert contents(study) == expected, step
        assert study.verify() == [], step
        if not prepare:
            assert before.items() <= finished(out).items(), step
        assert not [path for path in out.rglob("*") if path.name.endswith((".tmp", ".old"))], step
        seen.add(len(before))
    return len(steps), seen


@pytest.mark.slow
def test_a_study_killed_at_steps_of_its_writing_goes_on(tmp_path):
    count, seen = check_each_step(tmp_path, 29)
    assert count >= 4
    assert seen >= {0, 1}


@pytest.mark.slow
def test_a_study_killed_at_each_step_of_its_writing_goes_on(tmp_path, record_property):
    count, seen = check_each_step(tmp_path, 1)
    record_property("steps", count)
    assert count > 120
    assert seen == {0, 1, 2}


REPLACED = """
        def before(out):
            def fewer():
                compare([TownScenario("calm", days=1)], ["nearest"], replications=2, workers=1, out=out, facts="none")
            forked(fewer)
"""


def check_replacing(folder: Path, every: int) -> None:
    killed_at_each_step(folder, every, REPLACED.strip())
    expected = compare([SCENARIOS[0]], ["nearest"], replications=2, workers=1, facts="none").table()
    for out in sorted(folder.iterdir()):
        study = open_study(out)
        study.folder.remove_stale()
        assert len(study.refresh().cells("calm · nearest")) == 2, out  # of one of the two levels, whole
        assert study.verify() == []
        assert study.table().equals(expected)


@pytest.mark.slow
def test_fewer_facts_are_not_lost_when_their_replacement_is_killed(tmp_path):
    check_replacing(tmp_path, 37)


@pytest.mark.slow
def test_fewer_facts_are_not_lost_wherever_their_replacement_is_killed(tmp_path):
    check_replacing(tmp_path, 1)


# -- several workers ------------------------------------------------------------------------------------------------


def started(folder: Path, out: Path, workers: int, step: int | None = None) -> subprocess.Popen[str]:
    """A study with several workers, in a process group of its own; all die when one of them comes to the step."""
    hooks = folder / "hooks"
    hooks.mkdir(exist_ok=True)
    hook = f"import sys\nsys.path[:0] = {HERE!r}\nimport deaths\ndeaths.from_environment()\n"
    (hooks / "sitecustomize.py").write_text(hook)
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {HERE!r}
        from test_killed_studies import ASKED, POLICIES, SCENARIOS
        from orchestrion.experiments import compare
        print("ready", flush=True)
        def tell(event):
            print(event.done, flush=True)
        compare(SCENARIOS, POLICIES, workers={workers}, out={str(out)!r}, progress=tell, **ASKED)
        """
    )
    path = [str(hooks), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)}
    if step is not None:
        environment |= {"DIE_AT": str(step), "DIE_BELOW": str(out)}
    return subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def no_longer_there(group: int, seconds: float = 20.0) -> bool:
    """Whether a process group is empty, or becomes so in time."""
    patience = time.monotonic() + seconds
    while time.monotonic() < patience:
        alive = [
            stat for stat in Path("/proc").glob("[0-9]*/stat") if (told := _stat(stat)) and told == (group, False)
        ]
        if not alive:
            return True
        time.sleep(0.1)
    return False


def _stat(path: Path) -> tuple[int, bool] | None:
    """(process group, whether it is a zombie)."""
    try:
        fields = path.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[2]), fields[0] == "Z"


def killed_at_steps(folder: Path, workers: int, steps: list[int], expected) -> list[int]:
    had = []
    for step in steps:
        out = folder / f"step{step}"
        process = started(folder, out, workers, step)
        process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL, f"nobody came to step {step}"
        assert no_longer_there(process.pid)
        had.append(goes_on(out, expected))
    return had


def killed_at_moments(folder: Path, workers: int, times: int, expected, seed: int = 1) -> list[int]:
    """Killed after so many replications were told, and a little later."""
    chance = random.Random(seed)
    had = []
    for i in range(times):
        out = folder / f"moment{i}"
        process = started(folder, out, workers)
        assert process.stdout is not None
        for _ in range(1 + i * CELLS // times):  # "ready", then replications
            process.stdout.readline()
        time.sleep(chance.uniform(0.0, 0.15))
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        assert no_longer_there(process.pid)
        had.append(goes_on(out, expected))
    return had


@pytest.mark.slow
def test_a_study_with_workers_killed_at_a_step_and_at_a_moment_goes_on(tmp_path):
    expected = uninterrupted()
    had = killed_at_steps(tmp_path, 2, [90], expected) + killed_at_moments(tmp_path, 2, 2, expected)
    assert len(had) == 3


@pytest.mark.slow
def test_a_study_with_four_workers_killed_at_twenty_steps_goes_on(tmp_path, record_property):
    had = killed_at_steps(tmp_path, 4, [1 + 6 * i for i in range(20)], uninterrupted())
    record_property("replications finished when killed", had)
    assert len(had) == 20
    assert max(had) > 0


@pytest.mark.slow
def test_a_study_with_four_workers_killed_at_twenty_moments_goes_on(tmp_path, record_property):
    had = killed_at_moments(tmp_path, 4, 20, uninterrupted())
    record_property("replications finished when killed", had)
    assert len(set(had)) > 3


def test_workers_whose_parent_was_killed_leave_too(tmp_path):
    out = tmp_path / "out"
    process = started(tmp_path, out, 2)
    assert process.stdout is not None
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    process.wait(timeout=60)
    assert no_longer_there(process.pid)
    process.stdout.close()
    assert finished(out)
