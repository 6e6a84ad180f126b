"""How nodes order, whether customers may wait for stock, transfers between stores, and the change of collection."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from orchestrion.scenarios.defaults import sourced
from orchestrion.scenarios.document.base import Section, Share, TimeOfDay, param, section

_STOCK = "stock/defaults.csv"

Class = Literal["A", "B", "C"]


class LeadTimeDocument(Section):
    """How long suppliers take; each order of a SKU draws its own lead time, so that orders may cross."""

    law: Literal["fixed", "uniform", "exponential", "gamma", "lognormal", "empirical"] = param(
        "gamma", "Law of the lead time", source=""
    )
    mean_days: float = sourced(_STOCK, "lead_mean", "Mean, for all laws but uniform and empirical", ge=0, le=400)
    cv: float = sourced(_STOCK, "lead_cv", "Standard deviation over mean, for gamma and lognormal", gt=0, le=5)
    least_days: float = param(14.0, "Least, for the uniform law", "days", ge=0, le=400)
    most_days: float = param(28.0, "Most, for the uniform law", "days", ge=0, le=400)
    values_days: list[float] = param([14.0, 21.0, 35.0], "Lead times seen, for the empirical law", "days", min_length=1)
    working_days: bool = param(True, "Count Monday to Friday only; needs an hour of arrival", source="")
    at: TimeOfDay | None = param("06:00", "Hour of arrival; none: to the second, whenever the time is over", "HH:MM")

    @model_validator(mode="after")
    def _possible(self) -> LeadTimeDocument:
        if self.most_days < self.least_days:
            raise ValueError(f"most_days ({self.most_days:g}) must be least_days ({self.least_days:g}) or more")
        if any(not 0 <= days <= 400 for days in self.values_days):
            raise ValueError("values_days: each lead time must be between 0 and 400 days")
        if self.working_days and self.at is None:
            raise ValueError("at: lead times in working days need an hour of arrival; or set working_days: false")
        return self


class KindOfOrdering(Section):
    """How nodes of one kind ask for stock."""

    rules: dict[Class, str] = param(
        {"A": "base_stock", "B": "base_stock", "C": "min_max"},
        "Replenishment rule of each class of SKUs: base_stock, periodic, min_max, s_s, r_q, push or one of yours",
    )
    continuous: bool = param(False, "Ask at the moment the position falls, in place of reviews", source="")
    review_days: int = param(7, "Period of the reviews where suppliers deliver", "days", ge=1, le=90)
    batch_days: float = sourced(_STOCK, "batch", "Batch of (r, Q), in days of planned demand", gt=0, le=365)
    low_share: Share = param(0.5, "Reorder point of stores for min_max, s_s and r_q, over the target", "share")


class OrderingDocument(Section):
    """Rules by kind of node and class of SKU in place of `store_rule` and `supplier_rule`."""

    on: bool = param(False, "Rules by kind and class; off: `store_rule` and `supplier_rule` for all", source="")
    class_a: Share = param(0.8, "Class A: the most wanted SKUs that make this share of planned demand", "share")
    class_b: Share = param(0.95, "Classes A and B together", "share")
    stores: KindOfOrdering = section(KindOfOrdering, "How stores and dark stores ask")
    warehouses: KindOfOrdering = section(KindOfOrdering, "How warehouses ask")
    lead_time: LeadTimeDocument = section(LeadTimeDocument, "How long suppliers take")
    pack: int = param(1, "Units of a pack; only whole packs are ordered and sent", "units", ge=1, le=1000)
    minimum: int = param(0, "Least units of one order of a SKU", "units", ge=0, le=100_000)
    allocation: Literal["rotation", "proportional"] = param(
        "rotation", "Who goes short when the warehouse has too little: whoever comes last tonight, or all in proportion"
    )

    @model_validator(mode="after")
    def _ascending(self) -> OrderingDocument:
        if self.class_b < self.class_a:
            raise ValueError(f"class_b ({self.class_b:g}) includes class_a ({self.class_a:g}) and cannot be less")
        return self


class BackordersDocument(Section):
    """The web accepts orders for stock that is not there yet; whoever waits is served first."""

    on: bool = param(False, "Customers may order what is back soon", source="")
    only_reorderable: bool = param(True, "Only SKUs that suppliers deliver again", source="")
    most_per_sku: int | None = param(None, "Units of a SKU that may wait at once; none: no limit", "units", ge=0)
    patience_days: float = sourced(_STOCK, "backorder_patience", "Wait after which the order is cancelled", ge=0)
    promise_days: int = sourced(_STOCK, "backorder_promise", "Added to the promise of an order that waits", ge=0)


class TransfersDocument(Section):
    """Stock moved between stores: at rebalancings, and when a sourcing policy asks."""

    on: bool = param(False, "Stores help each other", source="")
    every_days: int = param(7, "Period of the rebalancing; 0: only when a policy asks", "days", ge=0, le=90)
    at: TimeOfDay = param(
        "01:00", "Hour of the rebalancing; before the nightly review, which would fill them first", "HH:MM"
    )
    days: int = sourced(_STOCK, "transfer_days", "From the decision to the shelf", ge=0, le=60)
    unit_eur: float = sourced(_STOCK, "transfer_unit", "Moving one unit", ge=0)
    run_eur: float = sourced(_STOCK, "transfer_run", "One run from a store to another, whatever it carries", ge=0)
    within_km: float = sourced(_STOCK, "transfer_within", "Longest distance between two stores", ge=0)
    cover_days: float = sourced(_STOCK, "transfer_cover", "A moved unit must find its customer within", gt=0)


def _falling(steps: list[Markdown]) -> list[Markdown]:
    before = [step.days_before_exit for step in steps]
    shares = [step.share_off for step in steps]
    if before != sorted(before, reverse=True) or shares != sorted(shares):
        raise ValueError("markdowns go on from the earliest to the exit, each deeper than the one before")
    return steps


class Markdown(Section):
    """One step of the markdown."""

    days_before_exit: int = param(28, "Begins so many days before the exit", "days", ge=0)
    share_off: Share = param(0.3, "Share off the list price", "share")


class Wave(Section):
    """SKUs that share a life; none of a SKU's waves overlap."""

    share: Share = param(0.3, "Share of the SKUs (of the categories named)", "share")
    categories: list[str] = param([], "Categories concerned; empty: all")
    launch_day: int | None = param(
        None, "Day of the launch, counted from the start; none: on sale from the start", "days", ge=1
    )
    exit_day: int | None = param(None, "Day it leaves the collection; none: it stays", "days", ge=1)

    @model_validator(mode="after")
    def _leaves_after_it_comes(self) -> Wave:
        if self.launch_day is not None and self.exit_day is not None and self.exit_day <= self.launch_day:
            raise ValueError(f"exit_day ({self.exit_day}) must be after launch_day ({self.launch_day})")
        return self


