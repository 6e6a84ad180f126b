"""What comes back."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Reason
from orchestrion.kpis.cases import Cases, Ratio
from orchestrion.kpis.columns import flagged, positions, taken
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading


@kpi(
    "return_rate",
    label=("Return rate", "Taux de retour"),
    unit="share",
    direction="less",
    definition=(
        "Share of the units received by customers of the measured orders that they gave back and that were inspected "
        "by the end.",
        "Part des unités reçues par les clients des commandes mesurées qu'ils ont rendues et qui ont été contrôlées "
        "avant la fin.",
    ),
    open_orders="so_far",
)
def return_rate(reading: Reading) -> Ratio:
    book, returns = reading.book, reading.table("returns")
    at = positions(book.orders["order"], returns["order"])
    rows = np.flatnonzero(flagged(book.measured, at) & (returns["reason"] == Reason.RETURNED))
    back = book.via(at).also(
        sku=lambda: returns["sku"], category=lambda: taken(reading.sku_category, returns["sku"].astype(np.intp))
    )
    received = np.minimum(book.line_received, book.lines["qty"])[book.line_rows]
    return Ratio(Cases(returns["qty"][rows], back, rows), Cases(received, reading.line_keys, book.line_rows))
