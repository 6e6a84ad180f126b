"""What the command line prints: results on standard output, progress on standard error."""

from __future__ import annotations

import json
import math
import os
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestrion.errors import InputError, Problem

if TYPE_CHECKING:
    from rich.console import Console

    from orchestrion.experiments import ProgressEvent

_HEADER = 12  # characters, before the header of a column of numbers is broken
_PIPED_WIDTH = 140  # a table in a file is read with a scroll bar


def out() -> Console:
    """Standard output, plain text: what users wrote is never taken for markup."""
    from rich.console import Console

    width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _PIPED_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width)


def say(text: str = "") -> None:
    """One paragraph of a result; wrapped in a terminal, whole in a pipe, where one line is one finding."""
    clean = "".join(c for c in text if c in "\n\t" or ord(c) >= 32)  # no escape sequences from somebody's title
    if not sys.stdout.isatty():
        print(clean)
        return
    width = shutil.get_terminal_size().columns
    for line in clean.split("\n"):
        for part in textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]:
            print(part)


def table(
    headers: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = (), whole: Sequence[int] = (0,)
) -> None:
    """A table; columns in `numbers` are aligned to the right, their headers take several lines.

    Columns in `whole` are never broken.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(headers))]
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for i, header in enumerate(headers):
        width = max(widths[i], _HEADER) if i in numbers else len(header)
        lines = [line for part in header.split("\n") for line in textwrap.wrap(part, width, break_long_words=False)]
        side = "right" if i in numbers else "left"
        drawn.add_column("\n".join(lines), justify=side, no_wrap=i in whole, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        drawn.add_row(*(Text(cell) for cell in row))
    console = out()
    with console.capture() as drawing:
        console.print(drawn)
    for line in drawing.get().strip("\n").splitlines():
        print(line.rstrip())


def emit_json(value: Any) -> None:
    """A result for machines."""
    print(json.dumps(_strict(value), indent=2, ensure_ascii=False))


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None  # JSON knows no NaN
    return value


def number(value: float, decimals: int) -> str:
    """A number for reading: thousands apart, a dash for none."""
    return f"{value:,.{decimals}f}" if math.isfinite(value) else "-"


def spread(mean: float, half: float, decimals: int) -> str:
    """A mean and the half-width of its interval; the mean alone where there is none."""
    if not math.isfinite(half):
        return number(mean, decimals)
    return f"{number(mean, decimals)} ±{number(half, decimals)}"


@contextmanager
def progress(what: str) -> Iterator[Callable[[ProgressEvent], None]]:
    """Shows on standard error how far a study is: a bar in a terminal, a line now and then elsewhere."""
    if not sys.stderr.isatty():
        yield _now_and_then(what)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def told(event: ProgressEvent) -> None:
            about = what + _precision(event) + _where(event)
            bar.update(task, completed=event.done, total=event.total, description=about)

        yield told


def _now_and_then(what: str) -> Callable[[ProgressEvent], None]:
    tenths, minute = 0, -1
    begun, found = time.monotonic(), 0  # replications found finished take no time, so they tell nothing of what is left

    def told(event: ProgressEvent) -> None:
        nonlocal tenths, minute, found
        if event.under_way:
            now = int(time.monotonic() - begun) // 60
            if now > minute:
                minute = now
                print(f"{what}{_where(event)}", file=sys.stderr, flush=True)
            return
        found += event.seconds == 0
        reached = 10 * event.done // max(event.total, 1)
        if reached > tenths or event.done == event.total:
            tenths = reached
            left = time_left(event.done - found, event.total - event.done, time.monotonic() - begun)
            text = f"{what}: {event.done} of {event.total} replications{left}{_precision(event)}"
            print(text, file=sys.stderr, flush=True)

    return told


def time_left(done: int, left: int, seconds: float) -> str:
    """About how long the rest takes, after so many replications made in so many seconds; nothing when nobody knows.

    >>> time_left(10, 30, 100.0), time_left(10, 3, 1.0), time_left(0, 30, 5.0)
    (', about 5 min left', '', '')
    """
    rest = seconds * left / done if done > 0 else 0.0
    if rest < 5.0:
        return ""
    return f", about {_duration(rest)} left"


def _where(event: ProgressEvent) -> str:
    """How far the long replications are that run now, and how long what they are doing will take."""
    told = []
    for one in event.under_way:
        left = "" if one.left is None else f", about {_duration(one.left)} of it left"
        told.append(f"{one.label}, replication {one.replication}: {one.doing}, {one.share:.0%}{left}")
    return "; ".join(["", *told])


def _duration(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def _precision(event: ProgressEvent) -> str:
    """The half-width farthest from what was asked for, in parts of it."""
    ratios = [(one.half / one.wanted, one) for one in event.precision if one.n > 1 and one.wanted > 0]
    if not ratios:
        return ""
    ratio, one = max(ratios, key=lambda pair: pair[0])
    return f" ({one.kpi}: {ratio:.1f} times the half-width asked for)" if ratio > 1 else ""


def writable(path: Path | None) -> None:
    """Makes the folder of a file that the user asked for; refused now rather than after a long run.

    Raises
    ------
    InputError
        If no file can be written there.
    """
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab"):
            pass
        if path.stat().st_size == 0:
            path.unlink()
    except OSError as error:
        rule = f"cannot be written ({error.strerror or error}); choose another place."
        raise InputError([Problem(str(path), None, "", "", rule)]) from None
