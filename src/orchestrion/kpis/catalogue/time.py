"""How long customers wait, and whether they were told the truth."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.kpis.cases import Quantile, Ratio, mean
from orchestrion.kpis.columns import Rows
from orchestrion.kpis.family import kpi
from orchestrion.kpis.order_book import OrderBook
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY, HOUR


def _home(book: OrderBook) -> Rows:
    return np.flatnonzero(book.received & book.home & book.measured)


def _waited(book: OrderBook) -> NDArray[np.int64]:
    return book.last_received - book.orders["t"]


@kpi(
    "delivery_time_days",
    label=("Delivery time", "Délai de livraison"),
    unit="days",
    direction="less",
    definition=(
        "Mean time from the click to the last parcel received, over home orders that are complete; "
        "orders cancelled in full are left out.",
        "Temps moyen du clic au dernier colis reçu, sur les commandes à domicile complètes ; "
        "les commandes entièrement annulées sont écartées.",
    ),
    open_orders="left_out",
)
def delivery_time_days(reading: Reading) -> Ratio:
    book, rows = reading.book, _home(reading.book)
    return mean(_waited(book)[rows], book.keys, rows, DAY)


@kpi(
    "delivery_time_p50",
    label=("Delivery time, median", "Délai de livraison médian"),
    unit="days",
    direction="less",
    definition=(
        "Time from the click to the last parcel received within which half of the complete home orders arrive.",
        "Temps du clic au dernier colis reçu dans lequel arrive la moitié des commandes à domicile complètes.",
    ),
    open_orders="left_out",
)
def delivery_time_p50(reading: Reading) -> Quantile:
    book, rows = reading.book, _home(reading.book)
    return Quantile(_waited(book)[rows], book.keys, 0.5, rows, DAY)


@kpi(
    "delivery_time_p90",
    label=("Delivery time, 9 orders in 10", "Délai de livraison, 9 commandes sur 10"),
    unit="days",
    direction="less",
    definition=(
        "Time from the click to the last parcel received within which nine in ten complete home orders arrive.",
        "Temps du clic au dernier colis reçu dans lequel arrivent neuf commandes à domicile complètes sur dix.",
    ),
    open_orders="left_out",
)
def delivery_time_p90(reading: Reading) -> Quantile:
    book, rows = reading.book, _home(reading.book)
    return Quantile(_waited(book)[rows], book.keys, 0.9, rows, DAY)


@kpi(
    "ready_time_hours",
    label=("Ready time, click and collect", "Délai de mise à disposition"),
    unit="hours",
    direction="less",
    definition=(
        "Mean time by the clock from the click until everything is ready in the collection store, over complete "
        "click and collect orders; by node: the collection store.",
        "Temps moyen d'horloge du clic jusqu'à ce que tout soit prêt au magasin de retrait, sur les commandes en "
        "retrait complètes ; par point de stock : le magasin de retrait.",
    ),
    open_orders="left_out",
)
def ready_time_hours(reading: Reading) -> Ratio:
    book = reading.book
    rows = np.flatnonzero(book.received & ~book.home & book.measured)
    keys = book.keys.also(node=lambda: book.orders["collect_at"])
    return mean(_waited(book)[rows], keys, rows, HOUR)


@kpi(
    "promises_kept",
    label=("Promises kept", "Promesses tenues"),
    unit="share",
    direction="more",
    definition=(
        "Share of accepted orders whose last parcel was received (or ready for collection) by the moment promised; "
        "orders cancelled in full are left out.",
        "Part des commandes acceptées dont le dernier colis a été reçu (ou mis à disposition) au plus tard au moment "
        "promis ; les commandes entièrement annulées sont écartées.",
    ),
    open_orders="failed",
)
def promises_kept(reading: Reading) -> Ratio:
    book = reading.book
    return book.share(book.kept_promise, ~book.cancelled_in_full)


@kpi(
    "otif",
    label=("On time and in full", "À l'heure et en totalité"),
    unit="share",
    direction="more",
    definition=(
        "Share of all accepted orders received by the moment promised with nothing cancelled.",
        "Part de toutes les commandes acceptées reçues au plus tard au moment promis, sans rien d'annulé.",
    ),
    open_orders="failed",
)
def otif(reading: Reading) -> Ratio:
    book = reading.book
    return book.share(book.kept_promise & (book.units_cancelled + book.units_sent_back == 0), book.every)
