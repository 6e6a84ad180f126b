"""The room itself: one session, its log book and its study; takes what people say and tells everybody."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.bodies import changes, one_of
from orchestrion.apps.workshop.events import Event, Refused
from orchestrion.apps.workshop.judged import judged, mine, opinions_of, results_of
from orchestrion.apps.workshop.links import Links, Whose
from orchestrion.apps.workshop.log_book import LogBook
from orchestrion.apps.workshop.played import Played
from orchestrion.apps.workshop.session import Session, apply, folded
from orchestrion.apps.workshop.standings import Opinion
from orchestrion.apps.workshop.trial_run import changed
from orchestrion.apps.workshop.views import common, own
from orchestrion.errors import OrchestrionError, StudyError

log = logging.getLogger("orchestrion.workshop")


def now() -> str:
    """The moment, as it is written down."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def written(told: Mapping[str, Any]) -> str:
    """JSON as pages read it."""
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def _said_by(whose: Whose, kind: str, client_id: str, body: Mapping[str, Any]) -> Event:
    """A message as an event of whoever showed their link."""
    if whose.role == "viewer" or kind == "join":
        raise Refused("not_yours")
    who = whose.participant if whose.role == "participant" else whose.role
    return Event(who, kind, client_id, dict(body), now())


_ELSEWHERE = "name another file with --state to begin anew"


