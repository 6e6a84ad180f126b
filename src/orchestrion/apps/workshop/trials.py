"""Runs the trials of a workshop beside it, one at a time: five replications first, more as people talk."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.events import HOUSE, Event, Refused
from orchestrion.apps.workshop.played import Played
from orchestrion.apps.workshop.room import Room, now
from orchestrion.apps.workshop.session import Session, Trial
from orchestrion.errors import OrchestrionError
from orchestrion.experiments import open_study

log = logging.getLogger("orchestrion.workshop")
FIRST = 5  # replications before anybody sees a result
UNFORESEEN = "an error in the program ({}); workshop.log says more"


def next_round(session: Session, most: int, first: int = FIRST) -> tuple[Trial, int] | None:
    """Which trial runs next, and until how many replications; None when there is nothing to do.

    What nobody has seen anything of goes first, in the order asked for; then, while the step is open, whatever has
    fewest replications gets twice as many, up to what the study has: beyond that there is nothing to compare with.
    """
    accepted = [one for one in session.trials if one.state == "accepted"]
    for one in accepted:
        if one.done < min(first, most):
            return one, min(first, most)
    if session.step != "try" or not session.open:
        return None
    growing = [one for one in accepted if one.done < most]
    return min(((one, min(2 * one.done, most)) for one in growing), key=lambda pair: pair[0].done, default=None)


class Trials:
    """The runner of a room's trials.

    Parameters
    ----------
    folder
        Where their studies are kept, one each; a restart finds them.
    workers
        Processes for each; all CPUs but one when left out, so that the room is still answered.
    longest_s
        A round that takes longer is stopped.
    again_s
        Wait before trying again when what came of it could not be written down.
    progress
        Told what moves: trial, replications done and asked for.
    """

    def __init__(
        self,
        room: Room,
        folder: Path,
        *,
        workers: int | None = None,
        longest_s: float = 1800.0,
        again_s: float = 5.0,
        progress: Callable[[Mapping[str, Any]], None] = lambda _: None,
    ) -> None:
        self.room, self.folder, self.longest_s, self.progress = room, folder, longest_s, progress
        self.again_s = again_s
        self.workers = workers if workers is not None else max(1, (os.cpu_count() or 2) - 1)
        self._wake = asyncio.Event()
        self._process: Process | None = None
        self._now: tuple[Trial, int] | None = None
        self._unwanted = False  # what runs was stopped on purpose: that it ends is no failure
        room.listeners.append(self.wake)

    def wake(self) -> None:
        """Something was said: look again at what is to be done."""
        self._wake.set()
        if self._now is not None and not self._still_wanted():
            self._unwanted = True
            self._stop()

    def _still_wanted(self) -> bool:
        assert self._now is not None
        trial, _ = self._now
        here = next((one for one in self.room.session.trials if one.id == trial.id), None)
        if here is None or here.state != "accepted":
            return False
        wanted = next_round(self.room.session, self.room.board.study.replications)
        # a first look at another trial does not wait for more of this one; what is finished of it is kept
        return wanted is not None and (wanted[0].id == trial.id or trial.done < FIRST or wanted[0].done >= FIRST)

    def _stop(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def run(self) -> None:
        """Until cancelled: what is to be done, one after the other."""
        await self._find_again()
        try:
            while True:
                self._wake.clear()
                found = next_round(self.room.session, self.room.board.study.replications)
                if found is None:
                    await self._wake.wait()
                else:
                    await self._round(*found)
        finally:
            self._stop()

    async def _find_again(self) -> None:
        """Results of before a restart."""
        for trial in self.room.session.trials:
            if trial.done:
                try:
                    await self._read(trial, trial.done)
                except OrchestrionError as error:
                    log.error("trial %s: its results cannot be read: %s", trial.id, error)
                    self._tell(trial, "lost", {"why": str(error)[:1500]})
                except Exception as error:
                    log.exception("trial %s: its results cannot be read", trial.id)
                    self._tell(trial, "lost", {"why": UNFORESEEN.format(type(error).__name__)})
        self.room.changed()  # pages that came before the results were read get them now

    async def _round(self, trial: Trial, until: int) -> None:
        self._now, self._unwanted = (trial, until), False
        kept = True
        try:
            why = await asyncio.wait_for(self._simulated(trial, until), self.longest_s)
            if why is None:
                await self._read(trial, until)
                kept = self._tell(trial, "tried", {"replications": until})
            elif not self._unwanted:
                kept = self._tell(trial, "failed", {"why": why})
        except TimeoutError:
            kept = self._tell(trial, "failed", {"why": f"stopped after {self.longest_s / 60:.0f} minutes"})
        except OrchestrionError as error:
            kept = self._tell(trial, "failed", {"why": str(error)[:1500]})
        except Exception as error:  # whatever it was, the next trial still runs
            log.exception("trial %s", trial.id)
            kept = self._tell(trial, "failed", {"why": UNFORESEEN.format(type(error).__name__)})
        finally:
            self._stop()
            self._now = None
            self.progress({"trial": trial.id, "done": None, "of": None})
        if not kept:  # a full disk, say: it stays as it was and would be run again at once
            await asyncio.sleep(self.again_s)

    async def _simulated(self, trial: Trial, until: int) -> str | None:
        """Run it; None when all is well, else why not."""
        environment = os.environ | {"PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "orchestrion.apps.workshop.trial_run",
            stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment, start_new_session=True,
        )  # fmt: skip
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        complaints = asyncio.ensure_future(process.stderr.read())
        process.stdin.write(json.dumps(self._spec(trial, until)).encode() + b"\n")
        why: str | None = "its process ended without a word"
        try:
            async for line in process.stdout:
                told = json.loads(line)
                if "done" in told:
                    self.progress({"trial": trial.id, "label": trial.label, **told})
                elif "finished" in told:
                    why = None
                elif "failed" in told:
                    why = str(told["failed"])
            await process.wait()
        finally:
            self._stop()
            process.stdin.close()
            said = (await complaints).decode("utf-8", "replace").strip()
            await process.stdout.read()
            await process.wait()  # killed or done: nothing of it stays
            if said and why is not None:
                log.error("trial %s: %s", trial.id, said[-2000:])
        if why is not None and process.returncode not in (0, None):
            why = f"{why} (exit {process.returncode})" if "without a word" in why else why
        return why

    def _spec(self, trial: Trial, until: int) -> dict[str, Any]:
        return {
            "study": str(self.room.board.study.path.absolute()),
            "base": trial.base,
            "changes": dict(trial.changes),
            "id": trial.id,
            "label": trial.label,
            "folder": str((self.folder / trial.id).absolute()),
            "replications": until,
            "workers": self.workers,
        }

    async def _read(self, trial: Trial, replications: int) -> None:
        """Its results, on the board from now on."""
        seen = replace(trial, done=replications)
        loop, board = asyncio.get_running_loop(), self.room.board
        self.room.played[trial.id] = await loop.run_in_executor(None, results_again, board, self.folder, seen)

    def _tell(self, trial: Trial, kind: str, body: Mapping[str, Any]) -> bool:
        """Say what came of it; False when it could not be written down."""
        try:
            self.room.say(Event(HOUSE, kind, f"{trial.id}-{uuid.uuid4().hex}", {"trial": trial.id, **body}, now()))
        except Refused as no:
            log.warning("trial %s: %s not taken: %s", trial.id, kind, no.reason)
            return no.reason != "not_kept"
        return True


def results_again(board: Board, folder: Path, trial: Trial) -> Played:
    """The results of a trial from its own study, as many replications as it is known to have.

    Raises
    ------
    StudyError
        If they are not all there.
    """
    return board.played_of(open_study(folder / trial.id), trial.label, trial.base, trial.done)
