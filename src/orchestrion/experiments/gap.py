"""How far each policy is from perfect information: its cost beside a bound that nobody could have gone below.

Where stock and demand do not depend on what a policy does (`experiments.exogenous`), the bound is hindsight: the
replication's own customers, served as cheaply as they could have been, lost units priced. Elsewhere it is the named
relaxation "every unit everywhere" (`experiments.everywhere`), or none, with the reason in words. Bounds are kept in the
study folder, as they depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from orchestrion.domain.facts import Table
from orchestrion.domain.world import World
from orchestrion.errors import OrchestrionError, StudyError
from orchestrion.experiments import files
from orchestrion.experiments.everywhere import Everywhere
from orchestrion.experiments.exogenous import failures, has_walk_ins, left_aside, longest_wait
from orchestrion.experiments.hindsight import Customers, Wishes, spent
from orchestrion.experiments.inference import Estimate, ratio_change, student
from orchestrion.experiments.perfect import bounded
from orchestrion.experiments.stopwatch import seconds_per_decision
from orchestrion.experiments.store import Cell
from orchestrion.policies.bounds import Least
from orchestrion.policies.bounds.clairvoyant import ALWAYS
from orchestrion.units import MICRO, duration_s

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

HINDSIGHT = "hindsight"
SHARED = "hindsight, in shares of orders"
EVERYWHERE = "every unit everywhere"
NONE = "no bound"


@dataclass(frozen=True, slots=True)
class Judged:
    """One replication of an alternative beside its bound.

    Attributes
    ----------
    basis
        HINDSIGHT, SHARED, EVERYWHERE or NONE.
    booked, bound
        What the policy's sourcing cost, and the least it could have [micro-euros]; hindsight counts what is lost, at
        its price. Without a bound, -1.
    orders
        What both are divided by: orders that had a shipment sent; for hindsight, customers who asked for something
        that can be sent.
    why
        Why it is not hindsight, or no bound at all.
    wait_s
        How long orders could wait for units, as it was counted.
    """

    basis: str
    booked: int
    bound: int
    orders: int
    why: str
    wait_s: int


def gap(study: Study, label: str | None = None) -> pd.DataFrame:
    """How much cheaper sourcing could have been, had everything been known beforehand.

    Parameters
    ----------
    label
        Only this alternative; all when left out.

    Returns
    -------
    DataFrame
        A row for each alternative: alternative, scenario, policy, replications, basis (the bound's name), orders (mean
        a replication), booked, bound, gap = booked - bound [€ per order], share (gap over booked; a ratio of means over
        replications, its interval by the delta method), seconds (processor seconds of the policy per order it is asked
        about; missing where nothing was timed), each with _low and _high of its 95 % interval, left_aside (what holds
        policies up and hindsight does without), why (it is not hindsight, or bound, gap and share are NaN).

    Raises
    ------
    StudyError
        If no replication is finished, or the study kept no facts.
    """
    import pandas as pd

    labels = study.labels if label is None else [study[label].label]
    for name in labels:
        if not study.cells(name):
            raise StudyError(f"{name}: no replication is finished; run the study first")
    bounds = Bounds(study)
    judged = bounds.judge(labels)
    rows = []
    for name in labels:
        about = study[name]
        row: dict[str, Any] = {"alternative": name, "scenario": about.scenario, "policy": about.policy_text}
        row |= {"replications": len(judged[name])} | _row(judged[name])
        row |= _told("seconds", student(list(seconds_per_decision(study, name).values())))
        row["left_aside"] = "; ".join(bounds.left_aside(name)) if row["basis"] in (HINDSIGHT, SHARED) else ""
        rows.append(row)
    return pd.DataFrame(rows)


def known_gap(study: Study) -> pd.DataFrame | None:
    """The same where every bound has been found before, so that nothing has to be worked out; else none."""
    done = [(cell, study.folder.done(cell)) for name in study.labels for cell in study.cells(name)]
    kept = [one is not None and _kept(study, cell, one.level).exists() for cell, one in done]
    return study.gap() if kept and all(kept) else None


def _kept(study: Study, cell: Cell, level: str) -> Path:
    return study.folder.path / "bounds" / f"{cell.key}-{level}.json"


class Bounds:
    """Bounds of a study's replications; each World and each replication's customers are looked at once."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._worlds: dict[str, World] = {}
        self._everywhere: dict[str, Everywhere] = {}
        self._customers: dict[str, Customers] = {}
        self._waits: dict[str, int] = {}
        self._met: tuple[str, int] | None = None  # scenario and replication looked at last
        self._wishes: tuple[Wishes, Least | None] | None = None  # its customers, and what they cost at least

    def judge(self, labels: Sequence[str]) -> dict[str, list[Judged]]:
        """Every finished replication of these alternatives, in the order of replications."""
        asked = [(name, cell) for name in labels for cell in self._study.cells(name)]
        asked.sort(key=lambda one: (one[1].scenario_hash, one[1].replication))  # all who met the same customers
        found: dict[str, list[Judged]] = {name: [] for name in labels}
        for name, cell in asked:
            found[name].append(self._judged(name, cell))
        return found

    def _world(self, label: str) -> World:
        key = self._study[label].scenario_hash
        if key not in self._worlds:
            self._worlds[key] = self._study.scenario(label).compile()
        return self._worlds[key]

    def left_aside(self, label: str) -> list[str]:
        """What hindsight does without in the alternative's World."""
        return left_aside(self._world(label))

    def _judged(self, label: str, cell: Cell) -> Judged:
        """One replication; from the folder, where it was asked for before."""
        folder = self._study.folder
        done = folder.done(cell)
        if done is None or done.level == "none":
            raise StudyError(f'{label}: no facts were kept; run the study again with facts="orders"')
        path = _kept(self._study, cell, done.level)
        wait = self._wait(label)
        if path.exists():
            found = Judged(**files.read_json(path))
            if found.wait_s == wait:
                return found
        found = self._judge(label, cell, done.level, wait)
        with files.told(path, "write a bound"):
            files.write_json(path, asdict(found), durable=False)
        return found

    def _wait(self, label: str) -> int:
        """The longest that any policy of the study lets an order of this World wait: one bound for all of them."""
        key = self._study[label].scenario_hash
        if key not in self._waits:
            same = [one.label for one in self._study.alternatives if one.scenario_hash == key]
            self._waits[key] = max(self._wait_of(name) for name in same)
        return self._waits[key]

    def _wait_of(self, label: str) -> int:
        try:
            policy = self._study.runnable(label).policy
        except OrchestrionError:  # somebody's own: nobody knows how it reviews
            return ALWAYS
        review = getattr(policy, "review", None)
        seconds = duration_s(review) if review else 0
        return longest_wait(self._world(label), seconds, bool(getattr(policy, "re_evaluates", False)))

    def _judge(self, label: str, cell: Cell, level: str, wait: int) -> Judged:
        facts, world, key = self._study.folder.facts(cell), self._world(label), cell.scenario_hash
        if self._met != (key, cell.replication):
            self._met, self._wishes = (key, cell.replication), None
            if key in self._everywhere:
                self._everywhere[key].forget()
        why = failures(world)
        if not why and level == "orders" and has_walk_ins(world):
            why = ['walk-ins were not kept; run the study again with facts="full"']
        if not why:
            wishes, least = self._hindsight(key, world, wait, facts["requests"])
            if least is not None:
                basis = HINDSIGHT if least.exact else SHARED
                return Judged(basis, spent(facts, wishes), least.value, wishes.orders, "", wait)
            why = [f"{wishes.too_large} orders have too many ways to be parted"]
        if key not in self._everywhere:
            self._everywhere[key] = Everywhere(world)
        found = bounded(self._everywhere[key], facts)
        booked = int(found.booked.sum())
        unbounded = int((found.least < 0).sum())
        if unbounded:
            reason = f"{unbounded} orders have no bound ({found.why})"
            return Judged(NONE, booked, -1, found.sent, reason, wait)
        return Judged(EVERYWHERE, booked, int(found.least.sum()), found.sent, "; ".join(why), wait)

    def _hindsight(self, key: str, world: World, wait: int, requests: Table) -> tuple[Wishes, Least | None]:
        if self._wishes is None:
            if key not in self._customers:
                self._customers[key] = Customers(world, wait)
            wishes = self._customers[key].wishes(requests)
            self._wishes = wishes, None if wishes.too_large else self._customers[key].least(wishes)
        return self._wishes


def _row(found: list[Judged]) -> dict[str, Any]:
    """Means over replications, and the ratio of means."""
    orders = np.array([one.orders for one in found], np.float64)
    each = np.where(orders > 0, orders, np.nan) * MICRO
    booked = np.array([one.booked for one in found]) / each
    bound = np.array([one.bound for one in found]) / each
    bases = [one.basis for one in found]
    # the weakest names them all
    basis = next(name for name in (NONE, EVERYWHERE, SHARED, HINDSIGHT) if name in bases)
    if basis == EVERYWHERE and len(set(bases)) > 1:  # they do not measure the same
        basis = NONE
    if basis == NONE:
        bound = np.full(len(found), np.nan)
    row: dict[str, Any] = {"basis": basis, "orders": float(orders.mean())}
    for name, values in (("booked", booked), ("bound", bound), ("gap", booked - bound)):
        row |= _told(name, student(values))
    ratio = ratio_change(bound, booked)
    row |= _told("share", Estimate(ratio.n, -ratio.mean, ratio.half))
    row["why"] = next((one.why for one in found if one.why), "")
    return row


def _told(name: str, found: Estimate) -> dict[str, float]:
    return {name: found.mean, f"{name}_low": found.low, f"{name}_high": found.high}
