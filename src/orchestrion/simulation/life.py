"""The life of a shipment and of an order, as one small table: which step may follow which.

An order is placed; its lines wait (held) or are sourced into shipments; a shipment is picked, in full or short, handed
over or ready on the counter, then delivered or collected. What is short waits again, or is cancelled with its reason.
Where nodes are asked, a shipment is offered and accepted before it is picked; one that nobody accepts, that its
customer no longer wants or that is better sent from elsewhere is released: its lines wait again or are cancelled.
A door may stay closed: the parcel is tried again, left at a pickup point, or sent back; what nobody collects goes back
too. What was received may be returned, line by line.
The processes do not consult it: the tests hold every event of a ledger against it.
"""

from __future__ import annotations

from orchestrion.domain.codes import EventKind

_LINE_WAITS = frozenset({EventKind.PLACED, EventKind.HELD, EventKind.SHORT, EventKind.SOURCED, EventKind.RELEASED})
_TO_BE_PICKED = frozenset({EventKind.SOURCED, EventKind.ACCEPTED})
_NOT_BEGUN = _TO_BE_PICKED | {EventKind.OFFERED, EventKind.REFUSED}

FOLLOWS: dict[EventKind, frozenset[EventKind]] = {
    EventKind.PLACED: frozenset(),
    EventKind.HELD: _LINE_WAITS,
    EventKind.SOURCED: _LINE_WAITS,
    EventKind.CANCELLED: _LINE_WAITS,
    EventKind.OFFERED: frozenset({EventKind.SOURCED, EventKind.OFFERED}),
    EventKind.ACCEPTED: frozenset({EventKind.OFFERED, EventKind.REFUSED}),
    EventKind.REFUSED: frozenset({EventKind.OFFERED, EventKind.REFUSED}),
    EventKind.RELEASED: _NOT_BEGUN,
    EventKind.PICKED: _TO_BE_PICKED,
    EventKind.SHORT: _TO_BE_PICKED | {EventKind.PICKED},
    EventKind.HANDED_OVER: frozenset({EventKind.PICKED, EventKind.SHORT}),
    EventKind.READY: frozenset(
        {EventKind.PICKED, EventKind.SHORT, EventKind.HANDED_OVER, EventKind.ATTEMPT_FAILED}
    ),
    EventKind.ATTEMPT_FAILED: frozenset({EventKind.HANDED_OVER, EventKind.ATTEMPT_FAILED}),
    EventKind.DELIVERED: frozenset({EventKind.HANDED_OVER, EventKind.ATTEMPT_FAILED}),
    EventKind.NO_SHOW: frozenset({EventKind.READY}),
    EventKind.SENT_BACK: frozenset({EventKind.ATTEMPT_FAILED, EventKind.NO_SHOW}),
    EventKind.RETURNED: frozenset({EventKind.DELIVERED, EventKind.COLLECTED}),
    EventKind.COLLECTED: frozenset({EventKind.READY}),
}
