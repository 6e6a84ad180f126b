"""What can be said of a document's names and tables before there is a World: quickly, and all of it at once."""

from __future__ import annotations

from orchestrion.bundled import table_path
from orchestrion.errors import Problem, Together
from orchestrion.logistics.ademe import read_factors
from orchestrion.scenarios.compile.delivery import read_tables
from orchestrion.scenarios.compile.nodes import read_spots
from orchestrion.scenarios.compile.places import read_agencies
from orchestrion.scenarios.compile.visibility import check_groups
from orchestrion.scenarios.document import ScenarioDocument


def first_look(document: ScenarioDocument) -> list[Problem]:
    """Mistakes in the tables of nodes, agencies, factors and carriers, and names of nodes that there are not."""
    together = Together()
    with together:
        spots = read_spots(document.network)
        check_groups(document.visibility, {spot.key for spot in spots})
    with together:
        read_agencies(document.network.agencies_table)
    with together:
        read_factors(table_path(document.emissions.factors_table))
    read_tables(document, together)
    return together.problems
