"""Gives the tables that a study answers with a display of their own, without loading pandas for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    import pandas as pd

P = ParamSpec("P")
T = TypeVar("T", "pd.DataFrame", "pd.DataFrame | None")


def presented(ask: Callable[P, T], caption: str = "") -> Callable[P, T]:
    """The same question, its answer a DataFrame that shows itself well in a notebook."""

    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        import pandas as pd

        from orchestrion.experiments.shown_table import shown_table

        found = ask(*args, **kwargs)
        return shown_table(found, ask.__name__, caption) if isinstance(found, pd.DataFrame) else found

    return asked
