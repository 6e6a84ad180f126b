"""Findings that were searched for beside a study and are kept in its folder, so that its report can tell them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from orchestrion.experiments import files

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments.study import Study

FOLDER = "findings"
FLIPS = "flip_points.json"


def keep_flips(study: Study, table: pd.DataFrame) -> None:
    """Keep a table of flip points with the study; a later one takes its place."""
    place = study.path / FOLDER / FLIPS
    rows = [{key: _plain(value) for key, value in row.items()} for row in table.to_dict("records")]
    with files.told(place, "keep the flip points"):
        files.write_json(place, {"attrs": {key: _plain(value) for key, value in table.attrs.items()}, "rows": rows})


def kept_flips(study: Study) -> pd.DataFrame | None:
    """The flip points kept with a study; None when none were searched for, or the file is not what is written there."""
    import pandas as pd

    place = study.path / FOLDER / FLIPS
    try:
        told = json.loads(place.read_text(encoding="utf-8"))
        frame = pd.DataFrame(told["rows"])
        frame.attrs |= told["attrs"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return frame if {"parameter", "now", "flips_to", "value", "recommended"} <= set(frame.columns) else None


def _plain(value: Any) -> Any:
    """A number or text that JSON can write; no value for NaN."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)
