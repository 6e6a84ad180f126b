"""What a cell is: the hash of all that can change its facts, so that finished work is found again, never confused."""

from __future__ import annotations

import dataclasses
import enum
import functools
import hashlib
import inspect
import json
import math
import re
import sys
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from orchestrion import __version__
from orchestrion.bundled import data_folder
from orchestrion.policies.parameters import default_of

_SLUG = re.compile(r"[^A-Za-z0-9._-]+")
_LIBRARIES = {"orchestrion", "numpy", "pandas", "scipy"} | set(sys.stdlib_module_names)
# the rooms whose code makes facts and KPIs; a new chart must not make an old study stale
_FACTUAL = ("*.py", "domain", "logistics", "demand", "kpis", "policies", "simulation", "scenarios")


def digest(value: Any) -> str:
    """SHA-256 of a value that JSON can write, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, allow_nan=False, ensure_ascii=False).encode()).hexdigest()


@functools.lru_cache(maxsize=1)
def engine_version() -> str:
    """The package's version and a hash of the sources and data that can change a fact.

    The hash is there because a working copy keeps its version number while its rules change: results of yesterday's
    code must not pass for today's.
    """
    root = Path(__file__).parents[1]
    files = sorted(
        path
        for entry in _FACTUAL
        for path in (root.glob(entry) if "*" in entry else (root / entry).rglob("*.py"))
    )
    data = sorted(data_folder().rglob("*.csv"))
    content = hashlib.sha256()
    for home, path in [(root, path) for path in files] + [(data_folder(), path) for path in data]:
        content.update(path.relative_to(home).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{__version__}+{content.hexdigest()[:12]}"


def slug(name: str, distinct: str) -> str:
    """A folder name for people, made unique by a hash and legal on every file system.

    >>> slug("black friday / +20 %", "a1b2c3d4e5f6")
    'black_friday_20-a1b2c3d4'
    """
    plain = _SLUG.sub("_", name).strip("._-")[:48].rstrip("._-")
    return f"{plain or 'unnamed'}-{distinct[:8]}"


def policy_text(policy: object) -> str:
    """How a policy is written for people: its name, and the parameters that differ from their defaults."""
    name = policy_name(policy)
    if not dataclasses.is_dataclass(policy):
        return name
    changed = []
    for field in dataclasses.fields(policy):
        value = getattr(policy, field.name)
        if not (field.init and field.repr):
            continue
        default = default_of(field)
        if default is dataclasses.MISSING or not _same(value, default):
            changed.append(f"{field.name}={value!r}")
    return f"{name}({', '.join(changed)})" if changed else name


def policy_name(policy: object) -> str:
    """The name under which a policy's class is registered, else the name of the class."""
    from orchestrion.policies.sourcing import sourcing_policies

    for name, member in sourcing_policies.items():
        if member is type(policy):
            return name
    return type(policy).__name__


def policy_identity(policy: object) -> dict[str, Any]:
    """What tells two policies apart: name, parameters and, for classes from elsewhere, their code."""
    return {"name": policy_name(policy), "value": canonical(policy)}


def cell_key(scenario_hash: str, policy_hash: str, seed: int, replication: int, version: str) -> str:
    """The hash under which one replication is known."""
    return digest([scenario_hash, policy_hash, seed, replication, version])


def canonical(value: Any) -> Any:
    """A value as JSON would write it, with the code of classes and functions that come with no library.

    Two values with the same canonical form act alike; the form does not depend on memory addresses, on the order of
    sets or dicts, or on the process that computed it.
    """
    return _Canon().form(value)


def source_of(policy: object) -> str | None:
    """The source of a policy from elsewhere, for the reader of the manifest; None where it cannot be had."""
    if _of_a_library(type(policy)):
        return None
    try:
        return inspect.getsource(type(policy))
    except (OSError, TypeError):
        return None


def _same(left: Any, right: Any) -> bool:
    return bool(canonical(left) == canonical(right))


