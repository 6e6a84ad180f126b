"""Words of the scorecards and of their weighing."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav_scorecards": ("Departments", "Directions"),
    "scorecards_title": ("What each department would say", "Ce que dirait chaque direction"),
    "scorecards_lead": (
        "Each department judges by its own KPIs, against {name}. It gains when at least one is better and none worse "
        "beyond noise, is torn when both happen. Tests are adjusted by Holm over the department’s KPIs.",
        "Chaque direction juge selon ses propres indicateurs, par rapport à {name}. Elle y gagne si l’un au moins est "
        "meilleur et aucun moins bon au-delà du bruit ; elle est partagée si les deux arrivent. Tests ajustés par Holm "
        "sur les indicateurs de la direction.",
    ),
    "scorecards_alone": (
        "Each department’s own KPIs; with one alternative nothing can be compared.",
        "Les indicateurs de chaque direction ; avec une seule variante, rien à comparer.",
    ),
    "department": ("Department", "Direction"),
    "scorecard_matrix": ("Who gains, who loses", "Qui y gagne, qui y perd"),
    "standing_gains": ("gains", "y gagne"),
    "standing_loses": ("loses", "y perd"),
    "standing_torn": ("torn", "partagée"),
    "standing_noise": ("noise", "bruit"),
    "standing_unknown": ("unknown", "inconnu"),
    "standing_better": ("better: {list}", "mieux : {list}"),
    "standing_worse": ("worse: {list}", "moins bien : {list}"),
    "disagreements": ("Where they disagree", "Là où elles s’opposent"),
    "disagree": (
        "{name}: {winners} would welcome it, {losers} would not.",
        "{name} : {winners} y gagnent, {losers} y perdent.",
    ),
    "disagree_torn": (
        "{name}: {torn} would find both better and worse in it.",
        "{name} : pour {torn}, du mieux et du moins bien.",
    ),
    "agree_all": (
        "No alternative sets two departments against each other beyond noise.",
        "Aucune variante n’oppose deux directions au-delà du bruit.",
    ),
    "scorecard_of": ("Scorecard: {name}", "Tableau de bord : {name}"),
    "it_rules": ("Rule", "Règle"),
    "it_parameters": ("Parameters set", "Paramètres réglés"),
    "it_decisions": ("Decisions a day", "Décisions par jour"),
    "it_reviews": ("Reviews a day", "Arbitrages par jour"),
    "it_fallback": ("Second choices", "Seconds choix"),
    "it_rate": ("Decisions a second of computing", "Décisions par seconde de calcul"),
    "it_cancelled": ("Orders cancelled", "Commandes annulées"),
    "it_title": ("Rules, decisions and exceptions", "Règles, décisions et exceptions"),
    # weighing
    "nav_weighing": ("Weigh it", "Pondérer"),
    "weighing_title": ("What would you pay for?", "Que seriez-vous prêt à payer ?"),
    "weighing_lead": (
        "Put a price on what matters to a department beyond the contribution: the alternatives are ranked again at "
        "once. Score = contribution − Σ price × amount, per replication. Every price begins at zero, where the "
        "contribution decides alone.",
        "Donnez un prix à ce qui compte pour une direction au-delà de la contribution : les variantes sont aussitôt "
        "reclassées. Note = contribution − Σ prix × quantité, par réplication. Tous les prix partent de zéro, où la "
        "contribution décide seule.",
    ),
    "weighing_per": ("€ per {what}", "€ par {what}"),
    "weighing_reset": ("All to zero", "Tout à zéro"),
    "weighing_rank": ("Ranking", "Classement"),
    "weighing_score": ("Score", "Note"),
    "weighing_difference": ("Against {name}", "Face à {name}"),
    "weighing_live_sure": (
        "{first} comes first; its lead over {second} is beyond noise ({lead}).",
        "{first} arrive en tête ; son avance sur {second} dépasse le bruit ({lead}).",
    ),
    "weighing_live_noise": (
        "{first} comes first, but its lead over {second} cannot be told from noise ({lead}).",
        "{first} arrive en tête, mais son avance sur {second} ne se distingue pas du bruit ({lead}).",
    ),
    "weighing_note": (
        "± is Student’s 95% interval of the paired difference; “noise” is said unless the difference is beyond chance "
        "with the 5% shared among the alternatives (Bonferroni). Whoever tries many prices finds a winner by chance "
        "sooner or later.",
        "± : intervalle de Student à 95 % de l’écart apparié ; « bruit » sauf si l’écart dépasse le hasard, les 5 % "
        "étant partagés entre les variantes (Bonferroni). À force d’essayer des prix, on finit par trouver un "
        "vainqueur par hasard.",
    ),
    "weighing_amounts": (
        "What is priced, mean of a replication",
        "Ce qui reçoit un prix, moyenne par réplication",
    ),
    "weighing_no_script": (
        "Sliders need JavaScript; the amounts are in the table.",
        "Les curseurs demandent JavaScript ; les quantités sont dans le tableau.",
    ),
    "code_title": ("Your code for the workshop", "Votre code pour l’atelier"),
    "code_lead": (
        "Send it to whoever runs the workshop: it holds your prices, the department and the name you give, nothing "
        "else. A second code from this browser replaces the first.",
        "Envoyez-le à la personne qui anime l’atelier : il contient vos prix, la direction et le nom que vous "
        "indiquez, rien d’autre. Un second code de ce navigateur remplace le premier.",
    ),
    "code_no_department": ("not told", "non précisée"),
    "code_name": ("Name (optional)", "Nom (facultatif)"),
    "code_copy": ("Copy", "Copier"),
    "code_copied": ("Copied.", "Copié."),
    "code_copy_by_hand": ("Selected: copy it with Ctrl+C.", "Sélectionné : copiez-le avec Ctrl+C."),
}
