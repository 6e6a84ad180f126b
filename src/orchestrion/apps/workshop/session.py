"""What has been said in a workshop: a frozen value, and how each event changes it or is refused.

Nothing here knows of clocks, files or networks. The state of a workshop is the fold of its events; whoever has the
events has the workshop. An event that is refused leaves no trace in the state, one that is told twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrion.apps.workshop.bodies import (
    amount,
    amounts,
    changes,
    one_of,
    optional_text,
    text,
    weighing_code,
)
from orchestrion.apps.workshop.events import FACILITATOR, HOUSE, Event, Refused
from orchestrion.kpis.scorecards import DEPARTMENTS
from orchestrion.kpis.weighing import BASE

STEPS = ("frame", "predict", "see", "weigh", "disagree", "try", "decide", "minutes")
WEIGHING = ("weigh", "disagree", "try", "decide")
CHOICES = ("agree", "live_with", "object")
DEPARTMENT_KEYS = tuple(one.key for one in DEPARTMENTS)

MOST_PARTICIPANTS = 300
MOST_TRIALS = 40
MOST_CONTESTS = 400
MOST_OF_ONE = 20  # contests of one participant
MOST_WAITING = 3  # proposals of one participant that nobody has started yet


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be spoken of: the names that the study gives.

    Attributes
    ----------
    labels
        Alternatives of the study.
    kpis
        Those whose values may be predicted.
    criteria
        Those that may be given a price.
    limits
        Measures that a red line may be drawn at.
    assumptions
        Paths of parameters that may be contested.
    mark
        Of the study, by which weighing codes know it.
    levers
        Paths of parameters that a trial may change.
    rules
        Policies that a trial may take, each with the parameters that may be set.
    """

    labels: tuple[str, ...]
    kpis: tuple[str, ...]
    criteria: tuple[str, ...]
    limits: tuple[str, ...]
    assumptions: tuple[str, ...]
    mark: str = ""
    levers: tuple[str, ...] = ()
    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who joined; `here` until the facilitator removes them.

    `by_code`: they are not in the room; they weighed in the report and sent a code.
    """

    id: str
    name: str
    department: str
    here: bool = True
    by_code: bool = False


@dataclass(frozen=True, slots=True)
class Contest:
    """An assumption that somebody doubts, in their words."""

    who: str
    assumption: str
    text: str
    at: str


@dataclass(frozen=True, slots=True)
class Trial:
    """A change that the room wants to see simulated.

    Attributes
    ----------
    state
        "proposed" by a participant; "accepted", to be run; "cancelled"; "failed", with the reason in `why`.
    done
        Replications whose results are there.
    """

    id: str
    label: str
    who: str
    base: str
    changes: Mapping[str, Any]
    state: str = "proposed"
    done: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """What one participant says of the proposal; who objects says why."""

    choice: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A workshop at one moment.

    Attributes
    ----------
    version
        Events that made it.
    shown
        The alternative whose results stand on the projector; the page chooses when None.
    revealed
        Results have been shown once: nobody predicts any more.
    predictions, weights, ratios, red_lines
        Participant -> what they said; predictions by (KPI, label), weights in euros by criterion, ratios by pair of
        criteria (how many times the first outweighs the second), limits by measure.
    """

    terms: Terms
    version: int = 0
    step: str = STEPS[0]
    open: bool = True
    revealed: bool = False
    participants: Mapping[str, Participant] = field(default_factory=dict)
    contests: tuple[Contest, ...] = ()
    predictions: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    ratios: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    red_lines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    trials: tuple[Trial, ...] = ()
    shown: str | None = None
    proposal: str | None = None
    consents: Mapping[str, Consent] = field(default_factory=dict)
    seen: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def knows(self, event: Event) -> bool:
        """Whether this very event has been applied."""
        return event.client_id in self.seen.get(event.who, ())

    @property
    def here(self) -> list[Participant]:
        """Everybody who has not been removed, in the order they joined."""
        return [one for one in self.participants.values() if one.here]

    @property
    def present(self) -> list[Participant]:
        """Those of them who can be asked."""
        return [one for one in self.here if not one.by_code]

    def labels(self) -> list[str]:
        """All that can be chosen: the study's alternatives, and trials with results; what is proposed stays so."""
        tried = (one.label for one in self.trials if one.done or one.label == self.proposal)
        return [*self.terms.labels, *tried]