def _of_a_library(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in _LIBRARIES


class _Canon:
    """One walk over a value. Functions and classes met a second time are named by their number, so the walk ends."""

    def __init__(self) -> None:
        self._met: dict[int, int] = {}
        self._open: list[int] = []  # containers being walked through

    def form(self, value: Any) -> Any:
        if isinstance(value, enum.Enum):
            return {"enum": f"{type(value).__qualname__}.{value.name}"}
        if value is None or isinstance(value, bool | str):
            return value
        if isinstance(value, int | np.integer):
            return int(value)
        if isinstance(value, np.bool_):
            return bool(value)
        if isinstance(value, float | np.floating):
            return float(value) if math.isfinite(value) else {"float": repr(float(value))}
        if isinstance(value, types.FunctionType | type):
            return self._code_thing(value)
        if isinstance(value, types.ModuleType):
            return {"module": value.__name__}
        if id(value) in self._open:
            return {"inside": self._open.index(id(value))}
        self._open.append(id(value))
        try:
            return self._container(value)
        finally:
            self._open.pop()

    def _container(self, value: Any) -> Any:
        if isinstance(value, bytes | bytearray):
            return {"bytes": hashlib.sha256(value).hexdigest()}
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
            return {"array": [value.dtype.str, list(value.shape), content]}
        if type(value) in (dict, types.MappingProxyType):
            pairs = [[self.form(key), self.form(item)] for key, item in value.items()]
            return {"mapping": sorted(pairs, key=_text)}
        if type(value) in (set, frozenset):
            return {"set": sorted((self.form(item) for item in value), key=_text)}
        if type(value) in (list, tuple):
            return [self.form(item) for item in value]
        if isinstance(value, functools.partial):
            return {"partial": [self.form(part) for part in (value.func, value.args, value.keywords)]}
        if isinstance(value, types.MethodType):
            return {"method": [self.form(value.__self__), self.form(value.__func__)]}
        if isinstance(value, staticmethod | classmethod):
            return {type(value).__name__: self.form(value.__func__)}
        if isinstance(value, property):
            return {"property": [self.form(part) for part in (value.fget, value.fset, value.fdel)]}
        if isinstance(value, types.CodeType):
            return self._code(value)
        if isinstance(value, types.BuiltinFunctionType | np.ufunc):
            return {"builtin": f"{getattr(value, '__module__', None)}.{value.__name__}"}
        kind = type(value)
        if dataclasses.is_dataclass(value) or not _of_a_library(kind) or kind.__module__.startswith("orchestrion"):
            parts = [self.form(kind), self.form(_state(value))]
            if isinstance(value, Mapping):
                parts.append(self.form(dict(value)))
            elif isinstance(value, Sequence):
                parts.append(self.form(list(value)))
            return {"object": parts}
        return {"pickle": _pickled(value)}

    def _code_thing(self, thing: Any) -> Any:
        if _of_a_library(thing):
            return {"known": f"{thing.__module__}.{thing.__qualname__}"}
        if id(thing) in self._met:
            return {"again": self._met[id(thing)]}
        self._met[id(thing)] = len(self._met)
        return self._class(thing) if isinstance(thing, type) else self._function(thing)

    def _class(self, cls: type) -> Any:
        body = {
            name: self.form(member)
            for name, member in sorted(vars(cls).items())
            if not inspect.isdatadescriptor(member) or isinstance(member, property)
            if name not in _NO_MEANING and not name.startswith(("_abc_", "__dataclass_", "__annotat"))
        }
        return {"class": cls.__qualname__, "bases": [self.form(base) for base in cls.__bases__], "body": body}

    def _function(self, function: types.FunctionType) -> Any:
        named = function.__globals__
        uses = {name: self.form(named[name]) for name in sorted(_names(function.__code__)) if name in named}
        return {
            "function": self._code(function.__code__),
            "defaults": self.form([function.__defaults__, function.__kwdefaults__]),
            "uses": uses,
            "cells": [self._cell(cell) for cell in function.__closure__ or ()],
        }

    def _cell(self, cell: types.CellType) -> Any:
        try:
            return self.form(cell.cell_contents)
        except ValueError:
            return {"cell": "empty"}

    def _code(self, code: types.CodeType) -> Any:
        # the compiled code is what runs (its file may have changed since); lines and file names mean nothing
        return {
            "bytes": hashlib.sha256(code.co_code).hexdigest(),
            "consts": [self.form(constant) for constant in code.co_consts],
            "names": [*code.co_names, *code.co_varnames, *code.co_freevars],
        }


_NO_MEANING = {
    "__abstractmethods__", "__dict__", "__doc__", "__firstlineno__", "__match_args__", "__module__", "__slots__",
    "__static_attributes__", "__weakref__", "__qualname__", "__parameters__", "__orig_bases__",
}  # fmt: skip


def _state(value: object) -> dict[str, Any]:
    state = dict(getattr(value, "__dict__", {}))
    for owner in type(value).__mro__:
        slots = owner.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                state[name] = getattr(value, name)
    return state


def _names(code: types.CodeType) -> set[str]:
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names(constant)
    return names


def _pickled(value: object) -> str:
    import cloudpickle

    # a table of pandas, an object of somebody's library: its pickle tells whether it changed
    return hashlib.sha256(cloudpickle.dumps(value)).hexdigest()


def _text(form: Any) -> str:
    return json.dumps(form, sort_keys=True)
