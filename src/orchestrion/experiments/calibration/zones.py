"""Orders by departement: communes weighed so that each departement asks for its share."""

from __future__ import annotations

import numpy as np

from orchestrion.experiments.calibration.estimates import chi_square, shares
from orchestrion.experiments.calibration.fit import Fit
from orchestrion.experiments.calibration.observed import Observed
from orchestrion.scenarios import Scenario
from orchestrion.scenarios.compile.places import read_communes

_PRIOR = 20.0  # orders of a zone that the population counts for


def fit_zones(fit: Fit, seen: Observed, scenario: Scenario) -> None:
    """People of each departement weighed so that its share of orders is the one seen, the less the fewer there are."""
    network = scenario.document.network
    told = seen.place[seen.place >= 0]
    if len(told) < 50:
        fit.notes.append("Fewer than fifty orders with a known address: addresses follow the population.")
        return
    communes = read_communes(network.communes_table, network.corsica)
    zone = communes.departement
    orders = np.bincount(zone[told], minlength=len(communes.departements)).astype(np.float64)
    people = np.bincount(zone, communes.population, minlength=len(communes.departements))
    expected = people / people.sum() * len(told)
    factor = (orders + _PRIOR * expected / max(expected.mean(), 1e-9)) / (
        expected + _PRIOR * expected / max(expected.mean(), 1e-9)
    )
    rows = [
        [
            key, label, communes.departements[int(zone[i])], "", "metro",
            f"{communes.population[i] * factor[zone[i]]:.2f}", f"{communes.lat[i]:.6f}", f"{communes.lon[i]:.6f}",
            "|".join(communes.postcodes[i]), "fitted",
        ]
        for i, (key, label) in enumerate(zip(communes.key, communes.label, strict=True))
    ]  # fmt: skip
    header = ("insee", "name", "departement", "region", "zone", "population", "lat", "lon", "postcodes", "coord_source")
    fit.tables["communes.csv"] = (header, rows)
    law = f"population x orders seen over expected by departement, {len(told):,} orders; intervals in zones.csv"
    fit.add("network.communes_table", "communes.csv", [], law)
    days = len(seen.days)
    total = len(told)
    rate_of = total / days  # orders with a known address
    zones = [
        [
            departement, int(count), f"{one.value * rate_of:.4f}", f"{one.low * rate_of:.4f}",
            f"{one.high * rate_of:.4f}", f"{by_people / days:.4f}", f"{weight:.3f}",
        ]
        for departement, count, by_people, weight, one in zip(
            communes.departements, orders.tolist(), expected.tolist(), factor.tolist(),
            shares(orders.astype(np.int64).tolist()), strict=True,
        )
    ]  # fmt: skip
    fit.tables["zones.csv"] = ("departement", "orders", "a_day", "low", "high", "by_population", "factor"), zones
    statistic, p = chi_square(orders.tolist(), expected.tolist())
    verdict = "is refused" if p < 0.05 else "fits too"
    tested = f"(chi-square {statistic:.1f}, p = {p:.3g})"
    fit.notes.append(f"Orders by departement: the population's law {verdict} {tested}.")
