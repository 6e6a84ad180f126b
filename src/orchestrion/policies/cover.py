"""A good assignment of a long order: greedy cover, then local improvement. Not exact, and not said to be.

For orders with more lines than the exact search takes on, or that ask more of a SKU than any single node holds: such
lines are gathered from several.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.orders import Line, Order
from orchestrion.domain.view import NetworkView
from orchestrion.policies.objective import Objective, Scores

PASSES = 3  # of improvement; the first does most

Piece = tuple[int, int]  # (row of the line, units)


def cover(
    objective: Objective,
    order: Order,
    lines: Sequence[Line],
    nodes: NDArray[np.intp],
    atp: NDArray[np.int32],
    view: NetworkView,
) -> list[tuple[int, tuple[Line, ...]]]:
    """Shipments [(candidate position, lines with the quantities taken), ...] that serve every unit there is.

    Parameters
    ----------
    nodes
        Candidates, nearest first.
    atp
        Units of each line's SKU at each candidate, shape (lines, candidates).
    """
    return _Cover(objective, order, lines, nodes, atp, view).solve()


class _Cover:
    """The parcels being made up, one a node, and what is left on the shelves."""

    def __init__(
        self,
        objective: Objective,
        order: Order,
        lines: Sequence[Line],
        nodes: NDArray[np.intp],
        atp: NDArray[np.int32],
        view: NetworkView,
    ) -> None:
        self.objective, self.order, self.lines, self.nodes, self.view = objective, order, lines, nodes, view
        skus = sorted({line.sku for line in lines})
        self.shelf = [skus.index(line.sku) for line in lines]  # lines of one SKU share a row of `left`
        rows = {sku: row for row, sku in zip(atp, (line.sku for line in lines), strict=True)}
        self.left = np.stack([rows[sku] for sku in skus]).astype(np.int64)
        self.rewards = [objective.reward(line, nodes, view) for line in lines]
        self._rewarding = any(reward is not None for reward in self.rewards)
        self.parcels: dict[int, list[Piece]] = {}
        self._prices: dict[tuple[Piece, ...], Scores] = {}

    def solve(self) -> list[tuple[int, tuple[Line, ...]]]:
        waiting = dict(enumerate(line.qty for line in self.lines))
        self._whole_lines(waiting)
        self._quantities(waiting)
        for _ in range(PASSES):
            if not (self._move_parcels() | self._merge_parcels() | self._move_pieces() | self._open_parcels()):
                break
        return [(position, self._slips(pieces)) for position, pieces in sorted(self.parcels.items())]

    def _put(self, position: int, row: int, units: int) -> None:
        self.left[self.shelf[row], position] -= units
        pieces = self.parcels.setdefault(position, [])
        for i, (other, there) in enumerate(pieces):
            if other == row:
                pieces[i] = (row, there + units)
                return
        pieces.append((row, units))

    def _whole_lines(self, waiting: dict[int, int]) -> None:
        """Again and again the node with the least score for each line that it holds in full."""
        while waiting:
            rows = list(waiting)
            asked = np.array([waiting[row] for row in rows])
            enough = self.left[[self.shelf[row] for row in rows]] >= asked[:, None]
            count = enough.sum(axis=0)
            if not count.any():
                return
            worth = self._scores(tuple((row, waiting[row]) for row in rows), enough) / np.maximum(count, 1)
            position = int(np.where(count > 0, worth, np.inf).argmin())
            for row in rows:
                if self.left[self.shelf[row], position] >= waiting[row]:
                    self._put(position, row, waiting.pop(row))

    def _quantities(self, waiting: dict[int, int]) -> None:
        """Lines that no node holds in full: from parcels already made up first, then from the fullest shelves."""
        for row in list(waiting):
            left = self.left[self.shelf[row]]
            for position in sorted(range(len(self.nodes)), key=lambda p: (p not in self.parcels, -int(left[p]), p)):
                units = min(waiting[row], int(left[position]))
                if units:
                    waiting[row] -= units
                    self._put(position, row, units)
                if not waiting[row]:
                    break

    def _slips(self, pieces: Sequence[Piece]) -> tuple[Line, ...]:
        lines = self.lines
        return tuple(
            lines[row] if lines[row].qty == units else lines[row]._replace(qty=units) for row, units in sorted(pieces)
        )

    def _scores(self, pieces: tuple[Piece, ...], enough: NDArray[np.bool_] | None = None) -> Scores:
        """Score of one parcel with these pieces at every candidate, lateness left aside; with `enough`, the rewards of
        those lines only that the candidate holds."""
        price = self._prices.get(pieces)
        if price is None:
            price = self.objective.price(self.order, self._slips(pieces), self.nodes, self.view)
            self._prices[pieces] = price
        if not self._rewarding:
            return price
        for i, (row, _) in enumerate(pieces):
            reward = self.rewards[row]
            if reward is not None:
                price = price - (reward if enough is None else np.where(enough[i], reward, 0.0))
        return price

    def _score(self, position: int, pieces: Sequence[Piece]) -> float:
        if not pieces:
            return 0.0
        score = float(self._scores(tuple(sorted(pieces)))[position])
        if self.objective.promise_aware:
            score += self.objective.lateness(self.order, self._slips(pieces), int(self.nodes[position]), self.view)
        return score

    def _room(self, pieces: Sequence[Piece]) -> NDArray[np.bool_]:
        """Candidates whose shelves hold these pieces besides what was taken from them already."""
        need = np.zeros(len(self.left), np.int64)
        for row, units in pieces:
            need[self.shelf[row]] += units
        return np.asarray((self.left >= need[:, None]).all(axis=0))

    def _shift(self, pieces: Sequence[Piece], origin: int, target: int) -> None:
        for row, units in list(pieces):
            self.left[self.shelf[row], origin] += units
            self.parcels[origin].remove((row, units))
            self._put(target, row, units)
        if not self.parcels[origin]:
            del self.parcels[origin]

    def _joined(self, target: int, pieces: Sequence[Piece]) -> list[Piece]:
        together = dict(self.parcels[target])
        for row, units in pieces:
            together[row] = together.get(row, 0) + units
        return sorted(together.items())

    def _move_parcels(self) -> bool:
        """A whole parcel from a node that sends nothing yet, where that is better."""
        moved = False
        for origin in sorted(self.parcels):
            pieces = list(self.parcels[origin])
            room = self._room(pieces)
            room[list(self.parcels)] = False
            if not room.any():
                continue
            target = int(np.where(room, self._scores(tuple(sorted(pieces))), np.inf).argmin())
            if self._score(target, pieces) < self._score(origin, pieces):
                self._shift(pieces, origin, target)
                moved = True
        return moved

    def _merge_parcels(self) -> bool:
        """Two parcels into one."""
        return self._join([(origin, None) for origin in sorted(self.parcels)])

    def _move_pieces(self) -> bool:
        """One line from a parcel to another."""
        return self._join([(o, piece) for o in sorted(self.parcels) for piece in sorted(self.parcels[o])])

    def _open_parcels(self) -> bool:
        """One line from a parcel to a node that sends nothing yet."""
        moved = False
        for origin in sorted(self.parcels):
            for piece in sorted(self.parcels[origin]):
                there = list(self.parcels[origin])
                room = self._room([piece])
                room[list(self.parcels)] = False
                if len(there) < 2 or not room.any():
                    continue
                target = int(np.where(room, self._scores((piece,)), np.inf).argmin())
                stays = [other for other in there if other != piece]
                if self._score(target, [piece]) + self._score(origin, stays) < self._score(origin, there):
                    self._shift([piece], origin, target)
                    moved = True
        return moved

    def _join(self, moves: Sequence[tuple[int, Piece | None]]) -> bool:
        moved = False
        for origin, piece in moves:
            there = self.parcels.get(origin, [])
            if not there or (piece is not None and piece not in there):
                continue
            pieces = list(there) if piece is None else [piece]
            stays = [other for other in there if other not in pieces]
            room = self._room(pieces)
            gains = [
                (
                    self._score(target, self._joined(target, pieces)) + self._score(origin, stays)
                    - self._score(target, self.parcels[target]) - self._score(origin, there),
                    target,
                )
                for target in sorted(self.parcels)
                if target != origin and room[target]
            ]  # fmt: skip
            if gains and min(gains)[0] < 0:
                self._shift(pieces, origin, min(gains)[1])
                moved = True
        return moved
