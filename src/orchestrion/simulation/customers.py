"""Who asks, and for what: the slips that the door and the reactions hand to each other."""

from __future__ import annotations

from typing import NamedTuple


class Wish(NamedTuple):
    """One line a customer wants, wherever they ask for it."""

    request: int
    sku: int
    qty: int
    substitute: bool = False  # another SKU than the one asked for first


class Customer(NamedTuple):
    """Who asks, and how they would like to receive it."""

    channel: int
    place: int  # address; -1 for walk-ins
    option: int  # -1 for walk-ins
    store: int  # the walk-in's store or the collection store; -1 none
    patience: int = -1  # seconds an accepted order may wait before picking begins; -1 for ever
    id: int = -1  # the first wish of the basket: tastes belong to the customer, not to the line


def steps(shares: dict[str, float]) -> list[tuple[float, str]]:
    """Cumulative shares with their reaction."""
    found, total = [], 0.0
    for name, share in shares.items():
        total += share
        found.append((total, name))
    return found


def drawn(found: list[tuple[float, str]], u: float) -> str:
    """The reaction that a uniform number falls into."""
    for limit, name in found:
        if u < limit:
            return name
    return found[-1][1]
