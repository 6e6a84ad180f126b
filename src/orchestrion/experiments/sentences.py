"""A study in plain sentences: where the baseline stands, what each alternative changes, what nobody can tell yet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orchestrion.errors import UnknownName
from orchestrion.experiments.alternatives import matched
from orchestrion.experiments.inference import Estimate
from orchestrion.kpis import UNITS, kpis
from orchestrion.units import DAY, WEEK

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

_SITUATION = ("stockout_rate", "demand_stockout_rate", "lost_sales_share")
_MONEY = "contribution"
_SHORT = {"kg/order": "kg"}  # the KPI's name says the rest

_WORDS: dict[str, dict[str, Any]] = {
    "en": {
        "situation": "{label}: {shares}{level}.",
        "level": " (95 % intervals)",
        "stockout_rate": "items sold online are out of stock {value} of the time",
        "demand_stockout_rate": "{value} of the value asked for online meets an item out of stock",
        "lost_sales_share": "{value} of the value asked for online is lost to the retailer for lack of stock",
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
        "compared": "Compared with {base}, {label}: {parts}.",
        "better": "better in {list}",
        "worse": "worse in {list}",
        "noise": "noise at this precision in {list}",
        "same": "no difference in {list}",
        "unknown": "one replication, so nothing can be called better or worse",
        "item": "{kpi} {value}",
        "points": "points",
        "footer": "Means of {n} replications; every alternative meets the same customers and mishaps, so "
        "differences are paired. Better and worse are said only where Holm's test over the {m} "
        "KPIs declared for a comparison excludes chance at 5 %; the intervals shown are 95 % each, "
        "unadjusted.",
        "footer_one": "One replication only: no intervals, nothing can be called better or worse; run at least 5.",
        "nothing": "No replication is finished yet.",
    },
    "fr": {
        "situation": "{label} : {shares}{level}.",
        "level": " (intervalles à 95 %)",
        "stockout_rate": "les articles vendus en ligne sont en rupture {value} du temps",
        "demand_stockout_rate": "{value} de la valeur demandée en ligne porte sur un article en rupture",
        "lost_sales_share": "{value} de la valeur demandée en ligne est perdue par l'enseigne faute de stock",
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
        "compared": "Par rapport à {base}, {label} : {parts}.",
        "better": "mieux pour {list}",
        "worse": "moins bien pour {list}",
        "noise": "du bruit à cette précision pour {list}",
        "same": "aucune différence pour {list}",
        "unknown": "une seule réplication, rien ne peut être dit meilleur ou moins bon",
        "item": "{kpi} {value}",
        "points": "points",
        "footer": "Moyennes de {n} réplications ; chaque alternative rencontre les mêmes clients et les mêmes "
        "aléas : les différences sont appariées. « Mieux » et « moins bien » ne sont dits que "
        "lorsque le test de Holm sur les {m} KPI déclarés d'une comparaison exclut le hasard à 5 "
        "% ; les intervalles montrés sont à 95 % chacun, non ajustés.",
        "footer_one": "Une seule réplication : pas d'intervalle, rien ne peut être dit meilleur ou moins bon ; "
        "faites-en au moins 5.",
        "nothing": "Aucune réplication n'est encore terminée.",
    },
}


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Numbers and words of one language."""

    lang: str

    def word(self, key: str, **values: Any) -> str:
        return str(_WORDS[self.lang][key]).format(**values)

    def number(self, value: float, decimals: int, *, signed: bool = False) -> str:
        from babel.numbers import format_decimal

        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text = str(format_decimal(abs(value), format=pattern, locale=self.lang, decimal_quantization=True))
        zero = round(abs(value), decimals) == 0
        return ("" if zero else "−" if value < 0 else "+" if signed else "") + text

    def unit(self, key: str, *, change: bool) -> str:
        unit = kpis[key].unit
        if unit == "share":
            return self.word("points") if change else "%"
        return _SHORT.get(unit) or str(UNITS[unit].label[self.lang])

    def _decimals(self, key: str, estimate: Estimate) -> int:
        unit = UNITS[kpis[key].unit]
        finest = unit.decimals
        reach = estimate.half * unit.times
        if math.isfinite(reach) and 0 < reach < 1:
            # as far as the half-width has a digit, and not much farther than people read
            return max(finest, min(finest + 1, -math.floor(math.log10(reach))))
        return finest

    def quantity(self, key: str, estimate: Estimate, *, change: bool = False) -> str:
        """A mean with its interval, in the KPI's unit."""
        times, decimals = UNITS[kpis[key].unit].times, self._decimals(key, estimate)
        numbers = [estimate.mean, estimate.low, estimate.high]
        if kpis[key].unit == "share" and not change:
            # Student's interval knows nothing of percents
            numbers = [min(1.0, max(0.0, x)) if math.isfinite(x) else x for x in numbers]
        show = [self.number(x * times, decimals, signed=change) for x in numbers if math.isfinite(x)]
        unit = self.unit(key, change=change)
        space = "\u202f" if unit in ("%", "€") else " "
        value = f"{show[0]}{space}{unit}"
        return self.word("range", value=value, low=show[1], high=show[2]) if len(show) == 3 else value

    def name(self, key: str) -> str:
        """A KPI inside a sentence."""
        label, comma, more = str(kpis[key].label[self.lang]).partition(", ")
        label += f" ({more})" if comma else ""  # commas are for lists
        return label if label[:2].isupper() or label[:3] == "CO2" else label[:1].lower() + label[1:]

    def listed(self, parts: list[str]) -> str:
        return ", ".join(parts[:-1]) + self.word("and") + parts[-1] if len(parts) > 1 else "".join(parts)


