"""Checks on the parameters of policies, with messages that name the parameter."""

from __future__ import annotations

import math


def at_least(policy: object, least: float, *names: str) -> None:
    """Raise ValueError("name: rule") unless the parameters are finite numbers not below `least` (or None)."""
    for name in names:
        value = getattr(policy, name)
        if value is not None and (isinstance(value, bool) or not math.isfinite(value) or value < least):
            raise ValueError(f"{name}: must be a number of at least {least:g}")
