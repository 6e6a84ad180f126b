"""Demand that left, by value and by reason; what merely moved within the house is kept apart."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Outcome, Reason
from orchestrion.kpis.cases import Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import MICRO


@kpi(
    "lost_sales_share",
    label=("Online sales lost", "Ventes en ligne perdues"),
    unit="share",
    direction="less",
    definition=(
        "Share of the list value of potential online lines lost to the retailer because the goods were not to be had: "
        "shown as unavailable and not bought elsewhere in the house, or accepted and cancelled for want of stock.",
        "Part de la valeur catalogue des lignes potentielles en ligne perdues pour l'enseigne faute de marchandise : "
        "affichées indisponibles et non achetées ailleurs dans l'enseigne, ou acceptées puis annulées faute de stock.",
    ),
    open_orders="waiting",
)
def lost_sales_share(reading: Reading) -> Ratio:
    lost = reading.online & reading.lost_unavailable
    return Ratio(reading.asked("value", lost, reasons=True), reading.online_value)


@kpi(
    "moved_to_store_share",
    label=("Online sales moved to stores", "Ventes en ligne reportées en magasin"),
    unit="share",
    direction="neither",
    definition=(
        "Share of the list value of potential online lines that the customer bought in a store of the house instead.",
        "Part de la valeur catalogue des lignes potentielles en ligne que le client a achetées dans un magasin de "
        "l'enseigne à la place.",
    ),
    open_orders="waiting",
)
def moved_to_store_share(reading: Reading) -> Ratio:
    moved = reading.online & (reading.requests["outcome"] == Outcome.MOVED_TO_STORE)
    return Ratio(reading.asked("value", moved), reading.online_value)


@kpi(
    "companion_lost_share",
    label=("Companion lines lost", "Lignes associées perdues"),
    unit="share",
    direction="less",
    definition=(
        "Share of the list value of potential online lines that were available and left with the basket because "
        "another line of it was not.",
        "Part de la valeur catalogue des lignes potentielles en ligne disponibles mais abandonnées avec le panier, "
        "une autre ligne ne l'étant pas.",
    ),
    open_orders="waiting",
)
def companion_lost_share(reading: Reading) -> Ratio:
    rows = reading.requests
    left = reading.online & (rows["outcome"] == Outcome.LOST) & (rows["reason"] == Reason.COMPANION)
    return Ratio(reading.asked("value", left), reading.online_value)


@kpi(
    "substituted_share",
    label=("Asked for, another SKU taken", "Demandes reportées sur un autre article"),
    unit="share",
    direction="neither",
    definition=(
        "Share of the value of everything asked for, online and in stores, in whose place the customer took another "
        "SKU; not lost, and not what was wanted.",
        "Part de la valeur de tout ce qui a été demandé, en ligne et en magasin, à la place de quoi le client a pris "
        "un autre article ; ni perdu, ni ce qui était voulu.",
    ),
    open_orders="waiting",
)
def substituted_share(reading: Reading) -> Ratio:
    every = np.ones(reading.lost.size, np.bool_)
    swapped = reading.requests["outcome"] == Outcome.SUBSTITUTED
    return Ratio(reading.asked("value", swapped), reading.asked("value", every))


@kpi(
    "unconverted_share",
    label=("Online sales lost to the offer", "Ventes en ligne perdues faute d'offre convenable"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value of potential online lines that were to be had and not bought, because the promise shown "
        "was too late or the fee too high.",
        "Part de la valeur des lignes potentielles en ligne disponibles mais non achetées, la promesse affichée étant "
        "trop tardive ou les frais trop élevés.",
    ),
    open_orders="waiting",
)
def unconverted_share(reading: Reading) -> Ratio:
    rows = reading.requests
    unsuited = np.isin(rows["reason"], (Reason.TOO_SLOW, Reason.TOO_DEAR))
    left = reading.online & (rows["outcome"] == Outcome.LOST) & unsuited
    return Ratio(reading.asked("value", left, reasons=True), reading.online_value)


@kpi(
    "revenue_lost_share",
    label=("Revenue lost, all channels", "Chiffre d'affaires perdu, tous canaux"),
    unit="share",
    direction="less",
    definition=(
        "Share of the list value of everything asked for, online and in stores, that was lost for any reason, "
        "cancelled lines included.",
        "Part de la valeur catalogue de tout ce qui a été demandé, en ligne et en magasin, perdue quelle qu'en soit "
        "la raison, lignes annulées comprises.",
    ),
    open_orders="waiting",
)
def revenue_lost_share(reading: Reading) -> Ratio:
    every = np.ones(reading.lost.size, np.bool_)
    return Ratio(reading.asked("value", reading.lost, reasons=True), reading.asked("value", every))


@kpi(
    "walk_in_lost_share",
    label=("Store sales lost", "Ventes en magasin perdues"),
    unit="share",
    direction="less",
    definition=(
        "Share of the list value that people asked for in stores and that was lost.",
        "Part de la valeur catalogue demandée en magasin qui a été perdue.",
    ),
    open_orders="waiting",
)
def walk_in_lost_share(reading: Reading) -> Ratio:
    lost = reading.asked("value", reading.walk_in & reading.lost, reasons=True)
    return Ratio(lost, reading.asked("value", reading.walk_in))


@kpi(
    "walk_in_lost_eur",
    label=("Store sales lost, value", "Ventes en magasin perdues, en valeur"),
    unit="EUR",
    direction="less",
    definition=(
        "List value, VAT included, that people asked for in stores and that was lost.",
        "Valeur catalogue, TVA comprise, demandée en magasin et perdue.",
    ),
    open_orders="waiting",
    empty="zero",
)
def walk_in_lost_eur(reading: Reading) -> Ratio:
    return Ratio(reading.asked("value", reading.walk_in & reading.lost, reasons=True, per=MICRO))


@kpi(
    "lost_sales_units",
    label=("Units lost", "Unités perdues"),
    unit="units",
    direction="less",
    definition=(
        "Units asked for, online and in stores, and lost for any reason, cancelled lines included.",
        "Unités demandées, en ligne et en magasin, et perdues quelle qu'en soit la raison, lignes annulées comprises.",
    ),
    open_orders="waiting",
    empty="zero",
)
def lost_sales_units(reading: Reading) -> Ratio:
    return Ratio(reading.asked("qty", reading.lost, reasons=True))


@kpi(
    "lost_sales_eur",
    label=("Sales lost, all channels", "Ventes perdues, tous canaux"),
    unit="EUR",
    direction="less",
    definition=(
        "List value, VAT included, of what was asked for, online and in stores, and lost for any reason, "
        "cancelled lines included.",
        "Valeur catalogue, TVA comprise, de ce qui a été demandé, en ligne et en magasin, et perdu quelle qu'en soit "
        "la raison, lignes annulées comprises.",
    ),
    open_orders="waiting",
    empty="zero",
)
def lost_sales_eur(reading: Reading) -> Ratio:
    return Ratio(reading.asked("value", reading.lost, reasons=True, per=MICRO))
