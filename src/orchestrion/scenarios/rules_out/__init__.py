"""The winning rules leave for the order-management system: a document with a schema, and the terms of each system."""

from orchestrion.scenarios.rules_out.changes import difference
from orchestrion.scenarios.rules_out.document import read_rules, rules_document, rules_schema
from orchestrion.scenarios.rules_out.family import Handover, Places, systems
from orchestrion.scenarios.rules_out.needs import needs
from orchestrion.scenarios.rules_out.translating import candidates, in_rules

__all__ = [
    "Handover",
    "Places",
    "candidates",
    "difference",
    "in_rules",
    "needs",
    "read_rules",
    "rules_document",
    "rules_schema",
    "systems",
]
