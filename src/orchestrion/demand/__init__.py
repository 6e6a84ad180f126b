"""Requests over time: what customers want, before anybody decides anything."""

from orchestrion.demand.generate import weeks
from orchestrion.demand.popularity import surprises

__all__ = ["surprises", "weeks"]
