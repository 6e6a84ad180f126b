"""What is sold."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from orchestrion.scenarios.document.base import Section, Share, param, sums_to_one


class Category(Section):
    """A family of SKUs."""

    share: Share = param(0.5, "Share of the SKUs", "share")
    price_eur: float = param(35.0, "Median list price, VAT included", "EUR", gt=0)
    price_spread: float = param(0.5, "Log-normal sigma of list prices", ge=0, le=2)
    margin: Share = param(0.55, "Margin on the net price when bought", "share of net price")
    carried: Literal["plain", "bulky", "two_person"] = param(
        "plain", "How its SKUs must be carried: by any service, as bulky goods, by two people"
    )
    from_stores: bool = param(True, "Stores may send it; else they only hand it over at their own counter")
    mass_g: int = param(400, "Median mass of a unit, packed", "g", gt=0)
    volume_cm3: int = param(3000, "Median volume of a unit, packed", "cm3", gt=0)


class Assortment(Section):
    """What is sold. SKUs are a table, or generated from a seed of their own, the same in every replication."""

    skus: int = param(1200, "Number of SKUs", "SKUs", ge=1, le=100_000)
    skus_table: str | None = param(
        None,
        "Your own SKUs in place of drawn ones: key, and as far as known label, category, price_eur, cost_eur, mass_g, "
        "volume_cm3, planned_per_day, web, reorderable",
        "file",
        "",
    )
    seed: int = param(2026, "Seed of the assortment: prices, masses, planned popularity", ge=0)
    categories: dict[str, Category] = param(
        {
            "fashion": Category(share=0.65, price_eur=36.0, margin=0.58, mass_g=380, volume_cm3=3200),
            "home": Category(share=0.35, price_eur=29.0, margin=0.50, mass_g=1100, volume_cm3=7000),
        },
        "Families of SKUs; their shares sum to one",
    )
    popularity_spread: float = param(
        1.1,
        "Log-normal sigma of planned popularity; 1.1 puts 60 % of demand on the top fifth, as fashion does",
        source="assumed (numbers: fashion 55-65 %)",
        ge=0,
        le=3,
    )
    store_taste: float = param(0.35, "Log-normal sigma by which a store's demand departs from the plan", ge=0, le=2)
    web_range: Share = param(1.0, "Share of SKUs ranged on the web", "share")
    store_range: dict[Literal["S", "M", "L"], Share] = param(
        {"S": 0.35, "M": 0.55, "L": 0.8}, "Share of SKUs ranged in a store, by size, the most popular first", "share"
    )
    bulky_over_g: int | None = param(None, "Any SKU heavier than this is bulky; none: by category only", "g", gt=0)
    bulky_over_cm3: int | None = param(None, "Any SKU larger than this is bulky; none: by category only", "cm3", gt=0)
    reorderable: Share = param(0.4, "Share of SKUs that suppliers deliver again within the season", "share")
    reorder_bestsellers: float = param(
        1.0, "How strongly repeat orders follow planned popularity: 0 not at all, 1 in proportion", ge=0, le=3
    )

    @model_validator(mode="after")
    def _shares(self) -> Assortment:
        sums_to_one({key: category.share for key, category in self.categories.items()})
        return self
