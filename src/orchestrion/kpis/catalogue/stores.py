"""The work that orders bring to stores: hours, queues, and who gets how much of it."""

from __future__ import annotations

import numpy as np

from orchestrion.kpis.cases import Cases, Inequality, Keys, Quantile, Ratio
from orchestrion.kpis.columns import Rows, flagged
from orchestrion.kpis.displaced import displaced
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY, HOUR


def _in_stores(reading: Reading) -> Rows:
    return np.flatnonzero(flagged(reading.stores, reading.work["node"]))


def _keys(reading: Reading) -> Keys:
    work = reading.work
    return Keys(day=lambda: work["from_t"] // DAY, node=lambda: work["node"])


@kpi(
    "store_hours",
    label=("Picking hours in stores", "Heures de préparation en magasin"),
    unit="hours",
    direction="neither",
    definition=(
        "Hours that store staff spent picking in the measured time.",
        "Heures passées à préparer par le personnel des magasins pendant le temps mesuré.",
    ),
    empty="zero",
)
def store_hours(reading: Reading) -> Ratio:
    rows = _in_stores(reading)
    return Ratio(Cases(reading.work["busy_s"][rows], _keys(reading), rows, HOUR))


@kpi(
    "store_utilisation",
    label=("Utilisation of store pickers", "Occupation des préparateurs en magasin"),
    unit="share",
    direction="neither",
    definition=(
        "Share of the store pickers' time on duty spent picking.",
        "Part du temps de présence des préparateurs en magasin passée à préparer.",
    ),
)
def store_utilisation(reading: Reading) -> Ratio:
    rows, keys = _in_stores(reading), _keys(reading)
    return Ratio(Cases(reading.work["busy_s"][rows], keys, rows), Cases(reading.work["staffed_s"][rows], keys, rows))


@kpi(
    "workload_gini",
    label=("Inequality of work between stores", "Inégalité de charge entre magasins"),
    unit="index",
    direction="less",
    definition=(
        "Gini coefficient of picking time over all stores: 0 when all have the same, towards 1 when one has all.",
        "Coefficient de Gini du temps de préparation sur tous les magasins : 0 si tous ont autant, vers 1 si un seul "
        "a tout.",
    ),
)
def workload_gini(reading: Reading) -> Inequality:
    rows = _in_stores(reading)
    rank = np.cumsum(reading.stores) - 1
    day = reading.work["from_t"][rows] // DAY
    return Inequality(
        reading.work["busy_s"][rows],
        rank[reading.work["node"][rows]] if rows.size else rows,
        int(reading.stores.sum()),
        Keys.of({"day": day}),
    )


@kpi(
    "queue_p90",
    label=("Picking queue, 9 times in 10", "File de préparation, 9 fois sur 10"),
    unit="shipments",
    direction="less",
    definition=(
        "Shipments waiting for a picker that a node does not exceed at the end of nine in ten intervals with staff.",
        "Expéditions en attente d'un préparateur qu'un point de stock ne dépasse pas à la fin de neuf intervalles "
        "avec personnel sur dix.",
    ),
)
def queue_p90(reading: Reading) -> Quantile:
    rows = np.flatnonzero(reading.work["staffed_s"] > 0)
    return Quantile(reading.work["queue"][rows], _keys(reading), 0.9, rows)


@kpi(
    "walk_in_lost_caused_eur",
    label=("Store sales lost to online orders", "Ventes en magasin perdues du fait du web"),
    unit="EUR",
    direction="less",
    definition=(
        "List value, VAT included, that people asked for at an empty shelf and that was lost, as far as the store had "
        "picked as many units of the SKU for online orders since its last delivery of it.",
        "Valeur catalogue, TVA comprise, demandée devant un rayon vide et perdue, dans la limite des unités de la "
        "référence que le magasin avait préparées pour des commandes en ligne depuis sa dernière livraison.",
    ),
    open_orders="so_far",
    empty="zero",
    by_sku=True,
)
def walk_in_lost_caused_eur(reading: Reading) -> Ratio:
    return Ratio(displaced(reading))
