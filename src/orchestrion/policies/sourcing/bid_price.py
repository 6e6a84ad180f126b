"""Bid prices: a unit costs its carriage and what it would be worth to those who may still ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from orchestrion.domain.codes import Reason
from orchestrion.domain.view import Decider, NetworkView
from orchestrion.policies.checks import at_least
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.keeping import Keeping
from orchestrion.policies.lookahead.prudent import Prudent
from orchestrion.policies.lookahead.thrifty import Ahead, Prices
from orchestrion.policies.sourcing import sourcing_policy
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.policies.sourcing.weighted import InEuros
from orchestrion.streams import Streams
from orchestrion.units import duration_s


@dataclass(frozen=True, kw_only=True)
class LooksAhead:
    """What policies that solve a programme of forecasts ask of the future.

    Parameters
    ----------
    resolve
        Age at which a SKU's programme is solved again when it is asked for, "1d".
    horizon_days
        Days of forecast demand that compete for the units [days].
    """

    resolve: str = "1d"
    horizon_days: float = 14.0

    def check_horizon(self) -> None:
        """Refuse a schedule or horizon that makes no sense."""
        at_least(self, 0.5, "horizon_days")
        try:
            seconds = duration_s(self.resolve)
        except ValueError as problem:
            raise ValueError(f"resolve: {problem}") from None
        if seconds < 60:
            raise ValueError("resolve: must be a minute at least")

    def bids(self, view: NetworkView) -> Bids:
        """Bid prices for one replication."""
        return Bids(view, duration_s(self.resolve), self.horizon_days)


@dataclass(frozen=True, kw_only=True)
class ByBids(LooksAhead):
    """What policies that pay bid prices have in common.

    Parameters
    ----------
    last_units
        Whether a unit is worth at least what `protection` would keep it for: the programme knows means only, and finds
        nothing scarce where one unit meets a third of a customer.
    """

    last_units: bool = True

    def prices(self, view: NetworkView) -> Prices:
        """Prices of units for one replication."""
        bids = self.bids(view)
        if not self.last_units:
            return bids
        return Prudent(bids, Keeping(view, duration_s(self.resolve), self.horizon_days, web=True))


@sourcing_policy("bid_price")
@dataclass(frozen=True, kw_only=True)
class BidPrice(ByBids, InEuros):
    """Source each order at the least weighted sum plus the bid prices of the units it takes: what others would pay.

    Exact for orders of up to five lines. Bid prices are the dual values of a transportation programme of forecast
    demand, web and walk-in, solved again for each SKU on a schedule (Acimovic and Graves 2015); for a node's last units
    at least what its own customers are expected to lose.
    """

    reason: ClassVar[Reason] = Reason.BID_PRICE

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return Ahead(self, self.prices(view))


@sourcing_policy("milp_ahead")
@dataclass(frozen=True, kw_only=True)
class BatchMilpAhead(ByBids, BatchMilp):
    """The batch MILP with bid prices for what it takes from the shelves: joint now, and thrifty for later."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.check_horizon()

    def start(self, view: NetworkView, streams: Streams) -> Decider:
        """One replication's decider, which remembers what it saw."""
        return Ahead(self, self.prices(view))
