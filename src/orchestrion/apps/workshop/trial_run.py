"""Simulates one trial, in a process of its own: `python -m orchestrion.apps.workshop.trial_run`, told what by a line.

It writes a line of JSON for each replication, and goes when whoever started it is gone.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrion.errors import OrchestrionError, StudyError
from orchestrion.experiments import ProgressEvent, Study, compare, open_study
from orchestrion.policies.sourcing import make_policy


def changed(study: Study, base: str, changes: Mapping[str, Any], name: str, title: str) -> tuple[Any, list[Any] | None]:
    """The scenario of an alternative with changes, and the policy it runs under; None for the scenario's own.

    Raises
    ------
    InputError, UnknownName, StudyError
        What the scenario says of changes that break its rules.
    """
    runnable = study.runnable(base)
    told = dict(changes)
    policy = told.pop("policy", None)
    if policy is None and not runnable.about.own_policy and any(path.startswith("policy.") for path in told):
        raise StudyError(f"{base} runs under a policy of the study; change the policy as a whole")
    scenario = runnable.scenario.vary(name, {**told, "title": title}, place="try")
    if policy is not None:
        return scenario, [make_policy(dict(policy), file="try")]
    return scenario, None if runnable.about.own_policy else [runnable.policy]


def run(spec: Mapping[str, Any]) -> None:
    """Run it, telling how far it is."""
    study = open_study(spec["study"])
    scenario, policies = changed(study, spec["base"], spec["changes"], spec["id"], spec["label"])

    def told(event: ProgressEvent) -> None:
        say({"done": event.done, "of": event.total})

    compare(
        [scenario], policies, replications=spec["replications"], seed=study.seed, workers=spec["workers"],
        out=spec["folder"], facts="orders", progress=told,
    )  # fmt: skip
    say({"finished": spec["replications"]})


def say(told: Mapping[str, Any]) -> None:
    """A line to whoever listens."""
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _go_with_the_starter() -> None:
    """The pipe from the server closes when the server ends, however it ends."""
    sys.stdin.read()
    os.killpg(os.getpgid(0), signal.SIGKILL) if hasattr(os, "killpg") else os._exit(1)


def main() -> None:
    """Read what to do, do it."""
    spec = json.loads(sys.stdin.readline())
    threading.Thread(target=_go_with_the_starter, daemon=True).start()
    Path(spec["folder"]).parent.mkdir(parents=True, exist_ok=True)
    try:
        run(spec)
    except OrchestrionError as error:
        say({"failed": str(error)[:1500]})
    except MemoryError:
        say({"failed": "out of memory"})


if __name__ == "__main__":
    main()
