"""Which service may carry what from where: bulky goods, goods that stores do not send, how far a courier goes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from orchestrion.domain.codes import Channel, Role
from orchestrion.domain.world import World


class Carrying:
    """What the products and the services allow; the same for the web's offer and for the sourcing desk.

    Attributes
    ----------
    choosy
        Whether anything depends on product or distance at all; else every shipping node may send everything.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._store = [node.role == Role.STORE for node in world.nodes]
        self._hands_over = [node.collects for node in world.nodes]
        matrix = world.visibility
        self.row = (0,) * len(Channel) if matrix is None else matrix.row
        self.seen: list[list[bool]] = (
            [[node.web_visible for node in world.nodes]] if matrix is None else matrix.seen.tolist()
        )
        products = world.products
        self._class: list[int] | None = None if products is None else products.carried.tolist()
        self._from_stores: list[bool] | None = None if products is None else products.from_stores.tolist()
        self._carriers = [(option.service, option.bulky, option.two_person) for option in world.options]
        couriers = [world.services[option.service].courier is not None for option in world.options]
        self.choosy = products is not None or any(couriers)
        self._usual = next((o.id for o, c in zip(world.options, couriers, strict=True) if not (o.collect or c)), -1)
        self._found: dict[tuple[int, bool, int, int, int, int], list[int]] = {}
        self._plain: dict[tuple[int, int, int], list[int]] = {}  # where neither goods nor distance make a difference
        self._reached: dict[tuple[int, int], bool] = {}
        # by row and service: the nodes that ship with it; a carrier that never calls at a node takes nothing from there
        self.carried = [
            [yes and node.ships and bool(c) for yes, node, c in zip(seen, world.nodes, s.collections, strict=True)]
            for seen in self.seen
            for s in world.services
        ]

    def services(self, sku: int, option: int, place: int, store: int, channel: int) -> list[int]:
        """By node, the service that brings units of the SKU from there to the customer; -1 where none does.

        Parameters
        ----------
        option, place, store
            The fulfilment option, the address, and the collection store (-1 for home delivery).
        channel
            Where the customer asked: not every contact point sees every node.
        """
        row = self.row[channel]
        if not self.choosy:  # goods and distance make no difference
            plain = self._plain.get((option, store, row))
            if plain is None:
                plain = self._plain[option, store, row] = self._services(sku, option, place, store, row)
            return plain
        return self._services(sku, option, place, store, row)

    def _services(self, sku: int, option: int, place: int, store: int, row: int) -> list[int]:
        sort = 0 if self._class is None else self._class[sku]
        stores_send = self._from_stores is None or self._from_stores[sku]
        service = self._carriers[option][sort]
        courier = self._world.services[service].courier if service >= 0 else None
        key = (sort, stores_send, option, store, place if courier is not None else -1, row)
        found = self._found.get(key)
        if found is None:
            at = row * len(self._world.services) + service
            able = np.array(self.carried[at]) if service >= 0 else np.zeros(len(self._store), bool)
            if not stores_send:
                able &= ~np.array(self._store)
            if courier is not None:
                able &= self._world.geography.node_place[:, place] <= courier.radius_m
            found = np.where(able, service, -1).tolist()
            if store >= 0:
                hands_over = self._hands_over[store] and self.seen[row][store]
                found[store] = self._world.options[option].counter if hands_over else -1
            self._found[key] = found
        return found

    def offered(
        self, atp: NDArray[np.int32], sku: int, qty: int, option: int, place: int, store: int, channel: int
    ) -> bool:
        """Whether nodes that could send it to this customer have as many units to promise, if any node has.

        Parameters
        ----------
        atp
            Units of the SKU that each node can promise, shape (N,).
        """
        able = np.array(self.services(sku, option, place, store, channel)) >= 0
        shown = np.array(self.seen[self.row[channel]])
        # what nobody has is unavailable, not undeliverable
        return bool(atp[able].sum() >= qty or atp[shown].sum() < qty)

    def option(self, option: int, place: int) -> int:
        """The option shown to this address: where no courier comes, its customers take the usual home delivery."""
        service = self._world.services[self._world.options[option].service] if option >= 0 else None
        if service is None or service.courier is None:
            return option
        reached = self._reached.get((option, place))
        if reached is None:
            row = self._world.geography.node_place[:, place]
            near = np.array(self.carried[service.id]) & (row <= service.courier.radius_m)
            reached = self._reached[option, place] = bool(near.any())
        return option if reached or self._usual < 0 else self._usual
