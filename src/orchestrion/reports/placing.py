"""Names beside points so that none hides another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels, y downwards


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a name goes: offset of its centre from its point [px], and whether a leader line is needed."""

    dx: float
    dy: float
    leader: bool


def text_width(text: str, size: float) -> float:
    """Generous width of a text set in the house font [px]."""
    narrow = sum(text.count(letter) for letter in "iljtfr.,:;'|!I ()·")
    wide = sum(text.count(letter) for letter in "mwMWO%€")
    return size * (0.57 * (len(text) - narrow - wide) + 0.32 * narrow + 0.86 * wide)


def _overlap(boxes: Floats, others: Floats) -> Floats:
    """Areas that boxes share with others, shape (boxes, others)."""
    width = np.minimum(boxes[:, None, 2], others[None, :, 2]) - np.maximum(boxes[:, None, 0], others[None, :, 0])
    height = np.minimum(boxes[:, None, 3], others[None, :, 3]) - np.maximum(boxes[:, None, 1], others[None, :, 1])
    return np.asarray(np.clip(width, 0, None) * np.clip(height, 0, None), float)


_WAYS = ((1, 0), (-1, 0), (0, -1), (0, 1), (0.9, -0.8), (-0.9, -0.8), (0.9, 0.8), (-0.9, 0.8))


def _candidates(width: float, height: float, radius: float) -> Floats:
    """Offsets of a name's centre and the dislike of each, shape (candidates, 3): beside, above, farther."""
    spots = []
    for ring, reach in enumerate((radius + 4, radius + 16, radius + 32, radius + 52, radius + 76)):
        across, down, far = reach + width / 2, reach + height / 2, 9.0 * ring * ring
        for rank, (dx, dy) in enumerate(_WAYS):
            spots.append((dx * across, dy * down, far + rank))
    return np.array(spots)


def place(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    obstacles: Sequence[Box],
    bounds: Box,
    radius: float,
) -> list[Spot]:
    """A spot for each name (width, height), avoiding points, obstacles, other names and the edge.

    Greedy from the most crowded point on, then three rounds of second thoughts: plenty for a dozen names.
    """
    n = len(points)
    dots = np.array([(x - radius, y - radius, x + radius, y + radius) for x, y in points]).reshape(-1, 4)
    hurdles = np.array(list(obstacles), float).reshape(-1, 4)
    spots, boxes, prices = [], [], []
    for (x, y), (width, height) in zip(points, sizes, strict=True):
        found = _candidates(width, height, radius)
        left, top = x + found[:, 0] - width / 2, y + found[:, 1] - height / 2
        box = np.column_stack([left, top, left + width, top + height])
        outside = np.clip(bounds[0] - box[:, 0], 0, None) + np.clip(box[:, 2] - bounds[2], 0, None)
        outside += np.clip(bounds[1] - box[:, 1], 0, None) + np.clip(box[:, 3] - bounds[3], 0, None)
        price = found[:, 2] + 40.0 * outside + 4.0 * _overlap(box, dots).sum(axis=1)
        spots.append(found)
        boxes.append(box)
        prices.append(price + 1.2 * _overlap(box, hurdles).sum(axis=1))
    crowd = [sum(abs(x - a) < 160 and abs(y - b) < 40 for a, b in points) for x, y in points]
    chosen: dict[int, int] = {}
    for _ in range(4):
        for i in sorted(range(n), key=lambda i: (-crowd[i], i)):
            others = [boxes[j][k] for j, k in chosen.items() if j != i]
            hidden = _overlap(boxes[i], np.array(others).reshape(-1, 4)).sum(axis=1)
            chosen[i] = int(np.argmin(prices[i] + 6.0 * hidden))
    result = []
    for i in range(n):
        dx, dy, dislike = (float(value) for value in spots[i][chosen[i]])
        result.append(Spot(dx, dy, dislike >= 9.0))
    return result


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights near the wanted ones, at least `gap` apart and between the limits, in the same order.

    >>> spread([10.0, 10.0, 30.0], 8.0, 0.0, 100.0)
    [6.0, 14.0, 30.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    # blocks of names that touch: pooled like an isotonic regression
    blocks: list[list[float]] = []  # [centre, count]
    for i in order:
        blocks.append([wanted[i], 1.0])
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            centre, count = blocks.pop()
            first, number = blocks[-1]
            blocks[-1] = [(first * number + centre * count) / (number + count), number + count]
    heights: list[float] = []
    for centre, count in blocks:
        heights += [centre + gap * (k - (count - 1) / 2) for k in range(int(count))]
    for k in range(len(heights)):
        heights[k] = max(heights[k], low + gap * k)
    for k in reversed(range(len(heights))):
        heights[k] = min(heights[k], high - gap * (len(heights) - 1 - k))
    result = [0.0] * len(heights)
    for rank, i in enumerate(order):
        result[i] = heights[rank]
    return result
