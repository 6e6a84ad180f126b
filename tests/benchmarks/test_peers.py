"""Ratio 12: the full engine with every fact recorded against other people's simulators, on the same job.

Peers are optional (`pip install -e ".[bench]"`); whoever is absent is told in the table. Where a peer does a slightly
different job, the row says so.
"""

from __future__ import annotations

import importlib.util
import logging
import random
from functools import cache
from typing import Any

import numpy as np
import pytest
import towns
from bare import FromTheOnlyNode
from measuring import Ratios, each, in_turn

import orchestrion as orc
from orchestrion.domain.calendar import Calendar
from orchestrion.domain.ordering import LeadTime, ordering
from orchestrion.domain.world import World
from orchestrion.experiments.cell import quiet_collector
from orchestrion.units import DAY

DAYS, STORES, PER_DAY = 365, 20, 10.0


def needs(ratios: Ratios, module: str, job: str) -> None:
    if importlib.util.find_spec(module) is None:
        ratios.absent.append(f"12 {job}: {module} is not installed")
        pytest.skip(f"{module} is not installed")


def ours(world: World, kept: list[Any]) -> Any:
    def run() -> None:
        with quiet_collector():
            kept[:] = [orc.simulate(world, FromTheOnlyNode(), seed=1, replication=0)]

    return run


@cache
def two_echelons(rule: str, low: tuple[int, int], up_to: tuple[int, int], period_s: int = 0) -> World:
    """A warehouse that suppliers feed in three days and twenty stores that it feeds in one; one SKU, lost sales.

    Reviewed at every change, or once in a period.
    """
    run_off = 7
    always = Calendar([d * DAY for d in range(DAYS + run_off)], [(d + 1) * DAY for d in range(DAYS + run_off)])
    levels = np.array([[up_to[0], *[up_to[1]] * STORES]], np.int32)
    reorder = np.array([[low[0], *[low[1]] * STORES]], np.int32)
    leads = (LeadTime(law="fixed", mean_s=1.0 * DAY), LeadTime(law="fixed", mean_s=3.0 * DAY))
    return towns.town(
        stock=levels, node_km=[10.0 * n for n in range(1 + STORES)], place_km=(0.0,), prices=[20.0], costs=[8.0],
        grams=[100], cm3=[100], low=reorder, up_to=levels, days=DAYS, run_off_days=run_off, online_per_day=0.0,
        walk_ins=[0.0, *[PER_DAY] * STORES],
        nodes={f"store_{n + 1}": {"calendar": always} for n in range(STORES)},
        demand={"walk_in_day": np.ones(DAYS + run_off), "units": np.array([1.0])},
        mechanisms={
            "ordering": ordering(
                (1, 1 + STORES), rule, continuous=np.full(1 + STORES, not period_s), leads=leads,
                lead_of=np.array([1, *[0] * STORES]), review_s=np.full(1 + STORES, period_s),
            )
        },
    )  # fmt: skip


def test_supplynetpy(ratios: Ratios) -> None:
    """Case 2: s 400, S 800 at the warehouse, s 25, S 45 at the stores, customers Poisson, one unit, lost sales."""
    needs(ratios, "SupplyNetPy", "case 2")
    import simpy
    import SupplyNetPy.Components as scm

    def peer() -> None:
        env = simpy.Environment()
        rng = random.Random(1)
        node = {"node_type": "infinite_supplier", "ID": "S", "name": "S"}
        nodes = [scm.Supplier(env=env, **node)]
        house = {"inventory_holding_cost": 0.5, "product_sell_price": 2.0, "product_buy_price": 1.0}
        warehouse = scm.InventoryNode(
            env=env, ID="W", name="W", node_type="warehouse", capacity=800, initial_level=800,
            replenishment_policy=scm.SSReplenishment, policy_param={"s": 400, "S": 800}, **house,
        )  # fmt: skip
        nodes.append(warehouse)
        links = [scm.Link(env=env, ID="L", source=nodes[0], sink=warehouse, cost=1, lead_time=lambda: 3)]
        demands = []
        for n in range(STORES):
            store = scm.InventoryNode(
                env=env, ID=f"R{n}", name=f"R{n}", node_type="retailer", capacity=45, initial_level=45,
                replenishment_policy=scm.SSReplenishment, policy_param={"s": 25, "S": 45}, **house,
            )  # fmt: skip
            nodes.append(store)
            links.append(scm.Link(env=env, ID=f"L{n}", source=warehouse, sink=store, cost=1, lead_time=lambda: 1))
            demands.append(
                scm.Demand(
                    env=env, ID=f"D{n}", name=f"D{n}", order_arrival_model=lambda: rng.expovariate(PER_DAY),
                    order_quantity_model=lambda: 1, demand_node=store,
                )
            )  # fmt: skip
        scm.simulate_sc_net(scm.create_sc_net(nodes, links, demands, env=env), sim_time=DAYS, logging=False)

    logging.disable(logging.ERROR)
    try:
        kept: list[Any] = []
        mine, theirs = in_turn(ours(two_echelons("s_s", (400, 25), (800, 45)), kept), peer, rounds=3)
    finally:
        logging.disable(logging.NOTSET)
    asked = len(kept[0]["requests"]["request"])
    assert asked == pytest.approx(DAYS * STORES * PER_DAY, rel=0.02)
    ratios.add(
        "12.1", "SupplyNetPy case 2 / full engine", theirs / mine, 8, 15, least=True,
        detail="a customer " + each([theirs, mine], asked),
    )  # fmt: skip


