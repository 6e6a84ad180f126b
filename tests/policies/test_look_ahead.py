"""Rules that spare units for later, against textbook answers: Littlewood, nested classes, dilated rounding, 1 - 1/e."""

from __future__ import annotations

import copy
from math import e, exp, factorial
from typing import Any

import audits
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import linprog
from towns import COLLECT, order, three_stores, town

from orchestrion.domain.codes import Reason
from orchestrion.domain.orders import Order
from orchestrion.domain.world import World
from orchestrion.errors import InputError
from orchestrion.policies.lookahead.bids import Bids
from orchestrion.policies.lookahead.keeping import Keeping
from orchestrion.policies.lookahead.outlook import Outlook
from orchestrion.policies.lookahead.protection import littlewood, poisson_tails
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate
from orchestrion.streams import Streams
from orchestrion.testing import StillView
from orchestrion.units import DAY, MICRO

AHEAD = ["bid_price", "milp_ahead", "protection", "dilated_rounding", "inventory_balancing"]
ONLY_COST = {"eur_per_day_late": 0.0, "eur_per_t_co2e": 0.0}


def start(policy: object, view: Any, seed: int = 1) -> Any:
    made: Any = make_policy(policy)
    return made.start(view, Streams(seed, 0))


# ---- protection: Littlewood's rule and its nested kind ---------------------------------------------------------


def two_shops(stock: tuple[int, int], walk_ins: float, **changes: Any) -> World:
    """Two stores and one SKU: a walk-in who finds nothing costs 100 EUR; a week's delivery, on Mondays."""
    weekly = np.array([[day == 0 for day in range(7)]] * 2)
    return town(
        stock=[list(stock)], node_km=(1, 2), place_km=(0,), warehouses=0, prices=[120.0], costs=[50.0],
        walk_ins=[walk_ins, 0.0], online_per_day=0.0, economics={"vat": 0.2, "salvage_share": 0.0},
        replenishment={"delivery_days": weekly, "source": np.array([1, -1])}, **changes,
    )  # fmt: skip


def dearer_elsewhere(euros: float) -> Any:
    def cost(order: Order, lines: Any, distance: Any) -> Any:
        return np.array([0, round(euros * MICRO)])

    return cost


@pytest.mark.parametrize(("left", "node"), [(20, 0), (19, 1)])
def test_nineteen_units_are_protected_where_littlewood_protects_nineteen(left: int, node: int) -> None:
    # 100 EUR to a walk-in, 20 of whom are expected before the next delivery; 60 EUR saved by an order from the web
    assert littlewood(100, 60, 20) == 19
    world = two_shops((left, 50), walk_ins=20 / 7)
    orders = [order(0, [(0, 1)])]
    view = StillView(world, orders, cost=dearer_elsewhere(60.0))
    decider = start({"name": "protection", **ONLY_COST}, view)
    assert [d.node for d in decider.decide(orders, view).decisions] == [node]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 99), st.floats(0.05, 60.0))
def test_a_unit_leaves_exactly_when_littlewood_has_it_to_spare(saved: int, mean: float) -> None:
    kept = littlewood(100, saved, mean)
    for left in (kept, kept + 1):
        if left == 0:
            continue
        world = two_shops((left, 500), walk_ins=mean / 7)
        orders = [order(0, [(0, 1)])]
        view = StillView(world, orders, cost=dearer_elsewhere(saved))
        chosen = start({"name": "protection", **ONLY_COST}, view).decide(orders, view).decisions[0].node
        assert chosen == (1 if left <= kept else 0)


def test_two_units_pay_for_the_last_and_the_last_but_one() -> None:
    world = two_shops((3, 9), walk_ins=2 / 7)
    keeping = Keeping(StillView(world), DAY, 7.0, web=False)
    tail = {x: 1 - sum(exp(-2) * 2**k / factorial(k) for k in range(x)) for x in (1, 2, 3)}
    assert keeping.worth(0, 1, StillView(world))[0] == pytest.approx(100 * tail[3])
    assert keeping.worth(0, 2, StillView(world))[0] == pytest.approx(100 * (tail[3] + tail[2]))


