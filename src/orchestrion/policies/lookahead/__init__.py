"""Rules that look ahead over a season: bid prices, randomised rounding of flows, protection of the last units."""

from orchestrion.policies.lookahead.choice import Choice, Choices
from orchestrion.policies.lookahead.protection import littlewood
from orchestrion.policies.lookahead.rounding import dilated, dilated_at, forced_opening, independent, jasin_sinha

__all__ = ["Choice", "Choices", "dilated", "dilated_at", "forced_opening", "independent", "jasin_sinha", "littlewood"]
