"""Requests over time: what customers want, before anybody decides anything."""

from orchestrion.demand.generate import weeks
from orchestrion.demand.popularity import true_popularity

__all__ = ["true_popularity", "weeks"]
