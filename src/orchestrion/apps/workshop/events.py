"""What happens in a workshop, and how a thing that may not happen is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

FACILITATOR = "facilitator"
HOUSE = "house"  # the server itself: results of trials


@dataclass(frozen=True, slots=True)
class Event:
    """Something that somebody said.

    Attributes
    ----------
    who
        "facilitator", "house", or a participant's id.
    client_id
        Chosen by whoever says it; said again under the same id it is the same thing.
    at
        Moment, ISO 8601 in UTC; kept for the minutes, no rule looks at it.
    """

    who: str
    kind: str
    client_id: str
    body: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""


class Refused(Exception):
    """Something that may not happen; `reason` is a key of `refusals.REASONS`, `detail` is for the log."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason, detail)
