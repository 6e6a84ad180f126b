"""Names beside points so that none hides another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


def _overlap(a: Box, b: Box) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


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
    dots = [(x - radius, y - radius, x + radius, y + radius) for x, y in points]

    def candidates(i: int) -> list[tuple[float, float, float]]:
        width, height = sizes[i]
        spots: list[tuple[float, float, float]] = []
        for ring, reach in enumerate((radius + 4, radius + 16, radius + 32, radius + 52, radius + 76)):
            across, down = reach + width / 2, reach + height / 2
            near = 9.0 * ring * ring
            spots += [
                (across, 0.0, near),
                (-across, 0.0, near + 1),
                (0.0, -down, near + 2),
                (0.0, down, near + 3),
                (across * 0.9, -down * 0.8, near + 4),
                (-across * 0.9, -down * 0.8, near + 5),
                (across * 0.9, down * 0.8, near + 5),
                (-across * 0.9, down * 0.8, near + 6),
            ]
        return spots

    def box(i: int, dx: float, dy: float) -> Box:
        (x, y), (width, height) = points[i], sizes[i]
        return (x + dx - width / 2, y + dy - height / 2, x + dx + width / 2, y + dy + height / 2)

    def price(i: int, spot: tuple[float, float, float], chosen: dict[int, tuple[float, float, float]]) -> float:
        here = box(i, spot[0], spot[1])
        outside = sum(
            max(0.0, amount)
            for amount in (bounds[0] - here[0], here[2] - bounds[2], bounds[1] - here[1], here[3] - bounds[3])
        )
        cost = spot[2] + 40.0 * outside
        cost += sum(4.0 * _overlap(here, dots[j]) for j in range(n))
        cost += sum(1.2 * _overlap(here, obstacle) for obstacle in obstacles)
        cost += sum(6.0 * _overlap(here, box(j, other[0], other[1])) for j, other in chosen.items() if j != i)
        return cost

    def crowd(i: int) -> float:
        return -sum(abs(points[i][0] - x) < 160 and abs(points[i][1] - y) < 40 for x, y in points)

    chosen: dict[int, tuple[float, float, float]] = {}
    order = sorted(range(n), key=lambda i: (crowd(i), i))
    for _ in range(4):
        for i in order:
            chosen[i] = min(candidates(i), key=lambda spot: price(i, spot, chosen))
    return [Spot(chosen[i][0], chosen[i][1], chosen[i][2] >= 9.0) for i in range(n)]


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
