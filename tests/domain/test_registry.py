"""A family found by name: whoever asks first, in however many threads, finds all of its members."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrion.registry import Registry

SLOW = """
import time
from slow_family_of_a_test import family
time.sleep(0.1)
family("{name}")(object())
assert "{name}" in family.names()  # a member may look up while it is being found
"""


def test_two_threads_that_ask_at_once_both_find_the_whole_family(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "slow_family_of_a_test"
    folder.mkdir()
    opening = f"from orchestrion.registry import Registry\nfamily = Registry('slow', {folder.name!r})\n"
    (folder / "__init__.py").write_text(opening, encoding="utf-8")
    for name in ("first", "second"):
        (folder / f"{name}.py").write_text(SLOW.format(name=name), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    family: Registry[object] = __import__(folder.name).family
    with ThreadPoolExecutor(3) as threads:
        found = [threads.submit(family.names) for _ in range(3)]
        assert [one.result() for one in found] == [["first", "second"]] * 3
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        monkeypatch.delitem(sys.modules, name)
