"""Full disks, read-only folders, damaged files, manifests from the future: told in words, and earlier results stay."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from running_studies import bytes_of, contents
from small_studies import TownScenario
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.errors import StudyError
from orchestrion.experiments import compare, files, open_study
from orchestrion.experiments.store import FORMAT

CALM = TownScenario("calm")
HERE = [str(Path(__file__).parent), str(Path(__file__).parents[1])]


def flipped(path: Path, bit: int = 4) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= bit
    path.write_bytes(content)


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-50])


def junk(path: Path) -> None:
    path.write_bytes(b"PAR1" + os.urandom(path.stat().st_size - 8) + b"PAR1")


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.slow
@pytest.mark.parametrize("damage", [flipped, truncated, junk, gone], ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("table", ["kpis", "costs"])
def test_a_damaged_table_is_named_with_the_way_out_which_works(tmp_path, damage, table):
    study = compare([CALM], replications=3, workers=1, out=tmp_path, facts="full")
    before = contents(study)
    (victim,) = tmp_path.glob(f"cells/*/*/r00001/**/{table}.parquet")
    damage(victim)
    study = open_study(tmp_path)
    with pytest.raises(StudyError) as caught:
        study.kpis() if table == "kpis" else study.facts("costs")
    assert str(caught.value).startswith(f"{victim}: ")
    assert f"`orchestrion verify {tmp_path} --discard` removes what is damaged" in str(caught.value)
    if table == "costs":
        assert len(study.kpis()) > 0
        assert len(study.facts("costs", replication=2)) > 0
    untouched = {name: text for name, text in bytes_of(tmp_path, "cells").items() if "r00001" not in name}

    told = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert told.exit_code == 2
    assert str(victim) in told.stdout
    assert "3 of 3 replications are finished; 1 damaged files." in told.stdout
    told = CliRunner().invoke(app, ["verify", str(tmp_path), "--discard"])
    assert told.exit_code == 0, told.stdout
    assert not victim.parent.exists()
    assert CliRunner().invoke(app, ["verify", str(tmp_path)]).exit_code == 0

    events = []
    again = compare([CALM], replications=3, workers=1, out=tmp_path, facts="full", progress=events.append)
    assert [event.replication for event in events if event.seconds > 0] == [1]
    assert contents(again) == before
    assert untouched.items() <= bytes_of(tmp_path, "cells").items()


def test_a_table_cut_short_is_run_again_without_being_asked(tmp_path):
    study = compare([CALM], replications=2, workers=1, out=tmp_path, facts="full")
    before = contents(study)
    (victim,) = tmp_path.glob("cells/*/*/r00001/facts/lines.parquet")
    truncated(victim)
    assert contents(compare([CALM], replications=2, workers=1, out=tmp_path, facts="full")) == before
    assert open_study(tmp_path).verify() == []


def test_damaged_names_behind_the_ids_are_told_and_written_anew(tmp_path):
    compare([CALM], replications=2, workers=1, out=tmp_path)
    (victim,) = tmp_path.glob("dims/*/nodes.parquet")
    flipped(victim)
    study = open_study(tmp_path)
    with pytest.raises(StudyError, match=r"nodes\.parquet: damaged, its bytes are not those that were written"):
        study.dims("nodes")
    assert len(study.verify(discard=True)) == 1
    again = compare([CALM], replications=2, workers=1, out=tmp_path)
    assert again.verify() == []
    assert len(again.dims("nodes")) == 4


def test_every_bit_of_a_table_is_watched(tmp_path):
    study = compare([CALM], replications=1, workers=1, out=tmp_path)
    (victim,) = tmp_path.glob("cells/*/*/*/kpis.parquet")
    sound = victim.read_bytes()
    for place in range(0, len(sound), max(len(sound) // 97, 1)):
        content = bytearray(sound)
        content[place] ^= 1 << (place % 8)
        victim.write_bytes(content)
        with pytest.raises(StudyError, match="damaged"):
            study.refresh().kpis()
    victim.write_bytes(sound)
    assert len(study.refresh().kpis()) > 0


def test_a_newer_manifest_is_refused_by_every_door_and_nothing_is_touched(tmp_path):
    compare([CALM], replications=1, workers=1, out=tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": FORMAT + 1}))
    before = bytes_of(tmp_path, ".")
    for door in (
        lambda: open_study(tmp_path),
        lambda: compare([CALM], replications=2, workers=1, out=tmp_path),
    ):
        with pytest.raises(StudyError, match=rf"format = {FORMAT + 1}: written by a newer Orchestrion .*upgrade"):
            door()
    for command in (["verify", str(tmp_path)], ["report", str(tmp_path)], ["best", str(tmp_path)]):
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 2
        assert "written by a newer Orchestrion" in result.stderr
    assert bytes_of(tmp_path, ".") == before


def test_a_manifest_cut_short_is_told(tmp_path):
    compare([CALM], replications=1, workers=1, out=tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text(manifest.read_text()[:-100])
    with pytest.raises(StudyError, match=r"manifest\.json: cannot be read as JSON"):
        open_study(tmp_path)


# -- disks that a namespace of its own mounts ------------------------------------------------------------------------


def mounted(commands: str) -> subprocess.CompletedProcess[str]:
    """Shell commands in a mount namespace of their own, as root there: mounts vanish with it."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    call = ["unshare", *user, "--mount", "sh", "-e", "-c", commands]
    return subprocess.run(call, capture_output=True, text=True, check=False, timeout=300)


