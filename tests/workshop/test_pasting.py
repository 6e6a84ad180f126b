"""Codes of people who weighed in the report: each person counts once, for their department, and is never waited for."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from orchestrion.apps.workshop.events import FACILITATOR, Event, Refused
from orchestrion.apps.workshop.session import Session, Terms, apply
from orchestrion.apps.workshop.views import common, outcome
from orchestrion.apps.workshop.weighed import department_prices
from orchestrion.kpis.weighing_codes import Weighing, encode

MARK = "a1b2c3"
TERMS = Terms(("siloed", "unified"), ("cost_to_serve",), ("parcel", "co2e"), (), (), MARK)
_ids = count()


def say(session: Session, who: str, kind: str, **body: Any) -> Session:
    return apply(session, Event(who, kind, f"id-{next(_ids):06d}", body, "2026-11-26T09:00:00+00:00"))


def code(person: str, price: float, department: str = "it", study: str = MARK, name: str = "Fay") -> str:
    return encode(Weighing(study, person, department, {"parcel": price}, name))


@pytest.fixture
def room() -> Session:
    return say(Session(TERMS), "p1", "join", name="Ada", department="it")


def test_a_code_weighs_for_its_department(room: Session) -> None:
    room = say(room, FACILITATOR, "paste", code=code("000001", 3.0))
    room = say(room, FACILITATOR, "paste", code=code("000002", 5.0))
    assert department_prices(room, {})["it"] == {"parcel": 4.0}
    assert [one["by_code"] for one in common(room)["participants"]] == [False, True, True]


def test_the_same_code_twice_counts_once_and_a_later_one_replaces(room: Session) -> None:
    for price in (3.0, 3.0, 7.0):
        room = say(room, FACILITATOR, "paste", code=code("000001", price))
    assert len(room.here) == 2
    assert department_prices(room, {})["it"] == {"parcel": 7.0}


def test_a_price_taken_back_in_the_report_is_taken_back_here(room: Session) -> None:
    room = say(room, FACILITATOR, "paste", code=code("000001", 3.0))
    room = say(room, FACILITATOR, "paste", code=encode(Weighing(MARK, "000001", "it", {"co2e": 1.0}, "Fay")))
    assert department_prices(room, {})["it"] == {"co2e": 1.0}


def test_nobody_waits_for_the_consent_of_who_is_not_here(room: Session) -> None:
    room = say(room, FACILITATOR, "paste", code=code("000001", 3.0))
    for kind, body in (("step", {"to": "decide"}), ("choose", {"label": "unified"})):
        room = say(room, FACILITATOR, kind, **body)
    room = say(room, "p1", "consent", choice="agree")
    assert outcome(room)["state"] == "agreed"
    assert outcome(room)["missing"] == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (code("000001", 3.0, study="ffffff"), "other_study"),
        (code("000001", 3.0)[:-1], "not_a_code"),
        ("OW1-<b>", "not_a_code"),
        (code("000001", 3.0, department=""), "no_department"),
    ],
)
def test_what_cannot_be_counted_says_why(room: Session, text: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        say(room, FACILITATOR, "paste", code=text)
    assert caught.value.reason == reason


def test_only_the_facilitator_pastes(room: Session) -> None:
    with pytest.raises(Refused) as caught:
        say(room, "p1", "paste", code=code("000001", 3.0))
    assert caught.value.reason == "not_yours"


def test_a_sender_who_is_removed_no_longer_counts(room: Session) -> None:
    room = say(room, FACILITATOR, "paste", code=code("000001", 3.0))
    room = say(room, FACILITATOR, "remove", participant="c000001")
    assert department_prices(room, {})["it"] == {}


def test_the_projector_shows_what_the_facilitator_chooses(room: Session) -> None:
    assert common(room)["shown"] is None
    room = say(room, FACILITATOR, "show", label="unified")
    assert common(room)["shown"] == "unified"
    with pytest.raises(Refused):
        say(room, "p1", "show", label="siloed")
    with pytest.raises(Refused):
        say(room, FACILITATOR, "show", label="nothing")
