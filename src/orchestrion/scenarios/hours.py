"""Tables of hours: when within a day customers come."""

from __future__ import annotations

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.world import Floats
from orchestrion.tables import read_table


def hour_profile(file: str) -> Floats:
    """Probabilities of the hours of a day (24,), or with a column `weekday` of each weekday from Monday on (7, 24)."""
    rows = read_table(table_path(file), ("hour", "share"))
    every = ["all"] if "weekday" not in rows.header else [str(d) for d in range(7)]
    profile = []
    for weekday in every:
        hours = (rows if weekday == "all" else rows.where("weekday", weekday)).shares("hour")
        profile.append([hours.get(str(h), 0.0) for h in range(24)])
    return np.array(profile[0] if len(every) == 1 else profile)
