"""Audits of what comes back: it had left, was sent back by a step of its life, and is refunded; so are fees."""

from __future__ import annotations

from collections import defaultdict

from audits.tables import records
from orchestrion.domain.codes import Disposition, EventKind, Reason
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.units import PPM


def what_came_back_had_left(world: World, facts: Facts) -> None:
    """Every return is of units that were sent, once, after a step that sent them back, refunded at their price."""
    returns, events = facts["returns"], facts["events"]
    picked = {(i, n): q for i, n, q in records(events, "shipment", "line", "qty", kind=EventKind.PICKED)}
    steps = {
        Reason.RETURNED: {(i, n, t) for i, n, t in records(events, "shipment", "line", "t", kind=EventKind.RETURNED)},
        Reason.UNDELIVERED: set(records(events, "shipment", "t", kind=EventKind.SENT_BACK)),
        Reason.NO_SHOW: set(records(events, "shipment", "t", kind=EventKind.NO_SHOW)),
    }
    price = {(o, n): (p, s) for o, n, p, s in records(facts["lines"], "order", "line", "price", "sku")}
    seen: set[tuple[int, int]] = set()
    columns = ("t", "order", "line", "shipment", "sku", "qty", "reason", "disposition", "refund", "sent_t")
    for t, o, n, i, sku, qty, reason, disposition, refund, sent_t in records(returns, *columns):
        assert (i, n) not in seen, f"shipment {i} line {n} came back twice"
        seen.add((i, n))
        assert picked[i, n] == qty
        assert t >= sent_t
        step = (i, n, sent_t) if reason == Reason.RETURNED else (i, sent_t)
        assert step in steps[Reason(reason)], f"shipment {i} line {n} came back without a step that sent it"
        assert disposition == Disposition.RESTOCKED or reason == Reason.RETURNED
        assert price[o, n][1] == sku
        assert refund == round(price[o, n][0] * qty / (1 + world.economics.vat))


def fees_given_back(world: World, facts: Facts) -> int:
    """Fees of orders of which the customer kept nothing, something of them having come back."""
    total: dict[int, int] = defaultdict(int)
    for o, q in records(facts["lines"], "order", "qty"):
        total[o] += q
    for o, q in records(facts["events"], "order", "qty", kind=EventKind.CANCELLED):
        total[o] -= q
    last: dict[int, int] = {}
    for o, q, reason in records(facts["returns"], "order", "qty", "reason"):
        total[o] -= q
        last[o] = reason
    fee = dict(records(facts["orders"], "order", "fee"))
    store, points = world.collecting, world.pickup_points
    allowed = {
        Reason.UNDELIVERED: True,
        Reason.RETURNED: world.returns is not None and world.returns.refund_fee,
        Reason.NO_SHOW: bool((store and store.refund_fee) or (points and points.waiting.refund_fee)),
    }
    return sum(fee[o] for o, reason in last.items() if total[o] == 0 and allowed[Reason(reason)])


def what_is_due_is_out(facts: Facts) -> None:
    """No more is expected back of a line than was neither cancelled nor came back; what is on its way counts whole."""
    out: dict[tuple[int, int], int] = defaultdict(int)
    for o, n, q in records(facts["lines"], "order", "line", "qty"):
        out[o, n] += q
    for o, n, q in records(facts["events"], "order", "line", "qty", kind=EventKind.CANCELLED):
        out[o, n] -= q
    for o, n, q in records(facts["returns"], "order", "line", "qty"):
        out[o, n] -= q
    due: dict[tuple[int, int], int] = defaultdict(int)
    for o, n, ppm in records(facts["returns_due"], "order", "line", "units_ppm"):
        assert ppm > 0
        due[o, n] += ppm
    assert all(ppm <= out[key] * PPM for key, ppm in due.items())
    turned = {}  # a parcel that nobody fetched at a pickup point is a no-show and sent back: one way home
    for kind in (EventKind.NO_SHOW, EventKind.SENT_BACK):
        turned |= dict(records(facts["events"], "shipment", "qty", kind=kind))
    sent = sum(turned.values()) + sum(q for (q,) in records(facts["events"], "qty", kind=EventKind.RETURNED))
    assert sum(due.values()) >= (sent - int(facts["returns"]["qty"].sum())) * PPM
