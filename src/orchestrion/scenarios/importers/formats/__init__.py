"""The importers, a file each."""
