"""Replay of real orders: a file of order lines, read by a mapping, in place of generated online demand."""

from orchestrion.scenarios.history.replay import Addresses, History, SoldSkus, replayed
from orchestrion.scenarios.history.report import Dropped, HistoryReport

__all__ = ["Addresses", "Dropped", "History", "HistoryReport", "SoldSkus", "replayed"]