def test_units_on_their_way_cannot_serve_who_comes_before_them() -> None:
    world = two_shops((3, 9), walk_ins=2 / 7)
    worth = [Keeping(view, DAY, 7.0, web=False).worth(0, 1, view)[0]
             for view in (StillView(world), StillView(world, on_order=[[7, 0]]))]  # fmt: skip
    assert worth[0] == worth[1] > 0.0


def test_an_order_that_only_the_protected_shop_can_serve_is_served() -> None:
    world = two_shops((1, 0), walk_ins=30.0)
    orders = [order(0, [(0, 1)])]
    decider = start("protection", StillView(world, orders))
    assert [d.node for d in decider.decide(orders, StillView(world, orders)).decisions] == [0]


def test_the_nearby_areas_of_the_web_are_customers_too() -> None:
    """Nested classes by hand: walk-ins lose 25 EUR, the area that has no cheaper node what the next one costs."""
    # west at km 0, east at km 400: store 1 at km 1 serves the west, store 2 at km 390 the east
    world = town(
        stock=[[4, 4]], node_km=(1, 390), place_km=(0, 400), warehouses=0, prices=[30.0], costs=[10.0],
        agency_km=(0.0, 400.0),
        walk_ins=[2.0, 0.0], online_per_day=6.0, economics={"vat": 0.2, "salvage_share": 0.0},
    )  # fmt: skip
    view = StillView(world)
    outlook = Outlook(view)
    way = outlook.cost(0, view)
    days = np.full(2, 5.0)  # nobody feeds them: as far as the horizon
    west, east = outlook.web(0, view)
    values = [25.0, way[1, 0] - way[0, 0]]
    means = np.cumsum([2.0 * days[0], west * days[0]])
    first, both = stats.poisson.sf(4 - 1, means)
    expected = values[0] * first + values[1] * (both - first)
    worth = Keeping(view, DAY, 5.0, web=True).worth(0, 1, view)
    assert values[1] > 0.0
    assert worth[0] == pytest.approx(expected)
    assert worth[1] == pytest.approx((way[0, 1] - way[1, 1]) * stats.poisson.sf(3, east * days[1]))
    walk_ins_only = Keeping(view, DAY, 5.0, web=False).worth(0, 1, view)
    assert walk_ins_only.tolist() == pytest.approx([25.0 * stats.poisson.sf(3, 2.0 * days[0]), 0.0])


def test_poisson_tails_are_those_of_scipy() -> None:
    rng = np.random.default_rng(1)
    mean = np.concatenate([rng.uniform(0, 3, 300), rng.uniform(0, 400, 300), [0.0, 0.0]])
    least = np.concatenate([rng.integers(0, 12, 300), rng.poisson(mean[300:600] + 10), [0, 1]])
    assert poisson_tails(mean, least) == pytest.approx(stats.poisson.sf(least - 1, mean), abs=1e-8)
    assert poisson_tails(2000.0, [1900, 2000, 2100]) == pytest.approx(
        stats.poisson.sf([1899, 1999, 2099], 2000.0), abs=0.01
    )


# ---- dilated rounding in the running shop ----------------------------------------------------------------------


class Fixed:
    """Flows by hand: the shares of two SKUs at two nodes."""

    def __init__(self, flows: Any) -> None:
        self._flows = np.asarray(flows, float)

    def observe(self, *_: Any) -> None: ...

    def flows(self, sku: int, view: Any) -> Any:
        return self._flows[sku][:, None]

    def worth(self, sku: int, qty: int, view: Any) -> Any:
        return np.zeros(2)


