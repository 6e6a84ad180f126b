"""The command that hands rules over to an order-management system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from orchestrion.apps import console
from orchestrion.apps.options import Json, Workers
from orchestrion.errors import InputError, Problem, UnknownName

if TYPE_CHECKING:
    from orchestrion.experiments import Study


def export_rules(
    study: Annotated[
        Path | None, typer.Argument(metavar="STUDY", help="Study folder, written by compare, run or demo with --out.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option(metavar="P", help="An alternative of the study, or its policy's name; the last one.")
    ] = None,
    for_: Annotated[
        str, typer.Option("--for", metavar="SYSTEM", help="generic, shopify, magento, hotwax, d365, onestock.")
    ] = "generic",
    today: Annotated[
        str | None, typer.Option(metavar="P", help="Today's rules, to tell what changes; the study's baseline.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the rules there, JSON.")] = None,
    kpi: Annotated[str, typer.Option(help="What rules should come near in, where a policy cannot be said.")] = (
        "contribution"
    ),
    replications: Annotated[int, typer.Option(min=2, help="Of the search for such rules; as many fresh ones.")] = 5,
    workers: Workers = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of the generic rules.")] = False,
    as_json: Json = False,
) -> None:
    """Write a policy's rules in the terms of an order-management system, say what these cannot, and what changes.

    A policy that optimises is approximated by the best rule set found; what is lost is measured by paired simulation.
    """
    from orchestrion.experiments import handed_over, open_study
    from orchestrion.scenarios.rules_out import (
        Places,
        difference,
        in_rules,
        needs,
        rules_document,
        rules_schema,
        systems,
    )

    if schema:
        return typer.echo(json.dumps(rules_schema(), indent=2, ensure_ascii=False))
    if study is None:
        raise InputError([Problem("export-rules", None, "STUDY", "", "name a study folder.")])
    system = systems[for_]
    console.writable(out)
    opened = open_study(study)
    label = _label(opened, policy) if policy is not None else opened.labels[-1]
    before = _label(opened, today) if today is not None else opened.baseline
    with console.progress("Looking for rules") as told:
        found = handed_over(
            opened, label, kpi=kpi, replications=replications, workers=workers, progress=told
        )
    about = {"study": study.name, "alternative": label, "scenario": opened[label].scenario}
    if not found.exact:
        about["stands_for"] = opened[label].policy_text
    document = rules_document(found.policy, about)
    places = Places.of(opened.scenario(label).compile(), document["groups"])
    handover = system(document, places)
    said = in_rules(cast(Any, opened.runnable(before).policy)) if before != label else None
    changes = [] if before == label else difference(None if said is None else rules_document(said.policy), document)
    if out is not None:
        out.write_text(json.dumps(handover.content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if as_json:
        return console.emit_json(
            {
                "alternative": label,
                "system": for_,
                "content": handover.content,
                "steps": handover.steps,
                "cannot": handover.cannot,
                "needs": needs(document),
                "exact": found.exact,
                "loss": {k: {"mean": one.mean, "half_width": one.half, "n": one.n} for k, one in found.loss.items()},
                "tried": [{"title": title, kpi: mean} for title, mean in found.tried],
                "changes": changes,
                "today": before,
            }
        )
    for sentence in found.sentences():
        console.say(sentence)
    console.say()
    if out is None:
        typer.echo(json.dumps(handover.content, indent=2, ensure_ascii=False))
        console.say()
    for step in handover.steps:
        console.say(step)
    console.say()
    console.say("What these rules need to be told:")
    for line in needs(document):
        console.say(f"  {line}")
    console.say()
    if handover.cannot:
        console.say(f"What {for_} cannot say:")
        for line in handover.cannot:
            console.say(f"  {line}")
    else:
        console.say(f"{for_} says all of it.")
    if changes:
        console.say()
        near = " (as near as rules come)" if said is not None and not said.exact else ""
        console.say(f"From {before}{near} to {label}:" if said is not None else f"{before} cannot be said in rules:")
        for line in changes:
            console.say(line)
    if out is not None:
        console.say()
        console.say(f"Written: {out}")
    return None


def _label(study: Study, wanted: str) -> str:
    """The alternative that a text means: its label, or the name of its policy where that tells one apart."""
    if wanted in study.labels:
        return wanted
    named = [label for label in study.labels if study[label].policy_text.partition("(")[0] == wanted]
    if len(named) == 1:
        return named[0]
    several = f"{len(named)} alternatives have it; " if named else ""
    raise UnknownName(f"no alternative {wanted!r}; {several}there are: {', '.join(study.labels)}.")

