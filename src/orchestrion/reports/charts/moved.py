"""Sales won, lost and only moved between two alternatives, movement by movement, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrion.errors import StudyError
from orchestrion.experiments.moved import moved_from
from orchestrion.reports.look import COLOURS, new_figure, safe
from orchestrion.reports.reading import Reading

if TYPE_CHECKING:
    import plotly.graph_objects as go

ROW = 46
# movements that change sales; the others change place or time only
CHANGING = (
    "lost to served", "waiting to served", "more units", "served to lost", "walk-in displaced", "served to waiting",
    "fewer units",
)  # fmt: skip
MOVING = ("store to web", "web to store", "store to other store")


def tables_of(reading: Reading, labels: list[str] | None = None) -> tuple[dict[str, Any], bool]:
    """Label -> table of movements from the baseline, and whether walk-in customers are in it; empty without facts.

    Alternatives with another demand than the baseline's are left out: they do not meet the same customers.
    """
    study, base = reading.study, reading.baseline.label
    others = [item.label for item in reading.alternatives if item.label != base]
    others = others if labels is None else [label for label in others if label in labels]
    if not others or not hasattr(study, "folder"):
        return {}, False
    for customers in ("all", "online"):
        try:
            return moved_from(study, base, others, customers=customers), customers == "all"  # type: ignore[arg-type]
        except StudyError:
            found: dict[str, Any] = {}
            for label in others:
                try:
                    found |= moved_from(study, base, [label], customers=customers)  # type: ignore[arg-type]
                except StudyError:
                    continue
            if found:
                return found, customers == "all"
    return {}, False


def word(reading: Reading, movement: str) -> str:
    """A movement in the reader's language."""
    return reading.words(f"move.{movement.replace(' ', '_')}")


def per_run(row: dict[str, Any], runs: int, column: str) -> float:
    """Euros of a column, a replication."""
    return float(row[column]) / max(1, runs)


def draw(reading: Reading, table: Any) -> go.Figure:
    """Bars right of zero are won, left are lost; hatched ones are sold both before and now, elsewhere."""
    import plotly.graph_objects as go

    fmt = reading.fmt
    runs = int(table.attrs["replications"])
    rows = {str(row["movement"]): row for row in table.to_dict("records")}
    shown: list[tuple[str, float, float, bool]] = []  # movement, euros, half, only moved
    for name in CHANGING:
        row = rows[name]
        if row["wishes"]:
            shown.append((name, row["per_replication"], row["high"] - row["per_replication"], False))
    for name in MOVING:
        if rows[name]["wishes"]:
            shown.append((name, per_run(rows[name], runs, "sales_after"), float("nan"), True))
    shown.append(("all", rows["all"]["per_replication"], rows["all"]["high"] - rows["all"]["per_replication"], False))
    figure = new_figure(fmt, height=ROW * len(shown) + 8)
    colours = [
        COLOURS["part_6"] if moved else COLOURS["good"] if euros > 0 else COLOURS["bad"] for _, euros, _, moved in shown
    ]
    notes, texts = [], []
    for place, (name, euros, half, moved) in enumerate(shown):
        note = fmt.quantity(euros, "EUR", 0, magnitude=0) if moved else fmt.change(euros, "EUR", 0)
        note += f" ± {fmt.number(half)}" if half == half else ""
        common = {"xref": "paper", "y": place - 0.25, "yref": "y", "showarrow": False, "yanchor": "middle"}
        title = f"<b>{safe(word(reading, name))}</b>" if name == "all" else safe(word(reading, name))
        font = {"size": 13, "color": COLOURS["ink"]}
        notes.append({**common, "x": 0, "xanchor": "left", "text": title, "font": font})
        notes.append({**common, "x": 1, "xanchor": "right", "text": f"<b>{safe(note)}</b>", "font": font})
        texts.append(f"{safe(word(reading, name))}<br>{safe(note)}")
    figure.add_trace(
        go.Bar(
            y=list(range(len(shown))),
            x=[round(euros, 2) for _, euros, _, _ in shown],
            orientation="h",
            width=0.38,
            offset=-0.02,
            marker={
                "color": colours,
                "pattern": {"shape": ["/" if moved else "" for *_, moved in shown], "size": 6, "solidity": 0.3,
                            "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.75)"},
            },
            error_x={
                "type": "data", "array": [round(half, 2) if half == half else 0 for _, _, half, _ in shown],
                "color": COLOURS["muted"], "thickness": 1.3, "width": 3,
            },
            hovertext=texts,
            hovertemplate="%{hovertext}<extra></extra>",
            showlegend=False,
        )
    )  # fmt: skip
    figure.update_layout(annotations=notes, margin={"l": 0, "r": 2, "t": 2, "b": 2}, bargap=0)
    figure.update_yaxes(visible=False, range=[len(shown) - 0.5, -0.5], automargin=False, fixedrange=True)
    figure.update_xaxes(
        showticklabels=False, showgrid=False, zeroline=False, automargin=False, fixedrange=True,
    )  # fmt: skip
    # the zero line stands beside the bars alone: through the names it would strike them out
    figure.update_layout(
        shapes=[
            {"type": "line", "x0": 0, "x1": 0, "y0": place - 0.07, "y1": place + 0.41,
             "line": {"color": COLOURS["ink"], "width": 1.4}}
            for place in range(len(shown))
        ]
    )  # fmt: skip
    return figure