def apply(session: Session, event: Event) -> Session:
    """The workshop after one event.

    Raises
    ------
    Refused
        If the event may not happen now, or not by this person, or says nothing that can be understood.
    """
    if session.knows(event):
        return session
    rule = _RULES.get(event.kind)
    if rule is None:
        raise Refused("unknown_kind")
    who = event.who if event.who in (FACILITATOR, HOUSE) else "participant"
    if who not in rule.who:
        raise Refused("not_yours")
    joined = session.participants.get(event.who)
    if who == "participant" and event.kind != "join" and (joined is None or not joined.here):
        raise Refused("not_here")
    if not session.open and event.kind not in ("reopen", "tried", "failed", "lost"):
        raise Refused("closed")
    if rule.steps and session.step not in rule.steps:
        raise Refused("not_now")
    changed = rule.change(session, event)
    seen = {**session.seen, event.who: session.seen.get(event.who, frozenset()) | {event.client_id}}
    return replace(changed, version=session.version + 1, seen=seen)


def folded(session: Session, events: Iterable[Event]) -> Session:
    """The workshop after events that were all accepted once."""
    for event in events:
        session = apply(session, event)
    return session


# -- what each kind of event does --------------------------------------------------------------------------------


def _with(mapping: Mapping[str, Any], key: str, value: Any) -> dict[str, Any]:
    return {**mapping, key: value}


def _of(mapping: Mapping[str, Mapping[Any, Any]], who: str, added: Mapping[Any, Any]) -> dict[str, Any]:
    """What one person said before, and now; None takes a thing back."""
    merged = {**mapping.get(who, {}), **added}
    return {**mapping, who: {key: value for key, value in merged.items() if value is not None}}


def _join(session: Session, event: Event) -> Session:
    name = text(event.body, "name", 40)
    department = one_of(event.body, "department", DEPARTMENT_KEYS)
    if event.who in session.participants:
        raise Refused("not_yours")
    if len(session.here) >= MOST_PARTICIPANTS:
        raise Refused("full")
    joined = Participant(event.who, name, department)
    return replace(session, participants=_with(session.participants, event.who, joined))


def _rename(session: Session, event: Event) -> Session:
    before = session.participants[event.who]
    name = text(event.body, "name", 40) if "name" in event.body else before.name
    department = before.department
    if "department" in event.body:
        department = one_of(event.body, "department", DEPARTMENT_KEYS)
    after = replace(before, name=name, department=department)
    return replace(session, participants=_with(session.participants, event.who, after))


def _remove(session: Session, event: Event) -> Session:
    gone = session.participants[one_of(event.body, "participant", session.participants)]
    consents = {who: said for who, said in session.consents.items() if who != gone.id}
    left = _with(session.participants, gone.id, replace(gone, here=False))
    trials = tuple(
        replace(one, state="cancelled") if one.who == gone.id and one.state == "proposed" else one
        for one in session.trials
    )
    return replace(session, participants=left, consents=consents, trials=trials)


def _step(session: Session, event: Event) -> Session:
    to = one_of(event.body, "to", STEPS)
    return replace(session, step=to, revealed=session.revealed or STEPS.index(to) >= STEPS.index("see"))


def _show(session: Session, event: Event) -> Session:
    return replace(session, shown=one_of(event.body, "label", session.terms.labels))


