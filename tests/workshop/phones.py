"""Pages without a browser: what a phone sends and hears."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

PATIENCE_S = 60.0


class Phone:
    """One page."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket
        self.state: dict[str, Any] = {}
        self.closed = False  # told once, and only once, by the socket

    @classmethod
    async def of(cls, origin: str, token: str, **headers: str) -> Phone:
        """Opened with a link, from the server's own page unless headers say otherwise."""
        phone = await cls.silent(origin, **headers)
        try:
            await phone.send(kind="hello", token=token)
        except WebSocketClosedError:
            phone.socket.close()
            raise
        return phone

    @classmethod
    async def silent(cls, origin: str, **headers: str) -> Phone:
        request = HTTPRequest(f"{origin.replace('http', 'ws', 1)}/ws", headers={"Origin": origin} | headers)
        return cls(await websocket_connect(request))

    async def leave(self) -> None:
        self.socket.close()
        while not self.closed:
            await self.next()

    async def send(self, **said: Any) -> None:
        await self.socket.write_message(json.dumps(said))

    async def next(self) -> dict[str, Any]:
        text = await asyncio.wait_for(self.socket.read_message(), PATIENCE_S)
        if text is None:
            self.closed = True
            return {"kind": "closed", "code": self.socket.close_code}
        told = json.loads(text)
        if told["kind"] == "state":
            self.state = told["state"]
        return told

    async def hear(self, kind: str) -> dict[str, Any]:
        while True:
            told = await self.next()
            if told["kind"] in (kind, "closed"):
                return told

    async def say(self, kind: str, **body: Any) -> dict[str, Any]:
        """Send, and wait for the answer to it."""
        mine = body.pop("id", None) or uuid.uuid4().hex
        await self.send(kind=kind, id=mine, **body)
        while True:
            told = await self.next()
            if told.get("id") == mine or told["kind"] == "closed":
                return told

    async def done(self, kind: str, **body: Any) -> None:
        told = await self.say(kind, **body)
        assert told["kind"] == "done", told

    async def refused(self, kind: str, **body: Any) -> str:
        told = await self.say(kind, **body)
        assert told["kind"] == "refused", told
        return str(told["reason"])

    async def state_when(self, fits: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        while not (self.state and fits(self.state)):
            told = await self.next()
            assert told["kind"] != "closed", told
        return self.state
