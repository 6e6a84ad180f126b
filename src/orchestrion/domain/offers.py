"""What the customer is shown beside the goods, a promise and a fee for each option, and what these do to the sale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """How customers answer to promises and fees that differ from the usual, under which the shares were observed.

    The usual fee and the usual days (business days from ordering to the promise) are given for each option. A customer
    picks among the options on offer by a multinomial logit that has the observed shares at the usual offers; then buys
    with a probability that falls with the days and the fee of the option picked.
    """

    usual_fee: NDArray[np.float64]  # (options,) EUR
    usual_days: NDArray[np.float64]  # (options,) business days
    fee_weight: float = 0.0  # logit lost for each EUR of fee; 0: options are as wanted, whatever is promised
    day_value: float = 0.0  # EUR of fee that a business day is worth
    per_day: float = 0.0  # sales gained by one business day sooner, as a share; 0: none
    per_euro: float = 0.0  # sales gained by a fee of one EUR less; 0: none

    @property
    def choosing(self) -> bool:
        """Whether options are picked anew."""
        return self.fee_weight > 0

    @property
    def converting(self) -> bool:
        """Whether some who would buy at better offers do not."""
        return self.per_day > 0 or self.per_euro > 0

    @property
    def potential(self) -> float:
        """Customers who would buy at the best imaginable offer (today, for nothing), for each who buys at the usual."""
        best = (1.0 + self.per_day) ** max(self.usual_days, default=0.0)
        return float(best * (1.0 + self.per_euro) ** max(self.usual_fee, default=0.0))
