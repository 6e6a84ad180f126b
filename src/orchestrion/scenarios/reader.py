"""Reads a scenario's YAML: line marks kept, few surprises allowed, bases merged in, all problems at once.

YAML 1.1 reads `12:30` as 750, `01400` as 768 and `no` as false. Here only `true`, `false`, `null` and decimal numbers
are anything but text, as in the core schema of YAML 1.2 (chapter 10.3) without its octals and hexadecimals.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from orchestrion import bundled
from orchestrion.errors import Problem, UnknownName
from orchestrion.scenarios.written import Path as KeyPath
from orchestrion.scenarios.written import Scalar, Written, merged

MAX_BYTES = 5_000_000
MAX_VALUES = 300_000  # aliases counted as often as they are used: ten lines can otherwise unfold into millions
MAX_DEPTH = 40
_TO_A_TABLE = "put long lists into a table (CSV)."
MAX_BASES = 20

_NULL = re.compile(r"null|Null|NULL|~|")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_DIGITS = 18  # the most digits of which every number fits 64 bits

# the parser in C reads ten times faster; where it was not built, the one in Python says the same
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Stop(Exception):
    """Nothing after this place can be read."""

    def __init__(self, line: int | None, where: str, value: str, rule: str) -> None:
        super().__init__(line, where, value, rule)


@dataclass(slots=True)
class Reading:
    """What was read: the values, the opening comment, the problems met on the way."""

    tree: Written
    description: str = ""
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Frame:
    """A mapping or list whose end has not come yet."""

    entries: dict[str, Written] | None
    items: list[Written]
    line: int
    anchor: str | None
    size: int = 1
    key: str | None = None
    key_line: int = 0
    where: str = ""


def scalar(text: str) -> Scalar:
    """The value of an unquoted scalar; ValueError says what is wrong with a number.

    >>> [scalar(text) for text in ("12", "4.90", "no", "12:30", "01400", "2026-11-02", "null", "1e3")]
    [12, 4.9, 'no', '12:30', '01400', '2026-11-02', None, 1000.0]
    """
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INT.fullmatch(text):
        if len(text.lstrip("+-")) > _DIGITS:
            raise ValueError(f"has more than {_DIGITS} digits; put a long code in quotes")
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return number
        raise ValueError("is too large; write a finite number")
    if _NOT_FINITE.fullmatch(text):
        raise ValueError("is not a number to reckon with; write a finite number, or null for none")
    return text


def read_text(text: str | bytes, file: str) -> Reading:
    """Read one document; problems are collected, not raised.

    Parameters
    ----------
    text
        The document, UTF-8 when bytes.
    file
        How messages name it.
    """
    reading = Reading(Written({}, file, 1))
    try:
        clean = _decoded(text)
        reading.description = _opening_comment(clean)
        tree = _build(clean, file, reading.problems)
        if tree is None:
            raise _Stop(None, "", "", "is empty; a scenario is a mapping, `key: value` line by line.")
        if not isinstance(tree.content, dict):
            raise _Stop(tree.line, "", tree.shown(), "a scenario is a mapping, `key: value` line by line.")
        reading.tree = replace(tree, line=1)
    except _Stop as stop:
        reading.problems.append(Problem(file, *stop.args))
    return reading


def read_value(text: str, file: str) -> Reading:
    """Read one value as it may stand after a key, such as `3`, `12:30` or `[mon, tue]`."""
    reading = Reading(Written(None, file, 0))
    try:
        tree = _build(_decoded(text), file, reading.problems)
    except _Stop as stop:
        reading.problems.append(Problem(file, *stop.args))
    else:
        reading.tree = _unlined(tree) if tree is not None else reading.tree
    reading.problems = [replace(problem, line=None) for problem in reading.problems]
    return reading


def _unlined(tree: Written) -> Written:
    content = tree.content
    if isinstance(content, dict):
        content = {key: _unlined(value) for key, value in content.items()}
    elif isinstance(content, tuple):
        content = tuple(_unlined(value) for value in content)
    return Written(content, tree.file, 0, tree.text)


def _decoded(text: str | bytes) -> str:
    size = len(text if isinstance(text, bytes) else text.encode(errors="replace"))
    if size > MAX_BYTES:
        raise _Stop(None, "", "", f"has {size:,} bytes, more than {MAX_BYTES:,}; put long lists into a table (CSV).")
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = bytes(error.object).count(b"\n", 0, error.start) + 1
            raise _Stop(line, "", "", "is not UTF-8; save the file with the encoding UTF-8.") from None
    text = text.removeprefix("\ufeff")
    if strange := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, strange.start()) + 1
        raise _Stop(line, "", f"U+{ord(strange[0]):04X}", "a character that no text file needs; delete it.")
    return text


def _opening_comment(text: str) -> str:
    """The comment the file opens with, as paragraphs."""
    paragraphs: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        words = line.lstrip("#").strip()
        if words.startswith(("yaml-language-server:", "-*-")):
            continue  # a note to an editor
        if words:
            paragraphs[-1].append(words)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join(" ".join(lines) for lines in paragraphs if lines)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else None
        lines = text.splitlines()
        here = lines[line - 1] if line is not None and line <= len(lines) else ""
        if "\t" in here[: len(here) - len(here.lstrip())]:
            raise _Stop(line, "", "", "a tab; indent with spaces.") from None
        if "nesting depth" in (error.problem or ""):  # newer parsers give up before we count
            raise _Stop(line, "", "", f"unfolds into more than {MAX_DEPTH} levels; {_TO_A_TABLE}") from None
        what = " ".join(part for part in (error.context, error.problem) if part)
        rule = f"not YAML ({what}); look at the indentation, colons and quotes here and just above."
        raise _Stop(line, "", "", rule) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise _Stop(None, "", "", f"not YAML ({error}).") from None


def _build(text: str, file: str, problems: list[Problem]) -> Written | None:
    """The tree of the only document in `text`; None when it is empty."""
    stack: list[_Frame] = []
    anchors: dict[str, tuple[Written, int]] = {}
    open_anchors: set[str] = set()
    root: Written | None = None
    documents = 0
    total = 0

    def complain(line: int, where: str, value: str, rule: str) -> None:
        problems.append(Problem(file, line, where, value, rule))

    def where() -> str:
        top = stack[-1] if stack else None
        if top is None:
            return ""
        last = top.key if top.entries is not None else str(len(top.items))
        return f"{top.where}.{last}" if top.where and last else last or top.where

    def add(value: Written, size: int) -> None:
        nonlocal root
        if not stack:
            root = value
            return
        top = stack[-1]
        top.size += size
        if top.entries is None:
            top.items.append(value)
            return
        key, top.key = top.key or "", None
        if key in top.entries:
            first = top.entries[key].line
            path = f"{top.where}.{key}" if top.where else key
            complain(top.key_line, path, value.shown(), f"this key is already on line {first}; keep one.")
        else:
            top.entries[key] = replace(value, line=top.key_line)

    for event in _events(text):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Stop(line, "", "---", "a second document begins; write one scenario a file.")
        elif isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent, yaml.CollectionStartEvent)):
            total += 1
            tag = getattr(event, "tag", None)
            if tag is not None:
                complain(line, where(), str(tag), "tags are not read; leave it out, and put a text in quotes.")
            top = stack[-1] if stack else None
            if top is not None and top.entries is not None and top.key is None:
                if not isinstance(event, yaml.ScalarEvent):
                    raise _Stop(line, top.where, "", "a key must be a plain word.")
                if not event.value:
                    complain(line, top.where, "", "a key is missing before the colon.")
                if event.value == "<<" and event.implicit[0]:
                    complain(line, top.where, "<<", "merge keys are not read; use `extends:`.")
                top.key, top.key_line = event.value, line
            elif isinstance(event, yaml.ScalarEvent):
                try:
                    content = scalar(event.value) if event.implicit[0] else event.value
                except ValueError as error:
                    complain(line, where(), event.value, f"{error}.")
                    content = None
                value = Written(content, file, line, event.value)
                if event.anchor:
                    anchors[event.anchor] = (value, 1)
                add(value, 1)
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor in open_anchors or event.anchor not in anchors:
                    raise _Stop(line, where(), f"*{event.anchor}", "refers to itself or to an anchor not yet written.")
                value, size = anchors[event.anchor]
                total += size
                add(value, size)
            else:
                is_map = isinstance(event, yaml.MappingStartEvent)
                stack.append(_Frame({} if is_map else None, [], line, event.anchor, where=where()))
                if event.anchor:
                    open_anchors.add(event.anchor)
            if total > MAX_VALUES or len(stack) > MAX_DEPTH:
                limit = f"{MAX_VALUES:,} values" if total > MAX_VALUES else f"{MAX_DEPTH} levels"
                raise _Stop(line, "", "", f"unfolds into more than {limit}; {_TO_A_TABLE}")
        elif isinstance(event, yaml.CollectionEndEvent):
            frame = stack.pop()
            value = Written(frame.entries if frame.entries is not None else tuple(frame.items), file, frame.line)
            if frame.anchor:
                anchors[frame.anchor] = (value, frame.size)
                open_anchors.discard(frame.anchor)
            add(value, frame.size)
    return root


def read_file(path: Path, shown: str | None = None, chosen: Collection[KeyPath] = ()) -> Reading:
    """Read a scenario file with its bases.

    Parameters
    ----------
    path
        The file.
    shown
        How messages name it; by default as given.
    chosen
        Paths of things chosen by name, see `written.merged`.
    """
    return _read_chain(path, shown or str(path), chosen, path.resolve().parent, ())


def _read_chain(
    path: Path, shown: str, chosen: Collection[KeyPath], home: Path, above: tuple[Path, ...]
) -> Reading:
    try:
        # one byte more than allowed is enough to see that it is too much
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        rule = "no such file." if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})."
        return Reading(Written({}, shown, None), problems=[Problem(shown, None, "", "", rule)])
    reading = read_text(content, shown)
    entries = dict(reading.tree.mapping)
    extends = entries.pop("extends", None)
    reading.tree = replace(reading.tree, content=entries)
    if extends is None or extends.content is None:
        return reading
    base: Path | None = None
    chain = (*above, path.resolve())
    try:
        base = _base(extends.content, path, home)
        if base in chain:
            names = " -> ".join(p.name for p in (*chain[chain.index(base) :], base))
            raise ValueError(f"the bases go in a circle: {names}")
        if len(chain) > MAX_BASES:
            raise ValueError(f"more than {MAX_BASES} bases on top of each other")
    except ValueError as error:
        problem = Problem(extends.file, extends.line or None, "extends", extends.shown(), f"{error}.")
        reading.problems.append(problem)
        return reading
    lower = _read_chain(base, _name_of(base, path, shown), chosen, home, chain)
    return Reading(
        merged(lower.tree, reading.tree, chosen),
        reading.description or lower.description,
        lower.problems + reading.problems,
    )


def _base(reference: object, path: Path, home: Path) -> Path:
    """The file that `extends:` means: beside the file that says it, or a bundled scenario's name."""
    if not isinstance(reference, str) or not reference.strip():
        raise ValueError("name one file, such as `extends: base.yaml`, or a bundled scenario")
    bundle = bundled.scenarios_folder().resolve()
    outside = False
    for name in (reference, f"{reference}.yaml"):
        candidate = (path.parent / name).resolve()
        if not candidate.is_relative_to(home) and not candidate.is_relative_to(bundle):
            outside = True
        elif candidate.is_file():
            return candidate
    if outside:
        raise ValueError(f"a base must be in the folder of the scenario ({home.name}/) or below, or be bundled")
    try:
        return bundled.scenario_path(reference).resolve()
    except UnknownName as error:
        raise ValueError(f"no such file beside this one, and {str(error).rstrip('.')}") from None


def _name_of(base: Path, path: Path, shown: str) -> str:
    """How messages name a base: like the file that extends it where they are neighbours."""
    try:
        relative = os.path.relpath(base, path.resolve().parent)
    except ValueError:  # another drive
        return str(base)
    return relative_to_cwd(base) if relative.startswith("..") else str(Path(shown).parent / relative)


def relative_to_cwd(path: Path) -> str:
    """The path as a person in this folder would write it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