def drawn(
    flows: Any, count: int, stock: Any = ((9, 9), (9, 9)), skus: tuple[int, int] = (0, 1), of: Reason | None = None
) -> list[tuple[int, ...]]:
    """The nodes of the lines of orders of both SKUs, order by order; only those decided for a reason, if asked."""
    world = town(stock=stock, node_km=(1, 2), place_km=(0,), warehouses=0, agency_km=(0.0,))
    view = StillView(world)
    decider = start("dilated_rounding", view)
    decider._bids = decider._otherwise._prices = Fixed(flows)
    nodes = []
    for id in range(count):
        orders = [order(id, [(sku, 1) for sku in skus])]
        decisions = sorted(decider.decide(orders, StillView(world, orders)).decisions, key=lambda d: d.line.number)
        nodes.append(tuple(d.node for d in decisions if of is None or d.reason == of))
    return nodes


def test_lines_with_crossed_shares_are_split_in_four_orders_of_ten_and_keep_their_shares() -> None:
    nodes = np.array(drawn([[0.7, 0.3], [0.3, 0.7]], 3000))
    assert (nodes[:, 0] != nodes[:, 1]).mean() == pytest.approx(0.4, abs=0.025)  # 2.8 standard errors; independent: .58
    assert (nodes == 0).mean(axis=0).tolist() == pytest.approx([0.7, 0.3], abs=0.025)


def test_lines_with_the_same_shares_always_leave_together() -> None:
    nodes = drawn([[0.5, 0.5], [0.5, 0.5]], 200)
    assert all(a == b for a, b in nodes)
    assert 60 < sum(a for a, _ in nodes) < 140


def test_a_node_without_the_unit_takes_no_part_and_a_line_without_shares_falls_back() -> None:
    assert set(drawn([[1.0, 0.0], [0.5, 0.5]], 50, stock=((9, 9), (0, 9)))) == {(0, 1)}
    assert set(drawn([[1.0, 0.0], [0.5, 0.5]], 50, stock=((9, 9), (0, 9)), of=Reason.ROUNDED)) == {(0, 1)}
    world = town(stock=((0, 9), (9, 9)), node_km=(1, 2), place_km=(0,), warehouses=0, agency_km=(0.0,))
    orders = [order(7, [(0, 1), (1, 1)])]
    view = StillView(world, orders)
    decider = start("dilated_rounding", view)
    decider._bids = decider._otherwise._prices = Fixed([[1.0, 0.0], [0.0, 1.0]])
    reasons = {d.line.number: (d.node, d.reason) for d in decider.decide(orders, view).decisions}
    assert reasons == {0: (1, Reason.FALLBACK), 1: (1, Reason.ROUNDED)}


def test_two_lines_that_draw_the_same_last_unit_get_a_unit_each() -> None:
    found = drawn([[1.0, 0.0], [1.0, 0.0]], 20, stock=((1, 9), (9, 9)), skus=(0, 0))
    assert {tuple(sorted(nodes)) for nodes in found} == {(0, 1)}


def test_what_the_near_store_cannot_last_for_is_shared_out_as_the_programme_says() -> None:
    # 10 units a day for a week are asked for at km 0; store 1 next to it has 28 of 70, store 2 at km 300 all
    world = town(
        stock=[[28, 500]], node_km=(1, 300), place_km=(0,), warehouses=0, agency_km=(0.0, 300.0), online_per_day=10.0,
    )  # fmt: skip
    count, near = 600, 0
    for id in range(count):
        orders = [order(id, [(0, 1)])]
        view = StillView(world, orders, now=0)
        decision = start({"name": "dilated_rounding", "horizon_days": 7}, view).decide(orders, view).decisions[0]
        near += decision.node == 0
        assert decision.reason == Reason.ROUNDED
    assert near / count == pytest.approx(0.4, abs=0.06)  # three standard errors


