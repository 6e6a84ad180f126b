"""The reaction matrix: its rows, the SKUs that stand in for others, the seller's tablet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from orchestrion.bundled import table_path
from orchestrion.domain.tablet import Tablet
from orchestrion.domain.world import Floats, Reactions, Skus
from orchestrion.errors import InputError
from orchestrion.scenarios.document import reactions as document
from orchestrion.tables import read_table

_POPULARITY_WEIGHT = 0.5  # a SKU twice as popular is as far as one 1.4 times as dear


def make_reactions(plan: document.Reactions, skus: Skus, popularity: Floats) -> Reactions:
    """What people do when they are told no."""
    online = _row(plan.online, plan.online_table, get_args(document.ReactionOnline))
    store = _row(plan.store, plan.store_table, get_args(document.ReactionStore))
    if not plan.tablet.on:
        store = _advised(store, plan.asked_seller)
    swapping = online.get("substitute", 0.0) > 0 or store.get("substitute", 0.0) > 0
    return Reactions(
        online=online,
        store=store,
        abandon_basket=plan.abandon_basket,
        wait_days=(plan.wait_days_min, plan.wait_days_max),
        rounds=plan.rounds,
        substitutes=substitutes(skus, popularity, plan.substitutes) if swapping else None,
    )


def make_tablet(plan: document.Reactions) -> Tablet | None:
    """The seller's tablet, where there is one."""
    if not plan.tablet.on:
        return None
    otherwise = {str(name): share for name, share in plan.asked_seller.items()}
    return Tablet(accepts=plan.tablet.accepts, collect_share=plan.tablet.collect_share, otherwise=otherwise)


def substitutes(skus: Skus, popularity: Floats, count: int) -> NDArray[np.int32]:
    """SKUs of the same category, nearest in price and popularity, shape (S, count); -1 none.

    Distances are those of logarithms.
    """
    from scipy.spatial import cKDTree  # 26 MB, and few scenarios let customers swap

    found = np.full((len(skus), count), -1, np.int32)
    wanted = np.where(popularity > 0, popularity, popularity[popularity > 0].min(initial=1.0))
    points = np.stack([np.log(skus.price), _POPULARITY_WEIGHT * np.log(wanted)], axis=1)
    category = np.array(skus.category, object)
    for name in dict.fromkeys(skus.category):
        here = np.flatnonzero(category == name)
        near = min(count + 1, len(here))
        _, rows = cKDTree(points[here]).query(points[here], k=np.arange(1, near + 1))
        for sku, row in zip(here.tolist(), here[rows].tolist(), strict=True):
            others = [other for other in row if other != sku][:count]  # equals may come before the SKU itself
            found[sku, : len(others)] = others
    return found


def _row(shares: Mapping[Any, float], table: str | None, known: tuple[str, ...]) -> dict[str, float]:
    if table is None:
        return dict(shares)
    rows = read_table(table_path(table), ("outcome", "share"))
    wrong = [
        row.problem("outcome", f"no such reaction here; known: {', '.join(known)}.")
        for row in rows
        if row["outcome"] not in known
    ]
    if wrong:
        raise InputError(wrong)
    return rows.shares("outcome")


def _advised(store: dict[str, float], advice: Mapping[Any, float]) -> dict[str, float]:
    """The row of a store without tablets: who asks a seller does one of the other things."""
    asking = store.pop("ask_seller", 0.0)
    if asking:
        for name, share in advice.items():
            store[name] = store.get(name, 0.0) + asking * share
    return store
