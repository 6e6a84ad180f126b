"""Rate cards, transit laws and agencies from files that an analyst may edit."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orchestrion.domain.world import RateCard
from orchestrion.errors import InputError, Problem
from orchestrion.tables import Row, read_table
from orchestrion.units import MICRO


def read_rate_card(path: str | Path) -> RateCard:
    """Read a rate card: rows `band` (up_to_kg, up_to_km, price_eur) and one row `extra_kg`.

    Raises
    ------
    InputError
        Negative prices, bands with gaps (a distance without a price for some weight), limits that are no numbers or
        occur twice, prices falling with the weight, no last distance band (empty up_to_km), no or two extra_kg rows.
    """
    table = read_table(path, ("kind", "up_to_kg", "up_to_km", "price_eur"))
    problems: list[Problem] = []
    cells: dict[tuple[float, float], tuple[int, Row]] = {}
    extras: list[int] = []
    for row in table:
        try:
            price = round(row.number("price_eur", 0.0, 1e6) * MICRO)
            if row["kind"] == "extra_kg":
                extras.append(price)
            elif row["kind"] == "band":
                km = row.number("up_to_km", 0.001, 1e5) if row["up_to_km"] else np.inf
                key = (km, row.number("up_to_kg", 0.001, 1e5))
                if key in cells:
                    problems.append(row.problem("up_to_kg", f"this band is already on line {cells[key][1].line}"))
                cells[key] = price, row
            else:
                problems.append(row.problem("kind", "must be 'band' or 'extra_kg'"))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)

    kms = sorted({km for km, _ in cells})  # sorted: the set never reaches a result
    kgs = sorted({kg for _, kg in cells})
    if not cells:
        problems.append(Problem(table.file, None, "kind", "", "no row of kind 'band'; a rate card needs one at least"))
    elif kms[-1] != np.inf:
        rule = f"no price beyond {kms[-1]:g} km; leave up_to_km empty in the last band"
        problems.append(Problem(table.file, None, "up_to_km", "", rule))
    if len(extras) != 1:
        rule = f"{len(extras)} rows of kind 'extra_kg'; there must be one"
        problems.append(Problem(table.file, None, "kind", "", rule))
    for km in kms:
        dearest = -1
        for kg in kgs:
            far = "any distance" if km == np.inf else f"{km:g} km"
            if (km, kg) not in cells:
                rule = f"no price up to {kg:g} kg and {far}; every distance needs the same weight bands"
                problems.append(Problem(table.file, None, "up_to_kg", "", rule))
                continue
            price, row = cells[km, kg]
            if price < dearest:
                problems.append(row.problem("price_eur", "cheaper than a lighter parcel over the same distance"))
            dearest = max(dearest, price)
    if problems:
        raise InputError(problems)
    return RateCard(
        up_to_g=np.array([round(kg * 1000) for kg in kgs], np.int64),
        up_to_m=np.array([round(km * 1000) for km in kms[:-1]], np.int64),
        price=np.array([[cells[km, kg][0] for kg in kgs] for km in kms], np.int64),
        extra_per_kg=extras[0],
    )


def read_transit(path: str | Path, service: str) -> tuple[float, ...]:
    """Probabilities of arriving after 0, 1, 2, ... business days by a service.

    Raises
    ------
    InputError
        If the service has no row, a day occurs twice, or the probabilities do not sum to one.
    """
    table = read_table(path, ("service", "days", "probability")).where("service", service)
    table.unique("service", "days")
    for row in table:
        row.whole("days", 0, 60)
    law = {int(float(days)): share for days, share in table.shares("days", "probability").items()}
    return tuple(law.get(days, 0.0) for days in range(max(law) + 1))
