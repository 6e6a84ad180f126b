"""The family of KPIs: what each one is called, measured in, better when, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from orchestrion.kpis.cases import Figure
from orchestrion.kpis.reading import Reading
from orchestrion.registry import Registry

Direction = Literal["less", "more", "neither"]

HEADLINE = (
    "stockout_rate",
    "lost_sales_share",
    "delivery_time_days",
    "cost_to_serve",
    "co2e_per_order",
    "contribution",
)  # the declared family of comparisons, in the order shown

TOPICS = (
    "stockouts", "lost_sales", "fill", "time", "cost", "co2e", "money", "cash", "stock", "returns", "flow", "stores",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and French.

    >>> Text("order", "commande")["fr"]
    'commande'
    """

    en: str
    fr: str

    def __getitem__(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of KPIs: how it is written, with how many decimals, and times what (100 for a share shown in percent)."""

    label: Text
    decimals: int
    times: int = 1

    def next_to_nothing(self, change: float) -> bool:
        """Whether a change would be written as zero with the decimals that people read this unit with.

        >>> UNITS["share"].next_to_nothing(-0.0004), UNITS["share"].next_to_nothing(-0.0006)
        (True, False)
        """
        return round(abs(change * self.times), self.decimals) == 0


MOST_DECIMALS = 5


def decimals_until_seen(least: int, *numbers: float) -> int:
    """As many decimals as it takes until none of these numbers is rounded to zero; at least `least`.

    A bound of an interval that excludes zero must not be written as zero.

    >>> decimals_until_seen(1, -0.4, 0.0012), decimals_until_seen(2, 7.0)
    (3, 2)
    """
    nearest = min(map(abs, numbers))
    decimals = least
    while decimals < MOST_DECIMALS and round(nearest, decimals) == 0:
        decimals += 1
    return decimals


UNITS: dict[str, Unit] = {
    "share": Unit(Text("%", "%"), 1, 100),
    "index": Unit(Text("0 to 1", "0 à 1"), 2),
    "days": Unit(Text("days", "jours"), 2),
    "hours": Unit(Text("h", "h"), 1),
    "units": Unit(Text("units", "unités"), 0),
    "orders": Unit(Text("orders", "commandes"), 0),
    "shipments": Unit(Text("shipments", "expéditions"), 1),
    "km": Unit(Text("km", "km"), 0),
    "EUR": Unit(Text("€", "€"), 0),
    "a year": Unit(Text("a year", "par an"), 1),
    "EUR/order": Unit(Text("€ per order", "€ par commande"), 2),
    "kg/order": Unit(Text("kg CO2e per order", "kg CO2e par commande"), 3),
    "parcels/order": Unit(Text("parcels per order", "colis par commande"), 3),
    "hops/order": Unit(Text("re-sourcings per order", "réaffectations par commande"), 3),
}

# how a definition may end: what becomes of the cases that are not finished, and what an empty table gives
OPEN = {
    "none": Text("No order is involved.", "Aucune commande n'intervient."),
    "waiting": Text(
        "Customers still waiting at the end are not counted as lost.",
        "Les clients qui attendent encore à la fin ne comptent pas comme perdus.",
    ),
    "failed": Text(
        "Orders still open at the end count as not fulfilled.",
        "Les commandes encore ouvertes à la fin comptent comme non tenues.",
    ),
    "left_out": Text(
        "Orders still open at the end are left out.", "Les commandes encore ouvertes à la fin sont écartées."
    ),
    "so_far": Text(
        "Orders still open at the end count with what has happened so far.",
        "Les commandes encore ouvertes à la fin comptent avec ce qui est déjà arrivé.",
    ),
    "accepted": Text(
        "Orders still open at the end count as sold.", "Les commandes encore ouvertes à la fin comptent comme vendues."
    ),
}
EMPTY = {
    "nothing": Text("Without any case there is no value.", "Sans aucun cas, il n'y a pas de valeur."),
    "zero": Text("Without any case it is zero.", "Sans aucun cas, la valeur est zéro."),
}


@dataclass(frozen=True, slots=True)
class Kpi:
    """A defined number from facts.

    Attributes
    ----------
    direction
        "less" or "more" is better; "neither" for a description of how things run.
    definition
        What is counted, over what, with open orders and empty tables spoken for.
    cases
        From a reading of one replication's facts to what is added up. Long replications are read in parts: all about a
        customer is in one of them, but not what happened to a SKU or a node.
    by_sku
        Whether it follows goods through time instead: parts then hold all about some SKUs.
    in_parts
        Whether the figures of such parts add up to that of the whole. Ours do; others say so (`in_parts=True`), or a
        replication too long for memory is refused.
    """

    key: str
    topic: str
    label: Text
    unit: str
    direction: Direction
    definition: Text
    cases: Callable[[Reading], Figure]
    by_sku: bool = False
    in_parts: bool = True

    @property
    def headline(self) -> bool:
        """Whether it belongs to the family declared for comparisons."""
        return self.key in HEADLINE


kpis: Registry[Kpi] = Registry("kpis", "orchestrion.kpis.catalogue")

_written_in: dict[str, str] = {}


def kpi(
    key: str,
    *,
    label: tuple[str, str],
    unit: str,
    direction: Direction,
    definition: tuple[str, str],
    open_orders: str = "none",
    empty: str = "nothing",
    by_sku: bool = False,
    in_parts: bool | None = None,
) -> Callable[[Callable[[Reading], Figure]], Callable[[Reading], Figure]]:
    """Enlist a function from a `Reading` to a `Figure` as a KPI; texts in English and French.

    Raises
    ------
    ValueError
        If the unit is not in `UNITS`, or another module already claims the key.
    """
    if unit not in UNITS:
        raise ValueError(f"KPI {key!r}: unknown unit {unit!r}; one of {', '.join(UNITS)}")
    tails = (OPEN[open_orders], EMPTY[empty])
    texts = [
        " ".join((words, *(tail[lang] for tail in tails))) for words, lang in zip(definition, ("en", "fr"), strict=True)
    ]

    def enlist(cases: Callable[[Reading], Figure]) -> Callable[[Reading], Figure]:
        module = cases.__module__
        # a notebook cell run twice defines its KPI anew; two files with one key are a mistake
        if _written_in.setdefault(key, module) != module:
            raise ValueError(f"two kpis claim the name {key!r}: one in {_written_in[key]}, one in {module}")
        topic = module.rpartition(".")[2]
        adds_up = by_sku or module.startswith("orchestrion.kpis.catalogue.") if in_parts is None else in_parts
        kpis(key)(Kpi(key, topic, Text(*label), unit, direction, Text(*texts), cases, by_sku, adds_up))
        return cases

    return enlist


def definitions() -> list[Kpi]:
    """Every KPI: the headline ones first, then topic by topic, by name within a topic."""

    def place(member: Kpi) -> tuple[int, int, str]:
        rank = HEADLINE.index(member.key) if member.headline else len(HEADLINE)
        topic = TOPICS.index(member.topic) if member.topic in TOPICS else len(TOPICS)
        return rank, topic, member.key

    return sorted((member for _, member in kpis.items()), key=place)
