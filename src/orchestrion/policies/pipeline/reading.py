"""From the document to rules: every problem told at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from orchestrion.errors import Problem, UnknownName
from orchestrion.policies.groups import ROLES
from orchestrion.policies.pipeline import values as read
from orchestrion.policies.pipeline.filters import filters
from orchestrion.policies.pipeline.rule import ACTIONS, ALLOCATE, NEXT, OTHERWISE, Rule, Split, Step
from orchestrion.policies.pipeline.sorts import Nearest, Sort, Weighted, sorts
from orchestrion.policies.pipeline.when import READERS as WHEN
from orchestrion.policies.pipeline.when import When, make_when

SPLIT: dict[str, read.Reader] = {
    "max_shipments": read.whole(1),
    "order_from_eur": read.number(),
    "shipment_from_eur": read.number(),
    "only_when_needed": read.flag,
}
RULE = ("name", "when", "filters", "sorts", "split", "action", "otherwise")


class Reading:
    """Reads, and collects what is wrong."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, where: str, value: object, rule: str) -> None:
        """Something that cannot be used."""
        self.problems.append(Problem("policy", None, f"policy.{where}", repr(_listed(value)), rule))

    def value(self, where: str, value: object, reader: read.Reader) -> Any:
        """A single value; None where it is wrong."""
        try:
            return reader(value)
        except ValueError as error:
            self.wrong(where, value, str(error))
            return None

    def settings(self, where: str, value: object, readers: Mapping[str, read.Reader], what: str) -> dict[str, Any]:
        """A mapping whose keys are known."""
        if not isinstance(value, Mapping):
            self.wrong(where, value, f"write a mapping with some of: {', '.join(readers)}")
            return {}
        found: dict[str, Any] = {}
        for key, item in value.items():
            if key not in readers:
                self.wrong(f"{where}.{key}", item, _unknown(what, str(key), readers))
            else:
                found[key] = self.value(f"{where}.{key}", item, readers[key])
        return found

    def groups(self, value: object) -> dict[str, tuple[str, ...]]:
        """Named lists of nodes."""
        if not isinstance(value, Mapping):
            self.wrong("groups", value, "write each group's name and its list of nodes")
            return {}
        found = {}
        for name, members in value.items():
            if name in ROLES:
                self.wrong(f"groups.{name}", members, "this name is taken: it stands for all nodes of that kind")
            found[str(name)] = self.value(f"groups.{name}", members, read.texts) or ()
        return found

    def rules(self, value: object) -> tuple[Rule, ...]:
        """The rules in their order."""
        if not isinstance(value, list | tuple) or not value:
            self.wrong("rules", value, "write a list of at least one rule")
            return ()
        return tuple(self.rule(f"rules.{i}", item, i) for i, item in enumerate(value))

    def rule(self, where: str, value: object, number: int) -> Rule:
        """One rule."""
        if not isinstance(value, Mapping):
            self.wrong(where, value, f"write a mapping with some of: {', '.join(RULE)}")
            value = {}
        for key in value:
            if key not in RULE:
                self.wrong(f"{where}.{key}", value[key], _unknown("part of a rule", str(key), RULE))
        split = Split(**self.settings(f"{where}.split", value.get("split", {}), SPLIT, "limit of a split"))
        order = self.sorts(f"{where}.sorts", value.get("sorts", ("nearest",)))
        if split.only_when_needed is False and not _in_euros(order):
            rule = (
                "splitting freely needs a single sort in which parcels add up: cheapest, or a weighted sum of "
                + ", ".join(name for name, sort in sorts.items() if sort.additive)
            )
            self.wrong(f"{where}.split.only_when_needed", False, rule)
        action = self.value(f"{where}.action", value.get("action", ALLOCATE), read.one_of(ACTIONS))
        otherwise = self.value(f"{where}.otherwise", value.get("otherwise", NEXT), read.one_of(OTHERWISE))
        name = value.get("name", f"rule {number + 1}")
        return Rule(
            name=self.value(f"{where}.name", name, read.text) or "",
            when=self.when(f"{where}.when", value.get("when", {})),
            steps=self.steps(f"{where}.filters", value.get("filters", ())),
            sorts=order,
            split=split,
            action=action or ALLOCATE,
            otherwise=otherwise or NEXT,
        )

    def when(self, where: str, value: object) -> When:
        """Conditions."""
        before = len(self.problems)
        when = make_when({k: v for k, v in self.settings(where, value, WHEN, "condition").items() if v is not None})
        if len(self.problems) == before:
            for key, rule in when.problems():
                self.wrong(f"{where}.{key}", value[key] if isinstance(value, Mapping) else value, rule)
        return when

    def steps(self, where: str, value: object) -> tuple[Step, ...]:
        """Filters: a list of names or mappings, each soft or hard."""
        found: list[Step] = []
        for place, name, item, extra in self._entries(where, value, "soft"):
            kind = self._member(place, name, item, filters, "filter")
            if kind is None:
                continue
            setting = self.value(place, item, kind.reader)
            soft = self.value(place.rpartition(".")[0] + ".soft", extra, read.flag) if extra is not None else False
            if setting is not None:
                found.append(Step(kind(setting), bool(soft)))
        return tuple(found)

    def sorts(self, where: str, value: object) -> tuple[Sort, ...]:
        """Sorts, the first decides, the next breaks its ties."""
        found: list[Sort] = []
        for place, name, item, _ in self._entries(where, value, None):
            if name == "weighted":
                found.append(self.weighted(place, item))
                continue
            kind = self._member(place, name, item, sorts, "sort", "weighted")
            if kind is not None:
                setting = self.value(place, item, kind.reader)
                found.append(kind(setting if setting is not None else True))
        if not found:
            found.append(Nearest())
        return tuple(found)

    def weighted(self, where: str, value: object) -> Weighted:
        """A weighted sum: sorts and their prices in euros."""
        if not isinstance(value, Mapping) or not value:
            self.wrong(where, value, 'write sorts and their prices in EUR, such as {cheapest: 1, fastest: 5}')
            return Weighted(())
        parts = []
        for name, item in value.items():
            place = f"{where}.{name}"
            kind = self._member(place, str(name), item, sorts, "sort")
            if kind is None:
                continue
            if kind.reader is read.texts:
                self.wrong(place, item, f"{name} is a list; write it as a sort of its own")
                continue
            euros = self.value(place, item, read.number())
            if euros is not None:
                parts.append((euros, kind(True)))
        return Weighted(tuple(parts))

    def _member(self, where: str, name: str, value: object, family: Any, what: str, *more: str) -> Any:
        try:
            return family[name]
        except UnknownName:
            self.wrong(where, value, _unknown(what, name, [*family.names(), *more]))
            return None

    def _entries(self, where: str, value: object, extra: str | None) -> list[tuple[str, str, object, object]]:
        """(place, name, value, the extra key's value) of a list of names and mappings."""
        items: Sequence[object] = value if isinstance(value, list | tuple) else [value]
        numbered = isinstance(value, list | tuple)
        found: list[tuple[str, str, object, object]] = []
        for i, item in enumerate(items):
            place = f"{where}.{i}" if numbered else where
            if isinstance(item, str):
                found.append((place, item, True, None))
            elif isinstance(item, Mapping) and any(key != extra for key in item):
                found += [
                    (f"{place}.{key}", str(key), one, item.get(extra) if extra else None)
                    for key, one in item.items()
                    if key != extra
                ]
            else:
                self.wrong(place, item, "write a name, or a name and its value")
        return found


def _in_euros(order: Sequence[Sort]) -> bool:
    if len(order) != 1:
        return False
    first = order[0]
    parts: Iterable[Sort] = [part for _, part in first.value] if isinstance(first, Weighted) else [first]
    return all(part.additive for part in parts) and (isinstance(first, Weighted) or first.unit == "EUR")


def _listed(value: Any) -> Any:
    """As the document writes it: lists, not tuples."""
    return [_listed(item) for item in value] if isinstance(value, list | tuple) else value


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"no such {what}; " + (f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}")


