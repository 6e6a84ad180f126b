"""Which requests the server listens to: its own host names, its own pages, and what every answer carries."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "font-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
    "Server": "orchestrion",
}


@dataclass(frozen=True, slots=True)
class Doors:
    """The names this server answers to; a page of another name cannot reach it, whatever that name resolves to."""

    hosts: frozenset[str]
    port: int

    def host_fits(self, host: str) -> bool:
        """Whether a Host header names this server."""
        return self._fits(f"http://{host}")

    def origin_fits(self, origin: str | None) -> bool:
        """Whether a request comes from this server's own pages; browsers always say on what changes something."""
        return origin is not None and origin.startswith("http://") and self._fits(origin)

    def _fits(self, url: str) -> bool:
        try:
            parts = urlsplit(url)
            return (
                (parts.hostname or "") in self.hosts
                and (parts.port or 80) == self.port
                and not parts.path and not parts.query and not parts.fragment and parts.username is None
            )  # fmt: skip
        except ValueError:
            return False


LOOPBACK = ("127.0.0.1", "localhost", "::1")


def addresses() -> list[str]:
    """The addresses of this machine that others on the network may reach, the likeliest first."""
    found: dict[str, None] = {}
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))  # sends nothing: asks which way it would go
                found[str(probe.getsockname()[0])] = None
        except OSError:
            continue
    try:
        for *_, where in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            found[str(where[0]).partition("%")[0]] = None
    except OSError:
        pass
    return [one for one in found if not one.startswith("127.") and one != "::1" and not one.startswith("fe80")]


def doors(port: int, lan: Iterable[str] = ()) -> Doors:
    """The names for a server on this port: this machine's, and those it has on the network."""
    names = {*LOOPBACK, *lan}
    if lan:
        host = socket.gethostname().casefold()
        names |= {host, f"{host}.local"}
    return Doors(frozenset(names), port)
