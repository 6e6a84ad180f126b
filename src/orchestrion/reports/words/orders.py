"""Words of what becomes of orders and wishes: promises, flows of demand, customers recovered or moved."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # promise
    "promise_chart": ("Against the promise", "Face à la promesse"),
    "promise_lead": (
        "All orders accepted in the measured time, home and collection, by the moment of their last parcel (or of "
        "being ready) against the moment promised.",
        "Toutes les commandes acceptées pendant la mesure, domicile et retrait, selon l’instant du dernier colis (ou "
        "de la mise à disposition) par rapport à l’instant promis.",
    ),
    "promise_alt": (
        "Stacked bars: orders by how early or late they were against the promise, one bar per alternative",
        "Barres empilées : commandes selon leur avance ou retard sur la promesse, une barre par variante",
    ),
    "delivery_chart": ("Home orders by days", "Commandes à domicile par jours"),
    "early_2": ("more than 1 day early", "plus d’un jour d’avance"),
    "early_1": ("up to 1 day early", "jusqu’à un jour d’avance"),
    "late_1": ("up to 1 day late", "jusqu’à un jour de retard"),
    "late_2": ("more than 1 day late", "plus d’un jour de retard"),
    "never": ("not received by the end", "non reçue à la fin"),
    "on_time": ("on time {value}", "à l’heure {value}"),
    # stockouts and lost sales
    "over_time_choose": ("Show", "Afficher"),
    # demand flow
    "nav_channels": ("Demand", "Demande"),
    "channels_title": ("What became of the demand", "Ce qu’est devenue la demande"),
    "channels_lead": (
        "Units wished in the measured time, from the channel they were asked in, through the node that served them, to "
        "what became of them; mean of a replication. The busiest nodes by name, the others together.",
        "Unités demandées pendant la mesure, du canal où elles l’ont été, par le nœud qui les a servies, à ce qu’elles "
        "sont devenues ; moyenne par réplication. Les nœuds les plus chargés par leur nom, les autres ensemble.",
    ),
    "channels_online": (
        " Walk-in customers are left out: this study kept the wishes of online customers only.",
        " Sans les clients en magasin : cette étude n’a gardé que les demandes en ligne.",
    ),
    "channels_alt": (
        "Flow chart: units from channel to node to outcome",
        "Diagramme de flux : unités, du canal au nœud et à l’issue",
    ),
    "channels_choose": ("Show the demand of", "Afficher la demande de"),
    "channel_short.web": ("web", "web"),
    "channel_short.app": ("app", "appli"),
    "channel_short.walk_in": ("stores", "magasin"),
    "channel_short.store": ("tablet", "tablette"),
    "channel_short.marketplace": ("market", "marché"),
    "end_short.on_time": ("on time", "à l’heure"),
    "end_short.late": ("late", "en retard"),
    "end_short.open": ("open", "en route"),
    "end_short.counter": ("counter", "comptoir"),
    "end_short.cancelled": ("cancelled", "annulées"),
    "end_short.lost": ("lost", "perdues"),
    "end_short.declined": ("left", "parties"),
    "end_short.waiting": ("waiting", "attente"),
    "channel.web": ("web", "web"),
    "channel.app": ("app", "application"),
    "channel.walk_in": ("store customers", "clients en magasin"),
    "channel.store": ("store tablet", "tablette en magasin"),
    "channel.marketplace": ("marketplace", "place de marché"),
    "other_warehouses": ("other warehouses", "autres entrepôts"),
    "other_stores": ("other stores", "autres magasins"),
    "no_node": ("no node", "aucun nœud"),
    "end.on_time": ("received by the promise", "reçues comme promis"),
    "end.late": ("received late", "reçues en retard"),
    "end.open": ("under way at the end", "en route à la fin"),
    "end.counter": ("carried out of a store", "emportées du magasin"),
    "end.cancelled": ("cancelled", "annulées"),
    "end.lost": ("lost for lack of stock", "perdues faute de stock"),
    "end.declined": ("left: too slow, too dear, undeliverable", "parties : trop lent, trop cher, non livrable"),
    "end.waiting": ("still waiting", "en attente"),
    "flow_from": ("From", "De"),
    "flow_to": ("To", "Vers"),
    "flow_units": ("Units", "Unités"),
    # customer by customer
    "nav_moved": ("Customers", "Clients"),
    "moved_title": ("Recovered, or only moved?", "Récupéré, ou seulement déplacé ?"),
    "moved_lead": (
        "The same customers met every alternative, so each wish is followed from {name} to the alternative chosen: "
        "sales won, lost, and only moved from place to place. Prices with VAT, a replication, with 95% intervals.",
        "Les mêmes clients ont rencontré chaque variante : chaque souhait est suivi de {name} à la variante choisie. "
        "Ventes gagnées, perdues, ou seulement déplacées. Prix TTC, par réplication, intervalles à 95 %.",
    ),
    "moved_online": (
        " Online customers only: walk-in wishes were not kept.",
        " Clients en ligne seulement : les demandes en magasin n’ont pas été gardées.",
    ),
    "moved_choose": ("From {name} to", "De {name} à"),
    "moved_alt": (
        "Bars: sales won, lost and moved against the baseline",
        "Barres : ventes gagnées, perdues et déplacées par rapport à la référence",
    ),
    "moved_says": (
        "{name}: {recovered} recovered a replication, {lost} lost, {moved} only moved; in all {all}.",
        "{name} : {recovered} récupérés par réplication, {lost} perdus, {moved} seulement déplacés ; au total {all}.",
    ),
    "moved_movement": ("What happened", "Ce qui s’est passé"),
    "moved_wishes": ("Wishes", "Souhaits"),
    "moved_sales": ("Sales before → now [€]", "Ventes avant → après [€]"),
    "moved_change": ("Change [€]", "Variation [€]"),
    "move.lost_to_served": ("lost before, sold now", "perdues, désormais vendues"),
    "move.served_to_lost": ("online sales now lost", "en ligne, désormais perdues"),
    "move.walk-in_displaced": ("walk-in sales now lost", "en magasin, désormais perdues"),
    "move.waiting_to_served": ("waiting before, sold now", "en attente, désormais vendues"),
    "move.served_to_waiting": ("sold before, waiting now", "vendues, désormais en attente"),
    "move.store_to_web": ("moved from counter to order", "du comptoir à une commande"),
    "move.web_to_store": ("moved from order to counter", "d’une commande au comptoir"),
    "move.store_to_other_store": ("moved to another store", "vers un autre magasin"),
    "move.more_units": ("more units sold", "davantage d’unités vendues"),
    "move.fewer_units": ("fewer units sold", "moins d’unités vendues"),
    "move.sooner": ("sold alike, received earlier", "vendues de même, reçues plus tôt"),
    "move.later": ("sold alike, received later", "vendues de même, reçues plus tard"),
    "move.received_to_open": ("sold alike, not yet received", "vendues de même, pas encore reçues"),
    "move.open_to_received": ("sold alike, received by the end", "vendues de même, reçues à la fin"),
    "move.same": ("no change for the customer", "rien ne change pour le client"),
    "move.unserved": ("sold neither before nor now", "vendues ni avant ni maintenant"),
    "move.all": ("all", "tout"),
}
