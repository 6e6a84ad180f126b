"""Pictures of every step on the projector, the facilitator's desk and a phone, in both languages, light and dark.

    PYTHONPATH=tests python tests/workshop/pictures.py FOLDER [STUDY [LOOKS]]

Plays a session of five people; without a study it makes a small one. Looks are named "fr_light,en_dark"; all four when
left out. To be looked at, not compared: whoever changes a page runs this and looks.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import urllib.request
from pathlib import Path

from acting import compare, consent, contest, draw_line, move, predict, propose_trial, slide, weigh
from browsers import LAPTOP, PHONE, Hall, Person
from browsing import chromium, until
from small_room import Served, small_study

GUESSES = {"stockout_rate": 9, "lost_sales_share": 6, "delivery_time_days": 2.4, "cost_to_serve": 7.5,
           "co2e_per_order": 1.1}  # fmt: skip
SAID = {
    "en": ("We measured three weeks, not this.", "Two stores would pass eight hours a week.", "Cheapest everywhere"),
    "fr": ("Nous avons mesuré trois semaines.", "Deux magasins passeraient huit heures.", "Moins cher partout"),
}


def play(hall: Hall, out: Path) -> None:
    """A session, with a picture of each step."""
    doubt, objection, trial = SAID[hall.lang]
    for name, where in (("join", "join"), ("refused", f"p/{'x' * 32}")):
        page = hall.come(name).page
        page.goto(f"{hall.served.origin}/{where}")
        page.wait_for_timeout(900)
        page.screenshot(path=str(out / f"0_{name}.png"), full_page=True)
    facilitator, viewer = hall.facilitator(), hall.viewer()
    coming = (("Ada", "ecommerce", PHONE), ("Bilal", "retail", PHONE), ("Chloé", "supply_chain", LAPTOP),
              ("Dov", "it", LAPTOP), ("Eva", "retail", LAPTOP))  # fmt: skip
    people = [hall.come(*one).join(hall.served.code) for one in coming]
    ada, bilal, chloe, dov, eva = people
    everybody = [facilitator, viewer, *people]

    def picture(name: str, *who: Person) -> None:
        for one in who or (facilitator, viewer, ada):
            one.page.wait_for_timeout(450)  # bars have grown
            size = one.page.viewport_size
            if one is not viewer:  # as high as the page, so that what sticks to an edge stands where it belongs
                high = one.page.evaluate("document.documentElement.scrollHeight")
                one.page.set_viewport_size({"width": size["width"], "height": max(size["height"], high)})
            one.page.screenshot(path=str(out / f"{name}_{one.name}.png"))
            one.page.set_viewport_size(size)

    contest(ada, doubt, 2)
    ada.settled()
    picture("1_frame")
    move(facilitator, "predict", everybody)
    for place, one in enumerate(people[:4]):
        predict(one, {kpi: f"{value * (1 + 0.25 * place):.4g}" for kpi, value in GUESSES.items()})
        one.settled()
    picture("2_predict")
    move(facilitator, "see", everybody)
    picture("3_see")
    move(facilitator, "weigh", everybody)
    weigh(ada, {"broken_promise": "12", "day_of_delivery": "1.5"})
    compare(bilal, ["1", "0.2", "3"])
    draw_line(eva, "busiest_store_hours", "8")
    picture("4_weigh_two_by_two", bilal)
    picture("4_weigh_red_line", eva)
    weigh(eva, {"store_hour": "12", "store_sale_lost": "1.2", "parcel": "2"})
    weigh(chloe, {"co2e": "1.5"})
    slide(dov, "exception", 6)
    for one in people:
        one.settled()
    picture("4_weigh")
    ada.page.context.set_offline(True)
    ada.page.evaluate("window.workshop.wire.socket.close()")
    weigh(ada, {"broken_promise": "14"})
    picture("4_weigh_offline", ada)
    ada.page.context.set_offline(False)
    ada.settled()
    move(facilitator, "disagree", everybody)
    picture("5_disagree")
    facilitator.page.click(".matrix tbody tr:nth-child(1) button")
    move(facilitator, "try", everybody)
    for one in (ada, facilitator):
        one.page.select_option("#trial-policy", "milp")
        one.page.select_option("#lever-0", "network.stores.protected_units")
        one.page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    picture("6_try_form", ada, facilitator)
    facilitator.page.select_option("#lever-0", "")
    facilitator.page.select_option("#trial-policy", "")
    ada.page.fill("#lever-0-value", "3")
    propose_trial(ada, trial, "cheapest")
    until(facilitator.page, "document.querySelector('.trial.proposed .button')")
    facilitator.page.click(".trial.proposed .button")
    until(viewer.page, "document.querySelector('.trial progress')", 300.0)
    picture("6_try_running")
    until(viewer.page, "document.querySelector('.trial .figures')", 900.0)
    picture("6_try")
    move(facilitator, "decide", everybody)
    consent(ada, "agree")
    consent(bilal, "object", objection)
    consent(chloe, "live_with")
    consent(dov, "agree")
    for one in people:
        one.settled()
    picture("7_decide")
    move(facilitator, "minutes", everybody)
    picture("8_minutes")
    files(hall, out)


def files(hall: Hall, out: Path) -> None:
    """The minutes as files: on a screen, and as they are printed."""
    shown = {"Authorization": f"Bearer {hall.served.facilitator}"}
    for form in ("html", "pdf"):
        asked = urllib.request.Request(f"{hall.served.origin}/minutes.{form}?lang={hall.lang}", headers=shown)
        with urllib.request.urlopen(asked, timeout=120) as told:
            (out / f"8_minutes.{form}").write_bytes(told.read())
    page = hall.context(LAPTOP).new_page()
    page.goto((out / "8_minutes.html").resolve().as_uri())
    page.screenshot(path=str(out / "8_minutes_file.png"), full_page=True)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1047})  # A4 within its margins
    page.screenshot(path=str(out / "8_minutes_printed.png"), full_page=True)


def main() -> None:
    """The looks asked for."""
    out = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, chromium(str(shutil.which("chromium"))) as browser:
        study = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "study"
        if not study.exists():
            small_study(study)
        looks = sys.argv[3].split(",") if len(sys.argv) > 3 else ["en_light", "en_dark", "fr_light", "fr_dark"]
        for look in looks:
            lang, scheme = look.split("_")
            where = out / look
            where.mkdir(parents=True, exist_ok=True)
            with Served(study, ("--lang", lang, "--state", str(Path(folder) / f"{look}.sqlite"))) as served:
                play(Hall(browser, served, lang=lang, scheme=scheme), where)


if __name__ == "__main__":
    main()
