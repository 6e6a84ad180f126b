"""Commands that rehearse: demo, run, compare, report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestrion.apps import console, means, options, showing
from orchestrion.apps.options import (
    POLICY_HELP,
    CacheDir,
    Cluster,
    Facts,
    FactsOrFile,
    Html,
    Json,
    Lang,
    Language,
    Level,
    MappingFile,
    Orders,
    Out,
    Override,
    Replications,
    Seed,
    SeedOrFile,
    Set,
    Until,
    Workers,
)

if TYPE_CHECKING:
    from orchestrion.experiments import Study
    from orchestrion.scenarios import HistoryReport, Scenario


def demo(
    out: Annotated[Path, typer.Option(metavar="DIR", file_okay=False, help="Study folder.")] = Path("orchestrion-demo"),
    replications: Annotated[int, typer.Option(min=1, help="Replications of each scenario.")] = 5,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    seed: Seed = 1,
    html: Html = None,
    lang: Lang = Language.en,
    as_json: Json = False,
) -> None:
    """Compare seven ways to run an imaginary French retailer: siloed or unified stocks, and five sourcing rules.

    60 stores, 2 warehouses, two measured weeks. Ends with the findings in plain sentences and a report to open.
    """
    from orchestrion.experiments import demo_study

    target = html or out / "report.html"
    console.writable(html)
    with console.progress("Rehearsing France") as told:
        study = demo_study(
            out, replications=replications, workers=workers, cluster=cluster, cache=cache, seed=seed, progress=told
        )
    _conclude(study, target, lang, as_json, out)


def run(
    scenario: Annotated[str, typer.Argument(help="Scenario file, or name of a bundled one (`orchestrion scenarios`).")],
    policy: Annotated[str | None, typer.Option(help=f"{POLICY_HELP}; the scenario's own when left out.")] = None,
    replications: Annotated[int, typer.Option(min=1, help="Replications; two or more give intervals.")] = 1,
    set_: Set = None,
    override: Override = None,
    orders: Orders = None,
    mapping: MappingFile = None,
    seed: Seed = 1,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    html: Html = None,
    lang: Lang = Language.en,
    facts: Facts = Level.orders,
    all_kpis: Annotated[bool, typer.Option("--all", help="Every KPI, not only the headline ones.")] = False,
    as_json: Json = False,
) -> None:
    """Run one scenario and print its headline KPIs."""
    from orchestrion import experiments

    chosen = options.scenario(scenario, override, set_, orders, mapping)
    rule = None if policy is None else options.policy(policy)
    console.writable(html)
    histories = _histories([chosen])
    with console.progress(f"Running {chosen.name}") as told:
        study = experiments.run(
            chosen,
            rule,
            replications=replications,
            seed=seed,
            workers=1 if replications == 1 else workers,
            cluster=cluster,
            cache=cache,
            out=out,
            facts=facts.value,
            progress=told,
        )
    _write_report(study, html, lang)
    label = study.alternatives[0].label
    keys = _keys(all_kpis)
    if as_json:
        return console.emit_json(_as_json(study, keys) | _histories_json(histories))
    console.say(f"{chosen.title}, sourced by {study.alternatives[0].policy_text}, seed {seed}, {_times(replications)}")
    console.table(["KPI", "value", "unit", "better"], [_kpi_row(study, label, key) for key in keys], numbers=[1])
    if replications > 1:
        console.say("Means over replications and half-widths of their 95 % intervals.")
    _say_histories(histories)
    _say_where(study, out, html)
    return None


def compare(
    scenarios: Annotated[
        list[str],
        typer.Argument(help="Scenario files or bundled names; FILE#NAME: an override. Or one study file."),
    ],
    policy: Annotated[
        list[str] | None,
        typer.Option(help=f"{POLICY_HELP}; all: every one. Repeatable; each scenario's own when left out."),
    ] = None,
    replications: Replications = None,
    until: Until = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="What the others are compared with: an alternative, a scenario or a policy; else the first."),
    ] = None,
    set_: Set = None,
    override: Override = None,
    orders: Orders = None,
    mapping: MappingFile = None,
    seed: SeedOrFile = None,
    workers: Workers = None,
    cluster: Cluster = None,
    cache: CacheDir = None,
    out: Out = None,
    html: Html = None,
    lang: Lang = Language.en,
    facts: FactsOrFile = None,
    kpi: Annotated[
        list[str] | None,
        typer.Option(help="KPIs of the table; those that tell policies apart, or the headline ones. Repeatable."),
    ] = None,
    gap: Annotated[
        bool | None,
        typer.Option(
            "--gap/--no-gap",
            help="The gap of each policy to perfect information, and how long it thinks. \\[default: where several "
            "policies are compared]",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare scenarios and policies on the same customers, and say which differences are noise."""
    from orchestrion import experiments

    rules = options.policies(policy)
    told_by: dict[str, Any] = {"kpi": kpi, "gap": gap}
    asked: dict[str, Any] = {
        "replications": replications,
        "until": experiments.goal_texts(until) if until else None,
        "seed": seed,
        "workers": workers,
        "cluster": cluster,
        "cache": cache,
        "out": out,
        "facts": None if facts is None else facts.value,
        "baseline": baseline,
    }
    if len(scenarios) == 1 and experiments.is_study_file(scenarios[0]):
        options.alone(scenarios[0], {"--set": set_, "--override": override, "--orders": orders, "--mapping": mapping})
        plan = experiments.load_study_plan(scenarios[0])
        console.writable(html)
        histories = _histories(plan.scenarios)
        with console.progress(plan.title) as told:
            study = plan.run(**asked, policies=rules, progress=told)
        return _conclude(study, html, lang, as_json, out, histories, **told_by)
    chosen = [options.scenario(reference, override, set_, orders, mapping) for reference in scenarios]
    console.writable(html)
    histories = _histories(chosen)
    with console.progress("Comparing") as told:
        given = {key: value for key, value in asked.items() if value is not None}
        study = experiments.compare(chosen, rules, progress=told, **given)
    return _conclude(study, html, lang, as_json, out, histories, **told_by)


