"""What alternatives are called in a report, and how they look."""

from __future__ import annotations

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
    shared = 0
    if len(words) > 1:
        while all(len(parts) > shared + 1 for parts in words) and len({parts[shared] for parts in words}) == 1:
            shared += 1
    names = []
    for label, parts in zip(labels, words, strict=True):
        text = " ".join(_CAPITALS.get(part.lower(), part) for part in parts[shared:]) or label
        names.append(text[0].upper() + text[1:])
    return names if len(set(names)) == len(names) else list(labels)


def look_of(place: int) -> tuple[int, int]:
    """Colour of the alternative at this place after the baseline, and how often the colours went round before it.

    >>> look_of(0), look_of(8), look_of(9)
    ((1, 0), (9, 0), (1, 1))
    """
    round_, look = divmod(place, len(SERIES) - 1)
    return look + 1, round_
