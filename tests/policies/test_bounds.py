"""Bounds and what looks ahead: against SciPy, against every plan, against what happens in random seasons."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from orchestrion.experiments.ma2023 import RULES, Instance, Knowledge
from orchestrion.experiments.ma2023.ahead import Batched, SampledPrice
from orchestrion.experiments.ma2023.playing import orders, play
from orchestrion.policies.bounds import FlowProgramme, PlanProgramme, fluid, hindsight
from orchestrion.policies.lookahead import (
    Choice,
    Choices,
    dilated,
    forced_opening,
    independent,
    jasin_sinha,
    littlewood,
)
from orchestrion.policies.season import Season, counts
from orchestrion.policies.solver import LinearProgramme

SCHEMES = [independent, jasin_sinha, dilated, forced_opening]
CROSSED = np.array([[0.7, 0.3], [0.3, 0.7]])


def random_season(seed: int, periods: int = 40) -> Season:
    """Three nodes, four SKUs, six kinds of order of one to three lines, scarce."""
    rng = np.random.default_rng(seed)
    skus = tuple(tuple(rng.permutation(4)[: 1 + i % 3].tolist()) for i in range(6))
    unit = rng.uniform(0, 4, (4, 6))
    unit[-1] = 2 * unit.max()
    opening = np.repeat([[3.0], [5.0], [4.0], [9.0]], 6, axis=1)
    stock = rng.poisson(4.0, (3, 4)) * (rng.random((3, 4)) < 0.8)
    return Season(periods, rng.dirichlet([1.0] * 7)[:6], skus, opening, unit, stock)


def nearest_of(season: Season) -> tuple[tuple[int, ...], ...]:
    """For each line the cheapest node that ever had the SKU."""

    def node(kind: int, sku: int) -> int:
        held = [n for n in range(season.nodes) if season.stock[n, sku] > 0]
        return min(held, key=lambda n: season.unit[n, kind]) if held else season.lost

    return tuple(tuple(node(kind, sku) for sku in skus) for kind, skus in enumerate(season.skus))


def by_scipy(season: Season, demand: np.ndarray, *, whole_orders: bool, keep: np.ndarray | None = None) -> float:
    """The value of the two programmes, written down in full for another solver; units taken cost their worth."""
    columns: list[tuple[float, dict[tuple[object, ...], float]]] = []
    if whole_orders:
        for kind in range(season.kinds):
            for plan in season.plans(kind):
                rows: dict[tuple[object, ...], float] = {("kind", kind): 1.0}
                worth = 0.0
                for node, sku in zip(plan, season.skus[kind], strict=True):
                    if node != season.lost:
                        rows["stock", node, sku] = 1.0
                        worth += 0.0 if keep is None else keep[node, sku]
                columns.append((season.cost(kind, plan) + worth, rows))
    else:
        for kind, node in product(range(season.kinds), range(season.nodes + 1)):
            share = {("open", kind, node, sku): -1.0 for sku in season.skus[kind]}
            columns.append((season.opening[node, kind], share))
            for sku in season.skus[kind]:
                rows = {("line", kind, sku): 1.0, ("open", kind, node, sku): 1.0}
                if node != season.lost:
                    rows["stock", node, sku] = 1.0
                columns.append((season.unit[node, kind], rows))
    keys = list(dict.fromkeys(key for _, rows in columns for key in rows))
    matrix = np.array([[rows.get(key, 0.0) for _, rows in columns] for key in keys])
    right = {"kind": lambda k: demand[k[1]], "line": lambda k: demand[k[1]], "open": lambda k: 0.0}
    limit = np.array([season.stock[key[1:]] if key[0] == "stock" else right[key[0]](key) for key in keys])
    equal = np.array([key[0] in ("kind", "line") for key in keys])
    found = linprog(
        [cost for cost, _ in columns], matrix[~equal], limit[~equal], matrix[equal], limit[equal], method="highs-ipm"
    )
    return float(found.fun)


@pytest.mark.parametrize("seed", range(6))
def test_both_programmes_have_the_value_that_another_formulation_finds(seed: int) -> None:
    season = random_season(seed)
    demand = season.periods * season.arrival
    assert fluid(season).value == pytest.approx(by_scipy(season, demand, whole_orders=False), rel=1e-7)
    mix = PlanProgramme(season).solve(demand, season.stock)
    assert mix.value == pytest.approx(by_scipy(season, demand, whole_orders=True), rel=1e-7)


@pytest.mark.parametrize("seed", range(6))
def test_a_mix_serves_every_kind_within_the_stock_at_its_price(seed: int) -> None:
    season = random_season(seed)
    demand = season.periods * season.arrival
    mix = PlanProgramme(season).solve(demand, season.stock)
    used, cost = np.zeros(season.stock.shape), 0.0
    for kind, plans in enumerate(mix.plans):
        assert sum(share for _, share in plans) == pytest.approx(1.0)
        for plan, share in plans:
            cost += demand[kind] * share * season.cost(kind, plan)
            for node, sku in zip(plan, season.skus[kind], strict=True):
                if node != season.lost:
                    used[node, sku] += demand[kind] * share
    assert (used <= season.stock + 1e-7).all()
    assert cost == pytest.approx(mix.value)
    assert (mix.price[used < season.stock - 1e-6] == 0.0).all()  # what is left over is worth nothing
    # and the dual solution, as if every order paid its least price and the stock were bought back, costs the same
    least = [Choices(season).best(mix.price)[kind][0] for kind in range(season.kinds)]
    assert demand @ least - (mix.price * season.stock).sum() == pytest.approx(mix.value, rel=1e-7)


@pytest.mark.parametrize("seed", range(3))
def test_units_worth_keeping_are_taken_only_for_more(seed: int) -> None:
    """Against every plan at the price of what it takes; and what was asked with a worth does not stay."""
    season = random_season(seed)
    demand = season.periods * season.arrival
    programme = PlanProgramme(season)
    plain = programme.solve(demand, season.stock).value
    keep = np.random.default_rng(seed).uniform(0, 6, season.stock.shape)
    kept = programme.solve(demand, season.stock, keep)
    dearer = by_scipy(season, demand, whole_orders=True, keep=keep)
    assert kept.value == pytest.approx(dearer - (keep * season.stock).sum(), rel=1e-7)
    assert (kept.price >= np.where(season.stock > 0, keep, 0.0) - 1e-9).all()
    assert programme.solve(demand, season.stock).value == pytest.approx(plain)


@pytest.mark.parametrize("seed", range(6))
def test_shares_of_the_flow_are_probabilities_without_a_minus_zero(seed: int) -> None:
    for shares in fluid(random_season(seed)).shares:
        assert shares.sum(axis=1) == pytest.approx(1.0)
        assert not np.signbit(shares).any()


@pytest.mark.parametrize("seed", range(4))
def test_no_policy_beats_hindsight_on_any_path_and_fluid_on_average(seed: int) -> None:
    season = random_season(seed)
    known = Knowledge(Instance(season, nearest_of(season)))
    rng = np.random.default_rng(seed)
    # the rules as they are, with fewer futures, and with waiting
    again = ("x 20", "x 50", "x 100")  # the same with other numbers
    rules = {name: rule for name, rule in RULES.items() if not name.endswith(again)}
    rules |= {"sampled": SampledPrice(4, 4), "reviews": Batched(7), "reviews ahead": Batched(7, SampledPrice(4, 4))}
    paths, means = 7, dict.fromkeys(["flow", "plans", "exact", *rules], 0.0)
    for path in range(paths):
        came = orders(season, rng)
        asked = counts(season, came)
        cost = {
            "flow": FlowProgramme(season).solve(asked, season.stock).value,
            "plans": PlanProgramme(season).solve(asked, season.stock).value,
            "exact": hindsight(season, asked),
        }
        assert cost["flow"] <= cost["plans"] + 1e-6
        assert cost["plans"] <= cost["exact"] + 1e-6
        for name, rule in rules.items():
            cost[name] = play(season, rule.start(known, np.random.default_rng(path)), came)
            assert cost[name] >= cost["exact"] - 1e-6
        for name, value in cost.items():
            means[name] += value / paths
    # on average, with three standard errors of the sample for luck
    noise = 3 * 0.15 * means["exact"] / np.sqrt(paths)
    assert known.fluid.value <= known.mix.value + 1e-6
    assert known.fluid.value <= means["flow"] + noise
    assert known.mix.value <= means["plans"] + noise
    assert means["whole-order plans x 10"] < means["nearest"]
    assert means["sampled"] < means["nearest"]


@pytest.mark.parametrize("every", [3, 8, 15])
def test_a_review_promises_no_unit_twice(every: int) -> None:
    for seed in range(12):
        season = random_season(seed)
        known = Knowledge(Instance(season, nearest_of(season)))

        class Watched:
            def __init__(self, decider) -> None:
                self.every, self._decider = decider.every, decider

            def review(self, over, kinds, left, season=season):
                plans = self._decider.review(over, kinds, left)
                taken = Counter(
                    (node, sku)
                    for kind, plan in zip(kinds, plans, strict=True)
                    for node, sku in zip(plan, season.skus[kind], strict=True)
                )
                assert all(left[node][sku] >= units for (node, sku), units in taken.items())
                return plans

        rng = np.random.default_rng(seed)
        play(season, Watched(Batched(every).start(known, rng)), orders(season, rng))


def test_a_review_does_so_even_where_half_orders_would_be_best() -> None:
    """Three orders of two lines want two each of the cheap node's three units: half of each order would be best."""
    season = Season(
        periods=3,
        arrival=np.full(3, 0.3),
        skus=((0, 1), (1, 2), (0, 2)),
        opening=np.repeat([[1.0], [6.0], [50.0]], 3, axis=1),
        unit=np.ones((3, 3)),
        stock=np.array([[1, 1, 1], [9, 9, 9]]),
    )
    left = [[1, 1, 1], [9, 9, 9], [99, 99, 99]]
    reviews = Batched(3).start(Knowledge(Instance(season, nearest_of(season))), np.random.default_rng(0))
    assert reviews.review(3, (0, 1, 2), left) == [(0, 0), (1, 1), (1, 1)]
    assert left == [[1, 1, 1], [9, 9, 9], [99, 99, 99]]  # to be read only


