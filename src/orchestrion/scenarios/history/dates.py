"""How the dates of a file are written: the formats somebody named, or what the file itself shows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

NO_TIME = int(np.iinfo(np.int64).min)
_EPOCH = datetime(1970, 1, 1)
_EXCEL = datetime(1899, 12, 30)  # day 0 of a workbook, the 29th of February 1900 that never was counted in
_NUMBERS = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})"
    r"(?:[ T,]+(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(.*)")
_OFFSET = re.compile(r"\s+([+-]\d{2}:?\d{2}|Z|UTC|GMT)$", re.IGNORECASE)
_SERIAL = re.compile(r"([2-7]\d{4})([.,]\d+)?")  # 1954 to 2119


class Ambiguous(ValueError):
    """The file does not show whether the day or the month comes first."""


@dataclass(frozen=True, slots=True)
class Dates:
    """How a file's dates are read.

    Attributes
    ----------
    formats
        Tried in turn, in Python's directives; none where the file shows them.
    zone, written_in
        Local time of the shop; where moments without an offset were written.
    day_first
        07/09 is the seventh of September; None: no date with numbers only is read.
    lenient
        Besides the formats, ISO 8601 is read.
    """

    formats: tuple[str, ...]
    zone: tzinfo
    written_in: tzinfo | None
    day_first: bool | None
    lenient: bool

    def seconds(self, text: str) -> int:
        """Local seconds since 1970; `NO_TIME` for what is no date."""
        moment = self._moment(text)
        if moment is None:
            return NO_TIME
        if moment.tzinfo is None and self.written_in is not None:
            moment = moment.replace(tzinfo=self.written_in)
        if moment.tzinfo is not None:
            moment = moment.astimezone(self.zone).replace(tzinfo=None)
        return int((moment - _EPOCH).total_seconds() // 1)

    def _moment(self, text: str) -> datetime | None:
        for form in self.formats:
            try:
                return datetime.strptime(text, form)
            except ValueError:
                continue
        if self.lenient and (found := _iso(text)) is not None:
            return found
        return None if self.formats else self._numbers(text)

    def _numbers(self, text: str) -> datetime | None:
        if _SERIAL.fullmatch(text):
            days = float(text.replace(",", "."))
            return _EXCEL + timedelta(seconds=round(days * 86_400))
        found = _NUMBERS.fullmatch(text)
        if found is None:
            return None
        one, _, two, year, hour, minute, second, half = found.groups()
        day, month = (int(one), int(two)) if self.day_first is not False else (int(two), int(one))
        if month > 12 >= day:  # a mixed column: this one can only be read the other way round
            day, month = month, day
        years = int(year) if len(year) == 4 else 2000 + int(year) if int(year) < 70 else 1900 + int(year)
        clock = int(hour or 0)
        if half is not None:
            clock = clock % 12 + 12 * (half.upper() == "P")
        try:
            return datetime(years, month, day, clock, int(minute or 0), int(second or 0))
        except ValueError:
            return None


def _iso(text: str) -> datetime | None:
    plain = _OFFSET.sub(lambda m: "+00:00" if m[1][0].isalpha() else m[1], text)
    if (slashed := _YEAR_FIRST.fullmatch(plain)) is not None:
        plain = f"{slashed[1]}-{slashed[2]:0>2}-{slashed[3]:0>2}{slashed[4]}"
    try:
        return datetime.fromisoformat(plain)
    except ValueError:
        return None


def dates_of(texts: Iterable[str], formats: tuple[str, ...], zone: str, written_in: str | None, typed: bool) -> Dates:
    """How these dates are written.

    Parameters
    ----------
    formats
        Those that somebody named; none: the texts show it.
    typed
        The file may hold moments besides texts of somebody's own making.

    Raises
    ------
    Ambiguous
        If every date with numbers could be read with the day or with the month first.
    KeyError
        Naming a time zone that there is not.
    """
    local, there = _zone(zone), None if written_in is None else _zone(written_in)
    if formats:
        return Dates(formats, local, there, None, typed)
    day_first = month_first = 0
    unclear = ""
    for text in texts:
        if _iso(text) is None and (found := _NUMBERS.fullmatch(text)) is not None:
            one, two = int(found[1]), int(found[3])
            day_first += one > 12 >= two
            month_first += two > 12 >= one
            if one != two and one <= 12 and two <= 12:
                unclear = unclear or text
    if unclear and (day_first > 0) == (month_first > 0):
        raise Ambiguous(unclear)
    return Dates((), local, there, month_first == 0 or day_first > 0, True)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise KeyError(name) from None
