"""From a scenario document to a World: one small file per part of it."""

from orchestrion.scenarios.compile.world import compile_world

__all__ = ["compile_world"]