@pytest.mark.parametrize("seed", range(3))
def test_more_stock_never_costs_more(seed: int) -> None:
    season = random_season(seed)
    asked = np.random.default_rng(seed).integers(0, 9, season.kinds)
    programme = FlowProgramme(season)
    before, exact = programme.solve(asked, season.stock).value, hindsight(season, asked)
    for cell in zip(*np.nonzero(season.stock), strict=True):
        richer = season.stock.copy()
        richer[cell] += 1
        assert programme.solve(asked, richer).value <= before + 1e-7
        more = Season(season.periods, season.arrival, season.skus, season.opening, season.unit, richer)
        assert hindsight(more, asked) <= exact + 1e-7


@pytest.mark.parametrize("programme", [FlowProgramme, PlanProgramme])
def test_a_programme_kept_in_the_solver_answers_as_a_new_one_does(
    programme: type[FlowProgramme] | type[PlanProgramme],
) -> None:
    season = random_season(3)
    rng = np.random.default_rng(0)
    kept = programme(season)
    kept.solve(season.periods * season.arrival, season.stock)
    asked = [(rng.integers(0, 9, season.kinds), rng.integers(0, 1 + season.stock)) for _ in range(10)]
    for demand, stock in asked:
        assert kept.solve(demand, stock).value == pytest.approx(programme(season).solve(demand, stock).value)
    kept.restart()
    first = [kept.solve(*one).price for one in asked[:3]]
    kept.solve(*asked[7])
    kept.restart()
    again = [kept.solve(*one).price for one in asked[:3]]  # the very same one of several optima
    assert all((a == b).all() for a, b in zip(first, again, strict=True))


