"""Words of the stores' section: work, short picks, walk-in sales lost, profit and loss."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav_stores": ("Stores", "Magasins"),
    "stores_title": ("What it does to each store", "Ce que cela fait à chaque magasin"),
    "stores_lead": (
        "Mean of a replication over the measured time. The shading runs from the calmest to the most concerned fifth "
        "of all stores and alternatives; the number says the same.",
        "Moyenne par réplication sur le temps mesuré. La teinte va du cinquième le plus calme au plus touché, tous "
        "magasins et variantes confondus ; le nombre dit la même chose.",
    ),
    "stores_choose": ("Show the stores of", "Afficher les magasins de"),
    "stores_heat": ("Work, short picks, sales lost", "Charge, manquants, ventes perdues"),
    "stores_pnl": ("Profit and loss of each node", "Compte de résultat de chaque nœud"),
    "stores_pnl_note": (
        "Contribution = revenue − goods − commission − cost to serve − stock costs, without VAT, by the scenario’s "
        "rule for crediting sales. The change is against {name}, with its 95% interval.",
        "Contribution = chiffre d’affaires − marchandises − commission − coût de service − coûts du stock, hors TVA, "
        "selon la règle de rattachement du scénario. Variation par rapport à {name}, avec son intervalle à 95 %.",
    ),
    "stores_none": ("–", "–"),
    "pnl_revenue": ("Revenue [€]", "Chiffre d’affaires [€]"),
    "pnl_goods": ("Goods [€]", "Marchandises [€]"),
    "pnl_commission": ("Commission [€]", "Commission [€]"),
    "pnl_cost_to_serve": ("Cost to serve [€]", "Coût de service [€]"),
    "pnl_stock_costs": ("Stock costs [€]", "Coûts du stock [€]"),
    "pnl_contribution": ("Contribution [€]", "Contribution [€]"),
    "pnl_change": ("Change [€]", "Variation [€]"),
    "pnl_who": ("Who", "Bilan"),
    "pnl_gains": ("gains", "gagne"),
    "pnl_loses": ("loses", "perd"),
    "pnl_noise": ("noise", "bruit"),
    "pnl_same": ("no change", "sans changement"),
    "pnl_online": ("Online account", "Compte en ligne"),
    "pnl_all": ("All", "Tout"),
    "stores_says": (
        "Against the baseline, {gain} and {lose} beyond noise",
        "Face à la référence, {gain} et {lose} au-delà du bruit",
    ),
    "stores_gain": ("{n} nodes earn more", "{n} nœuds gagnent plus"),
    "stores_gain_1": ("{n} node earns more", "{n} nœud gagne plus"),
    "stores_lose": ("{n} earn less", "{n} gagnent moins"),
    "stores_lose_1": ("{n} earns less", "{n} gagne moins"),
    "stores_work_both": (
        "; inequality of picking work between stores {before} → {after} (0 equal, 1 one store does all).",
        " ; inégalité de charge entre magasins {before} → {after} (0 égale, 1 un seul fait tout).",
    ),
    "stores_work_new": (
        "; inequality of picking work between stores {after} (0 equal, 1 one does all), where none picked before.",
        " ; inégalité de charge entre magasins {after} (0 égale, 1 un seul fait tout), aucun ne préparait avant.",
    ),
    "stores_work_none": (".", "."),
}
