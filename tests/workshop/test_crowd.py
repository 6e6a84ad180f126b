"""A hundred people in the room."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
import uuid
from pathlib import Path

import pytest
from phones import Phone
from small_room import Served
from whole import PEOPLE, room_of, story

from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.links import Whose
from orchestrion.apps.workshop.session import DEPARTMENT_KEYS
from orchestrion.experiments import Study


def test_what_is_written_once_for_all_is_what_each_would_be_told(room_study: Study, tmp_path: Path) -> None:
    room = room_of(Board(room_study), tmp_path / "w.sqlite", story())
    for whose in (Whose("facilitator"), Whose("viewer"), *(Whose("participant", who) for who in PEOPLE)):
        assert json.loads(room.state_text(whose)) == json.loads(json.dumps(room.state(whose)))
    assert "me" not in room.state(Whose("viewer"))


PEOPLE_IN_A_CROWD, VOTES, LOOKED_AT = 100, 300, 5


@pytest.mark.slow
def test_every_vote_reaches_a_hundred_others(room_study: Study, tmp_path: Path) -> None:
    assert len(waits_in_a_crowd(room_study, tmp_path)) == VOTES // 3 * LOOKED_AT


@pytest.mark.benchmark  # a time, and other work on the machine is in it
def test_a_vote_reaches_a_hundred_others_within_a_second(
    room_study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    waits = sorted(waits_in_a_crowd(room_study, tmp_path))
    middle, high = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    with capsys.disabled():
        told = f"median {middle:.3f} s, 95 % {high:.3f} s, most {waits[-1]:.3f} s"
        sys.stdout.write(f"\n{PEOPLE_IN_A_CROWD} people, {VOTES} votes in 15 s: {told}\n")
    assert high < 1.0


def waits_in_a_crowd(room_study: Study, tmp_path: Path) -> list[float]:
    """Seconds from a vote to each of five others who see it; a third of the votes are looked at.

    On loopback, the server in a process of its own; everybody is told.
    """
    people, votes = PEOPLE_IN_A_CROWD, VOTES
    waits: list[float] = []
    with Served(room_study.path, ("--state", str(tmp_path / "w.sqlite"))) as served:
        sent: dict[str, float] = {}

        async def story() -> None:
            loop = asyncio.get_running_loop()
            tokens = []
            for i in range(people):
                while True:  # sixty at once from one address, one a second after that
                    told = await loop.run_in_executor(None, lambda i=i: served.join(f"P{i}", DEPARTMENT_KEYS[i % 4]))
                    if "token" in told:
                        break
                    await asyncio.sleep(float(told["wait"]))
                tokens.append(told["token"])
            facilitator = await Phone.of(served.origin, served.facilitator)
            await facilitator.done("step", to="weigh")
            phones = [await Phone.of(served.origin, token) for token in tokens]
            watched = phones[:: people // LOOKED_AT]  # all are told; of five it is looked at when
            done: set[tuple[int, str]] = set()

            async def listen(place: int, phone: Phone) -> None:
                while True:
                    text = await phone.socket.read_message()
                    if text is None:
                        return
                    if phone in watched:
                        now = time.perf_counter()
                        found = json.loads(text)
                        for one in found.get("state", {}).get("contested", ()):
                            key = (place, one["text"])
                            if key not in done:
                                done.add(key)
                                waits.append(now - sent[one["text"]])

            listening = [asyncio.ensure_future(listen(i, phone)) for i, phone in enumerate(phones)]
            chance = random.Random(1)

            async def vote(number: int) -> None:
                await asyncio.sleep(chance.uniform(0.0, 15.0))
                phone, mine = phones[number % people], f"vote {number}"
                if number % 3:
                    await phone.send(kind="weigh", id=uuid.uuid4().hex, weights={"co2e": float(number % 5)})
                else:
                    sent[mine] = time.perf_counter()
                    await phone.send(
                        kind="contest", id=uuid.uuid4().hex, assumption="time.warm_up_weeks", text=mine
                    )

            await asyncio.gather(*(vote(i) for i in range(votes)))
            async with asyncio.timeout(120):
                while len(waits) < len(sent) * len(watched):
                    await asyncio.sleep(0.05)
            for phone in (facilitator, *phones):
                phone.socket.close()
            await asyncio.gather(*listening)
            await facilitator.leave()

        asyncio.run(story())
    return waits
