"""Words of the first steps: frame, predict, see."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # frame
    "frame_lead": (
        "What is compared, what differs, and what was only assumed.",
        "Ce qui est comparé, ce qui diffère, et ce qui n’est que supposé.",
    ),
    "frame_phone": (
        "Read what is compared. Contest any assumption you do not believe: it goes into the minutes, to be checked.",
        "Lisez ce qui est comparé. Contestez toute hypothèse à laquelle vous ne croyez pas : elle ira au compte rendu, "
        "à vérifier.",
    ),
    "frame_guide": (
        "Let everybody join with the code on the projector. Read the scenarios aloud; ask each department which "
        "assumption it does not believe.",
        "Faites entrer chacun avec le code projeté. Lisez les scénarios à voix haute ; demandez à chaque direction à "
        "quelle hypothèse elle ne croit pas.",
    ),
    "frame_takes": ("10", "10"),
    "today": ("today’s way, to which the others are compared", "la situation d’aujourd’hui, à laquelle on compare"),
    "more_differences_1": ("and one more difference", "et une autre différence"),
    "more_differences_n": ("and {n} more differences", "et {n} autres différences"),
    "shared_differences": (
        "All the others differ from “{name}” in this", "Toutes les autres diffèrent de « {name} » par ceci"
    ),
    "contested_n_1": ("One assumption is contested", "Une hypothèse est contestée"),
    "contested_n_n": ("{n} assumptions are contested", "{n} hypothèses sont contestées"),
    "contested_title": ("Contested assumptions", "Hypothèses contestées"),
    "none_contested": ("No assumption is contested.", "Aucune hypothèse n’est contestée."),
    "assumptions": ("What was assumed", "Ce qui est supposé"),
    "assumptions_lead": (
        "{n} numbers of today’s scenario that nobody measured. Contest those you do not believe.",
        "{n} nombres du scénario d’aujourd’hui que personne n’a mesurés. Contestez ceux auxquels vous ne croyez pas.",
    ),
    "assumptions_search": ("Search", "Rechercher"),
    "none_found": ("Nothing by that name.", "Rien de ce nom."),
    "show_all": ("Show all {n}", "Tout afficher ({n})"),
    "source": ("Source", "Source"),
    "confidence_assumed": ("assumed", "supposé"),
    "contest": ("Contest", "Contester"),
    "contest_this": ("Contest: {what}", "Contester : {what}"),
    "contest_why": ("What is wrong with it, and where would the true figure be found?",
                    "Qu’est-ce qui cloche, et où trouver le vrai chiffre ?"),
    "contest_said": ("Noted, for the minutes.", "Noté, pour le compte rendu."),
    # predict
    "predict_lead": (
        "What do you expect? Guess before anybody sees a result.",
        "À quoi vous attendez-vous ? Pariez avant de voir le moindre résultat.",
    ),
    "predict_phone": (
        "Guess the figures before you see them. Nobody is shown your guess before the results.",
        "Pariez sur les chiffres avant de les voir. Votre pari reste caché jusqu’aux résultats.",
    ),
    "predict_guide": (
        "Everybody guesses alone, without talking. A wild guess is welcome: what surprises is what is learnt. Go on "
        "when most have spoken; the results then show, and guesses are closed for good.",
        "Chacun parie seul, sans discuter. Un pari au hasard est bienvenu : c’est la surprise qui apprend. Passez à la "
        "suite quand la plupart se sont exprimés ; les résultats s’affichent alors et les paris sont clos.",
    ),
    "predict_takes": ("10", "10"),
    "predict_for": ("You guess for", "Vous pariez pour"),
    "predict_what": ("What is guessed", "Ce sur quoi l’on parie"),
    "predict_closed": (
        "The results have been shown; guesses are closed.", "Les résultats ont été montrés ; les paris sont clos."
    ),
    "guessed_of_1": ("{n} of {of} guessed", "{n} pari sur {of}"),
    "guessed_of_n": ("{n} of {of} guessed", "{n} paris sur {of}"),
    # see
    "see_lead": (
        "What the simulation says, beside what was guessed.",
        "Ce que dit la simulation, à côté des paris.",
    ),
    "see_phone": (
        "Your guesses beside what the simulation says. The band is its 95% interval.",
        "Vos paris à côté de la simulation. La bande est son intervalle à 95 %.",
    ),
    "see_guide": (
        "Stop at the line with the widest gap: who guessed so, and why? The scenario you choose is the one that the "
        "projector shows.",
        "Arrêtez-vous à la ligne où l’écart est le plus grand : qui a parié ainsi, et pourquoi ? Le scénario que vous "
        "choisissez est celui que montre le projecteur.",
    ),
    "see_takes": ("15", "15"),
    "results_coming": ("The results are coming…", "Les résultats arrivent…"),
    "simulated": ("Simulated", "Simulé"),
    "closest": ("closest: {name}", "au plus près : {name}"),
    "guess_inside": ("within the interval", "dans l’intervalle"),
    "guess_above": ("too high by {far}", "trop haut de {far}"),
    "guess_below": ("too low by {far}", "trop bas de {far}"),
    "you_said": ("You said {value}:", "Vous aviez dit {value} :"),
    "you_said_nothing": ("You made no guess.", "Vous n’aviez pas parié."),
    "shown_alternative": ("Scenario shown", "Scénario affiché"),
    "all_results": ("All scenarios", "Tous les scénarios"),
    "legend_truth": ("simulated, with its 95% interval", "simulé, avec son intervalle à 95 %"),
    "legend_guess": ("median guess of a department", "pari médian d’une direction"),
}