def test_a_draw_belongs_to_its_order_whoever_else_waits() -> None:
    world = three_stores(online_per_day=900.0)
    slips = [order(id, [(0, 1)], place=id % 2) for id in range(6)]

    def chosen(batch: list[Order], seed: int) -> dict[int, int]:
        view = StillView(world, batch)
        return {d.line.order: d.node for d in start("dilated_rounding", view, seed).decide(batch, view).decisions}

    together = chosen(slips, 1)
    alone = {id: node for slip in slips for id, node in chosen([slip], 1).items()}
    assert together == alone
    assert len({tuple(chosen(slips, seed).values()) for seed in range(8)}) > 1  # another replication draws anew


def test_a_policys_streams_are_not_those_of_the_world() -> None:
    seen: list[Streams] = []

    class Curious:
        def start(self, view: Any, streams: Streams) -> Any:
            seen.append(streams)
            return make_policy("nearest")

    for seed in (3, 3, 4):
        simulate(three_stores(days=1), Curious(), seed=seed, replication=2)
    mine = [streams.luck("pick", 41) for streams in seen]
    assert mine[0] == mine[1] != mine[2]
    assert mine[0] != Streams(3, 2).luck("pick", 41)


# ---- inventory balancing: 1 - 1/e ------------------------------------------------------------------------------


def served(policy: object, world: World, batches: list[tuple[int, ...]], stock: Any) -> int:
    """Units sold when customers come one by one, each barred from some nodes."""
    left = np.array(stock)
    view = StillView(world, recorded=left)
    made: Any = make_policy(policy)
    decider = made.start(view, Streams(1, 0)) if hasattr(made, "start") else made
    sold = 0
    for id, barred in enumerate(batches):
        orders = [order(id, [(0, 1)], excluded=barred)]
        for decision in decider.decide(orders, StillView(world, orders, recorded=left, cost=free_of_charge)).decisions:
            left[0, decision.node] -= 1
            sold += 1
    return sold


def free_of_charge(order: Order, lines: Any, distance: Any) -> Any:
    return np.zeros(len(distance), np.int64)