def test_a_programme_in_whole_numbers_is_one() -> None:
    knapsack = [[(0, 3.0), (1, 4.0), (2, 5.0)]]
    loose = LinearProgramme([-4.0, -5.0, -6.9], knapsack).solve([-np.inf], [8.0])
    whole = LinearProgramme([-4.0, -5.0, -6.9], knapsack, whole=True).solve([-np.inf], [8.0])
    assert loose.value == pytest.approx(-8 / 5 * 6.9)
    assert whole.value == pytest.approx(-10.9)
    assert whole.columns.tolist() == [1, 0, 1]


@pytest.mark.parametrize("seed", range(6))
def test_the_choice_is_the_best_of_all_plans(seed: int) -> None:
    season = random_season(seed)
    rng = np.random.default_rng(seed)
    price = rng.uniform(0, 5, season.stock.shape)
    paid = np.vstack([price, np.zeros(season.stock.shape[1])])
    for kind, skus in enumerate(season.skus):
        for left in (season.stock, rng.integers(0, 2, season.stock.shape)):

            def bid(plan: tuple[int, ...], kind: int = kind, skus: tuple[int, ...] = skus) -> float:
                return season.cost(kind, plan) + sum(paid[node, sku] for node, sku in zip(plan, skus, strict=True))

            def possible(plan: tuple[int, ...], left: np.ndarray = left, skus: tuple[int, ...] = skus) -> bool:
                return all(node == season.lost or left[node, sku] > 0 for node, sku in zip(plan, skus, strict=True))

            least, plan = Choice(season, price).best(kind, [(left[:, sku] > 0).tolist() for sku in skus])
            assert possible(plan)
            assert bid(plan) == pytest.approx(least)
            assert least == pytest.approx(min(bid(plan) for plan in season.plans(kind) if possible(plan)))
    together = Choices(season).best(price)
    for kind, skus in enumerate(season.skus):
        alone = Choice(season, price).best(kind, [(season.stock[:, sku] > 0).tolist() for sku in skus])
        assert together[kind] == (pytest.approx(alone[0]), alone[1])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(3))
