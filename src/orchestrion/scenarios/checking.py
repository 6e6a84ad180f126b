"""Checks a document against its model: every mistake at its line, in plain words, with the way out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from orchestrion.errors import Problem
from orchestrion.scenarios.written import Path, Written, put, without, written

M = TypeVar("M", bound=BaseModel)

_DEFAULTS = "defaults"
_LEVELS = 4  # fields, their section, the sections above it
_PATH = re.compile(r"[\w.-]+")

_RULES = {
    "string_type": "a text is expected; put it in quotes",
    "int_parsing": "a whole number is expected",
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "float_parsing": "a number is expected, with a decimal point",
    "float_type": "a number is expected, with a decimal point",
    "bool_parsing": "true or false is expected",
    "bool_type": "true or false is expected",
    "finite_number": "a finite number is expected",
    "dict_type": "a mapping is expected, `key: value` line by line",
    "model_type": "a mapping is expected, `key: value` line by line",
    "model_attributes_type": "a mapping is expected, `key: value` line by line",
    "list_type": "a list is expected, such as [a, b]",
    "tuple_type": "a list is expected, such as [a, b]",
    "date_type": "a date is expected, written YYYY-MM-DD",
    "date_parsing": "a date is expected, written YYYY-MM-DD",
    "date_from_datetime_parsing": "a date is expected, written YYYY-MM-DD",
    "date_from_datetime_inexact": "a date is expected, written YYYY-MM-DD, without a time of day",
    "none_required": "null is expected",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "multiple_of": "must be a multiple of {multiple_of}",
    "too_short": "at least {min_length} entries are needed; found {actual_length}",
    "too_long": "at most {max_length} entries are allowed; found {actual_length}",
    "string_too_short": "at least {min_length} characters are needed",
    "string_too_long": "at most {max_length} characters are allowed",
    "string_pattern_mismatch": "must look like the pattern {pattern}",
}


@dataclass(frozen=True, slots=True)
class _Finding:
    """One mistake, before it has a line."""

    path: Path
    kind: str
    rule: str


def checked(model: type[M], tree: Written) -> tuple[M | None, list[Problem]]:
    """The document as its model, or all that is wrong with it.

    A check that looks at several fields runs only where each of them is sound by itself. So that such mistakes are not
    hidden behind others, the document is checked again with the faulty values left out.
    """
    document, findings = _once(model, tree)
    if document is not None:
        return document, []
    dropped: list[Path] = []
    news, rest = findings, tree
    for _ in range(_LEVELS):
        faulty = [finding.path for finding in news if finding.kind != "missing" and finding.path]
        if not faulty:
            break
        for path in faulty:
            rest = without(rest, path)
        dropped += faulty
        _, news = _once(model, rest)
        findings += [
            finding
            for finding in news
            if finding.kind == "value_error" and not any(_echoes(finding, path) for path in dropped)
        ]
    return None, [_located(tree, finding) for finding in _ordered(tree, findings)]


def remainder(model: type[M], tree: Written) -> tuple[M | None, list[Path]]:
    """A faulty document with its faulty values left out, if that can be read, and their paths."""
    dropped: list[Path] = []
    for _ in range(_LEVELS):
        document, findings = _once(model, tree)
        if document is not None:
            return document, dropped
        for path in (finding.path for finding in findings if finding.path):
            tree = without(tree, path)
            dropped.append(path)
    return None, dropped


def _once(model: type[M], tree: Written) -> tuple[M | None, list[_Finding]]:
    full = without_removed(model, with_defaults(model, tree))
    try:
        return model.model_validate(full.plain()), []
    except ValidationError as error:
        return None, _findings(model, full, error)


def _echoes(finding: _Finding, dropped: Path) -> bool:
    """Whether a later finding may be there only because a faulty value was left out."""
    shared = len(finding.path) <= len(dropped) and dropped[: len(finding.path)] == finding.path
    return (shared and bool(finding.path)) or re.search(rf"\b{re.escape(dropped[-1])}\b", finding.rule) is not None


def _ordered(tree: Written, findings: Sequence[_Finding]) -> list[_Finding]:
    def key(finding: _Finding) -> tuple[str, int]:
        place = tree.place(finding.path)
        return place.file, place.line or 0

    return sorted(findings, key=key)


def _located(tree: Written, finding: _Finding) -> Problem:
    place = tree.place(finding.path)
    here, done = tree.follow(finding.path)
    value = here.shown() if done == finding.path and done and finding.kind != "missing" else ""
    rule = finding.rule if finding.rule.endswith((".", "?")) else f"{finding.rule}."
    return Problem(place.file, place.line or None, ".".join(finding.path), value, rule)


def _findings(model: type[BaseModel], tree: Written, error: ValidationError) -> list[_Finding]:
    found: list[_Finding] = []
    for item in error.errors(include_url=False):
        kind = item["type"]
        loc = [str(part) for part in item["loc"]]
        of_key = bool(loc) and loc[-1] == "[key]"
        if of_key:
            loc.pop()
        _, path = tree.follow(loc)
        if kind == "missing":
            path = (*path, loc[-1])
        if kind in ("value_error", "assertion_error"):
            message = str(item.get("ctx", {}).get("error", item["msg"]))
            found += [_Finding(p, "value_error", rule) for p, rule in _statements(tree, path, message)]
        else:
            found.append(_Finding(path, kind, _rule(model, path, of_key, kind, item, tree)))
    return _united(found)


def _united(findings: list[_Finding]) -> list[_Finding]:
    """One finding a place: members of a union complain one by one, a misspelt key is missing elsewhere too."""
    misspelt = [f.path for f in findings if f.kind == "extra_forbidden"]
    united: dict[tuple[Path, bool], _Finding] = {}
    for f in findings:
        siblings = [p[-1] for p in misspelt if p[:-1] == f.path[:-1]]
        if f.kind == "missing" and get_close_matches(f.path[-1], siblings, n=1):
            continue
        key = (f.path, f.kind == "value_error")
        before = united.get(key)
        if before is None:
            united[key] = f
        elif f.rule not in before.rule:
            joint = "; " if f.kind == "value_error" else ", or "
            united[key] = _Finding(f.path, f.kind, f"{before.rule}{joint}{f.rule}")
    return list(united.values())


def _statements(tree: Written, path: Path, message: str) -> Iterator[tuple[Path, str]]:
    """The single statements of a cross-field check, each at the closest key it speaks about.

    `options.collect.service: no service 'x'; services.y: ...` are two statements with paths of their own; else the
    first word that is a key of the mapping is taken for the place.
    """
    here, _ = tree.follow(path)
    parts: list[tuple[Path, str]] = []
    for piece in message.split("; "):
        head, colon, rest = piece.partition(": ")
        keys = tuple(head.split("."))
        if colon and _PATH.fullmatch(head) and here.child(keys[0]) is not None:
            _, below = here.follow(keys)
            below = keys if len(below) >= len(keys) - 1 else below
            parts.append(((*path, *below), rest if below == keys else piece))
        elif parts:
            parts[-1] = (parts[-1][0], f"{parts[-1][1]}; {piece}")
        else:
            words = [w for w in re.findall(r"[\w-]+", message) if w in here.mapping]
            word = next((w for w in words if here.mapping[w].line is not None), words[0] if words else None)
            parts.append(((*path, word) if word is not None else path, piece))
    yield from parts


def _rule(model: type[BaseModel], path: Path, of_key: bool, kind: str, item: Any, tree: Written) -> str:
    context = item.get("ctx", {})
    if kind == "missing":
        field = _field(model, path)
        meaning = f" ({field.description})" if field is not None and field.description else ""
        return f"is missing; write it{meaning}"
    if kind == "extra_forbidden":
        return _unknown_key(model, path)
    if kind in ("literal_error", "enum"):
        known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = get_close_matches(path[-1] if of_key else str(item.get("input")), known, n=1, cutoff=0.5)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        what = "an unknown key; " if of_key else "not one of the known words; "
        return f"{what}{hint}Known: {', '.join(known)}" if known else str(item["msg"])
    if kind == "string_type" and isinstance(item.get("input"), (int, float)):
        text = tree.follow(path)[0].text
        return f'a text is expected; put it in quotes: "{text}"' if text else _RULES[kind]
    if kind == "float_parsing" and re.fullmatch(r"[\d .]*,\d+", str(item.get("input"))):
        return f"a number has a decimal point here: {str(item['input']).replace(' ', '').replace(',', '.')}"
    rule = _RULES.get(kind)
    if rule is None:
        message = str(item["msg"])
        return message[:1].lower() + message[1:]
    return rule.format(**{key: _plain_number(value) for key, value in context.items()})


def _plain_number(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _unknown_key(model: type[BaseModel], path: Path) -> str:
    keys = [key for kind in _kinds_at(model, path[:-1]) for key in kind.model_fields]
    near = get_close_matches(path[-1], keys, n=1)
    if near:
        return f'unknown key; did you mean "{near[0]}"?'
    # the right key in the wrong section is the other common slip
    elsewhere = [".".join((*p, path[-1])) for p, kind in _sections(model) if path[-1] in kind.model_fields]
    hint = f"it belongs to {elsewhere[0]}; " if len(elsewhere) == 1 else ""
    return f"unknown key; {hint}known here: {', '.join(keys)}"


def _members(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation: members of a union, without Annotated."""
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _annotations_at(model: type[BaseModel], path: Sequence[str]) -> list[Any]:
    """What may stand at a path of the model's documents."""
    here: list[Any] = [model]
    for key in path:
        below: list[Any] = []
        for annotation in here:
            arguments = get_args(annotation)
            if _is_model(annotation):
                if key in annotation.model_fields:
                    below += _members(annotation.model_fields[key].annotation)
            elif get_origin(annotation) is dict:
                below += _members(arguments[1])
            elif get_origin(annotation) in (list, tuple):
                below += _members(arguments[0])
        here = below
    return here


