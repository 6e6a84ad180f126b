"""A study made visible: one self-contained HTML report, on paper too, its charts one at a time, a workbook, a CSV."""

from orchestrion.experiments import surfaces
from orchestrion.reports.html import render, write_report
from orchestrion.reports.pdf import write_pdf
from orchestrion.reports.plots import Plots
from orchestrion.reports.spreadsheet import write_csv, write_excel, write_study_csv

surfaces["plot"] = Plots
surfaces["html"] = write_report
surfaces["excel"] = write_excel
surfaces["pdf"] = write_pdf
surfaces["csv"] = write_study_csv

__all__ = ["Plots", "render", "write_csv", "write_excel", "write_pdf", "write_report", "write_study_csv"]
