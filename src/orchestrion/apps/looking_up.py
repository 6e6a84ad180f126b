"""Commands that look things up: validate, scenarios, policies, kpis, schema."""

from __future__ import annotations

from dataclasses import MISSING, asdict, fields, is_dataclass
from typing import Annotated, Any

import typer

from orchestrion.apps import console, options
from orchestrion.apps.options import Json, Language, Override, Set
from orchestrion.errors import InputError, OrchestrionError, Problem


def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files or bundled names.")],
    set_: Set = None,
    override: Override = None,
    as_json: Json = False,
) -> None:
    """Check scenario files and the tables they name; tell all problems at once, by line."""
    told = [_checked(reference, override, set_) for reference in scenarios]
    if as_json:
        console.emit_json(told)
    else:
        for one in told:
            console.say(f"{one['scenario']}: sound. {one['title']}" if one["sound"] else one["message"])
    if not all(one["sound"] for one in told):
        raise typer.Exit(2)


def _checked(reference: str, overrides: list[str] | None, values: list[str] | None) -> dict[str, Any]:
    try:
        scenario = options.scenario(reference, overrides, values)
        scenario.compile()  # the tables are read here
    except OrchestrionError as error:
        problems = error.problems if isinstance(error, InputError) else [Problem(reference, None, "", "", str(error))]
        told = [asdict(problem) for problem in problems]
        return {"scenario": reference, "sound": False, "message": str(error), "problems": told}
    return {"scenario": reference, "sound": True, "title": scenario.title, "hash": scenario.hash, "problems": []}


def scenarios(
    name: Annotated[str | None, typer.Argument(help="A scenario to look at, file or bundled name.")] = None,
    diff: Annotated[str | None, typer.Option(metavar="OTHER", help="What differs from another scenario.")] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="The document, resolved in full.")] = False,
    as_json: Json = False,
) -> None:
    """List the bundled scenarios, or look at one: what it is about, how it differs, all its parameters."""
    from orchestrion import bundled
    from orchestrion.scenarios import load_scenario

    if name is None:
        known = [load_scenario(one) for one in bundled.scenario_names()]
        if as_json:
            return console.emit_json([_summary(one) for one in known])
        rows = [[one.name, one.title, str(one.policy.get("name", ""))] for one in known]
        console.table(["name", "title", "policy"], rows)
        return console.say("`orchestrion scenarios NAME` tells more, `--yaml` prints all parameters.")
    scenario = load_scenario(name)
    if as_yaml:
        return typer.echo(scenario.to_yaml(), nl=False)
    changes = scenario.diff(load_scenario(diff)) if diff is not None else None
    if as_json:
        told = _summary(scenario) | ({"diff": [asdict(c) for c in changes]} if changes is not None else {})
        return console.emit_json(told)
    if changes is not None:
        if not changes:
            return console.say(str(changes))
        rows = [[c.path, _plain(c.here), _plain(c.there), c.unit] for c in changes]
        return console.table(["parameter", changes.here, changes.there, "unit"], rows)
    console.say(f"{scenario.title} ({scenario.name})")
    console.say(f"\n{scenario.description}" if scenario.description else "")
    parameters = [f"{key} = {_plain(value)}" for key, value in scenario.policy.items() if key != "name"]
    console.say(f"\nPolicy {scenario.policy['name']}{': ' if parameters else ''}{', '.join(parameters)}")
    for offer, values in scenario.offers.items():
        console.say(f"Override {offer}: {', '.join(f'{path} = {_plain(value)}' for path, value in values.items())}")
    return None


def _plain(value: Any) -> str:
    from orchestrion.scenarios.diff import shown

    return shown(value)


def _summary(scenario: Any) -> dict[str, Any]:
    told = {key: getattr(scenario, key) for key in ("name", "title", "description", "hash", "policy")}
    return told | {"overrides": scenario.offers}


def policies(
    name: Annotated[str | None, typer.Argument(help="A policy to look at.")] = None, as_json: Json = False
) -> None:
    """List the sourcing policies, or the parameters of one."""
    from orchestrion.policies.sourcing import sourcing_policies

    if name is None:
        known = sourcing_policies.items()
        if as_json:
            return console.emit_json([_policy(key, policy) for key, policy in known])
        rows = [[key, _first_line(policy)] for key, policy in known]
        console.table(["policy", "what it does"], rows)
        return console.say("`orchestrion policies NAME` lists its parameters.")
    policy = sourcing_policies[name]
    if as_json:
        return console.emit_json(_policy(name, policy))
    import inspect

    console.say(inspect.cleandoc(policy.__doc__ or ""))
    rows = [[p["name"], p["type"], "required" if p["required"] else _plain(p["default"])] for p in _parameters(policy)]
    if rows:
        console.table(["parameter", "type", "default"], rows)
    return None


def _first_line(policy: type) -> str:
    return (policy.__doc__ or "").strip().split("\n")[0]


def _policy(name: str, policy: type) -> dict[str, Any]:
    return {"name": name, "meaning": _first_line(policy), "parameters": _parameters(policy)}


def _parameters(policy: Any) -> list[dict[str, Any]]:
    from orchestrion.policies.parameters import default_of

    told = []
    for parameter in fields(policy) if is_dataclass(policy) else ():
        if not parameter.init:
            continue
        default = default_of(parameter)
        kind = parameter.type if isinstance(parameter.type, str) else getattr(parameter.type, "__name__", "")
        required = default is MISSING
        known = None if required else default
        told.append({"name": parameter.name, "type": kind, "required": required, "default": known})
    return told


def kpis(
    name: Annotated[str | None, typer.Argument(help="A KPI to look at.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of labels and definitions.")] = Language.en,
    as_json: Json = False,
) -> None:
    """List the KPIs: name, unit, which direction is better; or the definition of one."""
    from orchestrion.kpis import UNITS, definitions
    from orchestrion.kpis import kpis as family

    known = definitions() if name is None else [family[name]]
    if as_json:
        return console.emit_json(
            [
                {
                    "kpi": kpi.key,
                    "label": kpi.label[lang.value],
                    "unit": kpi.unit,
                    "better": kpi.direction,
                    "headline": kpi.headline,
                    "definition": kpi.definition[lang.value],
                }
                for kpi in known
            ]
        )
    if name is not None:
        (kpi,) = known
        console.say(f"{kpi.label[lang.value]} [{UNITS[kpi.unit].label[lang.value]}]")
        return console.say(kpi.definition[lang.value])
    better = {"less": "lower", "more": "higher"}
    rows = [
        [
            kpi.key + (" *" if kpi.headline else ""),
            kpi.label[lang.value],
            UNITS[kpi.unit].label[lang.value],
            better.get(kpi.direction, ""),
        ]
        for kpi in known
    ]
    console.table(["KPI", "label", "unit", "better"], rows)
    return console.say("* headline. `orchestrion kpis NAME` gives the definition.")


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from orchestrion.scenarios import json_schema

    console.emit_json(json_schema())
