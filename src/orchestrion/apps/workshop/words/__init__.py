"""What the workshop's pages say, in English and in French: one file of words for each group of steps.

A word may stand as `key_1` and `key_n`: the page chooses by the number that goes in as `{n}`.
"""

from __future__ import annotations

from functools import lru_cache

from orchestrion.reports.words import french_spaces, words_of

LANGUAGES = ("en", "fr")


@lru_cache(maxsize=1)
def all_words() -> dict[str, tuple[str, str]]:
    """key -> (English, French), of every file beside this one."""
    return words_of(__name__)


def for_the_page() -> dict[str, dict[str, str]]:
    """Language -> key -> text, as the page carries them.

    >>> for_the_page()["fr"]["step_see"]
    'Voir'
    """
    words = all_words()
    return {
        "en": {key: english for key, (english, _) in words.items()},
        "fr": {key: french_spaces(french) for key, (_, french) in words.items()},
    }
