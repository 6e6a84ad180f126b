"""What the report says, in English and in French: one file of words for each section that has many of its own."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

_BEFORE = re.compile(r" ([:;!?»])")
_PERCENT = re.compile(r"(?<=\d) %")
_AFTER = re.compile(r"(«) ")
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def french_spaces(text: str) -> str:
    """No line may begin with the mark that French sets apart from its word; apostrophes are curved.

    >>> french_spaces("Coût : « bas » ; l'été")
    'Coût\\xa0: «\\xa0bas\\xa0»\\xa0; l’été'
    """
    text = _APOSTROPHE.sub("’", text)
    return _PERCENT.sub("\u202f%", _AFTER.sub("\\1\u00a0", _BEFORE.sub("\u00a0\\1", text)))


@lru_cache(maxsize=1)
def all_words() -> dict[str, tuple[str, str]]:
    """key -> (English, French), of every file beside this one."""
    return words_of(__name__)


def words_of(package: str) -> dict[str, tuple[str, str]]:
    """key -> (English, French), of every file of a package of words; a key may stand in one of them only."""
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        words = importlib.import_module(f"{package}.{module.name}").WORDS
        twice = found.keys() & words.keys()
        if twice:
            raise ValueError(f"{module.name}: said twice: {', '.join(sorted(twice))}")
        found.update(words)
    return found


@lru_cache(maxsize=1)
def product_words() -> dict[tuple[str, str], tuple[str, str]]:
    """(kind, what the product calls it) -> (English, French): parameters by their description, units, policies, labels
    of options and services, values, words of confidence. What a scenario's author wrote is not among them."""
    text = Path(__file__).with_name("product.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines()[1:]]
    return {(kind, told): (english, french) for kind, told, english, french in rows}


class Words:
    """The words of one language.

    >>> Words("fr")("nodes_n", n=62)
    '62 nœuds'
    """

    def __init__(self, lang: str, extra: Mapping[str, tuple[str, str]] | None = None) -> None:
        self.lang = lang
        self._column = 1 if lang == "fr" else 0
        self._words = {**all_words(), **(extra or {})}

    def __call__(self, key: str, **values: object) -> str:
        text = self._words[key][self._column]
        text = text.format(**values) if values else text
        return french_spaces(text) if self.lang == "fr" else text

    def labelled(self, name: str, value: str) -> str:
        """A name and what is said of it.

        >>> Words("en").labelled("Nantes", "12"), Words("fr").labelled("Nantes", "12")
        ('Nantes: 12', 'Nantes\xa0: 12')
        """
        return self("labelled", name=name, value=value)

    def product(self, kind: str, told: str) -> str:
        """What the product itself named, in this language; a name that is not its own stays.

        >>> Words("fr").product("policy", "nearest"), Words("fr").product("label", "My own option")
        ('Le plus proche', 'My own option')
        """
        found = product_words().get((kind, told))
        text = told if found is None else found[self._column]
        return french_spaces(text) if self.lang == "fr" else text

    def measured(self, value: float, unit: str, number: Callable[[float], str]) -> str:
        """A number of a scenario with its unit, shares in percent.

        >>> Words("en").measured(0.58, "share of net price", "{:g}".format)
        '58% of net price'
        """
        shown = self.product("unit", unit)
        if not shown.startswith("%"):
            return f"{number(value)} {shown}".strip()
        space = "\u202f" if self.lang == "fr" else ""
        return f"{number(round(100 * value, 10))}{space}{shown}"

    def has(self, key: str) -> bool:
        """Whether there is such a word."""
        return key in self._words
