"""KPIs on ledgers of a few rows, whose numbers can be checked in the head."""

from __future__ import annotations

import math

import numpy as np
import pytest
from ledgers import facts

from orchestrion.domain.codes import Channel, Component, EventKind, Leg, Outcome, Reason, Scope
from orchestrion.domain.facts import Facts
from orchestrion.kpis import measure
from orchestrion.units import DAY, HOUR

EUR = 1_000_000
PICKED, SHORT, CANCELLED = int(EventKind.PICKED), int(EventKind.SHORT), int(EventKind.CANCELLED)


def value(made: Facts, key: str) -> float:
    """One KPI over everything measured."""
    return float(measure(made, ("all",), [key])["value"][0])


def groups(made: Facts, key: str, grouping: str) -> dict[int, float]:
    """One KPI by group."""
    table = measure(made, (grouping,), [key])
    return dict(zip(table["group"].tolist(), table["value"].tolist(), strict=True))


def order(id: int, t: int = 0, promised_t: int = DAY, **more: int) -> dict[str, int]:
    return {"order": id, "t": t, "promised_t": promised_t, "option": 0, "zone": 0, "channel": 0} | more


def sent(id: int, order: int, received_t: int, node: int = 0, units: int = 1, **more: int) -> dict[str, int]:
    return {
        "shipment": id, "order": order, "node": node, "units": units, "parcels": 1, "picked_t": 1,
        "received_t": received_t, "service": 0,
    } | more  # fmt: skip


def cancelled(order: int, line: int = 0, qty: int = 1, reason: int = Reason.NO_STOCK) -> dict[str, int]:
    return {"kind": CANCELLED, "order": order, "line": line, "qty": qty, "reason": reason}


# ---------------------------------------------------------------- stockouts


def out(sku: int, from_t: int, to_t: int, scope: int = Scope.WEB, node: int = -1) -> dict[str, int]:
    return {"scope": scope, "sku": sku, "node": node, "from_t": from_t, "to_t": to_t}


def test_one_of_six_web_skus_out_half_the_time_is_a_twelfth() -> None:
    made = facts(spells=[out(0, DAY, 2 * DAY)])
    assert value(made, "stockout_rate") == 1 / 12


def test_a_spell_counts_only_inside_the_measured_time() -> None:
    made = facts(warm_up_s=DAY, horizon_s=3 * DAY, spells=[out(0, 0, 2 * DAY), out(1, 2 * DAY, 4 * DAY)])
    assert value(made, "stockout_rate") == 1 / 6
    assert groups(made, "stockout_rate", "day") == {1: 1 / 6, 2: 1 / 6}


def test_a_spell_is_cut_at_midnight() -> None:
    made = facts(spells=[out(0, DAY - 6 * HOUR, DAY + 12 * HOUR)])
    assert groups(made, "stockout_rate", "day") == {0: 0.25 / 6, 1: 0.5 / 6}


def test_an_open_spell_lasts_to_the_end() -> None:
    assert value(facts(spells=[out(0, DAY, -1)]), "stockout_rate") == 1 / 12


def test_a_sku_the_web_does_not_sell_is_never_out_of_stock_there() -> None:
    assert value(facts(spells=[out(2, 0, 2 * DAY)]), "stockout_rate") == 0.0


def test_a_warehouse_has_no_shelf() -> None:
    made = facts(spells=[out(0, 0, DAY, Scope.SHELF, node=2), out(0, 0, DAY, Scope.SHELF, node=0)])
    assert value(made, "shelf_stockout_rate") == 0.5 / 8  # 5 + 3 SKUs on the stores' shelves
    assert groups(made, "shelf_stockout_rate", "node") == {2: 0.1, 3: 0.0}


def wish(t: int, outcome: int, euros: int = 10, **more: int) -> dict[str, int]:
    row = {"t": t, "channel": Channel.WEB, "sku": 0, "qty": 1, "value": euros * EUR, "outcome": outcome, "zone": 0}
    return row | more


def test_who_takes_the_last_unit_did_not_ask_in_vain_who_comes_a_second_later_did() -> None:
    made = facts(
        spells=[out(0, 100, 200)],
        requests=[
            wish(100, Outcome.SERVED),
            wish(101, Outcome.LOST, reason=Reason.UNAVAILABLE),
            wish(199, Outcome.SERVED_LATER),
            wish(200, Outcome.SERVED),
        ],
    )
    assert value(made, "demand_stockout_rate") == 0.5


