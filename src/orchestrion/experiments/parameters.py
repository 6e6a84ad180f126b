"""Parameters to vary: ranges, lists and relative changes as people write them, against a scenario's present values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios import Scenario, set_values
from orchestrion.units import time_of_day_s, time_of_day_text

MISSING = object()
_SIGNED = re.compile(r"([+-])\s*([0-9.]+)\s*(%|h|min)?")
_CLOCK = re.compile(r"[0-2]?[0-9]:[0-5][0-9]")


@dataclass(frozen=True, slots=True)
class Varied:
    """One parameter and what it may be.

    Attributes
    ----------
    values
        Given one by one or evenly spaced; empty for a range without a number of steps.
    low, high
        Ends of a range; NaN for a list.
    whole
        Whether only whole numbers make sense.
    """

    path: str
    values: tuple[Any, ...]
    low: float = math.nan
    high: float = math.nan
    whole: bool = False

    def at(self, u: float) -> Any:
        """The value at a place between 0 and 1, for samples: every value of a list is equally likely."""
        if math.isnan(self.low):
            return self.values[min(int(u * len(self.values)), len(self.values) - 1)]
        if self.whole:
            return int(self.low) + min(int(u * (self.high - self.low + 1)), int(self.high - self.low))
        return _plain(self.low + u * (self.high - self.low))


def present(scenario: Scenario, path: str) -> Any:
    """What a parameter is now; `MISSING` where the document has no such key (a policy's default, perhaps)."""
    here: Any = scenario.document.model_dump(mode="json")
    for key in path.split("."):
        if isinstance(here, Mapping) and key in here:
            here = here[key]
        elif isinstance(here, Sequence) and not isinstance(here, str) and key.isdigit() and int(key) < len(here):
            here = here[int(key)]
        else:
            return MISSING
    return here


def varied(scenario: Scenario, path: str, asked: Any, place: str = "--vary") -> Varied:
    """A parameter to vary, from `a:b:n`, `a:b`, `[a, b, c]`, or a Python sequence.

    Raises
    ------
    InputError
        For a text that is neither, or a range of something that is no number.
    """
    now = present(scenario, path)
    whole = isinstance(now, int) and not isinstance(now, bool)
    if isinstance(asked, Sequence) and not isinstance(asked, str):
        return Varied(path, tuple(asked))
    parts = str(asked).split(":")
    try:
        numbers = [float(part) for part in parts]
        if len(parts) not in (2, 3) or isinstance(now, str | bool) or not all(map(math.isfinite, numbers)):
            raise ValueError
        low, high = numbers[0], numbers[1]
        if not low < high or (len(parts) == 3 and not (numbers[2].is_integer() and numbers[2] >= 2)):
            raise ValueError
    except ValueError:
        rule = "write a:b:n (n values from a to b, a below b), a:b, or a list such as [a, b, c]; texts only as a list."
        raise InputError([Problem(place, None, path, str(asked), rule)]) from None
    whole = whole or (now is MISSING and not any("." in part or "e" in part.lower() for part in parts[:2]))
    if whole and not (low.is_integer() and high.is_integer()):
        raise InputError([Problem(place, None, path, str(asked), "only whole numbers make sense here.")])
    steps: tuple[Any, ...] = ()
    if len(parts) == 3:
        evenly = np.linspace(low, high, int(numbers[2])).tolist()
        steps = tuple(dict.fromkeys(round(value) if whole else _plain(value) for value in evenly))
    return Varied(path, steps, low, high, whole)


def assignments(texts: Sequence[str], place: str) -> dict[str, Any]:
    """`key=value` texts of a command line; brackets make lists, anything else stays a text to be read further.

    Raises
    ------
    InputError
        All texts that are none, together.
    """
    lists = {text.partition("=")[0].strip() for text in texts if text.partition("=")[2].strip().startswith("[")}
    read = set_values(texts, place)
    return {
        key: read[key] if key in lists else text.partition("=")[2].strip()
        for text in texts
        for key in [text.partition("=")[0].strip()]
    }


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one parameter.

    Attributes
    ----------
    size
        How far the parameter moves, in `unit`; NaN where that is no distance (a list, a name).
    """

    path: str
    before: Any
    after: Any
    size: float
    unit: str


def step(scenario: Scenario, path: str, asked: Any, place: str = "--change") -> Step:
    """A change from a value, or from a signed text that is relative: `+1`, `-10%`, `+1h`, `+30min`.

    A mapping or list of numbers or of times, such as pickers by node size, is changed in every entry.

    Raises
    ------
    InputError
        For a relative change of something that is neither number nor time of day, or not written in the document.
    """
    now = present(scenario, path)
    signed = _SIGNED.fullmatch(asked.strip()) if isinstance(asked, str) else None
    if signed is None:
        after = set_values([f"{path}={asked}"], place)[path] if isinstance(asked, str) else asked
        return Step(path, None if now is MISSING else now, after, *_distance(now, after))
    sign, amount, unit = signed.groups()
    try:
        after = _shifted(now, float(amount) * (1 if sign == "+" else -1), unit)
    except ValueError:
        rule = "a signed change needs a number (+1, -10%) or a time of day (+1h, +30min) there; write the value itself."
        raise InputError([Problem(place, None, path, asked, rule)]) from None
    return Step(path, now, after, *_distance(now, after))


def _shifted(value: Any, amount: float, unit: str | None) -> Any:
    if isinstance(value, Mapping) and value:
        return {key: _shifted(item, amount, unit) for key, item in value.items()}
    if isinstance(value, list) and value:
        return [_shifted(item, amount, unit) for item in value]
    if isinstance(value, str) and _CLOCK.fullmatch(value) and unit in ("h", "min"):
        return time_of_day_text(time_of_day_s(value) + round(amount * (3600 if unit == "h" else 60)))
    if isinstance(value, bool) or not isinstance(value, int | float) or unit in ("h", "min"):
        raise ValueError(value)
    changed = value * (1 + amount / 100) if unit == "%" else value + amount
    if isinstance(value, int) and float(changed).is_integer():
        return int(changed)
    return _plain(changed)


def _distance(before: Any, after: Any) -> tuple[float, str]:
    """How far apart two values are, and in what."""
    if isinstance(before, Mapping) and isinstance(after, Mapping) and list(before) == list(after):
        return _same([_distance(before[key], after[key]) for key in before])
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        return _same([_distance(a, b) for a, b in zip(before, after, strict=True)])
    if isinstance(before, str) and isinstance(after, str) and _CLOCK.fullmatch(before) and _CLOCK.fullmatch(after):
        return (time_of_day_s(after) - time_of_day_s(before)) / 3600, "hour"
    numbers = [value for value in (before, after) if isinstance(value, int | float) and not isinstance(value, bool)]
    return (_plain(numbers[1] - numbers[0]), "unit") if len(numbers) == 2 else (math.nan, "")


def _same(distances: Sequence[tuple[float, str]]) -> tuple[float, str]:
    first = distances[0] if distances else (math.nan, "")
    return first if all(one == first for one in distances) else (math.nan, "")


def _plain(value: float) -> float:
    """Without the last digits that arithmetic leaves: 0.30000000000000004 is 0.3.

    >>> _plain(0.1 + 0.2)
    0.3
    """
    return float(f"{value:.12g}")


def short_path(path: str, among: Sequence[str]) -> str:
    """The end of a path that tells it from the others.

    >>> short_path("network.stores.pickers", ["network.stores.pickers", "network.warehouses.pickers"])
    'stores.pickers'
    """
    keys = path.split(".")
    for length in range(1, len(keys)):
        end = keys[-length:]
        if sum(other.split(".")[-length:] == end for other in among) == 1:
            return ".".join(end)
    return path


def value_text(value: Any) -> str:
    """A value as people write it in a name."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)


def named_point(base: Scenario, values: Mapping[str, Any], paths: Sequence[str]) -> str:
    """What a scenario with these values is called, as short as tells it from others where `paths` are varied."""
    told = ", ".join(f"{short_path(path, paths)}={value_text(value)}" for path, value in values.items())
    return f"{base.name}[{told}]"
