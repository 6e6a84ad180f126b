"""A dozen orders with their whole life, the reason for each decision, and what would have changed it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from orchestrion.domain.codes import COST_TO_SERVE, Channel, Component, EventKind, Leg, Reason
from orchestrion.errors import StudyError
from orchestrion.experiments.explaining import explain_several
from orchestrion.reports.charts.components import part_name
from orchestrion.reports.page import DataTable, Page
from orchestrion.reports.sections import section
from orchestrion.reports.telling import Told, chosen, lost_wishes, told_of
from orchestrion.units import DAY, HOUR, MG_PER_KG, MICRO, MINUTE

if TYPE_CHECKING:
    from orchestrion.experiments.explanation import Candidate, Explanation


@dataclass(frozen=True, slots=True)
class Story:
    """One order (or lost wish) as the page tells it."""

    key: str
    kind: str
    name: str
    headline: list[str]
    text: str = ""
    life: DataTable | None = None
    sums: DataTable | None = None
    candidates: list[DataTable] = field(default_factory=list)


class Teller:
    """Writes the stories of one replication in the page's language."""

    def __init__(self, page: Page, told: Told) -> None:
        self.page, self.told = page, told
        self.words, self.fmt = page.words, page.fmt
        self.dims = {name: page.reading.dims(name).get("label", []) for name in ("nodes", "skus", "options", "places")}

    def name(self, dim: str, id: int) -> str:
        """What a row of a dimension is called."""
        return str(self.dims[dim][id]) if 0 <= id < len(self.dims[dim]) else "–"

    def when(self, t: int) -> str:
        """A moment: date and minute, or the day's number where the scenario has no dates."""
        if t < 0:
            return "–"
        start = self.page.reading.start
        clock = f"{t % DAY // HOUR:02d}:{t % HOUR // MINUTE:02d}"
        if start is None:
            return f"{self.words('day_n', n=t // DAY + 1)}, {clock}"
        return f"{self.fmt.day_month((datetime.combine(start, time()) + timedelta(seconds=t)).date())}, {clock}"

    def lasts(self, seconds: int) -> str:
        """A duration to the minute, or to the hour from a day on."""
        days, rest = divmod(abs(seconds), DAY)
        hours, minutes = rest // HOUR, rest % HOUR // MINUTE
        if days:
            return f"{days}\u00a0{'j' if self.page.reading.lang == 'fr' else 'd'} {hours}\u00a0h"
        return f"{hours}\u00a0h {minutes:02d}" if hours else f"{minutes}\u00a0min"

    def euros(self, micro: int) -> str:
        """Money of one order."""
        return self.fmt.quantity(micro / MICRO, "EUR", 2, magnitude=0)

    def tell(self, kind: str, order: int, explained: list[Explanation]) -> Story:
        """The story of one order."""
        words, fmt = self.words, self.fmt
        (about,) = self.told.of("orders", order)
        shipments = [row for row in self.told.of("shipments", order) if row["units"] > 0]
        costs, emissions = self.told.of("costs", order), self.told.of("emissions", order)
        serve = sum(row["amount"] for row in costs if row["component"] in [int(part) for part in COST_TO_SERVE])
        co2e = sum(row["amount"] for row in emissions)
        collect = about["collect_at"] >= 0
        received = max((row["received_t"] for row in shipments), default=-1)
        if not shipments or min(row["received_t"] for row in shipments) < 0:
            received = -1
        late = received - about["promised_t"]
        option = self.words.product("label", self.name("options", about["option"]))
        place = words("story_at", option=option, node=self.name("nodes", about["collect_at"])) if collect else ""
        count = len(shipments)
        gone = not count and any(row["kind"] == EventKind.CANCELLED for row in self.told.of("events", order))
        headline = [
            place or words("story_to", option=option, place=self.name("places", about["place"])),
            words("story_parcels_1") if count == 1 else words("story_parcels", n=count),
            words("event.cancelled") if gone
            else words("story_open") if received < 0
            else words("story_late_by", time=self.lasts(late)) if late > 0
            else words("story_early", time=self.lasts(late)),
            words("story_cost", value=self.euros(serve)),
            fmt.quantity(co2e / MG_PER_KG, "kg", 2) + " CO2e",
        ]  # fmt: skip
        text = words("story_promised", when=self.when(about["promised_t"]))
        return Story(
            f"O{order:06d}", kind, words(f"story.{kind}"), headline, text, self._life(order), self._sums(order),
            [self._candidates(one) for one in explained],
        )  # fmt: skip

    def _life(self, order: int) -> DataTable:
        words = self.words
        skus = {row["line"]: row["sku"] for row in self.told.of("lines", order)}
        reasons = {(row["line"], row["node"], row["hop"]): row["reason"] for row in self.told.of("decisions", order)}
        rows = []
        for event in sorted(self.told.of("events", order), key=lambda row: row["seq"]):
            kind, reason = EventKind(event["kind"]), event["reason"]
            if kind == EventKind.SOURCED and reason < 0:
                reason = reasons.get((event["line"], event["node"], event["hop"]), -1)
            units = f"{event['qty']} × {self.name('skus', skus[event['line']])}" if event["line"] in skus else ""
            rows.append(
                [
                    self.when(event["t"]),
                    words(f"event.{kind.key}"),
                    self.name("nodes", event["node"]),
                    units or "–",
                    words(f"reason.{Reason(reason).key}") if reason >= 0 else "–",
                ]
            )
        columns = [words(f"story_{name}") for name in ("moment", "step", "where", "what", "reason")]
        return DataTable(words("story_life"), columns, rows)

    def _sums(self, order: int) -> DataTable:
        words, fmt = self.words, self.fmt
        parts: dict[Component | Leg, int] = {}
        for row in self.told.of("costs", order):
            if row["component"] in [int(part) for part in COST_TO_SERVE]:
                part: Component | Leg = Component(row["component"])
                parts[part] = parts.get(part, 0) + row["amount"]
        rows = [[part_name(self.page.reading, part), self.euros(amount)] for part, amount in parts.items()]
        rows.append([f"{words('total')} (€)", self.euros(sum(parts.values()))])
        legs: dict[Leg, int] = {}
        for row in self.told.of("emissions", order):
            legs[Leg(row["leg"])] = legs.get(Leg(row["leg"]), 0) + row["amount"]

        def kilos(amount: int) -> str:
            return fmt.quantity(amount / MG_PER_KG, "kg", 3)

        rows += [[part_name(self.page.reading, leg), kilos(amount)] for leg, amount in legs.items()]
        rows.append([f"{words('total')} (CO2e)", kilos(sum(legs.values()))])
        return DataTable(words("story_sums"), [words("story_part"), words("story_amount")], rows)

    # -- why here, why not there ---------------------------------------------------------------------------------

    def _candidates(self, one: Explanation) -> DataTable:
        words, fmt = self.words, self.fmt
        taken = [candidate for candidate in one.candidates if any(candidate.chosen)]
        rows = []
        for candidate in one.candidates:
            shown = ", ".join(f"{atp} / {wanted}" for atp, wanted in candidate.atp)
            cost = "–" if candidate.cost_eur is None else fmt.quantity(candidate.cost_eur, "EUR", 2, magnitude=0)
            co2e = "–" if candidate.co2e_kg is None else fmt.quantity(candidate.co2e_kg, "kg", 2)
            rows.append(
                [
                    candidate.label, fmt.quantity(candidate.distance_km, "km", 0), shown, cost, co2e,
                    ", ".join(map(str, candidate.chosen)) or "–", self._why(candidate, taken), self._but(candidate),
                ]
            )  # fmt: skip
        columns = [words("story_candidate"), "km", words("story_shown"), "€", "CO2e"]
        columns += [words(f"story_{name}") for name in ("taken", "why", "but")]
        return DataTable(words("story_candidates", when=self.when(one.t)), columns, rows)

    def _why(self, one: Candidate, taken: list[Candidate]) -> str:
        words = self.words
        if any(one.chosen):
            return "–"
        shut = f"shut.{one.why.replace(' ', '_')}"
        if words.has(shut):
            return words(shut)
        if any(atp < wanted for atp, wanted in one.atp):
            return words("why_units")
        if one.cost_eur is not None and len(taken) == 1 and taken[0].cost_eur is not None:
            more = one.cost_eur - taken[0].cost_eur
            value = self.fmt.quantity(abs(more), "EUR", 2, magnitude=0)
            return words("why_dearer" if more >= 0 else "why_cheaper", value=value)
        return words("why_possible")

    def _but(self, one: Candidate) -> str:
        words, change = self.words, one.counterfactual
        if change is None:
            return words("but_never") if one.change else "–"
        if change.units:
            return words("but_units", n=sum(change.units.values()))
        if change.cost:
            return words("but_cost", value=self.euros(-min(change.cost.values())))
        return words("but_closed") if change.closed else "–"

    def lost(self, wish: dict[str, int]) -> Story:
        """The story of a wish that became no order."""
        text = self.words(
            "story_lost",
            when=self.when(wish["t"]),
            qty=wish["qty"],
            sku=self.name("skus", wish["sku"]),
            channel=self.words(f"channel.{Channel(wish['channel']).key}"),
            reason=self.words(f"reason.{Reason(wish['reason']).key}"),
            value=self.euros(wish["value"]),
        )
        key = f"R{wish['request']:06d}"
        return Story(key, "lost", self.words("story.lost"), [self.words("story_no_order")], text)


