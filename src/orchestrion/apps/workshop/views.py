"""What each person sees of a workshop: plain values for the page, nothing that is not theirs to see yet."""

from __future__ import annotations

import statistics
from collections.abc import Container, Mapping
from dataclasses import asdict
from typing import Any

from orchestrion.apps.workshop.session import DEPARTMENT_KEYS, STEPS, Session
from orchestrion.apps.workshop.weighed import members


def common(session: Session, online: Container[str] = ()) -> dict[str, Any]:
    """What everybody sees, whoever they are.

    Parameters
    ----------
    online
        Participants who have a page open now.
    """
    here = session.here
    told: dict[str, Any] = {
        "step": session.step,
        "steps": list(STEPS),
        "version": session.version,
        "open": session.open,
        "revealed": session.revealed,
        "participants": [
            {"id": one.id, "name": one.name, "department": one.department, "online": one.id in online,
             "by_code": one.by_code}
            for one in here
        ],
        "counts": {key: sum(one.department == key for one in here) for key in DEPARTMENT_KEYS},
        "said": _who_has_spoken(session),
        "contested": [
            {"assumption": one.assumption, "text": one.text, **_signed(session, one.who)} for one in session.contests
        ],
        "trials": [
            {"id": one.id, "label": one.label, "base": one.base, "changes": dict(one.changes), "state": one.state,
             "done": one.done, "why": one.why, **_signed(session, one.who)}
            for one in session.trials
        ],
        "labels": session.labels(),
        "shown": session.shown,
        "proposal": session.proposal,
        "consents": [
            {"choice": said.choice, "reason": said.reason, **_signed(session, who)}
            for who, said in session.consents.items()
        ],
        "outcome": outcome(session),
    }  # fmt: skip
    if session.revealed:
        told["predictions"] = predictions(session)
    return told


def own(session: Session, participant: str) -> dict[str, Any]:
    """What a participant said themselves."""
    me = session.participants[participant]
    said = session.consents.get(participant)
    return {
        "id": me.id,
        "name": me.name,
        "department": me.department,
        "here": me.here,
        "predictions": [
            {"kpi": kpi, "label": label, "value": value}
            for (kpi, label), value in session.predictions.get(participant, {}).items()
        ],
        "weights": dict(session.weights.get(participant, {})),
        "ratios": [{"a": a, "b": b, "times": times} for (a, b), times in session.ratios.get(participant, {}).items()],
        "red_lines": dict(session.red_lines.get(participant, {})),
        "consent": None if said is None else asdict(said),
    }


def _signed(session: Session, who: str) -> dict[str, Any]:
    by = session.participants.get(who)
    if by is None:
        return {"name": "", "department": "", "by": who}
    return {"name": by.name, "department": by.department, "by": by.id}


def _who_has_spoken(session: Session) -> dict[str, list[str]]:
    """Who has said something of each kind: what the room waits for, not what they said."""
    here = [one.id for one in session.here]
    kinds: dict[str, Mapping[str, Any]] = {
        "predict": session.predictions, "weigh": session.weights | session.ratios,  # type: ignore[operator]
        "red_line": session.red_lines, "consent": session.consents,
    }  # fmt: skip
    return {kind: [who for who in here if told.get(who)] for kind, told in kinds.items()}


def predictions(session: Session) -> list[dict[str, Any]]:
    """Each department's guesses and their median, by KPI and alternative."""
    found = []
    for department in DEPARTMENT_KEYS:
        told: dict[tuple[str, str], list[float]] = {}
        for who in members(session, department):
            for key, value in session.predictions.get(who, {}).items():
                told.setdefault(key, []).append(value)
        for (kpi, label), values in told.items():
            median = statistics.median(values)
            row = {"kpi": kpi, "label": label, "values": sorted(values), "median": median, "n": len(values)}
            found.append({"department": department, **row})
    return found


def outcome(session: Session) -> dict[str, Any]:
    """Where the consent round stands: who agrees, who can live with it, who objects, who has not spoken."""
    said = {one.id: session.consents[one.id] for one in session.present if one.id in session.consents}
    counts = {choice: sum(one.choice == choice for one in said.values()) for choice in ("agree", "live_with", "object")}
    missing = len(session.present) - len(said)
    if session.proposal is None or not said:
        state = "open"
    elif counts["object"]:
        state = "objected"
    elif missing:
        state = "waiting"
    else:
        state = "reserved" if counts["live_with"] else "agreed"
    by = {}
    for department in DEPARTMENT_KEYS:
        mine = [session.consents[who].choice for who in members(session, department) if who in session.consents]
        order = ("object", "live_with", "agree")
        by[department] = next((choice for choice in order if choice in mine), None)
    return {"state": state, "counts": counts, "missing": missing, "departments": by}
