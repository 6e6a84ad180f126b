"""The matrix of contact points and nodes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from orchestrion.domain.codes import Channel
from orchestrion.domain.visibility import Feed, Visibility
from orchestrion.domain.world import Node
from orchestrion.errors import InputError, Problem
from orchestrion.scenarios.compile.nodes import GROUPS
from orchestrion.scenarios.document.visibility import POINTS, FeedDocument, Point
from orchestrion.scenarios.document.visibility import Visibility as VisibilityDocument
from orchestrion.units import duration_s

_ROWS: dict[Channel, Point] = {
    Channel.WEB: "web", Channel.APP: "app", Channel.STORE: "tablet", Channel.MARKETPLACE: "marketplace",
}  # fmt: skip


def make_visibility(plan: VisibilityDocument, nodes: list[Node]) -> tuple[Visibility | None, list[Node]]:
    """The matrix, none where the short form says it all; and the nodes, which know whether the web sees them.

    Raises
    ------
    InputError
        If a group names a node that there is not.
    """
    check_groups(plan, {node.key for node in nodes})
    common = make_feed(plan.feed)
    if not plan.contact_points and common is None:
        return None, nodes
    short: dict[str, int] = dict.fromkeys(plan.web_sees, 0)
    web = plan.contact_points.get("web")
    everybody = short if web is None or web.sees is None else web.sees
    held, feeds = [], []
    for point in POINTS:
        shows = plan.contact_points.get(point)
        held.append(_held_back(everybody if shows is None or shows.sees is None else shows.sees, plan, nodes))
        own = web if shows is None else shows
        feeds.append((common if own is None or own.feed is None else make_feed(own.feed)) or Feed())
    row = tuple(POINTS.index(_ROWS.get(channel, "web")) for channel in Channel)
    matrix = Visibility(
        row=row, page=POINTS.index("store_page"), held_back=np.array(held, np.int32), feeds=tuple(feeds)
    )
    seen = matrix.seen[matrix.row[Channel.WEB]].tolist()
    return matrix, [replace(node, web_visible=yes) for node, yes in zip(nodes, seen, strict=True)]


def check_groups(plan: VisibilityDocument, keys: Collection[str]) -> None:
    """Raise what groups name that is no node's key."""
    problems = [
        Problem("scenario", None, f"visibility.groups.{name}", key, "no node of that key; look at the tables of nodes")
        for name, members in plan.groups.items()
        for key in members
        if key not in keys
    ]
    if problems:
        raise InputError(problems)


def _held_back(sees: dict[str, int], plan: VisibilityDocument, nodes: list[Node]) -> list[int]:
    """Units kept back at each node; a group of your own says more than a role, a later one more than an earlier."""
    own = {key: units for name, units in sees.items() for key in plan.groups.get(name, ())}
    roles = [own.get(node.key, sees.get(GROUPS[node.role], -1)) for node in nodes]
    # a franchise's stock is its own: shown only where the franchise has opted in
    return [-1 if node.franchised and not node.ships else units for node, units in zip(nodes, roles, strict=True)]


def make_feed(feed: FeedDocument) -> Feed | None:
    """A feed; None for one that tells everything at once."""
    made = Feed(duration_s(feed.every), duration_s(feed.delay))
    return None if made == Feed() else made
