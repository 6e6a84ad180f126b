"""What people do when they are told no."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from orchestrion.scenarios.defaults import shares, sourced, tabled
from orchestrion.scenarios.document.base import Section, Share

_REACT = "reactions/defaults.csv"
ReactionOnline = Literal["leave", "own_store", "wait"]
ReactionStore = Literal["leave", "other_store", "own_web", "wait"]


class Reactions(Section):
    """What people do when they are told no."""

    online: dict[ReactionOnline, Share] = tabled(
        "reactions/online_fr.csv",
        shares("outcome"),
        "Online: leave for a competitor or give up; try an own store; wait and ask again",
        "share",
    )
    store: dict[ReactionStore, Share] = tabled(
        "reactions/store_fr.csv",
        shares("outcome"),
        "In a store: leave; try our next store; order from our own web; wait and come back",
        "share",
    )
    abandon_basket: Share = sourced(
        _REACT, "abandon_basket", "A customer who leaves gives up the available lines of the basket too"
    )
    wait_days_min: int = sourced(_REACT, "wait_days_min", "Who waits asks again after so many days at least", ge=1)
    wait_days_max: int = sourced(_REACT, "wait_days_max", "Who waits asks again after so many days at most", ge=1)

    @model_validator(mode="after")
    def _rows(self) -> Reactions:
        for name, row in (("online", self.online), ("store", self.store)):
            if abs(sum(row.values()) - 1.0) > 1e-6:
                raise ValueError(f"{name}: the shares must sum to 1; they sum to {sum(row.values()):.6g}")
        if self.wait_days_min > self.wait_days_max:
            raise ValueError(f"wait_days_min ({self.wait_days_min}) is above wait_days_max ({self.wait_days_max})")
        return self
