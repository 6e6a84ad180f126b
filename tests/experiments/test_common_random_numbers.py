"""What sharing customers buys: two queues compared on common and on independent random numbers."""

from __future__ import annotations

import numpy as np

from orchestrion.experiments.inference import paired
from orchestrion.streams import Streams

RATE, CUSTOMERS, REPLICATIONS = 0.8, 4000, 400


def mean_wait(streams, speed):
    """Mean wait in an M/M/1 queue that starts empty, by Lindley's equation in one stroke."""
    gaps = streams.generator("arrivals").exponential(1 / RATE, CUSTOMERS)
    services = streams.generator("services").exponential(1.0, CUSTOMERS) / speed
    walk = np.concatenate([[0.0], np.cumsum(services[:-1] - gaps[1:])])
    return float((walk - np.minimum.accumulate(walk)).mean())


def test_common_random_numbers_make_the_difference_of_two_queues_several_times_more_precise():
    slow = [mean_wait(Streams(1, r), 1.0) for r in range(REPLICATIONS)]
    fast = [mean_wait(Streams(1, r), 1.1) for r in range(REPLICATIONS)]
    other = [mean_wait(Streams(2, r), 1.1) for r in range(REPLICATIONS)]
    common, independent = paired(slow, fast), paired(slow, other)
    assert 2.5 < (independent.half / common.half) ** 2 < 5.0
    # waits in the steady state, rho / (mu - lambda), a little less for queues that start empty
    truth = 0.8 / (1 - 0.8) - (0.8 / 1.1) / (1.1 - 0.8)
    assert truth - 0.1 < common.mean < truth + common.half
    assert abs(independent.mean - truth) < 2 * independent.half
