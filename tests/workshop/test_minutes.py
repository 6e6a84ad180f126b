"""The minutes: everything that was decided stands in them, and nothing in them is anybody's script."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from datetime import date
from html import unescape
from pathlib import Path

import pytest
from whole import event, joins, room_of, story

import orchestrion as orc
from orchestrion.apps.workshop.board import Board
from orchestrion.apps.workshop.events import FACILITATOR, HOUSE
from orchestrion.apps.workshop.minutes import minutes, minutes_pdf
from orchestrion.apps.workshop.minutes_words import WORDS
from orchestrion.apps.workshop.room import Room
from orchestrion.experiments import Study
from orchestrion.kpis.weighing_codes import Weighing, encode

DAY = date(2026, 11, 26)


@pytest.fixture(scope="module")
def board(room_study: Study) -> Board:
    return Board(room_study)


@pytest.fixture(scope="module")
def room(board: Board, tmp_path_factory: pytest.TempPathFactory) -> Room:
    return room_of(board, tmp_path_factory.mktemp("minutes") / "w.sqlite", story())


@pytest.fixture(scope="module")
def page(room: Room) -> str:
    return minutes(room, today=DAY)


def told(page: str) -> str:
    """The words of a page; every kind of space is one."""
    body = page[page.index("<body>") :]
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)))


def test_the_decision_stands_first_with_who_said_what(page: str) -> None:
    text = told(page)
    assert "Proposed: Unified" in text
    assert "Not agreed: there are objections. Agree: 1; can live with it: 1; object: 1." in text
    assert "Too much work in <script>Paris</script>" in text
    assert "for a season" in text
    assert "Béla, Retail" in text


def test_what_people_wrote_is_text_and_the_page_runs_nothing(page: str) -> None:
    assert "<script" not in page
    assert "<b>more</b>" not in page
    assert "&lt;b&gt;more&lt;/b&gt;" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page


def test_weights_are_the_departments_medians_and_red_lines_are_told(room: Room, page: str) -> None:
    text = told(page)
    assert "hour of picking in stores, beyond its wage – 220 €" in text
    assert "Picking hours of the busiest store, at most 2.0 h a week" in text
    retail = next(one for one in room.opinions() if one.department == "retail")
    regret = retail.of("unified").regret
    assert f"Retail Siloed {regret:,.0f}" in text


def test_contested_assumptions_are_there_with_value_and_source(page: str) -> None:
    assert "network.stores.wage_eur_per_hour" in told(page)
    assert "Ours earn <b>more</b>. (Anna, E-commerce)" in told(page)


def test_guesses_stand_beside_what_was_simulated(board: Board, page: str) -> None:
    found = list(board.values("cost_to_serve", "nearest").values())
    assert f"6.50 {sum(found) / len(found):.2f}" in told(page)  # the median of 6 and 7


def test_the_scenario_document_reads_back_to_the_scenario_that_was_run(room_study: Study, page: str) -> None:
    written = unescape(re.findall(r"<pre>(.*?)</pre>", page, re.S)[-1])
    again = orc.Scenario.from_yaml(written, name="unified")
    assert again.hash == room_study["unified"].scenario_hash


def test_the_rules_of_a_proposal_that_is_rules_are_exported(board: Board, tmp_path: Path) -> None:
    said = [*story()[:-4], event(FACILITATOR, "choose", label="nearest")]
    page = minutes(room_of(board, tmp_path / "w.sqlite", said), today=DAY)
    blocks = [unescape(one) for one in re.findall(r"<pre>(.*?)</pre>", page, re.S)]
    rules = json.loads(blocks[0])
    assert rules["rules"]
    assert "order by order" in told(page)


def test_a_trial_can_be_decided_on_and_is_told_in_full(board: Board, tmp_path: Path) -> None:
    said = [
        *joins(),
        event(FACILITATOR, "step", to="try"),
        event(FACILITATOR, "try", label="fewer hands", base="unified", overrides={"network.stores.pickers.L": 1}),
        event(HOUSE, "tried", trial="t1", replications=3),
        event(FACILITATOR, "choose", label="fewer hands"),
    ]
    room = room_of(board, tmp_path / "w.sqlite", said)
    unified = board.played[1]
    room.played["t1"] = type(unified)(
        "fewer hands", unified.replications, [euro + 10.0 for euro in unified.contribution], unified.amounts,
        unified.measures, "unified",
    )  # fmt: skip
    page = minutes(room, today=DAY, trials=tmp_path / "trials")
    text = told(page)
    assert "Pairs of hands picking online orders, by node size (L) (network.stores.pickers.L): 1" in text
    assert "+10 ± 0 €" in text
    assert f"orchestrion repeat {tmp_path}/trials/t1" in text
    written = unescape(re.findall(r"<pre>(.*?)</pre>", page, re.S)[-1])
    assert orc.Scenario.from_yaml(written, name="t1").document.network.stores.pickers["L"] == 1


def test_both_languages_say_the_same(room: Room) -> None:
    french = told(minutes(room, "fr", today=DAY))
    assert "Pas d’accord : il y a des objections." in french
    assert "26 novembre 2026" in french
    for key, (english, words) in WORDS.items():
        assert re.findall(r"{(\w+)}", english) == re.findall(r"{(\w+)}", words), key


def test_an_unfinished_workshop_has_minutes_too(board: Board, tmp_path: Path) -> None:
    page = minutes(room_of(board, tmp_path / "w.sqlite"), today=DAY)
    assert "Nothing was proposed." in told(page)
    assert "220" not in told(page)
    assert "The alternatives" not in told(page)  # nobody has seen it yet
    assert "The alternatives" in told(minutes(room_of(board, tmp_path / "s.sqlite", story()), today=DAY))


def test_who_sent_a_code_is_named_and_not_called_silent(board: Board, tmp_path: Path) -> None:
    code = encode(Weighing(board.terms.mark, "000001", "it", {"co2e": 1.0}, "Fay"))
    room = room_of(board, tmp_path / "w.sqlite", [*joins()[:1], event(FACILITATOR, "paste", code=code)])
    text = told(minutes(room, today=DAY))
    assert "Fay (weighed by code) –" in text
    assert "Anna has not spoken" in text


def test_commands_can_be_pasted_whatever_the_folder_is_called(board: Board, tmp_path: Path) -> None:
    folder = tmp_path / "l'été 2026"
    folder.mkdir()
    page = minutes(room_of(board, folder / "w.sqlite"), today=DAY)
    (command,) = [one for one in re.findall(r"<pre>(.*?)</pre>", page, re.S) if "--state" in one]
    assert shlex.split(unescape(command))[-1] == str(folder / "w.sqlite")


@pytest.mark.browser
def test_they_print(room: Room, tmp_path: Path) -> None:
    if not any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        pytest.skip("no Chromium on this machine")
    printed = minutes_pdf(room, tmp_path / "minutes.pdf").read_bytes()
    assert printed.startswith(b"%PDF")
    assert b"/StructTreeRoot" in printed  # tagged, for those who have it read to them
