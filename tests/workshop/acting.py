"""What people do in each step of a workshop, on their pages."""

from __future__ import annotations

from browsers import Person
from browsing import until

from orchestrion.apps.workshop.session import STEPS


def move(facilitator: Person, step: str, everybody: list[Person]) -> None:
    """The facilitator opens a step; everybody's page follows."""
    facilitator.page.click(f".rail li:nth-child({PLACES[step]}) button")
    for one in everybody:
        one.at(step)


PLACES = {name: i + 1 for i, name in enumerate(STEPS)}


def contest(one: Person, text: str, place: int = 1) -> None:
    one.page.click(f".assumptions li:nth-child({place}) button")
    one.page.fill(".assumptions textarea", text)
    one.page.click(".assumptions button[type=submit]")


def predict(one: Person, guesses: dict[str, str]) -> None:
    """As they type: in the unit shown."""
    for kpi, text in guesses.items():
        one.page.fill(f"#guess-{kpi}", text)
        one.page.press(f"#guess-{kpi}", "Tab")


def tab(one: Person, name: str) -> None:
    one.page.check(f"input[name=weigh-by][value={name}]", force=True)


def weigh(one: Person, prices: dict[str, str]) -> None:
    """By the fields in euros; criteria of other departments are behind a fold."""
    tab(one, "sliders")
    for criterion, text in prices.items():
        field = f"#weight-{criterion}-number"
        if not one.page.is_visible(field):
            one.page.evaluate("selector => { document.querySelector(selector).closest('details').open = true }", field)
        one.page.fill(field, text)
        one.page.press(field, "Enter")


def slide(one: Person, criterion: str, steps: int) -> None:
    """By the slider and the keyboard."""
    tab(one, "sliders")
    one.page.focus(f"#weight-{criterion}")
    for _ in range(steps):
        one.page.keyboard.press("ArrowRight")


def compare(one: Person, times: list[str]) -> None:
    """Two by two, in the order in which the page asks."""
    tab(one, "pairs")
    for place, value in enumerate(times):
        one.page.check(f"input[name=pair-{place}][value='{value}']", force=True)
        if place + 1 < len(times):
            one.page.click(".pair .row .button:last-child")


def draw_line(one: Person, limit: str, value: str) -> None:
    tab(one, "lines")
    one.page.select_option("#limit-kpi", limit)
    one.page.fill("#limit", value)
    one.page.click("form.card button[type=submit]")
    until(one.page, "document.querySelectorAll('.lines li').length > 0")


def propose_trial(one: Person, name: str, policy: str, base: str | None = None) -> None:
    if not one.page.is_visible("#trial-base"):
        one.page.click("details.card > summary")
    if base is not None:
        one.page.select_option("#trial-base", base)
    one.page.select_option("#trial-policy", policy)
    one.page.fill("#trial-label", name)
    one.page.click(".try-form button[type=submit]")


def consent(one: Person, choice: str, reason: str = "") -> None:
    if reason:
        one.page.fill("#reason", reason)
    one.page.click(f".choice.{choice}")
    if choice == "object":
        one.page.click(".choices ~ .button")
