"""Which stock a customer is shown, where they ask."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from orchestrion.scenarios.document.base import Duration, Section, param, section

NodeGroup = Literal["warehouses", "stores", "dark_stores", "suppliers"]
GROUPS: tuple[NodeGroup, ...] = ("warehouses", "stores", "dark_stores", "suppliers")
Point = Literal["web", "app", "tablet", "marketplace", "store_page"]
POINTS: tuple[Point, ...] = ("web", "app", "tablet", "marketplace", "store_page")


class FeedDocument(Section):
    """How often and how late somebody learns what there is. Usual: 0s, 15min, 1h, 1d (at midnight)."""

    every: Duration = param("0s", "Time between two snapshots; 0s: each change is sent at once", "duration")
    delay: Duration = param("0s", "From a snapshot or a change until it is known there", "duration")


class ContactPoint(Section):
    """What one contact point shows."""

    sees: dict[str, Annotated[int, Field(ge=0)]] | None = param(
        None,
        "Groups of nodes whose stock it shows, each with the units of a SKU that it keeps back at every node of the "
        "group (a buffer against showing what is not there); left out: what `web_sees` says",
        "units",
    )
    feed: FeedDocument | None = param(None, "A feed of its own; left out: the common one")


class Visibility(Section):
    """What customers are shown. `web_sees` is the short form: the same for everybody, at once, nothing kept back."""

    web_sees: list[NodeGroup] = param(["warehouses"], "Groups of nodes whose ATP the web shows", min_length=1)
    feed: FeedDocument = section(FeedDocument, "How the stock comes to the contact points")
    groups: dict[str, list[str]] = param({}, "Groups of nodes of your own: a name and the keys of the nodes")
    contact_points: dict[Point, ContactPoint] = param(
        {},
        "Contact points that differ: web, app, tablet (a seller orders for the customer), marketplace, store_page "
        "(what a store's product page says of its own stock); one that is left out shows what the web shows",
    )

    @model_validator(mode="after")
    def _groups_are_known(self) -> Visibility:
        known = (*GROUPS, *self.groups)
        wrong = [
            f"contact_points.{point}.sees.{group}: no group of nodes {group!r}; known: {', '.join(known)}"
            for point, shows in self.contact_points.items()
            for group in shows.sees or ()
            if group not in known
        ]
        wrong += [f"groups.{name}: that name is taken; choose another" for name in self.groups if name in GROUPS]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
