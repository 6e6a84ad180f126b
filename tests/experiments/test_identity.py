"""No policy, engine or value is taken for another: what a finished replication is known by."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass

import numpy as np
import pytest
from running_studies import HERE, Careless

from orchestrion.experiments import identity
from orchestrion.experiments.identity import canonical, digest, policy_identity, policy_text
from orchestrion.policies.sourcing import make_policy


def test_a_policy_is_told_from_another_by_parameters_and_by_code_however_deep():
    def policy(helper, radius=1.0):
        def decide(self, orders, view):
            return helper(orders)

        return dataclass(frozen=True)(
            type("Mine", (), {"__annotations__": {"radius": float}, "radius": radius, "decide": decide})
        )()

    def one(orders):
        return sorted(orders)

    def same(orders):
        return sorted(orders)

    def other(orders):
        return sorted(orders, reverse=True)

    base = digest(policy_identity(policy(one)))
    assert digest(policy_identity(policy(same))) == base
    assert digest(policy_identity(policy(other))) != base
    assert digest(policy_identity(policy(one, radius=2.0))) != base


def test_the_engine_is_known_by_its_sources_and_its_data(tmp_path, monkeypatch):
    found, shipped = [], identity.engine_version()
    for content in ("key,value\nvat,0.2\n", "key,value\nvat,0.3\n", "key,value\nvat,0.2\n"):
        (tmp_path / "defaults.csv").write_text(content)
        monkeypatch.setattr(identity, "data_folder", lambda: tmp_path)
        found.append(identity.engine_version.__wrapped__())
    assert found[0] == found[2] != found[1]
    assert shipped not in found


def test_the_form_of_a_value_does_not_depend_on_the_order_of_its_sets_and_dicts():
    assert canonical({"b": {3, 1, 2}, "a": np.array([1, 2])}) == canonical({"a": np.array([1, 2]), "b": {2, 3, 1}})
    assert canonical(np.array([1, 2])) != canonical(np.array([1, 3]))
    assert canonical([1, 2.0, float("nan")]) == canonical((1, 2.0, float("nan")))


@pytest.mark.slow
def test_the_key_of_a_policy_is_the_same_under_two_hash_seeds():
    script = textwrap.dedent(
        f"""
        import sys
        sys.path[:0] = {HERE!r}
        from running_studies import Careless, Deadly
        from orchestrion.experiments.identity import digest, policy_identity
        print(digest([policy_identity(Careless()), policy_identity(Deadly("x"))]))
        """
    )
    said = []
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        call = [sys.executable, "-c", script]
        said.append(subprocess.run(call, capture_output=True, text=True, check=True, env=environment).stdout)
    assert said[0] == said[1] != ""


def test_policies_are_written_as_people_write_them():
    assert policy_text(make_policy("nearest")) == "nearest"
    assert policy_text(make_policy({"name": "nearest", "within_km": 50})) == "nearest(within_km=50.0)"
    assert policy_text(Careless()) == "Careless"
