"""What the web shows against what is there: hidden units, and phantoms."""

from __future__ import annotations

from orchestrion.domain.codes import Outcome, Reason, Scope
from orchestrion.kpis.cases import Ratio
from orchestrion.kpis.family import kpi
from orchestrion.kpis.reading import Reading


@kpi(
    "hidden_rate",
    label=("Hidden stock, web", "Stock caché, web"),
    unit="share",
    direction="less",
    definition=(
        "Share of the web catalogue's SKU time during which the web shows none of the SKU although a node has one "
        "that is not promised: seconds hidden over web-ranged SKUs x measured seconds. Recorded only where the "
        "scenario's records may be wrong or its contact points are fed by a matrix.",
        "Part du temps-référence du catalogue web pendant laquelle le web n'affiche aucune unité alors qu'un point "
        "de stock en a une de libre : secondes cachées sur références vendues en ligne x secondes mesurées. Relevé "
        "seulement si les stocks enregistrés du scénario peuvent être faux ou si une matrice alimente ses points de"
        " contact.",
    ),
)
def hidden_rate(reading: Reading) -> Ratio:
    return Ratio(*reading.catalogue_spells(Scope.HIDDEN, reading.web_ranged))


@kpi(
    "phantom_rate",
    label=("Phantom stock, web", "Stock fantôme, web"),
    unit="share",
    direction="less",
    definition=(
        "Share of the web catalogue's SKU time during which the web shows the SKU although no node that it sees has"
        " one that is not promised: seconds of phantoms over web-ranged SKUs x measured seconds. Recorded only "
        "where the scenario's records may be wrong or its contact points are fed by a matrix.",
        "Part du temps-référence du catalogue web pendant laquelle le web affiche la référence alors qu'aucun point"
        " de stock qu'il voit n'en a une de libre : secondes de fantômes sur références vendues en ligne x secondes"
        " mesurées. Relevé seulement si les stocks enregistrés du scénario peuvent être faux ou si une matrice "
        "alimente ses points de contact.",
    ),
)
def phantom_rate(reading: Reading) -> Ratio:
    return Ratio(*reading.catalogue_spells(Scope.PHANTOM, reading.web_ranged))


@kpi(
    "hidden_demand_share",
    label=("Hidden stock by demand, web", "Stock caché pondéré par la demande, web"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value of potential online lines asked for while the web showed none of the SKU although a "
        "node had one; the customer who takes the last unit shown is not among them.",
        "Part de la valeur des lignes potentielles en ligne demandées alors que le web n'affichait aucune unité "
        "mais qu'un point de stock en avait une ; le client qui prend la dernière unité affichée n'en fait pas "
        "partie.",
    ),
)
def hidden_demand_share(reading: Reading) -> Ratio:
    return Ratio(reading.asked("value", reading.asked_while_out(Scope.HIDDEN, reading.online)), reading.online_value)


@kpi(
    "phantom_lost_share",
    label=("Lost to phantoms", "Perdu par stock fantôme"),
    unit="share",
    direction="less",
    definition=(
        "Share of the value of potential online lines that were accepted on a late feed for units already gone, "
        "waited, and were cancelled.",
        "Part de la valeur des lignes potentielles en ligne acceptées, par un affichage en retard, pour des unités "
        "déjà parties, puis mises en attente et annulées.",
    ),
)
def phantom_lost_share(reading: Reading) -> Ratio:
    outcome, reason = reading.requests["outcome"], reading.requests["reason"]
    gone = reading.online & (outcome == Outcome.CANCELLED) & (reason == Reason.PHANTOM)
    return Ratio(reading.asked("value", gone), reading.online_value)
