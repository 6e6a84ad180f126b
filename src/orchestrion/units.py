"""Units of facts: integers inside, words for people at the surface.

Facts hold seconds, micro-euros, milligrams of CO2e, grams and metres, all as integers: sums are exact, ties are ties.
"""

from __future__ import annotations

import re

MICRO = 1_000_000  # micro-euros in a euro
MG_PER_KG = 1_000_000
PPM = 1_000_000  # parts per million in a whole
MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 7 * DAY

_PARTS = {"w": WEEK, "d": DAY, "h": HOUR, "min": MINUTE, "s": 1}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(w|d|h|min|s)(?![a-z])")


def duration_s(text: str) -> int:
    """Whole seconds of a duration written for people.

    >>> duration_s("2h"), duration_s("1d 12h"), duration_s("30 min")
    (7200, 129600, 1800)
    >>> duration_s("soon")
    Traceback (most recent call last):
        ...
    ValueError: not a duration; write it like "30 min", "2h" or "1d 12h"
    """
    found = list(_DURATION.finditer(text))
    if not found or _DURATION.sub("", text).strip():
        raise ValueError('not a duration; write it like "30 min", "2h" or "1d 12h"')
    return round(sum(float(m[1]) * _PARTS[m[2]] for m in found))


def duration_text(seconds: int) -> str:
    """The shortest writing of a duration that `duration_s` reads back.

    >>> duration_text(129600), duration_text(90)
    ('1d 12h', '1min 30s')
    """
    parts = []
    for name, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{name}")
    return " ".join(parts) or "0s"


def time_of_day_s(text: str) -> int:
    """Seconds after midnight of "HH:MM".

    >>> time_of_day_s("13:30")
    48600
    """
    match = re.fullmatch(r"([01]?\d|2[0-4]):([0-5]\d)", text)
    if match is None or (seconds := int(match[1]) * HOUR + int(match[2]) * MINUTE) > DAY:
        raise ValueError("not a time of day; write HH:MM")
    return seconds


def time_of_day_text(seconds: int) -> str:
    """ "HH:MM" of seconds after midnight."""
    return f"{seconds // HOUR:02d}:{seconds % HOUR // MINUTE:02d}"


def micro(euros: float) -> int:
    """Micro-euros, rounded to the nearest."""
    return round(euros * MICRO)