# ---------------------------------------------------------------- lost sales


def test_lost_sales_are_told_apart_from_moved_and_companion_ones() -> None:
    made = facts(
        requests=[
            wish(0, Outcome.SERVED, 40),
            wish(1, Outcome.LOST, 10, reason=Reason.UNAVAILABLE),
            wish(2, Outcome.CANCELLED, 5, reason=Reason.TOO_MANY_HOPS),
            wish(3, Outcome.LOST, 15, reason=Reason.COMPANION),
            wish(4, Outcome.MOVED_TO_STORE, 20),
            wish(5, Outcome.WAITING, 10),
            wish(6, Outcome.LOST, 25, channel=Channel.WALK_IN, reason=Reason.SHELF_EMPTY, node=2),
            wish(7, Outcome.SERVED, 75, channel=Channel.WALK_IN, node=2),
        ]
    )
    assert value(made, "lost_sales_share") == 0.15
    assert groups(made, "lost_sales_share", "reason") == {Reason.UNAVAILABLE: 0.10, Reason.TOO_MANY_HOPS: 0.05}
    assert value(made, "moved_to_store_share") == 0.20
    assert value(made, "companion_lost_share") == 0.15
    assert value(made, "walk_in_lost_share") == 0.25
    assert value(made, "walk_in_lost_eur") == 25
    assert value(made, "lost_sales_units") == 4
    assert value(made, "lost_sales_eur") == 55
    assert value(made, "revenue_lost_share") == 55 / 200


def test_requests_outside_the_measured_time_are_not_counted() -> None:
    lost = {"reason": int(Reason.UNAVAILABLE)}
    made = facts(
        warm_up_s=100, horizon_s=200,
        requests=[wish(t, Outcome.LOST, **lost) for t in (99, 100, 199, 200)],
    )  # fmt: skip
    assert value(made, "lost_sales_units") == 2


# ---------------------------------------------------------------- promises, times, fill

FIVE_ORDERS = facts(
    orders=[order(i) for i in range(5)],
    lines=[{"order": i, "line": 0, "sku": 0, "qty": 2, "price": 12 * EUR} for i in range(5)],
    shipments=[
        sent(0, 0, received_t=DAY, units=2),  # order 0: received in the very second promised
        sent(1, 1, received_t=HOUR),  # order 1: the first parcel early,
        sent(2, 1, received_t=DAY + HOUR),  # the last one late
        sent(3, 2, received_t=HOUR),  # order 2: one unit received, the other cancelled
        sent(4, 3, received_t=HOUR),  # order 3: one unit received, the other still to come
        sent(5, 3, received_t=-1),
        sent(6, 4, received_t=-1, units=0),  # order 4: nothing found, cancelled in full
    ],
    events=[
        {"kind": PICKED, "order": 0, "line": 0, "shipment": 0, "qty": 2},
        *(
            {"kind": PICKED, "order": o, "line": 0, "shipment": s, "qty": 1}
            for s, o in ((1, 1), (2, 1), (3, 2), (4, 3))
        ),
        {"kind": PICKED, "order": 3, "line": 0, "shipment": 5, "qty": 1},
        cancelled(2),
        cancelled(4, qty=2, reason=Reason.TOO_MANY_HOPS),
    ],
)


def test_a_promise_is_kept_by_the_last_parcel_and_an_open_order_keeps_none() -> None:
    assert value(FIVE_ORDERS, "promises_kept") == 2 / 4  # orders 0 and 2 of 0-3


def test_in_full_means_that_nothing_was_cancelled() -> None:
    assert value(FIVE_ORDERS, "otif") == 1 / 5
    assert value(FIVE_ORDERS, "order_fill_rate") == 2 / 5
    assert value(FIVE_ORDERS, "line_fill_rate") == 2 / 5
    assert value(FIVE_ORDERS, "unit_fill_rate") == 6 / 10


def test_delivery_time_runs_to_the_last_parcel_of_complete_orders() -> None:
    assert value(FIVE_ORDERS, "delivery_time_days") == pytest.approx((24 + 25 + 1) / 3 / 24)
    assert value(FIVE_ORDERS, "delivery_time_p50") == 1.0


def test_an_order_is_split_by_shipments_sent_not_by_those_found_empty() -> None:
    assert value(FIVE_ORDERS, "split_rate") == 2 / 4
    assert value(FIVE_ORDERS, "parcels_per_order") == 6 / 4