def _contest(session: Session, event: Event) -> Session:
    assumption = one_of(event.body, "assumption", session.terms.assumptions)
    if len(session.contests) >= MOST_CONTESTS or _said(session.contests, event.who) >= MOST_OF_ONE:
        raise Refused("too_many")
    said = Contest(event.who, assumption, text(event.body, "text"), event.at)
    return replace(session, contests=(*session.contests, said))


def _said(told: Iterable[Contest | Trial], who: str) -> int:
    return sum(one.who == who for one in told)


def _predict(session: Session, event: Event) -> Session:
    if session.revealed:
        raise Refused("too_late")
    kpi = one_of(event.body, "kpi", session.terms.kpis)
    about = one_of(event.body, "label", session.terms.labels) if "label" in event.body else session.terms.labels[0]
    value = amount(event.body, "value", -1e12, 1e12, takes_back=True)
    return replace(session, predictions=_of(session.predictions, event.who, {(kpi, about): value}))


def _weigh(session: Session, event: Event) -> Session:
    prices = amounts(event.body, "weights", session.terms.criteria, 0.0, 1e6)
    return replace(session, weights=_of(session.weights, event.who, prices))


def _pairwise(session: Session, event: Event) -> Session:
    known = (BASE, *session.terms.criteria)
    a, b = one_of(event.body, "a", known), one_of(event.body, "b", known)
    if a == b:
        raise Refused("bad_message")
    times = amount(event.body, "by", 1.0, 9.0, takes_back=True)
    stronger = one_of(event.body, "stronger", (a, b))
    first, second = sorted((a, b))
    ratio = None if times is None else times if stronger == first else 1.0 / times
    return replace(session, ratios=_of(session.ratios, event.who, {(first, second): ratio}))


def _paste(session: Session, event: Event) -> Session:
    """A code from the report: whoever sent it is counted once, their latest code holds."""
    told = weighing_code(event.body, "code", session.terms.mark)
    who = f"c{told.person}"
    before = session.participants.get(who)
    if before is None and len(session.here) >= MOST_PARTICIPANTS:
        raise Refused("full")
    sender = Participant(who, told.name or f"{told.person[:3]}\u2026", told.department, by_code=True)
    prices = {key: price for key, price in told.prices.items() if key in session.terms.criteria}
    return replace(
        session,
        participants=_with(session.participants, who, sender),
        weights=_with(session.weights, who, prices),
    )


def _red_line(session: Session, event: Event) -> Session:
    measure = one_of(event.body, "kpi", session.terms.limits)
    limit = amount(event.body, "limit", -1e12, 1e12, takes_back=True)
    return replace(session, red_lines=_of(session.red_lines, event.who, {measure: limit}))


def _try(session: Session, event: Event) -> Session:
    name = text(event.body, "label", 60)
    taken = [*session.terms.labels, *(one.label for one in session.trials)]
    if name.casefold() in (one.casefold() for one in taken):
        raise Refused("name_taken")
    if event.who != FACILITATOR:  # who may cancel must never be kept out by what others proposed
        waiting = [one for one in session.trials if one.state == "proposed"]
        if len([one for one in session.trials if one.state != "cancelled"]) >= MOST_TRIALS:
            raise Refused("too_many")
        if _said(waiting, event.who) >= MOST_WAITING:
            raise Refused("too_many")
    base = one_of(event.body, "base", session.terms.labels) if "base" in event.body else session.terms.labels[0]
    state = "accepted" if event.who == FACILITATOR else "proposed"  # what costs minutes of computing, the room decides
    told = changes(event.body, session.terms.levers, session.terms.rules)
    trial = Trial(f"t{len(session.trials) + 1}", name, event.who, base, told, state)
    return replace(session, trials=(*session.trials, trial))


def _trial(session: Session, event: Event, *states: str) -> Trial:
    found = {one.id: one for one in session.trials}[one_of(event.body, "trial", [one.id for one in session.trials])]
    if found.state not in states:
        raise Refused("not_now")
    return found


