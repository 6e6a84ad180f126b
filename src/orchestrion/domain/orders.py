"""What customers ask for, as policies may see it: immutable slips of paper."""

from __future__ import annotations

from typing import NamedTuple


class Line(NamedTuple):
    """One SKU of an order and how many units of it still need a node; the thing we source."""

    order: int
    number: int  # position in the order, from 0
    sku: int
    qty: int
    request: int  # the wish behind it, row of `requests`


class Order(NamedTuple):
    """One customer's request at one moment, reduced to the lines that wait for a decision.

    A re-sourced order is a new slip with the missing lines only, one hop more, and the nodes that failed it.
    """

    id: int
    t: int  # placed [s]
    channel: int
    place: int  # delivery address, row of World.places
    option: int  # fulfilment option, index into World.options
    collect_at: int  # node of a click and collect order, else -1
    promised_t: int  # the latest delivery (or ready) moment told to the customer [s]
    lines: tuple[Line, ...]
    hop: int = 0
    excluded: tuple[int, ...] = ()
    patience: int = -1  # seconds the customer lets it wait, from t, before picking begins; -1 for ever

    @property
    def units(self) -> int:
        return sum(line.qty for line in self.lines)


def joined(a: Order, b: Order) -> Order:
    """Two slips of one order as one: lines united, the later hop, every node that failed."""
    lines = {line.number: line for line in a.lines}
    for line in b.lines:
        known = lines.get(line.number)
        lines[line.number] = line if known is None else line._replace(qty=known.qty + line.qty)
    excluded = tuple(dict.fromkeys((*a.excluded, *b.excluded)))
    return b._replace(lines=tuple(lines[n] for n in sorted(lines)), hop=max(a.hop, b.hop), excluded=excluded)


class Assignment(NamedTuple):
    """A shipment that was decided and whose picking has not begun: it may still be taken back."""

    shipment: int
    order: Order  # the slip as it was decided: the lines of this shipment and their units, the hop, nodes that failed
    node: int
    service: int
    sourced_t: int  # decided [s]
