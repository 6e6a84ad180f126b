"""Audits of a finished replication: identities that must hold for any World, policy and seed, from the facts alone.

Each audit recomputes something from one table and confronts it with another that was written elsewhere in the code; a
file a subject.
"""

from __future__ import annotations

from audits.accounts import books_balance
from audits.bookings import money_adds_up
from audits.coming_back import what_came_back_had_left, what_is_due_is_out
from audits.endings import ENDS, order_ends, wishes_end_once
from audits.lives import lives_are_legal
from audits.promises import promises_match_shipments
from audits.spells import recorded_spells, spells_from_stock
from audits.tables import digest, records, rows, tables_have_their_shape
from audits.units import stock_is_never_negative, units_are_conserved
from orchestrion.domain.facts import Facts
from orchestrion.domain.world import World
from orchestrion.policies.sourcing import make_policy
from orchestrion.simulation import simulate

__all__ = [
    "ENDS",
    "audit",
    "digest",
    "lives_are_legal",
    "money_adds_up",
    "order_ends",
    "promises_match_shipments",
    "records",
    "rows",
    "run",
    "tables_have_their_shape",
    "units_are_conserved",
]


def run(world: World, policy: object = "nearest", *, seed: int = 1, replication: int = 0) -> Facts:
    """One replication under a policy given by name, by document or as a value."""
    return simulate(world, make_policy(policy), seed=seed, replication=replication)


def audit(world: World, facts: Facts) -> None:
    """All audits."""
    tables_have_their_shape(facts)
    units_are_conserved(world, facts)
    stock_is_never_negative(facts)
    promises_match_shipments(facts, late=world.sourcing.feed is not None)
    lives_are_legal(facts)
    order_ends(facts)
    wishes_end_once(facts)
    money_adds_up(world, facts)
    books_balance(world, facts)
    what_came_back_had_left(world, facts)
    what_is_due_is_out(facts)
    assert recorded_spells(facts) == spells_from_stock(world, facts)