def _mounts() -> bool:
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return mounted("mount -t tmpfs -o size=64k none /mnt").returncode == 0


@pytest.fixture(scope="module")
def may_mount() -> None:
    if not _mounts():
        pytest.skip("mounts are not allowed here")


def study_script(folder: Path, out: Path, replications: int) -> Path:
    """A script that runs a study and prints what became of it."""
    script = folder / f"run_{replications}.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys
            sys.path[:0] = {HERE!r}
            from small_studies import TownScenario
            from orchestrion.errors import StudyError
            from orchestrion.experiments import compare, open_study
            try:
                compare([TownScenario('calm')], replications={replications}, workers=WORKERS,
                        out={str(out)!r}, facts="full")
                print("complete")
            except StudyError as error:
                print("told:", error)
            study = open_study({str(out)!r})
            print(len(study.finished("calm")), study.verify(), len(study.kpis()["replication"].unique()))
            """
        )
    )
    return script


@pytest.mark.slow
@pytest.mark.usefixtures("may_mount")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_told_what_is_finished_stays_and_more_room_is_enough(tmp_path, workers):
    disk, out = tmp_path / "disk", tmp_path / "disk" / "study"
    disk.mkdir()
    script = study_script(tmp_path, out, 12)
    script.write_text(script.read_text().replace("WORKERS", str(workers)))
    python = sys.executable
    answer = mounted(
        f"mount -t tmpfs -o size=600k none '{disk}'; '{python}' '{script}'; echo; "
        f"ls -A '{out}'/cells/*/* ; mount -o remount,size=100m '{disk}'; '{python}' '{script}'; "
        f"cp -r '{out}' '{tmp_path}/kept'"
    )
    assert answer.returncode == 0, answer.stderr
    full, _, grown = answer.stdout.partition("\n\n")
    told, kept = full.splitlines()
    assert told.startswith(f"told: {out}/")
    assert "the disk is full; free some space and run again, finished cells are kept" in told
    count = int(kept.split()[0])
    assert 0 < count < 12
    assert kept == f"{count} [] {count}"
    listing, (*_, complete, last) = grown.split("complete")[0], grown.splitlines()
    assert ".tmp" not in listing
    assert (complete, last) == ("complete", "12 [] 12")
    expected = compare([CALM], replications=12, workers=1, facts="full")
    assert contents(open_study(tmp_path / "kept")) == contents(expected)


@pytest.mark.usefixtures("may_mount")
def test_a_read_only_folder_is_told_can_be_read_and_is_intact(tmp_path):
    out = tmp_path / "study"
    compare([CALM], replications=2, workers=1, out=out, facts="full")
    before = bytes_of(out, ".")
    script = study_script(tmp_path, out, 3)
    script.write_text(script.read_text().replace("WORKERS", "1"))
    answer = mounted(f"mount --bind '{out}' '{out}'; mount -o remount,ro,bind '{out}'; '{sys.executable}' '{script}'")
    assert answer.returncode == 0, answer.stderr
    told, kept = answer.stdout.splitlines()
    assert told.startswith(f"told: {out}/")
    assert told.endswith("not allowed to write there; choose another folder")
    assert kept == "2 [] 2"
    assert bytes_of(out, ".") == before


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_told(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StudyError, match="not allowed to write there; choose another folder"):
            compare([CALM], replications=1, workers=1, out=tmp_path / "out")
    finally:
        tmp_path.chmod(0o700)


def test_no_room_for_the_wall_times_does_not_hide_what_went_wrong_first(tmp_path, monkeypatch):
    import errno

    def full(*_args, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "flush_tree", full)
    monkeypatch.setattr("orchestrion.experiments.running._write_walls", full)
    with pytest.raises(StudyError, match=r"cannot write .*: the disk is full"):
        compare([CALM], replications=2, workers=1, out=tmp_path)
