"""Options that several commands share, and how their texts are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrion.errors import InputError, Problem

if TYPE_CHECKING:
    from orchestrion import scenarios


class Level(StrEnum):
    """How much of the facts is kept."""

    reasons = "reasons"
    full = "full"
    orders = "orders"
    none = "none"


class Language(StrEnum):
    """Languages of the report."""

    en = "en"
    fr = "fr"


Seed = Annotated[int, typer.Option(min=0, help="Seed of all randomness; the same seed meets the same customers.")]
SeedOrFile = Annotated[
    int | None, typer.Option(min=0, help="The same seed meets the same customers. \\[default: 1]")
]
Replications = Annotated[
    int | None,
    typer.Option(min=1, help="Replications of each alternative; with --until the most. \\[default: 10, or 200]"),
]
Until = Annotated[
    list[str] | None,
    typer.Option(
        "--until",
        metavar="KPI=PRECISION",
        help="Run until the half-width of the 95 % interval is as small as this: contribution=1% of the mean, or in "
        "the KPI's unit. Repeatable.",
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a parameter, such as time.measured_weeks=2. Repeatable."),
]
Override = Annotated[
    list[str] | None,
    typer.Option("--override", metavar="NAME", help="Apply a named override that the scenario offers. Repeatable."),
]
Workers = Annotated[
    int | None,
    typer.Option(min=1, help="Processes; as many as there are CPUs when left out. Results do not depend on it."),
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="DIR", file_okay=False, help="Study folder to keep; a study in it goes on where it stopped."),
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Run on a Dask cluster: the address of its scheduler, such as tcp://10.0.0.7:8786. Its workers must share "
        "the folder of --out.",
    ),
]
CacheDir = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        file_okay=False,
        help="Find again what any study with this cache has run: same scenario, policy, seed, replication and version. "
        "\\[default: $ORCHESTRION_CACHE, if set]",
    ),
]
Html = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the report, one file that needs no network.")]
Facts = Annotated[
    Level, typer.Option(help="How much of the facts the study keeps; KPIs always; reasons: what decisions weighed too.")
]
FactsOrFile = Annotated[
    Level | None,
    typer.Option(
        help="How much of the facts the study folder keeps; KPIs always; reasons: what each decision weighed, too. "
        "\\[default: orders]"
    ),
]
Lang = Annotated[Language, typer.Option(help="Language of the report.")]
Json = Annotated[bool, typer.Option("--json", help="Results as JSON.")]
Orders = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Replay real orders (CSV or Parquet, a row a line) in place of generated ones."),
]
MappingFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="YAML that says what the columns of --orders are called and which rows count."),
]

Scenario = Annotated[str, typer.Argument(help="Scenario file, or name of a bundled one.")]
Kpi = Annotated[str, typer.Option(help="The KPI asked about.")]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the whole table, all columns.")]
Chart = Annotated[
    Path | None, typer.Option("--chart", metavar="FILE", help="Write the chart, an HTML page that needs no network.")
]
StudyFolder = Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")]

EVERY = "all"
POLICY_HELP = "NAME or NAME:param=value,param=value, such as nearest:within_km=100"
Policy = Annotated[str | None, typer.Option(help=f"{POLICY_HELP}; the scenario's own when left out.")]


def scenario(
    reference: str,
    overrides: Sequence[str] | None = None,
    values: Sequence[str] | None = None,
    orders: Path | None = None,
    mapping: str | None = None,
) -> scenarios.Scenario:
    """A scenario as a command asks for it: a file or bundled name, named overrides, single values, real orders."""
    from orchestrion.scenarios import load_scenario, set_values

    found = load_scenario(reference)
    for name in overrides or ():
        found = found.with_override(name)
    changes = set_values(values or ())
    found = found.vary(found.name, changes, place="--set") if changes else found
    if mapping is not None and orders is None:
        raise InputError([Problem("--mapping", None, "", mapping, "says how --orders FILE is read; give that, too.")])
    if orders is None:
        return found
    return found.vary(found.name, {"demand.history": {"orders": str(orders), "mapping": mapping}}, place="--orders")


def alone(reference: str, others: Mapping[str, object]) -> None:
    """A study file says all about its scenarios.

    Raises
    ------
    InputError
        If options that change scenarios are given beside it.
    """
    given = [name for name, value in others.items() if value]
    if given:
        rule = "a study file says all about its scenarios; change it there."
        raise InputError([Problem(name, None, "", reference, rule) for name in given])


def policy(text: str) -> Any:
    """A policy from `NAME:param=value,...`; values are read as in a scenario file.

    Raises
    ------
    InputError, UnknownName
        An unknown policy or parameter, with near names; a text that cannot be read.
    """
    from orchestrion.policies.sourcing import make_policy

    return make_policy(policy_document(text), file="--policy")


def policies(texts: Sequence[str] | None) -> list[Any] | None:
    """Several of them; `all` stays, for every policy known; nothing when each scenario runs its own."""
    return [text if text == EVERY else policy(text) for text in texts] if texts else None


def policy_document(text: str) -> dict[str, Any]:
    """The same as a mapping of its name and parameters, as a scenario writes it."""
    from orchestrion.scenarios import set_values

    name, _, rest = text.partition(":")
    parts = _pieces(rest)
    if any("=" not in part for part in parts):
        rule = "write NAME or NAME:param=value,param=value, such as nearest:within_km=100."
        raise InputError([Problem("--policy", None, "", text, rule)])
    return {"name": name.strip(), **set_values(parts, "--policy")}


def _pieces(text: str) -> list[str]:
    """The parts between commas that are not inside brackets.

    >>> _pieces("a=1,b=[x, y],c={k: 1, l: 2}")
    ['a=1', 'b=[x, y]', 'c={k: 1, l: 2}']
    """
    pieces, depth, start = [], 0, 0
    for i, sign in enumerate(text):
        depth += (sign in "[{") - (sign in "]}")
        if sign == "," and depth == 0:
            pieces.append(text[start:i])
            start = i + 1
    return [piece.strip() for piece in [*pieces, text[start:]] if piece.strip()]
