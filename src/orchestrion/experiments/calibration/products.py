"""Units a day of each SKU, and its price."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.calibration.observed import Observed
from orchestrion.scenarios.history.sold import medians
from orchestrion.units import MICRO


def fit_skus(fit: Fit, seen: Observed) -> None:
    """Units a day of each SKU and its median price."""
    count, days = len(seen.skus), len(seen.days)
    lines = np.bincount(seen.sku, minlength=count)
    units = np.bincount(seen.sku, seen.quantity, minlength=count)
    price = medians(np.where(seen.price > 0, seen.price, -1), seen.sku, count)
    rows: list[list[Any]] = []
    for i in np.flatnonzero(lines).tolist():
        each = units[i] / days
        half = t_half(int(lines[i]), float(units[i]), days)
        paid = f"{price[i] / MICRO:.2f}" if price[i] >= MICRO // 100 else ""
        rows.append([seen.skus[i], paid, f"{each:.5f}", f"{max(each - half, 0):.5f}", f"{each + half:.5f}"])
    fit.tables["skus.csv"] = (("key", "price_eur", "planned_per_day", "low", "high"), rows)
    fit.add("assortment.skus_table", "skus.csv", [], "units a day of each SKU, Poisson intervals on lines in the table")


def t_half(lines: int, units: float, days: int) -> float:
    """Half-width of a SKU's units a day: its lines are counted, each asks for so many units on average."""
    return 1.96 * math.sqrt(max(lines, 1)) * (units / max(lines, 1)) / days