def test_a_cancellation_goes_by_its_first_reason() -> None:
    assert value(FIVE_ORDERS, "cancellation_rate") == 2 / 5
    assert groups(FIVE_ORDERS, "cancellation_rate", "reason") == {Reason.NO_STOCK: 0.2, Reason.TOO_MANY_HOPS: 0.2}


def test_what_happens_to_a_measured_order_in_the_run_off_counts() -> None:
    made = facts(
        horizon_s=DAY,
        orders=[order(0, t=DAY - 1), order(1, t=DAY)],
        lines=[{"order": i, "line": 0, "sku": 0, "qty": 1, "price": EUR} for i in (0, 1)],
        shipments=[sent(0, 0, received_t=3 * DAY - 1), sent(1, 1, received_t=3 * DAY)],
    )
    assert value(made, "delivery_time_days") == 2.0
    assert value(made, "orders") == 1


def test_a_collect_order_is_ready_not_delivered() -> None:
    made = facts(
        orders=[order(0, collect_at=3)],
        lines=[{"order": 0, "line": 0, "sku": 0, "qty": 1, "price": EUR}],
        shipments=[sent(0, 0, received_t=2 * HOUR, node=1)],
    )
    assert value(made, "ready_time_hours") == 2.0
    assert groups(made, "ready_time_hours", "node") == {3: 2.0}
    assert math.isnan(value(made, "delivery_time_days"))


# ---------------------------------------------------------------- euros and CO2e


def cost(component: Component, euros: float, t: int = 0, order: int = -1, node: int = -1) -> dict[str, int]:
    return {"t": t, "order": order, "component": component, "amount": round(euros * EUR), "node": node}


def test_a_cost_follows_its_order_and_one_without_order_its_own_moment() -> None:
    made = facts(
        warm_up_s=DAY, horizon_s=2 * DAY,
        orders=[order(0, t=DAY - 1), order(1, t=DAY)],
        shipments=[sent(0, 0, received_t=DAY), sent(1, 1, received_t=DAY)],
        costs=[
            cost(Component.PICKING, 8, t=DAY + 5, order=0),  # placed in the warm-up: not measured
            cost(Component.PICKING, 3, t=3 * DAY, order=1),  # paid in the run-off: measured
            cost(Component.FEE, -1, t=DAY, order=1),
            cost(Component.HOLDING, 7, t=DAY),
            cost(Component.HOLDING, 70, t=2 * DAY),
        ],
    )  # fmt: skip
    assert value(made, "cost_to_serve") == 2.0
    assert value(made, "stock_costs") == 7.0


def test_cost_to_serve_by_component_adds_up_to_the_whole() -> None:
    made = facts(
        orders=[order(0), order(1), order(2)],
        shipments=[sent(0, 0, received_t=9), sent(1, 1, received_t=9)],
        costs=[
            cost(Component.CARRIAGE, 5, order=0),
            cost(Component.CARRIAGE, 7, order=1),
            cost(Component.CARE, 2, order=2),  # an order never shipped still costs
        ],
    )
    assert value(made, "cost_to_serve") == 7.0
    assert groups(made, "cost_to_serve", "component") == {Component.CARRIAGE: 6.0, Component.CARE: 1.0}


def test_the_customers_trip_can_be_left_out() -> None:
    kilo = 1_000_000
    made = facts(
        orders=[order(0)],
        shipments=[sent(0, 0, received_t=9)],
        emissions=[
            {"t": 1, "order": 0, "leg": Leg.LINE_HAUL, "amount": kilo},
            {"t": 1, "order": 0, "leg": Leg.CUSTOMER_TRIP, "amount": 2 * kilo},
        ],
    )
    assert value(made, "co2e_per_order") == 3.0
    assert value(made, "co2e_per_order_no_trip") == 1.0
    assert groups(made, "co2e_per_order", "leg") == {Leg.LINE_HAUL: 1.0, Leg.CUSTOMER_TRIP: 2.0}


