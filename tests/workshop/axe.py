"""axe-core, which judges accessibility offline, on a page as it stands."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


@lru_cache(maxsize=1)
def script() -> str:
    found = find_spec("axe_playwright_python")
    assert found is not None, "axe-playwright-python is among the requirements of the tests"
    assert found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def complaints(page: Any) -> list[tuple[str, str, str, str]]:
    """What is serious or critical: rule, impact, where, why."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(script())
    found = page.evaluate(
        "tags => axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: tags}})", TAGS
    )
    return [
        (one["id"], one["impact"], node["html"][:200], node["failureSummary"])
        for one in found["violations"]
        for node in one["nodes"]
        if one["impact"] in ("serious", "critical")
    ]
