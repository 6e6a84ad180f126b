"""Audits of endings: each order and each wish ends once, and all tables agree how."""

from __future__ import annotations

from collections import defaultdict

from audits.tables import records
from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason
from orchestrion.domain.facts import Facts

ENDS = ("complete", "partial", "cancelled", "no_show", "open")


def order_ends(facts: Facts) -> dict[int, str]:
    """Order id -> complete, partial, cancelled, no_show or open: exactly one; open ones have units under way."""
    total: dict[int, int] = defaultdict(int)
    received: dict[int, int] = defaultdict(int)
    gone: dict[int, int] = defaultdict(int)
    for o, q in zip(facts["lines"]["order"].tolist(), facts["lines"]["qty"].tolist(), strict=True):
        total[o] += q
    shipments, events = facts["shipments"], facts["events"]
    for o, q, t in zip(*(shipments[c].tolist() for c in ("order", "units", "received_t")), strict=True):
        received[o] += q if t >= 0 else 0
    for o, q, k in zip(*(events[c].tolist() for c in ("order", "qty", "kind")), strict=True):
        gone[o] += q if k == EventKind.CANCELLED else 0
    unreceived = set(shipments["shipment"][shipments["received_t"] < 0].tolist())
    back: dict[int, int] = defaultdict(int)
    absent: set[int] = set()
    for o, q, k, i in zip(*(events[c].tolist() for c in ("order", "qty", "kind", "shipment")), strict=True):
        back[o] += q if k == EventKind.SENT_BACK and i in unreceived else 0
        if k == EventKind.NO_SHOW:
            absent.add(o)
    ends = {}
    for o in facts["orders"]["order"].tolist():
        assert total[o] > 0
        ended = received[o] + gone[o] + back[o]
        assert ended <= total[o], f"order {o}: more received, cancelled and sent back than ordered"
        if ended < total[o]:
            ends[o] = "open"
        elif o in absent:
            ends[o] = "no_show"
        elif not gone[o] and not back[o]:
            ends[o] = "complete"
        else:
            ends[o] = "partial" if received[o] else "cancelled"
    sent = set(shipments["order"][shipments["units"] > 0].tolist())
    assert (shipments["units"] > 0).sum() >= len(sent)
    assert all(o in sent for o, end in ends.items() if end in ("complete", "partial"))
    return ends


def wishes_end_once(facts: Facts) -> None:
    """Each wish has one outcome, and the outcome says what the other tables say."""
    requests, events = facts["requests"], facts["events"]
    line_of = {
        r: (o, n, q, s)
        for r, o, n, q, s in zip(
            *(facts["lines"][c].tolist() for c in ("request", "order", "line", "qty", "sku")), strict=True
        )
    }
    assert len(line_of) == len(facts["lines"]["request"]), "a wish became two lines"
    cancelled: dict[tuple[int, int], int] = defaultdict(int)
    for k, o, n, q in zip(*(events[c].tolist() for c in ("kind", "order", "line", "qty")), strict=True):
        cancelled[o, n] += q if k == EventKind.CANCELLED else 0
    gone = set(records(events, "shipment", kind=EventKind.SENT_BACK))
    gone |= set(records(events, "shipment", kind=EventKind.NO_SHOW))
    for i, o, n, q in records(events, "shipment", "order", "line", "qty", kind=EventKind.PICKED):
        cancelled[o, n] += q if (i,) in gone else 0
    columns = (
        "request", "t", "channel", "qty", "outcome", "reason", "order", "resolved_t", "served_at", "sku", "substitute",
        "paid",
    )  # fmt: skip
    for id, t, channel, qty, code, reason, order, resolved, at, sku, substitute, paid in zip(
        *(requests[c].tolist() for c in columns), strict=True
    ):
        outcome, walk_in = Outcome(code), channel == Channel.WALK_IN
        assert resolved == -1 if outcome == Outcome.WAITING else resolved >= t
        assert (reason >= 0) == (outcome in (Outcome.LOST, Outcome.CANCELLED, Outcome.NO_SHOW))
        if id in line_of:
            o, n, q, s = line_of[id]
            assert s == (sku if substitute < 0 else substitute)
            assert (order, qty) == (o, q)
            ended = outcome in (Outcome.CANCELLED, Outcome.NO_SHOW)
            assert ended == (cancelled[o, n] == q), f"request {id} is {outcome.key}"
            assert at == -1
        else:
            assert order == -1
            assert outcome != Outcome.CANCELLED
        bought = {
            Outcome.SERVED: walk_in,
            Outcome.SERVED_LATER: walk_in,
            Outcome.MOVED_TO_STORE: True,
            Outcome.MOVED_TO_OTHER_STORE: True,
            Outcome.SUBSTITUTED: order < 0,
        }
        assert (at >= 0) == bought.get(outcome, False), f"request {id}, {outcome.key}, at {at}"
        if outcome == Outcome.LOST:
            told_no = (Reason.UNAVAILABLE, Reason.COMPANION, Reason.TOO_SLOW, Reason.TOO_DEAR, Reason.NOT_DELIVERABLE)
            assert reason in ((Reason.SHELF_EMPTY,) if walk_in else told_no)
        # another SKU was taken where the outcome says so, or said so before the order was withdrawn
        assert substitute != sku
        assert outcome != Outcome.SUBSTITUTED or substitute >= 0
        assert substitute < 0 or outcome == Outcome.SUBSTITUTED or order >= 0
        assert paid < 0 or at >= 0
