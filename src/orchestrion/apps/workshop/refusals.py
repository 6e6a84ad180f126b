"""Why something was refused, in words for the person whose message it was."""

from __future__ import annotations

from orchestrion.kpis.family import Text

REASONS: dict[str, Text] = {
    "bad_message": Text("This message could not be understood.", "Ce message n'a pas pu être compris."),
    "unknown_kind": Text("This message could not be understood.", "Ce message n'a pas pu être compris."),
    "unknown_name": Text("There is nothing of that name here.", "Rien ne porte ce nom ici."),
    "bad_number": Text("Write a number within the range shown.", "Écrivez un nombre dans la plage indiquée."),
    "nothing_said": Text("Write something first.", "Écrivez d'abord quelque chose."),
    "too_long": Text("That is too long; say it shorter.", "C'est trop long ; dites-le plus court."),
    "too_large": Text("This message is too large.", "Ce message est trop grand."),
    "too_many": Text("That is enough of these for now.", "Il y en a assez pour l'instant."),
    "too_fast": Text("Too fast; wait a moment and try again.", "Trop vite ; attendez un instant et réessayez."),
    "not_yours": Text("Only somebody else may do that.", "Seule une autre personne peut faire cela."),
    "not_here": Text("You are not in this workshop; join again.", "Vous n'êtes pas dans cet atelier ; rejoignez-le."),
    "not_now": Text("Not in this step.", "Pas à cette étape."),
    "too_late": Text(
        "The results have been shown; guesses are closed.", "Les résultats ont été montrés ; les paris sont clos."),
    "closed": Text("The workshop is closed.", "L'atelier est clos."),
    "full": Text("The workshop is full.", "L'atelier est complet."),
    "name_taken": Text("Something here already has that name.", "Ce nom est déjà pris ici."),
    "no_proposal": Text("Nothing is proposed yet.", "Rien n'est encore proposé."),
    "other_proposal": Text("The proposal has changed; read it again.", "La proposition a changé ; relisez-la."),
    "reason_needed": Text("Say why you object.", "Dites pourquoi vous vous opposez."),
    "not_to_be_tried": Text("That cannot be tried in the room:", "Cela ne peut pas être essayé en séance :"),
    "not_offered": Text(
        "A trial changes only what the page offers:", "Un essai ne change que ce que la page propose :"),
    "wrong_code": Text("That is not the code; look at the screen.", "Ce n'est pas le code ; regardez l'écran."),
    "wrong_link": Text("This link is not known here.", "Ce lien n'est pas connu ici."),
    "wrong_place": Text("This page was not opened from the workshop.", "Cette page ne vient pas de l'atelier."),
    "not_printed": Text(
        "It could not be printed; take the page and print it from your browser.",
        "L'impression a échoué ; prenez la page et imprimez-la depuis votre navigateur.",
    ),
    "not_a_code": Text("This is no code, or a sign in it is wrong.", "Ce n'est pas un code, ou un signe y est faux."),
    "other_study": Text("This code is of another study.", "Ce code est celui d'une autre étude."),
    "no_department": Text(
        "This code names no department; ask its sender to choose one.",
        "Ce code ne nomme aucune direction ; demandez à son auteur d'en choisir une.",
    ),
    "not_kept": Text("It could not be written down; nothing changed.", "Cela n'a pas pu être noté ; rien n'a changé."),
}  # fmt: skip


def words(reason: str, lang: str) -> str:
    """What the person is told."""
    return REASONS.get(reason, REASONS["bad_message"])[lang]