class Room:
    """A session that lives: what is said is checked, written down, then true; in this order."""

    def __init__(self, board: Board, book: LogBook) -> None:
        self.board, self.book = board, book
        self.links = Links(book)
        self.id = book.about("id") or secrets.token_hex(4)
        book.tell_about("id", self.id)
        self._same_study()
        try:
            self.session: Session = folded(Session(board.terms), book.events())
        except Refused as no:  # what was accepted once is accepted again, unless the study is another
            raise StudyError(f"{book.path}: kept for another study ({no.reason}: {no.detail}); {_ELSEWHERE}") from no
        self.online: dict[str, int] = {}  # participant -> open pages
        self.played: dict[str, Played] = {}  # trial -> its results
        self.listeners: list[Callable[[], None]] = []  # called when anything changed
        self.join_url = ""  # what the QR code says
        self._common: tuple[Any, dict[str, Any]] = (None, {})
        self._written = ""
        self._judged: tuple[list[Any], dict[str, Any]] = ([], {})

    def _same_study(self) -> None:
        """What was said is about these alternatives, which must still be what they were."""
        about = self.board.study
        now = {label: f"{about[label].scenario_hash} {about[label].policy_hash} {about.seed}" for label in about.labels}
        before = self.book.about("alternatives")
        if before is None:
            self.book.tell_about("alternatives", json.dumps(now))
            return
        other = [label for label, known in json.loads(before).items() if now.get(label) != known]
        if other:
            raise StudyError(f"{self.book.path}: kept for another study, where {other[0]!r} is another; {_ELSEWHERE}")

    def say(self, event: Event, link: tuple[str, str, str] | None = None) -> None:
        """Take an event; when this returns it is on the disk.

        Raises
        ------
        Refused
            If it may not happen; nothing has changed then.
        """
        after = apply(self.session, event)
        if after is self.session:  # said before
            return
        try:
            self.book.add(event, link)
        except sqlite3.Error as error:
            log.error("not kept: %s by %s: %s", event.kind, event.who, error)
            raise Refused("not_kept") from error
        except (ValueError, RecursionError) as error:  # NaN, half a character: in a part of it that no rule reads
            raise Refused("bad_message") from error
        if link is not None:
            self.links.keep(link)
        self.session = after
        self.changed()

    def heard(self, whose: Whose, kind: str, client_id: str, body: Mapping[str, Any]) -> None:
        """A message of somebody who has shown their link."""
        if kind == "new_code" and whose.role == "facilitator":
            self.links.renew_code()
            self._common = (None, {})
            return self.changed()
        return self.say(_said_by(whose, kind, client_id, body))

    async def can_be_tried(self, whose: Whose, client_id: str, body: Mapping[str, Any]) -> None:
        """Whether a trial's scenario and policy can be made; worked out beside the loop, which goes on answering.

        Asked only of what may be said now by this person and has not been said yet: the rest costs no computing.

        Raises
        ------
        Refused
            With what is wrong in the words of the scenario's own checks.
        """
        event = _said_by(whose, "try", client_id, body)
        if apply(self.session, event) is self.session:
            return
        told = changes(body, self.board.terms.levers, self.board.terms.rules)
        base = one_of(body, "base", self.board.terms.labels) if "base" in body else self.board.terms.labels[0]

        def tried() -> None:
            changed(self.board.study, base, told, "trial", "trial")

        try:
            await asyncio.get_running_loop().run_in_executor(None, tried)
        except OrchestrionError as error:
            raise Refused("not_to_be_tried", str(error)[:600]) from error
        except Exception as error:  # a value that no check foresaw is its author's affair, not the room's
            log.exception("a trial cannot be made")
            raise Refused("not_to_be_tried", f"{type(error).__name__}: {error}"[:600]) from error

    def join(self, client_id: str, body: Mapping[str, Any]) -> tuple[str, str]:
        """Let somebody in who knows the code; the same attempt made twice is the same person.

        Returns
        -------
        token, participant
        """
        before = self.book.who_said("join", client_id)
        if before is not None:
            if not self.session.participants[before].here:
                raise Refused("not_here")
            return self.links.issue("participant", before), before
        participant = "p" + secrets.token_hex(6)
        token, row = self.links.made("participant", participant)
        self.say(Event(participant, "join", client_id, dict(body), now()), row)
        return token, participant

    def whose(self, token: object) -> Whose | None:
        """Whose link it is; None for one that opens nothing, or nothing any more: its participant was removed."""
        whose = self.links.whose(token)
        if whose is None or whose.role != "participant":
            return whose
        one = self.session.participants.get(whose.participant)
        return whose if one is not None and one.here else None

    def still_in(self, token: object) -> str | None:
        """The participant whose link this is, as long as they have not been removed."""
        whose = self.whose(token)
        return whose.participant if whose is not None and whose.role == "participant" else None

    def changed(self) -> None:
        """Tell whoever listens that something is new."""
        for one in self.listeners:
            one()

    # -- what is told ------------------------------------------------------------------------------------------------

    def come(self, participant: str) -> None:
        """A page of theirs is open."""
        self.online[participant] = self.online.get(participant, 0) + 1
        self.changed()

    def go(self, participant: str) -> None:
        """One is closed."""
        left = self.online.get(participant, 0) - 1
        self.online.pop(participant, None)
        if left > 0:
            self.online[participant] = left
        self.changed()

    def shared(self) -> dict[str, Any]:
        """What everybody sees, worked out once for all."""
        key = (self.session.version, frozenset(self.online), {id: len(p.replications) for id, p in self.played.items()})
        if self._common[0] != key:
            told = common(self.session, self.online)
            if self.session.revealed:
                told |= self.judged()
            for one in told["trials"]:
                played = self.played.get(one["id"])
                base = next(known for known in self.board.played if known.label == one["base"])
                one["results"] = None if played is None else results_of(played, base)
            self._common = (key, told)
            self._written = written(told)
        return self._common[1]

    def table(self) -> list[Played]:
        """All that can be chosen: the study's alternatives, then trials with results."""
        return [*self.board.played, *(self.played[one.id] for one in self.session.trials if one.id in self.played)]

    def judged(self) -> dict[str, Any]:
        """What departments make of it; worked out again only when somebody weighed, came, went or tried."""
        said = self.session
        key = [said.weights, said.ratios, said.red_lines, said.participants, *self.played.values()]
        known = self._judged[0]
        if len(known) != len(key) or any(a is not b for a, b in zip(known, key, strict=True)):
            opinions = opinions_of(said, self.table(), self.board)
            self._judged = (key, judged(said, opinions, self.table()))
        return self._judged[1]

    def opinions(self) -> list[Opinion]:
        """What each department thinks of everything on the table."""
        return opinions_of(self.session, self.table(), self.board)

    def state(self, whose: Whose) -> dict[str, Any]:
        """The state for the one who shows this link."""
        return {**self.shared(), **self._own(whose)}

    def state_text(self, whose: Whose) -> str:
        """The same as JSON; what all have in common is written once, however many they are."""
        self.shared()
        return f"{self._written[:-1]}, {written(self._own(whose))[1:]}"

    def _own(self, whose: Whose) -> dict[str, Any]:
        """What is for this one alone."""
        told: dict[str, Any] = {"role": whose.role}
        if whose.role == "participant":
            told["me"] = own(self.session, whose.participant)
            if self.session.revealed:
                told["me"] |= mine(self.session, whose.participant, self.board.swings)
        if whose.role in ("facilitator", "viewer"):
            told |= {"code": self.links.code, "join_url": self.join_url}
        return told
