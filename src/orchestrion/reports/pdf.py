"""The report on paper: the HTML page printed to PDF by the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from orchestrion.errors import StudyError
from orchestrion.reports.html import render
from orchestrion.reports.reading import StudyLike
from orchestrion.reports.writing import put

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
VARIABLE = "ORCHESTRION_CHROMIUM"
_SECONDS = 300
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-default-apps", "--mute-audio",
    "--hide-scrollbars", "--no-pdf-header-footer", "--generate-pdf-document-outline", "--export-tagged-pdf",
    "--virtual-time-budget=120000",  # charts are drawn before the page is printed, however slow the machine
)  # fmt: skip


def browser() -> str:
    """The Chromium to print with.

    Raises
    ------
    StudyError
        When there is none, with the way out.
    """
    named = os.environ.get(VARIABLE)
    for name in [named] if named else BROWSERS:
        found = shutil.which(name)
        if found is not None:
            return found
    looked = f"{VARIABLE} = {named!r} is no program" if named else f"none of {', '.join(BROWSERS)} was found"
    raise StudyError(
        f"a PDF is printed by Chromium or Chrome, and {looked}; install it (Debian, Ubuntu: apt install chromium), or "
        f"name it in the environment variable {VARIABLE}, or write the page with --html and print it from any browser"
    )


def write_pdf(study: StudyLike, path: str | os.PathLike[str], **options: Any) -> Path:
    """Write the report as a tagged PDF; options as for `write_report`.

    Raises
    ------
    StudyError
        When there is no Chromium, it fails, or the file cannot be written.
    """
    browser()  # nothing is worked out that could not be printed
    return print_page(render(study, **options), path)


def print_page(text: str, path: str | os.PathLike[str]) -> Path:
    """Print a page of the house to a tagged PDF.

    Raises
    ------
    StudyError
        When there is no Chromium, it fails, or the file cannot be written.
    """
    program = browser()
    with tempfile.TemporaryDirectory(prefix="orchestrion-pdf-") as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(text, encoding="utf-8")
        command = [
            program, *_FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}",
            f"{page.as_uri()}?paper",
        ]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StudyError(f"{program} did not print the report ({error}); write it with --html instead") from error
        if done.returncode != 0 or not printed.is_file():
            why = (done.stderr or done.stdout).strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            raise StudyError(f"{program} did not print the report ({why[0]}); write it with --html instead")
        return put(Path(path), printed.read_bytes(), "the PDF")
