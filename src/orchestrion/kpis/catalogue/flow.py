"""How orders travel: from where, how far, in how many pieces, and how often again."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import EventKind
from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.columns import flagged
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading


@kpi(
    "orders",
    label=("Orders accepted", "Commandes acceptées"),
    unit="orders",
    direction="neither",
    definition=(
        "Orders accepted in the measured time; by node: those whose first shipment it sent.",
        "Commandes acceptées pendant le temps mesuré ; par point de stock : celles dont il a envoyé la première "
        "expédition.",
    ),
    open_orders="so_far",
    empty="zero",
)
def orders(reading: Reading) -> Ratio:
    return Ratio(reading.book.count(reading.book.every))


@kpi(
    "split_rate",
    label=("Split rate", "Taux de fractionnement"),
    unit="share",
    direction="less",
    definition=(
        "Share of orders with at least one shipment sent that needed more than one.",
        "Part des commandes dont au moins une expédition est partie qui en ont demandé plus d'une.",
    ),
    open_orders="so_far",
)
def split_rate(reading: Reading) -> Ratio:
    book = reading.book
    return book.share(book.shipments_sent > 1, book.shipped)


@kpi(
    "parcels_per_order",
    label=("Parcels per order", "Colis par commande"),
    unit="parcels/order",
    direction="less",
    definition=(
        "Parcels sent over orders with at least one shipment sent.",
        "Colis envoyés sur les commandes dont au moins une expédition est partie.",
    ),
    open_orders="so_far",
)
def parcels_per_order(reading: Reading) -> Ratio:
    book = reading.book
    return Ratio(book.sum(book.parcels, book.shipped), book.count(book.shipped))


@kpi(
    "resourcing_hops",
    label=("Re-sourcings per order", "Réaffectations par commande"),
    unit="hops/order",
    direction="less",
    definition=(
        "How often an accepted order had to be sourced again, by the line that needed it most, on average.",
        "Nombre moyen de fois où une commande acceptée a dû être réaffectée, d'après sa ligne qui l'a été le plus.",
    ),
    open_orders="so_far",
)
def resourcing_hops(reading: Reading) -> Ratio:
    book = reading.book
    return Ratio(book.sum(book.hops, book.every), book.count(book.every))


@kpi(
    "short_pick_rate",
    label=("Short-pick rate", "Taux d'introuvables"),
    unit="share",
    direction="less",
    definition=(
        "Share of the lines a picker looked for of which not every unit was found; by node: where it was looked for.",
        "Part des lignes cherchées par un préparateur dont toutes les unités n'ont pas été trouvées ; "
        "par point de stock : là où elles ont été cherchées.",
    ),
    open_orders="so_far",
)
def short_pick_rate(reading: Reading) -> Ratio:
    book, events = reading.book, reading.book.events
    short = events["kind"] == EventKind.SHORT
    rows = np.flatnonzero(short | (events["kind"] == EventKind.PICKED))
    rows = rows[flagged(book.measured, book.event_order[rows])]
    # a line found in part leaves two events: one look counts once, and as short
    look = events["shipment"][rows].astype(np.int64) << 16 | events["line"][rows]
    order = np.lexsort((~short[rows], look))
    first = np.ones(rows.size, np.bool_)
    first[1:] = look[order][1:] != look[order][:-1]
    looks = rows[order[first]]
    keys = book.via(book.event_order).also(node=lambda: events["node"])
    return Ratio(Cases(short[looks].astype(np.int64), keys, looks), Cases(np.ones(looks.size, np.int64), keys, looks))


@kpi(
    "fulfilment_distance_km",
    label=("Fulfilment distance", "Distance d'exécution"),
    unit="km",
    direction="less",
    definition=(
        "Mean great-circle distance from the node to the address (or collection store), over shipments sent.",
        "Distance moyenne à vol d'oiseau du point de stock à l'adresse (ou au magasin de retrait), sur les expéditions "
        "parties.",
    ),
    open_orders="so_far",
)
def fulfilment_distance_km(reading: Reading) -> Ratio:
    book, rows = reading.book, reading.book.sent_measured
    ones = np.ones(rows.size, np.int64)
    return Ratio(
        Cases(book.shipments["distance"][rows], book.shipment_keys, rows, 1000), Cases(ones, book.shipment_keys, rows)
    )


@kpi(
    "share_from_stores",
    label=("Shipments from stores", "Expéditions depuis les magasins"),
    unit="share",
    direction="neither",
    definition=("Share of shipments sent that a store sent.", "Part des expéditions parties d'un magasin."),
    open_orders="so_far",
)
def share_from_stores(reading: Reading) -> Ratio:
    book, rows = reading.book, reading.book.sent_measured
    store = flagged(reading.stores, book.shipments["node"][rows])
    ones = np.ones(rows.size, np.int64)
    return Ratio(Cases(store.astype(np.int64), book.shipment_keys, rows), Cases(ones, book.shipment_keys, rows))
