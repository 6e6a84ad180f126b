"""The clock: stock, sourcing desk, life cycle, ledger. The only room that knows SimPy."""

from orchestrion.simulation.engine import dimensions, simulate

__all__ = ["dimensions", "simulate"]
