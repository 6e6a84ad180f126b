"""Conditions: which orders, and which of their lines, a rule is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from orchestrion.domain.codes import Channel
from orchestrion.domain.orders import Line, Order
from orchestrion.domain.world import World
from orchestrion.policies.pipeline import values as read
from orchestrion.policies.pipeline.sight import value_eur
from orchestrion.units import DAY, duration_text

READERS: dict[str, read.Reader] = {
    "starts": read.day,
    "ends": read.day,
    "options": read.texts,
    "channels": read.texts,
    "zones": read.texts,
    "categories": read.texts,
    "order_from_eur": read.number(),
    "order_below_eur": read.number(),
    "rejected_at_least": read.whole(1),
    "waited_at_least": read.duration,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """All of it must hold; nothing said, nothing asked.

    Attributes
    ----------
    starts, ends
        First and last day on which the rule is valid.
    options, channels, zones
        Keys of the order's fulfilment option, its channel, the zone of its address.
    categories
        The rule takes only lines of these categories.
    order_from_eur, order_below_eur
        List price of the lines that wait, VAT included.
    rejected_at_least
        How often the order came back from a node that did not find it.
    waited_at_least
        Time since the order was placed [s].
    """

    starts: date | None = None
    ends: date | None = None
    options: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    order_from_eur: float | None = None
    order_below_eur: float | None = None
    rejected_at_least: int | None = None
    waited_at_least: int | None = None

    def lines(self, order: Order, open_lines: Sequence[Line], world: World, now: int) -> tuple[Line, ...]:
        """The lines among those open that the rule is for."""
        if not self._fits(order, open_lines, world, now):
            return ()
        if not self.categories:
            return tuple(open_lines)
        category = world.skus.category
        return tuple(line for line in open_lines if category[line.sku] in self.categories)

    def _fits(self, order: Order, open_lines: Sequence[Line], world: World, now: int) -> bool:
        today = world.start + timedelta(days=now // DAY)
        if (self.starts is not None and today < self.starts) or (self.ends is not None and today > self.ends):
            return False
        if self.options and world.options[order.option].key not in self.options:
            return False
        if self.channels and Channel(order.channel).key not in self.channels:
            return False
        if self.zones and world.zones[int(world.places.zone[order.place])] not in self.zones:
            return False
        if self.order_from_eur is not None or self.order_below_eur is not None:
            value = value_eur(world, open_lines)
            if self.order_from_eur is not None and value < self.order_from_eur:
                return False
            if self.order_below_eur is not None and value >= self.order_below_eur:
                return False
        if self.rejected_at_least is not None and order.hop < self.rejected_at_least:
            return False
        return self.waited_at_least is None or now - order.t >= self.waited_at_least

    def words(self) -> str:
        """Which orders, as a fragment: "orders by collect worth 50 EUR or more"."""
        said = [f"lines of {_or(self.categories)} in orders" if self.categories else "orders"]
        said += [f"by {_or(names)}" for names in (self.options,) if names]
        said += [f"from {_or(self.channels)}"] if self.channels else []
        said += [f"to {_or(self.zones)}"] if self.zones else []
        said += [f"worth {self.order_from_eur:g} EUR or more"] if self.order_from_eur is not None else []
        said += [f"worth less than {self.order_below_eur:g} EUR"] if self.order_below_eur is not None else []
        if self.rejected_at_least is not None:
            said.append(f"rejected {self.rejected_at_least} times or more")
        if self.waited_at_least is not None:
            said.append(f"that waited {duration_text(self.waited_at_least)} or longer")
        said += [f"from {self.starts}"] if self.starts else []
        said += [f"until {self.ends}"] if self.ends else []
        return " ".join(said if len(said) > 1 else ["all orders"])

    def names(self) -> Iterator[tuple[str, str, str]]:
        """(field, kind, name) of all that must exist in the scenario."""
        for key, kind in (("options", "option"), ("zones", "zone"), ("categories", "category")):
            yield from ((key, kind, name) for name in getattr(self, key))

    def problems(self) -> Iterator[tuple[str, str]]:
        """(field, rule) where two conditions exclude each other, or a channel does not exist."""
        if self.starts and self.ends and self.ends < self.starts:
            yield "ends", "the last day lies before the first"
        if self.order_below_eur is not None and self.order_below_eur <= (self.order_from_eur or 0):
            yield "order_below_eur", "no order is worth less than this and at least order_from_eur"
        known = [channel.key for channel in Channel if channel is not Channel.WALK_IN]
        for name in self.channels:
            if name not in known:
                yield "channels", f"no channel {name!r}; write {_or(tuple(known))}"


def _or(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def make_when(values: dict[str, Any]) -> When:
    """Conditions from values that were read already."""
    known = {field.name for field in fields(When)}
    return When(**{key: value for key, value in values.items() if key in known})