def _kinds_at(model: type[BaseModel], path: Sequence[str]) -> list[type[BaseModel]]:
    return [annotation for annotation in _annotations_at(model, path) if _is_model(annotation)]


def is_section(model: type[BaseModel], path: Sequence[str]) -> bool:
    """Whether a section with a fixed set of keys stands at the path; its entries are changed one by one."""
    kinds = _kinds_at(model, path)
    return bool(kinds) and all(kind.model_config.get("extra") != "allow" for kind in kinds)


def _field(model: type[BaseModel], path: Sequence[str]) -> Any:
    """The pydantic field at a path, None where there is none."""
    return next((kind.model_fields.get(path[-1]) for kind in _kinds_at(model, path[:-1])), None) if path else None


def _sections(model: type[BaseModel], path: Path = ()) -> Iterator[tuple[Path, type[BaseModel]]]:
    """Every section that has a fixed place, with its path."""
    yield path, model
    for key, field in model.model_fields.items():
        for annotation in _members(field.annotation):
            if _is_model(annotation):
                yield from _sections(annotation, (*path, key))


def unit_at(model: type[BaseModel], path: Sequence[str]) -> str:
    """The unit of the parameter at a path; empty where it has none."""
    for end in range(len(path), 0, -1):  # an entry of a list or mapping has the unit of the whole
        field = _field(model, path[:end])
        if field is not None:
            extra = field.json_schema_extra
            if callable(extra):  # units that are read from a table when asked for
                noted: dict[str, Any] = {}
                extra(noted)
                extra = noted
            return str((extra or {}).get("unit", ""))
    return ""


