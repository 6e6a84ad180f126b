"""What the tests of the reports share: one small study with everything in it, run once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import chromium, until
from small_retailer import retailer

from orchestrion.experiments import Study
from orchestrion.reports import render, write_report

sys.path.append(str(Path(__file__).parents[1] / "kpis"))
from queries import prepared


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return retailer(tmp_path_factory.mktemp("retailer") / "study")


@pytest.fixture(scope="session")
def fact_bases(small_study: Study) -> dict[str, list[Any]]:
    """label -> a database of the facts of each replication, made from their Parquet files."""
    return {
        label: [prepared(small_study.folder.facts(cell)) for cell in small_study.cells(label)]
        for label in small_study.labels
    }


@pytest.fixture(scope="session")
def small_html(small_study: Study) -> str:
    """The small study's report in English, its orders asked for their reasons."""
    return render(small_study, explain=True)


@pytest.fixture(scope="session")
def small_french(small_study: Study) -> str:
    """The small study's report in French."""
    return render(small_study, lang="fr")


@pytest.fixture(scope="session")
def small_pages(small_study: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The small study's report in both languages."""
    folder = tmp_path_factory.mktemp("pages")
    return {lang: write_report(small_study, folder / f"{lang}.html", lang=lang) for lang in ("en", "fr")}


Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def open_page(browser_path: str) -> Iterator[Opened]:
    """Open a report in a browser without a network; what it complains of is in `page.trouble`."""
    pytest.importorskip("playwright.sync_api")
    with chromium(browser_path) as browser:

        def opened(report: Path, width: int = 1280, scheme: str = "light") -> Any:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, locale="en-GB"
            )
            page = context.new_page()
            page.trouble = []
            page.on("console", lambda m: page.trouble.append(m.text) if m.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: page.trouble.append(str(error)))
            page.on("request", lambda a: page.trouble.append(a.url) if not a.url.startswith("file:") else None)
            page.goto(report.as_uri())
            until(page, "Boolean(document.documentElement.dataset.drawn)")
            assert page.evaluate("document.documentElement.dataset.drawn") == "yes"
            return page

        yield opened
