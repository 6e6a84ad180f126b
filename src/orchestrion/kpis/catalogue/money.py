"""What is left for the whole retailer, all channels together.

Sales are credited to the node that sends an order's first shipment, or whose counter they pass; costs to the node that
causes them.
"""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS
from orchestrion.kpis.cases import Cases, Keys, Ratio
from orchestrion.kpis.catalogue.cost import booked
from orchestrion.kpis.columns import Array, taken
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


def _cancelled(reading: Reading) -> tuple[Array, Array, Keys]:
    """Units cancelled, the row of their line, and what they may be grouped by."""
    book = reading.book
    rows = book.cancelled_measured
    return book.events["qty"][rows], book.event_line[rows], book.via(book.event_order[rows])


def _unit_cost(reading: Reading, sku: Array) -> Array:
    return taken(np.asarray(reading.dimension("skus", "cost"), np.int64), sku.astype(np.intp))


def _revenue(reading: Reading) -> tuple[Cases, ...]:
    book, sales = reading.book, reading.store_sales
    units, line, keys = _cancelled(reading)
    return (
        book.sum(book.orders["revenue"], book.every, MICRO),
        Cases(-units * book.lines["price"][line], keys, None, reading.with_vat),
        Cases(reading.requests["value"][sales], reading.sale_keys, sales, reading.with_vat),
    )


def _goods(reading: Reading, sign: int = 1) -> tuple[Cases, ...]:
    book, sales, requests = reading.book, reading.store_sales, reading.requests
    units, line, keys = _cancelled(reading)
    sold = requests["qty"][sales] * _unit_cost(reading, requests["sku"][sales])
    return (
        book.sum(sign * book.orders["goods"], book.every, MICRO),
        Cases(-sign * units * _unit_cost(reading, book.lines["sku"][line]), keys, None, MICRO),
        Cases(sign * sold, reading.sale_keys, sales, MICRO),
    )


@kpi(
    "revenue",
    label=("Revenue", "Chiffre d'affaires"),
    unit="EUR",
    direction="more",
    definition=(
        "Sales without VAT and without delivery fees: orders accepted in the measured time less what was cancelled of "
        "them, and sales over the stores' counters.",
        "Ventes hors TVA et hors frais de port : commandes acceptées pendant le temps mesuré moins leurs annulations, "
        "et ventes aux caisses des magasins.",
    ),
    open_orders="accepted",
    empty="zero",
)
def revenue(reading: Reading) -> Ratio:
    return Ratio(_revenue(reading))


@kpi(
    "goods",
    label=("Goods sold", "Coût d'achat des ventes"),
    unit="EUR",
    direction="neither",
    definition=(
        "Purchase cost of what revenue counts as sold.",
        "Coût d'achat de ce que compte le chiffre d'affaires.",
    ),
    open_orders="accepted",
    empty="zero",
)
def goods(reading: Reading) -> Ratio:
    return Ratio(_goods(reading))


@kpi(
    "contribution",
    label=("Contribution", "Contribution"),
    unit="EUR",
    direction="more",
    definition=(
        "What the whole retailer, stores included, keeps over the measured time: revenue without VAT, less goods, cost "
        "to serve and stock costs.",
        "Ce que garde l'enseigne entière, magasins compris, sur le temps mesuré : chiffre d'affaires hors TVA, moins "
        "coût d'achat, coût de service et coûts de stock.",
    ),
    open_orders="accepted",
    empty="zero",
)
def contribution(reading: Reading) -> Ratio:
    # of the whole house only: by channel or option, stock costs would be nobody's
    parts = (*_revenue(reading), *_goods(reading, -1), booked(reading, COST_TO_SERVE + STOCK_COSTS, -1))
    return Ratio(tuple(part.only("day", "node") for part in parts))
