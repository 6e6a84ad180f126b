"""What the sheets of a workbook say, in English and in French."""

from __future__ import annotations

# key -> (English, French)
WORDS: dict[str, tuple[str, str]] = {
    "xlsx_file": ("the workbook", "le classeur"),
    "xlsx_subject": ("A study of order orchestration", "Une étude d’orchestration des commandes"),
    # sheets: 31 characters at most
    "xlsx_summary": ("Summary", "Synthèse"),
    "xlsx_headline": ("Headline KPIs", "Indicateurs principaux"),
    "xlsx_all": ("All KPIs", "Tous les indicateurs"),
    "xlsx_differences": ("Differences", "Écarts"),
    "xlsx_replications": ("Replications", "Réplications"),
    "xlsx_alternatives": ("Alternatives", "Variantes"),
    "xlsx_gap": ("Gap to perfect information", "Écart à l’info parfaite"),
    "xlsx_basis": ("Bound", "Borne"),
    "xlsx_booked": ("Sourcing [€ per order]", "Acheminement [€ par commande]"),
    "xlsx_bound": ("Bound [€ per order]", "Borne [€ par commande]"),
    "xlsx_gap_eur": ("Gap [€ per order]", "Écart [€ par commande]"),
    "xlsx_gap_share": ("Gap [%]", "Écart [%]"),
    "xlsx_thinking": ("Thinking [ms per decision]", "Calcul [ms par décision]"),
    "xlsx_definitions": ("Definitions", "Définitions"),
    "xlsx_by": ("By", "Par"),
    "xlsx_scorecards": ("Scorecards", "Tableaux de bord"),
    "xlsx_weighing": ("Weighing", "Pondération"),
    "xlsx_front": ("Pareto front", "Frontière de Pareto"),
    "xlsx_delivery": ("Delivery time", "Délais"),
    "xlsx_by_day": ("Day by day", "Jour par jour"),
    "xlsx_demand": ("Demand", "Demande"),
    "xlsx_customers": ("Customers", "Clients"),
    "xlsx_cost": ("Cost by component", "Coût par composante"),
    "xlsx_co2e": ("CO2e by leg", "CO2e par étape"),
    "xlsx_stores": ("Stores", "Magasins"),
    "xlsx_accounts": ("Profit and loss by node", "Résultat par nœud"),
    "xlsx_map": ("Shipments by node", "Expéditions par nœud"),
    "xlsx_overrides": ("What differs", "Différences"),
    "xlsx_assumptions": ("Assumptions", "Hypothèses"),
    "xlsx_mean": ("Mean [unit]", "Moyenne [unité]"),
    "xlsx_half": ("±, 95% [unit]", "±, 95 % [unité]"),
    "xlsx_value": ("Value", "Valeur"),
    "xlsx_units_run": ("Units of a replication [units]", "Unités par réplication [unités]"),
    "xlsx_moved_wishes": ("Wishes of a replication", "Souhaits par réplication"),
    "xlsx_moved_before": ("Sales before [€]", "Ventes avant [€]"),
    "xlsx_moved_after": ("Sales now [€]", "Ventes après [€]"),
    "xlsx_moved_change": ("Change [€]", "Variation [€]"),
    "xlsx_moved_low": ("Change, low 95% [€]", "Variation, borne basse 95 % [€]"),
    "xlsx_moved_high": ("Change, high 95% [€]", "Variation, borne haute 95 % [€]"),
    # the summary
    "xlsx_baseline": ("Baseline", "Référence"),
    "xlsx_date": ("Exported", "Exporté"),
    "xlsx_reading": ("How to read it", "Comment lire"),
    "xlsx_intervals": (
        "± is the half-width of the 95% Student interval over replications. Differences are paired: the same "
        "replication of two alternatives has the same customers and the same mishaps. p (Holm) is adjusted over the "
        "headline KPIs; other KPIs are judged alone. “Noise” means that this many replications cannot tell the "
        "difference from chance. An empty cell has no value.",
        "± est la demi-largeur de l’intervalle de Student à 95 % sur les réplications. Les écarts sont appariés : la "
        "même réplication de deux variantes a les mêmes clients et les mêmes aléas. p (Holm) est ajusté sur les "
        "indicateurs principaux ; les autres sont jugés seuls. « Bruit » : ce nombre de réplications ne distingue pas "
        "l’écart du hasard. Une cellule vide n’a pas de valeur.",
    ),
    "xlsx_incomplete": ("Unfinished", "Inachevée"),
    "xlsx_unfinished": (
        "Not every replication asked for is finished; n says how many are.",
        "Toutes les réplications demandées ne sont pas terminées ; n dit combien le sont.",
    ),
    # columns
    "xlsx_alternative": ("Alternative", "Variante"),
    "xlsx_replication": ("Replication", "Réplication"),
    "xlsx_kpi": ("KPI", "Indicateur"),
    "xlsx_key": ("Key", "Clé"),
    "xlsx_unit": ("Unit", "Unité"),
    "xlsx_better": ("Better", "Sens"),
    "xlsx_definition": ("Definition", "Définition"),
    "xlsx_n": ("n", "n"),
    "xlsx_difference": ("Difference [unit]", "Écart [unité]"),
    "xlsx_low": ("Low, 95% [unit]", "Borne basse, 95 % [unité]"),
    "xlsx_high": ("High, 95% [unit]", "Borne haute, 95 % [unité]"),
    "xlsx_relative": ("Relative [%]", "Relatif [%]"),
    "xlsx_relative_low": ("Relative, low [%]", "Relatif, borne basse [%]"),
    "xlsx_relative_high": ("Relative, high [%]", "Relatif, borne haute [%]"),
    "xlsx_p": ("p", "p"),
    "xlsx_p_holm": ("p (Holm)", "p (Holm)"),
    "xlsx_verdict": ("Verdict", "Verdict"),
    "xlsx_settled_by": ("Settled by about [replications]", "Tranché vers [réplications]"),
    "xlsx_title": ("Title", "Titre"),
    "xlsx_scenario": ("Scenario", "Scénario"),
    "xlsx_policy": ("Sourcing policy", "Règle d’affectation"),
    "xlsx_description": ("Description", "Description"),
    # verdicts
    "xlsx_verdict_better": ("better", "mieux"),
    "xlsx_verdict_worse": ("worse", "moins bien"),
    "xlsx_verdict_higher": ("higher", "plus haut"),
    "xlsx_verdict_lower": ("lower", "plus bas"),
    "xlsx_verdict_noise": ("noise at this precision", "bruit à cette précision"),
    "xlsx_verdict_no_difference": ("no difference", "aucun écart"),
    "xlsx_verdict_no_interval": ("no interval", "pas d’intervalle"),
}
