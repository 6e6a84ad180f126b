"""Fit to the retailer's own month: parameters from a history with intervals, and how far the model is from it."""

from orchestrion.experiments.calibration.checking import Checked, Compared, check_history
from orchestrion.experiments.calibration.counter import fit_counter
from orchestrion.experiments.calibration.fit import Fit, Parameter
from orchestrion.experiments.calibration.fitting import fit_history, fit_orders
from orchestrion.experiments.calibration.observed import Observed, observed
from orchestrion.experiments.calibration.services import fit_shipments
from orchestrion.experiments.calibration.writing import write_fit

__all__ = [
    "Checked",
    "Compared",
    "Fit",
    "Observed",
    "Parameter",
    "check_history",
    "fit_counter",
    "fit_history",
    "fit_orders",
    "fit_shipments",
    "observed",
    "write_fit",
]
