"""What a contact point shows is a third number: its own nodes, less what it keeps back, as of its last feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import audits
import numpy as np
import pytest
from busy_towns import TOWNS, busy, careless
from towns import three_stores

from orchestrion.domain.codes import Channel, EventKind, Outcome, Reason, Scope
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import World
from orchestrion.kpis import measure
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation.shop import Shop
from orchestrion.streams import Streams
from orchestrion.testing.town import COLLECT
from orchestrion.units import DAY, HOUR, MINUTE

AT_ONCE = Feed()
WEB, MARKETPLACE = int(Channel.WEB), int(Channel.MARKETPLACE)


def matrix(
    web: Sequence[int], other: Sequence[int] | None = None, feed: Feed = AT_ONCE, others: Feed = AT_ONCE
) -> Visibility:
    """Web and app in the first row, tablet and marketplace in the second; the product pages show what the web shows."""
    rows = np.array([web, web if other is None else other, web], np.int32)
    return Visibility(row=(0, 0, 0, 1, 1), page=2, held_back=rows, feeds=(feed, others, feed))


def seeing(world: World, rules: Visibility) -> World:
    """The world with the matrix, its nodes knowing whether the web sees them."""
    seen = rules.seen[0].tolist()
    nodes = tuple(replace(node, web_visible=yes) for node, yes in zip(world.nodes, seen, strict=True))
    return replace(world, visibility=rules, nodes=nodes)


def opened(rules: Visibility, **changes: object) -> Shop:
    return Shop(seeing(three_stores(**changes), rules), make_policy("nearest"), Streams(1, 0))  # type: ignore[arg-type]


@pytest.mark.parametrize("town", ["busy", "pooled", "storeless_web", "choosy"])
def test_one_row_for_everybody_at_once_changes_nothing_but_what_is_written_of_hidden_units(town: str) -> None:
    plain = TOWNS[town]()
    sees = [0 if node.web_visible else -1 for node in plain.nodes]
    usual, same = audits.run(plain), audits.run(seeing(plain, matrix(sees)))
    for name, table in usual.tables.items():
        other = same[name]
        kept = np.isin(other["scope"], (Scope.HIDDEN, Scope.PHANTOM), invert=True) if name == "spells" else ...
        assert all(table[column].tolist() == other[column][kept].tolist() for column in table), name
    assert Scope.PHANTOM not in same["spells"]["scope"]  # right records, shown at once


@pytest.mark.parametrize("feed", [AT_ONCE, Feed(0, 600), Feed(HOUR, 0), Feed(DAY, 2 * HOUR)], ids=str)
@pytest.mark.parametrize("town", ["busy", "careless", "doubtful"])
def test_every_identity_holds_whatever_is_shown(town: str, feed: Feed) -> None:
    world = seeing(TOWNS[town](), matrix([0, 1, 2, -1], [0, -1, 0, 1], feed, Feed(15 * MINUTE, 60)))
    audits.audit(world, audits.run(world, seed=3))


def test_a_contact_point_shows_its_nodes_less_what_it_keeps_back_there() -> None:
    shop = opened(matrix([0, 2, 2, -1], [-1, 4, -1, -1]))  # 50 in the warehouse, 5 in each store
    published = shop.published
    assert published is not None
    assert published.shows(WEB, 0, 56, -1)
    assert not published.shows(WEB, 0, 57, -1)
    assert published.shows(MARKETPLACE, 0, 1, -1)
    assert not published.shows(MARKETPLACE, 0, 2, -1)
    assert [published.page(0, node) for node in range(4)] == [50, 3, 3, 0]
    shop.stock.reserve(5, 0, 1, 2, 9)
    assert not published.shows(MARKETPLACE, 0, 1, -1)  # three are left, four are kept back
    assert published.shows(WEB, 0, 54, -1)
    assert not published.shows(WEB, 0, 55, -1)


def test_an_order_is_served_from_the_nodes_that_its_contact_point_sees() -> None:
    wishes = [(10 * HOUR + n, channel, 0, 0, -1, [(0, 1)]) for n, channel in enumerate([WEB, MARKETPLACE] * 5)]
    world = seeing(three_stores(wishes=wishes), matrix([0, -1, -1, -1], [-1, -1, -1, 0]))
    facts = audits.run(world)
    channel = dict(zip(facts["orders"]["order"].tolist(), facts["orders"]["channel"].tolist(), strict=True))
    nodes = {(channel[o], n) for o, n in audits.records(facts["decisions"], "order", "node")}
    assert nodes == {(WEB, 0), (MARKETPLACE, 3)}


def test_a_nightly_feed_hides_until_midnight_what_arrives_in_the_morning() -> None:
    world = seeing(
        busy(stock=[[0, 0, 0, 0]] * 3, online_per_day=0.0, walk_ins=0.0,
             replenishment={"supplier_weekday": 0, "supplier_lead_days": (2, 2)}),
        matrix([0, 0, 0, 0], feed=Feed(DAY, 0)),
    )  # fmt: skip
    spells = audits.run(world)["spells"]
    hidden = spells["scope"] == Scope.HIDDEN
    first = spells["from_t"][hidden].min()
    assert first % DAY == 6 * HOUR
    assert spells["to_t"][hidden].min() == (first // DAY + 1) * DAY


def test_who_orders_what_a_late_feed_still_shows_waits_and_is_cancelled_with_that_reason() -> None:
    wishes = [(10 * HOUR + n, WEB, 0, 0, -1, [(0, 1)]) for n in range(3)]
    world = seeing(three_stores(stock=[[1, 0, 0, 0]], wishes=wishes), matrix([0] * 4, feed=Feed(DAY, 0)))
    facts = audits.run(world)
    assert facts["requests"]["outcome"].tolist() == [Outcome.SERVED, Outcome.CANCELLED, Outcome.CANCELLED]
    assert facts["requests"]["reason"].tolist() == [-1, Reason.PHANTOM, Reason.PHANTOM]
    assert (facts["events"]["kind"] == EventKind.HELD).sum() == 2
    kind, t = facts["events"]["kind"], facts["events"]["t"]
    assert t[kind == EventKind.CANCELLED].min() - t[kind == EventKind.HELD].max() > world.sourcing.hold_s


def test_a_store_page_that_is_late_promises_two_hours_for_what_was_sold_meanwhile() -> None:
    wish = (11 * HOUR, WEB, 0, COLLECT, 1, [(0, 1)])
    stock = [[50, 1, 5, 5]]
    promised = []
    for feed in (AT_ONCE, Feed(DAY, 0)):
        shop = opened(matrix([0] * 4, feed=feed), stock=stock, wishes=[wish])
        shop.stock.sell(0, 0, 1, 1, 99)  # the store's only one, after the last feed
        shop.run()
        promised.append(int(shop.ledger.table("orders")["promised_t"][0]))
    assert promised[1] == 13 * HOUR < promised[0]


def test_kept_back_units_make_fewer_phantoms_and_hide_more() -> None:
    hidden, phantom = [], []
    for back in (0, 1, 3):
        facts = audits.run(seeing(careless(), matrix([back] * 4, feed=Feed(6 * HOUR, 0))), seed=3)
        table = measure(facts, ("all",), ["hidden_rate", "phantom_rate"])
        for rate, key in ((hidden, "hidden_rate"), (phantom, "phantom_rate")):
            rate.append(float(table["value"][list(table["kpi"]).index(key)]))
    assert hidden[0] < hidden[1] < hidden[2]
    assert phantom[0] > phantom[1] > phantom[2]
