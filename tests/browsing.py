"""How tests drive the system's browser, and what axe-core, which judges accessibility offline, says of a page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@contextmanager
def chromium(path: str) -> Iterator[Any]:
    """The system's browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def until(page: Any, expression: str, seconds: float = 90.0) -> None:
    """Wait until an expression is true; the page's security policy forbids what the browser driver would use."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        shown = page.evaluate("document.body?.innerText.slice(0, 600)")
        assert time.monotonic() < end, f"never true: {expression}\n{shown}"
        page.wait_for_timeout(25)


@lru_cache(maxsize=1)
def _axe() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None, "axe-playwright-python is among the requirements of the tests"
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def complaints(page: Any) -> list[tuple[str, str, str, str]]:
    """What is serious or critical on a page as it stands: rule, impact, where, why."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_axe())
    found = page.evaluate(
        "tags => axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        (one["id"], one["impact"], node["html"][:200], node["failureSummary"])
        for one in found["violations"]
        for node in one["nodes"]
        if one["impact"] in ("serious", "critical")
    ]
