"""Contracts as callables, and the small Worlds they need: for our tests and other people's."""

from orchestrion.testing.policy import check_policy
from orchestrion.testing.still import StillView
from orchestrion.testing.town import order, replay, three_stores, town

__all__ = ["StillView", "check_policy", "order", "replay", "three_stores", "town"]
