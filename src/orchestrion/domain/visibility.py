"""Which contact point shows which nodes' stock, how much of it it keeps back, and how late it learns of changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Feed:
    """How the stock comes to a contact point: what it shows is a snapshot taken every so often, and late.

    Snapshots are taken at whole multiples of the period, before anything else happens in that second. A period of 0:
    each change is sent at once, and shown after the delay.
    """

    period_s: int = 0
    delay_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """Contact points (rows) by nodes (columns); R rows.

    What a row shows of a SKU is the sum over the nodes it sees of their ATP less the units held back there.
    """

    row: tuple[int, ...]  # by channel code: its row
    page: int  # row of the stores' product pages: what each says of its own store
    held_back: NDArray[np.int32]  # (R, N) units of each SKU not shown; -1: the node is not seen
    feeds: tuple[Feed, ...]  # by row

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Shape (R, N)."""
        return np.asarray(self.held_back >= 0)
