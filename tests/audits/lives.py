"""Audits of lives: which step follows which, of lines and shipments."""

from __future__ import annotations

from collections import defaultdict

from orchestrion.domain.codes import EventKind
from orchestrion.domain.facts import Facts
from orchestrion.simulation.life import FOLLOWS


def lives_are_legal(facts: Facts) -> None:
    """Every event follows one that `simulation.life.FOLLOWS` allows, and no unit of a line is in two places."""
    events = facts["events"]
    qty = {
        (o, n): q for o, n, q in zip(*(facts["lines"][c].tolist() for c in ("order", "line", "qty")), strict=True)
    }
    placed: set[int] = set()
    desk: dict[tuple[int, int], set[EventKind]] = defaultdict(set)  # steps so far of a line
    slip: dict[tuple[int, int], EventKind] = {}  # last step of a (shipment, line)
    lines_of: dict[int, list[int]] = defaultdict(list)
    waiting: dict[tuple[int, int], int] = dict(qty)
    to_pick: dict[tuple[int, int], int] = defaultdict(int)
    packed: dict[int, int] = defaultdict(int)
    columns = ("kind", "order", "line", "shipment", "qty")
    for code, order, line, shipment, units in zip(*(events[c].tolist() for c in columns), strict=True):
        kind, key = EventKind(code), (order, line)
        if kind == EventKind.PLACED:
            assert order not in placed
            placed.add(order)
            continue
        assert order in placed, f"{kind.key} before order {order} was placed"
        assert units > 0, f"{kind.key} of {units} units"
        before: set[EventKind]
        if kind in (EventKind.SOURCED, EventKind.HELD, EventKind.CANCELLED):
            before = {EventKind.PLACED} | desk[key]
            if kind == EventKind.HELD:
                assert units == waiting[key]
            else:
                waiting[key] -= units
            assert waiting[key] >= 0, f"order {order} line {line}: {kind.key} of units that do not wait"
            if kind == EventKind.SOURCED:
                assert (shipment, line) not in slip
                lines_of[shipment].append(line)
                to_pick[shipment, line] += units
        elif kind in (EventKind.OFFERED, EventKind.ACCEPTED, EventKind.REFUSED):
            assert units == sum(to_pick[shipment, n] for n in lines_of[shipment])
            for n in lines_of[shipment]:
                assert slip[shipment, n] in FOLLOWS[kind], f"shipment {shipment}: {kind.key} after {slip[shipment, n]}"
                slip[shipment, n] = kind
            continue
        elif kind == EventKind.RETURNED:
            assert slip[shipment, line] in FOLLOWS[kind], f"shipment {shipment} line {line}: {kind.key}"
            slip[shipment, line] = kind  # so that nothing comes back twice
            continue
        elif line >= 0:
            before = {slip[shipment, line]}
            to_pick[shipment, line] -= units
            assert to_pick[shipment, line] >= 0
            if kind == EventKind.PICKED:
                packed[shipment] += units
            else:
                waiting[key] += units
        else:
            assert units == packed[shipment], f"shipment {shipment}: {units} {kind.key}, {packed[shipment]} packed"
            assert not any(to_pick[shipment, n] for n in lines_of[shipment])
            for n in lines_of[shipment]:
                assert slip[shipment, n] in FOLLOWS[kind], f"shipment {shipment}: {kind.key} after {slip[shipment, n]}"
                slip[shipment, n] = kind
            continue
        assert before & FOLLOWS[kind], f"order {order} line {line}: {kind.key} after {sorted(before)}"
        desk[key].add(kind)
        if shipment >= 0:
            slip[shipment, line] = kind
    _shipments_match_events(facts)


def _shipments_match_events(facts: Facts) -> None:
    events, shipments = facts["events"], facts["shipments"]
    moments: dict[tuple[int, int], int] = {}
    for code, shipment, t in zip(*(events[c].tolist() for c in ("kind", "shipment", "t")), strict=True):
        moments[shipment, code] = t
    columns = ("shipment", "collect_at", "service", "units", "sourced_t", "picked_t", "handed_t", "received_t",
               "collected_t")  # fmt: skip
    kinds = facts.dims["services"]["kind"]
    seen = 0
    for id, store, service, units, *times in zip(*(shipments[c].tolist() for c in columns), strict=True):
        seen += 1
        sourced, picked, handed, received, collected = times
        known = [t for t in times if t >= 0]
        assert known == sorted(known), f"shipment {id} runs backwards: {times}"
        assert sourced == moments[id, EventKind.SOURCED]
        found = max(moments.get((id, EventKind.PICKED), -1), moments.get((id, EventKind.SHORT), -1))
        assert picked == found
        if kinds[service] == "counter":
            assert (id, EventKind.HANDED_OVER) not in moments
            assert handed == moments.get((id, EventKind.READY), -1)
        else:
            assert handed == moments.get((id, EventKind.HANDED_OVER), -1)
        at_point = kinds[service] == "pickup" or (id, EventKind.READY) in moments
        arrived = EventKind.READY if store >= 0 or at_point else EventKind.DELIVERED
        assert received == moments.get((id, arrived), -1)
        assert collected == moments.get((id, EventKind.COLLECTED), -1)
        assert units > 0 or handed < 0, f"shipment {id} left empty"
    taken_back = set(events["shipment"][events["kind"] == EventKind.RELEASED].tolist())
    assert not taken_back & set(shipments["shipment"].tolist())
    assert seen == len({s for s in events["shipment"].tolist() if s >= 0} - taken_back)
