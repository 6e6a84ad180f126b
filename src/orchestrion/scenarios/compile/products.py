"""How each SKU must be carried, and what comes back of it."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.codes import Role
from orchestrion.domain.products import BULKY, PLAIN, TWO_PERSON, Products
from orchestrion.domain.returns import Returns
from orchestrion.domain.world import Node, Service, Skus
from orchestrion.scenarios.document import ScenarioDocument
from orchestrion.scenarios.document.assortment import Category
from orchestrion.scenarios.document.coming_back import CategoryReturns
from orchestrion.units import duration_s

_CARRIED = {"plain": PLAIN, "bulky": BULKY, "two_person": TWO_PERSON}


def make_products(document: ScenarioDocument, skus: Skus) -> Products | None:
    """The SKUs that not everybody carries or sends; none where there is no such SKU."""
    plan, plain = document.assortment, Category()
    categories = [plan.categories.get(name, plain) for name in skus.category]
    carried = np.array([_CARRIED[category.carried] for category in categories], np.int64)
    from_stores = np.array([category.from_stores for category in categories], bool)
    large = np.zeros(len(skus), bool)
    if plan.bulky_over_g is not None:
        large |= skus.mass > plan.bulky_over_g
    if plan.bulky_over_cm3 is not None:
        large |= skus.volume > plan.bulky_over_cm3
    carried = np.where(large, np.maximum(carried, BULKY), carried)
    if not carried.any() and from_stores.all():
        return None
    return Products(carried=carried, from_stores=from_stores)


def make_returns(
    document: ScenarioDocument, skus: Skus, nodes: list[Node], services: tuple[Service, ...]
) -> Returns | None:
    """The laws of returns by SKU and node."""
    plan = document.returns
    if not plan.on:
        return None
    other = plan.categories.get("other", CategoryReturns(rate=0.0, restock=1.0))
    laws = [plan.categories.get(name, other) for name in skus.category]
    groups = {Role.WAREHOUSE: "warehouses", Role.STORE: "stores"}
    return Returns(
        rate=np.array([law.rate for law in laws]),
        days=tuple(plan.days),
        store_share=plan.store_share,
        takes=np.array([groups.get(node.role) in plan.taken_by for node in nodes]),
        service=next(service.id for service in services if service.key == plan.service),
        restock=np.array([law.restock for law in laws]),
        inspect_s=duration_s(plan.inspection),
        refund_fee=plan.refund_fee,
    )
