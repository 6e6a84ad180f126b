"""The web server of a workshop: pages, the study, joining, and the sockets over which everybody hears everybody."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import socket
import tempfile
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler, StaticFileHandler

from orchestrion.apps.workshop.doors import HEADERS, Doors
from orchestrion.apps.workshop.events import Refused
from orchestrion.apps.workshop.limits import Bucket, Limits, Patience
from orchestrion.apps.workshop.links import Whose
from orchestrion.apps.workshop.minutes import minutes
from orchestrion.apps.workshop.pages import REPORT_FILES, SHARED, page, palette
from orchestrion.apps.workshop.refusals import words
from orchestrion.apps.workshop.room import Room
from orchestrion.errors import OrchestrionError
from orchestrion.reports.pdf import print_page

log = logging.getLogger("orchestrion.workshop")
HERE = Path(__file__).parent
STATIC = HERE / "static"


class House:
    """What all handlers share."""

    def __init__(
        self,
        room: Room,
        doors: Doors,
        *,
        lang: str = "en",
        limits: Limits | None = None,
        trials: Path | None = None,
    ) -> None:
        from orchestrion.apps.workshop.sockets import Crowd

        self.room, self.doors, self.lang = room, doors, lang
        self.limits = limits or Limits()
        self.patience = Patience(self.limits)
        self.joins: dict[str, Bucket] = {}
        self.crowd = Crowd(self)
        self.trials = trials
        self.printing = asyncio.Lock()

    def may_join(self, address: str) -> bool:
        """Whether this address may ask once more to join."""
        if len(self.joins) > 10_000:
            self.joins.clear()
        limits = self.limits
        bucket = self.joins.setdefault(address, Bucket(limits.joins_burst, limits.joins_per_second))
        return bucket.takes()


class Door(RequestHandler):
    """Every request passes here: is it meant for this server, and may it come from where it does?"""

    house: House

    def initialize(self, house: House) -> None:
        self.house = house

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> Awaitable[None] | None:
        if not self.house.doors.host_fits(self.request.host):
            log.warning("refused: wrong_host from %s: %r", self.request.remote_ip, self.request.host[:100])
            self.set_status(421)
            self.finish("This is not the name of this server.")
        elif self.request.method == "POST" and not self.house.doors.origin_fits(self.request.headers.get("Origin")):
            origin = self.request.headers.get("Origin", "")
            log.warning("refused: wrong_place from %s: %r", self.request.remote_ip, origin[:100])
            self.refuse("wrong_place", 403)
        return None

    def refuse(self, reason: str, status: int, **more: Any) -> None:
        """Say no, and why."""
        self.set_status(status)
        self.json({"kind": "refused", "reason": reason, "words": words(reason, self.house.lang), **more})

    def json(self, told: Mapping[str, Any]) -> None:
        """Answer with a value."""
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(json.dumps(told, ensure_ascii=False, allow_nan=False))

    def bearer(self) -> Whose | None:
        """Whose link the request shows, in its header and never in its address; None when it is nobody's."""
        scheme, _, token = self.request.headers.get("Authorization", "").partition(" ")
        whose = self.house.room.whose(token.strip()) if scheme.casefold() == "bearer" else None
        if whose is None:
            log.warning("refused: wrong_link from %s", self.request.remote_ip)
            self.refuse("wrong_link", 403)
        return whose

    def log_exception(self, kind: Any, value: Any, trace: Any) -> None:
        log.error("error in %s", type(self).__name__, exc_info=(kind, value, trace))

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(f"{status_code}")


class Page(Door):
    """One of the pages; the link in its address is read by the page itself, here nobody looks at it."""

    def initialize(self, house: House, name: str) -> None:  # type: ignore[override]
        super().initialize(house)
        self.name = name

    def get(self, *_: str) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page(self.name, self.house.lang))


class Study(Door):
    """The constant part: scenarios, KPIs, results once they may be seen."""

    def get(self) -> None:
        if self.bearer() is not None:
            told = self.house.room.board.study_json(self.house.room.session.revealed)
            self.json({**told, "lang": self.house.lang})


class Join(Door):
    """In by the code on the screen; back in by the link one has already."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page("join", self.house.lang))

    def post(self) -> None:
        house, address = self.house, str(self.request.remote_ip)
        try:
            body = json.loads(self.request.body)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict) or not _is_id(body.get("id")):
            return self.refused("bad_message", address)
        room = house.room
        back = room.still_in(body.get("token"))
        if back is not None:
            return self.joined(body["token"], back)
        wait = house.patience.wait(address)
        if wait > 0 or not house.may_join(address):
            return self.refused("too_fast", address, 429, wait=round(max(wait, 1.0), 1))
        if not room.links.code_fits(body.get("code")):
            house.patience.wrong(address)
            return self.refused("wrong_code", address, 403, wait=round(house.patience.wait(address), 1))
        house.patience.right(address)
        try:
            told = {key: body[key] for key in ("name", "department") if key in body}
            token, participant = room.join(body["id"], told)
        except Refused as no:
            return self.refused(no.reason, address)
        return self.joined(token, participant)

    def joined(self, token: str, participant: str) -> None:
        self.json({"kind": "joined", "token": token, "participant": participant, "link": f"/p/{token}"})

    def refused(self, reason: str, address: str, status: int = 400, **more: Any) -> None:
        log.warning("refused: %s to join from %s", reason, address)
        self.refuse(reason, status, **more)


class Qr(Door):
    """The address to join at, as a picture for phones."""

    def get(self) -> None:
        import segno

        whose = self.bearer()
        if whose is None or whose.role == "participant":  # the code is read from the screen of the room
            if whose is not None:
                self.refuse("not_yours", 403)
            return
        self.set_header("Content-Type", "image/svg+xml")
        code = self.house.room.links.code
        made = segno.make(f"{self.house.room.join_url}?code={code}", error="m")
        drawn = io.BytesIO()
        made.save(drawn, kind="svg", border=2, omitsize=True, xmldecl=False, dark="#000", light="#fff")
        self.finish(drawn.getvalue())


class Palette(Door):
    """The report's colours."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish(palette())


