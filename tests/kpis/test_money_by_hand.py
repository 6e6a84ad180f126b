"""Money on ledgers of a few rows: whose sale it is, what comes back, when it is paid, what lies in stock."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ledgers import agreed, facts
from test_by_hand import EUR, PICKED, cancelled, cost, groups, order, sent, value, wish

from orchestrion.domain.codes import Channel, Component, Outcome, Reason, StockKind
from orchestrion.domain.facts import Facts
from orchestrion.kpis.cash import month_end
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY, PPM


def with_dims(made: Facts, **changed: Any) -> Facts:
    """The same facts with other dimension tables, column by column."""
    dims = dict(made.dims)
    for name, columns in changed.items():
        dims[name] = {**dims.get(name, {}), **columns}
    return Facts(made.tables, dims, made.warm_up_s, made.horizon_s, made.end_s)


def picked(order: int, shipment: int, node: int, qty: int = 1, line: int = 0) -> dict[str, int]:
    return {"kind": PICKED, "order": order, "line": line, "shipment": shipment, "node": node, "qty": qty}


# One order of three units at 24 EUR (20 without VAT; bought at 8): two picked by store 2, one by the franchise 4,
# collected in store 3.
SPLIT: dict[str, Any] = {
    "orders": [order(0, revenue=60 * EUR, goods=24 * EUR, collect_at=3)],
    "lines": [{"order": 0, "line": 0, "sku": 1, "qty": 3, "price": 24 * EUR}],
    "shipments": [sent(0, 0, 9, node=2, units=2), sent(1, 0, 9, node=4)],
    "events": [picked(0, 0, 2, 2), picked(0, 1, 4)],
}


def split(**terms: int) -> Facts:
    return with_dims(facts(**SPLIT), terms=agreed(**terms))


def test_a_sale_belongs_to_the_node_that_picked_the_unit_unless_agreed_otherwise() -> None:
    assert groups(facts(**SPLIT), "revenue", "node") == {2: 40.0, 4: 20.0}
    assert groups(facts(**SPLIT), "goods", "node") == {2: 16.0, 4: 8.0}


def test_a_sale_may_belong_to_the_channel_to_the_collection_store_or_be_shared() -> None:
    channel = split(credit_ordering=PPM, credit_shipping=0)
    assert groups(channel, "revenue", "node") == {}
    assert value(channel, "revenue") == 60
    assert groups(split(credit_collection=PPM, credit_shipping=0), "revenue", "node") == {3: 60.0}
    shared = split(credit_ordering=500_000, credit_shipping=300_000, credit_collection=200_000)
    assert groups(shared, "revenue", "node") == {2: 12.0, 3: 12.0, 4: 6.0}
    assert value(shared, "revenue") == 60


def test_an_order_from_a_sellers_tablet_belongs_to_the_store_where_the_seller_stands() -> None:
    rows = SPLIT | {
        "orders": [order(0, revenue=60 * EUR, goods=24 * EUR, channel=Channel.STORE)],
        "requests": [wish(0, Outcome.SERVED, request=0, order=0, node=2, channel=Channel.STORE)],
    }
    made = with_dims(facts(**rows), terms=agreed(credit_ordering=PPM, credit_shipping=0))
    assert groups(made, "revenue", "node") == {2: 60.0}


def test_a_franchised_store_is_paid_a_commission_by_the_online_account_and_not_credited() -> None:
    made = with_dims(
        split(franchise_commission=200_000, credit_shipping=PPM),
        nodes={"franchised": np.array([False, False, False, False, True])},
    )
    assert groups(made, "revenue", "node") == {2: 40.0}
    assert groups(made, "commission", "node") == {4: -4.0}
    assert value(made, "commission") == 0
    assert groups(made, "contribution", "node") == {2: 24.0, 4: 4.0}
    assert value(made, "contribution") == 36


def test_a_marketplace_keeps_its_share_of_what_is_not_given_back() -> None:
    rows = SPLIT | {
        "orders": [order(0, revenue=60 * EUR, goods=24 * EUR, channel=Channel.MARKETPLACE)],
        "events": [*SPLIT["events"][:1], cancelled(0)],
        "returns": [came_back(refund=20)],
    }
    made = with_dims(facts(**rows), terms=agreed(marketplace_commission=150_000))
    assert value(made, "commission") == pytest.approx(0.15 * 20)


def came_back(refund: int, reason: int = Reason.RETURNED, **more: int) -> dict[str, int]:
    row = {"order": 0, "line": 0, "shipment": 0, "node": 3, "sku": 1, "qty": 1, "reason": reason, "t": DAY}
    return row | {"refund": refund * EUR, "disposition": 0, "sent_t": 100} | more


def test_a_return_undoes_the_sale_where_it_was_credited_whatever_becomes_of_the_unit() -> None:
    made = facts(**SPLIT, returns=[came_back(20)])
    assert value(made, "revenue") == 40
    assert value(made, "goods") == 16
    assert value(made, "refunds") == 20
    assert groups(made, "revenue", "node") == {2: 20.0, 4: 20.0}
    scrap = facts(**SPLIT, returns=[came_back(20)], costs=[cost(Component.RETURN_WRITE_OFF, 8, order=0, node=3)])
    assert value(made, "contribution") == 24
    assert value(scrap, "contribution") == 16  # the unit is gone: 40 taken, 24 paid for three units


def test_the_return_rate_counts_what_customers_gave_back_not_what_never_reached_them() -> None:
    made = facts(**SPLIT, returns=[came_back(20), came_back(20, Reason.UNDELIVERED)])
    assert value(made, "return_rate") == pytest.approx(1 / 3)
    assert value(made, "refunds") == 40


def test_returns_still_expected_are_taken_off_the_sales_and_their_costs_are_accrued() -> None:
    due = {"order": 0, "line": 0, "shipment": 0, "node": 3, "sku": 1, "reason": Reason.RETURNED, "units_ppm": 250_000}
    accrued = {
        "accruals": [
            cost(Component.RETURN_CARRIAGE, 3, order=0, node=3, t=3 * DAY),
            cost(Component.RETURN_WRITE_OFF, 1, order=0, node=3, t=3 * DAY),
        ]
    }
    made = facts(horizon_s=DAY, end_s=3 * DAY, **SPLIT, returns_due=[due], **accrued)
    assert value(made, "returns_expected") == 5  # a quarter of a unit at 20
    assert value(made, "revenue") == 55
    assert value(made, "goods") == 22
    assert value(made, "returns_expected_cost") == 4
    assert groups(made, "returns_expected_cost", "component") == {
        int(Component.RETURN_CARRIAGE): 3.0,
        int(Component.RETURN_WRITE_OFF): 1.0,
    }
    assert value(made, "cost_to_serve_total") == 4
    assert value(made, "contribution") == 55 - 22 - 4
    assert groups(made, "contribution", "node") == {2: 21.0, 3: -4.0, 4: 12.0}
    # refunds and carriers are paid at the end; what is worn is no payment
    assert cash(with_dims(made, terms=agreed(refund_days=2, carrier_days=30))) == {0: 60.0, 5: -5.0, 33: -3.0}


def test_lost_margin_stands_beside_the_contribution() -> None:
    made = facts(requests=[wish(0, Outcome.LOST, 24, sku=1, reason=Reason.UNAVAILABLE)])
    assert value(made, "lost_margin") == 20 - 8
    assert value(made, "contribution") == 0


def test_a_split_costs_what_its_second_shipment_cost() -> None:
    made = facts(
        **SPLIT,
        costs=[
            *(cost(Component.CARRIAGE, 5 + i, order=0, node=2 + 2 * i) | {"shipment": i} for i in (0, 1)),
            cost(Component.PACKAGING, 1, order=0, node=4) | {"shipment": 1},
            cost(Component.PICKING, 3, order=0, node=4) | {"shipment": 1},  # getting started costs 4.50 at node 4
        ],
    )
    assert value(made, "split_cost") == 6 + 1 + 4.5


# ---------------------------------------------------------------- cash


def cash(made: Facts) -> dict[int, float]:
    """Euros by day, days without any left out."""
    moves = Reading(made).cash.moves
    days = {int(day): 0 for day in moves.day}
    for day, amount in zip(moves.day.tolist(), moves.amount.tolist(), strict=True):
        days[day] += amount
    return {day: amount / EUR for day, amount in sorted(days.items()) if amount}


LEFT = [sent(0, 0, DAY, node=2, units=2, handed_t=DAY // 2), sent(1, 0, 3 * DAY, node=4, handed_t=2 * DAY)]


def test_customers_are_charged_with_the_order_or_as_each_parcel_leaves() -> None:
    rows = SPLIT | {"shipments": LEFT, "costs": [cost(Component.FEE, -3, order=0)]}
    assert cash(with_dims(facts(**rows), terms=agreed(online_days=2))) == {2: 63.0}
    later = agreed(online_days=1, capture_at_hand_over=1)
    assert cash(with_dims(facts(**rows), terms=later)) == {1: 40.0, 3: 23.0}  # the fee with the last


def test_a_marketplace_pays_after_hand_over_and_less_its_share() -> None:
    rows = SPLIT | {
        "shipments": LEFT,
        "orders": [order(0, revenue=60 * EUR, goods=24 * EUR, channel=Channel.MARKETPLACE)],
    }
    terms = agreed(marketplace_days=14, marketplace_commission=100_000)
    assert cash(with_dims(facts(**rows), terms=terms)) == {14: 40.0, 16: 14.0}


def test_everybody_is_paid_by_their_own_terms() -> None:
    made = facts(
        costs=[
            cost(Component.CARRIAGE, 1), cost(Component.REPLENISHMENT, 1), cost(Component.PICKING, 2),
            cost(Component.COUNTING, 2), cost(Component.PACKAGING, 4), cost(Component.CARE, 4),
            cost(Component.HOLDING, 100), cost(Component.WRITE_DOWN, 100), cost(Component.WRITE_OFF, 3),
            cost(Component.RETURN_WRITE_OFF, 100),
        ],
        stock=[
            {"t": 0, "kind": StockKind.OPENING, "sku": 0, "node": 0, "d_physical": 10},  # bought at 4
            {"t": DAY, "kind": StockKind.RECEIVED, "sku": 0, "node": 0, "d_physical": 5, "ref": -1},
            {"t": DAY, "kind": StockKind.RECEIVED, "sku": 0, "node": 2, "d_physical": 5, "ref": 0, "d_on_order": -5},
            # of a unit bought at 4 the supplier takes back, 3 are lost
            {"t": 0, "kind": StockKind.SENT_BACK, "sku": 0, "node": 0, "d_physical": -1},
        ],
    )  # fmt: skip
    first = np.datetime64("2024-11-25").astype("datetime64[D]").astype(int) + 719_163
    terms = agreed(
        start=int(first), carrier_days=30, wages_month_end=1, other_days=10, supplier_days=6, supplier_month_end=1,
        opening_paid=750_000,
    )  # fmt: skip
    # November ends on day 5; the delivery of day 1 falls due on day 7, in December, which ends on day 36
    assert cash(with_dims(made, terms=terms)) == {0: -30.0, 5: -4.0, 10: -8.0, 30: -2.0, 36: -20.0 - 10.0 + 1.0}


def test_the_ends_of_months() -> None:
    start = np.datetime64("2023-12-30").astype("datetime64[D]").astype(int) + 719_163
    assert month_end(np.array([0, 1, 2, 33, 62]), int(start)).tolist() == [1, 1, 32, 61, 92]


def test_the_peak_is_the_deepest_the_purse_ever_is() -> None:
    made = with_dims(
        facts(
            requests=[
                wish(0, Outcome.SERVED, 12, channel=Channel.WALK_IN, node=2, served_at=2, order=-1, resolved_t=0),
                wish(DAY, Outcome.SERVED, 60, channel=Channel.WALK_IN, node=2, served_at=2, order=-1, resolved_t=DAY),
            ],
            stock=[{"t": 1, "kind": StockKind.RECEIVED, "sku": 0, "node": 0, "d_physical": 10, "ref": -1}],
        ),
        terms=agreed(),
    )
    assert value(made, "peak_cash_need") == 30  # 10 taken and 40 paid on the first day
    assert groups(made, "peak_cash_need", "day") == {0: 30.0, 1: 0.0}
    assert groups(made, "cash_generated", "day") == {0: -30.0, 1: 20.0}
    assert value(made, "cash_generated") == 20


# ---------------------------------------------------------------- stock


def stock(t: int, kind: StockKind, units: int, node: int = 0, ref: int = -1, coming: int = 0) -> dict[str, int]:
    return {"t": t, "kind": kind, "sku": 0, "node": node, "d_physical": units, "d_on_order": coming, "ref": ref}


def test_working_capital_is_what_lies_there_at_midnight_the_units_on_the_way_included() -> None:
    made = facts(
        stock=[
            stock(0, StockKind.OPENING, 10),  # 40 EUR
            stock(5, StockKind.DISPATCHED, -4, ref=2),
            stock(5, StockKind.ORDERED, 0, node=2, ref=0, coming=4),
            stock(6, StockKind.ORDERED, 0, coming=100),  # from a supplier: not ours yet
            stock(DAY + 5, StockKind.RECEIVED, 4, node=2, ref=0, coming=-4),
            stock(DAY + 9, StockKind.SOLD, -1, node=2),
        ]
    )
    assert groups(made, "working_capital", "day") == {0: 40.0, 1: 36.0}
    assert value(made, "working_capital") == 38
    assert groups(made, "working_capital", "node") == {0: 24.0, 2: 14.0}
    assert value(made, "cash_released") == 4
    assert value(made, "sell_through") == 0.1
    assert groups(made, "sell_through", "node") == {0: 0.0, 2: 0.25}
    assert value(made, "stock_turns") == pytest.approx(4 / 38 * 365 / 2)


def test_a_walk_in_is_lost_to_an_online_order_as_far_as_the_store_had_shipped_the_unit() -> None:
    def empty_shelf(t: int, qty: int = 1) -> dict[str, int]:
        more = {"channel": Channel.WALK_IN, "node": 2, "reason": Reason.SHELF_EMPTY, "qty": qty, "request": t}
        return wish(t, Outcome.LOST, 10 * qty, **more)

    made = facts(
        orders=[order(0)],
        lines=[{"order": 0, "line": 0, "sku": 0, "qty": 9, "price": 10 * EUR}],
        shipments=[sent(0, 0, 9, node=2)],
        events=[picked(0, 0, 2, 3) | {"t": 100}, picked(0, 0, 2) | {"t": 300}],
        requests=[empty_shelf(50), empty_shelf(150, 2), empty_shelf(160, 2), empty_shelf(250), empty_shelf(350)],
        stock=[stock(200, StockKind.RECEIVED, 1, node=2, ref=0)],
    )
    # before anything was shipped: none; then two and the one that is left; after the delivery none; then one
    assert value(made, "walk_in_lost_caused_eur") == 0 + 20 + 10 + 0 + 10
    assert groups(made, "walk_in_lost_caused_eur", "node") == {2: 40.0}