def test_stockpyl(ratios: Ratios) -> None:
    """Case 1: local base stock 800 and 35, holding .5 and 1, shortage 10; stockpyl backorders, ours are lost sales."""
    needs(ratios, "stockpyl", "case 1")
    from stockpyl.demand_source import DemandSource
    from stockpyl.policy import Policy
    from stockpyl.sim import simulation
    from stockpyl.supply_chain_network import SupplyChainNetwork
    from stockpyl.supply_chain_node import SupplyChainNode

    def peer() -> None:
        network = SupplyChainNetwork()
        house = SupplyChainNode(
            0, local_holding_cost=0.5, stockout_cost=0, shipment_lead_time=3, supply_type="U",
            inventory_policy=None,
        )  # fmt: skip
        house.inventory_policy = Policy(type="BS", base_stock_level=800, node=house)
        network.add_node(house)
        for n in range(1, STORES + 1):
            store = SupplyChainNode(
                n, local_holding_cost=1.0, stockout_cost=10, shipment_lead_time=1,
                demand_source=DemandSource(type="P", mean=PER_DAY),
            )  # fmt: skip
            store.inventory_policy = Policy(type="BS", base_stock_level=35, node=store)
            network.add_successor(house, store)
        simulation(network, DAYS, rand_seed=1, progress_bar=False)

    kept: list[Any] = []
    # stockpyl draws a store's demand of a day at once and reviews once a day; ours are customers, one by one
    daily, at_once = (two_echelons("base_stock", (799, 34), (800, 35), period) for period in (DAY, 0))
    mine, hasty, theirs = in_turn(ours(daily, kept), ours(at_once, []), peer, rounds=3)
    ratios.add(
        "12.2", "stockpyl case 1 / full engine, reviews once a day (lost sales for backorders)", theirs / mine, 50, 150,
        least=True, detail="a node and day " + each([theirs, mine], DAYS * (1 + STORES))
        + f"; with every change reviewed {theirs / hasty:.2f}",
    )  # fmt: skip
    assert len(kept[0]["requests"]["request"]) == pytest.approx(DAYS * STORES * PER_DAY, rel=0.02)


CUSTOMERS, SERVERS, SERVICE = 20_000, 10, 1000  # mean seconds of service: whole seconds do not show


@cache
def counter() -> World:
    """M/M/10 at rho .9 as a warehouse with ten pickers: units of ten seconds, exponentially many."""
    per_day = 0.9 * SERVERS * DAY / SERVICE
    days = round(CUSTOMERS / per_day)
    edges = np.arange(1, 1500) + 0.5
    units = np.diff(np.concatenate([[0.0], 1 - np.exp(-edges / 100), [1.0]]))
    always = Calendar([0], [(days + 30) * DAY])
    return towns.one_warehouse(
        1_000_000_000, days=days, run_off_days=30, pickers=SERVERS, online_per_day=per_day,
        nodes={"warehouse": {"calendar": always, "pick_setup_s": 0, "pick_line_s": 0, "pick_unit_s": 10}},
        demand={
            "online_hour": np.full(24, 1 / 24), "option_shares": np.array([1.0, 0.0, 0.0]), "lines": np.array([1.0]),
            "units": units,
        },
    )  # fmt: skip


def test_ciw(ratios: Ratios) -> None:
    """Case 3: M/M/10, rho .9; ours also prices, packs, carries and delivers each of the 20,000."""
    needs(ratios, "ciw", "case 3, Ciw")
    import ciw

    def peer() -> None:
        ciw.seed(1)
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Exponential(0.9 * SERVERS)],
            service_distributions=[ciw.dists.Exponential(1.0)], number_of_servers=[SERVERS],
        )  # fmt: skip
        ciw.Simulation(network).simulate_until_max_customers(CUSTOMERS, method="Finish")

    kept: list[Any] = []
    mine, theirs = in_turn(ours(counter(), kept), peer)
    ratios.add(
        "12.3", "Ciw case 3 / full engine", theirs / mine, 3, 6, least=True,
        detail="a customer " + each([theirs, mine], CUSTOMERS),
    )  # fmt: skip


def test_salabim(ratios: Ratios) -> None:
    """Case 3 with salabim's processes."""
    needs(ratios, "salabim", "case 3, salabim")
    import salabim as sim

    def peer() -> None:
        sim.yieldless(False)
        env = sim.Environment(trace=False, random_seed=1)
        hands = sim.Resource("hands", capacity=SERVERS, env=env)
        arrivals, service = sim.Exponential(1 / (0.9 * SERVERS), env=env), sim.Exponential(1.0, env=env)

        class Customer(sim.Component):
            def process(self) -> Any:
                yield self.request(hands)
                yield self.hold(service.sample())
                self.release()

        class Door(sim.Component):
            def process(self) -> Any:
                for _ in range(CUSTOMERS):
                    Customer(env=env)
                    yield self.hold(arrivals.sample())

        Door(env=env)
        env.run()

    kept: list[Any] = []
    mine, theirs = in_turn(ours(counter(), kept), peer, rounds=3)
    ratios.add(
        "12.4", "salabim case 3 / full engine", theirs / mine, 40, 80, least=True,
        detail="a customer " + each([theirs, mine], CUSTOMERS),
    )  # fmt: skip