def _put(session: Session, trial: Trial) -> Session:
    return replace(session, trials=tuple(trial if one.id == trial.id else one for one in session.trials))


def _run(session: Session, event: Event) -> Session:
    return _put(session, replace(_trial(session, event, "proposed", "cancelled", "failed"), state="accepted", why=""))


def _cancel(session: Session, event: Event) -> Session:
    return _put(session, replace(_trial(session, event, "proposed", "accepted"), state="cancelled"))


def _tried(session: Session, event: Event) -> Session:
    trial = _trial(session, event, "accepted", "cancelled", "failed")
    done = amount(event.body, "replications", 1, 1e6)
    assert done is not None
    return _put(session, replace(trial, done=max(trial.done, int(done))))


def _failed(session: Session, event: Event) -> Session:
    trial = _trial(session, event, "accepted")
    return _put(session, replace(trial, state="failed", why=optional_text(event.body, "why", 2000)))


def _lost(session: Session, event: Event) -> Session:
    """Results that were there before cannot be read any more: as if it had never run, so that it can run again."""
    trial = _trial(session, event, "proposed", "accepted", "cancelled", "failed")
    return _put(session, replace(trial, state="failed", done=0, why=optional_text(event.body, "why", 2000)))


def _choose(session: Session, event: Event) -> Session:
    chosen = one_of(event.body, "label", session.labels())
    if chosen == session.proposal:
        return session
    return replace(session, proposal=chosen, consents={})  # consent was given to another proposal


def _consent(session: Session, event: Event) -> Session:
    if session.proposal is None:
        raise Refused("no_proposal")
    said = one_of(event.body, "choice", CHOICES)
    if "proposal" in event.body and event.body["proposal"] != session.proposal:
        raise Refused("other_proposal")  # it changed while this was on its way
    reason = optional_text(event.body, "reason")
    if said == "object" and not reason:
        raise Refused("reason_needed")
    return replace(session, consents=_with(session.consents, event.who, Consent(said, reason)))


def _close(session: Session, _: Event) -> Session:
    return replace(session, open=False)


def _reopen(session: Session, _: Event) -> Session:
    return replace(session, open=True)


@dataclass(frozen=True, slots=True)
class _Rule:
    who: tuple[str, ...]
    change: Callable[[Session, Event], Session]
    steps: tuple[str, ...] = ()


_EVERYBODY = ("participant", FACILITATOR)
_RULES: dict[str, _Rule] = {
    "join": _Rule(("participant",), _join),
    "rename": _Rule(("participant",), _rename),
    "contest": _Rule(("participant",), _contest),
    "predict": _Rule(("participant",), _predict, ("predict",)),
    "weigh": _Rule(("participant",), _weigh, WEIGHING),
    "pairwise": _Rule(("participant",), _pairwise, WEIGHING),
    "red_line": _Rule(("participant",), _red_line, WEIGHING),
    "try": _Rule(_EVERYBODY, _try, ("try",)),
    "consent": _Rule(("participant",), _consent, ("decide",)),
    "step": _Rule((FACILITATOR,), _step),
    "run": _Rule((FACILITATOR,), _run, ("try",)),
    "cancel": _Rule((FACILITATOR,), _cancel),
    "choose": _Rule((FACILITATOR,), _choose, ("disagree", "try", "decide")),
    "remove": _Rule((FACILITATOR,), _remove),
    "show": _Rule((FACILITATOR,), _show),
    "paste": _Rule((FACILITATOR,), _paste),
    "close": _Rule((FACILITATOR,), _close),
    "reopen": _Rule((FACILITATOR,), _reopen),
    "tried": _Rule((HOUSE,), _tried),
    "failed": _Rule((HOUSE,), _failed),
    "lost": _Rule((HOUSE,), _lost),
}
KINDS = tuple(_RULES)
