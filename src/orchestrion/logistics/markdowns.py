"""What markdowns cost: list price that was not obtained on units sold after a SKU was marked down."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Component, Outcome
from orchestrion.domain.facts import Table
from orchestrion.domain.world import World

# wishes that ended with the units sold, in a store or in an order
SOLD = (
    Outcome.SERVED, Outcome.SERVED_LATER, Outcome.MOVED_TO_STORE, Outcome.MOVED_TO_WEB, Outcome.MOVED_TO_OTHER_STORE,
    Outcome.SUBSTITUTED,
)  # fmt: skip


def markdowns(world: World, requests: Table) -> Table:
    """Rows of costs, one for each wish sold below its list price, VAT excluded: in the store that sold it, or on the
    order's account."""
    columns = ("t", "order", "shipment", "node", "component", "amount")
    none: Table = {name: np.zeros(0, np.int64) for name in columns}
    if world.season is None or not world.season.steps:
        return none
    sold = np.isin(requests["outcome"], SOLD) & (requests["resolved_t"] >= 0)
    substitute, paid = requests["substitute"][sold], requests["paid"][sold]
    sku, t = np.where(substitute >= 0, substitute, requests["sku"][sold]), requests["resolved_t"][sold]
    off = world.season.markdown(sku, t)
    net = np.where(paid >= 0, paid, requests["value"][sold]) / (1.0 + world.economics.vat)
    amount = np.rint(net * off).astype(np.int64)
    kept = amount > 0
    minus = np.full(int(kept.sum()), -1, np.int64)
    return {
        "t": t[kept],
        "order": minus,
        "shipment": minus,
        "node": requests["served_at"][sold][kept],
        "component": np.full(len(minus), Component.MARKDOWN, np.int64),
        "amount": amount[kept],
    }
