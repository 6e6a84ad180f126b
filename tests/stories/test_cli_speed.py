"""The command line answers at once: measured against what Python itself needs to start."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest


def fastest(*arguments: str) -> float:
    def once() -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begun

    return min(once() for _ in range(7))


@pytest.mark.benchmark
def test_help_takes_less_than_twenty_starts_of_python() -> None:
    assert fastest("-m", "orchestrion", "--help") < 20 * fastest("-c", "pass")