def file_paths(model: type[BaseModel], tree: Written, path: Path = ()) -> Iterator[tuple[Path, Written]]:
    """Every value of the document that names a file."""
    for key, value in tree.mapping.items():
        here = (*path, key)
        if isinstance(value.content, str) and unit_at(model, here) == "file":
            yield here, value
        yield from file_paths(model, value, here)


def chosen_by_name(model: type[BaseModel]) -> frozenset[Path]:
    """Paths of things chosen by `name`, whose parameters belong to that name."""
    return frozenset(path for path, kind in _sections(model) if kind.model_config.get("extra") == "allow")


def with_defaults(model: type[BaseModel], tree: Written) -> Written:
    """The document with what its sections and named things leave open filled in.

    Two sections of one kind may have defaults of their own (stores and warehouses): a document that changes one value
    of a section must not lose the others, as it would if the class's defaults took over.
    """
    for key, field in model.model_fields.items():
        value = tree.mapping.get(key)
        if value is None or not isinstance(value.content, dict) or field.is_required():
            continue
        tree = put(tree, (key,), _completed(field.get_default(call_default_factory=True), value))
    return tree


def _completed(default: object, value: Written) -> Written:
    """A value with what its default has besides: sections, and named things such as options and services."""
    if not isinstance(value.content, dict):
        return value
    if isinstance(default, BaseModel):
        return _filled(default, value)
    if isinstance(default, dict) and all(isinstance(member, BaseModel) for member in default.values()):
        entries = {
            key: _completed(member, value.mapping[key])
            if key in value.mapping
            else written(member.model_dump(mode="json"), _DEFAULTS, None)
            for key, member in default.items()
        }
        # their order gives them their ids: a change of one may not move the others
        return Written(
            entries | {key: own for key, own in value.mapping.items() if key not in entries}, value.file, value.line
        )
    return value


def _filled(default: BaseModel, section: Written) -> Written:
    if default.model_config.get("extra") == "allow":
        return section
    for key in type(default).model_fields:
        value, own = section.mapping.get(key), getattr(default, key)
        if value is None:
            plain = default.model_dump(mode="json", include={key})[key]
            section = put(section, (key,), written(plain, _DEFAULTS, None))
        else:
            section = put(section, (key,), _completed(own, value))
    return section


def without_removed(model: type[BaseModel], tree: Written, path: Path = ()) -> Written:
    """The document without the entries that somebody set to null in a mapping with free keys, to be rid of them."""
    if not isinstance(tree.content, dict):
        return tree
    mappings = [annotation for annotation in _annotations_at(model, path) if get_origin(annotation) is dict]
    values = [value for mapping in mappings for value in _members(get_args(mapping)[1])]
    removable = bool(values) and not any(value in (Any, type(None)) for value in values)
    entries = {
        key: without_removed(model, value, (*path, key))
        for key, value in tree.content.items()
        if value.content is not None or not removable
    }
    return Written(entries, tree.file, tree.line)
