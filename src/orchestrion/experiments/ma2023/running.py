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
from orchestrion.experiments.inference import Estimate, paired, ratio_change, student
from orchestrion.experiments.ma2023.instances import Setting, draw
from orchestrion.experiments.ma2023.network import Network, read_network
from orchestrion.experiments.ma2023.playing import orders, play, play_blind
from orchestrion.experiments.ma2023.protocol import Blind, Knowledge, Rule
from orchestrion.experiments.ma2023.rules import RULES
from orchestrion.experiments.parallel import _local as local_executor
from orchestrion.experiments.parallel import worker_count
from orchestrion.policies.season import Floats, Ints, counts
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
    orders
        In a season, mean.
    """

    scores: Mapping[str, Floats]
    seconds: Mapping[str, float]
    orders: float

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

    def gap_closed(self, name: str, bound: str = HINDSIGHT) -> Estimate:
        """The share of the way from the order-level myopic rule down to a bound that a rule goes, with its interval.

        A ratio of means over the same instances; interval by the delta method.
        """
        myopic = self.scores[MYOPIC]
        share = ratio_change(myopic - self.scores[name], myopic - self.scores[bound])
        return Estimate(share.n, share.mean + 1.0, share.half)


def benchmark(
    *,
    instances: int = 20,
    sequences: int = 5,
    rules: Iterable[str] | Mapping[str, Rule] | None = None,
    seed: int = 1,
    network: Network | None = None,
    setting: Setting | None = None,
    bounds: bool = True,
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
    bounds
        Play the hindsight bounds too.
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
    picked = chosen(rules)
    task = partial(
        _instance, rules=picked, sequences=sequences, seed=seed,
        network=network or read_network(), setting=setting or Setting(), bounds=bounds,
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
    scores = {name: np.array([score[name] for score, _, _ in results]) for name in names}
    seconds = {name: float(np.mean([took[name] for _, took, _ in results])) for name in names}
    return Scores(scores, seconds, float(np.mean([asked for _, _, asked in results])))


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


def chosen(rules: Iterable[str] | Mapping[str, Rule] | None) -> dict[str, Rule]:
    """Rules by name; all of `RULES` when None.

    Raises
    ------
    UnknownName
        If no rule has such a name.
    """
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
    number: int,
    *,
    rules: Mapping[str, Rule],
    sequences: int,
    seed: int,
    network: Network,
    setting: Setting,
    bounds: bool,
) -> tuple[dict[str, float], dict[str, float], float]:
    """Scores and seconds of one instance, by bound and rule, and the mean number of orders."""
    streams = Streams(seed, number)
    known = Knowledge(draw(network, setting, streams))
    season, fluid = known.season, known.fluid.value
    came = [orders(season, streams.generator("ma2023.orders", sequence)) for sequence in range(sequences)]
    costs: dict[str, float] = {}
    seconds: dict[str, float] = {}

    def timed(name: str, play_all: Callable[[], Iterable[float]]) -> None:
        began = perf_counter()
        costs[name] = float(np.mean(list(play_all())))
        seconds[name] = (perf_counter() - began) / sequences

    if bounds:
        timed(WHOLE_FLUID, lambda: [known.mix.value])
        known.flow.restart()
        known.plans.restart()
        timed(HINDSIGHT, lambda: (known.flow.solve(counts(season, one), season.stock).value for one in came))
        timed(WHOLE_HINDSIGHT, lambda: (known.plans.solve(counts(season, one), season.stock).value for one in came))
    for name, rule in rules.items():
        timed(name, partial(_seasons, known, rule, came, partial(streams.generator, f"ma2023.{name}")))
    scores = {name: cost / fluid for name, cost in costs.items()}
    return scores, seconds, float(np.mean([(one >= 0).sum() for one in came]))


def _seasons(
    known: Knowledge, rule: Rule, came: Sequence[Ints], luck: Callable[[int], np.random.Generator]
) -> Iterator[float]:
    """What each of these sequences costs with a rule."""
    season = known.season
    if isinstance(rule, Blind):
        asked = [one[one >= 0] for one in came]
        plans = rule.plans(known, np.concatenate(asked), luck(0))
        ends = np.cumsum([len(one) for one in asked])[:-1]
        yield from (play_blind(season, said, one) for said, one in zip(np.split(plans, ends), asked, strict=True))
        return
    for sequence, one in enumerate(came):
        yield play(season, rule.start(known, luck(sequence)), one)


def as_rows(found: Scores, names: Sequence[str] | None = None) -> list[dict[str, float | str | None]]:
    """A row for each rule and bound: mean, standard error, spread between instances, reference, gap closed, time."""
    rows: list[dict[str, float | str | None]] = []
    for name in names or found.scores:
        values = found.scores[name]
        row: dict[str, float | str | None] = {
            "name": name,
            "mean": float(values.mean()),
            "standard_error": found.standard_error(name),
            "spread": float(values.std(ddof=1)) if len(values) > 1 else float("nan"),
            "reference": REFERENCE.get(name),
        }
        for key, bound in (("gap_closed", HINDSIGHT), ("gap_to_whole_orders_closed", WHOLE_HINDSIGHT)):
            known = MYOPIC in found.scores and bound in found.scores
            share = found.gap_closed(name, bound) if known else None
            row |= {key: share.mean, f"{key}_low": share.low, f"{key}_high": share.high} if share else {key: None}
        seconds = found.seconds[name]
        rows.append(row | {"seconds": seconds, "seconds_per_decision": seconds / max(1.0, found.orders)})
    return rows
