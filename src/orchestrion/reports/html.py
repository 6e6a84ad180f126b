"""The report: sections rendered into one self-contained HTML file."""

from __future__ import annotations

import base64
import gzip
import os
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestrion import __version__
from orchestrion.errors import StudyError
from orchestrion.reports.look import FONT, PALETTE, exchange
from orchestrion.reports.page import Page, script_json
from orchestrion.reports.reading import Reading, StudyLike
from orchestrion.reports.sections import in_order
from orchestrion.reports.writing import put

_HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def plotly_script() -> str:
    """plotly.js as shipped with the Python package, gzipped and written in base64: 2 MB in place of 4.8."""
    from plotly.offline import get_plotlyjs

    packed = gzip.compress(get_plotlyjs().encode(), compresslevel=9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def _static(kind: str) -> str:
    """The page's own style or script: what all sections share, then a file for each that has some of its own."""
    files = sorted((_HERE / "static").glob(f"*.{kind}"), key=lambda path: (path.stem != "report", path.name))
    return "".join(path.read_text(encoding="utf-8") for path in files)


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("orchestrion.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _variables(column: int) -> str:
    return ";".join(f"--{name}:{pair[column]}" for name, pair in PALETTE.items())


def style(*, dark: bool = True) -> str:
    """The house style as a sheet of its own, for other pages that should look like the report."""
    root = f":root{{color-scheme:light;--font:{FONT};{_variables(0)}}}\n"
    night = f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{_variables(1)}}}}}\n"
    return root + (night if dark else "") + _static("css")


def render(
    study: StudyLike,
    *,
    lang: str = "en",
    title: str | None = None,
    question: str | None = None,
    today: date | None = None,
    explain: bool = False,
) -> str:
    """The report as text."""
    from markupsafe import Markup

    reading = Reading(study, lang)
    if not reading.alternatives or not reading.headline:
        raise StudyError("this study holds no finished replication; run it to the end before reporting")
    page = Page(reading, explain=explain)
    environment = _environment()
    common = {"t": reading.words, "fmt": reading.fmt, "lang": lang}
    parts = []
    for section in in_order():
        content = section.build(page)
        if content is None:
            continue
        if "html" in content:
            heading = Markup('<h2 id="title-{}">{}</h2>').format(section.key, content["title"])
            text = heading + content["html"]  # plain text is escaped here, Markup is taken at its word
        else:
            template = environment.get_template(f"sections/{section.key}.html.j2")
            text = Markup(template.render(**common, **content))
        nav = f"nav_{section.key}"
        parts.append((section.key, reading.words(nav) if reading.words.has(nav) else content["title"], text))
    manifest = study.manifest
    # trusted text of the package itself: none of it comes from a user
    assets = {kind: Markup(_static(kind)) for kind in ("css", "js")}
    return str(
        environment.get_template("report.html.j2").render(
            **common,
            title=title or str(manifest.get("title") or "") or _title(reading),
            question=question or str(manifest.get("question") or "") or _question(reading),
            meta=_meta(page),
            today=reading.fmt.date(today or date.today()),
            parts=parts,
            font=Markup(FONT),
            light=Markup(_variables(0)),
            dark=Markup(_variables(1)),
            assets=assets,
            exchange=Markup(script_json(exchange())),
            plotly=Markup(plotly_script()) if page.charts else "",
            version=__version__,
        )
    )


def _title(reading: Reading) -> str:
    told = list(reading.study.alternatives)
    if len(told) == 1:
        return str(getattr(told[0], "title", "") or reading.alternatives[0].name)
    return reading.words("default_title", n=len(told))


def _question(reading: Reading) -> str:
    return reading.words("default_question", name=reading.baseline.name) if len(reading.alternatives) > 1 else ""


def _meta(page: Page) -> list[str]:
    reading, words, fmt = page.reading, page.words, page.fmt
    meta = [words("alternatives_n", n=len(reading.alternatives))] if len(reading.alternatives) > 1 else []
    count = reading.replications
    many = "replications_alone" if reading.alone else "replications_n"
    meta.append(words(many, n=count) if count > 1 else words("replications_1"))
    nodes = reading.dims("nodes").get("key", [])
    if nodes:
        meta.append(words("nodes_n", n=len(nodes)))
    if reading.days:
        meta.append(words("days_n", n=fmt.number(len(reading.days))))
    if "seed" in reading.study.manifest:
        meta.append(words("seed_n", n=reading.study.manifest["seed"]))
    return meta


def write_report(
    study: StudyLike,
    path: str | os.PathLike[str],
    *,
    lang: str = "en",
    title: str | None = None,
    question: str | None = None,
    today: date | None = None,
    explain: bool = False,
) -> Path:
    """Write the report: one HTML file that needs no network and sends nothing.

    Parameters
    ----------
    study
        An `experiments.Study` with at least one finished replication.
    path
        The file to write; its folder is made when need be. Written beside it, then renamed: nobody sees half of it.
    lang
        "en" or "fr".
    title, question
        What stands at the top, in place of the report's own words.
    today
        The date written on it.
    explain
        Run one replication again to say of a dozen orders what would have changed each decision; it takes as long as
        that replication, longer where the policy optimises.

    Raises
    ------
    StudyError
        When nothing is finished yet, or the file cannot be written.
    """
    target = Path(path)
    text = render(study, lang=lang, title=title, question=question, today=today, explain=explain)
    return put(target, text.encode("utf-8"), "the report")
