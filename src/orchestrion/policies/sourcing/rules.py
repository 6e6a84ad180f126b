"""Rules: a chain of filters, sorts and actions, as a store operations manager would write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrion.domain.orders import Order
from orchestrion.domain.plan import Plan
from orchestrion.domain.view import NetworkView
from orchestrion.errors import InputError, OrchestrionError, Problem
from orchestrion.policies.groups import Groups, UnknownGroup, unknown
from orchestrion.policies.pipeline import values as read
from orchestrion.policies.pipeline.deciding import QUEUES, Chain, RuleDesk
from orchestrion.policies.pipeline.reading import Reading
from orchestrion.policies.pipeline.rule import Rule
from orchestrion.policies.pipeline.words import sentence
from orchestrion.policies.rule import Rule as Heuristic
from orchestrion.policies.sourcing import make_policy, sourcing_policy
from orchestrion.streams import Streams
from orchestrion.units import duration_text

_NEAREST = {"name": "any node", "sorts": ("nearest",), "action": "allow partial"}


@sourcing_policy("rules")
@dataclass(frozen=True, kw_only=True, repr=False)
class Rules:
    """Walk each order down a list of rules: each filters the nodes, sorts them, and allocates or passes on.

    A rule is a mapping of `name`, `when` (the orders it is for), `filters` (hard, or `soft: true`: dropped when nothing
    passes), `sorts` (the first decides; `weighted` adds several up in euros), `split` (limits by count and by value),
    `action` (allocate, allow partial, next rule, hold) and `otherwise` (next rule, hold). What no rule allocated is
    tried again with the next step of tolerance, then by the fallback, and waits for the next review. Shipments are as
    few as possible unless a rule says otherwise.

    Conditions are starts, ends, options, channels, zones, categories, order_from_eur, order_below_eur,
    rejected_at_least, waited_at_least. Filters are group, not_group, zones, same_zone, within_km, collection_store,
    in_time, arrives_within, leaves_today, open_now, capacity_left, max_backlog, max_orders_a_day, max_lines_a_day,
    found_at_least, stock_at_least, keep_units, keep_days, overstocked, beyond_weeks_of_cover. Sorts are rank, nearest,
    cheapest, carriage, pick_and_pack, labour, margin, shipments, lowest_co2e, fastest, least_late, most_stock,
    longest_cover, overstock, overstocked_units, slowest_sellers, least_busy, least_used, best_found, longest_idle.
    Limits of a split are max_shipments, order_from_eur, shipment_from_eur, only_when_needed. A rule that holds lines
    does so at once, without waiting for a later step of tolerance.

    Parameters
    ----------
    title
        What the rules are called where there is little room for them.
    rules
        The rules, the first is tried first; `print(policy)` says them as sentences.
    groups
        Named lists of nodes, for filters and ranks; `stores` and `warehouses` are there already.
    queue
        Which order of a review is decided first: `placed` (first come), `promise` (most urgent), `value` (dearest).
    promise_tolerance
        Steps beyond the promise: the whole list is tried with the first, then with the next; ["0s"] for none.
    max_shipments
        Nodes that may ship for one order, over all rules and reviews; lines sourced again after a short pick count
        anew.
    fallback
        An order-by-order policy, by name or with its parameters, for what no rule allocated.
    """

    title: str = ""
    rules: tuple[Any, ...] = field(default=(_NEAREST,), repr=False)  # too long for the name of an alternative
    groups: Mapping[str, Any] = field(default_factory=dict, repr=False)
    queue: str = "placed"
    promise_tolerance: tuple[str, ...] = ("0s",)
    max_shipments: int | None = None
    fallback: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("rules", "groups", "promise_tolerance", "fallback"):
            object.__setattr__(self, name, _plain(getattr(self, name)))
        self._read()

    def __repr__(self) -> str:
        said = [f"{name}={getattr(self, name)!r}" for name in type(self).__dataclass_fields__]
        return f"{type(self).__name__}({', '.join(said)})"

    def __str__(self) -> str:
        return self.in_words()

    def _read(self) -> tuple[tuple[Rule, ...], dict[str, tuple[str, ...]], tuple[int, ...]]:
        """The rules and what goes with them, checked as far as that is possible without a scenario."""
        reading = Reading()
        groups = reading.groups(self.groups)
        rules = reading.rules(self.rules)
        reading.value("queue", self.queue, read.one_of(tuple(QUEUES)))
        if self.max_shipments is not None:
            reading.value("max_shipments", self.max_shipments, read.whole(1))
        steps = [
            reading.value(f"promise_tolerance.{i}", step, read.duration)
            for i, step in enumerate(self.promise_tolerance)
        ]
        if not steps:
            reading.wrong("promise_tolerance", [], 'write at least one step, such as "0s"')
        elif None not in steps and steps != sorted(set(steps)):
            reading.wrong("promise_tolerance", list(self.promise_tolerance), "each step must be longer than the last")
        self._check_fallback(reading)
        if reading.problems:
            raise InputError(reading.problems)
        return rules, groups, tuple(steps)

    def _check_fallback(self, reading: Reading) -> None:
        if self.fallback is None:
            return
        try:
            policy = make_policy(self.fallback)
        except InputError as error:
            for problem in error.problems:
                where = "fallback" + problem.where.removeprefix("policy")
                reading.problems.append(Problem("policy", None, f"policy.{where}", problem.value, problem.rule))
            return
        except OrchestrionError as error:
            reading.wrong("fallback", self.fallback, str(error))
            return
        if not isinstance(policy, Heuristic) or type(policy).decide is not Heuristic.decide:
            reading.wrong("fallback", self.fallback, "must be a policy that decides order by order, such as nearest")

    def start(self, view: NetworkView, streams: Streams | None = None) -> RuleDesk:
        """The desk that works by these rules for one replication.

        Raises
        ------
        InputError
            If the scenario has no such node, group, option, zone or category.
        """
        rules, lists, steps = self._read()
        world = view.world
        problems = []
        try:
            groups = Groups(world, lists)
        except UnknownGroup as error:
            raise InputError([Problem("policy", None, "policy.groups", "", str(error))]) from error
        known = {
            "option": [option.key for option in world.options],
            "zone": list(world.zones),
            "category": list(dict.fromkeys(world.skus.category)),
        }
        for i, rule in enumerate(rules):
            for place, kind, name in rule.names():
                told = _missing(groups, known, kind, name)
                if told:
                    problems.append(Problem("policy", None, f"policy.rules.{i}.{place}", repr(name), told))
        if problems:
            raise InputError(problems)
        heuristic: Any = None if self.fallback is None else make_policy(self.fallback)
        chain = Chain(rules, self.queue, steps, self.max_shipments, heuristic)
        return RuleDesk(chain, groups, world)

    def decide(self, orders: Sequence[Order], view: NetworkView) -> Plan:
        """A plan for one review by itself, with nothing to remember."""
        return self.start(view).decide(orders, view)

    def in_words(self) -> str:
        """The rules as numbered sentences."""
        rules, groups, steps = self._read()
        said = [f"{self.title}."] if self.title else []
        said += [f"{name}: {', '.join(members)}." for name, members in groups.items()]
        queue = {"placed": "as they came", "promise": "the most urgent promise first", "value": "the dearest first"}
        said.append(f"Orders are decided {queue[self.queue]}.")
        said += [f"{i}. {sentence(rule)}" for i, rule in enumerate(rules, 1)]
        if len(steps) > 1 or steps[0]:
            late = ", then ".join(duration_text(step) if step else "the promise itself" for step in steps)
            said.append(f"The list is walked through with {late} as tolerance on the promise.")
        if self.max_shipments is not None:
            said.append(f"No order leaves in more than {self.max_shipments} shipments.")
        if self.fallback is not None:
            name = self.fallback if isinstance(self.fallback, str) else self.fallback["name"]
            said.append(f"What no rule allocated is left to the policy {name}.")
        said.append("What is left waits for the next review.")
        return "\n".join(said)


def _missing(groups: Groups, known: Mapping[str, list[str]], kind: str, name: str) -> str:
    if kind in known:
        return "" if name in known[kind] else unknown(kind, name, known[kind])
    try:
        groups[name]
    except UnknownGroup as error:
        return str(error)
    return ""


def _plain(value: Any) -> Any:
    """The document's values, lists as tuples."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return value
