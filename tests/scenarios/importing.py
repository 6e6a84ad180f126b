"""Files of other systems imported into a folder, and what came of them: what the tests of importers share."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.scenarios.importers import ImportReport, import_files

# what the exports of these tests hold about people, and nothing that we write may hold
PERSONAL = [
    "Valjean", "rue Plumet", "jean@exemple.fr", "+33612345678", "Madeleine", "cosette@exemple.fr", "sous le paillasson",
]  # fmt: skip


def brought(format: str, folder: Path, files: dict[str, str | bytes], **asked: Any) -> tuple[ImportReport, Scenario]:
    """Files imported into `folder / "into"`, and the scenario that came of them."""
    report, refused = import_files(format, written(folder, files), folder / "into", **asked)
    assert not refused, refused
    return report, load_scenario(folder / "into" / "scenario.yaml")


def written(folder: Path, files: dict[str, str | bytes]) -> list[Path]:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return [folder / name for name in files]


def lines(folder: Path) -> list[dict[str, str]]:
    with (folder / "into" / "orders.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def everything_written(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted((folder / "into").iterdir()))
