"""A whole workshop in one process: what people say, in order, without a network."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path
from typing import Any

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.events import FACILITATOR, Event
from orchestrion.apps.workshop.log_book import LogBook
from orchestrion.apps.workshop.room import Room

_ids = count()
PEOPLE = {"p1": ("Anna", "ecommerce"), "p2": ("Béla", "retail"), "p3": ("Cléo", "it"), "p4": ("Dov", "supply_chain"),
          "p5": ("Eve", "retail")}  # fmt: skip


def event(who: str, kind: str, **body: Any) -> Event:
    return Event(who, kind, f"id-{next(_ids):08d}", body, "2026-11-26T09:00:00.000+00:00")


def joins() -> list[Event]:
    return [event(who, "join", name=name, department=key) for who, (name, key) in PEOPLE.items()]


def story() -> list[Event]:
    """From frame to decide: retail minds the hours of its stores, e-commerce the days of its customers."""
    return [
        *joins(),
        event("p1", "contest", assumption="network.stores.wage_eur_per_hour", text="Ours earn <b>more</b>."),
        event(FACILITATOR, "step", to="predict"),
        event("p1", "predict", kpi="cost_to_serve", value=4.0),
        event("p2", "predict", kpi="cost_to_serve", value=6.0, label="nearest"),
        event("p5", "predict", kpi="cost_to_serve", value=7.0, label="nearest"),
        event(FACILITATOR, "step", to="see"),
        event(FACILITATOR, "step", to="weigh"),
        event("p1", "weigh", weights={"lost_online": 1.0, "day_of_delivery": 3.0}),
        event("p2", "weigh", weights={"store_hour": 40.0}),
        event("p5", "weigh", weights={"store_hour": 400.0, "store_sale_lost": 1.0}),
        event("p2", "red_line", kpi="busiest_store_hours", limit=2.0),
        event("p3", "pairwise", a="exception", b="contribution", stronger="exception", by=3),
        event("p4", "weigh", weights={"co2e": 1.0}),
        event(FACILITATOR, "step", to="disagree"),
        event(FACILITATOR, "step", to="decide"),
        event(FACILITATOR, "choose", label="unified"),
        event("p1", "consent", choice="agree"),
        event("p2", "consent", choice="object", reason="Too much work in <script>Paris</script>"),
        event("p3", "consent", choice="live_with", reason="for a season"),
    ]


def room_of(board: Board, path: Path, said: Iterable[Event] = ()) -> Room:
    room = Room(board, LogBook(path))
    for one in said:
        room.say(one)
    return room
