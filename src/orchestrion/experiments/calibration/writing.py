"""A fit as a scenario document: each value with its source and interval in the comment above it."""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

import yaml

from orchestrion.experiments.calibration.estimates import Fitted
from orchestrion.experiments.calibration.fit import Fit, Parameter


def write_fit(fit: Fit, into: Path, base: str) -> list[Path]:
    """Write the document, and the tables that it names beside it.

    Parameters
    ----------
    base
        The document that the fit changes: a bundled scenario, or a file beside `into`.

    Returns
    -------
    The files written.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    stem = into.stem
    files = []
    for name, (header, rows) in fit.tables.items():
        path = into.with_name(f"{stem}_{name}")
        with path.open("w", encoding="utf-8", newline="") as stream:
            stream.write(f"# Fitted to {Path(fit.source).name}, {fit.first} to {fit.last}; low, high: 95 % interval.\n")
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        files.append(path)
    tree: dict[str, Any] = {}
    for one in fit.parameters:
        value = f"{stem}_{one.value}" if isinstance(one.value, str) and one.value in fit.tables else one.value
        node = tree
        *sections, last = one.path.split(".")
        for key in sections:
            node = node.setdefault(key, {})
        node[last] = (one, value)
    lines = [
        f"# Fitted to {Path(fit.source).name}, {fit.first} to {fit.last}. Above each value: how, its 95 % interval.",
        *(f"# {note}" for note in fit.notes),
        f"extends: {base}",
        f"title: {base.removesuffix('.yaml').replace('_', ' ')}, fitted to {Path(fit.source).name}",
        *_lines(tree, fit, 0),
    ]
    into.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [into, *files]


def _lines(tree: dict[str, Any], fit: Fit, depth: int) -> list[str]:
    pad = "  " * depth
    found: list[str] = []
    for key, entry in tree.items():
        if isinstance(entry, dict):
            found += [f"{pad}{key}:", *_lines(entry, fit, depth + 1)]
            continue
        one, value = entry
        found += [f"{pad}# {line}" for line in comment(one, fit)]
        found.append(f"{pad}{key}: {_plain(value)}")
    return found


def comment(one: Parameter, fit: Fit) -> list[str]:
    """Where a value comes from, and its interval; of a list or mapping each entry's."""
    said = [f"fitted: {one.law}; {Path(fit.source).name}, {fit.first} to {fit.last}"]
    told = [estimate for estimate in one.estimates if estimate is not None]
    if not told:
        return said
    n = max(estimate.n for estimate in told)
    unit = f" {one.unit}" if one.unit else ""
    if len(told) == 1:
        fits = f"; {told[0].fit}" if told[0].fit and told[0].fit not in one.law else ""
        return [*said, f"95 % {_interval(told[0])}{unit}, n = {n:,}{fits}"]
    names = list(one.value) if isinstance(one.value, dict) else range(one.first, one.first + len(one.estimates))
    pairs = zip(names, one.estimates, strict=True)
    parts = [f"{name} {_interval(estimate)}" for name, estimate in pairs if estimate is not None]
    rows = [", ".join(parts[i : i + 4]) for i in range(0, len(parts), 4)]
    return [*said, f"95 %, n = {n:,}:", *(f"  {row}" for row in rows)]


def _interval(one: Fitted) -> str:
    high = "any" if math.isinf(one.high) else f"{one.high:.4g}"
    return f"[{one.low:.4g}; {high}]"


def _plain(value: Any) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True).strip()
    return text.removesuffix("\n...").strip()
