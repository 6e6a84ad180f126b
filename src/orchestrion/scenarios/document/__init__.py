"""The scenario document: every parameter of a world with its unit, default, meaning and source; a file a section.

These models are the border: strict, frozen, no unknown keys. The JSON Schema, the README's dictionary and the checks
all come from here. Sources: *brief*, *published*, *second-hand*, *measured*, *assumed* (the confidence words of
data/README.md).
"""

from orchestrion.scenarios.document.base import WEEKDAYS, Weekday
from orchestrion.scenarios.document.whole import ScenarioDocument

__all__ = ["WEEKDAYS", "ScenarioDocument", "Weekday"]
