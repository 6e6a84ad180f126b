"""Euros click to door."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import COST_TO_SERVE, LABOUR, Component
from orchestrion.kpis.cases import Cases, Ratio, Sum
from orchestrion.kpis.columns import taken
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


@kpi(
    "cost_to_serve",
    label=("Cost to serve", "Coût de service"),
    unit="EUR/order",
    direction="less",
    definition=(
        "Picking, packaging, carriage, shuttle, transfers, rework, customer care, failed deliveries and returns, those "
        "still expected included, less delivery fees, over orders of which at least one shipment was sent; by node: "
        "all costs of the orders whose first shipment it sent.",
        "Préparation, emballage, transport, navette, transferts, reprises, service client, livraisons manquées et "
        "retours, y compris ceux encore attendus, moins les frais de port perçus, sur les commandes dont au moins une "
        "expédition est partie ; par point de stock : tous les coûts des commandes dont il a envoyé la première "
        "expédition.",
    ),
    open_orders="so_far",
)
def cost_to_serve(reading: Reading) -> Ratio:
    costs, keys = reading.booked("costs")
    rows = np.flatnonzero(np.isin(costs["component"], COST_TO_SERVE))
    keys = keys.also(component=lambda: costs["component"])
    return Ratio(Cases(costs["amount"][rows], keys, rows, MICRO), reading.book.count(reading.book.shipped))


@kpi(
    "cost_to_serve_total",
    label=("Cost to serve, total", "Coût de service, total"),
    unit="EUR",
    direction="less",
    definition=(
        "Picking, packaging, carriage, shuttle, transfers, rework, customer care, failed deliveries and returns, those "
        "still expected included, less delivery fees, of the measured orders.",
        "Préparation, emballage, transport, navette, transferts, reprises, service client, livraisons manquées et "
        "retours, y compris ceux encore attendus, moins les frais de port perçus, des commandes mesurées.",
    ),
    open_orders="so_far",
    empty="zero",
)
def cost_to_serve_total(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.cost_to_serve)


@kpi(
    "stock_costs",
    label=("Stock costs", "Coûts de stock"),
    unit="EUR",
    direction="less",
    definition=(
        "Holding, change in the expected loss on stock, moving stock between nodes, counting, markdowns, repatriation "
        "and write-offs, over the measured time.",
        "Portage, variation de la perte attendue sur le stock, transferts entre points de stock, comptages, démarques, "
        "rapatriements et mises au rebut, sur le temps mesuré.",
    ),
    empty="zero",
)
def stock_costs(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.stock_costs)


@kpi(
    "markdown_exposure",
    label=("Markdown exposure", "Exposition aux démarques"),
    unit="EUR",
    direction="less",
    definition=(
        "Change over the measured time in the loss expected on stock that will outlive its season, what measured "
        "orders still bring back included.",
        "Variation, sur le temps mesuré, de la perte attendue sur le stock qui survivra à sa saison, y compris ce que "
        "les commandes mesurées ramènent encore.",
    ),
    empty="zero",
)
def markdown_exposure(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.booked((Component.WRITE_DOWN,)))


@kpi(
    "labour_cost",
    label=("Labour", "Main-d'œuvre"),
    unit="EUR",
    direction="neither",
    definition=(
        "Wages of picking, claiming, rework, inspection of returns, those still expected included, and counting, part "
        "of cost to serve and of stock costs.",
        "Salaires de la préparation, des réponses aux offres, des reprises, du contrôle des retours, y compris ceux "
        "encore attendus, et des comptages, compris dans le coût de service et les coûts de stock.",
    ),
    open_orders="so_far",
    empty="zero",
)
def labour_cost(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.booked(LABOUR))


@kpi(
    "split_cost",
    label=("Cost of splits", "Coût des fractionnements"),
    unit="EUR/order",
    direction="less",
    definition=(
        "Carriage, shuttle, packaging and the labour of getting started, of each shipment of an order but the first, "
        "over orders of which at least one shipment was sent: a part of cost to serve, not an addition to it.",
        "Transport, navette, emballage et mise en route de la préparation, de chaque expédition d'une commande sauf la "
        "première, sur les commandes dont au moins une expédition est partie : une part du coût de service, pas un "
        "supplément.",
    ),
    open_orders="so_far",
)
def split_cost(reading: Reading) -> Ratio:
    book = reading.book
    costs, keys = reading.booked("costs")
    later = book.later_shipments
    later = later[book.measured[book.shipment_order[later]]]
    rows = np.flatnonzero(
        np.isin(costs["component"], (Component.CARRIAGE, Component.SHUTTLE, Component.PACKAGING))
        & np.isin(costs["shipment"], book.shipments["shipment"][later])
    )
    setup = np.asarray(reading.dimension("nodes", "setup_cost"), np.int64)
    node = book.shipments["node"][later].astype(np.intp)
    begun = taken(setup, node) if setup.size else np.zeros(later.size, np.int64)
    whose = book.via(book.shipment_order[later])
    parts = (Cases(costs["amount"][rows], keys, rows, MICRO), Cases(begun, whose, None, MICRO))
    return Ratio(Sum(parts), book.count(book.shipped))
