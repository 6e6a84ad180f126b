"""The server as programs meet it: pages, joining, sockets."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_room import Served
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from orchestrion.experiments import Study


class Phone:
    """A page, without a browser."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket

    @classmethod
    async def of(cls, origin: str, token: str, **headers: str) -> Phone:
        request = HTTPRequest(f"{origin.replace('http', 'ws')}/ws", headers={"Origin": origin} | headers)
        phone = cls(await websocket_connect(request))
        await phone.send(kind="hello", token=token)
        return phone

    async def leave(self) -> None:
        self.socket.close()
        while await self.socket.read_message() is not None:
            pass

    async def send(self, **said: Any) -> None:
        await self.socket.write_message(json.dumps(said))

    async def hear(self, kind: str) -> dict[str, Any]:
        while True:
            told = json.loads(await asyncio.wait_for(self.socket.read_message(), 10))
            if told["kind"] == kind:
                return told

    async def say(self, kind: str, **body: Any) -> dict[str, Any]:
        """Send, and wait for the answer to it."""
        mine = uuid.uuid4().hex
        await self.send(kind=kind, id=mine, **body)
        while True:
            told = json.loads(await asyncio.wait_for(self.socket.read_message(), 10))
            if told.get("id") == mine:
                return told

    async def state_when(self, fits: Any) -> dict[str, Any]:
        while True:
            state = (await self.hear("state"))["state"]
            if fits(state):
                return state


@pytest.fixture(scope="module")
def served(room_study: Study, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    state: Path = tmp_path_factory.mktemp("state") / "workshop.sqlite"
    with Served(room_study.path, ("--state", str(state))) as server:
        yield server


def test_a_guess_is_its_author_s_alone_until_the_results_are_shown(served: Served) -> None:
    async def story() -> None:
        anna = served.join("Anna", "ecommerce")
        bela = served.join("Béla", "retail")
        facilitator = await Phone.of(served.origin, served.facilitator)
        first, second = [await Phone.of(served.origin, one["token"]) for one in (anna, bela)]
        assert (await first.say("predict", kpi="cost_to_serve", value=4.2))["reason"] == "not_now"
        assert (await facilitator.say("step", to="predict"))["kind"] == "done"
        assert (await first.say("predict", kpi="cost_to_serve", value=4.2))["kind"] == "done"
        mine = await first.state_when(lambda state: state["me"]["predictions"])
        assert mine["me"]["predictions"] == [{"kpi": "cost_to_serve", "label": "siloed", "value": 4.2}]
        theirs = await second.state_when(lambda state: state["said"]["predict"])
        assert "predictions" not in theirs
        assert "4.2" not in json.dumps(theirs)
        assert (await facilitator.say("step", to="see"))["kind"] == "done"
        shown = await second.state_when(lambda state: state["step"] == "see")
        assert [one["median"] for one in shown["predictions"]] == [4.2]
        for one in (facilitator, first, second):
            await one.leave()

    asyncio.run(story())
