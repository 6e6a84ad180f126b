"""How long a shipment would wait for a picker: the work on the list, and what a review under way adds to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.view import NetworkView


class Queues:
    """Picking work waiting for each picker of a node [s], and what a review under way adds to it."""

    def __init__(self, view: NetworkView) -> None:
        self._view = view
        self._added: dict[int, int] = {}

    def add(self, node: int, lines: int, units: int) -> None:
        """One more shipment for the node."""
        place = self._view.world.nodes[node]
        work = place.pick_setup_s + lines * place.pick_line_s + units * place.pick_unit_s
        self._added[node] = self._added.get(node, 0) + work

    def seconds(self, nodes: NDArray[np.intp]) -> NDArray[np.int64]:
        """Seconds of work per picker at each of the nodes."""
        places, view = self._view.world.nodes, self._view
        queue = [
            (view.backlog_s(node) + self._added.get(node, 0)) // max(1, places[node].pickers) for node in nodes.tolist()
        ]
        return np.array(queue, np.int64)
