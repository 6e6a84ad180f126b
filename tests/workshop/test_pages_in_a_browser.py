"""Every page in its other look, French and dark: nothing serious for axe, no English word of the product's own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from acting import compare, consent, contest, draw_line, move, predict, propose_trial, tab, weigh
from browsers import LAPTOP, Hall, Person
from browsing import chromium, complaints, until
from small_room import Served

from orchestrion.experiments import Study

pytestmark = pytest.mark.browser
OPENED = "document.querySelectorAll('details').forEach(one => { one.open = true })"
TEXTS = """() => {
    const found = new Set(), walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const of = walk.currentNode.parentElement;
        if (!of.closest('script, noscript, [lang=en], .skip')) found.add(walk.currentNode.data.trim());
    }
    const said = ['aria-label', 'title', 'placeholder'];
    document.querySelectorAll(said.map(name => `[${name}]`)).forEach(one => {
        if (!one.closest('[lang=en]')) said.forEach(name => found.add(one.getAttribute(name)));
    });
    return [...found].filter(Boolean);
}"""
ENGLISH = """() => {
    const english = new Set(), french = new Set(), words = JSON.parse(document.getElementById('words').textContent);
    const walk = (value) => {
        if (!value || typeof value !== 'object') return;
        if (typeof value.en !== 'string') return Object.values(value).forEach(walk);
        english.add(value.en);
        french.add(value.fr);
    };
    walk(window.workshop?.study);
    Object.values(words.en).forEach(one => english.add(one));
    Object.values(words.fr).forEach(one => french.add(one));
    return [...english].filter(one => one && !french.has(one));
}"""


@pytest.fixture
def hall(browser_path: str, room_study: Study, tmp_path: Path) -> Iterator[Hall]:
    folder = tmp_path / "study"
    shutil.copytree(room_study.path, folder)
    with Served(folder, ("--lang", "fr")) as served, chromium(browser_path) as browser:
        yield Hall(browser, served, lang="fr", scheme="dark")


def looked_at(*people: Person) -> None:
    for one in people:
        page = one.page
        page.evaluate(OPENED)
        page.wait_for_timeout(300)  # what moves has come to rest
        assert complaints(page) == [], one.name
        assert page.evaluate("document.documentElement.lang") == "fr"
        english = set(page.evaluate(ENGLISH)) - {"fr"}  # the button that leads to the other language is in it
        assert english & set(page.evaluate(TEXTS)) == set(), one.name
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], (one.name, wide)


def test_the_pages_in_french_and_in_the_dark(hall: Hall) -> None:
    served = hall.served
    door = hall.come("porte")
    door.page.goto(f"{served.origin}/join")
    door.page.click("button[type=submit]")  # nothing written yet: told what is missing
    until(door.page, "document.querySelector('.notice.bad')")
    looked_at(door)
    lost = hall.come("perdu")
    lost.page.goto(f"{served.origin}/p/{'x' * 32}")
    until(lost.page, "document.documentElement.dataset.line === 'ended'")
    looked_at(lost)

    facilitator, viewer = hall.facilitator(), hall.viewer()
    ada = hall.come("Ada", "ecommerce").join(served.code)
    bilal = hall.come("Bilal", "retail", LAPTOP).join(served.code)
    three, everybody = (facilitator, viewer, ada), [facilitator, viewer, ada, bilal]
    looked_at(*three)  # nothing was said yet
    contest(ada, "Nous avons mesuré trois semaines.", 2)
    ada.settled()
    looked_at(*three)
    move(facilitator, "predict", everybody)
    headline = ada.page.evaluate("window.workshop.study.headline")
    predict(ada, {headline[0]: "2,4"})
    ada.settled()
    assert ada.page.input_value(f"#guess-{headline[0]}") == "2,4"
    looked_at(*three)
    move(facilitator, "see", everybody)
    looked_at(*three)
    move(facilitator, "weigh", everybody)
    looked_at(*three)
    weigh(ada, {"broken_promise": "12,50"})
    compare(bilal, ["0.1111111111111111"])
    looked_at(bilal)
    draw_line(bilal, "busiest_store_hours", "8")
    for one in (ada, bilal):
        one.settled()
    looked_at(bilal, *three)
    the_right_side_outweighs(bilal, 9.0)
    tab(bilal, "pairs")
    assert "Vaut 9 fois plus" in bilal.page.inner_text(".pair .said")
    move(facilitator, "disagree", everybody)
    looked_at(*three)
    facilitator.page.click(".matrix tbody tr:nth-child(1) button")
    move(facilitator, "try", everybody)
    looked_at(*three)
    for one in (ada, facilitator):
        one.page.select_option("#trial-policy", "milp")
        one.page.select_option("#lever-0", "network.stores.protected_units")
    looked_at(ada, facilitator)
    ada.page.fill("#lever-0-value", "3")
    propose_trial(ada, "Moins cher", "cheapest")
    until(facilitator.page, "document.querySelector('.trial.proposed')")
    looked_at(*three)
    trial = facilitator.state()["trials"][0]
    assert trial["changes"] == {"network.stores.protected_units": 3, "policy": {"name": "cheapest"}}
    assert "Règle : Le moins cher à servir" in viewer.page.inner_text(".trial").replace("\u00a0", " ")
    move(facilitator, "decide", everybody)
    looked_at(*three)
    consent(ada, "agree")
    consent(bilal, "object", "Trop d’heures en magasin.")
    for one in (ada, bilal):
        one.settled()
    looked_at(*three, bilal)
    move(facilitator, "minutes", everybody)
    looked_at(*three)
    for one in (door, lost, *everybody):
        assert [text for text in one.trouble if "403" not in text] == [], one.name


def the_right_side_outweighs(one: Person, times: float) -> None:
    """Of their one comparison, contribution on the left: its price is so many times the euros at stake."""
    (found,) = one.state()["me"]["ratios"]
    right = found["a"] if found["b"] == "contribution" else found["b"]
    assert found["times"] == pytest.approx(times if found["a"] == right else 1.0 / times)
    swings = one.page.evaluate("window.workshop.study.results.swings")
    assert one.state()["me"]["prices"][right] == pytest.approx(times * swings["contribution"] / swings[right])
