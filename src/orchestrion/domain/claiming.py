"""Claiming: a store is offered a shipment and must accept it within a time, else it is passed over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Claiming:
    """Who must be asked, how they answer, and what asking costs; columns over nodes, each of length N.

    A node that is not asked accepts at once. Answers and the timeout count opening seconds of the node: nobody reads a
    request at night. Units stay reserved at every node that is asked until one accepts or all have passed.
    """

    asked: NDArray[np.bool_]  # must accept before its pick list gets the shipment
    acceptance: NDArray[np.float64]  # probability of a yes
    response_s: NDArray[np.float64]  # mean time to answer, yes or no [opening s]
    request_cost: NDArray[np.int64]  # labour of looking at one request, whatever the answer, micro-euros
    timeout_s: int  # no answer by then: passed over [opening s]
    at_once: int = 1  # nodes asked at the same time, the policy's choice first; 1: one after the other
    exponential: bool = True  # answers are exponentially distributed; else they always take the mean