def test_rounding_keeps_every_lines_shares(scheme, seed) -> None:
    shares = np.random.default_rng(seed).dirichlet([0.4] * 4, 3)
    drawn = scheme(shares, 200_000, np.random.default_rng(1))
    for i, row in enumerate(shares):
        met = np.bincount(drawn[:, i], minlength=4) / len(drawn)
        assert met == pytest.approx(row, abs=5 * 0.5 / np.sqrt(len(drawn)))


@pytest.mark.parametrize(("scheme", "split"), [(independent, 0.58), (jasin_sinha, 0.4), (dilated, 0.4)])
def test_how_often_two_crossed_lines_are_split(scheme, split) -> None:
    drawn = scheme(CROSSED, 400_000, np.random.default_rng(2))
    assert (drawn[:, 0] != drawn[:, 1]).mean() == pytest.approx(split, abs=0.004)


@pytest.mark.parametrize("scheme", [jasin_sinha, dilated, forced_opening])
def test_lines_with_equal_shares_are_never_split(scheme) -> None:
    shares = np.array([[0.2, 0.5, 0.3]] * 4)
    if scheme is forced_opening:  # whose coins are each line's own
        assert (np.ptp(scheme(shares, 4_000, np.random.default_rng(3)), axis=1) > 0).mean() < 0.6
    else:
        assert (np.ptp(scheme(shares, 4_000, np.random.default_rng(3)), axis=1) == 0).all()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("nothing", [0.0, -0.0, -1e-17, 1e-17])
def test_a_minus_zero_never_wins(scheme, nothing) -> None:
    shares = np.array([[nothing, 1.0, nothing], [nothing, 0.4, 0.6]])
    drawn = scheme(shares, 5_000, np.random.default_rng(4))
    assert (drawn[:, 0] == 1).all()
    assert np.isin(drawn[:, 1], [1, 2]).all()


def test_littlewood_protects_nineteen_of_a_poisson_twenty() -> None:
    assert littlewood(100, 60, 20) == 19


@pytest.mark.parametrize(
    ("high", "low", "mean"), [(100, 60, 20), (100, 59, 3.5), (12, 11.9, 7), (50, 1, 40), (9, 9, 5), (80, 30, 0.2)]
)
def test_protecting_littlewoods_number_earns_most(high: float, low: float, mean: float) -> None:
    stock = 200
    chance = [np.exp(-mean)]
    for x in range(1, 400):
        chance.append(chance[-1] * mean / x)

    def earned(protected: int) -> float:
        served = sum(p * min(x, protected) for x, p in enumerate(chance))
        return low * (stock - protected) + high * served

    best = littlewood(high, low, mean)
    assert earned(best) == pytest.approx(max(earned(y) for y in range(stock)), rel=1e-12)


def test_littlewood_refuses_what_makes_no_sense() -> None:
    for high, low, mean in [(50, 60, 1), (50, -1, 1), (50, 10, -1), (50, 0, 5), (float("nan"), 1, 1)]:
        with pytest.raises(ValueError, match=r"low|mean"):
            littlewood(high, low, mean)
