"""What the product itself named, in the languages of the pages; what a scenario's author wrote stays as it was."""

from __future__ import annotations

from typing import Any

from orchestrion.apps.workshop.words import LANGUAGES
from orchestrion.reports.sections.scenarios import source_said
from orchestrion.reports.words import Words

Both = dict[str, str]  # language -> text
_WORDS = {lang: Words(lang) for lang in LANGUAGES}
_SINGLE = {
    "SKUs": ("SKU", "article"), "attempts": ("attempt", "tentative"), "business days": ("business day", "jour ouvré"),
    "days": ("day", "jour"), "days of demand": ("day of demand", "jour de demande"), "minutes": ("minute", "minute"),
    "nodes": ("node", "nœud"), "pickers": ("picker", "préparateur"), "shifts": ("shift", "équipe"),
    "shipments": ("shipment", "expédition"), "stops": ("stop", "arrêt"), "units": ("unit", "unité"),
    "weeks": ("week", "semaine"),
}  # fmt: skip


def named(kind: str, told: str) -> Both:
    """A text of the product's own, in each language.

    >>> named("policy", "nearest")
    {'en': 'Nearest node', 'fr': 'Le plus proche'}
    """
    return {lang: words.product(kind, told) for lang, words in _WORDS.items()}


def measured_in(unit: str) -> dict[str, Any]:
    """How the page shows a number of a scenario: its unit, and that of one; shares in percent.

    >>> measured_in("weeks")["single"]["fr"], measured_in("share")["times"]
    ('semaine', 100)
    """
    shown = named("unit", unit)
    single = dict(zip(LANGUAGES, _SINGLE[unit], strict=True)) if unit in _SINGLE else shown
    return {"unit": shown, "single": single, "times": 100 if shown["en"].startswith("%") else 1}


def valued(value: Any) -> Any:
    """A value as the page shows it: words of the product's own groups in each language, all else as it is written."""
    if isinstance(value, str):
        shown = named("value", value)
        return value if set(shown.values()) == {value} else shown
    if isinstance(value, list | tuple):
        return [valued(one) for one in value]
    return value


def sourced(source: str) -> Both:
    """Where a number comes from; what is cited stays as it was published."""
    return {lang: source_said(words, source) for lang, words in _WORDS.items()}
