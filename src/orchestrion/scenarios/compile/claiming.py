"""Who must be asked before a shipment is picked, and what asking costs."""

from __future__ import annotations

import numpy as np

from orchestrion.domain.claiming import Claiming
from orchestrion.domain.codes import Role
from orchestrion.domain.withdrawing import SecondThoughts
from orchestrion.domain.world import Node
from orchestrion.scenarios.document.claiming import ClaimingDocument, ClaimingKind, SecondThoughtsDocument
from orchestrion.scenarios.document.network import Network
from orchestrion.units import HOUR, MINUTE, duration_s


def make_claiming(document: ClaimingDocument, network: Network, nodes: list[Node]) -> Claiming | None:
    """How each node answers; a node with an acceptance of its own is asked, whatever its kind."""
    if not document.on:
        return None
    kinds: dict[Role, ClaimingKind] = {
        Role.WAREHOUSE: document.warehouses,
        Role.STORE: document.stores,
        Role.DARK_STORE: document.dark_stores,
        Role.SUPPLIER: document.suppliers,
    }
    mine = [kinds[node.role] for node in nodes]
    own = [network.nodes[node.key].acceptance if node.key in network.nodes else None for node in nodes]
    return Claiming(
        asked=np.array([kind.asked or a is not None for kind, a in zip(mine, own, strict=True)], bool),
        acceptance=np.array([kind.acceptance if a is None else a for kind, a in zip(mine, own, strict=True)], float),
        response_s=np.array([kind.response_minutes * MINUTE for kind in mine], float),
        request_cost=np.array(
            [round(kind.request_minutes * MINUTE * node.wage / HOUR) for kind, node in zip(mine, nodes, strict=True)],
            np.int64,
        ),
        timeout_s=duration_s(document.timeout),
        at_once=document.at_once,
        exponential=document.answers == "exponential",
    )


def make_second_thoughts(document: SecondThoughtsDocument) -> SecondThoughts | None:
    """The law by which customers change their mind, where they do."""
    return SecondThoughts(share=document.share, mean_s=document.mean_minutes * MINUTE) if document.on else None
