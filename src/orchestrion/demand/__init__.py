"""Requests over time: what customers want, before anybody decides anything."""

from orchestrion.demand.generate import true_popularity, weeks

__all__ = ["true_popularity", "weeks"]
