"""Euros click to door."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, STOCK_COSTS, Component
from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.columns import Rows
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


def rows_of(reading: Reading, components: tuple[Component, ...]) -> Rows:
    """Rows of the measured costs with one of the components."""
    costs, _ = reading.booked("costs")
    return np.flatnonzero(np.isin(costs["component"], components))


def booked(reading: Reading, components: tuple[Component, ...], sign: int = 1) -> Cases:
    """Their euros, to be added up; by node: where they arise, else where their order was first sent from."""
    costs, of_order = reading.booked("costs")
    rows = rows_of(reading, components)
    keys = of_order.also(
        component=lambda: costs["component"],
        node=lambda: np.where(costs["node"] >= 0, costs["node"], of_order["node"]),
    )
    return Cases(sign * costs["amount"][rows], keys, rows, MICRO)


@kpi(
    "cost_to_serve",
    label=("Cost to serve", "Coût de service"),
    unit="EUR/order",
    direction="less",
    definition=(
        "Picking, packaging, carriage, shuttle, rework and customer care, less delivery fees, over orders of which at "
        "least one shipment was sent; by node: all costs of the orders whose first shipment it sent.",
        "Préparation, emballage, transport, navette, reprises et service client, moins les frais de port perçus, sur "
        "les commandes dont au moins une expédition est partie ; par point de stock : tous les coûts des commandes "
        "dont il a envoyé la première expédition.",
    ),
    open_orders="so_far",
)
def cost_to_serve(reading: Reading) -> Ratio:
    costs, keys = reading.booked("costs")
    rows = rows_of(reading, COST_TO_SERVE)
    keys = keys.also(component=lambda: costs["component"])
    return Ratio(Cases(costs["amount"][rows], keys, rows, MICRO), reading.book.count(reading.book.shipped))


@kpi(
    "cost_to_serve_total",
    label=("Cost to serve, total", "Coût de service, total"),
    unit="EUR",
    direction="less",
    definition=(
        "Picking, packaging, carriage, shuttle, rework and customer care, less delivery fees, of the measured orders.",
        "Préparation, emballage, transport, navette, reprises et service client, moins les frais de port perçus, des "
        "commandes mesurées.",
    ),
    open_orders="so_far",
    empty="zero",
)
def cost_to_serve_total(reading: Reading) -> Ratio:
    return Ratio(booked(reading, COST_TO_SERVE))


@kpi(
    "stock_costs",
    label=("Stock costs", "Coûts de stock"),
    unit="EUR",
    direction="less",
    definition=(
        "Holding, change in the expected loss on stock, and moving stock between nodes, over the measured time.",
        "Portage, variation de la perte attendue sur le stock et transferts entre points de stock, sur le temps "
        "mesuré.",
    ),
    empty="zero",
)
def stock_costs(reading: Reading) -> Ratio:
    return Ratio(booked(reading, STOCK_COSTS))


@kpi(
    "markdown_exposure",
    label=("Markdown exposure", "Exposition aux démarques"),
    unit="EUR",
    direction="less",
    definition=(
        "Change over the measured time in the loss expected on stock that will outlive its season.",
        "Variation, sur le temps mesuré, de la perte attendue sur le stock qui survivra à sa saison.",
    ),
    empty="zero",
)
def markdown_exposure(reading: Reading) -> Ratio:
    return Ratio(booked(reading, (Component.WRITE_DOWN,)))
