"""Inventory balancing: spare the piles that have run down furthest, without any forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrion.domain.codes import Reason
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.checks import at_least
from orchestrion.policies.lookahead.balancing import Balancing
from orchestrion.policies.lookahead.thrifty import Ahead
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.streams import Streams


@sourcing_policy("inventory_balancing")
@dataclass(frozen=True, kw_only=True)
class InventoryBalancing(InEuros):
    """Source each order at the least weighted sum plus a price for the units that grows as their pile runs down.

    For who trusts no forecast: a primal-dual rule whose price is nothing for a full pile and the whole stake for the
    last unit, exponential between (Buchbinder and Naor 2009; Golrezaei, Nazerzadeh and Rusmevichientong 2014). Where
    shipping costs the same from everywhere it sells at least 63 % (1 - 1/e) of what perfect foresight could, whoever
    comes. That insurance is paid in carriage: less `stake`, less of both.

    Parameters
    ----------
    stake
        Share of a product's net price at risk when a pile runs out [share]; 1 gives the guarantee, 0 is `weighted`.
    """

    stake: float = 1.0

    reason: ClassVar[Reason] = Reason.CHOSEN

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 0.0, "stake")

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers how large the piles were."""
        return Ahead(self, Balancing(view, self.stake))
