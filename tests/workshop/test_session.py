"""The session in any order of messages, from anybody: what must hold always."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestrion.apps.workshop.events import FACILITATOR, HOUSE, Event, Refused
from orchestrion.apps.workshop.refusals import REASONS
from orchestrion.apps.workshop.session import (
    CHOICES,
    DEPARTMENT_KEYS,
    KINDS,
    MOST_TRIALS,
    STEPS,
    Session,
    Terms,
    apply,
    folded,
)
from orchestrion.apps.workshop.views import common, own
from orchestrion.apps.workshop.weighed import prices_of

TERMS = Terms(
    labels=("siloed", "unified"),
    kpis=("cost_to_serve", "contribution"),
    criteria=("co2e", "store_hour"),
    limits=("store_hours",),
    assumptions=("a.b",),
    levers=("a.b", "c.on"),
    rules={"nearest": ("within_km",)},
)
PEOPLE = ("p1", "p2", "p3")
PARTICIPANTS = ("join", "rename", "contest", "predict", "weigh", "pairwise", "red_line", "try", "consent")

number = st.one_of(st.floats(), st.integers(-10, 10), st.integers(), st.none(), st.booleans(), st.just("3"))
sane = st.floats(0.0, 9.0)
junk: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8), st.just("<b>x</b>")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from([*TERMS.labels, *TERMS.kpis, *TERMS.criteria, *TERMS.limits, *TERMS.assumptions, "t1", "t2"])
likely: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from(["Anna", "Béla", "\u202eevil", " "]),
    "department": st.sampled_from([*DEPARTMENT_KEYS, "board"]),
    "to": st.sampled_from([*STEPS, "nowhere"]),
    "kpi": names,
    "label": st.sampled_from([*TERMS.labels, "new one", "another"]),
    "base": st.sampled_from(TERMS.labels),
    "value": number | sane,
    "weights": st.dictionaries(st.sampled_from(TERMS.criteria), sane | st.none(), min_size=1),
    "a": st.sampled_from(["co2e", "contribution"]),
    "b": st.sampled_from(["store_hour", "contribution"]),
    "stronger": st.sampled_from(["co2e", "contribution", "store_hour"]),
    "by": st.floats(1.0, 9.0) | number,
    "criterion": names,
    "euros": sane | number,
    "limit": sane | number,
    "overrides": st.just({"a.b": 3}) | junk,
    "policy": st.just("nearest") | junk,
    "choice": st.sampled_from([*CHOICES, "veto"]),
    "reason": st.sampled_from(["", "too far"]),
    "assumption": names,
    "text": st.text(max_size=10),
    "participant": st.sampled_from([*PEOPLE, "p9"]),
    "trial": st.sampled_from(["t1", "t2", "t9"]),
    "replications": st.integers(0, 20) | number,
    "why": st.text(max_size=5),
}
bodies = st.fixed_dictionaries({}, optional=likely) | st.dictionaries(st.sampled_from(list(likely)), junk, max_size=4)
whole = st.fixed_dictionaries(likely)
anybody = st.sampled_from([*PEOPLE, FACILITATOR, HOUSE, "p9", "viewer", ""])
odd = st.tuples(anybody, st.sampled_from([*KINDS, "drop table"]), whole | bodies)


def right(kind: str, **body: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, str, dict[str, Any]]]:
    """A message as a page would send it, by somebody who may."""
    who = HOUSE if kind in ("tried", "failed", "lost") else FACILITATOR if kind not in PARTICIPANTS else None
    said = st.sampled_from(PEOPLE) if who is None else st.just(who)
    return st.tuples(said, st.just(kind), st.fixed_dictionaries(body))


label, kpi, criterion = (st.sampled_from(one) for one in (TERMS.labels, TERMS.kpis, TERMS.criteria))
trial = st.sampled_from(["t1", "t2"])
weighs = (
    right("weigh", weights=st.dictionaries(criterion, sane | st.none(), min_size=1)),
    right("pairwise", a=st.just("co2e"), b=st.just("contribution"), stronger=st.just("co2e"), by=st.floats(1, 9)),
    right("red_line", kpi=st.just("store_hours"), limit=sane | st.none()),
)
tries = (
    right("try", label=st.sampled_from(["one", "two", "ONE"]), policy=st.just("nearest")),
    right("run", trial=trial),
    right("run", trial=trial),
    right("cancel", trial=trial),
    right("tried", trial=trial, replications=st.integers(1, 20)),
    right("failed", trial=trial, why=st.just("no")),
    right("lost", trial=trial, why=st.just("gone")),
)
decides = (
    right("choose", label=st.sampled_from([*TERMS.labels, "one"])),
    right("consent", choice=st.sampled_from(CHOICES), reason=st.sampled_from(["", "far"])),
    right("consent", choice=st.just("agree")),
)
others = (
    right("contest", assumption=st.just("a.b"), text=st.just("no")),
    right("rename", name=st.just("Zoé"), department=st.sampled_from(DEPARTMENT_KEYS)),
    odd,
)
ends = (right("remove", participant=st.just("p3")), right("close"))
OPENED = {
    "try": [(FACILITATOR, "try", {"label": "one", "policy": "nearest"})],
    "decide": [(FACILITATOR, "choose", {"label": "unified"})],
}


def scene(step: str, *said: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A step, and what is said in it; now and then something that belongs elsewhere."""
    opening = st.just([(FACILITATOR, "reopen", {}), (FACILITATOR, "step", {"to": step}), *OPENED.get(step, [])])
    inside = st.lists(st.one_of(*said, *said, *others), min_size=1, max_size=8)
    return st.tuples(opening, inside).map(lambda parts: parts[0] + parts[1])


