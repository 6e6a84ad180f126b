"""Named changes to a scenario: `{"demand.online.orders_per_day": 3000}`, from Python, a document or a command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pydantic import BaseModel

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.checking import chosen_by_name, is_section
from orchestrion.scenarios.reader import read_value
from orchestrion.scenarios.written import Path, Written, put


def key_path(dotted: str) -> Path:
    """The keys of a dotted path.

    >>> key_path("demand.online.orders_per_day")
    ('demand', 'online', 'orders_per_day')
    """
    keys = tuple(key.strip() for key in dotted.split("."))
    if not all(keys):
        raise ValueError("not a path; write keys with dots between them, such as demand.online.orders_per_day")
    return keys


def applied(model: type[BaseModel], tree: Written, changes: Mapping[str, Written]) -> Written:
    """A resolved document with changes laid on it; whether the result is sound is checked afterwards.

    A section given as a mapping is changed key by key; everything else (lists, shares, collections) is replaced.
    Another `name` for a thing chosen by name leaves the old parameters behind.

    Raises
    ------
    InputError
        A path that is none.
    """
    problems: list[Problem] = []
    steps: list[tuple[Path, Written]] = []
    for dotted, value in changes.items():
        try:
            steps.append((key_path(dotted), value))
        except ValueError as error:
            problems.append(Problem(value.file, value.line or None, dotted, value.shown(), f"{error}."))
    if problems:
        raise InputError(problems)
    chosen = chosen_by_name(model)
    # the new name first: it clears away the old parameters, never those given along with it
    steps.sort(key=lambda step: not (step[0][:-1] in chosen and step[0][-1] == "name"))
    for path, value in steps:
        if path[:-1] in chosen and path[-1] == "name" and tree.follow(path)[0].content != value.content:
            tree = put(tree, path[:-1], Written({}, value.file, value.line))
        tree = _laid(model, tree, path, value)
    return tree


def _laid(model: type[BaseModel], tree: Written, path: Path, value: Written) -> Written:
    if is_section(model, path) and isinstance(value.content, dict):
        for key, item in value.content.items():
            tree = _laid(model, tree, (*path, key), item)
        return tree
    return put(tree, path, value)


def set_values(assignments: Iterable[str], file: str = "--set") -> dict[str, object]:
    """Overrides from `key=value` texts; values are read as in a scenario file.

    >>> set_values(["time.measured_weeks=2", "network.stores.opening.opens=09:30", "visibility.web_sees=[stores]"])
    {'time.measured_weeks': 2, 'network.stores.opening.opens': '09:30', 'visibility.web_sees': ['stores']}

    Raises
    ------
    InputError
        All assignments that cannot be read, together.
    """
    problems: list[Problem] = []
    values: dict[str, object] = {}
    for text in assignments:
        dotted, equals, value = text.partition("=")
        dotted = dotted.strip()
        try:
            if not equals:
                raise ValueError("write key=value, such as demand.online.orders_per_day=3000")
            key_path(dotted)
        except ValueError as error:
            problems.append(Problem(file, None, "", text, f"{error}."))
            continue
        reading = read_value(value, file)
        problems += [replace(p, where=".".join(x for x in (dotted, p.where) if x)) for p in reading.problems]
        values[dotted] = reading.tree.plain()
    if problems:
        raise InputError(problems)
    return values
