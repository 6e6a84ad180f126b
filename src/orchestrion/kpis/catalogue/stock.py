"""How much money lies in stock, how fast it turns, and how much of it is sold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import StockKind
from orchestrion.kpis.cases import Cases, Keys, Levels, Midnights, Ratio
from orchestrion.kpis.columns import flagged, taken
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading
from orchestrion.units import DAY, MICRO

_OUT = (StockKind.SOLD, StockKind.PICKED, StockKind.RESTOCKED)
_AWAY = (StockKind.DISPATCHED, StockKind.SENT_BACK, StockKind.GIVEN_AWAY)
_IN = (StockKind.OPENING, StockKind.RECEIVED, StockKind.DISPATCHED)


def _keys(reading: Reading, rows: NDArray[np.intp] | slice = slice(None)) -> Keys:
    stock = reading.table("stock")
    return Keys(
        day=lambda: stock["t"][rows] // DAY,
        node=lambda: stock["node"][rows],
        sku=lambda: stock["sku"][rows],
        category=lambda: taken(reading.sku_category, stock["sku"][rows].astype(np.intp)),
    )


def _midnights(reading: Reading) -> Midnights:
    looked = _looked_at(reading)
    return looked if reading.speaks_for_all else Midnights(looked.first, looked.first)


def _looked_at(reading: Reading) -> Midnights:
    return Midnights(reading.window[0] // DAY, -(-reading.window[1] // DAY))


def _value(reading: Reading, per: int = MICRO) -> Levels:
    looked = _looked_at(reading)
    stock = reading.table("stock")
    return Levels(stock["t"], reading.accounts.owned, _keys(reading), looked.first, looked.last, per)


@kpi(
    "working_capital",
    label=("Working capital in stock", "Capital immobilisé en stock"),
    unit="EUR",
    direction="less",
    definition=(
        "Purchase cost of the units owned, in nodes and on the way between them, on an average midnight of the "
        "measured time; by node: on the way belongs to where it goes.",
        "Coût d'achat des unités détenues, dans les points de stock et en route entre eux, à minuit en moyenne sur le "
        "temps mesuré ; par point de stock : ce qui est en route appartient à la destination.",
    ),
    empty="zero",
)
def working_capital(reading: Reading) -> Ratio:
    return Ratio(_value(reading), _midnights(reading))


@kpi(
    "cash_released",
    label=("Cash released from stock", "Trésorerie libérée du stock"),
    unit="EUR",
    direction="neither",
    definition=(
        "Purchase cost of the stock owned at the beginning of the measured time less that at its end.",
        "Coût d'achat du stock détenu au début du temps mesuré moins celui de sa fin.",
    ),
    empty="zero",
)
def cash_released(reading: Reading) -> Ratio:
    rows = _moved_in_time(reading)
    return Ratio(Cases(-reading.accounts.owned[rows], _keys(reading), rows, MICRO))


def _moved_in_time(reading: Reading) -> NDArray[np.intp]:
    """Rows of `stock` in the measured time; the opening stock was there before."""
    stock = reading.table("stock")
    return np.flatnonzero(reading.measured(stock["t"]) & (stock["kind"] != StockKind.OPENING))


@kpi(
    "stock_turns",
    label=("Stock turns", "Rotation du stock"),
    unit="a year",
    direction="more",
    definition=(
        "Purchase cost of the units that left with customers in the measured time, less what came back on sale, "
        "over that of the stock on an average midnight, as if it went on for a year.",
        "Coût d'achat des unités parties avec les clients pendant le temps mesuré, moins ce qui est revenu en vente, "
        "sur celui du stock à minuit en moyenne, rapporté à un an.",
    ),
)
def stock_turns(reading: Reading) -> Ratio:
    stock = reading.table("stock")
    rows = np.flatnonzero(np.isin(stock["kind"], _OUT) & reading.measured(stock["t"]))
    left = -stock["d_physical"] * reading.accounts.unit_cost(stock["sku"])
    # a value held for a day is a 365th of it held for a year
    return Ratio(Cases(left[rows], _keys(reading), rows), _value(reading, 365))


@kpi(
    "sell_through",
    label=("Sell-through", "Taux d'écoulement"),
    unit="share",
    direction="more",
    definition=(
        "Share of the units that were there at the beginning of the measured time or came in during it which left with "
        "customers, less what came back on sale; by node: came in or went on to other nodes.",
        "Part des unités présentes au début du temps mesuré ou entrées depuis qui sont parties avec les clients, moins "
        "ce qui est revenu en vente ; par point de stock : entrées ou reparties vers d'autres.",
    ),
)
def sell_through(reading: Reading) -> Ratio:
    return _sold_of_what_was_there(reading, np.ones(len(reading.table("stock")["t"]), bool))


def _sold_of_what_was_there(reading: Reading, counted: NDArray[np.bool_]) -> Ratio:
    stock, keys = reading.table("stock"), _keys(reading).only("node", "sku", "category")
    inside = reading.measured(stock["t"])
    sold = np.flatnonzero(np.isin(stock["kind"], _OUT) & inside & counted)
    before = stock["t"] < reading.window[0]
    there = np.flatnonzero(before | (stock["kind"] == StockKind.OPENING) | (np.isin(stock["kind"], _IN) & inside))
    return Ratio(Cases(-stock["d_physical"][sold], keys, sold), Cases(stock["d_physical"][there], keys, there))


@kpi(
    "full_price_sell_through",
    label=("Full-price sell-through", "Taux d'écoulement plein tarif"),
    unit="share",
    direction="more",
    definition=(
        "The same share, of units that left before their SKU was first marked down.",
        "La même part, pour les unités parties avant la première démarque de leur référence.",
    ),
)
def full_price_sell_through(reading: Reading) -> Ratio:
    stock, marked = reading.table("stock"), np.asarray(reading.dimension("skus", "marked_t"), np.int64)
    full = stock["t"] < taken(marked, stock["sku"].astype(np.intp)) if len(marked) else np.ones(len(stock["t"]), bool)
    return _sold_of_what_was_there(reading, full)


@kpi(
    "launch_day_outgoing",
    label=("Units out of a store on a launch day", "Unités sorties d'un magasin un jour de lancement"),
    unit="units",
    direction="less",
    definition=(
        "Units that left a store for another node, a supplier or a charity on a day on which SKUs were launched, "
        "over stores and such days in the measured time.",
        "Unités quittant la surface de vente pour un autre point de stock, un fournisseur ou un don un jour de "
        "lancement, par magasin et par jour de lancement du temps mesuré.",
    ),
)
def launch_day_outgoing(reading: Reading) -> Ratio:
    stock = reading.table("stock")
    launched = np.asarray(reading.dimension("skus", "launch_t"), np.int64)
    days = np.unique(launched[(launched > 0) & reading.measured(launched)] // DAY)
    gone = np.isin(stock["kind"], _AWAY) & flagged(reading.stores, stock["node"]) & np.isin(stock["t"] // DAY, days)
    rows = np.flatnonzero(gone)
    stores = np.flatnonzero(reading.stores)
    places = Keys.of({"day": np.repeat(days, len(stores)), "node": np.tile(stores, len(days))})
    visits = np.full(len(days) * len(stores), int(reading.speaks_for_all), np.int64)
    return Ratio(Cases(-stock["d_physical"][rows], _keys(reading).only("day", "node"), rows), Cases(visits, places))
