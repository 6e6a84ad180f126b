"""Policies from documents: names, parameters, and errors that say what to write."""

from __future__ import annotations

import sys
from inspect import cleandoc

import pytest

from orchestrion.errors import InputError, UnknownName
from orchestrion.policies.sourcing import catalogue, make_policy, policy_document, sourcing_policies
from orchestrion.policies.sourcing.milp import BatchMilp
from orchestrion.policies.sourcing.nearest import Nearest


def test_a_policy_is_made_from_its_name_alone_or_with_parameters() -> None:
    assert make_policy("nearest") == make_policy({"name": "nearest"}) == Nearest()
    assert make_policy({"name": "nearest", "within_km": 50}) == Nearest(within_km=50.0)
    assert make_policy({"name": "milp", "review": "1h"}) == BatchMilp(review="1h")
    assert make_policy(BatchMilp(gap=0.1)) == BatchMilp(gap=0.1)


@pytest.mark.parametrize("name", sourcing_policies.names())
def test_each_policy_reads_back_from_its_own_document_and_its_own_writing(name: str) -> None:
    policy = make_policy(name)
    assert make_policy(policy_document(policy)) == policy
    assert eval(repr(policy), {type(policy).__name__: type(policy)}) == policy


def test_an_unknown_name_suggests_a_near_one() -> None:
    with pytest.raises(UnknownName, match="did you mean 'cheapest'"):
        make_policy("cheepest")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"name": "nearest", "within": 5}, "s.yaml:7: policy.within = 5: no such parameter of nearest; did you mean"),
        ({"name": "cheapest", "speed": 1}, "s.yaml:7: policy.speed = 1: no such parameter of cheapest; it has none."),
        ({"name": "nearest", "within_km": "far"}, "s.yaml:7: policy.within_km = 'far': write a number"),
        ({"name": "nearest", "within_km": True}, "s.yaml:7: policy.within_km = True: write a number"),
        ({"name": "nearest", "within_km": -1}, "s.yaml:7: policy.within_km = -1: must be a number of at least 0"),
        ({"name": "nearest", "within_km": float("nan")}, "s.yaml:7: policy.within_km = nan: write a number"),
        ({"name": "milp", "node_limit": 1.5}, "s.yaml:7: policy.node_limit = 1.5: write a whole number"),
        ({"name": "milp", "node_limit": 0}, "s.yaml:7: policy.node_limit = 0: must be a number of at least 1"),
        ({"name": "milp", "review": "soon"}, "s.yaml:7: policy.review = 'soon': not a duration; write it like"),
        ({"name": "milp", "review": 30}, "s.yaml:7: policy.review = 30: write text"),
        ({"within_km": 5}, "s.yaml:7: policy.name: a policy needs a name, one of: balance_workload, "),
        (42, "s.yaml:7: policy = 42: write the policy's name"),
    ],
)  # fmt: skip
def test_a_bad_document_is_refused_with_place_value_and_rule(document: object, message: str) -> None:
    with pytest.raises(InputError) as error:
        make_policy(document, file="s.yaml", line=7)
    assert str(error.value).startswith(message)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        make_policy({"name": "weighted", "eur_per_split": "x", "eur_per_day": 1, "colour": 2})
    assert len(error.value.problems) == 3


def test_each_policy_has_a_sentence_and_each_parameter_its_paragraph() -> None:
    for name, sentence in catalogue():
        assert sentence.endswith("."), name
        policy = make_policy(name)
        for parameter in policy_document(policy):
            if parameter != "name":
                assert f"\n{parameter}\n    " in cleandoc(type(policy).__doc__ or ""), f"{name}.{parameter}"


def test_a_notebooks_policy_still_knows_its_defaults_when_it_has_travelled() -> None:
    """Pickled by value and read again, as `check_policy` does, a class is given a copy of `dataclasses.MISSING`."""
    import types

    import cloudpickle

    from orchestrion.experiments.identity import policy_text

    cell = """
from dataclasses import dataclass, field

import orchestrion as orc

@orc.sourcing_policy("travelled")
@dataclass(frozen=True, kw_only=True)
class Travelled:
    within_km: float
    late: float = 2.0
    groups: tuple[str, ...] = field(default_factory=tuple)

    def decide(self, orders, view):
        return view.new_plan()
"""
    notebook = types.ModuleType("a_notebook")
    sys.modules["a_notebook"] = notebook
    try:
        exec(cell, notebook.__dict__)
        cloudpickle.register_pickle_by_value(notebook)
        here = notebook.Travelled(within_km=5.0)
        assert cloudpickle.loads(cloudpickle.dumps(here)) == here
        assert policy_text(here) == "travelled(within_km=5.0)"
        assert make_policy({"name": "travelled", "within_km": 5.0}) == here
        with pytest.raises(InputError, match="needs this parameter"):
            make_policy("travelled")
    finally:
        sourcing_policies._members.pop("travelled", None)
        cloudpickle.unregister_pickle_by_value(notebook)
        del sys.modules["a_notebook"]