def sentences(study: Study, baseline: str | None = None, lang: str = "en") -> list[str]:
    """The study in a few plain sentences, which never call noise a gain.

    Parameters
    ----------
    lang
        "en" or "fr".
    """
    if lang not in _WORDS:
        raise UnknownName(f"no sentences in {lang!r}. Known: {', '.join(_WORDS)}.")
    speaker = _Speaker(lang)
    first = baseline if baseline is not None else study.baseline
    against = matched(first, study.alternatives)
    bases = list(dict.fromkeys(against.values()))
    counts = [study.estimate(_MONEY, label).n for label in study.labels]
    if not any(counts):
        return [speaker.word("nothing")]
    said = [_situation(study, speaker, base) for base in bases]
    second = study.manifest.get("second_baseline")
    if baseline is not None or second not in study.labels or second in bases:
        second = None
    # against the second baseline, which is itself measured against the first: what a rule adds beyond it
    order = {second: against[second]} if second is not None and second in against else {}
    order |= {label: second or base for label, base in against.items() if label not in bases and label != second}
    shown = list(dict.fromkeys([*study.family, _MONEY]))
    tables = {base: study.against(base, shown).to_dict("records") for base in dict.fromkeys(order.values())}
    for label, base in order.items():
        rows = {row["kpi"]: row for row in tables[base] if row["alternative"] == label}
        if not rows:
            continue
        money_first = label == second or len(order) < 3
        if money_first:
            said.append(_money(study, speaker, label, base, rows[_MONEY]))
        others = [key for key in study.family if key != _MONEY]
        listed = others if money_first else [_MONEY, *others]
        said.append(_compared(speaker, label, base, [rows[key] for key in listed]))
    said.append(_footer(speaker, counts, len(study.family)))
    return [sentence for sentence in said if sentence]


def _situation(study: Study, speaker: _Speaker, label: str) -> str:
    found = {key: study.estimate(key, label) for key in _SITUATION}
    told = [speaker.word(key, value=speaker.quantity(key, one)) for key, one in found.items() if one.n]
    if not told:
        return ""
    level = speaker.word("level") if all(one.n > 1 for one in found.values()) else ""
    return speaker.word("situation", label=label, shares=speaker.listed(told), level=level)


def _money(study: Study, speaker: _Speaker, label: str, base: str, row: dict[str, Any]) -> str:
    change = Estimate(row["n"], row["difference"], row["difference"] - row["low"], row["p"])
    verdict = row["verdict"]
    if not row["n"]:
        return ""
    values = {
        "base": base,
        "label": label,
        "value": speaker.quantity(_MONEY, change, change=True),
        "weeks": _measured_time(study, speaker, label),
    }
    if verdict in ("better", "worse"):
        relative = row["relative"]
        share = f"{speaker.number(100 * relative, 1, signed=True)}\u202f%" if math.isfinite(relative) else "—"
        said = speaker.word("gain" if verdict == "better" else "loss")
        return speaker.word("money", **values, relative=share, verdict=said)
    key = {"no difference": "money_same", "no interval": "money_unknown"}.get(verdict, "money_noise")
    return speaker.word(key, **values)


def _measured_time(study: Study, speaker: _Speaker, label: str) -> str:
    done = study.finished(label)[0]
    seconds = done.horizon_s - done.warm_up_s
    kind, size = ("weeks", WEEK) if seconds % WEEK == 0 else ("days", DAY)
    singular, plural = _WORDS[speaker.lang][kind]
    count = round(seconds / size)
    return str(singular if count == 1 else plural).format(n=count)


def _compared(speaker: _Speaker, label: str, base: str, rows: list[dict[str, Any]]) -> str:
    groups: dict[str, list[str]] = {}
    for row in rows:
        key = row["kpi"]
        if not row["n"]:
            continue
        if row["verdict"] == "no interval":
            return speaker.word("compared", base=base, label=label, parts=speaker.word("unknown"))
        change = Estimate(row["n"], row["difference"], row["difference"] - row["low"], row["p"])
        kind = {"noise at this precision": "noise", "no difference": "same"}.get(row["verdict"], row["verdict"])
        item = speaker.name(key)
        if kind in ("better", "worse"):
            item = speaker.word("item", kpi=item, value=speaker.quantity(key, change, change=True))
        groups.setdefault(kind, []).append(item)
    order = ("better", "worse", "higher", "lower", "noise", "same")
    parts = [speaker.word(kind, list=speaker.listed(groups[kind])) for kind in order if kind in groups]
    return speaker.word("compared", base=base, label=label, parts=speaker.word("then").join(parts)) if parts else ""


def _footer(speaker: _Speaker, counts: list[int], m: int) -> str:
    if max(counts) < 2:
        return speaker.word("footer_one")
    n = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)}–{max(counts)}"
    return speaker.word("footer", n=n, m=m)
