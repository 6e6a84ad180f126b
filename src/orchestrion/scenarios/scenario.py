"""A scenario: a complete frozen world apart from policy and seed, as a document that can be varied and compared."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from orchestrion import bundled
from orchestrion.display import Grid, bundle, paragraphs
from orchestrion.errors import InputError, Problem, UnknownName
from orchestrion.scenarios.checking import checked, chosen_by_name, file_paths, remainder, unit_at
from orchestrion.scenarios.diff import Change, ScenarioDiff, shown
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.history.mapping import read_mapping
from orchestrion.scenarios.history.places import SECTION, history_file
from orchestrion.scenarios.naming import unknown_names
from orchestrion.scenarios.overrides import applied
from orchestrion.scenarios.reader import Reading, read_file, read_text, relative_to_cwd, scalar
from orchestrion.scenarios.written import Written, flattened, put, written

if TYPE_CHECKING:
    from orchestrion.domain.world import World
    from orchestrion.scenarios.history import HistoryReport

_ABOUT = ("name", "overrides")  # keys of a file that are about the document, not in it
_OTHER_LINE_ENDS = frozenset("\x85\u2028\u2029")
_LABELS = ("title",)  # what a world is called does not change it


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A complete frozen world apart from policy and seed.

    `hash` tells worlds apart: it covers every parameter and the contents of every table the document names, but not the
    title. `offers` are the named overrides that the document brings along.
    """

    name: str
    title: str
    description: str
    document: ScenarioDocument
    hash: str
    offers: Mapping[str, Mapping[str, Any]] = field(repr=False)
    _tree: Written = field(repr=False)
    _offered: Mapping[str, Written] = field(repr=False)

    @staticmethod
    def from_yaml(text: str | bytes, *, name: str = "scenario", file: str = "text") -> Scenario:
        """A scenario from the text of a document, without bases; `name` where the text gives none.

        The policy it names need not be known here: a study can be read without the notebook that defined its policy.
        """
        return _scenario(read_text(text, file), name, names=False)

    @property
    def policy(self) -> dict[str, Any]:
        """The document's default sourcing policy: its name and parameters."""
        return self.document.policy.model_dump(mode="json")

    def vary(self, name: str, overrides: Mapping[str, Any], *, place: str | None = None) -> Scenario:
        """This scenario with named changes, checked at once.

        Parameters
        ----------
        name
            What the changed scenario is called.
        overrides
            Dotted path -> value. A section given as a mapping is changed key by key, anything else is replaced.
        place
            How messages call the place where the overrides were given.

        Raises
        ------
        InputError
            Unknown keys, with near ones; values that break a rule.
        """
        if not name.strip():
            raise InputError([Problem("vary", None, "name", repr(name), "give the varied scenario a name.")])
        place = place or f"override {name!r}"
        return self._changed(name, {path: written(value, place) for path, value in overrides.items()})

    def with_override(self, name: str) -> Scenario:
        """This scenario under one of the named overrides that its document offers, called `scenario#override`.

        Raises
        ------
        UnknownName
            The document offers no such override.
        """
        if name not in self._offered:
            near = get_close_matches(name, self._offered, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            known = ", ".join(self._offered) or "none"
            raise UnknownName(f"{self.name} offers no override named {name!r}; {hint}It offers: {known}.")
        return self._changed(f"{self.name}#{name}", self._offered[name].mapping)

    def _changed(self, name: str, changes: Mapping[str, Written]) -> Scenario:
        tree = applied(ScenarioDocument, self._tree, changes)
        changed = _scenario(Reading(tree, self.description), name, self._offered)
        if "title" in changes or name == self.name:
            return changed
        return replace(changed, title=f"{self.title} ({name.rpartition('#')[2]})")

    def diff(self, other: Scenario) -> ScenarioDiff:
        """Every parameter that differs; `here` is this scenario, `there` the other."""
        here, there = flattened(self._resolved()), flattened(other._resolved())
        paths = list({**here, **there})
        parents = list(dict.fromkeys(path[:-1] for path in paths))
        changes = [
            Change(".".join(path), here.get(path), there.get(path), unit_at(ScenarioDocument, path))
            for path in sorted(paths, key=lambda path: parents.index(path[:-1]))  # what only one has beside its kin
            if here.get(path) != there.get(path) and path[0] not in _LABELS
        ]
        return ScenarioDiff(self.name, other.name, tuple(changes))

    def _resolved(self) -> dict[str, Any]:
        return self.document.model_dump(mode="json")

    def to_yaml(self) -> str:
        """The document resolved in full, every default written out; reads back to the same hash."""
        words = [line for part in self.description.split("\n\n") for line in [*textwrap.wrap(part, 110), ""]][:-1]
        opening = "".join(f"# {line}".rstrip() + "\n" for line in words)
        resolved = {"name": self.name} | self._resolved() | {"title": self.title}
        return opening + dumped(resolved)

    def compile(self) -> World:
        """The World that this scenario describes; the last few are kept."""
        return _world(self)

    def history(self) -> HistoryReport | None:
        """What became of the rows of the real orders that this scenario replays; None where orders are generated."""
        if self.document.demand.history is None:
            return None
        from orchestrion.scenarios.compile.places import read_communes
        from orchestrion.scenarios.history import replayed

        network = self.document.network
        return replayed(self.document, read_communes(network.communes_table, network.corsica)).report

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and (self.name, self.hash) == (other.name, other.hash)

    def __hash__(self) -> int:
        return hash((self.name, self.hash))

    def __str__(self) -> str:
        return f"{self.title} ({self.name}, {self.hash[:12]})"

    def __repr__(self) -> str:
        return f"<Scenario {self}>"

    def grid(self) -> Grid:
        """What is asked first of a scenario, as a small table: time, web, policy, what is on and off, overrides."""
        document = self.document
        switches: dict[bool, list[str]] = {}
        for path, value in flattened(self._resolved()).items():
            if path[-1] == "on":
                switches.setdefault(bool(value), []).append(".".join(path[:-1]))
        parameters = ", ".join(f"{key} {shown(value)}" for key, value in self.policy.items() if key != "name")
        time = document.time
        rows = [
            ("time", f"{time.measured_weeks} weeks measured from {time.start}, after {time.warm_up_weeks} of warm-up"),
            ("the web sees", ", ".join(document.visibility.web_sees)),
            ("policy", f"{self.policy['name']}{f' ({parameters})' if parameters else ''}"),
            ("on", ", ".join(switches.get(True, ["nothing"]))),
            ("off", ", ".join(switches.get(False, ["nothing"]))),
            ("overrides", ", ".join(self.offers) or "none"),
            ("hash", self.hash[:12]),
        ]
        return Grid(f"{self.title} ({self.name})", ("", ""), tuple(rows))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return bundle(repr(self), self.grid().html() + paragraphs(self.description.split("\n\n")))


class _Dumper(yaml.SafeDumper):
    """Writes what `reader` reads: texts that it, or another YAML reader, would take for something else are quoted."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    try:
        bare = isinstance(scalar(value), str)
    except ValueError:
        bare = False
    style = '"' if set(value) & _OTHER_LINE_ENDS else None if bare else "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dumped(value: Any) -> str:
    """A value as YAML that reads back to itself."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


@lru_cache(maxsize=8)
def _world(scenario: Scenario) -> World:
    from orchestrion.scenarios.compile import compile_world

    if scenario.document.demand.history is not None and _hash(scenario.document, scenario._tree) != scenario.hash:
        rule = "this file, or a table, has changed since the scenario was loaded; load it again."
        raise InputError([Problem(scenario.document.demand.history.orders, None, "", "", rule)])
    try:
        return compile_world(scenario.document, scenario.name, scenario.title, scenario.hash)
    except InputError as error:  # what only a whole world shows has its place in the document too
        raise InputError(_placed(problem, scenario) for problem in error.problems) from error


def _placed(problem: Problem, scenario: Scenario) -> Problem:
    if problem.file != "scenario":
        return problem
    place = scenario._tree.place(tuple(problem.where.split(".")))
    return replace(problem, file=place.file, line=place.line or None)


def load_scenario(reference: str | Path) -> Scenario:
    """Read, check and resolve a scenario.

    Parameters
    ----------
    reference
        A file, the name of a bundled scenario (see `orchestrion scenarios`), either with `#override` behind it for
        one of the named overrides that it offers.

    Raises
    ------
    InputError
        All that is wrong in the file and its bases, with line, value, rule and way out.
    UnknownName
        No such file, bundled scenario or override; the message lists near ones.
    """
    path, overrides = _found(str(reference))
    reading = read_file(path, relative_to_cwd(path), chosen_by_name(ScenarioDocument))
    scenario = _scenario(reading, path.stem)
    for name in overrides:
        scenario = scenario.with_override(name)
    return scenario


def _found(reference: str) -> tuple[Path, list[str]]:
    """The file that is meant, and the overrides asked for."""
    if Path(reference).is_file():
        return Path(reference), []
    name, *overrides = reference.split("#")
    for candidate in (Path(name), Path(f"{name}.yaml")):
        if candidate.is_file():
            return candidate, overrides
    if Path(name).is_dir():
        raise InputError([Problem(name, None, "", "", "is a folder; name one scenario file in it.")])
    path = Path(name)
    try:
        bundle = bundled.scenario_path(path.name)
    except UnknownName as error:
        files = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        near = get_close_matches(path.name, files, n=1)
        if near:
            raise UnknownName(f"no file {name}; did you mean {path.parent / near[0]}?") from None
        raise UnknownName(f"no file {name} and {error}") from None
    if path.name != name:
        raise UnknownName(f"no file {name}; the bundled scenario of that name is meant by {path.stem!r}.")
    return bundle, overrides


def _scenario(
    reading: Reading, name: str, offered: Mapping[str, Written] | None = None, *, names: bool = True
) -> Scenario:
    """A scenario from what was read; raises all problems of reading and checking together.

    `offered` are the overrides of the scenario it comes from; `names` says whether policies must be known here.
    """
    entries = dict(reading.tree.mapping)
    about = {key: entries.pop(key) for key in _ABOUT if key in entries}
    tree = Written(entries, reading.tree.file, reading.tree.line)
    problems = list(reading.problems)
    tree, missing = _files_found(tree)
    document, found = checked(ScenarioDocument, tree)
    unread = [(problem.file, problem.line, problem.where) for problem in problems]
    if names:
        found = found + unknown_names(tree)
    if document is not None and document.demand.history is not None and not missing:
        missing = _wrong_mapping(document.demand.history.mapping)
    problems += missing + [p for p in found if (p.file, p.line, p.where) not in unread]  # one complaint is enough
    if document is None and not missing:
        problems += _in_tables(tree)
    if "name" in about and isinstance(about["name"].content, str) and about["name"].content.strip():
        name = about["name"].content
    elif "name" in about:
        place = about["name"]
        problems.append(Problem(place.file, place.line or None, "name", place.shown(), "a text is expected."))
    if offered is None:
        offered = about["overrides"].mapping if "overrides" in about else {}
        problems += _wrong_shapes(about.get("overrides"))
        if document is not None and not problems:
            resolved = written(document.model_dump(mode="json"), "defaults", None, tree)
            problems += [p for change in offered.values() for p in _wrong_override(resolved, change, names)]
    if document is None or problems:
        raise InputError(_in_order(problems))
    resolved = written(document.model_dump(mode="json"), "defaults", None, tree)
    return Scenario(
        name=name,
        title=document.title or name,
        description=reading.description,
        document=document,
        hash=_hash(document, resolved),
        offers={name: {path: v.plain() for path, v in change.mapping.items()} for name, change in offered.items()},
        _tree=resolved,
        _offered=offered,
    )


def _in_tables(tree: Written) -> list[Problem]:
    """What is wrong with names and tables of a faulty document, as far as it does not come from its faulty values."""
    from orchestrion.scenarios.compile.first_look import first_look

    document, faulty = remainder(ScenarioDocument, tree)
    if document is None:
        return []
    found = []
    for problem in first_look(document):
        where = tuple(problem.where.split("."))
        if problem.file == "scenario":
            if any(where[: len(path)] == path or path[: len(where)] == where for path in faulty):
                continue
            place = tree.place(where)
            problem = replace(problem, file=place.file, line=place.line or None)
        found.append(problem)
    return found


def _in_order(problems: list[Problem]) -> list[Problem]:
    files = list(dict.fromkeys(problem.file for problem in problems))
    return sorted(problems, key=lambda problem: (files.index(problem.file), problem.line or 0))


def _wrong_shapes(overrides: Written | None) -> list[Problem]:
    if overrides is None or overrides.content is None:
        return []
    if not isinstance(overrides.content, dict):
        rule = "a mapping is expected: the name of each override, then its paths and values."
        return [Problem(overrides.file, overrides.line or None, "overrides", overrides.shown(), rule)]
    rule = "a mapping is expected, such as `demand.online.orders_per_day: 3000`."
    return [
        Problem(change.file, change.line or None, f"overrides.{name}", change.shown(), rule)
        for name, change in overrides.content.items()
        if not isinstance(change.content, dict)
    ]


def _wrong_override(resolved: Written, change: Written, names: bool) -> list[Problem]:
    try:
        tree, problems = _files_found(applied(ScenarioDocument, resolved, change.mapping))
    except InputError as error:
        return list(error.problems)
    _, found = checked(ScenarioDocument, tree)
    return problems + found + (unknown_names(tree) if names else [])


def _files_found(tree: Written) -> tuple[Written, list[Problem]]:
    """The document with its tables located: beside the file that names them (then written in full), else bundled."""
    problems = []
    for path, value in list(file_paths(ScenarioDocument, tree)):
        reference = str(value.content)
        if path[:-1] == SECTION:
            try:
                tree = put(tree, path, replace(value, content=str(history_file(path[-1], value))))
            except ValueError as error:
                rule = f"{error}."
                problems.append(Problem(value.file, value.line or None, ".".join(path), value.shown(), rule))
            continue
        own = Path(value.file).parent / reference if value.line else Path(reference)
        if own.is_file():
            tree = put(tree, path, replace(value, content=str(own.resolve())))
            continue
        try:
            bundled.data_path(*Path(reference).parts)
        except InputError:
            rule = f"no such table, neither beside {Path(value.file).name} nor among the bundled data files."
            problems.append(Problem(value.file, value.line or None, ".".join(path), value.shown(), rule))
    return tree, problems


def _wrong_mapping(path: str | None) -> list[Problem]:
    """What is wrong in a mapping, told when the scenario is loaded rather than when it is run."""
    try:
        read_mapping(path)
    except InputError as error:
        return list(error.problems)
    return []


def _hash(document: ScenarioDocument, tree: Written) -> str:
    """SHA-256 of the resolved document; a table counts by its content, so that a moved study keeps its hashes."""
    for path, value in file_paths(ScenarioDocument, tree):
        reference = Path(str(value.content))
        file = reference if reference.is_absolute() else bundled.data_path(*reference.parts)
        tree = put(tree, path, replace(value, content=_digest(str(file), file.stat().st_mtime_ns)))
    plain = tree.plain()
    assert isinstance(plain, dict)
    for label in _LABELS:
        plain.pop(label, None)
    # the order of keys stays as written: it gives nodes, options and services their ids
    return hashlib.sha256(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


@lru_cache(maxsize=64)
def _digest(file: str, modified_ns: int) -> str:
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
