"""Trials beside the room: who goes next, what a crash does, what a restart finds."""

from __future__ import annotations

import asyncio
import os
import signal
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
    changes = {"base": "unified", "overrides": {"network.stores.pick_success": 7.0}}
    room = ready(board, tmp_path / "w.sqlite", label="impossible", **changes)
    asyncio.run(until(room, Trials(room, tmp_path / "trials", workers=1), lambda one: one.state == "failed"))
    assert "pick_success" in room.session.trials[0].why


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
