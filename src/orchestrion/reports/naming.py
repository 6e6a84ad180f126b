"""What alternatives are called in a report, and how they look."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from orchestrion.reports.look import SERIES

_CAPITALS = {"co2e": "CO2e", "co2": "CO2", "milp": "MILP", "lp": "LP", "atp": "ATP"}


def people_names(labels: Sequence[str], titles: Sequence[str] | None = None) -> list[str]:
    """Names for people: the titles where all are short and unlike, else the labels without what they all begin with.

    >>> people_names(["france_siloed", "france_lowest_co2e", "france_milp_balanced"])
    ['Siloed', 'Lowest CO2e', 'MILP balanced']
    """
    if titles and len(set(titles)) == len(titles) and all(title and len(title) <= 34 for title in titles):
        return list(titles)
    words = [label.replace("_", " ").split() for label in labels]
    shared = _shared(words)
    names = []
    for label, parts in zip(labels, words, strict=True):
        text = " ".join(_CAPITALS.get(part.lower(), part) for part in parts[shared:]) or label
        names.append(text[0].upper() + text[1:])
    return names if len(set(names)) == len(names) else list(labels)


def alphabetical(name: str) -> tuple[str, str]:
    """What names are sorted by: accents and capitals only part those that are alike without.

    >>> sorted(["Brest", "Évreux", "Béziers", "evian"], key=alphabetical)
    ['Béziers', 'Brest', 'evian', 'Évreux']
    """
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))
    return bare.casefold(), name


def _shared(words: Sequence[Sequence[str]]) -> int:
    """How many words all begin with; each keeps one of its own."""
    shared = 0
    if len(words) > 1:
        while all(len(parts) > shared + 1 for parts in words) and len({parts[shared] for parts in words}) == 1:
            shared += 1
    return shared


def told_apart(names: Sequence[str]) -> list[str]:
    """Names without the words that all begin with, where room is scarce.

    >>> told_apart(["Warehouse Lille-Lesquin", "Warehouse Lyon-Satolas"])
    ['Lille-Lesquin', 'Lyon-Satolas']
    """
    words = [name.split() for name in names]
    shared = _shared(words)
    return [" ".join(parts[shared:]) for parts in words] if shared else list(names)


def look_of(place: int) -> tuple[int, int]:
    """Colour of the alternative at this place after the baseline, and how often the colours went round before it.

    >>> look_of(0), look_of(8), look_of(9)
    ((1, 0), (9, 0), (1, 1))
    """
    round_, look = divmod(place, len(SERIES) - 1)
    return look + 1, round_
