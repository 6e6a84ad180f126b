"""What the report says on every page, and in its oldest sections, in English and in French."""

from __future__ import annotations

# key -> (English, French)
WORDS: dict[str, tuple[str, str]] = {
    # page
    "default_title": ("{n} ways to serve the same customers", "{n} façons de servir les mêmes clients"),
    "default_question": (
        "What would each change against “{name}”: stockouts, delivery time, cost, CO2e and the retailer’s "
        "contribution?",
        "Que changerait chacune par rapport à « {name} » : ruptures, délais, coût, CO2e et contribution de "
        "l’enseigne ?",
    ),
    "skip": ("Skip to the results", "Aller aux résultats"),
    "contents": ("Contents", "Sommaire"),
    "theme": ("Light or dark", "Clair ou sombre"),
    "print": ("Print", "Imprimer"),
    "no_charts": (
        "This browser cannot draw the charts; their figures are in the tables below them.",
        "Ce navigateur ne peut pas tracer les graphiques ; leurs chiffres sont dans les tableaux qui les suivent.",
    ),
    "chart_waits": ("Drawing…", "Tracé en cours…"),
    "data_behind": ("Figures behind this chart", "Les chiffres de ce graphique"),
    "tables_n": ("{n} tables", "{n} tableaux"),
    "alternative": ("Alternative", "Variante"),
    "alternatives_n": ("{n} alternatives", "{n} variantes"),
    "replications_n": ("{n} replications each", "{n} réplications chacune"),
    "replications_alone": ("{n} replications", "{n} réplications"),
    "replications_1": ("1 replication: no interval can be given", "1 seule réplication : aucun intervalle possible"),
    "nodes_n": ("{n} nodes", "{n} nœuds"),
    "days_n": ("{n} days measured", "{n} jours mesurés"),
    "seed_n": ("seed {n}", "graine {n}"),
    "study": ("Study", "Étude"),
    "made_with": ("Made with Orchestrion {version}.", "Réalisé avec Orchestrion {version}."),
    "offline": (
        "This page is one file; it needs no network and sends nothing.",
        "Cette page tient en un seul fichier ; elle n’a besoin d’aucun réseau et n’envoie rien.",
    ),
    "baseline": ("baseline", "référence"),
    "vs": ("vs {name}", "vs {name}"),
    "interval_95": ("95% interval", "intervalle à 95\u202f%"),
    "colon": (":", " :"),
    "labelled": ("{name}: {value}", "{name} : {value}"),
    "drawn_closely": (
        "Of {all} alternatives this part shows {n}: the baselines, the one shown first and the highest contributions.",
        "Des {all} variantes, cette partie en montre {n} : les références, celle affichée d’abord et les plus fortes "
        "contributions.",
    ),
    "to": ("{low} to {high}", "{low} à {high}"),
    # verdicts
    "better": ("better", "mieux"),
    "worse": ("worse", "moins bien"),
    "noise": ("not distinguishable from noise", "indiscernable du bruit"),
    "noise_short": ("noise", "bruit"),
    "same": ("no difference", "aucune différence"),
    "higher": ("higher", "plus haut"),
    "lower": ("lower", "plus bas"),
    "unknown": ("one replication: unknown", "une réplication : inconnu"),
    "best": ("best", "meilleur"),
    "tied": ("among the best", "parmi les meilleurs"),
    "best_title": (
        "Better than every other alternative; paired differences, Holm-adjusted.",
        "Mieux que toutes les autres variantes ; différences appariées, correction de Holm.",
    ),
    "tied_title": (
        "The best cannot be told apart from this one at this precision.",
        "À cette précision, le meilleur ne s’en distingue pas.",
    ),
    # headline
    "in_short": ("In one minute", "En une minute"),
    "cards_title": ("Compared with {name}", "Comparé à {name}"),
    "cards_alone": ("The figures of {name}", "Les chiffres de {name}"),
    "rule_by_rule": ("Rule by rule, in words", "Règle par règle, en toutes lettres"),
    "cards_choose": ("Show the figures of", "Afficher les chiffres de"),
    "cards_first": (
        "Shown first: the highest contribution among the alternatives that are better than the baseline beyond noise "
        "in some KPI, or differ from it where none is. "
        "It is a reading aid, not a winner: no score hides the trade-offs below.",
        "Affichée d’abord : la plus forte contribution parmi les variantes meilleures que la référence au-delà du "
        "bruit pour un indicateur, ou qui s’en écartent s’il n’y en a pas. C’est une aide à la lecture, pas un "
        "vainqueur : aucune note ne masque les arbitrages ci-dessous.",
    ),
    # table
    "nav_headline": ("In one minute", "En une minute"),
    "nav_table": ("KPIs", "Indicateurs"),
    "table_title": ("Headline KPIs", "Indicateurs principaux"),
    "table_lead": (
        "Mean of {n} replications ± half-width of the 95% interval; then the paired difference against {name}, "
        "which has the same customers and the same mishaps.",
        "Moyenne de {n} réplications ± demi-largeur de l’intervalle à 95\u202f% ; puis l’écart apparié avec {name}, "
        "qui sert les mêmes clients avec les mêmes aléas.",
    ),
    "table_lead_alone": (
        "Mean of {n} replications ± half-width of the 95% interval.",
        "Moyenne de {n} réplications ± demi-largeur de l’intervalle à 95\u202f%.",
    ),
    "table_lead_1": (
        "One replication: no interval, so no difference can be told from noise.",
        "Une seule réplication : aucun intervalle, donc aucun écart ne se distingue du bruit.",
    ),
    "table_note": (
        "★ better than every other alternative beyond noise (paired Student tests, Holm over the {k} headline "
        "KPIs and all "
        "pairs with the leader); “among the best” where that cannot be said. Intervals of levels and differences are "
        "unadjusted; verdicts are Holm-adjusted.",
        "★ mieux que toutes les autres au-delà du bruit (tests de Student appariés, Holm sur les {k} "
        "indicateurs principaux "
        "et toutes les paires avec le premier) ; « parmi les meilleurs » quand on ne peut l’affirmer. Les "
        "intervalles ne "
        "sont pas ajustés ; les verdicts le sont (Holm).",
    ),
    "less_better": ("less is better", "moins, c’est mieux"),
    "more_better": ("more is better", "plus, c’est mieux"),
    # additions
    "nav_additions": ("What each rule adds", "Apport des règles"),
    "additions_title": ("What each rule adds to {name}", "Ce que chaque règle ajoute à {name}"),
    "additions_lead": (
        "Paired differences against {name}: dot and 95% interval, the upright line is zero. "
        "Right of it is more, left is less; the word says whether that is an improvement.",
        "Écarts appariés avec {name} : point et intervalle à 95\u202f%, le trait vertical marque zéro. "
        "À droite c’est plus, à gauche c’est moins ; le mot dit si c’est un progrès.",
    ),
    # tradeoff
    "nav_tradeoff": ("Trade-offs", "Arbitrages"),
    "tradeoff_title": ("One thing against another", "Une chose contre une autre"),
    "tradeoff_lead": (
        "Each mark is an alternative, with its 95% intervals. Choose the two KPIs to hold against each other.",
        "Chaque marque est une variante, avec ses intervalles à 95\u202f%. Choisissez les deux indicateurs à "
        "confronter.",
    ),
    "tradeoff_alt": ("Scatter chart of {x} against {y}, by alternative", "Nuage de points : {x} et {y}, par variante"),
    "axis_x": ("Across", "Abscisse"),
    "axis_y": ("Upwards", "Ordonnée"),
    "less_is_better_axis": ("{label} (less is better)", "{label} (moins, c’est mieux)"),
    # delivery
    "nav_delivery": ("Delivery time", "Délais"),
    "delivery_title": ("From click to door", "Du clic à la porte"),
    "delivery_lead": (
        "Share of complete home orders by the days from placing the order to receiving its last parcel. "
        "Promises kept counts orders still open at the end as not kept.",
        "Part des commandes à domicile complètes selon les jours entre la commande et la réception du dernier colis. "
        "Les promesses tenues comptent comme non tenue une commande encore ouverte à la fin.",
    ),
    "delivery_alt": (
        "Stacked bars: home orders by delivery time, one bar per alternative",
        "Barres empilées : commandes à domicile par délai, une barre par variante",
    ),
    "within_1": ("1 day or less", "1 jour ou moins"),
    "days_between": ("{a} to {b} days", "{a} à {b} jours"),
    "beyond": ("over {a} days", "plus de {a} jours"),
    "mean_days": ("Mean", "Moyenne"),
    "promises_kept": ("promises kept {value}", "promesses tenues {value}"),
    "share_of_orders": ("Share of home orders", "Part des commandes à domicile"),
    # stockouts
    "nav_stockouts": ("Stockouts", "Ruptures"),
    "stockouts_title": ("Stockouts and lost sales, day by day", "Ruptures et ventes perdues, jour après jour"),
    "stockouts_lead": (
        "One line for each alternative; the bands are 95% intervals over replications.",
        "Une courbe par variante ; les bandes sont les intervalles à 95\u202f% des réplications.",
    ),
    "bands_few": (
        " With so many lines, bands are drawn for {names} only; the figures below have all.",
        " Avec tant de courbes, seules {names} ont leur bande ; les chiffres ci-dessous les donnent toutes.",
    ),
    "stockouts_alt": (
        "Lines: the KPI chosen by day, one line per alternative",
        "Courbes : l’indicateur choisi par jour, une courbe par variante",
    ),
    # cash
    "nav_cash": ("Cash", "Trésorerie"),
    "cash_title": ("Cash, day by day", "La trésorerie, jour après jour"),
    "cash_lead": (
        "What came in less what went out since the beginning of the measured time, without VAT, by the scenario’s "
        "terms of payment; it begins with the stock already paid for. The bands are 95% intervals over replications.",
        "Ce qui est entré moins ce qui est sorti depuis le début du temps mesuré, hors TVA, selon les délais de "
        "paiement du scénario ; la courbe part du stock déjà payé. Les bandes sont les intervalles à 95\u202f% des "
        "réplications.",
    ),
    "cash_alt": ("Lines: cash by day, one line per alternative", "Courbes : trésorerie par jour"),
    "cash_peak": ("Peak cash need", "Besoin maximal"),
    "day": ("Day", "Jour"),
    "day_n": ("day {n}", "jour {n}"),
    # costs
    "nav_costs": ("Cost and CO2e", "Coût et CO2e"),
    "costs_title": ("What an order costs, and what it emits", "Ce que coûte une commande, ce qu’elle émet"),
    "cost_chart": ("Cost to serve by component", "Coût de service par composante"),
    "cost_alt": (
        "Stacked bars: cost to serve per order by component",
        "Barres empilées : coût par commande et composante",
    ),
    "co2e_chart": ("CO2e by leg", "CO2e par étape"),
    "co2e_alt": ("Stacked bars: CO2e per order by leg", "Barres empilées : CO2e par commande et étape"),
    "cost_lead": (
        "Euros per shipped order; the delivery fees customers pay are set off at the left of zero.",
        "Euros par commande expédiée ; les frais de livraison payés par les clients viennent en déduction, à "
        "gauche du zéro.",
    ),
    "co2e_lead": (
        "Kilograms per shipped order. The customer’s own trip to collect is hatched and shown apart: "
        "the first figure leaves it out, the second takes it in.",
        "Kilogrammes par commande expédiée. Le trajet du client venu retirer est hachuré et montré à part : "
        "le premier chiffre l’exclut, le second l’inclut.",
    ),
    "total": ("Total", "Total"),
    "without_trip": ("Without trip", "Sans trajet"),
    "with_trip": ("With trip", "Avec trajet"),
    "trip_figures": ("{a} without the trip, {b} with it", "{a} sans le trajet, {b} avec"),
    # flows
    "nav_flows": ("Map", "Carte"),
    "flows_title": ("Who ships where", "Qui expédie où"),
    "flows_lead": (
        "Lines go from nodes to delivery areas, as wide as their shipments. Stores are as large as what they "
        "ship, coloured "
        "by what they miss.",
        "Les traits vont des nœuds aux aires de livraison, d’autant plus épais que les expéditions y sont "
        "nombreuses. La "
        "taille d’un magasin dit ce qu’il expédie, sa couleur ce qui lui manque.",
    ),
    "flows_drawn": (
        "The busiest lines are drawn; they carry {share} of the shipments to homes.",
        "Seuls les plus gros flux sont tracés ; ils portent {share} des expéditions à domicile.",
    ),
    "flows_alt": (
        "Map of shipments from nodes to delivery areas",
        "Carte des expéditions, des nœuds aux aires de livraison",
    ),
    "flows_choose": ("Show the map of", "Afficher la carte de"),
    "flow_warehouse": ("from warehouses to homes", "des entrepôts aux domiciles"),
    "flow_store": ("from stores to homes", "des magasins aux domiciles"),
    "flow_collect": ("to collection stores", "vers les magasins de retrait"),
    "warehouses": ("warehouse", "entrepôt"),
    "stores": ("Stores: {kpi}", "Magasins : {kpi}"),
    "width_key": ("Shipments a day on a line", "Expéditions par jour sur un trait"),
    "worst_stores": ("Highest {kpi}: {stores}.", "Plus forts {kpi} : {stores}."),
    "flow_caption": (
        "{name}: {sent} shipments a day, {stores} from stores, {km} on average.",
        "{name} : {sent} expéditions par jour, dont {stores} depuis les magasins, {km} en moyenne.",
    ),
    "node": ("Node", "Nœud"),
    "sent_a_day": ("Shipments a day", "Expéditions par jour"),
    "or_more": ("{a} and more", "{a} et plus"),
    "less_than": ("under {a}", "moins de {a}"),
    "between": ("{a} to {b}", "{a} à {b}"),
    # scenarios
    "nav_scenarios": ("What differs", "Différences"),
    "scenarios_title": ("What differs between the alternatives", "Ce qui distingue les variantes"),
    "scenarios_alone": ("What was run", "Ce qui a été joué"),
    "scenarios_lead": (
        "Everything not listed is equal: the same network, assortment, customers and luck.",
        "Tout ce qui n’est pas listé est égal : même réseau, mêmes articles, mêmes clients, mêmes aléas.",
    ),
    "parameter": ("Parameter", "Paramètre"),
    "sourcing_policy": ("Sourcing policy", "Politique d’affectation"),
    "scenario": ("Scenario", "Scénario"),
    "no_difference": ("The scenarios do not differ.", "Les scénarios ne diffèrent pas."),
    "absent": ("not set", "non défini"),
    # method
    "nav_method": ("Method", "Méthode"),
    "method_title": ("Definitions, method, how to repeat it", "Définitions, méthode, comment la refaire"),
    "definitions": ("Definitions of the KPIs shown", "Définitions des indicateurs affichés"),
    "kpi": ("KPI", "Indicateur"),
    "unit": ("Unit", "Unité"),
    "direction": ("Better when", "Mieux quand"),
    "definition": ("Definition", "Définition"),
    "less": ("less", "moins"),
    "more": ("more", "plus"),
    "neither": ("–", "–"),
    "method": ("Method", "Méthode"),
    "method_pairs": (
        "Every alternative meets the same customers at the same moments with the same luck (short picks, transit, "
        "reactions): differences are taken replication by replication, then averaged.",
        "Chaque variante rencontre les mêmes clients aux mêmes instants avec les mêmes aléas (articles introuvables, "
        "transit, réactions) : les écarts sont pris réplication par réplication, puis moyennés.",
    ),
    "method_student": (
        "Intervals are Student’s at 95% over replication means, unadjusted. Verdicts are adjusted by Holm over "
        "the declared "
        "family, the headline KPIs; a difference whose adjusted test does not exclude zero is called noise.",
        "Les intervalles sont ceux de Student à 95\u202f% sur les moyennes des réplications, non ajustés. Les "
        "verdicts sont ajustés "
        "par Holm sur la famille déclarée, les indicateurs principaux ; un écart dont le test ajusté n’exclut "
        "pas zéro est "
        "dit du bruit.",
    ),
    "method_window": (
        "The warm-up is left out; orders placed in the measured time count to their end, in a run-off after it.",
        "La mise en régime est exclue ; les commandes passées pendant la mesure sont suivies jusqu’à leur fin, "
        "après celle-ci.",
    ),
    "method_co2e": (
        "CO2e: activity times factor, leg by leg, well to wheel; the delivery round is shared as the scenario says. "
        "The factors and their publishers come with the study.",
        "CO2e : activité multipliée par facteur, étape par étape, du puits à la roue ; la tournée est partagée "
        "comme le dit "
        "le scénario. Les facteurs et leurs éditeurs accompagnent l’étude.",
    ),
    "method_map": (
        "Outlines: Natural Earth (public domain), Lambert-93 projection.",
        "Contours : Natural Earth (domaine public), projection Lambert-93.",
    ),
    "repeat": ("Repeat it", "La refaire"),
    "repeat_lead": (
        "The study folder holds every scenario in full. In Python:",
        "Le dossier de l’étude contient chaque scénario en entier. En Python :",
    ),
    "provenance": ("Provenance", "Provenance"),
    "versions": ("Versions", "Versions"),
    "seed": ("Seed", "Graine"),
    "replications": ("Replications", "Réplications"),
    "hash": ("Scenario hash", "Empreinte du scénario"),
    "no_facts": (
        "This study kept KPIs only, no facts, so this part cannot be drawn.",
        "Cette étude n’a gardé que les indicateurs, pas les faits : cette partie ne peut être tracée.",
    ),
    # components and legs
    "component.picking": ("picking", "préparation"),
    "component.packaging": ("packaging", "emballage"),
    "component.carriage": ("carriage", "transport"),
    "component.shuttle": ("shuttle", "navette"),
    "component.rework": ("rework after short picks", "reprises d’articles introuvables"),
    "component.care": ("customer care", "service client"),
    "component.claiming": ("requests to stores", "demandes aux magasins"),
    "component.fee": ("delivery fees paid", "frais de livraison payés"),
    "component.holding": ("capital in stock", "capital immobilisé"),
    "component.write_down": ("expected loss on stock", "perte attendue sur le stock"),
    "component.replenishment": ("replenishment", "réassort"),
    "component.transfer": ("transfers for orders", "transferts pour commandes"),
    "component.failed_delivery": ("failed deliveries", "livraisons manquées"),
    "component.return_carriage": ("carriage of returns", "transport des retours"),
    "component.inspection": ("inspection of returns", "contrôle des retours"),
    "component.return_write_off": ("returns written off", "retours mis au rebut"),
    "component.counting": ("stock counts", "comptages"),
    "component.markdown": ("markdowns", "démarques"),
    "component.repatriation": ("repatriation", "rapatriement"),
    "component.write_off": ("write-offs", "mises au rebut"),
    "leg.ordering": ("ordering", "passage de commande"),
    "leg.packaging": ("packaging", "emballage"),
    "leg.building": ("buildings", "bâtiments"),
    "leg.first_leg": ("to the carrier’s agency", "vers l’agence du transporteur"),
    "leg.line_haul": ("line-haul", "longue distance"),
    "leg.last_leg": ("delivery round", "tournée de livraison"),
    "leg.shuttle": ("shuttle to the store", "navette vers le magasin"),
    "leg.transfer": ("transfer between stores", "transfert entre magasins"),
    "leg.courier": ("courier", "coursier"),
    "leg.cross_dock": ("carrier’s hubs", "plateformes du transporteur"),
    "leg.pickup_point": ("where it waits to be collected", "lieu de retrait"),
    "leg.replenishment": ("how goods came to the store", "acheminement vers le magasin"),
    "leg.failed_attempt": ("closed doors", "portes closes"),
    "leg.return": ("returns", "retours"),
    "leg.customer_trip": ("customer’s trip", "trajet du client"),
}
