"""The retailer's own SKUs: a table in place of an assortment that is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from orchestrion.bundled import table_path
from orchestrion.domain.world import Flags, Floats, Ints
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.document.assortment import Assortment
from orchestrion.tables import Row, read_table
from orchestrion.units import MICRO

_FLAGS = {"": True, "true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class OwnSkus:
    """Columns over the rows of the table; -1 (nan for `planned`) where it does not say."""

    key: tuple[str, ...]
    label: tuple[str, ...]
    category: tuple[str, ...]
    price: Ints  # VAT included, micro-euros
    cost: Ints  # VAT excluded
    mass: Ints  # grams
    volume: Ints  # cubic centimetres
    planned: Floats  # units a day
    web: Flags
    reorderable: Ints  # 1, 0


def own_skus(plan: Assortment) -> OwnSkus | None:
    """The SKUs of the document's own table; None where the assortment is drawn.

    Raises
    ------
    InputError
        All that is wrong in the table: keys written twice, categories that the document has not, impossible numbers.
    """
    if plan.skus_table is None:
        return None
    path = table_path(plan.skus_table)
    return _read(path, path.stat().st_mtime_ns, tuple(plan.categories))


@lru_cache(maxsize=2)
def _read(path: Path, stamp: int, categories: tuple[str, ...]) -> OwnSkus:
    table = read_table(path, ("key",))
    problems: list[Problem] = []
    try:
        table.unique("key")
    except InputError as error:
        problems += error.problems
    if not len(table):
        problems.append(Problem(str(path), None, "key", "", "the table has no rows; an assortment needs one SKU"))

    def number(row: Row, column: str, empty: float, low: float, high: float) -> float:
        if not row.values.get(column):
            return empty
        try:
            return row.number(column, low, high)
        except InputError as error:
            problems.extend(error.problems)
            return empty

    def flag(row: Row, column: str, empty: int) -> int:
        text = row.values.get(column, "").casefold()
        if text not in _FLAGS:
            problems.append(row.problem(column, "yes or no is expected"))
        return int(_FLAGS.get(text, True)) if text else empty

    names = []
    for row in table:
        if not row["key"]:
            problems.append(row.problem("key", "a SKU is expected"))
        name = row.values.get("category") or categories[0]
        if name not in categories:
            rule = f"no such category of the scenario; known: {', '.join(categories)}"
            problems.append(row.problem("category", rule))
        names.append(name)
    columns = {
        "price": [round(number(row, "price_eur", -1e-6, 0.01, 1e6) * MICRO) for row in table],
        "cost": [round(number(row, "cost_eur", -1e-6, 0.0, 1e6) * MICRO) for row in table],
        "mass": [round(number(row, "mass_g", -1, 1, 1e7)) for row in table],
        "volume": [round(number(row, "volume_cm3", -1, 1, 1e9)) for row in table],
        "reorderable": [flag(row, "reorderable", -1) for row in table],
    }
    planned = np.array([number(row, "planned_per_day", np.nan, 0.0, 1e7) for row in table])
    web = np.array([flag(row, "web", 1) for row in table], bool)
    if problems:
        raise InputError(problems)
    return OwnSkus(
        key=tuple(row["key"] for row in table),
        label=tuple(row.values.get("label", "") for row in table),
        category=tuple(names),
        planned=planned,
        web=web,
        **{name: np.array(values, np.int64) for name, values in columns.items()},
    )
