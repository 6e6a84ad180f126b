"""Quantiles of more numbers than are held: NumPy's own, whatever they look like, in the memory of a few of them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from orchestrion.kpis import order_statistics, tallying
from orchestrion.kpis.cases import Keys, Quantile
from orchestrion.kpis.order_statistics import by_rank

Part = tuple[NDArray[Any], NDArray[Any]]
rng = np.random.default_rng(3)
KINDS = {
    "seconds": rng.integers(0, 3_000_000, 6_000),
    "tied": rng.integers(0, 4, 6_000) * 86_400,
    "one": np.full(6_000, 7),
    "negative": rng.integers(-(10**12), 10**12, 6_000),
    "skewed": (rng.lognormal(8, 2, 6_000)).astype(np.int64),
    "too far apart": rng.integers(-(2**61), 2**61, 6_000),
    "real": rng.normal(size=6_000),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("q", [0.0, 0.5, 0.9, 1.0])
def test_quantiles_of_what_is_looked_through_are_those_of_numpy(
    kind: str, q: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order_statistics, "HELD", 100)
    monkeypatch.setattr(order_statistics, "_RANGES", 64)
    monkeypatch.setattr(tallying, "_IN_MEMORY", 4_000)
    values, nodes = KINDS[kind], np.append(rng.integers(-1, 9, 5_999), 30)
    tally = tallying.tally_of(Quantile(values[:0], Keys(node=lambda: nodes[:0]), q), ("all", "node"))
    for begin in range(0, 6_000, 900):
        some = nodes[begin : begin + 900]
        tally.add(Quantile(values[begin : begin + 900], Keys.of({"node": some}), q))
    whole, by_node = tally.block("all", np.arange(0)), tally.block("node", np.arange(0))
    assert whole is not None
    assert by_node is not None
    assert whole[1] == pytest.approx(np.quantile(values, q), rel=1e-12, abs=1e-9)
    groups = sorted(set(nodes.tolist()) - {-1})
    assert by_node[0].tolist() == groups
    assert by_node[3].tolist() == [int((nodes == node).sum()) for node in groups]
    expected = [np.quantile(values[nodes == node], q) for node in groups]
    assert by_node[1] == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_parts_of_several_types_stay_what_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tallying, "_IN_MEMORY", 16)
    tally = tallying.tally_of(Quantile(np.zeros(0, int), Keys(), 0.5), ("all",))
    for part in (np.array([1, 2, 3], np.int16), np.array([2.5, 70_000.0, -1.0]), np.array([5], np.int32)):
        tally.add(Quantile(part, Keys(), 0.5))
    block = tally.block("all", np.arange(0))
    assert block is not None
    assert block[1] == pytest.approx(2.5)


def test_numbers_are_not_held_to_be_ranked() -> None:
    part = np.random.default_rng(1).integers(0, 10_000_000, 50_000)

    def parts() -> Iterator[Part]:
        for i in range(40):
            yield part + i, np.ones(len(part), np.int32)

    tracemalloc.start()
    found = by_rank(parts, np.array([0, 2_000_000]), np.array([1, 1]), np.array([0, 999_999]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    whole = np.sort(np.concatenate([values for values, _ in parts()]))
    assert found.tolist() == [whole[0], whole[999_999]]
    assert peak < 8_000_000 < whole.nbytes