class Minutes(Door):
    """What was decided, as a page or on paper: for everybody at the end, for the facilitator at any time."""

    async def get(self, kind: str) -> None:
        whose = self.bearer()
        if whose is None:
            return None
        room, lang = self.house.room, self.get_query_argument("lang", self.house.lang)
        if whose.role != "facilitator" and room.session.step != "minutes" and room.session.open:
            return self.refuse("not_now", 403)
        if lang not in ("en", "fr"):
            return self.refuse("bad_message", 400)
        if kind == "html":
            self.set_header("Content-Type", "text/html; charset=utf-8")
            text = minutes(room, lang, trials=self.house.trials)
            return self.told("minutes.html", text.encode())
        if self.house.printing.locked():
            return self.refuse("too_fast", 429)
        async with self.house.printing:  # a browser is started for it: one at a time
            try:
                text = minutes(room, lang, trials=self.house.trials)
                with tempfile.TemporaryDirectory(prefix="orchestrion-minutes-") as folder:
                    loop, path = asyncio.get_running_loop(), Path(folder) / "minutes.pdf"
                    await loop.run_in_executor(None, print_page, text, path)
                    printed = path.read_bytes()
            except OrchestrionError as error:
                log.error("minutes not printed: %s", error)
                return self.refuse("not_printed", 503)
        self.set_header("Content-Type", "application/pdf")
        return self.told("minutes.pdf", printed)

    def told(self, name: str, content: bytes) -> None:
        self.set_header("Content-Disposition", f'attachment; filename="{name}"')
        self.finish(content)


class Healthz(Door):
    """Whether it is there."""

    def get(self) -> None:
        self.finish("ok")


class Nowhere(Door):
    """Any other address: nothing, with the same headers as all."""

    def prepare(self) -> None:
        super().prepare()
        if not self._finished:
            self.set_status(404)
            self.finish("404")


class Files(StaticFileHandler):
    """Styles and scripts of the pages."""

    house: House

    def initialize(self, path: str, house: House) -> None:  # type: ignore[override]
        super().initialize(path)
        self.house = house

    def set_default_headers(self) -> None:  # on refusals and what is not found, too
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", HEADERS["Cache-Control"])  # files would be kept otherwise

    def prepare(self) -> None:
        if not self.house.doors.host_fits(self.request.host):
            self.set_status(421)
            self.finish()

    def write_error(self, status_code: int, **_: Any) -> None:
        self.finish(f"{status_code}")


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 8 <= len(value) <= 64 and value.isascii() and value.replace("-", "").isalnum()


def application(house: House) -> Application:
    """All addresses of the server."""
    from orchestrion.apps.workshop.sockets import Socket

    given = {"house": house}
    return Application(
        [
            (r"/ws", Socket, given),
            (r"/join", Join, given),
            (r"/study\.json", Study, given),
            (r"/qr\.svg", Qr, given),
            (r"/minutes\.(html|pdf)", Minutes, given),
            (r"/healthz", Healthz, given),
            (r"/f/([A-Za-z0-9_-]{8,100})", Page, given | {"name": "facilitator"}),
            (r"/v/([A-Za-z0-9_-]{8,100})", Page, given | {"name": "viewer"}),
            (r"/p/([A-Za-z0-9_-]{8,100})", Page, given | {"name": "participant"}),
            (r"/", Join, given),
            (r"/static/palette\.css", Palette, given),
            (rf"/static/({'|'.join(SHARED)})", Files, given | {"path": str(REPORT_FILES)}),
            (r"/static/(.*)", Files, given | {"path": str(STATIC)}),
        ],
        default_handler_class=Nowhere,
        default_handler_args=given,
        websocket_max_message_size=house.limits.message_bytes,
        websocket_ping_interval=20,
        websocket_ping_timeout=20,
        log_function=lambda _: None,  # addresses hold links, and links are never written down
    )


def listen(house: House, sockets: list[socket.socket]) -> HTTPServer:
    """Serve on sockets that are bound."""
    server = HTTPServer(application(house), max_body_size=house.limits.message_bytes, max_header_size=16_384,
                        idle_connection_timeout=120, body_timeout=10)  # fmt: skip
    server.add_sockets(sockets)
    return server
