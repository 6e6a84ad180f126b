"""CPU time of things done in turn, and the table of ratios that comes of it."""

from __future__ import annotations

import gc
import json
import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from orchestrion import __version__

ROUNDS = int(os.environ.get("ORCHESTRION_BENCH_ROUNDS", "5"))


@dataclass(frozen=True)
class Ratio:
    """One line of the table.

    `least` says that the ratio should be at least `reach` (peers, efficiency); otherwise at most.
    """

    number: str
    what: str
    value: float
    reach: float
    dream: float
    least: bool = False
    detail: str = ""

    @property
    def reached(self) -> bool:
        return self.value >= self.reach if self.least else self.value <= self.reach


class Ratios:
    """The table being written."""

    def __init__(self) -> None:
        self.rows: list[Ratio] = []
        self.absent: list[str] = []  # what could not be measured here, and why

    def add(
        self, number: str, what: str, value: float, reach: float, dream: float, *, least: bool = False, detail: str = ""
    ) -> Ratio:
        row = Ratio(number, what, value, reach, dream, least, detail)
        self.rows.append(row)
        return row

    def text(self) -> str:
        rows = sorted(self.rows, key=lambda row: [int(part) for part in row.number.split(".")])
        lines = [f"{'#':<5}{'measured':>10} {'reach':>9} {'dream':>9}      what (detail)"]
        for row in rows:
            sign = ">=" if row.least else "<="
            mark = "yes" if row.reached else "NO"
            figures = f"{row.value:>10.4g} {sign}{row.reach:>7.4g} {sign}{row.dream:>7.4g} {mark:>4}"
            lines.append(f"{row.number:<5}{figures} {row.what}" + (f" ({row.detail})" if row.detail else ""))
        return "\n".join([*lines, *(f"not measured: {reason}" for reason in self.absent)])

    def write(self, path: Path) -> None:
        told = {
            "version": __version__,
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cpus": os.cpu_count(),
            "rounds": ROUNDS,
            "ratios": [asdict(row) | {"reached": row.reached} for row in self.rows],
            "not_measured": self.absent,
        }
        path.write_text(json.dumps(told, indent=1) + "\n")


def cpu(work: Callable[[], Any]) -> float:
    """CPU seconds of one call, with the rubbish of others out of the way."""
    gc.collect()
    begin = time.process_time()
    work()
    return time.process_time() - begin


def in_turn(*works: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Median CPU seconds of each, measured in turn so that a slow minute of the machine falls on all of them."""
    seconds: list[list[float]] = [[] for _ in works]
    for round in range(rounds):
        numbers = range(len(works)) if round % 2 == 0 else reversed(range(len(works)))
        for i in numbers:
            seconds[i].append(cpu(works[i]))
    return [median(values) for values in seconds]


def each(seconds: Sequence[float], count: int) -> str:
    """Microseconds for each of `count`, for the detail of a row."""
    return " / ".join(f"{1e6 * value / count:.1f} us" for value in seconds)
