"""The sections of the report: one file and one template each, found by themselves, shown by their order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrion.registry import Registry
from orchestrion.reports.page import Page

Build = Callable[[Page], "dict[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report.

    `build` gives what its template (`templates/sections/<key>.html.j2`) shows, `title` among it, or None to be left
    out. A section of another package has no template here: it gives `title` and `html`, a `markupsafe.Markup`.
    """

    key: str
    order: int
    build: Build


sections: Registry[Section] = Registry("report_sections", "orchestrion.reports.sections")


def section(key: str, *, order: int) -> Callable[[Build], Build]:
    """Enlist a section; those with a lower order come first."""

    def enlist(build: Build) -> Build:
        sections(key)(Section(key, order, build))
        return build

    return enlist


def in_order() -> list[Section]:
    """All sections as the report shows them."""
    return sorted((member for _, member in sections.items()), key=lambda member: (member.order, member.key))
