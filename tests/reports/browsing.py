"""How the tests drive a browser."""

from __future__ import annotations

import time
from typing import Any

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip


def until(page: Any, expression: str, seconds: float = 90.0) -> None:
    """Wait until an expression is true; the page's security policy forbids what the browser driver would use."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never true: {expression}"
        page.wait_for_timeout(50)
