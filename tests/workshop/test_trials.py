"""Trials beside the room: who goes next, what a crash does, what a restart finds."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whole import event, joins, room_of

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.events import FACILITATOR, HOUSE
from orchestrion.apps.workshop.room import Room
from orchestrion.apps.workshop.session import Session, Terms, Trial
from orchestrion.apps.workshop.trials import FIRST, Trials, next_round
from orchestrion.experiments import Study, open_study

TERMS = Terms(("a",), (), (), (), ())


def session(*trials: tuple[str, int], step: str = "try", open_: bool = True) -> Session:
    told = tuple(Trial(f"t{i}", f"n{i}", "f", "a", {}, state, done) for i, (state, done) in enumerate(trials, 1))
    return Session(TERMS, step=step, trials=told, open=open_)


def test_a_first_look_goes_before_more_of_another() -> None:
    trial, until = next_round(session(("accepted", 5), ("accepted", 0)), 20)
    assert (trial.id, until) == ("t2", 5)


def test_more_replications_come_by_doubling_up_to_those_of_the_study() -> None:
    assert next_round(session(("accepted", 5)), 20)[1] == 10
    assert next_round(session(("accepted", 10)), 15)[1] == 15
    assert next_round(session(("accepted", 15)), 15) is None
    assert next_round(session(("accepted", 0)), 3)[1] == 3  # a study of three has no fourth customer to compare with


def test_growing_stops_with_the_step_and_first_looks_do_not() -> None:
    assert next_round(session(("accepted", 5), step="decide"), 20) is None
    assert next_round(session(("accepted", 0), step="decide"), 20)[1] == FIRST
    assert next_round(session(("accepted", 5), open_=False), 20) is None


@given(st.lists(st.tuples(st.sampled_from(["proposed", "accepted", "cancelled", "failed"]), st.integers(0, 40))),
       st.integers(1, 40))  # fmt: skip
def test_only_what_was_accepted_runs_and_it_always_gets_further(trials: list[tuple[str, int]], most: int) -> None:
    found = next_round(session(*trials), most)
    if found is None:
        assert all(state != "accepted" or done >= most for state, done in trials)
    else:
        trial, until = found
        assert trial.state == "accepted"
        assert trial.done < until <= most


@pytest.fixture(scope="module")
def board(room_study: Study) -> Board:
    return Board(room_study)


def ready(board: Board, path: Path, **trial: Any) -> Room:
    return room_of(
        board, path, [*joins(), event(FACILITATOR, "step", to="try"), event(FACILITATOR, "try", **trial)]
    )  # fmt: skip


async def until(room: Room, trials: Trials, fits: Any) -> None:
    """Run trials until the room is as wanted."""
    running = asyncio.ensure_future(trials.run())
    try:
        async with asyncio.timeout(120):
            while not fits(room.session.trials[0]):
                await asyncio.sleep(0.02)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def test_what_a_scenario_refuses_in_the_end_is_told_and_the_room_goes_on(board: Board, tmp_path: Path) -> None:
    changes = {"base": "unified", "overrides": {"stock.web_weeks": -7.0}}
    room = ready(board, tmp_path / "w.sqlite", label="impossible", **changes)
    asyncio.run(until(room, Trials(room, tmp_path / "trials", workers=1), lambda one: one.state == "failed"))
    assert "web_weeks" in room.session.trials[0].why


@pytest.mark.slow
def test_a_process_that_is_killed_is_a_message_and_what_it_finished_is_found_again(
    board: Board, tmp_path: Path
) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    told: list[dict[str, Any]] = []

    def kill(progress: dict[str, Any]) -> None:
        told.append(dict(progress))
        if progress["done"] == 1 and len(told) == 1:
            os.killpg(trials._process.pid, signal.SIGKILL)

    trials = Trials(room, tmp_path / "trials", workers=1, progress=kill)
    asyncio.run(until(room, trials, lambda one: one.state == "failed"))
    assert "ended without a word (exit -9)" in room.session.trials[0].why
    # the facilitator starts it once more, after a restart
    room.book.close()
    again = room_of(board, tmp_path / "w.sqlite")
    again.say(event(FACILITATOR, "run", trial="t1"))
    asyncio.run(until(again, Trials(again, tmp_path / "trials", workers=1), lambda one: one.done == 3))
    assert open_study(tmp_path / "trials" / "t1").complete
    found = again.played["t1"].contribution
    nearest = next(one for one in board.played if one.label == "nearest")
    assert list(found) == list(nearest.contribution)  # the customers of the study, to the cent
    # and a restart after that finds the results without running anything
    again.book.close()
    last = room_of(board, tmp_path / "w.sqlite")

    async def found_again() -> None:
        trials = Trials(last, tmp_path / "trials", workers=1)
        await trials._find_again()

    asyncio.run(found_again())
    assert last.played["t1"].contribution == again.played["t1"].contribution


def test_results_that_are_gone_are_told(board: Board, tmp_path: Path) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    room.say(event(HOUSE, "tried", trial="t1", replications=3))
    asyncio.run(until(room, Trials(room, tmp_path / "trials", workers=1), lambda one: one.state == "failed"))
    assert room.played == {}
    assert room.session.trials[0].done == 0
    room.say(event(FACILITATOR, "run", trial="t1"))
    assert next_round(room.session, 3)[1] == 3  # and can be worked out again


class Instead(Trials):
    """Trials whose simulation is another."""

    async def _simulated(self, trial: Trial, until: int) -> str | None:
        return await self.instead(trial)

    async def instead(self, trial: Trial) -> str | None:
        raise AssertionError("one that nobody foresaw")


def test_what_nobody_foresaw_fails_one_trial_and_not_the_runner(board: Board, tmp_path: Path) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    room.say(event(FACILITATOR, "try", label="again", base="unified", policy="nearest"))
    trials = Instead(room, tmp_path / "trials")
    asyncio.run(until(room, trials, lambda _: all(one.state == "failed" for one in room.session.trials)))
    assert "AssertionError" in room.session.trials[1].why


def test_a_restart_survives_results_that_nobody_foresaw_and_tells_the_pages(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    room.say(event(HOUSE, "tried", trial="t1", replications=3))
    told: list[int] = []
    room.listeners.append(lambda: told.append(len(room.played)))
    found = board.played[2]
    monkeypatch.setattr("orchestrion.apps.workshop.trials.results_again", lambda *_: found)
    asyncio.run(Trials(room, tmp_path / "trials")._find_again())
    assert told == [1]
    monkeypatch.setattr("orchestrion.apps.workshop.trials.results_again", lambda *_: 1 / 0)
    asyncio.run(Trials(room, tmp_path / "trials")._find_again())
    assert "ZeroDivisionError" in room.session.trials[0].why


def test_one_that_is_cancelled_and_started_again_has_not_failed(board: Board, tmp_path: Path) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")

    class Twice(Instead):
        rounds = 0

        async def instead(self, trial: Trial) -> str | None:
            self.rounds += 1
            if self.rounds == 1:  # both clicks come before the process is seen to have ended
                room.say(event(FACILITATOR, "cancel", trial="t1"))
                room.say(event(FACILITATOR, "run", trial="t1"))
                return "its process ended without a word"
            return "the second time"

    asyncio.run(until(room, Twice(room, tmp_path / "trials"), lambda one: one.state == "failed"))
    assert room.session.trials[0].why == "the second time"


def test_what_could_not_be_written_down_is_tried_again_after_a_while(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    kept, rounds = room.book.add, []

    class Full(Instead):
        async def instead(self, trial: Trial) -> str | None:
            rounds.append(asyncio.get_running_loop().time())
            full = len(rounds) == 1

            def add(*told: Any) -> None:
                if full:
                    raise sqlite3.OperationalError("database or disk is full")
                kept(*told)

            monkeypatch.setattr(room.book, "add", add)
            return "no"

    asyncio.run(until(room, Full(room, tmp_path / "trials", again_s=0.2), lambda one: one.state == "failed"))
    assert len(rounds) == 2
    assert rounds[1] - rounds[0] >= 0.19


def test_what_takes_too_long_is_stopped(board: Board, tmp_path: Path) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    trials = Trials(room, tmp_path / "trials", workers=1, longest_s=0.05)
    asyncio.run(until(room, trials, lambda one: one.state == "failed"))
    assert room.session.trials[0].why == "stopped after 0 minutes"
    assert trials._process is None or trials._process.returncode is not None


@pytest.mark.slow
def test_a_trial_that_is_cancelled_stops(board: Board, tmp_path: Path) -> None:
    room = ready(board, tmp_path / "w.sqlite", label="near", base="unified", policy="nearest")
    pids: list[int] = []

    def cancel(_: Any) -> None:
        if trials._process is not None and not pids:
            pids.append(trials._process.pid)
            room.say(event(FACILITATOR, "cancel", trial="t1"))

    trials = Trials(room, tmp_path / "trials", workers=1, progress=cancel)
    asyncio.run(until(room, trials, lambda one: one.state == "cancelled"))
    assert room.session.trials[0].done == 0
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
