"""The folder that an import writes: data files, the document of what was imported, and yours on top of it.

`imported.yaml` is written anew by every import, which adds its part; `scenario.yaml` extends it, is written once and
then belongs to the user.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.importers.family import Imported, Request, files_of, importers, merged
from orchestrion.scenarios.importers.report import ImportReport
from orchestrion.scenarios.importers.tables import key_of
from orchestrion.scenarios.reader import read_text, relative_to_cwd
from orchestrion.scenarios.scenario import dumped, load_scenario

BASE = "france_siloed"
IMPORTED, SCENARIO, UNIFIED = "imported.yaml", "scenario.yaml", "unified.yaml"
_HEADER = """\
# What `orchestrion import` understood; written anew by every import into this folder. Your own changes belong into
# scenario.yaml, which extends this file. Whatever is not said here is assumed as in the base.
#
"""
_YOURS = """\
# Yours: change it as you like, no import touches it again. All that can be said: `orchestrion scenarios {base} --yaml`.
name: {name}
extends: {imported}
title: {title}
"""
_UNIFIED = """\
# The same with one stock: the web sees the stores, too, and cheapest to serve decides. Yours; beside scenario.yaml.
name: {name}
extends: scenario.yaml
title: {title}
visibility: {{web_sees: [warehouses, stores]}}
stock: {{separate_pools: false}}
policy: {{name: cheapest}}
"""


def import_files(
    format: str,
    files: list[Path],
    into: Path | None,
    *,
    base: str | None = None,
    dry_run: bool = False,
    **asked: Any,
) -> tuple[ImportReport, str]:
    """Read files of one format into a folder.

    Parameters
    ----------
    files
        None for a format whose files an installed package brings.
    into
        The folder; other imports may have written to it.
    base
        The scenario that tells what the files do not; by default that of the folder, else `BASE`.
    dry_run
        Nothing is written.
    asked
        Further fields of `Request`.

    Returns
    -------
    What there is to tell, and why nothing was written ("" where it was).

    Raises
    ------
    InputError
        Files that cannot be read, or defects in tables (of stores, SKUs, stock, rates), all of them.
    UnknownName
        No such format or base.
    """
    importer = importers[format]
    files = files or files_of(format)
    if not files:
        raise InputError([Problem("import", None, "FILES", "", f"which files? {format} brings none of its own.")])
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise InputError(Problem(str(path), None, "", "", "no such file.") for path in missing)
    before = _before(into)
    name = base or str(before.get("extends", BASE))
    request = Request(tuple(files), None if dry_run else into, load_scenario(name), **asked)
    if request.into is not None:
        request.into.mkdir(parents=True, exist_ok=True)
    found = importer(request)
    if found.refused or dry_run or into is None:
        for path in found.moved.values():
            path.unlink(missing_ok=True)
        return found.report, found.refused
    document = dict(found.changes) if found.alone else merged({**before, "extends": name}, found.changes)
    _write(into, name, document, found)
    return found.report, ""


def _before(into: Path | None) -> dict[str, Any]:
    """What earlier imports understood."""
    if into is None or not (into / IMPORTED).is_file():
        return {}
    path = into / IMPORTED
    reading = read_text(path.read_bytes(), relative_to_cwd(path))
    if reading.problems:
        raise InputError(reading.problems)
    plain = reading.tree.plain()
    assert isinstance(plain, dict)
    return plain


def _write(into: Path, base: str, document: dict[str, Any], found: Imported) -> None:
    report = found.report
    for name, content in found.tables.items():
        _replace(into / name, content)
        report.written.append(str(into / name))
    for name, path in found.moved.items():
        os.replace(path, into / name)
        report.written.append(str(into / name))
    path = into / IMPORTED
    old = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    said = [line for line in old if line.startswith("# - ") and not line.startswith(f"# - {report.format}: ")]
    said.append(f"# - {report.format}: {', '.join(Path(name).name for name in report.files)}")
    _replace(path, _HEADER + "\n".join(said) + "\n" + dumped(document))
    report.written.append(str(path))
    own = into / SCENARIO
    if not own.exists():
        _replace(own, _YOURS.format(base=base, imported=IMPORTED, **_called(into, "")))
        report.written.append(str(own))
    unified = into / UNIFIED
    has_stores = document.get("network", {}).get("stores_table") is not None and not found.alone
    if has_stores and not unified.exists() and "stores" not in load_scenario(own).document.visibility.web_sees:
        _replace(unified, _UNIFIED.format(**_called(into, " unified")))
        report.written.append(str(unified))


def _called(into: Path, what: str) -> dict[str, str]:
    """Name and title of a scenario, as YAML has them."""
    title = (into.resolve().name.replace("_", " ") or "imported") + what
    return {name: dumped(text).splitlines()[0] for name, text in (("name", key_of(title)), ("title", title))}


def _replace(path: Path, content: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(content, encoding="utf-8")
    os.replace(part, path)
