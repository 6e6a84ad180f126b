"""How long a policy thinks: processor seconds per order it is asked about, beside the facts and never among them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import Decider, NetworkView, SourcingPolicy
from orchestrion.errors import StudyError
from orchestrion.streams import Streams

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study


class Stopwatch:
    """A policy that decides as another does, while somebody takes the time.

    Attributes
    ----------
    policy
        The other.
    seconds
        Processor time of this thread spent in decisions so far, and in preparing for them [s].
    orders
        Orders it was asked about; one that waits is asked about at each review.
    """

    def __init__(self, policy: SourcingPolicy | Decider) -> None:
        self.policy = policy
        self.policy_name = str(getattr(policy, "policy_name", type(policy).__name__))  # the one that errors tell
        self.review = getattr(policy, "review", None)
        self.seconds = 0.0
        self.orders = 0

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """The other policy's decider, timed."""
        begin = time.thread_time()
        start = getattr(self.policy, "start", None)
        decider: Decider = start(view, streams) if start else self.policy  # type: ignore[assignment]
        self.seconds += time.thread_time() - begin
        return _Timed(decider, self)


class _Timed:
    def __init__(self, decider: Decider, watch: Stopwatch) -> None:
        self.decider = decider
        self._watch = watch
        self.re_evaluates = bool(getattr(decider, "re_evaluates", False))

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        begin = time.thread_time()
        plan = self.decider.decide(orders, view)
        watch = self._watch
        watch.seconds += time.thread_time() - begin
        watch.orders += len(orders)
        return plan


def seconds_per_decision(study: Study, label: str) -> dict[int, float]:
    """Processor seconds that an alternative took for an order, by replication; what was not run here is missing.

    From the study folder's `volatile/`: what was copied from another study, or from a cache, has no time of its own.
    """
    return {
        replication: seconds / orders
        for (name, replication), (seconds, orders) in _taken(study).items()
        if name == study[label].label and orders
    }


def _taken(study: Study) -> dict[tuple[str, int], tuple[float, int]]:
    from orchestrion.experiments import files

    found: dict[tuple[str, int], tuple[float, int]] = {}
    told: list[dict[str, Any]] = []
    for path in study.path.glob("volatile/*.json"):
        with suppress(StudyError):  # wall times are no facts: one that cannot be read is missing
            told.append(files.read_json(path))
    for run in sorted(told, key=lambda run: str(run.get("started", ""))):  # what was run again counts as run last
        for one in run.get("replications", ()):
            if one.get("orders"):
                found[one["label"], one["replication"]] = float(one["decide_seconds"]), int(one["orders"])
    return found
