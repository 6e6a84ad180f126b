"""Protection thresholds: the last units stay where those who will come for them lose most without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrion.domain.codes import Reason
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.lookahead.keeping import Keeping
from orchestrion.policies.lookahead.thrifty import Ahead
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.bid_price import LooksAhead
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.streams import Streams
from orchestrion.units import duration_s


@sourcing_policy("protection")
@dataclass(frozen=True, kw_only=True)
class Protection(LooksAhead, InEuros):
    """Source each order at the least weighted sum, keeping a node's last units for those who would lose more.

    A unit is given away if what the order saves by it, against its next best node, is more than the expected loss of
    those who may ask for it before the next delivery: the store's walk-ins, and areas of the web that have no cheaper
    node. For one class of customers that is Littlewood's rule (1972), for several the expected marginal value of nested
    classes (Belobaba 1989). An order that no other node can serve is served: it is never refused for somebody who may
    not come.

    Parameters
    ----------
    horizon_days
        Days of customers that count at nodes without deliveries of their own; elsewhere those until the next [days].
    web
        Whether units are kept for nearby customers of the web too, or for walk-ins only.
    """

    web: bool = True

    reason: ClassVar[Reason] = Reason.CHOSEN

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return Ahead(self, Keeping(view, duration_s(self.resolve), self.horizon_days, web=self.web))
