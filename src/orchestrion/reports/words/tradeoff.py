"""Words of the trade-offs: who is on the front, and how surely others are not."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "pareto_front": ("On the front: {list}.", "Sur la frontière : {list}."),
    "pareto_knee": ("The bend of the front is at {name}.", "Le coude de la frontière est à {name}."),
    "pareto_dominated": (
        "{name} is dominated beyond noise by {list}.",
        "{name} : fait moins bien partout, au-delà du bruit, que {list}.",
    ),
    "pareto_perhaps": (
        "{name} lies behind the front, by no more than noise.",
        "{name} : derrière la frontière, mais l’écart ne dépasse pas le bruit.",
    ),
    "pareto_perhaps_n": (
        "{name} lie behind the front, by no more than noise.",
        "{name} : derrière la frontière, mais l’écart ne dépasse pas le bruit.",
    ),
    "pareto_line": ("front of the means", "frontière des moyennes"),
    "change_from": ("change from {name}", "écart avec {name}"),
    "pareto_note": (
        "An alternative is on the front when no other one is at least as good in both KPIs. “Dominated” is said only "
        "where another is better in both by paired tests (level shared among the others).",
        "Une variante est sur la frontière quand aucune autre n’est au moins aussi bonne sur les deux indicateurs. "
        "« Moins bien partout » n’est dit que si une autre l’emporte sur les deux par des tests appariés (niveau "
        "partagé entre les autres).",
    ),
    "pareto_all": ("All headline KPIs together", "Tous les indicateurs principaux ensemble"),
    "pareto_status": ("Status", "Position"),
    "pareto_by": ("Dominated by", "Dominée par"),
    "pareto_is_front": ("on the front", "sur la frontière"),
    "pareto_is_knee": ("on the front, at its bend", "sur la frontière, au coude"),
    "pareto_is_dominated": ("dominated", "dominée"),
    "pareto_is_perhaps": ("behind the front, within noise", "derrière la frontière, dans le bruit"),
}
