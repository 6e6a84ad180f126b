"""One folder, several processes, several studies: work is shared, never mixed up, and found again by content."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from running_studies import bytes_of, contents
from small_studies import TownScenario

from orchestrion.errors import StudyError
from orchestrion.experiments import compare, open_study
from orchestrion.experiments import manifest as manifest_module
from orchestrion.experiments.locks import FolderLock, claimed
from orchestrion.policies.sourcing import make_policy

CALM, RUSH = TownScenario("calm"), TownScenario("rush", orders_per_day=40.0)
HERE = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows lets everybody in")


def process(out: Path, *, replications: int = 12, policies: str = "['nearest']", go: Path | None = None):
    """A process that runs a study, when it is told to, and prints which replications it ran itself."""
    script = textwrap.dedent(
        f"""
        import json, sys, time
        from pathlib import Path
        sys.path[:0] = {HERE!r}
        from small_studies import TownScenario
        from orchestrion.experiments import compare
        own = []
        def tell(event):
            if event.seconds > 0:
                own.append(event.replication)
        print("ready", flush=True)
        while not Path({str(go)!r}).exists() and {go is not None}:
            time.sleep(0.005)
        compare([TownScenario("calm", orders_per_day=150.0)], {policies}, replications={replications}, workers=1,
                out={str(out)!r}, facts="full", progress=tell)
        print(json.dumps(own))
        """
    )
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@posix
def test_two_processes_with_one_study_share_the_work_and_do_none_of_it_twice(tmp_path):
    two = [process(tmp_path / "out", go=tmp_path / "go") for _ in range(2)]
    assert [one.stdout.readline() for one in two] == ["ready\n"] * 2
    (tmp_path / "go").touch()
    said = [one.communicate(timeout=120) for one in two]
    assert [one.returncode for one in two] == [0, 0], said
    first, second = (json.loads(out) for out, _ in said)
    assert sorted(first + second) == list(range(12))
    assert first
    assert second
    study = open_study(tmp_path / "out")
    assert study.complete
    assert study.verify() == []
    alone = compare(
        [TownScenario("calm", orders_per_day=150.0)], ["nearest"], replications=12, workers=1, facts="full"
    )
    assert contents(study) == contents(alone)


@dataclass(frozen=True)
class Stuck:
    """Never decides, the first time."""

    flag: str

    def start(self, view, streams):
        if Path(self.flag).exists():
            Path(self.flag).unlink()
            time.sleep(1_000)
        return make_policy("nearest").start(view, streams)


@pytest.mark.slow
@posix
def test_the_work_of_a_process_that_died_over_it_is_taken_up(tmp_path):
    flag, out = tmp_path / "flag", tmp_path / "out"
    flag.touch()
    policies = f"[__import__('test_shared_folders').Stuck({str(flag)!r})]"
    one = process(out, replications=4, policies=policies)
    while flag.exists():
        assert one.poll() is None
        time.sleep(0.01)
    two = process(out, replications=4, policies=policies)
    while len(list(out.glob("cells/*/*/r*/DONE.json"))) < 3:
        assert two.poll() is None
        time.sleep(0.01)
    time.sleep(0.5)
    assert two.poll() is None  # it waits for the one that the first is at
    assert not list(out.glob("cells/*/*/r00000"))
    one.send_signal(signal.SIGKILL)
    one.communicate()
    said, errors = two.communicate(timeout=60)
    assert two.returncode == 0, errors
    assert json.loads(said.splitlines()[-1]) == [1, 2, 3, 0]
    study = open_study(out)
    assert study.complete
    assert study.verify() == []
    assert not list(out.rglob("*.tmp"))


@posix
def test_another_study_is_kept_out_while_one_runs_and_let_in_afterwards(tmp_path):
    one = process(tmp_path / "out", replications=300)
    while not list(tmp_path.glob("out/cells/*/*/r*")):
        assert one.poll() is None
        time.sleep(0.01)
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    with pytest.raises(StudyError, match="another process is running another study in this folder; wait until it is"):
        compare([CALM], ["cheapest"], replications=1, workers=1, out=tmp_path / "out")
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before
    one.send_signal(signal.SIGKILL)
    one.communicate()
    study = compare([CALM], ["cheapest"], replications=1, workers=1, out=tmp_path / "out")
    assert study.complete
    assert study.labels == ["calm · cheapest"]


@posix
def test_who_joins_a_study_with_more_replications_lets_it_grow_and_with_fewer_leaves_it(tmp_path):
    study = compare([CALM], replications=2, workers=1, out=tmp_path)
    lock = FolderLock(tmp_path / manifest_module.LOCK)
    assert lock.together()  # as a process does that is still running it
    try:
        assert compare([CALM], replications=4, workers=1, out=tmp_path).replications == 4
        assert compare([CALM], replications=3, workers=1, out=tmp_path).replications == 4
        assert study.refresh().complete
        with pytest.raises(StudyError, match="another study"):
            compare([CALM], replications=2, workers=1, out=tmp_path, facts="none")
    finally:
        lock.release()
    assert compare([CALM], replications=3, workers=1, out=tmp_path).replications == 3


@posix
def test_a_claim_keeps_other_processes_out_until_it_is_given_back(tmp_path):
    script = f"""
import sys
sys.path[:0] = {HERE!r}
from pathlib import Path
from orchestrion.experiments.locks import claimed
for key in ("a" * 64, "b" * 64):
    with claimed(Path({str(tmp_path / "claims")!r}), key) as mine:
        print(mine)
waits = iter([False, False, True])
with claimed(Path({str(tmp_path / "claims")!r}), "a" * 64, until=lambda: next(waits)) as mine:
    print(mine, list(waits))
