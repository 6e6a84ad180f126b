"""What intervals promise, measured: a shop whose true figures are known, thousands of studies of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from orchestrion.experiments.inference import paired, ratio_change, student, unpaired
from orchestrion.streams import Streams

# A day: Poisson many customers, gamma baskets; one rule loses each with probability .50, the other with .06. The same
# customers come under both rules, and whom a rule loses is luck of its own.
CUSTOMERS, BASKET, SHAPE = 60.0, 30.0, 1.5
LOST = (0.50, 0.06)
REPLICATIONS = 10
TRUTH = [CUSTOMERS * BASKET * (1 - lost) for lost in LOST]


def a_day(seed: int, replication: int) -> tuple[float, float]:
    """Sales under either rule, in euros."""
    streams = Streams(seed, replication)
    customers = streams.generator("customers")
    count = customers.poisson(CUSTOMERS)
    baskets = customers.gamma(SHAPE, BASKET / SHAPE, count)
    luck = streams.generator("luck").random((2, count))
    first, second = ((baskets * (own >= lost)).sum() for own, lost in zip(luck, LOST, strict=True))
    return float(first), float(second)


def coverage(studies: int) -> dict[str, float]:
    """In what share of studies each interval holds the truth."""
    truths = {
        "single": TRUTH[0],
        "paired": TRUTH[1] - TRUTH[0],
        "ratio": TRUTH[1] / TRUTH[0] - 1,
        "unpaired": TRUTH[1] - TRUTH[0],
    }
    held = dict.fromkeys(truths, 0)
    for seed in range(studies):
        first, second = np.array([a_day(seed, r) for r in range(REPLICATIONS)]).T
        found = {
            "single": student(first),
            "paired": paired(second, first),
            "ratio": ratio_change(second, first),
            "unpaired": unpaired(second, first),
        }
        for name, one in found.items():
            held[name] += one.low <= truths[name] <= one.high
    return {name: count / studies for name, count in held.items()}


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    studies = 1000
    found = coverage(studies)
    tolerance = 3.3 * math.sqrt(0.95 * 0.05 / studies)
    for name in ("single", "paired", "ratio"):
        assert abs(found[name] - 0.95) < tolerance, (name, found)
    assert found["unpaired"] > 0.99  # what pairing buys is thrown away


@pytest.mark.slow
def test_intervals_cover_94_to_96_percent_in_ten_thousand_studies() -> None:
    found = coverage(10_000)
    for name in ("single", "paired", "ratio"):
        assert 0.94 <= found[name] <= 0.96, (name, found)
