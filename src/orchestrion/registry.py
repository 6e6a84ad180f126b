"""A family of interchangeable things found by name: one new thing, one new file."""

from __future__ import annotations

import importlib
import pkgutil
import threading
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib.metadata import entry_points
from typing import Generic, TypeVar

from orchestrion.errors import UnknownName

T = TypeVar("T")
_discovering = threading.RLock()  # whoever comes second waits until all are there; the first may look up meanwhile


class Registry(Generic[T]):
    """Names of one family -> its members.

    Members register themselves with the decorator; other packages join through the entry-point group
    `orchestrion.<family>`. Discovery happens on the first look-up, so importing costs nothing.

    >>> shapes = Registry[type]("shapes")
    >>> @shapes("round")
    ... class Circle: ...
    >>> shapes["round"].__name__, shapes.names()
    ('Circle', ['round'])
    >>> shapes["rond"]
    Traceback (most recent call last):
        ...
    orchestrion.errors.UnknownName: no shapes named 'rond'; did you mean 'round'? Known: round.
    """

    def __init__(self, family: str, package: str | None = None) -> None:
        self.family = family
        self._package = package
        self._members: dict[str, T] = {}
        self._discovered = False
        self._begun = False

    def __call__(self, name: str) -> Callable[[T], T]:
        def enlist(member: T) -> T:
            known = self._members.get(name)
            # a notebook cell run twice defines its policy anew: the same name from __main__ replaces itself
            if known is not None and getattr(known, "__module__", "") != getattr(member, "__module__", None):
                raise ValueError(f"two {self.family} claim the name {name!r}: {known!r} and {member!r}")
            self._members[name] = member
            return member

        return enlist

    def _discover(self) -> None:
        if self._discovered:
            return
        with _discovering:
            if self._begun:  # by another thread, which is through; or by this one, further up
                return
            self._begun = True
            if self._package is not None:
                package = importlib.import_module(self._package)
                for module in pkgutil.iter_modules(package.__path__):
                    importlib.import_module(f"{self._package}.{module.name}")
            for point in entry_points(group=f"orchestrion.{self.family}"):
                self._members.setdefault(point.name, point.load())
            self._discovered = True

    def __getitem__(self, name: str) -> T:
        self._discover()
        try:
            return self._members[name]
        except KeyError:
            near = get_close_matches(name, self._members, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            family = self.family.replace("_", " ")
            raise UnknownName(f"no {family} named {name!r}{hint} Known: {', '.join(self.names())}.") from None

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def names(self) -> list[str]:
        """All names, sorted."""
        self._discover()
        return sorted(self._members)

    def items(self) -> list[tuple[str, T]]:
        """(name, member) pairs, sorted by name."""
        return [(name, self._members[name]) for name in self.names()]
