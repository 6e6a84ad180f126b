"""The words and numbers of a study's plain sentences, in English and in French."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from orchestrion.experiments.inference import Estimate
from orchestrion.kpis import UNITS, decimals_until_seen, kpis

_SHORT = {"kg/order": "kg"}  # the KPI's name says the rest

WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "situation": "{label}: {shares}{level}.",
        "level": " (95% intervals)",
        "stockout_rate": "items sold online are out of stock {value} of the time",
        "demand_stockout_rate": "{value} of the value asked for online meets an item out of stock",
        "lost_sales_share": "{value} of the value asked for online is lost to the retailer for lack of stock",
        "service": "An order costs {cost_to_serve} to serve{delivery_time_days} and emits {co2e_per_order}; the whole "
        "retailer's contribution is {contribution} over {weeks}.",
        "service_days": ", reaches the customer's home after {value}",
        "range": "{value} [{low}; {high}]",
        "and": " and ",
        "then": "; ",
        "higher": "higher {list}",
        "lower": "lower {list}",
        "money": "From {base} to {label}, the contribution of the whole retailer changes by {value} over "
        "{weeks}, {relative}: {verdict}.",
        "weeks": ("{n} measured week", "{n} measured weeks"),
        "days": ("{n} measured day", "{n} measured days"),
        "gain": "a gain",
        "loss": "a loss",
        "money_noise": "From {base} to {label}, the contribution of the whole retailer changes by {value} over "
        "{weeks}: noise at this precision, neither gain nor loss can be claimed.",
        "money_same": "From {base} to {label}, the contribution of the whole retailer does not change in any "
        "replication.",
        "money_unknown": "From {base} to {label}, the contribution of the whole retailer changes by {value} over "
        "{weeks} in the one replication run: whether that is chance cannot be told.",
        "overall": "Of {n} alternatives held against {base} and judged together, {parts}.",
        "overall_nothing": "none can be told from it by its contribution",
        "overall_none": "none earns the whole retailer more beyond noise",
        "overall_more": "{k} earn the whole retailer more beyond noise ({list})",
        "overall_more_1": "one earns the whole retailer more beyond noise ({list})",
        "overall_less": "{k} earn less ({list})",
        "overall_less_1": "one earns less ({list})",
        "overall_noise": "{k} cannot be told from it by their contribution",
        "overall_noise_1": "one cannot be told from it by its contribution",
        "overall_others": "{k} more",
        "overall_others_1": "1 more",
        "compared": "Compared with {base}, {label}: {parts}.",
        "better": "better in {list}",
        "worse": "worse in {list}",
        "hardly": "beyond noise but next to nothing: {list}",
        "noise": "noise at this precision in {list}",
        "same": "no difference in {list}",
        "unknown": "one replication, so nothing can be called better or worse",
        "item": "{kpi} {value}",
        "points": "points",
        "footer": "Means of {n} replications; every alternative meets the same customers and mishaps, so "
        "differences are paired. Better and worse are said only where Holm's test over the {m} "
        "KPIs declared for a comparison excludes chance at 5%; the intervals shown are 95% each, "
        "unadjusted: one clear of zero may still be noise.",
        "footer_many": "Where several are judged together, Holm's test is over all of them.",
        "footer_alone": "Means of {n} replications; one alternative, so nothing is compared.",
        "footer_one": "One replication only: no intervals, nothing can be called better or worse; run at least 5.",
        "nothing": "No replication is finished yet.",
    },
    "fr": {
        "situation": "{label} : {shares}{level}.",
        "level": " (intervalles à 95\u202f%)",
        "stockout_rate": "les articles vendus en ligne sont en rupture {value} du temps",
        "demand_stockout_rate": "{value} de la valeur demandée en ligne porte sur un article en rupture",
        "lost_sales_share": "{value} de la valeur demandée en ligne est perdue par l'enseigne faute de stock",
        "service": "Servir une commande coûte {cost_to_serve}{delivery_time_days} et émet {co2e_per_order} ; la "
        "contribution de toute l'enseigne est de {contribution} sur {weeks}.",
        "service_days": ", demande {value} jusqu'au domicile",
        "range": "{value} [{low} ; {high}]",
        "and": " et ",
        "then": " ; ",
        "higher": "plus élevé : {list}",
        "lower": "plus bas : {list}",
        "money": "De {base} à {label}, la contribution de toute l'enseigne varie de {value} sur {weeks}, "
        "soit {relative} : {verdict}.",
        "weeks": ("{n} semaine mesurée", "{n} semaines mesurées"),
        "days": ("{n} jour mesuré", "{n} jours mesurés"),
        "gain": "un gain",
        "loss": "une perte",
        "money_noise": "De {base} à {label}, la contribution de toute l'enseigne varie de {value} sur {weeks} : du "
        "bruit à cette précision, on ne peut affirmer ni gain ni perte.",
        "money_same": "De {base} à {label}, la contribution de toute l'enseigne ne change dans aucune "
        "réplication.",
        "money_unknown": "De {base} à {label}, la contribution de toute l'enseigne varie de {value} sur {weeks} dans "
        "la seule réplication faite : on ne peut dire si c'est le hasard.",
        "overall": "Des {n} variantes comparées à {base} et jugées ensemble, {parts}.",
        "overall_nothing": "aucune ne s'en distingue par sa contribution",
        "overall_none": "aucune ne rapporte plus à l'enseigne au-delà du bruit",
        "overall_more": "{k} rapportent plus à l'enseigne au-delà du bruit ({list})",
        "overall_more_1": "une rapporte plus à l'enseigne au-delà du bruit ({list})",
        "overall_less": "{k} rapportent moins ({list})",
        "overall_less_1": "une rapporte moins ({list})",
        "overall_noise": "{k} ne s'en distinguent pas par leur contribution",
        "overall_noise_1": "une ne s'en distingue pas par sa contribution",
        "overall_others": "{k} autres",
        "overall_others_1": "1 autre",
        "compared": "Par rapport à {base}, {label} : {parts}.",
        "better": "mieux pour {list}",
        "worse": "moins bien pour {list}",
        "hardly": "au-delà du bruit mais presque rien : {list}",
        "noise": "du bruit à cette précision pour {list}",
        "same": "aucune différence pour {list}",
        "unknown": "une seule réplication, rien ne peut être dit meilleur ou moins bon",
        "item": "{kpi} {value}",
        "points": "points",
        "footer": "Moyennes de {n} réplications ; chaque variante rencontre les mêmes clients et les mêmes "
        "aléas : les différences sont appariées. « Mieux » et « moins bien » ne sont dits que "
        "lorsque le test de Holm sur les {m} indicateurs déclarés d'une comparaison exclut le hasard à "
        "5\u202f% ; les intervalles montrés sont à 95\u202f% chacun, non ajustés : l'un d'eux peut exclure zéro et "
        "n'être que du bruit.",
        "footer_many": "Là où plusieurs sont jugées ensemble, le test de Holm porte sur toutes.",
        "footer_alone": "Moyennes de {n} réplications ; une seule variante, rien n'est donc comparé.",
        "footer_one": "Une seule réplication : pas d'intervalle, rien ne peut être dit meilleur ou moins bon ; "
        "faites-en au moins 5.",
        "nothing": "Aucune réplication n'est encore terminée.",
    },
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Numbers and words of one language."""

    lang: str

    def word(self, key: str, **values: Any) -> str:
        """A phrase with its blanks filled."""
        return str(WORDS[self.lang][key]).format(**values)

    def count(self, key: str, k: int, **values: Any) -> str:
        """A phrase in the singular or the plural."""
        return self.word(f"{key}_1" if k == 1 else key, k=k, **values)

    def number(self, value: float, decimals: int, *, signed: bool = False, before: str = "") -> str:
        """A number with the true minus sign; `before` stands between the sign and the digits."""
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = str(format_decimal(abs(value), format=pattern, locale=self.lang, decimal_quantization=True))
        zero = round(abs(value), decimals) == 0
        return ("" if zero else "−" if value < 0 else "+" if signed else "") + before + text

    def share(self, value: float, decimals: int = 1, *, signed: bool = False) -> str:
        """A share in percent."""
        return self.number(100 * value, decimals, signed=signed) + self._percent

    @property
    def _percent(self) -> str:
        return "%" if self.lang == "en" else "\u202f%"

    def _unit(self, key: str, value: float, *, change: bool, bare: bool) -> tuple[str, str]:
        """What stands before and after a number; the KPI's name says the rest."""
        unit = kpis[key].unit
        if unit == "share":
            return "", f" {self.word('points')}" if change else self._percent
        label = _SHORT.get(unit) or str(UNITS[unit].label[self.lang])
        if bare:
            label = label.partition(" ")[0]
        if unit == "days" and self.lang == "fr" and abs(value) < 2:
            label = "jour"  # French counts in the plural from two on
        if label.startswith("€"):
            rest = label[1:]
            return ("€", rest) if self.lang == "en" else ("", f"\u202f€{rest}")
        return "", f" {label}"

    def _decimals(self, key: str, estimate: Estimate, *, change: bool) -> int:
        """The unit's; more, as far as the half-width has a digit and the bounds of a change are not rounded to zero."""
        unit = UNITS[kpis[key].unit]
        finest = unit.decimals
        reach = estimate.half * unit.times
        if math.isfinite(reach) and 0 < reach < 1:
            finest = max(finest, min(finest + 1, -math.floor(math.log10(reach))))
        if change and math.isfinite(reach) and abs(estimate.mean) > estimate.half:
            finest = decimals_until_seen(finest, estimate.low * unit.times, estimate.high * unit.times)
        return finest

    def quantity(self, key: str, estimate: Estimate, *, change: bool = False, bare: bool = False) -> str:
        """A mean with its interval, in the KPI's unit; `bare` leaves out "per order" where the sentence says it."""
        times, decimals = UNITS[kpis[key].unit].times, self._decimals(key, estimate, change=change)
        numbers = [estimate.mean, estimate.low, estimate.high]
        if kpis[key].unit == "share" and not change:
            # Student's interval knows nothing of percents
            numbers = [min(1.0, max(0.0, x)) if math.isfinite(x) else x for x in numbers]
        before, after = self._unit(key, estimate.mean, change=change, bare=bare)
        value, *bounds = [
            self.number(x * times, decimals, signed=change, before="" if i else before)
            for i, x in enumerate(numbers)
            if math.isfinite(x)
        ]
        value += after
        return self.word("range", value=value, low=bounds[0], high=bounds[1]) if len(bounds) == 2 else value

    def name(self, key: str) -> str:
        """A KPI inside a sentence."""
        label, comma, more = str(kpis[key].label[self.lang]).partition(", ")
        label += f" ({more})" if comma else ""  # commas are for lists
        return label if label[:2].isupper() or label[:3] == "CO2" else label[:1].lower() + label[1:]

    def listed(self, parts: list[str]) -> str:
        """ "a, b and c"."""
        return ", ".join(parts[:-1]) + self.word("and") + parts[-1] if len(parts) > 1 else "".join(parts)
