"""Fact tables -> numbers with unit, direction and definition."""

from orchestrion.kpis.cases import Cases, Durations, Inequality, Keys, Quantile, Ratio, Running, mean
from orchestrion.kpis.family import HEADLINE, UNITS, Kpi, Text, Unit, decimals_until_seen, definitions, kpi, kpis
from orchestrion.kpis.groups import GROUPINGS, group_labels
from orchestrion.kpis.measuring import measure, measure_parts
from orchestrion.kpis.reading import Reading

__all__ = [
    "GROUPINGS",
    "HEADLINE",
    "UNITS",
    "Cases",
    "Durations",
    "Inequality",
    "Keys",
    "Kpi",
    "Quantile",
    "Ratio",
    "Reading",
    "Running",
    "Text",
    "Unit",
    "decimals_until_seen",
    "definitions",
    "group_labels",
    "kpi",
    "kpis",
    "mean",
    "measure",
    "measure_parts",
]
