"""How much of what was accepted reached the customer, and how much was withdrawn."""

from __future__ import annotations

import numpy as np

from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading


@kpi(
    "unit_fill_rate",
    label=("Unit fill rate", "Taux de service, unités"),
    unit="share",
    direction="more",
    definition=(
        "Share of the units of accepted orders that were delivered, or made ready for collection.",
        "Part des unités des commandes acceptées qui ont été livrées, ou mises à disposition.",
    ),
    open_orders="failed",
)
def unit_fill_rate(reading: Reading) -> Ratio:
    book, rows, keys = reading.book, reading.book.line_rows, reading.line_keys
    received = np.minimum(book.line_received, book.lines["qty"])
    return Ratio(Cases(received[rows], keys, rows), Cases(book.lines["qty"][rows], keys, rows))


@kpi(
    "line_fill_rate",
    label=("Line fill rate", "Taux de service, lignes"),
    unit="share",
    direction="more",
    definition=(
        "Share of the lines of accepted orders of which every unit was delivered, or made ready for collection.",
        "Part des lignes des commandes acceptées dont toutes les unités ont été livrées, ou mises à disposition.",
    ),
    open_orders="failed",
)
def line_fill_rate(reading: Reading) -> Ratio:
    book, rows, keys = reading.book, reading.book.line_rows, reading.line_keys
    full = (book.line_received >= book.lines["qty"]).astype(np.int64)
    return Ratio(Cases(full[rows], keys, rows), Cases(np.ones(rows.size, np.int64), keys, rows))


@kpi(
    "order_fill_rate",
    label=("Order fill rate", "Taux de service, commandes"),
    unit="share",
    direction="more",
    definition=(
        "Share of accepted orders of which every unit was delivered, or made ready for collection, none cancelled.",
        "Part des commandes acceptées dont toutes les unités ont été livrées, ou mises à disposition, sans annulation.",
    ),
    open_orders="failed",
)
def order_fill_rate(reading: Reading) -> Ratio:
    book = reading.book
    return book.share(book.received & (book.units_cancelled + book.units_sent_back == 0), book.every)


@kpi(
    "cancellation_rate",
    label=("Cancellation rate", "Taux d'annulation"),
    unit="share",
    direction="less",
    definition=(
        "Share of accepted orders of which at least one unit was cancelled; by reason: that of the first cancellation.",
        "Part des commandes acceptées dont au moins une unité a été annulée ; par raison : celle de la première "
        "annulation.",
    ),
    open_orders="so_far",
)
def cancellation_rate(reading: Reading) -> Ratio:
    book = reading.book
    rows = np.flatnonzero((book.units_cancelled > 0) & book.measured)
    keys = book.keys.also(reason=lambda: book.first_reason)
    return Ratio(Cases(np.ones(rows.size, np.int64), keys, rows), book.count(book.every))
