"""A whole workshop in a real browser: seven people and a projector, broken lines, a server that dies; no vote lost."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from acting import compare, consent, contest, draw_line, move, predict, propose_trial, slide, weigh
from browsers import LAPTOP, PHONE, Hall, Person
from browsing import chromium, complaints, until
from small_room import Served

from orchestrion.experiments import Study
from orchestrion.kpis.weighing_codes import Weighing, encode

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
TEXT = "</script><script>document.title='stolen'</script> & \u202egnp.exe"
PEOPLE = [
    ("Ada", "ecommerce", PHONE),
    ("Bilal", "retail", PHONE),
    (HOSTILE, "retail", LAPTOP),
    ("Chloé", "supply_chain", LAPTOP),
    ("Dov", "it", LAPTOP),
    ("Eva", "ecommerce", LAPTOP),
]


@pytest.fixture
def hall(browser_path: str, room_study: Study, tmp_path: Path) -> Iterator[Hall]:
    folder = tmp_path / "study"
    shutil.copytree(room_study.path, folder)
    with Served(folder) as served, chromium(browser_path) as browser:
        yield Hall(browser, served)


def _judged(*people: Person) -> None:
    for one in people:
        assert complaints(one.page) == [], one.name


def _fits(viewer: Person) -> bool:
    """A projector does not scroll."""
    return bool(viewer.page.evaluate("document.documentElement.scrollHeight <= innerHeight"))


def _said(served: Served) -> Counter[str]:
    """How often each kind of thing stands in the book, which the server keeps for itself while it runs."""
    served.stop()
    with closing(sqlite3.connect(served.folder / "workshop.sqlite")) as book:
        return Counter(kind for (kind,) in book.execute("SELECT kind FROM events"))


def test_seven_people_decide_whatever_breaks(hall: Hall, tmp_path: Path) -> None:
    served = hall.served
    door = hall.come("door")
    door.page.goto(f"{served.origin}/join")
    _judged(door)
    facilitator, viewer = hall.facilitator(), hall.viewer()
    people = [hall.come(*one).join(served.code) for one in PEOPLE]
    ada, bilal, bob, chloe, dov, eva = people
    everybody = [facilitator, viewer, *people]

    # frame: what is doubted; names and texts that attack are only names and texts
    contest(bob, TEXT, 2)
    bob.settled()
    for one in (facilitator, viewer, ada):
        until(one.page, "document.body.innerText.includes('stolen')")
        assert one.page.evaluate("document.querySelectorAll('img[src=x], #stage script').length") == 0
        assert "stolen" not in one.page.title()
    until(facilitator.page, f"document.querySelector('.people').innerText.includes({HOSTILE!r})")
    _judged(facilitator, viewer, ada)

    # who joins twice from one browser is the same person; a reload in the middle of typing loses nothing
    again = hall.come("Ada again", "it", context=ada.page.context)
    again.page.goto(f"{served.origin}/join?code={served.code}")
    again.page.wait_for_url("**/p/*")
    again.ready()
    assert again.state()["me"]["id"] == ada.state()["me"]["id"]
    again.page.close()
    assert len(facilitator.state()["participants"]) == len(PEOPLE)

    # predict: nobody sees a result, not even in what the server sends
    move(facilitator, "predict", everybody)
    assert ada.page.evaluate("window.workshop.study.results") is None
    headline = ada.page.evaluate("window.workshop.study.headline")
    for place, one in enumerate(people):
        predict(one, dict(zip(headline, [f"{9 + place}", "6,5", "2.4"], strict=False)))
    ada.page.fill(f"#guess-{headline[3]}", "7.25")  # still typing
    ada.page.reload()
    ada.ready()
    assert ada.page.input_value(f"#guess-{headline[3]}") == "7.25"
    assert ada.page.input_value(f"#guess-{headline[0]}") == "9"
    ada.page.press(f"#guess-{headline[3]}", "Enter")
    for one in people:
        one.settled()
    until(viewer.page, "document.querySelectorAll('.spoken .all').length === 4")
    assert not any("predictions" in one.state() for one in (facilitator, viewer, ada))
    _judged(facilitator, viewer, ada)

    # see
    move(facilitator, "see", everybody)
    until(ada.page, "document.querySelectorAll('.seen .own .verdict').length === 4")
    facilitator.page.select_option("#seen", "nearest")
    until(viewer.page, "document.querySelector('main h2').innerText.includes('Nearest')")
    _judged(facilitator, viewer, ada)
    assert _fits(viewer)

    # weigh: one is offline, then the server dies; all go on
    move(facilitator, "weigh", everybody)
    slide(dov, "exception", 6)
    compare(bilal, ["1", "3", "2"])
    for one in (dov, bilal):
        one.settled()
    _judged(facilitator, viewer, ada, bilal)
    ada.lost = True
    ada.page.context.set_offline(True)
    ada.page.evaluate("window.workshop.wire.socket.close()")
    until(ada.page, "document.documentElement.dataset.line === 'lost'")
    weigh(ada, {"broken_promise": "12", "day_of_delivery": "1,5"})
    until(ada.page, "document.querySelector('.line.lost').innerText.includes('Not connected, kept')")
    _judged(ada)
    for one in everybody:
        one.lost = True
    served.kill()
    until(chloe.page, "document.documentElement.dataset.line === 'lost'")
    weigh(chloe, {"co2e": "2"})
    weigh(eva, {"broken_promise": "20"})
    draw_line(bob, "busiest_store_hours", "8")
    eva.page.evaluate("window.workshop.send({kind: 'contest', assumption: window.workshop.study.assumptions[0].path, "
                      "text: 'said while the server was away'})")  # fmt: skip
    weigh(chloe, {"co2e": "1.5"})  # a change of mind
    assert eva.page.evaluate("window.workshop.wire.waiting") >= 2
    served.start()
    for one in (facilitator, viewer, bilal, bob, chloe, dov, eva):
        one.settled()
    ada.page.context.set_offline(False)
    ada.settled()
    for one in everybody:
        one.lost = False
    told = {one.name: one.state()["me"] for one in people}
    assert told["Ada"]["weights"] == {"broken_promise": 12.0, "day_of_delivery": 1.5}
    assert told["Chloé"]["weights"] == {"co2e": 1.5}
    assert told["Eva"]["weights"] == {"broken_promise": 20.0}
    assert told[HOSTILE]["red_lines"] == {"busiest_store_hours": 8.0}
    assert len(told["Bilal"]["ratios"]) == 3
    away = [one for one in facilitator.state()["contested"] if one["text"] == "said while the server was away"]
    assert len(away) == 1
    until(viewer.page, "document.querySelectorAll('.department-panel .prices').length === 4")

    # codes of people who weighed in the report: each person once, the damaged one not at all
    mark = facilitator.page.evaluate("window.workshop.study.mark")
    first, second = (encode(Weighing(mark, "00000a", "it", {"parcel": price}, "Fay")) for price in (1.0, 3.0))
    spoilt = first[:-1] + ("0" if first[-1] != "0" else "2")
    facilitator.page.fill("#pasted", f"Bonjour,\n{first}\n> {first}\n{second} merci\n{spoilt}")
    facilitator.page.click(".side form button")
    facilitator.settled()
    until(facilitator.page, "document.querySelector('.people').innerText.includes('Fay')")
    state = facilitator.state()
    assert [one["name"] for one in state["participants"] if one["by_code"]] == ["Fay"]
    assert state["weights"]["it"]["parcel"] == 3.0
    assert facilitator.page.is_visible(".notice.bad")

    # disagree
    move(facilitator, "disagree", everybody)
    for one in (viewer, ada):
        until(one.page, "document.querySelectorAll('.matrix tbody tr').length === 3")
    facilitator.page.click(".matrix tbody tr:nth-child(1) button")
    facilitator.settled()
    _judged(facilitator, viewer, ada)
    assert _fits(viewer)

    # try: proposed on a phone, run by the facilitator, seen by all
    move(facilitator, "try", everybody)
    propose_trial(ada, "Cheapest", "cheapest")
    until(facilitator.page, "document.querySelector('.trial.proposed .button')")
    facilitator.page.click(".trial.proposed .button")
    until(viewer.page, "window.workshop.state.trials[0].results", 60.0)
    until(viewer.page, "document.querySelectorAll('.trial .figures li').length === 6")
    _judged(facilitator, viewer, ada)

    # decide: a round, an objection withdrawn
    move(facilitator, "decide", everybody)
    for one in people[2:]:
        consent(one, "agree")
    consent(ada, "live_with")
    consent(bilal, "object", TEXT)
    for one in people:
        one.settled()
    until(viewer.page, "document.querySelector('.outcome.objected')")
    _judged(facilitator, viewer, ada, bilal)
    consent(bilal, "live_with")
    bilal.settled()
    until(viewer.page, "document.querySelector('.outcome.reserved')")

    # minutes: a file for everybody
    move(facilitator, "minutes", everybody)
    for one in (facilitator, ada):
        with one.page.expect_download() as waiting:
            one.page.click(".files .button")
        path = tmp_path / f"{one.name}.html"
        waiting.value.save_as(path)
        text = path.read_text(encoding="utf-8")
        assert "said while the server was away" in text
        assert "&lt;img src=x" in text
        assert "<img src=x" not in text
    _judged(facilitator, viewer, ada)

    # somebody leaves; what they said is no longer counted, and their page says so
    facilitator.page.click(f".people li:nth-child({1 + len(people) - 1}) button")
    facilitator.page.click(".people .bad")
    until(eva.page, "document.documentElement.dataset.line === 'ended'")
    assert "no longer" in eva.page.inner_text("h1")

    # the book: every thing said stands in it once
    for one in everybody:
        assert one.trouble == [], one.name
    kinds = _said(served)
    assert kinds["join"] == len(PEOPLE)
    assert kinds["contest"] == 2
    assert kinds["try"] == 1
    assert kinds["pairwise"] == 3
    assert kinds["consent"] == len(PEOPLE) + 1
    assert kinds["paste"] == 3


def test_a_minute_without_a_line_costs_nothing(hall: Hall) -> None:
    """The page's clock runs on for a minute while nothing gets through."""
    facilitator = hall.facilitator()
    one = hall.come("Ada", "ecommerce")
    one.page.clock.install()
    one.join(hall.served.code)
    move(facilitator, "weigh", [one])
    until(one.page, "document.querySelector('#weight-parcel')")
    one.lost = True
    one.page.context.set_offline(True)
    one.page.evaluate("window.workshop.wire.socket.close()")
    weigh(one, {"broken_promise": "7"})
    one.page.clock.run_for(60_000)
    assert one.page.evaluate("document.documentElement.dataset.line") == "lost"
    weigh(one, {"broken_promise": "8", "parcel": "0.5"})
    one.page.clock.run_for(1_000)
    one.page.context.set_offline(False)
    for _ in range(40):
        one.page.clock.run_for(500)
        one.page.wait_for_timeout(25)
        if one.page.evaluate("document.documentElement.dataset.line === 'open' && !window.workshop.wire.waiting"):
            break
    until(facilitator.page, "window.workshop.state.weights.ecommerce.parcel === 0.5")
    assert facilitator.state()["weights"]["ecommerce"] == {"broken_promise": 8.0, "parcel": 0.5}
    assert 1 <= _said(hall.served)["weigh"] <= 2


