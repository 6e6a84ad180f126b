"""Where the files of a history are: beside the document, in the working directory, or among the bundled mappings."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from orchestrion import bundled
from orchestrion.scenarios.written import Written

SECTION = ("demand", "history")


def bundled_mappings() -> dict[str, Path]:
    """The mappings that come along, by name."""
    return {path.stem: path for path in sorted((bundled.scenarios_folder() / "mappings").glob("*.yaml"))}


def history_file(kind: str, value: Written) -> Path:
    """The file that `demand.history.orders` or `.mapping` means.

    A bundled document may name bundled files only: whoever runs it need not read it first.

    Raises
    ------
    ValueError
        With the rule, if there is none.
    """
    reference = str(value.content)
    beside = [Path(value.file).parent / reference] if value.line else []
    home = bundled.scenarios_folder().resolve()
    if value.line and Path(value.file).resolve().is_relative_to(home):
        found = beside[0].resolve()
        if found.is_file() and found.is_relative_to(home):
            return found
        raise ValueError("a bundled scenario can name files of its own folder only")
    for path in (*beside, Path(reference)):
        if path.is_file():
            return path.resolve()
    mappings = bundled_mappings() if kind == "mapping" else {}
    if (known := mappings.get(reference.removesuffix(".yaml"))) is not None:
        return known.resolve()
    where = f"beside {Path(value.file).name} or in this folder" if value.line else "in this folder"
    near = get_close_matches(reference, mappings, n=1)
    known_ones = f"; bundled: {', '.join(mappings)}" if mappings else ""
    hint = f"; did you mean the bundled {near[0]!r}" if near else known_ones
    raise ValueError(f"no such file {where}{hint}")
