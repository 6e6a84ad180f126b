"""What each department would pay for: amounts beyond the contribution, their prices in euros, and the order that makes.

A score is the contribution of a replication less, for each criterion, its price times its amount: what the retailer
earns once the departments' wishes are priced. With every price at zero the contribution decides alone. Prices are the
user's own; none is built in. Whether a lead is chance is asked of the scores' paired differences, as of any KPI.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from orchestrion.kpis.family import Text

Amount = Literal["numerator", "missing", "points"]
Floats = NDArray[np.float64]
BASE = "contribution"


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something a department may put a price on.

    Attributes
    ----------
    kpi, amount
        The KPI, and what of it is paid for in a replication: its numerator; what is missing from it (denominator less
        numerator: promises not kept); or its value in points (hundredths).
    per
        What one unit of the amount is called.
    largest, step
        Of the slider [euros].
    scale
        What the KPI's count is multiplied by to give the amount: a millionth where micro-euros are counted.
    """

    key: str
    department: str
    kpi: str
    amount: Amount
    per: Text
    largest: float
    step: float
    scale: float = 1.0


CRITERIA: tuple[Criterion, ...] = (
    Criterion(
        "broken_promise", "ecommerce", "promises_kept", "missing",
        Text("order not received as promised", "commande non reçue comme promis"), 50.0, 0.5,
    ),
    Criterion(
        "day_of_delivery", "ecommerce", "delivery_time_days", "numerator",
        Text("day that a customer waits for an order", "jour d'attente d'une commande"), 20.0, 0.25,
    ),
    Criterion(
        "lost_online", "ecommerce", "lost_sales_share", "numerator",
        Text("euro of online sales lost for lack of stock", "euro de vente en ligne perdue faute de stock"),
        1.0, 0.01, 1e-6,
    ),
    Criterion(
        "store_hour", "retail", "store_hours", "numerator",
        Text("hour of picking in stores, beyond its wage", "heure de préparation en magasin, en plus du salaire"),
        50.0, 0.5,
    ),
    Criterion(
        "store_sale_lost", "retail", "walk_in_lost_caused_eur", "numerator",
        Text("euro of store sales lost to online orders", "euro de vente en magasin perdue au profit du web"),
        2.0, 0.02,
    ),
    Criterion(
        "unequal_work", "retail", "workload_gini", "points",
        Text("hundredth of inequality of work between stores", "centième d'inégalité de charge entre magasins"),
        5_000.0, 50.0,
    ),
    Criterion(
        "co2e", "supply_chain", "co2e_per_order", "numerator",
        Text("kilogram of CO2e", "kilogramme de CO2e"), 5.0, 0.05,
    ),
    Criterion(
        "parcel", "supply_chain", "parcels_per_order", "numerator",
        Text("parcel, beyond its cost", "colis, en plus de son coût"), 10.0, 0.1,
    ),
    Criterion(
        "exception", "it", "resourcing_hops", "numerator",
        Text("re-sourcing", "réaffectation"), 20.0, 0.25,
    ),
    Criterion(
        "cancellation", "it", "cancellation_rate", "numerator",
        Text("cancelled order", "commande annulée"), 50.0, 0.5,
    ),
)  # fmt: skip


def amount_of(criterion: Criterion, value: float, numerator: float, denominator: float) -> float:
    """What of a KPI of one replication the criterion pays for; nothing happened, nothing is paid.

    >>> promise = next(one for one in CRITERIA if one.key == "broken_promise")
    >>> amount_of(promise, 0.95, 190.0, 200.0)
    10.0
    """
    found = {"numerator": numerator, "missing": denominator - numerator, "points": 100.0 * value}[criterion.amount]
    return criterion.scale * found if math.isfinite(found) else 0.0


def scores(
    contribution: Sequence[float], amounts: Mapping[str, Sequence[float]], prices: Mapping[str, float]
) -> Floats:
    """The score of each replication of one alternative [euros], shape (replications,).

    Parameters
    ----------
    contribution
        Euros of each replication.
    amounts
        Criterion -> its amount in each replication.
    prices
        Criterion -> euros for one unit; those left out are zero.

    >>> scores([100.0, 110.0], {"parcel": [10.0, 12.0]}, {"parcel": 0.5}).tolist()
    [95.0, 104.0]
    """
    total = np.array(contribution, np.float64)
    for key, values in amounts.items():
        total = total - prices.get(key, 0.0) * np.asarray(values, np.float64)
    return total


def ranking(by_alternative: Mapping[str, Sequence[float]]) -> list[tuple[str, float]]:
    """Alternatives with their mean scores, the highest first; equal ones in the order given.

    >>> ranking({"a": [1.0, 2.0], "b": [3.0], "c": [1.5, 1.5]})
    [('b', 3.0), ('a', 1.5), ('c', 1.5)]
    """
    means = {name: math.fsum(values) / len(values) for name, values in by_alternative.items() if len(values)}
    order = sorted(range(len(means)), key=lambda i: (-list(means.values())[i], i))
    names = list(means)
    return [(names[i], means[names[i]]) for i in order]
