"""People in a workshop, each with a browser of their own: a facilitator, a projector, participants on phones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from browsing import until
from small_room import Served

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
WALL = {"width": 1920, "height": 1080}


@dataclass
class Person:
    """One browser context with one page; what it complains of, and whom it asks for anything, is kept."""

    name: str
    department: str
    page: Any
    origin: str
    trouble: list[str] = field(default_factory=list)
    lost: bool = False  # while the server is away a browser says so on the console

    def listen(self) -> Person:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(str(error)))
        self.page.on("request", self._asked)
        return self

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not (self.lost and "ERR_" in message.text):
            self.trouble.append(message.text)

    def _asked(self, request: Any) -> None:
        socket = self.origin.replace("http", "ws", 1)
        if not request.url.startswith((self.origin, socket, "data:", "blob:" + self.origin)):
            self.trouble.append(request.url)

    def join(self, code: str) -> Person:
        """By the address of the QR code: the code is written already."""
        self.page.goto(f"{self.origin}/join?code={code}")
        self.page.fill("#name", self.name)
        self.page.check(f"#department-{self.department}")
        self.page.click("button[type=submit]")
        self.page.wait_for_url("**/p/*")
        return self.ready()

    def ready(self) -> Person:
        until(self.page, "document.documentElement.dataset.line === 'open' && Boolean(window.workshop?.step)")
        return self

    def settled(self, seconds: float = 60.0) -> None:
        """Everything said is known to the server, and this page knows it."""
        line = "document.documentElement.dataset.line === 'open'"
        until(self.page, f"{line} && window.workshop.wire.saying.length === 0", seconds)

    def at(self, step: str) -> None:
        until(self.page, f"document.documentElement.dataset.step === '{step}'")

    def state(self) -> dict[str, Any]:
        """What the server told this page last."""
        return self.page.evaluate("window.workshop.state")


class Hall:
    """The browser in which everybody has a context of their own."""

    def __init__(self, browser: Any, served: Served, *, lang: str = "en", scheme: str = "light") -> None:
        self.browser, self.served, self.lang, self.scheme = browser, served, lang, scheme
        self.people: list[Person] = []

    def context(self, size: dict[str, int], **more: Any) -> Any:
        locale = {"en": "en-GB", "fr": "fr-FR"}[self.lang]
        return self.browser.new_context(viewport=size, color_scheme=self.scheme, locale=locale, **more)

    def come(self, name: str, department: str = "", size: dict[str, int] = PHONE, context: Any = None) -> Person:
        more = {"is_mobile": True, "has_touch": True} if size is PHONE else {}
        page = (context or self.context(size, **more)).new_page()
        person = Person(name, department, page, self.served.origin).listen()
        self.people.append(person)
        return person

    def facilitator(self) -> Person:
        person = self.come("facilitator", size=LAPTOP)
        person.page.goto(f"{self.served.origin}/f/{self.served.facilitator}")
        return person.ready()

    def viewer(self) -> Person:
        person = self.come("viewer", size=WALL)
        person.page.goto(f"{self.served.origin}/v/{self.served.viewer}")
        return person.ready()
