"""Definitions of the KPIs shown, how the numbers were made, and how to make them again."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Any

from orchestrion.kpis import definitions
from orchestrion.reports.page import Page
from orchestrion.reports.sections import section

COMMAND = "orchestrion repeat STUDY --out again"  # runs it again and compares every fact


def recipe(manifest: Mapping[str, Any], scenarios: list[str]) -> str:
    """Python that runs the study again."""
    arguments = ["    [", *(f"        {name!r}," for name in scenarios), "    ],"]
    for name in ("replications", "seed", "baseline", "second_baseline"):
        value = manifest.get(name)
        if value is not None and not keyword.iskeyword(name):
            arguments.append(f"    {name}={value!r},")
    return "\n".join(["import orchestrion as orc", "", "study = orc.compare(", *arguments, ")"])


def _gaps(page: Page) -> list[tuple[str, str]]:
    """How far each alternative is from perfect information, where that is known."""
    study, words, fmt = page.reading.study, page.words, page.fmt
    judged = study.known_gap() if hasattr(study, "known_gap") else None
    if judged is None:
        return []
    names = {item.label: item.name for item in page.reading.alternatives}
    told = []
    for row in judged.to_dict("records"):
        share, low, high = (fmt.percent(row[name], 1) for name in ("share", "share_low", "share_high"))
        ms = fmt.number(row["seconds"] * 1000, 3)
        value = words("gap_value", share=share, low=low, high=high, basis=words(str(row["basis"])), ms=ms)
        told.append((words("gap_of", name=names.get(row["alternative"], row["alternative"])), value))
    return told


@section("method", order=100)
def method(page: Page) -> dict[str, Any]:
    """The small print, in full."""
    reading, words = page.reading, page.words
    page.define(*(card.key for card in reading.headline))
    order = [kpi.key for kpi in definitions()]
    shown = sorted((key for key in page.shown if key in reading.measured), key=order.index)
    manifest = reading.study.manifest
    told = list(reading.study.alternatives)
    files = list(dict.fromkeys(f"STUDY/scenarios/{getattr(item, 'scenario_hash', item.label)}.yaml" for item in told))
    facts: list[tuple[str, str]] = [
        (words("replications"), str(manifest.get("replications", reading.replications))),
        (words("seed"), str(manifest.get("seed", "–"))),
    ]
    versions = {
        **({"Orchestrion": manifest["orchestrion"]} if "orchestrion" in manifest else {}),
        **dict(manifest.get("versions") or {}),
    }
    if versions:
        facts.append(
            (
                words("versions"),
                page.fmt.comma.join(f"{name} {version}" for name, version in versions.items() if version),
            )
        )
    if manifest.get("git"):
        facts.append(("git", str(manifest["git"])))
    facts += _gaps(page)
    hashes = [
        (item.name, str(getattr(one, "scenario_hash", "")))
        for item, one in zip(reading.alternatives, told, strict=True)
    ]
    return {
        "title": words("method_title"),
        "definitions": [reading.card(key) for key in shown],
        "method": [words(f"method_{key}") for key in ("pairs", "student", "window", "co2e", "map", "limits")],
        "facts": facts,
        "hashes": [pair for pair in hashes if pair[1]],
        "command": COMMAND,
        "recipe": recipe(manifest, files),
    }