def test_keys_alone_take_a_participant_through_a_vote(hall: Hall) -> None:
    """No mouse, no touch: Tab, arrows, space and Enter."""
    facilitator = hall.facilitator()
    one = hall.come("", "", LAPTOP)
    one.page.goto(f"{hall.served.origin}/join?code={hall.served.code}")
    one.page.focus("#code")
    press = one.page.keyboard.press
    press("Tab")
    one.page.keyboard.type("Gil")
    press("Tab")
    press("Space")
    press("ArrowDown")  # the second department
    press("Tab")
    press("Enter")
    one.page.wait_for_url("**/p/*")
    one.ready()
    assert one.state()["me"]["department"] == "retail"
    facilitator.page.focus(".moves .button")
    for step in ("predict", "see", "weigh"):
        facilitator.page.keyboard.press("Enter")
        one.at(step)
        facilitator.at(step)
        assert facilitator.page.evaluate("document.activeElement.className") == "button"  # and stays there
        assert one.page.evaluate("document.activeElement.id") == "step-title"
    one.page.focus("#weight-store_hour")
    press("ArrowRight")
    press("ArrowRight")
    one.settled()
    assert one.state()["me"]["weights"] == {"store_hour": 1.0}
    said = one.page.evaluate("document.getElementById('weight-store_hour').getAttribute('aria-valuetext')")
    assert said == "€1"
    press("Tab")
    assert one.page.evaluate("document.activeElement.id") == "weight-store_hour-number"
    assert one.trouble == []


