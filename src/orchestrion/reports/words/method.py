"""Words of the small print: limits, and how to make the figures again."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "repeat_command": (
        "One command runs the study folder again and compares every fact with what it holds:",
        "Une commande refait tourner le dossier de l’étude et compare chaque fait à ce qu’il contient :",
    ),
    "gap_of": ("Gap to perfect information, {name}", "Écart à l’information parfaite, {name}"),
    "gap_value": (
        "{share} of sourcing [{low}; {high}]; bound: {basis}; {ms} ms per decision",
        "{share} du coût d’acheminement [{low} ; {high}] ; borne : {basis} ; {ms} ms par décision",
    ),
    "hindsight": ("hindsight on the same customers", "les mêmes clients, tous connus d’avance"),
    "hindsight, in shares of orders": (
        "hindsight on the same customers, in shares of orders",
        "les mêmes clients, tous connus d’avance, commandes servies par parts",
    ),
    "every unit everywhere": (
        "a relaxation, every unit everywhere", "une relaxation, chaque article partout en stock",
    ),
    "no bound": ("none", "aucune"),
    "method_limits": (
        "Limits: these are the answers of a model to the assumptions listed above. Replications measure chance, not "
        "whether the assumptions hold; whoever has figures of their own should set them and run the study again.",
        "Limites : ce sont les réponses d’un modèle aux hypothèses listées plus haut. Les réplications mesurent le "
        "hasard, non la justesse des hypothèses ; qui dispose de ses propres chiffres doit les saisir et refaire "
        "l’étude.",
    ),
}