"""

    def others():
        return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout

    with claimed(tmp_path / "claims", "a" * 64) as mine:
        assert mine
        assert others().splitlines() == ["False", "True", "False []"]
    assert others().splitlines() == ["True", "True", "True [False, False, True]"]


def test_a_run_killed_before_its_manifest_stood_there_does_not_block_the_folder(tmp_path):
    (tmp_path / ".lock").touch()
    (tmp_path / "scenarios").mkdir()
    assert compare([CALM], replications=1, workers=1, out=tmp_path).complete
    (tmp_path / "other" / "scenarios").mkdir(parents=True)
    with pytest.raises(StudyError, match="not empty and not a study folder"):
        compare([CALM], replications=1, workers=1, out=tmp_path / "other")


def test_the_manifest_says_what_was_run_by_what_on_what(tmp_path):
    study = compare([CALM, RUSH], ["nearest"], replications=1, workers=1, out=tmp_path, seed=3)
    told = json.loads((tmp_path / "manifest.json").read_text())
    assert (told["format"], told["seed"], told["replications"], told["facts"]) == (1, 3, 1, "orders")
    assert told["scenarios"] == {one.hash: one.document for one in (CALM, RUSH)}
    for hash_, document in told["scenarios"].items():
        assert json.loads((tmp_path / "scenarios" / f"{hash_}.yaml").read_text()) == document
    assert set(told["versions"]) >= {"python", "pulp", "highspy", "simpy", "numpy", "duckdb"}
    assert told["platform"].keys() == {"system", "release", "machine", "implementation", "byte_order"}
    assert told["engine"].startswith(told["orchestrion"] + "+")
    assert "git" in told
    (volatile,) = (tmp_path / "volatile").iterdir()
    walls = json.loads(volatile.read_text())
    assert [(one["label"], one["replication"]) for one in walls["replications"]] == [(n, 0) for n in study.labels]
    assert all(one["seconds"] > 0 for one in walls["replications"])
    assert walls["host"] not in (tmp_path / "manifest.json").read_text()


def test_the_same_world_under_another_name_is_copied_not_run(tmp_path, simulations):
    twin = TownScenario("twin")
    study = compare([CALM, twin], ["nearest"], replications=2, workers=1, out=tmp_path, facts="full")
    assert len(simulations) == 2
    assert study.complete
    found = contents(study)
    assert found["calm · nearest", 1] == found["twin · nearest", 1]
    again = compare([TownScenario("renamed")], ["nearest"], replications=2, workers=1, out=tmp_path, facts="orders")
    assert len(simulations) == 2
    assert again.verify() == []
    assert again.finished("renamed · nearest")[0].level == "orders"


# -- the cache -----------------------------------------------------------------------------------------------------


def test_what_one_study_has_run_another_finds_in_the_cache_to_the_byte(tmp_path, simulations):
    for out in ("one", "two"):
        compare([CALM], replications=2, workers=1, out=tmp_path / out, facts="full", cache=tmp_path / "cache")
    assert len(simulations) == 2
    assert bytes_of(tmp_path / "one", "cells", "dims") == bytes_of(tmp_path / "two", "cells", "dims")
    fewer = compare([CALM], replications=2, workers=1, out=tmp_path / "3", facts="orders", cache=tmp_path / "cache")
    assert len(simulations) == 2
    plain = compare([CALM], replications=2, workers=1, out=tmp_path / "4", facts="orders")
    assert bytes_of(fewer.path, "cells", "dims") == bytes_of(plain.path, "cells", "dims")


def test_the_environment_may_name_the_cache(tmp_path, simulations, monkeypatch):
    monkeypatch.setenv("ORCHESTRION_CACHE", str(tmp_path / "cache"))
    compare([CALM], replications=1, workers=1)
    compare([CALM], replications=1, workers=1)
    assert len(simulations) == 1


def test_another_seed_replication_parameter_policy_code_level_or_engine_is_not_found(
    tmp_path, simulations, monkeypatch
):
    def mine(name):
        @dataclass(frozen=True)
        class Mine:
            def start(self, view, streams):
                return make_policy(name).start(view, streams)

        return Mine()

    asked = {"replications": 1, "workers": 1, "cache": tmp_path / "cache"}
    compare([CALM], ["nearest"], **asked)
    changes = [
        {"seed": 2},
        {"replications": 2},
        {"policies": [{"name": "nearest", "within_km": 9}]},
        {"policies": [mine("nearest")]},
        {"policies": [mine("cheapest")]},
        {"facts": "full"},
    ]
    for i, change in enumerate(changes, 2):
        compare([CALM], **({"policies": ["nearest"]} | asked | change))
        assert len(simulations) == i, change
    compare([CALM], [mine("cheapest")], **asked)
    assert len(simulations) == len(changes) + 1
    monkeypatch.setattr("orchestrion.experiments.running.engine_version", lambda: "9.9.9+abc")
    compare([CALM], ["nearest"], **asked)
    assert len(simulations) == len(changes) + 2


def test_a_damaged_entry_of_the_cache_is_not_believed_and_makes_room(tmp_path, simulations):
    asked = {"replications": 1, "workers": 1, "cache": tmp_path / "cache"}
    first = compare([CALM], **asked)
    (kpis,) = (tmp_path / "cache").rglob("kpis.parquet")
    flipped(kpis)
    assert contents(compare([CALM], **asked)) == contents(first)
    assert len(simulations) == 2
    assert contents(compare([CALM], **asked)) == contents(first)
    assert len(simulations) == 2


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 4
    path.write_bytes(content)


def test_a_cache_that_cannot_be_a_folder_is_told_before_anything_runs(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StudyError, match="cannot make the cache: there is a file where a folder is needed"):
        compare([CALM], replications=1, workers=1, cache=tmp_path / "file", out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
