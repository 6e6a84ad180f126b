"""Each node's profit and loss, and the purse: what a study says of them is what its facts say, to the micro-euro."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import duckdb
import numpy as np
import pytest
from small_studies import TownScenario
from towns import three_stores_replenished

from orchestrion.domain.money import CashTerms, SaleCredit
from orchestrion.domain.world import World
from orchestrion.errors import StudyError
from orchestrion.experiments import Study, compare
from orchestrion.experiments.store_pnl import EUROS, HOURS, node_accounts
from orchestrion.units import MICRO


@dataclass(frozen=True)
class Agreed(TownScenario):
    """A town with a franchise, short of stock, and an agreement about whose sale it is."""

    credit: dict[str, float] = field(default_factory=dict)
    franchised: bool = False

    @property
    def document(self) -> dict[str, Any]:
        return super().document | {"credit": self.credit, "franchised": self.franchised}

    def compile(self) -> World:
        world = three_stores_replenished(
            online_per_day=self.orders_per_day,
            days=self.days,
            walk_ins=12.0,
            nodes={"store_3": {"franchised": self.franchised}},
        )
        economics = replace(
            world.economics,
            credit=SaleCredit(**self.credit),
            franchise_commission=0.2,
            cash=CashTerms(supplier_days=5, carrier_days=3, wages_month_end=True, online_days=1),
        )
        return replace(world, economics=economics)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    scenarios = [
        Agreed(name="shipper"),
        Agreed(name="channel", credit={"ordering": 1.0, "shipping": 0.0}),
        Agreed(name="franchise", franchised=True),
    ]
    path = tmp_path_factory.mktemp("pnl") / "study"
    return compare(scenarios, replications=2, seed=5, facts="full", out=path, workers=1)


def test_the_rows_add_up_to_the_retailer_exactly(study: Study) -> None:
    for label in study.labels:
        books = node_accounts(study, label, [0, 1])
        whole = study.kpis("all")
        for column, kpi in {**EUROS, HOURS: HOURS}.items():
            for run in (0, 1):
                mine = (whole["label"] == label) & (whole["kpi"] == kpi) & (whole["replication"] == run)
                assert books[column][run].sum() == round(float(whole["value"][mine].iloc[0]) * MICRO), column
        blocks = books["revenue"] - books["goods"] - books["commission"] - books["cost_to_serve"] - books["stock_costs"]
        assert blocks.tolist() == books["contribution"].tolist()
        frame = study.store_pnl(label)
        assert frame["contribution"].iloc[-1] == pytest.approx(frame["contribution"].iloc[:-1].sum(), abs=1e-6)


def test_a_stores_sales_and_costs_are_those_of_its_facts(study: Study) -> None:
    frame = study.store_pnl("shipper").set_index("key")
    con = duckdb.connect()
    for name in ("requests", "costs", "lines", "events", "shipments"):
        con.register(name, study.facts(name, label="shipper"))
    store = study.dims("nodes", label="shipper")["key"].tolist().index("store_1")
    counter, picked, costs = con.execute(f"""
        WITH leads AS (SELECT replication, "order", arg_min(node, shipment) AS node FROM shipments
                       WHERE units > 0 AND picked_t >= 0 GROUP BY ALL)
        SELECT (SELECT sum(round(value / 1.2)) FROM requests WHERE served_at = {store} AND "order" < 0),
               (SELECT sum(round(e.qty * l.price / 1.2)) FROM events e JOIN lines l
                ON l."order" = e."order" AND l.line = e.line AND l.replication = e.replication
                WHERE e.kind = 3 AND e.node = {store}),
               (SELECT sum(amount) FROM costs c LEFT JOIN leads USING (replication, "order")
                WHERE component NOT IN (7, 8, 9) AND (CASE WHEN c.node >= 0 THEN c.node ELSE leads.node END) = {store})
    """).fetchall()[0]
    assert frame.loc["store_1", "revenue"] == pytest.approx((counter + picked) / 2e6)
    assert frame.loc["store_1", "cost_to_serve"] == pytest.approx(costs / 2e6)


def test_whose_sale_it_is_moves_results_between_nodes_and_changes_nothing_for_the_house(study: Study) -> None:
    shipper, channel = study.store_pnl("shipper"), study.store_pnl("channel")
    assert channel["contribution"].iloc[-1] == pytest.approx(shipper["contribution"].iloc[-1], abs=1e-6)
    online = {name: frame.set_index("key")["revenue"]["online"] for name, frame in (("s", shipper), ("c", channel))}
    assert online["c"] > 1000 > abs(online["s"])
    assert (channel["revenue"].iloc[:-2] <= shipper["revenue"].iloc[:-2] + 1e-6).all()


def test_a_franchise_earns_its_commission_and_the_online_account_pays_it(study: Study) -> None:
    frame = study.store_pnl("franchise").set_index("key")
    assert frame.loc["store_3", "franchised"]
    assert frame.loc["store_3", "commission"] < 0 < frame.loc["online", "commission"]
    assert frame.loc["all", "commission"] == pytest.approx(0, abs=1e-9)


def test_who_gains_and_who_loses_against_another_alternative(study: Study) -> None:
    frame = study.store_pnl("channel", against="shipper").set_index("key")
    assert frame.loc["online", "who"] == "gains"
    assert frame.loc["all", "change"] == pytest.approx(0, abs=1e-6)
    assert frame["change"].iloc[:-1].sum() == pytest.approx(0, abs=1e-6)
    assert set(frame["who"]) <= {"gains", "loses", "noise", "same"}
    assert set(frame.attrs["gini_of_work"]) == {"channel", "shipper"}


def test_the_alternative_has_to_be_named_when_there_are_several(study: Study) -> None:
    with pytest.raises(StudyError, match="say which alternative; one of shipper, channel, franchise"):
        study.store_pnl()


def test_the_curve_of_cash_ends_where_the_kpi_says_and_is_as_deep(study: Study) -> None:
    curve = study.cash("shipper", 1)
    whole = study.kpis("all").set_index(["label", "replication", "kpi"])["value"]
    assert curve["balance"].iloc[-1] == pytest.approx(whole["shipper", 1, "cash_generated"])
    assert max(0.0, -curve["balance"].min()) == pytest.approx(whole["shipper", 1, "peak_cash_need"])
    items = curve.columns[curve.columns.get_loc("date") + 1 : curve.columns.get_loc("net")]
    np.testing.assert_allclose(curve[list(items)].sum(axis=1), curve["net"], atol=1e-6)
    np.testing.assert_allclose(curve["net"].cumsum(), curve["balance"], atol=1e-6)
    wages = curve.loc[curve["labour"] < 0, "date"]
    assert [day.day for day in wages] == [31]  # the town works in January
    assert curve["opening_stock"].iloc[0] < 0


def test_without_full_facts_the_curve_says_where_to_look(tmp_path: Any) -> None:
    thin = compare([Agreed(name="thin")], replications=1, seed=5, facts="orders", out=tmp_path / "s", workers=1)
    with pytest.raises(StudyError, match=r'facts="full".*cash_generated'):
        thin.cash()
    assert len(thin.store_pnl()) == 6  # four nodes, the online account, all
