"""Thin doors to the workbench: the command line."""