@section("stories", order=85)
def stories(page: Page) -> dict[str, Any] | None:
    """The orders of the alternative shown first; with `explain`, its replication is run again and asked for reasons."""
    reading = page.reading
    item = reading.shown_first
    replications = reading.replication_ids(item.label)
    orders = chosen(reading, item.label, replications[0]) if replications else None
    if orders is None:
        return None
    told = told_of(reading, item.label, replications[0], [order for _, order in orders])
    if told is None:
        return None
    explained: dict[int, list[Any]] = {}
    if page.explain and orders and hasattr(reading.study, "folder"):
        try:
            ids = [order for _, order in orders]
            explained = explain_several(reading.study, ids, item.label, told.replication)  # type: ignore[arg-type]
        except StudyError:
            explained = {}  # a policy from a notebook cannot be asked again here
    teller = Teller(page, told)
    found = [teller.tell(kind, order, explained.get(order, [])) for kind, order in orders]
    found += [teller.lost(wish) for wish in lost_wishes(reading, told.label, told.replication)]
    if not found:
        return None
    words = page.words
    return {
        "title": words("stories_title"),
        "lead": words("stories_lead", name=item.name, replication=told.replication),
        "stories": found,
        "more": "" if explained else f"orchestrion explain STUDY {found[0].key} --alternative {item.label}",
    }
