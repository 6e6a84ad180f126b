"""Words of the small print: limits, and how to make the figures again."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "repeat_command": (
        "One command runs the study folder again and compares every fact with what it holds:",
        "Une commande refait tourner le dossier de l’étude et compare chaque fait à ce qu’il contient :",
    ),
    "method_limits": (
        "Limits: these are the answers of a model to the assumptions listed above. Replications measure chance, not "
        "whether the assumptions hold; whoever has figures of their own should set them and run the study again.",
        "Limites : ce sont les réponses d’un modèle aux hypothèses listées plus haut. Les réplications mesurent le "
        "hasard, non la justesse des hypothèses ; qui dispose de ses propres chiffres doit les saisir et refaire "
        "l’étude.",
    ),
}