def test_contribution_is_what_the_whole_house_keeps() -> None:
    made = facts(
        orders=[order(0, revenue=100 * EUR, goods=40 * EUR)],
        lines=[{"order": 0, "line": 0, "sku": 1, "qty": 5, "price": 24 * EUR}],  # SKU 1 is bought at 8 EUR
        shipments=[sent(0, 0, received_t=9, node=1, units=4)],
        events=[
            cancelled(0),  # one of the five units: 20 EUR without VAT
            {"kind": PICKED, "order": 0, "line": 0, "shipment": 0, "node": 1, "qty": 4},
        ],
        requests=[
            wish(1, Outcome.SERVED, 120, channel=Channel.WEB, order=0),  # in the order, not twice
            wish(2, Outcome.SERVED, 24, sku=1, channel=Channel.WALK_IN, node=2, served_at=2, order=-1),
            wish(3, Outcome.MOVED_TO_OTHER_STORE, 24, sku=1, channel=Channel.WALK_IN, node=2, served_at=3, order=-1),
            wish(4, Outcome.MOVED_TO_STORE, 24, sku=1, served_at=3, order=-1),
            wish(5, Outcome.MOVED_TO_WEB, 24, sku=1, channel=Channel.WALK_IN, node=2, order=0),
            wish(6, Outcome.LOST, 24, sku=1, channel=Channel.WALK_IN, node=2, order=-1),
        ],
        costs=[
            cost(Component.CARRIAGE, 6, order=0, node=1),
            cost(Component.FEE, -3, order=0),
            cost(Component.WRITE_DOWN, 5, node=2),
        ],
    )
    assert value(made, "revenue") == pytest.approx(100 - 20 + 3 * 20, abs=1e-9)
    assert value(made, "goods") == 40 - 8 + 3 * 8
    assert value(made, "contribution") == pytest.approx(140 - 56 - 3 - 5, abs=1e-9)
    by_node = groups(made, "contribution", "node")
    assert by_node == pytest.approx({1: 80 - 32 - 3, 2: 12 - 5, 3: 24})


# ---------------------------------------------------------------- flow and work


def test_a_line_found_in_part_is_one_look_and_short() -> None:
    made = facts(
        orders=[order(0)],
        lines=[{"order": 0, "line": i, "sku": 0, "qty": 2, "price": EUR} for i in range(2)],
        shipments=[sent(0, 0, received_t=9)],
        events=[
            {"kind": PICKED, "order": 0, "line": 0, "shipment": 0, "qty": 1, "node": 3},
            {"kind": SHORT, "order": 0, "line": 0, "shipment": 0, "qty": 1, "node": 3},
            {"kind": PICKED, "order": 0, "line": 1, "shipment": 0, "qty": 2, "node": 3},
        ],
    )
    assert value(made, "short_pick_rate") == 0.5
    assert groups(made, "short_pick_rate", "node") == {3: 0.5}


def shift(node: int, busy_s: int, queue: int = 0, day: int = 0) -> dict[str, int]:
    return {
        "node": node, "from_t": day * DAY, "to_t": (day + 1) * DAY, "staffed_s": 8 * HOUR, "busy_s": busy_s,
        "queue": queue,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("hours", "gini"),
    [((4, 4, 4), 0.0), ((6, 0, 0), 2 / 3), ((1, 2, 3), 2 / 9)],
)
def test_the_gini_of_three_stores(hours: tuple[int, int, int], gini: float) -> None:
    warehouse = shift(0, 8 * HOUR)  # is no store
    made = facts(work=[warehouse, *(shift(2 + i, h * HOUR) for i, h in enumerate(hours) if h)])
    assert value(made, "workload_gini") == pytest.approx(gini)
    assert value(made, "store_hours") == sum(hours)


def test_the_queue_is_read_between_neighbours() -> None:
    made = facts(horizon_s=4 * DAY, work=[shift(2, 0, queue=10 * d, day=d) for d in range(4)])
    assert value(made, "queue_p90") == pytest.approx(27.0)
    assert groups(made, "queue_p90", "day") == {0: 0.0, 1: 10.0, 2: 20.0, 3: 30.0}


def test_a_quiet_day_has_a_row_all_the_same() -> None:
    made = facts(orders=[order(0, t=DAY)])
    assert groups(made, "orders", "day") == {0: 0.0, 1: 1.0}
    rates = groups(made, "otif", "day")
    assert math.isnan(rates[0])
    assert rates[1] == 0.0


def test_sums_are_exact_beyond_the_whole_numbers_of_a_float() -> None:
    big = 2**53 + 1
    made = facts(costs=[cost(Component.HOLDING, 0) | {"amount": big, "node": 0} for _ in range(3)])
    table = measure(made, ("node",), ["stock_costs"])
    np.testing.assert_array_equal(table["numerator"], [3 * big / 1_000_000])
