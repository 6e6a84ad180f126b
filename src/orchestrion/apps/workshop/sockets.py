"""The sockets: each page says what it does and hears what all do."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tornado.websocket import WebSocketClosedError, WebSocketHandler

from orchestrion.apps.workshop.doors import HEADERS
from orchestrion.apps.workshop.events import Refused
from orchestrion.apps.workshop.limits import Bucket
from orchestrion.apps.workshop.links import Whose
from orchestrion.apps.workshop.refusals import words
from orchestrion.apps.workshop.room import written
from orchestrion.apps.workshop.server import _is_id

if TYPE_CHECKING:
    from orchestrion.apps.workshop.server import House

log = logging.getLogger("orchestrion.workshop")
GATHER_S = 0.1  # changes within this time are told together,
GATHER_EACH_S = 0.002  # and within a little more for each page: a network of phones is narrow
HELLO_S = 10.0
EXPLAINED = ("not_to_be_tried", "not_offered")  # what is wrong is told with them, as the scenario's checks word it


class Crowd:
    """All open pages; told of changes, several at once."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.sockets: set[Socket] = set()
        self._due: asyncio.TimerHandle | None = None
        house.room.listeners.append(self.changed)

    def changed(self) -> None:
        """Tell everybody soon."""
        if self._due is None:
            wait = GATHER_S + GATHER_EACH_S * len(self.sockets)
            self._due = asyncio.get_running_loop().call_later(wait, self._tell)

    def _tell(self) -> None:
        self._due = None
        for one in list(self.sockets):
            one.tell_state()

    def progress(self, told: Mapping[str, Any]) -> None:
        """Something that moves and is not kept."""
        for one in list(self.sockets):
            one.tell({"kind": "progress", **told})

    def of(self, address: str) -> int:
        """Open sockets of one address."""
        return sum(one.address == address for one in self.sockets)

    def close(self) -> None:
        """Say goodbye."""
        for one in list(self.sockets):
            one.close(1001, "closing")


class Socket(WebSocketHandler):
    """One page's."""

    house: House

    def initialize(self, house: House) -> None:
        self.house = house
        self.whose: Whose | None = None
        self.counted = ""
        limits = house.limits
        self.bucket = Bucket(limits.burst, limits.per_second)
        self.address = ""
        self.lang = house.lang
        self._hello: asyncio.TimerHandle | None = None
        self._telling = self._behind = False

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        self.address = str(self.request.remote_ip)
        doors, crowd, limits = self.house.doors, self.house.crowd, self.house.limits
        origin = self.request.headers.get("Origin")
        if not doors.host_fits(self.request.host) or not doors.origin_fits(origin):
            log.warning("refused: wrong_place from %s: %r", self.address, (origin or "")[:100])
            self.set_status(403)
            self.finish()
        elif len(crowd.sockets) >= limits.connections or crowd.of(self.address) >= limits.connections_of_one:
            log.warning("refused: too_many connections from %s", self.address)
            self.set_status(503)
            self.finish()

    def check_origin(self, origin: str) -> bool:
        return self.house.doors.origin_fits(origin)

    def open(self, *_: str, **__: str) -> None:
        self.house.crowd.sockets.add(self)
        self._hello = asyncio.get_running_loop().call_later(HELLO_S, self._too_late)

    def _too_late(self) -> None:
        if self.whose is None:
            self.close(4408, "no hello")

    def on_close(self) -> None:
        self.house.crowd.sockets.discard(self)
        if self._hello is not None:
            self._hello.cancel()
        if self.counted:
            self.house.room.go(self.counted)
            self.counted = ""

    # -- what it says ------------------------------------------------------------------------------------------------

    async def on_message(self, message: str | bytes) -> None:
        said: Any = None
        if isinstance(message, str):
            try:
                said = json.loads(message)
            except (ValueError, RecursionError):
                said = None
        client_id = said.get("id") if isinstance(said, dict) and _is_id(said.get("id")) else None
        if not self.bucket.takes():
            return self.refuse("too_fast", client_id)
        if not isinstance(said, dict) or not isinstance(said.get("kind"), str):
            return self.refuse("bad_message", client_id)
        kind = said.pop("kind")
        if kind == "hello":
            return self.hello(said)
        if self.whose is None:
            return self.refuse("wrong_link", client_id)
        if client_id is None:
            return self.refuse("bad_message", None)
        said.pop("id")
        try:
            if kind == "try":  # a mistyped parameter is told to whoever typed it, before the room sees it
                await self.house.room.can_be_tried(self.whose, client_id, said)
            self.house.room.heard(self.whose, kind, client_id, said)
        except Refused as no:
            return self.refuse(no.reason, client_id, kind, no.detail)
        return self.tell({"kind": "done", "id": client_id})

    def hello(self, said: Mapping[str, Any]) -> None:
        """The first word: whose page this is."""
        if said.get("lang") in ("en", "fr"):
            self.lang = said["lang"]
        whose = self.house.room.whose(said.get("token"))
        if whose is None:
            gone = self.house.room.links.whose(said.get("token")) is not None
            self.refuse("not_here" if gone else "wrong_link", None, "hello")
            return self.close(4403, "wrong link")
        if self.whose is not None and self.whose != whose:
            return self.refuse("not_yours", None, "hello")
        self.whose = whose
        if whose.participant and not self.counted:
            self.counted = whose.participant
            self.house.room.come(whose.participant)
        return self.tell_state()

    def refuse(self, reason: str, client_id: str | None, kind: str = "", detail: str = "") -> None:
        """Say no, and write down that it was said."""
        who = self.whose.participant or self.whose.role if self.whose else "nobody"
        log.warning("refused: %s to %s from %s: %.40r %.120r", reason, who, self.address, kind, detail)
        detail = detail.encode("utf-8", "replace").decode()  # half a character cannot be sent
        told = {"kind": "refused", "id": client_id, "reason": reason, "words": words(reason, self.lang)}
        self.tell(told | ({"detail": detail} if reason in EXPLAINED else {}))

    # -- what it hears -----------------------------------------------------------------------------------------------

    def tell_state(self) -> None:
        """The state as this page may see it."""
        if self.whose is None:
            return
        if self.whose.participant and not self.house.room.session.participants[self.whose.participant].here:
            self.refuse("not_here", None)
            self.close(4403, "removed")
            return
        if self._telling:
            self._behind = True  # a slow line gets the newest state when it is free, not every one in between
            return
        room = self.house.room
        state = room.state_text(self.whose)
        self._telling = self._send(f'{{"kind": "state", "version": {room.session.version}, "state": {state}}}', True)

    def tell(self, told: Mapping[str, Any]) -> None:
        """Send a value; a page that is gone hears nothing."""
        self._send(written(told), False)

    def _send(self, text: str, is_state: bool) -> bool:
        try:
            sent = self.write_message(text)
        except WebSocketClosedError:
            return False
        sent.add_done_callback(lambda sent: self._sent(sent, is_state))
        return True

    def _sent(self, sent: asyncio.Future[None], is_state: bool) -> None:
        if not sent.cancelled():
            sent.exception()  # a page that closes while it is being told is no error
        if is_state:
            self._telling = False
            if self._behind:
                self._behind = False
                self.tell_state()

    def get_compression_options(self) -> dict[str, Any]:
        """The state is words and numbers, a tenth of its size when packed; a small window for each page."""
        return {"compression_level": 1, "mem_level": 5}