SEVEN_WAYS = """() => {
    const { study } = window.workshop, [base, other] = study.alternatives;
    const more = [...Array(5).keys()].map((i) => ({
        ...other, label: `way ${i}`, name: `Quite a long name of way ${i}`,
        policy: 'milp(eur_per_t_co2e=120.0, eur_per_overstocked_unit=0.5)',
        differs: [...other.differs, ...['a.b', 'a.c'].map((path) => ({ ...other.differs[0], path, to: i }))],
    }));
    study.alternatives = [base, other, ...more];
    for (const one of study.alternatives) study.byLabel.set(one.label, one);
    window.workshop.render();
}"""


def test_nothing_is_wider_than_a_phone_or_the_projector(hall: Hall) -> None:
    facilitator, viewer = hall.facilitator(), hall.viewer()
    one = hall.come("A" * 40, "supply_chain").join(hall.served.code)
    contest(one, "We measured three weeks, not this.", 2)
    one.settled()
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    whole = viewer.page.evaluate(size)
    viewer.page.evaluate(SEVEN_WAYS)  # what would not fit is drawn a little smaller
    assert _fits(viewer)
    assert 0.8 * whole < viewer.page.evaluate(size) < whole
    for step in ("frame", "predict", "see", "weigh", "disagree", "try", "decide", "minutes"):
        move(facilitator, step, [facilitator, viewer, one])
        for person in (facilitator, viewer, one):
            wide = person.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert wide[0] <= wide[1], (step, person.name, wide)
        assert _fits(viewer), step


