"""From comparisons two by two to prices in euros, and how well the comparisons agree with one another.

Participants compare swings: going from the worst to the best scenario in one criterion against the same in another
(swing weighting: von Winterfeldt and Edwards, *Decision Analysis and Behavioral Research*, 1986). Asked so, the answer
depends on what is at stake between the scenarios at hand, not on the units. Importances are the logarithmic least
squares fit to the ratios given: the row geometric means when every pair was compared (Crawford and Williams, J. Math.
Psychology 29, 1985, 387-405), the same fit over the pairs there are when some are missing (Bozóki, Fülöp and Rónyai,
Math. Comput. Modelling 52, 2010, 318-333). Consistency: the geometric consistency index, its residual variance, with
the limits that stand for Saaty's ten percent (Aguarón and Moreno-Jiménez, EJOR 147, 2003, 137-145), and Saaty's
consistency ratio itself where all pairs are there (Saaty, EJOR 48, 1990, 9-26).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrion.kpis.weighing import BASE

Ratios = Mapping[tuple[str, str], float]
# Saaty's mean index of random comparisons, by number of things compared
RANDOM_INDEX = {3: 0.58, 4: 0.90, 5: 1.12, 6: 1.24, 7: 1.32, 8: 1.41, 9: 1.45, 10: 1.49, 11: 1.51, 12: 1.54}
TOLERATED = 0.10


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparisons say together.

    Attributes
    ----------
    importance
        Of each thing connected with the others, adding up to 1.
    index
        Geometric consistency index: 0 when the comparisons agree in full; None where none could contradict another.
    ratio
        Saaty's consistency ratio; None unless every pair was compared and there are three things or more.
    consistent
        Whether the comparisons agree well enough to be used without a second look.
    worst
        The pair that agrees least with the rest, with the ratio that the others suggest.
    """

    importance: dict[str, float]
    index: float | None
    ratio: float | None
    consistent: bool
    worst: tuple[str, str, float] | None


def compared(ratios: Ratios, anchor: str) -> Compared | None:
    """Importances from ratios (how many times the first outweighs the second); None when the anchor is in no pair.

    Only what is linked with the anchor, directly or through others, has an importance.

    >>> found = compared({("a", "b"): 2.0, ("b", "c"): 3.0, ("a", "c"): 6.0}, "a")
    >>> {name: round(w, 3) for name, w in found.importance.items()}, round(found.ratio, 6), found.consistent
    ({'a': 0.6, 'b': 0.3, 'c': 0.1}, 0.0, True)
    """
    names = _linked(ratios, anchor)
    if len(names) < 2:
        return None
    place = {name: i for i, name in enumerate(names)}
    used = {(place[a], place[b]): math.log(r) for (a, b), r in ratios.items() if a in place and b in place}
    logs = _fitted(used, len(names))
    shares = np.exp(logs - logs.max())
    shares /= shares.sum()
    wrong = {pair: said - (logs[pair[0]] - logs[pair[1]]) for pair, said in used.items()}
    free = len(used) - (len(names) - 1)
    index = sum(e * e for e in wrong.values()) / free if free else None
    ratio = _saaty(used, len(names))
    limit = {3: 0.31, 4: 0.35}.get(len(names), 0.37)
    consistent = index is None or (index <= limit if ratio is None else ratio <= TOLERATED)
    worst = None
    if free:
        i, j = max(wrong, key=lambda pair: abs(wrong[pair]))
        worst = (names[i], names[j], float(np.exp(logs[i] - logs[j])))
    importance = dict(zip(names, shares.tolist(), strict=True))
    return Compared(importance, index, ratio, consistent, worst)


def _linked(ratios: Ratios, anchor: str) -> list[str]:
    """The anchor and all that is linked with it, in a fixed order."""
    found, waiting = {anchor}, [anchor]
    while waiting:
        here = waiting.pop()
        for pair in ratios:
            if here in pair:
                other = pair[1] if pair[0] == here else pair[0]
                if other not in found:
                    found.add(other)
                    waiting.append(other)
    return sorted(found)


def _fitted(used: Mapping[tuple[int, int], float], count: int) -> NDArray[np.float64]:
    """Logarithms of importances, least squares; the first is zero."""
    laplacian, right = np.zeros((count, count)), np.zeros(count)
    for (i, j), said in used.items():
        laplacian[[i, j], [i, j]] += 1.0
        laplacian[[i, j], [j, i]] -= 1.0
        right[i] += said
        right[j] -= said
    return np.concatenate([[0.0], np.linalg.solve(laplacian[1:, 1:], right[1:])])


def _saaty(used: Mapping[tuple[int, int], float], count: int) -> float | None:
    if count < 3 or count not in RANDOM_INDEX or len(used) < count * (count - 1) // 2:
        return None
    matrix = np.ones((count, count))
    for (i, j), said in used.items():
        matrix[i, j], matrix[j, i] = math.exp(said), math.exp(-said)
    largest = float(np.linalg.eigvals(matrix).real.max())
    return max(0.0, (largest - count) / (count - 1)) / RANDOM_INDEX[count]


def prices(ratios: Ratios, swings: Mapping[str, float]) -> dict[str, float]:
    """Euros for one unit of each criterion compared, through others or at once, with the contribution.

    A swing that is twice as important is worth twice the euros; its price per unit is that worth over its size.

    Parameters
    ----------
    swings
        Criterion, and "contribution" -> worst less best mean amount among the scenarios.

    >>> prices({("co2e", "contribution"): 2.0}, {"co2e": 500.0, "contribution": 1_000.0})
    {'co2e': 4.0}
    """
    usable = {pair: r for pair, r in ratios.items() if all(swings.get(one, 0.0) > 0.0 for one in pair)}
    found = compared(usable, BASE)
    if found is None:
        return {}
    worth = swings[BASE] / found.importance[BASE]  # euros of an importance of one
    return {key: worth * share / swings[key] for key, share in found.importance.items() if key != BASE}
