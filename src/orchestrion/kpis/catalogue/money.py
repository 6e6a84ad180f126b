"""What is left for the whole retailer, all channels together.

Sales are credited to nodes by the scenario's rule, or pass a store's counter; costs belong to the node causing them.
"""

from __future__ import annotations

import numpy as np

from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


@kpi(
    "revenue",
    label=("Revenue", "Chiffre d'affaires"),
    unit="EUR",
    direction="more",
    definition=(
        "Sales without VAT and without delivery fees: orders accepted in the measured time less what was cancelled of "
        "them, refunded, or is expected to come back, and sales over the stores' counters; by node: as the scenario "
        "credits sales.",
        "Ventes hors TVA et hors frais de port : commandes acceptées pendant le temps mesuré moins leurs annulations, "
        "remboursements et retours attendus, et ventes aux caisses des magasins ; par point de stock : selon la règle "
        "d'attribution du scénario.",
    ),
    open_orders="accepted",
    empty="zero",
)
def revenue(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.revenue)


@kpi(
    "goods",
    label=("Goods sold", "Coût d'achat des ventes"),
    unit="EUR",
    direction="neither",
    definition=(
        "Purchase cost of what revenue counts as sold; what came back is not, whatever became of it.",
        "Coût d'achat de ce que compte le chiffre d'affaires ; ce qui est revenu n'en est pas, quel que soit son sort.",
    ),
    open_orders="accepted",
    empty="zero",
)
def goods(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.goods)


@kpi(
    "gross_margin",
    label=("Gross margin", "Marge brute"),
    unit="EUR",
    direction="more",
    definition=("Revenue less goods sold.", "Chiffre d'affaires moins coût d'achat des ventes."),
    open_orders="accepted",
    empty="zero",
)
def gross_margin(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.margin)


@kpi(
    "margin_rate",
    label=("Gross margin rate", "Taux de marge brute"),
    unit="share",
    direction="more",
    definition=(
        "Revenue less goods sold, over revenue.",
        "Chiffre d'affaires moins coût d'achat des ventes, rapporté au chiffre d'affaires.",
    ),
    open_orders="accepted",
)
def margin_rate(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.margin, reading.accounts.revenue)


@kpi(
    "refunds",
    label=("Refunds", "Remboursements"),
    unit="EUR",
    direction="less",
    definition=(
        "Prices without VAT given back for what came back of the measured orders: returned, undelivered or never "
        "collected; by node: where the order was placed, if that was a store.",
        "Prix hors TVA rendus pour ce qui est revenu des commandes mesurées : retourné, non livré ou jamais retiré ; "
        "par point de stock : là où la commande a été passée.",
    ),
    open_orders="so_far",
    empty="zero",
)
def refunds(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.refunded)


@kpi(
    "returns_expected",
    label=("Returns still expected", "Retours encore attendus"),
    unit="EUR",
    direction="less",
    definition=(
        "Prices without VAT that customers of the measured orders are still expected to be given back after the end: "
        "all of what is on its way back, and for the rest by each SKU's return rate and the time since the customer "
        "has it; revenue is less by it, and goods sold by what it was bought for.",
        "Prix hors TVA que les clients des commandes mesurées devraient encore se voir rendre après la fin : tout ce "
        "qui est en chemin et, pour le reste, selon le taux de retour de chaque référence et le temps depuis que le "
        "client l'a ; déduits du chiffre d'affaires, comme leur coût d'achat du coût des ventes.",
    ),
    open_orders="accepted",
    empty="zero",
)
def returns_expected(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.expected_back)


@kpi(
    "returns_expected_cost",
    label=("Cost of returns still expected", "Coût des retours encore attendus"),
    unit="EUR",
    direction="less",
    definition=(
        "Carriage home, inspection, what cannot be sold again and delivery fees given back of the returns of the "
        "measured orders that are still expected after the end; part of cost to serve.",
        "Transport retour, contrôle, invendables et frais de port rendus des retours des commandes mesurées encore "
        "attendus après la fin ; compris dans le coût de service.",
    ),
    open_orders="accepted",
    empty="zero",
)
def returns_expected_cost(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.accrued)


@kpi(
    "commission",
    label=("Commissions", "Commissions"),
    unit="EUR",
    direction="less",
    definition=(
        "What marketplaces keep of the net revenue of their orders; by node also what franchised stores are paid for "
        "shipping, which is nothing for the whole.",
        "Ce que les places de marché gardent du chiffre d'affaires net de leurs commandes ; par point de stock aussi "
        "ce que touchent les franchisés qui expédient, nul pour l'ensemble.",
    ),
    open_orders="accepted",
    empty="zero",
)
def commission(reading: Reading) -> Ratio:
    return Ratio(reading.accounts.commission)


@kpi(
    "contribution",
    label=("Contribution", "Contribution"),
    unit="EUR",
    direction="more",
    definition=(
        "What the whole retailer, stores included, keeps over the measured time: revenue without VAT, refunds off, "
        "less goods, commissions, cost to serve and stock costs.",
        "Ce que garde l'enseigne entière, magasins compris, sur le temps mesuré : chiffre d'affaires hors TVA, "
        "remboursements déduits, moins coût d'achat, commissions, coût de service et coûts de stock.",
    ),
    open_orders="accepted",
    empty="zero",
)
def contribution(reading: Reading) -> Ratio:
    # of the whole house only: by channel or option, stock costs would be nobody's
    return Ratio(reading.accounts.contribution.only("day", "node"))


@kpi(
    "lost_margin",
    label=("Margin lost, all channels", "Marge perdue, tous canaux"),
    unit="EUR",
    direction="less",
    definition=(
        "Price without VAT less purchase cost of what was asked for, online and in stores, and lost for any reason. "
        "Beside the contribution, never inside it.",
        "Prix hors TVA moins coût d'achat de ce qui a été demandé, en ligne et en magasin, et perdu quelle qu'en soit "
        "la raison. À côté de la contribution, jamais dedans.",
    ),
    open_orders="waiting",
    empty="zero",
)
def lost_margin(reading: Reading) -> Ratio:
    rows, accounts = np.flatnonzero(reading.lost), reading.accounts
    asked = reading.requests
    worth = accounts.net(asked["value"][rows]) - asked["qty"][rows] * accounts.unit_cost(asked["sku"][rows])
    return Ratio(Cases(worth, reading.request_keys_and_reason, rows, MICRO))
