"""Words of weighing and of where departments disagree."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "weigh_lead": (
        "What is it worth to your department, in euros, beyond the contribution?",
        "Qu’est-ce que cela vaut pour votre direction, en euros, au-delà de la contribution ?",
    ),
    "weigh_phone": (
        "Put a price on what matters to you beyond the contribution, or compare two by two; the ranking follows "
        "at once.",
        "Donnez un prix à ce qui compte pour vous au-delà de la contribution, ou comparez deux à deux ; le "
        "classement suit.",
    ),
    "weigh_guide": (
        "Each department prices what it cares about. Prices are opinions: ask for reasons, not for accuracy. Those who "
        "weighed in the report send their code; paste it at the side.",
        "Chaque direction donne un prix à ce qui lui importe. Un prix est une opinion : demandez des raisons, pas "
        "de la "
        "précision. Qui a pondéré dans le rapport envoie son code : collez-le à côté.",
    ),
    "weigh_takes": ("15", "15"),
    "weigh_by": ("How to weigh", "Façon de peser"),
    "weigh_by_sliders": ("Prices", "Prix"),
    "weigh_by_pairs": ("Two by two", "Deux à deux"),
    "weigh_by_lines": ("Red lines", "Lignes rouges"),
    "your_department": ("What you watch first", "Ce que vous regardez d’abord"),
    "no_criteria": (
        "Nothing of your department differs in this study; you may price what the others watch.",
        "Rien de votre direction ne varie dans cette étude ; vous pouvez donner un prix à ce que regardent les autres.",
    ),
    "euros_per": ("€ per {what}", "€ par {what}"),
    "per": ("per {what}", "par {what}"),
    "all_to_zero": ("All to zero", "Tout à zéro"),
    "not_a_price": ("Write a price in euros, zero or more.", "Écrivez un prix en euros, zéro ou plus."),
    "ranking": ("Ranking", "Classement"),
    "ranking_note": (
        "Score = contribution − Σ price × amount; bars are parts of what is at stake.",
        "Note = contribution − Σ prix × quantité ; les barres sont des parts de l’enjeu.",
    ),
    "first": ("first", "premier"),
    "behind": ("{euros} behind", "{euros} derrière"),
    "with_your_prices": ("With your prices:", "Avec vos prix :"),
    "lead_sure": ("ahead by {euros}, beyond noise", "en tête de {euros}, au-delà du bruit"),
    "lead_noise": ("ahead by {euros}, not beyond noise", "en tête de {euros}, dans le bruit"),
    "no_price_yet": ("No price yet: the contribution decides.", "Pas encore de prix : la contribution décide."),
    "prefers": ("Prefers", "Préfère"),
    "not_sure": ("within noise", "dans le bruit"),
    "median_note": (
        "A department’s price is the median of those its people gave.",
        "Le prix d’une direction est la médiane de ceux que ses membres ont donnés.",
    ),
    # two by two
    "one_euro_of_contribution": ("euro of contribution", "euro de contribution"),
    "pair_title": ("Which of the two improvements is worth more?", "Laquelle de ces deux améliorations vaut plus ?"),
    "pair_lead": (
        "Each goes all the way from the worst to the best scenario of the study.",
        "Chacune va du plus mauvais au meilleur scénario de l’étude.",
    ),
    "pair_contribution": ("more contribution", "plus de contribution"),
    "pair_from_to": ("from {from} to {to}", "de {from} à {to}"),
    "pair_same": ("Both are worth the same.", "Les deux se valent."),
    "pair_times": ("Worth {n} times as much: {what}.", "Vaut {n} fois plus : {what}."),
    "pair_choose": ("Choose where you stand.", "Choisissez votre position."),
    "pair_of": ("{n} of {of}; {done} done", "{n} sur {of} ; {done} faites"),
    "pair_contradiction": (
        "Your comparisons contradict one another most here: “{a}” against “{b}”; the others suggest that the first "
        "weighs {n} times the second.",
        "Vos comparaisons se contredisent surtout ici : « {a} » face à « {b} » ; les autres suggèrent que la première "
        "pèse {n} fois la seconde.",
    ),
    "pair_prices": ("The prices this comes to", "Les prix qui en résultent"),
    "pair_prices_note": (
        "A price you set by hand takes the place of the one worked out.",
        "Un prix réglé à la main remplace celui qui est calculé.",
    ),
    # red lines
    "line_title": ("A limit that must not be crossed", "Une limite à ne pas franchir"),
    "line_lead": (
        "Whatever is gained elsewhere: a scenario beyond it is not your department’s choice.",
        "Quoi qu’on gagne ailleurs : un scénario au-delà n’est pas le choix de votre direction.",
    ),
    "line_what": ("Of what", "Sur quoi"),
    "never_above": ("Never above", "Jamais plus de"),
    "never_below": ("Never below", "Jamais moins de"),
    "line_now": ("The scenarios go from {least} to {most}.", "Les scénarios vont de {least} à {most}."),
    "line_add": ("Draw the line", "Tracer la ligne"),
    "line_drawn": ("The line is drawn.", "La ligne est tracée."),
    "at_most": ("{what}: at most {limit}", "{what} : au plus {limit}"),
    "at_least": ("{what}: at least {limit}", "{what} : au moins {limit}"),
    "crossed_by": ("Crossed by", "Franchie par"),
    "crossed_by_none": ("No scenario crosses it.", "Aucun scénario ne la franchit."),
    "take_back": ("Take back", "Retirer"),
    "take_back_this": ("Take back the line: {what}", "Retirer la ligne : {what}"),
    # codes
    "pasted_title": ("Codes from the report", "Codes du rapport"),
    "pasted_lead": (
        "Paste mails or codes (OW1-…), as many as you like; a second code of one person replaces the first.",
        "Collez des courriels ou des codes (OW1-…), autant que vous voulez ; le second code d’une personne "
        "remplace le premier.",
    ),
    "pasted_count": ("Count them", "Les compter"),
    "no_code_in_it": ("There is no code in this text.", "Il n’y a pas de code dans ce texte."),
    "codes_taken_1": ("One code is on its way.", "Un code est pris en compte."),
    "codes_taken_n": ("{n} codes are on their way.", "{n} codes sont pris en compte."),
    "code_shape": ("not a code", "ce n’est pas un code"),
    "code_version": ("of another version", "d’une autre version"),
    "code_checksum": ("damaged: a sign is wrong", "abîmé : un signe est faux"),
    "code_study": ("of another study", "d’une autre étude"),
    "code_content": ("cannot be read", "illisible"),
    # disagree
    "disagree_lead": (
        "Who prefers what, what drives it, and what each would give up.",
        "Qui préfère quoi, ce qui l’explique, et ce que chacun y perdrait.",
    ),
    "disagree_phone": (
        "What your department prefers at its prices, and what it would give up with the others’ choice.",
        "Ce que votre direction préfère à ses prix, et ce qu’elle perdrait avec le choix des autres.",
    ),
    "disagree_guide": (
        "Read the sentence of each pair aloud. Ask the two: would you move that one price? Then look at the compromise "
        "and propose it, or another line.",
        "Lisez la phrase de chaque paire. Demandez aux deux : bougeriez-vous ce seul prix ? Regardez ensuite le "
        "compromis "
        "et proposez-le, ou une autre ligne.",
    ),
    "disagree_takes": ("15", "15"),
    "nobody_weighed": ("Nobody has weighed yet.", "Personne n’a encore pesé."),
    "all_prefer": ("All departments prefer {name}.", "Toutes les directions préfèrent {name}."),
    "they_differ_1": ("One pair of departments differs: {names}.", "Deux directions s’opposent : {names}."),
    "they_differ_n": ("{n} pairs of departments differ: {names}.", "{n} paires de directions s’opposent : {names}."),
    "regret_title": ("What each would give up", "Ce que chacun y perdrait"),
    "regret_lead": (
        "In euros against its own best, at its prices. The first line is the best compromise.",
        "En euros face à son meilleur choix, à ses prix. La première ligne est le meilleur compromis.",
    ),
    "prefers_this": ("prefers", "préfère"),
    "gives_up_nothing": ("nothing", "rien"),
    "gives_up": ("gives up {euros}", "y perd {euros}"),
    "crosses_line": ("crosses a red line", "franchit une ligne rouge"),
    "best_compromise": ("best compromise", "meilleur compromis"),
    "off_front": ("another is better for all", "un autre est meilleur pour tous"),
    "your_department_prefers": ("Your department prefers", "Votre direction préfère"),
    "why_differ": ("Why they differ", "Pourquoi elles s’opposent"),
    "pair_wants": ("{a} wants {want_a}, {b} wants {want_b}.", "{a} veut {want_a}, {b} veut {want_b}."),
    "driver_alone": (
        "One price drives it: “{what}”, {here} for {a}, {there} for {b}.",
        "Un seul prix l’explique : « {what} », {here} pour {a}, {there} pour {b}.",
    ),
    "driver_most": (
        "No single price explains it; most comes from “{what}”, {here} for {a}, {there} for {b}.",
        "Aucun prix ne l’explique seul ; surtout « {what} », {here} pour {a}, {there} pour {b}.",
    ),
    "driver_flip": ("At {at}, {a} would change its mind.", "À {at}, {a} changerait d’avis."),
    "driver_line": ("A red line drives it: {what}.", "Une ligne rouge l’explique : {what}."),
    "driver_none": ("No price explains it.", "Aucun prix ne l’explique."),
    "gives_up_each": (
        "With the other’s choice {a} gives up {euros_a}, {b} {euros_b}.",
        "Avec le choix de l’autre, {a} perd {euros_a}, {b} {euros_b}.",
    ),
    "compromise": ("Best compromise:", "Meilleur compromis :"),
    "compromise_worst": (
        "Worst off is {name}, which gives up {euros}.", "La moins bien servie est {name}, qui perd {euros}."
    ),
    "compromise_free": ("It costs nobody anything.", "Il ne coûte rien à personne."),
    "compromise_crosses": ("It crosses a red line of {names}.", "Il franchit une ligne rouge de {names}."),
    "proposal": ("Proposal", "Proposition"),
    "propose": ("Propose", "Proposer"),
    "propose_this": ("Propose {name}", "Proposer {name}"),
    "is_proposed": ("proposed", "proposé"),
}
