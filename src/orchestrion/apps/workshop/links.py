"""Who may come in, as whom: unguessable links kept as hashes, and a code that is read from the screen."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal

from orchestrion.apps.workshop.log_book import LogBook

Role = Literal["facilitator", "participant", "viewer"]
ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # no 0 O, 1 I L
CODE_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Whose:
    """What a link opens."""

    role: Role
    participant: str = ""


def hashed(token: str) -> str:
    """What is kept of a link. Tokens have 192 bits of chance, so a plain hash cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def new_code() -> str:
    """A code to be read from a screen and typed on a phone."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def tidy_code(given: object) -> str:
    """A code as somebody typed it: case and spaces do not matter."""
    return "".join(str(given).upper().split()).replace("-", "")[:40]


class Links:
    """The links and the join code of one workshop."""

    def __init__(self, book: LogBook) -> None:
        self._book = book
        self._known = book.links()
        if book.about("code") is None:
            book.tell_about("code", new_code())

    @property
    def code(self) -> str:
        """The code on the screen."""
        return self._book.about("code") or ""

    def renew_code(self) -> None:
        """Another code; who is in stays in."""
        self._book.tell_about("code", new_code())

    def code_fits(self, given: object) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(tidy_code(given).encode(), self.code.encode())

    def made(self, role: Role, participant: str = "") -> tuple[str, tuple[str, str, str]]:
        """A new token, and the row by which it will be known; the row is kept by whoever asks."""
        token = secrets.token_urlsafe(24)
        return token, (hashed(token), role, participant)

    def keep(self, row: tuple[str, str, str]) -> None:
        """From now on the token of this row opens the door."""
        self._known[row[0]] = (row[1], row[2])

    def issue(self, role: Role, participant: str = "") -> str:
        """A new link of its own."""
        token, row = self.made(role, participant)
        self._book.add_link(row)
        self.keep(row)
        return token

    def whose(self, token: object) -> Whose | None:
        """Whose link it is; None for one that this workshop did not give."""
        if not isinstance(token, str) or not 0 < len(token) <= 100:
            return None
        given = hashed(token)
        for kept, (role, participant) in self._known.items():
            if hmac.compare_digest(kept, given):
                return Whose(role, participant)  # type: ignore[arg-type]
        return None
