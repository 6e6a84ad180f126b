"""Ratios 13-15 and 17: a study on two workers, distances, the start of the command line, the report."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np
from measuring import ROUNDS, Ratios, cpu, in_turn

import orchestrion as orc
from orchestrion.geometry import EARTH_RADIUS_KM, distance_matrix_m


def child_cpu(*command: str) -> float:
    """CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_the_command_line_starts_at_once(ratios: Ratios) -> None:
    helps, bare = [], []
    for _ in range(ROUNDS):
        helps.append(child_cpu(sys.executable, "-c", "from orchestrion.apps.cli import main; main()", "--help"))
        bare.append(child_cpu(sys.executable, "-c", "pass"))
    value = median(helps) / median(bare)
    detail = f"{median(helps):.2f} s / {median(bare):.3f} s"
    ratios.add("15", "orchestrion --help / python -c pass", value, 20, 10, detail=detail)


def test_distances_against_geopy(ratios: Ratios) -> None:
    """500 nodes x 36,000 addresses in mainland France; geopy does two thousand of them, the rest is arithmetic."""
    from geopy.distance import geodesic, great_circle

    rng = np.random.default_rng(1)
    nodes = np.column_stack([rng.uniform(42.5, 51, 500), rng.uniform(-4.5, 8, 500)])
    places = np.column_stack([rng.uniform(42.5, 51, 36_000), rng.uniform(-4.5, 8, 36_000)])
    sample = 2000
    pairs = [(tuple(nodes[i % 500]), tuple(places[i])) for i in range(sample)]

    def ours() -> None:
        distance_matrix_m(*nodes.T, *places.T)

    def theirs() -> None:
        for a, b in pairs:
            great_circle(a, b).m  # noqa: B018

    mine, peer = in_turn(ours, theirs)
    whole = peer / sample * 500 * 36_000
    ratios.add(
        "14", "500 x 36,000 distances / geopy's great circles", mine / whole, 1 / 200, 1 / 800,
        detail=f"{mine:.2f} s / {whole:.0f} s",
    )  # fmt: skip
    found = [int(distance_matrix_m(*(np.array([x]) for x in (*a, *b)))[0, 0]) for a, b in pairs]
    circles = np.array([great_circle(a, b, radius=EARTH_RADIUS_KM).m for a, b in pairs])
    assert np.abs(np.array(found) - circles).max() <= 1.0
    truth = np.array([geodesic(a, b).m for a, b in pairs])
    error = 100 * float(np.max(np.abs(np.array(found) - truth) / truth))
    row = ratios.add("14.1", "largest error against the geodesic, %", error, 0.35, 0.35)
    assert row.reached  # no matter of speed


def test_two_workers_share_a_study(ratios: Ratios, tmp_path: Path) -> None:
    """Eight replications of a week of France, wall time: only where two processors have nothing else to do."""
    cpus = os.cpu_count() or 1
    busy = os.getloadavg()[0]
    if cpus < 2:
        ratios.absent.append(f"13 efficiency on two workers: {cpus} processor")
        return
    week = orc.load_scenario("france_unified").vary("week", {"time.warm_up_weeks": 0, "time.measured_weeks": 1})
    walls = []
    for workers in (1, 2):
        orc.compare([week], ["nearest"], replications=1, seed=9, workers=workers, out=tmp_path / f"warm{workers}")
        begin = time.perf_counter()
        orc.compare([week], ["nearest"], replications=8, seed=1, workers=workers, out=tmp_path / f"study{workers}")
        walls.append(time.perf_counter() - begin)
    ratios.add(
        "13", "8 replications on 2 workers: efficiency", walls[0] / walls[1] / 2, 0.85, 0.95, least=True,
        detail=f"{walls[0]:.1f} s / {walls[1]:.1f} s; load before {busy:.1f}: means little where others work",
    )  # fmt: skip


def test_the_report_takes_less_than_the_runs_it_tells_of(ratios: Ratios, tmp_path: Path) -> None:
    """Four alternatives of the demonstration, three replications each; all that is drawn, asked of the files anew."""
    scenarios = [
        orc.load_scenario(name).vary(name, {"time.warm_up_weeks": 1, "time.measured_weeks": 1})
        for name in ("france_siloed", "france_unified", "france_cheapest", "france_lowest_co2e")
    ]
    begin = time.process_time()
    orc.compare(scenarios, replications=3, seed=1, workers=1, out=tmp_path / "study")
    runs = time.process_time() - begin

    def told() -> None:
        orc.open_study(tmp_path / "study").to_html(tmp_path / "report.html")

    report = median(cpu(told) for _ in range(3))
    ratios.add(
        "17", "a report of four alternatives, three replications / the study it tells of", report / runs, 1, 0.3,
        detail=f"{report:.1f} s / {runs:.1f} s",
    )  # fmt: skip
