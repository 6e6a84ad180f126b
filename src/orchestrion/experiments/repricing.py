"""A finished study's CO2e under another set of factors."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orchestrion.bundled import table_path
from orchestrion.domain.codes import Leg
from orchestrion.errors import StudyError
from orchestrion.experiments.cohorts import cohorts
from orchestrion.logistics.ademe import read_factors
from orchestrion.logistics.emissions import TRIP_KM
from orchestrion.logistics.repricing import repriced
from orchestrion.units import MG_PER_KG

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study


def reprice(study: Study, factors_table: str, label: str | None = None) -> pd.DataFrame:
    """CO2e of what was sent in the whole replication, with the study's own factors and with another set.

    Activities (kilometres with their load, stops, parcels, volumes) are the study's; only the factors change. A policy
    that decides by CO2e might decide otherwise under the other set: run the scenario with `emissions.factors_table`
    to see that.

    Parameters
    ----------
    factors_table
        A table such as "emissions/ademe.csv" (see data/README.md).
    label
        Only this alternative; all when left out.

    Returns
    -------
    DataFrame
        label, replication, leg, kg (the study's factors), repriced_kg, and trip (whether it is a customer's own trip,
        to be shown with and without).

    Raises
    ------
    StudyError
        If the study did not keep emissions and shipments.
    InputError
        If the table is missing or wrong.
    """
    import pandas as pd

    from orchestrion.scenarios.compile.world import emissions_of

    factors = read_factors(table_path(factors_table))
    parts = []
    for name in study.labels if label is None else [study[label].label]:
        scenario = study.scenario(name)
        roles = scenario.compile().nodes
        e = emissions_of(scenario.document.emissions, factors, list(roles))
        for cell in study.cells(name):
            sums: Counter[tuple[str, bool, str]] = Counter()  # whole milligrams
            for (customers,) in cohorts(study, [name], cell.replication, ("shipments", "emissions")):
                before = customers["emissions"]
                after = repriced(before, customers["shipments"], e)
                trip = before["unit"] == TRIP_KM
                for code, own in {*zip(before["leg"].tolist(), trip.tolist(), strict=True)}:
                    rows = (before["leg"] == code) & (trip == own)
                    sums[Leg(code).key, own, "kg"] += int(before["amount"][rows].sum())
                    sums[Leg(code).key, own, "repriced_kg"] += int(after["amount"][rows].sum())
            kinds = sorted({(leg, own) for leg, own, _ in sums})
            found = pd.DataFrame(kinds, columns=["leg", "trip"])
            for column in ("kg", "repriced_kg"):
                found[column] = [sums[leg, own, column] / MG_PER_KG for leg, own in kinds]
            found.insert(0, "replication", cell.replication)
            found.insert(0, "label", name)
            parts.append(found)
    if not parts:
        raise StudyError("no replication is finished; run the study first")
    return pd.concat(parts, ignore_index=True)
