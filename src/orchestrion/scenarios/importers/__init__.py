"""Exports of other systems become a scenario document and its data files; personal data stays outside."""

from orchestrion.scenarios.importers.family import Importer, Request, importers
from orchestrion.scenarios.importers.folder import BASE, import_files
from orchestrion.scenarios.importers.report import ImportReport

__all__ = ["BASE", "ImportReport", "Importer", "Request", "import_files", "importers"]