scenes = st.one_of(
    scene("predict", right("predict", kpi=kpi, label=label, value=sane | st.none())),
    scene("weigh", *weighs),
    scene("try", *tries),
    scene("decide", *weighs, *decides),
    scene("see", *ends),
)
talks = st.lists(scenes, min_size=1, max_size=7).map(lambda parts: [said for part in parts for said in part])
ANY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def start() -> tuple[Session, list[Event]]:
    events = [
        Event(who, "join", f"join-{who}", {"name": who, "department": department}, "then")
        for who, department in zip(PEOPLE, DEPARTMENT_KEYS, strict=False)
    ]
    return folded(Session(TERMS), events), events


def held(talk: list[tuple[str, str, dict[str, Any]]]) -> tuple[list[Session], list[Event]]:
    """The states along a talk, and the events that were accepted."""
    session, accepted = start()
    states, reasons = [session], set()
    for i, (who, kind, body) in enumerate(talk):
        event = Event(who, kind, f"id-{i}", body, "then")
        try:
            session = apply(session, event)
        except Refused as no:
            reasons.add(no.reason)
        else:
            accepted.append(event)
            states.append(session)
    assert reasons <= set(REASONS)
    return states, accepted


@ANY
@given(talks)
def test_the_state_is_the_fold_of_what_was_accepted(talk: list[tuple[str, str, dict[str, Any]]]) -> None:
    states, accepted = held(talk)
    assert folded(Session(TERMS), accepted) == states[-1]
    assert states[-1].version == len(accepted)


@ANY
@given(talks, st.randoms(use_true_random=False))
def test_what_is_told_twice_counts_once_whenever_it_comes(
    talk: list[tuple[str, str, dict[str, Any]]], chance: Any
) -> None:
    states, accepted = held(talk)
    assert all(apply(states[-1], event) is states[-1] for event in accepted)
    session, said = Session(TERMS), []
    for event in accepted:  # the network repeats old messages in between
        said.append(event)
        session = apply(session, event)
        session = apply(session, chance.choice(said))
    assert session == states[-1]


