"""A document as somebody wrote it: plain values that remember their file and line."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool | None
Path: TypeAlias = tuple[str, ...]
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Written:
    """A value and where it was written.

    `line` is None for defaults, which nobody wrote, and 0 for values given outside of a file, as on a command line.
    `text` is the writing of a scalar, kept because a message must quote `4.90` as the reader of the message sees it.
    """

    content: Scalar | tuple[Written, ...] | dict[str, Written]
    file: str
    line: int | None
    text: str = ""

    @property
    def mapping(self) -> dict[str, Written]:
        """The entries of a mapping; none for anything else."""
        return self.content if isinstance(self.content, dict) else {}

    def plain(self) -> Plain:
        """The value without its marks."""
        if isinstance(self.content, dict):
            return {key: value.plain() for key, value in self.content.items()}
        if isinstance(self.content, tuple):
            return [value.plain() for value in self.content]
        return self.content

    def child(self, key: str) -> Written | None:
        """The entry of a mapping, or the item of a list by its position."""
        if isinstance(self.content, dict):
            return self.content.get(key)
        if isinstance(self.content, tuple) and key.isascii() and key.isdigit() and int(key) < len(self.content):
            return self.content[int(key)]
        return None

    def follow(self, path: Sequence[str]) -> tuple[Written, Path]:
        """The deepest value on the way along `path`, and the part of the path that led to it."""
        here: Written = self
        done: list[str] = []
        for key in path:
            below = here.child(key)
            if below is None:
                continue  # pydantic names union members in between
            here = below
            done.append(key)
        return here, tuple(done)

    def place(self, path: Sequence[str]) -> Written:
        """The closest written value around `path`: what a message about it can point at."""
        here: Written = self
        best = self
        for key in path:
            below = here.child(key)
            if below is not None:
                here = below
                best = here if here.line is not None or best.line is None else best
        return best

    def shown(self) -> str:
        """The value in a message: as written, short, texts in quotes."""
        if isinstance(self.content, dict):
            return "{" + _short(", ".join(f"{key}: {item.shown()}" for key, item in self.content.items())) + "}"
        if isinstance(self.content, tuple):
            return "[" + _short(", ".join(item.shown() for item in self.content)) + "]"
        if isinstance(self.content, str):
            return json.dumps(_short(self.content), ensure_ascii=False)
        return _short(self.text) or json.dumps(self.content)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def written(value: object, file: str, line: int | None = 0, marks: Written | None = None) -> Written:
    """Give plain values their marks: those of `marks` where it has something at the same path, else `file`, `line`."""
    content: Scalar | tuple[Written, ...] | dict[str, Written]
    if isinstance(value, Mapping):
        content = {
            str(key): written(item, file, line, marks.child(str(key)) if marks else None) for key, item in value.items()
        }
    elif isinstance(value, (list, tuple)):
        content = tuple(written(v, file, line, marks.child(str(i)) if marks else None) for i, v in enumerate(value))
    elif value is None or isinstance(value, (bool, int, float, str)):
        content = value
    else:
        content = str(value)  # dates and the like
    if marks is None:
        return Written(content, file, line)
    return Written(content, marks.file, marks.line, marks.text if marks.content == content else "")


def merged(base: Written, over: Written, chosen: Collection[Path] = (), path: Path = ()) -> Written:
    """`base` with `over` laid on top: mappings are merged entry by entry, everything else is replaced.

    `chosen` are the paths of things chosen by `name`, such as `policy`: another name brings its own parameters and
    leaves those of the old one behind.
    """
    if not isinstance(base.content, dict) or not isinstance(over.content, dict):
        return over
    if path in chosen and "name" in over.content:
        before = base.content.get("name")
        if before is None or before.content != over.content["name"].content:
            return over
    entries = dict(base.content)
    for key, value in over.content.items():
        entries[key] = merged(entries[key], value, chosen, (*path, key)) if key in entries else value
    return Written(entries, over.file, over.line)


def put(tree: Written, path: Sequence[str], value: Written) -> Written:
    """`tree` with `value` at `path`; mappings missing on the way are made."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if isinstance(tree.content, tuple) and key.isascii() and key.isdigit() and int(key) < len(tree.content):
        i = int(key)
        items = (*tree.content[:i], put(tree.content[i], rest, value), *tree.content[i + 1 :])
        return Written(items, tree.file, tree.line)
    entries = dict(tree.mapping)
    below = entries.get(key, Written({}, value.file, value.line))
    entries[key] = put(below, rest, value)
    return Written(entries, tree.file, tree.line)


def without(tree: Written, path: Sequence[str]) -> Written:
    """`tree` without what stands at `path`; a list goes as a whole."""
    if not isinstance(tree.content, dict) or not path or path[0] not in tree.content:
        return tree
    entries = dict(tree.content)
    if len(path) == 1 or isinstance(entries[path[0]].content, tuple):
        del entries[path[0]]
    else:
        entries[path[0]] = without(entries[path[0]], path[1:])
    return Written(entries, tree.file, tree.line)


def flattened(tree: Plain, path: Path = ()) -> dict[Path, Plain]:
    """Every value of a document by its path; lists of plain values are one value, empty mappings too."""
    if isinstance(tree, dict) and tree:
        return {p: v for key, item in tree.items() for p, v in flattened(item, (*path, key)).items()}
    if isinstance(tree, list) and any(isinstance(item, (dict, list)) for item in tree):
        return {p: v for i, item in enumerate(tree) for p, v in flattened(item, (*path, str(i))).items()}
    return {path: tree}
