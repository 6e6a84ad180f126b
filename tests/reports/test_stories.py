"""Orders that tell the story: each is of the kind it is called, and its figures are in the facts."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest
from fake_study import FakeStudy

from orchestrion.domain.codes import COST_TO_SERVE, Channel, Component, EventKind, Leg, Reason
from orchestrion.experiments import Study
from orchestrion.reports.page import Page
from orchestrion.reports.reading import Reading
from orchestrion.reports.sections.stories import stories
from orchestrion.reports.telling import KINDS, chosen, lost_wishes
from orchestrion.reports.words import all_words

LABEL = "nearest"


def rows(study: Study, query: str) -> list[tuple[Any, ...]]:
    """A query on the tables of replication 0."""
    cell = study.cell(LABEL, 0)
    names = ("orders", "lines", "events", "shipments", "costs", "emissions", "requests", "decisions")
    files = {name: f"'{study.folder.paths([cell], name)[0]}'" for name in names}
    return duckdb.sql(query.format(**files)).fetchall()


@pytest.fixture(scope="module")
def picked(small_study: Study) -> list[tuple[str, int]]:
    found = chosen(Reading(small_study), LABEL, 0)
    assert found is not None
    return found


def test_every_code_has_a_word_in_both_languages() -> None:
    words = all_words()
    families = (("reason", Reason), ("event", EventKind), ("channel", Channel), ("component", Component), ("leg", Leg))
    for family, codes in families:
        for code in codes:
            assert all(words[f"{family}.{code.key}"]), code
    assert all(f"story.{kind}" in words for kind in (*KINDS, "lost"))


def test_about_a_dozen_orders_are_told_each_once(picked: list[tuple[str, int]]) -> None:
    kinds = [kind for kind, _ in picked]
    assert 8 <= len(picked) <= sum(KINDS.values()) == 12
    assert len({order for _, order in picked}) == len(picked)
    assert {"resourced", "split", "late", "typical", "collected"} <= set(kinds)
    assert kinds == sorted(kinds, key=list(KINDS).index)


def test_each_order_is_what_it_is_called(small_study: Study, picked: list[tuple[str, int]]) -> None:
    table = rows(
        small_study,
        """
        SELECT o."order", o.collect_at, o.promised_t, count(s.shipment), min(s.received_t), max(s.received_t),
               (SELECT max(hop) FROM {events} e WHERE e."order" = o."order"),
               (SELECT coalesce(sum(qty), 0) FROM {events} e WHERE e."order" = o."order" AND kind = 9)
        FROM {orders} o LEFT JOIN (SELECT * FROM {shipments} WHERE units > 0) s USING ("order") GROUP BY ALL
        """,
    )
    facts = {row[0]: row[1:] for row in table}
    most_hops = max(row[5] for row in facts.values())
    most_parcels = max(row[2] for row in facts.values())
    for kind, order in picked:
        collect_at, promised, parcels, first, last, hops, cancelled = facts[order]
        whole = first is not None and first >= 0
        if kind == "resourced":
            assert hops >= 1
        elif kind == "split":
            assert parcels > 1
        elif kind == "late":
            assert whole
            assert last > promised
        elif kind == "cancelled":
            assert cancelled > 0
        elif kind == "collected":
            assert collect_at >= 0
            assert whole
        elif kind == "typical":
            assert (whole, parcels, hops, cancelled) == (True, 1, 0, 0)
            assert last <= promised
            assert collect_at < 0
    first_of = {}
    for kind, order in picked:
        first_of.setdefault(kind, order)
    assert facts[first_of["resourced"]][5] == most_hops
    assert facts[first_of["split"]][2] == most_parcels or facts[first_of["resourced"]][2] == most_parcels


def test_what_is_told_is_in_the_facts(small_study: Study) -> None:
    page = Page(Reading(small_study), explain=True)
    told = stories(page)
    assert told is not None
    assert not told["more"]
    serve = ", ".join(str(int(part)) for part in COST_TO_SERVE)
    label = next(item.label for item in page.reading.alternatives if item.name in told["lead"])
    cell = small_study.cell(label, 0)
    costs, emissions, events = (small_study.folder.paths([cell], name)[0] for name in ("costs", "emissions", "events"))
    told_orders = [story for story in told["stories"] if story.kind != "lost"]
    for story in told_orders:
        order = int(story.key[1:])
        where = f'WHERE "order" = {order}'
        euro = f"SELECT sum(amount) / 1e6 FROM '{costs}' {where} AND component IN ({serve})"
        ((euros,),) = duckdb.sql(euro).fetchall()
        ((kilos,),) = duckdb.sql(f"SELECT sum(amount) / 1e6 FROM '{emissions}' {where}").fetchall()
        ((steps,),) = duckdb.sql(f"SELECT count(*) FROM '{events}' {where}").fetchall()
        total = {name: value for name, value in story.sums.rows if name.startswith("Total")}
        assert total["Total (€)"] == f"{'−' if round(euros, 2) < 0 else ''}€{abs(euros):,.2f}"
        assert total["Total (CO2e)"] == f"{kilos:.3f}\u00a0kg"
        assert len(story.life.rows) == steps
        assert story.candidates
        taken = [row for table in story.candidates for row in table.rows if row[5] != "–"]
        assert taken
    sourced = [row for story in told_orders for row in story.life.rows if row[1] == "sourced"]
    assert all(row[4] != "–" for row in sourced)  # every decision has its reason


def test_a_lost_wish_is_the_dearest_one_lost_for_lack_of_stock(small_study: Study) -> None:
    reading = Reading(small_study)
    (wish,) = lost_wishes(reading, LABEL, 0)
    low, high = reading.days[0] * 86_400, (reading.days[-1] + 1) * 86_400
    ((value,),) = rows(
        small_study,
        "SELECT max(value) FROM {requests} WHERE outcome = 5 AND reason IN (0, 1, 2) "
        f"AND t >= {low} AND t < {high}",
    )
    assert wish["value"] == value


def test_in_french_no_english_is_left(small_study: Study) -> None:
    told = stories(Page(Reading(small_study, "fr"), explain=True))
    assert told is not None
    texts = [cell for story in told["stories"] for table in (story.life, *story.candidates) if table
             for row in table.rows for cell in row]  # fmt: skip
    for english in ("sourced", "picked", "nearest", "possible,", "did not find", "chosen", "the next choice"):
        if english == "possible,":
            continue  # the same word in both
        assert not any(english == text or text.startswith(f"{english} ") for text in texts), english


def test_a_study_without_facts_tells_no_stories() -> None:
    assert stories(Page(Reading(FakeStudy(("france_siloed", "france_unified"), replications=2, facts=False)))) is None
