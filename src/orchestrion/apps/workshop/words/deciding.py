"""Words of the last steps: try, decide, minutes."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # try
    "try_lead": (
        "Change a rule or a threshold; it is simulated while you talk.",
        "Changez une règle ou un seuil ; c’est simulé pendant que vous discutez.",
    ),
    "try_phone": (
        "Propose a change of rule or threshold; the facilitator starts it.",
        "Proposez un changement de règle ou de seuil ; l’animateur le lance.",
    ),
    "try_guide": (
        "Start one trial after the other: five replications come first, more while people talk. Intervals narrow as "
        "replications come in; do not decide on a difference that is not told apart from noise.",
        "Lancez les essais l’un après l’autre : cinq réplications d’abord, davantage pendant la discussion. Les "
        "intervalles se resserrent ; ne décidez pas sur un écart qui ne se distingue pas du bruit.",
    ),
    "try_takes": ("20", "20"),
    "try_propose": ("Propose a trial", "Proposer un essai"),
    "try_own": ("A trial of your own", "Lancer un essai"),
    "trials": ("Trials", "Essais"),
    "no_trial": ("No trial yet.", "Pas encore d’essai."),
    "earlier_trials_1": ("and an earlier one", "et un essai plus ancien"),
    "earlier_trials_n": ("and {n} earlier ones", "et {n} essais plus anciens"),
    "trial_base": ("Start from", "Partir de"),
    "trial_policy": ("Rule", "Règle"),
    "rule_stays": ("unchanged", "inchangée"),
    "rule_parameters_1": ("Its parameter", "Son paramètre"),
    "rule_parameters_n": ("Its {n} parameters", "Ses {n} paramètres"),
    "lever": ("Threshold", "Seuil"),
    "lever_none": ("none", "aucun"),
    "lever_value": ("New value (today {now})", "Nouvelle valeur (aujourd’hui {now})"),
    "trial_label": ("Name of the trial", "Nom de l’essai"),
    "trial_send": ("Propose it", "Le proposer"),
    "trial_run_now": ("Run it", "Le lancer"),
    "change_something": ("Change the rule or a threshold.", "Changez la règle ou un seuil."),
    "trial_started": ("The trial starts.", "L’essai démarre."),
    "trial_proposed_said": ("Proposed; the facilitator starts it.", "Proposé ; l’animateur le lance."),
    "trial_of": ("from {base}:", "à partir de {base} :"),
    "trial_proposed": ("proposed", "proposé"),
    "trial_queued": ("waits its turn", "attend son tour"),
    "trial_running": ("running", "en cours"),
    "trial_done": ("simulated", "simulé"),
    "trial_cancelled": ("cancelled", "annulé"),
    "trial_failed": ("failed", "échoué"),
    "trial_run": ("Run", "Lancer"),
    "trial_cancel": ("Cancel", "Annuler"),
    "replications_of_1": ("{n} of {of} replications", "{n} réplication sur {of}"),
    "replications_of_n": ("{n} of {of} replications", "{n} réplications sur {of}"),
    "trial_done_of_1": ("{n} of {of} replications done", "{n} réplication faite sur {of}"),
    "trial_done_of_n": ("{n} of {of} replications done", "{n} réplications faites sur {of}"),
    "better": ("better", "mieux"),
    "worse": ("worse", "moins bien"),
    "no_change": ("no difference", "aucun écart"),
    "apart": ("beyond noise", "au-delà du bruit"),
    "not_apart": ("within noise", "dans le bruit"),
    # decide
    "decide_lead": (
        "One proposal, one answer each: agree, can live with it, or object and say why.",
        "Une proposition, une réponse chacun : d’accord, je peux vivre avec, ou objection motivée.",
    ),
    "decide_phone": (
        "Can you work with this proposal? Consent does not ask whether it is your favourite.",
        "Pouvez-vous travailler avec cette proposition ? Le consentement ne demande pas si c’est votre préférée.",
    ),
    "decide_guide": (
        "Choose a proposal. Ask for objections first and take each seriously: an objection is a reason to change the "
        "proposal, not a vote. Another proposal begins a new round.",
        "Choisissez une proposition. Demandez d’abord les objections et prenez-les au sérieux : une objection est une "
        "raison de changer la proposition, pas un vote. Une autre proposition ouvre un nouveau tour.",
    ),
    "decide_takes": ("15", "15"),
    "no_proposal": ("Nothing is proposed yet.", "Rien n’est encore proposé."),
    "choose_proposal": ("choose…", "choisir…"),
    "choose_note": (
        "Another proposal begins a new round: consents given so far are to the old one and are taken off.",
        "Une autre proposition ouvre un nouveau tour : les accords donnés jusqu’ici portent sur l’ancienne et "
        "sont retirés.",
    ),
    "proposed": ("Proposed", "Proposé"),
    "your_consent": ("Your consent", "Votre consentement"),
    "choice_agree": ("Agree", "D’accord"),
    "choice_live_with": ("Can live with it", "Je peux vivre avec"),
    "choice_object": ("Object", "Objection"),
    "choice_agree_means": ("I support it.", "Je la soutiens."),
    "choice_live_with_means": ("Not my first choice; I will work with it.", "Pas mon premier choix ; je ferai avec."),
    "choice_object_means": ("It would do harm; I say why.", "Elle ferait du tort ; je dis pourquoi."),
    "not_spoken": ("not yet", "pas encore"),
    "reasons": ("What was said", "Ce qui a été dit"),
    "reason_any": ("A remark for the minutes (optional)", "Une remarque pour le compte rendu (facultatif)"),
    "reason_object": ("Why do you object? What would have to change?", "Pourquoi ? Que faudrait-il changer ?"),
    "reason_needed": ("Say why you object.", "Dites pourquoi vous vous opposez."),
    "reason_send": ("Add the remark", "Ajouter la remarque"),
    "object_send": ("Object", "M’opposer"),
    "consent_noted": ("Noted. You may change your mind until the round ends.",
                      "Noté. Vous pouvez changer d’avis jusqu’à la fin du tour."),
    "you_chose": ("You said: {choice}", "Vous avez dit : {choice}"),
    "outcome_open": ("Nobody has spoken yet.", "Personne ne s’est encore exprimé."),
    "outcome_waiting": (
        "No objection so far; {missing} have not spoken.",
        "Pas d’objection jusqu’ici ; {missing} à entendre.",
    ),
    "outcome_objected": (
        "Objections: {n}. The proposal is not carried.",
        "Objections : {n}. La proposition n’est pas adoptée.",
    ),
    "outcome_reserved": ("Carried, with reservations.", "Adoptée, avec des réserves."),
    "outcome_agreed": ("Carried: all agree.", "Adoptée : tout le monde est d’accord."),
    # minutes
    "minutes_lead": (
        "What was decided, and what stays to be checked.",
        "Ce qui est décidé, et ce qui reste à vérifier.",
    ),
    "minutes_phone": (
        "Take the minutes with you: one file with the decision, the weights, the objections and how to reproduce "
        "it all.",
        "Emportez le compte rendu : un fichier avec la décision, les poids, les objections et de quoi tout reproduire.",
    ),
    "minutes_guide": (
        "Read the decision and the open points aloud, take the file, then close the workshop. The same command "
        "opens it "
        "again.",
        "Lisez la décision et les points ouverts, téléchargez le fichier, puis clôturez l’atelier. La même commande le "
        "rouvre.",
    ),
    "minutes_takes": ("5", "5"),
    "nothing_decided": ("Nothing was proposed.", "Rien n’a été proposé."),
    "decided": ("Decided", "Décidé"),
    "to_check": ("To be checked", "À vérifier"),
    "minutes_html": ("Take the minutes (HTML)", "Télécharger le compte rendu (HTML)"),
    "minutes_pdf": ("As PDF", "En PDF"),
    "minutes_taking": ("Being written…", "En préparation…"),
    "minutes_taken": ("The file is among your downloads.", "Le fichier est dans vos téléchargements."),
    "minutes_failed": ("The minutes could not be taken.", "Le compte rendu n’a pas pu être téléchargé."),
    "minutes_file": ("minutes", "compte_rendu"),
}
