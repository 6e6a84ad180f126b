"""What an explanation holds: the candidates of one review of one order, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from orchestrion.display import Grid, bundle, paragraphs
from orchestrion.domain.orders import Order
from orchestrion.policies.what_if import Change

MOST_SHOWN = 12  # candidates in a terminal; a page and `candidates` have all


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that was, or was not, chosen for (part of) an order.

    Attributes
    ----------
    atp
        Units it showed of each line, and how many the line wanted.
    cost_eur, co2e_kg, eta_t
        Of one shipment with all lines; missing where the node cannot send one.
    chosen
        Units of each line taken from here.
    why
        Why not, in words; empty where it was chosen.
    change
        What would have had to be different, in words; empty where nothing was found.
    counterfactual
        The change itself, as it was put to the policy; none where nothing was found.
    """

    node: int
    label: str
    distance_km: float
    atp: tuple[tuple[int, int], ...]
    cost_eur: float | None
    co2e_kg: float | None
    eta_t: int
    chosen: tuple[int, ...]
    why: str = ""
    change: str = ""
    counterfactual: Change | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """One review of one order: what was seen, what was decided, what would have changed it."""

    order: int
    t: int
    hop: int
    policy: str
    lines: tuple[str, ...]
    candidates: tuple[Candidate, ...]  # nearest first
    sentences: tuple[str, ...]
    reasons: tuple[str, ...] = ()
    slip: Order | None = field(default=None, repr=False, compare=False)

    @property
    def grid(self) -> Grid:
        """The candidates, nearest first: what each showed, would have cost and emitted, what was taken, why not."""
        rows = [
            (
                one.label, f"{one.distance_km:.0f}", ", ".join(f"{shown}/{wanted}" for shown, wanted in one.atp),
                "–" if one.cost_eur is None else f"{one.cost_eur:.2f}",
                "–" if one.co2e_kg is None else f"{one.co2e_kg:.2f}", ", ".join(map(str, one.chosen)) or "–",
                one.why or "–", one.change or "–",
            )
            for one in self.candidates
        ]  # fmt: skip
        headers = ("node", "km", "shown / wanted", "cost, EUR", "CO2e, kg", "taken", "why not", "but")
        title = f"Order {self.order}: {', '.join(self.lines)} ({self.policy})"
        return Grid(title, headers, tuple(rows), (1, 3, 4))

    def __str__(self) -> str:
        few = replace(self.grid, rows=self.grid.rows[:MOST_SHOWN])
        left = len(self.grid.rows) - len(few.rows)
        more = [f"… and {left} nodes farther away"] if left else []
        return "\n".join([few.text(), *more, "", *self.sentences])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(str(self), self.grid.html() + paragraphs(self.sentences))


class Explanations(list[Explanation]):
    """The reviews of one order, in their order; a list that can be read."""

    def __str__(self) -> str:
        return "\n\n".join(str(one) for one in self)

    __repr__ = __str__

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(str(self), "".join(one._repr_mimebundle_()["text/html"] for one in self))
