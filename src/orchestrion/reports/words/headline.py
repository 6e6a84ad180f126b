"""Words of the first minute: the flip points."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "flips_title": ("What would change the answer", "Ce qui changerait la réponse"),
    "flip_found": (
        "{parameter} (now {now}): at {value} [{low}; {high}], {rival} takes over from {best}.",
        "{parameter} (aujourd’hui {now}) : à {value} [{low} ; {high}], {rival} passe devant {best}.",
    ),
    "flip_none": (
        "{parameter}: {best} stays ahead from {now} all the way to {towards}.",
        "{parameter} : {best} reste devant de {now} jusqu’à {towards}.",
    ),
    "flip_unsure": (
        "{parameter}: between {now} and {towards} no change can be told from noise.",
        "{parameter} : entre {now} et {towards}, aucun changement ne se distingue du bruit.",
    ),
}
