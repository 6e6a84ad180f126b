"""The four pages: their frame and their words; everything else they draw themselves from what the server tells them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import orchestrion.reports
from orchestrion.apps.workshop.words import LANGUAGES, for_the_page
from orchestrion.reports.look import FONT, PALETTE
from orchestrion.reports.page import script_json

ROLES = ("join", "facilitator", "viewer", "participant")
REPORT_FILES = Path(orchestrion.reports.__file__).parent / "static"
SHARED = ("scoring.js", "codes.js")  # the report's own scripts, served as they are


@lru_cache(maxsize=len(ROLES) * len(LANGUAGES))
def page(role: str, lang: str) -> str:
    """One of the pages, opening in this language; it carries the words of all."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("orchestrion.apps.workshop", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    words = for_the_page()
    told = Markup(script_json(words))
    scripts = () if role == "join" else SHARED
    frame = environment.get_template("page.html.j2")
    return frame.render(role=role, lang=lang, words=words, told=told, scripts=scripts)


@lru_cache(maxsize=1)
def palette() -> str:
    """The report's colours as variables, light and dark."""
    light, dark = (";".join(f"--{name}:{pair[i]}" for name, pair in PALETTE.items()) for i in (0, 1))
    return (
        f":root{{color-scheme:light;--font:{FONT};{light}}}\n"
        f'@media (prefers-color-scheme:dark){{:root:not([data-theme="light"]){{color-scheme:dark;{dark}}}}}\n'
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}\n'
    )
