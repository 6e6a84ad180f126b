"""The rules as sentences, for the people who will have to live with them."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrion.policies.pipeline.rule import ALLOCATE, HOLD, NEXT, PARTIAL, Rule, Split, Step

_SAID = {
    (ALLOCATE, NEXT): ("Allocate all lines", "if that cannot be, go to the next rule"),
    (ALLOCATE, HOLD): ("Allocate all lines", "if that cannot be, let them wait"),
    (PARTIAL, NEXT): ("Allocate what can be had", "what is left goes to the next rule"),
    (PARTIAL, HOLD): ("Allocate what can be had", "what is left waits"),
}


def sentence(rule: Rule) -> str:
    """One rule.

    >>> from orchestrion.policies.pipeline.reading import Reading
    >>> print(sentence(Reading().rule("", {"name": "near", "filters": {"within_km": 50}}, 0)).replace("; ", ";\\n"))
    near: for all orders, from nodes that lie within 50 km;
    nearest first. Allocate all lines in as few shipments as possible;
    if that cannot be, go to the next rule.
    """
    who = f"{rule.name}: for {rule.when.words()}"
    if rule.action == NEXT:
        return f"{rule.name}: switched off, go to the next rule."
    if rule.action == HOLD:
        return f"{who}, let them wait."
    first = ", then ".join(sort.words() for sort in rule.sorts)
    what, rest = _SAID[rule.action, rule.otherwise]
    return f"{who}, from {_nodes(rule.steps)}; {first} first. {what} {_split(rule.split)}; {rest}."


def _nodes(steps: Sequence[Step]) -> str:
    hard = [step.filter.words() for step in steps if not step.soft]
    soft = [step.filter.words() for step in steps if step.soft]
    said = f"nodes that {_and(hard)}" if hard else "any node"
    return said + (f", preferably ones that {_and(soft)}" if soft else "")


def _split(split: Split) -> str:
    if split.max_shipments == 1:
        return "in one shipment"
    said = "in as few shipments as possible" if split.only_when_needed else "in the shipments that cost least"
    limits = []
    if split.max_shipments is not None:
        limits.append(f"at most {split.max_shipments}")
    if split.order_from_eur is not None:
        limits.append(f"in one if the order is worth less than {split.order_from_eur:g} EUR")
    if split.shipment_from_eur is not None:
        limits.append(f"no part of a split worth less than {split.shipment_from_eur:g} EUR")
    return said + (f" ({', '.join(limits)})" if limits else "")


def _and(words: Sequence[str]) -> str:
    return " and ".join(words)