def report(
    study: Annotated[Path, typer.Argument(help="Study folder, as written by compare, run or demo with --out.")],
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The report; STUDY/report.html when no file is asked for."),
    ] = None,
    pdf: Annotated[
        Path | None, typer.Option("--pdf", metavar="FILE", help="The report on paper, printed by Chromium.")
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option("--xlsx", metavar="FILE", help="An Excel workbook: KPIs, differences, replications, definitions."),
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Every KPI of every replication, a row each.")
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="GROUPING", help="A sheet of the workbook by node, day, option... Repeatable."),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Run one replication again to say what would have changed the decisions of some orders."
        ),
    ] = False,
    lang: Lang = Language.en,
) -> None:
    """Write the report of a study: one HTML file, French or English, that needs no network; or a PDF, workbook, CSV."""
    import orchestrion.reports  # noqa: F401  (hangs the reports on studies)
    from orchestrion.experiments import open_study
    from orchestrion.kpis.groups import check_groupings

    check_groupings(tuple(by or ()))
    opened = open_study(study)
    if pdf is not None:
        from orchestrion.reports.pdf import browser

        browser()  # told before a long page is made
    if html is None and pdf is None and xlsx is None and csv is None:
        html = study / "report.html"
    for target in (html, pdf, xlsx, csv):
        console.writable(target)
    if html is not None:
        opened.to_html(html, lang=lang.value, explain=explain)
    if pdf is not None:
        opened.to_pdf(pdf, lang=lang.value, explain=explain)
    if xlsx is not None:
        opened.to_excel(xlsx, lang=lang.value, groups=by or ())
    if csv is not None:
        opened.to_csv(csv, lang=lang.value)
    for target in (html, pdf, xlsx, csv):
        if target is not None:
            console.say(str(target))


def _histories(scenarios: Sequence[Scenario]) -> dict[str, HistoryReport]:
    """What became of the real orders, by the scenario that replays them; read before anything is run."""
    told = {scenario.name: scenario.history() for scenario in scenarios}
    return {name: report for name, report in told.items() if report is not None}


def _histories_json(histories: Mapping[str, HistoryReport]) -> dict[str, Any]:
    return {"history": {name: report.to_dict() for name, report in histories.items()}} if histories else {}


def _say_histories(histories: Mapping[str, HistoryReport]) -> None:
    """Each different replay once."""
    names: dict[HistoryReport, list[str]] = {}
    for name, report in histories.items():
        names.setdefault(report, []).append(name)
    for report, users in names.items():
        console.say()
        console.say(f"{', '.join(users)}. {report}" if len(names) > 1 else str(report))