def _scores(page: Any, prices: dict[str, float]) -> dict[str, float]:
    return page.evaluate(
        "prices => Object.fromEntries(scoring.ranking(window.workshop.study.weighables, prices)"
        ".map(one => [one.one.label, one.mean]))",
        prices,
    )


def test_the_page_scores_as_the_server_does_to_nine_digits(hall: Hall) -> None:
    """Random prices through the socket: standings of the server against scoring.js in the page."""
    import numpy as np

    rng = np.random.default_rng(3)
    facilitator = hall.facilitator()
    one = hall.come("Ada", "ecommerce").join(hall.served.code)
    move(facilitator, "weigh", [one])
    until(one.page, "Boolean(window.workshop.study.results)")
    criteria = one.page.evaluate("window.workshop.study.criteria.map(c => [c.key, c.largest])")
    for _ in range(12):
        prices = {key: round(float(rng.uniform(0, top)), 2) if rng.random() < 0.7 else None for key, top in criteria}
        one.page.evaluate("weights => window.workshop.send({kind: 'weigh', weights})", prices)
        one.settled()
        wanted = {key: value for key, value in prices.items() if value is not None}
        until(one.page, "window.workshop.wire.recent.length === 0")
        state = one.state()
        assert state["me"]["weights"] == wanted
        rows = next(said for said in state["standings"] if said["department"] == "ecommerce")["rows"]
        shown = _scores(one.page, wanted)
        assert shown == pytest.approx({row["label"]: row["score"] for row in rows}, rel=1e-9)
        assert list(shown) == [row["label"] for row in sorted(rows, key=lambda row: -row["score"])]
