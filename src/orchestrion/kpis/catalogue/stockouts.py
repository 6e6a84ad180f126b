"""How often goods are not to be had: over the catalogue's time, over the shelf's, and when somebody asks."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Scope
from orchestrion.kpis.cases import Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading


@kpi(
    "stockout_rate",
    label=("Stockout rate, web", "Taux de rupture, web"),
    unit="share",
    direction="less",
    definition=(
        "Share of the web catalogue's SKU time during which the web shows none of the SKU: "
        "seconds out of stock over web-ranged SKUs x measured seconds.",
        "Part du temps-référence du catalogue web pendant laquelle le web n'affiche aucune unité : "
        "secondes en rupture sur références vendues en ligne x secondes mesurées.",
    ),
)
def stockout_rate(reading: Reading) -> Ratio:
    return Ratio(*reading.catalogue_spells(Scope.WEB, reading.web_ranged))


@kpi(
    "unified_stockout_rate",
    label=("Stockout rate, all stock", "Taux de rupture, tous stocks"),
    unit="share",
    direction="less",
    definition=(
        "Share of SKU time during which no node of the retailer has a unit: seconds out of stock everywhere over "
        "all SKUs x measured seconds.",
        "Part du temps-référence pendant laquelle aucun point de stock n'a d'unité : secondes en rupture partout "
        "sur toutes les références x secondes mesurées.",
    ),
)
def unified_stockout_rate(reading: Reading) -> Ratio:
    return Ratio(*reading.catalogue_spells(Scope.UNIFIED, np.ones(len(reading.sku_category), np.bool_)))


@kpi(
    "shelf_stockout_rate",
    label=("Stockout rate, shelf", "Taux de rupture, rayon"),
    unit="share",
    direction="less",
    definition=(
        "Share of the stores' shelf time during which the shelf of a SKU is empty: seconds empty over SKUs that each "
        "store is meant to hold x measured seconds.",
        "Part du temps de rayon des magasins pendant laquelle le rayon d'une référence est vide : secondes à vide sur "
        "références prévues dans chaque magasin x secondes mesurées.",
    ),
)
def shelf_stockout_rate(reading: Reading) -> Ratio:
    return Ratio(*reading.shelf_spells())


@kpi(
    "demand_stockout_rate",
    label=("Stockout rate by demand, web", "Taux de rupture pondéré par la demande, web"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value of potential online lines asked for while the web showed none of the SKU; "
        "the customer who takes the last unit is not among them.",
        "Part de la valeur des lignes potentielles en ligne demandées alors que le web n'affichait aucune unité ; "
        "le client qui prend la dernière unité n'en fait pas partie.",
    ),
)
def demand_stockout_rate(reading: Reading) -> Ratio:
    return Ratio(reading.asked("value", reading.asked_while_out(Scope.WEB, reading.online)), reading.online_value)


@kpi(
    "shelf_demand_stockout_rate",
    label=("Stockout rate by demand, shelf", "Taux de rupture pondéré par la demande, rayon"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value that people in stores asked for while the store's shelf had none of the SKU; "
        "the customer who takes the last unit is not among them.",
        "Part de la valeur demandée en magasin alors que le rayon n'avait aucune unité de la référence ; "
        "le client qui prend la dernière unité n'en fait pas partie.",
    ),
)
def shelf_demand_stockout_rate(reading: Reading) -> Ratio:
    in_stores = reading.walk_in & (reading.requests["node"] >= 0)
    return Ratio(
        reading.asked("value", reading.asked_while_out(Scope.SHELF, in_stores)), reading.asked("value", in_stores)
    )


@kpi(
    "unified_demand_stockout_rate",
    label=("Stockout rate by demand, all stock", "Taux de rupture pondéré par la demande, tous stocks"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value asked for, online and in stores, while no node of the retailer had a unit; "
        "the customer who takes the last unit is not among them.",
        "Part de la valeur demandée, en ligne et en magasin, alors qu'aucun point de stock n'avait d'unité ; "
        "le client qui prend la dernière unité n'en fait pas partie.",
    ),
)
def unified_demand_stockout_rate(reading: Reading) -> Ratio:
    everybody = np.ones(reading.lost.size, np.bool_)
    return Ratio(
        reading.asked("value", reading.asked_while_out(Scope.UNIFIED, everybody)), reading.asked("value", everybody)
    )


@kpi(
    "product_unavailability",
    label=("Product unavailability", "Indisponibilité des produits"),
    unit="share",
    direction="less",
    definition=(
        "Share of all that is offered which is not to be had, on average over the measured time: SKUs that the web "
        "shows as out of stock and shelves that are empty, over SKUs sold on the web plus SKUs meant for each store.",
        "Part de tout ce qui est proposé qui n'est pas disponible, en moyenne sur le temps mesuré : références en "
        "rupture sur le web et rayons vides, sur références vendues en ligne plus références prévues dans chaque "
        "magasin.",
    ),
)
def product_unavailability(reading: Reading) -> Ratio:
    web, shelf = reading.catalogue_spells(Scope.WEB, reading.web_ranged), reading.shelf_spells()
    return Ratio(*(one.and_also(other) for one, other in zip(web, shelf, strict=True)))
