"""Names for several nodes at once: all stores, all warehouses, a zone's nodes, a named list, a single node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Role
from orchestrion.domain.world import World

Flags = NDArray[np.bool_]

ROLES = {
    "stores": Role.STORE, "warehouses": Role.WAREHOUSE, "dark_stores": Role.DARK_STORE, "suppliers": Role.SUPPLIER,
}  # fmt: skip


class UnknownGroup(ValueError):
    """A name that is neither a group nor a node of this scenario."""


class Groups:
    """The nodes that a name stands for, in one scenario.

    Parameters
    ----------
    lists
        Named lists of node keys, of roles (`stores`, `warehouses`) or of other lists written before them.

    >>> from orchestrion.testing import three_stores
    >>> groups = Groups(three_stores(), {"outlets": ["store_1", "store_3"]})
    >>> groups["outlets"].tolist(), groups["warehouses"].tolist()
    ([False, True, False, True], [True, False, False, False])
    """

    def __init__(self, world: World, lists: Mapping[str, Sequence[str]] | None = None) -> None:
        self._flags: dict[str, Flags] = {
            name: np.array([node.role is role for node in world.nodes]) for name, role in ROLES.items()
        }
        for node in world.nodes:
            self._flags.setdefault(node.key, np.arange(len(world.nodes)) == node.id)
        for name, members in (lists or {}).items():
            self._flags[name] = self.any_of(members)

    def __getitem__(self, name: str) -> Flags:
        flags = self._flags.get(name)
        if flags is None:
            raise UnknownGroup(unknown("group or node", name, self._flags))
        return flags

    def any_of(self, names: Iterable[str]) -> Flags:
        """Nodes that belong to at least one of the groups."""
        flags: Flags = np.any([self[name] for name in names], axis=0)
        return flags

    def ranks(self, names: Sequence[str]) -> NDArray[np.int64]:
        """The place of each node in a list of groups, shape (nodes,): 0 for the first group that it belongs to.

        Nodes in none of them share the place after the last.
        """
        ranks = np.full(len(self["stores"]), len(names), np.int64)
        for place in reversed(range(len(names))):
            ranks[self[names[place]]] = place
        return ranks


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """What to write instead of a name that nothing answers to."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"this scenario has no {what} {name!r}; did you mean {near[0]!r}?"
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return f"this scenario has no {what} {name!r}; it has {shown or 'none'}."
