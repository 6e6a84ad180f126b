"""What the tests of this room ask pytest for by name."""

from __future__ import annotations

import pytest

from orchestrion.experiments import cell as cell_module
from orchestrion.experiments.identity import policy_text


@pytest.fixture
def simulations(monkeypatch):
    """Counts the simulations made in this process."""
    made = []
    simulate = cell_module.simulate

    def counted(world, watch, *, seed, replication):
        made.append((policy_text(watch.policy), seed, replication))
        return simulate(world, watch, seed=seed, replication=replication)

    monkeypatch.setattr(cell_module, "simulate", counted)
    return made
