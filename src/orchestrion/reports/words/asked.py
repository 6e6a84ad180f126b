"""Words of studies that vary parameters, and of what scenarios assume."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav_asked": ("Sensitivity", "Sensibilité"),
    "asked_tornado": ("What moves the result most", "Ce qui déplace le plus le résultat"),
    "asked_tornado_lead": (
        "Each parameter at its low and its high end, the others as they are: paired change of {kpi} with its 95% "
        "interval, the greatest swing on top.",
        "Chaque paramètre à sa borne basse puis haute, les autres inchangés : variation appariée ({kpi}) avec son "
        "intervalle à 95 %, le plus grand écart en haut.",
    ),
    "asked_sweep": ("Along one parameter", "Le long d’un paramètre"),
    "asked_sweep_lead": (
        "{kpi} at each value that was run, with 95% intervals.",
        "{kpi} pour chaque valeur jouée, avec intervalles à 95 %.",
    ),
    "asked_sensitivity": ("Which parameters matter", "Les paramètres qui comptent"),
    "asked_sensitivity_lead": (
        "How much of {kpi} each parameter moves over its range.",
        "Ce que chaque paramètre déplace sur son étendue ({kpi}).",
    ),
    "asked_parameter": ("Parameter", "Paramètre"),
    "asked_low": ("At the low end", "À la borne basse"),
    "asked_high": ("At the high end", "À la borne haute"),
    "asked_swing": ("Swing", "Écart"),
    "asked_mean": ("Mean", "Moyenne"),
    "chart_low": ("at the low end", "au minimum"),
    "chart_high": ("at the high end", "au maximum"),
    "chart_day": ("day", "jour"),
    "chart_alone": ("alone", "seul"),
    "chart_whole": ("with interactions", "avec interactions"),
    "chart_share": ("share of the variance", "part de la variance"),
    "chart_effect": ("mean absolute effect", "effet absolu moyen"),
    "chart_spread": ("spread of the effects", "dispersion des effets"),
    "chart_left_out": ("left out", "écarté"),
    "chart_proposed": ("MSER proposes {n}", "MSER propose {n}"),
    "chart_error": ("standard error, MSER", "erreur type, MSER"),
    "assumptions": ("What is assumed", "Ce qui est supposé"),
    "assumptions_lead": (
        "Numbers of “{name}” that nobody measured for this retailer: their source says assumed, or the scenario itself "
        "gives them.",
        "Nombres de « {name} » que personne n’a mesurés pour cette enseigne : leur source les dit supposés, ou le "
        "scénario les donne lui-même.",
    ),
    "assumed_value": ("Value", "Valeur"),
    "assumed_what": ("What it is", "Ce que c’est"),
    "assumed_source": ("Source and confidence", "Source et confiance"),
    "assumed_here": ("given by the scenario", "donné par le scénario"),
}
