"""A study in plain sentences: where the baseline stands, what each alternative changes, what nobody can tell yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from orchestrion.errors import UnknownName
from orchestrion.experiments.alternatives import matched
from orchestrion.experiments.inference import Estimate
from orchestrion.experiments.speaking import WORDS, Speaker
from orchestrion.kpis import UNITS, kpis
from orchestrion.units import DAY, WEEK

if TYPE_CHECKING:
    from orchestrion.experiments.study import Study

_SITUATION = ("stockout_rate", "demand_stockout_rate", "lost_sales_share")
_SERVICE = ("cost_to_serve", "delivery_time_days", "co2e_per_order", "contribution")
_MONEY = "contribution"
_MANY = 3  # alternatives that are summed up in a sentence before each has its own
_NAMED = 3  # of those that earn more, or less, by name


def sentences(study: Study, baseline: str | None = None, lang: str = "en") -> list[str]:
    """The study in a few plain sentences, which never call noise a gain.

    Parameters
    ----------
    lang
        "en" or "fr".
    """
    if lang not in WORDS:
        raise UnknownName(f"no sentences in {lang!r}. Known: {', '.join(WORDS)}.")
    speaker = Speaker(lang)
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
    first_of = list(order)
    if len(order) >= _MANY:
        rules = {label: base for label, base in order.items() if label != second}
        found: dict[str, dict[str, Any]] = {}
        for base in dict.fromkeys(rules.values()):  # whoever looks for a winner in them looks at all
            together = study.against(base, [_MONEY], family="study").to_dict("records")
            found |= {row["alternative"]: row for row in together if rules.get(row["alternative"]) == base}
        overall = [_overall(speaker, base, {one: found[one] for one in rules if rules[one] == base})
                   for base in dict.fromkeys(rules.values())]  # fmt: skip
        if second is None:
            said += overall
            # the one that earns most is told of first
            known = {label: row["difference"] for label, row in found.items() if row["n"]}
            first_of.sort(key=lambda label: label != max(known, key=lambda one: known[one], default=label))
    for label in first_of:
        base = order[label]
        rows = {row["kpi"]: row for row in tables[base] if row["alternative"] == label}
        if not rows:
            continue
        money_first = label == second or len(order) < 3
        if money_first:
            said.append(_money(study, speaker, label, base, rows[_MONEY]))
        others = [key for key in study.family if key != _MONEY]
        listed = others if money_first else [_MONEY, *others]
        if label == second and len(order) >= _MANY:
            said += overall
        said.append(_compared(speaker, label, base, [rows[key] for key in listed]))
    if len(study.labels) == 1:
        said.append(_service(study, speaker, study.labels[0]))
    said.append(_footer(speaker, counts, len(study.family), alone=len(study.labels) == 1))
    if len(order) >= _MANY and max(counts) > 1:
        said[-1] += f" {speaker.word('footer_many')}"
    return [sentence for sentence in said if sentence]


def _situation(study: Study, speaker: Speaker, label: str) -> str:
    found = {key: study.estimate(key, label) for key in _SITUATION}
    told = [speaker.word(key, value=speaker.quantity(key, one)) for key, one in found.items() if one.n]
    if not told:
        return ""
    level = speaker.word("level") if all(one.n > 1 for one in found.values() if one.n) else ""
    return speaker.word("situation", label=label, shares=speaker.listed(told), level=level)


def _service(study: Study, speaker: Speaker, label: str) -> str:
    """What an alternative's orders cost, take and emit, and what it earns."""
    found = {key: study.estimate(key, label) for key in _SERVICE}
    if not all(found[key].n for key in _SERVICE if key != "delivery_time_days"):
        return ""
    told = {key: speaker.quantity(key, one, bare=True) if one.n else "" for key, one in found.items()}
    if told["delivery_time_days"]:
        told["delivery_time_days"] = speaker.word("service_days", value=told["delivery_time_days"])
    return speaker.word("service", **told, weeks=_measured_time(study, speaker, label))


