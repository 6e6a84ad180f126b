"""Replay of real orders: a file of order lines, read by a mapping, in place of generated online demand."""

from orchestrion.scenarios.history.addresses import Addresses
from orchestrion.scenarios.history.replay import History, replayed
from orchestrion.scenarios.history.report import Dropped, HistoryReport
from orchestrion.scenarios.history.sold import SoldSkus

__all__ = ["Addresses", "Dropped", "History", "HistoryReport", "SoldSkus", "replayed"]
