"""One paragraph for each parameter, written once: where the parameter is defined, and shown wherever it is used."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields, is_dataclass
from inspect import cleandoc
from typing import Any

_HEADING = "Parameters\n----------\n"


def describe(policy: type) -> None:
    """Complete a policy's docstring with the paragraphs of parameters that it has from its bases.

    Parameters stand in the order of the fields. A docstring that lacks nothing, or that has none to add, is left alone.
    """
    own = policy.__dict__.get("__doc__")
    if not own or not is_dataclass(policy):
        return
    opening, mine = _parts(own)
    known: dict[str, str] = {}
    for base in reversed(policy.__mro__[1:]):
        known |= _parts(base.__dict__.get("__doc__") or "")[1]
    missing = [field.name for field in fields(policy) if field.init and field.name not in mine and field.name in known]
    if missing:
        said = known | mine
        paragraphs = [said[field.name] for field in fields(policy) if field.name in said]
        policy.__doc__ = f"{opening}\n\n{_HEADING}" + "\n".join(paragraphs) + "\n"


def default_of(parameter: Field[Any]) -> Any:
    """A parameter's default value; `dataclasses.MISSING` when it has none.

    Told by type: a class of a notebook that was pickled by value has a copy of that marker in the marker's place.
    """
    default: Any = parameter.default
    factory: Any = parameter.default_factory
    if not isinstance(factory, type(MISSING)):
        return factory()
    return MISSING if isinstance(default, type(MISSING)) else default


def paragraphs(doc: str) -> dict[str, str]:
    """Parameter -> its paragraph in a docstring: its name, and below it what it means."""
    return _parts(doc)[1]


def _parts(doc: str) -> tuple[str, dict[str, str]]:
    """(what stands before the parameters, parameter -> its paragraph)."""
    opening, _, listed = cleandoc(doc).partition(_HEADING)
    paragraphs: dict[str, str] = {}
    name = ""
    for line in listed.splitlines():
        if line and not line[0].isspace():
            name = line.strip()
            paragraphs[name] = line
        elif line.strip():
            paragraphs[name] += f"\n{line}"
    return opening.rstrip(), paragraphs
