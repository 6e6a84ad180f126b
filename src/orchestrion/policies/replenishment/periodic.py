"""(R, S): every R, order up to S; the period is the node's review period."""

from __future__ import annotations

from orchestrion.policies.replenishment import Levels, Units, replenishment_rule
from orchestrion.policies.replenishment.base_stock import base_stock


@replenishment_rule("periodic")
def periodic(position: Units, levels: Levels) -> Units:
    """Base stock under the name that stock controllers give it where reviews are periodic."""
    return base_stock(position, levels)
