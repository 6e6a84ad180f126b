"""Many instances, many sequences of orders, every rule on the same ones; scores are mean costs over the fluid bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from time import perf_counter
from typing import TypeVar

import numpy as np

from orchestrion.errors import UnknownName
from orchestrion.experiments.inference import Estimate, paired, student
from orchestrion.experiments.ma2023.instances import Setting, draw
from orchestrion.experiments.ma2023.network import Network, read_network
from orchestrion.experiments.ma2023.playing import orders, play
from orchestrion.experiments.ma2023.rules import RULES, Knowledge, Rule
from orchestrion.experiments.parallel import _local as local_executor
from orchestrion.experiments.parallel import worker_count
from orchestrion.policies.season import Floats, counts
from orchestrion.streams import Streams

HINDSIGHT = "hindsight, flow"
WHOLE_HINDSIGHT = "hindsight, whole orders"
WHOLE_FLUID = "fluid, whole orders"
T = TypeVar("T")

BOUNDS = (WHOLE_FLUID, HINDSIGHT, WHOLE_HINDSIGHT)
MYOPIC = "cheapest order"

# the published experiment played again elsewhere: 300 instances x 30 sequences, 20 x 5 for the last four
REFERENCE = {
    "nearest": 1.1334,
    "independent rounding": 1.1401,
    "Jasin-Sinha rounding": 1.0885,
    "dilated rounding": 1.0794,
    "forced opening": 1.0848,
    "cheapest order": 1.0797,
    "static bid price": 1.0426,
    "bid price x 10": 1.025,
    HINDSIGHT: 1.0022,
}


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What came out.

    Attributes
    ----------
    scores
        For each rule and bound its mean cost over the sequences divided by the fluid bound, shape (instances,).
    seconds
        Time of one season, mean, for each rule and bound.
    """

    scores: Mapping[str, Floats]
    seconds: Mapping[str, float]

    def estimate(self, name: str) -> Estimate:
        """Mean over the instances, with its interval."""
        return student(self.scores[name])

    def standard_error(self, name: str) -> float:
        """Of the mean over the instances; NaN for one."""
        values = self.scores[name]
        return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")

    def difference(self, name: str, other: str) -> Estimate:
        """Mean of `name` less `other`, instance by instance."""
        return paired(self.scores[name], self.scores[other])

    def gap_closed(self, name: str, bound: str = HINDSIGHT) -> float:
        """The share of the way from the order-level myopic rule down to a bound that a rule goes, here."""
        myopic = float(self.scores[MYOPIC].mean())
        return (myopic - float(self.scores[name].mean())) / (myopic - float(self.scores[bound].mean()))


def benchmark(
    *,
    instances: int = 20,
    sequences: int = 5,
    rules: Iterable[str] | Mapping[str, Rule] | None = None,
    seed: int = 1,
    network: Network | None = None,
    setting: Setting | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Scores:
    """Play the benchmark of Ma (2023), *Order-optimal correlated rounding*, M&SOM 25.

    Parameters
    ----------
    rules
        Names of `RULES`, or {name: rule} for rules of your own; all of `RULES` when left out.
    network, setting
        The bundled network and the published numbers when left out.
    workers
        Processes; as many as there are CPUs when left out. Scores do not depend on it.
    progress
        Called with (instances done, instances).

    Raises
    ------
    UnknownName
        If no rule has such a name.
    ValueError
        If nothing is to be played.
    """
    chosen = _chosen(rules)
    task = partial(
        _instance, rules=chosen, sequences=sequences, seed=seed,
        network=network or read_network(), setting=setting or Setting(),
    )  # fmt: skip
    if instances < 1 or sequences < 1:
        raise ValueError("instances and sequences: one or more of each")
    count = min(worker_count(workers), instances)
    results = []
    for result in _each(task, instances, count):
        results.append(result)
        if progress is not None:
            progress(len(results), instances)
    names = list(results[0][0])
    scores = {name: np.array([score[name] for score, _ in results]) for name in names}
    seconds = {name: float(np.mean([took[name] for _, took in results])) for name in names}
    return Scores(scores, seconds)


def _each(task: Callable[[int], T], instances: int, workers: int) -> Iterator[T]:
    """The task's result for each instance, in order."""
    if workers <= 1:
        yield from map(task, range(instances))
        return
    pool = local_executor(workers)
    try:
        yield from pool.map(task, range(instances))
    except BaseException:
        pool.shutdown(wait=True, kill_workers=True)  # type: ignore[call-arg]  # loky's own argument
        raise


def _chosen(rules: Iterable[str] | Mapping[str, Rule] | None) -> dict[str, Rule]:
    if rules is None:
        return dict(RULES)
    if isinstance(rules, Mapping):
        return dict(rules)
    names = list(rules)
    for name in names:
        if name not in RULES:
            near = get_close_matches(name, RULES, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise UnknownName(f"no rule named {name!r}{hint} Known: {', '.join(RULES)}.")
    return {name: RULES[name] for name in names}


def _instance(
    number: int, *, rules: Mapping[str, Rule], sequences: int, seed: int, network: Network, setting: Setting
) -> tuple[dict[str, float], dict[str, float]]:
    """Scores and seconds of one instance, by rule and bound."""
    streams = Streams(seed, number)
    known = Knowledge.of(draw(network, setting, streams))
    season = known.season
    fluid = known.fluid.value
    costs: dict[str, list[float]] = {WHOLE_FLUID: [known.mix.value], HINDSIGHT: [], WHOLE_HINDSIGHT: []}
    seconds: dict[str, float] = {WHOLE_FLUID: 0.0}
    for sequence in range(sequences):
        came = orders(season, streams.generator("ma2023.orders", sequence))
        known.flow.restart()
        known.plans.restart()
        asked = counts(season, came)
        for name, solve in ((HINDSIGHT, known.flow.solve), (WHOLE_HINDSIGHT, known.plans.solve)):
            began = perf_counter()
            costs[name].append(solve(asked, season.stock).value)
            seconds[name] = seconds.get(name, 0.0) + (perf_counter() - began) / sequences
        for name, rule in rules.items():
            began = perf_counter()
            decider = rule.start(known, streams.generator(f"ma2023.{name}", sequence))
            costs.setdefault(name, []).append(play(season, decider, came))
            seconds[name] = seconds.get(name, 0.0) + (perf_counter() - began) / sequences
    return {name: float(np.mean(found)) / fluid for name, found in costs.items()}, seconds


def as_rows(found: Scores, names: Sequence[str] | None = None) -> list[dict[str, float | str | None]]:
    """A row for each rule and bound: mean, standard error, spread between instances, reference, gap closed, time."""
    rows: list[dict[str, float | str | None]] = []
    for name in names or found.scores:
        values = found.scores[name]
        known = MYOPIC in found.scores
        rows.append(
            {
                "name": name,
                "mean": float(values.mean()),
                "standard_error": found.standard_error(name),
                "spread": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
                "reference": REFERENCE.get(name),
                "gap_closed": found.gap_closed(name) if known else None,
                "gap_to_whole_orders_closed": found.gap_closed(name, WHOLE_HINDSIGHT) if known else None,
                "seconds": found.seconds[name],
            }
        )
    return rows