@ANY
@given(talks)
def test_whatever_is_said_the_state_makes_sense(talk: list[tuple[str, str, dict[str, Any]]]) -> None:
    states, _ = held(talk)
    closed: Session | None = None
    for session in states:
        assert session.step in STEPS
        assert session.revealed or STEPS.index(session.step) < STEPS.index("see")
        if closed is not None:
            assert session.revealed
            assert session.predictions == closed.predictions  # nobody guesses after the results were shown
        closed = session if session.revealed and closed is None else closed
        for one in session.participants.values():
            assert one.department in DEPARTMENT_KEYS
            assert one.name.strip()
            assert one.name.isprintable()
        here = {one.id for one in session.here}
        assert set(session.consents) <= here
        assert all(said.reason for said in session.consents.values() if said.choice == "object")
        assert not session.consents or session.proposal is not None
        assert session.proposal is None or session.proposal in session.labels()
        told = [*TERMS.labels, *(one.label for one in session.trials)]
        assert len({one.casefold() for one in told}) == len(told)
        figures = [v for said in (session.weights, session.red_lines) for by in said.values() for v in by.values()]
        figures += [v for by in session.predictions.values() for v in by.values()]
        assert all(isinstance(v, float) and math.isfinite(v) for v in figures)
        assert all(1 / 9 <= v <= 9 for by in session.ratios.values() for v in by.values())
        assert all(v >= 0.0 for by in session.weights.values() for v in by.values())
        assert set().union(session.weights, session.ratios, session.red_lines, session.predictions) <= set(PEOPLE)


