"""A study made visible: one self-contained HTML report, and its charts one at a time."""

from orchestrion.experiments import surfaces
from orchestrion.reports.html import render, write_report
from orchestrion.reports.plots import Plots

surfaces["plot"] = Plots
surfaces["html"] = write_report

__all__ = ["Plots", "render", "write_report"]
