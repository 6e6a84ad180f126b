"""What the report says, in English and in French: one file of words for each section that has many of its own."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from functools import lru_cache

_BEFORE = re.compile(r" ([:;!?»])")
_AFTER = re.compile(r"(«) ")


def french_spaces(text: str) -> str:
    """No line may begin with the mark that French sets apart from its word.

    >>> french_spaces("Coût : « bas » ; net")
    'Coût\\xa0: «\\xa0bas\\xa0»\\xa0; net'
    """
    return _AFTER.sub("\\1\u00a0", _BEFORE.sub("\u00a0\\1", text))


@lru_cache(maxsize=1)
def all_words() -> dict[str, tuple[str, str]]:
    """key -> (English, French), of every file beside this one; a key may stand in one of them only."""
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        words = importlib.import_module(f"{__name__}.{module.name}").WORDS
        twice = found.keys() & words.keys()
        if twice:
            raise ValueError(f"{module.name}: said twice: {', '.join(sorted(twice))}")
        found.update(words)
    return found


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

    def has(self, key: str) -> bool:
        """Whether there is such a word."""
        return key in self._words
