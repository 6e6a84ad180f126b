"""What the tests of running studies share: a calm town, its facts by their hashes, policies that fail or kill."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from small_studies import TownScenario

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
