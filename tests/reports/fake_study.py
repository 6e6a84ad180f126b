"""An invented study with the methods of `experiments.Study`: seven alternatives, 62 nodes, plausible figures."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from orchestrion.bundled import data_path
from orchestrion.domain.codes import Component, Leg
from orchestrion.errors import StudyError
from orchestrion.experiments.inference import holm, paired, verdict
from orchestrion.kpis import HEADLINE, kpis
from orchestrion.units import DAY

DAYS = 14
WARM_UP = 14 * DAY
FACTS = ("orders", "shipments")  # tables that it knows

# label -> stockout, lost, days, cost, co2e, contribution, share of shipments from stores, promises kept
TRUTH = {
    "france_siloed": (0.131, 0.094, 3.05, 9.42, 0.982, 742_000.0, 0.0, 0.936),
    "france_unified": (0.034, 0.021, 2.71, 10.35, 1.049, 781_500.0, 0.34, 0.951),
    "france_nearest": (0.036, 0.022, 2.38, 10.92, 0.966, 776_300.0, 0.81, 0.947),
    "france_clear_overstock": (0.033, 0.020, 2.83, 10.71, 1.083, 792_800.0, 0.66, 0.940),
    "france_cheapest": (0.034, 0.021, 2.78, 9.61, 1.012, 785_900.0, 0.27, 0.953),
    "france_lowest_co2e": (0.036, 0.022, 2.55, 10.21, 0.874, 778_800.0, 0.58, 0.949),
    "france_milp_balanced": (0.034, 0.021, 2.52, 9.66, 0.921, 793_600.0, 0.45, 0.958),
}
TITLES = dict(
    zip(
        TRUTH,
        (
            "Siloed (today)",
            "Unified, warehouse first",
            "Nearest node",
            "Clear overstock first",
            "Cheapest to serve",
            "Lowest CO2e",
            "Optimised, balanced",
        ),
        strict=True,
    )
)
AGAIN = "_again"  # a label's ending: another alternative that is nearly that one


def truth_of(label: str) -> tuple[float, ...]:
    """The means of an alternative."""
    name = label.removesuffix(AGAIN)
    return tuple(value * (1.0 if name == label else 1.01) for value in TRUTH[name])


def _seed(label: str) -> int:
    return list(TRUTH).index(label.removesuffix(AGAIN)) + (100 if label.endswith(AGAIN) else 0)


_SPREAD = (0.004, 0.003, 0.05, 0.11, 0.02, 9_000.0)  # between replications, shared by the alternatives
_OWN = (0.0012, 0.0009, 0.02, 0.04, 0.008, 2_600.0)  # of each alternative's own
_COMPONENTS = {
    Component.PICKING: 0.24, Component.PACKAGING: 0.09, Component.CARRIAGE: 0.86, Component.SHUTTLE: 0.05,
    Component.REWORK: 0.015, Component.CARE: 0.03, Component.FEE: -0.285,
}  # fmt: skip
_LEGS = {
    Leg.ORDERING: 0.035, Leg.PACKAGING: 0.21, Leg.BUILDING: 0.07, Leg.FIRST_LEG: 0.11, Leg.LINE_HAUL: 0.14,
    Leg.LAST_LEG: 0.19, Leg.SHUTTLE: 0.015, Leg.CUSTOMER_TRIP: 0.23,
}  # fmt: skip


@dataclass(frozen=True)
class FakeAlternative:
    """As `experiments.Alternative`."""

    label: str
    scenario: str
    policy_text: str
    title: str
    scenario_hash: str
    document: dict[str, Any] = field(default_factory=dict)


@cache
def _communes() -> list[dict[str, str]]:
    with open(data_path("geo", "communes_fr.csv"), encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if row["zone"] == "metro" and row["departement"][:2] not in ("2A", "2B")
        ]
    return sorted(rows, key=lambda row: -int(row["population"]))


@cache
def _base() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


_made: dict[tuple[str, int, int, int], dict[str, np.ndarray[Any, Any]]] = {}


class FakeStudy:
    """A study nobody ran.

    Parameters
    ----------
    labels
        Alternatives, all by default.
    replications
        10 by default; with one there is no interval.
    facts
        Whether shipments and orders were kept.
    rename
        Label -> another title, for hostile texts.
    """

    def __init__(
        self,
        labels: Sequence[str] = tuple(TRUTH),
        *,
        replications: int = 10,
        facts: bool = True,
        titles: dict[str, str] | None = None,
        places: int = 1500,
        orders_per_day: int = 260,
        groups: bool = True,
    ) -> None:
        self.labels = list(labels)
        self.replications = replications
        self.kept = facts
        self.groups = groups
        self.orders_per_day = orders_per_day
        self.alternatives = []
        for index, label in enumerate(self.labels):
            policy = label.removeprefix("france_").replace("siloed", "nearest").replace("unified", "nearest")
            document = {
                "title": label,
                "time": {"start": date(2026, 9, 7), "measured_weeks": 2},
                "visibility": {"web": "warehouses" if label == "france_siloed" else "all", "buffer_units": 1},
                "policy": {"name": policy, **({"eur_per_day_late": 4.0} if "milp" in label else {})},
            }
            own = TITLES | {f"{name}{AGAIN}": f"{title} again" for name, title in TITLES.items()}
            title = (own | (titles or {}))[label]
            text = "milp_balanced(eur_per_day_late=4.0)" if "milp" in label else policy
            self.alternatives.append(FakeAlternative(label, label, text, title, f"{index:064x}", document))
        self.manifest: dict[str, Any] = {
            "format": 1,
            "orchestrion": "0.1.0",
            "seed": 1,
            "replications": replications,
            "baseline": self.labels[0],
            "second_baseline": self.labels[1] if len(self.labels) > 2 else None,
            "versions": {"python": "3.11.9", "numpy": "2.4.6"},
        }
        communes = _communes()
        self._nodes = [communes[i] for i in range(60)]
        self._places = communes[:places]

    # -- tables --------------------------------------------------------------------------------------------------

    @cached_property
    def _common(self) -> np.ndarray[Any, Any]:
        return np.random.default_rng(1).normal(size=(self.replications, len(_SPREAD)))

    def _cell(self, label: str, replication: int) -> dict[str, float]:
        rng = np.random.default_rng([7, _seed(label), replication])
        truth = truth_of(label)
        values = {
            key: truth[i] + _SPREAD[i] * self._common[replication, i] + _OWN[i] * rng.normal()
            for i, key in enumerate(HEADLINE)
        }
        values["promises_kept"] = truth[7] + 0.004 * rng.normal()
        values["delivery_time_p90"] = values["delivery_time_days"] * 1.62
        values["walk_in_lost_share"] = 0.04 + 0.03 * truth[6] + 0.001 * rng.normal()
        values["shelf_stockout_rate"] = 0.12
        return values

    def _rows(self, group_by: str, label: str, replication: int) -> list[tuple[str, int, float]]:
        values = self._cell(label, replication)
        rng = np.random.default_rng([9, _seed(label), replication])
        if group_by == "all":
            return [(key, -1, value) for key, value in values.items()]
        if not self.groups:
            return []
        if group_by == "day":
            wave = 1 + 0.16 * np.sin(np.arange(DAYS) / 2.1) + 0.012 * np.arange(DAYS)
            noise = rng.normal(0, 0.004, DAYS)
            return [
                ("stockout_rate", 14 + d, max(0.0, values["stockout_rate"] * wave[d] + noise[d])) for d in range(DAYS)
            ]
        if group_by == "component":
            return [("cost_to_serve", int(c), values["cost_to_serve"] * share) for c, share in _COMPONENTS.items()]
        if group_by == "leg":
            return [("co2e_per_order", int(c), values["co2e_per_order"] * share) for c, share in _LEGS.items()]
        if group_by == "node":
            base = np.random.default_rng(4).gamma(1.4, 0.035, 62) * (0.6 + truth_of(label)[6])
            return [("walk_in_lost_share", n, float(base[n] * rng.uniform(0.9, 1.1))) for n in range(60)]
        return []

    def kpis(self, group_by: str = "all") -> pd.DataFrame:
        rows = [
            (label, "", label, replication, kpi, group, value)
            for label in self.labels
            for replication in range(self.replications)
            for kpi, group, value in self._rows(group_by, label, replication)
        ]
        frame = pd.DataFrame(rows, columns=["scenario", "policy", "label", "replication", "kpi", "group", "value"])
        # a share of a thousand cases each; contribution is a sum
        frame["denominator"] = [1.0 if kpi == "contribution" else 1000.0 for kpi in frame["kpi"]]
        frame["numerator"] = frame["value"] * frame["denominator"]
        return frame

    def against(self, baseline: str, kpis_: Sequence[str], *, family: str = "comparison") -> pd.DataFrame:
        rows = []
        others = [label for label in self.labels if label != baseline]
        tests = {}
        for label in others:
            for key in kpis_:
                here = [self._cell(label, r)[key] for r in range(self.replications)]
                there = [self._cell(baseline, r)[key] for r in range(self.replications)]
                tests[label, key] = paired(here, there)
        adjusted: dict[tuple[str, str], float] = {}
        for members in [list(tests)] if family == "study" else [[(label, key) for key in kpis_] for label in others]:
            adjusted.update(zip(members, holm([tests[one].p for one in members]), strict=True))
        for (label, key), test in tests.items():
            said = verdict(test, adjusted[label, key], kpis[key].direction)
            row = (label, key, kpis[key].unit, test.mean, test.low, test.high, adjusted[label, key], said)
            rows.append(row)
        return pd.DataFrame(
            rows, columns=["alternative", "kpi", "unit", "difference", "low", "high", "p_holm", "verdict"]
        )

    def sentences(self, baseline: str | None = None, lang: str = "en") -> list[str]:
        first, last = self.labels[0], self.labels[-1]
        if lang == "fr":
            return [
                f"{first} : les articles vendus en ligne sont en rupture 13,1\u202f% du temps [12,8 ; 13,4].",
                f"De {first} à {last}, la contribution de toute l’enseigne varie de +51,6 k€ sur 2 semaines : un gain.",
                f"Par rapport à {first}, {last} : mieux pour le délai (−0,53 jour) ; du bruit pour le coût.",
                f"Moyennes de {self.replications} réplications ; différences appariées.",
            ]
        return [
            f"{first}: items sold online are out of stock 13.1% of the time [12.8; 13.4].",
            f"From {first} to {last}, the contribution of the whole retailer changes by +€51.6k over 2 weeks: a gain.",
            f"Compared with {first}, {last}: better in delivery time (−0.53 days); noise at this precision in cost.",
            f"Means of {self.replications} replications; differences are paired.",
        ]

    # -- facts ---------------------------------------------------------------------------------------------------

    def dims(self, name: str, *, label: str | None = None) -> pd.DataFrame:
        if name == "nodes":
            depots = [("Lille-Lesquin", 50.583, 3.111), ("Lyon-Satolas", 45.668, 5.111)]
            return pd.DataFrame(
                {
                    "key": [f"store_{i:02d}" for i in range(60)] + ["wh_lille", "wh_lyon"],
                    "label": [row["name"] for row in self._nodes] + [name for name, _, _ in depots],
                    "role": [1] * 60 + [0, 0],
                    "lat": [float(row["lat"]) for row in self._nodes] + [lat for _, lat, _ in depots],
                    "lon": [float(row["lon"]) for row in self._nodes] + [lon for _, _, lon in depots],
                }
            )
        if name == "places":
            departments = sorted({row["departement"] for row in self._places})
            return pd.DataFrame(
                {
                    "key": [row["insee"] for row in self._places],
                    "label": [row["name"] for row in self._places],
                    "lat": [float(row["lat"]) for row in self._places],
                    "lon": [float(row["lon"]) for row in self._places],
                    "zone": [departments.index(row["departement"]) for row in self._places],
                }
            )
        raise StudyError(f"no dimension table named {name!r}")

    def sql(self, query: str, *, label: str, replication: int) -> pd.DataFrame:
        base, asked = _base(), [name for name in FACTS if name in query]
        for name in asked:
            base.register(name, self.facts(name, label=label, replication=replication))
        try:
            return base.execute(query).df()
        except duckdb.CatalogException as error:
            raise StudyError("this study kept no such facts") from error
        finally:
            for name in asked:
                base.unregister(name)

    def facts(
        self, table: str, *, label: str, replication: int, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        if not self.kept or table not in FACTS:
            raise StudyError("this study kept no such facts")
        known = label, replication, len(self._places), self.orders_per_day
        if known not in _made:
            while len(_made) > 40:  # the last few; each study of this kind has the same
                del _made[next(iter(_made))]
            _made[known] = self._facts(label, replication)
        columns_ = _made[known]
        if columns is not None and not set(columns) <= set(columns_):
            raise StudyError("this study kept no such columns")
        return pd.DataFrame({name: columns_[name] for name in columns or columns_})

    def _facts(self, label: str, replication: int) -> dict[str, np.ndarray[Any, Any]]:
        truth = truth_of(label)
        rng = np.random.default_rng([11, _seed(label), replication])
        n = self.orders_per_day * DAYS
        people = np.array([float(row["population"]) for row in self._places])
        place = rng.choice(len(people), n, p=people / people.sum())
        t = WARM_UP + np.sort(rng.integers(0, DAYS * DAY, n))
        collect = rng.random(n) < 0.2
        days = np.maximum(0.55, truth[2] * rng.gamma(9.0, 1 / 9.0, n))
        received = t + (days * DAY).astype(np.int64)
        nodes, places = self.dims("nodes"), self.dims("places")
        lat, lon = nodes["lat"].to_numpy()[:60], nodes["lon"].to_numpy()[:60]
        at, on = places["lat"].to_numpy()[place], places["lon"].to_numpy()[place]
        near = ((at[:, None] - lat) ** 2 + (0.7 * (on[:, None] - lon)) ** 2).argsort(axis=1)
        rank = np.minimum(59, rng.geometric(0.45 if "nearest" in label or "co2e" in label else 0.06, n) - 1)
        from_store = rng.random(n) < truth[6]
        depot = np.where(at > 47.2, 60, 61)
        node = np.where(from_store, near[np.arange(n), rank], depot)
        return {
            "order": np.arange(n),
            "t": t,
            "node": node,
            "place": place,
            "collect_at": np.where(collect, near[:, 0], -1),
            "units": np.where(rng.random(n) < 0.01, 0, 1),
            "sourced_t": t + 600,
            "promised_t": t + 3 * DAY,
            "handed_t": t + 20_000,
            "received_t": np.where(rng.random(n) < 0.004, -1, received),
            "distance": (
                np.hypot(at - nodes["lat"].to_numpy()[node], 0.7 * (on - nodes["lon"].to_numpy()[node])) * 111_000
            ),
        }
