"""The cheapest way to serve customers known beforehand, against every way there is, tried one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrion.policies.bounds import Arrival, Group, Parcel, Supply, clairvoyant, offline

MICRO = 1_000_000


@st.composite
def markets(draw: st.DrawFn) -> tuple[list[Group], Supply]:
    """A few customers, little stock, some of it late or kept for walk-ins."""
    nodes, skus = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    units = st.integers(0, 2)
    stock = np.array([[draw(units) for _ in range(nodes)] for _ in range(skus)], np.int64)
    kept = np.array([[draw(st.integers(0, int(stock[s, n]))) for n in range(nodes)] for s in range(skus)], np.int64)
    arrivals = []
    for _ in range(draw(st.integers(0, 2))):
        came = draw(st.integers(1, 2))
        at = (draw(st.integers(1, 9)), draw(st.integers(0, skus - 1)), draw(st.integers(0, nodes - 1)))
        arrivals.append(Arrival(*at, came, draw(st.integers(0, came))))
    groups = []
    for _ in range(draw(st.integers(1, 4))):
        latest = draw(st.integers(0, 10))
        euros = st.integers(1, 12).map(lambda euro: euro * MICRO)
        if draw(st.booleans()):
            lines = tuple(sorted(draw(st.lists(st.integers(0, skus - 1), min_size=1, max_size=2))))
            wanted = tuple(draw(st.integers(1, 2)) for _ in lines)
            opening = [draw(st.integers(0, 5)) for _ in range(nodes)]
            each = [draw(st.integers(1, 5)) for _ in range(nodes)]
            parcels = tuple(
                Parcel((opening[n] + each[n] * sum(part)) * MICRO, part, n)
                for n in range(nodes)
                for part in product(*(range(qty + 1) for qty in wanted))
                if any(part)
            )
            groups.append(Group(draw(st.integers(1, 2)), lines, wanted, tuple(draw(euros) for _ in lines), parcels,
                                latest))  # fmt: skip
        else:
            qty, store = draw(st.integers(1, 2)), draw(st.integers(0, nodes - 1))
            parcels = (Parcel(0, (qty,), store),)
            sku = draw(st.integers(0, skus - 1))
            groups.append(Group(draw(st.integers(1, 2)), (sku,), (qty,), (draw(euros),), parcels, latest, True))
    return groups, Supply(stock, kept, tuple(arrivals))


def ways(group: Group) -> Iterator[tuple[int, tuple[tuple[int, int, int], ...]]]:
    """(cost, units taken as (SKU, node, units)) of every way to serve one customer, a parcel from each node at most."""
    price = {(parcel.node, parcel.units): parcel.cost for parcel in group.parcels}
    nodes = sorted({parcel.node for parcel in group.parcels})
    for given_by_line in product(*(_shares(qty, len(nodes)) for qty in group.units)):
        cost, taken = 0, []
        for at, node in enumerate(nodes):
            part = tuple(shares[at] for shares in given_by_line)
            if any(part):
                if (node, part) not in price:
                    break
                cost += price[node, part]
                taken += [(sku, node, units) for sku, units in zip(group.skus, part, strict=True) if units]
        else:
            lost = [qty - sum(shares) for qty, shares in zip(group.units, given_by_line, strict=True)]
            yield cost + sum(a * b for a, b in zip(lost, group.lost, strict=True)), tuple(taken)


def _shares(qty: int, nodes: int) -> list[tuple[int, ...]]:
    return [shares for shares in product(range(qty + 1), repeat=nodes) if sum(shares) <= qty]


def tried(groups: list[Group], supply: Supply) -> int:
    """The least cost over all ways: customers come at their last moment, one after the other, and take what is there.

    To wait never hurts: what is there stays until somebody takes it.
    """
    customers = sorted((g for group in groups for g in [group] * int(group.count)), key=lambda g: g.latest)

    def there(t: int, sku: int, node: int, sent: bool) -> int:
        came = [a for a in supply.arrivals if a.t <= t and (a.sku, a.node) == (sku, node)]
        total = int(supply.stock[sku, node]) + sum(a.units for a in came)
        return total - (int(supply.kept[sku, node]) + sum(a.kept for a in came) if sent else 0)

    def serve(i: int, given_away: dict[tuple[int, int], int], sent: dict[tuple[int, int], int]) -> int:
        if i == len(customers):
            return 0
        group, best = customers[i], 10**12
        for cost, taken in ways(group):
            away, by_post, fits = dict(given_away), dict(sent), True
            for sku, node, units in taken:
                away[sku, node] = away.get((sku, node), 0) + units
                fits &= away[sku, node] <= there(group.latest, sku, node, False)
                if not group.at_the_shelf:
                    by_post[sku, node] = by_post.get((sku, node), 0) + units
                    fits &= by_post[sku, node] <= there(group.latest, sku, node, True)
            if fits:
                best = min(best, cost + serve(i + 1, away, by_post))
        return best

    return serve(0, {}, {})


@settings(max_examples=80, deadline=None, derandomize=True)
@given(market=markets())
def test_no_way_to_serve_customers_costs_less_and_one_costs_as_much(market: tuple[list[Group], Supply]) -> None:
    groups, supply = market
    if sum(group.count * (3 if len(group.units) > 1 else 1) for group in groups) > 9:
        return  # too many ways to try them all
    found = offline(groups, supply)
    assert found.exact
    assert found.value == tried(groups, supply)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(market=markets())
def test_shares_of_customers_cost_no_more_than_whole_ones(market: tuple[list[Group], Supply]) -> None:
    groups, supply = market
    whole, shares = offline(groups, supply), offline(groups, supply, whole=False)
    assert not shares.exact
    assert shares.value <= whole.value
    # and one unit more anywhere never makes the best way dearer
    more = replace(supply, stock=supply.stock + np.eye(*supply.stock.shape, dtype=np.int64))
    assert offline(groups, more).value <= whole.value


@settings(max_examples=30, deadline=None, derandomize=True)
@given(market=markets())
def test_programmes_too_large_for_whole_numbers_give_a_bound_below(market: tuple[list[Group], Supply]) -> None:
    groups, supply = market
    whole = offline(groups, supply)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clairvoyant, "MOST_WHOLE", 0)
        loose = offline(groups, supply)
    assert loose.value <= whole.value
    assert loose.exact == (whole.largest == 0)
    assert loose.value >= offline(groups, supply, whole=False).value - 1


def test_a_bound_from_duals_does_not_trust_the_solver() -> None:
    # one customer, one unit, two nodes; whatever prices the solver reports, the bound stays below the best way
    group = Group(1, (0,), (1,), (9 * MICRO,), (Parcel(2 * MICRO, (1,), 0), Parcel(3 * MICRO, (1,), 1)))
    model = clairvoyant._Model([group], Supply(np.array([[1, 1]]), np.zeros((1, 2), np.int64)))
    programme = clairvoyant._Programme(model, (0,))
    rng = np.random.default_rng(7)
    bounds = [programme.below(rng.normal(0.0, 5.0, len(programme.rows))) for _ in range(200)]
    assert max(bounds) <= 2 * MICRO
    assert min(bounds) < 0


@pytest.mark.parametrize(("latest", "value"), [(4, 9), (5, 0), (6, 0)])
def test_what_comes_in_the_last_second_is_in_time(latest: int, value: int) -> None:
    group = Group(1, (0,), (1,), (9 * MICRO,), (Parcel(0, (1,), 0),), latest)
    none = np.zeros((1, 1), np.int64)
    assert offline([group], Supply(none, none, (Arrival(5, 0, 0, 1),))).value == value * MICRO