Fate = Literal["stay", "move", "send_back", "give_away"]


class SeasonDocument(Section):
    """Change of collection: what is launched, what leaves, and what becomes of leftovers."""

    on: bool = param(False, "The collection changes", source="")
    waves: dict[str, Wave] = param(
        {"outgoing": Wave(share=0.3, exit_day=43), "incoming": Wave(share=0.25, launch_day=43)},
        "Groups of SKUs with a launch or exit; SKUs of no wave stay throughout. Their shares sum to one at most",
    )
    bought_weeks: float = param(8.0, "Bought for the launch, in weeks of planned demand", "weeks", ge=0)
    arrives_days_before: int = param(4, "Suppliers bring it so many days before the launch", "days", ge=1)
    first_days: float = param(16.0, "What stores get for the launch, in days of their planned demand", "days", ge=0)
    floor_factor: float = sourced(_STOCK, "floor_factor", "Floor space of a store over the volume of its targets", gt=0)
    floor_limits: bool = param(True, "What does not fit on the floor waits in the warehouse", source="")
    markdowns: Annotated[list[Markdown], AfterValidator(_falling)] = param(
        [Markdown(), Markdown(days_before_exit=14, share_off=0.4), Markdown(days_before_exit=0, share_off=0.5)],
        "Steps of the markdown, earliest first",
    )
    sells_on: bool = param(True, "Customers still ask for what has left the collection, as long as it lasts", source="")
    # nothing is destroyed: in France that is forbidden for unsold goods other than food (AGEC law of 2020, code de
    # l'environnement L541-15-8)
    stores: Fate = param("move", "Leftovers of stores: stay (marked down), move, send_back or give_away")
    warehouses: Fate = param("stay", "Leftovers of warehouses")
    outlet: str | None = param(None, "Node where moved leftovers go; none: the first warehouse")
    outlet_unit_eur: float = sourced(_STOCK, "outlet_unit", "Moving a leftover to the outlet", ge=0)
    send_back_unit_eur: float = sourced(_STOCK, "send_back_unit", "Sending a leftover back to its supplier", ge=0)
    send_back_credit: Share = sourced(_STOCK, "send_back_credit", "Share of the purchase cost that suppliers credit")
    gift_unit_eur: float = sourced(_STOCK, "gift_unit", "Giving a leftover away", ge=0)
    gift_relief: Share = sourced(_STOCK, "gift_relief", "Share of the purchase cost that comes back as tax relief")

    @model_validator(mode="after")
    def _shares(self) -> SeasonDocument:
        total = sum(wave.share for wave in self.waves.values())
        if total > 1.0 + 1e-9:
            raise ValueError(f"waves: their shares sum to {total:.6g}; no more than 1 is possible")
        return self
