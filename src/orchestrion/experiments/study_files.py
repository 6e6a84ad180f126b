"""Study files: which scenarios, policies and replications make a study, in a YAML file to keep beside the scenarios.

    title: Which rule for the autumn?
    scenarios:
      - france_unified                       # bundled, or a file beside this one
      - france_unified#rush                  # under an override that it offers
      - {name: early, from: france_unified, set: {options.home_standard.cut_off: "11:00"}}
    policies: [nearest, {name: milp, time_limit_s: 5}]
    until: {contribution: 1%}
    replications: 100
    seed: 2026
    baseline: nearest
    family: [contribution, lost_sales_share]   # the KPIs it is about, six at most; the headline ones
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from orchestrion import bundled
from orchestrion.errors import InputError, OrchestrionError, Problem, StudyError, UnknownName
from orchestrion.experiments.alternatives import matched, pairs, policy_of
from orchestrion.experiments.comparing import family_of
from orchestrion.experiments.levels import LEVELS
from orchestrion.experiments.precision import goals
from orchestrion.experiments.running import compare
from orchestrion.experiments.study import Study
from orchestrion.scenarios import Scenario, load_scenario
from orchestrion.scenarios.reader import read_text, relative_to_cwd
from orchestrion.scenarios.written import Written

_KEYS = (
    "title", "description", "scenarios", "policies", "replications", "until", "seed", "facts", "baseline",
    "second_baseline", "family",
)  # fmt: skip
_HERE = "this study file"  # what `vary` is told, replaced by file and line
_SCENARIO_KEYS = ("name", "from", "set", "title")


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """What a study file asks for, checked; `options` are those of `compare` that the file gives."""

    name: str
    title: str
    description: str
    scenarios: tuple[Scenario, ...]
    policies: tuple[object, ...] | None
    options: Mapping[str, Any] = field(default_factory=dict)

    def run(self, policies: Sequence[object] | None = None, **options: Any) -> Study:
        """Run it; what is given here comes before what the file says, `None` counts as not given."""
        given = {key: value for key, value in options.items() if value is not None}
        notes = {"study": {"name": self.name, "title": self.title, "description": self.description}}
        chosen = self.policies if policies is None else policies
        asked = {"notes": notes} | dict(self.options) | given
        return compare(list(self.scenarios), None if chosen is None else list(chosen), **asked)


def study_path(reference: str | os.PathLike[str]) -> Path | None:
    """The study file that is meant: a file with `scenarios:` in it, or the name of a bundled one; None for neither."""
    path = Path(reference)
    for candidate in (path, Path(f"{path}.yaml")):
        if candidate.is_file():
            return candidate if candidate.suffix in (".yaml", ".yml") and _lists_scenarios(candidate) else None
    name = path.name.partition("#")[0].removesuffix(".yaml")
    if path.parent != Path(".") or name in bundled.scenario_names():  # a scenario of that name is meant
        return None
    candidate = bundled.scenarios_folder() / "studies" / f"{name}.yaml"
    return candidate if candidate.is_file() else None


def is_study_file(reference: str | os.PathLike[str]) -> bool:
    """Whether a reference means a study file rather than a scenario."""
    return study_path(reference) is not None


def _lists_scenarios(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return any(line.startswith("scenarios:") for line in text.splitlines())


def load_study_plan(reference: str | os.PathLike[str]) -> StudyPlan:
    """Read and check a study file.

    Raises
    ------
    InputError
        All that is wrong in it, with line, value, rule and way out.
    UnknownName
        There is no such file.
    """
    path = study_path(reference)
    if path is None:
        raise UnknownName(f"no study file {os.fspath(reference)!r}: a YAML file that lists its `scenarios:`")
    reading = read_text(path.read_bytes(), relative_to_cwd(path))
    checker = _Checker(path, list(reading.problems))
    plan = checker.plan(reading.tree, reading.description)
    if plan is None or checker.problems:
        raise InputError(sorted(checker.problems, key=lambda problem: problem.line or 0))
    return plan


class _Checker:
    """Reads a study file, collecting what is wrong."""

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path = path
        self.problems = problems

    def wrong(self, value: Written, where: str, rule: str) -> None:
        self.problems.append(Problem(value.file, value.line or None, where, value.shown(), rule))

    def plan(self, tree: Written, description: str) -> StudyPlan | None:
        entries = tree.mapping
        self._known(entries, _KEYS, "")
        scenarios = [
            scenario
            for i, value in enumerate(self._list(entries.get("scenarios"), "scenarios"))
            for scenario in self._scenario(value, f"scenarios.{i}")
        ]
        policies = [
            policy
            for i, value in enumerate(self._list(entries.get("policies"), "policies"))
            for policy in self._policy(value, f"policies.{i}")
        ]
        if not scenarios and not self.problems:
            self.wrong(tree, "scenarios", "name at least one scenario.")
        options = self._options(entries)
        texts = {key: self._text(entries.get(key), key) for key in ("title", "description")}
        if self.problems:
            return None
        self._named(entries, scenarios, policies)
        return StudyPlan(
            name=self.path.stem,
            title=texts["title"] or self.path.stem.replace("_", " ").capitalize(),
            description=texts["description"] or description,
            scenarios=tuple(scenarios),
            policies=tuple(policies) if "policies" in entries else None,
            options=options,
        )

    def _known(self, entries: Mapping[str, Written], keys: tuple[str, ...], where: str) -> None:
        for key, value in entries.items():
            if key not in keys:
                near = get_close_matches(key, keys, n=1)
                hint = f"did you mean {near[0]}? " if near else ""
                self.wrong(value, f"{where}{key}", f"no such key; {hint}Known: {', '.join(keys)}.")

    def _list(self, value: Written | None, where: str) -> tuple[Written, ...]:
        if value is None or value.content is None:
            return ()
        if not isinstance(value.content, tuple):
            self.wrong(value, where, "a list is expected.")
            return ()
        return value.content

    def _text(self, value: Written | None, where: str) -> str:
        if value is None or value.content is None:
            return ""
        if not isinstance(value.content, str):
            self.wrong(value, where, "a text is expected.")
            return ""
        return value.content

    def _scenario(self, value: Written, where: str) -> list[Scenario]:
        entries = value.mapping
        self._known(entries, _SCENARIO_KEYS, f"{where}.")
        source = entries.get("from") if entries else value
        if source is None or not isinstance(source.content, str):
            self.wrong(value, where, "write a scenario's name or file, or {name: ..., from: ..., set: {...}}.")
            return []
        try:
            found = load_scenario(self._reference(source.content))
            if not entries:
                return [found]
            changes: dict[str, Any] = dict(entries["set"].plain() or {}) if "set" in entries else {}  # type: ignore[arg-type]
            if "title" in entries:
                changes["title"] = entries["title"].plain()
            name = self._text(entries.get("name"), f"{where}.name") or found.name
            return [found.vary(name, changes, place=_HERE)]
        except InputError as error:
            self.problems += [self._placed(problem, value) for problem in error.problems]
        except (OrchestrionError, ValueError, TypeError) as error:
            self.wrong(source, where, f"{error}")
        return []

    def _placed(self, problem: Problem, value: Written) -> Problem:
        """A problem of a change asked for here has its place in this file; others keep that of the scenario's file."""
        if problem.file != _HERE:
            return problem
        written = value.mapping.get("set", value).mapping.get(problem.where, value)
        return replace(problem, file=written.file, line=written.line)

    def _reference(self, text: str) -> str:
        """A file beside this one comes before a bundled scenario of that name."""
        name, hash_, override = text.partition("#")
        for candidate in (self.path.parent / name, self.path.parent / f"{name}.yaml"):
            if candidate.is_file():
                return f"{candidate}{hash_}{override}"
        return text

    def _policy(self, value: Written, where: str) -> list[object]:
        plain = value.plain()
        if not isinstance(plain, str | dict):
            self.wrong(value, where, "write a policy's name, or {name: ..., parameter: value}.")
            return []
        try:
            return [policy_of(plain)]
        except InputError as error:
            for problem in error.problems:
                self.wrong(value.place(tuple(problem.where.split("."))), where, problem.rule)
        except OrchestrionError as error:
            self.wrong(value, where, str(error))
        return []

    def _options(self, entries: Mapping[str, Written]) -> dict[str, Any]:
        options: dict[str, Any] = {}
        for key, least in (("replications", 1), ("seed", 0)):
            value = entries.get(key)
            if value is None:
                continue
            if isinstance(value.content, bool) or not isinstance(value.content, int) or value.content < least:
                self.wrong(value, key, f"a whole number, {least} or more.")
            options[key] = value.content
        if "facts" in entries:
            options["facts"] = entries["facts"].plain()
            if options["facts"] not in LEVELS:
                self.wrong(entries["facts"], "facts", f"write one of {', '.join(LEVELS)}.")
        for key in ("baseline", "second_baseline"):
            if key in entries:
                options[key] = self._text(entries[key], key)
        if "family" in entries:
            options["family"] = entries["family"].plain()
            try:
                if not isinstance(options["family"], list):
                    raise StudyError("a list of KPIs is expected.")
                family_of(options["family"])
            except OrchestrionError as error:
                self.wrong(entries["family"], "family", str(error))
        if "until" in entries:
            until = entries["until"]
            if not until.mapping:
                self.wrong(until, "until", "a mapping is expected, such as {contribution: 1%}.")
            for kpi, value in until.mapping.items():
                try:
                    goals({kpi: value.plain()})  # type: ignore[dict-item]
                except OrchestrionError as error:
                    self.wrong(value, f"until.{kpi}", str(error))
            options["until"] = until.plain()
        return options

    def _named(self, entries: Mapping[str, Written], scenarios: list[Scenario], policies: list[object]) -> None:
        """Names that can only be checked once it is known what will be compared."""
        try:
            about = [one.about for one in pairs(scenarios, policies if "policies" in entries else None)]
        except OrchestrionError as error:
            self.wrong(entries["scenarios"], "scenarios", str(error))
            return
        for key in ("baseline", "second_baseline"):
            if key not in entries:
                continue
            try:
                matched(str(entries[key].content), about)
            except UnknownName as error:
                self.wrong(entries[key], key, str(error))
