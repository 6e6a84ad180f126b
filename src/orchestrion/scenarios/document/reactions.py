"""What people do when they are told no."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from orchestrion.scenarios.defaults import shares, sourced, tabled
from orchestrion.scenarios.document.base import Section, Share, param, section

_REACT = "reactions/defaults.csv"
ReactionOnline = Literal["leave", "own_store", "wait", "substitute"]
ReactionStore = Literal["leave", "other_store", "own_web", "wait", "substitute", "ask_seller"]
SellerAnswer = Literal["leave", "other_store", "own_web"]


class TabletDocument(Section):
    """Endless aisle: a seller's tablet in each store, on which what the shelf has not is ordered for the customer."""

    on: bool = param(False, "Sellers have a tablet; off: they can only give advice", source="")
    accepts: Share = sourced(_REACT, "tablet_accepts", "Share of the customers who ask and let the seller order")
    collect_share: Share = sourced(_REACT, "tablet_collect", "Share of these who prefer to collect it in the store")


class Reactions(Section):
    """What people do when they are told no."""

    online: dict[ReactionOnline, Share] = tabled(
        "reactions/online_fr.csv",
        shares("outcome"),
        "Online: leave for a competitor or give up; try an own store; wait and ask again; take a substitute",
        "share",
    )
    store: dict[ReactionStore, Share] = tabled(
        "reactions/store_fr.csv",
        shares("outcome"),
        "In a store: leave; try our next store; order from our own web; wait and come back; take a substitute; ask a "
        "seller",
        "share",
    )
    online_table: str | None = param(
        None, "Table of shares in place of `online`, such as reactions/online_worldwide.csv", "file", ""
    )
    store_table: str | None = param(
        None, "Table of shares in place of `store`, such as reactions/store_worldwide.csv", "file", ""
    )
    asked_seller: dict[SellerAnswer, Share] = tabled(
        "reactions/asked_seller_fr.csv", shares("outcome"), "What comes of asking a seller who does not order", "share"
    )
    tablet: TabletDocument = section(TabletDocument, "Endless aisle")
    abandon_basket: Share = sourced(
        _REACT, "abandon_basket", "A customer who leaves gives up the available lines of the basket too"
    )
    wait_days_min: int = sourced(_REACT, "wait_days_min", "Who waits asks again after so many days at least", ge=1)
    wait_days_max: int = sourced(_REACT, "wait_days_max", "Who waits asks again after so many days at most", ge=1)
    rounds: int = sourced(_REACT, "rounds", "How often a customer asks again before giving up", ge=1, le=10)
    substitutes: int = sourced(
        _REACT,
        "substitutes",
        "SKUs that stand in for one: of its category, the nearest in price and popularity",
        ge=1,
        le=20,
    )

    @model_validator(mode="after")
    def _rows(self) -> Reactions:
        for name, row in (("online", self.online), ("store", self.store), ("asked_seller", self.asked_seller)):
            if abs(sum(row.values()) - 1.0) > 1e-6:
                raise ValueError(f"{name}: the shares must sum to 1; they sum to {sum(row.values()):.6g}")
        if self.wait_days_min > self.wait_days_max:
            raise ValueError(f"wait_days_min ({self.wait_days_min}) is above wait_days_max ({self.wait_days_max})")
        return self
