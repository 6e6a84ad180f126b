"""Words of the waterfalls from the baseline to an alternative."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "waterfall_cut": ("Whole bars begin at {value}.", "Barres entières à partir de {value}."),
    "nav_waterfall": ("What changes", "Ce qui change"),
    "waterfall_title": ("From {name} to another, step by step", "De {name} à une autre, pas à pas"),
    "waterfall_lead": (
        "What each component adds to an order or takes from it, with the 95% interval of the paired difference; the "
        "steps add up.",
        "Ce que chaque composante ajoute à une commande ou lui retire, avec l’intervalle à 95 % de l’écart apparié ; "
        "la somme des pas fait l’écart.",
    ),
    "waterfall_choose": ("From {name} to", "De {name} à"),
    "waterfall_cost": ("Cost to serve an order", "Coût de service d’une commande"),
    "waterfall_co2e": ("CO2e of an order", "CO2e d’une commande"),
    "waterfall_trip": ("with the customer’s own trip", "avec le trajet du client"),
    "waterfall_cost_alt": (
        "Waterfall: cost per order, from the baseline to the alternative chosen, by component",
        "Cascade : coût par commande, de la référence à la variante choisie, par composante",
    ),
    "waterfall_co2e_alt": (
        "Waterfall: CO2e per order, from the baseline to the alternative chosen, by leg",
        "Cascade : CO2e par commande, de la référence à la variante choisie, par étape",
    ),
    "waterfall_more": ("more", "en plus"),
    "waterfall_less": ("less", "en moins"),
    "waterfall_others": ("other parts together", "autres postes ensemble"),
    "waterfall_level": ("the whole", "le total"),
    "co2e_lead_home": ("Kilograms per shipped order.", "Kilogrammes par commande expédiée."),
    "component_or_leg": ("Part", "Poste"),
}
