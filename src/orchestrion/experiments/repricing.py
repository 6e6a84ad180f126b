"""A finished study's CO2e under another set of factors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.codes import Leg
from orchestrion.errors import StudyError
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
            tables = {}
            for table in ("emissions", "shipments"):
                frame = study.facts(table, label=name, replication=cell.replication)
                tables[table] = {column: frame[column].to_numpy() for column in frame.columns[2:]}
            before = tables["emissions"]
            after = repriced(before, tables["shipments"], e)
            frame = pd.DataFrame(
                {
                    "leg": [Leg(code).key for code in before["leg"].tolist()],
                    "kg": before["amount"] / MG_PER_KG,
                    "repriced_kg": after["amount"] / MG_PER_KG,
                    "trip": np.asarray(before["unit"] == TRIP_KM),
                }
            )
            found = frame.groupby(["leg", "trip"], as_index=False)[["kg", "repriced_kg"]].sum()
            found.insert(0, "replication", cell.replication)
            found.insert(0, "label", name)
            parts.append(found)
    if not parts:
        raise StudyError("no replication is finished; run the study first")
    return pd.concat(parts, ignore_index=True)
