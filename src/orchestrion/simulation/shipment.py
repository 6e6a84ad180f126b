"""A shipment on its way: the one mutable slip that pickers, carriers and counters hand along."""

from __future__ import annotations

from orchestrion.domain.orders import Line, Order


class Shipment:
    """Goods of one order leaving one node together."""

    __slots__ = (
        "accepted_t",
        "begun",
        "collected_t",
        "found",
        "handed_t",
        "id",
        "lines",
        "node",
        "order",
        "picked_t",
        "promised",
        "received_t",
        "service",
        "sourced_t",
        "units",
        "work_s",
    )

    def __init__(self, id: int, order: Order, node: int, service: int, sourced_t: int) -> None:
        self.id = id
        self.order = order
        self.node = node
        self.service = service
        self.sourced_t = sourced_t
        self.lines: list[tuple[Line, int]] = []  # what was promised: (line, units)
        self.promised = 0  # units of it
        self.found: list[tuple[Line, int]] = []  # what the picker found
        self.units = 0  # of it
        self.work_s = 0  # picking time
        self.accepted_t = -1  # joined the pick list [s]
        self.begun = False  # a picker has taken it off the list: it can no longer be taken back
        self.picked_t = self.handed_t = self.received_t = self.collected_t = -1

    def __lt__(self, other: Shipment) -> bool:
        """The most urgent promise first; the longest waiting among equals."""
        return (self.order.promised_t, self.id) < (other.order.promised_t, other.id)
