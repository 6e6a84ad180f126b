"""The report on paper: printed by Chromium where there is one, told in words where there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from browsing import until
from fake_study import FakeStudy
from typer.testing import CliRunner

from orchestrion.apps.cli import app
from orchestrion.errors import StudyError
from orchestrion.experiments import Study
from orchestrion.reports import pdf


def fake() -> FakeStudy:
    return FakeStudy(("france_siloed", "france_unified"), replications=2, places=60, orders_per_day=5)


def test_without_chromium_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, small_study: Study, tmp_path: Path
) -> None:
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(StudyError, match=r"install it .*chromium.*--html"):
        pdf.write_pdf(fake(), tmp_path / "x.pdf")
    told = CliRunner().invoke(app, ["report", str(small_study.path), "--pdf", str(tmp_path / "x.pdf")])
    assert told.exit_code == 2
    assert "Chromium" in told.stderr
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(pdf.VARIABLE, "/no/such/browser")
    with pytest.raises(StudyError, match="/no/such/browser"):
        pdf.browser()


def test_a_browser_that_fails_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "browser", lambda: "chromium")

    def broken(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], 1, "", "no sandbox\n")

    monkeypatch.setattr(pdf.subprocess, "run", broken)
    with pytest.raises(StudyError, match="no sandbox"):
        pdf.write_pdf(fake(), tmp_path / "x.pdf")

    def slow(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 1)

    monkeypatch.setattr(pdf.subprocess, "run", slow)
    with pytest.raises(StudyError, match="did not print"):
        pdf.write_pdf(fake(), tmp_path / "x.pdf")
    assert not list(tmp_path.iterdir())


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_nothing_is_wider_than_the_sheet_or_all_of_it_would_shrink(
    open_page: Any, small_pages: dict[str, Path], lang: str
) -> None:
    a4_less_margins = 695  # 184 mm in CSS pixels
    page = open_page(small_pages[lang], a4_less_margins)
    page.emulate_media(media="print")
    page.goto(f"{small_pages[lang].as_uri()}?paper")
    until(page, "document.documentElement.dataset.drawn === 'yes'")
    assert page.evaluate("document.documentElement.scrollWidth") <= a4_less_margins
    assert page.evaluate("[...document.querySelectorAll('details.scorecard')].every(part => part.open)")
    assert page.trouble == []
    page.context.close()


@pytest.mark.browser
def test_the_pdf_is_tagged_has_an_outline_and_its_charts(browser_path: str, tmp_path: Path) -> None:
    content = pdf.write_pdf(fake(), tmp_path / "report.pdf", lang="fr").read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in content
    assert b"/Outlines" in content
    assert b"/Lang (fr)" in content or b"/Lang(fr)" in content
    assert content.count(b"/Type /Page\n") + content.count(b"/Type /Page ") >= 4
    assert len(content) > 150_000
