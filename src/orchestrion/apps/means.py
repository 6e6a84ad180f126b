"""The table of a comparison: an alternative a row, its KPIs, its gap to perfect information, how long it thinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from orchestrion.apps import console, showing

if TYPE_CHECKING:
    import pandas as pd

    from orchestrion.experiments import Study

# what policies are chosen by, where several are compared
OF_POLICIES = ("cost_to_serve", "delivery_time_days", "co2e_per_order", "split_rate", "stockout_rate")

_WIDE = 90  # columns that the figures of five KPIs, the gap and the time need beside the names


def several_policies(study: Study) -> bool:
    """Whether some scenario runs under more than one policy."""
    pairs = [(one.scenario_hash, one.policy_hash) for one in study.alternatives]
    return len(dict.fromkeys(pairs)) > len(dict.fromkeys(scenario for scenario, _ in pairs))


def keys_shown(study: Study, chosen: Sequence[str] | None) -> list[str]:
    """The KPIs of the table: those chosen, those that tell policies apart, or the headline ones."""
    from orchestrion.experiments.common import keys_of
    from orchestrion.kpis import HEADLINE

    if chosen:
        return keys_of(list(chosen))
    return list(OF_POLICIES if several_policies(study) else HEADLINE)


def print_means(study: Study, keys: Sequence[str], judged: pd.DataFrame | None) -> None:
    """The table, with the gap where it was asked for."""
    headers = ["alternative", *(showing.header(key) for key in keys)]
    rows = [[label, *(_cell(study, key, label) for key in keys)] for label in study.labels]
    if judged is None:
        return console.table(headers, rows, numbers=range(1, len(headers)))
    more = ["gap to perfect information\n[%]", "thinking\n[ms per decision]"]
    told = [[figure(row, "share", 100.0, 1), figure(row, "seconds", 1000.0, 3)] for row in judged.to_dict("records")]
    if console.out().width >= _WIDE + len(max(study.labels, key=len)):
        headers, rows = [*headers, *more], [[*row, *figures] for row, figures in zip(rows, told, strict=True)]
        more = []
    console.table(headers, rows, numbers=range(1, len(headers)))
    if more:
        by_label = [[label, *figures] for label, figures in zip(study.labels, told, strict=True)]
        console.table(["alternative", *more], by_label, numbers=[1, 2])
    for line in explained(judged):
        console.say(line)
    return None


def _cell(study: Study, key: str, label: str) -> str:
    found = study.estimate(key, label)
    return showing.spread(key, found.mean, found.half)


def figure(row: dict[str, Any], name: str, times: float = 1.0, decimals: int = 2) -> str:
    """A figure of the gap's table with its half-width."""
    mean = row[name] * times
    return console.spread(mean, row[f"{name}_high"] * times - mean, decimals)


def explained(judged: pd.DataFrame) -> list[str]:
    """What the gap is measured against, in words."""
    lines = []
    for basis, rows in judged.groupby("basis", sort=False):
        names = "" if len(rows) == len(judged) else f"{', '.join(rows['alternative'])}: "
        lines.append(f'{names}bound "{basis}": {MEANINGS[str(basis)]}.')
        why = "No bound" if basis == "no bound" else "Not hindsight"
        for column, words in (("why", why), ("left_aside", "Hindsight does without")):
            for text, told in rows.groupby(column, sort=False):
                if text:
                    whose = "" if len(told) == len(judged) else f" ({', '.join(told['alternative'])})"
                    lines.append(f"{words}{whose}: {text}.")
    return lines


MEANINGS = {
    "hindsight": "the same customers, served as cheaply as was possible to somebody who knew them all beforehand; "
    "what is lost is priced at its margin, or the dearest parcel where that is more",
    "hindsight, in shares of orders": "as hindsight, with orders that may be served by parts of several ways at once, "
    "as they are too many for whole ones; a little lower than hindsight",
    "every unit everywhere": "what was sent, at the least it costs from nodes that may send it, if all of them had "
    "every unit and their hands free; no policy sends the same for less, and not all of the gap can be had",
    "no bound": "nothing is known that lies below every policy",
}
