"""Readers of the single values in a rule: strict, and clear about what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from math import isfinite
from typing import Any

from orchestrion.units import duration_s


class Reader:
    """Gives the value as the rule needs it, or raises ValueError(what to write instead)."""

    def __init__(self, read: Callable[[object], Any]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    def __call__(self, value: object) -> Any:
        return self._read(value)


def number(least: float = 0.0, most: float | None = None) -> Reader:
    """A number between `least` and `most`."""

    def read(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < least:
            raise ValueError(f"write a number of at least {least:g}")
        if most is not None and value > most:
            raise ValueError(f"write a number between {least:g} and {most:g}")
        return float(value)

    return Reader(read)


def whole(least: int = 0) -> Reader:
    """A whole number of at least `least`."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"write a whole number of at least {least}")
        return value

    return Reader(read)


@Reader
def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("write true or false")
    return value


@Reader
def switch(value: object) -> bool:
    """True: a filter without a value is written with `true`, or left out."""
    if value is not True:
        raise ValueError("write true, or leave the filter out")
    return True


@Reader
def text(value: object) -> str:
    """Text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError("write text")
    return value


@Reader
def texts(value: object) -> tuple[str, ...]:
    """A list of texts; a single one may stand alone."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError("write a name or a list of names")
    if len(set(items)) < len(items):
        raise ValueError("each name can stand in the list only once")
    return tuple(items)


@Reader
def duration(value: object) -> int:
    """Seconds of a duration such as "2h"."""
    if not isinstance(value, str):
        raise ValueError('write a duration like "30 min", "2h" or "1d 12h"')
    return duration_s(value)


@Reader
def tolerance(value: object) -> int:
    """Seconds beyond the promise: true for none, or a duration."""
    return 0 if value is True else int(duration(value))


@Reader
def day(value: object) -> date:
    """A date."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("not a date; write YYYY-MM-DD") from None


def one_of(names: Sequence[str]) -> Reader:
    """One of some texts; `allow_partial` and `allow partial` are the same."""

    def read(value: object) -> str:
        written = value.replace("_", " ") if isinstance(value, str) else value
        for name in names:
            if written == name.replace("_", " "):
                return name
        raise ValueError(f"write one of: {', '.join(names)}")

    return Reader(read)