def _overall(speaker: Speaker, base: str, rows: dict[str, dict[str, Any]]) -> str:
    """How many alternatives earn more than one, how many less, and of how many nobody can tell."""
    told = {label: row for label, row in rows.items() if row["n"] > 1}
    if len(told) < 2:
        return ""
    groups: dict[str, list[str]] = {"better": [], "worse": [], "other": []}
    for label in sorted(told, key=lambda one: -told[one]["difference"]):
        groups[told[label]["verdict"] if told[label]["verdict"] in groups else "other"].append(label)
    groups["worse"].reverse()  # the greatest loss first

    def listed(labels: list[str]) -> str:
        items = [f"{label} {speaker.quantity(_MONEY, _change(told[label]), change=True)}" for label in labels[:_NAMED]]
        if len(labels) > _NAMED:
            items.append(speaker.count("overall_others", len(labels) - _NAMED))
        return speaker.listed(items)

    more, less, noise = groups["better"], groups["worse"], groups["other"]
    if len(noise) == len(told):
        return speaker.word("overall", n=len(told), base=base, parts=speaker.word("overall_nothing"))
    parts = [speaker.count("overall_more", len(more), list=listed(more)) if more else speaker.word("overall_none")]
    if less:
        parts.append(speaker.count("overall_less", len(less), list=listed(less)))
    if noise:
        parts.append(speaker.count("overall_noise", len(noise)))
    return speaker.word("overall", n=len(told), base=base, parts=speaker.word("then").join(parts))


def _change(row: dict[str, Any]) -> Estimate:
    return Estimate(row["n"], row["difference"], row["difference"] - row["low"], row["p"])


def _money(study: Study, speaker: Speaker, label: str, base: str, row: dict[str, Any]) -> str:
    change = _change(row)
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
        share = speaker.share(relative, signed=True) if math.isfinite(relative) else "—"
        said = speaker.word("gain" if verdict == "better" else "loss")
        return speaker.word("money", **values, relative=share, verdict=said)
    key = {"no difference": "money_same", "no interval": "money_unknown"}.get(verdict, "money_noise")
    return speaker.word(key, **values)


def _measured_time(study: Study, speaker: Speaker, label: str) -> str:
    done = study.finished(label)[0]
    seconds = done.horizon_s - done.warm_up_s
    kind, size = ("weeks", WEEK) if seconds % WEEK == 0 else ("days", DAY)
    singular, plural = WORDS[speaker.lang][kind]
    count = round(seconds / size)
    return str(singular if count == 1 else plural).format(n=count)


def _compared(speaker: Speaker, label: str, base: str, rows: list[dict[str, Any]]) -> str:
    groups: dict[str, list[str]] = {}
    for row in rows:
        key = row["kpi"]
        if not row["n"]:
            continue
        if row["verdict"] == "no interval":
            return speaker.word("compared", base=base, label=label, parts=speaker.word("unknown"))
        change = _change(row)
        kind = {"noise at this precision": "noise", "no difference": "same"}.get(row["verdict"], row["verdict"])
        item = speaker.name(key)
        if kind in ("better", "worse"):
            kind = "hardly" if UNITS[kpis[key].unit].next_to_nothing(change.mean) else kind
            item = speaker.word("item", kpi=item, value=speaker.quantity(key, change, change=True))
        groups.setdefault(kind, []).append(item)
    order = ("better", "worse", "hardly", "higher", "lower", "noise", "same")
    parts = [speaker.word(kind, list=speaker.listed(groups[kind])) for kind in order if kind in groups]
    return speaker.word("compared", base=base, label=label, parts=speaker.word("then").join(parts)) if parts else ""


def _footer(speaker: Speaker, counts: list[int], m: int, *, alone: bool) -> str:
    if max(counts) < 2:
        return speaker.word("footer_one")
    if alone:
        return speaker.word("footer_alone", n=counts[0])
    n = str(counts[0]) if len(set(counts)) == 1 else f"{min(counts)}–{max(counts)}"
    return speaker.word("footer", n=n, m=m)