@ANY
@given(talks)
def test_everybody_s_view_is_json_and_shows_nobody_else_s_guess_too_early(
    talk: list[tuple[str, str, dict[str, Any]]],
) -> None:
    states, _ = held(talk)
    for session in states[-1:] + states[len(states) // 2 :][:1]:
        told = common(session, online={"p1"})
        json.dumps([told, own(session, "p1")], allow_nan=False)
        assert ("predictions" in told) == session.revealed


@ANY
@given(talks)
def test_a_participant_moves_nothing_that_is_the_facilitator_s(talk: list[tuple[str, str, dict[str, Any]]]) -> None:
    mine = [(who, kind, body) for who, kind, body in talk if who not in (FACILITATOR, HOUSE)]
    session, _ = start()
    for step in STEPS:
        base = replace(session, step=step, revealed=step not in ("frame", "predict"), proposal="unified")
        for i, (who, kind, body) in enumerate(mine):
            try:
                after = apply(base, Event(who, kind, f"x-{i}", body, "then"))
            except Refused:
                continue
            assert kind in PARTICIPANTS
            assert who in after.participants
            for kept in ("step", "open", "revealed", "proposal"):
                assert getattr(after, kept) == getattr(base, kept)
            assert all(one.state == "proposed" for one in after.trials)
            assert {k: v for k, v in after.participants.items() if k != who} == {
                k: v for k, v in base.participants.items() if k != who
            }
            for said in ("predictions", "weights", "ratios", "red_lines", "consents"):
                others = {k: v for k, v in getattr(after, said).items() if k != who}
                assert others == {k: v for k, v in getattr(base, said).items() if k != who}


# -- sentences that a facilitator would say ---------------------------------------------------------------------------


class Talk:
    """A session that is spoken to."""

    def __init__(self) -> None:
        self.now, _ = start()
        self.count = 0

    def say(self, who: str, kind: str, **body: Any) -> None:
        self.count += 1
        self.now = apply(self.now, Event(who, kind, f"m-{self.count}", body, "then"))

    def refused(self, who: str, kind: str, **body: Any) -> str:
        with pytest.raises(Refused) as no:
            self.say(who, kind, **body)
        return no.value.reason


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_steps_go_back_and_what_was_said_stays(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="weigh")
    talk.say("p1", "weigh", weights={"co2e": 2.0})
    talk.say(FACILITATOR, "step", to="frame")
    assert talk.now.weights["p1"] == {"co2e": 2.0}
    assert talk.now.revealed
    talk.say(FACILITATOR, "step", to="predict")
    assert talk.refused("p1", "predict", kpi="contribution", value=1.0) == "too_late"


def test_a_new_proposal_asks_everybody_again(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="decide")
    assert talk.refused("p1", "consent", choice="agree") == "no_proposal"
    talk.say(FACILITATOR, "choose", label="unified")
    assert talk.refused("p1", "consent", choice="object") == "reason_needed"
    talk.say("p1", "consent", choice="agree")
    talk.say(FACILITATOR, "choose", label="unified")
    assert "p1" in talk.now.consents
    talk.say(FACILITATOR, "choose", label="siloed")
    assert talk.now.consents == {}
    assert talk.refused("p1", "consent", choice="agree", proposal="unified") == "other_proposal"


def test_what_costs_computing_the_facilitator_decides(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="try")
    talk.say("p1", "try", label="near", overrides={"a.b": 50})
    assert talk.now.trials[0].state == "proposed"
    assert talk.refused("p1", "run", trial="t1") == "not_yours"
    talk.say(FACILITATOR, "run", trial="t1")
    talk.say(HOUSE, "tried", trial="t1", replications=5)
    assert talk.now.labels() == ["siloed", "unified", "near"]
    assert talk.refused("p2", "tried", trial="t1", replications=500) == "not_yours"
    for i in range(3):
        talk.say("p2", "try", label=f"idea {i}", policy="nearest")
    assert talk.refused("p2", "try", label="idea 4", policy="nearest") == "too_many"
    talk.say(FACILITATOR, "cancel", trial="t2")
    talk.say("p2", "try", label="idea 4", policy="nearest")


def test_trying_is_never_locked_for_good(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="try")
    for i in range(MOST_TRIALS):
        talk.say(FACILITATOR, "try", label=f"idea {i}", policy="nearest")
    assert talk.refused("p1", "try", label="mine", policy="nearest") == "too_many"
    talk.say(FACILITATOR, "try", label="one more", policy="nearest")
    for i in range(2):
        talk.say(FACILITATOR, "cancel", trial=f"t{i + 1}")
    talk.say("p1", "try", label="mine", policy="nearest")
    talk.say(FACILITATOR, "remove", participant="p1")
    assert talk.now.trials[-1].state == "cancelled"  # nobody waits for the idea of who is not here


def test_results_that_are_lost_can_be_worked_out_again(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="try")
    talk.say(FACILITATOR, "try", label="near", policy="nearest")
    talk.say(HOUSE, "tried", trial="t1", replications=5)
    talk.say(FACILITATOR, "choose", label="near")
    talk.say(HOUSE, "lost", trial="t1", why="the folder is gone")
    assert (talk.now.trials[0].state, talk.now.trials[0].done) == ("failed", 0)
    assert talk.now.proposal in talk.now.labels()  # what was proposed is not taken back behind people's backs
    talk.say(FACILITATOR, "run", trial="t1")
    assert talk.now.trials[0].state == "accepted"


@pytest.mark.parametrize(
    "overrides",
    [
        {"demand.history.orders": "/etc/passwd"},
        {"network.stores_table": "x.csv"},
        {"carriers.parcel.rate_card": "../secret.csv"},
        {"services.parcel_standard.rate_card": "secret.csv"},
        {"stock.snapshot_table": "a"},
        {"time.measured_weeks": 5000},
        {"policy.name": "../../x"},
        {"a.b": "x" * 41},
        {"a.b": [1, 2]},
        {"a\nb": 1},
        {"a.b": math.inf},
        {"a.b": 10**400},
        {"title": "mine"},
        {"a.b": 1, "demand.online.orders_per_day": 10**6},
    ],
)
@pytest.mark.parametrize("who", ["p1", FACILITATOR])
def test_a_trial_reads_no_file_and_changes_no_clock(talk: Talk, overrides: dict[str, Any], who: str) -> None:
    talk.say(FACILITATOR, "step", to="try")
    assert talk.refused(who, "try", label="bad", overrides=overrides) in ("not_offered", "bad_number")
    assert talk.now.trials == ()


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ("milp", "not_offered"), ({"name": "nearest", "file": 3}, "not_offered"), ({"name": ["near"]}, "bad_message"),
        ({"name": "nearest", "within_km": "3"}, "bad_number"), ({"name": "nearest", "within_km": None}, "bad_number"),
        ({"within_km": 3}, "bad_message"), (["nearest"], "bad_message"),
    ],
)  # fmt: skip
def test_a_trial_takes_a_rule_that_is_offered_and_sets_what_is_offered_of_it(talk: Talk, policy: Any, why: str) -> None:
    talk.say(FACILITATOR, "step", to="try")
    assert talk.refused("p1", "try", label="bad", policy=policy) == why
    talk.say("p1", "try", label="near", policy={"name": "nearest", "within_km": 30}, overrides={"c.on": True})
    assert talk.now.trials[0].changes == {"policy": {"name": "nearest", "within_km": 30}, "c.on": True}


