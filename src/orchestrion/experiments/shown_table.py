"""Tables that are DataFrames and show themselves to people: units, intervals in one cell, words for codes.

They hold what any DataFrame holds, unrounded; only what a notebook displays differs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pandas as pd

from orchestrion.display import Grid, bundle
from orchestrion.experiments.comparing import LEVEL
from orchestrion.experiments.inference import Estimate
from orchestrion.experiments.speaking import Speaker
from orchestrion.kpis import UNITS
from orchestrion.kpis import kpis as known

MOST_ROWS = 40  # shown; the table has all
_SPEAKER = Speaker("en")
# whose bounds the columns "low" and "high" are: the first of these that a table has
_CENTRES = ("per_replication", "swing", "difference", "mean", "change", "value", "contribution")
_SHARES = {"relative", "relative_low", "relative_high", "share", "share_low", "share_high"}


class ShownTable(pd.DataFrame):  # type: ignore[misc]  # pandas comes without types
    """A DataFrame with a display of its own; tables made of it that keep their columns keep it."""

    _metadata: ClassVar[list[str]] = ["_told"]  # carried on to what is made of it
    _told: tuple[str, str] = ("", "")  # which table it is, and its caption

    @property
    def _constructor(self) -> Callable[..., Any]:
        return ShownTable

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        grid = grid_of(self)
        return bundle(grid.text(), grid.html())


def shown_table(frame: pd.DataFrame, name: str, caption: str) -> ShownTable:
    """The same table, displayed as the table `name`."""
    table = ShownTable(frame)
    table.attrs = frame.attrs
    table._told = (name, caption)
    return table


def grid_of(table: ShownTable) -> Grid:
    """How a table is displayed: by its own rule where it still has the columns, else by the common one."""
    name, caption = table._told
    rule, needed = _RULES.get(name, (_plain, frozenset()))
    if isinstance(table.columns, pd.MultiIndex):
        rule = _wide if name == "table" and _in_pairs(table.columns.tolist()) else _plain
    elif not needed <= set(map(str, table.columns)):
        rule = _plain
    rows = table.iloc[:MOST_ROWS]
    headers, texts, numbers = rule(rows)
    caption = caption.replace("{level}", _level(table))
    if len(rows) < len(table):
        caption = f"{caption} ({MOST_ROWS} of {len(table):,} rows)".strip()
    return Grid(caption, headers, tuple(texts), numbers)


Shown = tuple[tuple[str, ...], Iterator[tuple[str, ...]], tuple[int, ...]]


def _level(table: ShownTable) -> str:
    """The level of the intervals, as whoever asked for the table wanted it: "95%"."""
    return f"{table.attrs.get('level', LEVEL):.0%}"


def _in_pairs(columns: list[tuple[str, str]]) -> bool:
    """Whether every mean still has its own half-width beside it."""
    means, halves = columns[::2], columns[1::2]
    return len(means) == len(halves) and all(
        a == b and mean == "mean" and half.startswith("±")
        for (a, mean), (b, half) in zip(means, halves, strict=True)
    )


def _change(row: dict[str, Any]) -> str:
    centre = row["difference"]
    if not math.isfinite(centre):
        return "–"
    return _SPEAKER.quantity(row["kpi"], Estimate(int(row["n"]), centre, centre - row["low"], 0.0), change=True)


def _against(rows: ShownTable) -> Shown:
    """Who, against whom, which KPI; the difference with its unit and interval; the verdict and what it rests on."""
    bases = rows["baseline"].nunique() > 1

    def texts() -> Iterator[tuple[str, ...]]:
        before = None
        for row in rows.to_dict("records"):
            pair = (row["alternative"], row["baseline"])
            who = pair if pair != before else ("", "")
            before = pair
            relative = _SPEAKER.share(row["relative"], signed=True) if math.isfinite(row["relative"]) else "–"
            p = row["p_holm"] if row["adjusted"] else row["p"]
            judged = f"{p:.3f}" if math.isfinite(p) and p >= 0.0005 else "< .001" if math.isfinite(p) else "–"
            more = f"{row['settled_by']:,.0f}" if math.isfinite(row["settled_by"]) else "–"
            told = (known[row["kpi"]].label["en"], _change(row), relative, row["verdict"])
            yield (*(who if bases else who[:1]), *told, judged + ("" if row["adjusted"] else " (alone)"), more)

    first = ("alternative", "against") if bases else ("alternative",)
    how = "" if (rows["interval"] == "unadjusted").all() else ", simultaneous over the KPIs declared"
    difference = f"difference [{_level(rows)} interval{how}]"
    headers = (*first, "KPI", difference, "relative", "verdict", "p (Holm)", "settled by")
    count = len(first)
    return headers, texts(), (count + 1, count + 2, count + 4, count + 5)


def _kpis(rows: ShownTable) -> Shown:
    """A value with its unit a row; the group where there is one."""
    grouped = (rows["group"] != -1).any()

    def texts() -> Iterator[tuple[str, ...]]:
        for row in rows.to_dict("records"):
            unit = UNITS[row["unit"]]
            value = f"{row['value'] * unit.times:,.{unit.decimals}f}" if math.isfinite(row["value"]) else "–"
            group = (str(row["group_label"]),) if grouped else ()
            yield row["label"], str(row["replication"]), known[row["kpi"]].label["en"], *group, value, unit.label["en"]

    group = ("group",) if grouped else ()
    headers = ("alternative", "replication", "KPI", *group, "value", "unit")
    return headers, texts(), (1, len(headers) - 2)


def _gap(rows: ShownTable) -> Shown:
    """Booked, bound and what lies between, with intervals; the kind of bound in words."""

    def texts() -> Iterator[tuple[str, ...]]:
        for row in rows.to_dict("records"):
            euros = [_with_bounds(row, name, 2) for name in ("booked", "bound", "gap")]
            share = _with_bounds(row, "share", 1, times=100.0)
            yield row["alternative"], *euros, share, row["basis"] or "–", str(row["replications"])

    headers = ("alternative", "booked [€/order]", "bound [€/order]", "gap [€/order]", "gap [%]", "kind of bound",
               "replications")  # fmt: skip
    return headers, texts(), (1, 2, 3, 4, 6)


def _wide(rows: ShownTable) -> Shown:
    """`Study.table`: means and half-widths, both in one cell."""

    def texts() -> Iterator[tuple[str, ...]]:
        for label, *values in rows.itertuples():
            yield str(label), *(_plus_minus(m, h) for m, h in zip(values[::2], values[1::2], strict=True))

    headers = ("alternative", *(str(header) for header, _ in rows.columns[::2]))
    return headers, texts(), tuple(range(1, len(headers)))


def _plain(rows: ShownTable) -> Shown:
    """Any table: bounds beside their middle, as many digits as differ, no underscores."""
    columns = ["" if i is None else str(i) for i in rows.columns.tolist()]
    index = rows.index if not isinstance(rows.index, pd.RangeIndex) else None
    bounds: dict[str, tuple[str, str]] = {}  # the column of a middle -> those of its bounds
    centre = next((name for name in _CENTRES if name in columns), None)
    for middle in columns:
        low, high = ("low", "high") if middle == centre else (f"{middle}_low", f"{middle}_high")
        if low in columns and high in columns:
            bounds[middle] = (low, high)
    hidden = {one for pair in bounds.values() for one in pair}
    shown = [name for name in columns if name not in hidden]
    as_numbers = {
        i for i, name in enumerate(columns)
        if pd.api.types.is_numeric_dtype(rows.dtypes.iloc[i]) and not pd.api.types.is_bool_dtype(rows.dtypes.iloc[i])
    }  # fmt: skip
    decimals = {name: _decimals(rows.iloc[:, i], name) for i, name in enumerate(columns) if i in as_numbers}

    def cell(name: str, values: tuple[Any, ...]) -> str:
        text = _text(values[columns.index(name)], name, decimals)
        if name in bounds and text != "–":
            low, high = (_text(values[columns.index(one)], one, decimals | {one: decimals.get(name, 2)})
                         for one in bounds[name])  # fmt: skip
            text += f" [{low}; {high}]" if "–" not in (low, high) else ""
        return text

    def texts() -> Iterator[tuple[str, ...]]:
        for at, values in zip(rows.index.tolist(), rows.itertuples(index=False, name=None), strict=True):
            yield (*(() if index is None else (str(at),)), *(cell(name, values) for name in shown))

    first = () if index is None else (str(rows.index.name or ""),)
    heads = tuple(f"{name.replace('_', ' ')}{' [%]' if name in _SHARES else ''}" for name in shown)
    numbers = tuple(len(first) + i for i, name in enumerate(shown) if columns.index(name) in as_numbers)
    return (*first, *heads), texts(), numbers


def _decimals(column: Any, name: str) -> int:
    """As many decimals as leave three digits of a middling value."""
    if pd.api.types.is_integer_dtype(column.dtype):
        return 0
    sizes = column.abs()
    sizes = sizes[(sizes > 0) & (sizes < math.inf)]
    if not len(sizes) or (sizes % 1 == 0).all():
        return 0
    size = float(sizes.median()) * (100 if name in _SHARES else 1)
    return max(0, min(5, 2 - math.floor(math.log10(size))))


def _text(value: Any, name: str, decimals: dict[str, int]) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if (name in decimals and isinstance(value, int | float)) or hasattr(value, "dtype"):
        if not math.isfinite(value):
            return "–"
        shown = value * (100 if name in _SHARES else 1)
        return _SPEAKER.number(shown, decimals.get(name, 2) if abs(shown) < 10_000 else 0)
    return "–" if value is None or value != value else str(value)


def _with_bounds(row: dict[str, Any], name: str, decimals: int, times: float = 1.0) -> str:
    value, low, high = (times * row[one] for one in (name, f"{name}_low", f"{name}_high"))
    if not math.isfinite(value):
        return "–"
    text = _SPEAKER.number(value, decimals)
    if not math.isfinite(low + high):
        return text
    return f"{text} [{_SPEAKER.number(low, decimals)}; {_SPEAKER.number(high, decimals)}]"


def _plus_minus(mean: float, half: float) -> str:
    if not math.isfinite(mean):
        return "–"
    size = half if math.isfinite(half) and half > 0 else abs(mean) / 100
    decimals = max(0, min(4, 1 - math.floor(math.log10(size)))) if size > 0 else 0
    text = _SPEAKER.number(mean, decimals)
    return f"{text} ± {_SPEAKER.number(half, decimals)}" if math.isfinite(half) else text


_RULES: dict[str, tuple[Callable[[ShownTable], Shown], frozenset[str]]] = {
    "against": (
        _against,
        frozenset({"alternative", "baseline", "kpi", "n", "difference", "low", "relative", "p", "p_holm", "adjusted",
                   "interval", "verdict", "settled_by"}),
    ),
    "kpis": (_kpis, frozenset({"label", "replication", "kpi", "group", "value", "unit", "group_label"})),
    "gap": (
        _gap,
        frozenset({"alternative", "booked", "booked_low", "bound", "gap", "share", "basis", "replications"}),
    ),
}  # fmt: skip
