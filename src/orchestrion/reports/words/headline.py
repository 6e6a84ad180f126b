"""Words of the first minute: the flip points."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "gap_title": ("How far from perfect information", "À quelle distance de l’information parfaite"),
    "gap_note": (
        "Sourcing cost of an order beside a bound that nobody could have gone below, whatever they had known.",
        "Coût d’affectation d’une commande face à une borne sous laquelle personne n’aurait pu descendre, quoi qu’il "
        "ait su.",
    ),
    "gap_booked": ("Booked", "Constaté"),
    "gap_bound": ("Bound", "Borne"),
    "gap_gap": ("Gap", "Écart"),
    "gap_share": ("Gap in %", "Écart en %"),
    "gap_basis": ("Kind of bound", "Nature de la borne"),
    "gap_hindsight": ("hindsight", "rétrospective"),
    "gap_hindsight_in_shares_of_orders": ("hindsight, orders parted at will", "rétrospective, commandes divisibles"),
    "gap_every_unit_everywhere": ("every unit everywhere", "toute unité partout"),
    "gap_no_bound": ("no bound", "aucune borne"),
    "slightly": ("{word}, next to nothing", "{word}, presque rien"),
    "noise_although": (
        "Each interval is of one KPI alone; a verdict counts that {k} are looked at together (Holm). So an interval "
        "may be clear of zero and the difference still be called noise.",
        "Chaque intervalle porte sur un seul indicateur ; le verdict tient compte de ce que {k} sont regardés ensemble "
        "(Holm). Un intervalle peut donc exclure zéro et l’écart n’être que du bruit.",
    ),
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
