"""A workshop small enough for tests: a study of three ways in three replications, and its server as a program."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orchestrion as orc
from orchestrion.experiments import Study

DOCUMENT = """\
title: Siloed
time: {start: 2026-09-07, warm_up_weeks: 0, measured_weeks: 1, run_off_days: 7}
network:
  warehouses_table: null
  stores_table: null
  nodes:
    lille: {role: warehouse, lat: 50.58, lon: 3.11, size: M}
    paris: {role: store, lat: 48.87, lon: 2.33, size: L}
    nantes: {role: store, lat: 47.21, lon: -1.56, size: M}
    marseille: {role: store, lat: 43.30, lon: 5.37, size: S}
assortment: {skus: 20}
demand: {online: {orders_per_day: 40}, walk_in: {per_day: 80}}
visibility: {web_sees: [warehouses]}
stock: {separate_pools: true, web_weeks: 1.0}
policy: {name: warehouse_first}
"""
UNIFIED = {"visibility.web_sees": ["warehouses", "stores"], "stock.separate_pools": False, "title": "Unified"}
NEAREST = UNIFIED | {"policy": {"name": "nearest"}, "title": "Nearest"}


def small_study(out: Path, replications: int = 3) -> Study:
    """Siloed, unified, nearest."""
    base = orc.Scenario.from_yaml(DOCUMENT, name="siloed")
    others = [base.vary("unified", UNIFIED), base.vary("nearest", NEAREST)]
    return orc.compare(
        [base, *others], replications=replications, seed=7, workers=1, out=out, facts="orders",
        second_baseline="unified",
    )  # fmt: skip


@dataclass
class Served:
    """A workshop's server as a process of its own."""

    folder: Path
    options: tuple[str, ...] = ()
    process: subprocess.Popen[str] = field(init=False)
    lines: list[str] = field(init=False)

    def __enter__(self) -> Served:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """As Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        self.process.stdout.close()

    def start(self) -> Served:
        command = [sys.executable, "-m", "orchestrion", "workshop", str(self.folder), "--no-browser"]
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            [*command, *self.options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("Participants:"):
                return self
        raise AssertionError("\n".join(self.lines))

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(60)
        self.process.stdout.close()

    def _after(self, pattern: str) -> str:
        return re.search(pattern, "\n".join(self.lines)).group(1)

    @property
    def origin(self) -> str:
        return self._after(r"(http://127\.0\.0\.1:\d+)/f/")

    @property
    def facilitator(self) -> str:
        """The token."""
        return self._after(r"/f/(\S+)")

    @property
    def viewer(self) -> str:
        return self._after(r"/v/(\S+)")

    @property
    def code(self) -> str:
        return self._after(r"code (\S+)")

    def get(self, path: str, token: str) -> Any:
        """A page's own data, with its link."""
        headers = {"Authorization": f"Bearer {token}"}
        asked = urllib.request.Request(f"{self.origin}/{path}", headers=headers)
        with urllib.request.urlopen(asked, timeout=60) as told:
            return json.load(told)

    def join(self, name: str, department: str, **more: Any) -> dict[str, Any]:
        """Join as a browser does; the answer."""
        told = {"id": uuid.uuid4().hex, "code": self.code, "name": name, "department": department} | more
        return post(f"{self.origin}/join", told, self.origin)


def post(url: str, told: object, origin: str) -> dict[str, Any]:
    request = urllib.request.Request(
        url, json.dumps(told).encode(), {"Content-Type": "application/json", "Origin": origin}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return {"status": error.code, **json.load(error)}
