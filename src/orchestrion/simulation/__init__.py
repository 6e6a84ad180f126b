"""The clock: stock, sourcing desk, life cycle, ledger. The only room that knows SimPy."""

from orchestrion.simulation.engine import dimensions, simulate, simulate_to

__all__ = ["dimensions", "simulate", "simulate_to"]