@pytest.mark.parametrize("policy", ["nearest", 3])
def test_a_policy_is_told_whole_and_not_as_a_value(talk: Talk, policy: Any) -> None:
    talk.say(FACILITATOR, "step", to="try")
    assert talk.refused("p1", "try", label="bad", overrides={"policy": policy}) == "bad_message"


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 1e7, 10**400, True, "3", [1.0], {}])
def test_a_price_is_a_finite_number_within_its_range(talk: Talk, value: Any) -> None:
    talk.say(FACILITATOR, "step", to="weigh")
    assert talk.refused("p1", "weigh", weights={"co2e": value}) == "bad_number"
    assert "p1" not in talk.now.weights


@pytest.mark.parametrize(("a", "b"), [("co2e", "contribution"), ("contribution", "co2e")])
@pytest.mark.parametrize(("stronger", "price"), [("co2e", 30.0), ("contribution", 30.0 / 9)])
def test_what_is_said_to_outweigh_costs_more_whichever_side_it_stood_on(
    talk: Talk, a: str, b: str, stronger: str, price: float
) -> None:
    talk.say(FACILITATOR, "step", to="weigh")
    talk.say("p1", "pairwise", a=b, b=a, stronger=stronger, by=9)
    talk.say("p1", "pairwise", a=a, b=b, stronger=stronger, by=3)  # asked the other way round, and thought again
    # a whole swing of 100 kg against one of 1,000 euros, three times or a third of it
    swings = {"contribution": 1_000.0, "co2e": 100.0}
    assert prices_of(talk.now, "p1", swings)["co2e"] == pytest.approx(price)


def test_who_is_removed_has_no_voice_any_more(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="decide")
    talk.say(FACILITATOR, "choose", label="unified")
    talk.say("p1", "consent", choice="agree")
    talk.say(FACILITATOR, "remove", participant="p1")
    assert talk.now.consents == {}
    assert talk.refused("p1", "consent", choice="agree") == "not_here"
    assert talk.refused("p1", "join", name="Anna", department="it") == "not_yours"


def test_a_closed_workshop_hears_nothing_until_it_is_opened_again(talk: Talk) -> None:
    talk.say(FACILITATOR, "step", to="weigh")
    talk.say(FACILITATOR, "close")
    assert talk.refused("p1", "weigh", weights={"co2e": 1.0}) == "closed"
    talk.say(FACILITATOR, "reopen")
    talk.say("p1", "weigh", weights={"co2e": 1.0})


def test_the_same_id_of_two_people_are_two_messages() -> None:
    session, _ = start()
    session = apply(session, Event(FACILITATOR, "step", "s", {"to": "weigh"}))
    session = apply(session, Event("p1", "weigh", "same", {"weights": {"co2e": 1.0}}))
    session = apply(session, Event("p2", "weigh", "same", {"weights": {"co2e": 2.0}}))
    assert session.weights["p2"] == {"co2e": 2.0}


def test_directions_of_writing_and_control_characters_are_taken_out() -> None:
    session, _ = start()
    session = apply(session, Event("p1", "rename", "r", {"name": "An\u202ena\x00 \n B"}))
    assert session.participants["p1"].name == "Anna B"