def test_the_worst_sequence_there_is_leaves_inventory_balancing_63_percent() -> None:
    """Karp, Vazirani and Vazirani's upper triangle: each batch may not use one node more; the optimum sells all."""
    nodes, units = 12, 25
    world = town(
        stock=[[units] * nodes], node_km=list(range(nodes, 0, -1)), place_km=(0,), warehouses=0, prices=[20.0]
    )
    batches = [tuple(range(k)) for k in range(nodes) for _ in range(units)]
    all_of_them = nodes * units
    balanced = served({"name": "inventory_balancing", **ONLY_COST}, world, batches, [[units] * nodes]) / all_of_them
    # the limit is 1 - 1/e from above, as nodes and units grow
    assert 1 - 1 / e <= balanced < 1 - 1 / e + 0.05
    # customers come first to the nodes that will be barred last: the nearest are sold out when they are needed
    greedy = served("nearest", world, batches, [[units] * nodes]) / all_of_them
    assert greedy == pytest.approx(0.5, abs=0.05)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whoever_comes_inventory_balancing_sells_63_percent_of_the_most(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, units = int(rng.integers(2, 5)), 10
    world = town(stock=[[units] * nodes], node_km=list(range(1, nodes + 1)), place_km=(0,), warehouses=0, prices=[20.0])
    kinds = [tuple(np.flatnonzero(rng.random(nodes) < 0.5).tolist()) for _ in range(4)]
    batches = [kind for kind in kinds for _ in range(int(rng.integers(0, 2 * units)))]
    sold = served({"name": "inventory_balancing", **ONLY_COST}, world, batches, [[units] * nodes])
    count = len(batches)
    a = np.zeros((count + nodes, count * nodes))
    for i in range(count):
        a[i, i * nodes : (i + 1) * nodes] = 1
        for n in range(nodes):
            a[count + n, i * nodes + n] = 1
    allowed = [(0, 0 if n in barred else 1) for barred in batches for n in range(nodes)]
    most = -linprog(-np.ones(count * nodes), a, [1] * count + [units] * nodes, bounds=allowed).fun if count else 0.0
    assert sold >= (1 - 1 / e) * (1 - 1 / units) * most - 1e-6


def test_a_pile_is_measured_by_the_most_it_ever_held() -> None:
    world = town(stock=[[10, 10]], node_km=(1, 2), place_km=(0,), warehouses=0, prices=[24.0], up_to=[[10, 10]])
    view = StillView(world, recorded=[[5, 30]])
    decider = start("inventory_balancing", view)
    price = decider._prices.worth(0, 1, view)
    assert price.tolist() == pytest.approx([20.0 * (exp(0.5) - 1) / (e - 1), 0.0])  # net of VAT; half gone, and full
    later = StillView(world, recorded=[[5, 15]])
    assert decider._prices.worth(0, 1, later)[1] == pytest.approx(price[0])
    two = decider._prices.worth(0, 2, later)[1]
    assert two == pytest.approx(20.0 * (exp(0.5) + exp(16 / 30) - 2) / (e - 1))


def test_less_at_stake_balances_less() -> None:
    world = town(stock=[[2, 10]], node_km=(1, 30), place_km=(0,), warehouses=0, up_to=[[10, 10]])
    orders = [order(0, [(0, 1)])]
    for stake, node in ((0.0, 0), (0.1, 0), (1.0, 1)):
        view = StillView(world, orders)
        policy = {"name": "inventory_balancing", "stake": stake, **ONLY_COST}
        assert start(policy, view).decide(orders, view).decisions[0].node == node


# ---- what they all are -----------------------------------------------------------------------------------------


def best_gain(view: StillView, outlook: Outlook, sku: int, stock: Any, *, fed: bool) -> float:
    """What the units can earn in 14 days, by SciPy: flows to areas, sales at the counter before and after delivery."""
    cost, walk_ins = outlook.cost(sku, view), outlook.walk_ins(sku, view)
    sale, web, source = outlook.at_counter[sku], outlook.online[sku], view.world.replenishment.source
    nodes, areas = cost.shape
    soon = walk_ins * np.minimum(outlook.every_days, 14.0)
    # columns: flows, own units before and after the delivery, the warehouse's afterwards
    count = nodes * areas
    gains = np.concatenate([(web - cost).reshape(-1), np.full(2 * nodes, sale), np.full(nodes, sale - 0.2)])
    a = np.zeros((2 * nodes + areas, len(gains)))
    for n in range(nodes):
        a[n, n * areas : (n + 1) * areas] = 1
        a[n, [count + n, count + nodes + n]] = 1
        a[n, count + 2 * nodes + np.flatnonzero(source == n)] = 1
        a[nodes + n, [count + nodes + n, count + 2 * nodes + n]] = 1
    for area in range(areas):
        a[2 * nodes + area, area:count:areas] = 1
    b = np.concatenate([stock, 14.0 * walk_ins - soon, 14.0 * outlook.web(sku, view)])
    bounds = [(0, None)] * count + [(0, s) for s in soon] + [(0, None)] * nodes
    bounds += [(0, None if fed and s >= 0 else 0) for s in source.tolist()]
    return -float(linprog(-gains, a, b, bounds=bounds).fun)


@pytest.mark.parametrize(("low", "central"), [(-1, 60), (0, 60), (0, 15)])
def test_a_bid_price_is_what_a_unit_more_would_earn_with_and_without_deliveries(low: int, central: int) -> None:
    world = three_stores(
        [[central, 5, 5, 5]] * 3, walk_ins=(0.0, 9.0, 3.0, 0.0), online_per_day=3.0, low=[[0, low, low, low]] * 3,
    )  # fmt: skip
    view = StillView(world)
    bids = Bids(view, DAY, 14.0)
    stock = np.array([central, 5.0, 5.0, 5.0])
    for sku in range(3):
        here = best_gain(view, bids.outlook, sku, stock, fed=low >= 0)
        for n, bid in enumerate(bids.of(sku, view).tolist()):
            step = np.zeros(4)
            step[n] = 0.01
            more = best_gain(view, bids.outlook, sku, stock + step, fed=low >= 0)
            less = best_gain(view, bids.outlook, sku, stock - step, fed=low >= 0)
            assert (more - here) / 0.01 - 1e-4 <= bid <= (here - less) / 0.01 + 1e-4


def test_what_part_of_the_customers_does_not_leave_is_not_at_stake() -> None:
    half = {"store": {"leave": 0.5, "other_store": 0.5, "own_web": 0.0, "wait": 0.0}}
    all_leave, some_leave = (Outlook(StillView(three_stores(reactions=change))) for change in ({}, half))
    assert (some_leave.at_counter * 2).tolist() == pytest.approx(all_leave.at_counter.tolist())
    assert some_leave.online.tolist() == all_leave.online.tolist()


def test_deliveries_make_a_stores_units_cheap_where_its_warehouse_has_plenty() -> None:
    settings: dict[str, Any] = {"walk_ins": (0.0, 9.0, 3.0, 0.0), "online_per_day": 3.0}
    stock = [[600, 5, 5, 5]] * 3
    alone = three_stores(stock, low=-1, **settings)
    fed = three_stores(stock, low=0, **settings)
    prices = [Bids(StillView(world), DAY, 14.0).of(0, StillView(world))[1] for world in (alone, fed)]
    assert prices[0] > 10.0 > prices[1]


def test_an_order_that_waits_through_many_reviews_is_counted_once() -> None:
    world = three_stores(online_per_day=0.5)
    asked = [order(n, [(0, 3)], t=0) for n in range(4)]
    view = StillView(world, asked)
    once, often = Outlook(view), Outlook(view)
    once.observe(asked, view)
    for _ in range(9):
        often.observe(asked, view)
    assert often.web(0, view).tolist() == once.web(0, view).tolist() != Outlook(view).web(0, view).tolist()


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead", "protection", "dilated_rounding"])
def test_orders_seen_are_demand_learnt(name: str) -> None:
    world = three_stores(online_per_day=0.5)
    orders = [order(n, [(0, 1)], t=0) for n in range(3)]
    view = StillView(world, orders)
    decider = start(name, view)
    outlook = (decider._bids if name == "dilated_rounding" else decider._prices).outlook
    before = outlook.web(0, view).sum()
    decider.decide(orders, view)
    assert outlook.web(0, view).sum() == pytest.approx(before + 3 / (14 + 11 / 24))


@pytest.mark.parametrize("name", ["bid_price", "milp_ahead"])
def test_the_last_unit_is_dear_by_chance_where_the_programme_finds_two_thirds_of_it_left_over(name: str) -> None:
    world = two_shops((1, 9), walk_ins=(1 / 3) / 7)  # one unit, a third of a walk-in to come: 28 % that one comes
    orders = [order(0, [(0, 1)])]
    view = StillView(world, orders, cost=dearer_elsewhere(20.0))
    by_means, by_chance = (start({"name": name, "last_units": on, **ONLY_COST}, view) for on in (False, True))
    assert by_means._prices.worth(0, 1, view)[0] == 0.0
    assert by_chance._prices.worth(0, 1, view)[0] == pytest.approx(100 * (1 - exp(-1 / 3)))
    assert by_means.decide(orders, view).decisions[0].node == 0
    assert by_chance.decide(orders, view).decisions[0].node == 1


def test_both_prices_share_one_memory_of_what_was_seen() -> None:
    world = three_stores(online_per_day=0.5)
    view = StillView(world)
    prices = start("bid_price", view)._prices
    twin = copy.deepcopy(prices)
    for mine in (prices, twin):
        assert mine._keeping.outlook is mine._bids.outlook is mine.outlook
    twin.observe([order(0, [(0, 9)])], view)
    assert twin.outlook.web(0, view).sum() > prices.outlook.web(0, view).sum()


def test_the_dearer_of_both_prices_counts() -> None:
    # shirts: the programme finds them short everywhere; jeans: enough on average, but for chance
    world = three_stores(walk_ins=(0.0, 30.0, 0.15, 0.0), online_per_day=2.0)
    view = StillView(world, recorded=[[0, 4, 4, 0], [0, 900, 1, 9], [0, 9, 9, 9]])
    dearer = []
    for sku in (0, 1):
        both, bids, kept = (
            start({"name": name, "horizon_days": 14, **more}, view)._prices.worth(sku, 1, view)
            for name, more in (("bid_price", {}), ("bid_price", {"last_units": False}), ("protection", {}))
        )
        assert both.tolist() == np.maximum(bids, kept).tolist()
        dearer.append(((bids > kept + 0.01).any(), (kept > bids + 0.01).any()))
    assert dearer[0][0]
    assert dearer[1][1]


@pytest.mark.parametrize("name", ["bid_price", "protection", "inventory_balancing"])
def test_other_wishes_of_the_sum_still_count(name: str) -> None:
    world = town(stock=[[30, 40]], node_km=(1, 30), place_km=(0,), warehouses=0, up_to=[[30, 30]], online_per_day=0.0)
    orders = [order(0, [(0, 1)])]  # 2.90 EUR farther from store 2, which has ten too many
    for credit, node in ((0.0, 0), (4.0, 1)):
        view = StillView(world, orders)
        policy = {"name": name, "eur_per_overstocked_unit": credit, **ONLY_COST}
        assert start(policy, view).decide(orders, view).decisions[0].node == node


@pytest.mark.parametrize("name", AHEAD)
def test_a_collection_store_with_the_whole_order_hands_it_over(name: str) -> None:
    world = three_stores(walk_ins=50.0, online_per_day=50.0)
    orders = [order(0, [(0, 1), (2, 1)], option=COLLECT, collect_at=2, excluded=(0, 1, 3))]
    view = StillView(world, orders)
    assert {d.node for d in start(name, view).decide(orders, view).decisions} == {2}


@pytest.mark.parametrize("name", AHEAD)
def test_a_copy_that_imagines_does_not_change_what_is_remembered(name: str) -> None:
    world = three_stores(walk_ins=3.0, online_per_day=25.0)
    orders = [order(n, [(n % 3, 1)], place=n % 2) for n in range(9)]
    view = StillView(world, orders)
    decider, other = start(name, view), start(name, view)
    twin = copy.deepcopy(decider, {id(view): view, id(world): world})
    twin.decide(orders, StillView(world, orders, recorded=[[0, 1, 9, 1]] * 3))
    assert decider.decide(orders, view).decisions == other.decide(orders, view).decisions


@pytest.mark.parametrize("name", AHEAD)
def test_every_identity_holds_under_rules_that_look_ahead(name: str) -> None:
    world = three_stores(
        [[30, 3, 3, 3]] * 3, days=6, online_per_day=30.0, pick_success=0.9, walk_ins=(0, 3, 3, 3),
        low=[[-1, 1, 1, 1]] * 3, up_to=[[0, 3, 3, 3]] * 3,
    )  # fmt: skip
    facts = audits.run(world, {"name": name}, seed=3)
    audits.audit(world, facts)
    assert audits.digest(facts) == audits.digest(audits.run(world, {"name": name}, seed=3))


@pytest.mark.parametrize("wrong", [{"horizon_days": 0.1}, {"resolve": "soon"}, {"web": "maybe"}])
def test_protection_refuses_what_makes_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        make_policy({"name": "protection", **wrong})


def test_a_stake_below_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="stake"):
        make_policy({"name": "inventory_balancing", "stake": -0.1})
