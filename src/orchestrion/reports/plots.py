"""`study.plot`: the report's charts one at a time, as Plotly figures for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from orchestrion.errors import StudyError, UnknownName
from orchestrion.reports.charts import (
    asked,
    channels,
    components,
    delivery,
    differences,
    flows,
    moved,
    promise,
    replay,
    stockouts,
    stores,
    tradeoff,
    waterfall,
)
from orchestrion.reports.reading import Alternative, Reading, StudyLike
from orchestrion.units import MINUTE

if TYPE_CHECKING:
    import plotly.graph_objects as go


class Plots:
    """Charts of a study, each a plain Plotly figure in the house look: `study.plot.waterfall("unified")`.

    Where an alternative may be named and is not, the one that the report shows first is drawn.

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
            "Plots: tradeoff(x, y), differences(kpi, baseline), stockouts(kpi), delivery_time(), promise(), cost(), "
            "co2e(), cash(); of one alternative: waterfall(alternative, of), demand(alternative), moved(alternative), "
            "stores(alternative), flows(alternative), replay(alternative); of studies made so: sweep(kpi), "
            "tornado(kpi), sensitivity(kpi); warm_up(kpi)"
        )

    def tradeoff(self, x: str = "cost_to_serve", y: str = "co2e_per_order") -> go.Figure:
        """KPI `y` against KPI `x`: means and 95 % intervals, a mark for each alternative, and the front of the means.

        An alternative is on the front when no other is at least as good in both KPIs.
        """
        for key in (x, y):
            self._measured(key)
        return tradeoff.tradeoff(self._reading, x, y)

    def differences(self, kpi: str = "contribution", baseline: str | None = None) -> go.Figure:
        """Paired differences of a headline KPI against an alternative: dots, 95 % intervals, zero marked.

        A diamond is better and a square worse beyond noise (Holm over the headline KPIs); a circle is noise.

        Parameters
        ----------
        baseline
            A label; the study's second baseline when it has one, else its baseline.
        """
        base = self._one(baseline, self._reading.second_baseline or self._reading.baseline)
        self._measured(kpi)
        figure = differences.differences(self._reading, kpi, base)
        if figure is None:
            raise StudyError(f"nothing to hold against {base.label!r}: one alternative, or {kpi!r} is no headline KPI")
        return figure

    def stockouts(self, kpi: str = "stockout_rate") -> go.Figure:
        """A KPI day by day with bands of 95 % intervals: "stockout_rate", "lost_sales_share", "walk_in_lost_share"."""
        return self._drawn(stockouts.over_time(self._reading, kpi), f"{kpi!r} by day")

    def delivery_time(self) -> go.Figure:
        """Home orders by the days from the click to the last parcel received, a bar for each alternative."""
        return self._drawn(delivery.delivery(self._reading), "orders and shipments")

    def promise(self) -> go.Figure:
        """All accepted orders by how early or late they were against the moment promised."""
        return self._drawn(promise.promise(self._reading), "orders and shipments")

    def demand(self, alternative: str | None = None) -> go.Figure:
        """What became of the demand: units from the channel, through the node that served them, to their end."""
        item = self._one(alternative)
        found = channels.demand_of(self._reading, item)
        if found is None or not found.links:
            return self._drawn(None, "requests, orders, lines, events and shipments")
        return channels.draw(self._reading, found, channels.node_groups(self._reading, {item.label: found}))

    def moved(self, alternative: str | None = None) -> go.Figure:
        """Customer by customer from the baseline: sales won, lost, and only moved from place to place [EUR]."""
        item = self._one(alternative)
        found, _ = moved.tables_of(self._reading, [item.label])
        if item.label not in found:
            base = self._reading.baseline.label
            return self._drawn(None, f"the wishes of the same customers in {base!r} and in another alternative")
        return moved.draw(self._reading, found[item.label])

    def cost(self) -> go.Figure:
        """Cost to serve an order by component [EUR]; fees that customers pay stand left of zero."""
        return self._drawn(components.cost(self._reading), "cost to serve by component")

    def co2e(self) -> go.Figure:
        """CO2e of an order by leg [kg]; the customer's own trip to collect is hatched."""
        return self._drawn(components.emissions(self._reading), "CO2e by leg")

    def waterfall(
        self, alternative: str | None = None, of: Literal["cost", "co2e"] = "cost", *, trip: bool = True
    ) -> go.Figure:
        """From the baseline to an alternative, part by part: paired differences with 95 % intervals that add up.

        Parameters
        ----------
        of
            "cost": cost to serve by component; "co2e": CO2e of an order by leg.
        trip
            Whether the customer's own trip to collect counts.
        """
        if of not in ("cost", "co2e"):
            raise UnknownName(f"no waterfall of {of!r}. Known: cost, co2e.")
        item = self._one(alternative)
        what = waterfall.ASKED[of if trip or of == "cost" else "bare"]
        found = waterfall.gathered(self._reading, *what, item)
        if found is None or item.label == self._reading.baseline.label:
            return self._drawn(None, f"{what[0]!r} by {what[1]}, of two alternatives")
        return waterfall.draw(self._reading, found, item)

    def cash(self) -> go.Figure:
        """The purse from the beginning of the measured time, day by day, the stock paid for first."""
        return self._drawn(stockouts.over_time(self._reading, "cash_generated"), "cash by day")

    def stores(self, alternative: str | None = None) -> go.Figure:
        """Stores by work, short picks and walk-in sales lost; shades are fifths of all stores and alternatives."""
        item = self._one(alternative)
        keys, tables = stores.heat_of(self._reading, [item])
        return self._drawn(stores.draw(self._reading, keys, tables[0]) if tables else None, "KPIs by node")

    def flows(self, alternative: str | None = None) -> go.Figure:
        """The map of shipments of one alternative, as wide as they are many; stores coloured by what they miss."""
        item = self._one(alternative)
        figure = flows.flows(self._reading, alternative=item.label, alone=True)
        return self._drawn(figure, "shipments and coordinates")

    def replay(
        self, alternative: str | None = None, *, day: int | None = None, replication: int = 0, minutes: int = 120
    ) -> go.Figure:
        """One day's shipments on the map, from decision to door, with a clock to move.

        Parameters
        ----------
        day
            Counted from the scenario's start; the busiest of the baseline when left out.
        minutes
            Between two positions of the clock: the figure grows with their number.
        """
        reading, item = self._reading, self._one(alternative)
        if minutes < 1:
            raise StudyError(f"minutes = {minutes}: at least one between two positions of the clock")
        net = flows.network(reading)
        when = replay.busiest_day(reading, reading.baseline.label, replication) if day is None else day
        found = replay.day_of(reading, net, item.label, replication, when) if net and when is not None else None
        if net is None or when is None or found is None or not len(found.node):
            return self._drawn(None, f"shipments of replication {replication} on the day asked for")
        return self._drawn(replay.replay(reading, net, item.label, found, when, minutes * MINUTE), "coordinates")

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

    def _measured(self, key: str) -> None:
        self._reading.card(key)  # an unknown KPI is told with its neighbours' names
        if key not in self._reading.measured:
            held = ", ".join(sorted(self._reading.measured))
            raise StudyError(f"this study did not measure {key!r}; it holds {held}")

    def _one(self, label: str | None, otherwise: Alternative | None = None) -> Alternative:
        if label is None:
            return otherwise or self._reading.shown_first
        found = {item.label: item for item in self._reading.alternatives}
        if label not in found:
            raise UnknownName(f"no alternative {label!r} in this study. Known: {', '.join(found)}.")
        return found[label]

    def _drawn(self, figure: Any, needs: str) -> go.Figure:
        if figure is None:
            raise StudyError(f'this chart needs {needs}, which the study did not keep; run it with facts="orders"')
        return figure
