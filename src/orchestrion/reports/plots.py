"""`study.plot`: the report's charts one at a time, as Plotly figures for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrion.errors import StudyError
from orchestrion.reports.charts import asked, components, delivery, flows, stockouts, tradeoff
from orchestrion.reports.reading import Reading, StudyLike

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Plots:
    """Charts of a study.

    Parameters
    ----------
    study
        An `experiments.Study`.
    lang
        "en" or "fr".
    """

    def __init__(self, study: StudyLike, lang: str = "en") -> None:
        self._reading = Reading(study, lang)
        self._study: Any = study  # its tables of designs are no part of what a report asks

    def __repr__(self) -> str:
        return (
            "Plots: tradeoff(x, y), stockouts(), delivery_time(), cost(), co2e(), cash(), flows(alternative); "
            "sweep(kpi), tornado(kpi), sensitivity(kpi) of studies made so; warm_up(kpi)"
        )

    def tradeoff(self, x: str, y: str) -> go.Figure:
        """KPI `y` against KPI `x`: means and 95 % intervals, one mark per alternative."""
        for key in (x, y):
            self._reading.card(key)  # an unknown KPI is told with its neighbours' names
            if key not in self._reading.measured:
                held = ", ".join(sorted(self._reading.measured))
                raise StudyError(f"this study did not measure {key!r}; it holds {held}")
        return tradeoff.tradeoff(self._reading, x, y)

    def stockouts(self, kpi: str = "stockout_rate") -> go.Figure:
        """A KPI day by day, with bands."""
        return self._drawn(stockouts.over_time(self._reading, kpi), f"{kpi!r} by day")

    def delivery_time(self) -> go.Figure:
        """Home orders by delivery time."""
        return self._drawn(delivery.delivery(self._reading), "orders and shipments")

    def cost(self) -> go.Figure:
        """Cost to serve by component."""
        return self._drawn(components.cost(self._reading), "cost to serve by component")

    def co2e(self) -> go.Figure:
        """CO2e by leg."""
        return self._drawn(components.emissions(self._reading), "CO2e by leg")

    def cash(self) -> go.Figure:
        """The purse from the beginning of the measured time, day by day, the stock paid for first."""
        return self._drawn(stockouts.over_time(self._reading, "cash_generated"), "cash by day")

    def flows(self, alternative: str | None = None) -> go.Figure:
        """The map of shipments of one alternative."""
        return self._drawn(flows.flows(self._reading, alternative=alternative), "shipments and coordinates")

    def sweep(self, kpi: str = "contribution", x: str | None = None) -> go.Figure:
        """A KPI of a sweep along a parameter (the first when left out), a line for each value of the others."""
        table = self._study.swept(kpi)
        names = list(table.columns[2 : list(table.columns).index("kpi")])
        if x is not None and x not in names:
            raise StudyError(f"{x!r} was not varied; varied were {', '.join(names)}")
        return asked.swept(self._reading, table, kpi, x)

    def tornado(self, kpi: str = "contribution") -> go.Figure:
        """Parameters of a tornado study by how much they move a KPI."""
        return asked.tornado(self._reading, self._study.tornado(kpi), kpi)

    def sensitivity(self, kpi: str = "contribution") -> go.Figure:
        """Sobol shares or Morris effects of a sensitivity study."""
        return asked.sensitivity(self._reading, self._study.sensitivity(kpi), kpi)

    def warm_up(self, kpi: str, label: str | None = None, *, batch: int = 5, days: int | None = None) -> go.Figure:
        """A KPI day by day, with the warm-up that MSER proposes, or the days given."""
        return asked.warm_up(self._reading, self._study.warm_up(kpi, label, batch=batch, days=days), kpi)

    def _drawn(self, figure: Any, needs: str) -> go.Figure:
        if figure is None:
            raise StudyError(f'this chart needs {needs}, which the study did not keep; run it with facts="orders"')
        return figure
