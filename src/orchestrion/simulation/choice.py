"""The customer before the offers: which option they pick, and whether they buy at all.

Tastes are those of a multinomial logit, drawn by luck that belongs to the customer and *given* the option wanted at the
usual offers. So at the usual offers everybody picks what they wanted, at any others the shares are those of the logit,
and making one option better never drives a customer from it to another.
"""

from __future__ import annotations

from math import exp, log
from typing import NamedTuple

import numpy as np

from orchestrion.domain.codes import ONLINE_CHANNELS, Channel, Reason
from orchestrion.domain.offers import Offers
from orchestrion.domain.world import World
from orchestrion.simulation.customers import Customer
from orchestrion.streams import Streams
from orchestrion.units import DAY, MICRO

TOO_SLOW, TOO_DEAR = int(Reason.TOO_SLOW), int(Reason.TOO_DEAR)
_TINY = 2.0**-60  # luck may be exactly zero


class Offer(NamedTuple):
    """One option as it is shown: where it would be collected (-1 nowhere), and when it is promised."""

    option: int
    store: int
    promised_t: int


class Choice:
    """Decides for customers who ask online."""

    def __init__(self, world: World, offers: Offers, streams: Streams) -> None:
        self._offers = offers
        self._streams = streams
        self._business_days = world.business_days
        self._fee = [option.fee / MICRO for option in world.options]
        self._collect = [option.collect for option in world.options]
        self._near: list[int] = world.demand.collect_store.tolist()
        # of the day: what offers have lost against the usual ones, by option and promised day; and who still buys
        self._day = -1
        self._lost: dict[tuple[int, int], float] = {}
        self._buy: dict[tuple[int, int], float] = {}
        self._ways: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
        self._logits = {
            (int(channel), near): _logits(world, channel, near) for channel in ONLINE_CHANNELS for near in (False, True)
        }
        # replayed customers did buy: nobody is there who would only have bought at a better offer
        self._level = 1.0 if world.demand.replay is not None else 1.0 / offers.potential

    def reachable(self, customer: Customer) -> int:
        """The store where the customer could collect; -1 without one."""
        return -1 if customer.channel == Channel.MARKETPLACE else self._near[customer.place]

    def options(self, customer: Customer) -> list[tuple[int, int]]:
        """The options that the customer may weigh, with the store where each would be collected."""
        if not self._offers.choosing:
            return [(customer.option, customer.store)]
        store = self.reachable(customer)
        ways = self._ways.get((customer.channel, store, customer.option))
        if ways is None:
            ways = self._ways[customer.channel, store, customer.option] = [
                (option, store if self._collect[option] else -1)
                for option, logit in enumerate(self._logits[customer.channel, store >= 0])
                if logit is not None or option == customer.option
            ]
        return ways

    def pick(self, t: int, customer: Customer, offers: list[Offer]) -> Offer:
        """The offer that suits the customer best; the first of equals."""
        if len(offers) == 1:
            return offers[0]
        self._open(t // DAY)
        known, worse = self._lost, []
        for option, _, promised in offers:
            asked = option, promised // DAY
            lost = known.get(asked)
            if lost is None:
                lost = known[asked] = self._worse(*asked)
            worse.append(lost)
        least = min(worse)
        for offer, lost in zip(offers, worse, strict=True):
            if offer.option == customer.option and lost == least:
                return offer  # what they wanted has lost no more than the others: no tastes need to be drawn
        logits = self._logits[customer.channel, self.reachable(customer) >= 0]
        luck = self._streams.luck
        # Gumbel tastes given that the option wanted is the best at the usual offers: the best of all has its own law,
        # whichever it is; the others are what a Gumbel is below it
        below = -log(max(luck("taste", customer.id, customer.option), _TINY))
        best, chosen = -float("inf"), offers[0]
        for offer, lost in zip(offers, worse, strict=True):
            logit = logits[offer.option]
            if offer.option == customer.option:
                utility = -log(below)
            elif logit is None:
                continue
            else:
                own = -log(max(luck("taste", customer.id, offer.option), _TINY))
                utility = -log(below + own * exp(-logit))
            utility -= lost
            if utility > best:
                best, chosen = utility, offer
        return chosen

    def refusal(self, t: int, customer: Customer, offer: Offer) -> int:
        """Why the customer does not buy at this offer; -1 who buys."""
        offers = self._offers
        if not offers.converting:
            return -1
        u = self._streams.luck("conversion", customer.id)
        self._open(t // DAY)
        asked = offer.option, offer.promised_t // DAY
        buy = self._buy.get(asked)
        if buy is None:
            buy = self._buy[asked] = self._cheap(offer.option) * (1.0 + offers.per_day) ** -(
                self._days(asked[1]) - offers.usual_days[offer.option]
            )
        if u < buy:
            return -1
        # would they have bought at this fee, had it been there the same day?
        cheap = self._cheap(offer.option)
        return TOO_SLOW if u < cheap * (1.0 + offers.per_day) ** offers.usual_days[offer.option] else TOO_DEAR

    def _cheap(self, option: int) -> float:
        """The share that finds the option's fee worth it."""
        offers = self._offers
        return float(self._level * (1.0 + offers.per_euro) ** -(self._fee[option] - offers.usual_fee[option]))

    def _open(self, day: int) -> None:
        """Another day: business days are counted from it."""
        if day != self._day:
            self._day = day
            self._lost.clear()
            self._buy.clear()

    def _days(self, promised_day: int) -> int:
        return self._business_days.between(self._day, promised_day)

    def _worse(self, option: int, promised_day: int) -> float:
        """Logit that an offer made today has lost against the usual one."""
        offers = self._offers
        fee = self._fee[option] - offers.usual_fee[option]
        days = self._days(promised_day) - offers.usual_days[option]
        return float(offers.fee_weight * (fee + offers.day_value * days))


def _logits(world: World, channel: int, near: bool) -> list[float | None]:
    """Logarithm of each option's share at the usual offers; None where nobody takes it.

    Who has no store within reach takes the most usual home option instead of collecting, as in the demand drawn.
    """
    shares = np.array(world.demand.channel_options.get(channel, world.demand.option_shares), float)
    collect = np.array([option.collect for option in world.options])
    if not near:
        usual = int(np.argmax(np.where(collect, -1.0, shares)))
        shares[usual] += shares[collect].sum()
        shares = np.where(collect, 0.0, shares)
    total = shares.sum()
    return [log(share / total) if share > 0 else None for share in shares.tolist()]
