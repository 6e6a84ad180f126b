"""The life of a shipment and of an order, as one small table: which step may follow which.

An order is placed; its lines wait (held) or are sourced into shipments; a shipment is picked, in full or short, handed
over or ready on the counter, then delivered or collected. What is short waits again, or is cancelled with its reason.
The processes do not consult it: the tests hold every event of a ledger against it.
"""

from __future__ import annotations

from orchestrion.domain.codes import EventKind

FOLLOWS: dict[EventKind, frozenset[EventKind]] = {
    EventKind.PLACED: frozenset(),
    EventKind.HELD: frozenset({EventKind.PLACED, EventKind.HELD, EventKind.SHORT, EventKind.SOURCED}),
    EventKind.SOURCED: frozenset({EventKind.PLACED, EventKind.HELD, EventKind.SHORT, EventKind.SOURCED}),
    EventKind.PICKED: frozenset({EventKind.SOURCED}),
    EventKind.SHORT: frozenset({EventKind.SOURCED, EventKind.PICKED}),
    EventKind.HANDED_OVER: frozenset({EventKind.PICKED, EventKind.SHORT}),
    EventKind.READY: frozenset({EventKind.PICKED, EventKind.SHORT, EventKind.HANDED_OVER}),
    EventKind.DELIVERED: frozenset({EventKind.HANDED_OVER}),
    EventKind.COLLECTED: frozenset({EventKind.READY}),
    EventKind.CANCELLED: frozenset({EventKind.PLACED, EventKind.HELD, EventKind.SHORT, EventKind.SOURCED}),
}
