"""A decision read back: what was written down when it was made, told in the same words as when the policy is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from orchestrion.domain.codes import Reason
from orchestrion.domain.facts import Table
from orchestrion.errors import StudyError
from orchestrion.experiments.explaining import never_reviewed
from orchestrion.experiments.explanation import Candidate, Explanation
from orchestrion.experiments.fact_base import answered
from orchestrion.experiments.store import Cell
from orchestrion.units import MICRO

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

_TABLES = ("candidates", "decisions", "lines", "orders")


def remembered(study: Study, label: str, cell: Cell, order: int) -> list[Explanation]:
    """Every review of an order, from the facts alone.

    Raises
    ------
    StudyError
        If the study kept no reasons, or the order never came to a review.
    """
    done = study.folder.done(cell)
    if done is None or not done.rows.get("candidates"):
        raise StudyError(f'{label}: no reasons were kept; run the study again with facts="reasons", or ask the policy')
    mine = {name: answered(study.folder, cell, f'SELECT * FROM {name} WHERE "order" = {order}') for name in _TABLES}
    if not len(mine["candidates"]["review"]):
        raise never_reviewed(label, cell.replication, order)
    told = _Told(study, label, mine)
    weighed = np.unique(mine["candidates"]["review"]).tolist()
    held = answered(study.folder, cell, f"SELECT review, t FROM reviews WHERE review IN ({str(weighed)[1:-1]})")
    moments = dict(zip(held["review"].tolist(), held["t"].tolist(), strict=True))
    return [told.review(order, review, moments[review]) for review in weighed]


def _rows(table: Table, which: Any) -> Table:
    return {name: column[which] for name, column in table.items()}


class _Told:
    """One order's facts, put into words."""

    def __init__(self, study: Study, label: str, mine: dict[str, Table]) -> None:
        self._mine = mine
        self._policy = study[label].policy_text
        self._geography = study.scenario(label).compile().geography
        dims = study.folder.dims(study[label].scenario_hash)
        self._nodes: list[str] = list(dims["nodes"]["label"])
        lines = mine["lines"]
        self._sku = {
            line: str(dims["skus"]["label"][sku])
            for line, sku in zip(lines["line"].tolist(), lines["sku"].tolist(), strict=True)
        }

    def review(self, order: int, review: int, t: int) -> Explanation:
        """What was weighed at one review, and what came of it."""
        weighed = _rows(self._mine["candidates"], self._mine["candidates"]["review"] == review)
        decided = _rows(self._mine["decisions"], self._mine["decisions"]["review"] == review)
        lines = list(dict.fromkeys(weighed["line"].tolist()))
        taken: dict[int, list[int]] = {}
        for line, node, qty in zip(*(decided[name].tolist() for name in ("line", "node", "qty")), strict=True):
            taken.setdefault(node, [0] * len(lines))[lines.index(line)] += qty
        nodes = list(dict.fromkeys(weighed["node"].tolist()))  # nearest first, as they were written
        rows = {node: _rows(weighed, weighed["node"] == node) for node in nodes}
        cheapest = min((int(rows[node]["cost"][0]) for node in taken), default=None) if len(taken) == 1 else None
        candidates = tuple(self._candidate(node, rows[node], taken, cheapest) for node in nodes)
        wanted = dict(zip(weighed["line"].tolist(), weighed["qty"].tolist(), strict=True))
        reasons = tuple(dict.fromkeys(Reason(code).label for code in decided["reason"].tolist()))
        return Explanation(
            order, t, int(decided["hop"].max(initial=0)), self._policy,
            tuple(f"{wanted[line]} x {self._sku[line]}" for line in lines), candidates,
            tuple(self._sentences(candidates, taken, lines, wanted)), reasons,
        )  # fmt: skip

    def _candidate(self, node: int, rows: Table, taken: dict[int, list[int]], chosen_at: int | None) -> Candidate:
        seen = tuple(zip(rows["atp"].tolist(), rows["qty"].tolist(), strict=True))
        able = not np.isin(rows["filter"], (Reason.NOT_DELIVERABLE, Reason.NOT_FOUND, Reason.BACKLOG)).any()
        cost, orders = int(rows["cost"][0]), self._mine["orders"]
        at, place = int(orders["collect_at"][0]), int(orders["place"][0])
        metres = self._geography.node_node[at, node] if at >= 0 else self._geography.node_place[node, place]
        why = "" if node in taken else self._why(rows, cost, chosen_at)
        return Candidate(
            node, self._nodes[node], float(metres) / 1000, seen, cost / MICRO if able else None,
            int(rows["co2e"][0]) / MICRO if able else None, int(rows["eta_t"][0]) if able else -1,
            tuple(taken.get(node, ())), why,
        )  # fmt: skip

    def _why(self, rows: Table, cost: int, chosen_at: int | None) -> str:
        """Why the node was not chosen, as far as it was written down."""
        filters = rows["filter"].tolist()
        for code, words in _SHUT.items():
            if code in filters:
                return words
        short = [
            f"shows {atp} {self._sku[line]} to promise (recorded {recorded}, reserved {reserved})"
            for line, atp, recorded, reserved, code in zip(
                *(rows[name].tolist() for name in ("line", "atp", "recorded", "reserved", "filter")), strict=True
            )
            if code == Reason.NO_STOCK
        ]
        if short:
            return "; ".join(short)
        said = ["was possible"]
        if chosen_at is not None:
            said.append(f"{abs(cost - chosen_at) / MICRO:.2f} EUR {'dearer' if cost >= chosen_at else 'cheaper'}")
        if rows["penalty"].any():
            said.append(f"{int(rows['penalty'].max()) / MICRO:.2f} EUR on top for delay, CO2e and splits")
        if rows["bid"].any():
            said.append(f"its units are worth {int(rows['bid'].sum()) / MICRO:.2f} EUR to others")
        return "; ".join(said)

    def _sentences(
        self, candidates: tuple[Candidate, ...], taken: dict[int, list[int]], lines: list[int], wanted: dict[int, int]
    ) -> list[str]:
        said = []
        names = [self._nodes[node] for node in taken]
        given = [sum(units) for units in zip(*taken.values(), strict=True)] or [0] * len(lines)
        left = [(line, wanted[line] - units) for line, units in zip(lines, given, strict=True) if wanted[line] > units]
        if len(taken) == 1:
            at = next(c.distance_km for c in candidates if c.node in taken)
            nearer = [c for c in candidates if c.distance_km < at]
            more = "; ".join(f"{c.label} {c.why}" for c in nearer[:3])
            tail = f"; {len(nearer)} nearer: {more}." if nearer else ", the nearest node."
            said.append(f"Sent from {names[0]}{tail}")
        elif taken:
            said.append(f"Split over {', '.join(names)}.")
            whole = [c.label for c in candidates if c.cost_eur is not None and all(a >= q for a, q in c.atp)]
            said.append(
                f"In one parcel it could have left from {', '.join(whole)}." if whole
                else "None of the nodes looked at showed all of it."
            )  # fmt: skip
        said += [f"{units} x {self._sku[line]} waits." for line, units in left]
        return [*said, "What would have changed it was not asked; `orchestrion explain --ask` asks the policy again."]


_SHUT = {
    int(Reason.NOT_FOUND): "did not find it before",
    int(Reason.BACKLOG): "takes no more orders today",
    int(Reason.NOT_DELIVERABLE): "may not serve this order",
    int(Reason.RULED_OUT): "a filter of the policy excluded it",
}