def _conclude(
    study: Study,
    html: Path | None,
    lang: Language,
    as_json: bool,
    out: Path | None = None,
    histories: Mapping[str, HistoryReport] | None = None,
    *,
    kpi: Sequence[str] | None = None,
    gap: bool | None = False,
) -> None:
    """Report, tables and sentences of a comparison."""
    keys = means.keys_shown(study, kpi)
    if gap is None:
        gap = means.several_policies(study) and study.manifest.get("facts") != "none"
    judged = study.gap() if gap else None  # first, so that the report tells it, too
    _write_report(study, html, lang)
    if as_json:
        told = _as_json(study, list(dict.fromkeys([*_keys(False), *keys])))
        told |= {"sentences": study.sentences(lang=lang.value)}
        told |= {} if judged is None else {"gap": showing.records(judged)}
        return console.emit_json(told | _histories_json(histories or {}))
    means.print_means(study, keys, judged)
    for line in precision_lines(study):
        console.say()
        console.say(line)
    for sentence in study.sentences(lang=lang.value):
        console.say()
        console.say(sentence)
    _say_histories(histories or {})
    _say_where(study, out, html)
    return None


def precision_lines(study: Study) -> list[str]:
    """What became of the half-widths asked for; nothing when none were."""
    from orchestrion.kpis import UNITS, kpis

    if "until" not in study.manifest:
        return []
    missing = []
    for one in study.standings():
        if one.met:
            continue
        unit = UNITS[kpis[one.kpi].unit]
        shown = [console.number(value * unit.times, unit.decimals + 1) for value in (one.half, one.wanted)]
        needed = f", about {one.needed:,} replications" if one.needed is not None else ""
        missing.append(f"{one.label}, {one.kpi}: ±{shown[0]} {unit.label.en} in place of ±{shown[1]}{needed}")
    asked = ", ".join(f"{key} to {value}" for key, value in study.manifest["until"].items())
    if not missing:
        return [f"Precise enough after {study.replications} replications ({asked})."]
    return [f"Not as precise as asked for ({asked}) after {study.replications} replications. {'; '.join(missing)}."]


def _say_where(study: Study, out: Path | None, html: Path | None) -> None:
    if html is not None or out is not None:
        console.say()
    if html is not None:
        console.say(f"Report: {html}")
    if out is not None:
        console.say(f"Study:  {out}")


def _write_report(study: Study, html: Path | None, lang: Language) -> None:
    if html is None:
        return
    import orchestrion.reports  # noqa: F401  (hangs the report on studies)

    console.writable(html)
    study.to_html(html, lang=lang.value)


def _keys(every: bool) -> list[str]:
    from orchestrion.kpis import HEADLINE, definitions

    return [kpi.key for kpi in definitions()] if every else list(HEADLINE)


def _times(replications: int) -> str:
    return "one replication" if replications == 1 else f"{replications} replications"


def _kpi_row(study: Study, label: str, key: str) -> list[str]:
    from orchestrion.kpis import UNITS, kpis

    kpi = kpis[key]
    unit = UNITS[kpi.unit]
    found = study.estimate(key, label)
    value = console.spread(found.mean * unit.times, found.half * unit.times, unit.decimals)
    return [kpi.label.en, value, unit.label.en, {"less": "lower", "more": "higher"}.get(kpi.direction, "")]


def _as_json(study: Study, keys: list[str]) -> dict[str, Any]:
    from orchestrion.kpis import kpis

    alternatives = []
    for one in study.alternatives:
        figures = {}
        for key in keys:
            found = study.estimate(key, one.label)
            figures[key] = {"mean": found.mean, "half_width": found.half, "n": found.n, "unit": kpis[key].unit}
        alternatives.append(
            {
                "label": one.label,
                "scenario": one.scenario,
                "scenario_hash": one.scenario_hash,
                "policy": one.policy_text,
                "kpis": figures,
            }
        )
    result: dict[str, Any] = {
        "seed": study.seed,
        "replications": study.replications,
        "level": 0.95,
        "alternatives": alternatives,
    }
    if len(study.alternatives) > 1:
        result["baseline"] = study.baseline
        result["differences"] = study.against().to_dict("records")
    return result
